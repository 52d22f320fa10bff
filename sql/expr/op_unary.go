package expr

import (
	"math"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// negOp is unary minus.
type negOp struct {
	n *Neg
	x op
}

func (o negOp) eval(f *frame, sel []int32) vec.Vec {
	v, t := o.x.eval(f, sel), o.n.Type()
	if o.n.NullFails {
		failNulls(f, sel, o.n.Pos, &v)
	}
	switch {
	case v.Type.Kind == types.Unknown:
		return v
	case laneOf(t) == laneI64:
		out := vec.Vec{Type: t, N: f.n, Valid: v.Valid, I64: make([]int64, f.n)}
		own := false
		f.each(sel, func(i int) {
			x := v.I64[i]
			if x == minInt(t) && o.n.Mode == Checked && !v.Null(i) {
				f.fail(i, sqlerr.From(outOfRange(t)).At(o.n.Pos))
				out.Valid = invalid(out.Valid, f.n, i, &own)
				return
			}
			out.I64[i] = wrap(-x, intBits(t))
		})
		return out
	case laneOf(t) == laneF64:
		out := vec.Vec{Type: t, N: f.n, Valid: v.Valid, F64: make([]float64, f.n)}
		f.each(sel, func(i int) { out.F64[i] = -v.F64[i] })
		return out
	}
	return boxed(f, sel, t, func(i int) (types.Value, error) {
		switch x := v.Value(i).(type) {
		case types.Dec:
			return fn.DecNeg(x), nil
		case types.Span:
			return x.Neg()
		}
		return nil, nil
	})
}

func minInt(t types.Type) int64 { return math.MinInt64 >> (64 - intBits(t)) }

// boxed builds a vector row by row: the fall-back of what has no typed kernel.
// A nil value is NULL; an error is the row's.
func boxed(f *frame, sel []int32, t types.Type, one func(i int) (types.Value, error)) vec.Vec {
	out := vec.NewBuilder(t, f.n)
	f.each(sel, func(i int) {
		for out.Len() < i {
			out.AppendNull()
		}
		v, err := one(i)
		if err != nil {
			f.fail(i, err)
			v = nil
		}
		out.Append(v)
	})
	for out.Len() < f.n {
		out.AppendNull()
	}
	return out.Finish()
}

// concatOp is || of text, bytes or arrays: NULL when an operand is, but for
// arrays, where NULL adds nothing.
type concatOp struct {
	t    types.Type
	l, r op
}

func (o concatOp) eval(f *frame, sel []int32) vec.Vec {
	l, r := o.l.eval(f, sel), o.r.eval(f, sel)
	if o.t.Kind == types.Array {
		return boxed(f, sel, o.t, func(i int) (types.Value, error) { return joinArrays(l.Value(i), r.Value(i)), nil })
	}
	if l.Type.Kind == types.Unknown || r.Type.Kind == types.Unknown {
		return vec.Nulls(o.t, f.n)
	}
	out := vec.Vec{Type: o.t, N: f.n, Valid: validAnd(l.Valid, r.Valid, f.n), Off: make([]int32, f.n+1)}
	out.Data = make([]byte, 0, len(l.Data)+len(r.Data))
	next := 0
	f.each(sel, func(i int) {
		for ; next < i; next++ {
			out.Off[next+1] = int32(len(out.Data))
		}
		if out.Valid == nil || out.Valid.Get(i) {
			out.Data = append(append(out.Data, l.Str(i)...), r.Str(i)...)
		}
		out.Off[i+1] = int32(len(out.Data))
		next = i + 1
	})
	for ; next < f.n; next++ {
		out.Off[next+1] = int32(len(out.Data))
	}
	return out
}

func joinArrays(a, b types.Value) types.Value {
	x, okX := a.([]types.Value)
	y, okY := b.([]types.Value)
	switch {
	case !okX && !okY:
		return nil
	case !okX:
		return y
	case !okY:
		return x
	}
	return append(append([]types.Value{}, x...), y...)
}
