package batch

import "hash/crc32"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// UpdateSum is the checksum (CRC-32C) of bytes that have crc with b behind them.
func UpdateSum(crc uint32, b []byte) uint32 {
	if wideSum && len(b) >= wideFrom {
		n := len(b) &^ (wideStep - 1)
		crc = foldSum(crc, b[:n])
		b = b[n:]
	}
	return crc32.Update(crc, castagnoli, b)
}

// Bytes are folded wideStep at a time once there are wideFrom: below, that costs more than it saves.
const (
	wideStep = 256
	wideFrom = 16 * wideStep
)

// foldSum is crc32.Update of some times wideStep bytes: they are folded, wideStep onto the next, to 64 that have the same
// remainder, which is taken as that of any others.
func foldSum(crc uint32, b []byte) uint32 {
	var rest [64]byte
	foldWide(&b[0], len(b), ^crc, &foldBy, &rest)
	return crc32.Update(^uint32(0), castagnoli, rest[:])
}

// foldBy holds what the two words of 16 bytes are multiplied by to stand 256 bytes further on, and 64.
var foldBy = [4]uint64{powerOf(256*8 + 32), powerOf(256*8 - 32), powerOf(64*8 + 32), powerOf(64*8 - 32)}

// powerOf is x^n modulo Castagnoli's polynomial with its bits reversed, the highest of 33 that of x^0: carry-less products
// of words with reversed bits stand one bit too low.
func powerOf(n int) uint64 {
	p := uint32(1) << 31
	for range n {
		p = p>>1 ^ crc32.Castagnoli&-(p&1)
	}
	return uint64(p) << 1
}
