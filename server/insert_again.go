package server

import (
	"context"
	"strconv"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// insertShape is what the session knows of an INSERT of literals it has run: the
// next one that differs only in them is neither parsed nor bound. Rights, limits
// and the rest are asked as for any statement.
type insertShape struct {
	snap    *catalog.Snapshot // it holds for this catalog only (S1)
	rel     *catalog.Relation
	ast     *sql.Insert // with the literals of then
	columns []int       // of the relation, by place in a row; all others have no default
	enc     *codec.Inserter
}

// insertAgain is an INSERT at work by its shape.
type insertAgain struct {
	*insertShape
	literals []sql.Literal // width of a row times rows
}

// maxShapes is how many INSERTs a session remembers.
const maxShapes = 16

// again recognizes a text; nil when it has to be parsed.
func (ss *Session) again(text string) *insertAgain {
	if len(ss.shapes) == 0 || ss.settings.ksql() {
		return nil
	}
	head, literals, width, ok := sql.LiteralRows(text, ss.literals[:0])
	ss.literals = literals
	s := ss.shapes[head]
	if !ok || s == nil || s.snap != ss.srv.catalog.Current() || len(s.columns) != width {
		return nil
	}
	for i, l := range literals {
		if _, ok := plainValue(l, s.rel.Schema[s.columns[i%width]].Type); !ok {
			return nil
		}
	}
	return &insertAgain{s, literals}
}

// remember keeps the shape of an INSERT that has run, or what it was prepared to be.
func (ss *Session) remember(rq *request, x *sql.Insert, plan *planner.InsertPlan) {
	if rq.ksql || plan.Rows == nil || plan.HasRowtime || plan.Returning != nil || x.With != nil || len(plan.Target.Defaults) > 0 {
		return
	}
	if rq.prepared != nil {
		rq.prepared.remember(rq, plan, ss.srv)
	}
	if !rq.simple {
		return
	}
	head, literals, width, ok := sql.LiteralRows(rq.text, ss.literals[:0])
	ss.literals = literals
	if !ok || width != len(plan.Columns) {
		return
	}
	enc, err := ss.srv.inserter(plan.Target)
	if err != nil {
		return
	}
	if ss.shapes == nil || len(ss.shapes) >= maxShapes {
		ss.shapes = map[string]*insertShape{}
	}
	ss.shapes[head] = &insertShape{snap: rq.snap, rel: plan.Target, ast: x, columns: plan.Columns, enc: enc}
}

// plainValue is a literal as a value of a column, where that asks no questions:
// false leaves it to the binder, also when it would refuse.
func plainValue(l sql.Literal, t types.Type) (v types.Value, ok bool) {
	switch l.Kind {
	case sql.LiteralNull:
		return nil, true
	case sql.LiteralTrue, sql.LiteralFalse:
		return l.Kind == sql.LiteralTrue, t.Kind == types.Boolean
	case sql.LiteralString:
		return l.Text, t.Kind == types.String && t.Precision == 0
	}
	switch t.Kind {
	case types.BigInt, types.Int:
		n, err := strconv.ParseInt(l.Text, 10, 64)
		return n, l.Kind == sql.LiteralInteger && err == nil && (t.Kind == types.BigInt || n == int64(int32(n)))
	case types.Double:
		f, err := strconv.ParseFloat(l.Text, 64)
		if f == 0 {
			f = 0 // a number has no negative zero
		}
		return f, err == nil
	}
	return nil, false
}

// insertAgain runs an INSERT that was not parsed. The catalog may have changed
// since it was recognized: then it is parsed.
func (ss *Session) insertAgain(ctx context.Context, rq *request, t *catalog.Relation) (*pgwire.Result, error) {
	a := rq.again
	if t != a.rel || rq.snap != a.snap {
		stmts, err := ss.parse(rq.text)
		if err != nil {
			return nil, err
		}
		rq.ast, rq.again = stmts[0], nil
		return ss.runInsert(ctx, rq, stmts[0].(*sql.Insert))
	}
	return ss.insertRemembered(ctx, t, a.enc, a.rows(rq))
}

func (ss *Session) insertRemembered(ctx context.Context, t *catalog.Relation, enc *codec.Inserter, b *vec.Batch) (*pgwire.Result, error) {
	ss.last = ss.wire
	err := ss.insertBy(ctx, t, enc, b)
	ss.last = false
	if err != nil {
		return nil, keyMissing(t, err)
	}
	return tag(tagOf("INSERT 0 %d", int64(b.N))), nil
}

// preparedInsert is what a prepared INSERT of literals and parameters keeps of its
// first execution.
type preparedInsert struct {
	snap *catalog.Snapshot // it holds for this catalog only (S1)
	plan *planner.InsertPlan
	enc  *codec.Inserter
}

// rows lays out the rows of this execution; nil when it has to be bound.
func (p *preparedInsert) rows(rq *request, t *catalog.Relation) *vec.Batch {
	if p == nil || p.plan == nil || p.snap != rq.snap || p.plan.Target != t || rq.ksql {
		return nil
	}
	return withTimes(constantRows(t.Schema, p.plan.Rows, rq.args), false, rq)
}

// remember keeps the plan of a prepared INSERT whose rows hang on nothing but
// parameters: on no time zone and no clock.
func (p *preparedInsert) remember(rq *request, plan *planner.InsertPlan, srv *Server) {
	for _, row := range plan.Rows {
		for i, n := range row {
			if _, ok := constantOf(n, plan.Target.Schema[i].Type, rq.args); !ok || timely(n) {
				return
			}
		}
	}
	if enc, err := srv.inserter(plan.Target); err == nil {
		p.snap, p.plan, p.enc = rq.snap, plan, enc
	}
}

// timely tells whether a literal may be another value at another time or in
// another time zone.
func timely(n expr.Node) bool {
	c, ok := n.(*expr.Const)
	return ok && c.V != nil && (c.T.Kind == types.Timestamp || c.T.Kind == types.Date || c.T.Kind == types.Time || c.T.Elem != nil || c.T.Fields != nil)
}

// rows lays the literals out as rows of the relation.
func (a *insertAgain) rows(rq *request) *vec.Batch {
	width := len(a.columns)
	n := len(a.literals) / width
	cols := make([]*vec.Builder, len(a.rel.Schema))
	for i := range cols {
		cols[i] = vec.NewBuilder(a.rel.Schema[i].Type, n)
	}
	row := make([]types.Value, len(cols))
	for i := range n {
		for j, c := range a.columns {
			row[c], _ = plainValue(a.literals[i*width+j], a.rel.Schema[c].Type)
		}
		for c := range cols {
			cols[c].Append(row[c])
		}
	}
	b := &vec.Batch{N: n, Cols: make([]vec.Vec, len(cols))}
	for i, c := range cols {
		b.Cols[i] = c.Finish()
	}
	return withTimes(b, false, rq)
}
