package web

import (
	"context"
	"sync"

	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql/vec"
)

// evaluation is a running push query and the ring of its last rows.
type evaluation struct {
	hub    *hub
	key    string
	query  *server.Watch
	token  string // it was started behind it, "" from the query's start
	lines  *lineWriter
	ctx    context.Context
	cancel context.CancelFunc
	began  chan struct{} // closed when the query runs or has failed
	mu     struct {
		sync.Mutex
		ring    []*entry
		first   int64  // number of ring[0], from 0
		from    string // token before ring[0]
		total   int64  // cost of all entries so far
		dropped int64  // cost of those that have left the ring
		err     error  // after the last entry; io.EOF at LIMIT
		readers map[*watcher]bool
		changed chan struct{} // closed when there is more to read
		room    chan struct{} // closed when the fastest reader may have moved
	}
}

// entry is the rows of one batch.
type entry struct {
	text  []byte     // JSON objects, one a line
	rows  int        // lines
	token string     // behind these rows, "" none
	batch *vec.Batch // for conflation; nil when rows have no key
	total int64      // cost up to and with this one
	sse   struct {
		sync.Once
		frame []byte
	}
}

func newEvaluation(h *hub, key string, q *server.Watch, token string) *evaluation {
	ev := &evaluation{hub: h, key: key, query: q, token: token, lines: newLineWriter(q.Columns, q.Table, q.Key), began: make(chan struct{})}
	ev.ctx, ev.cancel = context.WithCancel(h.ctx)
	ev.mu.from = token
	ev.mu.readers = map[*watcher]bool{}
	ev.mu.changed, ev.mu.room = make(chan struct{}), make(chan struct{})
	return ev
}

// pump runs the query until it ends or nobody reads it.
func (ev *evaluation) pump() {
	err := ev.run()
	ev.mu.Lock()
	defer ev.mu.Unlock()
	ev.mu.err = err
	ev.announceLocked()
}

func (ev *evaluation) run() error {
	rows, err := ev.query.Run(ev.ctx, ev.token)
	if err != nil {
		ev.mu.Lock()
		ev.mu.err = err // before began: the readers ask for it then
		ev.mu.Unlock()
		close(ev.began)
		return err
	}
	defer rows.Close()
	ev.mu.Lock()
	ev.mu.from = rows.Token()
	for w := range ev.mu.readers {
		w.token = ev.mu.from
	}
	ev.mu.Unlock()
	close(ev.began)
	for {
		if err := ev.waitForRoom(); err != nil {
			return err
		}
		b, err := rows.Next(ev.ctx)
		if err != nil {
			return err
		}
		ev.append(ev.encode(b), rows.Token())
	}
}

func (ev *evaluation) encode(b *vec.Batch) *entry {
	e := &entry{rows: b.Len()}
	for i := range e.rows {
		e.text = append(ev.lines.object(e.text, b, i), '\n')
	}
	if ev.query.Key != nil {
		e.batch = b
	}
	return e
}

func (ev *evaluation) append(e *entry, token string) {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	ev.mu.total += int64(2*len(e.text) + 256)
	e.token, e.total = token, ev.mu.total
	ev.mu.ring = append(ev.mu.ring, e)
	for len(ev.mu.ring) > 1 && ev.mu.total-ev.mu.dropped > ev.hub.cfg.RingBytes {
		ev.dropLocked()
	}
	ev.announceLocked()
}

// dropLocked forgets the oldest entry; readers that have not had it are
// conflated or cut (H3).
func (ev *evaluation) dropLocked() {
	e := ev.mu.ring[0]
	for w := range ev.mu.readers {
		if w.next > ev.mu.first {
			continue
		}
		w.next = ev.mu.first + 1
		if !w.conflate || !w.absorb(ev, e) {
			w.cut = true
			delete(ev.mu.readers, w)
		}
	}
	ev.mu.ring[0] = nil
	ev.mu.ring, ev.mu.first, ev.mu.from, ev.mu.dropped = ev.mu.ring[1:], ev.mu.first+1, e.token, e.total
}

func (ev *evaluation) announceLocked() {
	close(ev.mu.changed)
	ev.mu.changed = make(chan struct{})
}

// waitForRoom blocks while all readers are a ring behind.
func (ev *evaluation) waitForRoom() error {
	for {
		ev.mu.Lock()
		lag := int64(-1)
		for w := range ev.mu.readers {
			if n := ev.mu.total - ev.costBeforeLocked(w.next); lag < 0 || n < lag {
				lag = n
			}
		}
		room := ev.mu.room
		ev.mu.Unlock()
		if lag < ev.hub.cfg.RingBytes/2 {
			return ev.ctx.Err()
		}
		select {
		case <-room:
		case <-ev.ctx.Done():
			return ev.ctx.Err()
		}
	}
}

// costBeforeLocked is the cost of all entries before number seq.
func (ev *evaluation) costBeforeLocked(seq int64) int64 {
	if seq <= ev.mu.first {
		return ev.mu.dropped
	}
	return ev.mu.ring[seq-1-ev.mu.first].total
}

// admit makes w a reader if the ring holds what w wants: the rows behind token,
// or with "" those from the query's start.
func (ev *evaluation) admit(w *watcher, q *server.Watch, token string) bool {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	if ev.mu.err != nil {
		return false
	}
	end := ev.mu.first + int64(len(ev.mu.ring))
	at := int64(-1)
	switch {
	case token != "":
		at = ev.behindLocked(token)
	case ev.token != "" || ev.query.Start != q.Start:
	case q.Live:
		at = end
	case ev.mu.first == 0:
		at = 0
	}
	if at < 0 {
		return false
	}
	w.query, w.next, w.cut = ev, at, false
	w.token = ev.mu.from
	if at > ev.mu.first {
		w.token = ev.mu.ring[at-1-ev.mu.first].token
	}
	ev.mu.readers[w] = true
	return true
}

// behindLocked is the number of the entry that follows token, -1 if unknown.
func (ev *evaluation) behindLocked(token string) int64 {
	for i := len(ev.mu.ring) - 1; i >= 0; i-- {
		if ev.mu.ring[i].token == token {
			return ev.mu.first + int64(i) + 1
		}
	}
	if ev.mu.from == token {
		return ev.mu.first
	}
	return -1
}

// dismiss takes a reader off and tells whether it was the last.
func (ev *evaluation) dismiss(w *watcher) (last bool) {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	delete(ev.mu.readers, w)
	close(ev.mu.room)
	ev.mu.room = make(chan struct{})
	return len(ev.mu.readers) == 0
}

func (ev *evaluation) readers() int {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	return len(ev.mu.readers)
}
