package vec

import "math/bits"

// Bitmap is one bit a row, least significant bit first, as in Arrow. nil means
// what its owner says it means (all valid, none deleted).
type Bitmap []byte

// NewBitmap makes a bitmap of n clear bits.
func NewBitmap(n int) Bitmap { return make(Bitmap, (n+7)/8) }

// Get reads bit i.
func (b Bitmap) Get(i int) bool { return b[i>>3]&(1<<(i&7)) != 0 }

// Set sets bit i.
func (b Bitmap) Set(i int) { b[i>>3] |= 1 << (i & 7) }

// Clear clears bit i.
func (b Bitmap) Clear(i int) { b[i>>3] &^= 1 << (i & 7) }

// SetTo writes bit i.
func (b Bitmap) SetTo(i int, v bool) {
	if v {
		b.Set(i)
	} else {
		b.Clear(i)
	}
}

// Fill sets the first n bits.
func (b Bitmap) Fill(n int) {
	for i := range b {
		b[i] = 0xff
	}
	if r := n & 7; r != 0 && len(b) > 0 {
		b[n>>3] &= 1<<r - 1
	}
}

// Count is the number of set bits among the first n.
func (b Bitmap) Count(n int) int {
	c := 0
	for i := 0; i < n>>3; i++ {
		c += bits.OnesCount8(b[i])
	}
	if r := n & 7; r != 0 {
		c += bits.OnesCount8(b[n>>3] & (1<<r - 1))
	}
	return c
}
