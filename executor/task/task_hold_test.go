package task

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/leatdb/leat/log"
)

// stepsOf are the steps of a task's entries.
func (n *node) stepsOf(task string) (out []int) {
	n.t.Helper()
	n.must(n.log.JournalRead(task, 0, func(e log.JournalEntry) error {
		steps, err := decodeSteps(e.Steps, 1)
		out = append(out, len(steps))
		return err
	}))
	return out
}

// TestBacklogSharesEntries: steps of a backlog share entries up to a number, what is left of them is committed when
// nothing follows, and a replay of such entries goes on as if nothing had been.
func TestBacklogSharesEntries(t *testing.T) {
	n := newNode(t, 5)
	n.topic("clicks", 1)
	n.topic("big", 1)
	n.insert(clicks(1), upTo(30), clicksUpTo(30)...)
	spec := JobSpec{ID: "f", Plan: filterPlan(1)}
	n.start(spec)
	n.idle()
	name := TaskName("f", 0, 0)
	if got := n.stepsOf(name); !slices.Equal(got, []int{holdSteps, 2}) {
		t.Errorf("entries of %v steps", got)
	}
	before := n.records("big")
	if len(before) != 29 {
		t.Errorf("%d records", len(before))
	}
	n = n.crash(rand.New(rand.NewPCG(1, 1)))
	defer n.close()
	n.must(n.rt.StartJob(n.ctx(), spec, true))
	n.insert(clicks(1), upTo(3), clicksUpTo(3)...)
	n.idle()
	equalLines(t, n.records("big"), append(before, "0/29 @1 1="+`{"page":"/a","n":1}`, "0/30 @2 2="+`{"page":"/a","n":2}`)...)
	if got := n.stepsOf(name); !slices.Equal(got, []int{holdSteps, 2, 1}) {
		t.Errorf("entries of %v steps", got)
	}
}

// TestPausedTaskCommits: what a task has written when it is paused comes out, though more rows are there.
func TestPausedTaskCommits(t *testing.T) {
	n := newNode(t, 5)
	defer n.close()
	n.topic("clicks", 1)
	n.topic("big", 1)
	n.insert(clicks(1), upTo(30), clicksUpTo(30)...)
	var once sync.Once
	n.rt.cfg.At = func(point string) {
		if point == PointStepped {
			once.Do(func() { n.must(n.rt.PauseJob("f")) })
		}
	}
	n.start(JobSpec{ID: "f", Plan: filterPlan(1)})
	select {
	case <-n.log.Wait("big", 0, 0):
	case <-n.ctx().Done():
		t.Fatal("nothing came out")
	}
	if got := n.stepsOf(TaskName("f", 0, 0)); fmt.Sprint(got) != "[1]" {
		t.Errorf("entries of %v steps", got)
	}
}
