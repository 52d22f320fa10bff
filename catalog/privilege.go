package catalog

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Privilege is a set of rights on one object.
type Privilege uint32

// The privileges, in the order in which PostgreSQL prints them. The numbers are
// stored. The last two are of the database: to see what others do, and to end it.
const (
	PrivInsert Privilege = 1 << iota
	PrivSelect
	PrivUpdate
	PrivDelete
	PrivTruncate
	PrivReferences
	PrivTrigger
	PrivUsage
	PrivCreate
	PrivTemporary
	PrivConnect
	PrivMonitor
	PrivCancel
)

// privileges are the words and letters, by bit.
var privileges = [...]struct {
	word   string
	letter byte
}{
	{"INSERT", 'a'}, {"SELECT", 'r'}, {"UPDATE", 'w'}, {"DELETE", 'd'}, {"TRUNCATE", 'D'}, {"REFERENCES", 'x'}, {"TRIGGER", 't'},
	{"USAGE", 'U'}, {"CREATE", 'C'}, {"TEMPORARY", 'T'}, {"CONNECT", 'c'}, {"MONITOR", 'm'}, {"CANCEL", 'k'},
}

// ParsePrivilege finds a privilege by its word, in upper case.
func ParsePrivilege(word string) (Privilege, bool) {
	if word == "TEMP" {
		return PrivTemporary, true
	}
	for i, p := range privileges {
		if p.word == word {
			return 1 << i, true
		}
	}
	return 0, false
}

// Words lists the privileges of the set by name, in order.
func (p Privilege) Words() []string {
	var out []string
	for i, x := range privileges {
		if p&(1<<i) != 0 {
			out = append(out, x.word)
		}
	}
	return out
}

// letters are PostgreSQL's, a star behind those of options.
func (p Privilege) letters(options Privilege) string {
	var out strings.Builder
	for i, x := range privileges {
		if p&(1<<i) != 0 {
			out.WriteByte(x.letter)
			if options&(1<<i) != 0 {
				out.WriteByte('*')
			}
		}
	}
	return out.String()
}

// ObjectKind is what privileges can be on.
type ObjectKind string

// The kinds of object. Letters are the dead letters of a relation, NAME_errors.
const (
	RelationObject  ObjectKind = "relation"
	LettersObject   ObjectKind = "letters"
	SchemaObject    ObjectKind = "schema"
	DatabaseObject  ObjectKind = "database"
	ConnectorObject ObjectKind = "connector"
	SubjectObject   ObjectKind = "subject"
	SettingObject   ObjectKind = "setting" // that has an owner: a dashboard
)

// objectPrivileges are those that each kind of object has.
var objectPrivileges = map[ObjectKind]Privilege{
	RelationObject: PrivInsert | PrivSelect | PrivUpdate | PrivDelete | PrivTruncate | PrivReferences | PrivTrigger,
	LettersObject:  PrivSelect, SchemaObject: PrivUsage | PrivCreate, ConnectorObject: PrivUsage, SubjectObject: PrivUsage | PrivCreate,
	DatabaseObject: PrivCreate | PrivTemporary | PrivConnect | PrivMonitor | PrivCancel,
}

// AllPrivileges are those an object of this kind has.
func (k ObjectKind) AllPrivileges() Privilege { return objectPrivileges[k] }

// Object names what a privilege is on: relations and their letters by OID, the
// others by name, the one database by no name.
type Object struct {
	Kind ObjectKind
	OID  uint32 `json:",omitempty"`
	Name string `json:",omitempty"`
}

// Database is the one database, Public the schema of users' relations.
var (
	Database = Object{Kind: DatabaseObject}
	Public   = Object{Kind: SchemaObject, Name: PublicSchema}
)

// DatabaseName is what errors call the database.
const DatabaseName = "leat"

// SettingOf is a setting of the catalog as an object.
func SettingOf(name string) Object { return Object{Kind: SettingObject, Name: name} }

// ObjectOf is the relation as an object.
func ObjectOf(r *Relation) Object { return Object{Kind: RelationObject, OID: r.OID} }

// LettersOf are the dead letters of a relation as an object.
func LettersOf(r *Relation) Object { return Object{Kind: LettersObject, OID: r.OID} }

func (o Object) key() string {
	if o.OID != 0 {
		// Sorted as text these are sorted as numbers.
		return string(o.Kind) + "/" + pad(o.OID)
	}
	return string(o.Kind) + "/" + o.Name
}

func pad(n uint32) string {
	var b [10]byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return string(b[:])
}

// relationOf finds the relation of a relation's or its letters' object.
func (s *state) relationOf(o Object) (*Relation, bool) {
	for _, r := range s.Relations {
		if r.OID == o.OID {
			return r, true
		}
	}
	return nil, false
}

// Describe is an object's kind and name as errors say them: table x.
func (s *state) Describe(o Object) string {
	switch o.Kind {
	case DatabaseObject:
		return "database " + DatabaseName
	case RelationObject, LettersObject:
		r, ok := s.relationOf(o)
		if !ok {
			return "relation with OID " + strings.TrimLeft(pad(o.OID), "0")
		}
		if o.Kind == LettersObject {
			return "stream " + r.Name + "_errors"
		}
		return KindWord(r) + " " + r.Name
	}
	return string(o.Kind) + " " + o.Name
}

// KindWord is what statements in the default meaning call a relation.
func KindWord(r *Relation) string {
	if r.Kind == Table && r.Derived {
		return "materialized view"
	}
	return r.Kind.String()
}

// exists tells whether there is such an object; connectors are none yet.
func (s *state) exists(o Object) bool {
	switch o.Kind {
	case DatabaseObject:
		return true
	case RelationObject, LettersObject:
		r, ok := s.relationOf(o)
		return ok && r.State == Active
	case SchemaObject:
		return o.Name == PublicSchema || o.Name == "leat" || o.Name == "pg_catalog" || o.Name == "information_schema"
	case SubjectObject:
		_, ok := s.Registry.Subjects[o.Name]
		return ok
	}
	return false
}

// ErrDenied is 42501 for an object.
func (s *state) ErrDenied(o Object) *sqlerr.Error {
	return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s", s.Describe(o))
}
