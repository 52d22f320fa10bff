package expr

import (
	"github.com/leatdb/leat/sql/fn"
)

// Fold replaces what depends on nothing by its value and drops decided operands
// of AND, OR and CASE. What fails when folded is left for run time, where it
// fails only if it is reached.
func Fold(n Node, env *fn.Env) Node {
	return Rewrite(n, func(n Node) Node {
		switch x := n.(type) {
		case *And:
			return foldJunction(n, x.Xs, false, x.Logic)
		case *Or:
			return foldJunction(n, x.Xs, true, x.Logic)
		case *Case:
			return foldCase(x)
		}
		return foldConst(n, env)
	})
}

func foldConst(n Node, env *fn.Env) Node {
	switch n.(type) {
	case *Const, *Lambda, *LambdaVar, *TryNull, *Column:
		return n
	}
	for _, c := range children(n) {
		if _, ok := c.(*Const); !ok {
			return n
		}
	}
	if !Immutable(n) {
		return n
	}
	v, err := EvalConst(n, env)
	if err != nil {
		return n
	}
	return &Const{V: v, T: n.Type()}
}

// foldJunction simplifies AND (or false) and OR (or true): an operand that
// decides ends the list, one that decides nothing goes.
func foldJunction(n Node, xs []Node, or bool, logic Logic) Node {
	var rest []Node
	for _, x := range xs {
		if k, ok := x.(*Const); ok && k.V != nil {
			if k.V.(bool) != or {
				continue
			}
			rest = append(rest, x)
			break
		}
		rest = append(rest, x)
	}
	switch {
	case len(rest) == 0:
		return &Const{V: !or, T: n.Type()}
	case len(rest) == 1 && (logic == ThreeValued || isKnown(rest[0])):
		return rest[0]
	case len(rest) == len(xs):
		return n
	case or:
		return &Or{Xs: rest, Logic: logic}
	}
	return &And{Xs: rest, Logic: logic}
}

// isKnown tells that a condition is never NULL.
func isKnown(n Node) bool {
	switch n := n.(type) {
	case *Const:
		return n.V != nil
	case *Compare:
		return n.Logic == TwoValued
	case *IsNull, *IsBool, *Distinct:
		return true
	}
	return false
}

// foldCase drops branches whose condition is a literal.
func foldCase(n *Case) Node {
	out := &Case{T: n.T, Logic: n.Logic, Else: n.Else}
	for i, w := range n.Whens {
		if k, ok := w.(*Const); ok {
			if k.V != true {
				continue
			}
			out.Else = n.Thens[i]
			break
		}
		out.Whens = append(out.Whens, w)
		out.Thens = append(out.Thens, n.Thens[i])
	}
	switch {
	case len(out.Whens) > 0:
		return out
	case out.Else == nil:
		return &Const{T: n.T}
	}
	return out.Else
}
