package task

import (
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// aggCall resolves an aggregate over columns.
func aggCall(t testing.TB, name string, args ...expr.Node) planner.AggCall {
	t.Helper()
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type()
	}
	agg, _, ret, err := fn.Builtins().ResolveAgg(name, ts, fn.LeatOnly)
	if err != nil {
		t.Fatal(err)
	}
	return planner.AggCall{Fn: agg, Args: args, T: ret, Name: name}
}

// counts is the table of page, count and sum that countPlan writes.
func counts(partitions int32, windowed bool) *catalog.Relation {
	rel := &catalog.Relation{
		Name: "counts", Topic: "counts", Kind: catalog.Table, Partitions: partitions, Meaning: "leat",
		KeyFormat: jsonFormat, ValueFormat: jsonFormat, WrapSingle: true,
		Schema: types.Schema{
			{Name: "page", Type: types.TString, Key: true}, {Name: "count", Type: types.TBigInt}, {Name: "sum", Type: types.TBigInt},
		},
	}
	if windowed {
		rel.Windowed = &catalog.WindowInfo{Type: "TUMBLING", SizeMs: 60_000}
	}
	return rel
}

// countPlan is SELECT page, count(*), sum(n) FROM clicks [WINDOW TUMBLING (SIZE
// 1 MINUTE)] GROUP BY page, repartitioned to partsOut partitions, into topic
// counts.
func countPlan(t testing.TB, partsIn, partsOut int32, window *planner.WindowSpec) *planner.StreamPlan {
	t.Helper()
	rel := clicks(partsIn)
	out := counts(partsOut, window != nil)
	n := col(rel.Schema, "n")
	agg := &planner.AggregateNode{
		Base:   planner.Base{Schema: out.Schema, Result: planner.TableResult, Key: []int{0}},
		In:     &planner.InputNode{Base: planner.Base{Schema: rel.Schema}},
		Groups: []expr.Node{col(rel.Schema, "page")},
		Aggs:   []planner.AggCall{aggCall(t, "count", n), aggCall(t, "sum", n)},
		Window: window,
	}
	out.Schema[2].Type = agg.Aggs[1].T
	return &planner.StreamPlan{
		Kind: planner.TableResult,
		Stages: []*planner.Stage{
			{
				ID: 0, Partitions: partsIn, Inputs: []*planner.Input{inputOf(rel)},
				Root:     &planner.InputNode{Base: planner.Base{Schema: rel.Schema}},
				Exchange: &planner.Exchange{Topic: "by-page", Keys: []int{1}, Partitions: partsOut},
			},
			{
				ID: 1, Partitions: partsOut, Root: agg,
				Inputs: []*planner.Input{{Schema: rel.Schema, Exchange: 0}},
			},
		},
		Windowed: window, Schema: out.Schema, KeyColumns: []int{0}, OnError: "dlq", Hash: "count",
		Sink: &planner.Sink{
			Relation: "counts", Topic: "counts", Columns: []int{0, 1, 2}, Schema: out.Schema,
			KeyFormat: jsonFormat, ValFormat: jsonFormat, Wrap: true, Windowed: window,
		},
	}
}

func minute() *planner.WindowSpec {
	return &planner.WindowSpec{Type: planner.Tumbling, Size: 60_000, Advance: 60_000, Grace: 1 << 40, Retention: 1 << 41}
}

// byNamePlan is SELECT name, count(*) FROM users GROUP BY name, into topic
// names of several partitions.
func byNamePlan(t testing.TB, partitions int32) *planner.StreamPlan {
	t.Helper()
	rel := users(1)
	out := types.Schema{{Name: "name", Type: types.TString, Key: true}, {Name: "count", Type: types.TBigInt}}
	leaf := planner.Base{Schema: rel.Schema, Result: planner.TableResult, Key: []int{0}, NeedsOld: true}
	in := inputOf(rel)
	in.NeedsOld = true
	agg := &planner.AggregateNode{
		Base:   planner.Base{Schema: out, Result: planner.TableResult, Key: []int{0}},
		In:     &planner.InputNode{Base: leaf},
		Groups: []expr.Node{col(rel.Schema, "name")}, Aggs: []planner.AggCall{aggCall(t, "count")},
	}
	return &planner.StreamPlan{
		Kind: planner.TableResult, Schema: out, Hash: "names",
		Stages: []*planner.Stage{
			{
				ID: 0, Partitions: 1, Inputs: []*planner.Input{in}, Root: &planner.InputNode{Base: leaf},
				Exchange: &planner.Exchange{Topic: "by-name", Keys: []int{1}, Partitions: partitions},
			},
			{
				ID: 1, Partitions: partitions, Root: agg,
				Inputs: []*planner.Input{{Schema: rel.Schema, Exchange: 0, Kind: planner.TableResult, NeedsOld: true}},
			},
		},
		Sink: &planner.Sink{Topic: "names", Columns: []int{0, 1}, Schema: out, KeyFormat: jsonFormat, ValFormat: jsonFormat, Wrap: true},
	}
}
