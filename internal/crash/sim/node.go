package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// clock is the node's wall clock; it moves only when told.
type clock struct {
	mu struct {
		sync.Mutex
		now time.Time
	}
}

func newClock() *clock {
	c := &clock{}
	c.mu.now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return c
}

// clone is a clock of its own that shows the same time.
func (c *clock) clone() *clock {
	out := &clock{}
	out.mu.now = c.Now()
	return out
}

// Now gives the virtual time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.now = c.mu.now.Add(d)
}

// Node is a server on a Disk.
type Node struct {
	disk  *Disk
	clock *clock
	srv   *server.Server
	// fatal is closed when the log gave up, as a process ends then, for a cause.
	fatal chan struct{}
	cause error
}

// nodeConfig is how a node is opened.
type nodeConfig struct {
	disk  *Disk
	clock *clock
	seed  uint64
	at    func(point string)
	// memory bounds what a task keeps in memory, in bytes; the rest goes to files
	// of a few rows each. 0: all has room.
	memory int64
	// tune changes the log's configuration; nil: it stays.
	tune func(*log.Config)
	// fatal is called when the log gives up. The goroutine that called it stays
	// where it is for ever, as if the process had ended. nil: nothing.
	fatal func()
	// complain is given what the node logs of what went wrong; nil: nothing is owed.
	complain func(string)
}

// complaints is a log's handler of warnings and errors.
type complaints struct {
	slog.Handler
	to func(string)
}

// Enabled is of what went wrong.
func (c complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

// Handle gives the text on.
func (c complaints) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	c.to(text)
	return nil
}

func openNode(ctx context.Context, c nodeConfig) (*Node, error) {
	n := &Node{disk: c.disk, clock: c.clock, fatal: make(chan struct{})}
	var once sync.Once
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr = "data", "", ""
	cfg.FS, cfg.Clock, cfg.At = c.disk, c.clock, c.at
	cfg.Sleep = func(_ context.Context, d time.Duration) error { c.clock.advance(d); return nil }
	var seed [32]byte
	copy(seed[:], fmt.Sprintf("%032x", c.seed))
	cfg.Rand = rand.NewChaCha8(seed)
	if c.complain != nil {
		cfg.Logger = slog.New(complaints{slog.DiscardHandler, c.complain})
	}
	cfg.TickEvery, cfg.MaintainEvery, cfg.CheckpointEvery = 0, 0, time.Hour
	cfg.MaxBatch, cfg.ChangesFrom, cfg.MaxClose = 64, 1, 1
	if c.memory > 0 {
		cfg.MaxPush, cfg.MaxState, cfg.SpillFlush = cfg.MaxState, c.memory, 256
	}
	cfg.TuneLog = func(lc *log.Config) {
		lc.SegmentBytes, lc.WALSegmentBytes, lc.SnapshotBytes = 4<<10, 64<<10, 48<<10
		if c.tune != nil {
			c.tune(lc)
		}
		lc.Fatal = func(err error) {
			once.Do(func() {
				n.cause = err
				if c.fatal != nil {
					c.fatal()
				}
				close(n.fatal)
			})
			select {}
		}
	}
	opened := make(chan error, 1)
	go func() {
		var err error
		n.srv, err = server.Open(ctx, cfg)
		opened <- err
	}()
	select {
	case err := <-opened:
		if err != nil {
			return nil, fmt.Errorf("open: %w", err)
		}
		return n, nil
	case <-n.fatal:
		return nil, errEnded
	}
}

// dead tells whether the log gave up.
func (n *Node) dead() bool {
	select {
	case <-n.fatal:
		return true
	default:
		return false
	}
}

// unlessDead does something that may wait for ever once the log gave up.
func (n *Node) unlessDead(do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-n.fatal:
		return errEnded
	}
}

// abandon ends the node as a crash would, or leaves it when it has ended itself.
// What it could not do is its disk's fault.
func (n *Node) abandon() {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = n.srv.Abandon()
	}()
	select {
	case <-ended:
	case <-n.fatal:
	}
}

// session is a client without a wire. Its statements fail when they warn.
type session struct {
	s    *server.Session
	said *client
}

// client hears what a session says beside its answers.
type client struct {
	mu struct {
		sync.Mutex
		warnings []string
	}
}

// Notice keeps warnings.
func (c *client) Notice(severity string, n *sqlerr.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if severity == "WARNING" {
		c.mu.warnings = append(c.mu.warnings, n.Message+" "+n.Detail)
	}
}

// Parameter, Notify and Deallocate are of no concern here.
func (*client) Parameter(string, string)      {}
func (*client) Notify(uint32, string, string) {}
func (*client) Deallocate(string) bool        { return false }

// warned is what was said since it was asked last, as an error.
func (c *client) warned() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	said := c.mu.warnings
	c.mu.warnings = nil
	if len(said) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", errWarned, strings.Join(said, "; "))
}

// errWarned is of a statement that did what it was asked and warned.
var errWarned = errors.New("a warning")

func (n *Node) session() (*session, error) {
	said := &client{}
	s, err := n.srv.NewSession("sim", "leat", nil, said)
	if err != nil {
		return nil, err
	}
	return &session{s, said}, nil
}

func (c *session) close() { c.s.Close() }

// exec runs statements and gives the rows of the last one as texts, "-" for NULL.
func (c *session) exec(ctx context.Context, text string) (rows [][]string, err error) {
	err = c.s.Simple(ctx, text, func(r *pgwire.Result) error {
		rows = nil
		if r.Rows == nil {
			return nil
		}
		rows, err = readRows(ctx, r.Rows, c.s.Style())
		return err
	})
	if warned := c.said.warned(); err == nil {
		err = warned
	}
	if err != nil {
		return nil, fmt.Errorf("%w\nin: %s", err, text)
	}
	return rows, nil
}

// copyIn runs a COPY FROM STDIN.
func (c *session) copyIn(ctx context.Context, text, data string) error {
	return c.s.Simple(ctx, text, func(r *pgwire.Result) error {
		if r.CopyIn == nil {
			return errors.New("the statement reads nothing from the client")
		}
		if err := r.CopyIn.Data(ctx, []byte(data)); err != nil {
			return err
		}
		_, err := r.CopyIn.Done(ctx)
		return err
	})
}

func readRows(ctx context.Context, rows pgwire.Rows, style *types.TextOptions) ([][]string, error) {
	defer rows.Close()
	cols := rows.Columns()
	var out [][]string
	for {
		b, err := rows.Next(ctx)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range b.Len() {
			cells := make([]string, len(cols))
			for c := range cols {
				cells[c] = "-"
				if v := b.Cols[c].Value(b.Row(i)); v != nil {
					cells[c] = string(bytes.TrimSpace(types.AppendText(nil, cols[c].Type, v, style)))
				}
			}
			out = append(out, cells)
		}
	}
}

func joinRows(rows [][]string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = strings.Join(r, " ")
	}
	return out
}
