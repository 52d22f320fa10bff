package pgwire

import (
	"context"
	"encoding/binary"
	"io"
)

// message is one message of the client; the body is given.
type message struct {
	kind byte
	body []byte
}

// read frames messages until the client is gone. Terminate and a dropped
// connection end the connection's context at once, so that a waiting statement
// stops; that is why a goroutine of its own reads. It keeps its stack small: calls
// that need a deep one are the worker's.
func (c *conn) read() {
	for {
		m, err := c.readMessage(c.in)
		if err == nil && m.kind == 'X' {
			c.srv.cfg.Metrics.Message(m.kind)
			err = errGone
		}
		if err != nil {
			c.end(err)
			return
		}
		select {
		case c.promise() <- m:
		case <-c.ctx.Done():
			return
		}
	}
}

// promise gives the queue for one message.
func (c *conn) promise() chan<- message {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.over {
		return nil
	}
	c.mu.promised++
	c.attendLocked()
	return c.mu.worker.msgs
}

// next waits for the client's next message.
func (c *conn) next(ctx context.Context) (message, error) {
	select {
	case m := <-c.msgs:
		c.mu.Lock()
		c.mu.promised--
		c.mu.Unlock()
		c.srv.cfg.Metrics.Message(m.kind)
		return m, nil
	case <-ctx.Done():
		return message{}, context.Cause(ctx)
	}
}

// readMessage reads one frame. A client that breaks the framing gets the error;
// one that is gone gives errGone.
func (c *conn) readMessage(in *input) (message, error) {
	var head [5]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return message{}, errGone
	}
	n := int64(binary.BigEndian.Uint32(head[1:])) - 4
	switch {
	case n < 0 || n > int64(1)<<30:
		return message{}, protocolError("invalid message length")
	case n > int64(c.srv.cfg.MaxMessageBytes):
		return message{}, protocolError("message of %d bytes is longer than the limit of %d", n, c.srv.cfg.MaxMessageBytes)
	}
	body, err := readBody(in, int(n))
	if err != nil {
		return message{}, errGone
	}
	return message{head[0], body}, nil
}

// onItsWord is how much memory a client gets by naming the length of a message;
// more comes with its bytes.
const onItsWord = 1 << 20

// readBody reads n bytes to where they stay.
func readBody(in io.Reader, n int) ([]byte, error) {
	body := make([]byte, min(n, onItsWord))
	for got := 0; ; {
		if _, err := io.ReadFull(in, body[got:]); err != nil {
			return nil, err
		}
		if got = len(body); got == n {
			return body, nil
		}
		longer := make([]byte, min(n, 4*got))
		copy(longer, body)
		body = longer
	}
}
