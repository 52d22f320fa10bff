package state

import (
	"encoding/binary"
	"io"
)

// AppendBytes writes a length and the bytes.
func AppendBytes(dst, p []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(p)))
	return append(dst, p...)
}

// AppendWord writes a 64-bit word.
func AppendWord(dst []byte, x int64) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(x))
}

// AppendUvarint writes an unsigned number.
func AppendUvarint(dst []byte, x uint64) []byte { return binary.AppendUvarint(dst, x) }

// writerBytes is how much a Writer hands on at a time.
const writerBytes = 256 << 10

// Writer hands state on in large pieces. The first failure sticks.
type Writer struct {
	dst io.Writer
	b   []byte
	err error
}

// NewWriter writes to dst, which is called with at least writerBytes but for the
// last time.
func NewWriter(dst io.Writer) *Writer { return &Writer{dst: dst} }

// Write adds bytes.
func (w *Writer) Write(p []byte) {
	w.b = append(w.b, p...)
	w.spill()
}

func (w *Writer) spill() {
	if len(w.b) >= writerBytes {
		w.hand()
	}
}

func (w *Writer) hand() {
	if w.err == nil && len(w.b) > 0 {
		_, w.err = w.dst.Write(w.b)
	}
	w.b = w.b[:0]
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// Flush hands on what is left, and gives the first failure.
func (w *Writer) Flush() error {
	w.hand()
	return w.err
}
