package pgwire

import (
	"context"
	"encoding/binary"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

func TestSSLAndGSSAreDeclined(t *testing.T) {
	_, _, addr := start(t, nil)
	w := dial(t, addr)
	for _, code := range []uint32{codeSSL, codeGSSENC} {
		if _, err := w.nc.Write(binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, code)); err != nil {
			t.Fatal(err)
		}
		var b [1]byte
		if _, err := io.ReadFull(w.nc, b[:]); err != nil || b[0] != 'N' {
			t.Fatalf("answer %q, %v", b, err)
		}
	}
	w.put(&pgproto3.StartupMessage{ProtocolVersion: protocol3, Parameters: map[string]string{"user": "me"}})
	w.want("R S:server_version=15.0_(fake) K Z:I")
}

// A newer minor version and unknown protocol options are answered and the
// session goes on.
func TestVersionNegotiation(t *testing.T) {
	_, _, addr := start(t, nil)
	w := dial(t, addr)
	w.put(&pgproto3.StartupMessage{ProtocolVersion: protocol3 + 7, Parameters: map[string]string{"user": "me", "_pq_.x": "1"}})
	w.want("v:196608/_pq_.x R S:server_version=15.0_(fake) K Z:I")
}

func TestRefusals(t *testing.T) {
	_, _, addr := start(t, nil)
	w := dial(t, addr)
	w.put(&pgproto3.StartupMessage{ProtocolVersion: protocol3, Parameters: map[string]string{"user": "nobody"}})
	w.want("E:FATAL/28000/0")
	w = dial(t, addr)
	w.put(&pgproto3.StartupMessage{ProtocolVersion: protocol3, Parameters: map[string]string{"database": "d"}})
	w.want("E:FATAL/28000/0")
	w = dial(t, addr)
	if _, err := w.nc.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	w.want("E:FATAL/08P01/0")
	w = dial(t, addr)
	if _, err := w.nc.Write([]byte{0, 0, 0, 8, 0, 2, 0, 0}); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(w.nc)
	if want := "EFATAL:  unsupported frontend protocol 2.0: server supports 3.0 to 3.0\n\x00"; err != nil || string(b) != want {
		t.Errorf("protocol 2: %q, %v", b, err)
	}
}

func TestDatabaseAndParameters(t *testing.T) {
	f, _, addr := start(t, nil)
	w := dial(t, addr)
	w.put(&pgproto3.StartupMessage{ProtocolVersion: protocol3, Parameters: map[string]string{"user": "me", "client_encoding": "'utf-8'"}})
	w.want("R S:server_version=15.0_(fake) K Z:I")
	got := f.mu.sessions[0].start
	if got.User != "me" || got.Database != "me" || len(got.Params) != 1 || got.Params[0] != (Param{"client_encoding", "'utf-8'"}) || got.PID != w.key.ProcessID {
		t.Errorf("startup %+v", got)
	}
}

func TestConnectionLimit(t *testing.T) {
	_, srv, addr := start(t, func(c *Config) { c.MaxConnections = 1 })
	connect(t, addr)
	w := dial(t, addr)
	w.put(&pgproto3.StartupMessage{ProtocolVersion: protocol3, Parameters: map[string]string{"user": "me"}})
	w.want("E:FATAL/53300/0")
	if n := srv.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestOversizedMessage(t *testing.T) {
	_, _, addr := start(t, func(c *Config) { c.MaxMessageBytes = 1 << 10 })
	w := connect(t, addr)
	if _, err := w.nc.Write([]byte{'Q', 0, 1, 0, 0}); err != nil {
		t.Fatal(err)
	}
	w.want("E:FATAL/08P01/0")
}

func TestShutdownDrains(t *testing.T) {
	f, srv, addr := start(t, nil)
	idle, busy := connect(t, addr), connect(t, addr)
	busy.put(&pgproto3.Query{String: "wait"})
	<-f.waited
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		srv.Shutdown(ctx)
		close(done)
	}()
	idle.want("E:FATAL/57P01/0")
	cancel()
	busy.want("E:FATAL/57P01/0")
	<-done
	for _, s := range f.mu.sessions {
		if !s.closed {
			t.Error("a session was not closed")
		}
	}
}
