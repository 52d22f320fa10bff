package codec

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/types/typetest"
	"github.com/leatdb/leat/sql/vec"
)

var codecRows = flag.Int("codec.rows", 2000, "random rows a format is checked with against an independent implementation")

// randomColumns makes columns that every format holds.
func randomColumns(r *rand.Rand) types.Schema {
	out := make(types.Schema, 1+r.IntN(5))
	for i := range out {
		t := typetest.Type(r, 2)
		for !storable1(t) {
			t = typetest.Type(r, 2)
		}
		out[i] = types.Column{Name: fmt.Sprintf("c%d", i), Type: t}
	}
	return out
}

// storable1 leaves out what only catalogs have, and enums, which the other
// implementations do not know: testdata/types/enums.slt has their records.
func storable1(t types.Type) bool {
	switch t.Kind {
	case types.OID, types.Name, types.Enum:
		return false
	case types.Array, types.Map:
		return storable1(*t.Elem)
	}
	for _, f := range t.Fields {
		if !storable1(f.Type) {
			return false
		}
	}
	return true
}

func randomRow(r *rand.Rand, s types.Schema) types.Row {
	row := make(types.Row, len(s))
	for i := range row {
		row[i] = typetest.Value(r, s[i].Type)
	}
	return row
}

// tour is a relation with its encoder and decoder.
type tour struct {
	t    *testing.T
	rel  *catalog.Relation
	in   *Inserter
	dec  *Decoder
	head []byte // of its records, once registered
}

func newTour(t *testing.T, cols types.Schema, format string, props ...catalog.Prop) *tour {
	t.Helper()
	rel := relation(cols...)
	rel.KeyFormat, rel.ValueFormat = catalog.Format{Name: "NONE"}, catalog.Format{Name: format, Props: props}
	in, err := InsertEncoder(rel)
	if err != nil {
		t.Fatalf("%s: %v", cols.Names(), err)
	}
	dec, err := NewRelationDecoder(rel, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &tour{t: t, rel: rel, in: in, dec: dec}
}

// write encodes a row.
func (x *tour) write(row types.Row) []byte {
	x.t.Helper()
	placed, err := x.in.Rows([]types.Row{row}, []int64{0})
	if err != nil {
		x.t.Fatalf("%s: %v", x.text(row), err)
	}
	return placed[0].Record.Value
}

// read decodes a value.
func (x *tour) read(p []byte) types.Row {
	x.t.Helper()
	x.dec.Add(&batch.Record{Value: p})
	b, bad := x.dec.Finish()
	if len(bad) > 0 {
		x.t.Fatalf("%x: %v (%s)", p, bad[0].Err, bad[0].Err.Detail)
	}
	return rowOf(b, 0)
}

func rowOf(b *vec.Batch, row int) types.Row {
	out := make(types.Row, len(b.Cols))
	for i := range out {
		out[i] = b.Cols[i].Value(row)
	}
	return out
}

// text is a row as PostgreSQL shows it: what rows are compared by.
func (x *tour) text(row types.Row) string {
	out := ""
	for i, v := range row {
		if out += "|"; v == nil {
			out += "NULL"
			continue
		}
		out += string(types.AppendText(nil, x.rel.Schema[i].Type, v, nil))
	}
	return out
}

func (x *tour) same(what string, got, want types.Row) {
	x.t.Helper()
	if g, w := x.text(got), x.text(want); g != w {
		x.t.Fatalf("%s: columns %s\n got %s\nwant %s", what, describeTypes(x.rel.Schema), g, w)
	}
}

func describeTypes(s types.Schema) string {
	out := ""
	for _, c := range s {
		out += c.Type.String() + "; "
	}
	return out
}

// absentAs is what Protobuf makes of NULLs: elements of lists have none, and
// neither do lists and maps.
func absentAs(t types.Type, v types.Value, element bool) types.Value {
	switch t.Kind {
	case types.Array:
		list, _ := v.([]types.Value)
		out := make([]types.Value, len(list))
		for i := range list {
			out[i] = absentAs(*t.Elem, list[i], true)
		}
		return out
	case types.Map:
		m, _ := v.(types.MapValue)
		out := types.MapValue{Keys: m.Keys}
		for i := range m.Vals {
			out.Vals = append(out.Vals, absentAs(*t.Elem, m.Vals[i], true))
		}
		return out
	case types.Struct:
		if v == nil && !element {
			return nil
		}
		row, _ := v.(types.Row)
		out := make(types.Row, len(t.Fields))
		for i, f := range t.Fields {
			var x types.Value
			if row != nil {
				x = row[i]
			}
			out[i] = absentAs(f.Type, x, false)
		}
		return out
	}
	if v == nil && element {
		return zeroOf(t)
	}
	return v
}

func zeroOf(t types.Type) types.Value {
	switch t.Kind {
	case types.Boolean:
		return false
	case types.Double, types.Real:
		return 0.0
	case types.Bytes:
		return []byte{}
	case types.Decimal:
		if t.Precision == 0 {
			return nil
		}
		return types.Rescale(types.DecimalFromInt(0), t.Scale)
	case types.String:
		return ""
	case types.Date, types.UUID, types.Interval, types.JSON:
		return nil
	}
	return int64(0)
}

// TestEveryTypeThere is C3: every format gives every row of every type back.
func TestEveryTypeThere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	defer func() { t.Logf("campaign: %s: %d random rows there and back", t.Name(), *codecRows) }()
	for i := 0; i < *codecRows; {
		cols := randomColumns(r)
		avro, json := newTour(t, cols, "AVRO"), newTour(t, cols, "JSON_SR")
		for range 20 {
			row := randomRow(r, cols)
			avro.same("AVRO", avro.read(avro.write(row)), row)
			json.same("JSON_SR", json.read(json.write(row)), row)
			i++
		}
	}
}

// oneValue is a vector of one value.
func oneValue(t types.Type, v types.Value) *vec.Vec {
	b := vec.NewBuilder(t, 1)
	b.Append(v)
	out := b.Finish()
	return &out
}
