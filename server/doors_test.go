package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/server/auth"
	"github.com/leatdb/leat/sql/sqlerr"
)

// authority signs certificates into files of a folder.
type authority struct {
	*testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func newAuthority(t *testing.T) *authority {
	a := &authority{T: t, dir: t.TempDir()}
	a.cert, a.key = a.issue("ca", "root", true)
	return a
}

func (a *authority) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// issue writes NAME.pem and NAME.key, of a common name.
func (a *authority) issue(name, common string, ca bool) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	a.n++
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(a.n), Subject: pkix.Name{CommonName: common}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: ca, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if ca {
		parent, signer = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	a.must(err)
	secret, err := x509.MarshalECPrivateKey(key)
	a.must(err)
	a.must(os.WriteFile(a.path(name+".pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	a.must(os.WriteFile(a.path(name+".key"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600))
	cert, err := x509.ParseCertificate(der)
	a.must(err)
	return cert, key
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

// locked is a server behind TLS and rules, with a few roles.
func locked(t *testing.T, rules string, change func(*Config)) (*fixture, *authority) {
	t.Helper()
	a := newAuthority(t)
	a.issue("server", "localhost", false)
	f := &fixture{T: t, cfg: testConfig()}
	var err error
	f.cfg.Access.Rules, err = auth.ParseRules(rules)
	a.must(err)
	f.cfg.Access.Certificates, err = auth.LoadCertificates(auth.CertificateFiles{Cert: a.path("server.pem"), Key: a.path("server.key"), ClientCA: a.path("ca.pem")})
	a.must(err)
	f.cfg.Access.RequireTLS, f.cfg.PGAddr = true, "127.0.0.1:0"
	if change != nil {
		change(&f.cfg)
	}
	f.reopen()
	f.run()
	// Of "foo", computed by Python's hashlib.
	const foo = "SCRAM-SHA-256$4096:c2l4dGVlbiBvZiBzYWx0IQ==$DupUKou4YHWr48J+ylMFYWURILsMa6qa89770lu+Cwo=:+nJ/etRT6RjD0E4K6tvnusEFLQQRpXVVss72BwTW/VU="
	for _, st := range []string{
		"CREATE ROLE ann LOGIN PASSWORD 'right'", "CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'right'",
		"CREATE ROLE few LOGIN CONNECTION LIMIT 1 PASSWORD 'right'", "CREATE ROLE off NOLOGIN PASSWORD 'right'",
		"CREATE ROLE hashed LOGIN PASSWORD '" + foo + "'",
	} {
		if _, err := f.try(st); err != nil {
			t.Fatalf("%s: %v", st, err)
		}
	}
	return f, a
}

// run answers clients until the test ends.
func (f *fixture) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.srv.Run(ctx) }()
	<-f.srv.Listening()
	f.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			f.Error(err)
		}
	})
}

// dial connects as a role. change may alter the configuration.
func (f *fixture) dial(role, password string, change func(*pgconn.Config)) (*pgconn.PgConn, error) {
	f.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cfg, err := pgconn.ParseConfig(fmt.Sprintf("postgres://%s@%s/leat?sslmode=require", role, f.srv.PGAddr()))
	if err != nil {
		f.Fatal(err)
	}
	cfg.Password = password
	if change != nil {
		change(cfg)
	}
	c, err := pgconn.ConnectConfig(ctx, cfg)
	if err == nil {
		f.Cleanup(func() { _ = c.Close(context.Background()) })
	}
	return c, err
}

// sqlState is the SQLSTATE of a client's error, "ok" for none.
func sqlState(err error) string {
	var pe *pgconn.PgError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &pe):
		return pe.Code
	}
	return err.Error()
}

// oneRow is the one row of a query.
func oneRow(t *testing.T, c *pgconn.PgConn, query string) string {
	t.Helper()
	res, err := c.Exec(context.Background(), query).ReadAll()
	if err != nil || len(res) != 1 || len(res[0].Rows) != 1 {
		t.Fatalf("%s: %+v, %v", query, res, err)
	}
	var out []string
	for _, v := range res[0].Rows[0] {
		out = append(out, string(v))
	}
	return strings.Join(out, " ")
}

func TestPasswordsOnTheWire(t *testing.T) {
	f, _ := locked(t, "all all all all scram", nil)
	plain := func(c *pgconn.Config) { c.TLSConfig, c.Fallbacks = nil, nil }
	for _, c := range []struct {
		role, password string
		change         func(*pgconn.Config)
		want           string
	}{
		{"ann", "right", nil, "ok"}, {"boss", "right", nil, "ok"}, {"hashed", "foo", nil, "ok"},
		{"ann", "wrong", nil, sqlerr.InvalidPassword}, {"nobody", "right", nil, sqlerr.InvalidPassword},
		{"off", "right", nil, sqlerr.InvalidAuthorization}, {"ann", "right", plain, sqlerr.InvalidAuthorization},
	} {
		conn, err := f.dial(c.role, c.password, c.change)
		if sqlState(err) != c.want {
			t.Errorf("%s with %q: %v", c.role, c.password, err)
		}
		if err != nil {
			continue
		}
		super := map[bool]string{true: "on", false: "off"}[c.role == "boss"]
		want := c.role + " " + c.role + " " + super + " on on"
		got := oneRow(t, conn, "SELECT session_user, current_user, current_setting('is_superuser'), current_setting('ssl'), current_setting('require_tls')")
		if got != want || conn.ParameterStatus("is_superuser") != super {
			t.Errorf("%s: %s, want %s", c.role, got, want)
		}
	}
}

func TestConnectionLimits(t *testing.T) {
	f, _ := locked(t, "all all all all scram", func(c *Config) { c.MaxConnections, c.ReservedConnections = 3, 1 })
	for i, step := range []struct{ role, want string }{
		{"few", "ok"}, {"few", sqlerr.TooManyConnections}, {"ann", "ok"}, {"ann", "ok"}, {"ann", sqlerr.TooManyConnections},
		{"boss", "ok"}, {"boss", sqlerr.TooManyConnections},
	} {
		if _, err := f.dial(step.role, "right", nil); sqlState(err) != step.want {
			t.Errorf("step %d, %s: %v", i, step.role, err)
		}
	}
	f.is("SHOW max_connections", "3; SHOW")
	f.is("SHOW superuser_reserved_connections", "1; SHOW")
}

func TestClientCertificateOnTheWire(t *testing.T) {
	f, a := locked(t, "all all all all cert", nil)
	a.issue("ann", "ann", false)
	own := newAuthority(t)
	own.issue("ann", "ann", false)
	with := func(a *authority) func(*pgconn.Config) {
		return func(c *pgconn.Config) {
			pair, err := tls.LoadX509KeyPair(a.path("ann.pem"), a.path("ann.key"))
			a.must(err)
			c.TLSConfig.Certificates = []tls.Certificate{pair}
		}
	}
	if c, err := f.dial("ann", "", with(a)); err != nil || oneRow(t, c, "SELECT current_user") != "ann" {
		t.Errorf("with a certificate: %v", err)
	}
	if _, err := f.dial("boss", "", with(a)); sqlState(err) != sqlerr.InvalidAuthorization {
		t.Errorf("with another's certificate: %v", err)
	}
	if _, err := f.dial("ann", "right", nil); sqlState(err) != sqlerr.InvalidAuthorization {
		t.Errorf("without one: %v", err)
	}
	if _, err := f.dial("ann", "", with(own)); err == nil {
		t.Error("with one of somebody else's authority")
	}
}

// Certificates and rules are read again; a file that is broken changes nothing.
func TestReload(t *testing.T) {
	f, a := locked(t, "all all all all scram", nil)
	serial := func() int64 {
		c, err := f.dial("ann", "right", nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Conn().(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	before := serial()
	a.issue("server", "localhost", false)
	rules, err := auth.ParseRules("all all boss all reject; all all all all scram")
	a.must(err)
	a.must(f.srv.Reload(rules))
	if after := serial(); after == before {
		t.Error("the certificate is the old one")
	}
	if _, err := f.dial("boss", "right", nil); sqlState(err) != sqlerr.InvalidAuthorization {
		t.Errorf("a role that is rejected now: %v", err)
	}
	last := serial()
	a.must(os.WriteFile(a.path("server.pem"), []byte("broken"), 0o600))
	if err := f.srv.Reload(nil); err == nil {
		t.Error("a broken certificate is taken")
	}
	if now := serial(); now != last {
		t.Errorf("certificate %d, before %d", now, last)
	}
}

func TestExposed(t *testing.T) {
	a := newAuthority(t)
	a.issue("server", "localhost", false)
	certs, err := auth.LoadCertificates(auth.CertificateFiles{Cert: a.path("server.pem"), Key: a.path("server.key")})
	a.must(err)
	for _, c := range []struct {
		pg, http string
		tls      bool
		rules    string
		want     string
	}{
		{"127.0.0.1:1", "[::1]:1", false, "all all all all trust", ""}, {"localhost:1", "", false, auth.DefaultRules, ""},
		{"0.0.0.0:1", "", false, auth.DefaultRules, "--pg"}, {":1", "", false, auth.DefaultRules, "--tls-cert"},
		{"", "[::]:1", false, auth.DefaultRules, "--http"}, {"10.1.2.3:1", "", false, auth.DefaultRules, "--pg"},
		{"0.0.0.0:1", "", true, auth.DefaultRules, ""}, {"0.0.0.0:1", "", true, "all all all all trust", "--auth"},
		{"127.0.0.1:1", ":1", true, "http all all 10.0.0.0/8 trust", "--auth"}, {"0.0.0.0:1", ":1", true, "all all all all cert", ""},
	} {
		cfg := DefaultConfig()
		cfg.PGAddr, cfg.HTTPAddr = c.pg, c.http
		cfg.Access.Rules, err = auth.ParseRules(c.rules)
		a.must(err)
		if c.tls {
			cfg.Access.Certificates = certs
		}
		err := cfg.Exposed()
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "--insecure-i-know")) {
			t.Errorf("%+v: %v", c, err)
		}
		cfg.Access.Insecure = true
		if err := cfg.Exposed(); err != nil {
			t.Errorf("%+v, insecure: %v", c, err)
		}
	}
}

// A start that locks everybody out says so.
func TestLockedOut(t *testing.T) {
	for rules, want := range map[string]bool{"all all all all scram": true, auth.DefaultRules: false, "all all all all cert": false} {
		f := &fixture{T: t, cfg: testConfig()}
		var err error
		if f.cfg.Access.Rules, err = auth.ParseRules(rules); err != nil {
			t.Fatal(err)
		}
		f.reopen()
		var log bytes.Buffer
		f.srv.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		f.srv.warnLockedOut()
		if got := strings.Contains(log.String(), "nobody can log in"); got != want {
			t.Errorf("%s: %q", rules, log.String())
		}
		log.Reset()
		f.is("CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'x'", "CREATE ROLE")
		f.srv.warnLockedOut()
		if log.Len() > 0 {
			t.Errorf("with a superuser: %q", log.String())
		}
		if err := f.srv.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A role that is dropped while it is connected becomes nobody, not the superuser
// that an unknown name is on loopback.
func TestDroppedRoleIsNobody(t *testing.T) {
	f, _ := locked(t, "all all all all scram", nil)
	f.is("CREATE STREAM hidden (k TEXT KEY); CREATE STREAM shown (k TEXT KEY); GRANT SELECT ON shown TO ann", "CREATE STREAM | CREATE STREAM | GRANT")
	c, err := f.dial("ann", "right", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), "SELECT * FROM shown").ReadAll(); err != nil {
		t.Fatal(err)
	}
	f.is("REVOKE ALL ON shown FROM ann; DROP ROLE ann", "REVOKE | DROP ROLE")
	for _, query := range []string{
		"SELECT * FROM hidden", "SELECT * FROM shown", "INSERT INTO hidden VALUES ('x')", "DROP STREAM hidden", "CREATE ROLE ann SUPERUSER",
		"CREATE STREAM mine (k TEXT KEY)", "SET ROLE boss", "SET SESSION AUTHORIZATION boss", "ALTER SYSTEM SET position_notices = 'on'",
	} {
		if _, err := c.Exec(t.Context(), query).ReadAll(); err == nil {
			t.Errorf("%s: a role that is gone may", query)
		}
	}
	if _, err := f.dial("ann", "right", nil); sqlState(err) != sqlerr.InvalidPassword {
		t.Errorf("a new login: %v", err)
	}
}

func TestFirstSuperuser(t *testing.T) {
	f := open(t)
	ctx := context.Background()
	if created, err := f.srv.EnsureSuperuser(ctx, `the "boss"`, "secret"); !created || err != nil {
		t.Fatal(created, err)
	}
	if created, err := f.srv.EnsureSuperuser(ctx, `the "boss"`, "other"); created || err != nil {
		t.Errorf("again: %v, %v", created, err)
	}
	verifier, login, superuser, _, exists := f.srv.roles().Verifier(`the "boss"`)
	v, ok := auth.ParseVerifier(verifier)
	if !ok || !v.Matches("secret") || !login || !superuser || !exists {
		t.Errorf("%q, %v, %v, %v", verifier, login, superuser, exists)
	}
	if _, err := f.srv.EnsureSuperuser(ctx, "empty", ""); err == nil {
		t.Error("an empty password")
	}
}

func TestPullTimeout(t *testing.T) {
	f := open(t)
	f.is("SHOW pull_timeout", "30s; SHOW")
	f.is("SET pull_timeout = '20ms'", "SET")
	e := f.fails("SELECT pg_sleep(60)", sqlerr.QueryCanceled)
	if !strings.Contains(e.Message, "pull timeout") || e.Hint == "" {
		t.Errorf("%v", e)
	}
	f.is("SET statement_timeout = '10s'; SELECT 1", "SET | 1; SELECT 1")
}

func TestStatementsAreBounded(t *testing.T) {
	f := open(t)
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "PREPARE p%d AS SELECT 1; DECLARE c%d CURSOR WITH HOLD FOR SELECT 1;", i, i)
	}
	if _, err := f.try(text.String()); err != nil {
		t.Fatal(err)
	}
	f.fails("PREPARE more AS SELECT 1", sqlerr.ProgramLimitExceeded)
	f.fails("DECLARE more CURSOR WITH HOLD FOR SELECT 1", sqlerr.ProgramLimitExceeded)
}

// linesOf reads the audit log.
func (f *fixture) linesOf() []string {
	f.Helper()
	names, err := f.cfg.FS.List("data/audit")
	if err != nil {
		f.Fatal(err)
	}
	var out []string
	for _, n := range names {
		file, err := f.cfg.FS.Open("data/audit/" + n)
		if err != nil {
			f.Fatal(err)
		}
		b, err := io.ReadAll(file)
		if err := errors.Join(err, file.Close()); err != nil {
			f.Fatal(err)
		}
		out = append(out, strings.Split(strings.TrimSpace(string(b)), "\n")...)
	}
	return out
}
