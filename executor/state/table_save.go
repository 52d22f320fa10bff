package state

import (
	"encoding/binary"

	"github.com/leatdb/leat/sql/sqlerr"
)

// AppendBytes writes a length and the bytes.
func AppendBytes(dst, p []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(p)))
	return append(dst, p...)
}

// Reader reads what the Save methods wrote. The first failure sticks: what
// follows is zero values.
type Reader struct {
	b   []byte
	err error
}

// NewReader reads b.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Err is the first failure, or XX001 when bytes are left over.
func (r *Reader) Err() error {
	if r.err == nil && len(r.b) != 0 {
		r.fail()
	}
	return r.err
}

// stop ends the reading by an error, if there is one.
func (r *Reader) stop(err error) {
	if err != nil && r.err == nil {
		r.err, r.b = err, nil
	}
}

func (r *Reader) fail() {
	if r.err == nil {
		r.err = sqlerr.New(sqlerr.DataCorrupted, "malformed saved state")
	}
	r.b = nil
}

// Uvarint reads an unsigned number.
func (r *Reader) Uvarint() uint64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return x
}

// Count reads the length of something whose items take at least one byte each.
func (r *Reader) Count() int {
	n := r.Uvarint()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

// Word reads a 64-bit word.
func (r *Reader) Word() int64 {
	if len(r.b) < 8 {
		r.fail()
		return 0
	}
	x := int64(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	return x
}

// Bytes reads a byte string, lent.
func (r *Reader) Bytes() []byte {
	n := r.Count()
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

// Block reads a byte string whose length is a word, lent.
func (r *Reader) Block() []byte {
	n := r.Word()
	if n < 0 || n > int64(len(r.b)) {
		r.fail()
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

// AppendWord writes a 64-bit word.
func AppendWord(dst []byte, x int64) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(x))
}

// AppendUvarint writes an unsigned number.
func AppendUvarint(dst []byte, x uint64) []byte { return binary.AppendUvarint(dst, x) }

func (t *Table) saveRow(dst []byte, r Row) []byte {
	return t.appendRow(AppendBytes(dst, t.Key(r)), r)
}

// appendRow writes all of a row but its key.
func (t *Table) appendRow(dst []byte, r Row) []byte {
	row := t.slab.peek(r)
	for _, w := range row[t.slab.blobs+keyWords:] {
		dst = AppendWord(dst, w)
	}
	for i := range t.slab.blobs {
		dst = AppendBytes(dst, t.Blob(r, i))
	}
	return dst
}

func (t *Table) loadRow(in *Reader, r Row) {
	words := t.Words(r)
	for i := range words {
		words[i] = in.Word()
	}
	for i := range t.slab.blobs {
		t.SetBlob(r, i, in.Bytes())
	}
}

// Save appends the table in a canonical order: equal tables give equal bytes.
func (t *Table) Save(dst []byte) []byte {
	if t.cold != nil && t.cold.stats.Rows > 0 {
		return t.saveBoth(dst)
	}
	dst = binary.AppendUvarint(dst, uint64(t.Len()))
	t.Each(func(r Row) {
		dst = t.saveRow(dst, r)
	})
	return dst
}

// relieveRows is how many rows a table takes in before it looks at its budget.
const relieveRows = 256

// Load reads a saved table of the same layout into an empty one.
func (t *Table) Load(in *Reader) {
	n := in.Count()
	for i := range n {
		key := in.Bytes()
		if in.err != nil {
			return
		}
		r, fresh := t.upsert(tagOf(key), key)
		if !fresh {
			in.fail()
			return
		}
		t.loadRow(in, r)
		if t.cold != nil && i%relieveRows == 0 {
			in.stop(t.slab.arena.budget.Relieve())
		}
	}
}
