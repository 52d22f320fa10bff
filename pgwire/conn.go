package pgwire

import (
	"container/list"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

// conn is one client's connection.
type conn struct {
	srv     *Server
	nc      net.Conn
	in      *input
	out     output
	pid     uint32
	secret  [4]byte
	msgs    chan message // of its worker
	session Session
	stmts   map[string]*statement
	portals map[string]*portal
	text    string // the statement at work, for positions in errors and notices
	started bool
	seated  bool          // counted among the clients; guarded by Server.mu
	place   *list.Element // among the pending ones
	skip    bool          // an error was answered: W3

	tls         *tls.ConnectionState
	certificate []byte // the server's own in tls

	ctx  context.Context // ends with the client
	stop context.CancelCauseFunc

	mu struct {
		sync.Mutex
		cancel   context.CancelCauseFunc // of the statement at work
		draining bool                    // the server shuts down
		worker   *worker                 // nil: idle
		promised int                     // messages that the worker has not taken
		serving  bool                    // the startup is over
		over     bool                    // its last message was sent
	}
	working sync.WaitGroup // until it is over
}

// statement is a prepared statement with the types its client declared.
type statement struct {
	*Prepared
	oids []uint32
}

// lastWords is how long an ending connection may take to send what is buffered.
const lastWords = 5 * time.Second

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{
		srv: s, nc: nc, in: newInput(nc),
		stmts: map[string]*statement{}, portals: map[string]*portal{},
	}
	c.out.nc, c.out.limit, c.out.metrics = nc, s.cfg.WriteBuffer, s.cfg.Metrics
	c.working.Add(1)
	c.ctx, c.stop = context.WithCancelCause(context.Background())
	return c
}

// end makes the connection end: a statement at work is cancelled. cause is sent
// to the client when it is a *sqlerr.Error.
func (c *conn) end(cause error) {
	c.stop(cause)
	deadlineIn(c.nc, lastWords)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.attendLocked()
}

// drain ends the connection as soon as it is idle.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.draining = true
	c.attendLocked()
}

// attendLocked gives the connection a worker unless it has one, or none is of use
// any more.
func (c *conn) attendLocked() {
	if c.mu.worker == nil && c.mu.serving && !c.mu.over {
		c.mu.worker = c.srv.workers.lend(c)
	}
}

// cancelStatement ends the statement at work, if any.
func (c *conn) cancelStatement(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.cancel != nil {
		c.mu.cancel(cause)
	}
}

// begin makes the context of a statement; the function ends it.
func (c *conn) begin() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(c.ctx)
	c.out.busy()
	c.mu.Lock()
	c.mu.cancel = cancel
	c.mu.Unlock()
	return ctx, func() {
		c.mu.Lock()
		c.mu.cancel = nil
		c.mu.Unlock()
		cancel(nil)
	}
}

// serve reads messages, which a worker answers, until the client or the server
// ends. Its goroutine is new, for most of the time all that an idle connection
// has is its stack.
func (c *conn) serve() {
	c.mu.Lock()
	c.mu.serving = true
	if c.mu.draining || c.ctx.Err() != nil {
		c.attendLocked()
	}
	c.mu.Unlock()
	c.read()
	c.working.Wait()
	c.in.release()
	c.out.closeNotes()
	c.closePortals()
	c.session.Answered()
	c.session.Close()
}

// work answers what there is and leaves the connection idle, or at its end. rest
// is called when the worker is free, before others can know; its result, false
// after the end, says whether the worker goes on.
func (c *conn) work(rest func() bool) bool {
	for {
		m, err := c.await()
		if err == nil && m.kind == 0 {
			if on, left := c.leave(rest); left {
				return on
			}
			continue
		}
		if err == nil {
			err = c.guard(m)
		}
		if err != nil {
			c.farewell(err)
			return false
		}
	}
}

// await gives the next message, none when the client has sent no other, or why
// the connection ends.
func (c *conn) await() (m message, err error) {
	c.mu.Lock()
	c.msgs = c.mu.worker.msgs
	draining, promised := c.mu.draining, c.mu.promised
	c.mu.Unlock()
	switch {
	case c.ctx.Err() != nil:
		return m, context.Cause(c.ctx)
	case draining:
		return m, errShutdown
	case promised == 0:
		c.session.Answered()
		return m, nil
	}
	return c.next(c.ctx)
}

// leave makes the connection idle unless there is news; left tells which.
func (c *conn) leave(rest func() bool) (on, left bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.promised > 0 || c.mu.draining || c.ctx.Err() != nil {
		return false, false
	}
	c.mu.worker, c.msgs = nil, nil
	return rest(), true
}

// farewell ends the connection. Its worker is of no more use: there may be
// messages in its queue.
func (c *conn) farewell(cause error) {
	c.stop(cause)
	c.lastMessage(context.Cause(c.ctx))
	closeQuietly(c.nc)
	c.mu.Lock()
	c.mu.over = true
	c.mu.Unlock()
	c.working.Done()
}

// lastMessage tells a client why it is disconnected, unless it left by itself.
func (c *conn) lastMessage(cause error) {
	var e *sqlerr.Error
	if !errors.As(cause, &e) {
		return
	}
	deadlineIn(c.nc, lastWords)
	c.srv.cfg.Metrics.ErrorSent(e.Code)
	if c.out.send(errorResponse("FATAL", e, "")) == nil {
		_ = c.out.flush()
	}
}

// guard answers one message. A broken invariant in a statement ends this
// connection, with the stack in the log, and leaves the others alone.
func (c *conn) guard(m message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.srv.cfg.Logger.Error("statement panicked", "conn", c.pid, "err", fmt.Sprint(p),
				"statement", c.srv.cfg.Redact(c.text), "stack", string(debug.Stack()))
			err = sqlerr.New(sqlerr.InternalError, "internal error: %v", p)
		}
	}()
	return c.dispatch(m)
}

// dispatch answers one message. It returns an error only when the connection
// has to end.
func (c *conn) dispatch(m message) error {
	if c.skip && m.kind != 'S' {
		return nil
	}
	switch m.kind {
	case 'Q':
		return c.query(m.body)
	case 'P':
		return c.extended(c.parse(m.body))
	case 'B':
		return c.extended(c.bind(m.body))
	case 'D':
		return c.extended(c.describe(m.body))
	case 'E':
		return c.extended(c.execute(m.body))
	case 'C':
		return c.extended(c.closeNamed(m.body))
	case 'H':
		err := c.out.flush()
		c.session.Answered()
		return err
	case 'S':
		return c.sync()
	case 'F':
		return c.functionCall()
	case 'd', 'c', 'f':
		return nil // the rest of a COPY that failed
	default:
		return protocolError("invalid frontend message type %d", m.kind)
	}
}

// fail answers with an error. It returns one only when the connection ends.
func (c *conn) fail(err error) error {
	if errors.Is(err, errGone) {
		return err
	}
	e := sqlerr.From(err)
	if e.Code == sqlerr.AdminShutdown {
		return e
	}
	c.session.Failed()
	c.srv.cfg.Metrics.ErrorSent(e.Code)
	if err := c.out.send(errorResponse("ERROR", err, c.text)); err != nil {
		return err
	}
	return c.out.flush()
}

// contextual replaces err by the reason for which ctx ended.
func contextual(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, errGone) {
		return err
	}
	cause := context.Cause(ctx)
	var e *sqlerr.Error
	switch {
	case cause == nil:
		return err
	case errors.As(cause, &e):
		return e
	}
	return errGone
}

func (c *conn) functionCall() error {
	c.text = ""
	if err := c.fail(sqlerr.Unsupported("the function call message")); err != nil {
		return err
	}
	return c.out.ready(c.session.TxStatus())
}
