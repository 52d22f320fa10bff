package catalog

import (
	"maps"
	"slices"
	"sort"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/types"
)

// FirstOID is the first identifier of a user's object (C5).
const FirstOID = 16384

// DefaultLevel is the compatibility level of relations when none was set.
const DefaultLevel = schema.Backward

// Snapshot is the catalog after one command. It is immutable and shared (C4).
type Snapshot struct {
	Version uint64 // index of the last command applied
	state
}

// state is what is stored: maps by name, whose JSON is sorted.
type state struct {
	NextOID   uint32
	NextQuery int64 // number of the next job's ID
	Relations map[string]*Relation
	Types     map[string]*TypeDef
	Jobs      map[string]*Job
	Roles     map[string]*Role
	ACLs      map[string]*ACL           // rights that were changed, by object
	Defaults  map[string]*DefaultRights // by role and schema
	Owners    map[string]string         // of objects without one of their own, by object
	Secrets   map[string]*Secret
	Settings  map[string]string
	Level     schema.Level // default compatibility level
	Registry  registry     // of schemas
}

func newState() state {
	return state{
		NextOID: FirstOID, Level: DefaultLevel,
		Relations: map[string]*Relation{}, Types: map[string]*TypeDef{}, Jobs: map[string]*Job{},
		Roles: map[string]*Role{}, Settings: map[string]string{},
		ACLs: map[string]*ACL{}, Defaults: map[string]*DefaultRights{}, Owners: map[string]string{}, Secrets: map[string]*Secret{},
	}
}

// clone copies the maps, not the objects: they are replaced, never changed (C4).
func (s state) clone() state {
	s.Relations, s.Types, s.Jobs = maps.Clone(s.Relations), maps.Clone(s.Types), maps.Clone(s.Jobs)
	s.Roles, s.Settings = maps.Clone(s.Roles), maps.Clone(s.Settings)
	s.ACLs, s.Defaults, s.Owners, s.Secrets = maps.Clone(s.ACLs), maps.Clone(s.Defaults), maps.Clone(s.Owners), maps.Clone(s.Secrets)
	s.Registry = s.Registry.clone()
	return s
}

// PublicSchema is the one schema of users' relations.
const PublicSchema = "public"

// Relation finds a visible relation; schema is "" or "public".
func (s *Snapshot) Relation(schemaName, name string) (*Relation, bool) {
	if schemaName != "" && schemaName != PublicSchema {
		return nil, false
	}
	r, ok := s.state.Relations[name]
	if !ok || r.State != Active {
		return nil, false
	}
	return r, true
}

// AnyRelation finds a relation in whatever state.
func (s *Snapshot) AnyRelation(name string) (*Relation, bool) {
	r, ok := s.state.Relations[name]
	return r, ok
}

// RelationByOID finds a visible relation.
func (s *Snapshot) RelationByOID(oid uint32) (*Relation, bool) {
	for _, r := range s.state.Relations {
		if r.OID == oid && r.State == Active {
			return r, true
		}
	}
	return nil, false
}

// Relations lists the visible relations by name.
func (s *Snapshot) Relations() []*Relation {
	return slices.DeleteFunc(s.AllRelations(), func(r *Relation) bool { return r.State != Active })
}

// AllRelations lists the relations of every state by name.
func (s *Snapshot) AllRelations() []*Relation {
	return sorted(s.state.Relations)
}

// Names lists the names of the visible relations, sorted.
func (s *Snapshot) Names() []string {
	rs := s.Relations()
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.Name
	}
	return out
}

func sorted[T any](m map[string]T) []T {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	out := make([]T, len(names))
	for i, n := range names {
		out[i] = m[n]
	}
	return out
}

// CustomType finds a type made by CREATE TYPE.
func (s *Snapshot) CustomType(name string) (types.Type, bool) {
	t, ok := s.state.Types[name]
	if !ok {
		return types.Type{}, false
	}
	return t.Type, true
}

// Type finds a custom type with its owner.
func (s *Snapshot) Type(name string) (*TypeDef, bool) {
	t, ok := s.state.Types[name]
	return t, ok
}

// Types lists the custom types by name.
func (s *Snapshot) Types() []*TypeDef { return sorted(s.state.Types) }

// Job finds a job by ID.
func (s *Snapshot) Job(id string) (*Job, bool) {
	j, ok := s.state.Jobs[id]
	return j, ok
}

// Jobs lists the jobs by ID.
func (s *Snapshot) Jobs() []*Job { return sorted(s.state.Jobs) }

// JobsOf lists the jobs that read or write the relation name, by ID.
func (s *Snapshot) JobsOf(name string) (readers, writers []*Job) {
	for _, j := range s.Jobs() {
		if slices.Contains(j.Reads, name) {
			readers = append(readers, j)
		}
		if j.Sink == name && j.Next == nil {
			writers = append(writers, j)
		}
	}
	return readers, writers
}

// Role finds a role by name.
func (s *Snapshot) Role(name string) (*Role, bool) {
	r, ok := s.state.Roles[name]
	return r, ok
}

// Roles lists the roles by name.
func (s *Snapshot) Roles() []*Role { return sorted(s.state.Roles) }

// Setting finds a setting of ALTER SYSTEM.
func (s *Snapshot) Setting(name string) (string, bool) {
	v, ok := s.state.Settings[name]
	return v, ok
}

// Settings lists the settings of ALTER SYSTEM by name.
func (s *Snapshot) Settings() []Prop { return props(s.state.Settings) }

// Level is the compatibility level of relations that have none of their own.
func (s *Snapshot) Level() schema.Level { return s.state.Level }

// LevelOf is the compatibility level that holds for r.
func (s *Snapshot) LevelOf(r *Relation) schema.Level {
	if r.Compatibility != "" {
		return schema.Level(r.Compatibility)
	}
	return s.state.Level
}

func props(m map[string]string) []Prop {
	out := make([]Prop, 0, len(m))
	for n, v := range m {
		out = append(out, Prop{n, v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
