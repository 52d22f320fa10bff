package schema_test

import (
	"fmt"
	"testing"

	"github.com/leatdb/leat/catalog/schema"
)

// pairs of schemas and what speaks against the second after the first: B when
// it does not read the first's records, F when the first does not read its.
var pairs = map[schema.Language][]struct{ name, old, newer, breaks string }{
	schema.Avro: {
		{"same", rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":"int"}`), ""},
		{"field with default", rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":"int"},{"name":"b","type":"int","default":0}`), ""},
		{"field without default", rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":"int"},{"name":"b","type":"int"}`), "B"},
		{"field removed", rec(`{"name":"a","type":"int"},{"name":"b","type":"int"}`), rec(`{"name":"a","type":"int"}`), "F"},
		{"int to long", rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":"long"}`), "F"},
		{"long to int", rec(`{"name":"a","type":"long"}`), rec(`{"name":"a","type":"int"}`), "B"},
		{"int to string", rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":"string"}`), "BF"},
		{"string to bytes", rec(`{"name":"a","type":"string"}`), rec(`{"name":"a","type":"bytes"}`), ""},
		{"becomes nullable", rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":["null","int"]}`), "F"},
		{"float to double", `"float"`, `"double"`, "F"},
		{"alias", rec(`{"name":"a","type":"int"}`), rec(`{"name":"z","aliases":["a"],"type":"int"}`), "F"},
		{"renamed", rec(`{"name":"a","type":"int"}`), rec(`{"name":"z","type":"int"}`), "BF"},
		{"enum symbol added", `{"type":"enum","name":"e","symbols":["A"]}`, `{"type":"enum","name":"e","symbols":["A","B"]}`, "F"},
		{"enum symbol added with default", `{"type":"enum","name":"e","symbols":["A"],"default":"A"}`, `{"type":"enum","name":"e","symbols":["A","B"],"default":"A"}`, ""},
		{"fixed size", `{"type":"fixed","name":"f","size":4}`, `{"type":"fixed","name":"f","size":5}`, "BF"},
		{"namespace alone", `{"type":"record","name":"r","namespace":"x","fields":[]}`, `{"type":"record","name":"r","namespace":"y","fields":[]}`, ""},
		{"record name", `{"type":"record","name":"r","fields":[]}`, `{"type":"record","name":"s","fields":[]}`, "BF"},
		{"decimal scale is ignored", `{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, `{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}`, ""},
		{"union shrinks", `["int","string"]`, `["int"]`, "B"},
		{"array items", `{"type":"array","items":"int"}`, `{"type":"array","items":"long"}`, "F"},
		{"map values", `{"type":"map","values":"long"}`, `{"type":"map","values":"int"}`, "B"},
	},
	schema.Protobuf: {
		{"same", msg("int32 a = 1;"), msg("int32 a = 1;"), ""},
		{"field added", msg("int32 a = 1;"), msg("int32 a = 1; string b = 2;"), ""},
		{"field renamed", msg("int32 a = 1;"), msg("int32 z = 1;"), ""},
		{"same group", msg("int32 a = 1;"), msg("uint64 a = 1;"), ""},
		{"bool to enum", msg("bool a = 1;"), msg("enum E {X = 0;} E a = 1;"), ""},
		{"zig-zag", msg("int32 a = 1;"), msg("sint32 a = 1;"), "BF"},
		{"fixed", msg("int32 a = 1;"), msg("fixed32 a = 1;"), "BF"},
		{"string to bytes", msg("string a = 1;"), msg("bytes a = 1;"), ""},
		{"string becomes repeated", msg("string a = 1;"), msg("repeated string a = 1;"), ""},
		{"number becomes repeated", msg("int32 a = 1;"), msg("repeated int32 a = 1;"), "BF"},
		{"message added", msg("int32 a = 1;"), msg("int32 a = 1;") + " message N {}", "F"},
		{"message type", msg("N a = 1;") + " message N {} message O {}", msg("O a = 1;") + " message N {} message O {}", "BF"},
		{"nested message changes", msg("message N {int32 x = 1;} N a = 1;"), msg("message N {string x = 1;} N a = 1;"), "BF"},
		{"enum value removed", msg("enum E {X = 0; Y = 1;} E a = 1;"), msg("enum E {X = 0;} E a = 1;"), ""},
		{"package", `syntax = "proto3"; package p; message M {}`, `syntax = "proto3"; package q; message M {}`, "BF"},
		{"oneof added", msg("int32 a = 1;"), msg("int32 a = 1; oneof o { string b = 2; }"), ""},
		{"field into oneof", msg("int32 a = 1;"), msg("oneof o { int32 a = 1; string b = 2; }"), ""},
		{"fields into oneof", msg("int32 a = 1; int32 b = 2;"), msg("oneof o { int32 a = 1; int32 b = 2; }"), "B"},
		{"oneof field removed", msg("oneof o { int32 a = 1; int32 b = 2; }"), msg("oneof o { int32 a = 1; }"), "B"},
		{"map value", msg("map<string, int32> a = 1;"), msg("map<string, string> a = 1;"), "BF"},
		{"recursive", msg("M a = 1; int32 b = 2;"), msg("M a = 1; int64 b = 2;"), ""},
		{"required added", `syntax = "proto2"; message M {}`, `syntax = "proto2"; message M { required int32 a = 1; }`, "BF"},
	},
	schema.JSON: {
		{"same", `{"type":"object","properties":{"a":{"type":"string"}}}`, `{"type":"object","properties":{"a":{"type":"string"}}}`, ""},
		{"title", `{"type":"string"}`, `{"type":"string","title":"x","description":"y"}`, ""},
		{"integer to number", `{"type":"integer"}`, `{"type":"number"}`, "F"},
		{"type added", `{"type":"string"}`, `{"type":["string","null"]}`, "F"},
		{"to any", `{"type":"string"}`, `{}`, "F"},
		{"to none", `{"type":"string"}`, `false`, "B"},
		{"added to open", `{"type":"object","properties":{"a":{"type":"string"}}}`, `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}`, "B"},
		{"any value added to open", `{"type":"object"}`, `{"type":"object","properties":{"b":{}}}`, ""},
		{"added to closed", closed(`"a":{"type":"string"}`), closed(`"a":{"type":"string"},"b":{"type":"string"}`), "F"},
		{"covered by additionalProperties", `{"type":"object","additionalProperties":{"type":"string"}}`, `{"type":"object","properties":{"b":{"type":"string"}},"additionalProperties":{"type":"string"}}`, ""},
		{"covered by a pattern", `{"type":"object","patternProperties":{"^b":{"type":"integer"}},"additionalProperties":false}`, `{"type":"object","properties":{"bx":{"type":"string"}},"patternProperties":{"^b":{"type":"integer"}},"additionalProperties":false}`, "BF"},
		{"required", `{"type":"object","properties":{"a":{"type":"string"}}}`, `{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`, "B"},
		{"required with default", `{"type":"object","properties":{"a":{"type":"string"}}}`, `{"type":"object","properties":{"a":{"type":"string","default":""}},"required":["a"]}`, ""},
		{"maxLength", `{"type":"string","maxLength":3}`, `{"type":"string","maxLength":5}`, "F"},
		{"maxLength removed", `{"type":"string","maxLength":3}`, `{"type":"string"}`, "F"},
		{"minimum", `{"type":"number","minimum":3}`, `{"type":"number","minimum":5}`, "B"},
		{"pattern", `{"type":"string","pattern":"a"}`, `{"type":"string","pattern":"b"}`, "BF"},
		{"multipleOf", `{"type":"integer","multipleOf":10}`, `{"type":"integer","multipleOf":5}`, "F"},
		{"enum", `{"type":"string","enum":["a"]}`, `{"type":"string","enum":["a","b"]}`, "F"},
		{"sum type", `{"oneOf":[{"type":"string"}]}`, `{"oneOf":[{"type":"string"},{"type":"null"}]}`, "F"},
		{"to a sum type", `{"type":"string"}`, `{"oneOf":[{"type":"string"},{"type":"null"}]}`, "F"},
		{"product type", `{"allOf":[{"maxLength":3},{"minLength":1}]}`, `{"allOf":[{"maxLength":3}]}`, "F"},
		{"items", `{"type":"array","items":{"type":"integer"}}`, `{"type":"array","items":{"type":"number"}}`, "F"},
		{"uniqueItems", `{"type":"array","uniqueItems":true}`, `{"type":"array"}`, "F"},
		{"reference", `{"definitions":{"x":{"type":"string"}},"$ref":"#/definitions/x"}`, `{"type":"string"}`, ""},
		{"recursive", `{"type":"object","properties":{"next":{"$ref":"#"}}}`, `{"type":"object","properties":{"next":{"$ref":"#"}}}`, ""},
		{"not", `{"not":{"type":"string"}}`, `{"not":{"type":["string","null"]}}`, "B"},
		{"dependencies", `{"type":"object"}`, `{"type":"object","dependencies":{"a":["b"]}}`, "B"},
	},
}

func rec(fields string) string { return `{"type":"record","name":"r","fields":[` + fields + `]}` }

func msg(body string) string { return `syntax = "proto3"; message M { ` + body + ` }` }

func closed(props string) string {
	return `{"type":"object","properties":{` + props + `},"additionalProperties":false}`
}

func TestRegisteredLevels(t *testing.T) {
	for lang, cases := range pairs {
		for _, c := range cases {
			old, err := schema.Parse(lang, c.old, nil)
			if err != nil {
				t.Fatalf("%s %s: %v", lang, c.name, err)
			}
			newer, err := schema.Parse(lang, c.newer, nil)
			if err != nil {
				t.Fatalf("%s %s: %v", lang, c.name, err)
			}
			got := ""
			if len(newer.Reads(old)) > 0 {
				got = "B"
			}
			if len(old.Reads(newer)) > 0 {
				got += "F"
			}
			if got != c.breaks {
				t.Errorf("%s, %s: breaks %q, want %q: %v | %v", lang, c.name, got, c.breaks, newer.Reads(old), old.Reads(newer))
			}
			for _, level := range schema.Levels {
				found := fmt.Sprint(len(newer.Follows(level, []*schema.Parsed{old})) > 0)
				want := level != schema.None && (got == "BF" || got == "B" && level[0] != 'F' || got == "F" && level[0] == 'F' && level[1] == 'O' || got != "" && level[0] == 'F' && level[1] == 'U')
				if found != fmt.Sprint(want) {
					t.Errorf("%s, %s at %s: found %s", lang, c.name, level, found)
				}
				if len(newer.Follows(level, []*schema.Parsed{newer})) > 0 {
					t.Errorf("S2: %s, %s at %s: not compatible with itself", lang, c.name, level)
				}
			}
		}
	}
}
