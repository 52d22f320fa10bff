package pgwire

import (
	"bufio"
	"encoding/binary"
	"io"
)

// message is one message of the client; the body is given.
type message struct {
	kind byte
	body []byte
}

// queued is how many messages a pipelining client may be ahead before the
// reader stops watching its socket.
const queued = 32

// read frames messages until the client is gone. Terminate and a dropped
// connection end the connection's context at once, so that a waiting statement
// stops; that is why a goroutine of its own reads.
func (c *conn) read(in *bufio.Reader) {
	defer close(c.msgs)
	for {
		m, err := c.readMessage(in)
		if err != nil {
			c.end(err)
			return
		}
		c.srv.cfg.Metrics.Message(m.kind)
		if m.kind == 'X' {
			c.end(errGone)
			return
		}
		select {
		case c.msgs <- m:
		case <-c.ctx.Done():
			return
		}
	}
}

// readMessage reads one frame. A client that breaks the framing gets the error;
// one that is gone gives errGone.
func (c *conn) readMessage(in *bufio.Reader) (message, error) {
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
	body := make([]byte, n)
	if _, err := io.ReadFull(in, body); err != nil {
		return message{}, errGone
	}
	return message{head[0], body}, nil
}
