package codec

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/vec"
)

// textRoom is the room that escapedText wants behind what it writes.
const textRoom = 64

// escapedText writes the text of the JSON string that begins at i, of a record
// that is UTF-8, to dst, which has room for the rest of b and textRoom more:
// escapes undone and checked. end is behind its quote; -1: it is no text, or has
// a U+0000 that the rules do not allow.
func (x *directReader) escapedText(dst, b []byte, i int) (n, end int) {
	for {
		w := x.marks.from(i)
		k := bits.TrailingZeros64(w) // 64 without a mark
		if i+textRoom <= len(b) {
			vec.CopyWindow(dst[n:], b[i:])
		} else {
			copy(dst[n:], b[i:])
		}
		if i, n = i+k, n+k; w == 0 {
			continue
		}
		if i+1 >= len(b) {
			return 0, -1
		}
		if b[i] != '\\' {
			if b[i] != '"' {
				return 0, -1
			}
			return n, i + 1
		}
		if c := plainEscapes[b[i+1]]; c != 0 {
			dst[n] = c
			i, n = i+2, n+1
			continue
		}
		r, size := unicodeEscape(b[i:])
		if size == 0 || r == 0 && !x.rules.ksql {
			return 0, -1
		}
		n += utf8.EncodeRune(dst[n:], r)
		i += size
	}
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
