package log

import (
	"hash/crc32"
	"math/bits"

	"github.com/leatdb/leat/log/batch"
)

// sumInPlace is the size from which the checksum that a batch carries stands for its bytes in that of its entry: a
// smaller one is walked sooner than its checksum is moved.
const sumInPlace = 16 << 10

// sum is the checksum of b, which join gave. The bytes of large batches are not walked: their checksums were made by
// our builder, or compared when a producer's batch was validated.
func (w *entryWriter) sum(b []byte) uint32 {
	var crc uint32
	from, bulk := 0, 0
	for _, l := range w.large {
		at := l.at + bulk
		bulk += len(l.batch) + batch.Pad
		if len(l.batch) < sumInPlace {
			continue
		}
		own, skip := batch.Sum(l.batch)
		crc = batch.UpdateSum(crc, b[from:at+skip])
		crc = joinSums(crc, own, len(l.batch)-skip)
		from = at + len(l.batch)
	}
	return batch.UpdateSum(crc, b[from:])
}

// joinSums is the checksum of two pieces of bytes, one behind the other, from their own; the second has n bytes.
func joinSums(first, second uint32, n int) uint32 {
	shift := uint32(1) << 31 // x^0
	for rest := uint(n); rest != 0; rest &= rest - 1 {
		shift = timesModulo(shift, byteShifts[bits.TrailingZeros(rest)])
	}
	return timesModulo(shift, first) ^ second
}

// byteShifts holds x^(8*2^i) modulo Castagnoli's polynomial: what a checksum is multiplied by when 2^i bytes follow.
var byteShifts = func() (t [bits.UintSize]uint32) {
	t[0] = 1 << (31 - 8)
	for i := 1; i < len(t); i++ {
		t[i] = timesModulo(t[i-1], t[i-1])
	}
	return t
}()

// timesModulo multiplies two polynomials modulo Castagnoli's; the highest bit is the coefficient of x^0.
func timesModulo(a, b uint32) uint32 {
	var product uint32
	for ; a != 0; a <<= 1 {
		product ^= b & -(a >> 31)
		b = b>>1 ^ crc32.Castagnoli&-(b&1)
	}
	return product
}

// sumOf is the checksum of an entry that is under way, known by where it lies; false when it was not made.
func (p *proposer) sumOf(entry []byte) (crc uint32, ok bool) {
	if len(entry) < walInPlace {
		return 0, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.mu.flying {
		if &f.entry[0] == &entry[0] && len(f.entry) == len(entry) {
			return f.sum, true
		}
	}
	return 0, false
}
