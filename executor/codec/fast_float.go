package codec

import (
	"math"
	"math/bits"
)

// fastInteger reads the JSON integer of up to 18 digits at i; end is behind it,
// 0 when it is written in another way.
func fastInteger(b []byte, i int) (n int64, end int) {
	neg := i < len(b) && b[i] == '-'
	if neg {
		i++
	}
	if i+8 <= len(b) {
		d := word(b, i) ^ ones*'0'
		if m := (d + ones*0x76 | d) & highs; m != 0 { // up to seven digits
			k := bits.TrailingZeros64(m) >> 3
			if k == 0 || k > 1 && b[i] == '0' || numberGoesOn(b[i+k]) {
				return 0, 0
			}
			n = int64(eightDigits(d << (64 - 8*uint(k))))
			if neg {
				n = -n
			}
			return n, i + k
		}
		if i+16 <= len(b) {
			more := word(b, i+8) ^ ones*'0'
			if m := (more + ones*0x76 | more) & highs; m != 0 { // up to fifteen
				k := bits.TrailingZeros64(m) >> 3
				if b[i] == '0' || numberGoesOn(b[i+8+k]) {
					return 0, 0
				}
				n = int64(eightDigits(d)*whole10[k&7] + eightDigits(more<<(64-8*uint(k))))
				if neg {
					n = -n
				}
				return n, i + 8 + k
			}
		}
	}
	u, end := digitsAt(b, i, 0)
	digits := end - i
	if digits == 0 || digits > 18 || digits > 1 && b[i] == '0' || end < len(b) && numberGoesOn(b[end]) {
		return 0, 0
	}
	if neg {
		return -int64(u), end
	}
	return int64(u), end
}

func numberGoesOn(c byte) bool { return c == '.' || c|0x20 == 'e' }

// tens are the fives of ten that a float64 holds exactly.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// fastFloat reads the JSON number of up to 19 digits at i as the nearest
// float64; end is behind it, 0 when it is written in another way or is near
// neither.
func fastFloat(b []byte, i int) (f float64, end int) {
	sign := uint64(0)
	if i < len(b) && b[i] == '-' { // numbers are as good as random: no branch
		sign = 1
	}
	i += int(sign)
	n, exp, end := fixedWords(b, i)
	if end == 0 {
		if n, exp, end = fixedAt(b, i); end == 0 {
			return 0, 0
		}
	}
	if end < len(b) && b[end]|0x20 == 'e' {
		e, behind := exponentAt(b, end+1)
		if behind == 0 {
			return 0, 0
		}
		exp, end = exp+e, behind
	}
	switch {
	case n>>40 == 0 && exp <= 0 && exp >= -22:
		f = float64(n) / tens[-exp]
	case n>>53 == 0 && exp > 0 && exp <= 22:
		f = float64(n) * tens[exp]
	default:
		var ok bool
		if f, ok = nearest(n, exp); !ok {
			return 0, 0
		}
	}
	return math.Float64frombits(math.Float64bits(f) | sign<<63), end
}

// fixedWords is fixedAt of a number with a point and up to seven digits before
// it, where 32 bytes can be read; end 0: it may be one of the others.
func fixedWords(b []byte, i int) (n uint64, exp, end int) {
	if i+32 > len(b) {
		return 0, 0, 0
	}
	d := word(b, i) ^ ones*'0'
	m := (d + ones*0x76 | d) & highs
	k := bits.TrailingZeros64(m) >> 3
	if m == 0 || k == 0 || b[i+k] != '.' || k > 1 && b[i] == '0' {
		return 0, 0, 0
	}
	n = eightDigits(d << (64 - 8*uint(k)))
	i += k + 1
	d = word(b, i) ^ ones*'0'
	if m = (d + ones*0x76 | d) & highs; m != 0 {
		if k = bits.TrailingZeros64(m) >> 3; k == 0 {
			return 0, 0, 0
		}
		return n*whole10[k&7] + eightDigits(d<<(64-8*uint(k))), -k, i + k
	}
	if n >= 1000 {
		return 0, 0, 0 // there might be 20 digits
	}
	n = n*1e8 + eightDigits(d)
	d = word(b, i+8) ^ ones*'0'
	m = (d + ones*0x76 | d) & highs
	k = 8
	if m != 0 {
		k = bits.TrailingZeros64(m) >> 3 & 7
	}
	n = n*whole10[k] + eightDigits(d<<(64-8*uint(k)))
	exp, end = -8-k, i+8+k
	for m == 0 && end < len(b) && b[end]-'0' <= 9 {
		if n > 1e18 {
			return 0, 0, 0
		}
		n = n*10 + uint64(b[end]-'0')
		exp, end = exp-1, end+1
	}
	return n, exp, end
}

// fixedAt reads up to 19 digits with a point among them or not, n times ten to
// the power of exp; end is 0 when they are written in another way.
func fixedAt(b []byte, i int) (n uint64, exp, end int) {
	n, end = digitsAt(b, i, 0)
	digits := end - i
	if digits == 0 || digits > 1 && b[i] == '0' {
		return 0, 0, 0
	}
	if end < len(b) && b[end] == '.' {
		point := end + 1
		if n, end = digitsAt(b, point, n); end == point {
			return 0, 0, 0
		}
		exp = point - end
		if digits += end - point; b[i] == '0' {
			for digits--; point < end && b[point] == '0'; point++ {
				digits--
			}
		}
	}
	if digits > 19 {
		return 0, 0, 0
	}
	return n, exp, end
}

// exponentAt reads a sign and up to three digits; end is 0 when they are none.
func exponentAt(b []byte, i int) (e, end int) {
	neg := i < len(b) && b[i] == '-'
	if i < len(b) && (neg || b[i] == '+') {
		i++
	}
	u, end := digitsAt(b, i, 0)
	if end == i || end-i > 3 {
		return 0, 0
	}
	if neg {
		return -int(u), end
	}
	return int(u), end
}

// nearest is the float64 nearest to n times ten to the power of exp, by the
// method of Eisel and Lemire; not ok when 128 bits do not tell, or it is not an
// ordinary number.
func nearest(n uint64, exp int) (f float64, ok bool) {
	if n == 0 || exp < -maxPower || exp > maxPower {
		return 0, n == 0
	}
	p := &fives[exp+maxPower]
	shift := bits.LeadingZeros64(n)
	n <<= uint(shift)
	hi, lo := bits.Mul64(n, p.hi)
	if hi&0x1ff == 0x1ff {
		more, _ := bits.Mul64(n, p.lo)
		var carry uint64
		lo, carry = bits.Add64(lo, more, 0)
		hi += carry
		if lo == math.MaxUint64 {
			return 0, false
		}
	}
	top := hi >> 63
	m := hi >> (top + 9)
	e := exp*217706>>16 + 63 + int(top) - shift + 1023
	if e <= 0 {
		return 0, false
	}
	if lo <= 1 && exp >= -4 && exp <= 23 && m&3 == 1 && m<<(top+9) == hi {
		m-- // exactly between two: to the even one
	}
	m = (m + m&1) >> 1
	if m == 1<<53 {
		m, e = 1<<52, e+1
	}
	if e >= 0x7ff {
		return 0, false
	}
	return math.Float64frombits(m&^(1<<52) | uint64(e)<<52), true
}
