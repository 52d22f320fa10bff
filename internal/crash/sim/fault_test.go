package sim

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

var (
	faults = flag.Int("faults", 40, "TestEveryCallFails fails every n-th operation of the disk, in turn; 1: each of them")
	fills  = flag.Int("fills", 20, "how often TestDiskFull fills the disk")
)

// scripted is what TestEveryCallFails runs: setup and statements of all kinds.
var scripted = Cut{Steps: 35, Saves: 20}

// TestEveryCallFails runs a script again and again and fails one operation of
// the disk each time, reads too. Nothing acknowledged is lost, nothing refused
// is written, and the node opens on the same disk when it works again. Then the
// same of a node whose state has no room in memory and whose log has little files.
func TestEveryCallFails(t *testing.T) {
	for _, memory := range []int64{0, 1} {
		everyCallFails(t, memory)
	}
}

func everyCallFails(t *testing.T, memory int64) {
	calls := int64(0)
	count := func(op Op) error { atomic.AddInt64(&calls, 1); return nil }
	if _, err := faulty(t.Context(), *seed, memory, count); err != nil {
		t.Fatal(err)
	}
	ended, refused, resumed, spilled := 0, 0, 0, 0
	for i := 1 + int(*seed)%*faults; i <= int(calls); i += *faults {
		for _, cause := range []error{syscall.EIO, errFull} {
			var at int64
			var failed Op
			outcome, err := faulty(t.Context(), *seed, memory, func(op Op) error {
				if atomic.AddInt64(&at, 1) == int64(i) {
					failed = op
					return fmt.Errorf("%s %s: %w", op.Kind, op.Name, cause)
				}
				return nil
			})
			if err != nil {
				t.Fatalf("seed %d, memory %d, call %d of %d, %+v, fails with %v: %v", *seed, memory, i, calls, failed, cause, err)
			}
			ended += outcome.ended
			refused += outcome.refused
			resumed += outcome.resumed
			if strings.HasSuffix(failed.Name, ".sst") {
				spilled++
			}
		}
	}
	t.Logf("campaign: seed %d, memory %d: %d operations of a run, every %d. failed once with EIO and once with ENOSPC, %d of them of state on disk: the node ended %d times, refused to open %d times, %d queries stopped and were resumed; lost 0, doubled 0",
		*seed, memory, calls, *faults, spilled, ended, refused, resumed)
	if ended == 0 || memory > 0 && spilled == 0 {
		t.Error("no fault ended the node, or none met state on disk")
	}
}

// outcomes counts how a node took a fault.
type outcomes struct{ ended, refused, resumed int }

// faulty is a life on a disk with a fault, and one more without.
func faulty(ctx context.Context, seed uint64, memory int64, hook func(Op) error) (o outcomes, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s := New(seed)
	if memory > 0 {
		s.tune = littleFiles
	}
	s.disk.Hook(hook)
	end := &outage{sim: s}
	end.mu.rng = s.rng
	n, err := openNode(ctx, nodeConfig{disk: s.disk, clock: s.clock, seed: seed, tune: s.tune, memory: memory, fatal: end.lose})
	switch {
	case errors.Is(err, errEnded):
		o.ended++
	case err != nil:
		o.refused++
	default:
		if err := s.suffer(ctx, n); err != nil {
			return o, err
		}
		resumed, err := s.goOn(ctx, n)
		if err != nil && !n.dead() {
			return o, fmt.Errorf("before the power went: %w", err)
		}
		o.resumed += resumed
		if n.dead() {
			o.ended++
		} else {
			end.lose()
			s.disk.Hook(nil)
			n.abandon()
		}
	}
	end.lose()
	s.disk = end.mu.disk
	// A book of its own: writers of a node that has ended itself may still be at a
	// statement, whose answer no client would get.
	s.book = newBook(writers)
	s.book.restore(end.mu.book)
	return o, s.Finish(ctx)
}

// goOn resumes the queries that a fault has stopped and checks a node that runs
// on against a copy of the book: it may end meanwhile.
func (s *Sim) goOn(ctx context.Context, n *Node) (resumed int, err error) {
	if n.dead() {
		return 0, nil
	}
	known, stopped := newBook(writers), make(chan int, 1)
	known.restore(s.book.copy())
	err = n.unlessDead(func() error {
		k, err := n.resume(ctx)
		if err != nil {
			return err
		}
		stopped <- k
		return check(ctx, n, known)
	})
	if err == nil {
		resumed = <-stopped
	}
	return resumed, err
}

// resume lets queries that are in error go on, and gives how many there were.
func (n *Node) resume(ctx context.Context) (int, error) {
	c, err := n.session()
	if err != nil {
		return 0, err
	}
	defer c.close()
	if err := n.srv.WaitIdle(ctx); err != nil {
		return 0, err
	}
	stopped, err := c.exec(ctx, "SELECT id FROM leat.jobs WHERE state = 'error'")
	if err != nil {
		return 0, err
	}
	for _, job := range stopped {
		if _, err := c.exec(ctx, `RESUME "`+job[0]+`"`); err != nil {
			return 0, err
		}
	}
	return len(stopped), nil
}

// suffer runs the writers until they are done or the node ends.
func (s *Sim) suffer(ctx context.Context, n *Node) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-n.fatal:
			cancel()
		case <-ctx.Done():
		}
	}()
	return s.write(ctx, n, scripted, func() bool { return false }, true)
}

// TestDiskFull fills the disk and empties it again: writers are told 53100,
// readers read on, and what was refused is not there afterwards. Queries whose
// state has no room in memory either stop, and go on when they are resumed.
func TestDiskFull(t *testing.T) {
	for _, memory := range []int64{0, 1} {
		diskFull(t, memory)
	}
}

func diskFull(t *testing.T, memory int64) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Duration(*fills)*3*time.Second)
	defer cancel()
	s := New(*seed)
	n, err := openNode(ctx, nodeConfig{disk: s.disk, clock: s.clock, seed: *seed, memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	never := func() bool { return false }
	if err := s.write(ctx, n, Cut{Steps: 20}, never, false); err != nil {
		t.Fatal(err)
	}
	if err := s.other(ctx, n); err != nil {
		t.Fatal(err)
	}
	stopped := 0
	for i := range *fills {
		free := []uint64{1, 1 << 20, 40 << 20}[i%3]
		if i%4 == 3 {
			free = 100 << 20 // enough to write, not enough for state
		}
		k, err := s.fill(ctx, n, free)
		if err != nil {
			t.Fatalf("memory %d, fill %d: %v", memory, i, err)
		}
		stopped += k
	}
	if err := n.srv.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("campaign: seed %d, memory %d: filled %d times, %d rows acknowledged, %d queries stopped and were resumed", *seed, memory, *fills, s.rows(), stopped)
	if (memory > 0) != (stopped > 0) {
		t.Errorf("%d queries stopped with %d bytes of memory", stopped, memory)
	}
}

// fill leaves so much of the disk free, writes and reads, frees it again and
// checks the node. It gives the queries that had stopped.
func (s *Sim) fill(ctx context.Context, n *Node, free uint64) (stopped int, err error) {
	never := func() bool { return false }
	s.disk.SetFree(free)
	if err := s.write(ctx, n, Cut{Steps: 10, Saves: 20}, never, true); err != nil {
		return 0, err
	}
	c, err := n.session()
	if err != nil {
		return 0, err
	}
	defer c.close()
	_, err = c.exec(ctx, "INSERT INTO other VALUES (1)")
	if full := err != nil && sqlerr.From(errors.Unwrap(err)).Code == sqlerr.DiskFull; full != (free < 64<<20) {
		return 0, fmt.Errorf("a disk with %d bytes gave %v", free, err)
	}
	if _, err := c.exec(ctx, "SELECT count(*) FROM ev"); err != nil {
		return 0, fmt.Errorf("a full disk cannot be read: %w", err)
	}
	s.disk.SetFree(1 << 40)
	n.srv.Tick(s.clock.Now().UnixMilli())
	if stopped, err = n.resume(ctx); err != nil {
		return 0, err
	}
	if err := s.write(ctx, n, Cut{Steps: 10, Saves: 20}, never, false); err != nil {
		return 0, fmt.Errorf("when there was room again: %w", err)
	}
	return stopped, s.check(ctx, n)
}

// other makes a stream of which no writer knows.
func (s *Sim) other(ctx context.Context, n *Node) error {
	c, err := n.session()
	if err != nil {
		return err
	}
	defer c.close()
	_, err = c.exec(ctx, "CREATE STREAM other (v INT)")
	return err
}
