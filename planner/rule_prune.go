package planner

import "github.com/leatdb/leat/sql/expr"

// pruneAll marks in every scan the columns that are read; all of the plan's
// own output is.
func pruneAll(n BatchNode) BatchNode {
	prune(n, everything(n))
	return n
}

// uses adds the columns an expression reads.
func uses(need []bool, xs ...expr.Node) {
	for _, x := range xs {
		for i := range columnsOf(x) {
			need[i] = true
		}
	}
}

func everything(n BatchNode) []bool { return allTrue(len(n.Out())) }

// prune takes the columns of n that are read above it.
func prune(n BatchNode, need []bool) {
	switch n := n.(type) {
	case *ScanNode:
		n.Needed = append([]bool(nil), need...)
	case *BatchFilter:
		in := append([]bool(nil), need...)
		uses(in, n.Cond)
		prune(n.In, in)
	case *BatchProject:
		pruneProject(n, need)
	case *BatchJoin:
		pruneJoin(n, need)
	case *BatchAggregate:
		in := make([]bool, len(n.In.Out()))
		eachExpr(n, func(x *expr.Node) { uses(in, *x) })
		prune(n.In, in)
	case *BatchWindow:
		in := append([]bool(nil), need[:len(n.In.Out())]...)
		eachExpr(n, func(x *expr.Node) { uses(in, *x) })
		prune(n.In, in)
	case *BatchSort:
		in := append([]bool(nil), need...)
		eachExpr(n, func(x *expr.Node) { uses(in, *x) })
		prune(n.In, in)
	case *BatchLimit:
		prune(n.In, need)
	default:
		for _, c := range inputsOf(n) {
			prune(c, everything(c))
		}
	}
}

// pruneProject leaves out what nobody reads: such columns become NULL.
func pruneProject(n *BatchProject, need []bool) {
	in := make([]bool, len(n.In.Out()))
	for i, x := range n.Exprs {
		switch {
		case n.Sets[i] != nil:
			uses(in, n.Sets[i].Args...)
		case need[i]:
			uses(in, x)
		default:
			n.Exprs[i] = &expr.Const{T: x.Type()}
		}
	}
	prune(n.In, in)
}

func pruneJoin(n *BatchJoin, need []bool) {
	width := len(n.Left.Out())
	all := append([]bool(nil), need...)
	for len(all) < width+len(n.Right.Out()) {
		all = append(all, false)
	}
	uses(all, n.Residual)
	l, r := all[:width:width], append([]bool(nil), all[width:]...)
	uses(l, n.LeftKey...)
	uses(r, n.RightKey...)
	if n.Lateral {
		mapBatch(n.Right, 1, func(x expr.Node, depth int) expr.Node {
			if o, ok := x.(*expr.Outer); ok && o.Depth == depth {
				l[o.Index] = true
			}
			return nil
		})
	}
	prune(n.Left, l)
	prune(n.Right, r)
}
