package op

import (
	"math/rand"
	"testing"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// TestFinderFindsWhatTheTableHas: keys that come again, keys that share a place in
// what is remembered, NULLs and short runs give the rows that each key alone gives.
func TestFinderFindsWhatTheTableHas(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	table := state.NewTable(0, 1, nil)
	f := finder{table: table}
	again := 0
	for range 300 {
		n, keys := 1+rng.Intn(400), 1+rng.Intn(700)
		w := vec.NewBuilder(types.TBigInt, n)
		rows := make([]int32, 0, n)
		for i := range n {
			if rng.Intn(20) == 0 {
				w.AppendNull()
			} else {
				w.AppendI64(int64(rng.Intn(keys)) << uint(rng.Intn(2)*40))
			}
			if rng.Intn(8) > 0 {
				rows = append(rows, int32(i))
			}
		}
		v := w.Finish()
		k := &keyed{b: &vec.Batch{N: n, Cols: []vec.Vec{v}}, rows: rows, cols: []*vec.Vec{&v}}
		got := f.find(k)
		if f.keys.Len() < len(rows) {
			again++
		}
		var some []byte
		for i, row := range rows {
			want := state.None
			if !v.Null(int(row)) {
				some = encodeKey(some[:0], k.b, k.cols, row)
				want = table.FindKey(some)
			}
			if got[i] != want {
				t.Fatalf("row %d of %v: found %d, want %d", i, v.Value(int(row)), got[i], want)
			}
		}
		for _, row := range rows { // half of the keys are there next time
			if key := v.I64[row]; key%2 == 0 && !v.Null(int(row)) {
				table.UpsertKey(encodeKey(nil, k.b, k.cols, row))
			}
		}
	}
	if again < 100 {
		t.Errorf("keys came again in %d runs", again)
	}
}
