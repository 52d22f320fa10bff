package log

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
)

// Log is an open partition log. All methods may be called from many goroutines.
type Log struct {
	cfg   Config
	lock  io.Closer // of the directory
	meta  *node
	nodes []*node // data groups
	data  *dataGroup

	closed      atomic.Bool
	maintenance sync.Mutex // one RunMaintenance at a time; before pins.mu
	pins        readerPins
}

// metaGroupID and dataGroupID name the groups; placements use them.
const (
	metaGroupID = 0
	dataGroupID = 1
)

// Open recovers the log in cfg.Dir, or makes one. When it returns, meta holds group 0's state, the partitions
// everything acknowledged, and this node leads. Close waits for what it started.
func Open(ctx context.Context, cfg Config, meta StateMachine) (*Log, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if meta == nil {
		return nil, errors.New("log configuration: no state machine for group 0")
	}
	if err := makePath(cfg, cfg.Dir); err != nil {
		return nil, err
	}
	lock, err := cfg.FS.Lock(cfg.FS.PathJoin(cfg.Dir, "LOCK"))
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", cfg.Dir, err)
	}
	l := &Log{cfg: cfg, lock: lock}
	l.pins.mu.pins = map[string]readerPin{}
	if err := l.open(ctx, meta); err != nil {
		return nil, errors.Join(err, l.shutdown(false))
	}
	return l, nil
}

// makePath makes dir and its parents, durably.
func makePath(cfg Config, dir string) error {
	if _, err := cfg.FS.Stat(dir); err == nil {
		return nil
	} else if !missing(err) {
		return fmt.Errorf("stat %s: %w", dir, err)
	}
	if parent := cfg.FS.PathDir(dir); parent != dir {
		if err := makePath(cfg, parent); err != nil {
			return err
		}
	}
	return makeDir(cfg.FS, dir)
}

// open opens the data group first: what the catalog names must be there.
func (l *Log) open(ctx context.Context, meta StateMachine) error {
	dir := l.cfg.FS.PathJoin(l.cfg.Dir, "g1")
	partitions := l.cfg.FS.PathJoin(dir, "data")
	for _, d := range []string{dir, partitions} {
		if err := makeDir(l.cfg.FS, d); err != nil {
			return err
		}
	}
	l.data = newDataGroup(l.cfg, partitions)
	// Without a manifest nothing on disk counts: the whole WAL is applied again.
	if err := l.data.removeUnlessSnapshot(l.cfg.FS.PathJoin(dir, "snap")); err != nil {
		return err
	}
	n, err := openNode(ctx, l.cfg, dataGroupID, dir, l.data)
	if err != nil {
		return err
	}
	l.nodes = append(l.nodes, n)
	l.meta, err = openNode(ctx, l.cfg, metaGroupID, l.cfg.FS.PathJoin(l.cfg.Dir, "g0"), &metaGroup{user: meta})
	return err
}

// removeUnlessSnapshot empties the partitions' directory when there is no snapshot to restore.
func (g *dataGroup) removeUnlessSnapshot(snapDir string) error {
	names, err := g.fs.List(snapDir)
	if err != nil && !missing(err) {
		return fmt.Errorf("list %s: %w", snapDir, err)
	}
	if slices.ContainsFunc(names, isSnapshot) {
		return nil
	}
	return g.removeUnknown(nil)
}

// Close ends the log in order: what waits is committed, a snapshot is taken, files are synced and closed.
func (l *Log) Close() error { return l.shutdown(true) }

func (l *Log) shutdown(orderly bool) error {
	if l.closed.Swap(true) {
		return ErrClosed
	}
	l.maintenance.Lock()
	defer l.maintenance.Unlock()
	var errs []error
	if l.meta != nil {
		errs = append(errs, l.meta.close(orderly))
	}
	for _, n := range l.nodes {
		errs = append(errs, n.close(orderly))
	}
	if l.data != nil {
		errs = append(errs, l.data.closePartitions())
	}
	errs = append(errs, l.lock.Close())
	return errors.Join(errs...)
}

// propose runs a command through the data group.
func (l *Log) propose(ctx context.Context, c command, urgent bool) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return l.nodes[0].proposer.do(ctx, c, urgent)
}

// ProposeMeta runs a command, lent, through group 0 and returns its index there and what StateMachine.Apply gave.
func (l *Log) ProposeMeta(ctx context.Context, cmd []byte) (index uint64, result any, err error) {
	if err := ctx.Err(); err != nil {
		return 0, nil, err
	}
	v, err := l.meta.proposer.do(ctx, metaCommand{cmd: cmd}, true)
	if err != nil {
		return 0, nil, err
	}
	r := v.(metaResult)
	return r.index, r.value, nil
}
