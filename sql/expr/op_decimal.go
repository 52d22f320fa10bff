package expr

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// shortDec reads a canonical decimal of up to 18 digits as digits x 10^-scale.
func shortDec(p []byte) (digits int64, scale int, ok bool) {
	neg := len(p) > 0 && p[0] == '-'
	if neg {
		p = p[1:]
	}
	if len(p) == 0 || len(p) > 19 {
		return 0, 0, false
	}
	point := -1
	for i, c := range p {
		switch {
		case c-'0' <= 9:
			digits = digits*10 + int64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return 0, 0, false
		}
	}
	if point >= 0 {
		scale = len(p) - 1 - point
	} else if len(p) > 18 {
		return 0, 0, false
	}
	if neg {
		digits = -digits
	}
	return digits, scale, true
}

// usualDec is the length of most results: memory for as much is taken at once.
const usualDec = 12

// shortRoom is what putShortDec needs.
const shortRoom = 48

// putShortDec writes digits x 10^-scale canonically to the start of out, and
// says how long that is; the scale is at most 18.
func putShortDec(out []byte, digits int64, scale int) int {
	if scale == 0 {
		return types.PutInt(out, 0, digits)
	}
	at, u := 0, uint64(digits)
	if digits < 0 {
		out[0] = '-'
		at, u = 1, -u
	}
	whole, part := u/pow10[scale], u%pow10[scale]
	at = types.PutInt(out, at, int64(whole))
	out[at] = '.'
	at++
	for ; scale > 8; scale -= 8 {
		binary.LittleEndian.PutUint64(out[at:], types.EightDigits(part/pow10[scale-8]))
		at, part = at+8, part%pow10[scale-8]
	}
	binary.LittleEndian.PutUint64(out[at:], types.EightDigits(part)>>(64-8*uint(scale)))
	return at + scale
}

// pow10 are the powers of ten that fit.
var pow10 = [19]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// decSide is one operand of decimal arithmetic: decimals, or integers that stand
// for them. What it read last it remembers, since constants repeat.
type decSide struct {
	v      *vec.Vec
	last   []byte
	digits int64
	scale  int
	ok     bool
}

// short gives value i as digits x 10^-scale when it has at most 18 digits.
func (s *decSide) short(i int) (digits int64, scale int, ok bool) {
	if s.v.I64 != nil {
		x := s.v.I64[i]
		return x, 0, magnitude(x) < pow10[18]
	}
	p := s.v.Str(i)
	if s.last == nil || string(p) != string(s.last) {
		s.last = p
		s.digits, s.scale, s.ok = shortDec(p)
	}
	return s.digits, s.scale, s.ok
}

// dec gives value i in full.
func (s *decSide) dec(i int) types.Dec {
	if s.v.I64 != nil {
		return types.DecimalFromText(strconv.AppendInt(nil, s.v.I64[i], 10))
	}
	return s.v.Dec(i)
}

// shortArith computes a x 10^-s op b x 10^-t for +, - and * where operands and
// result fit 64 bits; the scale is as the exact arithmetic gives it.
func shortArith(op byte, a int64, s int, b int64, t int) (digits int64, scale int, ok bool) {
	if op == '*' {
		hi, lo := bits.Mul64(magnitude(a), magnitude(b))
		return a * b, s + t, hi == 0 && lo <= math.MaxInt64 && s+t <= 18
	}
	for ; s < t && magnitude(a) < 1e17; s++ {
		a *= 10
	}
	for ; t < s && magnitude(b) < 1e17; t++ {
		b *= 10
	}
	switch { // both are below 10^18, so the sum fits
	case op == '+':
		return a + b, s, s == t && s <= 18
	case op == '-':
		return a - b, s, s == t && s <= 18
	}
	return 0, 0, false
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return uint64(-x)
	}
	return uint64(x)
}

// exact gives an operand of decimal arithmetic; integers that are cast for it
// stay what they are.
func exact(x op, f *frame, sel []int32) vec.Vec {
	if c, ok := x.(castOp); ok && c.toNumeric() {
		return c.x.eval(f, sel)
	}
	return x.eval(f, sel)
}

// decimalsOf casts integers to numeric without a declared scale.
func decimalsOf(f *frame, v *vec.Vec, sel []int32, to types.Type) vec.Vec {
	out := vec.Vec{Type: to, N: f.n, Valid: v.Valid, Off: make([]int32, f.n+1), Data: make([]byte, 0, 8*f.n)}
	at := 0
	f.each(sel, func(i int) {
		for ; at < i; at++ {
			out.Off[at+1] = int32(len(out.Data))
		}
		if !v.Null(i) {
			out.Data = strconv.AppendInt(out.Data, v.I64[i], 10)
		}
		out.Off[i+1] = int32(len(out.Data))
		at = i + 1
	})
	for ; at < f.n; at++ {
		out.Off[at+1] = int32(len(out.Data))
	}
	return out
}
