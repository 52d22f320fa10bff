package pgwire

import "sync"

// idleWorkers is how many workers wait for connections at most.
const idleWorkers = 64

// workers are the goroutines that answer messages. A connection has one from its
// first message until it is idle again, so that idle connections share their
// stacks and queues.
type workers struct {
	running sync.WaitGroup

	mu struct { // taken after conn.mu
		sync.Mutex
		idle    []*worker // the last one was busy last
		closing bool
	}
}

// worker answers for one connection at a time.
type worker struct {
	conns chan *conn // the next one; closed when it is no longer needed
	msgs  chan message
}

// queued is how many messages a pipelining client may be ahead before the
// reader stops watching its socket.
const queued = 32

// lend gives c a worker, which begins at once.
func (ws *workers) lend(c *conn) *worker {
	ws.mu.Lock()
	var w *worker
	if n := len(ws.mu.idle); n > 0 {
		w, ws.mu.idle[n-1] = ws.mu.idle[n-1], nil
		ws.mu.idle = ws.mu.idle[:n-1]
	}
	ws.mu.Unlock()
	if w == nil {
		w = &worker{conns: make(chan *conn, 1), msgs: make(chan message, queued)}
		ws.running.Go(func() { ws.work(w) })
	}
	w.conns <- c
	return w
}

// work answers for connections until one has ended or enough others wait.
func (ws *workers) work(w *worker) {
	for c := range w.conns {
		if !c.work(func() bool { return ws.take(w) }) {
			return
		}
	}
}

// take makes an idle worker wait for its next connection; false when it is one
// too many. It may be lent before take returns.
func (ws *workers) take(w *worker) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.mu.closing || len(ws.mu.idle) == idleWorkers {
		return false
	}
	ws.mu.idle = append(ws.mu.idle, w)
	return true
}

// dismiss ends the idle workers. With closing, workers end with what they do.
func (ws *workers) dismiss(closing bool) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.mu.closing = ws.mu.closing || closing
	for _, w := range ws.mu.idle {
		close(w.conns)
	}
	ws.mu.idle = nil
}
