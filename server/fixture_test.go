package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// fixture is a server over a memory file system with one session.
type fixture struct {
	*testing.T
	srv *Server
	ss  *Session
	cfg Config
	ears
}

// ears is a client that collects notices.
type ears struct {
	mu struct {
		sync.Mutex
		notices []string
	}
}

func (e *ears) Notice(severity string, n *sqlerr.Error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mu.notices = append(e.mu.notices, severity+": "+n.Message)
}
func (e *ears) Parameter(string, string) {}
func (e *ears) Notify(_ uint32, channel, payload string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mu.notices = append(e.mu.notices, "NOTIFY "+channel+" "+payload)
}
func (e *ears) Deallocate(string) bool { return false }

// heard takes the notices so far.
func (e *ears) heard() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := strings.Join(e.mu.notices, "; ")
	e.mu.notices = nil
	return out
}

func testConfig() Config {
	cfg := DefaultConfig()
	cfg.PGAddr, cfg.HTTPAddr = "", ""
	cfg.FS, cfg.DataDir = vfs.NewMem(), "data"
	cfg.TuneLog = func(c *log.Config) { c.WALSegmentBytes, c.SegmentBytes = 1<<20, 1<<20; c.ReserveBytes = 0 }
	return cfg
}

func open(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t, cfg: testConfig()}
	f.reopen()
	t.Cleanup(func() {
		if err := f.srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fixture) reopen() {
	f.Helper()
	f.cfg.Logger = slog.New(slog.NewTextHandler(f.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	srv, err := Open(context.Background(), f.cfg)
	if err != nil {
		f.Fatal(err)
	}
	f.srv = srv
	if f.ss, err = srv.NewSession("me", "leat", nil, &f.ears); err != nil {
		f.Fatal(err)
	}
}

// try runs statements and gives their results as text.
func (f *fixture) try(text string) (string, error) {
	f.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out []string
	err := f.ss.Simple(ctx, text, func(r *pgwire.Result) error {
		s, err := show(ctx, r, f.ss.Style())
		out = append(out, s)
		return err
	})
	return strings.Join(out, " | "), err
}

// show renders a result: rows separated by "; ", then the tag.
func show(ctx context.Context, r *pgwire.Result, style *types.TextOptions) (string, error) {
	switch {
	case r.Empty:
		return "EMPTY", nil
	case r.CopyOut != nil:
		var out strings.Builder
		for {
			b, err := r.CopyOut.Next(ctx)
			if err != nil {
				r.CopyOut.Close()
				if !errors.Is(err, io.EOF) {
					return "", err
				}
				return out.String() + r.CopyOut.Tag(), nil
			}
			out.Write(b)
		}
	case r.Rows == nil:
		return r.Tag, nil
	}
	rows, err := drain(ctx, r.Rows)
	if err != nil {
		return "", err
	}
	cols := r.Rows.Columns()
	lines := make([]string, len(rows))
	for i, row := range rows {
		cells := make([]string, len(row))
		for c, v := range row {
			cells[c] = "NULL"
			if v != nil {
				cells[c] = string(types.AppendText(nil, cols[c].Type, v, style))
			}
		}
		lines[i] = strings.Join(cells, ",")
	}
	return strings.Join(append(lines, r.Rows.Tag(int64(len(rows)))), "; "), nil
}

// is runs statements and compares.
func (f *fixture) is(text, want string) {
	f.Helper()
	got, err := f.try(text)
	if err != nil {
		f.Fatalf("%s\n%v", text, sqlerr.From(err).Error())
	}
	if got != want {
		f.Errorf("%s\ngot  %s\nwant %s", text, got, want)
	}
}

// fails runs a statement that gives an error of a code.
func (f *fixture) fails(text, code string) *sqlerr.Error {
	f.Helper()
	got, err := f.try(text)
	if err == nil {
		f.Errorf("%s\ngot  %s\nwant error %s", text, got, code)
		return &sqlerr.Error{}
	}
	e := sqlerr.From(err)
	if e.Code != code {
		f.Errorf("%s\ngot  %v\nwant error %s", text, e, code)
	}
	return e
}

// copyIn runs COPY FROM STDIN with data, in chunks of n bytes.
func (f *fixture) copyIn(text, data string, n int) (string, error) {
	f.Helper()
	ctx := context.Background()
	tag := ""
	err := f.ss.Simple(ctx, text, func(r *pgwire.Result) error {
		if r.CopyIn == nil {
			return fmt.Errorf("no copy: %+v", r)
		}
		for len(data) > 0 {
			k := min(n, len(data))
			if err := r.CopyIn.Data(ctx, []byte(data[:k])); err != nil {
				return err
			}
			data = data[k:]
		}
		var err error
		tag, err = r.CopyIn.Done(ctx)
		return err
	})
	return tag, err
}
