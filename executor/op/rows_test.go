package op

import (
	"math/rand"
	"testing"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// randomCond is a condition over a source; it may fail.
func randomCond(rng *rand.Rand, s types.Schema) expr.Node {
	switch rng.Intn(3) {
	case 0:
		return compare(">", col(s, colN), big(int64(rng.Intn(4))))
	case 1:
		return compare("<", failing(col(s, colN)), big(int64(3+rng.Intn(10))))
	}
	return &expr.And{Xs: []expr.Node{
		&expr.IsNull{X: col(s, colD), Not: true},
		compare("<>", col(s, colK), &expr.Const{V: "a", T: types.TString}),
	}}
}

func TestFilterStream(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.StreamResult)
		return &planner.FilterNode{
			Base: base(s.schema, planner.StreamResult, nil, false),
			In:   s.node(0), Cond: randomCond(rng, s.schema),
		}, []*source{s}
	})
}

// TestFilterTable: passing row, tombstone for a row that stops passing, nothing
// for one that never passed; with old values and with a set of keys.
func TestFilterTable(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.TableResult)
		s.windowed = rng.Intn(3) == 0
		return &planner.FilterNode{
			Base: base(s.schema, planner.TableResult, s.keys, rng.Intn(2) == 0),
			In:   s.node(0), Cond: randomCond(rng, s.schema), Stateful: rng.Intn(2) == 0,
		}, []*source{s}
	})
}

// TestChanges: a table's changes as rows of a stream, with the row before.
func TestChanges(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.TableResult)
		s.windowed = rng.Intn(3) == 0
		var in planner.Node = s.node(0)
		if rng.Intn(2) == 0 {
			in = &planner.FilterNode{Base: base(s.schema, planner.TableResult, s.keys, true), In: in, Cond: randomCond(rng, s.schema)}
		}
		out := append(s.schema.Clone(), types.Column{Name: "op", Type: types.TString})
		return &planner.ChangesNode{
			Base: base(append(out, s.schema...), planner.StreamResult, s.keys, false), In: in,
		}, []*source{s}
	})
}

func randomProject(rng *rand.Rand, in planner.Node, old bool) *planner.ProjectNode {
	s := in.Out()
	exprs := []expr.Node{col(s, colK), col(s, colN), &expr.Pseudo{Kind: expr.RowTime, T: types.TBigInt}}
	if rng.Intn(2) == 0 {
		exprs = append(exprs, failing(col(s, colN)))
	}
	if rng.Intn(2) == 0 {
		exprs = append(exprs, arith("+", col(s, colN), big(1)), failing(arith("-", col(s, colN), big(2))))
	}
	var out types.Schema
	for _, x := range exprs {
		out = append(out, types.Column{Type: x.Type()})
	}
	if in.Kind() == planner.TableResult { // ROWTIME of an old value is its change's
		exprs[2], out[2].Type = col(s, colD), types.TNumeric
	}
	return &planner.ProjectNode{Base: base(out, in.Kind(), in.Keys(), old), In: in, Exprs: exprs}
}

func TestProjectStream(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.StreamResult)
		return randomProject(rng, s.node(0), false), []*source{s}
	})
}

// TestProjectTable: a row that fails becomes a tombstone if there was one.
func TestProjectTable(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.TableResult)
		return randomProject(rng, s.node(0), rng.Intn(2) == 0), []*source{s}
	})
}

func TestExplode(t *testing.T) {
	each := &fn.TableFunc{Name: "explode", Strict: true, Rows: func(_ *fn.Env, args []types.Value) ([]types.Row, error) {
		var out []types.Row
		for _, x := range args[0].([]types.Value) {
			out = append(out, types.Row{x})
		}
		return out, nil
	}}
	upTo := &fn.TableFunc{Name: "upto", Rows: func(_ *fn.Env, args []types.Value) ([]types.Row, error) {
		n, _ := args[0].(int64)
		if n == 4 {
			return nil, errLimit
		}
		return make([]types.Row, n), nil
	}}
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.StreamResult)
		element := types.Schema{{Name: "e", Type: types.TBigInt}}
		number := types.Schema{{Name: "i", Type: types.TBigInt}}
		out := append(append(s.schema.Clone(), element...), number...)
		return &planner.ExplodeNode{
			Base: base(out, planner.StreamResult, nil, false), In: s.node(0),
			Funcs: []planner.TableCall{
				{Fn: each, Args: []expr.Node{col(s.schema, colA)}, Cols: element},
				{Fn: upTo, Args: []expr.Node{col(s.schema, colN)}, Cols: number, Ordinality: true},
			},
		}, []*source{s}
	})
}

// TestRekey: PARTITION BY changes no row.
func TestRekey(t *testing.T) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, planner.StreamResult)
		return &planner.RekeyNode{Base: base(s.schema, planner.StreamResult, nil, false), In: s.node(0)}, []*source{s}
	})
}
