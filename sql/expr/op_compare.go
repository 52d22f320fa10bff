package expr

import (
	"cmp"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// test is a comparison as the set of outcomes that make it true.
type test struct{ lt, eq, gt bool }

var tests = map[string]test{
	"=": {eq: true}, "<>": {lt: true, gt: true}, "!=": {lt: true, gt: true},
	"<": {lt: true}, "<=": {lt: true, eq: true}, ">": {gt: true}, ">=": {gt: true, eq: true},
}

func (t test) of(c int) bool { return (c < 0 && t.lt) || (c == 0 && t.eq) || (c > 0 && t.gt) }

// flip is the test with its operands changed over.
func (t test) flip() test { return test{lt: t.gt, eq: t.eq, gt: t.lt} }

// lane is the slice of a vector a comparison reads.
type lane uint8

const (
	laneAny lane = iota
	laneI64
	laneF64
	laneText
)

func laneOf(t types.Type) lane {
	switch {
	case t.IsInteger() || t.IsTemporal() || t.IsOIDLike() || t.Kind == types.Enum:
		return laneI64
	case t.IsFloat():
		return laneF64
	case t.IsText() || t.Kind == types.Bytes:
		return laneText
	}
	return laneAny
}

// compareOp compares two vectors.
type compareOp struct {
	l, r  op
	test  test
	lane  lane
	logic Logic
}

// compareConst compares a vector with a literal that is not NULL.
type compareConst struct {
	x     op
	test  test
	lane  lane
	logic Logic
	t     types.Type
	i64   int64
	f64   float64
	text  string
	box   types.Value
}

func (c *compiler) compare(n *Compare) op {
	t, ok := tests[n.Op]
	if !ok {
		c.err = sqlerr.Unsupported("operator %s", n.Op)
	}
	l, r := n.L, n.R
	if k, isConst := l.(*Const); isConst && k.V != nil {
		l, r, t = r, l, t.flip()
	}
	if k, isConst := r.(*Const); isConst && k.V != nil && l.Type().Kind == k.T.Kind {
		o := compareConst{x: c.node(l), test: t, lane: laneOf(k.T), logic: n.Logic, t: k.T, box: k.V}
		switch v := k.V.(type) {
		case int64:
			o.i64 = v
		case float64:
			o.f64 = v
		case string:
			o.text = v
		case []byte:
			o.text = string(v)
		}
		return o
	}
	return compareOp{c.node(l), c.node(r), t, laneOf(l.Type()), n.Logic}
}

func (o compareOp) eval(f *frame, sel []int32) vec.Vec {
	l, r := o.l.eval(f, sel), o.r.eval(f, sel)
	out := boolVec(f.n)
	switch {
	case l.Type.Kind == types.Unknown || r.Type.Kind == types.Unknown:
	case o.lane == laneI64 && sel == nil:
		compareAll(o.test, l.I64, r.I64, out.Bits)
	case o.lane == laneI64:
		for _, i := range sel {
			out.Bits.SetTo(int(i), o.test.of(cmp.Compare(l.I64[i], r.I64[i])))
		}
	case o.lane == laneF64:
		f.each(sel, func(i int) { out.Bits.SetTo(i, o.test.of(types.CompareFloat(l.F64[i], r.F64[i]))) })
	default:
		f.each(sel, func(i int) {
			if !l.Null(i) && !r.Null(i) {
				out.Bits.SetTo(i, o.test.of(vec.CompareAt(&l, i, &r, i)))
			}
		})
	}
	return nullLogic(out, nullsOf(&l, &r), o.logic)
}

// nullsOf is the rows where neither is NULL.
func nullsOf(l, r *vec.Vec) vec.Bitmap {
	if l.Type.Kind == types.Unknown || r.Type.Kind == types.Unknown {
		return vec.NewBitmap(l.N)
	}
	return validAnd(l.Valid, r.Valid, l.N)
}

// nullLogic makes the rows that are not valid NULL, or false in two-valued logic.
func nullLogic(out vec.Vec, valid vec.Bitmap, logic Logic) vec.Vec {
	if valid == nil {
		return out
	}
	if logic == ThreeValued {
		out.Valid = valid
		return out
	}
	for i := range out.Bits {
		out.Bits[i] &= valid[i]
	}
	return out
}

// compareAll compares whole slices, eight rows a byte.
func compareAll[T int64 | float64](t test, a, b []T, out vec.Bitmap) {
	lt, eq, gt := t.lt, t.eq, t.gt
	b = b[:len(a)]
	for i, x := range a {
		y := b[i]
		if (x < y && lt) || (x == y && eq) || (x > y && gt) {
			out[i>>3] |= 1 << (i & 7)
		}
	}
}

func (o compareConst) eval(f *frame, sel []int32) vec.Vec {
	x := o.x.eval(f, sel)
	out := boolVec(f.n)
	if x.Type.Kind == types.Unknown {
		return nullLogic(out, vec.NewBitmap(f.n), o.logic)
	}
	for _, i := range o.matches(f, &x, sel) {
		out.Bits.Set(int(i))
	}
	return nullLogic(out, x.Valid, o.logic)
}

func (o compareConst) filter(f *frame, sel []int32) []int32 {
	x := o.x.eval(f, sel)
	if x.Type.Kind == types.Unknown {
		return nil
	}
	return o.matches(f, &x, sel)
}

// matches gives the rows that are not NULL and pass the test.
func (o compareConst) matches(f *frame, x *vec.Vec, sel []int32) []int32 {
	out := make([]int32, 0, f.count(sel))
	switch o.lane {
	case laneI64:
		out = selectCmp(o.test, x.I64, o.i64, x.Valid, sel, out)
	case laneF64:
		if o.f64 == o.f64 {
			out = selectCmp(o.test, x.F64, o.f64, x.Valid, sel, out)
			break
		}
		f.each(sel, func(i int) {
			if !x.Null(i) && o.test.of(types.CompareFloat(x.F64[i], o.f64)) {
				out = append(out, int32(i))
			}
		})
	case laneText:
		out = o.matchText(f, x, sel, out)
	default:
		f.each(sel, func(i int) {
			if !x.Null(i) && o.test.of(types.Compare(o.t, x.Value(i), o.box)) {
				out = append(out, int32(i))
			}
		})
	}
	return out
}

func (o compareConst) matchText(f *frame, x *vec.Vec, sel, out []int32) []int32 {
	if o.test == (test{eq: true}) {
		f.each(sel, func(i int) {
			if string(x.Str(i)) == o.text && !x.Null(i) {
				out = append(out, int32(i))
			}
		})
		return out
	}
	f.each(sel, func(i int) {
		if !x.Null(i) && o.test.of(compareText(x.Str(i), o.text)) {
			out = append(out, int32(i))
		}
	})
	return out
}

func compareText(a []byte, b string) int {
	switch {
	case string(a) < b:
		return -1
	case string(a) == b:
		return 0
	}
	return 1
}

// selectCmp appends the rows whose value passes the test against c, which is
// not NaN; a NaN is above it. One loop an operator: the compiler makes them
// branch-free.
func selectCmp[T int64 | float64](t test, a []T, c T, valid vec.Bitmap, sel, out []int32) []int32 {
	if sel == nil {
		out = selectAll(t, a, c, out[:len(a)])
	} else {
		out = selectFrom(t, a, c, sel, out[:len(sel)])
	}
	if valid == nil {
		return out
	}
	k := 0
	for _, i := range out {
		out[k] = i
		if valid.Get(int(i)) {
			k++
		}
	}
	return out[:k]
}

func selectAll[T int64 | float64](t test, a []T, c T, out []int32) []int32 {
	k := 0
	switch t {
	case test{lt: true}:
		for i, x := range a {
			out[k] = int32(i)
			k += one(x < c)
		}
	case test{lt: true, eq: true}:
		for i, x := range a {
			out[k] = int32(i)
			k += one(x <= c)
		}
	case test{gt: true}:
		for i, x := range a {
			out[k] = int32(i)
			k += one(!(x <= c))
		}
	case test{gt: true, eq: true}:
		for i, x := range a {
			out[k] = int32(i)
			k += one(!(x < c))
		}
	case test{eq: true}:
		for i, x := range a {
			out[k] = int32(i)
			k += one(x == c)
		}
	default:
		for i, x := range a {
			out[k] = int32(i)
			k += one(x != c)
		}
	}
	return out[:k]
}

func selectFrom[T int64 | float64](t test, a []T, c T, sel, out []int32) []int32 {
	k := 0
	for _, i := range sel {
		x := a[i]
		out[k] = i
		k += one((x < c && t.lt) || (x == c && t.eq) || (!(x <= c) && t.gt))
	}
	return out[:k]
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
