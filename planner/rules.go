package planner

import "github.com/leatdb/leat/sql/expr"

// rule is one rewrite of a pull plan. It may change the plan in place.
type rule struct {
	name  string
	apply func(b *binder, n BatchNode) BatchNode
}

// rules in the order they run; each relies on what those before it established.
var rules = []rule{
	{"what has no type is text", untypedIsText},
	{"constants are values", foldPlan},
	{"conditions stand as low as they can", func(_ *binder, n BatchNode) BatchNode { return pushDown(n, nil) }},
	{"subqueries that only test are joins", semiJoins},
	{"equalities are join keys", func(_ *binder, n BatchNode) BatchNode { return joinKeys(n) }},
	{"key conditions are look-ups", func(b *binder, n BatchNode) BatchNode { return lookUps(b, n) }},
	{"scans know their columns", func(_ *binder, n BatchNode) BatchNode { return pruneAll(n) }},
}

// optimize runs the rules over a plan and the plans of its subqueries.
func optimize(n BatchNode, b *binder) BatchNode {
	for _, r := range rules {
		n = r.apply(b, n)
	}
	eachPlan(n, func(q *expr.Subquery) { q.Plan = optimize(q.Plan.(BatchNode), b) })
	return n
}

// eachPlan calls f for the subqueries of a plan's own expressions.
func eachPlan(n BatchNode, f func(*expr.Subquery)) {
	eachExpr(n, func(x *expr.Node) {
		if *x == nil {
			return
		}
		visit(*x, func(c expr.Node) bool {
			if q, ok := c.(*expr.Subquery); ok {
				f(q)
			}
			return true
		})
	})
	for _, c := range inputsOf(n) {
		eachPlan(c, f)
	}
}

// mapInputs replaces the inputs of a node, in place.
func mapInputs(n BatchNode, f func(BatchNode) BatchNode) {
	switch n := n.(type) {
	case *BatchFilter:
		n.In = f(n.In)
	case *BatchProject:
		n.In = f(n.In)
	case *BatchJoin:
		n.Left, n.Right = f(n.Left), f(n.Right)
	case *BatchAggregate:
		n.In = f(n.In)
	case *BatchWindow:
		n.In = f(n.In)
	case *BatchSort:
		n.In = f(n.In)
	case *BatchLimit:
		n.In = f(n.In)
	case *BatchDistinct:
		n.In = f(n.In)
	case *BatchSetOp:
		n.Left, n.Right = f(n.Left), f(n.Right)
	case *BatchWith:
		for i := range n.CTEs {
			n.CTEs[i].Plan = f(n.CTEs[i].Plan)
			if n.CTEs[i].Step != nil {
				n.CTEs[i].Step = f(n.CTEs[i].Step)
			}
		}
		n.Body = f(n.Body)
	}
}

// hasSubquery tells whether an expression runs a plan.
func hasSubquery(n expr.Node) bool {
	found := false
	visit(n, func(c expr.Node) bool {
		if _, ok := c.(*expr.Subquery); ok {
			found = true
		}
		return !found
	})
	return found
}
