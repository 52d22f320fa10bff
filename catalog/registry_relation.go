package catalog

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// KeySubject is the subject of the keys of a topic's records.
func KeySubject(topic string) string { return topic + "-key" }

// ValueSubject is the subject of the values of a topic's records.
func ValueSubject(topic string) string { return topic + "-value" }

// MappingOf says how n columns of one side of relation's records are written.
// wrap is of the value: a single column has an envelope.
func MappingOf(relation string, f Format, n int, key, wrap, ksql bool) schema.Mapping {
	lang, _ := schema.LanguageOf(f.Name)
	m := schema.Mapping{Name: f.Prop("full_schema_name"), Ksql: ksql, Nullable: strings.ToUpper(f.Prop("nullable_representation"))}
	if m.Nullable == "" && !ksql {
		m.Nullable = "OPTIONAL" // NULLs are kept unless ksqlDB's defaults are asked for
	}
	m.Bare = n == 1 && (key || !wrap) && lang != schema.Protobuf
	if m.Name == "" && key && lang == schema.Avro {
		m.Name = schema.KeyName(relation)
	}
	return m
}

// SchemaIDOf is the ID that a format's records are pinned to, 0 for none.
func SchemaIDOf(f Format) int32 {
	n, err := strconv.ParseInt(f.Prop("schema_id"), 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

// sides cuts a relation's columns into those of the key and those of the value.
func sides(r *Relation) (key, val types.Schema) {
	for i, c := range r.Schema {
		if _, header := r.Headers[i]; header {
			continue
		}
		if c.Key {
			key = append(key, c)
		} else {
			val = append(val, c)
		}
	}
	return key, val
}

// registerColumns registers the schemas of a relation's key and value, if their
// formats have some. A declared relation leaves a subject as it finds it: its
// topic has another writer.
func (t *tx) registerColumns(r *Relation, changed bool) *sqlerr.Error {
	if r.Kind == View || r.Topic == "" {
		return nil
	}
	key, val := sides(r)
	ksql := isKsql(r.Meaning)
	km := MappingOf(r.Name, r.KeyFormat, len(key), true, true, ksql)
	if err := t.registerSide(r, KeySubject(r.Topic), r.KeyFormat, key, km, changed); err != nil {
		return err
	}
	vm := MappingOf(r.Name, r.ValueFormat, len(val), false, r.WrapSingle, ksql)
	return t.registerSide(r, ValueSubject(r.Topic), r.ValueFormat, val, vm, changed)
}

func (t *tx) registerSide(r *Relation, subject string, f Format, cols types.Schema, m schema.Mapping, changed bool) *sqlerr.Error {
	lang, ok := schema.LanguageOf(f.Name)
	if !ok || !schema.Registers(f.Name) || len(cols) == 0 {
		return nil
	}
	if id := SchemaIDOf(f); id != 0 {
		s, ok := t.s.Registry.Schemas[id]
		if !ok || s.Lang != lang {
			return sqlerr.New(sqlerr.UndefinedObject, "%s schema with ID %d does not exist", lang, id)
		}
		return nil
	}
	if sub, ok := t.s.Registry.Subjects[subject]; ok && !r.Derived && !changed && len(sub.live()) > 0 {
		return nil
	}
	text, err := schema.FromColumns(lang, cols, m)
	if err != nil {
		return sqlerr.From(err)
	}
	_, _, fault := t.register(&RegisterSchema{Subject: subject, Lang: lang, Text: text})
	if fault != nil && isKsql(r.Meaning) {
		fault.Message = "Could not register schema for topic: " + fault.Message
	}
	return fault
}
