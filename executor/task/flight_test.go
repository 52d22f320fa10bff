package task

import (
	"sync/atomic"
	"testing"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/types"
)

// TestEntriesInFlightAreBounded drives two tasks by hand: with an entry of one on
// its way and a bound below its size neither may begin a step, and both are woken
// when it is there.
func TestEntriesInFlightAreBounded(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	n.topic("big", 1)
	held := &heldLog{Log: n.log}
	cfg := Config{Log: held, FS: n.fs, Dir: "tasks", Clock: n.clock, MaxUncommitted: 1}.withDefaults()
	var tasks []*task
	for _, id := range []string{"a", "b"} {
		spec := JobSpec{ID: id, Plan: filterPlan(1)}
		a := Activation(spec)
		a.PlanID = id
		_, err := n.log.Activate(n.ctx(), a)
		n.must(err)
		task := newTask(&cfg, &job{spec: spec}, spec.Plan.Stages[0], 0)
		n.must(task.recover())
		tasks = append(tasks, task)
	}
	n.insert(clicks(1), []int64{1}, types.Row{int64(1), "/a", int64(3)})
	if !cfg.flight.room(tasks[0]) {
		t.Fatal("there is no room, and nothing on its way")
	}
	in, err := tasks[0].core.live()
	n.must(err)
	n.must(tasks[0].step(in))
	for i, task := range tasks {
		if cfg.flight.room(task) || len(task.notify) != 0 {
			t.Errorf("task %d has room beside %d bytes", i, cfg.flight.mu.bytes)
		}
	}
	for _, answer := range held.answers {
		answer()
	}
	for i, task := range tasks {
		if len(task.notify) != 1 || !cfg.flight.room(task) {
			t.Errorf("task %d does not go on: %d bytes", i, cfg.flight.mu.bytes)
		}
	}
}

// countedLog counts the entries in flight.
type countedLog struct {
	*log.Log
	now, most atomic.Int64
}

func (c *countedLog) CommitAsync(e log.JournalEntry, done func(log.JournalResult, error)) {
	c.most.Store(max(c.most.Load(), c.now.Add(1))) // a lost update makes it smaller, by chance, and never larger
	c.Log.CommitAsync(e, func(r log.JournalResult, err error) {
		c.now.Add(-1)
		done(r, err)
	})
}

// TestManyJobsGoOnWithLittleInFlight: jobs that may have less in flight than one
// entry take turns, each with one entry at most, and come to the same end.
func TestManyJobsGoOnWithLittleInFlight(t *testing.T) {
	n := newNode(t, 2)
	n.topic("clicks", 1)
	n.topic("big", 1)
	counted := &countedLog{Log: n.log}
	n.rt = New(Config{Log: counted, FS: n.fs, Dir: "tasks", Clock: n.clock, MaxBatch: 2, MaxUncommitted: 1})
	defer n.close()
	const jobs, rows = 5, 300
	for i := range rows {
		n.insert(clicks(1), []int64{int64(i)}, types.Row{int64(i), "/a", int64(3)})
	}
	for i := range jobs {
		n.start(JobSpec{ID: string(rune('a' + i)), Plan: filterPlan(1)})
	}
	n.idle()
	if got := n.records("big"); len(got) != jobs*rows {
		t.Errorf("%d records of %d", len(got), jobs*rows)
	}
	if most := counted.most.Load(); most > jobs || n.rt.Uncommitted() != 0 {
		t.Errorf("%d entries in flight of %d jobs, %d bytes at the end", most, jobs, n.rt.Uncommitted())
	}
}
