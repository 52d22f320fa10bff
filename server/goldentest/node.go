package goldentest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/server"
)

// clock is the node's wall clock; it moves only when a file says so.
type clock struct {
	mu struct {
		sync.Mutex
		now time.Time
	}
}

// startOfTime is where the virtual wall clock begins.
var startOfTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newClock() *clock {
	c := &clock{}
	c.mu.now = startOfTime
	return c
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

// sleep is pg_sleep: it takes the clock ahead instead of waiting.
func (c *clock) sleep(_ context.Context, d time.Duration) error {
	c.advance(d)
	return nil
}

// node is a server in memory that can crash.
type node struct {
	mode  Mode
	seed  uint64
	fs    *vfs.MemFS
	clock *clock
	srv   *server.Server
}

func startNode(ctx context.Context, mode Mode, seed uint64) (*node, error) {
	n := &node{mode: mode, seed: seed, fs: vfs.NewCrashableMem(), clock: newClock()}
	return n, n.open(ctx)
}

func (n *node) open(ctx context.Context) error {
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr = "data", "", ""
	cfg.FS, cfg.Clock, cfg.MaxBatch = n.fs, n.clock, n.mode.MaxBatch
	cfg.Sleep = n.clock.sleep
	cfg.Rand = rand.NewChaCha8(seedBytes(n.seed))
	cfg.TickEvery, cfg.MaintainEvery, cfg.CheckpointEvery = 0, 0, time.Hour
	if n.mode.Workers > 0 {
		cfg.Turn = newTurnstile(n.mode.Workers, n.seed).turn
	}
	if n.mode.MaxState > 0 {
		cfg.MaxState = n.mode.MaxState
	}
	if n.mode.Tiny {
		cfg.ChangesFrom, cfg.MaxClose = 1, 1
		cfg.TuneLog = func(c *log.Config) { c.SegmentBytes = 4 << 10 }
	}
	var err error
	if n.srv, err = server.Open(ctx, cfg); err != nil {
		return fmt.Errorf("open node: %w", err)
	}
	return nil
}

func seedBytes(seed uint64) (b [32]byte) {
	copy(b[:], bytes.Repeat([]byte(fmt.Sprintf("%016x", seed)), 2))
	return b
}

// crash loses what was not synced and opens the node again.
func (n *node) crash(ctx context.Context) error {
	clone := n.fs.CrashClone(vfs.CrashCloneCfg{})
	_ = n.srv.Abandon()
	n.fs = clone
	return n.open(ctx)
}

// restart closes the node in order and opens it again.
func (n *node) restart(ctx context.Context) error {
	if err := n.srv.Close(); err != nil {
		return fmt.Errorf("close node: %w", err)
	}
	return n.open(ctx)
}

func (n *node) close() { _ = n.srv.Abandon() }
