package pgwire

import (
	"net"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/leatdb/leat/sql/sqlerr"
)

// output is the buffer of what the client has not been sent. Notifications
// come from another goroutine, hence the lock; a slow client blocks whoever
// flushes.
type output struct {
	nc      net.Conn
	limit   int
	metrics Metrics
	notes   notes

	mu struct {
		sync.Mutex
		buf    []byte // of lent
		lent   *[]byte
		err    error // of the first failed write; all later output is dropped
		idle   bool  // the client waits for nothing: notifications may go out
		params []Param
	}
}

// encoder is a message that can be appended to a buffer.
type encoder interface {
	Encode(dst []byte) ([]byte, error)
}

// send appends a message, and sends what has gathered when it is much.
func (o *output) send(m encoder) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sendLocked(m)
}

func (o *output) sendLocked(m encoder) error {
	o.mu.idle = false
	o.borrowLocked()
	buf, err := m.Encode(o.mu.buf)
	if err != nil {
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "message is too large to be sent").Wrap(err)
	}
	o.mu.buf = buf
	return o.spillLocked()
}

// raw lets f append bytes of whole messages.
func (o *output) raw(f func(dst []byte) ([]byte, error)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.borrowLocked()
	n := len(o.mu.buf)
	buf, err := f(o.mu.buf)
	if err != nil {
		o.mu.buf = o.mu.buf[:n]
		return err
	}
	o.mu.buf = buf
	return o.spillLocked()
}

func (o *output) spillLocked() error {
	if len(o.mu.buf) < o.limit {
		return o.mu.err
	}
	return o.flushLocked()
}

// flush sends everything.
func (o *output) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.flushLocked()
}

func (o *output) flushLocked() error {
	if o.mu.err != nil || len(o.mu.buf) == 0 {
		return o.mu.err
	}
	n, err := o.nc.Write(o.mu.buf)
	o.metrics.BytesSent(n)
	if err != nil {
		o.mu.err = errGone
	}
	if cap(o.mu.buf) <= 16*o.limit {
		*o.mu.lent = o.mu.buf[:0]
		outputBuffers.Put(o.mu.lent)
	}
	o.mu.buf, o.mu.lent = nil, nil
	return o.mu.err
}

// outputBuffers are lent to connections that have something to send.
var outputBuffers = sync.Pool{New: func() any { return new([]byte) }}

func (o *output) borrowLocked() {
	if o.mu.lent == nil {
		o.mu.lent = outputBuffers.Get().(*[]byte)
		o.mu.buf = *o.mu.lent
	}
}

// ready ends an exchange: changed settings, notifications, ReadyForQuery.
func (o *output) ready(status byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.settingsLocked(); err != nil {
		return err
	}
	if status == 'I' {
		if err := o.notificationsLocked(); err != nil {
			return err
		}
	}
	if err := o.sendLocked(&pgproto3.ReadyForQuery{TxStatus: status}); err != nil {
		return err
	}
	o.mu.idle = status == 'I'
	return o.flushLocked()
}

func (o *output) settingsLocked() error {
	for _, p := range o.mu.params {
		if err := o.sendLocked(&pgproto3.ParameterStatus{Name: p.Name, Value: p.Value}); err != nil {
			return err
		}
	}
	o.mu.params = nil
	return nil
}

// busy says that a statement has begun: notifications wait for its end.
func (o *output) busy() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mu.idle = false
}

// parameter queues a ParameterStatus; a later value of a name replaces an
// earlier one.
func (o *output) parameter(p Param) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.mu.params {
		if o.mu.params[i].Name == p.Name {
			o.mu.params[i] = p
			return
		}
	}
	o.mu.params = append(o.mu.params, p)
}

// Notice implements Client.
func (c *conn) Notice(severity string, n *sqlerr.Error) {
	m := pgproto3.NoticeResponse(*errorResponse(severity, n, c.text))
	// A client that cannot be reached ends the connection elsewhere.
	if c.out.send(&m) == nil && c.started {
		_ = c.out.flush()
	}
}

// Parameter implements Client.
func (c *conn) Parameter(name, value string) { c.out.parameter(Param{name, value}) }

// Deallocate implements Client.
func (c *conn) Deallocate(name string) bool {
	if name == "" {
		had := len(c.stmts) > 0
		clear(c.stmts)
		return had
	}
	_, had := c.stmts[name]
	delete(c.stmts, name)
	return had
}
