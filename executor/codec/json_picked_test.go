package codec

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/vec"
)

// TestPickedColumnsAreWrittenTheSame: records of columns whose values stand in other
// vectors are those of the whole columns, whichever columns these are, however
// often a row comes again, and when what was kept has been let go of.
func TestPickedColumnsAreWrittenTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	rel := directRelation()
	rel.Schema[1].Key = true
	dec, err := NewRelationDecoder(rel, nil)
	if err != nil {
		t.Fatal(err)
	}
	enc, err := NewRelationEncoder(rel)
	if err != nil {
		t.Fatal(err)
	}
	if !enc.TakesPicked() {
		t.Fatal("the encoder takes no picked columns")
	}
	kept := 0
	for range 800 {
		n := 1 + rng.IntN(20)
		for range n {
			dec.Add(&batch.Record{Key: []byte([]string{"7", "8", "null"}[rng.IntN(3)]), Value: []byte(fastRecord(rng, rel.Schema))})
		}
		b, _ := dec.Finish()
		whole := (&vec.Batch{N: b.N, Cols: b.Cols, Ts: b.Ts, Sel: someRows(rng, b)}).Compact()
		if whole.N == 0 {
			continue
		}
		often, once := someRows(rng, whole), slices.Clone(identity(whole.N))
		in := &vec.Batch{N: whole.N, Ts: whole.Ts, Cols: slices.Clone(whole.Cols)}
		for i := range often { // each row of the output stands at one of a few
			often[i] = often[rng.IntN(1+i/4)]
		}
		in.N = len(often)
		in.Ts = in.Ts[:in.N]
		mode := rng.IntN(4)
		for c := range in.Cols {
			switch (mode + c*rng.IntN(2)) % 4 {
			case 0:
				in.Cols[c] = vec.Pick(&whole.Cols[c], once[:in.N], false)
			case 1, 2:
				in.Cols[c] = vec.Pick(&whole.Cols[c], often, true)
			default:
				in.Cols[c] = whole.Cols[c].Slice(0, in.N)
			}
		}
		want := in.Whole()
		got := enc.Whole(in)
		for row := range in.N {
			compareEncoded(t, enc, got, want, row)
		}
		if enc.valObject.runs != nil {
			kept++
		}
		if rng.IntN(2) == 0 {
			enc.Forget()
		}
	}
	if kept < 100 {
		t.Errorf("texts were kept %d times", kept)
	}
}

// compareEncoded writes a row of both batches.
func compareEncoded(t *testing.T, enc *Encoder, got, want *vec.Batch, row int) {
	t.Helper()
	w, err := enc.Encode(want, row)
	if err != nil {
		t.Fatal(err)
	}
	key, value := string(w.Key), string(w.Value)
	g, err := enc.Encode(got, row)
	if err != nil {
		t.Fatal(err)
	}
	if string(g.Key) != key || string(g.Value) != value {
		t.Fatalf("row %d\ngot  %s %s\nwant %s %s", row, g.Key, g.Value, key, value)
	}
}

// someRows are live rows of b, of which some may come again.
func someRows(rng *rand.Rand, b *vec.Batch) []int32 {
	out := []int32{}
	for i := range b.Len() {
		if rng.IntN(5) > 0 {
			out = append(out, int32(b.Row(i)))
		}
	}
	return out
}

func identity(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

// TestKeptTextIsBounded: texts beyond the bound are made again, and are the same.
func TestKeptTextIsBounded(t *testing.T) {
	rel := directRelation()
	enc, err := NewRelationEncoder(rel)
	if err != nil {
		t.Fatal(err)
	}
	cols := make([]*vec.Builder, len(rel.Schema))
	long := make([]byte, keptText/3)
	for i := range long {
		long[i] = 'x'
	}
	for c := range cols {
		cols[c] = vec.NewBuilder(rel.Schema[c].Type, 0)
		for row := range 9 {
			if rel.Schema[c].Name == "s" {
				cols[c].AppendBytes(append(long, byte('a'+row)))
			} else {
				cols[c].AppendNull()
			}
		}
	}
	at := []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 2, 2, 8, 7, 6, 0}
	in := &vec.Batch{N: len(at), Ts: make([]int64, len(at))}
	for c := range cols {
		v := cols[c].Finish()
		in.Cols = append(in.Cols, vec.Pick(&v, at, true))
	}
	want := in.Whole()
	for row := range at {
		compareEncoded(t, enc, in, want, row)
		for i := range enc.valObject.runs {
			if n := len(enc.valObject.runs[i].text); n > 2*keptText {
				t.Fatalf("%d bytes of text are kept", n)
			}
		}
	}
}
