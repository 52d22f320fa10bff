package task

import (
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

// A task that waits holds none of the rows that went through it: a thousand
// queries on one stream would hold them a thousand times.
func TestIdleTaskKeepsNoRows(t *testing.T) {
	n := newNode(t, 4096)
	n.topic("clicks", 2)
	n.topic("big", 2)
	var w watched
	n.rt.cfg.build = func(s *planner.Stage, c *op.Ctx) (tree, error) {
		made, err := buildTree(s, c)
		return watchedTree{made, &w}, err
	}
	n.start(JobSpec{ID: "j", Plan: filterPlan(2)})
	var rows []types.Row
	var ts []int64
	for i := range 1000 {
		rows, ts = append(rows, types.Row{int64(i), "/a", int64(i)}), append(ts, int64(i))
	}
	n.insert(clicks(2), ts, rows...)
	n.idle()
	runtime.GC()
	if h := held(w.times); len(w.times) < 2 || h > 0 {
		t.Errorf("the rows of %d of %d batches are held by idle tasks", h, len(w.times))
	}
	if h := held(w.parts); len(w.parts) == 0 || h > 0 {
		t.Errorf("the partitions of %d of %d batches are held by idle tasks", h, len(w.parts))
	}
	n.close()
}
