package log

import (
	"encoding/binary"

	"github.com/leatdb/leat/log/batch"
)

// entryWriter gathers an entry: what is small in one buffer, large batches where they are until the entry is joined,
// which copies each once into memory that nobody clears first.
type entryWriter struct {
	small []byte
	large []largeBatch
	bulk  int         // bytes of large, with their padding
	own   *batch.Room // of the command added last; nil: it has none
}

// largeBatch goes into the entry before the byte of small that at names.
type largeBatch struct {
	at    int
	batch []byte
}

// begin starts an entry made at now (Unix ms).
func (w *entryWriter) begin(now int64) {
	clear(w.large)
	w.small, w.large, w.bulk, w.own = append(w.small[:0], make([]byte, entryHeader)...), w.large[:0], 0, nil
	w.small[0] = entryVersion
	binary.LittleEndian.PutUint64(w.small[1:], uint64(now))
}

// add appends c to the entry; its batches are lent until the entry is joined.
func (w *entryWriter) add(c command) {
	at := len(w.small) + w.bulk
	head := len(w.small)
	w.small, w.own = append(w.small, byte(c.kind()), 0, 0, 0, 0), nil
	c.encode(w)
	binary.LittleEndian.PutUint32(w.small[head+1:], uint32(len(w.small)+w.bulk-at-commandHeader))
	binary.LittleEndian.PutUint32(w.small[9:], binary.LittleEndian.Uint32(w.small[9:])+1)
}

// items appends items, leaving large batches where they are.
func (w *entryWriter) items(items []appendItem) {
	w.small = binary.AppendUvarint(w.small, uint64(len(items)))
	for i := range items {
		it := &items[i]
		w.small = binary.AppendUvarint(w.small, it.topic)
		w.small = binary.AppendVarint(w.small, int64(it.partition))
		w.small = binary.AppendVarint(w.small, it.expected)
		w.small = binary.AppendUvarint(w.small, uint64(len(it.batch)))
		w.batch(it.batch)
	}
}

// batch appends the bytes of one, or leaves them where they are.
func (w *entryWriter) batch(b []byte) {
	if len(b) < readInPlace {
		w.small = append(w.small, b...)
		return
	}
	w.large = append(w.large, largeBatch{len(w.small), b})
	w.bulk += len(b) + batch.Pad
}

// join gives the entry's bytes in memory of their own, with batch.Pad readable bytes behind them.
func (w *entryWriter) join() []byte {
	if b := w.joinInPlace(); b != nil {
		return b
	}
	n := len(w.small) + w.bulk
	b := w.room(n)
	from := 0
	for _, l := range w.large {
		b = append(append(append(b, w.small[from:l.at]...), l.batch...), padding[:]...)
		from = l.at
	}
	b = append(append(b, w.small[from:]...), padding[:]...)
	return b[:n:len(b)]
}

// room gives memory for an entry of n bytes and its padding. That of a large one ends, as its record in the WAL does,
// with a block, so that no part of it has to be copied there.
func (w *entryWriter) room(n int) []byte {
	if n < walInPlace {
		return make([]byte, 0, n+batch.Pad)
	}
	b := batch.Uncleared(n + walBlock + batch.Pad)
	skip := -(int(placeOf(b)) + n + walPadding(n)) & (walBlock - 1)
	return b[skip:skip:len(b)]
}

// padding stands behind every batch that is read where it lies.
var padding [batch.Pad]byte
