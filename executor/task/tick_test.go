package task

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
)

// finalPlan is countPlan with EMIT FINAL.
func finalPlan(t testing.TB) *planner.StreamPlan {
	p := countPlan(t, 1, 1, minute())
	p.Windowed.Grace = 0
	p.Stages[1].Root.(*planner.AggregateNode).Final = true
	return p
}

// TestIdleTimeoutClosesWindows advances the wall clock without rows, crashes,
// and finds the ticks replayed (E4).
func TestIdleTimeoutClosesWindows(t *testing.T) {
	n := newNode(t, 64)
	n.topic("clicks", 1)
	n.topic("counts", 1)
	spec := JobSpec{ID: "c", Plan: finalPlan(t), IdleTimeout: 10 * time.Second}
	n.start(spec)
	now := n.clock.ms.Load() / 60_000 * 60_000
	n.clock.ms.Store(now)
	n.insert(clicks(1), []int64{now, now + 5}, types.Row{int64(1), "/a", int64(1)}, types.Row{int64(2), "/a", int64(1)})
	n.idle()
	advance := func(ms int64) {
		n.clock.ms.Add(ms)
		n.rt.Tick(n.clock.ms.Load())
		n.idle()
	}
	advance(9_000)
	if got := n.records("counts"); len(got) != 0 {
		t.Errorf("a window was closed early: %v", got)
	}
	advance(20_000)
	n = n.crash(rand.New(rand.NewPCG(8, 8)))
	n.must(n.rt.StartJob(n.ctx(), spec, true))
	n.idle()
	if got := n.records("counts"); len(got) != 0 {
		t.Errorf("a window was closed early: %v", got)
	}
	n.insert(clicks(1), []int64{now + 6}, types.Row{int64(3), "/a", int64(5)})
	n.idle()
	advance(31_000)
	got := n.records("counts")
	if len(got) != 1 || got[0][len(got[0])-len(`{"count":3,"sum":7}`):] != `{"count":3,"sum":7}` {
		t.Errorf("the closed window is %q", got)
	}
	n = n.crash(rand.New(rand.NewPCG(9, 9)))
	defer n.close()
	n.must(n.rt.StartJob(n.ctx(), spec, true))
	n.insert(clicks(1), []int64{now + 7}, types.Row{int64(4), "/a", int64(5)})
	n.idle()
	late, err := n.rt.Late("c")
	n.must(err)
	if len(late) != 1 || len(n.records("counts")) != 1 {
		t.Errorf("a closed window opened again: late %v, records %v", late, n.records("counts"))
	}
}

// TestPauseIsNoSilence: a Tick after a pause does not count the pause as time in
// which nothing came.
func TestPauseIsNoSilence(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	n.topic("counts", 1)
	n.start(JobSpec{ID: "c", Plan: finalPlan(t), IdleTimeout: 10 * time.Second})
	now := n.clock.ms.Load() / 60_000 * 60_000
	n.clock.ms.Store(now)
	n.insert(clicks(1), []int64{now}, types.Row{int64(1), "/a", int64(1)})
	n.idle()
	n.must(n.rt.PauseJob("c"))
	n.clock.ms.Add(3_600_000)
	n.must(n.rt.ResumeJob(n.ctx(), "c"))
	for _, after := range []int64{9_000, 2_000} {
		if got := n.records("counts"); len(got) != 0 {
			t.Errorf("%d ms after the pause: %q", after, got)
		}
		n.clock.ms.Add(after)
		n.rt.Tick(n.clock.ms.Load())
		n.idle()
	}
	if got := n.records("counts"); len(got) != 1 {
		t.Errorf("after the timeout: %q", got)
	}
}

// TestTickCommitsAndCheckpoints: steps without output are committed by a Tick,
// and a checkpoint is due after its time. A second one follows the first though
// nothing has come: the journal and its inputs are kept until then.
func TestTickCommitsAndCheckpoints(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	n.topic("big", 1)
	n.start(JobSpec{ID: "j", Plan: filterPlan(1)})
	n.insert(clicks(1), []int64{1}, types.Row{int64(1), "/a", int64(-1)})
	n.idle()
	for _, want := range []log.TaskState{{Epoch: 1}, {Epoch: 1}, {Epoch: 2, TrimEpoch: 1}, {Epoch: 2, TrimEpoch: 1}} {
		n.clock.ms.Add(31_000)
		n.rt.Tick(n.clock.ms.Load())
		n.idle()
		state, _ := n.log.TaskState(TaskName("j", 0, 0))
		if state.Epoch != want.Epoch || state.TrimEpoch != want.TrimEpoch || state.Inputs[0].Next != 1 || state.Pinned[0].Next != int64(want.TrimEpoch) {
			t.Errorf("state %+v, want %+v", state, want)
		}
	}
	n.insert(clicks(1), []int64{2}, types.Row{int64(2), "/a", int64(1)})
	n.idle()
	n.rt.Checkpoint()
	n.idle()
	state, _ := n.log.TaskState(TaskName("j", 0, 0))
	if state.Epoch != 3 || state.TrimEpoch != 2 {
		t.Errorf("state %+v", state)
	}
	if s := n.rt.Jobs()[0]; s.Backfill != 100 || s.Tasks[0].RowsIn != 2 {
		t.Errorf("status %+v", s)
	}
}
