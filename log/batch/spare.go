package batch

import "sync"

// spareBytes is the capacity from which a buffer is worth being kept.
const spareBytes = 64 << 10

// spares are buffers of batches that nobody needs any more, for builders: a fresh one would have to be cleared first.
// The garbage collector empties it.
var spares sync.Pool

// Release gives the buffer of a batch that Bytes gave back to builders; nobody may hold any part of it.
func Release(b []byte) {
	if cap(b) >= spareBytes {
		spares.Put(&b)
	}
}

// takeSpare gives an empty buffer with room for n bytes; nil when there is none.
func takeSpare(n int) []byte {
	if n < spareBytes {
		return nil
	}
	b, ok := spares.Get().(*[]byte)
	if !ok || cap(*b) < n {
		return nil
	}
	return (*b)[:0]
}
