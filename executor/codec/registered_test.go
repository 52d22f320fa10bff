package codec

import (
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/types"
)

func parsed(t *testing.T, lang schema.Language, text string, deps ...schema.Dependency) *schema.Parsed {
	t.Helper()
	p, err := schema.Parse(lang, text, deps)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func columnsOf(t *testing.T, spec ...string) types.Schema {
	t.Helper()
	var out types.Schema
	for i := 0; i < len(spec); i += 2 {
		typ, err := types.ParseType(spec[i+1])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, types.Column{Name: spec[i], Type: typ})
	}
	return out
}

// everyKind has a column of each type that ksqlDB has.
func everyKind(t *testing.T) types.Schema {
	s := columnsOf(t, "B", "boolean", "I", "integer", "L", "bigint", "D", "double precision", "N", "numeric(6,2)", "S", "text",
		"Y", "bytea", "TS", "timestamp with time zone", "DT", "date", "TM", "time", "A", "bigint[]")
	st := types.TStruct(types.Field{Name: "F0", Type: types.TInt}, types.Field{Name: "F1", Type: types.TArray(types.TString)})
	return append(s, types.Column{Name: "M", Type: types.TMap(types.TString, types.TDouble)},
		types.Column{Name: "ST", Type: st}, types.Column{Name: "AS", Type: types.TArray(st)})
}

const fullRow = `{"B":true,"I":-7,"L":998877665544332211,"D":1.5,"N":-1234.50,"S":"hé","Y":"AP8=","TS":1600000000123,"DT":-18000,"TM":86399999,"A":[1,-2,3],"M":{"a":1.5,"b":-2.0},"ST":{"F0":9,"F1":["x","y"]},"AS":[{"F0":1,"F1":[]},{"F0":2,"F1":["z"]}]}`

// TestOutside is C3 over the formats with schemas: what FromJSON writes ToJSON
// reads back.
func TestOutside(t *testing.T) {
	nulls := `{"B":null,"I":null,"L":null,"D":null,"N":null,"S":null,"Y":null,"TS":null,"DT":null,"TM":null,"A":null,"M":null,"ST":null,"AS":null}`
	zeros := `{"B":false,"I":0,"L":0,"D":0.0,"N":null,"S":"","Y":null,"TS":null,"DT":null,"TM":null,"A":[],"M":{},"ST":null,"AS":[]}`
	optional := `{"B":null,"I":null,"L":null,"D":null,"N":null,"S":null,"Y":null,"TS":null,"DT":null,"TM":null,"A":[],"M":{},"ST":null,"AS":[]}`
	for _, c := range []struct{ format, nullable, in, want string }{
		{"AVRO", "", fullRow, fullRow},
		{"AVRO", "", nulls, nulls},
		{"JSON_SR", "", fullRow, fullRow},
		{"PROTOBUF", "", fullRow, fullRow},
		{"PROTOBUF", "", nulls, zeros},
		{"PROTOBUF", "OPTIONAL", nulls, optional},
		{"PROTOBUF", "WRAPPER", nulls, optional},
		{"PROTOBUF", "WRAPPER", fullRow, fullRow},
		{"PROTOBUF_NOSR", "OPTIONAL", fullRow, fullRow},
		{"PROTOBUF_NOSR", "", nulls, zeros},
	} {
		o := Outside{Format: catalog.Format{Name: c.format}, Columns: everyKind(t), Wrap: true}
		if c.nullable != "" {
			o.Format.Props = []catalog.Prop{{Name: "nullable_representation", Value: c.nullable}}
		}
		p, err := FromJSON(o, []byte(c.in))
		if err != nil {
			t.Fatalf("%s: %v", c.format, err)
		}
		got, err := ToJSON(o, p)
		if err != nil || string(got) != c.want {
			t.Errorf("%s %s: %v\n%s\nwant\n%s", c.format, c.nullable, err, got, c.want)
		}
	}
}

// TestOutsideSchema reads and writes by schemas that no columns made.
func TestOutsideSchema(t *testing.T) {
	for _, c := range []struct {
		format string
		lang   schema.Language
		schema string
		in     string
		want   string // "" is in
	}{
		{"AVRO", schema.Avro, `"int"`, `10`, ""},
		{"AVRO", schema.Avro, `int`, `10`, ""},
		{"AVRO", schema.Avro, `{"type":"array","items":["null","string"]}`, `["a",null]`, ""},
		{"AVRO", schema.Avro, `{"type":"array","items":["null","string"]}`, `[1,2]`, `["1","2"]`},
		{"AVRO", schema.Avro, `{"type":"record","name":"r","fields":[{"name":"c1","type":"float"},{"name":"e","type":{"type":"enum","name":"x","symbols":["A","B"]}},{"name":"n","type":"int","default":3}]}`,
			`{"C1":4.5,"E":"B"}`, `{"c1":4.5,"e":"B","n":3}`},
		{"AVRO", schema.Avro, `{"type":"record","name":"r","fields":[{"name":"u","type":["null","int","string"]}]}`,
			`{"u":{"int":null,"string":"x"}}`, ""},
		{"AVRO", schema.Avro, `{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, `65.21`, ""},
		{"AVRO", schema.Avro, `{"type":"record","name":"r","fields":[{"name":"f","type":{"type":"fixed","name":"g","size":4,"logicalType":"decimal","precision":6,"scale":3}},{"name":"m","type":{"type":"map","values":"long"}}]}`,
			`{"f":-1.500,"m":{"a":1}}`, ""},
		{"PROTOBUF", schema.Protobuf, `syntax = "proto3"; message A { enum S {X = 0; Y = 1;} S c1 = 1; float f = 2; uint32 u = 3; sint64 z = 4; oneof o { string a = 5; int32 b = 6; } }`,
			`{"c1":"Y","f":1.5,"u":7,"z":-9,"a":null,"b":0}`, ""},
		{"PROTOBUF", schema.Protobuf, "syntax = \"proto3\"; import 'google/protobuf/wrappers.proto'; message A { google.protobuf.Int32Value c2 = 2; google.protobuf.StringValue c5 = 5; map<string, int64> m = 6; }",
			`{"c2":0,"c5":null,"m":{"k":3}}`, ""},
		{"JSON_SR", schema.JSON, `{"type":"object","properties":{"c1":{"type":"integer"}}}`, `{"c1":4}`, ""},
	} {
		o := Outside{Format: catalog.Format{Name: c.format}, Schema: parsed(t, c.lang, c.schema), ID: 7}
		p, err := FromJSON(o, []byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.schema, err)
			continue
		}
		got, err := ToJSON(o, p)
		if c.want == "" {
			c.want = c.in
		}
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.schema, err, got, c.want)
		}
	}
}

// TestOutsideBare: a single column of PROTOBUF_NOSR has no envelope in JSON.
func TestOutsideBare(t *testing.T) {
	for _, format := range []string{"PROTOBUF_NOSR", "AVRO", "JSON_SR", "KAFKA"} {
		o := Outside{Format: catalog.Format{Name: format}, Columns: columnsOf(t, "K", "integer"), Key: true}
		p, err := FromJSON(o, []byte("10"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ToJSON(o, p); err != nil || string(got) != "10" {
			t.Errorf("%s: %s %v", format, got, err)
		}
		if p, err := FromJSON(o, []byte("null")); p != nil || err != nil {
			t.Errorf("%s: null is %x %v", format, p, err)
		}
	}
}
