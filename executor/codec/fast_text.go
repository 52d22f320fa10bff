package codec

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/leatdb/leat/sql/types"
)

// Text is written eight bytes at a time, so that some behind it are written too and then overwritten: whoever calls
// a put function has made room for them.
func putWord(out []byte, at int, x uint64) { binary.LittleEndian.PutUint64(out[at:], x) }

// escapes has a high bit for bytes of x that JSON escapes: a quote, a backslash, a control character. The lowest is
// right, those above it may be wrong; zero when there is none.
func escapes(x uint64) uint64 {
	quote, slash := x^ones*'"', x^ones*'\\'
	return ((x-ones*' ')&^x | (quote-ones)&^quote | (slash-ones)&^slash) & highs
}

// appendText is types.AppendJSONString: what needs no escapes is copied as a whole.
func appendText(dst, s []byte) []byte {
	dst = append(dst, '"')
	for {
		i := plainText(s)
		dst = append(dst, s[:i]...)
		if i == len(s) {
			return append(dst, '"')
		}
		dst = appendEscape(dst, s[i])
		s = s[i+1:]
	}
}

// plainText is how far s needs no escapes.
func plainText(s []byte) int {
	i := 0
	for ; i+16 <= len(s); i += 16 {
		if stops(word(s, i))|stops(word(s, i+8)) != 0 {
			break
		}
	}
	for ; i+8 <= len(s); i += 8 {
		if m := escapes(word(s, i)); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// appendInt is strconv.AppendInt in base 10.
func appendInt(dst []byte, x int64) []byte {
	dst = slices.Grow(dst, types.IntRoom)
	return dst[:types.PutInt(dst[:cap(dst)], len(dst), x)]
}

// instantText remembers the text of the last second written, and the day's, since both repeat.
type instantText struct {
	from int64 // µs of the second
	head [24]byte
	day  dayText
}

// instantRoom is what put needs.
const instantRoom = 40

// put writes types.AppendTimestampISO in quotes; false for years that are not written with four digits.
func (t *instantText) put(out []byte, at int, us int64) (int, bool) {
	d := us - t.from
	if uint64(d) >= types.MicrosPerSecond || t.head[0] == 0 {
		if !t.learn(us) {
			return at, false
		}
		d = us - t.from
	}
	putWord(out, at, word(t.head[:], 0))
	putWord(out, at+8, word(t.head[:], 8))
	putWord(out, at+16, word(t.head[:], 16))
	at += len(`"yyyy-mm-ddThh:mm:ss`)
	if d == 0 {
		out[at], out[at+1] = 'Z', '"'
		return at + 2, true
	}
	ms, rest := uint64(d)/1000, uint64(d)%1000
	putWord(out, at, '.'|threeDigits(ms)<<8|'Z'<<32|'"'<<40)
	if rest == 0 {
		return at + 6, true
	}
	putWord(out, at+4, threeDigits(rest)|'Z'<<24|'"'<<32)
	return at + 9, true
}

// threeDigits are those of a number below 1000, the first in the lowest byte.
func threeDigits(u uint64) uint64 {
	return (u/100 | u/10%10<<8 | u%10<<16) + '0'*0x010101
}

func (t *instantText) learn(us int64) bool {
	if (us < t.day.from || us >= t.day.to) && !t.day.learn(us) {
		return false
	}
	seconds := (us - t.day.from) / types.MicrosPerSecond
	t.from = t.day.from + seconds*types.MicrosPerSecond
	h, m, s := seconds/3600, seconds/60%60, seconds%60
	t.head[0] = '"'
	at := 1 + copy(t.head[1:], t.day.text[:])
	copy(t.head[at:], []byte{byte('0' + h/10), byte('0' + h%10), ':', byte('0' + m/10), byte('0' + m%10), ':', byte('0' + s/10), byte('0' + s%10)})
	return true
}

// dayText remembers the text of the last day written.
type dayText struct {
	from, to int64    // µs; equal: none yet
	text     [11]byte // yyyy-mm-ddT
}

// learn takes the day of us as the last one; false for days that are not
// written with four digits of a year.
func (d *dayText) learn(us int64) bool {
	if us < 0 || us >= 253402300800*types.MicrosPerSecond { // 1970 to 9999
		return false
	}
	from := us - us%types.MicrosPerDay
	text := types.AppendTimestampISO(nil, from)
	if len(text) != 20 {
		return false
	}
	d.from, d.to, d.text = from, from+types.MicrosPerDay, [11]byte(text)
	return true
}
