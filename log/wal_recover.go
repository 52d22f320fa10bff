package log

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// openWAL recovers the WAL in cfg.dir, which exists: it reads every segment, cuts an unacknowledged tail, refuses
// corruption (L6), and begins a new segment, so that what was cut can never be read again.
func openWAL(cfg walConfig) (*wal, error) {
	w := &wal{walConfig: cfg}
	names, err := w.scanDir()
	if err != nil {
		return nil, err
	}
	scan := walScan{wal: w}
	for _, n := range names {
		if err := scan.segment(n); err != nil {
			w.closeSegments()
			return nil, err
		}
	}
	if err := w.adopt(&scan); err != nil {
		w.closeSegments()
		return nil, err
	}
	return w, nil
}

type walName struct {
	generation uint64
	path       string
}

// scanDir lists the segments by generation and fills the pool of free files. Generations of free files count too:
// a generation must never be used twice.
func (w *wal) scanDir() ([]walName, error) {
	list, err := w.fs.List(w.dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", w.dir, err)
	}
	slices.Sort(list)
	var names []walName
	for _, name := range list {
		base, kind, _ := strings.Cut(name, ".")
		generation, err := strconv.ParseUint(base, 16, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: unknown file %s in %s", ErrCorrupt, name, w.dir)
		}
		path := w.fs.PathJoin(w.dir, name)
		switch kind {
		case "wal":
			names = append(names, walName{generation, path})
		case "free":
			w.mu.free = append(w.mu.free, path)
		default:
			return nil, fmt.Errorf("%w: unknown file %s in %s", ErrCorrupt, name, w.dir)
		}
		w.w.synced = max(w.w.synced, walAt(generation, 0))
	}
	return names, w.unname(names)
}

// unname takes free files out of the pool that have a segment's name too, as a crash in the middle of a rename leaves them
// where it is not atomic: put aside once more, such a file would be in the pool twice.
func (w *wal) unname(segments []walName) error {
	for _, s := range segments {
		free := w.freePath(s.generation)
		i := slices.Index(w.mu.free, free)
		if i < 0 {
			continue
		}
		if err := w.fs.Remove(free); err != nil {
			return fmt.Errorf("remove %s: %w", free, err)
		}
		w.mu.free = slices.Delete(w.mu.free, i, i+1)
	}
	return nil
}

func (w *wal) freePath(generation uint64) string {
	return w.fs.PathJoin(w.dir, fmt.Sprintf("%016x.free", generation))
}

// walScan reads segments in order of generation.
type walScan struct {
	wal     *wal
	bad     walPos // first place without an intact record
	broken  bool   // bad is set
	entries []walEntry
	first   uint64
	tail    int64 // end of the intact records of the last segment that has any
	sealed  bool  // that segment ends with a seal
	useless []walName
}

func (s *walScan) segment(name walName) error {
	data, err := readWhole(s.wal.fs, name.path)
	if err != nil {
		return err
	}
	if s.broken {
		s.useless = append(s.useless, name)
		return s.refuse(data, name, 0)
	}
	seg, err := s.wal.openSegment(name.generation, name.path)
	if err != nil {
		return err
	}
	s.wal.mu.segments = append(s.wal.mu.segments, seg)
	s.tail, s.sealed = 0, false
	for {
		at := walAt(name.generation, s.tail)
		r, ok := parseWALRecord(data[min(s.tail, int64(len(data))):], s.wal.group, at)
		if !ok {
			s.bad, s.broken = at, true
			return s.refuse(data, name, s.tail+walAlign)
		}
		if err := s.record(seg, r); err != nil {
			return fmt.Errorf("%s at %d: %w", name.path, s.tail, err)
		}
		s.tail += r.size
		seg.bytes = s.tail
		if r.kind == walSeal {
			s.sealed = true
			return nil
		}
	}
}

// record takes one intact record into the index.
func (s *walScan) record(seg *walSegment, r walRecord) error {
	switch r.kind {
	case walEntryKind:
		next := s.first + uint64(len(s.entries))
		if len(s.entries) > 0 && r.index != next {
			if r.index < next || s.tail != 0 {
				return fmt.Errorf("%w: log entry %d behind %d", ErrCorrupt, r.index, next-1)
			}
			// Segments before the gap were deleted, but a crash kept their names.
			s.entries = nil
		}
		if len(s.entries) == 0 {
			s.first = r.index
		}
		s.entries = append(s.entries, walEntry{segment: seg, offset: s.tail, size: r.size})
		seg.last = r.index
	case walSeal, walGap:
	case walTruncate:
		if r.index+1 < s.first || r.index >= s.first+uint64(len(s.entries)) {
			return fmt.Errorf("%w: truncation to %d of %d entries from %d", ErrCorrupt, r.index, len(s.entries), s.first)
		}
		s.entries = s.entries[:r.index+1-s.first]
	case walReset:
		s.entries = nil
	default:
		return fmt.Errorf("%w: record kind %d", ErrCorrupt, r.kind)
	}
	return nil
}

// refuse looks for intact records at or behind offset whose mark lies above the bad place: what was bad had been
// synced, and may have been acknowledged.
func (s *walScan) refuse(data []byte, name walName, offset int64) error {
	for ; offset+walHeader <= int64(len(data)); offset += walAlign {
		if binary.LittleEndian.Uint32(data[offset:]) != walMagic {
			continue
		}
		r, ok := parseWALRecord(data[offset:], s.wal.group, walAt(name.generation, offset))
		if ok && r.mark > s.bad {
			return fmt.Errorf("%w: write-ahead log of group %d: no intact record at %v, but one in %s at %d says that it was synced",
				ErrCorrupt, s.wal.group, s.bad, name.path, offset)
		}
	}
	return nil
}

// adopt makes the scanned state the WAL's: cut and empty segments go to the pool, the tail is sealed, a new
// generation begins.
func (w *wal) adopt(s *walScan) error {
	w.mu.entries, w.mu.first = s.entries, s.first
	generation := uint64(w.w.synced) >> 32
	w.w.synced = 0
	if n := len(w.mu.segments); n > 0 && !s.sealed && s.tail == 0 {
		last := w.mu.segments[n-1]
		w.mu.segments = w.mu.segments[:n-1]
		if err := last.file.Close(); err != nil {
			return fmt.Errorf("close %s: %w", last.path, err)
		}
		s.useless = append(s.useless, walName{last.generation, last.path})
		s.sealed = true // the segment before it, or it would have been the bad place
	}
	for _, seg := range w.mu.segments {
		w.mu.bytes += seg.bytes
	}
	for _, u := range s.useless {
		if err := w.putAside(u.path, u.generation, 0); err != nil {
			return err
		}
	}
	if err := syncDir(w.fs, w.dir); err != nil {
		return err
	}
	w.w.Lock()
	defer w.w.Unlock()
	if n := len(w.mu.segments); n > 0 {
		if !s.sealed {
			if err := w.sealTailLocked(s.tail); err != nil {
				return err
			}
		}
		last := w.mu.segments[n-1]
		w.w.synced = walAt(last.generation, last.bytes)
	}
	if err := w.beginLocked(generation + 1); err != nil {
		return err
	}
	if len(w.mu.entries) > 0 {
		return w.freeLocked(w.mu.first)
	}
	return w.freeLocked(^uint64(0))
}

// sealTailLocked ends the last recovered segment behind its intact records.
func (w *wal) sealTailLocked(tail int64) error {
	last := w.active()
	head := make([]byte, tail%walBlock)
	if err := readFull(last.file, head, tail-int64(len(head))); err != nil {
		return fmt.Errorf("read %s: %w", last.path, err)
	}
	f, err := w.fs.OpenReadWrite(last.path, writeCategory)
	if err != nil {
		return fmt.Errorf("open %s: %w", last.path, err)
	}
	w.w.out.begin(f, tail, head)
	return w.sealLocked()
}

// closeSegments closes what a failed start has opened.
func (w *wal) closeSegments() {
	if w.w.out.file != nil {
		w.w.out.file.Close()
	}
	for _, s := range w.mu.segments {
		s.file.Close()
	}
}
