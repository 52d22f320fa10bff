package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/batch"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// target finds the relation that a statement writes.
func (ss *Session) target(rq *request, n sql.QName) (*catalog.Relation, error) {
	schema := ""
	if len(n) > 1 {
		schema = n[len(n)-2].Fold(false)
	}
	name := n.Last().Fold(rq.ksql)
	if r, ok := rq.snap.Relation(schema, name); ok {
		return r, nil
	}
	if _, _, ok := ss.names(rq).Virtual(schema, n.Last().Fold(false)); ok {
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for system table %q", name).At(n.Position())
	}
	e := sqlerr.New(sqlerr.UndefinedTable, "relation %q does not exist", name).At(n.Position())
	if rq.ksql {
		e.Message = fmt.Sprintf("Cannot insert values into an unknown stream/table: `%s`", name) + otherCase(ss.names(rq).Names(), name)
	}
	if near := nearest(name, ss.names(rq).Names()); near != "" {
		e.WithHint("Perhaps you meant %q.", near)
	}
	return nil, e
}

// otherCase is ksqlDB's hint when a name is there in other letters.
func otherCase(names []string, name string) string {
	for _, n := range names {
		switch {
		case n == name || !strings.EqualFold(n, name):
		case n == strings.ToUpper(n):
			return fmt.Sprintf("\nDid you mean %q? Hint: try removing double quotes from the source name.", n)
		default:
			return fmt.Sprintf("\nDid you mean %q? Hint: wrap the source name in double quotes to make it case-sensitive.", n)
		}
	}
	return ""
}

// keyMissing is err in ksqlDB's words when a table's key is NULL.
func keyMissing(t *catalog.Relation, err error) error {
	if t.Meaning != "ksqldb" || t.Kind != catalog.Table || !sqlerr.Is(err, sqlerr.NotNullViolation) {
		return err
	}
	var keys []string
	for _, i := range t.Schema.KeyColumns() {
		keys = append(keys, t.Schema[i].Name)
	}
	e := *sqlerr.From(err)
	e.Message = fmt.Sprintf("Value for primary key column(s) %s is required for tables", strings.Join(keys, ", "))
	return &e
}

// notInserted is err with what ksqlDB says before the reasons that lie in a row.
func notInserted(rq *request, t *catalog.Relation, err error) error {
	if !rq.ksql || sqlerr.Is(err, sqlerr.SyntaxError) || sqlerr.Is(err, sqlerr.WrongObjectType) {
		return err
	}
	e := *sqlerr.From(err)
	e.Message = fmt.Sprintf("Failed to insert values into '%s'. %s", t.Name, e.Message)
	return &e
}

// runInsert is INSERT: rows now, or with a continuous query a job.
func (ss *Session) runInsert(ctx context.Context, rq *request, x *sql.Insert) (*pgwire.Result, error) {
	t, err := ss.target(rq, x.Name)
	if err != nil && rq.ksql && continuous(rq, x) {
		e := sqlerr.From(err)
		line, column := lineColumn(rq.text, x.Name.Position())
		e.Message = fmt.Sprintf("Line: %d, Col: %d: Source `%s` does not exist.", line, column, x.Name.Last().Fold(true))
	}
	if err != nil {
		return nil, err
	}
	if rq.again != nil {
		return ss.insertAgain(ctx, rq, t)
	}
	if continuous(rq, x) {
		return ss.insertJob(ctx, rq, x)
	}
	if b := rq.prepared.rows(rq, t); b != nil {
		return ss.insertRemembered(ctx, t, rq.prepared.enc, b)
	}
	plan, err := planner.BindInsert(t, x, ss.names(rq), ss.options(rq))
	if err != nil {
		return nil, notInserted(rq, t, err)
	}
	var rows *vec.Batch
	if plan.OnConflict {
		rows, err = ss.upsert(ctx, rq, plan)
	} else {
		rows, err = ss.insertRows(ctx, rq, plan)
	}
	if err != nil {
		return nil, notInserted(rq, t, err)
	}
	if rows.N > 0 && !plan.OnConflict {
		if err := ss.insertBatch(ctx, t, rows); err != nil {
			return nil, notInserted(rq, t, keyMissing(t, err))
		}
	}
	ss.remember(rq, x, plan)
	word := "INSERT 0 %d"
	if plan.Returning == nil {
		return tag(tagOf(word, int64(rows.N))), nil
	}
	return ss.returning(rq, plan.Returning, rows, word)
}

// continuous tells whether INSERT ... SELECT is a job: in ksqlDB always.
func continuous(rq *request, x *sql.Insert) bool {
	if x.Query == nil {
		return false
	}
	if _, values := x.Query.Body.(*sql.Values); values {
		return false
	}
	return rq.ksql || x.Query.EmitMode() != sql.EmitNone
}

// insertRows computes the rows, in the target's columns, with their ROWTIME.
func (ss *Session) insertRows(ctx context.Context, rq *request, plan *planner.InsertPlan) (*vec.Batch, error) {
	schema := plan.Target.Schema.Clone()
	if plan.HasRowtime {
		t := types.TTimestamp
		if rq.ksql {
			t = types.TBigInt
		}
		schema = append(schema, types.Column{Name: "rowtime", Type: t})
	}
	var node planner.BatchNode
	switch {
	case plan.Query != nil:
		if err := ss.catchUp(ctx, rq.snap, plan.Reads); err != nil {
			return nil, err
		}
		node = plan.Query.Batch
	default:
		if b := constantRows(schema, plan.Rows, rq.args); b != nil {
			return withTimes(b, plan.HasRowtime, rq), nil
		}
		node = &planner.ValuesNode{BatchBase: planner.BatchBase{Schema: schema}, Rows: plan.Rows}
	}
	b, err := ss.collect(ctx, rq, node, schema)
	if err != nil {
		return nil, err
	}
	return withTimes(b, plan.HasRowtime, rq), nil
}

// constantRows lays out rows of literals and parameters; nil when one is neither.
func constantRows(schema types.Schema, rows [][]expr.Node, args []types.Value) *vec.Batch {
	cols := make([]*vec.Builder, len(schema))
	for i := range schema {
		cols[i] = vec.NewBuilder(schema[i].Type, len(rows))
	}
	for _, r := range rows {
		for i, n := range r {
			v, ok := constantOf(n, schema[i].Type, args)
			if !ok {
				return nil
			}
			cols[i].Append(v)
		}
	}
	b := &vec.Batch{N: len(rows), Cols: make([]vec.Vec, len(cols))}
	for i, c := range cols {
		b.Cols[i] = c.Finish()
	}
	return b
}

// constantOf is the value of a literal or a parameter that needs no cast to t.
func constantOf(n expr.Node, t types.Type, args []types.Value) (types.Value, bool) {
	switch n := n.(type) {
	case *expr.Const:
		return n.V, n.V == nil || n.T.Kind == t.Kind
	case *expr.Param:
		if n.N <= len(args) && n.T.Equal(t) {
			return args[n.N-1], true
		}
	}
	return nil, false
}

// withTimes takes ROWTIME out of the last column, or sets it to now.
func withTimes(b *vec.Batch, has bool, rq *request) *vec.Batch {
	b.Ts = make([]int64, b.N)
	for i := range b.Ts {
		b.Ts[i] = rq.now / types.MicrosPerMilli
	}
	if !has {
		return b
	}
	last := &b.Cols[len(b.Cols)-1]
	for i := range b.Ts {
		if last.Null(i) {
			continue
		}
		b.Ts[i] = last.I64[i]
		if last.Type.Kind == types.Timestamp {
			b.Ts[i] /= types.MicrosPerMilli
		}
	}
	b.Cols = b.Cols[:len(b.Cols)-1]
	return b
}

// collect runs a plan to its end into one batch.
func (ss *Session) collect(ctx context.Context, rq *request, node planner.BatchNode, schema types.Schema) (*vec.Batch, error) {
	rows, err := batch.Run(ctx, node, ss.batchRuntime(rq))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var parts []*vec.Batch
	for {
		b, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, b)
	}
	if len(parts) > 0 {
		b := vec.ConcatBatches(parts)
		return &vec.Batch{N: b.N, Cols: b.Cols[:len(schema)]}, nil
	}
	empty := &vec.Batch{Cols: make([]vec.Vec, len(schema))}
	for i := range schema {
		empty.Cols[i] = vec.Nulls(schema[i].Type, 0)
	}
	return empty, nil
}

// insertBatch encodes rows and writes them.
func (ss *Session) insertBatch(ctx context.Context, t *catalog.Relation, b *vec.Batch) error {
	enc, err := ss.srv.inserter(t)
	if err != nil {
		return err
	}
	return ss.insertBy(ctx, t, enc, b)
}

// insertBy is insertBatch by the relation's inserter.
func (ss *Session) insertBy(ctx context.Context, t *catalog.Relation, enc *codec.Inserter, b *vec.Batch) error {
	ss.sticky++
	enc.Stick(ss.sticky)
	placed, err := enc.Batch(b)
	if err != nil {
		return err
	}
	if err := ss.place(t, placed); err != nil {
		return err
	}
	return ss.put(ctx, write{rel: t, placed: placed})
}

// place obeys leat.insert_partition for streams; a table's row has its place by
// its key.
func (ss *Session) place(t *catalog.Relation, placed []codec.Placed) error {
	part, _ := strconv.Atoi(ss.settings.get(insertPartition))
	if part < 0 || t.Kind != catalog.Stream {
		return nil
	}
	if part >= int(t.Partitions) {
		return sqlerr.New(sqlerr.InvalidParameterValue, "stream %q has no partition %d", t.Name, part).
			WithHint("RESET %s lets the key decide.", insertPartition)
	}
	for i := range placed {
		placed[i].Partition = int32(part)
	}
	return nil
}

// returning evaluates RETURNING over the rows written.
func (ss *Session) returning(rq *request, r *planner.Returning, b *vec.Batch, word string) (*pgwire.Result, error) {
	out := &vec.Batch{N: b.N, Cols: make([]vec.Vec, len(r.Exprs))}
	c := &expr.Context{Env: ss.env(rq), Params: rq.args}
	for i, n := range r.Exprs {
		p, err := expr.Compile(n)
		if err != nil {
			return nil, err
		}
		if out.Cols[i], err = p.Eval(c, b, nil); err != nil {
			return nil, err
		}
		if len(c.Errs.Errs) > 0 {
			return nil, c.Errs.Errs[0]
		}
	}
	f := &fixed{cols: columnsOf(r.Schema), word: word}
	if out.N > 0 {
		f.b = out
	}
	return &pgwire.Result{Rows: f}, nil
}

// insertJob is INSERT INTO ... SELECT ... EMIT CHANGES.
func (ss *Session) insertJob(ctx context.Context, rq *request, x *sql.Insert) (*pgwire.Result, error) {
	ss.ddlNotice("a continuous INSERT")
	ss.srv.ddl.Lock()
	defer ss.srv.ddl.Unlock()
	if err := ss.renew(rq); err != nil {
		return nil, err
	}
	t, err := ss.target(rq, x.Name)
	if err != nil {
		return nil, err
	}
	plan, err := planner.BuildInsertSelect(t, x.Columns, x.Query, ss.names(rq), ss.options(rq))
	if _, err = rq.ledger.verdict(nil, err); err != nil {
		return nil, err
	}
	job := catalog.Job{
		Sink: t.Name, Query: sql.Print(x.Query), SQL: sql.Print(x), Meaning: ss.meaning(), Settings: ss.jobProps(),
		Reads: plan.Reads, PlanHash: plan.Stream.Hash, Owner: rq.as,
	}
	for _, o := range x.Options {
		if o.Name.Is("query_id") || o.Name.Text == "QUERY_ID" {
			if job.ID, err = settingText(o.Value); err != nil {
				return nil, err
			}
		}
	}
	if err := ss.srv.catalog.Current().CheckCycle(t, plan.Reads); err != nil {
		return nil, at(err, x.Name.Position())
	}
	ctx = context.WithoutCancel(ctx)
	res, err := ss.srv.propose(ctx, &catalog.CreateJob{Job: job})
	if err != nil {
		return nil, at(err, x.Name.Position())
	}
	spec := ss.srv.spec(res.JobID, t.OID, plan, job.Settings)
	if err := ss.srv.startAnew(ctx, spec, nil, t); err != nil {
		_, dropped := ss.srv.propose(ctx, &catalog.DropJob{ID: res.JobID})
		return nil, errors.Join(err, dropped)
	}
	if _, err := ss.srv.propose(ctx, &catalog.SetJobStatus{ID: res.JobID, Status: catalog.Running}); err != nil {
		return nil, err
	}
	ss.notice("query %q runs", res.JobID)
	return tag("INSERT 0 0"), nil
}

// describeWrite gives parameters and RETURNING's columns.
func (ss *Session) describeWrite(rq *request) ([]types.Type, []pgwire.Column, error) {
	var params []types.Type
	var ret *planner.Returning
	switch x := rq.ast.(type) {
	case *sql.Insert:
		t, err := ss.target(rq, x.Name)
		if err != nil {
			return nil, nil, err
		}
		if continuous(rq, x) {
			return nil, nil, nil
		}
		p, err := planner.BindInsert(t, x, ss.names(rq), ss.options(rq))
		if err != nil {
			return nil, nil, err
		}
		params, ret = p.Params, p.Returning
	default:
		p, err := ss.bindMutation(rq)
		if err != nil {
			return nil, nil, err
		}
		params, ret = p.Plan.Params, p.Returning
	}
	if ret == nil {
		return params, nil, nil
	}
	return params, columnsOf(ret.Schema), nil
}
