package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
)

// Columns and keyed state hold no pointers and most of what a step allocates
// dies with it, so the live heap is small and cheap to mark; with Go's default
// the collector would still run every few megabytes. gcSlack is how much may be
// allocated between two collections at least.
const gcSlack = 128 << 20

// maxGCPercent bounds the growth of a small heap: an idle server stays small.
const maxGCPercent = 800

// tuneMemory sets the collector's pace: at least gcSlack between collections,
// and a limit of three quarters of the machine's (or the container's) memory,
// near which it works harder. GOGC and GOMEMLIMIT, when set, are obeyed.
func tuneMemory(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" {
		if n := memoryLimit(); n > 0 {
			debug.SetMemoryLimit(n / 4 * 3)
		}
	}
	if getenv("GOGC") == "" {
		pace := &gcPace{}
		pace.adjust()
		pace.arm()
	}
}

// gcPace sets GOGC anew after every collection, by a finalizer of an object
// that each collection finds dead.
type gcPace struct{ percent int }

type gcSentinel struct{ pace *gcPace }

func (p *gcPace) arm() {
	runtime.SetFinalizer(&gcSentinel{p}, func(s *gcSentinel) {
		s.pace.adjust()
		s.pace.arm()
	})
}

// adjust takes the percentage that gives gcSlack over the live heap; it counts
// stacks and globals too, and those of many connections are more than their heap.
// Changing it stops the world for a moment, so small changes are left.
func (p *gcPace) adjust() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(live)
	want := maxGCPercent
	if n := live[0].Value.Uint64() + live[1].Value.Uint64() + live[2].Value.Uint64(); n > 0 {
		want = int(min(maxGCPercent, max(100, gcSlack*100/n)))
	}
	if diff := want - p.percent; diff > p.percent/8 || -diff > p.percent/8 {
		p.percent = want
		debug.SetGCPercent(want)
	}
}

// memoryLimit is the memory of the container or of the machine, 0 when unknown.
func memoryLimit() int64 {
	var total int64
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		line, _, _ := strings.Cut(string(b), "\n")
		if f := strings.Fields(line); len(f) > 1 {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			total = kib << 10
		}
	}
	b, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return total
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil || n <= 0 || total > 0 && n > total {
		return total
	}
	return n
}
