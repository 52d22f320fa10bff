package schema_test

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/types"
)

// show lists columns as ksqlDB prints types.
func show(s types.Schema) string {
	parts := make([]string, len(s))
	for i, c := range s {
		parts[i] = c.Name + " " + c.Type.KsqlString()
	}
	return strings.Join(parts, ", ")
}

// TestInference: the columns that schemas make, in ksqlDB's meaning.
func TestInference(t *testing.T) {
	for _, c := range []struct {
		lang       schema.Language
		text, want string // want "!" begins an error
	}{
		{schema.Avro, rec(`{"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},{"name":"d","type":"double"},{"name":"s","type":"string"},{"name":"y","type":"bytes"}`),
			"b BOOLEAN, i INTEGER, l BIGINT, f DOUBLE, d DOUBLE, s STRING, y BYTES"},
		{schema.Avro, rec(`{"name":"e","type":{"type":"enum","name":"E","symbols":["A"]}},{"name":"x","type":{"type":"fixed","name":"X","size":2}}`), "e STRING, x BYTES"},
		{schema.Avro, rec(`{"name":"n","type":["null","int"]},{"name":"m","type":["int","null"]}`), "n INTEGER, m INTEGER"},
		{schema.Avro, rec(`{"name":"u","type":["null","int","string"]}`), "u STRUCT<`int` INTEGER, `string` STRING>"},
		{schema.Avro, rec(`{"name":"a","type":{"type":"array","items":["null","long"]}},{"name":"m","type":{"type":"map","values":"double"}}`), "a ARRAY<BIGINT>, m MAP<STRING, DOUBLE>"},
		{schema.Avro, rec(`{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}},{"name":"t","type":{"type":"int","logicalType":"date"}},{"name":"m","type":{"type":"int","logicalType":"time-millis"}},{"name":"s","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"u","type":{"type":"long","logicalType":"timestamp-micros"}}`),
			"d DECIMAL(4, 2), t DATE, m TIME, s TIMESTAMP, u BIGINT"},
		{schema.Avro, rec(`{"name":"next","type":["null","r"]}`), "!recursive"},
		{schema.Avro, rec(`{"name":"n","type":"null"}`), "!null alone"},
		{schema.Avro, `"int"`, "!anonymous type"},
		{schema.Protobuf, msg("uint32 u = 1; fixed64 f = 2; sint32 z = 3; float g = 4; bytes y = 5; enum E {X = 0;} E e = 6; oneof o { string p = 7; int32 q = 8; }"),
			"u BIGINT, f BIGINT, z INTEGER, g DOUBLE, y BYTES, e STRING, p STRING, q INTEGER"},
		{schema.Protobuf, `syntax = "proto3"; import "google/protobuf/wrappers.proto"; import "google/protobuf/timestamp.proto"; import "google/type/date.proto"; import "google/type/timeofday.proto"; import "confluent/type/decimal.proto"; import "confluent/meta.proto";
message M { google.protobuf.Int32Value w = 1; google.protobuf.Timestamp t = 2; google.type.Date d = 3; google.type.TimeOfDay c = 4;
confluent.type.Decimal n = 5 [(confluent.field_meta) = { params: [ { key: "precision", value: "4" }, { key: "scale", value: "2" } ] }]; }`,
			"w INTEGER, t TIMESTAMP, d DATE, c TIME, n DECIMAL(4, 2)"},
		{schema.Protobuf, msg("map<string, int64> m = 1; repeated N n = 2; message N { int32 x = 1; }"), "m MAP<STRING, BIGINT>, n ARRAY<STRUCT<`x` INTEGER>>"},
		{schema.Protobuf, msg("map<int32, int64> m = 1;"), "m MAP<INTEGER, BIGINT>"},
		{schema.Protobuf, msg("M m = 1;"), "!recursive"},
		{schema.JSON, `{"type":"object","properties":{"b":{"connect.index":1,"type":"integer","connect.type":"int32"},"a":{"connect.index":0,"type":["null","integer"]},"n":{"type":"number"},"s":{"enum":["x"]},"o":{"type":"object","additionalProperties":{"type":"boolean"}}}}`,
			"a BIGINT, b INTEGER, n DOUBLE, s STRING, o MAP<STRING, BOOLEAN>"},
		{schema.JSON, `{"type":"object","properties":{"a":{"oneOf":[{"type":"null"},{"type":"array","items":{"type":"string"}}]},"u":{"oneOf":[{"type":"string"},{"type":"boolean"}]},"r":{"$ref":"#/definitions/r"}},"definitions":{"r":{"type":"object","properties":{"x":{"type":"string","connect.type":"bytes"}}}}}`,
			"a ARRAY<STRING>, u STRUCT<`connect_union_field_0` STRING, `connect_union_field_1` BOOLEAN>, r STRUCT<`x` BYTES>"},
		{schema.JSON, `{"type":"object","properties":{"n":{"$ref":"#"}}}`, "!recursive"},
		{schema.JSON, `{"allOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"properties":{"b":{"type":"integer"}}}]}`, "a STRING, b BIGINT"},
	} {
		p, err := schema.Parse(c.lang, c.text, nil)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		cols, err := p.Columns(schema.Mapping{Ksql: true})
		got := show(cols)
		if err != nil {
			got = "!" + err.Error()
		}
		if got != c.want && !(c.want[0] == '!' && got[0] == '!' && strings.Contains(got, c.want[1:])) {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestColumnsThereAndBack: what columns make describes the same columns.
func TestColumnsThereAndBack(t *testing.T) {
	cols := parse(t, "b boolean; i integer; l bigint; d double precision; n numeric(6,2); s text; y bytea; ts timestamp with time zone; dt date; tm time; a bigint[]; m MAP<text, date>; st STRUCT<f integer, g text[]>")
	ours := append(cols, parse(t, "u uuid; iv interval; j jsonb; v character varying(3); x numeric; e ENUM<\"My mood\" 9 10 \"it's \"\"b\"\"\" \"\">")...)
	for _, lang := range []schema.Language{schema.Avro, schema.Protobuf, schema.JSON} {
		for _, ksql := range []bool{true, false} {
			want := ours
			if ksql {
				want = cols
			}
			m := schema.Mapping{Ksql: ksql, Nullable: "OPTIONAL"}
			text, err := schema.FromColumns(lang, want, m)
			if err != nil {
				t.Fatal(err)
			}
			p, err := schema.Parse(lang, text, nil)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			got, err := p.Columns(m)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if !got[i].Type.Equal(want[i].Type) || got[i].Name != want[i].Name {
					t.Errorf("%s, ksql %t: %s %s, want %s", lang, ksql, got[i].Name, got[i].Type, want[i].Type)
				}
			}
		}
	}
}

func TestRefusedSchemas(t *testing.T) {
	m := types.Schema{{Name: "m", Type: types.TMap(types.TInt, types.TInt)}}
	for lang, want := range map[schema.Language]string{
		schema.Avro: "Avro only supports MAPs with STRING keys", schema.Protobuf: "PROTOBUF format only supports MAP types with STRING keys",
		schema.JSON: "JSON only supports MAP types with STRING keys",
	} {
		if _, err := schema.FromColumns(lang, m, schema.Mapping{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", lang, err)
		}
	}
	if _, err := schema.FromColumns(schema.Avro, types.Schema{{Name: "@x", Type: types.TInt}}, schema.Mapping{}); err == nil || !strings.Contains(err.Error(), "Illegal initial character: @x") {
		t.Errorf("%v", err)
	}
	for _, c := range []struct {
		lang schema.Language
		text string
	}{
		{schema.Avro, `{"type":"record"}`}, {schema.Avro, strings.Repeat("[", 100000)}, {schema.JSON, `{"type":"nonsense"}`},
		{schema.JSON, strings.Repeat(`{"not":`, 100000)}, {schema.JSON, `{"$ref":"file:///etc/hosts"}`}, {schema.Protobuf, "message {"},
		{schema.Protobuf, `syntax = "proto3"; import "/etc/hosts";`}, {"XML", "<a/>"},
	} {
		if _, err := schema.Parse(c.lang, c.text, nil); err == nil {
			t.Errorf("%s: %.40s is taken", c.lang, c.text)
		}
	}
}
