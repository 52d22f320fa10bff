package log

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// segment is a run of batches of one partition in one file, base.generation.seg. Fields are guarded by the
// partition's mutex; those of a sealed segment no longer change, but for cleanedAt, tombstones, synced and the index.
type segment struct {
	base       int64  // offset the name holds; the first batch may begin later after compaction
	generation uint32 // how often compaction has rewritten it
	file       *segmentFile
	size       int64 // bytes of whole batches
	last       int64 // last offset
	maxTime    int64 // greatest record timestamp, Unix ms
	opened     int64 // entry time of the first batch, Unix ms
	written    int64 // entry time of the last batch
	sealed     bool
	cleanedAt  int64 // when it was first compacted, Unix ms; 0 never
	tombstones bool  // left by that compaction
	synced     int64 // bytes known to be on disk
	dense      bool  // every offset is there: no journal, not compacted
	index      *segmentIndex
	reserved   int64 // end of the blocks that the file was given before they are written; of the apply goroutine alone
}

func segmentPath(fsys vfs.FS, dir string, base int64, generation uint32) string {
	return fsys.PathJoin(dir, fmt.Sprintf("%020d.%d.seg", base, generation))
}

func newSegment(fsys vfs.FS, dir string, base int64, generation uint32) *segment {
	path := segmentPath(fsys, dir, base, generation)
	return &segment{base: base, generation: generation, last: base - 1, file: newSegmentFile(fsys, path), maxTime: -1, dense: generation == 0}
}

// walk reads the segment from an indexed place on; size and last are those of the segment when it was looked at.
func (s *segment) walk(file vfs.File, from indexEntry, size, last int64) *batchWalk {
	return &batchWalk{file: file, path: s.file.path, at: from.position, end: size, next: from.offset, limit: last, dense: s.dense}
}

// A growing segment is given blocks ahead, half as many as it has and no more than reserveMost, once it has reserveFrom
// bytes: finding them one by one is a quarter of what a write to the page cache costs.
const (
	reserveFrom = 2 << 20
	reserveMost = 4 << 20
)

// reserve sees to blocks for n more bytes. The file's size stays; where the disk cannot or will not, writing says so.
func (s *segment) reserve(n int64) {
	if s.size < reserveFrom || s.size+n <= s.reserved {
		return
	}
	more := max(n, min(s.size/2, reserveMost))
	s.file.writer().Preallocate(s.size, more)
	s.reserved = s.size + more
}

// add accounts for a batch written at the end by an entry of time now. The active segment's index is loaded.
func (s *segment) add(b []byte, now int64, interval int) {
	if s.size == 0 {
		s.opened = now
	}
	s.written = now
	s.index.add(b, s.size, interval)
	s.size += int64(len(b))
	s.last = batch.LastOffset(b)
	s.maxTime = max(s.maxTime, batch.MaxTimestamp(b))
}

func appendSegment(dst []byte, s *segment) []byte {
	dst = binary.AppendVarint(dst, s.base)
	dst = binary.AppendUvarint(dst, uint64(s.generation))
	dst = binary.AppendVarint(dst, s.size)
	dst = binary.AppendVarint(dst, s.last)
	dst = binary.AppendVarint(dst, s.maxTime)
	dst = binary.AppendVarint(dst, s.opened)
	dst = binary.AppendVarint(dst, s.written)
	dst = appendBool(dst, s.sealed)
	dst = appendBool(dst, s.tombstones)
	return binary.AppendVarint(dst, s.cleanedAt)
}

// decodeSegment reads what appendSegment wrote; the file holds at least that much, synced.
func decodeSegment(d *decoder, fsys vfs.FS, dir string) *segment {
	s := newSegment(fsys, dir, d.varint(), uint32(d.uvarint()))
	s.size, s.last, s.maxTime, s.opened, s.written = d.varint(), d.varint(), d.varint(), d.varint(), d.varint()
	s.sealed, s.tombstones, s.cleanedAt = d.bool(), d.bool(), d.varint()
	s.synced = s.size
	s.index = newSegmentIndex(s.file.path)
	return s
}

// batchWalk reads the batches of a segment file one after the other, header by header or whole. Offsets lie outside
// the batches' checksums, as does the magic, so they are compared with what must come next.
type batchWalk struct {
	file vfs.File
	path string
	at   int64 // where the next batch begins
	end  int64
	// next is the lowest base offset that may follow, and the only one when dense; limit is the last offset.
	next, limit int64
	dense       bool
	head        [batch.HeaderSize]byte
}

// step reads the header of the next batch into w.head and moves behind it; false at the end.
func (w *batchWalk) step() (position int64, size int, ok bool, err error) {
	if w.at >= w.end {
		return 0, 0, false, nil
	}
	if w.end-w.at < batch.HeaderSize {
		return 0, 0, false, fmt.Errorf("%w: %s: %d bytes at %d", ErrCorrupt, w.path, w.end-w.at, w.at)
	}
	if err := readFull(w.file, w.head[:], w.at); err != nil {
		return 0, 0, false, fmt.Errorf("read %s at %d: %w", w.path, w.at, err)
	}
	position = w.at
	size, err = w.accept(w.head[:])
	return position, size, err == nil, err
}

// accept checks the batch header at w.at and moves behind its batch.
func (w *batchWalk) accept(head []byte) (size int, err error) {
	size = batch.Size(head)
	if size == 0 || int64(size) > w.end-w.at || batch.Magic(head) != 2 {
		return 0, fmt.Errorf("%w: %s: no batch at %d", ErrCorrupt, w.path, w.at)
	}
	base, last := batch.BaseOffset(head), batch.LastOffset(head)
	if base < w.next || w.dense && base != w.next || last < base || last > w.limit {
		return 0, fmt.Errorf("%w: %s: batch at %d has offsets %d to %d, want %d to at most %d", ErrCorrupt, w.path, w.at, base, last, w.next, w.limit)
	}
	w.at += int64(size)
	w.next = last + 1
	return size, nil
}

// whole reads a batch into a fresh, padded buffer and compares its checksum.
func (w *batchWalk) whole(position int64, size int) ([]byte, error) {
	b := make([]byte, size, size+batch.Pad)
	if err := readFull(w.file, b, position); err != nil {
		return nil, fmt.Errorf("read %s at %d: %w", w.path, position, err)
	}
	if !batch.ChecksumOK(b) {
		return nil, fmt.Errorf("%w: %s: checksum of the batch at %d", ErrCorrupt, w.path, position)
	}
	return b, nil
}
