package codec

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/leatdb/leat/sql/types"
)

// appendText is appendQuoted, quick for text without escapes.
func appendText(dst, s []byte) []byte {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if stops(binary.LittleEndian.Uint64(s[i:])) != 0 {
			return types.AppendJSONString(dst, s)
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			return types.AppendJSONString(dst, s)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

// pairs are the numbers below 100 in two digits each.
const pairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"

// powers are those of ten, the first 0 so that 0 has a digit.
var powers = [...]uint64{0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// appendInt is strconv.AppendInt in base 10, written in place.
func appendInt(dst []byte, x int64) []byte {
	u := uint64(x)
	if x < 0 {
		dst, u = append(dst, '-'), -u
	}
	n := bits.Len64(u) * 1233 >> 12 // digits, or one less
	if u >= powers[n] {
		n++
	}
	at := len(dst) + n
	dst = slices.Grow(dst, n)[:at]
	for u >= 100 {
		q := u / 100
		r := 2 * (u - 100*q)
		dst[at-1], dst[at-2] = pairs[r+1], pairs[r]
		at, u = at-2, q
	}
	dst[at-1] = pairs[2*u+1]
	if u >= 10 {
		dst[at-2] = pairs[2*u]
	}
	return dst
}

// dayText remembers the text of the last day written, since days repeat.
type dayText struct {
	from, to int64    // µs; equal: none yet
	text     [11]byte // yyyy-mm-ddT
}

// appendInstant is types.AppendTimestampISO.
func (d *dayText) appendInstant(dst []byte, us int64) []byte {
	if us < d.from || us >= d.to {
		if !d.learn(us) {
			return types.AppendTimestampISO(dst, us)
		}
	}
	at := us - d.from
	seconds, frac := at/types.MicrosPerSecond, at%types.MicrosPerSecond
	h, m, s := seconds/3600, seconds/60%60, seconds%60
	dst = append(dst, d.text[:]...)
	dst = append(dst, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10))
	if frac == 0 {
		return append(dst, 'Z')
	}
	ms, rest := frac/1000, frac%1000
	dst = append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	if rest != 0 {
		dst = append(dst, byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
	return append(dst, 'Z')
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
