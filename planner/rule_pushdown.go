package planner

import (
	"github.com/leatdb/leat/sql/expr"
)

// pushDown gives n under the conditions conds, each as low as it can stand.
func pushDown(n BatchNode, conds []expr.Node) BatchNode {
	switch n := n.(type) {
	case *BatchFilter:
		return pushDown(n.In, append(conjuncts(n.Cond), conds...))
	case *BatchProject:
		return pushProject(n, conds)
	case *BatchJoin:
		return pushJoin(n, conds)
	case *BatchAggregate:
		return pushAggregate(n, conds)
	case *BatchSort:
		n.In = pushDown(n.In, conds)
		return n
	case *BatchDistinct:
		if len(n.On) == 0 {
			n.In = pushDown(n.In, conds)
			return n
		}
	case *BatchSetOp:
		return pushSetOp(n, conds)
	}
	mapInputs(n, func(c BatchNode) BatchNode { return pushDown(c, nil) })
	return filtered(n, conds)
}

// filtered puts conditions directly on a node.
func filtered(n BatchNode, conds []expr.Node) BatchNode {
	if len(conds) == 0 {
		return n
	}
	return &BatchFilter{BatchBase: BatchBase{n.Out()}, In: n, Cond: allOf(conds, logicOf(conds))}
}

// logicOf is the null logic conditions were bound with.
func logicOf(conds []expr.Node) expr.Logic {
	for _, c := range conds {
		if t, ok := c.(*expr.TryNull); ok {
			c = t.X
		}
		switch c := c.(type) {
		case *expr.Compare:
			return c.Logic
		case *expr.Or:
			return c.Logic
		case *expr.Not:
			return c.Logic
		case *expr.In:
			return c.Logic
		case *expr.Like:
			return c.Logic
		}
	}
	return expr.ThreeValued
}

// pushProject rewrites conditions over the projection into ones over its input.
func pushProject(n *BatchProject, conds []expr.Node) BatchNode {
	var down, stay []expr.Node
	for _, c := range conds {
		if hasSubquery(c) || !substitutable(n, c) {
			stay = append(stay, c)
			continue
		}
		down = append(down, replaceColumns(c, func(col *expr.Column) expr.Node { return n.Exprs[col.Index] }))
	}
	n.In = pushDown(n.In, down)
	return filtered(n, stay)
}

// substitutable tells whether all that a condition reads can be computed below.
func substitutable(n *BatchProject, cond expr.Node) bool {
	for i := range columnsOf(cond) {
		x := n.Exprs[i]
		if x == nil || hasSubquery(x) || expr.Volatile(x) {
			return false
		}
	}
	return len(n.Sets) == 0 || len(columnsOf(cond)) > 0
}

// side says which inputs of a join an expression reads.
type side uint8

const (
	neither side = 0
	left    side = 1
	right   side = 2
	both    side = 3
)

func sideOf(n expr.Node, width int) side {
	s := neither
	for i := range columnsOf(n) {
		if i < width {
			s |= left
		} else {
			s |= right
		}
	}
	return s
}

// pushJoin hands conditions to the sides and, for inner joins, to the join.
func pushJoin(n *BatchJoin, conds []expr.Node) BatchNode {
	width := len(n.Left.Out())
	inner := n.Kind == InnerJoin || n.Kind == CrossJoin
	var toLeft, toRight, on, stay []expr.Node
	if inner {
		conds = append(conjuncts(n.Residual), conds...)
	} else {
		on = conjuncts(n.Residual)
	}
	for _, c := range conds {
		s := sideOf(c, width)
		switch {
		case s == left && (inner || n.Kind == LeftJoin || n.Kind == SemiJoin || n.Kind == AntiJoin), s == neither && inner:
			toLeft = append(toLeft, c)
		case s == right && (inner || n.Kind == RightJoin) && !n.Lateral:
			toRight = append(toRight, shiftColumns(c, -width))
		case inner:
			on = append(on, c)
		default:
			stay = append(stay, c)
		}
	}
	if n.Kind == LeftJoin && !n.Lateral {
		on, toRight = rightOnly(on, toRight, width)
	}
	n.Residual = allOf(on, logicOf(on))
	if inner {
		n.Kind = CrossJoin
		if len(on) > 0 || n.Lateral {
			n.Kind = InnerJoin
		}
	}
	n.Left, n.Right = pushDown(n.Left, toLeft), pushDown(n.Right, toRight)
	return filtered(n, stay)
}

// rightOnly moves conditions of a LEFT JOIN's ON that read only the right side
// into that side.
func rightOnly(on, toRight []expr.Node, width int) (rest, moved []expr.Node) {
	for _, c := range on {
		if sideOf(c, width) == right {
			toRight = append(toRight, shiftColumns(c, -width))
		} else {
			rest = append(rest, c)
		}
	}
	return rest, toRight
}

// pushAggregate moves conditions over group columns below the aggregation.
func pushAggregate(n *BatchAggregate, conds []expr.Node) BatchNode {
	var down, stay []expr.Node
	for _, c := range conds {
		movable := len(n.Groups) > 0 && !hasSubquery(c) && len(columnsOf(c)) > 0
		for i := range columnsOf(c) {
			movable = movable && i < len(n.Groups) && !hasSubquery(n.Groups[i]) && !expr.Volatile(n.Groups[i])
		}
		if !movable {
			stay = append(stay, c)
			continue
		}
		down = append(down, replaceColumns(c, func(col *expr.Column) expr.Node { return n.Groups[col.Index] }))
	}
	n.In = pushDown(n.In, down)
	return filtered(n, stay)
}

func pushSetOp(n *BatchSetOp, conds []expr.Node) BatchNode {
	var down, stay []expr.Node
	for _, c := range conds {
		if hasSubquery(c) || expr.Volatile(c) {
			stay = append(stay, c)
		} else {
			down = append(down, c)
		}
	}
	n.Left, n.Right = pushDown(n.Left, append([]expr.Node(nil), down...)), pushDown(n.Right, down)
	return filtered(n, stay)
}
