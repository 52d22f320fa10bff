package planner

import (
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// subquery binds a query inside an expression; this scope is its outer one.
func (x *exprBinder) subquery(q *sql.Query, pos int) rel {
	switch {
	case x.b.streaming:
		fail(sqlerr.Unsupported("a subquery in a streaming query").
			WithHint("Join with the other relation instead.").At(pos))
	case x.noSubquery:
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "cannot use subquery in %s", x.clause).At(pos))
	case q.EmitMode() != sql.EmitNone:
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "EMIT is only allowed at the top level of a query").At(pos))
	}
	return x.b.query(q, x.sc)
}

// oneColumn requires a single output column.
func (x *exprBinder) oneColumn(r rel, pos int) types.Type {
	if n := len(r.sc.cols); n != 1 {
		fail(sqlerr.New(sqlerr.SyntaxError, "subquery must return only one column").At(pos))
	}
	return r.sc.cols[0].t
}

func (x *exprBinder) exists(e *sql.Exists) expr.Node {
	r := x.b.settleOutputs(x.subquery(e.Query, e.Pos))
	return &expr.Subquery{Kind: expr.ExistsQuery, Plan: r.node, T: types.TBoolean}
}

func (x *exprBinder) scalarSubquery(e *sql.ScalarSubquery) expr.Node {
	r := x.b.settleOutputs(x.subquery(e.Query, e.Pos))
	return &expr.Subquery{Kind: expr.ScalarQuery, Plan: r.node, T: x.oneColumn(r, e.Pos)}
}

func (x *exprBinder) arraySubquery(e *sql.ArraySubquery) expr.Node {
	r := x.b.settleOutputs(x.subquery(e.Query, e.Pos))
	return &expr.Subquery{Kind: expr.ArrayQuery, Plan: r.node, T: types.TArray(x.oneColumn(r, e.Pos))}
}

func (x *exprBinder) inQuery(e *sql.InQuery) expr.Node {
	n := x.quantified("=", e.X, e.Query, false, e.Pos).(*expr.Subquery)
	n.Not = e.Not
	return n
}

// quantified binds x op ANY (query) and ALL (query), of rows too.
func (x *exprBinder) quantified(op string, left sql.Expr, q *sql.Query, all bool, pos int) expr.Node {
	switch op {
	case "=", "<>", "<", "<=", ">", ">=":
	default:
		fail(sqlerr.Unsupported("%s ANY or ALL over a subquery", op).At(pos))
	}
	r := x.subquery(q, pos)
	lefts := []sql.Expr{left}
	if row, ok := left.(*sql.Row); ok {
		lefts = row.Items
	}
	if len(lefts) != len(r.sc.cols) {
		word := "few"
		if len(r.sc.cols) > len(lefts) {
			word = "many"
		}
		fail(sqlerr.New(sqlerr.SyntaxError, "subquery has too %s columns", word).At(pos))
	}
	nodes, ts := x.bindAll(lefts), make([]types.Type, len(lefts))
	for i := range nodes {
		t, ok := x.b.commonOf(nodes[i].Type(), r.sc.cols[i].t)
		if !ok {
			fail(sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s %s %s", nodes[i].Type(), op, r.sc.cols[i].t).
				WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(pos))
		}
		ts[i] = textIfUnknown(t)
		nodes[i] = x.b.coerce(nodes[i], ts[i], lefts[i].Position())
	}
	r = x.b.castOutputs(r, ts)
	n := &expr.Subquery{Kind: expr.InQuery, X: nodes[0], Op: op, Plan: r.node, T: types.TBoolean}
	if all {
		n.Kind = expr.AllQuery
	}
	if len(nodes) > 1 {
		n.X, n.Plan = rowOf(nodes, r)
	}
	return n
}

// rowOf packs the left side and the query's columns into one row value each.
func rowOf(nodes []expr.Node, r rel) (expr.Node, BatchNode) {
	t := types.Type{Kind: types.Record}
	cols := make([]expr.Node, len(nodes))
	for i, n := range nodes {
		t.Fields = append(t.Fields, types.Field{Name: "f" + itoa(i+1), Type: n.Type()})
		cols[i] = &expr.Column{Index: i, Name: r.sc.cols[i].name, T: n.Type()}
	}
	packed := &BatchProject{
		BatchBase: BatchBase{types.Schema{{Name: "row", Type: t}}},
		In:        r.node, Exprs: []expr.Node{&expr.StructCtor{Xs: cols, T: t}},
	}
	return &expr.StructCtor{Xs: nodes, T: t}, packed
}
