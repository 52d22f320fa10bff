package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server/auth"
	"github.com/leatdb/leat/sql/sqlerr"
)

// Access is how the doors are locked. Start from DefaultAccess.
type Access struct {
	// Rules say how clients authenticate. Default auth.DefaultRules.
	Rules []auth.Rule
	// Certificates turn TLS on, on both listeners; nil: none.
	Certificates *auth.Certificates
	// RequireTLS refuses clients of the Postgres wire without TLS. HTTP with
	// certificates speaks nothing else.
	RequireTLS bool
	// Audit is "on", "sync" (every line is durable before what it is about is
	// answered, and without it the answer is an error) or "off". Default on.
	Audit string
	// Insecure lets the listeners face other machines without TLS or authentication.
	// It says so each minute.
	Insecure bool
}

// DefaultAccess trusts this machine and keeps the book.
func DefaultAccess() Access {
	rules, err := auth.ParseRules(auth.DefaultRules)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return Access{Rules: rules, Audit: "on"}
}

// ExposedError says why a configuration faces other machines without a lock.
type ExposedError struct{ What, Fix string }

// Error implements error.
func (e *ExposedError) Error() string {
	return e.What + ": " + e.Fix + "; or say --insecure-i-know"
}

// Exposed gives an *ExposedError when a listener can be reached from other
// machines without TLS or without authentication.
func (c Config) Exposed() error {
	if c.Access.Insecure {
		return nil
	}
	for _, l := range []struct{ flag, addr string }{{"--pg", c.PGAddr}, {"--http", c.HTTPAddr}} {
		if l.addr == "" || isLoopback(l.addr) {
			continue
		}
		if c.Access.Certificates == nil {
			return &ExposedError{fmt.Sprintf("%s %s can be reached from other machines and has no TLS", l.flag, l.addr),
				"give --tls-cert and --tls-key, or listen on 127.0.0.1"}
		}
		if r, found := auth.TrustsStrangers(c.Access.Rules); found {
			return &ExposedError{fmt.Sprintf("%s %s can be reached from other machines and the rule %q asks for no proof", l.flag, l.addr, r),
				"use the method scram or cert in --auth, or the address loopback"}
		}
	}
	return nil
}

// isLoopback tells whether only this machine reaches an address.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return false
	}
	ip := net.ParseIP(host)
	if ip == nil {
		a, err := net.ResolveIPAddr("ip", host)
		if err != nil {
			return false
		}
		ip = a.IP
	}
	return ip.IsLoopback()
}

// openDoors makes the guard and opens the book, over the data directory.
func (s *Server) openDoors() error {
	now := s.cfg.Clock.Now
	secret, err := auth.Secret(s.cfg.FS, s.cfg.DataDir, s.cfg.Rand)
	if err != nil {
		return err
	}
	metrics := newDoorMetrics(s, s.metrics.registry)
	s.audit = auth.NoAudit{}
	if s.cfg.Access.Audit != "off" {
		s.book, err = auth.OpenBook(auth.BookConfig{
			FS: s.cfg.FS, Dir: s.cfg.FS.PathJoin(s.cfg.DataDir, "audit"), Now: now, Sync: s.cfg.Access.Audit == "sync",
			MaxBytes: 64 << 20, Lost: metrics.auditLost.Inc,
		})
		if err != nil {
			return err
		}
		s.audit = s.book
	}
	s.guard = auth.NewGuard(auth.Config{
		Rules: s.cfg.Access.Rules, Roles: s.roles(), Secret: secret, Now: now, Audit: s.audit, Metrics: metrics,
	})
	return s.noteStart()
}

// noteStart writes how the doors are locked from now on.
func (s *Server) noteStart() error {
	if s.cfg.PGAddr == "" && s.cfg.HTTPAddr == "" {
		return nil // nobody comes in
	}
	var rules []string
	for _, r := range s.cfg.Access.Rules {
		rules = append(rules, r.String())
	}
	detail := fmt.Sprintf("start on %q and %q, TLS %t, required %t, insecure %t, rules %s", s.cfg.PGAddr, s.cfg.HTTPAddr,
		s.cfg.Access.Certificates != nil, s.cfg.Access.RequireTLS, s.cfg.Access.Insecure, strings.Join(rules, "; "))
	return s.audit.Record(auth.Event{Kind: auth.EventConfig, Result: "ok", Detail: detail})
}

func (s *Server) closeBook() error {
	if s.book == nil {
		return nil
	}
	return s.book.Close()
}

// Guard is who lets clients in; HTTP shares it with the Postgres wire.
func (s *Server) Guard() *auth.Guard { return s.guard }

// roles asks the catalog as it is now.
func (s *Server) roles() auth.Roles { return currentRoles{s} }

type currentRoles struct{ s *Server }

// Verifier implements auth.Roles.
func (r currentRoles) Verifier(name string) (verifier string, login, superuser bool, connLimit int, exists bool) {
	snap := r.s.catalog.Current()
	verifier, login, superuser, connLimit, exists = snap.Verifier(name)
	if role, ok := snap.Role(name); ok && role.ValidUntil != 0 && r.s.cfg.Clock.Now().UnixMilli() >= role.ValidUntil {
		verifier = "" // its password is no longer valid
	}
	return verifier, login, superuser, connLimit, exists
}

// Reload reads the certificates again and takes new rules; nil keeps the old
// ones. Who is connected stays.
func (s *Server) Reload(rules []auth.Rule) error {
	var err error
	if c := s.cfg.Access.Certificates; c != nil {
		err = c.Reload()
	}
	if rules != nil {
		s.guard.SetRules(rules)
	}
	result, detail := "ok", "rules and certificates were read again"
	if err != nil {
		result, detail = sqlerr.ConfigFileError, err.Error()
	}
	return errors.Join(err, s.audit.Record(auth.Event{Kind: auth.EventConfig, Result: result, Detail: detail}))
}

// wireTLS is the configuration of the Postgres wire's next handshake.
func (s *Server) wireTLS() *tls.Config { return s.cfg.Access.Certificates.Wire() }

// warnLockedOut says when nobody can come in who may let others in.
func (s *Server) warnLockedOut() {
	for _, r := range s.cfg.Access.Rules {
		if r.Method == auth.Trust || r.Method == auth.Cert {
			return
		}
	}
	for _, r := range s.catalog.Current().Roles() {
		if r.Superuser && r.Login && r.Verifier != "" {
			return
		}
	}
	s.cfg.Logger.Warn("nobody can log in as a superuser", "fix", "start with LEAT_PASSWORD or --password-file, or run leat init")
}

// warnInsecure says each minute that the doors are open.
func (s *Server) warnInsecure() {
	open := s.cfg
	open.Access.Insecure = false
	if err := open.Exposed(); err != nil {
		var e *ExposedError
		if errors.As(err, &e) {
			s.cfg.Logger.Warn("insecure: "+e.What, "fix", e.Fix)
		}
	}
}

const insecureEvery = time.Minute

// enter authenticates a client of the Postgres wire.
func (s *Server) enter(st pgwire.Startup) (auth.Pass, error) {
	if !s.isReady() {
		return auth.Pass{}, sqlerr.New(sqlerr.CannotConnectNow, "the database system is starting up")
	}
	return s.guard.Enter(auth.Knock{
		Listener: auth.ListenerWire, Database: st.Database, Role: st.User, From: auth.Address(st.Remote), Remote: st.Remote,
		Session: st.PID, TLS: st.TLS, Certificate: st.Certificate,
	}, st.Proof)
}

// passOf is who a session of this process is: the role of that name, or a guest.
func (s *Server) passOf(user string) auth.Pass {
	if _, _, superuser, _, exists := s.roles().Verifier(user); exists {
		return auth.Pass{Role: user, Superuser: superuser, ConnLimit: -1}
	}
	return auth.Pass{Role: user, Superuser: true, Guest: true, ConnLimit: -1}
}

// EnsureSuperuser makes a superuser with a password, which may be hashed, unless
// there is a role of that name; then nothing changes and created is false.
func (s *Server) EnsureSuperuser(ctx context.Context, name, password string) (created bool, err error) {
	if _, _, _, _, exists := s.roles().Verifier(name); exists {
		return false, nil
	}
	verifier, err := auth.HashPassword(password, s.cfg.Rand)
	if err != nil {
		return false, err
	}
	ss, err := s.open(auth.Pass{Role: auth.DefaultRole, Superuser: true, Guest: true, ConnLimit: -1},
		pgwire.Startup{User: auth.DefaultRole, Database: defaultDatabase, PID: s.ownPID()}, silent{})
	if err != nil {
		return false, err
	}
	defer ss.Close()
	text := fmt.Sprintf(`CREATE ROLE "%s" SUPERUSER LOGIN PASSWORD '%s'`, strings.ReplaceAll(name, `"`, `""`), verifier)
	err = ss.Simple(ctx, text, func(*pgwire.Result) error { return nil })
	return err == nil, err
}

// WebhookPass is who inserts a body that is signed with a relation's secret: its
// owner.
func (s *Server) WebhookPass(relation string) auth.Pass {
	if r, ok := s.catalog.Current().Relation("", relation); ok && r.Owner != "" {
		return s.passOf(r.Owner)
	}
	return s.passOf(auth.DefaultRole)
}
