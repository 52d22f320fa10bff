package planner

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// maxPoints bounds the look-ups made of one condition; beyond it a scan is as good.
const maxPoints = 1000

// lookUps turns conditions on the key of a scanned table into look-ups, key
// ranges and window bounds. The filter stays: it is the truth, they save work.
func lookUps(b *binder, n BatchNode) BatchNode {
	mapInputs(n, func(c BatchNode) BatchNode { return lookUps(b, c) })
	f, ok := n.(*BatchFilter)
	if !ok {
		return n
	}
	scan, ok := f.In.(*ScanNode)
	if !ok || scan.Relation == nil || scan.Relation.Kind != catalog.Table {
		return n
	}
	cond := f.Cond
	if t, ok := cond.(*expr.TryNull); ok {
		cond = t.X
	}
	conds := conjuncts(cond)
	keys := scan.Relation.Schema.KeyColumns()
	scan.Points = points(conds, keys)
	if scan.Points == nil && len(keys) > 0 {
		keyRange(scan, conds, keys[0])
	}
	if scan.Relation.Windowed != nil {
		windowRange(b, scan, conds)
	}
	return n
}

// rowFree tells whether an expression can be evaluated once, before the scan.
func rowFree(n expr.Node) bool {
	return len(columnsOf(n)) == 0 && !hasSubquery(n) && !expr.Volatile(n)
}

// points lists the keys a conjunction admits: every key column has to be bound
// by = or IN. nil when it does not.
func points(conds []expr.Node, keys []int) [][]expr.Node {
	if len(keys) == 0 {
		return nil
	}
	out := [][]expr.Node{{}}
	for _, k := range keys {
		vals := valuesOf(conds, k)
		if vals == nil || len(out)*len(vals) > maxPoints {
			out = nil
			break
		}
		var next [][]expr.Node
		for _, p := range out {
			for _, v := range vals {
				next = append(next, append(append([]expr.Node(nil), p...), v))
			}
		}
		out = next
	}
	if out != nil {
		return out
	}
	for _, c := range conds {
		if or, ok := c.(*expr.Or); ok {
			if p := orPoints(or, keys); p != nil {
				return p
			}
		}
	}
	return nil
}

// orPoints is the union of the branches' keys, when each branch has some.
func orPoints(or *expr.Or, keys []int) [][]expr.Node {
	var out [][]expr.Node
	seen := map[string]bool{}
	for _, branch := range or.Xs {
		p := points(conjuncts(branch), keys)
		if p == nil || len(out)+len(p) > maxPoints {
			return nil
		}
		for _, point := range p {
			id := ""
			for _, n := range point {
				id += fingerprint(n) + "|"
			}
			if !seen[id] {
				seen[id] = true
				out = append(out, point)
			}
		}
	}
	return out
}

// valuesOf lists the values a conjunction allows column k; nil: any.
func valuesOf(conds []expr.Node, k int) []expr.Node {
	for _, c := range conds {
		switch c := c.(type) {
		case *expr.Compare:
			if v, op := bound(c, k); v != nil && op == "=" {
				return []expr.Node{v}
			}
		case *expr.In:
			if !c.Not && isColumn(c.X, k) && len(c.List) > 0 && allRowFree(c.List) {
				return distinctNodes(c.List)
			}
		}
	}
	return nil
}

func allRowFree(xs []expr.Node) bool {
	for _, n := range xs {
		if !rowFree(n) {
			return false
		}
	}
	return true
}

func distinctNodes(xs []expr.Node) []expr.Node {
	seen := map[string]bool{}
	var out []expr.Node
	for _, n := range xs {
		if id := fingerprint(n); !seen[id] {
			seen[id] = true
			out = append(out, n)
		}
	}
	return out
}

func isColumn(n expr.Node, k int) bool {
	c, ok := n.(*expr.Column)
	return ok && c.Index == k
}

var flipped = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// bound reads a comparison of column k with a row-free value as column op value.
func bound(c *expr.Compare, k int) (expr.Node, string) {
	switch {
	case isColumn(c.L, k) && rowFree(c.R):
		return c.R, c.Op
	case isColumn(c.R, k) && rowFree(c.L):
		return c.L, flipped[c.Op]
	}
	return nil, ""
}

// keyRange bounds the first key column.
func keyRange(scan *ScanNode, conds []expr.Node, k int) {
	for _, cond := range conds {
		c, ok := cond.(*expr.Compare)
		if !ok {
			continue
		}
		v, op := bound(c, k)
		if v == nil {
			continue
		}
		switch {
		case (op == ">" || op == ">=") && scan.Low == nil:
			scan.Low, scan.LowStrict = v, op == ">"
		case (op == "<" || op == "<=") && scan.High == nil:
			scan.High, scan.HighOpen = v, op == "<"
		}
	}
}

// windowRange bounds the window start by literals, in milliseconds.
func windowRange(b *binder, scan *ScanNode, conds []expr.Node) {
	at := -1
	for i, k := range scan.Pseudo {
		if k == expr.WindowStart {
			at = len(scan.Relation.Schema) + i
		}
	}
	if at < 0 {
		return
	}
	for _, cond := range conds {
		c, ok := cond.(*expr.Compare)
		if !ok {
			continue
		}
		v, op := bound(c, at)
		lit, ok := v.(*expr.Const)
		if !ok || lit.V == nil {
			continue
		}
		lo, hi := millisAround(lit)
		switch op {
		case "=":
			scan.WindowLow, scan.WindowHigh = milliConst(lo), milliConst(hi)
		case ">", ">=":
			scan.WindowLow = milliConst(lo)
		case "<", "<=":
			scan.WindowHigh = milliConst(hi)
		}
	}
}

// millisAround is the milliseconds just at or below and at or above a literal;
// bounds may be generous, the filter decides.
func millisAround(c *expr.Const) (lo, hi int64) {
	v := c.V.(int64)
	if c.T.Kind != types.Timestamp {
		return v, v
	}
	days, micros := types.SplitMicros(v)
	ms := days*86_400_000 + micros/types.MicrosPerMilli
	if micros%types.MicrosPerMilli != 0 {
		return ms, ms + 1
	}
	return ms, ms
}

func milliConst(ms int64) expr.Node { return &expr.Const{V: ms, T: types.TBigInt} }
