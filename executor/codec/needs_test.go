package codec

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
)

// fewerColumns compares what two decoders of the same sides find in records, one
// of which decodes more columns than the other: where it finds a good row, so does
// the other, with the same values. It gives how many rows were compared.
func fewerColumns(t *testing.T, rel *catalog.Relation, s Schemas, r *rand.Rand, records [][]byte) (compared int) {
	t.Helper()
	more := make([]bool, len(rel.Schema))
	fewer := make([]bool, len(rel.Schema))
	for i := range more {
		more[i] = r.IntN(3) > 0
		fewer[i] = more[i] && r.IntN(2) == 0
	}
	var d [2]*Decoder
	for i, needed := range [][]bool{more, fewer} {
		var err error
		if d[i], err = NewRelationDecoder(rel, needed); err != nil {
			t.Fatal(err)
		}
		if s != nil {
			d[i].Use(s)
		}
	}
	key, value := d[0].Sides()
	if k, v := d[1].Sides(); k != key || v != value {
		return 0
	}
	for i, p := range records {
		for _, x := range d {
			x.Add(&batch.Record{Value: p, Offset: int64(i)})
		}
	}
	wide, bad := d[0].Finish()
	slim, worse := d[1].Finish()
	for _, x := range worse {
		if !slices.ContainsFunc(bad, func(y Bad) bool { return y.Row == x.Row }) {
			t.Fatalf("record %d, %q, is bad (%v) only where fewer columns than %v are needed: %v", x.Row, x.Value, x.Err, more, fewer)
		}
	}
	for row := range wide.N {
		if slices.ContainsFunc(bad, func(y Bad) bool { return int(y.Row) == row }) {
			continue
		}
		compared++
		for c, need := range d[1].Needs() {
			if got, want := slim.Cols[c].Value(row), wide.Cols[c].Value(row); need && fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("record %d, %q, column %d: %v, with more columns %v", row, records[row], c, got, want)
			}
		}
		tomb := [2]bool{wide.Tomb != nil && wide.Tomb.Get(row), slim.Tomb != nil && slim.Tomb.Get(row)}
		if wide.Ts[row] != slim.Ts[row] || tomb[0] != tomb[1] {
			t.Fatalf("record %d, %q: time %d and %d, tombstone %v", row, records[row], wide.Ts[row], slim.Ts[row], tomb)
		}
	}
	return compared
}

// TestFewerColumnsGiveTheSameRows holds what readers that share decoded rows rely
// on (Decoder.Sides), over records of all formats that are broken here and there.
func TestFewerColumnsGiveTheSameRows(t *testing.T) {
	compared := map[string]int{}
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 9))
		edits := randomEdits(seed)
		x := newAvroDraw(r)
		rel := relation(x.cols...)
		rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "NONE"}, catalog.Format{Name: "AVRO"}
		if seed%4 == 0 {
			rel.Meaning = "ksqldb"
		}
		compared["AVRO by another's schema"] += fewerColumns(t, rel, oneSchema{parsed(t, schema.Avro, x.schema), 1}, r, x.records(30, &edits))
		for _, format := range []string{"PROTOBUF", "AVRO", "JSON", "DELIMITED"} {
			cols := randomColumns(r)
			if format == "DELIMITED" && slices.ContainsFunc(cols, func(c types.Column) bool { return c.Type.IsNested() }) {
				continue
			}
			tour := newTour(t, cols, format)
			var records [][]byte
			for range 30 {
				p := slices.Clone(tour.write(randomRow(r, cols)))
				if len(p) > 0 && r.IntN(4) == 0 {
					p[r.IntN(len(p))] = byte(r.Uint32())
				}
				records = append(records, p)
			}
			if seed%4 == 0 {
				records = append(records, nil)
			}
			compared[format] += fewerColumns(t, tour.rel, nil, r, records)
		}
	}
	for _, format := range []string{"AVRO by another's schema", "PROTOBUF", "AVRO", "JSON", "DELIMITED"} {
		if compared[format] < 100 {
			t.Errorf("%d rows of %s were compared", compared[format], format)
		}
	}
}
