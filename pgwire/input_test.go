package pgwire

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// pieces is a connection whose reads give at most the next piece.
type pieces struct {
	net.Conn
	rest [][]byte
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[0])
	if p.rest[0] = p.rest[0][n:]; len(p.rest[0]) == 0 {
		p.rest = p.rest[1:]
	}
	return n, nil
}

// Whatever pieces come and whatever is asked for, the bytes are the same, and
// nothing is lent once less came than fits.
func TestInputPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var sent, got []byte
		p := &pieces{}
		for range 1 + r.IntN(8) {
			b := make([]byte, 1+r.IntN(3*lentBytes>>r.IntN(8)))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			sent = append(sent, b...)
			p.rest = append(p.rest, b)
		}
		in := newInput(p)
		for len(got) < len(sent) {
			b := make([]byte, min(1+r.IntN(2*lentBytes), len(sent)-len(got)))
			if _, err := io.ReadFull(in, b); err != nil {
				t.Fatal(err)
			}
			got = append(got, b...)
		}
		if !bytes.Equal(got, sent) {
			t.Fatal("other bytes were read than sent")
		}
		p.rest = [][]byte{{1, 2, 3}, {4}}
		for want := byte(1); want <= 4; want++ {
			if first, err := in.first(); err != nil || first != want {
				t.Fatalf("first %d, %v, want %d", first, err, want)
			}
			if _, err := in.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if in.lent != nil {
			t.Fatal("a buffer is lent to an idle connection")
		}
	}
}

// Connections that have been answered keep neither a worker nor an output
// buffer, and few workers wait.
func TestIdleHoldsNothing(t *testing.T) {
	_, srv, addr := start(t, nil)
	ctx := context.Background()
	var conns []*pgconn.PgConn
	for range 2 * idleWorkers {
		c, err := pgconn.Connect(ctx, "postgres://me@"+addr+"/db")
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	errs := make(chan error)
	for _, c := range conns {
		go func() {
			_, err := c.Exec(ctx, "rows 300").ReadAll()
			errs <- err
		}()
	}
	for range conns {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(10 * time.Second); holders(srv) > 0; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d idle connections hold a worker or a buffer", holders(srv))
		}
	}
	srv.workers.mu.Lock()
	idle := len(srv.workers.mu.idle)
	srv.workers.mu.Unlock()
	if idle == 0 || idle > idleWorkers {
		t.Errorf("%d workers wait", idle)
	}
	for _, c := range conns {
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
	}
}

func holders(s *Server) (n int) {
	s.mu.Lock()
	conns := s.connsLocked()
	s.mu.Unlock()
	for _, c := range conns {
		c.mu.Lock()
		held := c.mu.worker != nil
		c.mu.Unlock()
		c.out.mu.Lock()
		held = held || c.out.mu.lent != nil
		c.out.mu.Unlock()
		if held {
			n++
		}
	}
	return n
}

// TestLongMessages holds that a long message arrives whole, and that who names a
// length and sends little gets little memory.
func TestLongMessages(t *testing.T) {
	for _, n := range []int{0, 1, onItsWord - 1, onItsWord, onItsWord + 1, 4 * onItsWord, 4*onItsWord + 1, 20 * onItsWord} {
		sent := make([]byte, n+1)
		for i := range sent {
			sent[i] = byte(i * 7 / 3)
		}
		got, err := readBody(iotest.HalfReader(bytes.NewReader(sent)), n)
		if err != nil || !bytes.Equal(got, sent[:n]) {
			t.Errorf("%d bytes do not arrive as they were sent (%d, %v)", n, len(got), err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := readBody(strings.NewReader("a little"), 64<<20)
	runtime.ReadMemStats(&after)
	if err == nil || got != nil {
		t.Errorf("a cut off message is %d bytes, %v", len(got), err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 2*onItsWord {
		t.Errorf("%d bytes allocated for a message that did not come", used)
	}
}
