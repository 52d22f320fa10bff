package types

import (
	"encoding/binary"
	"math/bits"
)

// IntRoom is the room that PutInt needs behind its place.
const IntRoom = 32

// PutInt writes x in base 10 at a place of out and gives the place behind it.
// Bytes behind that are written too.
func PutInt(out []byte, at int, x int64) int {
	u := uint64(x)
	if x < 0 {
		out[at] = '-'
		at, u = at+1, -u
	}
	if u < 1e8 {
		return putFirst(out, at, u)
	}
	high, low := u/1e8, u%1e8
	if high < 1e8 {
		at = putFirst(out, at, high)
	} else {
		at = putFirst(out, at, high/1e8)
		binary.LittleEndian.PutUint64(out[at:], EightDigits(high%1e8))
		at += 8
	}
	binary.LittleEndian.PutUint64(out[at:], EightDigits(low))
	return at + 8
}

// powers are those of ten, the first 0 so that 0 has a digit.
var powers = [...]uint64{0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// putFirst writes a number below 1e8 without zeros in front. How many digits it
// has is found without them, so that nothing waits for them.
func putFirst(out []byte, at int, u uint64) int {
	n := bits.Len64(u) * 1233 >> 12 // or one less
	if u >= powers[n] {
		n++
	}
	binary.LittleEndian.PutUint64(out[at:], EightDigits(u)>>(64-8*uint(n)))
	return at + n
}

// EightDigits are those of a number below 1e8, the first in the lowest byte: it is
// cut into halves, quarters and digits side by side in one word.
func EightDigits(u uint64) uint64 {
	x := u/1e4 | u%1e4<<32
	q := x * 10486 >> 20 & 0x0000007f_0000007f // hundredths, right below 1e4
	x = q | (x-q*100)<<16
	q = x * 103 >> 10 & 0x000f000f_000f000f // tenths, right below 100
	return (q | (x-q*10)<<8) + 0x3030303030303030
}
