package log

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"
)

// walConfig is what a WAL needs to know.
type walConfig struct {
	fs           vfs.FS
	dir          string // exists
	group        uint32
	segmentBytes int64
	keepFree     int // recycled files kept
	relaxed      bool
	clock        Clock
	at           func(point string)
	fatal        func(error)
}

// wal is the Raft LogStore of one group: segment files that are written in turn and recycled, each record naming
// the generation of its segment so that what a recycled file held before is never taken for new.
type wal struct {
	walConfig
	since     atomic.Int64 // bytes appended since it was last set to zero
	lastFsync atomic.Int64 // duration of the last one, ns
	fsyncs    atomic.Int64 // how many; fsyncTime their durations together, ns
	fsyncTime atomic.Int64
	sums      atomic.Pointer[knownSum] // nil: nobody has any

	// w serialises writers: Raft's main goroutine appends, its snapshot goroutine truncates. Before mu.
	w struct {
		sync.Mutex
		out    walOutput // of the active segment
		synced walPos
		failed error
		term   uint64      // of the last entry that Raft stored, 0 unknown
		ahead  []*raft.Log // stored without Raft, which has not brought them yet
	}
	mu struct {
		sync.RWMutex
		segments []*walSegment // by generation, the last is active
		free     []string      // paths of files to recycle
		first    uint64        // index of entries[0]
		entries  []walEntry
		bytes    int64
	}
}

type walSegment struct {
	generation uint64
	path       string
	file       vfs.File // for reading
	last       uint64   // highest index ever written in it, 0 none
	bytes      int64
}

type walEntry struct {
	segment *walSegment
	offset  int64
	size    int64
}

var (
	_ raft.LogStore          = (*wal)(nil)
	_ raft.MonotonicLogStore = (*wal)(nil)
)

// IsMonotonic tells Raft that indexes must not have gaps.
func (w *wal) IsMonotonic() bool { return true }

// FirstIndex is the lowest stored index, 0 when empty.
func (w *wal) FirstIndex() (uint64, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if len(w.mu.entries) == 0 {
		return 0, nil
	}
	return w.mu.first, nil
}

// LastIndex is the highest stored index, 0 when empty.
func (w *wal) LastIndex() (uint64, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.lastLocked(), nil
}

func (w *wal) lastLocked() uint64 {
	if len(w.mu.entries) == 0 {
		return 0
	}
	return w.mu.first + uint64(len(w.mu.entries)) - 1
}

// GetLog reads the entry at index into l, with a buffer of its own. An entry that is there and cannot be read is
// fatal: Raft has no answer to that.
func (w *wal) GetLog(index uint64, l *raft.Log) error {
	err := w.read(index, l)
	if err != nil && !errors.Is(err, raft.ErrLogNotFound) {
		err = fmt.Errorf("write-ahead log of group %d: %w", w.group, err)
		w.fatal(err)
	}
	return err
}

func (w *wal) read(index uint64, l *raft.Log) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if index < w.mu.first || index > w.lastLocked() {
		return raft.ErrLogNotFound
	}
	e := w.mu.entries[index-w.mu.first]
	b := make([]byte, e.size)
	if err := readFull(e.segment.file, b, e.offset); err != nil {
		return fmt.Errorf("read %s at %d: %w", e.segment.path, e.offset, err)
	}
	r, ok := parseWALRecord(b, w.group, walAt(e.segment.generation, e.offset))
	if !ok || r.kind != walEntryKind || r.index != index {
		return fmt.Errorf("%w: log entry %d in %s at %d", ErrCorrupt, index, e.segment.path, e.offset)
	}
	return fillLog(l, r)
}

// StoreLog stores one entry.
func (w *wal) StoreLog(l *raft.Log) error { return w.StoreLogs([]*raft.Log{l}) }

// StoreLogs writes all entries with as few writes as segments and their size allow, normally one, and one fdatasync
// behind them.
func (w *wal) StoreLogs(logs []*raft.Log) error {
	w.w.Lock()
	defer w.w.Unlock()
	logs, err := w.behindLocked(logs)
	if err != nil || len(logs) == 0 {
		return err
	}
	if err := w.storeLocked(logs); err != nil {
		return err
	}
	w.w.term = logs[len(logs)-1].Term
	return nil
}

// storeLocked appends entries.
func (w *wal) storeLocked(logs []*raft.Log) error {
	w.mu.RLock()
	next := w.lastLocked() + 1
	empty := len(w.mu.entries) == 0
	w.mu.RUnlock()
	pending := make([]walEntry, 0, len(logs))
	first := logs[0].Index
	for _, l := range logs {
		if !empty && l.Index != next {
			return fmt.Errorf("log entry %d does not follow %d", l.Index, next-1)
		}
		empty, next = false, l.Index+1
		size := int64(walHeader+walBodyHeader+len(l.Extensions)+len(l.Data)+walAlign-1) / walAlign * walAlign
		gap, inPlace := w.w.out.gapBefore(l)
		if at := w.w.out.at(); at > 0 && at+gap+size+walHeader > w.segmentBytes {
			if err := w.rollLocked(); err != nil {
				return err
			}
			gap, inPlace = w.w.out.gapBefore(l)
		}
		put := w.putLocked
		if inPlace {
			put = w.placeLocked
		}
		w.gapLocked(gap)
		active := w.active()
		offset := w.w.out.at()
		if err := put(l, walAt(active.generation, offset)); err != nil {
			return err
		}
		pending = append(pending, walEntry{segment: active, offset: offset, size: size})
		active.last = l.Index
	}
	if err := w.flushLocked(!w.relaxed); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.mu.entries) == 0 {
		w.mu.first = first
	}
	w.mu.entries = append(w.mu.entries, pending...)
	return nil
}

// walPiece bounds what waits to be written.
const walPiece = 1 << 20

// putLocked encodes an entry that is to stand at a place of the active segment; what is much is written at once.
func (w *wal) putLocked(l *raft.Log, at walPos) error {
	out := &w.w.out
	out.reserve(walHeader + walBodyHeader + len(l.Extensions) + walAlign)
	out.buf = w.appendEntryHeadLocked(out.buf, l, at)
	for rest := l.Data; len(rest) > 0; {
		if len(out.buf) >= walPiece {
			if err := w.flushLocked(false); err != nil {
				return err
			}
		}
		n := min(len(rest), walPiece)
		out.reserve(n + walAlign)
		out.buf, rest = append(out.buf, rest[:n]...), rest[n:]
	}
	out.buf = append(out.buf, padding[:-out.at()&(walAlign-1)]...)
	return nil
}

// active is the segment being written; only its writer, holding w, changes which one that is.
func (w *wal) active() *walSegment {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.mu.segments[len(w.mu.segments)-1]
}

// flushLocked writes what is buffered and, when asked, syncs. A failure is fatal: after a failed sync nobody knows
// what the disk holds.
func (w *wal) flushLocked(sync bool) error {
	if w.w.failed != nil {
		return w.w.failed
	}
	active := w.active()
	if n := int64(w.w.out.unwritten()); n > 0 {
		if err := w.w.out.write(); err != nil {
			return w.failLocked(fmt.Errorf("write %s: %w", active.path, err))
		}
		w.wroteLocked(n)
	}
	if !sync {
		return nil
	}
	w.at(PointWritten)
	start := w.clock.Now()
	if err := w.w.out.file.SyncData(); err != nil {
		return w.failLocked(fmt.Errorf("sync %s: %w", active.path, err))
	}
	took := int64(w.clock.Now().Sub(start))
	w.lastFsync.Store(took)
	w.fsyncTime.Add(took)
	w.fsyncs.Add(1)
	w.w.synced = walAt(active.generation, w.w.out.at())
	w.at(PointSynced)
	return nil
}

// wroteLocked counts n bytes that were written up to the output's end.
func (w *wal) wroteLocked(n int64) {
	w.since.Add(n)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.segments[len(w.mu.segments)-1].bytes = w.w.out.at()
	w.mu.bytes += n
}

func (w *wal) failLocked(err error) error {
	w.w.failed = fmt.Errorf("write-ahead log of group %d: %w", w.group, err)
	w.fatal(w.w.failed)
	return w.w.failed
}

// Sync makes what relaxed durability left unsynced durable.
func (w *wal) Sync() error {
	w.w.Lock()
	defer w.w.Unlock()
	return w.flushLocked(true)
}

// rollLocked ends the active segment with a synced seal and begins the next.
func (w *wal) rollLocked() error {
	if err := w.sealLocked(); err != nil {
		return err
	}
	return w.beginLocked(w.active().generation + 1)
}

func (w *wal) sealLocked() error {
	return w.markLocked(walRecord{kind: walSeal})
}

// beginLocked makes a recycled or fresh file the active segment; its name is durable before it is written.
func (w *wal) beginLocked(generation uint64) error {
	path := w.fs.PathJoin(w.dir, fmt.Sprintf("%016x.wal", generation))
	w.mu.Lock()
	var recycled string
	if n := len(w.mu.free); n > 0 {
		recycled = w.mu.free[n-1]
		w.mu.free = w.mu.free[:n-1]
	}
	w.mu.Unlock()
	if recycled != "" {
		if err := w.fs.Rename(recycled, path); err != nil {
			return w.failLocked(fmt.Errorf("rename %s: %w", recycled, err))
		}
	}
	f, err := w.fs.OpenReadWrite(path, writeCategory)
	if err != nil {
		return w.failLocked(fmt.Errorf("open %s: %w", path, err))
	}
	if recycled == "" && f.Fd() != vfs.InvalidFd {
		if err := w.fill(f); err != nil {
			return w.failLocked(fmt.Errorf("fill %s: %w", path, err))
		}
	}
	if err := syncDir(w.fs, w.dir); err != nil {
		return w.failLocked(err)
	}
	seg, err := w.openSegment(generation, path)
	if err != nil {
		return w.failLocked(err)
	}
	w.mu.Lock()
	w.mu.segments = append(w.mu.segments, seg)
	w.mu.Unlock()
	if err := w.endOutputLocked(); err != nil {
		return w.failLocked(err)
	}
	w.w.out.begin(f, 0, nil)
	if !w.relaxed {
		w.w.out.direct()
	}
	return nil
}

// openSegment opens a segment for reading.
func (w *wal) openSegment(generation uint64, path string) (*walSegment, error) {
	f, err := w.fs.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &walSegment{generation: generation, path: path, file: f}, nil
}

// endOutputLocked closes the file being written, if any; all of it has been synced.
func (w *wal) endOutputLocked() error {
	f := w.w.out.file
	if f == nil {
		return nil
	}
	w.w.out.file = nil
	if err := f.Close(); err != nil {
		return fmt.Errorf("close a write-ahead segment: %w", err)
	}
	return nil
}

// fill writes a fresh segment on a real disk full of zeros, so that syncing a record need not allocate blocks: that
// halves the latency of a small append, as recycling does.
func (w *wal) fill(f vfs.File) error {
	zeros := make([]byte, min(w.segmentBytes, 1<<20))
	for at := int64(0); at < w.segmentBytes; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), w.segmentBytes-at)], at); err != nil {
			return err
		}
	}
	return f.Sync()
}

// Bytes is the size of the live segments; LastFsync how long the last fdatasync took.
func (w *wal) stats() (bytes int64, lastFsync time.Duration) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.mu.bytes, time.Duration(w.lastFsync.Load())
}

// Close syncs what is left, unless the WAL has failed, and closes the files.
func (w *wal) Close() error {
	w.w.Lock()
	defer w.w.Unlock()
	var err error
	if w.w.failed == nil {
		err = w.flushLocked(true)
		w.w.failed = ErrClosed
	}
	if cerr := w.endOutputLocked(); err == nil {
		err = cerr
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.mu.segments {
		if cerr := s.file.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("close %s: %w", s.path, cerr)
		}
	}
	w.mu.segments, w.mu.entries = nil, nil
	return err
}
