package planner

import (
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// semiJoins turns x IN (query) and [NOT] EXISTS (query) in a filter into joins
// that keep (or drop) the left row, where the query depends on the row by
// nothing but equalities. NOT IN stays: its NULLs are another matter.
func semiJoins(b *binder, n BatchNode) BatchNode {
	mapInputs(n, func(c BatchNode) BatchNode { return semiJoins(b, c) })
	f, ok := n.(*BatchFilter)
	if !ok {
		return n
	}
	var rest []expr.Node
	var joins []*BatchJoin
	for _, c := range conjuncts(f.Cond) {
		if j := semiJoin(c); j != nil {
			j.Right = semiJoins(b, pushDown(foldPlan(b, j.Right), nil))
			joins = append(joins, j)
		} else {
			rest = append(rest, c)
		}
	}
	if len(joins) == 0 {
		return n
	}
	out := filtered(f.In, rest)
	for _, j := range joins {
		j.Schema, j.Left = f.Schema, out
		out = j
	}
	return out
}

// semiJoin makes a join, without its left side, of a condition; nil if it is
// not one of the forms.
func semiJoin(c expr.Node) *BatchJoin {
	kind := SemiJoin
	if not, ok := c.(*expr.Not); ok {
		c, kind = not.X, AntiJoin
	}
	q, ok := c.(*expr.Subquery)
	if !ok {
		return nil
	}
	plan := q.Plan.(BatchNode)
	switch {
	case q.Kind == expr.InQuery && q.Op == "=" && !q.Not && kind == SemiJoin:
		if q.X.Type().Kind == types.Record || usesOuter(plan, 1) || hasSubquery(q.X) || len(columnsOf(q.X)) == 0 {
			return nil
		}
		lowerOuter(plan, 1)
		col := plan.Out()[0]
		return &BatchJoin{
			Kind: SemiJoin, Right: plan, LeftKey: []expr.Node{q.X},
			RightKey: []expr.Node{&expr.Column{Index: 0, Name: col.Name, T: col.Type}},
		}
	case q.Kind == expr.ExistsQuery:
		return existsJoin(plan, kind)
	}
	return nil
}

// existsJoin handles EXISTS (SELECT .. FROM .. WHERE inner = outer AND ..).
func existsJoin(plan BatchNode, kind JoinKind) *BatchJoin {
	p, ok := plan.(*BatchProject)
	if !ok || len(p.Sets) > 0 {
		return nil
	}
	f, ok := p.In.(*BatchFilter)
	if !ok || usesOuter(f.In, 1) {
		return nil
	}
	j := &BatchJoin{Kind: kind}
	var rest []expr.Node
	for _, c := range conjuncts(f.Cond) {
		inner, outer := correlation(c)
		switch {
		case inner != nil:
			j.LeftKey, j.RightKey = append(j.LeftKey, outer), append(j.RightKey, inner)
		case readsOuter(c):
			return nil
		default:
			rest = append(rest, c)
		}
	}
	if len(j.LeftKey) == 0 {
		return nil
	}
	right := filtered(f.In, rest)
	lowerOuter(right, 1)
	j.Right = right
	return j
}

// correlation splits inner = outer: the side over the query's own row, and the
// other as an expression over the enclosing row.
func correlation(c expr.Node) (inner, outer expr.Node) {
	eq, ok := c.(*expr.Compare)
	if !ok || eq.Op != "=" || hasSubquery(eq) {
		return nil, nil
	}
	for _, s := range [][2]expr.Node{{eq.L, eq.R}, {eq.R, eq.L}} {
		own, far := s[0], s[1]
		if !readsOuter(own) && len(columnsOf(own)) > 0 && readsOuter(far) && len(columnsOf(far)) == 0 && onlyNearest(far) && onlyNearest(own) {
			return own, rewrite(far, func(n expr.Node) expr.Node {
				if o, ok := n.(*expr.Outer); ok {
					return &expr.Column{Index: o.Index, Name: o.Name, T: o.T}
				}
				return nil
			})
		}
	}
	return nil, nil
}

// readsOuter tells whether an expression reads the enclosing row.
func readsOuter(n expr.Node) bool {
	found := false
	visitDeep(n, 1, func(c expr.Node, depth int) {
		if o, ok := c.(*expr.Outer); ok && o.Depth == depth {
			found = true
		}
	})
	return found
}

// onlyNearest tells whether an expression reads no row beyond the enclosing one.
func onlyNearest(n expr.Node) bool {
	ok := true
	visit(n, func(c expr.Node) bool {
		if o, is := c.(*expr.Outer); is && o.Depth > 1 {
			ok = false
		}
		return ok
	})
	return ok
}
