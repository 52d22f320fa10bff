package task

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
)

// randomClicks are rows of ten pages at rising times with some disorder.
func randomClicks(rng *rand.Rand, from, n int) (ts []int64, rows []types.Row) {
	for i := from; i < from+n; i++ {
		ts = append(ts, int64(i)*700+int64(rng.IntN(3000)))
		rows = append(rows, types.Row{int64(i), fmt.Sprintf("/p%d", rng.IntN(10)), int64(rng.IntN(200) - 60)})
	}
	return ts, rows
}

// withoutPlace drops the partition and offset of printed records.
func withoutPlace(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		_, out[i], _ = strings.Cut(l, " ")
	}
	return out
}

// TestCrashesLoseAndDoubleNothing crashes a filter and a repartitioned windowed
// aggregate at random moments, with and without checkpoints, and compares what
// they wrote with an undisturbed run over the same input (E4).
func TestCrashesLoseAndDoubleNothing(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 1))
		n := newNode(t, []int{1, 7, 64}[seed%3])
		setUpJobs(n)
		total := 0
		for round := range 6 {
			for range 1 + rng.IntN(4) {
				ts, rows := randomClicks(rng, total, 1+rng.IntN(30))
				total += len(rows)
				n.insert(clicks(2), ts, rows...)
			}
			if rng.IntN(2) == 0 {
				n.idle()
			}
			if rng.IntN(2) == 0 {
				n.rt.Checkpoint()
			}
			if round < 5 {
				n = n.crash(rng)
				n.must(n.rt.StartJob(n.ctx(), JobSpec{ID: "f", Plan: filterPlan(2)}, true))
				n.must(n.rt.StartJob(n.ctx(), JobSpec{ID: "c", Plan: countPlan(t, 2, 3, minute())}, true))
			}
		}
		n.idle()
		for _, j := range n.rt.Jobs() {
			if j.State != Running {
				t.Fatalf("seed %d: job %s is in state %s: %v", seed, j.ID, j.State, j.Err)
			}
		}
		checkFilter(n, total)
		checkCounts(n, seed)
		n.close()
	}
}

func setUpJobs(n *node) {
	n.t.Helper()
	n.topic("clicks", 2)
	n.topic("big", 2)
	n.topic("counts", 3)
	n.start(JobSpec{ID: "f", Plan: filterPlan(2)})
	n.start(JobSpec{ID: "c", Plan: countPlan(n.t, 2, 3, minute())})
}

// checkFilter compares the filter's output with the input records themselves.
func checkFilter(n *node, total int) {
	n.t.Helper()
	input := withoutPlace(n.records("clicks"))
	if len(input) != total {
		n.t.Fatalf("%d acknowledged rows, %d in the log", total, len(input))
	}
	want := slices.DeleteFunc(input, func(l string) bool {
		_, v, _ := strings.Cut(l, `"n":`)
		return strings.HasPrefix(v, "-") || strings.HasPrefix(v, "0")
	})
	got := withoutPlace(n.records("big"))
	slices.Sort(got)
	slices.Sort(want)
	equalLines(n.t, got, want...)
}

// checkCounts counts the rows of the exchange one by one and compares every
// record that the aggregate wrote, in order.
func checkCounts(n *node, seed uint64) {
	n.t.Helper()
	topic := ExchangeTopic("c", countPlan(n.t, 2, 3, minute()).Stages[0])
	var want []string
	rows := 0
	for part := range int32(3) {
		f, err := newFeed(n.log, &planner.Input{Schema: clicks(1).Schema, Exchange: 0}, topic, part, 1<<20)
		n.must(err)
		f.seek(0)
		type group struct{ count, sum, ts int64 }
		groups := map[string]*group{}
		offset := 0
		for {
			n.must(f.fill(100, noEnd))
			if f.left() == 0 {
				break
			}
			b, _ := f.take(f.left())
			rows += b.N
			for i := range b.N {
				start := b.Ts[i] / 60_000 * 60_000
				key := fmt.Sprintf("%q", b.Cols[1].Str(i)) + string(binary.BigEndian.AppendUint64(nil, uint64(start)))
				g := groups[key]
				if g == nil {
					g = &group{}
					groups[key] = g
				}
				g.count++
				g.sum += b.Cols[2].I64[i]
				g.ts = max(g.ts, b.Ts[i])
				want = append(want, fmt.Sprintf(`%d/%d @%d %s={"count":%d,"sum":%d}`, part, offset, g.ts, key, g.count, g.sum))
				offset++
			}
		}
	}
	if input := len(n.records("clicks")); rows != input {
		n.t.Errorf("seed %d: %d rows went through the exchange, %d came in", seed, rows, input)
	}
	if got := n.records("counts"); !slices.Equal(got, want) {
		n.t.Errorf("seed %d: counts has %d records, want %d", seed, len(got), len(want))
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				n.t.Fatalf("first difference: %q, want %q", got[i], want[i])
			}
		}
	}
}
