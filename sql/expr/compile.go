package expr

import (
	"github.com/leatdb/leat/sql/sqlerr"
)

// compiler turns nodes into ops. The first error wins.
type compiler struct{ err error }

func (c *compiler) nodes(ns []Node) []op {
	out := make([]op, len(ns))
	for i, n := range ns {
		out[i] = c.node(n)
	}
	return out
}

// node compiles one node; a nil node is a nil op.
func (c *compiler) node(n Node) op {
	switch n := n.(type) {
	case nil:
		return nil
	case *Column:
		return columnOp{n.Index}
	case *Pseudo:
		return pseudoOp{n}
	case *Const:
		return &constOp{t: n.T, v: n.V}
	case *Param:
		return paramOp{n}
	case *Outer:
		return outerOp{n}
	case *LambdaVar:
		return lambdaVarOp{n}
	case *Call:
		return c.call(n)
	case *Cast:
		return c.cast(n)
	case *Binary:
		return c.binary(n)
	case *Neg:
		return negOp{n, c.node(n.X)}
	case *Subquery:
		return subqueryOp{n, c.node(n.X)}
	case *TryNull:
		return tryNullOp{c.node(n.X)}
	}
	if o := c.boolean(n); o != nil {
		return o
	}
	return c.composite(n)
}

// boolean compiles conditions; nil when n is none.
func (c *compiler) boolean(n Node) op {
	switch n := n.(type) {
	case *Compare:
		return c.compare(n)
	case *Distinct:
		return distinctOp{c.node(n.L), c.node(n.R), n.L.Type(), n.Not}
	case *And:
		return andOp{c.nodes(n.Xs), n.Logic}
	case *Or:
		return orOp{c.nodes(n.Xs), n.Logic}
	case *Not:
		return notOp{c.node(n.X), n.Logic}
	case *IsNull:
		return isNullOp{c.node(n.X), n.Not}
	case *IsBool:
		return isBoolOp{c.node(n.X), n.Want, n.Not}
	case *In:
		return c.in(n)
	case *Like:
		return c.like(n)
	case *Regex:
		return c.regex(n)
	case *AnyAll:
		return c.anyAll(n)
	}
	return nil
}

// composite compiles what chooses between or puts together values.
func (c *compiler) composite(n Node) op {
	switch n := n.(type) {
	case *Case:
		return caseOp{c.nodes(n.Whens), c.nodes(n.Thens), c.node(n.Else), n.T}
	case *Coalesce:
		return coalesceOp{c.nodes(n.Xs), n.T}
	case *Field:
		return fieldOp{c.node(n.X), n.Index}
	case *Subscript:
		return subscriptOp{n, c.node(n.X), c.node(n.I)}
	case *ArrayCtor:
		return arrayOp{c.nodes(n.Xs), n.T}
	case *MapCtor:
		return mapOp{c.nodes(n.Keys), c.nodes(n.Vals), n.T}
	case *StructCtor:
		return structOp{c.nodes(n.Xs), n.T}
	}
	if c.err == nil {
		c.err = sqlerr.Unsupported("this expression here")
	}
	return nil
}
