package expr

import (
	"time"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// castOp converts by the boxed rules of types; the conversions that change no
// bits share the vector, and numbers have loops.
type castOp struct {
	n    *Cast
	x    op
	from types.Type
	mode types.CastMode
}

func (c *compiler) cast(n *Cast) op {
	o := castOp{n: n, x: c.node(n.X), from: n.X.Type(), mode: types.CastPostgres}
	if n.Ksql {
		o.mode = types.CastKsql
	}
	return o
}

// toNumeric tells whether integers become numeric without a declared scale.
func (o castOp) toNumeric() bool {
	return o.from.IsInteger() && o.n.To.Kind == types.Decimal && o.n.To.Precision == 0
}

func (o castOp) eval(f *frame, sel []int32) vec.Vec {
	v, to := o.x.eval(f, sel), o.n.To
	switch {
	case v.Type.Kind == types.Unknown:
		return vec.Nulls(to, f.n)
	case sameBits(o.from, to):
		v.Type = to
		return v
	case o.from.IsInteger() && to.Kind == types.Double:
		out := vec.Vec{Type: to, N: f.n, Valid: v.Valid, F64: make([]float64, f.n)}
		f.each(sel, func(i int) { out.F64[i] = float64(v.I64[i]) })
		return out
	case o.toNumeric():
		return decimalsOf(f, &v, sel, to)
	case o.from.Kind == types.Date && to.Kind == types.Timestamp && (o.n.Ksql || f.c.Env.Location == nil):
		return o.midnights(f, &v, sel)
	case to.Kind == types.RegClass && o.from.IsText() && f.c.Env.Catalog != nil:
		return boxed(f, sel, to, func(i int) (types.Value, error) { return o.relation(f, &v, i) })
	case to.Kind == types.RegType && o.from.IsText() && f.c.Env.Catalog != nil:
		return boxed(f, sel, to, func(i int) (types.Value, error) { return o.typeNamed(f, &v, i) })
	case to.IsText() && o.from.IsOIDLike() && o.from.Kind != types.OID:
		return boxed(f, sel, to, func(i int) (types.Value, error) { return o.registered(f, &v, i), nil })
	}
	return boxed(f, sel, to, func(i int) (types.Value, error) {
		x, err := o.one(v.Value(i), f.c.Env.Location)
		if err != nil {
			return nil, sqlerr.From(err).At(o.n.Pos)
		}
		return x, nil
	})
}

// one converts a boxed value.
func (o castOp) one(v types.Value, loc *time.Location) (types.Value, error) {
	to := o.n.To
	if !o.n.Assign || to.Kind != types.String || v == nil {
		return types.Cast(v, o.from, to, o.mode, loc)
	}
	s, err := types.Cast(v, o.from, types.TString, o.mode, loc)
	if err != nil {
		return nil, err
	}
	return types.ParseText(to, s.(string), loc)
}

// sameBits tells that every value of from is one of to, laid out alike.
func sameBits(from, to types.Type) bool {
	switch {
	case from.Equal(to):
		return true
	case from.IsInteger() && to.IsInteger():
		return intBits(from) <= intBits(to)
	case from.IsText() && to.Kind == types.String:
		return to.Precision == 0
	case from.Kind == types.Decimal && to.Kind == types.Decimal:
		return to.Precision == 0
	case from.Kind == types.OID && to.Kind == types.BigInt:
		return true
	}
	return false
}

func (o castOp) midnights(f *frame, v *vec.Vec, sel []int32) vec.Vec {
	return boxed(f, sel, o.n.To, func(i int) (types.Value, error) {
		return types.Cast(v.Value(i), o.from, o.n.To, o.mode, nil)
	})
}

// relation resolves the name of a relation through the catalog.
func (o castOp) relation(f *frame, v *vec.Vec, i int) (types.Value, error) {
	if v.Null(i) {
		return nil, nil
	}
	name := string(v.Str(i))
	if x, err := types.Cast(name, types.TString, types.TOID, o.mode, nil); err == nil {
		return x, nil
	}
	oid := f.c.Env.Catalog.RelationOID(name)
	if oid == 0 {
		return nil, sqlerr.New(sqlerr.UndefinedTable, "relation \"%s\" does not exist", name).At(o.n.Pos)
	}
	return int64(oid), nil
}

// typeNamed finds a type by its name, users' types first.
func (o castOp) typeNamed(f *frame, v *vec.Vec, i int) (types.Value, error) {
	names, ok := f.c.Env.Catalog.(fn.TypeNames)
	if ok && !v.Null(i) {
		if t, ok := names.TypeByName(string(v.Str(i))); ok {
			return int64(t.OID()), nil
		}
	}
	x, err := types.Cast(v.Value(i), o.from, o.n.To, o.mode, nil)
	if err != nil {
		return nil, sqlerr.From(err).At(o.n.Pos)
	}
	return x, nil
}

// registered is the text of a regclass and its kin.
func (o castOp) registered(f *frame, v *vec.Vec, i int) types.Value {
	if v.Null(i) {
		return nil
	}
	opt := types.TextOptions{RegName: func(kind types.Kind, oid int64) (string, bool) {
		if names, ok := f.c.Env.Catalog.(fn.TypeNames); ok && kind == types.RegType {
			t, ok := names.TypeByOID(uint32(oid))
			if !ok {
				return "", false
			}
			return t.String(), true
		}
		if kind != types.RegClass || f.c.Env.Catalog == nil {
			return "", false
		}
		_, name, ok := f.c.Env.Catalog.RelationName(uint32(oid))
		return types.QuoteIdent(name), ok
	}}
	return string(types.AppendText(nil, o.from, v.I64[i], &opt))
}

// zoneCast tells whether a cast depends on the session's time zone.
func zoneCast(from, to types.Type) bool {
	ts := func(t types.Type) bool { return t.Kind == types.Timestamp }
	return ts(from) != ts(to) || from.IsOIDLike() || to.IsOIDLike()
}
