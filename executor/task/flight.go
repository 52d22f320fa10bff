package task

import (
	"sync"

	"github.com/leatdb/leat/log"
)

// flight bounds the bytes of all tasks' entries that wait for their commit: many
// queries with large results wait for the disk with what there is room for, not
// with as much as each may have in flight.
type flight struct {
	limit int64 // 0: none
	mu    struct {
		sync.Mutex
		bytes   int64
		waiting map[*task]bool // to be woken when there is room
	}
}

func newFlight(limit int64) *flight {
	f := &flight{limit: limit}
	f.mu.waiting = map[*task]bool{}
	return f
}

// room tells whether a task may begin a step; if not, it is woken once it may.
// There is room for a step of any size when the bytes in flight are below the
// limit, so that whatever is in flight ends above it by a step a task at most.
func (f *flight) room(t *task) bool {
	if f.limit <= 0 {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mu.bytes < f.limit {
		delete(f.mu.waiting, t)
		return true
	}
	f.mu.waiting[t] = true
	return false
}

// add counts an entry until it has been given to done.
func (f *flight) add(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mu.bytes += bytes
}

// done takes an entry out, and wakes those that wait when there is room again.
func (f *flight) done(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mu.bytes -= bytes
	if f.mu.bytes >= f.limit || len(f.mu.waiting) == 0 {
		return
	}
	for t := range f.mu.waiting {
		t.wake()
	}
	clear(f.mu.waiting)
}

// Uncommitted gives the bytes of entries that wait for their commit.
func (r *Runtime) Uncommitted() int64 {
	f := r.cfg.flight
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mu.bytes
}

// sizeOf is what an entry keeps in memory, less its fixed part.
func sizeOf(e *log.JournalEntry) int64 {
	n := len(e.Steps)
	for i := range e.Outputs {
		n += len(e.Outputs[i].Batch)
	}
	return int64(n)
}
