package task

import (
	"errors"
	"io"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// users is a table (id BIGINT PRIMARY KEY, name TEXT).
func users(partitions int32) *catalog.Relation {
	return &catalog.Relation{
		Name: "users", Topic: "users", Kind: catalog.Table, Partitions: partitions, Meaning: "leat",
		KeyFormat: jsonFormat, ValueFormat: jsonFormat, WrapSingle: true,
		Schema: types.Schema{
			{Name: "id", Type: types.TBigInt, Key: true, NotNull: true}, {Name: "name", Type: types.TString},
		},
	}
}

func user(id int64, name types.Value) types.Row { return types.Row{id, name} }

// read drains a scan.
func (n *node) read(rows *Rows) (out []string) {
	n.t.Helper()
	for {
		b, err := rows.Next(n.ctx())
		if errors.Is(err, io.EOF) {
			return out
		}
		n.must(err)
		out = append(out, rowsOf(b)...)
	}
}

func TestTableKeepsTheNewestRowOfEachKey(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("users", 2)
	rel := users(2)
	n.insert(rel, []int64{1, 2, 3}, user(1, "ann"), user(2, "bob"), user(3, nil))
	n.insert(rel, []int64{4}, user(1, "anna"))
	table, err := n.rt.Table(rel)
	n.must(err)
	if rows, err := table.Len(n.ctx()); rows != 3 || err != nil {
		t.Errorf("%d rows, %v", rows, err)
	}
	b, err := table.Get(n.ctx(), []types.Value{int64(1)})
	n.must(err)
	equalLines(t, rowsOf(b), "@4 1 anna")
	if b, err := table.Get(n.ctx(), []types.Value{int64(9)}); b != nil || err != nil {
		t.Errorf("a key that is not there gave %v, %v", b, err)
	}
	for _, key := range []string{"2", "3", "77"} {
		part := batch.PartitionFor([]byte(key), 2, 0)
		n.raw("users", part, batch.Record{Key: []byte(key), Timestamp: 5})
	}
	rows, err := n.rt.Scan(n.ctx(), rel, ScanOptions{})
	n.must(err)
	equalLines(t, n.read(rows), "@4 1 anna")
}

func TestScanOfTableIsAFreezeInKeyOrder(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("users", 1)
	rel := users(1)
	for _, id := range []int64{5, -3, 0, 12, 7} {
		n.insert(rel, []int64{id}, user(id, "u"))
	}
	all, err := n.rt.Scan(n.ctx(), rel, ScanOptions{})
	n.must(err)
	n.insert(rel, []int64{99}, user(0, "changed after the scan began"))
	equalLines(t, n.read(all), "@-3 -3 u", "@0 0 u", "@5 5 u", "@7 7 u", "@12 12 u")
	for _, c := range []struct {
		opt  ScanOptions
		want []string
	}{
		{ScanOptions{Low: int64(5)}, []string{"@5 5 u", "@7 7 u", "@12 12 u"}},
		{ScanOptions{Low: int64(5), LowStrict: true, High: int64(12), HighStrict: true}, []string{"@7 7 u"}},
		{ScanOptions{High: int64(-3)}, []string{"@-3 -3 u"}},
		{ScanOptions{Points: [][]types.Value{{int64(12)}, {int64(4)}, {int64(-3)}}}, []string{"@12 12 u", "@-3 -3 u"}},
		{ScanOptions{Points: [][]types.Value{{int64(12)}, {int64(-3)}}, Low: int64(0)}, []string{"@12 12 u"}},
	} {
		rows, err := n.rt.Scan(n.ctx(), rel, c.opt)
		n.must(err)
		equalLines(t, n.read(rows), c.want...)
	}
}

func TestScanOfStreamEndsWhereItBegan(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	rel := clicks(1)
	n.insert(rel, []int64{1, 2}, types.Row{int64(1), "/a", int64(1)}, types.Row{int64(2), "/b", int64(2)})
	rows, err := n.rt.Scan(n.ctx(), rel, ScanOptions{Needed: []bool{true, false, true}})
	n.must(err)
	n.insert(rel, []int64{3}, types.Row{int64(3), "/c", int64(3)})
	equalLines(t, n.read(rows), "@1 1 <nil> 1", "@2 2 <nil> 2")
	rows, err = n.rt.Scan(n.ctx(), rel, ScanOptions{Low: int64(2), Points: [][]types.Value{{int64(1)}, {int64(3)}}})
	n.must(err)
	equalLines(t, n.read(rows), "@3 3 /c 3")
}

func TestTableOfWindowedKeys(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("clicks", 1)
	n.topic("counts", 2)
	n.start(JobSpec{ID: "c", Plan: countPlan(t, 1, 2, minute())})
	n.insert(clicks(1), []int64{1000, 61000, 62000, 5000},
		types.Row{int64(1), "/a", int64(1)}, types.Row{int64(2), "/a", int64(2)},
		types.Row{int64(3), "/b", int64(3)}, types.Row{int64(4), "/a", int64(4)})
	n.idle()
	table, err := n.rt.Table(counts(2, true))
	n.must(err)
	b, err := table.Get(n.ctx(), []types.Value{"/a"})
	n.must(err)
	equalLines(t, rowsOf(b), "@5000 /a 2 5", "@61000 /a 1 2")
	if b.Win[1] != 60_000 || b.WinEnd[1] != 120_000 {
		t.Errorf("second window is [%d, %d)", b.Win[1], b.WinEnd[1])
	}
	low := int64(60_000)
	rows, err := table.Scan(n.ctx(), ScanOptions{Points: [][]types.Value{{"/a"}}, WindowLow: &low})
	n.must(err)
	equalLines(t, n.read(rows), "@61000 /a 1 2")
}

func TestWaitForBlocksUntilTheRowIsThere(t *testing.T) {
	n := newNode(t, 64)
	defer n.close()
	n.topic("users", 1)
	rel := users(1)
	table, err := n.rt.Table(rel)
	n.must(err)
	done := make(chan error)
	go func() { done <- table.WaitFor(n.ctx(), 0, 2) }()
	n.insert(rel, []int64{1}, user(1, "a"))
	n.insert(rel, []int64{2}, user(2, "b"))
	n.must(<-done)
}

// TestOldValuesOfATableInput checks that changes carry the row before (D3).
func TestOldValuesOfATableInput(t *testing.T) {
	in := inputOf(users(1))
	in.NeedsOld = true
	o := newOlds(in, nil)
	make3 := func(tomb int, names ...types.Value) *vec.Batch {
		b := &vec.Batch{N: 3, Ts: []int64{1, 2, 3}, Sel: []int32{0, 2}}
		ids := []types.Value{int64(1), int64(7), int64(1)}
		b.Cols = []vec.Vec{vec.FromValues(types.TBigInt, ids), vec.FromValues(types.TString, names)}
		if tomb >= 0 {
			b.Tomb = vec.NewBitmap(3)
			b.Tomb.Set(tomb)
		}
		return b
	}
	first, err := o.fill(make3(-1, "a", "dead", "b"))
	if err != nil {
		t.Fatal(err)
	}
	if first.OldOK.Get(0) || !first.OldOK.Get(2) || first.Old[1].Value(2) != "a" {
		t.Errorf("first batch: %v %v", first.OldOK, first.Old[1].Value(2))
	}
	second, err := o.fill(make3(0, nil, nil, "c"))
	if err != nil {
		t.Fatal(err)
	}
	if !second.OldOK.Get(0) || second.Old[1].Value(0) != "b" || second.OldOK.Get(2) {
		t.Errorf("a deleted row must be old once: %v", second.OldOK)
	}
}
