package vec_test

import (
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/types/typetest"
	"github.com/leatdb/leat/sql/vec"
)

// TestTruncateLeavesNothing appends with values in between that are taken back,
// nested ones also half done, and compares with a builder that never saw them.
func TestTruncateLeavesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		typ := typetest.Type(r, 2)
		got, want := vec.NewBuilder(typ, 0), vec.NewBuilder(typ, 0)
		for range 1 + r.IntN(3) {
			for range r.IntN(40) {
				n := got.Len()
				for range r.IntN(3) {
					got.Append(typetest.Value(r, typ))
				}
				if typ.Kind == types.Array {
					got.Kid(0).Append(typetest.Value(r, *typ.Elem))
				}
				got.Truncate(n)
				v := typetest.Value(r, typ)
				got.Append(v)
				want.Append(v)
			}
			a, b := got.Finish(), want.Finish()
			if a.N != b.N {
				t.Fatalf("%s: %d values, want %d", typ, a.N, b.N)
			}
			for i := range a.N {
				if x, y := shown(&a, i), shown(&b, i); x != y {
					t.Fatalf("%s: value %d is %s, want %s", typ, i, x, y)
				}
			}
		}
	}
}

// shown is a value as PostgreSQL writes it.
func shown(v *vec.Vec, i int) string {
	if v.Null(i) {
		return "NULL"
	}
	return string(types.AppendText(nil, v.Type, v.Value(i), nil))
}

// TestWarmSharesNothing fills builders warmed together past what they were
// given: no value gets into another's column.
func TestWarmSharesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		got, want := make([]*vec.Builder, 1+r.IntN(6)), make([]*vec.Builder, 0, 6)
		typs := make([]types.Type, len(got))
		for i := range got {
			typs[i] = typetest.Type(r, 1)
			got[i], want = vec.NewBuilder(typs[i], 0), append(want, vec.NewBuilder(typs[i], 0))
		}
		for range 4 {
			vec.Warm(append(got, nil))
			for range r.IntN(30) {
				for i := range got {
					v := typetest.Value(r, typs[i])
					got[i].Append(v)
					want[i].Append(v)
				}
			}
			for i := range got {
				a, b := got[i].Finish(), want[i].Finish()
				for k := range b.N {
					if x, y := shown(&a, k), shown(&b, k); x != y {
						t.Fatalf("%s: value %d is %s, want %s", typs[i], k, x, y)
					}
				}
			}
		}
	}
}

// TestRecycledMemoryShowsNothing gives vectors back, so that values, NULLs and
// booleans are written where others were, and compares with a builder that has
// its memory new.
func TestRecycledMemoryShowsNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 400 {
		typ := typetest.Type(r, 2)
		got, want := vec.NewBuilder(typ, r.IntN(5)), vec.NewBuilder(typ, 0)
		for range 6 {
			for range r.IntN(40) {
				n, v := got.Len(), typetest.Value(r, typ)
				got.Append(v)
				if r.IntN(3) == 0 {
					got.Truncate(n)
					continue
				}
				want.Append(v)
			}
			a, b := got.Finish(), want.Finish()
			if a.N != b.N || a.Type.Kind != typ.Kind {
				t.Fatalf("%s: %d values, want %d", typ, a.N, b.N)
			}
			for i := range b.N {
				if x, y := shown(&a, i), shown(&b, i); x != y {
					t.Fatalf("%s: value %d is %s, want %s", typ, i, x, y)
				}
			}
			if got.Recycle(&a); a.N != 0 || a.I64 != nil || a.Data != nil {
				t.Fatalf("%s: the vector given back still has values", typ)
			}
		}
	}
}
