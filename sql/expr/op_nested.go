package expr

import (
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// fieldOp shares a field's vector; a NULL struct has NULL fields.
type fieldOp struct {
	x     op
	index int
}

func (o fieldOp) eval(f *frame, sel []int32) vec.Vec {
	v := o.x.eval(f, sel)
	kid := v.Kids[o.index]
	kid.Valid = validAnd(v.Valid, kid.Valid, f.n)
	return kid
}

// subscriptOp is x[i] of an array or x[k] of a map.
type subscriptOp struct {
	n    *Subscript
	x, i op
}

func (o subscriptOp) eval(f *frame, sel []int32) vec.Vec {
	x, k := o.x.eval(f, sel), o.i.eval(f, sel)
	first := 1 - o.n.X.Type().FirstSubscript()
	out := vec.NewBuilder(o.n.T, f.n)
	f.each(sel, func(i int) {
		for out.Len() < i {
			out.AppendNull()
		}
		if x.Null(i) || k.Null(i) {
			out.AppendNull()
			return
		}
		if x.Type.Kind == types.Map {
			o.entry(out, &x, &k, i)
			return
		}
		lo, hi := int64(x.Off[i]), int64(x.Off[i+1])
		at := k.I64[i] + first
		if o.n.Ksql && at < 0 {
			at += hi - lo + 1
		}
		if at < 1 || at > hi-lo {
			out.AppendNull()
			return
		}
		out.AppendFrom(&x.Kids[0], int(lo+at-1))
	})
	for out.Len() < f.n {
		out.AppendNull()
	}
	return out.Finish()
}

func (o subscriptOp) entry(out *vec.Builder, x, k *vec.Vec, i int) {
	for j := int(x.Off[i+1]) - 1; j >= int(x.Off[i]); j-- {
		if vec.EqualAt(&x.Kids[0], j, k, i) {
			out.AppendFrom(&x.Kids[1], j)
			return
		}
	}
	out.AppendNull()
}

// arrayOp is ARRAY[...].
type arrayOp struct {
	xs []op
	t  types.Type
}

func (o arrayOp) eval(f *frame, sel []int32) vec.Vec {
	vs := evalAll(f, o.xs, sel)
	out := vec.NewBuilder(o.t, f.n)
	f.each(sel, func(i int) {
		for out.Len() < i {
			out.AppendNull()
		}
		for k := range vs {
			out.Kid(0).AppendFrom(&vs[k], i)
		}
		out.EndList()
	})
	for out.Len() < f.n {
		out.AppendNull()
	}
	return out.Finish()
}

func evalAll(f *frame, xs []op, sel []int32) []vec.Vec {
	out := make([]vec.Vec, len(xs))
	for i, x := range xs {
		out[i] = x.eval(f, sel)
	}
	return out
}

// mapOp is MAP(k := v, ...). Of equal keys the last value stays, at the place
// of the first; a NULL key fails the row.
type mapOp struct {
	keys, vals []op
	t          types.Type
}

func (o mapOp) eval(f *frame, sel []int32) vec.Vec {
	ks, vs := evalAll(f, o.keys, sel), evalAll(f, o.vals, sel)
	return boxed(f, sel, o.t, func(i int) (types.Value, error) {
		m := types.MapValue{}
	next:
		for k := range ks {
			if ks[k].Null(i) {
				return nil, sqlerr.New(sqlerr.NullNotAllowed, "map key must not be NULL")
			}
			key := ks[k].Value(i)
			for j := range m.Keys {
				if types.Equal(*o.t.Key, m.Keys[j], key) {
					m.Vals[j] = vs[k].Value(i)
					continue next
				}
			}
			m.Keys = append(m.Keys, key)
			m.Vals = append(m.Vals, vs[k].Value(i))
		}
		return m, nil
	})
}

// structOp is STRUCT(...): the fields' vectors side by side.
type structOp struct {
	xs []op
	t  types.Type
}

func (o structOp) eval(f *frame, sel []int32) vec.Vec {
	kids := evalAll(f, o.xs, sel)
	for i := range kids {
		if kids[i].Type.Kind == types.Unknown {
			kids[i] = vec.Nulls(o.t.Fields[i].Type, f.n)
		}
	}
	return vec.Vec{Type: o.t, N: f.n, Kids: kids}
}
