package op

import (
	"math/rand"
	"testing"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// builtin is a call of a built-in aggregate over one column, or none.
func builtin(t *testing.T, name string, x expr.Node, dialect fn.Dialect, init ...types.Value) planner.AggCall {
	t.Helper()
	for _, a := range fn.Builtins().Aggs(name) {
		if (a.Dialect != fn.Both && a.Dialect != dialect) || a.InitArgs != len(init) || len(a.Params) != 1+a.InitArgs {
			continue
		}
		if a.Params[0].Any == "" && a.Params[0].Type.Kind != x.Type().Kind {
			continue
		}
		ret := a.RetType
		if a.Ret != nil {
			var err error
			if ret, err = a.Ret([]types.Type{x.Type(), types.TBigInt}[:len(a.Params)]); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		return planner.AggCall{Fn: a, Args: []expr.Node{x}, Init: init, T: ret, Name: name}
	}
	t.Fatalf("no aggregate %s of %v", name, x.Type())
	return planner.AggCall{}
}

// builtins picks aggregates whose incremental answer must equal a plain fold.
func builtinAggs(t *testing.T, rng *rand.Rand, s types.Schema, undo bool) []planner.AggCall {
	all := []planner.AggCall{
		builtin(t, "count", col(s, colD), fn.LeatOnly),
		builtin(t, "sum", col(s, colN), fn.LeatOnly),
		builtin(t, "sum", col(s, colN), fn.KsqlOnly),
		builtin(t, "sum", col(s, colD), fn.LeatOnly),
		builtin(t, "avg", col(s, colN), fn.LeatOnly),
		builtin(t, "avg", col(s, colD), fn.LeatOnly),
		builtin(t, "min", col(s, colN), fn.LeatOnly),
		builtin(t, "max", col(s, colK), fn.LeatOnly),
		builtin(t, "histogram", col(s, colK), fn.KsqlOnly),
		builtin(t, "collect_list", col(s, colN), fn.KsqlOnly),
		builtin(t, "collect_set", col(s, colK), fn.KsqlOnly),
		builtin(t, "latest_by_offset", col(s, colN), fn.KsqlOnly),
		builtin(t, "latest_by_offset", col(s, colN), fn.KsqlOnly, false),
		builtin(t, "latest_by_offset", col(s, colK), fn.KsqlOnly),
		builtin(t, "latest_by_offset", col(s, colK), fn.KsqlOnly, false),
		builtin(t, "latest_by_offset", col(s, colD), fn.KsqlOnly),
		builtin(t, "latest_by_offset", col(s, colA), fn.KsqlOnly),
		builtin(t, "earliest_by_offset", col(s, colK), fn.KsqlOnly),
	}
	var out []planner.AggCall
	for len(out) < 3 {
		a := all[rng.Intn(len(all))]
		scaled := a.Args[0].Type().Kind == types.Decimal && a.Name != "count"
		if undo && (!a.Fn.Undo || a.Name == "collect_list" || scaled) {
			continue // undo leaves another order, or another scale of the same number
		}
		if rng.Intn(6) == 0 {
			a.Filter = randomCond(rng, s)
		}
		out = append(out, a)
	}
	return out
}

// offsets picks aggregates none of which can fail, among them several texts.
func offsets(t *testing.T, rng *rand.Rand, s types.Schema) (out []planner.AggCall) {
	for range 1 + rng.Intn(5) {
		name := []string{"latest_by_offset", "latest_by_offset", "latest_by_offset", "earliest_by_offset", "count"}[rng.Intn(5)]
		x := col(s, []int{colK, colK, colD, colN, colA, len(s) - 1}[rng.Intn(6)])
		var init []types.Value
		if name != "count" && rng.Intn(3) == 0 {
			init = []types.Value{false}
		}
		a := builtin(t, name, x, fn.KsqlOnly, init...)
		if rng.Intn(8) == 0 {
			a.Filter = randomCond(rng, s)
		}
		out = append(out, a)
	}
	return out
}

// builtinTwins runs a source through built-in aggregates.
func builtinTwins(t *testing.T, kind planner.ResultKind, window func(rng *rand.Rand, s *source, n *planner.AggregateNode)) {
	twins(t, func(rng *rand.Rand) (planner.Node, []*source) {
		s := newSource(rng, kind)
		n := &planner.AggregateNode{In: s.node(0), Groups: []expr.Node{col(s.schema, colK)}}
		if n.Aggs = builtinAggs(t, rng, s.schema, kind == planner.TableResult); kind == planner.StreamResult && rng.Intn(2) == 0 {
			n.Aggs = offsets(t, rng, s.schema)
		}
		out := types.Schema{{Type: types.TString, Key: true}}
		for _, a := range n.Aggs {
			out = append(out, types.Column{Type: a.T})
		}
		n.Base = base(out, planner.TableResult, []int{0}, rng.Intn(2) == 0)
		if window != nil {
			window(rng, s, n)
		}
		return n, []*source{s}
	})
}

func TestBuiltinsOverStream(t *testing.T) { builtinTwins(t, planner.StreamResult, nil) }

func TestBuiltinsInWindows(t *testing.T) { builtinTwins(t, planner.StreamResult, randomWindow) }

// TestBuiltinsOverTable: undoing a row leaves what folding without it gives.
func TestBuiltinsOverTable(t *testing.T) { builtinTwins(t, planner.TableResult, nil) }

// TestBuiltinsInSessions: merging states gives what folding all rows gives.
func TestBuiltinsInSessions(t *testing.T) {
	builtinTwins(t, planner.StreamResult, func(rng *rand.Rand, s *source, n *planner.AggregateNode) {
		n.Window = &planner.WindowSpec{Type: planner.Session, Gap: int64(1 + rng.Intn(50)), Grace: 50, Retention: 200}
		s.step, s.back = n.Window.Gap, 2*n.Window.Gap
	})
}
