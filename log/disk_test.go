package log

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestOnDisk runs on the operating system's files, which unlike those in memory are removed, renamed and recycled
// for real, and starts quickly: an only voter leads within milliseconds.
func TestOnDisk(t *testing.T) {
	cfg := smallConfig(vfs.Default, newFakeClock())
	cfg.Dir = t.TempDir() + "/made/on/demand"
	written := 0
	for round := range 4 {
		start := time.Now()
		l, err := Open(context.Background(), cfg, &lines{})
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("open took %v", d)
		} else {
			t.Logf("open took %v", d)
		}
		tl := &testLog{Log: l, t: t}
		tl.topic("a", 3, func(c *TopicConfig) { c.RetentionBytes = 10 << 10 })
		for i := range 45 {
			tl.put("a", int32(i%3), fmt.Sprintf("value %d, %0100d", written, 0))
			written++
		}
		tl.must(l.RunMaintenance(0))
		for p := range int32(3) {
			start, end, err := l.Offsets("a", p)
			tl.must(err)
			if got := int64(len(tl.read("a", p, start))); got != end-start || end == 0 {
				t.Fatalf("%d records in %d..%d", got, start, end)
			}
		}
		tl.must(l.shutdown(round%2 == 1))
	}
}

// TestRunsInVirtualTime opens, uses and closes a log in a bubble: nothing in it waits for the machine's clock.
func TestRunsInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := vfs.NewMem()
		start := time.Now()
		for range 3 {
			l, err := Open(context.Background(), smallConfig(fs, SystemClock{}), &lines{})
			if err != nil {
				t.Fatal(err)
			}
			tl := &testLog{Log: l, t: t, fs: fs}
			tl.topic("a", 1)
			for range 50 {
				tl.put("a", 0, "x")
			}
			<-time.After(time.Hour) // virtual: leases, heartbeats and snapshots have their turn
			tl.put("a", 0, "y")
			tl.must(l.Close())
		}
		if d := time.Since(start); d < 3*time.Hour || d > 3*time.Hour+10*time.Second {
			t.Errorf("took %v of virtual time, want three hours and next to nothing", d)
		}
	})
}
