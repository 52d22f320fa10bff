package log

import (
	"fmt"
	"slices"
	"sort"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// fetch reads whole batches from the one that holds offset on, at least one when there is one, up to maxBytes. floor
// is the lowest pinned offset: from it on, what lies before the logical start may be read.
func (p *partition) fetch(offset int64, maxBytes int, floor int64) (Fetched, error) {
	return p.fetchInto(offset, maxBytes, floor, nil)
}

// fetchInto is fetch with a buffer to use, or nil.
func (p *partition) fetchInto(offset int64, maxBytes int, floor int64, buf *[]byte) (Fetched, error) {
	p.mu.RLock()
	f := Fetched{NextOffset: offset, LogStart: p.mu.start, HighWatermark: p.mu.end}
	if offset > p.mu.end || offset < p.mu.start && (offset < floor || !p.holdsLocked(offset)) {
		p.mu.RUnlock()
		return f, ErrOffsetOutOfRange
	}
	if offset == p.mu.end {
		p.mu.RUnlock()
		return f, nil
	}
	if tail := p.mu.tail; len(tail) > 0 && offset >= tail[0].BaseOffset {
		f.Batches = fetchTail(tail, offset, maxBytes)
		f.NextOffset = f.Batches[len(f.Batches)-1].LastOffset + 1
		p.mu.RUnlock()
		return f, nil
	}
	r, ok, err := p.openAtLocked(offset)
	p.mu.RUnlock()
	if err != nil {
		return f, err
	}
	if !ok { // compaction has removed all that was left
		f.NextOffset = f.HighWatermark
		return f, nil
	}
	defer r.close()
	if f.Batches, err = r.fetch(offset, maxBytes, buf); err != nil {
		return f, err
	}
	f.NextOffset = f.Batches[len(f.Batches)-1].LastOffset + 1
	return f, nil
}

// holdsLocked says whether an offset before the logical start is still on disk.
func (p *partition) holdsLocked(offset int64) bool {
	return len(p.mu.segments) > 0 && p.mu.segments[0].base <= offset
}

// fetchTail picks batches out of the cached tail, without copying.
func fetchTail(tail []FetchedBatch, offset int64, maxBytes int) []FetchedBatch {
	i := sort.Search(len(tail), func(i int) bool { return tail[i].LastOffset >= offset })
	j, n := i+1, len(tail[i].Bytes)
	for j < len(tail) && n+len(tail[j].Bytes) <= maxBytes {
		n += len(tail[j].Bytes)
		j++
	}
	return slices.Clone(tail[i:j])
}

// segmentReader reads a segment as it was when it was opened.
type segmentReader struct {
	segment  *segment
	size     int64
	last     int64
	file     vfs.File
	fs       vfs.FS
	interval int
}

// openAtLocked holds the first segment that ends at or behind offset; false when there is none.
func (p *partition) openAtLocked(offset int64) (*segmentReader, bool, error) {
	i := sort.Search(len(p.mu.segments), func(i int) bool { return p.mu.segments[i].last >= offset })
	if i == len(p.mu.segments) {
		return nil, false, nil
	}
	r, err := p.openLocked(p.mu.segments[i])
	return r, err == nil, err
}

func (p *partition) openLocked(s *segment) (*segmentReader, error) {
	f, err := s.file.acquire()
	if err != nil {
		return nil, err
	}
	return &segmentReader{segment: s, size: s.size, last: s.last, file: f, fs: p.fs, interval: p.interval}, nil
}

func (r *segmentReader) close() { r.segment.file.release() }

// index is the segment's index, loaded.
func (r *segmentReader) index() (*segmentIndex, error) {
	x := r.segment.index
	return x, x.load(r.fs, r.segment, r.size, r.last, r.interval)
}

func (r *segmentReader) walk(from indexEntry) *batchWalk {
	return r.segment.walk(r.file, from, r.size, r.last)
}

// fetch reads from the batch that holds offset, or the first behind it.
func (r *segmentReader) fetch(offset int64, maxBytes int, buf *[]byte) ([]FetchedBatch, error) {
	x, err := r.index()
	if err != nil {
		return nil, err
	}
	w := r.walk(x.before(r.segment.base, offset))
	for {
		position, size, ok, err := w.step()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("%w: %s ends before offset %d", ErrCorrupt, w.path, offset)
		}
		if batch.LastOffset(w.head[:]) >= offset {
			from := indexEntry{offset: batch.BaseOffset(w.head[:]), position: position}
			return r.readFrom(from, max(maxBytes, size), buf)
		}
	}
}

// readFrom reads the whole batches in the next n bytes into into, or into one fresh buffer.
func (r *segmentReader) readFrom(from indexEntry, n int, into *[]byte) ([]FetchedBatch, error) {
	n = int(min(int64(n), r.size-from.position))
	buf := roomFor(n, into)
	if err := readFull(r.file, buf, from.position); err != nil {
		return nil, fmt.Errorf("read %s at %d: %w", r.segment.file.path, from.position, err)
	}
	var out []FetchedBatch
	w := r.walk(from)
	for at := 0; n-at >= batch.HeaderSize; {
		if batch.Size(buf[at:]) > n-at && len(out) > 0 {
			break // cut by n
		}
		size, err := w.accept(buf[at:])
		if err != nil {
			return nil, err
		}
		if size > n-at {
			return nil, fmt.Errorf("%w: %s: batch of %d bytes at %d", ErrCorrupt, w.path, size, from.position+int64(at))
		}
		b := buf[at : at+size]
		if !batch.ChecksumOK(b) {
			return nil, fmt.Errorf("%w: %s: checksum of the batch at %d", ErrCorrupt, w.path, from.position+int64(at))
		}
		out = append(out, FetchedBatch{BaseOffset: batch.BaseOffset(b), LastOffset: batch.LastOffset(b), Bytes: b})
		at += size
	}
	return out, nil
}

// roomFor gives n bytes with batch.Pad readable ones behind them, of *into when that is not nil.
func roomFor(n int, into *[]byte) []byte {
	if into == nil {
		return make([]byte, n, n+batch.Pad)
	}
	if cap(*into) < n+batch.Pad {
		*into = make([]byte, n+n/4+batch.Pad)
	}
	return (*into)[:n]
}

// offsetForTime is the offset of the first readable record with a timestamp at or after ms; the end when there is
// none.
func (p *partition) offsetForTime(ms int64) (int64, error) {
	start, end := p.offsets()
	for from := start; ; {
		r, ok, err := p.openForTime(ms, from)
		if err != nil {
			return 0, err
		}
		if !ok {
			return end, nil
		}
		offset, ok, err := r.offsetForTime(ms, start)
		r.close()
		if err != nil || ok {
			return offset, err
		}
		from = r.last + 1
	}
}

// openForTime holds the first segment that ends at or behind offset from and has a timestamp at or after ms.
func (p *partition) openForTime(ms, from int64) (*segmentReader, bool, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range p.mu.segments {
		if s.maxTime >= ms && s.last >= from {
			r, err := p.openLocked(s)
			return r, err == nil, err
		}
	}
	return nil, false, nil
}

// offsetForTime looks in one segment, at offsets from start on.
func (r *segmentReader) offsetForTime(ms, start int64) (int64, bool, error) {
	x, err := r.index()
	if err != nil {
		return 0, false, err
	}
	from := x.beforeTime(r.segment.base, ms)
	if at := x.before(r.segment.base, start); at.position > from.position {
		from = at
	}
	w := r.walk(from)
	var records batch.Reader
	var rec batch.Record
	for {
		position, size, ok, err := w.step()
		if err != nil || !ok {
			return 0, false, err
		}
		if batch.MaxTimestamp(w.head[:]) < ms || batch.LastOffset(w.head[:]) < start {
			continue
		}
		b, err := w.whole(position, size)
		if err != nil {
			return 0, false, err
		}
		if err := records.Reset(b, 0); err != nil {
			return 0, false, fmt.Errorf("%w: %s at %d: %w", ErrCorrupt, w.path, position, err)
		}
		for records.Next(&rec) {
			if rec.Timestamp >= ms && rec.Offset >= start {
				return rec.Offset, true, nil
			}
		}
		if err := records.Err(); err != nil {
			return 0, false, fmt.Errorf("%w: %s at %d: %w", ErrCorrupt, w.path, position, err)
		}
	}
}
