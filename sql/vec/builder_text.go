package vec

import (
	"encoding/binary"
	"slices"
)

// Room lends n bytes behind the text appended so far, for EndBytes.
func (b *Builder) Room(n int) []byte {
	if d := b.v.Data; cap(d)-len(d) >= n {
		return d[len(d) : len(d)+n]
	}
	return b.moreRoom(n)
}

func (b *Builder) moreRoom(n int) []byte {
	if b.cold {
		b.grow()
	}
	b.v.Data = slices.Grow(b.v.Data, n)
	at := len(b.v.Data)
	return b.v.Data[at : at+n]
}

// EndBytes appends the first n bytes that were put into the room as a value.
func (b *Builder) EndBytes(n int) {
	if b.n+1 >= len(b.v.Off) {
		b.grow()
	}
	n += len(b.v.Data)
	b.v.Data = b.v.Data[:n]
	b.end(n)
}

// Eight bytes at once: a byte's answer is in its high bit.
const ones, highs = 0x0101010101010101, 0x8080808080808080

// AppendASCII appends the n bytes at i of p, which has them, when they are ASCII
// without U+0000; false: they are not, and nothing has been appended. It reads
// p around them too.
func (b *Builder) AppendASCII(p []byte, i, n int) bool {
	if cap(b.v.Data)-len(b.v.Data) < n+16 {
		b.moreRoom(n + 16)
	}
	if b.n+1 >= len(b.v.Off) {
		b.grow()
	}
	at := len(b.v.Data)
	dst := b.v.Data[at:cap(b.v.Data)]
	var odd uint64
	if n <= 16 && i+16 <= len(p) { // without branches: lengths are as good as random
		x, y := binary.LittleEndian.Uint64(p[i:]), binary.LittleEndian.Uint64(p[i+8:])
		binary.LittleEndian.PutUint64(dst, x)
		binary.LittleEndian.PutUint64(dst[8:], y)
		short := uint(min(n, 8))
		odd = (x|(x-ones))&(highs>>(64-8*short)) | (y|(y-ones))&(highs>>(64-8*(uint(n)-short)))
	} else {
		odd = oddBytes(p[i : i+n])
		copy(dst, p[i:i+n])
	}
	if odd&highs != 0 {
		return false
	}
	b.v.Data = b.v.Data[:at+n]
	b.end(at + n)
	return true
}

// oddBytes has a high bit when p has U+0000 or what is no ASCII.
func oddBytes(p []byte) (odd uint64) {
	n := len(p)
	if n < 8 {
		for _, c := range p {
			odd |= uint64(c | (c - 1))
		}
		return odd
	}
	x := binary.LittleEndian.Uint64(p[n-8:])
	odd = x | (x - ones)
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
	return odd
}
