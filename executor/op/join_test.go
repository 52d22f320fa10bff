package op

import (
	"math/rand"
	"testing"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// joined is the columns of both sides.
func joined(l, r types.Schema) types.Schema { return append(l.Clone(), r...) }

// keysOver is the source's key columns as expressions over another source.
func keysOver(s types.Schema, keys []int) []expr.Node {
	var out []expr.Node
	for _, c := range keys {
		out = append(out, col(s, c))
	}
	return out
}

// randomResidual compares a column of each side; it may fail.
func randomResidual(rng *rand.Rand, l, r types.Schema) expr.Node {
	all := joined(l, r)
	switch rng.Intn(3) {
	case 0:
		return compare("<", col(all, colN), col(all, len(l)+colN))
	case 1:
		return compare(">", failing(arith("-", col(all, colN), col(all, len(l)+colN))), big(3))
	}
	return nil
}

func TestStreamTableJoin(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		l, r := newSource(rng, planner.StreamResult), newSource(rng, planner.TableResult)
		l.windowed = rng.Intn(4) == 0
		r.windowed = l.windowed
		n := &planner.StreamTableJoinNode{
			Base: base(joined(l.schema, r.schema), planner.StreamResult, nil, false),
			Left: l.node(0), Right: r.node(1), LeftKey: keysOver(l.schema, r.keys), Outer: rng.Intn(2) == 0,
			Residual: randomResidual(rng, l.schema, r.schema),
		}
		if len(n.LeftKey) == 2 && rng.Intn(2) == 0 {
			n.LeftKey[1] = failing(n.LeftKey[1])
		}
		return n, []*source{l, r}
	})
}

// TestStreamTableJoinBelow: what reads the joined rows takes columns whose values
// stand elsewhere, filters and computes over some of them, or has them made whole;
// keys are integers, of which the same ones come again and again.
func TestStreamTableJoinBelow(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		l, r := newSource(rng, planner.StreamResult), newSource(rng, planner.TableResult)
		r.schema[colK].Key, r.schema[colN].Key, r.keys = false, true, []int{colN}
		var n planner.Node = &planner.StreamTableJoinNode{
			Base: base(joined(l.schema, r.schema), planner.StreamResult, nil, false),
			Left: l.node(0), Right: r.node(1), LeftKey: keysOver(l.schema, r.keys), Outer: rng.Intn(2) == 0,
		}
		if rng.Intn(4) == 0 {
			n.(*planner.StreamTableJoinNode).Residual = randomResidual(rng, l.schema, r.schema)
		}
		if rng.Intn(2) == 0 {
			cond := randomCond(rng, n.Out())
			if rng.Intn(2) == 0 { // of the table's row alone
				cond = compare(">", col(n.Out(), len(l.schema)+colN), big(int64(rng.Intn(3))))
			}
			n = &planner.FilterNode{Base: base(n.Out(), planner.StreamResult, nil, false), In: n, Cond: cond}
		}
		switch rng.Intn(3) {
		case 0:
			n = randomProject(rng, n, false)
		case 1: // all columns pass, the last first, and the table's key is computed with
			var exprs []expr.Node
			var out types.Schema
			for i := len(n.Out()) - 1; i >= 0; i-- {
				exprs = append(exprs, col(n.Out(), i))
			}
			exprs = append(exprs, arith("+", col(n.Out(), len(l.schema)+colN), big(1)))
			for _, x := range exprs {
				out = append(out, types.Column{Type: x.Type()})
			}
			n = &planner.ProjectNode{Base: base(out, planner.StreamResult, nil, false), In: n, Exprs: exprs}
		}
		return n, []*source{l, r}
	})
}

func randomStreamJoin(rng *rand.Rand, l, r planner.Node) *planner.StreamStreamJoinNode {
	n := &planner.StreamStreamJoinNode{
		Base: base(joined(l.Out(), r.Out()), planner.StreamResult, nil, false), Left: l, Right: r,
		LeftKey: keysOver(l.Out(), []int{colK}), RightKey: keysOver(r.Out(), []int{colK}),
		Before: int64(rng.Intn(40)), After: int64(rng.Intn(40)), Eager: rng.Intn(2) == 0,
		Join:     []planner.JoinKind{planner.InnerJoin, planner.LeftJoin, planner.RightJoin, planner.FullJoin}[rng.Intn(4)],
		Residual: randomResidual(rng, l.Out(), r.Out()),
	}
	n.Grace = []int64{0, 10, 100, 86400000}[rng.Intn(4)]
	return n
}

func TestStreamStreamJoin(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		l, r := newSource(rng, planner.StreamResult), newSource(rng, planner.StreamResult)
		l.step, r.step = int64(1+rng.Intn(12)), int64(1+rng.Intn(12))
		l.windowed = rng.Intn(4) == 0
		r.windowed = l.windowed
		return randomStreamJoin(rng, l.node(0), r.node(1)), []*source{l, r}
	})
}

func TestTableTableJoin(t *testing.T) {
	kinds := []planner.JoinKind{planner.InnerJoin, planner.LeftJoin, planner.RightJoin, planner.FullJoin}
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		l, r := newSource(rng, planner.TableResult), newSource(rng, planner.TableResult)
		for len(l.keys) != len(r.keys) {
			r = newSource(rng, planner.TableResult)
		}
		l.windowed = rng.Intn(4) == 0
		r.windowed = l.windowed
		var order []int
		if len(l.keys) == 2 && rng.Intn(2) == 0 { // columns of one type, compared crosswise
			l.schema[colN].Type, r.schema[colN].Type = types.TString, types.TString
			order = []int{colN, colK}
		}
		key := l.keys
		if rng.Intn(2) == 0 { // the right side's
			key = nil
			for _, c := range r.keys {
				key = append(key, len(l.schema)+c)
			}
		}
		return &planner.TableTableJoinNode{
			Base: base(joined(l.schema, r.schema), planner.TableResult, key, rng.Intn(2) == 0),
			Left: l.node(0), Right: r.node(1), Join: kinds[rng.Intn(4)], RightKey: order,
		}, []*source{l, r}
	})
}

func TestForeignKeyJoin(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		l, r := newSource(rng, planner.TableResult), newSource(rng, planner.TableResult)
		for len(r.keys) != 1 {
			r = newSource(rng, planner.TableResult)
		}
		r.keys, r.schema[colK].Key, r.schema[colN].Key = []int{colN}, false, true
		fk := col(l.schema, colN)
		if rng.Intn(2) == 0 {
			fk = failing(fk)
		}
		n := &planner.TableTableJoinNode{
			Base: base(joined(l.schema, r.schema), planner.TableResult, l.keys, rng.Intn(2) == 0),
			Left: l.node(0), Right: r.node(1), ForeignKey: []expr.Node{fk}, SkipSame: rng.Intn(2) == 0,
		}
		if rng.Intn(2) == 0 {
			n.Join = planner.LeftJoin
		}
		return n, []*source{l, r}
	})
}

// TestPairsJoin: joins of tables on any equality and condition, results known by
// both keys or by one side's.
func TestPairsJoin(t *testing.T) {
	kinds := []planner.JoinKind{planner.InnerJoin, planner.LeftJoin, planner.RightJoin, planner.FullJoin}
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		l, r := newSource(rng, planner.TableResult), newSource(rng, planner.TableResult)
		n := &planner.TableTableJoinNode{
			Base: base(joined(l.schema, r.schema), planner.TableResult, l.keys, rng.Intn(2) == 0),
			Left: l.node(0), Right: r.node(1), Join: kinds[rng.Intn(4)], ByPairs: true,
			Residual: randomResidual(rng, l.schema, r.schema),
		}
		switch rng.Intn(4) {
		case 0: // every right row has its own number
			for len(r.keys) != 1 {
				r = newSource(rng, planner.TableResult)
			}
			r.keys, r.schema[colK].Key, r.schema[colN].Key = []int{colN}, false, true
			n.Schema, n.Right, n.Residual = joined(l.schema, r.schema), r.node(1), randomResidual(rng, l.schema, r.schema)
			n.LeftOn, n.RightOn = keysOver(l.schema, []int{colN}), keysOver(r.schema, []int{colN})
			if n.Join < planner.RightJoin {
				n.Pairs = planner.PairLeft
			}
		case 1:
			n.LeftOn, n.RightOn = keysOver(l.schema, []int{colN}), keysOver(r.schema, []int{colN})
		case 2:
			n.LeftOn, n.RightOn = []expr.Node{failing(col(l.schema, colN))}, keysOver(r.schema, []int{colN})
		}
		if n.Pairs == planner.PairBoth {
			for _, c := range r.keys {
				n.Key = append(n.Key[:len(n.Key):len(n.Key)], len(l.schema)+c)
			}
		}
		return n, []*source{l, r}
	})
}

// TestDiamond: one input reaches a join on both ports, and a third input comes
// in above: the answer is that of records going depth first. Most of its rows
// stay inside, so fewer come out.
func TestDiamond(t *testing.T) {
	twinsUpTo(t, *outputs/20, func(rng *rand.Rand) (planner.Node, []*source) {
		s, table := newSource(rng, planner.StreamResult), newSource(rng, planner.TableResult)
		for len(table.keys) != 1 {
			table = newSource(rng, planner.TableResult)
		}
		s.step = int64(1 + rng.Intn(12))
		side := func() planner.Node {
			return &planner.FilterNode{
				Base: base(s.schema, planner.StreamResult, nil, false), In: s.node(0), Cond: randomCond(rng, s.schema),
			}
		}
		self := randomStreamJoin(rng, side(), side())
		self.Before, self.After, self.Grace = self.Before/8, self.After/8, self.Grace%100
		up := &planner.StreamTableJoinNode{
			Base: base(joined(self.Schema, table.schema), planner.StreamResult, nil, false),
			Left: self, Right: table.node(1), LeftKey: keysOver(self.Schema, []int{colK}), Outer: rng.Intn(2) == 0,
		}
		n := randomAggregate(rng, up, false)
		return n, []*source{s, table}
	})
}
