package log

import (
	"bytes"
	"encoding/binary"

	"github.com/leatdb/leat/log/batch"
)

// entryWriter gathers an entry: what is small in one buffer, large batches where they are until the entry is joined,
// which copies each once into memory that nobody clears first.
type entryWriter struct {
	small []byte
	large []largeBatch
	bulk  int // bytes of large, with their padding
}

// largeBatch goes into the entry before the byte of small that at names.
type largeBatch struct {
	at    int
	batch []byte
}

// begin starts an entry made at now (Unix ms).
func (w *entryWriter) begin(now int64) {
	clear(w.large)
	w.small, w.large, w.bulk = append(w.small[:0], make([]byte, entryHeader)...), w.large[:0], 0
	w.small[0] = entryVersion
	binary.LittleEndian.PutUint64(w.small[1:], uint64(now))
}

// add appends c to the entry; its batches are lent until the entry is joined.
func (w *entryWriter) add(c command) {
	at := len(w.small) + w.bulk
	head := len(w.small)
	w.small = append(w.small, byte(c.kind()), 0, 0, 0, 0)
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
		if len(it.batch) < readInPlace {
			w.small = append(w.small, it.batch...)
			continue
		}
		w.large = append(w.large, largeBatch{len(w.small), it.batch})
		w.bulk += len(it.batch) + batch.Pad
	}
}

// join gives the entry's bytes in memory of their own, with batch.Pad readable bytes behind them.
func (w *entryWriter) join() []byte {
	parts := make([][]byte, 0, 3*len(w.large)+2)
	from := 0
	for _, l := range w.large {
		parts = append(parts, w.small[from:l.at], l.batch, padding[:])
		from = l.at
	}
	parts = append(parts, w.small[from:], padding[:])
	b := bytes.Join(parts, nil)
	return b[: len(b)-batch.Pad : len(b)]
}

// padding stands behind every batch that is read where it lies.
var padding [batch.Pad]byte
