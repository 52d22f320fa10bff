package cli

import (
	"context"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/leatdb/leat/server"
)

// supervisor is who started this process and wants to hear of it: systemd, by
// its notification protocol.
type supervisor struct {
	socket string        // "" when nobody listens
	every  time.Duration // between signs of life; 0: none are wanted
}

// newSupervisor reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
func newSupervisor(getenv func(string) string) supervisor {
	s := supervisor{socket: getenv("NOTIFY_SOCKET")}
	usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
	pid := getenv("WATCHDOG_PID")
	if err == nil && usec > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		s.every = time.Duration(usec) * time.Microsecond / 2
	}
	return s
}

// tell sends one datagram of lines NAME=value; without a socket it does nothing.
func (s supervisor) tell(lines ...string) error {
	if s.socket == "" {
		return nil
	}
	name := s.socket
	if strings.HasPrefix(name, "@") {
		name = "\x00" + name[1:] // the abstract name space
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return err
	}
	_, err = c.Write([]byte(strings.Join(lines, "\n")))
	if closed := c.Close(); err == nil {
		err = closed
	}
	return err
}

// supervise tells the supervisor that the server is ready, that it lives, and
// that it stops: when ctx ends, or stop is called, which waits.
func supervise(ctx context.Context, srv *server.Server, sup supervisor, logger *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	say := func(lines ...string) {
		if err := sup.tell(lines...); err != nil {
			logger.Warn("the supervisor was not told", "what", lines[0], "err", err)
		}
	}
	go func() {
		defer close(done)
		select {
		case <-ctx.Done():
			say("STOPPING=1")
			return
		case <-srv.Listening():
		}
		say("READY=1", "STATUS=listening on "+srv.PGAddr())
		var tick <-chan time.Time
		if sup.every > 0 {
			t := time.NewTicker(sup.every)
			defer t.Stop()
			tick = t.C
		}
		for {
			select {
			case <-ctx.Done():
				say("STOPPING=1", "STATUS=stopping")
				return
			case <-tick:
				if srv.Ready() {
					say("WATCHDOG=1")
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
