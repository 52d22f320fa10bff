package codec

import (
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/log/batch"
)

// FuzzProtoSteps draws columns and batches of messages, some with a byte
// changed, cut, or with their fields moved, doubled and strange ones between
// them, and compares the direct way with the one through the cells (C5).
func FuzzProtoSteps(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Records(30)
	f.Bound(32<<20, 1<<10) // its columns, its messages and what three decoders make of them
	for seed := range uint64(120) {
		f.Add(seed, randomEdits(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, edits []byte) {
		protoBatches(t, seed, &edits)
	})
}

// TestProtoStepsTakeWhatIsOrdinary: most messages that are not edited go straight.
func TestProtoStepsTakeWhatIsOrdinary(t *testing.T) {
	taken, all := 0, 0
	for seed := range uint64(100) {
		n, of := protoBatches(t, seed, new([]byte))
		taken, all = taken+n, all+of
	}
	if taken < all*8/10 {
		t.Errorf("%d of %d messages were taken", taken, all)
	}
}

func protoBatches(t *testing.T, seed uint64, edits *[]byte) (taken, all int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	cols := randomColumns(r)
	var props []catalog.Prop
	if how := []string{"", "OPTIONAL", "WRAPPER"}[r.IntN(3)]; how != "" {
		props = []catalog.Prop{{Name: "nullable_representation", Value: how}}
	}
	x := newTour(t, cols, []string{"PROTOBUF", "PROTOBUF_NOSR"}[r.IntN(2)], props...)
	rel := *x.rel
	rel.Schema = append(rel.Schema[:0:0], rel.Schema...)
	rel.Schema[0].NotNull = r.IntN(4) == 0
	var d [3]*Decoder
	for i := range d {
		var err error
		if d[i], err = NewRelationDecoder(&rel, nil); err != nil {
			t.Fatal(err)
		}
	}
	d[1].direct = nil
	for range 3 {
		var records [][]byte
		for range 1 + r.IntN(20) {
			p := x.write(randomRow(r, cols))
			if e := *edits; len(e) > 1 && len(p) > 6 && r.IntN(3) == 0 {
				*edits = e[2:]
				p = movedFields(r, p, e[0], e[1])
			}
			records = append(records, p)
			if all++; d[2].addDirect(&batch.Record{Value: p}, d[2].n) {
				taken, d[2].n = taken+1, d[2].n+1
			} else {
				d[2].Add(&batch.Record{Value: p})
			}
		}
		d[2].Finish()
		sameLines(t, cols.Names(), decodedBatch(d[0], records), decodedBatch(d[1], records))
	}
	return taken, all
}

// TestProtoStepsKeepToTheColumn reads numbers of any size into columns that do
// not hold all of them, by another's schema.
func TestProtoStepsKeepToTheColumn(t *testing.T) {
	p := parsed(t, schema.Protobuf, `syntax = "proto3"; message A { int64 a = 1; sint64 b = 2; int32 c = 3; bool d = 4; repeated int64 e = 5; uint64 f = 6; }`)
	rel := relation(columnsOf(t, "a", "integer", "b", "integer", "c", "bigint", "d", "boolean", "e", "integer[]", "f", "bigint")...)
	rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "NONE"}, catalog.Format{Name: "PROTOBUF"}
	var d [2]*Decoder
	for i := range d {
		var err error
		if d[i], err = NewRelationDecoder(rel, nil); err != nil {
			t.Fatal(err)
		}
		d[i].Use(oneSchema{p, 1})
	}
	d[1].direct = nil
	r := rand.New(rand.NewPCG(41, 42))
	var records [][]byte
	for range 3000 {
		b := []byte{0, 0, 0, 0, 1, 0}
		for num := range protowire.Number(7) {
			if num > 0 && r.IntN(4) > 0 {
				u := r.Uint64() >> r.IntN(64)
				if r.IntN(3) == 0 {
					u = -u
				}
				b = protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), u)
			}
		}
		records = append(records, b)
	}
	sameLines(t, "A", decodedBatch(d[0], records), decodedBatch(d[1], records))
}

// movedFields changes a byte, or the order of the fields behind the head.
func movedFields(r *rand.Rand, p []byte, how, with byte) []byte {
	at := 6 + int(with)%(len(p)-6)
	switch how & 3 {
	case 0:
		return p[:at]
	case 1:
		p[at] = how
		return p
	}
	head, rest := p[:6:6], p[6:]
	if p[0] != 0 || how&4 == 0 {
		head, rest = nil, p
	}
	var fields [][]byte
	for len(rest) > 0 {
		_, _, n := protowire.ConsumeField(rest)
		if n < 0 {
			break
		}
		fields, rest = append(fields, rest[:n]), rest[n:]
	}
	if len(fields) > 0 {
		fields = append(fields, fields[r.IntN(len(fields))], protowire.AppendVarint(protowire.AppendTag(nil, 900, protowire.VarintType), 7))
	}
	if how&8 == 0 {
		r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	}
	out := head
	for _, f := range fields {
		out = append(out, f...)
	}
	return append(out, rest...)
}
