package expr

import (
	"math"
	"math/bits"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// arithOp is + - * / % ^ over numbers of the result's type.
type arithOp struct {
	n    *Binary
	op   byte
	l, r op
}

func (c *compiler) binary(n *Binary) op {
	l, r := c.node(n.L), c.node(n.R)
	switch {
	case n.Op == "||" || (n.Op == "+" && n.T.IsText()):
		return concatOp{n.T, l, r}
	case len(n.Op) == 1 && n.T.IsNumeric():
		for _, x := range []Node{n.L, n.R} {
			if x.Type().Kind != types.Unknown && laneOf(x.Type()) != laneOf(n.T) {
				c.err = sqlerr.New(sqlerr.DatatypeMismatch, "operands of %s must have been converted to %s", n.Op, n.T.String())
			}
		}
		return arithOp{n, n.Op[0], l, r}
	}
	c.err = sqlerr.Unsupported("operator %s for %s", n.Op, n.T.String())
	return nil
}

func (o arithOp) eval(f *frame, sel []int32) vec.Vec {
	var l, r vec.Vec
	if o.n.T.Kind == types.Decimal {
		l, r = exact(o.l, f, sel), exact(o.r, f, sel)
	} else {
		l, r = o.l.eval(f, sel), o.r.eval(f, sel)
	}
	if o.n.NullFails {
		failNulls(f, sel, o.n.Pos, &l, &r)
	}
	if l.Type.Kind == types.Unknown || r.Type.Kind == types.Unknown {
		return vec.Nulls(o.n.T, f.n)
	}
	a := arith{f: f, o: o, sel: sel, l: &l, r: &r}
	a.out = vec.Vec{Type: o.n.T, N: f.n, Valid: validAnd(l.Valid, r.Valid, f.n)}
	switch laneOf(o.n.T) {
	case laneI64:
		a.out.I64 = make([]int64, f.n)
		a.ints()
	case laneF64:
		a.out.F64 = make([]float64, f.n)
		a.floats()
	default:
		return a.decimals()
	}
	return a.out
}

// failNulls fails the rows in which an operand is NULL.
func failNulls(f *frame, sel []int32, pos int, operands ...*vec.Vec) {
	f.each(sel, func(i int) {
		for _, v := range operands {
			if v.Type.Kind == types.Unknown || v.Null(i) {
				f.fail(i, sqlerr.New(sqlerr.NullNotAllowed, "arithmetic on NULL inside a lambda").At(pos))
				return
			}
		}
	})
}

// arith is one evaluation of an arithOp.
type arith struct {
	f    *frame
	o    arithOp
	sel  []int32
	l, r *vec.Vec
	out  vec.Vec
	own  bool // out.Valid is ours to change
}

func (a *arith) fail(i int, err error) {
	a.f.fail(i, a.at(err))
	a.out.Valid = invalid(a.out.Valid, a.f.n, i, &a.own)
}

func (a *arith) at(err error) error { return sqlerr.From(err).At(a.o.n.Pos) }

// dense tells that computing all slots costs less than following the selection.
func (a *arith) dense() bool { return a.sel == nil || len(a.sel) > a.f.n/4 }

func (a *arith) ints() {
	x, y, out := a.l.I64, a.r.I64[:len(a.l.I64)], a.out.I64
	if !a.dense() || a.o.op == '/' || a.o.op == '%' || a.o.op == '^' {
		a.f.each(a.sel, func(i int) { a.int1(i) })
		return
	}
	bad := int64(0)
	switch a.o.op {
	case '+':
		for i, p := range x {
			q := y[i]
			s := p + q
			out[i] = s
			bad |= (p ^ s) & (q ^ s)
		}
	case '-':
		for i, p := range x {
			q := y[i]
			s := p - q
			out[i] = s
			bad |= (p ^ q) & (p ^ s)
		}
	case '*':
		for i, p := range x {
			q := y[i]
			out[i] = p * q
			if uint64(p+1<<31)|uint64(q+1<<31) >= 1<<32 {
				bad = -1
			}
		}
	}
	a.narrow(bad < 0)
}

// narrow brings dense results to the result's width; suspect tells that some
// row may have left 64 bits.
func (a *arith) narrow(suspect bool) {
	width := intBits(a.o.n.T)
	if a.o.n.Mode == Java {
		if width < 64 {
			for i, v := range a.out.I64 {
				a.out.I64[i] = wrap(v, width)
			}
		}
		return
	}
	if width < 64 && !suspect {
		for _, v := range a.out.I64 {
			if wrap(v, width) != v {
				suspect = true
				break
			}
		}
	}
	if suspect {
		a.f.each(a.sel, func(i int) { a.int1(i) })
	}
}

func intBits(t types.Type) uint {
	switch t.Kind {
	case types.SmallInt:
		return 16
	case types.Int:
		return 32
	}
	return 64
}

func wrap(v int64, width uint) int64 { return v << (64 - width) >> (64 - width) }

// int1 computes one row with all checks.
func (a *arith) int1(i int) {
	if a.out.Valid != nil && !a.out.Valid.Get(i) {
		return
	}
	v, err := intArith(a.o.op, a.l.I64[i], a.r.I64[i], a.o.n.T, a.o.n.Mode)
	if err != nil {
		a.fail(i, err)
		return
	}
	a.out.I64[i] = v
}

// intArith is the operation on one pair: the twin of the dense loops.
func intArith(op byte, x, y int64, t types.Type, mode Arith) (int64, error) {
	var v int64
	ok := true
	switch op {
	case '+':
		v = x + y
		ok = (x^v)&(y^v) >= 0
	case '-':
		v = x - y
		ok = (x^y)&(x^v) >= 0
	case '*':
		v = x * y
		hi, lo := bits.Mul64(uint64(x), uint64(y))
		high := int64(hi) - (x>>63)&y - (y>>63)&x
		ok = high == int64(lo)>>63
	case '/', '%':
		if y == 0 {
			return 0, fn.ErrDivisionByZero()
		}
		if y == -1 {
			v, ok = -x, x != math.MinInt64
			if op == '%' {
				v, ok = 0, true
			}
			break
		}
		if v = x / y; op == '%' {
			v = x % y
		}
	case '^':
		return 0, sqlerr.Unsupported("operator ^ for integers")
	}
	w := wrap(v, intBits(t))
	if mode == Checked && (!ok || w != v) {
		return 0, outOfRange(t)
	}
	return w, nil
}

func outOfRange(t types.Type) error {
	return sqlerr.New(sqlerr.NumericOutOfRange, "%s out of range", t.String())
}

func (a *arith) floats() {
	x, y, out := a.l.F64, a.r.F64[:len(a.l.F64)], a.out.F64
	if !a.dense() || a.o.op == '%' || a.o.op == '^' || (a.o.op == '/' && a.o.n.Mode == Checked) || a.o.n.T.Kind == types.Real {
		a.f.each(a.sel, func(i int) { a.float1(i) })
		return
	}
	switch a.o.op {
	case '+':
		for i, p := range x {
			out[i] = p + y[i]
		}
	case '-':
		for i, p := range x {
			out[i] = p - y[i]
		}
	case '*':
		for i, p := range x {
			out[i] = p * y[i]
		}
	case '/':
		for i, p := range x {
			out[i] = p / y[i]
		}
	}
	if a.o.n.Mode == Java {
		return
	}
	suspect := false
	for i, v := range out {
		if v-v != 0 || v == 0 && x[i] != 0 && y[i] != 0 {
			suspect = true
			break
		}
	}
	if suspect {
		a.f.each(a.sel, func(i int) { a.float1(i) })
	}
}

func (a *arith) float1(i int) {
	if a.out.Valid != nil && !a.out.Valid.Get(i) {
		return
	}
	v, err := floatArith(a.o.op, a.l.F64[i], a.r.F64[i], a.o.n.T, a.o.n.Mode)
	if err != nil {
		a.fail(i, err)
		return
	}
	a.out.F64[i] = v
}

// floatArith is the operation on one pair: the twin of the dense loops.
func floatArith(op byte, x, y float64, t types.Type, mode Arith) (float64, error) {
	var v float64
	switch op {
	case '+':
		v = x + y
	case '-':
		v = x - y
	case '*':
		v = x * y
	case '/':
		if y == 0 && mode == Checked && x == x {
			return 0, fn.ErrDivisionByZero()
		}
		v = x / y
	case '%':
		if y == 0 && mode == Checked {
			return 0, fn.ErrDivisionByZero()
		}
		v = math.Mod(x, y)
	case '^':
		return fn.FloatPower(x, y, mode == Checked)
	}
	if t.Kind == types.Real {
		v = float64(float32(v))
	}
	if mode == Java {
		return v, nil
	}
	switch {
	case math.IsInf(v, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0):
		return 0, sqlerr.New(sqlerr.NumericOutOfRange, "value out of range: overflow")
	case v == 0 && x != 0 && y != 0 && (op == '*' || op == '/') && !math.IsInf(y, 0):
		return 0, sqlerr.New(sqlerr.NumericOutOfRange, "value out of range: underflow")
	}
	return v, nil
}

func (a *arith) decimals() vec.Vec {
	out := vec.NewBuilder(a.o.n.T, a.f.n)
	out.Room(usualDec * a.f.live(a.sel))
	l, r := decSide{v: a.l}, decSide{v: a.r}
	a.f.each(a.sel, func(i int) {
		for out.Len() < i {
			out.AppendNull()
		}
		if a.out.Valid != nil && !a.out.Valid.Get(i) {
			out.AppendNull()
			return
		}
		if a.o.n.Mode == Checked && a.short(&l, &r, i, out) {
			return
		}
		d, err := decArith(a.o.op, l.dec(i), r.dec(i), a.o.n.T, a.o.n.Mode)
		if err != nil {
			a.f.fail(i, a.at(err))
			out.AppendNull()
			return
		}
		out.AppendDec(d)
	})
	for out.Len() < a.f.n {
		out.AppendNull()
	}
	return out.Finish()
}

// short appends the result of row i when all of it fits 64 bits.
func (a *arith) short(l, r *decSide, i int, out *vec.Builder) bool {
	x, s, okL := l.short(i)
	y, t, okR := r.short(i)
	if !okL || !okR {
		return false
	}
	digits, scale, ok := shortArith(a.o.op, x, s, y, t)
	if ok {
		out.EndBytes(putShortDec(out.Room(shortRoom), digits, scale))
	}
	return ok
}

func decArith(op byte, x, y types.Dec, t types.Type, mode Arith) (types.Dec, error) {
	if mode == Java && op != '^' {
		return fn.DecExact(op, x, y, t)
	}
	switch op {
	case '+':
		return fn.DecAdd(x, y)
	case '-':
		return fn.DecSub(x, y)
	case '*':
		return fn.DecMul(x, y)
	case '/':
		return fn.DecDiv(x, y)
	case '%':
		return fn.DecMod(x, y)
	}
	return fn.DecPower(x, y)
}
