package codec

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// Eight bytes at once: a byte's answer is in its high bit.
const ones, highs = 0x0101010101010101, 0x8080808080808080

// word is the eight bytes at i, which is not negative, the first in the lowest
// byte. One comparison guards it: a slice of b would cost six instructions more.
func word(b []byte, i int) uint64 {
	_ = b[i+7]
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i))[:])
}

// wordAt is word with zeros for what is behind the end.
func wordAt(b []byte, i int) uint64 {
	if i+7 < len(b) {
		return word(b, i)
	}
	return lastWord(b, i)
}

//go:noinline
func lastWord(b []byte, i int) (x uint64) {
	if at := len(b) - 8; at >= 0 {
		return word(b, at) >> (8 * uint(i-at))
	}
	for k := len(b) - 1; k >= i; k-- {
		x = x<<8 | uint64(b[k])
	}
	return x
}

// stringEnd finds the closing quote of a JSON string whose text begins at i; -1
// when there is none or a control character stands before it. odd is zero when
// the text is plain ASCII, its lowest bit tells of escapes, others of bytes
// above 0x7f.
func stringEnd(b []byte, i int) (end int, odd uint64) {
	var escaped uint64
	for i+8 <= len(b) {
		x := word(b, i)
		quote, slash := x^ones*'"', x^ones*'\\'
		m := ((x-ones*' ')&^x | (quote-ones)&^quote | (slash-ones)&^slash) & highs
		if m == 0 {
			odd |= x
			i += 8
			continue
		}
		odd |= x & (m&-m - 1)
		i += bits.TrailingZeros64(m) >> 3
		switch b[i] {
		case '"':
			return i, odd&highs | escaped
		case '\\':
			escaped = 1
			i += 2
		default:
			return -1, 0
		}
	}
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i, odd&highs | escaped
		case c == '\\':
			escaped = 1
			i++
		case c < ' ':
			return -1, 0
		case c >= utf8.RuneSelf:
			odd |= highs
		}
		i++
	}
	return -1, 0
}

// stops has a high bit for bytes of x that are a quote, a backslash, a control
// character or above 0x7f; zero when there is none. The lowest bit is right,
// those above it may be wrong.
func stops(x uint64) uint64 {
	quote, slash := x^ones*'"', x^ones*'\\'
	return (x | (x - ones*' ') | (quote - ones) | (slash - ones)) & highs
}

// whole10 are the powers of ten of at most eight digits.
var whole10 = [16]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// digitsAt goes on reading decimal digits from i into n, modulo 2^64.
func digitsAt(b []byte, i int, n uint64) (uint64, int) {
	for i+8 <= len(b) {
		d := word(b, i) ^ ones*'0'
		m := (d + ones*0x76 | d) & highs
		if m == 0 {
			n = n*1e8 + eightDigits(d)
			i += 8
			continue
		}
		if k := bits.TrailingZeros64(m) >> 3; k > 0 {
			n = n*whole10[k&7] + eightDigits(d<<(64-8*uint(k)))
			i += k
		}
		return n, i
	}
	for i < len(b) && b[i]-'0' <= 9 {
		n = n*10 + uint64(b[i]-'0')
		i++
	}
	return n, i
}

// eightDigits is the number of eight digits, the first in the lowest byte.
func eightDigits(d uint64) uint64 {
	const pairs = 0x000000ff000000ff
	d = d*10 + d>>8
	return (d&pairs*(100+1e6<<32) + d>>16&pairs*(1+1e4<<32)) >> 32
}
