package op

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/executor/ref"
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
	case *planner.TableTableJoinNode:
		if x.ByPairs || len(x.ForeignKey) > 0 {
			return false
		}
	}
	return !slices.ContainsFunc(n.Inputs(), func(in planner.Node) bool { return !maySpill(in) })
}

// TestFilterTellsOfSpilledKeys: the keys that a stateful filter remembers may
// leave memory, and its figures say so.
func TestFilterTellsOfSpilledKeys(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	s := newSource(rng, planner.TableResult)
	s.keyCount = 8
	n := &planner.FilterNode{
		Base: base(s.schema, planner.TableResult, s.keys, false), In: s.node(0),
		Cond: compare(">=", col(s.schema, colN), big(0)), Stateful: true,
	}
	p := &pair{t: t, rng: rng, root: n, sources: []*source{s}, types: schemaTypes(n.Out())}
	p.stage = &planner.Stage{Root: n, Inputs: []*planner.Input{{}}}
	p.ctx = &Ctx{Env: testEnv, MaxState: 1, Spill: p.open}
	defer p.close()
	p.tree, p.twin = p.build(), ref.Build(n, testEnv, false)
	for step := range 20 {
		p.step(step, 8)
	}
	if p.cold.most == 0 {
		t.Error("with a limit of one byte no key is told to be outside of memory")
	}
}
