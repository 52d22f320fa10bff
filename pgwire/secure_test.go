package pgwire

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// certificate is self-signed, for localhost.
func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// startTLS runs a server with TLS.
func startTLS(t *testing.T, require bool) (*fake, *Server, string) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate(t)}, NextProtos: []string{ALPN}}
	return start(t, func(c *Config) {
		c.TLS, c.RequireTLS, c.StartupTimeout = func() *tls.Config { return cfg }, require, 5*time.Second
	})
}

func code(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, n) }

func startupPacket(version uint32, params ...string) []byte {
	body := binary.BigEndian.AppendUint32(nil, version)
	for _, p := range params {
		body = append(append(body, p...), 0)
	}
	body = append(body, 0)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// hello is the first record of a TLS handshake.
func hello(t *testing.T) []byte {
	t.Helper()
	a, b := net.Pipe()
	defer func() { _ = a.Close() }()
	go func() { _ = tls.Client(a, &tls.Config{InsecureSkipVerify: true}).Handshake() }()
	buf := make([]byte, 4096)
	n, err := b.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	return buf[:n]
}

// What is sent in clear to servers with TLS. A case gives all that the server
// answers until it closes; no session is ever opened.
func TestDowngradeAndInjection(t *testing.T) {
	plain := startupPacket(protocol3, "user", "me")
	query := []byte("Q\x00\x00\x00\x0bselect\x00")
	const injected, demanded = "S|E 08P01", "E 28000"
	for name, c := range map[string]struct {
		require bool
		sent    []byte
		want    string
	}{
		"startup behind SSLRequest":              {false, join(code(codeSSL), plain), injected},
		"startup and query behind SSLRequest":    {false, join(code(codeSSL), plain, query), injected},
		"a byte behind SSLRequest":               {false, join(code(codeSSL), []byte{0}), injected},
		"cancel behind SSLRequest":               {false, join(code(codeSSL), []byte{0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 0}), injected},
		"handshake behind SSLRequest":            {false, join(code(codeSSL), hello(t)), injected},
		"SSLRequest twice at once":               {false, join(code(codeSSL), code(codeSSL)), injected},
		"startup behind SSLRequest, required":    {true, join(code(codeSSL), plain), injected},
		"startup in clear, required":             {true, plain, demanded},
		"newer protocol in clear, required":      {true, startupPacket(protocol3+7, "user", "me", "_pq_.x", "1"), demanded},
		"older protocol in clear, required":      {true, startupPacket(2<<16, "user", "me"), demanded},
		"no user in clear, required":             {true, startupPacket(protocol3, "database", "x"), demanded},
		"unknown user in clear, required":        {true, startupPacket(protocol3, "user", "nobody"), demanded},
		"malformed in clear, required":           {true, startupPacket(protocol3, "user"), demanded},
		"GSSENC, then in clear, required":        {true, join(code(codeGSSENC), plain), "N|" + demanded},
		"startup and query in clear, required":   {true, join(plain, query), demanded},
		"GSSENC twice":                           {false, join(code(codeGSSENC), code(codeGSSENC)), "N|E 08P01"},
		"SSLRequest with a body of other length": {false, join([]byte{0, 0, 0, 7}, code(codeSSL)[4:]), "E 08P01"},
		"direct TLS cut off":                     {true, hello(t)[:20], ""},
		"a TLS alert":                            {true, []byte{recordTLS - 1, 3, 1, 0, 2, 2, 40, 0}, "E 08P01"},
		"HTTP":                                   {true, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "E 08P01"},
		"garbage in a record":                    {true, append([]byte{recordTLS, 3, 1, 0, 4}, "abcd"...), "alert"},
	} {
		f, srv, addr := startTLS(t, c.require)
		w := dial(t, addr)
		if _, err := w.nc.Write(c.sent); err != nil {
			t.Fatal(err)
		}
		if err := w.nc.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := answered(t, w.nc); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		ended(t, srv)
		f.mu.Lock()
		if len(f.mu.sessions) > 0 {
			t.Errorf("%s: a session was opened", name)
		}
		f.mu.Unlock()
	}
}

// answered is what a server says until it closes, for people.
func answered(t *testing.T, nc net.Conn) string {
	t.Helper()
	b, err := io.ReadAll(nc)
	if err != nil && len(b) == 0 && !strings.Contains(err.Error(), "reset") {
		t.Fatal(err)
	}
	var out []string
	for len(b) > 0 {
		switch {
		case b[0] == 0x15: // a TLS alert
			return "alert"
		case (b[0] == 'S' || b[0] == 'N') && (len(b) == 1 || b[1] == 'E' || b[1] == 'S'):
			out, b = append(out, string(b[:1])), b[1:]
		case b[0] == 'E' && len(b) > 5:
			n := int(binary.BigEndian.Uint32(b[1:])) + 1
			var m pgproto3.ErrorResponse
			if err := m.Decode(b[5:n]); err != nil {
				t.Fatal(err)
			}
			out, b = append(out, "E "+m.Code), b[n:]
		default:
			t.Fatalf("answer %q", b)
		}
	}
	return strings.Join(out, "|")
}

// secured dials with SSLRequest (or at once, direct) and shakes hands.
func secured(t *testing.T, addr string, direct bool, cfg *tls.Config) (*tls.Conn, error) {
	t.Helper()
	nc := dial(t, addr).nc
	if !direct {
		if _, err := nc.Write(code(codeSSL)); err != nil {
			t.Fatal(err)
		}
		var b [1]byte
		if _, err := io.ReadFull(nc, b[:]); err != nil || b[0] != 'S' {
			t.Fatalf("answer %q, %v", b, err)
		}
	}
	cfg.InsecureSkipVerify = true
	c := tls.Client(nc, cfg)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return c, c.HandshakeContext(ctx)
}

func TestHandshakes(t *testing.T) {
	for name, c := range map[string]struct {
		direct bool
		cfg    *tls.Config
		ok     bool
	}{
		"asked for":               {false, &tls.Config{}, true},
		"asked for, ALPN":         {false, &tls.Config{NextProtos: []string{ALPN}}, true},
		"asked for, TLS 1.2":      {false, &tls.Config{MaxVersion: tls.VersionTLS12}, true},
		"asked for, TLS 1.1":      {false, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"asked for, of HTTP":      {false, &tls.Config{NextProtos: []string{"h2", "http/1.1"}}, false},
		"direct, ALPN":            {true, &tls.Config{NextProtos: []string{ALPN}}, true},
		"direct, without ALPN":    {true, &tls.Config{}, false},
		"direct, of HTTP":         {true, &tls.Config{NextProtos: []string{"http/1.1"}}, false},
		"direct, ALPN, TLS 1.1":   {true, &tls.Config{NextProtos: []string{ALPN}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"direct, one of two ALPN": {true, &tls.Config{NextProtos: []string{"http/1.1", ALPN}}, true},
	} {
		_, _, addr := startTLS(t, true)
		conn, err := secured(t, addr, c.direct, c.cfg)
		if err == nil {
			_, err = conn.Write(startupPacket(protocol3, "user", "me"))
		}
		var first [1]byte
		if err == nil {
			_, err = io.ReadFull(conn, first[:])
		}
		if ok := err == nil && first[0] == 'R'; ok != c.ok {
			t.Errorf("%s: %q, %v", name, first, err)
		}
	}
}

// Inside of TLS there is no second negotiation; a cancel request is taken there,
// and in clear where TLS is required.
func TestRequestsInsideTLS(t *testing.T) {
	for _, request := range []uint32{codeSSL, codeGSSENC} {
		_, _, addr := startTLS(t, true)
		conn, err := secured(t, addr, false, &tls.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(code(request)); err != nil {
			t.Fatal(err)
		}
		if got := answered(t, conn); got != "E 08P01" {
			t.Errorf("request %d inside TLS: %q", request, got)
		}
	}
	for _, inTLS := range []bool{true, false} {
		f, _, addr := startTLS(t, true)
		conn, err := secured(t, addr, false, &tls.Config{})
		if err != nil {
			t.Fatal(err)
		}
		w := &wire{t: t, nc: conn, Frontend: pgproto3.NewFrontend(conn, conn)}
		w.put(&pgproto3.StartupMessage{ProtocolVersion: protocol3, Parameters: map[string]string{"user": "me"}})
		w.want("R S:server_version=15.0_(fake) K Z:I")
		w.put(&pgproto3.Query{String: "wait"})
		<-f.waited
		var nc net.Conn = dial(t, addr).nc
		if inTLS {
			if nc, err = secured(t, addr, true, &tls.Config{NextProtos: []string{ALPN}}); err != nil {
				t.Fatal(err)
			}
		}
		m := &pgproto3.CancelRequest{ProcessID: w.key.ProcessID, SecretKey: w.key.SecretKey}
		b, err := m.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := nc.Write(b); err != nil {
			t.Fatal(err)
		}
		w.want("E:ERROR/57014/0 Z:I")
	}
}

// A client that begins and says no more is sent away.
func TestSilentHandshake(t *testing.T) {
	for _, sent := range [][]byte{nil, code(codeSSL), hello(t)[:30], {0, 0}} {
		_, _, addr := start(t, func(c *Config) {
			cfg := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
			c.TLS, c.StartupTimeout = func() *tls.Config { return cfg }, 50*time.Millisecond
		})
		w := dial(t, addr)
		if _, err := w.nc.Write(sent); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(w.nc); err != nil || len(b) > 1 {
			t.Errorf("after %x: %q, %v", sent, b, err)
		}
	}
}

func TestDirectTLSWithoutTLS(t *testing.T) {
	_, _, addr := start(t, nil)
	w := dial(t, addr)
	if _, err := w.nc.Write(hello(t)); err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(w.nc); len(b) > 0 { // a reset is an end too
		t.Errorf("answered %q", b)
	}
}
