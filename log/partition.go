package log

import (
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// partition is one sequence of batches: a partition of a topic, or the journal of a task. Who holds fsm.mu is
// the only one that appends; maintenance takes whole segments away or puts cleaned ones in their place.
type partition struct {
	fs       vfs.FS
	dir      string
	interval int  // of the sparse index
	dense    bool // offsets have no gaps but those of compaction; false for journals

	// Of who holds fsm.mu.
	active      *segment // nil: the next batch makes one
	producers   map[int64]*producerState
	next        int64    // the end, staged batches included
	staged      [][]byte // batches of the entry under way, not yet written or visible
	stagedBytes int64
	untold      []chan struct{} // of readers for whom there is something visible

	mu struct {
		sync.RWMutex
		start, end int64 // logical start, next offset
		segments   []*segment
		tail       []FetchedBatch // the newest batches, shared
		tailBytes  int64
		wake       chan struct{} // closed by the next append; nil when nobody waits
		dropped    bool
		settings   rollSettings
	}
}

// rollSettings say when a segment is full.
type rollSettings struct {
	bytes int64
	ms    int64
}

func newPartition(fsys vfs.FS, dir string, interval int, roll rollSettings) *partition {
	p := &partition{fs: fsys, dir: dir, interval: interval, dense: true, producers: map[int64]*producerState{}}
	p.mu.settings = roll
	return p
}

// stage takes b, whose offsets are set and rise (L4), to be written behind the last batch by flush. now is the
// entry's time. It keeps b.
func (p *partition) stage(b []byte, now int64) error {
	base, last := batch.BaseOffset(b), batch.LastOffset(b)
	if base < p.next || last < base {
		panic(fmt.Sprintf("BUG: batch %d..%d appended to %s ending at %d", base, last, p.dir, p.next))
	}
	if err := p.roll(int64(len(b)), base, now); err != nil {
		return err
	}
	p.staged = append(p.staged, b)
	p.stagedBytes += int64(len(b))
	p.next = last + 1
	return nil
}

// flush writes what is staged and makes it visible; announce tells.
func (p *partition) flush(now int64) error {
	if len(p.staged) == 0 {
		return nil
	}
	s := p.active
	s.reserve(p.stagedBytes)
	if err := writeBatches(s.file, s.size, p.staged); err != nil {
		return err
	}
	p.mu.Lock()
	for _, b := range p.staged {
		s.add(b, now, p.interval)
		p.mu.tail = append(p.mu.tail, FetchedBatch{BaseOffset: batch.BaseOffset(b), LastOffset: batch.LastOffset(b), Bytes: b})
	}
	p.mu.tailBytes += p.stagedBytes
	p.mu.end = p.next
	if p.mu.wake != nil {
		p.untold = append(p.untold, p.mu.wake)
		p.mu.wake = nil
	}
	p.mu.Unlock()
	clear(p.staged)
	p.staged, p.stagedBytes = p.staged[:0], 0
	return nil
}

// announce wakes the readers who waited for what flush made visible.
func (p *partition) announce() {
	for _, wake := range p.untold {
		close(wake)
	}
	clear(p.untold)
	p.untold = p.untold[:0]
}

// writeDirectly is the size from which a batch, or the data of a log entry, is written by itself; smaller neighbours are
// copied together, since a system call costs as much as that copy.
const writeDirectly = 16 << 10

// writeBatches writes batches one behind the other from offset at.
func writeBatches(file *segmentFile, at int64, batches [][]byte) error {
	var joined []byte
	write := func(b []byte) error {
		if len(b) == 0 {
			return nil
		}
		if _, err := file.writer().WriteAt(b, at); err != nil {
			return fmt.Errorf("write %s: %w", file.path, err)
		}
		at += int64(len(b))
		return nil
	}
	for i, b := range batches {
		if len(b) < writeDirectly && len(batches) > 1 {
			if joined = append(joined, b...); len(joined) < writeDirectly && i < len(batches)-1 {
				continue
			}
			b = nil
		}
		if err := write(joined); err != nil {
			return err
		}
		if joined = joined[:0]; b == nil {
			continue
		}
		if err := write(b); err != nil {
			return err
		}
	}
	return nil
}

func (p *partition) offsets() (start, end int64) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.mu.start, p.mu.end
}

// roll makes sure that there is an active segment with room for n more bytes.
func (p *partition) roll(n, base, now int64) error {
	p.mu.RLock()
	settings := p.mu.settings
	p.mu.RUnlock()
	if s := p.active; s != nil && p.full(s, n, now, settings) {
		if err := p.flush(now); err != nil {
			return err
		}
		p.seal()
	}
	if p.active != nil {
		return nil
	}
	if err := p.fs.MkdirAll(p.dir, 0o755); err != nil {
		return fmt.Errorf("make directory %s: %w", p.dir, err)
	}
	s := newSegment(p.fs, p.dir, base, 0)
	s.dense = p.dense
	s.index = newLoadedIndex(s.file.path)
	if err := s.file.create(); err != nil {
		return err
	}
	p.active = s
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.segments = append(p.mu.segments, s)
	return nil
}

// full says whether the active segment ends before n more bytes. All that is staged is of the same entry.
func (p *partition) full(s *segment, n, now int64, settings rollSettings) bool {
	size := s.size + p.stagedBytes
	return size > 0 && (size+n > settings.bytes || s.size > 0 && now-s.opened >= settings.ms)
}

// seal ends the active segment; the next batch begins another.
func (p *partition) seal() {
	s := p.active
	if s == nil {
		return
	}
	p.active = nil
	p.mu.Lock()
	s.sealed = true
	p.mu.Unlock()
	s.file.release()
}

// moveStart moves the logical start forward to at most the end. When nothing is left before the end, the active
// segment is sealed, so that it can go.
func (p *partition) moveStart(start int64) {
	p.mu.Lock()
	p.mu.start = max(p.mu.start, min(start, p.mu.end))
	empty := p.mu.start == p.mu.end
	p.mu.Unlock()
	if empty && p.active != nil && p.active.size > 0 {
		p.seal()
	}
}

// dropTailOldest forgets the oldest cached batch.
func (p *partition) dropTailOldest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.mu.tail) == 0 {
		return
	}
	p.mu.tailBytes -= int64(len(p.mu.tail[0].Bytes))
	p.mu.tail[0].Bytes = nil
	p.mu.tail = p.mu.tail[1:]
}

// wait returns a channel that is closed when the end passes offset or the partition is dropped; sooner when offset
// lies beyond the end.
func (p *partition) wait(offset int64) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.end > offset || p.mu.dropped {
		return closedChannel
	}
	if p.mu.wake == nil {
		p.mu.wake = make(chan struct{})
	}
	return p.mu.wake
}

var closedChannel = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// drop wakes who waits and lets go of the active segment; the files stay for the next snapshot to remove.
func (p *partition) drop() {
	p.seal()
	p.mu.Lock()
	p.mu.dropped = true
	p.mu.tail, p.mu.tailBytes = nil, 0
	for _, s := range p.mu.segments {
		s.file.doom()
	}
	wake := p.mu.wake
	p.mu.wake = nil
	p.mu.Unlock()
	if wake != nil {
		close(wake)
	}
}

// close closes the files.
func (p *partition) close() error {
	p.seal()
	p.mu.Lock()
	defer p.mu.Unlock()
	var first error
	for _, s := range p.mu.segments {
		if err := s.file.closeIdle(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
