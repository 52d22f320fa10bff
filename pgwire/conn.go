package pgwire

import (
	"bufio"
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
	in      *bufio.Reader
	out     output
	pid     uint32
	secret  [4]byte
	msgs    chan message
	drained chan struct{} // closed when the server shuts down
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
		draining bool
	}
}

// statement is a prepared statement with the types its client declared.
type statement struct {
	*Prepared
	oids []uint32
}

// readBuffer is the size of a connection's input buffer in bytes: most of what an
// idle one costs, while long messages are read past it.
const readBuffer = 4 << 10

// lastWords is how long an ending connection may take to send what is buffered.
const lastWords = 5 * time.Second

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{
		srv: s, nc: nc, in: bufio.NewReaderSize(nc, readBuffer),
		msgs: make(chan message, queued), drained: make(chan struct{}),
		stmts: map[string]*statement{}, portals: map[string]*portal{},
	}
	c.out.nc, c.out.limit, c.out.metrics = nc, s.cfg.WriteBuffer, s.cfg.Metrics
	c.ctx, c.stop = context.WithCancelCause(context.Background())
	return c
}

// end makes the connection end: a statement at work is cancelled. cause is sent
// to the client when it is a *sqlerr.Error.
func (c *conn) end(cause error) {
	c.stop(cause)
	deadlineIn(c.nc, lastWords)
}

// drain ends the connection as soon as it is idle.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.mu.draining {
		c.mu.draining = true
		close(c.drained)
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

// serve answers messages until the client or the server ends.
func (c *conn) serve() {
	var reader sync.WaitGroup
	reader.Add(1)
	go func() {
		defer reader.Done()
		c.read(c.in)
	}()
	cause := c.loop()
	c.stop(cause)
	c.lastMessage(context.Cause(c.ctx))
	closeQuietly(c.nc)
	c.out.closeNotes()
	reader.Wait()
	c.closePortals()
	c.session.Close()
}

// loop gives the reason why the connection ends.
func (c *conn) loop() error {
	for {
		select {
		case <-c.ctx.Done():
			return context.Cause(c.ctx)
		case <-c.drained:
			return errShutdown
		case m, ok := <-c.msgs:
			if !ok {
				return errGone
			}
			if err := c.guard(m); err != nil {
				return err
			}
		}
	}
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
		return c.out.flush()
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
