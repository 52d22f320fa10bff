package pgwire

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Server answers clients on any number of listeners.
type Server struct {
	cfg     Config
	handler Handler
	wg      sync.WaitGroup // connections

	mu struct {
		sync.Mutex
		conns     map[uint32]*conn
		listeners []net.Listener
		nextPID   uint32
		draining  bool
	}
}

// New makes a server. It panics on an invalid configuration.
func New(cfg Config, h Handler) *Server {
	if err := cfg.Validate(); err != nil {
		panic("BUG: " + err.Error())
	}
	s := &Server{cfg: cfg, handler: h}
	s.mu.conns = map[uint32]*conn{}
	return s
}

// Serve accepts connections until the listener is closed or Shutdown is called;
// it returns nil then. The listener is given.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.mu.draining {
		s.mu.Unlock()
		return l.Close()
	}
	s.mu.listeners = append(s.mu.listeners, l)
	s.mu.Unlock()
	for {
		nc, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || s.isDraining() {
				return nil
			}
			return fmt.Errorf("accept on %s: %w", l.Addr(), err)
		}
		if tcp, ok := nc.(*net.TCPConn); ok {
			keepAlive(tcp, s.cfg.KeepAlive)
		}
		s.mu.Lock()
		if s.mu.draining {
			s.mu.Unlock()
			closeQuietly(nc)
			return nil
		}
		s.wg.Add(1)
		s.mu.Unlock()
		go func() {
			defer s.wg.Done()
			s.ServeConn(nc)
		}()
	}
}

// ServeConn answers one client and returns when it is gone. The connection is
// given.
func (s *Server) ServeConn(nc net.Conn) {
	defer closeQuietly(nc)
	c := newConn(s, nc)
	if !c.startup() {
		return
	}
	defer s.forget(c)
	c.serve()
}

// Shutdown stops accepting, ends idle connections with 57P01 and lets running
// statements finish until ctx ends; then it cancels them. It returns when no
// connection is left.
func (s *Server) Shutdown(ctx context.Context) {
	s.mu.Lock()
	s.mu.draining = true
	for _, l := range s.mu.listeners {
		closeQuietly(l)
	}
	conns := s.connsLocked()
	s.mu.Unlock()
	for _, c := range conns {
		c.drain()
	}
	gone := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return
	case <-ctx.Done():
	}
	s.mu.Lock()
	conns = s.connsLocked()
	s.mu.Unlock()
	for _, c := range conns {
		c.end(errShutdown)
	}
	<-gone
}

// Connections is the number of clients now.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mu.conns)
}

func (s *Server) connsLocked() []*conn {
	out := make([]*conn, 0, len(s.mu.conns))
	for _, c := range s.mu.conns {
		out = append(out, c)
	}
	return out
}

func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.draining
}

// admit gives a connection its identity, or refuses it.
func (s *Server) admit(c *conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.mu.draining:
		return errStartingDown
	case len(s.mu.conns) >= s.cfg.MaxConnections:
		return errTooMany
	}
	s.mu.nextPID++
	c.pid = s.mu.nextPID
	if _, err := io.ReadFull(s.cfg.Rand, c.secret[:]); err != nil {
		return fmt.Errorf("draw a secret key: %w", err)
	}
	s.mu.conns[c.pid] = c
	s.cfg.Metrics.ConnOpened()
	return nil
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.mu.conns, c.pid)
	s.mu.Unlock()
	s.cfg.Metrics.ConnClosed()
}

// cancel acts on a CancelRequest: 4 bytes of process id, then the secret. A
// wrong one is ignored, as the protocol has no answer to it.
func (s *Server) cancel(body []byte) {
	if len(body) < 4 {
		return
	}
	s.mu.Lock()
	c := s.mu.conns[binary.BigEndian.Uint32(body)]
	s.mu.Unlock()
	if c != nil && subtle.ConstantTimeCompare(c.secret[:], body[4:]) == 1 {
		c.cancelStatement(errCanceled)
	}
}

// Signal cancels the statement of the connection with that process id, or ends
// the connection. It tells whether there is one. Any goroutine may call it.
func (s *Server) Signal(pid uint32, terminate bool) bool {
	s.mu.Lock()
	c := s.mu.conns[pid]
	s.mu.Unlock()
	switch {
	case c == nil:
		return false
	case terminate:
		c.end(errShutdown)
	default:
		c.cancelStatement(errCanceled)
	}
	return true
}

// closeQuietly closes what is no longer of use: nobody could act on an error.
func closeQuietly(c io.Closer) { _ = c.Close() }
