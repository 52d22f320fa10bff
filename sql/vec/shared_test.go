package vec

import (
	"testing"

	"github.com/leatdb/leat/sql/types"
)

// A shared vector of NULLs reads as one of its own, takes no memory, and grows
// without touching what is shared.
func TestSharedNulls(t *testing.T) {
	all := []types.Type{types.TBoolean, types.TInt, types.TBigInt, types.TDouble, types.TString, types.TTimestamp, types.TBytes}
	for _, typ := range all {
		for _, n := range []int{0, 1, 7, 8, 9, sharedRows, sharedRows + 1} {
			a, b := SharedNulls(typ, n), Nulls(typ, n)
			if a.N != n || a.NullCount() != n || len(a.I64) != len(b.I64) || len(a.F64) != len(b.F64) || len(a.Off) != len(b.Off) || len(a.Bits) != len(b.Bits) {
				t.Fatalf("%v: %d NULLs: %d of %d", typ, n, a.NullCount(), a.N)
			}
			for i := range n {
				if a.Value(i) != nil {
					t.Fatalf("%v: row %d of %d is %v", typ, i, n, a.Value(i))
				}
			}
			a.I64, a.F64, a.Off, a.Valid = append(a.I64, 1), append(a.F64, 1), append(a.Off, 1), append(a.Valid, 1)
		}
		if n := testing.AllocsPerRun(10, func() { SharedNulls(typ, sharedRows) }); n > 0 {
			t.Errorf("%v: %v allocations", typ, n)
		}
	}
	for _, x := range zeros.i64 {
		if x != 0 {
			t.Fatal("what is shared was written to")
		}
	}
	for _, x := range zeros.off {
		if x != 0 {
			t.Fatal("what is shared was written to")
		}
	}
	if z, ok := SharedZeros(sharedRows); !ok || len(z) != sharedRows {
		t.Error("no shared zeros")
	}
	if _, ok := SharedZeros(sharedRows + 1); ok {
		t.Error("more zeros than there are")
	}
}
