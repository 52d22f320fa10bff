package planner

import (
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
)

// env is what folding may know.
func (b *binder) env() *fn.Env {
	return &fn.Env{Now: b.opt.Now, Location: b.opt.Location}
}

// foldConst evaluates what depends on no row; a placeholder keeps its place.
func foldConst(n expr.Node, b *binder) expr.Node {
	if n == nil || hasPlaceholder(n) {
		return n
	}
	return expr.Fold(n, b.env())
}

func hasPlaceholder(n expr.Node) bool {
	found := false
	visit(n, func(c expr.Node) bool {
		if _, ok := c.(*placeholder); ok {
			found = true
		}
		return !found
	})
	return found
}

// foldPlan folds every expression and drops conditions that are true.
func foldPlan(b *binder, n BatchNode) BatchNode {
	eachExpr(n, func(x *expr.Node) { *x = foldConst(*x, b) })
	mapInputs(n, func(c BatchNode) BatchNode { return foldPlan(b, c) })
	if f, ok := n.(*BatchFilter); ok && isTrue(f.Cond) {
		return f.In
	}
	return n
}

func isTrue(n expr.Node) bool {
	c, ok := n.(*expr.Const)
	return ok && c.V == true
}
