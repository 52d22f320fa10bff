package sim

import (
	"context"
	"errors"
	"flag"
	"fmt"
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
var scripted = Cut{Steps: 26, Saves: 20}

// TestEveryCallFails runs a script again and again and fails one operation of
// the disk each time, reads too. Nothing acknowledged is lost, nothing refused
// is written, and the node opens on the same disk when it works again.
func TestEveryCallFails(t *testing.T) {
	calls := int64(0)
	count := func(op Op) error { atomic.AddInt64(&calls, 1); return nil }
	if _, err := faulty(t.Context(), *seed, count); err != nil {
		t.Fatal(err)
	}
	ended, refused := 0, 0
	for i := 1 + int(*seed)%*faults; i <= int(calls); i += *faults {
		for _, cause := range []error{syscall.EIO, errFull} {
			var at int64
			var failed Op
			outcome, err := faulty(t.Context(), *seed, func(op Op) error {
				if atomic.AddInt64(&at, 1) == int64(i) {
					failed = op
					return fmt.Errorf("%s %s: %w", op.Kind, op.Name, cause)
				}
				return nil
			})
			if err != nil {
				t.Fatalf("seed %d, call %d of %d, %+v, fails with %v: %v", *seed, i, calls, failed, cause, err)
			}
			ended += outcome.ended
			refused += outcome.refused
		}
	}
	t.Logf("campaign: seed %d: %d operations of a run, every %d. failed once with EIO and once with ENOSPC: the node ended %d times, refused to open %d times; lost 0, doubled 0",
		*seed, calls, *faults, ended, refused)
	if ended == 0 {
		t.Error("no fault ended the node")
	}
}

// outcomes counts how a node took a fault.
type outcomes struct{ ended, refused int }

// faulty is a life on a disk with a fault, and one more without.
func faulty(ctx context.Context, seed uint64, hook func(Op) error) (o outcomes, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s := New(seed)
	s.disk.Hook(hook)
	end := &outage{sim: s}
	end.mu.rng = s.rng
	n, err := openNode(ctx, nodeConfig{disk: s.disk, clock: s.clock, seed: seed, fatal: end.lose})
	switch {
	case errors.Is(err, errEnded):
		o.ended++
	case err != nil:
		o.refused++
	default:
		if err := s.suffer(ctx, n); err != nil {
			return o, err
		}
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
	s.book.restore(end.mu.book)
	return o, s.Finish(ctx)
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
// readers read on, and what was refused is not there afterwards.
func TestDiskFull(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	s := New(*seed)
	n, err := openNode(ctx, nodeConfig{disk: s.disk, clock: s.clock, seed: *seed})
	if err != nil {
		t.Fatal(err)
	}
	never := func() bool { return false }
	if err := s.write(ctx, n, Cut{Steps: 12}, never, false); err != nil {
		t.Fatal(err)
	}
	c, err := n.session()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for i := range *fills {
		s.disk.SetFree([]uint64{1, 1 << 20, 40 << 20}[i%3])
		if err := s.write(ctx, n, Cut{Steps: 10, Saves: 20}, never, true); err != nil {
			t.Fatalf("fill %d: %v", i, err)
		}
		if _, err := c.exec(ctx, "INSERT INTO ev VALUES "+row(9, 0, s.clock.Now())); sqlerr.From(errors.Unwrap(err)).Code != sqlerr.DiskFull {
			t.Fatalf("fill %d: a full disk gave %v", i, err)
		}
		if _, err := c.exec(ctx, "SELECT count(*) FROM ev"); err != nil {
			t.Fatalf("fill %d: a full disk cannot be read: %v", i, err)
		}
		s.disk.SetFree(1 << 40)
		n.srv.Tick(s.clock.Now().UnixMilli())
		if err := s.write(ctx, n, Cut{Steps: 10, Saves: 20}, never, false); err != nil {
			t.Fatalf("after fill %d: %v", i, err)
		}
		if err := s.check(ctx, n); err != nil {
			t.Fatalf("after fill %d: %v", i, err)
		}
	}
	if err := n.srv.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("campaign: seed %d: filled %d times, %d rows acknowledged", *seed, *fills, s.rows())
}
