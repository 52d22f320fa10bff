package op

import (
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/executor/spill"
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
)

// coldPart is the state of a pair's tree that is not in memory.
type coldPart struct {
	stores []*spill.Store
	most   int64 // rows, at a step's end
}

// limit gives half of the plans whose state may leave memory a limit that they
// pass, some one in which no row has room.
func (p *pair) limit() {
	if maySpill(p.root) && p.rng.Intn(2) == 0 {
		p.ctx.MaxState, p.ctx.Spill = []int64{1, 600, 6000}[p.rng.Intn(3)], p.open
	}
}

func (p *pair) open() (state.Cold, error) {
	s, err := spill.Open(spill.Options{FS: vfs.NewMem(), Dir: "spill", Budget: p.ctx.MaxState})
	if err == nil {
		p.cold.stores = append(p.cold.stores, s)
	}
	return s, err
}

func (p *pair) close() {
	for _, s := range p.cold.stores {
		if err := s.Close(); err != nil {
			p.t.Errorf("seed %d: close the spilled rows: %v", p.seed, err)
		}
	}
}

// countCold counts the rows outside, and checks that what is in memory has room.
func (p *pair) countCold() {
	n := int64(0)
	for _, x := range p.tree.Nodes() {
		n += x.Stats.Spilled.Rows
	}
	p.cold.most = max(p.cold.most, n)
	if limit := p.ctx.MaxState; limit > 0 && p.tree.StateBytes() > limit+limit/8 {
		p.t.Fatalf("seed %d: %d bytes in memory, the limit is %d", p.seed, p.tree.StateBytes(), limit)
	}
}

// maySpill tells whether all state below a node may leave memory.
func maySpill(n planner.Node) bool {
	switch x := n.(type) {
	case *planner.AggregateNode:
		if x.Window != nil && x.Window.Type == planner.Session {
			return false
		}
	case *planner.StreamStreamJoinNode:
		return false
	case *planner.TableTableJoinNode:
		if x.ByPairs || len(x.ForeignKey) > 0 {
			return false
		}
	}
	return !slices.ContainsFunc(n.Inputs(), func(in planner.Node) bool { return !maySpill(in) })
}
