package pgwire

import (
	"container/list"
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
	workers workers

	mu struct {
		sync.Mutex
		conns     map[uint32]*conn // with an identity: seated, or about to be
		seated    int              // have a session
		pending   *list.List       // net.Conn without a session, oldest first
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
	s.mu.conns, s.mu.pending = map[uint32]*conn{}, list.New()
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
		place := s.waitLocked(nc)
		s.wg.Add(1)
		s.mu.Unlock()
		go func() {
			c := s.receive(nc, place)
			if c == nil {
				s.wg.Done()
				return
			}
			go func() { // with a stack that the startup has not made larger
				defer s.wg.Done()
				s.serve(c)
			}()
		}()
	}
}

// ServeConn answers one client and returns when it is gone. The connection is
// given.
func (s *Server) ServeConn(nc net.Conn) {
	s.mu.Lock()
	if s.mu.draining {
		s.mu.Unlock()
		closeQuietly(nc)
		return
	}
	place := s.waitLocked(nc)
	s.wg.Add(1)
	s.mu.Unlock()
	defer s.wg.Done()
	if c := s.receive(nc, place); c != nil {
		s.serve(c)
	}
}

// receive does what comes before the first query; nil when the connection is
// over.
func (s *Server) receive(nc net.Conn, place *list.Element) *conn {
	c := newConn(s, nc)
	c.place = place
	if c.startup() {
		return c
	}
	closeQuietly(c.nc)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.pending.Remove(place) // nothing when it has left
	return nil
}

// serve answers a client that has come in until it is gone.
func (s *Server) serve(c *conn) {
	defer closeQuietly(c.nc)
	defer s.forget(c)
	c.serve()
}

// waitLocked notes a connection without a session. When there are too many the
// oldest is closed: a client that means it is done within a moment.
func (s *Server) waitLocked(nc net.Conn) *list.Element {
	if s.mu.pending.Len() >= s.cfg.MaxPending {
		oldest := s.mu.pending.Front()
		s.mu.pending.Remove(oldest)
		closeQuietly(oldest.Value.(net.Conn))
		s.cfg.Metrics.ConnRefused(errTooMany.Code)
	}
	return s.mu.pending.PushBack(nc)
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
	for e := s.mu.pending.Front(); e != nil; e = e.Next() {
		closeQuietly(e.Value.(net.Conn)) // nobody comes in any more
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
	case <-ctx.Done():
		s.mu.Lock()
		conns = s.connsLocked()
		s.mu.Unlock()
		for _, c := range conns {
			c.end(errShutdown)
		}
		<-gone
	}
	s.workers.dismiss(true)
	s.workers.running.Wait()
}

// Connections is the number of clients with a session now.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.seated
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
	case s.mu.seated >= s.cfg.MaxConnections+s.cfg.ReservedConnections:
		return errTooMany
	}
	s.mu.nextPID++
	c.pid = s.mu.nextPID
	if _, err := io.ReadFull(s.cfg.Rand, c.secret[:]); err != nil {
		return fmt.Errorf("draw a secret key: %w", err)
	}
	s.mu.conns[c.pid] = c
	return nil
}

// seat counts a connection whose session is open, or refuses it: the last places
// are for privileged sessions.
func (s *Server) seat(c *conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch n := s.mu.seated - s.cfg.MaxConnections; {
	case n >= s.cfg.ReservedConnections && n >= 0:
		return errTooMany
	case n >= 0 && !c.session.Privileged():
		return errReserved
	}
	s.mu.pending.Remove(c.place)
	s.mu.seated++
	c.seated = true
	s.cfg.Metrics.ConnOpened()
	return nil
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.mu.conns, c.pid)
	if len(s.mu.conns) == 0 {
		s.workers.dismiss(false)
	}
	if c.seated {
		s.mu.seated--
		s.cfg.Metrics.ConnClosed()
	}
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
