package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// rel is a bound relation of a pull plan: its node and the names of its
// columns. The scope's parent is the enclosing query's.
type rel struct {
	node BatchNode
	sc   *scope
}

// schema is the columns a client sees.
func (r rel) schema() types.Schema {
	out := make(types.Schema, len(r.sc.cols))
	for i, c := range r.sc.cols {
		out[i] = types.Column{Name: c.name, Type: c.t, Key: c.key, NotNull: c.notNull}
	}
	return out
}

// outputs makes the scope of a finished query block from its schema.
func outputs(s types.Schema, outer *scope) *scope {
	sc := &scope{parent: outer}
	for i, c := range s {
		sc.cols = append(sc.cols, column{name: c.Name, t: c.Type, index: i, key: c.Key, notNull: c.NotNull})
	}
	return sc
}

// query binds a query expression with its WITH and its tail. Columns of
// untyped literals may still be Unknown: settleOutputs or castOutputs follow.
func (b *binder) query(q *sql.Query, outer *scope) rel {
	if q.Lock != nil {
		fail(sqlerr.Unsupported("FOR %s", q.Lock.Mode).At(q.Lock.Pos))
	}
	if len(q.Options) > 0 {
		fail(sqlerr.Unsupported("WITH (%s) on a query that ends", q.Options[0].Name.Text).
			WithHint("It belongs to a query with EMIT CHANGES.").At(q.Options[0].Name.Pos))
	}
	mark := len(b.ctes)
	var ctes []CTE
	if q.With != nil {
		ctes = b.bindWith(q.With, outer)
	}
	r := b.queryBody(q, outer)
	b.ctes = b.ctes[:mark]
	if len(ctes) > 0 {
		r.node = &BatchWith{BatchBase: BatchBase{r.node.Out()}, CTEs: ctes, Body: r.node}
	}
	return r
}

func (b *binder) queryBody(q *sql.Query, outer *scope) rel {
	if sel, ok := q.Body.(*sql.Select); ok {
		return b.selectBlock(sel, q, outer)
	}
	r := b.body(q.Body, outer)
	if len(q.OrderBy) > 0 {
		r = b.settleOutputs(r)
		r.node = b.orderOutputs(q, r, outer)
	}
	r.node = b.limit(r.node, q)
	return r
}

// body binds a query body without a tail.
func (b *binder) body(body sql.Body, outer *scope) rel {
	switch body := body.(type) {
	case *sql.Select:
		return b.selectBlock(body, &sql.Query{Body: body}, outer)
	case *sql.SetOp:
		return b.setOp(body, outer)
	case *sql.Values:
		return b.values(body, outer)
	case *sql.Query:
		return b.query(body, outer)
	}
	fail(sqlerr.Unsupported("query of this form").At(body.Position()))
	return rel{}
}

// orderOutputs sorts by output columns: ordinals, names, or over VALUES any
// expression of them.
func (b *binder) orderOutputs(q *sql.Query, r rel, outer *scope) BatchNode {
	_, isSet := q.Body.(*sql.SetOp)
	var keys []SortKey
	for _, o := range q.OrderBy {
		if i, ok := b.outputOrdinal(o.Expr, len(r.sc.cols), "ORDER BY"); ok {
			keys = append(keys, sortKey(r.sc.cols[i].read(0), o))
			continue
		}
		ref, isName := o.Expr.(*sql.ColumnRef)
		if isSet && (!isName || len(ref.Parts) > 1) {
			fail(sqlerr.New(sqlerr.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
				WithDetail("Only result column names can be used, not expressions or functions.").
				WithHint("Add the expression to every SELECT, or move the UNION into a FROM clause.").At(o.Expr.Position()))
		}
		keys = append(keys, sortKey(b.exprs(r.sc, "ORDER BY").value(o.Expr), o))
	}
	return &BatchSort{BatchBase: BatchBase{r.node.Out()}, In: r.node, Keys: keys}
}

// outputOrdinal reads an integer literal as the position of an output column.
func (b *binder) outputOrdinal(e sql.Expr, n int, clause string) (int, bool) {
	lit, ok := e.(*sql.Number)
	if !ok || b.ksql {
		return 0, false
	}
	c := b.exprs(&scope{}, clause).number(lit.Text, lit.Pos).(*expr.Const)
	i, ok := c.V.(int64)
	if !ok {
		fail(sqlerr.New(sqlerr.SyntaxError, "non-integer constant in %s", clause).At(lit.Pos))
	}
	if i < 1 || i > int64(n) {
		fail(sqlerr.New(sqlerr.InvalidColumnReference, "%s position %d is not in select list", clause, i).At(lit.Pos))
	}
	return int(i) - 1, true
}

// limit puts LIMIT and OFFSET on top.
func (b *binder) limit(in BatchNode, q *sql.Query) BatchNode {
	if q.Limit == nil && q.Offset == nil {
		return in
	}
	n := &BatchLimit{BatchBase: BatchBase{in.Out()}, In: in}
	n.Limit = b.rowCount(q.Limit, "LIMIT", sqlerr.InvalidRowCountLimit)
	n.Offset = b.rowCount(q.Offset, "OFFSET", sqlerr.InvalidRowCountOffset)
	return n
}

func (b *binder) rowCount(e sql.Expr, clause, code string) expr.Node {
	if e == nil {
		return nil
	}
	if lit, ok := e.(*sql.Number); ok && b.ksql && strings.ContainsAny(lit.Text, ".eE") {
		fail(sqlerr.New(sqlerr.InvalidParameterValue, "Failed to prepare statement: Value must be integer for command: %s", clause).At(lit.Pos))
	}
	n := b.exprs(&scope{}, clause).bind(e)
	if t := n.Type(); !isUntyped(n) && !t.IsNumeric() {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "argument of %s must be type bigint, not type %s", clause, t).At(e.Position()))
	}
	n = b.fold(b.coerce(n, types.TBigInt, e.Position()))
	if c, ok := n.(*expr.Const); ok && c.V != nil && c.V.(int64) < 0 {
		if b.ksql {
			fail(sqlerr.New(code, "Pull queries don't support negative integers in the LIMIT clause. See https://cnfl.io/queries for more info.").At(e.Position()))
		}
		fail(sqlerr.New(code, "%s must not be negative", clause).At(e.Position()))
	}
	return n
}

// settleOutputs makes text of the columns nothing gave a type.
func (b *binder) settleOutputs(r rel) rel {
	ts := make([]types.Type, len(r.sc.cols))
	for i, c := range r.sc.cols {
		ts[i] = textIfUnknown(c.t)
	}
	return b.castOutputs(r, ts)
}

// castOutputs gives the columns the types ts.
func (b *binder) castOutputs(r rel, ts []types.Type) rel {
	change := false
	for i, c := range r.sc.cols {
		change = change || !c.t.Equal(ts[i])
	}
	if !change {
		return r
	}
	sc := *r.sc
	sc.cols = append([]column(nil), r.sc.cols...)
	for i := range sc.cols {
		sc.cols[i].t = ts[i]
	}
	return rel{b.retype(r.node, ts), &sc}
}

// retype pushes types into the expressions of a projection or VALUES, where
// untyped literals still are; elsewhere it adds casts on top.
func (b *binder) retype(n BatchNode, ts []types.Type) BatchNode {
	schema := n.Out().Clone()[:len(ts)]
	for i := range schema {
		schema[i].Type = ts[i]
	}
	switch n := n.(type) {
	case *BatchProject:
		if len(n.Exprs) == len(ts) && len(n.Sets) == 0 {
			exprs := make([]expr.Node, len(ts))
			for i, x := range n.Exprs {
				exprs[i] = b.coerce(x, ts[i], b.placeOf(x))
			}
			return &BatchProject{BatchBase: BatchBase{schema}, In: n.In, Exprs: exprs}
		}
	case *ValuesNode:
		rows := make([][]expr.Node, len(n.Rows))
		for i, row := range n.Rows {
			rows[i] = make([]expr.Node, len(row))
			for j, x := range row {
				rows[i][j] = b.coerce(x, ts[j], b.placeOf(x))
			}
		}
		return &ValuesNode{BatchBase: BatchBase{schema}, Rows: rows}
	case *BatchWith:
		return &BatchWith{BatchBase: BatchBase{schema}, CTEs: n.CTEs, Body: b.retype(n.Body, ts)}
	case *BatchLimit:
		return &BatchLimit{BatchBase: BatchBase{schema}, In: b.retype(n.In, ts), Limit: n.Limit, Offset: n.Offset}
	}
	p := &BatchProject{BatchBase: BatchBase{schema}, In: n}
	for i, c := range n.Out()[:len(ts)] {
		col := &expr.Column{Index: i, Name: c.Name, T: c.Type}
		p.Exprs = append(p.Exprs, b.coerceColumn(col, ts[i]))
	}
	return p
}

// coerceColumn casts a column; an untyped one holds text.
func (b *binder) coerceColumn(c *expr.Column, to types.Type) expr.Node {
	if c.T.Kind == types.Unknown {
		c.T = types.TString
	}
	return b.coerce(c, to, -1)
}

// placeOf is where an expression stands in the text, -1 if unknown.
func (b *binder) placeOf(n expr.Node) int {
	if pos, ok := b.where[n]; ok {
		return pos
	}
	return -1
}
