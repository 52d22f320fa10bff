package vec_test

import (
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// TestPickedIsGathered: a picked column made whole is the gathered one, and a batch
// of which some columns are made whole leaves the one it came from as it was.
func TestPickedIsGathered(t *testing.T) {
	r := newRand()
	for range 2000 {
		n := 1 + r.IntN(30)
		b := &vec.Batch{}
		var want [][]types.Value
		var at []int32
		for range 2 + r.IntN(4) {
			v, values := column(r, n)
			if at == nil {
				at, _ = pick(r, values)
				b.N = len(at)
			}
			picked := make([]types.Value, len(at))
			for i, k := range at {
				picked[i] = values[k]
			}
			if r.IntN(3) == 0 {
				b.Cols = append(b.Cols, v.Gather(at))
			} else {
				b.Cols = append(b.Cols, vec.Pick(&v, at, r.IntN(2) == 0))
			}
			want = append(want, picked)
		}
		some := []int{r.IntN(len(b.Cols)), r.IntN(len(b.Cols)), 0}
		before := 0
		for i := range b.Cols {
			if b.Cols[i].Picked != nil {
				before++
			}
		}
		part := b.WholeAt(some)
		for _, c := range some {
			same(t, "part of a whole", &part.Cols[c], want[c])
		}
		for _, whole := range []*vec.Batch{b.Whole(), part.Whole()} {
			for i := range want {
				same(t, "whole", &whole.Cols[i], want[i])
			}
		}
		for i := range b.Cols {
			if b.Cols[i].Picked != nil {
				before--
			}
		}
		if before != 0 {
			t.Fatal("the batch is another than before")
		}
	}
}
