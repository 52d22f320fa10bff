package op

import (
	"math/rand"
	"testing"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// randomAggregate groups a source; undo keeps to aggregates that have it.
func randomAggregate(rng *rand.Rand, in planner.Node, undo bool) *planner.AggregateNode {
	s := in.Out()
	n := &planner.AggregateNode{In: in, DropNullGroups: rng.Intn(2) == 0}
	for range rng.Intn(3) {
		g := []expr.Node{col(s, colK), col(s, colD), arith("%", col(s, colN), big(2)), failing(col(s, colN))}
		n.Groups = append(n.Groups, g[rng.Intn(len(g))])
	}
	n.Aggs = []planner.AggCall{countAll()}
	limit := int64(1 << 40)
	if !undo && rng.Intn(2) == 0 {
		limit = 20
	}
	if !undo && rng.Intn(2) == 0 {
		n.Aggs = append(n.Aggs, listOf(col(s, colN)))
	}
	if rng.Intn(2) == 0 {
		n.Aggs = append(n.Aggs, sumOf(col(s, colN), limit))
	}
	if rng.Intn(2) == 0 {
		c := countOf(col(s, colD))
		c.Distinct = rng.Intn(2) == 0
		if rng.Intn(2) == 0 {
			c.Filter = randomCond(rng, s)
		}
		n.Aggs = append(n.Aggs, c)
	}
	var keys []int
	var out types.Schema
	for i, g := range n.Groups {
		keys = append(keys, i)
		out = append(out, types.Column{Type: g.Type(), Key: true})
	}
	for _, a := range n.Aggs {
		out = append(out, types.Column{Type: a.T})
	}
	n.Base = base(out, planner.TableResult, keys, rng.Intn(2) == 0)
	return n
}

func TestAggregateStream(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.StreamResult)
		return randomAggregate(rng, s.node(0), false), []*source{s}
	})
}

// TestAggregateTable: undo the old row, add the new one; the same group gives
// one output, two groups give two.
func TestAggregateTable(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.TableResult)
		return randomAggregate(rng, s.node(0), true), []*source{s}
	})
}

// TestAggregateOfAggregate: the changes of one GROUP BY feed another.
func TestAggregateOfAggregate(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.TableResult)
		in := randomAggregate(rng, s.node(0), true)
		in.NeedsOld = true
		out := in.Out()
		n := &planner.AggregateNode{
			In: in, Groups: []expr.Node{col(out, len(out)-1)}, Aggs: []planner.AggCall{countAll()},
		}
		schema := types.Schema{{Type: out[len(out)-1].Type}, {Type: types.TBigInt}}
		n.Base = base(schema, planner.TableResult, []int{0}, rng.Intn(2) == 0)
		return n, []*source{s}
	})
}

func randomWindow(rng *rand.Rand, s *source, n *planner.AggregateNode) {
	w := &planner.WindowSpec{Size: int64(1 + rng.Intn(200))}
	w.Advance = w.Size
	if rng.Intn(2) == 0 {
		w.Type = planner.Hopping
		w.Advance = max(1, w.Size/int64(1+rng.Intn(6)))
	}
	w.Grace = []int64{0, 5, 100, 10000}[rng.Intn(4)]
	w.Retention = w.Size + w.Grace
	n.Window = w
	n.Final = rng.Intn(2) == 0
	s.step = max(1, w.Size/int64(1+rng.Intn(20)))
	s.back = max(1, w.Grace+w.Size)
}

// TestWindows: tumbling and hopping windows, EMIT CHANGES and EMIT FINAL.
func TestWindows(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.StreamResult)
		n := randomAggregate(rng, s.node(0), false)
		randomWindow(rng, s, n)
		return n, []*source{s}
	})
}

func TestSessions(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.StreamResult)
		n := randomAggregate(rng, s.node(0), false)
		w := &planner.WindowSpec{Type: planner.Session, Gap: int64(1 + rng.Intn(50))}
		w.Grace = []int64{0, 5, 100, 10000}[rng.Intn(4)]
		w.Retention = w.Gap + w.Grace + int64(rng.Intn(2)*rng.Intn(200))
		n.Window = w
		n.Final = rng.Intn(2) == 0
		s.step = max(1, 2*w.Gap/int64(1+rng.Intn(20)))
		return n, []*source{s}
	})
}

// TestHaving: a filter over a windowed aggregate gives tombstones.
func TestHaving(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.StreamResult)
		n := randomAggregate(rng, s.node(0), false)
		randomWindow(rng, s, n)
		n.Final, n.NeedsOld = false, true
		out := n.Out()
		at := len(n.Groups) // count(*)
		return &planner.FilterNode{
			Base: base(out, planner.TableResult, n.Key, rng.Intn(2) == 0), In: n,
			Cond: compare("=", arith("%", col(out, at), big(3)), big(1)), Having: true, Stateful: rng.Intn(2) == 0,
		}, []*source{s}
	})
}
