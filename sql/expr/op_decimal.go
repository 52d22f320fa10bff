package expr

import (
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

// appendShortDec writes digits x 10^-scale canonically.
func appendShortDec(dst []byte, digits int64, scale int) []byte {
	if digits < 0 {
		dst = append(dst, '-')
		digits = -digits
	}
	if scale == 0 {
		return strconv.AppendInt(dst, digits, 10)
	}
	var room [24]byte
	text := strconv.AppendInt(room[:0], digits, 10)
	if n := len(text) - scale; n > 0 {
		dst = append(append(dst, text[:n]...), '.')
		return append(dst, text[n:]...)
	}
	dst = append(dst, '0', '.')
	for range scale - len(text) {
		dst = append(dst, '0')
	}
	return append(dst, text...)
}

// shortArith computes x op y for +, - and * where operands and result fit 64
// bits; the scale is as the exact arithmetic gives it.
func shortArith(dst []byte, op byte, x, y []byte) (out []byte, ok bool) {
	a, s, ok := shortDec(x)
	if !ok {
		return dst, false
	}
	b, t, ok := shortDec(y)
	if !ok {
		return dst, false
	}
	if op == '*' {
		hi, lo := bits.Mul64(magnitude(a), magnitude(b))
		if hi != 0 || lo > math.MaxInt64 || s+t > 18 {
			return dst, false
		}
		return appendShortDec(dst, a*b, s+t), true
	}
	for ; s < t && magnitude(a) < 1e17; s++ {
		a *= 10
	}
	for ; t < s && magnitude(b) < 1e17; t++ {
		b *= 10
	}
	if s != t {
		return dst, false
	}
	switch op { // both are below 10^18, so the sum fits
	case '+':
		return appendShortDec(dst, a+b, s), true
	case '-':
		return appendShortDec(dst, a-b, s), true
	}
	return dst, false
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return uint64(-x)
	}
	return uint64(x)
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
