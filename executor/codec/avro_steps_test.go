package codec

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
)

// randomEdits are bytes that say what is broken in the records of a seed.
func randomEdits(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	edits := make([]byte, r.IntN(40))
	for i := range edits {
		edits[i] = byte(r.Uint64())
	}
	return edits
}

// FuzzAvroSteps draws a writer's schema and a few batches of records by it,
// broken here and there as edits say, and compares the steps with the way
// through the cells (C5): every row, and what is wrong with the bad ones.
func FuzzAvroSteps(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Records(60)
	f.Bound(32<<20, 1<<10) // its columns, its records and what three decoders make of them
	for seed := range uint64(200) {
		f.Add(seed, randomEdits(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, edits []byte) {
		x := newAvroDraw(rand.New(rand.NewPCG(seed, 1)))
		p, err := schema.Parse(schema.Avro, x.schema, nil)
		if err != nil {
			t.Fatalf("%s: %v", x.schema, err)
		}
		rel := relation(x.cols...)
		rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "NONE"}, catalog.Format{Name: "AVRO"}
		if seed%8 == 0 {
			rel.Meaning = "ksqldb"
		}
		var d [3]*Decoder
		for i := range d {
			if d[i], err = NewRelationDecoder(rel, nil); err != nil {
				t.Fatal(err)
			}
			d[i].Use(oneSchema{p, 1})
		}
		d[1].val.wire.avro.byWords = true
		d[2].direct = nil
		for range 3 {
			records := x.records(1+x.r.IntN(40), &edits)
			want := decodedBatch(d[2], records)
			for _, fast := range d[:2] {
				sameLines(t, x.schema, decodedBatch(fast, records), want)
			}
		}
	})
}

func sameLines(t *testing.T, of string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%s\nfrom line %d\n%s\nwant\n%s", of, i, got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
}

// decodedBatch is the rows of some records as text, and what is wrong with the bad.
func decodedBatch(d *Decoder, records [][]byte) []string {
	for i, p := range records {
		d.Add(&batch.Record{Value: p, Offset: int64(i)})
	}
	b, bad := d.Finish()
	var out []string
	for i := range b.N {
		out = append(out, fmt.Sprintf("%d: %v", i, rowOf(b, i)))
	}
	for _, x := range bad {
		out = append(out, fmt.Sprintf("bad: %d %s %v", x.Row, x.Column, x.Err))
	}
	if d.direct != nil {
		d.Recycle(b) // so that it writes where other values were
	}
	return out
}

// TestAvroStepsTakeWhatIsOrdinary: of good records only those go through the
// cells whose maps have a key twice.
func TestAvroStepsTakeWhatIsOrdinary(t *testing.T) {
	taken, good := 0, 0
	for seed := range uint64(200) {
		x := newAvroDraw(rand.New(rand.NewPCG(seed, 1)))
		rel := relation(x.cols...)
		rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "NONE"}, catalog.Format{Name: "AVRO"}
		d, err := NewRelationDecoder(rel, nil)
		if err != nil {
			t.Fatal(err)
		}
		d.Use(oneSchema{parsed(t, schema.Avro, x.schema), 1})
		for i, p := range x.records(20, new([]byte)) {
			if d.addDirect(&batch.Record{Value: p}, i) {
				taken, d.n = taken+1, d.n+1
				continue
			}
			d.Add(&batch.Record{Value: p})
		}
		b, bad := d.Finish()
		good += b.N - len(bad)
	}
	if taken < good*99/100 {
		t.Errorf("%d of %d good records were taken", taken, good)
	}
}

// avroDraw draws a record's schema, its columns and values.
type avroDraw struct {
	r      *rand.Rand
	schema string
	cols   types.Schema
	values []func() []byte
	names  int
}

func newAvroDraw(r *rand.Rand) *avroDraw {
	x := &avroDraw{r: r}
	var fields []string
	for i := range 1 + r.IntN(12) {
		text, typ, value := x.field(2)
		name := fmt.Sprintf("c%d", i)
		fields = append(fields, fmt.Sprintf(`{"name":%q,"type":%s}`, name, text))
		x.values = append(x.values, value)
		if r.IntN(12) > 0 { // else nobody has a column for it
			x.cols = append(x.cols, types.Column{Name: name, Type: typ, NotNull: r.IntN(10) == 0})
		}
	}
	if r.IntN(6) == 0 || len(x.cols) == 0 {
		x.cols = append(x.cols, types.Column{Name: "missing", Type: types.TString})
	}
	x.schema = `{"type":"record","name":"r","fields":[` + strings.Join(fields, ",") + `]}`
	return x
}

// records are n records, with edits: each byte of them breaks one of a few.
func (x *avroDraw) records(n int, edits *[]byte) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		p := []byte{0, 0, 0, 0, 1}
		for _, v := range x.values {
			p = append(p, v()...)
		}
		if e := *edits; len(e) > 1 && x.r.IntN(3) == 0 {
			at := 5 + int(e[0])%max(len(p)-5, 1)
			if *edits = e[2:]; e[1]&7 == 0 {
				p = p[:at]
			} else if at < len(p) {
				p[at] = e[1]
			}
		}
		out[i] = slices.Clip(p)
	}
	return out
}

// field draws the type of a field and how its values are drawn.
func (x *avroDraw) field(depth int) (text string, typ types.Type, value func() []byte) {
	kinds := 11
	if depth > 0 {
		kinds = 15
	}
	long := func() []byte { return x.long(x.r.Uint64() >> x.r.IntN(64)) }
	switch x.r.IntN(kinds) {
	case 0, 1, 2:
		return `"string"`, types.TString, x.text
	case 3:
		return `"long"`, types.TBigInt, long
	case 4:
		return `"int"`, types.TInt, func() []byte { return x.long(x.r.Uint64() >> 32 >> x.r.IntN(32)) }
	case 5:
		return `{"type":"long","logicalType":"timestamp-millis"}`, types.TTimestamp, func() []byte { return x.long(x.r.Uint64() >> 20) }
	case 6:
		return `{"type":"long","logicalType":"timestamp-micros"}`, types.TTimestamp, long
	case 7:
		return `"double"`, types.TDouble, func() []byte { return binary.LittleEndian.AppendUint64(nil, x.r.Uint64()>>2) }
	case 8:
		return `"boolean"`, types.TBoolean, func() []byte { return []byte{byte(x.r.IntN(2))} }
	case 9:
		return `"long"`, types.TString, long // by way of a cell
	case 10:
		return `"bytes"`, types.TBytes, x.text
	case 11:
		return x.record(depth - 1)
	case 12, 13:
		inner, typ, item := x.field(depth - 1)
		if x.r.IntN(2) == 0 {
			return `{"type":"array","items":` + inner + `}`, types.TArray(typ), func() []byte { return x.blocks(item) }
		}
		entry := func() []byte { return append(x.text(), item()...) }
		return `{"type":"map","values":` + inner + `}`, types.TMap(types.TString, typ), func() []byte { return x.blocks(entry) }
	}
	inner, typ, item := x.field(depth - 1)
	if strings.HasPrefix(inner, "[") {
		return inner, typ, item
	}
	null := byte(2 * x.r.IntN(2))
	if text = `["null",` + inner + `]`; null == 2 {
		text = `[` + inner + `,"null"]`
	}
	return text, typ, func() []byte {
		if x.r.IntN(3) == 0 {
			return []byte{null}
		}
		return append([]byte{null ^ 2}, item()...)
	}
}

func (x *avroDraw) record(depth int) (text string, typ types.Type, value func() []byte) {
	x.names++
	name := fmt.Sprintf("r%d", x.names)
	var parts []string
	var fields []types.Field
	var values []func() []byte
	for i := range 1 + x.r.IntN(4) {
		inner, t, v := x.field(depth)
		parts = append(parts, fmt.Sprintf(`{"name":"f%d","type":%s}`, i, inner))
		if values = append(values, v); x.r.IntN(8) > 0 {
			fields = append(fields, types.Field{Name: fmt.Sprintf("f%d", i), Type: t})
		}
	}
	if x.r.IntN(8) == 0 || len(fields) == 0 {
		fields = append(fields, types.Field{Name: "none", Type: types.TBigInt})
	}
	return fmt.Sprintf(`{"type":"record","name":%q,"fields":[%s]}`, name, strings.Join(parts, ",")), types.TStruct(fields...), func() (p []byte) {
		for _, v := range values {
			p = append(p, v()...)
		}
		return p
	}
}

// blocks is some items, now and then in blocks that tell their bytes.
func (x *avroDraw) blocks(item func() []byte) (p []byte) {
	for range x.r.IntN(3) {
		n := 1 + x.r.IntN(3)
		var items []byte
		for range n {
			items = append(items, item()...)
		}
		if x.r.IntN(3) == 0 {
			p = append(append(p, x.zigzag(int64(-n))...), x.zigzag(int64(len(items)))...)
		} else {
			p = append(p, x.zigzag(int64(n))...)
		}
		p = append(p, items...)
	}
	return append(p, 0)
}

// text has any length about the ones that are taken in different ways.
func (x *avroDraw) text() []byte {
	n := []int{0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 130}[x.r.IntN(16)] + x.r.IntN(2)
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(1 + x.r.IntN(127))
	}
	if n > 2 {
		switch at := x.r.IntN(n - 1); x.r.IntN(60) {
		case 0, 1, 2, 3:
			copy(p[at:], "é")
		case 4:
			p[at] = 0xff
		case 5:
			p[at] = 0
		}
	}
	return append(x.zigzag(int64(n)), p...)
}

func (x *avroDraw) zigzag(n int64) []byte { return x.long(uint64(n<<1) ^ uint64(n>>63)) }

// long is a varint, now and then with more bytes than it needs.
func (x *avroDraw) long(u uint64) []byte {
	p := binary.AppendUvarint(nil, u)
	for x.r.IntN(20) == 0 && len(p) < 10 {
		p[len(p)-1] |= 0x80
		p = append(p, 0)
	}
	return p
}
