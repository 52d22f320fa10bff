package pgwire

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// waiting starts a statement that only a cancel ends.
func waiting(t *testing.T) (*fake, *Server, *wire, string) {
	t.Helper()
	f, srv, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Query{String: "wait"})
	<-f.waited
	return f, srv, w, addr
}

func sendCancel(t *testing.T, addr string, pid uint32, secret []byte) {
	t.Helper()
	c := dial(t, addr)
	b := binary.BigEndian.AppendUint32(nil, uint32(12+len(secret)))
	b = binary.BigEndian.AppendUint32(b, codeCancel)
	b = binary.BigEndian.AppendUint32(b, pid)
	if _, err := c.nc.Write(append(b, secret...)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.nc.Read(make([]byte, 1)); err == nil {
		t.Error("a cancel request was answered")
	}
}

func TestCancelRequest(t *testing.T) {
	_, _, w, addr := waiting(t)
	sendCancel(t, addr, w.key.ProcessID, []byte{1, 2, 3, 4, 5}) // wrong: nothing happens
	sendCancel(t, addr, w.key.ProcessID, w.key.SecretKey)
	w.want("E:ERROR/57014/0 Z:I")
	w.put(&pgproto3.Query{String: "rows 1"})
	w.want("T:n/23/0 D:1 C:SELECT_1 Z:I")
}

// A cancel that finds nothing to do harms no later statement.
func TestLateCancel(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	sendCancel(t, addr, w.key.ProcessID, w.key.SecretKey)
	w.put(&pgproto3.Query{String: "rows 1"})
	w.want("T:n/23/0 D:1 C:SELECT_1 Z:I")
}

// ended waits until the server has let go of its only connection.
func ended(t *testing.T, srv *Server) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	srv.Shutdown(ctx) // returns only when no connection is left
	if n := srv.Connections(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestTerminateEndsStatement(t *testing.T) {
	_, srv, w, _ := waiting(t)
	w.put(&pgproto3.Terminate{})
	ended(t, srv)
}

func TestDroppedConnectionEndsStatement(t *testing.T) {
	_, srv, w, _ := waiting(t)
	if err := w.nc.Close(); err != nil {
		t.Fatal(err)
	}
	ended(t, srv)
}
