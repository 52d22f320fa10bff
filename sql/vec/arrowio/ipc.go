package arrowio

import (
	"bytes"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Writer writes batches as one IPC stream.
type Writer struct {
	schema types.Schema
	w      *ipc.Writer
}

// NewWriter begins a stream of batches of schema on w.
func NewWriter(w io.Writer, schema types.Schema) *Writer {
	return &Writer{schema: schema, w: ipc.NewWriter(w, ipc.WithSchema(Schema(schema)))}
}

// Write writes the live rows of b.
func (w *Writer) Write(b *vec.Batch) error {
	rec, err := ToRecord(w.schema, b)
	if err != nil {
		return err
	}
	if err := w.w.Write(rec); err != nil {
		return fmt.Errorf("write arrow record: %w", err)
	}
	return nil
}

// Close ends the stream; the underlying writer stays open.
func (w *Writer) Close() error {
	if err := w.w.Close(); err != nil {
		return fmt.Errorf("end arrow stream: %w", err)
	}
	return nil
}

// WriteIPC writes a whole stream.
func WriteIPC(w io.Writer, schema types.Schema, batches []*vec.Batch) error {
	out := NewWriter(w, schema)
	for _, b := range batches {
		if err := out.Write(b); err != nil {
			return err
		}
	}
	return out.Close()
}

// ReadIPC reads a whole stream held in memory. Batches that are damaged give
// XX001 (a type we do not read 0A000), never a panic. The schema message is
// trusted: Arrow's decoder believes the counts in it, so a stream must come from
// a writer one knows.
func ReadIPC(stream []byte) (schema types.Schema, batches []*vec.Batch, err error) {
	defer func() { // Arrow's decoder panics on some malformed input
		if p := recover(); p != nil {
			schema, batches, err = nil, nil, malformed("%v", p)
		}
	}()
	if err := checkFrames(stream); err != nil {
		return nil, nil, err
	}
	mem := &boundedAllocator{left: 2*len(stream) + 1<<16}
	r, err := ipc.NewReader(bytes.NewReader(stream), ipc.WithAllocator(mem))
	if err != nil {
		return nil, nil, malformed("%v", err)
	}
	if schema, err = SchemaOf(r.Schema()); err != nil {
		return nil, nil, err
	}
	for r.Next() {
		b, err := FromRecord(schema, r.Record())
		if err != nil {
			return nil, nil, err
		}
		r.Record().Retain() // the batch shares its memory
		batches = append(batches, b)
	}
	if err := r.Err(); err != nil && err != io.EOF {
		return nil, nil, malformed("%v", err)
	}
	return schema, batches, nil
}

// boundedAllocator ends the reading of a stream that asks for more memory than
// it can fill: the lengths in a message are believed before its bytes are read.
type boundedAllocator struct {
	memory.GoAllocator
	left int
}

// Allocate counts what is asked for. It panics, since Arrow's interface has no
// error; ReadIPC recovers.
func (a *boundedAllocator) Allocate(size int) []byte {
	if a.left -= size; a.left < 0 {
		panic("more memory asked for than the stream has bytes")
	}
	return a.GoAllocator.Allocate(size)
}

// Reallocate counts the growth.
func (a *boundedAllocator) Reallocate(size int, b []byte) []byte {
	if a.left -= max(0, size-len(b)); a.left < 0 {
		panic("more memory asked for than the stream has bytes")
	}
	return a.GoAllocator.Reallocate(size, b)
}
