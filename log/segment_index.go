package log

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

const indexMagic = "LINDEX01"

// indexEntry points at a batch. Entries lie at least Config.IndexInterval bytes apart; none points at byte 0.
type indexEntry struct {
	offset     int64 // base offset of the batch
	position   int64
	timeBefore int64 // greatest timestamp of all batches before it in the segment
}

// segmentIndex is the sparse index of one segment. It is derived: the file is not synced, and what is missing or
// broken in it is read again from the segment. Its lock comes after the partition's.
type segmentIndex struct {
	path string
	mu   struct {
		sync.Mutex
		loaded  bool
		used    bool // since maintenance looked last
		entries []indexEntry
		covered int64 // bytes of the segment that entries describe
		maxTime int64 // of those bytes
		saved   int64 // bytes that the file describes
	}
}

func newSegmentIndex(segmentPath string) *segmentIndex {
	x := &segmentIndex{path: strings.TrimSuffix(segmentPath, ".seg") + ".idx"}
	x.mu.maxTime = -1
	return x
}

// newLoadedIndex is the index of a segment that is still empty.
func newLoadedIndex(segmentPath string) *segmentIndex {
	x := newSegmentIndex(segmentPath)
	x.mu.loaded = true
	return x
}

// add describes the batch at position, the end of what is covered.
func (x *segmentIndex) add(b []byte, position int64, interval int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.addLocked(batch.BaseOffset(b), batch.MaxTimestamp(b), position, batch.Size(b), interval)
}

func (x *segmentIndex) addLocked(offset, maxTime, position int64, size, interval int) {
	var from int64
	if n := len(x.mu.entries); n > 0 {
		from = x.mu.entries[n-1].position
	}
	if position-from >= int64(interval) {
		x.mu.entries = append(x.mu.entries, indexEntry{offset: offset, position: position, timeBefore: x.mu.maxTime})
	}
	x.mu.maxTime = max(x.mu.maxTime, maxTime)
	x.mu.covered = position + int64(size)
}

// load makes the index of s describe size bytes, which end with offset last.
func (x *segmentIndex) load(fsys vfs.FS, s *segment, size, last int64, interval int) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.mu.used = true
	if x.mu.loaded {
		return nil
	}
	b, err := readWhole(fsys, x.path)
	if err != nil && !missing(err) {
		return err
	}
	if !x.decodeLocked(b, size) && b != nil {
		// Broken, or of a longer segment that a crash cut: it must not come back when the segment has grown again.
		if err := fsys.Remove(x.path); err != nil {
			return fmt.Errorf("remove %s: %w", x.path, err)
		}
	}
	if x.mu.covered < size {
		if err := x.scanLocked(s, size, last, interval); err != nil {
			return err
		}
	}
	x.mu.loaded = true
	return nil
}

// scanLocked reads the headers of the batches from the last known place to size.
func (x *segmentIndex) scanLocked(s *segment, size, last int64, interval int) error {
	f, err := s.file.acquire()
	if err != nil {
		return err
	}
	defer s.file.release()
	from := segmentStart(s.base)
	if n := len(x.mu.entries); n > 0 {
		from = x.mu.entries[n-1]
	}
	covered := x.mu.covered
	w := s.walk(f, from, size, last)
	for {
		position, n, ok, err := w.step()
		if err != nil || !ok {
			return err
		}
		if position >= covered {
			x.addLocked(batch.BaseOffset(w.head[:]), batch.MaxTimestamp(w.head[:]), position, n, interval)
		}
	}
}

// segmentStart is the entry of the segment's beginning.
func segmentStart(base int64) indexEntry { return indexEntry{offset: base, timeBefore: -1} }

// before is where to begin to look for offset, in the segment that begins with base.
func (x *segmentIndex) before(base, offset int64) indexEntry {
	x.mu.Lock()
	defer x.mu.Unlock()
	i := sort.Search(len(x.mu.entries), func(i int) bool { return x.mu.entries[i].offset > offset })
	if i == 0 {
		return segmentStart(base)
	}
	return x.mu.entries[i-1]
}

// beforeTime is where to begin to look for the first batch with a timestamp at or after ms.
func (x *segmentIndex) beforeTime(base, ms int64) indexEntry {
	x.mu.Lock()
	defer x.mu.Unlock()
	i := sort.Search(len(x.mu.entries), func(i int) bool { return x.mu.entries[i].timeBefore >= ms })
	if i == 0 {
		return segmentStart(base)
	}
	return x.mu.entries[i-1]
}

// unload forgets the entries of a sealed segment that nobody has used since the last call.
func (x *segmentIndex) unload() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.mu.used || x.mu.saved < x.mu.covered {
		x.mu.used = false
		return
	}
	x.mu.loaded, x.mu.entries, x.mu.covered, x.mu.maxTime = false, nil, 0, -1
}

// save writes the index file when the segment has grown by a quarter since, or is sealed.
func (x *segmentIndex) save(fsys vfs.FS, sealed bool) error {
	x.mu.Lock()
	if !x.mu.loaded || x.mu.covered == x.mu.saved || (!sealed && x.mu.covered < x.mu.saved+x.mu.saved/4) {
		x.mu.Unlock()
		return nil
	}
	b, covered := x.encodeLocked(), x.mu.covered
	x.mu.Unlock()
	if err := writeFile(fsys, x.path, b, false); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	x.mu.Lock()
	x.mu.saved = covered
	x.mu.Unlock()
	return nil
}

func (x *segmentIndex) encodeLocked() []byte {
	b := []byte(indexMagic)
	b = binary.AppendVarint(b, x.mu.covered)
	b = binary.AppendVarint(b, x.mu.maxTime)
	b = binary.AppendUvarint(b, uint64(len(x.mu.entries)))
	var before indexEntry
	for _, e := range x.mu.entries {
		b = binary.AppendVarint(b, e.offset-before.offset)
		b = binary.AppendVarint(b, e.position-before.position)
		b = binary.AppendVarint(b, e.timeBefore)
		before = e
	}
	return binary.LittleEndian.AppendUint32(b, checksum(b))
}

// decodeLocked takes over an index file unless it is broken or describes more than size bytes.
func (x *segmentIndex) decodeLocked(b []byte, size int64) bool {
	x.mu.entries, x.mu.covered, x.mu.maxTime = nil, 0, -1
	if len(b) < len(indexMagic)+4 || string(b[:len(indexMagic)]) != indexMagic ||
		binary.LittleEndian.Uint32(b[len(b)-4:]) != checksum(b[:len(b)-4]) {
		return false
	}
	d := decoder{b: b[len(indexMagic) : len(b)-4]}
	covered, maxTime := d.varint(), d.varint()
	if covered > size {
		return false
	}
	var e indexEntry
	var entries []indexEntry
	for range d.count() {
		e = indexEntry{offset: e.offset + d.varint(), position: e.position + d.varint(), timeBefore: d.varint()}
		entries = append(entries, e)
	}
	if d.bad {
		return false
	}
	x.mu.entries, x.mu.covered, x.mu.maxTime, x.mu.saved = entries, covered, maxTime, covered
	return true
}
