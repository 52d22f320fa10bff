package log

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestManyWritersAndReaders runs writers, tailing readers and maintenance side by side: every reader sees every
// record once and in order.
func TestManyWritersAndReaders(t *testing.T) {
	const writers, each, readers = 8, 60, 4
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				if _, err := l.Append(context.Background(), []Append{{"a", 0, valueBatch(0, fmt.Sprintf("%d-%d", w, i)), -1}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range readers {
		group.Go(func() {
			next := int64(0)
			for next < writers*each {
				<-l.Wait("a", 0, next)
				f, err := l.Fetch("a", 0, next, 2000)
				if err != nil {
					t.Error(err)
					return
				}
				for _, b := range f.Batches {
					if b.BaseOffset != next {
						t.Errorf("batch at %d, want %d", b.BaseOffset, next)
						return
					}
					next = b.LastOffset + 1
				}
			}
		})
	}
	group.Go(func() {
		for i := range 20 {
			if err := l.RunMaintenance(int64(i)); err != nil {
				t.Error(err)
			}
			l.Stats()
		}
	})
	group.Wait()
	seen := map[string]bool{}
	for _, line := range l.read("a", 0, 0) {
		var offset int
		var value string
		fmt.Sscanf(line, "%d %s", &offset, &value)
		seen[value] = true
	}
	if len(seen) != writers*each {
		t.Fatalf("%d different values, want %d", len(seen), writers*each)
	}
}

// TestCancel tells a command that was never proposed from one whose outcome is unknown.
func TestCancel(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := l.Append(ctx, []Append{{"a", 0, valueBatch(0, "x"), -1}})
	wantErr(t, err, context.Canceled)
	if errors.Is(err, ErrUnknownOutcome) {
		t.Fatal("a command that was never proposed has a known outcome")
	}
	l.wantRead("a", 0, 0)
}

func TestClosedLogRefuses(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	l.topic("in", 1)
	l.begin("t")
	l.must(l.Close())
	_, err := l.Append(context.Background(), []Append{{"a", 0, valueBatch(0, "x"), -1}})
	wantErr(t, err, ErrClosed)
	var async error
	l.CommitAsync(step("t", 1, 1), func(_ JournalResult, err error) { async = err })
	wantErr(t, async, ErrClosed)
	wantErr(t, l.RunMaintenance(0), ErrClosed)
	wantErr(t, l.Close(), ErrClosed)
}

// TestRelaxed appends under relaxed durability and finds everything after an orderly end.
func TestRelaxed(t *testing.T) {
	relaxed := func(c *Config) { c.Relaxed = true }
	l := openTest(t, vfs.NewMem(), relaxed)
	l.topic("a", 1)
	for i := range 200 {
		l.put("a", 0, fmt.Sprintf("value %d", i))
	}
	l.must(l.RunMaintenance(0))
	l = l.reopen(true, relaxed)
	if got := len(l.read("a", 0, 0)); got != 200 {
		t.Fatalf("%d records", got)
	}
}

func TestConfigFaultsAreReportedTogether(t *testing.T) {
	_, err := Open(context.Background(), Config{DataGroups: 2, MinDirtyRatio: 3}, &lines{})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"no file system", "no directory", "data groups must be 1, not 2", "dirty ratio 3"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in %v", part, err)
		}
	}
}

func TestDirectoryIsLocked(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	if _, err := Open(context.Background(), l.cfg, &lines{}); err == nil {
		t.Fatal("opened twice")
	}
}
