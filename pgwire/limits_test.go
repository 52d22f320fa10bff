package pgwire

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

func as(user string) *pgproto3.StartupMessage {
	return &pgproto3.StartupMessage{ProtocolVersion: protocol3, Parameters: map[string]string{"user": user}}
}

// The last places are for privileged sessions, and then nobody comes in.
func TestReservedConnections(t *testing.T) {
	_, srv, addr := start(t, func(c *Config) { c.MaxConnections, c.ReservedConnections = 2, 1 })
	const in, full = "R S:server_version=15.0_(fake) K Z:I", "E:FATAL/53300/0"
	var last *wire
	for i, step := range []struct{ user, want string }{{"me", in}, {"root", in}, {"me", full}, {"root", in}, {"root", full}, {"me", full}} {
		w := dial(t, addr)
		w.put(as(step.user))
		w.want(step.want)
		if step.want == in {
			last = w
		}
		t.Log(i, step)
	}
	if n := srv.Connections(); n != 3 {
		t.Errorf("%d connections", n)
	}
	last.put(&pgproto3.Terminate{})
	if _, err := io.ReadAll(last.nc); err != nil {
		t.Fatal(err)
	}
	ended(t, srv)
}

// Who says nothing is pushed out by those who come after, and holds no place.
func TestPendingConnections(t *testing.T) {
	_, srv, addr := start(t, func(c *Config) { c.MaxConnections, c.ReservedConnections, c.MaxPending = 2, 0, 3 })
	var silent []net.Conn
	for range 10 {
		silent = append(silent, dial(t, addr).nc)
	}
	connect(t, addr)
	connect(t, addr)
	for i, nc := range silent[:7] {
		if b, err := io.ReadAll(nc); len(b) > 0 || err != nil {
			t.Errorf("%d was told %q, %v", i, b, err)
		}
	}
	if n := srv.Connections(); n != 2 {
		t.Errorf("%d connections", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	srv.Shutdown(ctx) // does not wait for the silent ones
}

func TestPreparedStatementsAreBounded(t *testing.T) {
	_, _, addr := start(t, func(c *Config) { c.MaxPrepared = 3 })
	w := connect(t, addr)
	w.put(&pgproto3.Query{String: "begin"})
	w.want("C:BEGIN Z:T")
	for i := range 3 {
		w.put(&pgproto3.Parse{Name: fmt.Sprint("s", i), Query: "rows 1"}, &pgproto3.Bind{DestinationPortal: fmt.Sprint("p", i), PreparedStatement: fmt.Sprint("s", i)}, &pgproto3.Sync{})
		w.want("1 2 Z:T")
	}
	w.put(&pgproto3.Bind{DestinationPortal: "p3", PreparedStatement: "s0"}, &pgproto3.Sync{})
	w.want("E:ERROR/54000/0 Z:E")
	w.put(&pgproto3.Parse{Name: "s3", Query: "rows 1"}, &pgproto3.Sync{})
	w.want("E:ERROR/54000/0 Z:E")
	w.put(&pgproto3.Close{ObjectType: 'S', Name: "s0"}, &pgproto3.Parse{Name: "s3", Query: "rows 1"}, &pgproto3.Sync{})
	w.want("3 1 Z:E")
}
