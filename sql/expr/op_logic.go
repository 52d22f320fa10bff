package expr

import (
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func boolVec(n int) vec.Vec {
	return vec.Vec{Type: types.TBoolean, N: n, Bits: vec.NewBitmap(n)}
}

// condition evaluates an operand of a logic operator; an untyped NULL is a
// Boolean one.
func condition(o op, f *frame, sel []int32) vec.Vec {
	v := o.eval(f, sel)
	if v.Type.Kind == types.Unknown {
		return vec.Nulls(types.TBoolean, f.n)
	}
	return v
}

// andOp evaluates its operands left to right, each only for the rows not yet
// decided (E2).
type andOp struct {
	xs    []op
	logic Logic
}

func (o andOp) eval(f *frame, sel []int32) vec.Vec { return junction(f, o.xs, sel, o.logic, false) }

// filter narrows: a row that is not true is out, also where it is NULL.
func (o andOp) filter(f *frame, sel []int32) []int32 {
	for _, x := range o.xs {
		if sel = filterOp(x, f, sel); len(sel) == 0 {
			break
		}
	}
	return sel
}

type orOp struct {
	xs    []op
	logic Logic
}

func (o orOp) eval(f *frame, sel []int32) vec.Vec { return junction(f, o.xs, sel, o.logic, true) }

func (o orOp) filter(f *frame, sel []int32) []int32 {
	rest, out := f.all(sel), []int32{}
	for _, x := range o.xs {
		if len(rest) == 0 {
			break
		}
		t := filterOp(x, f, rest)
		rest = minus(rest, t)
		out = merge(out, t)
	}
	return out
}

// junction is AND (or false) and OR (or true): an operand equal to or decides
// the row; NULL is remembered, or in two-valued logic counts as false.
func junction(f *frame, xs []op, sel []int32, logic Logic, or bool) vec.Vec {
	out := boolVec(f.n)
	rest := f.all(sel)
	var null vec.Bitmap
	for _, x := range xs {
		if len(rest) == 0 {
			break
		}
		v := condition(x, f, rest)
		k := 0
		for _, i := range rest {
			b := v.Bits.Get(int(i))
			switch isNull := v.Null(int(i)); {
			case isNull && logic == ThreeValued:
				if null == nil {
					null = vec.NewBitmap(f.n)
				}
				null.Set(int(i))
			case isNull && !or, !isNull && b == or:
				out.Bits.SetTo(int(i), !isNull && b)
				if null != nil {
					null.Clear(int(i))
				}
				continue
			}
			rest[k] = i
			k++
		}
		rest = rest[:k]
	}
	for _, i := range rest {
		out.Bits.SetTo(int(i), !or)
	}
	if null != nil {
		out.Valid = vec.NewBitmap(f.n)
		for i := range out.Valid {
			out.Valid[i] = ^null[i]
		}
	}
	return out
}

type notOp struct {
	x     op
	logic Logic
}

func (o notOp) eval(f *frame, sel []int32) vec.Vec {
	v := condition(o.x, f, sel)
	out := boolVec(f.n)
	for i := range out.Bits {
		out.Bits[i] = ^v.Bits[i]
	}
	if o.logic == ThreeValued {
		out.Valid = v.Valid
	} else if v.Valid != nil {
		for i := range out.Bits {
			out.Bits[i] |= ^v.Valid[i]
		}
	}
	return out
}

type isNullOp struct {
	x   op
	not bool
}

func (o isNullOp) eval(f *frame, sel []int32) vec.Vec {
	v := o.x.eval(f, sel)
	out := boolVec(f.n)
	switch {
	case v.Type.Kind == types.Unknown:
		if !o.not {
			out.Bits.Fill(f.n)
		}
	case v.Valid == nil:
		if o.not {
			out.Bits.Fill(f.n)
		}
	case o.not:
		copy(out.Bits, v.Valid)
	default:
		for i := range out.Bits {
			out.Bits[i] = ^v.Valid[i]
		}
	}
	return out
}

// isBoolOp is IS [NOT] TRUE, FALSE, UNKNOWN; want nil is UNKNOWN.
type isBoolOp struct {
	x    op
	want types.Value
	not  bool
}

func (o isBoolOp) eval(f *frame, sel []int32) vec.Vec {
	v := o.x.eval(f, sel)
	out := boolVec(f.n)
	want, known := o.want.(bool)
	f.each(sel, func(i int) {
		is := v.Null(i)
		if known {
			is = !is && v.Bits.Get(i) == want
		}
		out.Bits.SetTo(i, is != o.not)
	})
	return out
}

// distinctOp is IS [NOT] DISTINCT FROM: never NULL.
type distinctOp struct {
	l, r op
	t    types.Type
	not  bool
}

func (o distinctOp) eval(f *frame, sel []int32) vec.Vec {
	l, r := o.l.eval(f, sel), o.r.eval(f, sel)
	out := boolVec(f.n)
	f.each(sel, func(i int) {
		same := l.Null(i) && r.Null(i)
		if !l.Null(i) && !r.Null(i) {
			same = vec.EqualAt(&l, i, &r, i)
		}
		out.Bits.SetTo(i, same == o.not)
	})
	return out
}
