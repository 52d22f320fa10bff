package codec

import (
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/types/typetest"
)

// FuzzRegistered feeds malformed records to the decoders of formats with
// schemas (C2), and holds that what is accepted survives a round trip (C3). As in a
// task, the decoder of a format lives on and gets one record after the other,
// broken or not.
func FuzzRegistered(tf *testing.F) {
	f := fuzzing.On(tf)
	r := rand.New(rand.NewPCG(7, 8))
	cols := types.Schema{}
	for i, c := range typetest.Scalars[:16] {
		cols = append(cols, types.Column{Name: "c" + string(rune('a'+i)), Type: c})
	}
	nested := types.TStruct(types.Field{Name: "f", Type: types.TArray(types.TInt)}, types.Field{Name: "g", Type: types.TMap(types.TString, types.TBytes)})
	cols = append(cols, types.Column{Name: "n", Type: types.TArray(nested)})
	formats := []string{"AVRO", "PROTOBUF", "PROTOBUF_NOSR", "JSON_SR"}
	for kind, name := range formats {
		rel := relation(cols...)
		rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "NONE"}, catalog.Format{Name: name}
		in, err := InsertEncoder(rel)
		if err != nil {
			f.Fatal(err)
		}
		for range 4 {
			placed, err := in.Rows([]types.Row{randomRow(r, cols)}, []int64{0})
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(kind), placed[0].Record.Value)
		}
	}
	tours := make([]*tour, len(formats))
	f.Fuzz(func(t *testing.T, kind uint8, value []byte) {
		k := int(kind) % len(formats)
		if tours[k] == nil {
			tours[k] = newTour(t, cols, formats[k])
		}
		x := tours[k]
		x.t = t
		x.dec.Add(&batch.Record{Value: value})
		if n := x.dec.Bytes(); n > 4096+256*len(value) {
			t.Errorf("%d bytes of a record become %d", len(value), n)
		}
		b, bad := x.dec.Finish()
		if b.N != 1 || b.Len()+len(bad) != 1 {
			t.Fatalf("%d rows, %d live, %d bad", b.N, b.Len(), len(bad))
		}
		if len(bad) > 0 || value == nil {
			return
		}
		row := rowOf(b, 0)
		x.same("again", x.read(x.write(row)), x.read(x.write(x.read(x.write(row)))))
	})
}

// TestNoBytesPanic cuts and changes good records at random (C2).
func TestNoBytesPanic(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 150 {
		cols := randomColumns(r)
		for _, name := range []string{"AVRO", "PROTOBUF", "JSON_SR"} {
			x := newTour(t, cols, name)
			p := x.write(randomRow(r, cols))
			for range 30 {
				q := append([]byte{}, p[:r.IntN(len(p)+1)]...)
				for k := 0; k < 3 && len(q) > 5; k++ {
					q[5+r.IntN(len(q)-5)] = byte(r.Uint64())
				}
				x.dec.Add(&batch.Record{Value: q})
			}
			if b, bad := x.dec.Finish(); b.N != 30 || b.Len()+len(bad) != 30 {
				t.Fatalf("%d rows, %d live, %d bad", b.N, b.Len(), len(bad))
			}
		}
	}
}

// TestFuzzLikeBombs: short records that claim to be huge.
func TestFuzzLikeBombs(t *testing.T) {
	for _, c := range []struct{ text, value string }{
		{`{"type":"array","items":"null"}`, "\xfe\xff\xff\xff\xff\xff\xff\xff\x7f"},
		{`{"type":"array","items":{"type":"record","name":"e","fields":[]}}`, "\xfe\xff\xff\xff\x0f\x00"},
		{`{"type":"array","items":"int"}`, "\xfe\xff\xff\xff\x0f\x00"},
		{`{"type":"array","items":"int"}`, "\x01\x02"},
		{`{"type":"map","values":"null"}`, "\xfe\xff\xff\xff\x0f\x00"},
		{`"string"`, "\xfe\xff\xff\xff\x0f"},
		{`{"type":"record","name":"l","fields":[{"name":"skipped","type":["null","l"]}]}`, string(make([]byte, 0)) + repeat("\x02", 100_000)},
	} {
		p, err := schema.Parse(schema.Avro, c.text, nil)
		if err != nil {
			t.Fatal(err)
		}
		rel := relation(types.Column{Name: "other", Type: types.TArray(types.TInt)})
		rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "NONE"}, catalog.Format{Name: "AVRO"}
		rel.WrapSingle = p.Avro.Type() == "record"
		dec, err := NewRelationDecoder(rel, nil)
		if err != nil {
			t.Fatal(err)
		}
		dec.Use(oneSchema{p, 1})
		dec.Add(&batch.Record{Value: append([]byte{0, 0, 0, 0, 1}, c.value...)})
		if n := dec.Bytes(); n > 1<<17 {
			t.Errorf("%s: %d bytes", c.text, n)
		}
		if _, bad := dec.Finish(); len(bad) != 1 {
			t.Errorf("%s: accepted", c.text)
		}
	}
}

func repeat(s string, n int) string {
	var b []byte
	for range n {
		b = append(b, s...)
	}
	return string(b)
}
