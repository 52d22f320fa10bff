package vec_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/types/typetest"
	"github.com/leatdb/leat/sql/vec"
)

func newRand() *rand.Rand { return rand.New(rand.NewPCG(3, 4)) }

// column makes a random column and its naive twin.
func column(r *rand.Rand, n int) (vec.Vec, []types.Value) {
	t := typetest.Type(r, 2)
	values := make([]types.Value, n)
	for i := range values {
		values[i] = typetest.Value(r, t)
	}
	return vec.FromValues(t, values), values
}

func same(t *testing.T, what string, v *vec.Vec, want []types.Value) {
	t.Helper()
	if v.N != len(want) {
		t.Fatalf("%s of %s: %d values, want %d", what, v.Type, v.N, len(want))
	}
	for i := range want {
		if got := v.Value(i); !types.Equal(v.Type, got, want[i]) || (got == nil) != v.Null(i) {
			t.Fatalf("%s of %s: value %d is %v, want %v", what, v.Type, i, got, want[i])
		}
	}
}

// Gather, Slice and Concat against slices of boxed values, also of each other's
// results.
func TestSelectionAgainstTwin(t *testing.T) {
	r := newRand()
	for range 3000 {
		v, want := column(r, r.IntN(40))
		same(t, "column", &v, want)
		for range 3 {
			from := r.IntN(v.N + 1)
			to := from + r.IntN(v.N-from+1)
			s := v.Slice(from, to)
			same(t, "slice", &s, want[from:to])
			sel, picked := pick(r, want[from:to])
			g := s.Gather(sel)
			same(t, "gather of a slice", &g, picked)
			c := vec.Concat([]vec.Vec{g, s, v, vec.Nulls(v.Type, 2)})
			all := append(append(append(append([]types.Value{}, picked...), want[from:to]...), want...), nil, nil)
			same(t, "concat", &c, all)
			v, want = c.Slice(1%(c.N+1), c.N), all[1%(c.N+1):]
		}
	}
}

func pick(r *rand.Rand, from []types.Value) (sel []int32, picked []types.Value) {
	for i := range from {
		if r.IntN(2) == 0 {
			sel = append(sel, int32(i))
			picked = append(picked, from[i])
		}
	}
	return sel, picked
}

// A builder copies from any vector, also a sliced one, and can be used again.
func TestBuilderAppendFrom(t *testing.T) {
	r := newRand()
	for range 2000 {
		v, want := column(r, 1+r.IntN(20))
		from := r.IntN(v.N)
		s := v.Slice(from, v.N)
		b := vec.NewBuilder(v.Type, 0)
		for round := range 3 {
			for i := range s.N {
				b.AppendFrom(&s, i)
			}
			if b.Len() != s.N {
				t.Fatalf("builder counts %d of %d", b.Len(), s.N)
			}
			if round == 1 {
				b.Reset()
				continue
			}
			out := b.Finish()
			same(t, "copy", &out, want[from:])
		}
	}
}

// V5, and agreement of the vectorised with the boxed encoding.
func TestKeys(t *testing.T) {
	r := newRand()
	for range 3000 {
		a, av := column(r, 6)
		b := vec.FromValues(a.Type, shuffled(r, av))
		ts := []types.Type{a.Type, a.Type}
		cols := []*vec.Vec{&a, &b}
		for i := range a.N {
			j := r.IntN(a.N)
			ki, kj := vec.EncodeKey(nil, cols, i), vec.EncodeKey(nil, cols, j)
			want := vec.CompareAt(&a, i, &a, j)
			if want == 0 {
				want = vec.CompareAt(&b, i, &b, j)
			}
			if got := bytes.Compare(ki, kj); got != want {
				t.Fatalf("%s: keys of %v, %v compare %d, values %d", a.Type, a.Value(i), a.Value(j), got, want)
			}
			row := []types.Value{a.Value(i), b.Value(i)}
			if boxed := vec.EncodeKeyValues(nil, ts, row); !bytes.Equal(boxed, ki) {
				t.Fatalf("%s: boxed key %x, vector key %x", a.Type, boxed, ki)
			}
			back, err := vec.DecodeKey(ki, ts)
			if err != nil || !types.Equal(a.Type, back[0], row[0]) || !types.Equal(a.Type, back[1], row[1]) {
				t.Fatalf("%s: key of %v reads as %v, %v", a.Type, row, back, err)
			}
			if vec.EqualAt(&a, i, &b, j) != types.Equal(a.Type, a.Value(i), b.Value(j)) {
				t.Fatalf("%s: EqualAt(%v, %v)", a.Type, a.Value(i), b.Value(j))
			}
		}
	}
}

func shuffled(r *rand.Rand, in []types.Value) []types.Value {
	out := append([]types.Value{}, in...)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestRowsRoundTrip(t *testing.T) {
	r := newRand()
	for range 2000 {
		n := r.IntN(12)
		cols, vs, builders, ts := make([]*vec.Vec, n), make([]vec.Vec, n), make([]*vec.Builder, n), make([]types.Type, n)
		for c := range cols {
			vs[c], _ = column(r, 3)
			cols[c], ts[c] = &vs[c], vs[c].Type
			builders[c] = vec.NewBuilder(ts[c], 3)
		}
		var tail []byte
		for i := range 3 {
			row := vec.EncodeRow(nil, cols, i)
			if err := vec.DecodeRowInto(builders, row); err != nil {
				t.Fatalf("row %x of %v: %v", row, ts, err)
			}
			values, err := vec.DecodeValues(row, ts)
			if err != nil {
				t.Fatal(err)
			}
			if again := vec.EncodeValues(nil, ts, values); !bytes.Equal(again, row) {
				t.Fatalf("row %x of %v, boxed %x", row, ts, again)
			}
			for c := range cols {
				tail = vec.AppendValueBinary(tail, ts[c], values[c])
			}
			if n > 0 && vec.DecodeRowInto(newBuilders(ts), row[:len(row)-1]) == nil {
				t.Fatalf("a cut row of %v was read", ts)
			}
		}
		for i := range 3 {
			for c := range cols {
				x, rest, err := vec.ReadValueBinary(ts[c], tail)
				if err != nil || !types.Equal(ts[c], x, vs[c].Value(i)) {
					t.Fatalf("%s: %v reads as %v, %v", ts[c], vs[c].Value(i), x, err)
				}
				tail = rest
			}
		}
		for c, b := range builders {
			out := b.Finish()
			same(t, "decoded column", &out, boxes(&vs[c]))
		}
	}
}

func newBuilders(ts []types.Type) []*vec.Builder {
	out := make([]*vec.Builder, len(ts))
	for i, t := range ts {
		out[i] = vec.NewBuilder(t, 1)
	}
	return out
}

func boxes(v *vec.Vec) []types.Value {
	out := make([]types.Value, v.N)
	for i := range out {
		out[i] = v.Value(i)
	}
	return out
}

func FuzzDecodeKey(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add([]byte{1, 0x80, 0, 0, 0, 0, 0, 0, 1, 2})
	ts := []types.Type{types.TInt, types.TArray(types.TNumeric), types.TString}
	f.Fuzz(func(t *testing.T, b []byte) {
		values, err := vec.DecodeKey(b, ts)
		if err != nil {
			return
		}
		key := vec.EncodeKeyValues(nil, ts, values)
		back, err := vec.DecodeKey(key, ts)
		if err != nil || !bytes.Equal(key, vec.EncodeKeyValues(nil, ts, back)) {
			t.Fatalf("%x -> %v -> %x -> %v, %v", b, values, key, back, err)
		}
	})
}

func FuzzDecodeRow(tf *testing.F) {
	f := fuzzing.On(tf)
	ts := []types.Type{types.TBigInt, types.TNumeric, types.TMap(types.TString, types.TDouble), types.TStruct(types.Field{Name: "a", Type: types.TBoolean})}
	f.Add(vec.EncodeValues(nil, ts, []types.Value{int64(5), types.DecimalFromInt(7), nil, types.Row{true}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		values, err := vec.DecodeValues(b, ts)
		if err == nil {
			vec.EncodeValues(nil, ts, values)
		}
	})
}
