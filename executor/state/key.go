package state

import "unsafe"

// The first two words of a table's row hold its key: a byte of its length + 1 and
// its bytes, or, when it is longer than that, a byte inArena and in the second word
// its place and length. A freed row has 0.
const (
	keyWords = 2
	inlined  = 8*keyWords - 1 // bytes
	inArena  = 0xff
)

// setKey stores the key of a fresh row.
func (t *Table) setKey(r Row, key []byte) {
	w := t.slab.Words(r)
	b := bytesOf(w)
	if len(key) > inlined {
		b[0] = inArena
		w[1] = int64(uint64(t.slab.arena.put(key))<<32 | uint64(uint32(len(key))))
		return
	}
	b[0] = byte(len(key) + 1)
	copy(b[1:], key)
}

// dropKey forgets the key of a row that is about to be freed.
func (t *Table) dropKey(r Row) {
	if w := t.slab.Words(r); bytesOf(w)[0] == inArena {
		t.slab.drop(w[1])
	}
}

// Key is the key of a row, lent until the next insertion.
func (t *Table) Key(r Row) []byte {
	s := &t.slab
	return keyOf(s.peek(r)[s.blobs:], s.arena.chunks)
}

func keyOf(w []int64, chunks [][]byte) []byte {
	b := bytesOf(w)
	if n := b[0]; n != inArena {
		return b[1:n]
	}
	return blobOf(w[1], chunks)
}

// bytesOf is the memory of a key's words, byte by byte.
func bytesOf(w []int64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w[:keyWords]))), 8*keyWords)
}
