package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
)

// TestPutVarint compares with the library's at every length.
func TestPutVarint(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	check := func(n int64) {
		var dst [binary.MaxVarintLen64]byte
		got, want := dst[:putVarint(dst[:], n)], binary.AppendVarint(nil, n)
		if string(got) != string(want) {
			t.Fatalf("%d: %x, want %x", n, got, want)
		}
	}
	for shift := range 64 {
		for _, n := range []int64{1 << shift, 1<<shift - 1, 1<<shift + 1} {
			check(n)
			check(-n)
		}
	}
	check(math.MinInt64)
	for range 100_000 {
		check(int64(r.Uint64()) >> r.IntN(64))
	}
}

// TestAvroWritesWhatItReads decodes drawn records (checked against the cells by
// FuzzAvroSteps), writes them by the columns' own schema, whose columns are NULL
// or not in each of several ways, and reads them again (C3).
func TestAvroWritesWhatItReads(t *testing.T) {
	rows := 0
	for seed := range uint64(300) {
		x := newAvroDraw(rand.New(rand.NewPCG(seed, 5)))
		rel := relation(x.cols...)
		rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "NONE"}, catalog.Format{Name: "AVRO"}
		var d [2]*Decoder
		for i := range d {
			var err error
			if d[i], err = NewRelationDecoder(rel, nil); err != nil {
				t.Fatal(err)
			}
		}
		d[0].Use(oneSchema{parsed(t, schema.Avro, x.schema), 1})
		enc, err := NewRelationEncoder(rel)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range x.records(30, new([]byte)) {
			d[0].Add(&batch.Record{Value: p})
		}
		b, _ := d[0].Finish()
		var want []types.Row
		for i := range b.Len() {
			out, err := enc.Encode(b, b.Row(i))
			if err != nil {
				t.Fatalf("%s: %v", x.schema, err)
			}
			want = append(want, rowOf(b, b.Row(i)))
			d[1].Add(&batch.Record{Value: out.Value})
		}
		again, bad := d[1].Finish()
		if len(bad) > 0 {
			t.Fatalf("%s: %v", x.schema, bad[0].Err)
		}
		for i := range want {
			if got, want := fmt.Sprint(rowOf(again, i)), fmt.Sprint(want[i]); got != want {
				t.Fatalf("%s\n%s\nwant\n%s", x.schema, got, want)
			}
		}
		rows += len(want)
	}
	if rows < 5000 {
		t.Errorf("only %d rows", rows)
	}
}
