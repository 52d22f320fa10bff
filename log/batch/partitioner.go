package batch

import "encoding/binary"

// Murmur2 is the hash that Kafka's clients partition by: 32-bit MurmurHash2 with Kafka's seed.
func Murmur2(key []byte) uint32 {
	const (
		seed = 0x9747b28c
		m    = 0x5bd1e995
		r    = 24
	)
	h := uint32(seed) ^ uint32(len(key))
	for len(key) >= 4 {
		k := binary.LittleEndian.Uint32(key) * m
		k = (k ^ k>>r) * m
		h = h*m ^ k
		key = key[4:]
	}
	switch len(key) {
	case 3:
		h ^= uint32(key[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(key[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(key[0])) * m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

// PartitionFor is the partition of key among n, as Kafka's clients choose it; a nil key goes round robin by rr.
func PartitionFor(key []byte, n int32, rr uint32) int32 {
	if key == nil {
		return int32(rr % uint32(n))
	}
	return int32(Murmur2(key)&0x7fffffff) % n
}
