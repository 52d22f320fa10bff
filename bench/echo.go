package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// echo is a server of one connection that does nothing but answer as many bytes as
// it got, and its client: what any server costs on this machine.
type echo struct {
	conn net.Conn
	out  []byte
	in   []byte
	done sync.WaitGroup
}

// newEcho answers n bytes with n bytes, after work.
func newEcho(ctx context.Context, n int, work func() error) (*echo, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for an echo: %w", err)
	}
	defer func() { _ = l.Close() }()
	e := &echo{out: make([]byte, n), in: make([]byte, n)}
	if e.conn, err = new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String()); err != nil {
		return nil, fmt.Errorf("dial an echo: %w", err)
	}
	c, err := l.Accept()
	if err != nil {
		return nil, fmt.Errorf("accept an echo: %w", err)
	}
	e.done.Go(func() {
		defer func() { _ = c.Close() }()
		b := make([]byte, n)
		for {
			if _, err := io.ReadFull(c, b); err != nil {
				return
			}
			if work() != nil {
				return // the client misses its answer
			}
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	})
	return e, nil
}

// once sends and waits for the answer.
func (e *echo) once() (time.Duration, error) {
	begin := time.Now()
	if _, err := e.conn.Write(e.out); err != nil {
		return 0, fmt.Errorf("ask for an echo: %w", err)
	}
	if _, err := io.ReadFull(e.conn, e.in); err != nil {
		return 0, fmt.Errorf("wait for an echo: %w", err)
	}
	return time.Since(begin), nil
}

func (e *echo) close() error {
	err := e.conn.Close()
	e.done.Wait()
	return err
}
