package catalog

import (
	"maps"
	"slices"
	"sort"

	"github.com/leatdb/leat/catalog/schema"
)

// registry is the schema registry's part of the state. Maps may be nil: catalogs
// of before have none.
type registry struct {
	NextID   int32                   `json:",omitempty"` // of the next schema, from 1
	Schemas  map[int32]*StoredSchema `json:",omitempty"`
	Subjects map[string]*Subject     `json:",omitempty"`
	Level    schema.Level            `json:",omitempty"` // "" is DefaultLevel
}

// SchemaReference is what a schema says of another one: its own name for it, and
// where it is registered.
type SchemaReference struct {
	Name    string // Avro full name, Protobuf import path, JSON $ref
	Subject string
	Version int // -1 is the latest; stored as the number it was
}

// StoredSchema is one registered schema. The same text with the same references
// has one ID in all subjects. Values are immutable once in a Snapshot.
type StoredSchema struct {
	ID   int32
	Lang schema.Language
	Text string            // canonical
	Refs []SchemaReference `json:",omitempty"`
}

// Subject is a name under which versions of a schema are registered.
type Subject struct {
	Name     string
	Level    schema.Level     `json:",omitempty"` // "" is the registry's
	Versions []SubjectVersion // ascending; numbers are never used again
}

// SubjectVersion is one version of a subject. A deleted one is hidden and its
// schema is still found by ID.
type SubjectVersion struct {
	Version int
	ID      int32
	Deleted bool `json:",omitempty"`
}

// clone copies the maps, not the objects (C4).
func (g registry) clone() registry {
	g.Schemas, g.Subjects = maps.Clone(g.Schemas), maps.Clone(g.Subjects)
	return g
}

func (g *registry) check() bool {
	for _, s := range g.Schemas {
		if s == nil {
			return false
		}
	}
	return !hasNil(g.Subjects)
}

// live lists the versions that are not deleted.
func (s *Subject) live() []SubjectVersion {
	return slices.DeleteFunc(slices.Clone(s.Versions), func(v SubjectVersion) bool { return v.Deleted })
}

// version finds a live version; -1 is the latest.
func (s *Subject) version(n int) (SubjectVersion, bool) {
	live := s.live()
	if n == -1 && len(live) > 0 {
		return live[len(live)-1], true
	}
	for _, v := range live {
		if v.Version == n {
			return v, true
		}
	}
	return SubjectVersion{}, false
}

// find gives the ID of a schema by what it is.
func (g *registry) find(lang schema.Language, text string, refs []SchemaReference) (int32, bool) {
	ids := slices.Sorted(maps.Keys(g.Schemas))
	for _, id := range ids {
		s := g.Schemas[id]
		if s.Lang == lang && s.Text == text && slices.Equal(s.Refs, refs) {
			return id, true
		}
	}
	return 0, false
}

// levelOf is the level that holds for a subject.
func (g *registry) levelOf(subject string) schema.Level {
	if s, ok := g.Subjects[subject]; ok && s.Level != "" {
		return s.Level
	}
	if g.Level != "" {
		return g.Level
	}
	return DefaultLevel
}

// maxReferences bounds how many schemas one refers to, those of the referred counted.
const maxReferences = 256

// dependencies collects the texts that refs lead to, each after its own.
func (g *registry) dependencies(refs []SchemaReference, into []schema.Dependency) ([]schema.Dependency, bool) {
	for _, ref := range refs {
		if slices.ContainsFunc(into, func(d schema.Dependency) bool { return d.Name == ref.Name }) {
			continue
		}
		sub, ok := g.Subjects[ref.Subject]
		if !ok || len(into) > maxReferences {
			return nil, false
		}
		i := slices.IndexFunc(sub.Versions, func(v SubjectVersion) bool { return v.Version == ref.Version })
		if i < 0 {
			return nil, false
		}
		s := g.Schemas[sub.Versions[i].ID]
		if into, ok = g.dependencies(s.Refs, into); !ok {
			return nil, false
		}
		into = append(into, schema.Dependency{Name: ref.Name, Text: s.Text})
	}
	return into, true
}

// parse reads a stored schema again.
func (g *registry) parse(s *StoredSchema) (*schema.Parsed, bool) {
	deps, ok := g.dependencies(s.Refs, nil)
	if !ok {
		return nil, false
	}
	p, err := schema.Parse(s.Lang, s.Text, deps)
	return p, err == nil
}

// Subjects lists the subjects with a live version, by name.
func (s *Snapshot) Subjects() []string {
	var out []string
	for name, sub := range s.state.Registry.Subjects {
		if len(sub.live()) > 0 {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}

// SubjectVersions lists the live versions of a subject.
func (s *Snapshot) SubjectVersions(subject string) []SubjectVersion {
	sub, ok := s.state.Registry.Subjects[subject]
	if !ok {
		return nil
	}
	return sub.live()
}

// StoredSchema finds a registered schema by ID, deleted or not.
func (s *Snapshot) StoredSchema(id int32) (*StoredSchema, bool) {
	out, ok := s.state.Registry.Schemas[id]
	return out, ok
}

// SchemaByID is a registered schema, parsed.
func (s *Snapshot) SchemaByID(id int32) (*schema.Parsed, bool) {
	out, ok := s.state.Registry.Schemas[id]
	if !ok {
		return nil, false
	}
	return s.state.Registry.parse(out)
}

// LatestSchema is the newest live schema of a subject.
func (s *Snapshot) LatestSchema(subject string) (p *schema.Parsed, id int32, ok bool) {
	sub, ok := s.state.Registry.Subjects[subject]
	if !ok {
		return nil, 0, false
	}
	v, ok := sub.version(-1)
	if !ok {
		return nil, 0, false
	}
	p, ok = s.SchemaByID(v.ID)
	return p, v.ID, ok
}

// SchemaID is the ID that the schema text without references has in a subject.
func (s *Snapshot) SchemaID(subject string, lang schema.Language, text string) (int32, bool) {
	sub, ok := s.state.Registry.Subjects[subject]
	if !ok {
		return 0, false
	}
	id, ok := s.state.Registry.find(lang, text, nil)
	return id, ok && slices.ContainsFunc(sub.live(), func(v SubjectVersion) bool { return v.ID == id })
}

// SubjectLevel is the compatibility level that holds for a subject; "" is the
// registry's own.
func (s *Snapshot) SubjectLevel(subject string) schema.Level {
	return s.state.Registry.levelOf(subject)
}

// SchemaByID is that of the current Snapshot.
func (c *Catalog) SchemaByID(id int32) (*schema.Parsed, bool) { return c.Current().SchemaByID(id) }

// LatestSchema is that of the current Snapshot.
func (c *Catalog) LatestSchema(subject string) (*schema.Parsed, int32, bool) {
	return c.Current().LatestSchema(subject)
}

// SchemaID is that of the current Snapshot.
func (c *Catalog) SchemaID(subject string, lang schema.Language, text string) (int32, bool) {
	return c.Current().SchemaID(subject, lang, text)
}
