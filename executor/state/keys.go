package state

import "github.com/cespare/xxhash/v2"

// Keys are the encoded keys of a batch. To add one, append its bytes to Data
// and call End.
type Keys struct {
	Data []byte
	off  []int32
	hash []uint32
}

// Reset forgets the keys and keeps the memory.
func (k *Keys) Reset() {
	k.Data, k.hash = k.Data[:0], k.hash[:0]
	k.off = append(k.off[:0], 0)
}

// End closes the key whose bytes were appended to Data since the last End.
func (k *Keys) End() {
	start := k.off[len(k.off)-1]
	k.off = append(k.off, int32(len(k.Data)))
	k.hash = append(k.hash, tagOf(k.Data[start:]))
}

// Len is the number of keys.
func (k *Keys) Len() int { return len(k.hash) }

// Key is key i, lent until Reset.
func (k *Keys) Key(i int) []byte { return k.Data[k.off[i]:k.off[i+1]] }

func tagOf(key []byte) uint32 { return uint32(xxhash.Sum64(key) >> 32) }
