package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/server/auth"
)

// access reads how the doors are locked.
func (s settings) access() (server.Access, error) {
	a := server.DefaultAccess()
	var err error
	if a.Rules, err = s.rules(); err != nil {
		return a, err
	}
	if s.Audit != "" {
		a.Audit = s.Audit
	}
	if s.Insecure != "" {
		if a.Insecure, err = strconv.ParseBool(s.Insecure); err != nil {
			return a, fmt.Errorf("insecure-i-know: %q is neither true nor false", s.Insecure)
		}
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return a, errors.New("--tls-cert and --tls-key go together")
	}
	if s.TLSCert == "" {
		if s.TLS != "" && s.TLS != "off" || s.TLSClientCA != "" {
			return a, errors.New("TLS needs --tls-cert and --tls-key")
		}
		return a, nil
	}
	switch s.TLS {
	case "", "required":
		a.RequireTLS = true
	case "on":
	case "off":
		return a, nil
	default:
		return a, fmt.Errorf("tls %q is none of off, on, required", s.TLS)
	}
	a.Certificates, err = auth.LoadCertificates(auth.CertificateFiles{Cert: s.TLSCert, Key: s.TLSKey, ClientCA: s.TLSClientCA})
	return a, err
}

// rules are those of --auth, which may name a file by @.
func (s settings) rules() ([]auth.Rule, error) {
	text := s.Auth
	if name, ok := strings.CutPrefix(text, "@"); ok {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read authentication rules: %w", err)
		}
		text = string(b)
	}
	return auth.ParseRules(text)
}

// lock puts what the doors need into a server's configuration.
func (s settings) lock(cfg *server.Config) error {
	var err error
	if cfg.Access, err = s.access(); err != nil {
		return err
	}
	if cfg.MaxConnections, err = strconv.Atoi(s.MaxConnections); err != nil || cfg.MaxConnections < 1 {
		return fmt.Errorf("max-connections: %q is no number of connections", s.MaxConnections)
	}
	if cfg.MaxState, err = strconv.ParseInt(s.MaxState, 10, 64); err != nil || cfg.MaxState < 0 {
		return fmt.Errorf("max-state: %q is no number of bytes", s.MaxState)
	}
	if cfg.MaxDecoded, err = strconv.ParseInt(s.MaxDecoded, 10, 64); err != nil || cfg.MaxDecoded < 0 {
		return fmt.Errorf("max-decoded: %q is no number of bytes", s.MaxDecoded)
	}
	if cfg.MaxUncommitted, err = strconv.ParseInt(s.MaxUncommitted, 10, 64); err != nil || cfg.MaxUncommitted < 0 {
		return fmt.Errorf("max-uncommitted: %q is no number of bytes", s.MaxUncommitted)
	}
	return cfg.Exposed()
}

// startReloads reads certificates and rules again at each SIGHUP until stop is
// called.
func startReloads(ctx context.Context, srv *server.Server, s settings, logger *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		reloadOn(ctx, srv, s, logger)
	}()
	return func() {
		cancel()
		<-done
	}
}

func reloadOn(ctx context.Context, srv *server.Server, s settings, logger *slog.Logger) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
		}
		rules, err := s.rules()
		if err := errors.Join(err, srv.Reload(rules)); err != nil {
			logger.Error("reload failed", "err", err)
			continue
		}
		logger.Info("certificates and rules were read again")
	}
}

// password is the first superuser's: of a file, or of LEAT_PASSWORD. "" is none.
func (s settings) password(getenv func(string) string) (string, error) {
	if s.PasswordFile == "" {
		return getenv("LEAT_PASSWORD"), nil
	}
	b, err := os.ReadFile(s.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	p := strings.TrimRight(string(b), "\r\n")
	if p == "" {
		return "", fmt.Errorf("password file %s is empty", s.PasswordFile)
	}
	return p, nil
}

// ensureSuperuser makes the first superuser when there is a password for it.
func ensureSuperuser(ctx context.Context, srv *server.Server, s settings, getenv func(string) string, logger *slog.Logger) error {
	p, err := s.password(getenv)
	if err != nil || p == "" {
		return err
	}
	created, err := srv.EnsureSuperuser(ctx, s.Superuser, p)
	if err != nil {
		return fmt.Errorf("make superuser %q: %w", s.Superuser, err)
	}
	if created {
		logger.Info("superuser made", "role", s.Superuser)
	}
	return nil
}

// private keeps what this process makes from other people of the machine.
func private() { syscall.Umask(0o077) }
