package fn

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/leatdb/leat/sql/types"
)

// ownBlobs are blobs that kernels may change where they are.
type ownBlobs struct{ testBlobs }

func (o *ownBlobs) Put(i int, b []byte) { o.b[i] = b }

// TestOwnedBlobs runs every aggregate over several groups in turns, once with blobs
// that are copied and once with blobs that are changed in place: the same comes out.
func TestOwnedBlobs(t *testing.T) {
	for _, c := range aggCases() {
		t.Run(fmt.Sprintf("%s(%s)%v", c.name, typeList(c.args), c.useUndo), func(t *testing.T) {
			r := rand.New(rand.NewSource(11))
			copying, ret := c.kernel(t)
			owning, _ := c.kernel(t)
			var a, b [3]AggSlots
			var rows [3][]types.Row
			for i := range a {
				a[i], b[i] = newSlots(copying), newSlots(owning)
				b[i].Blobs = &ownBlobs{testBlobs{make([][]byte, len(b[i].Blobs.(*testBlobs).b))}}
				owning.Init(b[i])
			}
			for range 400 {
				i := r.Intn(len(a))
				step, row := (AggKernel).Add, aggRow(r, c.args)
				if n := len(rows[i]); !c.noUndo && n > 0 && r.Intn(3) == 0 {
					k := r.Intn(n)
					step, row = (AggKernel).Undo, rows[i][k]
					rows[i] = append(rows[i][:k:k], rows[i][k+1:]...)
				} else {
					rows[i] = append(rows[i], row)
				}
				if err := step(copying, nil, a[i], toCols(c.args, row), 0); err != nil {
					t.Fatal(err)
				}
				if err := step(owning, nil, b[i], toCols(c.args, row), 0); err != nil {
					t.Fatal(err)
				}
			}
			for i := range a {
				if x, y := aggResult(copying, a[i], ret), aggResult(owning, b[i], ret); !sameResult(ret, x, y) {
					t.Errorf("group %d: %v in place, %v copied", i, y, x)
				}
			}
		})
	}
}
