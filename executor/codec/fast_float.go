package codec

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// fastInteger reads the JSON integer of up to 18 digits at i; end is behind it,
// 0 when it is written in another way. Signs and lengths are as good as random:
// there is no branch on the one, two on the other.
func fastInteger(b []byte, i int) (n int64, end int) {
	neg := signAt(b, i)
	i += int(neg)
	if i+17 > len(b) {
		return lastInteger(b, i, neg)
	}
	p := (*[17]byte)(b[i:])
	d := binary.LittleEndian.Uint64(p[:]) ^ ones*'0'
	m := (d + ones*0x76 | d) & highs
	var u uint64
	var k int
	if m != 0 {
		k = bits.TrailingZeros64(m) & 56
		u = eightDigits(d << (-k & 63))
	} else {
		more := binary.LittleEndian.Uint64(p[8:]) ^ ones*'0'
		if m = (more + ones*0x76 | more) & highs; m == 0 {
			return longInteger(b, i, neg)
		}
		k = bits.TrailingZeros64(m) & 56
		u = eightDigits(d)*whole10[k>>3] + eightDigits(more<<8<<(56-k))
		k += 64
	}
	if k == 0 || d&0xff == 0 && k > 8 || numberGoesOn(p[k>>3&15]) {
		return 0, 0
	}
	return int64((u ^ -neg) + neg), i + k>>3
}

// signAt is 1 for a minus at i, without a branch on it.
func signAt(b []byte, i int) (neg uint64) {
	if i >= len(b) {
		return 0
	}
	c := b[i]
	if c == '-' {
		neg = 1
	}
	return neg
}

// lastInteger is fastInteger where the end of b is near.
func lastInteger(b []byte, i int, neg uint64) (n int64, end int) {
	d := wordAt(b, i) ^ ones*'0'
	m := (d + ones*0x76 | d) & highs
	k := bits.TrailingZeros64(m) & 56
	if end = i + k>>3; m == 0 || k == 0 || end >= len(b) || d&0xff == 0 && k > 8 || numberGoesOn(b[end]) {
		return longInteger(b, i, neg)
	}
	u := eightDigits(d << (-k & 63))
	return int64((u ^ -neg) + neg), end
}

// longInteger is fastInteger of any number of digits.
func longInteger(b []byte, i int, neg uint64) (n int64, end int) {
	u, end := digitsAt(b, i, 0)
	digits := end - i
	if digits == 0 || digits > 18 || digits > 1 && b[i] == '0' || end < len(b) && numberGoesOn(b[end]) {
		return 0, 0
	}
	return int64((u ^ -neg) + neg), end
}

func numberGoesOn(c byte) bool { return c == '.' || c|0x20 == 'e' }

// tens are the fives of ten that a float64 holds exactly.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// fastFloat reads the JSON number of up to 19 digits at i as the nearest
// float64; end is behind it, 0 when it is written in another way or is near
// neither.
func fastFloat(b []byte, i int) (f float64, end int) {
	neg := signAt(b, i) // numbers are as good as random: no branch
	i += int(neg)
	var n uint64
	var exp int
	if i+24 <= len(b) {
		n, exp, end = fixedWords((*[24]byte)(b[i:]))
	} else {
		var p [24]byte
		copy(p[:], b[i:])
		n, exp, end = fixedWords(&p)
	}
	if end > 0 {
		end += i
	} else if n, exp, end = fixedAt(b, i); end == 0 {
		return 0, 0
	}
	if end < len(b) && b[end]|0x20 == 'e' {
		e, behind := exponentAt(b, end+1)
		if behind == 0 {
			return 0, 0
		}
		exp, end = exp+e, behind
	}
	switch {
	case n>>40 == 0 && uint(-exp) <= 22:
		f = float64(int64(n)) / tens[-exp]
	case n>>53 == 0 && uint(exp) <= 22:
		f = float64(int64(n)) * tens[exp]
	default:
		var ok bool
		if f, ok = nearest(n, exp); !ok {
			return 0, 0
		}
	}
	return math.Float64frombits(math.Float64bits(f) | neg<<63), end
}

// fixedWords is fixedAt of a number with a point among its first eight bytes, as
// most have it: the point is taken out of them, so that where it stands is not
// branched on. size 0: it may be one of the others.
func fixedWords(p *[24]byte) (n uint64, exp, size int) {
	const point = '.' ^ '0'
	d := binary.LittleEndian.Uint64(p[:]) ^ ones*'0'
	m := (d + ones*0x76 | d) & highs
	if m == 0 {
		return 0, 0, 0
	}
	k := bits.TrailingZeros64(m) & 56 // bits before the point
	if d>>k&0xff != point || k == 0 || k > 8 && d&0xff == 0 {
		return 0, 0, 0
	}
	left := uint64(1)<<k - 1
	d = d&left | d>>8&^left // and a zero behind, which passes for a digit
	if m = (d + ones*0x76 | d) & highs; m != 0 {
		f := bits.TrailingZeros64(m) & 56
		if f == k {
			return 0, 0, 0
		}
		return eightDigits(d << (-f & 63)), (k - f) >> 3, f>>3 + 1
	}
	n = eightDigits(d << 8)
	exp = k>>3 - 7
	d = binary.LittleEndian.Uint64(p[8:]) ^ ones*'0'
	if m = (d + ones*0x76 | d) & highs; m != 0 {
		f := bits.TrailingZeros64(m) & 56
		if f|(k^56) == 0 {
			return 0, 0, 0 // nothing behind the point
		}
		return n*whole10[f>>3] + eightDigits(d<<8<<(56-f)), exp - f>>3, 8 + f>>3
	}
	n = n*1e8 + eightDigits(d)
	d = binary.LittleEndian.Uint64(p[16:]) ^ ones*'0'
	if m = (d + ones*0x76 | d) & highs; m == 0 {
		return 0, 0, 0
	}
	f := bits.TrailingZeros64(m) & 56
	over, n := bits.Mul64(n, whole10[f>>3])
	n, carry := bits.Add64(n, eightDigits(d<<8<<(56-f)), 0)
	if over|carry != 0 {
		return 0, 0, 0
	}
	return n, exp - 8 - f>>3, 16 + f>>3
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
