package planner

import "github.com/leatdb/leat/sql/expr"

// joinKeys turns equalities between the two sides of joins into key pairs.
func joinKeys(n BatchNode) BatchNode {
	mapInputs(n, joinKeys)
	j, ok := n.(*BatchJoin)
	if !ok || j.Lateral {
		return n
	}
	width := len(j.Left.Out())
	pairs, rest := equalities(conjuncts(j.Residual), width)
	for _, p := range pairs {
		j.LeftKey = append(j.LeftKey, p.left)
		j.RightKey = append(j.RightKey, p.right)
	}
	j.Residual = allOf(rest, logicOf(rest))
	return n
}

// keyPair is one equality of a join: left over the left row, right over the right.
type keyPair struct {
	left, right expr.Node
	cond        expr.Node
}

// equalities picks the conditions left = right.
func equalities(conds []expr.Node, width int) (pairs []keyPair, rest []expr.Node) {
	for _, c := range conds {
		eq, ok := c.(*expr.Compare)
		if !ok || eq.Op != "=" || hasSubquery(eq) {
			rest = append(rest, c)
			continue
		}
		l, r := sideOf(eq.L, width), sideOf(eq.R, width)
		switch {
		case l == left && r == right:
			pairs = append(pairs, keyPair{eq.L, shiftColumns(eq.R, -width), c})
		case l == right && r == left:
			pairs = append(pairs, keyPair{eq.R, shiftColumns(eq.L, -width), c})
		default:
			rest = append(rest, c)
		}
	}
	return pairs, rest
}
