package planner

import (
	"encoding/json"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/types"
)

// fakeRegistry is the registered schemas of a test.
type fakeRegistry struct {
	subjects map[string]*schema.Parsed
	ids      map[int32]*schema.Parsed
}

// SchemaFor implements SchemaCatalog.
func (c *fakeCatalog) SchemaFor(subject string, id int32) (*schema.Parsed, bool) {
	if id != 0 {
		p, ok := c.registry.ids[id]
		return p, ok
	}
	p, ok := c.registry.subjects[subject]
	return p, ok
}

// register gives a schema the next ID, or the one it has.
func (r *fakeRegistry) register(subject string, id int32, lang schema.Language, text string, deps ...schema.Dependency) {
	p, err := schema.Parse(lang, text, deps)
	if err != nil {
		return // the case expects it to fail
	}
	if r.ids == nil {
		r.subjects, r.ids = map[string]*schema.Parsed{}, map[int32]*schema.Parsed{}
	}
	if id == 0 {
		id = int32(len(r.ids) + 1)
	}
	r.subjects[subject], r.ids[id] = p, p
}

// registerRelation registers what a relation's columns make, as the catalog does.
func (r *fakeRegistry) registerRelation(rel *catalog.Relation) {
	side := func(subject string, f catalog.Format, cols types.Schema, key bool) {
		lang, ok := schema.LanguageOf(f.Name)
		if _, taken := r.subjects[subject]; !ok || taken || !schema.Registers(f.Name) || len(cols) == 0 || catalog.SchemaIDOf(f) != 0 {
			return
		}
		text, err := schema.FromColumns(lang, cols, catalog.MappingOf(rel.Name, f, len(cols), key, rel.WrapSingle, true))
		if err == nil {
			r.register(subject, 0, lang, text)
		}
	}
	side(catalog.KeySubject(rel.Topic), rel.KeyFormat, keySchema(rel.Schema), true)
	side(catalog.ValueSubject(rel.Topic), rel.ValueFormat, valueSchema(rel.Schema), false)
}

// qttTopic is a topic of a case with its schemas.
type qttTopic struct {
	Name, KeyFormat, ValueFormat               string
	KeySchema, ValueSchema                     json.RawMessage
	KeySchemaID, ValueSchemaID                 int32
	KeySchemaReferences, ValueSchemaReferences []struct {
		Name   string
		Schema json.RawMessage
	}
}

func (r *fakeRegistry) registerTopic(t qttTopic) {
	var deps []schema.Dependency
	for _, ref := range append(t.KeySchemaReferences, t.ValueSchemaReferences...) {
		deps = append(deps, schema.Dependency{Name: ref.Name, Text: rawText(ref.Schema)})
	}
	one := func(subject, format string, raw json.RawMessage, id int32) {
		lang, ok := schema.LanguageOf(format)
		switch {
		case len(raw) == 0:
			return
		case format == "JSON":
			lang = schema.JSON
		case !ok:
			lang = schema.Avro
		}
		r.register(subject, id, lang, rawText(raw), deps...)
	}
	one(catalog.KeySubject(t.Name), t.KeyFormat, t.KeySchema, t.KeySchemaID)
	one(catalog.ValueSubject(t.Name), t.ValueFormat, t.ValueSchema, t.ValueSchemaID)
}

// rawText is the text of a JSON string, or the JSON itself.
func rawText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
