package state

import (
	"encoding/binary"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Reader reads what a Writer wrote. The first failure sticks: what follows is
// zero values.
type Reader struct {
	b       []byte
	err     error
	spilled bool
}

// NewReader reads b.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Err is the first failure, or XX001 when bytes are left over.
func (r *Reader) Err() error {
	if r.err == nil && len(r.b) != 0 {
		r.Fail()
	}
	return r.err
}

// Failed tells whether something could not be read.
func (r *Reader) Failed() bool { return r.err != nil }

// stop ends the reading by an error, if there is one.
func (r *Reader) stop(err error) {
	if err != nil && r.err == nil {
		r.err, r.b = err, nil
	}
}

// Spilled tells whether what was read had rows outside of memory: it is followed
// by no changes.
func (r *Reader) Spilled() bool { return r.spilled }

// Fail says that what was read makes no sense.
func (r *Reader) Fail() {
	if r.err == nil {
		r.err = sqlerr.New(sqlerr.DataCorrupted, "malformed saved state")
	}
	r.b = nil
}

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if len(r.b) == 0 {
		r.Fail()
		return 0
	}
	x := r.b[0]
	r.b = r.b[1:]
	return x
}

// Uvarint reads an unsigned number.
func (r *Reader) Uvarint() uint64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.b = r.b[n:]
	return x
}

// Count reads the length of something whose items take at least one byte each.
func (r *Reader) Count() int {
	n := r.Uvarint()
	if n > uint64(len(r.b)) {
		r.Fail()
		return 0
	}
	return int(n)
}

// Word reads a 64-bit word.
func (r *Reader) Word() int64 {
	if len(r.b) < 8 {
		r.Fail()
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
