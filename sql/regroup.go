package sql

import "github.com/leatdb/leat/sql/sqlerr"

// What TiDB leaves undone of the structure: INTERSECT before UNION, redundant
// parentheses, implicit rows in GROUP BY.

// mergeParens joins a query that is only another in parentheses with it, as
// PostgreSQL does: (SELECT a FROM t LIMIT 3) ORDER BY a sorts before it limits. A clause
// can then be given only once.
func (q *Query) mergeParens() *Query {
	inner, ok := q.Body.(*Query)
	if !ok {
		return q
	}
	once := func(what string, pos int, twice bool) {
		if twice {
			panic(sqlerr.New(sqlerr.SyntaxError, "multiple %s clauses not allowed", what).At(pos))
		}
	}
	m := *inner
	if q.With != nil {
		once("WITH", q.With.Pos, m.With != nil)
		m.With = q.With
	}
	if q.OrderBy != nil {
		once("ORDER BY", q.OrderBy[0].Expr.Position(), m.OrderBy != nil)
		m.OrderBy = q.OrderBy
	}
	if q.Limit != nil {
		once("LIMIT", q.Limit.Position(), m.Limit != nil)
		m.Limit = q.Limit
	}
	if q.Offset != nil {
		once("OFFSET", q.Offset.Position(), m.Offset != nil)
		m.Offset = q.Offset
	}
	if q.Options != nil {
		once("WITH (...)", q.Pos, m.Options != nil)
		m.Options = q.Options
	}
	if q.Lock != nil {
		once("FOR", q.Lock.Pos, m.Lock != nil)
		m.Lock = q.Lock
	}
	m.Pos = q.Pos
	return &m
}

func (q *Query) tailless() bool {
	return q.OrderBy == nil && q.Limit == nil && q.Offset == nil && q.Options == nil && q.Lock == nil
}

// setEmit puts EMIT on the outermost block.
func (q *Query) setEmit(mode EmitMode) *Query {
	if mode == EmitNone {
		return q
	}
	if q.EmitMode() != EmitNone {
		panic(sqlerr.New(sqlerr.SyntaxError, "multiple EMIT clauses not allowed").At(q.Pos))
	}
	switch b := q.Body.(type) {
	case *Select:
		b.Emit = mode
	case *SetOp:
		b.Emit = mode
	default:
		panic(sqlerr.New(sqlerr.SyntaxError, "EMIT needs a SELECT").At(q.Pos))
	}
	return q
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
