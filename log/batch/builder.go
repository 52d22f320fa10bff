package batch

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// Builder gathers records into one batch. The zero value is ready after Reset and may be used again and again.
type Builder struct {
	codec    Codec
	producer int64
	epoch    int16
	sequence int32

	body     []byte // records, uncompressed; with room for the header in front
	last     int    // size of the largest of the last batches, as much as is taken for the next
	scratch  []byte
	count    int32
	baseTime int64
	maxTime  int64
	open     openRecord
}

// openRecord is the record between Begin and End.
type openRecord struct {
	key   []byte
	time  int64
	fixed int // the bytes behind its length but for those of its value
	value int // where its value begins
	size  int // of the value of the record before: this one's is expected to be about as long
}

// Reset begins a new batch. Without an idempotent producer pass -1, -1, -1.
func (w *Builder) Reset(codec Codec, producerID int64, epoch int16, sequence int32) {
	*w = Builder{
		codec: codec, producer: producerID, epoch: epoch, sequence: sequence,
		body: w.body[:min(HeaderSize, len(w.body))], scratch: w.scratch[:0], last: w.last, open: openRecord{size: w.open.size},
	}
}

// Use makes the builder, just Reset, build its next batch in memory, given; nil: in memory of its own.
func (w *Builder) Use(memory []byte) { w.body = memory[:0] }

// Append adds one record, lent; its Offset is ignored.
func (w *Builder) Append(r Record) {
	if w.count == 0 {
		w.room()
		w.baseTime, w.maxTime = r.Timestamp, r.Timestamp
	}
	w.maxTime = max(w.maxTime, r.Timestamp)
	if len(r.Headers) == 0 {
		w.body = appendPlain(w.body, &r, r.Timestamp-w.baseTime, w.count)
		w.count++
		return
	}
	w.body, w.scratch = appendRecord(w.body, w.scratch, r, r.Timestamp-w.baseTime, w.count)
	w.count++
}

// Begin starts a record with this key, lent, whose value is written where it stays: the caller appends it to what Begin
// gives, and hands the result to End. Nothing else is to be called in between; without End there is no record.
func (w *Builder) Begin(key []byte, timestamp int64) []byte {
	if w.count == 0 {
		w.room()
		w.baseTime, w.maxTime = timestamp, timestamp
	}
	o := &w.open
	o.key, o.time = key, timestamp
	o.fixed = 2 + varintSize(timestamp-w.baseTime) + varintSize(int64(w.count)) + nullableSize(key)
	o.value = len(w.body) + o.head(o.size)
	return slices.Grow(w.body, o.value-len(w.body))[:o.value]
}

// length is what the record states as its own with a value of n bytes.
func (o *openRecord) length(n int) int { return o.fixed + varintSize(int64(n)) + n }

// head is what stands before such a value.
func (o *openRecord) head(n int) int {
	size := o.length(n)
	return varintSize(int64(size)) + size - n - 1
}

// End makes the record that Begin started: b is what Begin gave with the value behind it, which is null unless valued.
func (w *Builder) End(b []byte, valued bool) {
	o := &w.open
	if !valued {
		w.Append(Record{Key: o.key, Timestamp: o.time})
		return
	}
	at, n := len(w.body), len(b)-o.value
	if head := o.head(n); at+head != o.value { // another number of digits in its length
		b = slices.Grow(b, 8)
		b = b[:at+head+copy(b[at+head:at+head+n], b[o.value:])]
	}
	w.maxTime = max(w.maxTime, o.time)
	at = putVarint(b, at, int64(o.length(n)))
	b[at] = 0 // attributes
	at = putVarint(b, at+1, o.time-w.baseTime)
	at = putVarint(b, at, int64(w.count))
	if o.key == nil {
		at = putVarint(b, at, -1)
	} else {
		at = putVarint(b, at, int64(len(o.key)))
		at += copy(b[at:], o.key)
	}
	putVarint(b, at, int64(n)) // ends where the value begins
	w.body = append(b, 0)      // headers
	o.key, o.size = nil, n
	w.count++
}

// putVarint writes x at a place and gives the place behind it.
func putVarint(b []byte, at int, x int64) int {
	u := uint64(x<<1) ^ uint64(x>>63)
	for u >= 0x80 {
		b[at] = byte(u) | 0x80
		at, u = at+1, u>>7
	}
	b[at] = byte(u)
	return at + 1
}

// room makes place for the header, and for as much as the last batches held.
func (w *Builder) room() {
	if len(w.body) == 0 {
		if n := w.last + w.last/8 + HeaderSize + Pad; cap(w.body) == 0 {
			if w.body = takeSpare(n); w.body == nil {
				w.body = make([]byte, 0, n)
			}
		}
		w.body = w.body[:HeaderSize]
	}
}

// Count is the number of records so far.
func (w *Builder) Count() int { return int(w.count) }

// Len is the number of bytes of the batch so far, before compression.
func (w *Builder) Len() int { return max(HeaderSize, len(w.body)) }

// Bytes finishes the batch with base offset 0 into a buffer of its own, given, with Pad readable bytes behind it. The
// builder must have records and a known codec; it is to be Reset before the next record.
func (w *Builder) Bytes() []byte {
	if w.count == 0 {
		panic("BUG: a batch without records")
	}
	return w.finish(0, w.count-1)
}

func (w *Builder) finish(baseOffset int64, lastDelta int32) []byte {
	var b []byte
	if w.codec == None {
		b = w.body
		w.body, w.last = nil, max(len(b), w.last-w.last/8)
	} else {
		var err error
		b, err = compress(w.codec, make([]byte, HeaderSize, HeaderSize+len(w.body)/2+Pad), w.body[HeaderSize:])
		if err != nil {
			panic(fmt.Sprintf("BUG: compressing in memory: %v", err))
		}
	}
	if cap(b)-len(b) < Pad {
		b = append(b, make([]byte, Pad)...)[:len(b)]
	}
	be := binary.BigEndian
	be.PutUint64(b, uint64(baseOffset))
	be.PutUint32(b[offLength:], uint32(len(b)-logOverhead))
	be.PutUint32(b[offLeaderEpoch:], 0)
	b[offMagic] = 2
	be.PutUint16(b[offAttributes:], uint16(w.codec))
	be.PutUint32(b[offLastDelta:], uint32(lastDelta))
	be.PutUint64(b[offBaseTime:], uint64(w.baseTime))
	be.PutUint64(b[offMaxTime:], uint64(w.maxTime))
	be.PutUint64(b[offProducerID:], uint64(w.producer))
	be.PutUint16(b[offEpoch:], uint16(w.epoch))
	be.PutUint32(b[offSequence:], uint32(w.sequence))
	be.PutUint32(b[offCount:], uint32(w.count))
	be.PutUint32(b[offCRC:], Checksum(b))
	return b
}

// appendPlain is appendRecord of a record without headers, whose size is known before it is written.
func appendPlain(dst []byte, r *Record, timeDelta int64, offsetDelta int32) []byte {
	size := 2 + varintSize(timeDelta) + varintSize(int64(offsetDelta)) + nullableSize(r.Key) + nullableSize(r.Value)
	dst = append(binary.AppendVarint(dst, int64(size)), 0) // attributes
	dst = binary.AppendVarint(dst, timeDelta)
	dst = binary.AppendVarint(dst, int64(offsetDelta))
	dst = appendNullable(dst, r.Key)
	return append(appendNullable(dst, r.Value), 0) // headers
}

func varintSize(x int64) int {
	return (bits.Len64(uint64(x<<1)^uint64(x>>63)|1) + 6) / 7
}

func nullableSize(b []byte) int {
	if b == nil {
		return 1
	}
	return varintSize(int64(len(b))) + len(b)
}

// appendRecord encodes r behind dst. scratch is working space.
func appendRecord(dst, scratch []byte, r Record, timeDelta int64, offsetDelta int32) (out, space []byte) {
	s := append(scratch[:0], 0) // attributes
	s = binary.AppendVarint(s, timeDelta)
	s = binary.AppendVarint(s, int64(offsetDelta))
	s = appendNullable(s, r.Key)
	s = appendLength(s, r.Value)
	valueAt := len(s)
	s = binary.AppendVarint(s, int64(len(r.Headers)))
	for _, h := range r.Headers {
		s = binary.AppendVarint(s, int64(len(h.Key)))
		s = append(s, h.Key...)
		s = appendNullable(s, h.Value)
	}
	dst = binary.AppendVarint(dst, int64(len(s)+len(r.Value)))
	dst = append(dst, s[:valueAt]...)
	dst = append(dst, r.Value...)
	return append(dst, s[valueAt:]...), s
}

func appendLength(dst, b []byte) []byte {
	if b == nil {
		return binary.AppendVarint(dst, -1)
	}
	return binary.AppendVarint(dst, int64(len(b)))
}

func appendNullable(dst, b []byte) []byte {
	return append(appendLength(dst, b), b...)
}
