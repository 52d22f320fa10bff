package expr

import (
	"sort"

	"github.com/leatdb/leat/sql/fn"
)

// Walk visits n and what is below it, parents first; f answers whether to go
// deeper. Plans of subqueries are not entered.
func Walk(n Node, f func(Node) bool) {
	if n == nil || !f(n) {
		return
	}
	for _, c := range children(n) {
		Walk(c, f)
	}
}

// Rewrite rebuilds n bottom-up: f gets each node with its rewritten children
// and answers what replaces it. Nodes are not changed in place.
func Rewrite(n Node, f func(Node) Node) Node {
	if n == nil {
		return nil
	}
	old := children(n)
	if len(old) == 0 {
		return f(n)
	}
	next, changed := make([]Node, len(old)), false
	for i, c := range old {
		next[i] = Rewrite(c, f)
		changed = changed || next[i] != c
	}
	if changed {
		n = withChildren(n, next)
	}
	return f(n)
}

// Columns lists the indexes of the columns n reads, ascending. Subqueries read
// more through Outer nodes of their plans, which are not looked into.
func Columns(n Node) []int {
	seen := map[int]bool{}
	var out []int
	Walk(n, func(x Node) bool {
		if c, ok := x.(*Column); ok && !seen[c.Index] {
			seen[c.Index] = true
			out = append(out, c.Index)
		}
		return true
	})
	sort.Ints(out)
	return out
}

// Volatile tells whether n may differ from row to row beyond its columns.
func Volatile(n Node) bool {
	return callsAny(n, func(f *fn.Scalar) bool { return f.Vol == fn.Volatile })
}

// Immutable tells whether n depends on nothing but columns.
func Immutable(n Node) bool {
	pure := !callsAny(n, func(f *fn.Scalar) bool { return f.Vol != fn.Immutable })
	Walk(n, func(x Node) bool {
		switch x := x.(type) {
		case *Param, *Outer, *Subquery, *Pseudo:
			pure = false
		case *Cast:
			pure = pure && !zoneCast(x.X.Type(), x.To)
		}
		return pure
	})
	return pure
}

func callsAny(n Node, f func(*fn.Scalar) bool) bool {
	found := false
	Walk(n, func(x Node) bool {
		if c, ok := x.(*Call); ok && f(c.Fn) {
			found = true
		}
		return !found
	})
	return found
}

// Equal tells whether a and b are the same expression.
func Equal(a, b Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a == b || Print(a) == Print(b)
}

// children lists the operands of n in a fixed order; absent ones are left out.
func children(n Node) []Node {
	switch n := n.(type) {
	case *Call:
		return n.Args
	case *Lambda:
		return []Node{n.Body}
	case *Cast:
		return []Node{n.X}
	case *Binary:
		return []Node{n.L, n.R}
	case *Neg:
		return []Node{n.X}
	case *Compare:
		return []Node{n.L, n.R}
	case *Distinct:
		return []Node{n.L, n.R}
	case *And:
		return n.Xs
	case *Or:
		return n.Xs
	case *Not:
		return []Node{n.X}
	case *IsNull:
		return []Node{n.X}
	case *IsBool:
		return []Node{n.X}
	case *In:
		return append([]Node{n.X}, n.List...)
	case *Like:
		return []Node{n.X, n.Pattern}
	case *Regex:
		return []Node{n.X, n.Pattern}
	case *AnyAll:
		return []Node{n.X, n.Array}
	}
	return compositeChildren(n)
}

func compositeChildren(n Node) []Node {
	switch n := n.(type) {
	case *Case:
		out := append(append([]Node(nil), n.Whens...), n.Thens...)
		if n.Else != nil {
			out = append(out, n.Else)
		}
		return out
	case *Coalesce:
		return n.Xs
	case *Field:
		return []Node{n.X}
	case *Subscript:
		return []Node{n.X, n.I}
	case *ArrayCtor:
		return n.Xs
	case *MapCtor:
		return append(append([]Node(nil), n.Keys...), n.Vals...)
	case *StructCtor:
		return n.Xs
	case *Subquery:
		if n.X != nil {
			return []Node{n.X}
		}
	case *TryNull:
		return []Node{n.X}
	}
	return nil
}

// withChildren is a copy of n with other operands, in children's order.
func withChildren(n Node, c []Node) Node {
	switch n := n.(type) {
	case *Call:
		m := *n
		m.Args = c
		return &m
	case *Lambda:
		m := *n
		m.Body = c[0]
		return &m
	case *Cast:
		m := *n
		m.X = c[0]
		return &m
	case *Binary:
		m := *n
		m.L, m.R = c[0], c[1]
		return &m
	case *Neg:
		m := *n
		m.X = c[0]
		return &m
	}
	if m := booleanWith(n, c); m != nil {
		return m
	}
	return compositeWith(n, c)
}

func booleanWith(n Node, c []Node) Node {
	switch n := n.(type) {
	case *Compare:
		return &Compare{Op: n.Op, L: c[0], R: c[1], Logic: n.Logic}
	case *Distinct:
		return &Distinct{L: c[0], R: c[1], Not: n.Not}
	case *And:
		return &And{Xs: c, Logic: n.Logic}
	case *Or:
		return &Or{Xs: c, Logic: n.Logic}
	case *Not:
		return &Not{X: c[0], Logic: n.Logic}
	case *IsNull:
		return &IsNull{X: c[0], Not: n.Not}
	case *IsBool:
		return &IsBool{X: c[0], Want: n.Want, Not: n.Not}
	case *In:
		return &In{X: c[0], List: c[1:], Not: n.Not, Logic: n.Logic}
	case *Like:
		m := *n
		m.X, m.Pattern = c[0], c[1]
		return &m
	case *Regex:
		return &Regex{X: c[0], Pattern: c[1], Fold: n.Fold, Not: n.Not}
	case *AnyAll:
		return &AnyAll{X: c[0], Array: c[1], Op: n.Op, All: n.All}
	}
	return nil
}

func compositeWith(n Node, c []Node) Node {
	switch n := n.(type) {
	case *Case:
		k := len(n.Whens)
		m := &Case{Whens: c[:k], Thens: c[k : 2*k], T: n.T, Logic: n.Logic}
		if n.Else != nil {
			m.Else = c[2*k]
		}
		return m
	case *Coalesce:
		return &Coalesce{Xs: c, T: n.T}
	case *Field:
		return &Field{X: c[0], Index: n.Index, T: n.T}
	case *Subscript:
		return &Subscript{X: c[0], I: c[1], T: n.T, Ksql: n.Ksql}
	case *ArrayCtor:
		return &ArrayCtor{Xs: c, T: n.T}
	case *MapCtor:
		return &MapCtor{Keys: c[:len(n.Keys)], Vals: c[len(n.Keys):], T: n.T}
	case *StructCtor:
		return &StructCtor{Xs: c, T: n.T}
	case *Subquery:
		m := *n
		m.X = c[0]
		return &m
	case *TryNull:
		return &TryNull{X: c[0]}
	}
	panic("BUG: a leaf node with children")
}
