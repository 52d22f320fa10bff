package planner

import (
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// assignKsql coerces a value to a column as ksqlDB's INSERT does: numbers widen,
// a text literal becomes a time or bytes, a STRUCT takes its fields by name.
func (b *binder) assignKsql(n expr.Node, c types.Column, pos int) (out expr.Node) {
	defer func() {
		// What does not fit is of the wrong type, too.
		if p := recover(); p != nil {
			if _, ours := p.(bail); !ours || !isValue(n) {
				panic(p)
			}
			failExpected(n, c, pos)
		}
	}()
	if out = b.assignParts(n, c, pos); out != nil {
		return out
	}
	fits := retype(n, c.Type)
	from := fits.Type()
	_, castable, _ := types.CanCast(from, c.Type, b.castMode())
	lit, isConst := n.(*expr.Const)
	switch {
	case isConst && from.Kind == types.String && (c.Type.IsTemporal() || c.Type.Kind == types.Bytes):
		return b.literal(&expr.Const{V: lit.V, T: types.TUnknown}, c.Type, pos)
	case !castable || from.Kind == types.String && c.Type.Kind != types.String:
		failExpected(n, c, pos)
	}
	out = b.coerce(fits, c.Type, pos)
	if isConst {
		if _, err := expr.EvalConst(out, &fn.Env{}); err != nil {
			failExpected(n, c, pos)
		}
	}
	return out
}

// assignParts coerces a constructor part by part, nil for what is none.
func (b *binder) assignParts(n expr.Node, c types.Column, pos int) expr.Node {
	part := func(n expr.Node, t types.Type) expr.Node {
		if isUntyped(n) || isNullConst(n) {
			return &expr.Const{T: t}
		}
		return b.assignKsql(n, types.Column{Name: c.Name, Type: t}, pos)
	}
	all := func(xs []expr.Node, t types.Type) []expr.Node {
		out := make([]expr.Node, len(xs))
		for i, x := range xs {
			out[i] = part(x, t)
		}
		return out
	}
	switch n := n.(type) {
	case *expr.ArrayCtor:
		if c.Type.Kind == types.Array {
			return &expr.ArrayCtor{Xs: all(n.Xs, *c.Type.Elem), T: c.Type}
		}
	case *expr.MapCtor:
		if c.Type.Kind == types.Map {
			return &expr.MapCtor{Keys: all(n.Keys, *c.Type.Key), Vals: all(n.Vals, *c.Type.Elem), T: c.Type}
		}
	case *expr.StructCtor:
		if c.Type.Kind != types.Struct {
			return nil
		}
		out := &expr.StructCtor{T: c.Type}
		for _, f := range c.Type.Fields {
			var x expr.Node = &expr.Const{T: f.Type}
			if i := n.T.FieldIndex(f.Name); i >= 0 {
				x = part(n.Xs[i], f.Type)
			}
			out.Xs = append(out.Xs, x)
		}
		return out
	}
	return nil
}

func isNullConst(n expr.Node) bool {
	c, ok := n.(*expr.Const)
	return ok && c.V == nil
}

// isValue tells whether an expression is a literal or made of some.
func isValue(n expr.Node) bool {
	switch n.(type) {
	case *expr.Const, *expr.ArrayCtor, *expr.MapCtor, *expr.StructCtor:
		return true
	}
	return false
}

// failExpected is ksqlDB's error of a value that a column cannot take.
func failExpected(n expr.Node, c types.Column, pos int) {
	text := show(n)
	if v, err := expr.EvalConst(n, &fn.Env{}); err == nil {
		text = types.KsqlText(v, n.Type())
	}
	fail(sqlerr.New(sqlerr.DatatypeMismatch, "Expected type %s for field `%s` but got %s(%s)",
		c.Type.KsqlString(), c.Name, ksqlBase(n.Type()), text).At(pos))
}
