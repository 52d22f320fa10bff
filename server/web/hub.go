package web

import (
	"context"
	"slices"
	"sync"

	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql/sqlerr"
)

// hub finds running queries for those who want to watch them (H1).
type hub struct {
	cfg     Config
	ctx     context.Context // ends with the site
	cancel  context.CancelFunc
	running sync.WaitGroup
	mu      struct {
		sync.Mutex
		queries map[string][]*evaluation // by what they compute and for whom, oldest first
		count   int
		started int64
		closed  bool
	}
}

func newHub(cfg Config) *hub {
	h := &hub{cfg: cfg}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.mu.queries = map[string][]*evaluation{}
	return h
}

// close ends all queries and waits for them.
func (h *hub) close() {
	h.mu.Lock()
	h.mu.closed = true
	h.mu.Unlock()
	h.cancel()
	h.running.Wait()
}

// stats gives how many queries run, how many readers they have, and how many
// have been started.
func (h *hub) stats() (queries, readers int, started int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, list := range h.mu.queries {
		for _, ev := range list {
			queries++
			readers += ev.readers()
		}
	}
	return queries, readers, h.mu.started
}

// join makes a reader of the rows behind token, or from the query's start. It
// shares a query that runs when that gives the same rows (H2).
func (h *hub) join(user string, q *server.Watch, token string, conflate bool) (*watcher, error) {
	if conflate && q.Key == nil {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "only rows with a key can be conflated").
			WithHint("Select all key columns, or leave slow=latest out.")
	}
	key := user + "\x00" + q.ID
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mu.closed {
		return nil, sqlerr.New(sqlerr.AdminShutdown, "the server is shutting down")
	}
	w := &watcher{hub: h, conflate: conflate, token: token}
	for _, ev := range h.mu.queries[key] {
		if ev.admit(w, q, token) {
			return w, nil
		}
	}
	if h.mu.count >= h.cfg.MaxQueries {
		return nil, sqlerr.New(sqlerr.ConfigurationLimit, "too many push queries, %d run", h.mu.count)
	}
	ev := newEvaluation(h, key, q, token)
	ev.admit(w, q, token)
	h.mu.queries[key] = append(h.mu.queries[key], ev)
	h.mu.count++
	h.mu.started++
	h.running.Add(1)
	go func() {
		defer h.running.Done()
		ev.pump()
	}()
	return w, nil
}

// leave takes a reader off its query, which ends with the last one.
func (h *hub) leave(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaveLocked(w)
}

func (h *hub) leaveLocked(w *watcher) {
	ev := w.query
	if ev == nil || !ev.dismiss(w) {
		return
	}
	ev.cancel()
	list := h.mu.queries[ev.key]
	if i := slices.Index(list, ev); i >= 0 {
		h.mu.count--
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(h.mu.queries, ev.key)
	} else {
		h.mu.queries[ev.key] = list
	}
}

// merge moves a reader that has caught up to an older query of the same rows
// that is where the reader is.
func (h *hub) merge(w *watcher) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	from := w.query
	for _, ev := range h.mu.queries[from.key] {
		if ev == from {
			return false
		}
		next := &watcher{hub: h, conflate: w.conflate}
		if !ev.admit(next, from.query, w.token) {
			continue
		}
		ev.dismiss(next)
		h.leaveLocked(w)
		return ev.admit(w, from.query, w.token)
	}
	return false
}
