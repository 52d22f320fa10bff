package sql

import "github.com/leatdb/leat/sql/sqlerr"

// What TiDB leaves undone of the structure: INTERSECT before UNION, redundant
// parentheses, implicit rows in GROUP BY.

// simplify drops a query that only wraps another in parentheses.
func simplify(q *Query) *Query {
	inner, ok := q.Body.(*Query)
	if ok && q.With == nil && q.tailless() {
		return inner
	}
	return q
}

func (q *Query) tailless() bool {
	return q.OrderBy == nil && q.Limit == nil && q.Offset == nil && q.Options == nil && q.Lock == nil
}

// setTerm is a block of a flat set operation with the operator before it.
type setTerm struct {
	body Body
	op   string
	all  bool
	pos  int
}

// foldLeft joins the terms from the left.
func foldLeft(terms []setTerm) Body {
	out := terms[0].body
	for _, t := range terms[1:] {
		out = &SetOp{Op: t.op, All: t.all, L: out, R: t.body, Pos: t.pos}
	}
	return out
}

func nilIfEmpty(e []Expr) []Expr {
	if len(e) == 0 {
		return nil
	}
	return e
}

// appendGroup adds a grouping expression; an implicit row is spread.
func appendGroup(list []Expr, e Expr) []Expr {
	if r, ok := e.(*Row); ok && !r.Explicit {
		return append(list, r.Items...)
	}
	return append(list, e)
}

// emit puts EMIT on the outermost block.
func (q *Query) setEmit(mode EmitMode) {
	if mode == EmitNone {
		return
	}
	switch b := q.Body.(type) {
	case *Select:
		b.Emit = mode
	case *SetOp:
		b.Emit = mode
	default:
		panic(sqlerr.New(sqlerr.SyntaxError, "EMIT needs a SELECT").At(q.Pos))
	}
}
