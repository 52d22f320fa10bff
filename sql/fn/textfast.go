package fn

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/vec"
)

// Kernels of the hottest text functions. They look at the whole data buffer
// first: ASCII, the common case, needs no look at single characters.

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// span is the bytes the vector's values lie in.
func span(v *vec.Vec) []byte { return v.Data[v.Off[0]:v.Off[v.N]] }

func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&highs != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// flipCase changes the case bit of the ASCII letters first to first+25.
func flipCase(dst, src []byte, first byte) {
	ge, gt := (0x80-uint64(first))*ones, (0x7f-uint64(first+25))*ones
	i := 0
	for ; i+8 <= len(src); i += 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		in := ((w + ge) ^ (w + gt)) & highs
		binary.LittleEndian.PutUint64(dst[i:], w^in>>2)
	}
	for ; i < len(src); i++ {
		c := src[i]
		if c >= first && c <= first+25 {
			c ^= 0x20
		}
		dst[i] = c
	}
}

// caseKernel is upper (first 'a') and lower (first 'A').
func caseKernel(first byte, slow func(dst, s []byte) []byte) Kernel {
	bySlot := bytesToBytes(slow)
	return func(c *Call) vec.Vec {
		x := c.Args[0]
		src := span(x)
		if !isASCII(src) {
			return bySlot(c)
		}
		out := vec.Vec{Type: c.Ret, N: c.N, Off: x.Off, Data: make([]byte, x.Off[x.N])}
		flipCase(out.Data[x.Off[0]:], src, first)
		return out
	}
}

// lengthKernel counts characters.
func lengthKernel(c *Call) vec.Vec {
	x := c.Args[0]
	out := vec.Vec{Type: c.Ret, N: c.N, I64: make([]int64, c.N)}
	if isASCII(span(x)) {
		for i := range c.N {
			out.I64[i] = int64(x.Off[i+1] - x.Off[i])
		}
		return out
	}
	c.each(func(i int) { out.I64[i] = int64(utf8.RuneCount(x.Str(i))) })
	return out
}
