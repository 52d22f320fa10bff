package catalog_test

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
)

func avroSchema(subject, fields string) *catalog.RegisterSchema {
	return &catalog.RegisterSchema{Subject: subject, Lang: schema.Avro, Text: `{"type":"record","name":"r","fields":[` + fields + `]}`}
}

func TestRegistryIDsAndVersions(t *testing.T) {
	w := newWorld(t)
	one := `{"name":"a","type":"int"}`
	two := one + `,{"name":"b","type":"int","default":0}`
	for _, c := range []struct {
		subject, fields string
		id              int32
		version         int
	}{
		{"s", one, 1, 1},
		{"s", one, 1, 1},       // again
		{"s", " " + one, 1, 1}, // blanks do not matter
		{"t", one, 1, 1},       // the same schema elsewhere
		{"s", two, 2, 2},
		{"t", two, 2, 2},
	} {
		res := w.ok(avroSchema(c.subject, c.fields))
		if res.SchemaID != c.id || res.SchemaVersion != c.version {
			t.Errorf("%s %s: ID %d version %d, want %d and %d", c.subject, c.fields, res.SchemaID, res.SchemaVersion, c.id, c.version)
		}
	}
	w.no(avroSchema("s", `{"name":"a","type":"string"}`), "incompatible", "reading version 2")
	w.no(avroSchema("s", `{"name":"a"}`), "22023", "invalid AVRO schema")
	w.no(&catalog.RegisterSchema{Subject: "s", Lang: schema.JSON, Text: `{"type":"object"}`}, "the schema type is JSON and was AVRO")
	w.ok(&catalog.SetSubjectLevel{Subject: "s", Level: "none"})
	if res := w.ok(avroSchema("s", `{"name":"a","type":"string"}`)); res.SchemaVersion != 3 {
		t.Errorf("version %d", res.SchemaVersion)
	}
	snap := w.c.Current()
	if got := strings.Join(snap.Subjects(), " "); got != "s t" {
		t.Errorf("subjects %s", got)
	}
	if p, id, ok := snap.LatestSchema("t"); !ok || id != 2 || p.Lang != schema.Avro {
		t.Errorf("latest of t: %v %d", p, id)
	}
	w.no(&catalog.SetSubjectLevel{Level: ""}, "compatibility level")
	w.ok(&catalog.SetSubjectLevel{Level: "FULL"})
	w.no(avroSchema("t", one+`,{"name":"c","type":"int"}`), "has no default")
	if found, err := snap.CheckSchema("t", schema.Avro, `{"type":"record","name":"r","fields":[{"name":"a","type":"bytes"}]}`, nil); err != nil || len(found) == 0 || found[0].Version != 2 {
		t.Errorf("check: %v %v", found, err)
	}
}

func TestRegistryDeletes(t *testing.T) {
	w := newWorld(t)
	w.ok(avroSchema("s", `{"name":"a","type":"int"}`))
	w.ok(avroSchema("s", `{"name":"a","type":"int"},{"name":"b","type":"int","default":0}`))
	w.no(&catalog.DeleteSubject{Subject: "s", Version: 2, Permanent: true}, "not deleted first")
	w.ok(&catalog.DeleteSubject{Subject: "s", Version: -1})
	if v := w.c.Current().SubjectVersions("s"); len(v) != 1 || v[0].Version != 1 {
		t.Errorf("versions %v", v)
	}
	w.no(&catalog.DeleteSubject{Subject: "s", Version: 2}, "has no version 2")
	if _, ok := w.c.Current().SchemaByID(2); !ok {
		t.Error("a deleted version's schema is gone by ID")
	}
	// The number of a deleted version is not used again.
	if res := w.ok(avroSchema("s", `{"name":"a","type":"long"}`)); res.SchemaVersion != 3 || res.SchemaID != 3 {
		t.Errorf("%+v", res)
	}
	w.ok(&catalog.DeleteSubject{Subject: "s"})
	w.ok(&catalog.DeleteSubject{Subject: "s", Permanent: true})
	w.no(&catalog.DeleteSubject{Subject: "s"}, "does not exist")
}

func TestRegistryReferences(t *testing.T) {
	w := newWorld(t)
	event := &catalog.RegisterSchema{Subject: "event.proto", Lang: schema.Protobuf, Text: `syntax = "proto3"; message Event { int64 ts = 1; }`}
	w.ok(event)
	main := &catalog.RegisterSchema{Subject: "s-value", Lang: schema.Protobuf, Text: `syntax = "proto3"; import "event.proto"; message L { Event e = 1; }`,
		Refs: []catalog.SchemaReference{{Name: "event.proto", Subject: "event.proto", Version: -1}}}
	w.no(&catalog.RegisterSchema{Subject: "s-value", Lang: schema.Protobuf, Text: main.Text}, "invalid PROTOBUF schema", "event.proto")
	main.ID = 40
	if res := w.ok(main); res.SchemaID != 40 {
		t.Errorf("ID %d", res.SchemaID)
	}
	p, ok := w.c.SchemaByID(40)
	if !ok {
		t.Fatal("not found")
	}
	cols, err := p.Columns(schema.Mapping{Ksql: true})
	if err != nil || cols[0].Type.KsqlString() != "STRUCT<`ts` BIGINT>" {
		t.Errorf("%v %v", cols, err)
	}
	w.no(&catalog.DeleteSubject{Subject: "event.proto"}, "2BP01", "s-value")
	w.no(&catalog.RegisterSchema{Subject: "x", Lang: schema.Avro, Text: `"int"`, Refs: []catalog.SchemaReference{{Name: "n", Subject: "n", Version: 1}}}, "has no version")
	w.no(&catalog.RegisterSchema{Subject: "x", Lang: schema.Avro, Text: `"int"`, ID: 40}, "another schema")
	// References of Avro are names, of JSON Schema URLs.
	w.ok(&catalog.RegisterSchema{Subject: "inner", Lang: schema.Avro, Text: `{"type":"record","name":"inner","namespace":"n","fields":[{"name":"x","type":"int"}]}`})
	w.ok(&catalog.RegisterSchema{Subject: "outer", Lang: schema.Avro, Text: `{"type":"record","name":"o","fields":[{"name":"i","type":"n.inner"}]}`,
		Refs: []catalog.SchemaReference{{Name: "n.inner", Subject: "inner", Version: 1}}})
	w.ok(&catalog.RegisterSchema{Subject: "ji", Lang: schema.JSON, Text: `{"type":"object","properties":{"x":{"type":"integer"}}}`})
	w.ok(&catalog.RegisterSchema{Subject: "jo", Lang: schema.JSON, Text: `{"type":"object","properties":{"i":{"$ref":"ji.json"}}}`,
		Refs: []catalog.SchemaReference{{Name: "ji.json", Subject: "ji", Version: 1}}})
	jo, _, _ := w.c.LatestSchema("jo")
	if cols, err := jo.Columns(schema.Mapping{}); err != nil || cols[0].Type.KsqlString() != "STRUCT<`x` BIGINT>" {
		t.Errorf("%v %v", cols, err)
	}
}

// TestRegistryOfRelations: CREATE registers in its own command.
func TestRegistryOfRelations(t *testing.T) {
	w := newWorld(t)
	mk := func(name, topic, format, cols string) *catalog.CreateRelation {
		c := ksql(stream(name, cols))
		c.Relation.Topic, c.Relation.WrapSingle = topic, true
		c.Relation.KeyFormat, c.Relation.ValueFormat = catalog.Format{Name: format}, catalog.Format{Name: format}
		return c
	}
	w.ok(mk("A_B", "t", "AVRO", "K int key, V text"))
	snap := w.c.Current()
	if got := strings.Join(snap.Subjects(), " "); got != "t-key t-value" {
		t.Errorf("subjects %s", got)
	}
	if s, _ := snap.StoredSchema(1); s.Text != `"int"` {
		t.Errorf("key %s", s.Text)
	}
	want := `{"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields":[{"name":"V","type":["null","string"],"default":null}],"connect.name":"io.confluent.ksql.avro_schemas.KsqlDataSourceSchema"}`
	if s, _ := snap.StoredSchema(2); s.Text != want {
		t.Errorf("value %s", s.Text)
	}
	// Another declaration over the topic leaves it alone, a derived one must fit.
	w.ok(mk("C", "t", "AVRO", "K int key, V int"))
	d := mk("D", "t", "AVRO", "K int key, V int")
	d.Relation.Derived = true
	w.no(d, "Could not register schema for topic", "t-value")
	w.ok(mk("P", "p", "PROTOBUF_NOSR", "V int"))
	w.ok(mk("J", "j", "JSON_SR", "V int"))
	if s := w.c.Current().SubjectVersions("p-value"); s != nil {
		t.Errorf("PROTOBUF_NOSR registers: %v", s)
	}
	bad := mk("X", "x", "AVRO", "V int")
	bad.Relation.ValueFormat.Props = []catalog.Prop{{Name: "schema_id", Value: "99"}}
	w.no(bad, "AVRO schema with ID 99 does not exist")
}
