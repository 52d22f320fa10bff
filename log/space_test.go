package log

import (
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestSpaceIsAskedAgain follows when the file system is asked: the reserve holds by what is known in between.
func TestSpaceIsAskedAgain(t *testing.T) {
	const reserve = 64 << 20
	fs := vfs.NewMem()
	cfg := smallConfig(fs, newFakeClock())
	cfg.ReserveBytes = reserve
	s := &space{cfg: cfg}
	now := time.UnixMilli(1000)
	disk := func(free uint64) { fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: free}) }
	want := func(why string, free uint64) {
		t.Helper()
		if got := s.ask(now).free; got != free {
			t.Fatalf("%s: %d free, want %d", why, got, free)
		}
	}
	disk(3 * reserve)
	want("at first", 3*reserve)
	disk(reserve)
	want("right after", 3*reserve)
	s.use(1000)
	want("after an entry", 3*reserve-2000)
	now = now.Add(spaceMs * time.Millisecond)
	want("later", reserve)
	disk(4 * reserve)
	want("near the reserve", 4*reserve)
	s.use(reserve/spaceShare + 1)
	disk(2 * reserve)
	want("after many bytes", 2*reserve)
	disk(reserve)
	now = now.Add(-time.Second)
	want("when the clock went back", reserve)
	if s.ask(now).admit(1, false) == nil || s.ask(now).admit(1, true) != nil {
		t.Fatal("the reserve is for urgent commands alone")
	}
}
