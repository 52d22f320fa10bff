package arrowio_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/types/typetest"
	"github.com/leatdb/leat/sql/vec"
	"github.com/leatdb/leat/sql/vec/arrowio"
)

func randomStream(r *rand.Rand) (types.Schema, []*vec.Batch) {
	schema := make(types.Schema, 1+r.IntN(5))
	for i := range schema {
		schema[i] = types.Column{Name: string(rune('a' + i)), Type: typetest.Type(r, 2)}
	}
	batches := make([]*vec.Batch, r.IntN(3))
	for k := range batches {
		n := r.IntN(20)
		b := &vec.Batch{N: n}
		for _, c := range schema {
			w := vec.NewBuilder(c.Type, n)
			for range n {
				w.Append(typetest.Value(r, c.Type))
			}
			b.Cols = append(b.Cols, w.Finish())
		}
		from := r.IntN(n + 1)
		b = b.Slice(from, n)
		if r.IntN(2) == 0 {
			for i := range b.N {
				if b.Sel == nil {
					b.Sel = []int32{}
				}
				if r.IntN(2) == 0 {
					b.Sel = append(b.Sel, int32(i))
				}
			}
		}
		batches[k] = b
	}
	return schema, batches
}

// A stream gives back what went in, types included, also of sliced and selected
// batches.
func TestStreamRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		schema, batches := randomStream(r)
		var buf bytes.Buffer
		if err := arrowio.WriteIPC(&buf, schema, batches); err != nil {
			t.Fatal(err)
		}
		gotSchema, got, err := arrowio.ReadIPC(buf.Bytes())
		if err != nil {
			t.Fatalf("%v: %v", schema, err)
		}
		for i := range schema {
			if gotSchema[i].Name != schema[i].Name || !gotSchema[i].Type.Equal(schema[i].Type) {
				t.Fatalf("column %+v reads as %+v", schema[i], gotSchema[i])
			}
		}
		if len(got) != len(batches) {
			t.Fatalf("%d batches of %d", len(got), len(batches))
		}
		for k, b := range batches {
			sameBatch(t, got[k], b)
		}
	}
}

func sameBatch(t *testing.T, got, want *vec.Batch) {
	t.Helper()
	if got.Len() != want.Len() {
		t.Fatalf("%d rows of %d", got.Len(), want.Len())
	}
	for c := range want.Cols {
		for i := range want.Len() {
			x, y := got.Cols[c].Value(got.Row(i)), want.Cols[c].Value(want.Row(i))
			if !types.Equal(want.Cols[c].Type, x, y) {
				t.Fatalf("%s: %v, want %v", want.Cols[c].Type, x, y)
			}
		}
	}
}

// A stream with flipped bytes behind its schema is refused or read, never more.
func TestDamagedStreams(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	refused := 0
	for range 500 {
		schema, batches := randomStream(r)
		var buf bytes.Buffer
		if err := arrowio.WriteIPC(&buf, schema, batches); err != nil {
			t.Fatal(err)
		}
		b := buf.Bytes()
		from := 8 + int(binary.LittleEndian.Uint32(b[4:])) // behind the schema, which is trusted
		for range 1 + r.IntN(4) {
			b[from+r.IntN(len(b)-from)] ^= byte(1 + r.IntN(255))
		}
		_, got, err := arrowio.ReadIPC(b[:len(b)-r.IntN(2)*r.IntN(len(b)-from)])
		if err != nil {
			refused++
			continue
		}
		for _, g := range got {
			for c := range g.Cols {
				for i := range min(g.N, 100) {
					g.Cols[c].Value(i)
				}
			}
		}
	}
	if refused == 0 {
		t.Fatal("no damaged stream was refused")
	}
}
