package batch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrInvalid is what every fault of a batch's bytes wraps.
var ErrInvalid = errors.New("invalid record batch")

// DefaultLimit bounds the uncompressed records of one batch when the caller sets no bound.
const DefaultLimit = 128 << 20

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// Reader walks the records of one batch. The zero value is ready for Reset; one Reader used again for many batches
// keeps its decompression buffer.
type Reader struct {
	body     []byte // records not read yet
	left     int32
	base     int64
	baseTime int64
	fixed    bool // log append time: every record has the batch's maximum
	maxTime  int64
	buf      []byte
	headers  []Header
	err      error
}

// Reset begins to read the batch that begins b, shared. limit bounds the uncompressed size in bytes; 0 takes
// DefaultLimit. The checksum is not compared (see Validate and ChecksumOK).
func (r *Reader) Reset(b []byte, limit int) error {
	*r = Reader{buf: r.buf, headers: r.headers[:0]}
	n := Size(b)
	if n == 0 || n > len(b) {
		return r.fail(invalid("length %d of %d bytes", n, len(b)))
	}
	if Magic(b) != 2 {
		return r.fail(invalid("magic %d", Magic(b)))
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	r.base, r.baseTime, r.maxTime = BaseOffset(b), BaseTimestamp(b), MaxTimestamp(b)
	r.fixed = attributes(b)&attrLogAppendTime != 0
	r.left = Count(b)
	r.body = b[HeaderSize:n]
	if codec := CodecOf(b); codec != None {
		out, err := decompress(codec, r.buf[:0], r.body, limit)
		if err != nil {
			return r.fail(invalid("%v: %v", codec, err))
		}
		r.buf, r.body = out, out
	}
	if r.left < 0 || int(r.left) > len(r.body) {
		return r.fail(invalid("%d records in %d bytes", r.left, len(r.body)))
	}
	return nil
}

func (r *Reader) fail(err error) error {
	r.err, r.left, r.body = err, 0, nil
	return err
}

// Err is the fault that ended Next, or nil at the end of the batch.
func (r *Reader) Err() error { return r.err }

// Next reads the next record into rec and says whether there was one. Key, Value and header values point into the
// batch when it is not compressed (shared with it), else into the reader's buffer, lent until the next Reset. The
// Headers slice is lent until the next call.
func (r *Reader) Next(rec *Record) bool {
	if r.left == 0 {
		if len(r.body) != 0 && r.err == nil {
			r.err = invalid("%d bytes behind the last record", len(r.body))
		}
		return false
	}
	if r.quick(rec) {
		return true
	}
	size, n := binary.Varint(r.body)
	if n <= 0 || size < 0 || size > int64(len(r.body)-n) {
		r.fail(invalid("record length"))
		return false
	}
	c := cursor{b: r.body[n : n+int(size)]}
	c.byte()
	timeDelta := c.varint()
	offsetDelta := c.varint()
	rec.Key = c.bytes()
	rec.Value = c.bytes()
	if r.headers = r.headers[:0]; len(c.b) == 1 && c.b[0] == 0 {
		c.b = nil
	} else {
		r.headers = c.headers(r.headers)
	}
	rec.Headers = r.headers
	if c.bad || len(c.b) != 0 || offsetDelta < 0 || offsetDelta > math.MaxInt32 {
		r.fail(invalid("record fields"))
		return false
	}
	rec.Offset = r.base + offsetDelta
	rec.Timestamp = r.baseTime + timeDelta
	if r.fixed {
		rec.Timestamp = r.maxTime
	}
	r.body = r.body[n+int(size):]
	r.left--
	return true
}

// quick is Next for a record as most are, without headers and with short numbers; it leaves all others.
func (r *Reader) quick(rec *Record) bool {
	const heads = 16 // bounds what stands before a key
	b := r.body
	if len(b) < heads {
		return false
	}
	size, i := shortVarint(b, 0)
	end := i + int(size)
	if i < 0 || size < 0 || end > len(b) {
		return false
	}
	timeDelta, i := shortVarint(b, i+1)
	if i < 0 {
		return false
	}
	offsetDelta, i := shortVarint(b, i)
	if i < 0 || offsetDelta < 0 {
		return false
	}
	var ok bool
	if rec.Key, i, ok = shortBytes(b[:end], i); !ok {
		return false
	}
	if rec.Value, i, ok = shortBytes(b[:end], i); !ok || i != end-1 || b[i] != 0 {
		return false
	}
	r.headers = r.headers[:0]
	rec.Headers = r.headers
	rec.Offset = r.base + offsetDelta
	rec.Timestamp = r.baseTime + timeDelta
	if r.fixed {
		rec.Timestamp = r.maxTime
	}
	r.body = b[end:]
	r.left--
	return true
}

// shortVarint reads a varint of up to three bytes at i, where so many are; next is -1 when it is longer.
func shortVarint(b []byte, i int) (v int64, next int) {
	v = int64(b[i])
	if v < 0x80 {
		return v>>1 ^ -(v & 1), i + 1
	}
	c := int64(b[i+1])
	v = v&0x7f | c<<7
	if c < 0x80 {
		return v>>1 ^ -(v & 1), i + 2
	}
	c = int64(b[i+2])
	v = v&0x3fff | c<<14
	if c < 0x80 {
		return v>>1 ^ -(v & 1), i + 3
	}
	return 0, -1
}

// shortBytes reads a length and that many bytes at i; ok is false when they are not all there, or few are behind them.
func shortBytes(b []byte, i int) (p []byte, next int, ok bool) {
	if i+3 > len(b) {
		return nil, 0, false
	}
	n, i := shortVarint(b, i)
	if n == -1 {
		return nil, i, true
	}
	next = i + int(n)
	if i < 0 || n < 0 || next > len(b) {
		return nil, 0, false
	}
	return b[i:next:next], next, true
}

// cursor reads the fields of one record; after a fault it is bad and gives zeros.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) byte() {
	if len(c.b) == 0 {
		c.bad = true
		return
	}
	c.b = c.b[1:]
}

func (c *cursor) varint() int64 {
	if len(c.b) > 1 && c.b[0] < 0x80 { // most are short
		v := int64(c.b[0])
		c.b = c.b[1:]
		return v>>1 ^ -(v & 1)
	}
	if len(c.b) > 2 && c.b[1] < 0x80 {
		v := int64(c.b[0]&0x7f) | int64(c.b[1])<<7
		c.b = c.b[2:]
		return v>>1 ^ -(v & 1)
	}
	v, n := binary.Varint(c.b)
	if n <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) bytes() []byte {
	n := c.varint()
	if n == -1 {
		return nil
	}
	if n < 0 || n > int64(len(c.b)) {
		c.bad, c.b = true, nil
		return nil
	}
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) headers(dst []Header) []Header {
	n := c.varint()
	if n < 0 || n > int64(len(c.b)) {
		c.bad = true
		return dst
	}
	for range n {
		key := c.bytes()
		if key == nil {
			c.bad = true
		}
		dst = append(dst, Header{Key: string(key), Value: c.bytes()})
		if c.bad {
			return dst
		}
	}
	return dst
}
