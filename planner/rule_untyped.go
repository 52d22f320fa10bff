package planner

import (
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// untypedIsText makes text of literals that nothing has given a type, and of the
// columns that hold them: behind it no value is of type unknown.
func untypedIsText(b *binder, n BatchNode) BatchNode {
	eachExpr(n, func(x *expr.Node) {
		if *x != nil {
			*x = rewrite(*x, b.typed)
		}
	})
	out := n.Out()
	for i := range out {
		out[i].Type = textIfUnknown(out[i].Type)
	}
	mapInputs(n, func(c BatchNode) BatchNode { return untypedIsText(b, c) })
	return n
}

// typed gives a leaf of type unknown as text, nil for others.
func (b *binder) typed(n expr.Node) expr.Node {
	if !isUntyped(n) {
		return nil
	}
	var out expr.Node
	switch n := n.(type) {
	case *expr.Const:
		out = &expr.Const{V: n.V, T: types.TString}
	case *expr.Column:
		c := *n
		c.T = types.TString
		out = &c
	case *expr.Outer:
		o := *n
		o.T = types.TString
		out = &o
	default:
		return nil
	}
	if pos, ok := b.where[n]; ok {
		b.where[out] = pos
	}
	return out
}
