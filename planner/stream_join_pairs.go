package planner

import (
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// needsPairs tells whether a join of two tables goes by pairs of rows, and what
// tells those apart. covers: the right's primary key is compared with something
// of the left; keyed: with the left's primary key.
func (x *joining) needsPairs(covers, keyed bool) (PairKey, bool) {
	outer := x.kind == RightJoin || x.kind == FullJoin
	switch {
	case x.b.ksql, x.l.window != nil, x.r.window != nil:
		return PairBoth, false
	case !covers, x.kind == FullJoin && len(x.rest) > 0, outer && !keyed:
		return PairBoth, true
	case x.kind == FullJoin:
		return PairBoth, mayBeNull(x.l.node) && mayBeNull(x.r.node)
	case x.kind == LeftJoin:
		return PairLeft, len(x.rest) > 0
	case x.kind == RightJoin:
		return PairRight, len(x.rest) > 0
	}
	return PairBoth, false
}

// mayBeNull tells whether a table may have a row whose key holds a NULL, as a
// GROUP BY has.
func mayBeNull(n Node) bool {
	for _, k := range n.Keys() {
		if !neverNull(n, k) {
			return true
		}
	}
	return false
}

func neverNull(n Node, col int) bool {
	switch n := n.(type) {
	case *sourceNode:
		return n.Schema[col].NotNull
	case *exchangeNode:
		return neverNull(n.In, col)
	case *FilterNode:
		return neverNull(n.In, col)
	case *AggregateNode:
		if col >= len(n.Groups) {
			return false
		}
		c, ok := n.Groups[col].(*expr.Column)
		return ok && neverNull(n.In, c.Index)
	case *TableTableJoinNode:
		if width := len(n.Left.Out()); col >= width {
			return (n.Join == InnerJoin || n.Join == RightJoin) && neverNull(n.Right, col-width)
		}
		return (n.Join == InnerJoin || n.Join == LeftJoin) && neverNull(n.Left, col)
	case *ProjectNode:
		c, ok := n.Exprs[col].(*expr.Column)
		return ok && neverNull(n.In, c.Index)
	}
	return false
}

// rightOrder is the right's key columns in the order of the left's, nil when
// they are in that order; false when the left compares something else with them.
func (x *joining) rightOrder(lefts []expr.Node) ([]int, bool) {
	keys, rights := x.l.node.Keys(), x.r.node.Keys()
	if keyIs(keys, lefts) {
		return nil, true
	}
	if x.b.ksql || len(keys) != len(lefts) {
		return nil, false
	}
	var order []int
	for _, k := range keys {
		for i, l := range lefts {
			if isColumn(l, k) {
				order = append(order, rights[i])
				break
			}
		}
	}
	if len(order) < len(keys) {
		return nil, false
	}
	return order, true
}

// byPairs joins rows on any condition. All rows meet in one partition: a row
// whose side of the equality changes would else move between partitions, and
// nothing orders the results of two.
func (x *joining) byPairs(n *TableTableJoinNode, key PairKey) srel {
	n.ByPairs, n.Pairs = true, key
	if x.kind == FullJoin && mayBeNull(x.l.node) && mayBeNull(x.r.node) {
		n.Left = x.withPresence()
	}
	n.LeftOn, n.RightOn = pairSides(x.pairs)
	n.Residual = allOf(x.rest, x.b.logic())
	if x.l.parts > 1 || x.r.parts > 1 {
		n.Left = exchange(x.l.node, x.l.node.Keys(), 1)
		n.Right = exchange(x.r.node, x.r.node.Keys(), 1)
	}
	n.Schema, n.Result, n.Key = x.joinSchema(), TableResult, []int{}
	if key != PairRight {
		n.Key = append(n.Key, x.l.node.Keys()...)
	}
	if key != PairLeft {
		n.Key = append(n.Key, shiftInts(x.r.node.Keys(), x.width)...)
	}
	markKeys(n, n.Key)
	return srel{node: n, sc: x.sc, parts: 1, keyed: true, keyNoun: "join expression"}
}

// withPresence gives the left a key column that is TRUE: else a row of NULL key
// without partner on the left has the key of one on the right.
func (x *joining) withPresence() Node {
	node, at := appendColumns(x.l.node, []expr.Node{&expr.Const{V: true, T: types.TBoolean}})
	p := node.(*ProjectNode)
	p.Schema[at[0]].Name = "present"
	p.Key = append(append([]int{}, p.Key...), at...)
	x.sides(p, x.r.node)
	x.width = len(p.Schema)
	return p
}
