package task

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/types"
)

// flakyLog loses, delays and misreports commits. A delayed entry arrives after
// its proposer was told that its fate is unknown.
type flakyLog struct {
	*log.Log
	mu struct {
		sync.Mutex
		rng  *rand.Rand
		odds int // one in so many goes wrong; 0 none
		held []log.JournalEntry
		bad  int
	}
}

func (f *flakyLog) CommitAsync(e log.JournalEntry, done func(log.JournalResult, error)) {
	f.mu.Lock()
	fate := 9
	if f.mu.odds > 0 && f.mu.rng.IntN(f.mu.odds) == 0 {
		fate = f.mu.rng.IntN(3)
		f.mu.bad++
	}
	var late []log.JournalEntry
	switch {
	case fate == 2:
		f.mu.held = append(f.mu.held, copyEntry(e))
	case len(f.mu.held) > 0 && f.mu.rng.IntN(2) == 0:
		late, f.mu.held = f.mu.held, nil
	}
	f.mu.Unlock()
	unknown := func() { done(log.JournalResult{}, log.ErrUnknownOutcome) }
	switch fate {
	case 0: // applied, and nobody knows
		f.Log.CommitAsync(e, func(log.JournalResult, error) { unknown() })
	case 1, 2: // lost, or late
		go unknown()
	default:
		f.Log.CommitAsync(e, done)
	}
	for _, z := range late {
		f.Log.CommitAsync(z, func(log.JournalResult, error) {})
	}
}

// copyEntry keeps a held entry's batches from being given twice.
func copyEntry(e log.JournalEntry) log.JournalEntry {
	e.Outputs = slices.Clone(e.Outputs)
	for i := range e.Outputs {
		b := e.Outputs[i].Batch
		e.Outputs[i].Batch = append(make([]byte, 0, len(b)+64), b...)
	}
	return e
}

func (f *flakyLog) setOdds(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mu.odds = n
}

// TestUnknownOutcomesLoseAndDoubleNothing checks E2: a task whose entry failed
// discards its memory, and what it left on the wire can do no harm.
func TestUnknownOutcomesLoseAndDoubleNothing(t *testing.T) {
	wrong := 0
	for seed := range uint64(10) {
		n := newNode(t, 5)
		flaky := &flakyLog{Log: n.log}
		flaky.mu.rng, flaky.mu.odds = rand.New(rand.NewPCG(seed, 5)), 4
		n.rt = New(Config{Log: flaky, FS: n.fs, Dir: "tasks", Clock: n.clock, MaxBatch: 5})
		setUpJobs(n)
		rng := rand.New(rand.NewPCG(seed, 6))
		total := 0
		for range 8 {
			ts, rows := randomClicks(rng, total, 1+rng.IntN(30))
			total += len(rows)
			n.insert(clicks(2), ts, rows...)
			if rng.IntN(2) == 0 {
				n.rt.Checkpoint()
			}
			n.idle()
		}
		flaky.setOdds(0)
		n.idle()
		for _, j := range n.rt.Jobs() {
			if j.State != Running {
				t.Fatalf("seed %d: job %s: %v", seed, j.ID, j.Err)
			}
		}
		checkFilter(n, total)
		checkCounts(n, seed)
		wrong += flaky.mu.bad
		n.close()
	}
	if wrong < 100 {
		t.Errorf("only %d commits went wrong", wrong)
	}
}

// heldLog keeps the answers of commits back.
type heldLog struct {
	*log.Log
	answers []func()
}

func (h *heldLog) CommitAsync(e log.JournalEntry, done func(log.JournalResult, error)) {
	r, err := h.Log.Commit(context.Background(), e)
	h.answers = append(h.answers, func() { done(r, err) })
}

// TestCheckpointWaitsForItsEpoch drives a task by hand: what it has in memory is
// not saved, and the journal not trimmed, before the entry is known to be
// committed (E5).
func TestCheckpointWaitsForItsEpoch(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	n.topic("big", 1)
	spec := JobSpec{ID: "j", Plan: filterPlan(1)}
	a := Activation(spec)
	a.PlanID = "j"
	_, err := n.log.Activate(n.ctx(), a)
	n.must(err)
	held := &heldLog{Log: n.log}
	cfg := Config{Log: held, FS: n.fs, Dir: "tasks", Clock: n.clock}.withDefaults()
	task := newTask(&cfg, &job{spec: spec}, spec.Plan.Stages[0], 0)
	n.must(task.recover())
	for round := range 3 {
		n.insert(clicks(1), []int64{1}, types.Row{int64(1), "/a", int64(3)})
		in, err := task.core.live()
		n.must(err)
		n.must(task.step(in))
		n.must(task.snapshot())
		task.writer.Wait()
		if epochs, err := task.files.list(); len(epochs) != min(round, 2) || err != nil || task.saving == nil {
			t.Errorf("a checkpoint of an entry in flight: %v %v", epochs, err)
		}
		for _, answer := range held.answers {
			answer()
		}
		held.answers = nil
		task.collect()
		task.writer.Wait()
		epochs, err := task.files.list()
		n.must(err)
		state, _ := n.log.TaskState(task.name)
		if len(epochs) != min(round+1, 2) || epochs[0] != uint64(round+1) || state.TrimEpoch != uint64(round) {
			t.Errorf("checkpoints %v, journal %+v", epochs, state)
		}
	}
}
