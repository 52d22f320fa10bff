package pgwire

import (
	"net"
	"time"
)

// deadlineIn bounds the next reads and writes; 0 lifts the bound. It is the one
// place of the package that reads the clock.
func deadlineIn(nc net.Conn, d time.Duration) {
	var t time.Time
	if d > 0 {
		t = time.Now().Add(d)
	}
	// A connection without deadlines (or already closed) fails on its next use.
	_ = nc.SetDeadline(t)
}

// keepAlive asks TCP to probe an idle peer; where that is refused the default
// stays.
func keepAlive(c *net.TCPConn, d time.Duration) {
	_ = c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: d > 0, Idle: d, Interval: d, Count: 3})
}
