package web

import (
	"bytes"
	"context"

	"github.com/leatdb/leat/sql/sqlerr"
)

// watcher is one reader of a running query. next, token, cut and latest are
// guarded by the query's lock; query changes only in the reader's own calls.
type watcher struct {
	hub      *hub
	query    *evaluation
	conflate bool
	next     int64  // number of the entry to read
	token    string // behind what has been read
	cut      bool   // fell out of the ring
	latest   latest // what a conflating reader has missed
}

// errOverflow ends a reader that fell out of the ring.
var errOverflow = sqlerr.New(sqlerr.ConfigurationLimit, "the client is too slow for this query").
	WithHint("Resume with the token, read faster, or ask for slow=latest.")

// start waits until the query runs and gives the token of the reader's place.
func (w *watcher) start(ctx context.Context) (token string, err error) {
	select {
	case <-w.query.began:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	w.query.mu.Lock()
	defer w.query.mu.Unlock()
	if len(w.query.mu.ring) == 0 && w.query.mu.first == 0 && w.query.mu.err != nil {
		return "", w.query.mu.err
	}
	return w.token, nil
}

// read gives the next rows, shared. errOverflow when the reader was cut, io.EOF
// at the query's end.
func (w *watcher) read(ctx context.Context) (*entry, error) {
	for {
		e, changed, err := w.take()
		if e != nil || err != nil {
			return e, err
		}
		if w.token != "" && w.hub.merge(w) {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take gives an entry, or what to wait for.
func (w *watcher) take() (*entry, <-chan struct{}, error) {
	ev := w.query
	ev.mu.Lock()
	defer ev.mu.Unlock()
	if w.cut {
		return nil, nil, errOverflow
	}
	at := int(w.next - ev.mu.first)
	switch {
	case w.conflate && (len(w.latest.order) > 0 || len(ev.mu.ring)-at > 1):
		return w.conflateLocked(ev, at)
	case at < len(ev.mu.ring):
		e := ev.mu.ring[at]
		w.next, w.token = w.next+1, e.token
		w.movedLocked(ev)
		return e, nil, nil
	case ev.mu.err != nil:
		return nil, nil, ev.mu.err
	}
	return nil, ev.mu.changed, nil
}

func (w *watcher) movedLocked(ev *evaluation) {
	close(ev.mu.room)
	ev.mu.room = make(chan struct{})
}

// conflateLocked gives the last row of every key among all that is there.
func (w *watcher) conflateLocked(ev *evaluation, at int) (*entry, <-chan struct{}, error) {
	for _, e := range ev.mu.ring[at:] {
		if !w.absorb(ev, e) {
			w.cut = true
			delete(ev.mu.readers, w)
			return nil, nil, errOverflow
		}
		w.token = e.token
	}
	w.next = ev.mu.first + int64(len(ev.mu.ring))
	w.movedLocked(ev)
	e := &entry{text: w.latest.take(), token: w.token}
	e.rows = bytes.Count(e.text, []byte{'\n'})
	return e, nil, nil
}

// absorb keeps the last row of every key; false when there are too many. The
// query's lock is held.
func (w *watcher) absorb(ev *evaluation, e *entry) bool {
	rest := e.text
	for i := range e.rows {
		n := bytes.IndexByte(rest, '\n') + 1
		w.latest.put(ev.lines.keyOf(e.batch, i), rest[:n])
		rest = rest[n:]
	}
	return w.latest.bytes <= ev.hub.cfg.RingBytes
}

// position is the token behind what has been read.
func (w *watcher) position() string {
	w.query.mu.Lock()
	defer w.query.mu.Unlock()
	return w.token
}

// close ends the reader.
func (w *watcher) close() { w.hub.leave(w) }
