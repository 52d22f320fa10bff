package bench

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopwatch measures wall time and the CPU time of the whole process.
type stopwatch struct {
	wall time.Time
	cpu  time.Duration
}

func startWatch() stopwatch { return stopwatch{time.Now(), processCPU()} }

// spent is what went by since the start.
func (s stopwatch) spent() cost { return cost{time.Since(s.wall), processCPU() - s.cpu} }

// cost is what a piece of work took.
type cost struct{ wall, cpu time.Duration }

// processCPU is the user and system time of the process, all threads included.
func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// settleMemory collects garbage, so that what ran before does not show.
func settleMemory() { runtime.GC() }

// heapBytes is the live heap after a collection.
func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// residentBytes is the process's memory as the kernel counts it.
func residentBytes() (int64, error) { return residentOf("self") }

func residentOf(pid string) (int64, error) {
	b, err := os.ReadFile("/proc/" + pid + "/statm")
	if err != nil {
		return 0, fmt.Errorf("read resident memory: %w", err)
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0, fmt.Errorf("read resident memory: %q", b)
	}
	n, err := strconv.ParseInt(f[1], 10, 64)
	return n * int64(os.Getpagesize()), err
}

// median of a list that is not empty; the list is sorted.
func median[T int64 | float64 | time.Duration](xs []T) T {
	slices.Sort(xs)
	return xs[len(xs)/2]
}

// percentile p (0..1) of a list that is not empty; the list is sorted.
func percentile(xs []time.Duration, p float64) time.Duration {
	slices.Sort(xs)
	return xs[min(len(xs)-1, int(p*float64(len(xs))))]
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// perSecond is n over d, in millions.
func perSecond(n int, d time.Duration) float64 { return float64(n) / d.Seconds() / 1e6 }

// copyRate is how many bytes of memory a CPU second copies from one place to
// another, each too large for the caches: the median of five laps.
func copyRate() float64 {
	from, to := make([]byte, 64<<20), make([]byte, 64<<20)
	copy(to, from) // the first touch of pages is the kernel's work
	laps := make([]float64, 5)
	for i := range laps {
		w := startWatch()
		copy(to, from)
		laps[i] = float64(len(to)) / w.spent().cpu.Seconds()
	}
	return median(laps)
}
