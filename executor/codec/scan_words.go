package codec

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Eight bytes at once: a byte's answer is in its high bit.
const ones, highs = 0x0101010101010101, 0x8080808080808080

func word(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

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

// plainText tells whether p is ASCII without U+0000.
func plainText(p []byte) bool {
	n := len(p)
	if n < 8 {
		return plainShort(p)
	}
	x := word(p, n-8)
	odd := x | (x - ones)
	for len(p) >= 32 {
		q := p[:32:32]
		a, b := binary.LittleEndian.Uint64(q), binary.LittleEndian.Uint64(q[8:])
		c, d := binary.LittleEndian.Uint64(q[16:]), binary.LittleEndian.Uint64(q[24:])
		odd |= a | b | c | d | (a - ones) | (b - ones) | (c - ones) | (d - ones)
		p = p[32:]
	}
	for len(p) > 8 {
		x = binary.LittleEndian.Uint64(p)
		odd |= x | (x - ones)
		p = p[8:]
	}
	return odd&highs == 0
}

// plainShort is plainText of less than eight bytes.
func plainShort(p []byte) bool {
	if n := len(p); n >= 4 {
		x := uint64(binary.LittleEndian.Uint32(p)) | uint64(binary.LittleEndian.Uint32(p[n-4:]))<<32
		return (x|(x-ones))&highs == 0
	}
	for _, c := range p {
		if c-1 >= utf8.RuneSelf-1 {
			return false
		}
	}
	return true
}

// validUTF8 is utf8.Valid for text that is ASCII here and there.
func validUTF8(p []byte) bool {
	for i := 0; i < len(p); {
		if i+8 <= len(p) {
			m := word(p, i) & highs
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		} else if p[i] < utf8.RuneSelf {
			i++
			continue
		}
		for i < len(p) && p[i] >= utf8.RuneSelf {
			n := runeSize(p[i:])
			if n == 0 {
				return false
			}
			i += n
		}
	}
	return true
}

// plainEnd finds the first byte from i that is a quote, a backslash, a control
// character or above 0x7f: len(b) when there is none.
func plainEnd(b []byte, i int) int {
	for i+32 <= len(b) {
		q := b[i : i+32 : i+32]
		if stops(word(q, 0)) != 0 {
			break
		}
		if stops(word(q, 8))|stops(word(q, 16))|stops(word(q, 24)) != 0 {
			i += 8
			break
		}
		i += 32
	}
	for i+8 <= len(b) {
		if m := stops(word(b, i)); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i]-' ' < utf8.RuneSelf-' ' {
		i++
	}
	return i
}

// oddText writes the text of the JSON string that goes on at i to dst, which has
// room for the rest of b and eight bytes more: escapes undone, UTF-8 and
// surrogates checked. end is behind its quote; -1: it is no text, or has a
// U+0000 that zero does not allow.
func oddText(dst, b []byte, i int, zero bool) (n, end int) {
	for i < len(b) {
		if i+8 <= len(b) {
			x := word(b, i)
			binary.LittleEndian.PutUint64(dst[n:], x)
			m := stops(x)
			if m == 0 {
				i, n = i+8, n+8
				continue
			}
			k := bits.TrailingZeros64(m) >> 3
			i, n = i+k, n+k
		}
		switch c := b[i]; {
		case c == '"':
			return n, i + 1
		case c < ' ':
			return 0, -1
		case c >= utf8.RuneSelf:
			for i < len(b) && b[i] >= utf8.RuneSelf {
				size := runeSize(b[i:])
				if size == 0 {
					return 0, -1
				}
				for end := i + size; i < end; i, n = i+1, n+1 {
					dst[n] = b[i]
				}
			}
		case c != '\\':
			dst[n] = c
			i, n = i+1, n+1
		default:
			wide, size := escapeAt(dst[n:], b[i:], zero)
			if size == 0 {
				return 0, -1
			}
			i, n = i+size, n+wide
		}
	}
	return 0, -1
}

// escapeAt undoes the escape of size bytes that p begins with; 0 when it is none.
func escapeAt(dst, p []byte, zero bool) (wide, size int) {
	if len(p) < 2 {
		return 0, 0
	}
	if c := plainEscapes[p[1]]; c != 0 {
		dst[0] = c
		return 1, 2
	}
	r, size := unicodeEscape(p)
	if r == 0 && !zero {
		return 0, 0
	}
	return utf8.EncodeRune(dst, r), size
}

// runeSize is the bytes of the character at the start of p, beyond ASCII; 0 when
// it is none in UTF-8.
func runeSize(p []byte) int {
	if len(p) >= 2 && p[0] >= 0xc2 && p[0] < 0xe0 && p[1]&0xc0 == 0x80 {
		return 2
	}
	if len(p) >= 3 && p[0] > 0xe0 && p[0] < 0xf0 && p[0] != 0xed && p[1]&0xc0 == 0x80 && p[2]&0xc0 == 0x80 {
		return 3
	}
	if r, n := utf8.DecodeRune(p); r != utf8.RuneError || n == 3 {
		return n
	}
	return 0
}

// whole10 are the powers of ten of at most eight digits.
var whole10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

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
