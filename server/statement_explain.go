package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/leatdb/leat/executor/batch"
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

var explainSchema = types.Schema{{Name: "QUERY PLAN", Type: types.TString}}

func explained(text string) *pgwire.Result {
	return textRows("QUERY PLAN", strings.Split(strings.TrimRight(text, "\n"), "\n"), "EXPLAIN")
}

// explainForm reads the options of EXPLAIN.
type explainForm struct{ parse, logical, json, analyze bool }

func explainOptions(x *sql.Explain) (f explainForm, err error) {
	f.analyze = x.Analyze
	for _, o := range x.Options {
		text := ""
		if o.Value != nil {
			if text, err = settingText(o.Value); err != nil {
				return f, err
			}
		}
		on := text == "" || strings.EqualFold(text, "true") || strings.EqualFold(text, "on")
		switch strings.ToLower(o.Name.Text) {
		case "parse":
			f.parse = on
		case "logical":
			f.logical = on
		case "physical", "costs", "verbose", "buffers", "timing", "summary", "settings", "wal":
		case "analyze":
			f.analyze = on
		case "format":
			switch strings.ToLower(text) {
			case "json":
				f.json = true
			case "text":
			default:
				return f, sqlerr.Unsupported("EXPLAIN (FORMAT %s)", strings.ToUpper(text)).At(o.Name.Pos)
			}
		default:
			return f, sqlerr.New(sqlerr.SyntaxError, "unrecognized EXPLAIN option %q", strings.ToLower(o.Name.Text)).At(o.Name.Pos)
		}
	}
	return f, nil
}

// explainParams are the parameters of the statement to explain: asyncpg prepares
// EXPLAIN with them.
func (ss *Session) explainParams(ctx context.Context, rq *request, x *sql.Explain) ([]types.Type, error) {
	switch x.Stmt.(type) {
	case *sql.QueryStmt, *sql.Insert, *sql.Update, *sql.Delete:
		inner := *rq
		inner.ast = x.Stmt
		params, _, err := ss.describe(ctx, &inner)
		return params, err
	}
	return nil, nil
}

func (ss *Session) runExplain(ctx context.Context, rq *request, x *sql.Explain) (*pgwire.Result, error) {
	form, err := explainOptions(x)
	if err != nil {
		return nil, err
	}
	if x.QueryID != nil {
		return ss.explainJob(rq, x, form)
	}
	switch x.Stmt.(type) {
	case *sql.CreateSecret, *sql.CreateRole:
		return nil, sqlerr.Unsupported("EXPLAIN of a statement with a secret").At(x.Stmt.Position())
	}
	if form.parse {
		return explainParse(x.Stmt)
	}
	plan, err := ss.planOf(rq, x.Stmt)
	if err != nil {
		return nil, err
	}
	if form.analyze {
		return ss.explainAnalyze(ctx, rq, plan, form)
	}
	return explainPlan(plan, form)
}

// explainParse shows the statement as it was read, and the texts by which the
// grammar of record judged its queries and expressions.
func explainParse(stmt sql.Statement) (*pgwire.Result, error) {
	text := sql.Print(stmt)
	grammar, err := sql.Lowered(text)
	if err != nil {
		return nil, err
	}
	for _, g := range grammar {
		text += "\nGrammar: " + strings.Join(strings.Fields(g), " ")
	}
	return explained(text), nil
}

func explainPlan(plan *planner.Plan, form explainForm) (*pgwire.Result, error) {
	switch {
	case form.json:
		return textRows("QUERY PLAN", []string{string(planner.ExplainJSON(plan, nil))}, "EXPLAIN"), nil
	case form.logical:
		return explained(planner.ExplainLogical(plan)), nil
	}
	return explained(planner.ExplainPhysical(plan)), nil
}

// planOf plans whatever has a plan.
func (ss *Session) planOf(rq *request, stmt sql.Statement) (*planner.Plan, error) {
	switch x := stmt.(type) {
	case *sql.QueryStmt:
		return ss.plan(rq, x.Query)
	case *sql.CreateSource:
		if x.As != nil && x.Kind != sql.View {
			_, plan, err := ss.createCommand(rq, x)
			return plan, err
		}
	case *sql.DeclareCursor:
		return ss.plan(rq, x.Query)
	case *sql.Insert:
		t, err := ss.target(rq, x.Name)
		if err != nil {
			return nil, err
		}
		if continuous(rq, x) {
			return planner.BuildInsertSelect(t, x.Columns, x.Query, ss.names(rq), ss.options(rq))
		}
		p, err := planner.BindInsert(t, x, ss.names(rq), ss.options(rq))
		if err != nil {
			return nil, err
		}
		if p.Query != nil {
			return p.Query, nil
		}
		return &planner.Plan{Batch: &planner.ValuesNode{BatchBase: planner.BatchBase{Schema: t.Schema}, Rows: p.Rows}, Schema: t.Schema, Limit: -1}, nil
	case *sql.Update, *sql.Delete:
		inner := *rq
		inner.ast = x
		p, err := ss.bindMutation(&inner)
		if err != nil {
			return nil, err
		}
		return p.Plan, nil
	}
	return nil, sqlerr.New(sqlerr.SyntaxError, "this statement has no plan to explain").At(stmt.Position())
}

// explainAnalyze runs a pull query and tells the rows of each node.
func (ss *Session) explainAnalyze(ctx context.Context, rq *request, plan *planner.Plan, form explainForm) (*pgwire.Result, error) {
	if plan.Mode != planner.Pull {
		return nil, sqlerr.Unsupported("EXPLAIN ANALYZE of a query that does not end").
			WithHint("EXPLAIN ANALYZE <query id> tells what a running query does.")
	}
	if err := ss.catchUp(ctx, rq.snap, plan.Reads); err != nil {
		return nil, err
	}
	rt := ss.batchRuntime(rq)
	rt.Counters = map[planner.BatchNode]*batch.Counter{}
	begin := time.Now()
	rows, err := batch.Run(ctx, plan.Batch, rt)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var n int64
	for {
		b, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		n += int64(b.Len())
	}
	run := &planner.Run{Nodes: map[planner.BatchNode]planner.Actual{}, Rows: n, Took: time.Since(begin)}
	for node, c := range rt.Counters {
		run.Nodes[node] = planner.Actual(*c)
	}
	if form.json {
		return textRows("QUERY PLAN", []string{string(planner.ExplainJSON(plan, run))}, "EXPLAIN"), nil
	}
	return explained(planner.ExplainAnalyze(plan, run)), nil
}

// explainJob shows a running query's plan, and with ANALYZE what it has done.
func (ss *Session) explainJob(rq *request, x *sql.Explain, form explainForm) (*pgwire.Result, error) {
	j, err := ss.jobNamed(rq, *x.QueryID)
	if err != nil {
		return nil, err
	}
	plan, err := ss.srv.replan(rq.snap, j)
	if err != nil {
		return nil, err
	}
	if !form.analyze {
		return explainPlan(plan, form)
	}
	text := strings.TrimRight(planner.ExplainPhysical(plan), "\n") + "\n"
	for _, st := range ss.srv.runtime.Jobs() {
		if st.ID != j.ID {
			continue
		}
		text += fmt.Sprintf("State: %s, %.1f rows/s, backfill %.1f %%\n", st.State, st.Rate, st.Backfill)
		for _, t := range st.Tasks {
			text += fmt.Sprintf("Task %s: epoch %d, rows in %d, out %d, late %d, failed %d, skipped %d, state %d rows %d bytes, lag %d%s\n",
				t.Task, t.Epoch, t.RowsIn, t.RowsOut, t.Late, t.Failed, t.Skipped, t.StateRows, t.StateBytes, t.Lag, spilled(t.Spilled))
		}
	}
	nodes, err := ss.srv.runtime.Nodes(j.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		text += fmt.Sprintf("%s%s: rows in %d, out %d, late %d, state %d rows %d bytes%s\n",
			strings.Repeat("  ", n.Depth+1), n.Name, n.Stats.RowsIn, n.Stats.RowsOut, n.Stats.Late, n.Stats.StateRows, n.Stats.StateBytes, spilled(n.Stats.Spilled))
	}
	return explained(text), nil
}

// spilled tells of the state that is on disk; "" when none ever was.
func spilled(s state.SpillStats) string {
	if s == (state.SpillStats{}) {
		return ""
	}
	return fmt.Sprintf(", spilled %d rows %d bytes, found %d in memory, looked for %d outside", s.Rows, s.Bytes, s.Hits, s.Misses)
}
