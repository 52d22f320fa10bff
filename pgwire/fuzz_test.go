package pgwire

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/sql/sqlerr"
)

// doorkeeper lets in who answers "open" to its challenge, over the fake.
type doorkeeper struct {
	fake   fake
	let    int // in
	opened int // sessions
}

func (d *doorkeeper) Startup(ctx context.Context, s Startup, c Client) (Session, error) {
	chosen, first, err := s.Proof.Offer([]string{"A", "B"})
	if err != nil {
		return nil, err
	}
	answer := first
	for range 2 {
		if answer, err = s.Proof.Challenge([]byte("who is there?")); err != nil {
			return nil, err
		}
	}
	if chosen != "A" || string(answer) != "open" {
		return nil, sqlerr.New(sqlerr.InvalidPassword, "password authentication failed for user %q", s.User)
	}
	d.let++
	if err := s.Proof.Conclude([]byte("welcome")); err != nil {
		return nil, err
	}
	ss, err := d.fake.Startup(ctx, s, c)
	if err == nil {
		d.opened++
	}
	return ss, err
}

func proofMessage(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{'p'}, uint32(len(body)+4)), body...)
}

func chosenMessage(mechanism string, first []byte) []byte {
	body := append([]byte(mechanism), 0)
	return proofMessage(append(binary.BigEndian.AppendUint32(body, uint32(len(first))), first...))
}

// FuzzStartup sends anything to a server that asks for a proof. No bytes but the
// right ones open a session, AuthenticationOk answers these alone, an error is
// the last word, and nothing hangs or panics.
func FuzzStartup(tf *testing.F) {
	f := fuzzing.On(tf)
	start := startupPacket(protocol3, "user", "me")
	right := join(start, chosenMessage("A", []byte("hi")), proofMessage([]byte("x")), proofMessage([]byte("open")))
	query := []byte("Q\x00\x00\x00\x0brows 1\x00")
	for _, seed := range [][]byte{
		right, join(right, query), join(code(codeSSL), right), join(code(codeGSSENC), right), start, join(start, query),
		join(start, chosenMessage("B", nil), proofMessage(nil), proofMessage([]byte("open"))),
		join(start, chosenMessage("A", nil), proofMessage(nil), proofMessage([]byte("close"))),
		join(start, proofMessage([]byte("A"))), join(start, proofMessage([]byte("A\x00\xff\xff\xff\xff"))),
		join(start, []byte("p\x7f\xff\xff\xff")), join(start, []byte("p\x00\x00\x00\x00")), join(start, []byte("X\x00\x00\x00\x04")),
		startupPacket(protocol3+9, "user", "me", "_pq_.a", "b"), startupPacket(2<<16, "user", "me"), {0x16, 3, 1, 0, 1, 0}, {0, 0, 0, 0},
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	cert := certificate(f)
	f.Fuzz(func(t *testing.T, sent []byte, secure bool) {
		d := &doorkeeper{fake: fake{feed: make(chan int), waited: make(chan struct{}, 100)}}
		cfg := DefaultConfig()
		cfg.StartupTimeout = 5 * time.Second
		if secure {
			cfg.TLS = func() *tls.Config { return &tls.Config{Certificates: []tls.Certificate{cert}} }
			cfg.RequireTLS = true
		}
		got := exchange(New(cfg, d), sent)
		if d.let > 1 || d.opened > d.let || secure && d.let > 0 {
			t.Errorf("let in %d times, %d sessions", d.let, d.opened)
		}
		if secure {
			return // what follows 'S' is no text of ours
		}
		checkAnswers(t, got, d.let > 0)
	})
}

// exchange sends bytes and gives what a server answers, a MiB of it.
func exchange(srv *Server, sent []byte) []byte {
	c := &recording{sent: sent}
	srv.ServeConn(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.answers
}

// recording is the connection of a client that has sent all it will, and takes
// every answer.
type recording struct {
	sent []byte // unread
	mu   struct {
		sync.Mutex
		answers []byte
		closed  bool
	}
}

func (c *recording) Read(p []byte) (int, error) {
	if len(c.sent) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.sent)
	c.sent = c.sent[n:]
	return n, nil
}

func (c *recording) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		return 0, net.ErrClosed
	}
	if len(c.mu.answers) < 1<<20 { // a query may have rows without end
		c.mu.answers = append(c.mu.answers, p...)
	}
	return len(p), nil
}

func (c *recording) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.closed = true
	return nil
}

func (c *recording) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *recording) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *recording) SetDeadline(time.Time) error      { return nil }
func (c *recording) SetReadDeadline(time.Time) error  { return nil }
func (c *recording) SetWriteDeadline(time.Time) error { return nil }

// checkAnswers reads what the server said up to the first query's answer.
func checkAnswers(t *testing.T, b []byte, in bool) {
	t.Helper()
	b = bytes.TrimLeft(b, "N") // SSLRequest, GSSENCRequest
	if bytes.HasPrefix(b, []byte("EFATAL:  unsupported")) {
		return
	}
	for len(b) > 0 {
		if len(b) < 5 {
			return // cut off by the client's end
		}
		n := int(binary.BigEndian.Uint32(b[1:])) + 1
		if n < 5 || n > len(b) {
			return
		}
		switch kind, body := b[0], b[5:n]; kind {
		case 'R':
			if kind := binary.BigEndian.Uint32(body); kind == pgproto3.AuthTypeOk && !in {
				t.Fatal("AuthenticationOk without a proof")
			}
		case 'E':
			if !in && n < len(b) {
				t.Fatalf("%q behind an error", b[n:])
			}
		case 'S', 'K', 'Z':
			if !in {
				t.Fatalf("message %q to who is not in", kind)
			}
		case 'v':
		default:
			if !in {
				t.Fatalf("message %q", kind)
			}
		}
		b = b[n:]
	}
}
