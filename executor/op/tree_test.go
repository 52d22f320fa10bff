package op

import (
	"fmt"
	"slices"
	"testing"

	"github.com/leatdb/leat/executor/ref"
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

var clicks = types.Schema{{Name: "page", Type: types.TString}, {Name: "n", Type: types.TBigInt}}

// click is one row of clicks.
type click struct {
	ts   int64
	page string
	n    int64
}

func clickBatch(rows ...click) *vec.Batch {
	bs := builders(clicks, len(rows))
	b := &vec.Batch{N: len(rows)}
	for _, r := range rows {
		bs[0].AppendString(r.page)
		bs[1].AppendI64(r.n)
		b.Ts = append(b.Ts, r.ts)
	}
	b.Cols = finish(bs)
	return b
}

func clicksIn() *planner.InputNode {
	return &planner.InputNode{Base: base(clicks, planner.StreamResult, nil, false)}
}

// counting is count(*) by page.
func counting(w *planner.WindowSpec, final bool) *planner.AggregateNode {
	out := types.Schema{{Name: "page", Type: types.TString, Key: true}, {Name: "count", Type: types.TBigInt}}
	return &planner.AggregateNode{
		Base: base(out, planner.TableResult, []int{0}, false), In: clicksIn(),
		Groups: []expr.Node{col(clicks, 0)}, Aggs: []planner.AggCall{countAll()}, Window: w, Final: final,
	}
}

func treeOf(t *testing.T, root planner.Node, ctx *Ctx) *Tree {
	t.Helper()
	ctx.Env = testEnv
	tree, err := Build(&planner.Stage{Root: root, Inputs: []*planner.Input{{}}}, ctx)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// lines prints changes as op, time, values, window.
func lines(out []*vec.Batch) []string {
	var s []string
	for _, b := range out {
		for _, r := range ref.Records(b) {
			kind := "+"
			if r.Tomb {
				kind = "-"
			} else if r.OldOK {
				kind = "~"
			}
			s = append(s, fmt.Sprintf("%s @%d %v [%d,%d)", kind, r.Ts, r.Vals, r.Win, r.WinEnd))
		}
	}
	return s
}

func expect(t *testing.T, got []*vec.Batch, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if g := lines(got); !slices.Equal(g, want) {
		t.Fatalf("got\n  %q\nwant\n  %q", g, want)
	}
}

// TestTumblingExample is the example of the design: one output a record, a row
// behind the grace period is late.
func TestTumblingExample(t *testing.T) {
	ctx := &Ctx{}
	tree := treeOf(t, counting(&planner.WindowSpec{Size: 60, Grace: 5}, false), ctx)
	out, err := tree.Step([]*vec.Batch{clickBatch(
		click{10, "/home", 1}, click{50, "/home", 1}, click{70, "/home", 1}, click{20, "/home", 1},
	)})
	expect(t, out, err, "+ @10 [/home 1] [0,60)", "~ @50 [/home 2] [0,60)", "+ @70 [/home 1] [60,120)")
	if len(ctx.Late) != 1 || ctx.Late[0].Seq != 3 || ctx.Late[0].Ts != 20 || ctx.Late[0].Window != 0 {
		t.Fatalf("late rows: %+v", ctx.Late)
	}
}

// TestFinalOrder: EMIT FINAL gives closed windows by start, then key, after the
// row that closed them, in batches of at most maxOut.
func TestFinalOrder(t *testing.T) {
	tree := treeOf(t, counting(&planner.WindowSpec{Size: 10}, true), &Ctx{})
	var rows []click
	for i := range maxOut + 10 {
		rows = append(rows, click{5, fmt.Sprintf("%05d", (i*7919)%(maxOut+10)), 1})
	}
	out, err := tree.Step([]*vec.Batch{clickBatch(append(rows, click{15, "z", 1}, click{25, "a", 1})...)})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range out {
		if b.N > maxOut {
			t.Fatalf("a batch of %d rows", b.N)
		}
	}
	got := lines(out)
	if len(got) != len(rows)+1 || got[0] != "+ @5 [00000 1] [0,10)" || got[len(rows)] != "+ @15 [z 1] [10,20)" || !slices.IsSorted(got[:len(rows)]) {
		t.Fatalf("%d rows: %q ... %q", len(got), got[:2], got[len(got)-2:])
	}
	if last := out[len(out)-1]; last.SeqAt(last.N-1) != int32(len(rows)+1) || out[0].SeqAt(0) != int32(len(rows)) {
		t.Fatal("closed windows do not carry the row that closed them")
	}
}

// TestTickCloses: wall clock closes idle windows, and closed stays closed (E8).
func TestTickCloses(t *testing.T) {
	ctx := &Ctx{}
	tree := treeOf(t, counting(&planner.WindowSpec{Size: 10}, true), ctx)
	out, err := tree.Step([]*vec.Batch{clickBatch(click{5, "a", 1})})
	expect(t, out, err)
	out, err = tree.Tick(9)
	expect(t, out, err)
	out, err = tree.Tick(1000)
	expect(t, out, err, "+ @5 [a 1] [0,10)")
	out, err = tree.Step([]*vec.Batch{clickBatch(click{7, "a", 1}, click{1001, "b", 1})})
	expect(t, out, err)
	if len(ctx.Late) != 1 {
		t.Fatalf("late rows: %+v", ctx.Late)
	}
}

// TestKsqlLosesWindows: in ksqldb meaning a window more than a retention behind
// the newest one is not emitted; in leat meaning nothing is lost.
func TestKsqlLosesWindows(t *testing.T) {
	for ksql, want := range map[bool][]string{
		true: nil, false: {"+ @5 [a 1] [0,10)"},
	} {
		tree := treeOf(t, counting(&planner.WindowSpec{Size: 10, Retention: 10}, true), &Ctx{Ksql: ksql})
		out, err := tree.Step([]*vec.Batch{clickBatch(click{5, "a", 1}, click{25, "b", 1})})
		expect(t, out, err, want...)
	}
}

// TestSessionExample: a row between two sessions ends both and begins their
// union.
func TestSessionExample(t *testing.T) {
	w := &planner.WindowSpec{Type: planner.Session, Gap: 10, Grace: 100, Retention: 110}
	tree := treeOf(t, counting(w, false), &Ctx{})
	out, err := tree.Step([]*vec.Batch{clickBatch(click{0, "a", 1}, click{0, "a", 1}, click{15, "a", 1}, click{7, "a", 1})})
	expect(t, out, err,
		"+ @0 [a 1] [0,0)", "~ @0 [a 2] [0,0)", "+ @15 [a 1] [15,15)",
		"- @0 [a <nil>] [0,0)", "- @15 [a <nil>] [15,15)", "+ @15 [a 4] [0,15)")
}

type strangeNode struct{ planner.InputNode }

func TestBuildUnknown(t *testing.T) {
	_, err := Build(&planner.Stage{Root: &strangeNode{}}, &Ctx{})
	if !sqlerr.Is(err, sqlerr.FeatureNotSupported) {
		t.Fatalf("a node without an operator answers %v", err)
	}
}

func TestStateLimit(t *testing.T) {
	tree := treeOf(t, counting(nil, false), &Ctx{MaxState: 64 << 10})
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		var rows []click
		for k := range 100 {
			rows = append(rows, click{0, fmt.Sprint(i, k), 1})
		}
		_, err = tree.Step([]*vec.Batch{clickBatch(rows...)})
	}
	if !sqlerr.Is(err, sqlerr.OutOfMemory) {
		t.Fatalf("10,000 groups in 64 KiB answer %v", err)
	}
}

// TestLoadRefuses: another plan, another version, and what ends too early.
func TestLoadRefuses(t *testing.T) {
	build := func() *Tree { return treeOf(t, counting(nil, false), &Ctx{}) }
	tree := build()
	if _, err := tree.Step([]*vec.Batch{clickBatch(click{1, "a", 1})}); err != nil {
		t.Fatal(err)
	}
	saved := savedTree(t, tree.Freeze(), true)
	for i := range saved {
		if err := build().Load(state.NewReader(saved[:i])); !sqlerr.Is(err, sqlerr.DataCorrupted) {
			t.Fatalf("the first %d of %d bytes: %v", i, len(saved), err)
		}
	}
	if err := build().Load(state.NewReader(append([]byte{saveVersion + 1}, saved[1:]...))); !sqlerr.Is(err, sqlerr.DataCorrupted) {
		t.Fatalf("another version: %v", err)
	}
	other := treeOf(t, &planner.RekeyNode{Base: base(clicks, planner.StreamResult, nil, false), In: clicksIn()}, &Ctx{})
	if err := other.Load(state.NewReader(saved)); !sqlerr.Is(err, sqlerr.DataCorrupted) {
		t.Fatalf("state of another plan: %v", err)
	}
}

func TestNodes(t *testing.T) {
	tree := treeOf(t, counting(&planner.WindowSpec{Size: 10}, false), &Ctx{})
	if _, err := tree.Step([]*vec.Batch{clickBatch(click{1, "a", 1}, click{2, "b", 1}, click{30, "a", 1})}); err != nil {
		t.Fatal(err)
	}
	n := tree.Nodes()
	if len(n) != 2 || n[0].Name != "Aggregate" || n[1].Name != "Input" || n[1].Depth != 1 {
		t.Fatalf("nodes: %+v", n)
	}
	st := n[0].Stats
	if st.RowsIn != 3 || st.RowsOut != 3 || st.StateRows != 1 || st.StreamTime != 30 || st.StateBytes != tree.StateBytes() {
		t.Fatalf("stats: %+v, %d bytes", st, tree.StateBytes())
	}
}

// TestLargeRows: batches are cut by bytes before a vector gets too large.
func TestLargeRows(t *testing.T) {
	table := types.Schema{{Name: "id", Type: types.TString, Key: true}, {Name: "body", Type: types.TString}}
	n := &planner.StreamTableJoinNode{
		Base: base(joined(clicks, table), planner.StreamResult, nil, false), Left: clicksIn(),
		Right:   &planner.InputNode{Base: base(table, planner.TableResult, []int{0}, false), Index: 1},
		LeftKey: []expr.Node{col(clicks, 0)},
	}
	tree, err := Build(&planner.Stage{Root: n, Inputs: make([]*planner.Input, 2)}, &Ctx{Env: testEnv})
	if err != nil {
		t.Fatal(err)
	}
	body := vec.Const(types.TString, string(make([]byte, maxOutBytes/lookEvery)), 1)
	row := &vec.Batch{N: 1, Cols: []vec.Vec{vec.Const(types.TString, "a", 1), body}, Ts: []int64{0}, Seq: []int32{0}}
	if _, err := tree.Step([]*vec.Batch{nil, row}); err != nil {
		t.Fatal(err)
	}
	out, err := tree.Step([]*vec.Batch{clickBatch(slices.Repeat([]click{{1, "a", 1}}, 2*lookEvery+1)...), nil})
	if err != nil || len(out) != 3 || out[0].N != lookEvery || out[2].N != 1 {
		t.Fatalf("%d batches (%v)", len(out), err)
	}
}
