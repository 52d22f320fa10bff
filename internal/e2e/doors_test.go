package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// writeCertificate makes cert.pem and key.pem of a serial number in dir.
func writeCertificate(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &priv.PublicKey, priv)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// startLocked runs a server with the superuser admin, whose password is "sesame".
func startLocked(t *testing.T, secure bool, args ...string) (*Node, context.Context, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	dir := t.TempDir()
	n, err := NewNode(binary, filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	n.Args = append([]string{"--auth", "all all all all scram", "--superuser", "admin", "--log-level", "debug"}, args...)
	n.Env, n.Secure = []string{"LEAT_PASSWORD=sesame"}, secure
	if secure {
		cert, key := writeCertificate(t, dir, 1)
		n.Args = append(n.Args, "--tls-cert", cert, "--tls-key", key)
	}
	if err := n.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Errorf("stop: %v\n%s", err, n.Log())
		}
	})
	return n, ctx, dir
}

// serveUntil runs leat serve that has to end by itself.
func serveUntil(t *testing.T, args ...string) (code int, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append([]string{"serve", "--data", filepath.Join(t.TempDir(), "data"), "--http", ""}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("%v: %v\n%s", args, err, errs.String())
	}
	return exit.ExitCode(), errs.String()
}

// A start that other machines could reach unlocked is refused, by the flags that
// mend it.
func TestUnlockedStartIsRefused(t *testing.T) {
	cert, key := writeCertificate(t, t.TempDir(), 1)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--pg", "0.0.0.0:0"}, "--tls-cert"}, {[]string{"--pg", "127.0.0.1:0", "--http", "[::]:0"}, "--http"},
		{[]string{"--pg", ":0", "--tls-cert", cert, "--tls-key", key, "--auth", "all all all all trust"}, "--auth"},
		{[]string{"--pg", ":0", "--tls-cert", cert, "--tls-key", key, "--tls", "off"}, "--tls-cert"},
		{[]string{"--tls-cert", cert}, "--tls-key"}, {[]string{"--tls", "required"}, "--tls-cert"}, {[]string{"--auth", "all all all all md5"}, "md5"},
		{[]string{"--auth", "@no-such-file"}, "no-such-file"}, {[]string{"--audit", "maybe", "--pg", "127.0.0.1:0"}, "maybe"},
		{[]string{"--max-connections", "many"}, "many"},
	} {
		code, errs := serveUntil(t, c.args...)
		want := 2
		if c.args[0] == "--audit" {
			want = 1
		}
		if code != want || !strings.Contains(errs, c.says) {
			t.Errorf("%v: code %d, %s", c.args, code, errs)
		}
	}
}

// psql over TLS: by SCRAM with the channel bound, and refused in each wrong way.
func TestPsqlThroughTheDoors(t *testing.T) {
	needPsql(t)
	n, ctx, dir := startLocked(t, true)
	ask := func(info string) (string, error) {
		cmd := exec.CommandContext(ctx, "psql", "-X", "-w", "-At", "-c", "SELECT session_user, current_setting('ssl')",
			fmt.Sprintf("host=localhost hostaddr=127.0.0.1 port=%s dbname=leat %s", n.Port(), info))
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	root := filepath.Join(dir, "cert.pem")
	for info, want := range map[string]string{
		"user=admin password=sesame sslmode=require":                                                                   "admin|on",
		"user=admin password=sesame sslmode=verify-full sslrootcert=" + root:                                           "admin|on",
		"user=admin password=sesame sslmode=verify-full channel_binding=require sslrootcert=" + root:                   "admin|on",
		"user=admin password=sesame sslmode=require channel_binding=disable":                                           "admin|on",
		"user=admin password=sesame sslmode=require ssl_max_protocol_version=TLSv1.2":                                  "admin|on",
		"user=admin password=wrong sslmode=require":                                                                    `password authentication failed for user "admin"`,
		"user=nobody password=sesame sslmode=require":                                                                  `password authentication failed for user "nobody"`,
		"user=admin sslmode=require":                                                                                   "no password supplied",
		"user=admin password=sesame sslmode=disable":                                                                   "this server accepts only connections with TLS",
		"user=admin password=sesame sslmode=require ssl_min_protocol_version=TLSv1.1 ssl_max_protocol_version=TLSv1.1": "SSL error",
	} {
		out, err := ask(info)
		if !strings.Contains(out, want) || (err == nil) != (want == "admin|on") {
			t.Errorf("%s: %s", info, out)
		}
	}
}

// HTTPS on the HTTP port, pgx with the channel bound on the other, and SIGHUP
// that brings a new certificate to both.
func TestTLSOnBothPorts(t *testing.T) {
	n, ctx, dir := startLocked(t, true)
	get := func(path string) *http.Response {
		req, err := http.NewRequestWithContext(ctx, "GET", n.Base()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("admin", "sesame")
		resp, err := n.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return resp
	}
	resp := get("/v1/catalog")
	if resp.StatusCode != 200 || resp.Header.Get("Strict-Transport-Security") == "" || resp.TLS.PeerCertificates[0].SerialNumber.Int64() != 1 {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	login, err := n.Client().Post(n.Base()+"/v1/login", "application/json", strings.NewReader(`{"user":"admin","password":"sesame","cookie":true}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = login.Body.Close()
	if cookies := login.Cookies(); len(cookies) != 1 || !cookies[0].Secure || !cookies[0].HttpOnly {
		t.Errorf("cookies %v", cookies)
	}
	if plain, err := http.Get("http://" + n.HTTP + "/healthz"); err == nil {
		_ = plain.Body.Close()
		if plain.StatusCode == http.StatusOK {
			t.Error("HTTP is spoken in clear")
		}
	}
	c, err := pgx.Connect(ctx, "postgres://admin:sesame@"+n.PG+"/leat?sslmode=require&channel_binding=require")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	writeCertificate(t, dir, 2)
	if err := n.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for get("/healthz").TLS.PeerCertificates[0].SerialNumber.Int64() != 2 {
		if ctx.Err() != nil {
			t.Fatal("the certificate is the old one")
		}
	}
	var one int
	if err := c.QueryRow(ctx, "SELECT 1").Scan(&one); err != nil || one != 1 {
		t.Errorf("a connection of before: %v", err)
	}
}

// A person at the console of a locked server.
func TestConsoleLogin(t *testing.T) {
	path := FindBrowser()
	if path == "" {
		t.Skip("chromium is not installed")
	}
	n, ctx, _ := startLocked(t, false)
	w := &walker{T: t, ctx: ctx, dir: os.Getenv("LEAT_ARTEFACTS"), base: n.Base()}
	if w.dir == "" {
		w.dir = t.TempDir()
	}
	var err error
	w.b, err = StartBrowser(ctx, path, t.TempDir())
	w.must(err)
	defer w.b.Close()
	fill := func(password string) {
		w.must(w.b.Type(ctx, "#login-user", "admin"))
		w.must(w.b.Type(ctx, "#login-password", password))
		w.must(w.b.Click(ctx, "form.login button"))
	}
	w.must(w.b.Open(ctx, w.base+"/"))
	w.await(`document.querySelector('form.login') && document.activeElement.id === 'login-user' && !document.querySelector('textarea')`)
	w.shot("login")
	fill("wrong")
	w.await(`document.querySelector('form.login .bad').textContent.startsWith('password authentication failed')`)
	w.must(w.b.Open(ctx, w.base+"/?again"))
	w.await(`document.querySelector('form.login')`)
	fill("sesame")
	w.await(`document.querySelector('textarea') && document.querySelector('#who').textContent === 'Log out admin'`)
	w.run("CREATE STREAM s (k TEXT KEY); SELECT current_user AS me")
	w.await(`[...document.querySelectorAll('tbody td')].some((c) => c.textContent === 'admin')`)
	w.run("SELECT k FROM s EMIT CHANGES")
	w.await(`document.querySelector('#link').textContent === 'live'`)
	w.must(w.b.Click(ctx, "#who button"))
	for range 10 { // the page goes away under the question
		err = w.b.Await(ctx, `document.querySelector('form.login') && !document.querySelector('textarea')`)
		if err == nil {
			break
		}
	}
	w.must(err)
}
