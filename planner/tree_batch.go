package planner

import "github.com/leatdb/leat/sql/expr"

// mapBatch applies f to every expression of a batch plan, in place. depth
// counts the rows between the plan's expressions and the row of interest.
func mapBatch(n BatchNode, depth int, f func(n expr.Node, depth int) expr.Node) {
	one := func(x *expr.Node) {
		if *x != nil {
			*x = rewriteDeep(*x, depth, f)
		}
	}
	eachExpr(n, one)
	if j, ok := n.(*BatchJoin); ok && j.Lateral {
		mapBatch(j.Left, depth, f)
		mapBatch(j.Right, depth+1, f)
		return
	}
	for _, c := range inputsOf(n) {
		mapBatch(c, depth, f)
	}
}

// inputsOf is Children with the plans of CTEs.
func inputsOf(n BatchNode) []BatchNode {
	w, ok := n.(*BatchWith)
	if !ok {
		return n.Children()
	}
	var out []BatchNode
	for _, c := range w.CTEs {
		out = append(out, c.Plan)
		if c.Step != nil {
			out = append(out, c.Step)
		}
	}
	return append(out, w.Body)
}

func eachOf(xs []expr.Node, f func(*expr.Node)) {
	for i := range xs {
		f(&xs[i])
	}
}

// eachExpr calls f with the place of every expression of n itself.
func eachExpr(n BatchNode, f func(*expr.Node)) {
	switch n := n.(type) {
	case *ScanNode:
		for _, p := range n.Points {
			eachOf(p, f)
		}
		for _, x := range []*expr.Node{&n.Low, &n.High, &n.WindowLow, &n.WindowHigh} {
			f(x)
		}
	case *ValuesNode:
		for _, r := range n.Rows {
			eachOf(r, f)
		}
	case *BatchFilter:
		f(&n.Cond)
	case *BatchProject:
		eachOf(n.Exprs, f)
		for i := range n.Exprs {
			if s := n.Sets[i]; s != nil {
				eachOf(s.Args, f)
			}
		}
	case *BatchJoin:
		eachOf(n.LeftKey, f)
		eachOf(n.RightKey, f)
		f(&n.Residual)
	case *BatchAggregate:
		eachOf(n.Groups, f)
		for i := range n.Aggs {
			eachAgg(&n.Aggs[i], f)
		}
		f(&n.RowTs)
	case *BatchWindow:
		for i := range n.Calls {
			eachCall(&n.Calls[i], f)
		}
	case *BatchSort:
		eachKey(n.Keys, f)
	case *BatchLimit:
		f(&n.Limit)
		f(&n.Offset)
	case *BatchDistinct:
		eachOf(n.On, f)
	case *BatchTableFunc:
		for i := range n.Calls {
			eachOf(n.Calls[i].Args, f)
		}
	}
}

func eachAgg(a *AggCall, f func(*expr.Node)) {
	eachOf(a.Args, f)
	f(&a.Filter)
	eachKey(a.OrderBy, f)
}

func eachCall(c *WindowCall, f func(*expr.Node)) {
	if c.Agg != nil {
		eachAgg(c.Agg, f)
	}
	eachOf(c.Args, f)
	eachOf(c.Partition, f)
	eachKey(c.Order, f)
}

func eachKey(keys []SortKey, f func(*expr.Node)) {
	for i := range keys {
		f(&keys[i].X)
	}
}

// usesOuter tells whether a plan reads the row depth levels up.
func usesOuter(n BatchNode, depth int) bool {
	found := false
	mapBatch(n, depth, func(x expr.Node, d int) expr.Node {
		if o, ok := x.(*expr.Outer); ok && o.Depth == d {
			found = true
		}
		return nil
	})
	return found
}

// lowerOuter takes one level out of the references of a plan to rows further
// out than depth.
func lowerOuter(n BatchNode, depth int) {
	mapBatch(n, depth, func(x expr.Node, d int) expr.Node {
		if o, ok := x.(*expr.Outer); ok && o.Depth > d {
			moved := *o
			moved.Depth--
			return &moved
		}
		return nil
	})
}
