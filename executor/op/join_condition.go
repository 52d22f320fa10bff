package op

import (
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
)

// above is the node that reads from what is placed below parent.
func above(parent *placed) planner.Node {
	if parent == nil {
		return nil
	}
	return parent.node
}

// tableCondition is what a filter right above an inner join asks of the table's
// row alone, over the table's columns; nil when it asks nothing. Rows for which
// it is not true need not be kept. Only conditions that cannot fail are taken,
// and only those before the first that can, so that no failure goes unseen; none
// where the join's own condition can.
func tableCondition(above planner.Node, n *planner.StreamTableJoinNode) expr.Node {
	f, ok := above.(*planner.FilterNode)
	if !ok || n.Outer || f.Having || n.Residual != nil && !neverFails(n.Residual) {
		return nil
	}
	conds, logic := []expr.Node{f.Cond}, expr.TwoValued
	if and, ok := f.Cond.(*expr.And); ok {
		conds, logic = and.Xs, and.Logic
	}
	left := len(n.Left.Out())
	var out []expr.Node
	for _, c := range conds {
		if !neverFails(c) {
			break
		}
		if cols := expr.Columns(c); len(cols) > 0 && cols[0] >= left {
			out = append(out, expr.Rewrite(c, func(x expr.Node) expr.Node {
				if col, ok := x.(*expr.Column); ok {
					moved := *col
					moved.Index -= left
					return &moved
				}
				return x
			}))
		}
	}
	switch len(out) {
	case 0:
		return nil
	case 1:
		return out[0]
	}
	return &expr.And{Xs: out, Logic: logic}
}

// neverFails tells whether a condition is made of comparisons of columns and
// literals.
func neverFails(c expr.Node) bool {
	ok := true
	expr.Walk(c, func(x expr.Node) bool {
		switch x.(type) {
		case *expr.Column, *expr.Const, *expr.Compare, *expr.In, *expr.IsNull, *expr.Not, *expr.Or, *expr.And:
		default:
			ok = false
		}
		return ok
	})
	return ok
}
