package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leatdb/leat/internal/sse"
)

// slow measures the others' lag with and without a reader of one byte a second.
func (c *crowd) slow(ctx context.Context) error {
	var without, with []time.Duration
	for range c.o.Rounds {
		lag, err := c.write(ctx, c.o.For/2)
		if err != nil {
			return err
		}
		without = append(without, percentile(lag, .5))
		stop, err := c.sip(ctx)
		if err != nil {
			return err
		}
		lag, err = c.write(ctx, c.o.For/2)
		stop()
		if err != nil {
			return err
		}
		with = append(with, percentile(lag, .5))
	}
	a, b := median(without), median(with)
	c.r.add("lag p50, median of rounds", Figure{"without", millis(a), "ms"}, Figure{"beside one byte a second", millis(b), "ms"},
		Figure{"ratio", float64(b) / float64(a), ""})
	return nil
}

// sip reads a query that the others read, from its beginning, one byte a second.
func (c *crowd) sip(ctx context.Context) (stop func(), err error) {
	conn, err := c.p.ask(ctx, c.followers[0].query, 4096)
	if err != nil {
		return nil, err
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(time.Second)
		defer t.Stop()
		for {
			select {
			case <-quit:
				return
			case <-t.C:
				if _, err := conn.Read(make([]byte, 1)); err != nil {
					return
				}
			}
		}
	}()
	return func() {
		close(quit)
		_ = conn.Close()
		<-done
	}, nil
}

// ask asks for a push query on a connection that holds so many bytes, or as many
// as the system likes for 0.
func (p *process) ask(ctx context.Context, query string, holds int) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.http)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok && holds > 0 {
		if err := tcp.SetReadBuffer(holds); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	if _, err := io.WriteString(conn, "GET /v1/stream?sql="+url.QueryEscape(query)+" HTTP/1.0\r\nHost: "+p.http+"\r\n\r\n"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// cutLimit is how much may be written until a reader that does not keep up is
// cut: the ring of its query, and what sockets hold.
const cutLimit = 64 << 20

// cut lets a reader of one byte a second fall behind another one of its query:
// it is cut, told so with a token, and goes on by it without gap or repeat.
func (c *crowd) cut(ctx context.Context) error {
	if err := c.p.exec(ctx, "CREATE STREAM wide (id BIGINT, at BIGINT, note TEXT) WITH (partitions = 1)"); err != nil {
		return err
	}
	const query = "SELECT id, at, note FROM wide EMIT CHANGES WITH (start = 'earliest')"
	fast := &follower{addr: c.p.http, query: query}
	stop, _, err := fast.connect(ctx)
	if err != nil {
		return err
	}
	defer stop()
	conn, err := c.p.ask(ctx, query, 0) // a narrow one would let the rest through too slowly
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := c.p.awaitReaders(ctx, 2); err != nil {
		return err
	}
	s := &sipper{conn: conn}
	begin := time.Now()
	rows, err := c.outrun(ctx, s, fast)
	if err != nil {
		return err
	}
	took := time.Since(begin)
	slow := &follower{addr: c.p.http, query: query}
	if err := s.rest(slow); err != nil {
		return err
	}
	had, err := slow.state()
	if err != nil || had >= rows {
		return fmt.Errorf("it has %d of %d rows: %w", had, rows, err)
	}
	again, _, err := slow.connect(ctx)
	if err != nil {
		return fmt.Errorf("go on by token: %w", err)
	}
	defer again()
	if err := awaitRows(ctx, slow, rows); err != nil {
		return fmt.Errorf("go on by token: %w", err)
	}
	c.r.add("reader of one byte a second, cut", Figure{"after", millis(took), "ms"}, Figure{"written", float64(rows*wideRow) / 1e6, "MB"},
		Figure{"rows it had", float64(had), ""}, Figure{"rows by its token", float64(rows - had), ""}, Figure{"lost", 0, ""})
	return nil
}

// wideRow is the size of a row's text in bytes.
const wideRow = 4 << 10

// outrun writes rows, which fast reads, until the other reader is cut; it gives
// how many.
func (c *crowd) outrun(ctx context.Context, s *sipper, fast *follower) (rows int64, err error) {
	note := strings.Repeat("x", wideRow)
	for rows*wideRow < cutLimit {
		var b strings.Builder
		for i := range int64(64) {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "(%d, %d, '%s')", rows+i, time.Now().UnixMicro(), note)
		}
		if err := c.p.exec(ctx, "INSERT INTO wide VALUES "+b.String()); err != nil {
			return 0, err
		}
		rows += 64
		if err := awaitRows(ctx, fast, rows); err != nil {
			return 0, err
		}
		if err := s.sip(); err != nil {
			return 0, err
		}
		n, err := c.p.readers(ctx)
		if err != nil {
			return 0, err
		}
		if n < 2 {
			return rows, nil
		}
	}
	return 0, fmt.Errorf("it was not cut when %d MiB had been written", cutLimit>>20)
}

func awaitRows(ctx context.Context, f *follower, rows int64) error {
	for until := time.Now().Add(30 * time.Second); ; {
		next, err := f.state()
		if err != nil || next >= rows {
			return err
		}
		if time.Now().After(until) || ctx.Err() != nil {
			return fmt.Errorf("row %d of %d after 30 s", next, rows)
		}
		time.Sleep(time.Millisecond)
	}
}

// sipper takes a byte a second.
type sipper struct {
	conn net.Conn
	last time.Time
	got  []byte
}

// sip takes a byte when a second has passed.
func (s *sipper) sip() error {
	if time.Since(s.last) < time.Second {
		return nil
	}
	s.last = time.Now()
	var b [1]byte
	n, err := s.conn.Read(b[:])
	s.got = append(s.got, b[:n]...)
	return err
}

// rest takes what the sockets still hold, up to the end of the connection, and
// gives all of it to f. The last message has to say that the reader was cut.
func (s *sipper) rest(f *follower) error {
	if err := s.conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	rest, err := io.ReadAll(s.conn)
	if err != nil {
		return fmt.Errorf("the connection has no end after %d bytes: %w", len(rest), err)
	}
	last, token := "", ""
	sse.Read(bufio.NewReader(bytes.NewReader(append(s.got, rest...))), func(id, event string, data []string) {
		f.take(id, event, data)
		last, token = event, id
	})
	if last != "overflow" || token == "" {
		return fmt.Errorf("the last message is %q with token %q, not overflow with one", last, token)
	}
	return nil
}

// readers is how many readers of push queries the server has.
func (p *process) readers(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.http+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	sc := bufio.NewScanner(resp.Body)
	for sc.Scan() {
		if n := -1; strings.HasPrefix(sc.Text(), "leat_http_subscriptions ") {
			if _, err := fmt.Sscan(strings.Fields(sc.Text())[1], &n); err == nil {
				return n, nil
			}
		}
	}
	return 0, errors.New("the server does not tell how many readers it has")
}

// awaitReaders waits until the server has so many readers, and no more.
func (p *process) awaitReaders(ctx context.Context, want int) error {
	for until := time.Now().Add(30 * time.Second); ; {
		n, err := p.readers(ctx)
		if err != nil || n == want {
			return err
		}
		if time.Now().After(until) {
			return fmt.Errorf("%d readers, want %d", n, want)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
