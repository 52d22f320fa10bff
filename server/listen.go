package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server/auth"
)

// bind takes the addresses, so that a busy port is an error of Open.
func (s *Server) bind() error {
	pc := pgwire.DefaultConfig()
	pc.MaxConnections, pc.ReservedConnections = s.cfg.MaxConnections, s.cfg.ReservedConnections
	pc.Rand, pc.Logger, pc.Metrics = s.cfg.Rand, s.cfg.Logger, s.metrics
	pc.Redact = func(statement string) string { return auth.Redact(statement, true) }
	if s.cfg.Access.Certificates != nil {
		pc.TLS, pc.RequireTLS = s.wireTLS, s.cfg.Access.RequireTLS
	}
	s.wire = pgwire.New(pc, handler{s})
	var err error
	if s.cfg.PGAddr != "" {
		if s.pg, err = net.Listen("tcp", s.cfg.PGAddr); err != nil {
			return fmt.Errorf("listen for the Postgres wire: %w", err)
		}
	}
	if s.cfg.HTTPAddr != "" {
		if s.http, err = net.Listen("tcp", s.cfg.HTTPAddr); err != nil {
			return errors.Join(fmt.Errorf("listen for HTTP: %w", err), s.unbind())
		}
		s.web = s.httpServer()
	}
	return nil
}

// Bounds of HTTP requests. A body has its own, and a stream has none.
const (
	httpHeaderBytes = 32 << 10
	httpHeaderTime  = 10 * time.Second
	httpIdleTime    = 2 * time.Minute
)

func (s *Server) httpServer() *http.Server {
	w := &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: httpHeaderTime, IdleTimeout: httpIdleTime, MaxHeaderBytes: httpHeaderBytes,
		// Whoever knocks with a broken handshake is no news.
		ErrorLog: slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
	}
	if c := s.cfg.Access.Certificates; c != nil {
		w.TLSConfig = c.Web()
	}
	return w
}

// unbind lets the addresses go.
func (s *Server) unbind() error {
	var errs []error
	for _, l := range []net.Listener{s.pg, s.http} {
		if l == nil {
			continue
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.web != nil {
		if err := s.web.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// serve answers on the bound addresses; the first failure goes to failed.
func (s *Server) serve(failed chan<- error) {
	s.warnLockedOut()
	run := func(f func() error) {
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			if err := f(); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
				failed <- err
			}
		}()
	}
	if s.pg != nil {
		run(func() error { return s.wire.Serve(s.pg) })
	}
	if s.http != nil {
		run(func() error {
			if s.web.TLSConfig != nil {
				return s.web.ServeTLS(s.http, "", "")
			}
			return s.web.Serve(s.http)
		})
	}
}

// ServeConn answers one client of the Postgres wire on a connection that is
// given: the golden runner's wire mode.
func (s *Server) ServeConn(c net.Conn) { s.wire.ServeConn(c) }

// PGAddr is the bound address of the Postgres wire, "" if none.
func (s *Server) PGAddr() string { return addressOf(s.pg) }

// HTTPAddr is the bound address of HTTP, "" if none.
func (s *Server) HTTPAddr() string { return addressOf(s.http) }

func addressOf(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

// handler opens sessions for the Postgres wire.
type handler struct{ s *Server }

// Startup implements pgwire.Handler.
func (h handler) Startup(_ context.Context, st pgwire.Startup, c pgwire.Client) (pgwire.Session, error) {
	pass, err := h.s.enter(st)
	if err != nil {
		return nil, err
	}
	ss, err := h.s.open(pass, st, c)
	if err != nil {
		return nil, err
	}
	ss.wire = true
	return ss, nil
}
