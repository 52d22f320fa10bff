package catalog

import (
	"slices"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
)

// RegisterSchema makes a schema the newest version of a subject; one that the
// subject has already keeps its version. Its Result tells SchemaID and
// SchemaVersion. ID, when not 0, is the ID to register it with, as an import
// from another registry says it; then compatibility is not checked.
type RegisterSchema struct {
	Subject string
	Lang    schema.Language
	Text    string
	Refs    []SchemaReference `json:",omitempty"`
	ID      int32             `json:",omitempty"`
}

func (*RegisterSchema) op() string { return "register_schema" }

func (c *RegisterSchema) apply(t *tx) Result {
	id, version, err := t.register(c)
	if err != nil {
		return failed(err)
	}
	return Result{SchemaID: id, SchemaVersion: version}
}

// register adds a version to a subject.
func (t *tx) register(c *RegisterSchema) (id int32, version int, fault *sqlerr.Error) {
	if err := checkName(c.Subject); err != nil {
		return 0, 0, err
	}
	g := &t.s.Registry
	refs, fault := g.resolve(c.Refs)
	if fault != nil {
		return 0, 0, fault
	}
	deps, ok := g.dependencies(refs, nil)
	if !ok {
		return 0, 0, sqlerr.New(sqlerr.ProgramLimitExceeded, "a schema has more than %d references", maxReferences)
	}
	p, err := schema.Parse(c.Lang, c.Text, deps)
	if err != nil {
		return 0, 0, sqlerr.From(err)
	}
	sub := Subject{Name: c.Subject}
	if old, ok := g.Subjects[c.Subject]; ok {
		sub = *old
	}
	id, known := g.find(c.Lang, p.Text, refs)
	if c.ID != 0 && (!known || id != c.ID) {
		if other, taken := g.Schemas[c.ID]; taken && (other.Lang != c.Lang || other.Text != p.Text) {
			return 0, 0, sqlerr.New(sqlerr.DuplicateObject, "schema ID %d is another schema", c.ID)
		}
		id, known = c.ID, g.Schemas[c.ID] != nil
	}
	if known {
		for _, v := range sub.live() {
			if v.ID == id {
				return id, v.Version, nil
			}
		}
	}
	if c.ID == 0 {
		if err := g.checkFollows(&sub, p); err != nil {
			return 0, 0, err
		}
	}
	if !known {
		id = g.add(&StoredSchema{ID: c.ID, Lang: c.Lang, Text: p.Text, Refs: refs})
	}
	version = 1
	if n := len(sub.Versions); n > 0 {
		version = sub.Versions[n-1].Version + 1
	}
	sub.Versions = append(slices.Clone(sub.Versions), SubjectVersion{Version: version, ID: id})
	if g.Subjects == nil {
		g.Subjects = map[string]*Subject{}
	}
	g.Subjects[c.Subject] = &sub
	return id, version, nil
}

// add stores a schema, with the next ID when it has none.
func (g *registry) add(s *StoredSchema) int32 {
	if g.Schemas == nil {
		g.Schemas = map[int32]*StoredSchema{}
	}
	if s.ID == 0 {
		s.ID = max(g.NextID, 1)
		for g.Schemas[s.ID] != nil { // registered with an ID of its own
			s.ID++
		}
		g.NextID = s.ID + 1
	}
	g.Schemas[s.ID] = s
	return s.ID
}

// resolve replaces "the latest" by its number.
func (g *registry) resolve(refs []SchemaReference) ([]SchemaReference, *sqlerr.Error) {
	out := slices.Clone(refs)
	for i := range out {
		sub, ok := g.Subjects[out[i].Subject]
		var v SubjectVersion
		if ok {
			v, ok = sub.version(out[i].Version)
		}
		if !ok {
			return nil, sqlerr.New(sqlerr.UndefinedObject, "schema reference \"%s\": subject \"%s\" has no version %d", out[i].Name, out[i].Subject, out[i].Version)
		}
		out[i].Version = v.Version
	}
	return out, nil
}

// checkFollows holds a new schema against the live versions at the level.
func (g *registry) checkFollows(sub *Subject, p *schema.Parsed) *sqlerr.Error {
	level := g.levelOf(sub.Name)
	found := g.violations(sub, level, p)
	if len(found) == 0 {
		return nil
	}
	return sqlerr.New(sqlerr.InvalidObjectDefinition, "schema being registered is incompatible with an earlier schema for subject \"%s\"", sub.Name).
		WithDetail("%s", schema.Describe(found)).
		WithHint("The subject's compatibility level is %s.", level)
}

func (g *registry) violations(sub *Subject, level schema.Level, p *schema.Parsed) []schema.Violation {
	var old []*schema.Parsed
	var numbers []int
	for _, v := range sub.live() {
		if o, ok := g.parse(g.Schemas[v.ID]); ok {
			old, numbers = append(old, o), append(numbers, v.Version)
		}
	}
	found := p.Follows(level, old)
	for i := range found {
		found[i].Version = numbers[found[i].Version-1]
	}
	return found
}

// CheckSchema tells what speaks against registering a schema under a subject,
// at the subject's level; nothing when it may be.
func (s *Snapshot) CheckSchema(subject string, lang schema.Language, text string, refs []SchemaReference) ([]schema.Violation, error) {
	g := &s.state.Registry
	resolved, fault := g.resolve(refs)
	if fault != nil {
		return nil, fault
	}
	deps, _ := g.dependencies(resolved, nil)
	p, err := schema.Parse(lang, text, deps)
	if err != nil {
		return nil, err
	}
	sub, ok := g.Subjects[subject]
	if !ok {
		return nil, nil
	}
	return g.violations(sub, g.levelOf(subject), p), nil
}

// DeleteSubject hides the versions of a subject, all of them or one. Permanent
// removes what is hidden already.
type DeleteSubject struct {
	Subject   string
	Version   int  // 0 is all, -1 the latest
	Permanent bool `json:",omitempty"`
}

func (*DeleteSubject) op() string { return "delete_subject" }

func (c *DeleteSubject) apply(t *tx) Result {
	g := &t.s.Registry
	old, ok := g.Subjects[c.Subject]
	if !ok || len(old.Versions) == 0 {
		return failed(sqlerr.New(sqlerr.UndefinedObject, "subject \"%s\" does not exist", c.Subject))
	}
	sub := *old
	sub.Versions = slices.Clone(old.Versions)
	which := c.Version
	if which == -1 {
		v, ok := sub.version(-1)
		if !ok {
			return failed(sqlerr.New(sqlerr.UndefinedObject, "subject \"%s\" does not exist", c.Subject))
		}
		which = v.Version
	}
	found := false
	for i := len(sub.Versions) - 1; i >= 0; i-- {
		v := &sub.Versions[i]
		if which != 0 && v.Version != which {
			continue
		}
		if by := g.referrer(c.Subject, v.Version); by != "" {
			return failed(sqlerr.New(sqlerr.DependentObjects, "version %d of subject \"%s\" is referenced by subject \"%s\"", v.Version, c.Subject, by))
		}
		switch {
		case !c.Permanent && v.Deleted:
			continue
		case !c.Permanent:
			v.Deleted = true
		case !v.Deleted:
			return failed(sqlerr.New(sqlerr.ObjectNotInState, "version %d of subject \"%s\" was not deleted first before being permanently deleted", v.Version, c.Subject))
		default:
			sub.Versions = slices.Delete(sub.Versions, i, i+1)
		}
		found = true
	}
	if !found {
		return failed(sqlerr.New(sqlerr.UndefinedObject, "subject \"%s\" has no version %d", c.Subject, which))
	}
	if len(sub.Versions) == 0 {
		delete(g.Subjects, c.Subject)
	} else {
		g.Subjects[c.Subject] = &sub
	}
	return Result{}
}

// referrer names a subject with a live schema that refers to a version.
func (g *registry) referrer(subject string, version int) string {
	for _, sub := range sorted(g.Subjects) {
		for _, v := range sub.live() {
			for _, ref := range g.Schemas[v.ID].Refs {
				if ref.Subject == subject && ref.Version == version {
					return sub.Name
				}
			}
		}
	}
	return ""
}

// SetSubjectLevel sets the compatibility level of a subject, or with Subject ""
// the registry's. Level "" takes a subject's own away.
type SetSubjectLevel struct {
	Subject string
	Level   string
}

func (*SetSubjectLevel) op() string { return "set_subject_level" }

func (c *SetSubjectLevel) apply(t *tx) Result {
	level, ok := schema.ParseLevel(c.Level)
	if !ok && (c.Level != "" || c.Subject == "") {
		return failed(errLevel(c.Level))
	}
	g := &t.s.Registry
	if c.Subject == "" {
		g.Level = level
		return Result{}
	}
	if err := checkName(c.Subject); err != nil {
		return failed(err)
	}
	sub := Subject{Name: c.Subject}
	if old, ok := g.Subjects[c.Subject]; ok {
		sub = *old
	}
	sub.Level = level
	if g.Subjects == nil {
		g.Subjects = map[string]*Subject{}
	}
	g.Subjects[c.Subject] = &sub
	return Result{}
}
