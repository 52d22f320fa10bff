package codec

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// textAt writes the text of the JSON string that goes on at i to dst from n on,
// which has room for the rest of b and eight bytes more: escapes undone, UTF-8
// and surrogates checked. end is behind its quote; -1: it is no text, or has a
// U+0000 that zero does not allow.
func textAt(dst []byte, n int, b []byte, i int, zero bool) (_, end int) {
	for i+8 <= len(b) {
		x := word(b, i)
		binary.LittleEndian.PutUint64(dst[n:], x)
		m := stops(x)
		if m == 0 {
			i, n = i+8, n+8
			continue
		}
		k := bits.TrailingZeros64(m) >> 3
		i, n = i+k, n+k
		c := b[i]
		if c == '"' {
			return n, i + 1
		}
		var wide, size int
		if c == '\\' {
			if i+1 < len(b) && plainEscapes[b[i+1]] != 0 {
				dst[n] = plainEscapes[b[i+1]]
				i, n = i+2, n+1
				continue
			}
			wide, size = escapeAt(dst[n:], b[i:], zero)
		} else {
			wide = runesAt(dst[n:], b[i:])
			size = wide
		}
		if size == 0 {
			return 0, -1
		}
		i, n = i+size, n+wide
	}
	return textTail(dst, b, i, n, zero)
}

// textTail is textAt by bytes, for the last of b.
func textTail(dst, b []byte, i, n int, zero bool) (_, end int) {
	for i < len(b) {
		c := b[i]
		wide, size := 1, 1
		switch {
		case c == '"':
			return n, i + 1
		case c == '\\':
			wide, size = escapeAt(dst[n:], b[i:], zero)
		case c-' ' < utf8.RuneSelf-' ':
			dst[n] = c
		default:
			wide = runesAt(dst[n:], b[i:])
			size = wide
		}
		if size == 0 {
			return 0, -1
		}
		i, n = i+size, n+wide
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

// runesAt copies the characters beyond ASCII that p begins with, n bytes of
// them; 0 when there is none or not all are UTF-8. dst has room for three more.
func runesAt(dst, p []byte) (n int) {
	for n+4 <= len(p) {
		l := &leads[p[n]]
		x := binary.LittleEndian.Uint32(p[n:])
		if x&l.mask != l.want || x&0x30ff == 0xf0 {
			if p[n] < utf8.RuneSelf {
				return n
			}
			return 0
		}
		binary.LittleEndian.PutUint32(dst[n:], x)
		n += int(l.size)
	}
	for n < len(p) && p[n] >= utf8.RuneSelf {
		_, size := utf8.DecodeRune(p[n:])
		if size == 1 {
			return 0
		}
		n += copy(dst[n:], p[n:n+size])
	}
	return n
}

// lead is what the first byte of a character says of its up to four bytes, the
// first in the lowest: those under mask are as in want. Behind 0xf0 one of two
// more bits must be set.
type lead struct {
	mask, want uint32
	size       uint8
}

// leads has for bytes that begin no character beyond ASCII what nothing matches.
var leads = func() (out [256]lead) {
	for c := range uint32(256) {
		l := &out[c]
		switch {
		case c >= 0xc2 && c < 0xe0:
			*l = lead{0xc000, 0x8000, 2}
		case c == 0xe0:
			*l = lead{0xc0e000, 0x80a000, 3}
		case c == 0xed:
			*l = lead{0xc0e000, 0x808000, 3}
		case c > 0xe0 && c < 0xf0:
			*l = lead{0xc0c000, 0x808000, 3}
		case c >= 0xf0 && c < 0xf4:
			*l = lead{0xc0c0c000, 0x80808000, 4}
		case c == 0xf4:
			*l = lead{0xc0c0f000, 0x80808000, 4}
		default:
			*l = lead{0, 1, 0}
		}
	}
	return out
}()

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
		for i+4 <= len(p) && p[i] >= utf8.RuneSelf {
			l := &leads[p[i]]
			x := binary.LittleEndian.Uint32(p[i:])
			if x&l.mask != l.want || x&0x30ff == 0xf0 {
				return false
			}
			i += int(l.size)
		}
		if i+4 > len(p) {
			return utf8.Valid(p[i:])
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
