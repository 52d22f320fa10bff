package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/leatdb/leat/internal/sse"
)

// follower reads one push query over HTTP as server-sent events and goes on
// behind the token of the last message it has whole. Rows are numbered by their
// column id, from 0 without a gap.
type follower struct {
	addr, query string
	mu          struct {
		sync.Mutex
		token string
		next  int64
		lag   []time.Duration // since the time in the column at, of a message's last row
		err   error
	}
}

// connect begins to read; done is closed when the connection has ended, which
// stop makes it.
func (f *follower) connect(ctx context.Context) (stop func(), done chan struct{}, err error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", f.addr)
	if err != nil {
		return nil, nil, err
	}
	f.mu.Lock()
	head := "GET /v1/stream?sql=" + url.QueryEscape(f.query) + " HTTP/1.0\r\nHost: " + f.addr + "\r\nAccept: text/event-stream\r\n"
	if f.mu.token != "" {
		head += "Last-Event-ID: " + f.mu.token + "\r\n"
	}
	f.mu.Unlock()
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	done, begun := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(done)
		f.read(conn, begun)
	}()
	select {
	case err = <-begun:
	case <-time.After(20 * time.Second):
		err = errors.New("no answer in 20 s")
	}
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return func() { _ = conn.Close() }, done, nil
}

// read takes messages; begun hears when the schema has come.
func (f *follower) read(conn net.Conn, begun chan<- error) {
	r := bufio.NewReaderSize(conn, 4096)
	if status, err := r.ReadString('\n'); err != nil || !strings.Contains(status, " 200 ") {
		begun <- fmt.Errorf("the stream was refused: %s", strings.TrimSpace(status))
		return
	}
	sse.Read(r, func(id, event string, data []string) {
		if event == "schema" {
			begun <- nil
		}
		f.take(id, event, data)
	})
}

func (f *follower) take(id, event string, data []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id != "" {
		f.mu.token = id
	}
	if event != "" {
		return
	}
	var row struct{ ID, At int64 }
	for _, d := range data {
		if err := json.Unmarshal([]byte(d), &row); err != nil {
			f.fail(err)
		} else if row.ID != f.mu.next {
			f.fail(fmt.Errorf("row %d came instead of %d", row.ID, f.mu.next))
		}
		f.mu.next = row.ID + 1
	}
	if len(data) > 0 {
		f.mu.lag = append(f.mu.lag, time.Duration(time.Now().UnixMicro()-row.At)*time.Microsecond)
	}
}

// fail keeps the first fault. The caller holds mu.
func (f *follower) fail(err error) {
	if f.mu.err == nil {
		f.mu.err = err
	}
}

func (f *follower) state() (next int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mu.next, f.mu.err
}

// lags takes what was measured since the last call.
func (f *follower) lags() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.mu.lag
	f.mu.lag = nil
	return out
}
