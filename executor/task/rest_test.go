package task

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"weak"

	"github.com/leatdb/leat/executor/op"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// watched are columns of the batches that tasks were given.
type watched struct {
	sync.Mutex
	times []weak.Pointer[int64]
	parts []weak.Pointer[int32]
}

// watchedTree is the tree of a task that is watched.
type watchedTree struct {
	tree
	w *watched
}

func (k watchedTree) Step(ins []*vec.Batch) ([]*vec.Batch, error) {
	k.w.Lock()
	for _, b := range ins {
		if b == nil {
			continue
		}
		k.w.times = append(k.w.times, weak.Make(&b.Ts[0]))
		if b.Part[0] != 0 { // zeros are everybody's
			k.w.parts = append(k.w.parts, weak.Make(&b.Part[0]))
		}
	}
	k.w.Unlock()
	return k.tree.Step(ins)
}

// held counts what is still in memory.
func held[T any](ps []weak.Pointer[T]) (n int) {
	for _, p := range ps {
		if p.Value() != nil {
			n++
		}
	}
	return n
}

// A task that waits holds none of the rows that went through it, decoded by
// itself or shared: a thousand queries on one stream would hold them a thousand
// times.
func TestIdleTaskKeepsNoRows(t *testing.T) {
	for _, jobs := range []int{1, 3} {
		n := newNode(t, 4096)
		n.topic("clicks", 2)
		n.topic("big", 2)
		var w watched
		n.rt.cfg.build = func(s *planner.Stage, c *op.Ctx) (tree, error) {
			made, err := buildTree(s, c)
			return watchedTree{made, &w}, err
		}
		for j := range jobs {
			n.start(JobSpec{ID: fmt.Sprint("j", j), Plan: filterPlan(2)})
			n.insert(clicks(2), upTo(1000), clicksUpTo(1000)...) // the new one reads what was there alone
			n.idle()
			w.check(t, jobs)
		}
		if s := n.rt.Tails(); (s.Once > 0) != (jobs > 1) {
			t.Errorf("%d jobs: %d rows were shared", jobs, s.Once)
		}
		n.close()
	}
}

// check finds none of the rows.
func (w *watched) check(t *testing.T, jobs int) {
	t.Helper()
	runtime.GC()
	if h := held(w.times); len(w.times) < 2 || h > 0 {
		t.Errorf("%d jobs: the rows of %d of %d batches are held by idle tasks", jobs, h, len(w.times))
	}
	if h := held(w.parts); len(w.parts) == 0 || h > 0 {
		t.Errorf("%d jobs: the partitions of %d of %d batches are held by idle tasks", jobs, h, len(w.parts))
	}
}

// upTo counts to n.
func upTo(n int) (out []int64) {
	for i := range n {
		out = append(out, int64(i))
	}
	return out
}

func clicksUpTo(n int) (out []types.Row) {
	for i := range n {
		out = append(out, types.Row{int64(i), "/a", int64(i)})
	}
	return out
}
