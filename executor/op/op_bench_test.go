package op

import (
	"math/rand"
	"testing"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

const benchRows = 4096

var benchSchema = types.Schema{
	{Name: "id", Type: types.TBigInt}, {Name: "price", Type: types.TBigInt}, {Name: "url", Type: types.TString},
}

// benchBatch has ids below keys and times that grow by one each row.
func benchBatch(rng *rand.Rand, keys int, at int64) *vec.Batch {
	b := &vec.Batch{N: benchRows}
	cols := builders(benchSchema, benchRows)
	for i := range benchRows {
		cols[0].AppendI64(int64(rng.Intn(keys)))
		cols[1].AppendI64(int64(rng.Intn(10000)))
		cols[2].AppendString("https://example.com/item")
		b.Ts = append(b.Ts, at+int64(i))
	}
	b.Cols = finish(cols)
	return b
}

func benchInput(i int, kind planner.ResultKind) *planner.InputNode {
	return &planner.InputNode{Base: base(benchSchema, kind, []int{0}, false), Index: i}
}

// benchTree runs batches through a plan; ins makes the step's inputs.
func benchTree(b *testing.B, root planner.Node, inputs int, ins func(step int) []*vec.Batch) {
	ctx := &Ctx{Env: testEnv}
	tree, err := Build(&planner.Stage{Root: root, Inputs: make([]*planner.Input, inputs)}, ctx)
	if err != nil {
		b.Fatal(err)
	}
	out, step := 0, 1
	if _, err := tree.Step(ins(0)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		ctx.Late, ctx.Failures = ctx.Late[:0], ctx.Failures[:0]
		got, err := tree.Step(ins(step))
		if err != nil {
			b.Fatal(err)
		}
		for _, g := range got {
			out += g.Len()
		}
		step++
	}
	if out == 0 || len(ctx.Failures) > 0 {
		b.Fatalf("%d rows came out, %d failed", out, len(ctx.Failures))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchRows), "ns/row")
}

// stepping cycles through prepared batches with times that go on.
func stepping(keys int) func(step int) []*vec.Batch {
	rng := rand.New(rand.NewSource(1))
	var made []*vec.Batch
	for range 32 {
		made = append(made, benchBatch(rng, keys, 0))
	}
	return func(step int) []*vec.Batch {
		b := *made[step%len(made)]
		b.Ts = make([]int64, b.N)
		for i := range b.Ts {
			b.Ts[i] = int64(step)*benchRows + int64(i)
		}
		return []*vec.Batch{&b}
	}
}

func BenchmarkFilterProject(b *testing.B) {
	in := benchInput(0, planner.StreamResult)
	f := &planner.FilterNode{
		Base: base(benchSchema, planner.StreamResult, nil, false), In: in,
		Cond: compare(">", col(benchSchema, 1), big(5000)),
	}
	exprs := []expr.Node{col(benchSchema, 0), arith("*", col(benchSchema, 1), big(2)), col(benchSchema, 2)}
	p := &planner.ProjectNode{Base: base(benchSchema, planner.StreamResult, nil, false), In: f, Exprs: exprs}
	benchTree(b, p, 1, stepping(1000))
}

func benchWindow(b *testing.B, keys int, w planner.WindowSpec, final bool) {
	out := types.Schema{{Type: types.TBigInt}, {Type: types.TBigInt}}
	n := &planner.AggregateNode{
		Base: base(out, planner.TableResult, []int{0}, false), In: benchInput(0, planner.StreamResult),
		Groups: []expr.Node{col(benchSchema, 0)}, Aggs: []planner.AggCall{countAll()}, Window: &w, Final: final,
	}
	benchTree(b, n, 1, stepping(keys))
}

func BenchmarkTumblingCount(b *testing.B) {
	w := planner.WindowSpec{Size: 3_000_000}
	b.Run("changes-1k", func(b *testing.B) { benchWindow(b, 1000, w, false) })
	b.Run("changes-1M", func(b *testing.B) { benchWindow(b, 1000000, w, false) })
	w.Size = 100_000
	b.Run("final-1k", func(b *testing.B) { benchWindow(b, 1000, w, true) })
}

func BenchmarkHoppingCount(b *testing.B) {
	benchWindow(b, 1000, planner.WindowSpec{Type: planner.Hopping, Size: 100_000, Advance: 20_000}, false)
}

func BenchmarkSessionCount(b *testing.B) {
	benchWindow(b, 1000, planner.WindowSpec{Type: planner.Session, Gap: 1000, Retention: 1000}, false)
}

func BenchmarkStreamTableProbe(b *testing.B) {
	out := joined(benchSchema, benchSchema)
	n := &planner.StreamTableJoinNode{
		Base: base(out, planner.StreamResult, nil, false),
		Left: benchInput(0, planner.StreamResult), Right: benchInput(1, planner.TableResult),
		LeftKey: []expr.Node{col(benchSchema, 0)},
	}
	next := stepping(100000)
	fill := rand.New(rand.NewSource(2))
	benchTree(b, n, 2, func(step int) []*vec.Batch {
		if step == 0 { // the table: all rows of one step
			var all []*vec.Batch
			for range 50 {
				all = append(all, benchBatch(fill, 100000, 0))
			}
			return []*vec.Batch{next(0)[0], vec.ConcatBatches(all)}
		}
		return append(next(step), nil)
	})
}

// BenchmarkStreamTableInterleaved: after every few rows of the stream comes a change
// of the table.
func BenchmarkStreamTableInterleaved(b *testing.B) {
	out := joined(benchSchema, benchSchema)
	n := &planner.StreamTableJoinNode{
		Base: base(out, planner.StreamResult, nil, false),
		Left: benchInput(0, planner.StreamResult), Right: benchInput(1, planner.TableResult),
		LeftKey: []expr.Node{col(benchSchema, 0)},
	}
	next := stepping(1000)
	changes := benchBatch(rand.New(rand.NewSource(2)), 1000, 0).Slice(0, benchRows/8)
	changes.Seq = make([]int32, changes.N)
	for i := range changes.Seq {
		changes.Seq[i] = int32(9*i + 8)
	}
	benchTree(b, n, 2, func(step int) []*vec.Batch {
		rows := *next(step)[0]
		rows.Seq = make([]int32, rows.N)
		for i := range rows.Seq {
			rows.Seq[i] = int32(i + i/8)
		}
		return []*vec.Batch{&rows, changes}
	})
}

func BenchmarkStreamStreamJoin(b *testing.B) {
	n := &planner.StreamStreamJoinNode{
		Base: base(joined(benchSchema, benchSchema), planner.StreamResult, nil, false),
		Left: benchInput(0, planner.StreamResult), Right: benchInput(1, planner.StreamResult),
		LeftKey: []expr.Node{col(benchSchema, 0)}, RightKey: []expr.Node{col(benchSchema, 0)},
		Before: 10000, After: 10000, Grace: 1000,
	}
	next := stepping(20000)
	benchTree(b, n, 2, func(step int) []*vec.Batch {
		rows := next(step / 2)
		if step%2 == 0 {
			return append(rows, nil)
		}
		return []*vec.Batch{nil, rows[0]}
	})
}
