package ksqltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// runREST is a REST query case: statements, inputs, then queries one by one.
func (n *node) runREST(ctx context.Context, c *Case) error {
	admin, queries := cutQueries(c)
	if c.def.Error != nil && len(queries) == 0 {
		// The original takes a refusal for granted here, also when there is none.
		_, err := n.runStatements(ctx, admin, c.def.Error)
		return err
	}
	if _, err := n.runStatements(ctx, admin, nil); err != nil {
		return err
	}
	responses := c.def.Responses
	for i := 0; i < len(responses) && responses[i]["admin"] != nil; i++ {
		if i >= len(admin) {
			return differ("responses: more admin responses than statements")
		}
	}
	fed := !c.def.InputConditions.WaitForActivePushQuery
	if fed {
		if err := n.feedAndSettle(ctx, c); err != nil {
			return err
		}
	}
	for i, q := range queries {
		before := func() error { return nil }
		if !fed {
			n.mode.Crash = false // a push query does not outlive its node
			before = func() error { return n.feedAndSettle(ctx, c) }
			fed = true
		}
		q = strings.TrimSpace(q) // each is sent by itself
		got, err := n.query(ctx, q, before)
		if err != nil && c.def.Error != nil {
			return c.def.Error.check(err, faultOf(q, err))
		}
		if err != nil {
			if errors.As(err, &errDiffers{}) {
				return err
			}
			return differ("query fails: %s\n  %s", message(err), oneLine(q))
		}
		if c.def.Error != nil {
			continue
		}
		if at := len(admin) + i; at < len(responses) {
			if err := compareResponse(c, responses[at], got); err != nil {
				return err
			}
		}
	}
	if c.def.Error != nil {
		return differ("no query fails, but an error is expected: %s", c.def.Error.Message)
	}
	if n.failed() != nil {
		return differ("a query has stopped: %s", message(n.failed()))
	}
	return n.checkOutputs(c)
}

func (n *node) feedAndSettle(ctx context.Context, c *Case) error {
	if err := n.feed(ctx, c.def.Inputs); err != nil {
		return err
	}
	return n.settle(ctx)
}

// cutQueries splits off the queries at the end.
func cutQueries(c *Case) (admin, queries []string) {
	all := statements(c.texts()...)
	for i, s := range all {
		if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(s)), "SELECT") {
			return all[:i], all[i:]
		}
	}
	return all, nil
}

// answer is what a query gave.
type answer struct {
	header string
	rows   []answerRow
	final  string
}

type answerRow struct {
	columns   []any
	tombstone bool
}

// query runs a query; before is called once it is running.
func (n *node) query(ctx context.Context, text string, before func() error) (answer, error) {
	plan, err := n.ss.QueryPlan(text)
	if err != nil {
		return answer{}, err
	}
	out := answer{header: n.headerOf(plan)}
	err = n.ss.Simple(ctx, text, func(r *pgwire.Result) error {
		if r.Rows == nil {
			return differ("the query has no rows: %s", oneLine(text))
		}
		defer r.Rows.Close()
		if err := before(); err != nil {
			return err
		}
		if err := n.srv.WaitIdle(ctx); err != nil {
			return err
		}
		ended, err := out.read(ctx, r.Rows, plan)
		if err == nil && ended {
			out.final = n.finalMessage(plan, text, len(out.rows))
		}
		return err
	})
	return out, err
}

// headerOf is the schema that heads the rows. A pull query marks the key columns
// of a table that it shows unchanged.
func (n *node) headerOf(plan *planner.Plan) string {
	parts := make([]string, len(plan.Schema))
	keyed := plan.Mode == planner.Pull
	for _, name := range plan.Reads {
		r, ok := n.srv.Snapshot().Relation("", name)
		keyed = keyed && ok && r.Kind == catalog.Table
	}
	for i, col := range plan.Schema {
		parts[i] = "`" + col.Name + "` " + col.Type.KsqlString()
		if keyed && col.Key {
			parts[i] += " KEY"
		}
	}
	return strings.Join(parts, ", ")
}

// finalMessage is how a query that ended says so; look-ups in tables just end.
func (n *node) finalMessage(plan *planner.Plan, text string, rows int) string {
	if plan.Mode != planner.Pull {
		return "Limit Reached"
	}
	for _, name := range plan.Reads {
		if r, ok := n.srv.Snapshot().Relation("", name); ok && r.Kind != catalog.Stream {
			return ""
		}
	}
	if rows == limitOf(text) {
		return "Limit Reached"
	}
	return "Query Completed"
}

// limitOf is the number behind LIMIT, -1 without one.
func limitOf(text string) int {
	words := strings.Fields(strings.TrimRight(strings.ToUpper(text), "; \n"))
	if n := len(words); n > 1 && words[n-2] == "LIMIT" {
		if limit, err := strconv.Atoi(words[n-1]); err == nil {
			return limit
		}
	}
	return -1
}

// read takes the rows there are; ended tells that no more will come.
func (a *answer) read(ctx context.Context, rows pgwire.Rows, plan *planner.Plan) (ended bool, err error) {
	schema := make(types.Schema, len(plan.Schema))
	for i, col := range plan.Schema {
		schema[i] = types.Column{Name: fmt.Sprintf("C%d", i), Type: col.Type}
	}
	for rows.Ready() {
		b, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		for i := range b.Len() {
			if err := a.add(schema, b, b.Row(i)); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

func (a *answer) add(schema types.Schema, b *vec.Batch, row int) error {
	one := vec.Batch{N: b.N, Cols: b.Cols[:len(schema)]}
	node, err := rowNode(schema, &one, row, false)
	if err != nil {
		return err
	}
	fields, _ := node.(map[string]any)
	r := answerRow{tombstone: b.Tomb != nil && b.Tomb.Get(row)}
	for _, col := range schema {
		r.columns = append(r.columns, fields[col.Name])
	}
	a.rows = append(a.rows, r)
	return nil
}

// compareResponse compares a query's response.
func compareResponse(c *Case, want map[string]json.RawMessage, got answer) error {
	if want["queryProto"] != nil {
		return differ("responses in Protobuf are not compared")
	}
	raw := []byte(c.text(string(want["query"])))
	var lines []struct {
		Header *struct {
			Schema *string `json:"schema"`
		} `json:"header"`
		Row *struct {
			Columns   json.RawMessage `json:"columns"`
			Tombstone bool            `json:"tombstone"`
		} `json:"row"`
		Final *string `json:"finalMessage"`
	}
	if err := json.Unmarshal(raw, &lines); err != nil {
		return err
	}
	final := ""
	var rows []answerRow
	for _, l := range lines {
		switch {
		case l.Header != nil && l.Header.Schema != nil:
			if *l.Header.Schema != got.header {
				return differ("header:\n  want %s\n  got  %s", *l.Header.Schema, got.header)
			}
		case l.Row != nil:
			node, err := parseNode(l.Row.Columns)
			if err != nil {
				return err
			}
			cols, _ := node.([]any)
			rows = append(rows, answerRow{cols, l.Row.Tombstone})
		case l.Final != nil:
			final = *l.Final
		}
	}
	if final != got.final {
		return differ("final message: want %q, got %q", final, got.final)
	}
	return compareRows(rows, got.rows, c.def.OutputConditions.VerifyOrder)
}

// compareRows compares rows as a multiset, or in order.
func compareRows(want, got []answerRow, ordered bool) error {
	rest := slices.Clone(got)
	for i, w := range want {
		at := slices.IndexFunc(rest, func(g answerRow) bool { return sameRow(w, g) })
		if ordered && at > 0 {
			at = -1
		}
		if at < 0 {
			return differ("row %d: want %s\n  got %s", i, w, got)
		}
		rest = slices.Delete(rest, at, at+1)
	}
	if len(rest) > 0 {
		return differ("%d rows more than wanted: %s", len(rest), rest)
	}
	return nil
}

func sameRow(want, got answerRow) bool {
	return want.tombstone == got.tombstone && compareNode("row", want.columns, got.columns, rules{near: true}) == ""
}

// String prints a row for a person.
func (r answerRow) String() string {
	s := show(r.columns)
	if r.tombstone {
		s += " deleted"
	}
	return s
}
