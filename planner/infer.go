package planner

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// SchemaCatalog is a Catalog with a schema registry; one without has no
// registered schemas.
type SchemaCatalog interface {
	Catalog
	// SchemaFor is the newest schema of a subject, or with id other than 0 the
	// schema of that ID.
	SchemaFor(subject string, id int32) (*schema.Parsed, bool)
}

func (b *binder) schemaFor(subject string, id int32) (*schema.Parsed, bool) {
	if c, ok := b.cat.(SchemaCatalog); ok {
		return c.SchemaFor(subject, id)
	}
	return nil, false
}

// infer reads the columns that a declaration leaves out from registered
// schemas: those of a side with none declared and a format with schemas.
func (b *binder) infer(r *catalog.Relation, stmt *sql.CreateSource, p *properties) (key, val types.Schema) {
	key, val = b.inferSide(r, stmt, p, "KEY", true), b.inferSide(r, stmt, p, "VALUE", false)
	for i := range key {
		key[i].Key, key[i].NotNull = true, r.Kind == catalog.Table
	}
	return key, val
}

func (b *binder) inferSide(r *catalog.Relation, stmt *sql.CreateSource, p *properties, side string, key bool) types.Schema {
	f := b.declaredFormat(p, side)
	pinned := p.has(side + "_SCHEMA_ID")
	lang, ok := schema.LanguageOf(f.Name)
	if !ok || !schema.Registers(f.Name) {
		if pinned {
			p.bad(side+"_SCHEMA_ID", "%s_FORMAT should support schema inference when %s_SCHEMA_ID is provided. Current format is %s.", side, side, f.Name)
		}
		return nil
	}
	for _, d := range stmt.Columns {
		if isKeyColumn(b, stmt, &d) != key || d.Headers || d.HeaderKey != nil {
			continue
		}
		if pinned {
			p.bad(side+"_SCHEMA_ID", "Table elements and %s_SCHEMA_ID cannot both exist for create statement.", side)
		}
		return nil
	}
	topic := r.Name
	if p.has("KAFKA_TOPIC") {
		topic = p.vals["KAFKA_TOPIC"]
	}
	subject := catalog.ValueSubject(topic)
	if key {
		subject = catalog.KeySubject(topic)
	}
	s, ok := b.schemaFor(subject, catalog.SchemaIDOf(f))
	if !ok || s.Lang != lang {
		if key && !b.ksql && !pinned {
			return nil // a stream without a key
		}
		b.noSchema(side, topic, subject, f, stmt.Pos)
	}
	m := catalog.MappingOf(r.Name, f, 0, key, true, b.ksql)
	m.Name, m.Upper = f.Prop("full_schema_name"), b.ksql && !pinned
	m.Bare = lang != schema.Protobuf && (key || strings.EqualFold(p.vals["WRAP_SINGLE_VALUE"], "false"))
	m.Column = bareName(b.ksql, key)
	if lang == schema.Protobuf && b.ksql {
		if _, found := s.Message(m.Name); !found {
			b.noSchema(side, topic, subject, f, stmt.Pos)
		}
	}
	cols, err := s.Columns(m)
	if err != nil {
		e := sqlerr.From(err)
		fail(e.At(stmt.Pos))
	}
	if b.ksql && !m.Bare {
		cols = supportedColumns(cols)
	}
	for i := range cols {
		cols[i].Type = b.knownType(cols[i].Type)
	}
	return cols
}

// supportedColumns leaves out what ksqlDB leaves out of registered schemas: maps
// whose keys are not text, and fields that are or hold them.
func supportedColumns(cols types.Schema) types.Schema {
	var out types.Schema
	for _, c := range cols {
		var ok bool
		if c.Type, ok = supportedType(c.Type); ok {
			out = append(out, c)
		}
	}
	return out
}

func supportedType(t types.Type) (types.Type, bool) {
	switch t.Kind {
	case types.Map:
		elem, ok := supportedType(*t.Elem)
		return types.TMap(*t.Key, elem), ok && t.Key.Kind == types.String
	case types.Array:
		elem, ok := supportedType(*t.Elem)
		return types.TArray(elem), ok
	case types.Struct:
		var fields []types.Field
		for _, f := range t.Fields {
			if ft, ok := supportedType(f.Type); ok {
				fields = append(fields, types.Field{Name: f.Name, Type: ft})
			}
		}
		return types.TStruct(fields...), true
	}
	return t, true
}

// knownType is t with the enums that are not this catalog's as text: a schema
// may come from another server.
func (b *binder) knownType(t types.Type) types.Type {
	switch t.Kind {
	case types.Enum:
		if known, ok := b.cat.CustomType(t.Labels.Name); ok && known.Equal(t) {
			return known
		}
		return types.TString
	case types.Array:
		return types.TArray(b.knownType(*t.Elem))
	case types.Map:
		return types.TMap(*t.Key, b.knownType(*t.Elem))
	case types.Struct:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = types.Field{Name: f.Name, Type: b.knownType(f.Type)}
		}
		return types.TStruct(fields...)
	}
	return t
}

// bareName is the column of a value without fields.
func bareName(ksql, key bool) string {
	switch {
	case ksql && key:
		return "ROWKEY"
	case ksql:
		return "ROWVAL"
	case key:
		return "key"
	}
	return "value"
}

// declaredFormat is the format of a side of a declaration, defaults filled in.
func (b *binder) declaredFormat(p *properties, side string) catalog.Format {
	def := catalog.Format{Name: "JSON"}
	if b.ksql {
		if side == "KEY" {
			def.Name = "KAFKA"
		}
		if v, ok := b.opt.setting("ksql.persistence.default.format." + strings.ToLower(side)); ok && v != "" {
			def.Name = strings.ToUpper(v)
		}
	}
	return p.format(side, def)
}

func (b *binder) noSchema(side, topic, subject string, f catalog.Format, pos int) {
	what := "Subject: " + subject
	if id := catalog.SchemaIDOf(f); id != 0 {
		what = "Schema Id: " + strconv.Itoa(int(id))
	}
	if b.ksql {
		fail(sqlerr.New(sqlerr.UndefinedObject, "Schema for message %ss on topic '%s' does not exist in the Schema Registry.\n%s\nPossible causes include:\n- The topic itself does not exist\n- Messages on the topic are not serialized using a format Schema Registry supports\n- Messages have not been serialized using the %s serializer\n- The schema is registered on a different instance of the Schema Registry\n- You do not have permissions to access the Schema Registry.",
			strings.ToLower(side), topic, what, f.Name).At(pos))
	}
	fail(sqlerr.New(sqlerr.UndefinedObject, "no %s schema is registered for the %ss of topic %q", f.Name, strings.ToLower(side), topic).
		WithDetail("%s.", what).WithHint("List the columns, or register the schema first.").At(pos))
}

// checkPinned holds the columns of a derived relation against the schemas that
// its formats are pinned to.
func (b *binder) checkPinned(r *catalog.Relation, pos int) {
	b.checkPinnedSide(r, r.KeyFormat, keySchema(r.Schema), true, pos)
	b.checkPinnedSide(r, r.ValueFormat, valueSchema(r.Schema), false, pos)
}

func (b *binder) checkPinnedSide(r *catalog.Relation, f catalog.Format, cols types.Schema, key bool, pos int) {
	id := catalog.SchemaIDOf(f)
	if id == 0 || len(cols) == 0 {
		return
	}
	side, subject := "value", catalog.ValueSubject(r.Topic)
	if key {
		side, subject = "key", catalog.KeySubject(r.Topic)
	}
	s, ok := b.schemaFor(subject, id)
	if !ok {
		b.noSchema(strings.ToUpper(side), r.Topic, subject, f, pos)
	}
	m := catalog.MappingOf(r.Name, f, len(cols), key, r.WrapSingle, b.ksql)
	m.Name = f.Prop("full_schema_name")
	m.Column = cols[0].Name
	want, err := s.Columns(m)
	if err != nil {
		fail(sqlerr.From(err).At(pos))
	}
	var wrong types.Schema
	for i, c := range cols {
		if i >= len(want) || want[i].Name != c.Name || !want[i].Type.Equal(c.Type) {
			wrong = append(wrong, c)
		}
	}
	for i := range want {
		want[i].Key = key
	}
	if len(wrong) > 0 || key && len(want) > len(cols) {
		fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "The following %s columns are changed, missing or reordered: [%s]. Schema from schema registry is [%s]",
			side, names(wrong), names(want)).At(pos))
	}
}
