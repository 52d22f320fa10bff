package codec

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/leatdb/leat/sql/vec"
)

// atOnce is the bytes that are copied at once: text up to there, of whatever
// length, costs no branch on it.
const atOnce = 32

// textAt writes the text at i as the value of row and gives its end; 0 when it
// is left to be appended with care, nothing having happened then.
func (a *avroReader) textAt(v *vec.Vec, p []byte, i, row int) int {
	if i+1 >= len(p) {
		return 0
	}
	n := int(p[i])
	i++
	if n >= 0x80 {
		n = n&0x7f | int(p[i])<<7
		i++
		if p[i-1] >= 0x80 {
			return 0
		}
	}
	if n&1 != 0 {
		return 0
	}
	n >>= 1
	at, end := len(v.Data), i+n
	if end > len(p) || at+n+atOnce > min(cap(v.Data), math.MaxInt32) || row+1 >= len(v.Off) {
		return 0
	}
	dst := v.Data[at : at+n+atOnce]
	var odd uint64
	switch {
	case n <= atOnce && i+atOnce <= len(p):
		odd = copyUpTo32(dst, p[i:], n)
	case n <= 16 && i+16 <= len(p):
		odd = copyUpTo16(dst, p[i:], n)
	default:
		odd = copyText(dst, p[i:end])
	}
	if odd&highs != 0 && !a.rules.wideText(p[i:end]) {
		return 0
	}
	v.Data = v.Data[:at+n]
	v.Off[row+1] = int32(at + n)
	return end
}

// wideText tells whether what is not ASCII is text.
func (r rules) wideText(p []byte) bool {
	return validUTF8(p) && (r.ksql || bytes.IndexByte(p, 0) < 0)
}

// firstBytes has at 32-n a mask of the high bits of the first n of 32 bytes.
var firstBytes = func() (out [64]byte) {
	for i := range 32 {
		out[i] = 0x80
	}
	return out
}()

// odd is what odd8 is of eight bytes: a high bit when one of them is U+0000 or
// no ASCII; the other bits mean nothing.
func odd8(x uint64) uint64 { return x | (x - ones) }

// copyUpTo32 copies 32 bytes; the answer is odd8 of the first n of them.
func copyUpTo32(dst, src []byte, n int) uint64 {
	le := binary.LittleEndian
	d, s, m := (*[32]byte)(dst), (*[32]byte)(src), (*[32]byte)(firstBytes[32-n:])
	x, y, z, w := le.Uint64(s[0:]), le.Uint64(s[8:]), le.Uint64(s[16:]), le.Uint64(s[24:])
	le.PutUint64(d[0:], x)
	le.PutUint64(d[8:], y)
	le.PutUint64(d[16:], z)
	le.PutUint64(d[24:], w)
	return odd8(x)&le.Uint64(m[0:]) | odd8(y)&le.Uint64(m[8:]) | odd8(z)&le.Uint64(m[16:]) | odd8(w)&le.Uint64(m[24:])
}

// copyUpTo16 is copyUpTo32 of 16 bytes.
func copyUpTo16(dst, src []byte, n int) uint64 {
	le := binary.LittleEndian
	d, s, m := (*[16]byte)(dst), (*[16]byte)(src), (*[16]byte)(firstBytes[32-n:])
	x, y := le.Uint64(s[0:]), le.Uint64(s[8:])
	le.PutUint64(d[0:], x)
	le.PutUint64(d[8:], y)
	return odd8(x)&le.Uint64(m[0:]) | odd8(y)&le.Uint64(m[8:])
}

// copyText copies src, which nothing may be read behind, and is odd8 of it. dst
// is longer.
func copyText(dst, src []byte) (odd uint64) {
	n := len(src)
	if n >= 32 {
		for i := 0; i+32 < n; i += 32 {
			odd |= copy32(dst[i:], src[i:])
		}
		return odd | copy32(dst[n-32:], src[n-32:])
	}
	le := binary.LittleEndian
	switch {
	case n >= 8:
		for i := 0; i+8 < n; i += 8 {
			x := le.Uint64(src[i:])
			le.PutUint64(dst[i:], x)
			odd |= odd8(x)
		}
		x := le.Uint64(src[n-8:])
		le.PutUint64(dst[n-8:], x)
		return odd | odd8(x)
	case n >= 4:
		x := uint64(le.Uint32(src)) | uint64(le.Uint32(src[n-4:]))<<32
		le.PutUint32(dst, uint32(x))
		le.PutUint32(dst[n-4:], uint32(x>>32))
		return odd8(x)
	}
	for i, c := range src {
		dst[i] = c
		odd |= uint64(c | (c - 1))
	}
	return odd
}

// copy32 copies 32 bytes and is odd8 of them.
func copy32(dst, src []byte) uint64 {
	le := binary.LittleEndian
	d, s := (*[32]byte)(dst), (*[32]byte)(src)
	x, y, z, w := le.Uint64(s[0:]), le.Uint64(s[8:]), le.Uint64(s[16:]), le.Uint64(s[24:])
	le.PutUint64(d[0:], x)
	le.PutUint64(d[8:], y)
	le.PutUint64(d[16:], z)
	le.PutUint64(d[24:], w)
	return x | y | z | w | (x - ones) | (y - ones) | (z - ones) | (w - ones)
}
