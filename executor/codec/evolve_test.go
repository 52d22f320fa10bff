package codec

import (
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// registered makes a catalog with versions of a subject, IDs from 1.
func registeredAs(t *testing.T, subject string, lang schema.Language, texts ...string) *catalog.Catalog {
	t.Helper()
	c := catalog.New()
	for i, text := range texts {
		cmds := []catalog.Command{&catalog.SetSubjectLevel{Subject: subject, Level: "NONE"}, &catalog.RegisterSchema{Subject: subject, Lang: lang, Text: text}}
		for k, cmd := range cmds {
			if res := c.Apply(uint64(2*i+k+1), 0, catalog.Encode(cmd)).(catalog.Result); res.Err != nil {
				t.Fatal(res.Err)
			}
		}
	}
	return c
}

// TestAvroEvolution reads records of older and newer writers.
func TestAvroEvolution(t *testing.T) {
	c := registeredAs(t, "r-value", schema.Avro,
		`{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"gone","type":{"type":"array","items":"string"}},{"name":"old","type":"string"}]}`,
		`{"type":"record","name":"r","fields":[{"name":"A","type":["null","long"]},{"name":"old","type":"bytes"},{"name":"e","type":{"type":"enum","name":"E","symbols":["X","Y"]}}]}`,
		`{"type":"record","name":"r","fields":[{"name":"a","type":"double"},{"name":"fresh","type":"string","aliases":["old"]},{"name":"e","type":"string","default":"none"},{"name":"k","type":["null","int"],"default":null}]}`)
	cols := columnsOf(t, "a", "double precision", "fresh", "text", "e", "text", "k", "integer")
	x := newTour(t, cols, "AVRO")
	x.dec.Use(c)
	for _, r := range []struct {
		value string
		want  string
	}{
		{"\x00\x00\x00\x00\x01\x06\x02\x02z\x00\x04hi", "|3|hi|none|NULL"},
		{"\x00\x00\x00\x00\x02\x02\x08\x04hi\x02", "|4|hi|Y|NULL"},
		{"\x00\x00\x00\x00\x02\x00\x02z\x00", "|NULL|z|X|NULL"},
		{"\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\xf0\x3f\x02f\x02e\x02\x0e", "|1|f|e|7"},
	} {
		if got := x.text(x.read([]byte(r.value))); got != r.want {
			t.Errorf("%x: %s, want %s", r.value, got, r.want)
		}
	}
	// The ID may stand in a header instead.
	x.dec.Add(&batch.Record{Value: []byte("\x02\x08\x04hi\x02"), Headers: []batch.Header{{Key: "__value_schema_id", Value: []byte{0, 0, 0, 0, 2}}}})
	if b, bad := x.dec.Finish(); len(bad) > 0 || x.text(rowOf(b, 0)) != "|4|hi|Y|NULL" {
		t.Errorf("%v", bad)
	}
	x.dec.Add(&batch.Record{Value: []byte("\x00\x00\x00\x00\x63\x02")})
	x.dec.Add(&batch.Record{Value: []byte("{}")})
	_, bad := x.dec.Finish()
	if len(bad) != 2 || !sqlerr.Is(bad[0].Err, sqlerr.UndefinedObject) || !sqlerr.Is(bad[1].Err, sqlerr.InvalidBinaryRepresent) {
		t.Errorf("%v", bad)
	}
}

// TestProtobufIndexes reads messages by their index path, and writes the one
// that the format names.
func TestProtobufIndexes(t *testing.T) {
	c := registeredAs(t, "r-value", schema.Protobuf, `syntax = "proto3"; message A { int32 x = 1; } message B { message C { int64 a = 3; optional string s = 4; } C c = 1; }`)
	cols := columnsOf(t, "a", "bigint", "s", "text")
	x := newTour(t, cols, "PROTOBUF", catalog.Prop{Name: "full_schema_name", Value: "C"}, catalog.Prop{Name: "schema_id", Value: "1"})
	x.dec.Use(c)
	if err := x.in.Use(c); err != nil {
		t.Fatal(err)
	}
	p := x.write(types.Row{int64(5), nil})
	if string(p) != "\x00\x00\x00\x00\x01\x04\x02\x00\x18\x05" {
		t.Errorf("%x", p)
	}
	if got := x.text(x.read(p)); got != "|5|NULL" {
		t.Error(got)
	}
	if got := x.text(x.read([]byte("\x00\x00\x00\x00\x01\x00\x08\x05"))); got != "|NULL|NULL" {
		t.Error(got) // message A has neither
	}
}

// TestWritersSchema writes by the IDs of a registry.
func TestWritersSchema(t *testing.T) {
	cols := columnsOf(t, "a", "integer", "b", "text")
	own, err := schema.FromColumns(schema.Avro, cols, schema.Mapping{})
	if err != nil {
		t.Fatal(err)
	}
	other := `{"type":"record","name":"r","fields":[{"name":"b","type":"string"},{"name":"z","type":"int","default":9},{"name":"a","type":["null","long"]}]}`
	for _, r := range []struct {
		texts []string
		pin   string
		want  string
	}{
		{[]string{other, own}, "", "\x00\x00\x00\x00\x02\x02\x0a\x02\x02x"},
		{[]string{own, other}, "", "\x00\x00\x00\x00\x01\x02\x0a\x02\x02x"},
		{[]string{other}, "", "\x00\x00\x00\x00\x01\x02x\x12\x02\x0a"},
		{[]string{other, own}, "1", "\x00\x00\x00\x00\x01\x02x\x12\x02\x0a"},
	} {
		var props []catalog.Prop
		if r.pin != "" {
			props = append(props, catalog.Prop{Name: "schema_id", Value: r.pin})
		}
		x := newTour(t, cols, "AVRO", props...)
		c := registeredAs(t, "r-value", schema.Avro, r.texts...)
		x.dec.Use(c)
		if err := x.in.Use(c); err != nil {
			t.Fatal(err)
		}
		p := x.write(types.Row{int64(5), "x"})
		if string(p) != r.want {
			t.Errorf("%x, want %x", p, r.want)
		}
		if got := x.text(x.read(p)); got != "|5|x" {
			t.Error(got)
		}
		if _, err := x.in.Rows([]types.Row{{int64(5), nil}}, []int64{0}); (err != nil) != (r.want[5] == 2 && r.want[6] == 'x') {
			t.Errorf("NULL in a required field: %v", err)
		}
	}
	x := newTour(t, cols, "AVRO", catalog.Prop{Name: "schema_id", Value: "77"})
	if err := x.in.Use(catalog.New()); !sqlerr.Is(err, sqlerr.UndefinedObject) {
		t.Errorf("%v", err)
	}
}
