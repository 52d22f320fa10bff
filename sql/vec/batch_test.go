package vec_test

import (
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// row is one live row of a batch, boxed, with its metadata.
type row struct {
	col, old  types.Value
	tomb, ok  bool
	ts        int64
	seq, part int32
}

func rowsOf(b *vec.Batch) []row {
	var out []row
	for k := range b.Len() {
		i := b.Row(k)
		x := row{col: b.Cols[0].Value(i), ts: b.Ts[i], seq: b.SeqAt(i)}
		x.tomb = b.Tomb != nil && b.Tomb.Get(i)
		if b.OldOK != nil && b.OldOK.Get(i) {
			x.ok, x.old = true, b.Old[0].Value(i)
		}
		if b.Part != nil {
			x.part = b.Part[i]
		}
		out = append(out, x)
	}
	return out
}

func randomBatch(r *rand.Rand) *vec.Batch {
	n := r.IntN(20)
	b := &vec.Batch{N: n, Ts: make([]int64, n), Part: make([]int32, n)}
	col := vec.NewBuilder(types.TBigInt, n)
	old := vec.NewBuilder(types.TBigInt, n)
	for i := range n {
		b.Ts[i], b.Part[i] = int64(r.IntN(1000)), int32(r.IntN(4))
		col.AppendI64(int64(r.IntN(100)))
		old.AppendI64(int64(r.IntN(100)))
	}
	b.Cols = []vec.Vec{col.Finish()}
	if r.IntN(2) == 0 {
		b.Tomb = randomBits(r, n)
	}
	if r.IntN(2) == 0 {
		b.Old, b.OldOK = []vec.Vec{old.Finish()}, randomBits(r, n)
	}
	if r.IntN(2) == 0 {
		b.Sel = []int32{}
		for i := range n {
			if r.IntN(3) > 0 {
				b.Sel = append(b.Sel, int32(i))
			}
		}
	}
	return b
}

func randomBits(r *rand.Rand, n int) vec.Bitmap {
	m := vec.NewBitmap(n)
	for i := range n {
		m.SetTo(i, r.IntN(2) == 0)
	}
	return m
}

func sameRows(t *testing.T, what string, got, want []row, seq bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d", what, len(got), len(want))
	}
	for i := range want {
		g, w := got[i], want[i]
		if !seq {
			g.seq, w.seq = 0, 0
		}
		if g != w {
			t.Fatalf("%s: row %d is %+v, want %+v", what, i, g, w)
		}
	}
}

// Compact and Slice keep rows with their positions; concatenation keeps rows.
func TestBatches(t *testing.T) {
	r := newRand()
	for range 3000 {
		a, b := randomBatch(r), randomBatch(r)
		rows := rowsOf(a)
		sameRows(t, "compact", rowsOf(a.Compact()), rows, true)
		from := r.IntN(len(rows) + 1)
		to := from + r.IntN(len(rows)-from+1)
		sameRows(t, "slice", rowsOf(a.Slice(from, to)), rows[from:to], true)
		joined := append(append(append([]row{}, rows[from:to]...), rowsOf(b)...), rows...)
		sameRows(t, "concat", rowsOf(vec.ConcatBatches([]*vec.Batch{a.Slice(from, to), b, a})), joined, false)
	}
}
