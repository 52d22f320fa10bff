package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/internal/pg15"
)

var recordColumns = flag.Bool("record", false, "ask PostgreSQL 15 what testdata/client_queries_pg15.jsonl says, and write it")

const frozenColumns = "testdata/client_queries_pg15.jsonl"

// answer is the shape of what a server says to one recorded query: a list of
// columns a result set, or the SQLSTATE it is refused with.
type answer struct {
	Query   string     `json:"query"`
	Clients string     `json:"clients"`
	Params  []uint32   `json:"params,omitempty"`
	Sets    [][]column `json:"sets,omitempty"`
	Error   string     `json:"error,omitempty"`
}

type column struct {
	Name   string `json:"name"`
	OID    uint32 `json:"oid"`
	Typmod int32  `json:"typmod"`
}

func (a answer) String() string {
	var b strings.Builder
	if a.Error != "" {
		b.WriteString("error " + a.Error)
	}
	for _, set := range a.Sets {
		for _, c := range set {
			fmt.Fprintf(&b, "%s:%d:%d ", c.Name, c.OID, c.Typmod)
		}
		b.WriteString("; ")
	}
	fmt.Fprintf(&b, "params %v", a.Params)
	return b.String()
}

// readAnswers reads the frozen answers of PostgreSQL 15.
func readAnswers(t *testing.T) []answer {
	t.Helper()
	b, err := os.ReadFile(frozenColumns)
	if err != nil {
		t.Fatal(err)
	}
	var out []answer
	for line := range bytes.Lines(b) {
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

// The tables that the recorded clients were shown, in each server's words.
var (
	ourTables = []string{
		"CREATE TABLE orders (id BIGINT PRIMARY KEY, customer TEXT, ts TIMESTAMP, amount NUMERIC(12,2), ok BOOLEAN, tags TEXT[], doc JSONB, u UUID, d DATE, b BYTEA, f8 DOUBLE PRECISION)",
		"CREATE VIEW big AS SELECT id, amount FROM orders WHERE amount > 1",
		"CREATE TABLE orders_by_customer AS SELECT customer, count(*) AS n FROM orders GROUP BY customer",
		`CREATE TABLE widgets (id INT PRIMARY KEY, name VARCHAR(255), "createdAt" TIMESTAMP NOT NULL, "updatedAt" TIMESTAMP NOT NULL)`,
		"CREATE TABLE widget2 (id INT PRIMARY KEY, name VARCHAR NOT NULL)",
		"CREATE TYPE mood AS ENUM ('a', 'b')",
	}
	theirTables = []string{
		"CREATE TABLE orders (id BIGINT PRIMARY KEY, customer TEXT, ts TIMESTAMPTZ, amount NUMERIC(12,2), ok BOOLEAN, tags TEXT[], doc JSONB, u UUID, d DATE, b BYTEA, f8 DOUBLE PRECISION)",
		"CREATE VIEW big AS SELECT id, amount FROM orders WHERE amount > 1",
		"CREATE MATERIALIZED VIEW orders_by_customer AS SELECT customer, count(*) AS n FROM orders GROUP BY customer",
		`CREATE TABLE widgets (id INT PRIMARY KEY, name VARCHAR(255), "createdAt" TIMESTAMPTZ NOT NULL, "updatedAt" TIMESTAMPTZ NOT NULL)`,
		"CREATE TABLE widget2 (id INT PRIMARY KEY, name VARCHAR NOT NULL)",
		"CREATE TYPE mood AS ENUM ('a', 'b')",
		"CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1'",
	}
)

// ask describes every query on the server behind a URL, each on a clean
// session: by Parse and Describe, or, for several statements in one, by
// running them. A FETCH is asked of the cursor that its client declared.
func ask(t *testing.T, url string, tables []string, queries []answer) []answer {
	t.Helper()
	ctx := t.Context()
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	for _, sql := range tables {
		if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	cursors := map[string]string{}
	out := make([]answer, len(queries))
	for i, q := range queries {
		if m := declares.FindStringSubmatch(q.Query); m != nil {
			cursors[m[1]] = q.Query
		}
		if m := fetches.FindStringSubmatch(q.Query); m != nil {
			for _, sql := range []string{"BEGIN", cursors[m[1]]} {
				if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
			}
		}
		out[i] = answer{Query: q.Query, Clients: q.Clients}
		if err := describe(ctx, c, &out[i]); err != nil {
			var refused *pgconn.PgError
			if !errors.As(err, &refused) {
				t.Fatalf("%s: %v", q.Query, err)
			}
			out[i] = answer{Query: q.Query, Clients: q.Clients, Error: refused.Code}
		}
		if c.TxStatus() != 'I' {
			if _, err := c.Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

var (
	declares = regexp.MustCompile(`(?i)^DECLARE ("?\w+"?)`)
	fetches  = regexp.MustCompile(`(?i)^FETCH .* FROM ("?\w+"?)`)
)

func describe(ctx context.Context, c *pgconn.PgConn, a *answer) error {
	d, err := c.Prepare(ctx, "", a.Query, nil)
	if err != nil {
		if !strings.Contains(err.Error(), "cannot insert multiple commands") {
			return err
		}
		results, err := c.Exec(ctx, a.Query).ReadAll()
		for _, r := range results {
			a.add(r.FieldDescriptions)
		}
		return err
	}
	a.Params = d.ParamOIDs
	a.add(d.Fields)
	return nil
}

func (a *answer) add(fields []pgconn.FieldDescription) {
	if len(fields) == 0 {
		return
	}
	set := make([]column, len(fields))
	for i, f := range fields {
		set[i] = column{f.Name, f.DataTypeOID, f.TypeModifier}
	}
	a.Sets = append(a.Sets, set)
}

// differences are the ways in which an answer is not PostgreSQL's.
func differences(got, want answer) string {
	switch {
	case got.Error != want.Error:
		return "error"
	case len(got.Sets) != len(want.Sets):
		return "result sets"
	}
	for i := range got.Sets {
		names := func(c column) string { return c.Name }
		if !slices.EqualFunc(got.Sets[i], want.Sets[i], func(a, b column) bool { return names(a) == names(b) }) {
			return "column names"
		}
		if !slices.EqualFunc(got.Sets[i], want.Sets[i], func(a, b column) bool { return a.OID == b.OID }) {
			return "column types"
		}
		if !slices.Equal(got.Sets[i], want.Sets[i]) {
			return "type modifiers"
		}
	}
	if !slices.Equal(got.Params, want.Params) {
		return "parameter types"
	}
	return ""
}

// Every query that a real client was seen to send is described with the names,
// types and type modifiers of PostgreSQL 15, and the same parameter types.
func TestClientQueryColumns(t *testing.T) {
	if *recordColumns {
		record15(t)
	}
	want := readAnswers(t)
	_, addr := serve(t)
	got := ask(t, "postgres://me@"+addr+"/leat", ourTables, want)
	equal := 0
	for i := range want {
		if d := differences(blank(got[i]), blank(want[i])); d != "" {
			t.Errorf("%s: %s\n%.300s\ngot  %v\nwant %v", want[i].Clients, d, want[i].Query, got[i], want[i])
			continue
		}
		equal++
	}
	t.Logf("%d of %d recorded queries have PostgreSQL 15's columns", equal, len(want))
}

// The frozen answers are those of the PostgreSQL 15 on this machine.
func TestClientQueryColumnsLive(t *testing.T) {
	want := readAnswers(t)
	got := ask(t, pg15.Start(t), theirTables, want)
	for i := range want {
		if d := differences(blank(got[i]), blank(want[i])); d != "" {
			t.Errorf("%s: %s\n%.300s\ngot  %v\nwant %v", want[i].Clients, d, want[i].Query, got[i], want[i])
		}
	}
}

// blank hides the numbers that a PostgreSQL gives to its users' own types.
func blank(a answer) answer {
	for _, set := range a.Sets {
		for i := range set {
			if set[i].OID >= 16384 {
				set[i].OID = 16384
			}
		}
	}
	return a
}

// record15 writes PostgreSQL 15's answers to the queries of ../shared.
func record15(t *testing.T) {
	t.Helper()
	var queries []answer
	for block := range strings.SplitSeq("\n"+sharedFile(t, "spec/postgres-client-queries.txt"), "\n-- ") {
		head, q, ok := strings.Cut(block, "\n")
		if head = strings.TrimSpace(head); !ok || head == "" || strings.HasPrefix(head, "#") {
			continue
		}
		queries = append(queries, answer{Query: strings.TrimSpace(q), Clients: head})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, a := range ask(t, pg15.Start(t), theirTables, queries) {
		if err := enc.Encode(blank(a)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(frozenColumns, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
