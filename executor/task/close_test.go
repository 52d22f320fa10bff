package task

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
)

// finalSpec counts pages in minutes, given out when a minute is over.
func finalSpec(t testing.TB) JobSpec {
	p := countPlan(t, 1, 1, &planner.WindowSpec{Type: planner.Tumbling, Size: 60_000, Advance: 60_000, Grace: 200_000, Retention: 1 << 41})
	p.Stages[1].Root.(*planner.AggregateNode).Final = true
	return JobSpec{ID: "c", Plan: p}
}

// fillMinutes puts rows of many pages into three minutes and one that ends them
// all at once.
func fillMinutes(n *node, pages int) {
	var ts []int64
	var rows []types.Row
	for minute := range int64(3) {
		for i := range pages {
			ts = append(ts, minute*60_000+int64(i))
			rows = append(rows, types.Row{int64(i), fmt.Sprintf("/page%03d", i), minute})
		}
	}
	rng := rand.New(rand.NewPCG(3, 3))
	rng.Shuffle(len(ts), func(i, j int) { ts[i], ts[j], rows[i], rows[j] = ts[j], ts[i], rows[j], rows[i] })
	n.insert(clicks(1), ts, rows...)
	n.insert(clicks(1), []int64{500_000}, types.Row{int64(0), "/last", int64(0)})
	n.insert(clicks(1), []int64{500_001}, types.Row{int64(0), "/last", int64(0)})
}

// TestClosedWindowsComeInParts: no entry has more rows of closed windows than
// MaxClose, and what they are together is what one would have been.
func TestClosedWindowsComeInParts(t *testing.T) {
	const pages = 100
	n := newNode(t, 1000)
	defer n.close()
	n.topic("clicks", 1)
	n.topic("counts", 1)
	n.start(finalSpec(t))
	fillMinutes(n, pages)
	n.idle()
	got := n.records("counts")
	if len(got) != 3*pages {
		t.Fatalf("%d records of %d", len(got), 3*pages)
	}
	entries, most, more := 0, int64(0), 0
	before := int64(0)
	n.must(n.log.JournalRead(TaskName("c", 1, 0), 0, func(e log.JournalEntry) error {
		steps, err := decodeSteps(e.Steps, 1)
		for _, s := range steps {
			if s.kind == stepMore {
				more++
			}
		}
		entries++
		most, before = max(most, e.OutputCounts[0]-before), e.OutputCounts[0]
		return err
	}))
	if most > 7 || more < 20 || entries < 3*pages/7 {
		t.Errorf("%d entries, at most %d rows each, %d steps that go on", entries, most, more)
	}
}

// TestCrashesBetweenPartsOfAWindow: a task that dies between the parts of its
// closed windows goes on where it was, from a checkpoint or the whole journal.
func TestCrashesBetweenPartsOfAWindow(t *testing.T) {
	undisturbed := newNode(t, 50)
	undisturbed.topic("clicks", 1)
	undisturbed.topic("counts", 1)
	undisturbed.start(finalSpec(t))
	fillMinutes(undisturbed, 60)
	undisturbed.idle()
	want := undisturbed.records("counts")
	undisturbed.close()
	between := 0
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 9))
		n := newNode(t, 50)
		n.topic("clicks", 1)
		n.topic("counts", 1)
		n.start(finalSpec(t))
		fillMinutes(n, 60)
		for range 4 {
			name := TaskName("c", 1, 0)
			start, _ := n.log.TaskState(name)
			goal := start.Epoch + uint64(rng.IntN(6))
			for { // some entries further
				state, _ := n.log.TaskState(name)
				if state.Epoch >= goal {
					break
				}
				if _, end, err := n.log.Offsets("counts", 0); err != nil || end == int64(len(want)) {
					break
				}
			}
			if rng.IntN(2) == 0 {
				n.rt.Checkpoint()
			}
			n = n.crash(rng)
			if _, end, err := n.log.Offsets("counts", 0); err == nil && end > 0 && end < int64(len(want)) {
				between++
			}
			n.must(n.rt.StartJob(n.ctx(), finalSpec(t), true))
		}
		n.idle()
		if j := n.rt.Jobs()[0]; j.State != Running {
			t.Fatalf("seed %d: %s: %v", seed, j.State, j.Err)
		}
		equalLines(t, n.records("counts"), want...)
		n.close()
	}
	if between < 5 {
		t.Errorf("only %d crashes were between the parts", between)
	}
}
