package fn

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// TestTexts: kernels in one piece give what they give one by one, however long
// the texts are, and Put writes what Fold does.
func TestTexts(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for trial := range 300 {
		var texts Texts
		var alone []AggKernel
		var slots []AggSlots
		n := 1 + rng.Intn(4)
		for i := range n {
			var init []types.Value
			if rng.Intn(2) == 0 {
				init = []types.Value{rng.Intn(2) == 0}
			}
			k, err := newOffset("x", trial%2 == 0 || rng.Intn(3) > 0, types.TString, init)
			if err != nil {
				t.Fatal(err)
			}
			if at, ok := texts.Hold(k); !ok || at != i {
				t.Fatalf("place %d of kernel %d, held %v", at, i, ok)
			}
			alone, slots = append(alone, k), append(slots, newSlots(k))
		}
		var piece []byte
		for range 20 {
			args := textRow(rng, n, trial%4 == 0)
			next, changed := texts.Fold(piece, args, 0)
			if texts.Replaces(args) {
				put := make([]byte, texts.Size(args, 0))
				if texts.Put(put, args, 0); string(put) != string(next) {
					t.Fatalf("trial %d: Put %x, Fold %x", trial, put, next)
				}
			}
			if !changed && len(piece) > 0 && string(next) != string(piece) {
				t.Fatalf("trial %d: a piece that did not change is %x, not %x", trial, next, piece)
			}
			if changed {
				piece = append([]byte(nil), next...)
			}
			for i, k := range alone {
				if args[i] != nil {
					if err := k.Add(nil, slots[i], args[i:i+1], 0); err != nil {
						t.Fatal(err)
					}
				}
				one, all := vec.NewBuilder(types.TString, 1), vec.NewBuilder(types.TString, 1)
				k.Result(slots[i], one)
				texts.Result(piece, i, all)
				a, b := one.Finish(), all.Finish()
				if a.Value(0) != b.Value(0) {
					t.Fatalf("trial %d, kernel %d: %v alone, %v in a piece %x", trial, i, a.Value(0), b.Value(0), piece)
				}
			}
		}
	}
}

// textRow is one row of n columns, some of which do not take it unless all do.
func textRow(rng *rand.Rand, n int, all bool) (out []*vec.Vec) {
	sizes := []int{0, 1, 20, 125, 126, 127, 128, 16381, 16382, 16383, 70000}
	for range n {
		var v types.Value = strings.Repeat("ä"[:1+rng.Intn(2)], sizes[rng.Intn(len(sizes))])
		if !all && rng.Intn(4) == 0 {
			v = nil
		}
		col := vec.FromValues(types.TString, []types.Value{v})
		if out = append(out, &col); !all && rng.Intn(5) == 0 {
			out[len(out)-1] = nil
		}
	}
	return out
}

// TestTextsBroken: any bytes read as texts or NULLs.
func TestTextsBroken(t *testing.T) {
	var texts Texts
	for range 3 {
		k, err := newOffset("x", true, types.TString, nil)
		if err != nil {
			t.Fatal(err)
		}
		texts.Hold(k)
	}
	rng := rand.New(rand.NewSource(1))
	args := []*vec.Vec{nil, nil, nil}
	for range 2000 {
		piece := make([]byte, rng.Intn(12))
		for i := range piece {
			piece[i] = []byte{0, 1, 2, 3, 5, 0x80, 0xff}[rng.Intn(7)]
		}
		out := vec.NewBuilder(types.TString, 3)
		for i := range 3 {
			texts.Result(piece, i, out)
		}
		if v := out.Finish(); v.N != 3 {
			t.Fatalf("%d values of three", v.N)
		}
		if _, changed := texts.Fold(piece, args, 0); changed {
			t.Fatalf("nobody took the row, but %x changed", piece)
		}
	}
}
