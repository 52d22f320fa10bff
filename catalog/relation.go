package catalog

import (
	"slices"

	"github.com/leatdb/leat/sql/types"
)

// RelationKind is what a name stands for.
type RelationKind uint8

// The kinds of relation.
const (
	Stream RelationKind = iota // append-only topic with a schema
	Table                      // keyed topic read as upserts
	View                       // named query
)

var kindNames = [...]string{Stream: "stream", Table: "table", View: "view"}

// String is the kind in messages.
func (k RelationKind) String() string { return kindNames[k] }

// MarshalText is String.
func (k RelationKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads String back.
func (k *RelationKind) UnmarshalText(b []byte) error {
	i, err := wordIndex(kindNames[:], b)
	*k = RelationKind(i)
	return err
}

// wordIndex finds a stored word among those of its kind.
func wordIndex(words []string, b []byte) (int, error) {
	if i := slices.Index(words, string(b)); i >= 0 {
		return i, nil
	}
	return 0, types.Corrupted("catalog: word " + string(b))
}

// State is the life of a relation; only Active ones are visible to queries.
type State uint8

// The states.
const (
	Creating State = iota
	Active
	Dropping
)

var stateNames = [...]string{Creating: "creating", Active: "active", Dropping: "dropping"}

// String is the state in system tables.
func (s State) String() string { return stateNames[s] }

// MarshalText is String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads String back.
func (s *State) UnmarshalText(b []byte) error {
	i, err := wordIndex(stateNames[:], b)
	*s = State(i)
	return err
}

// Format is a serialisation with its properties, sorted by name.
type Format struct {
	Name  string // upper case: JSON, DELIMITED, KAFKA, NONE, ...
	Props []Prop
}

// Prop is one name and value.
type Prop struct{ Name, Value string }

// Prop gives a format property, "" if absent.
func (f Format) Prop(name string) string {
	for _, p := range f.Props {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// TimestampSpec says which column is event time.
type TimestampSpec struct {
	Column string
	Format string // Java DateTimeFormatter pattern, "" for TIMESTAMP, BIGINT (ms) and ISO text
}

// WindowInfo says that key bytes carry a window.
type WindowInfo struct {
	Type   string // TUMBLING, HOPPING, SESSION
	SizeMs int64  // 0 for SESSION
}

// SchemaVersion is one recorded schema of a relation.
type SchemaVersion struct {
	Version int
	Schema  types.Schema
	At      int64 // ms
}

// Fill is what rows show in a column that was added behind them with a DEFAULT.
type Fill struct {
	Column string
	Value  string  // PostgreSQL's text of the value, times in UTC
	Before []int64 // by partition: the offset where rows begin to have the column
}

// Relation is a stream, table or view. Values are immutable once in a Snapshot.
type Relation struct {
	OID           uint32
	Name          string
	Kind          RelationKind
	Derived       bool // CREATE ... AS, materialized view
	ReadOnly      bool // CREATE SOURCE
	Schema        types.Schema
	Topic         string
	Partitions    int32
	KeyFormat     Format
	ValueFormat   Format
	WrapSingle    bool
	Timestamp     *TimestampSpec
	Windowed      *WindowInfo
	Headers       map[int]string // column position -> header key, "" = all headers
	Defaults      map[int]string // column position -> expression text
	Fills         []Fill         `json:",omitempty"` // of columns added with a default
	SQL           string         // canonical CREATE statement
	Query         string         // canonical query of a derived relation or view
	Meaning       string         // 'leat' or 'ksqldb': D14
	Compatibility string         // schema compatibility level
	Versions      []SchemaVersion
	OnError       string // 'dlq' | 'skip' | 'stop'
	RetentionMs   int64
	JobID         string
	State         State
	Reads         []string
	CreatedAt     int64
	Owner         string
	Comment       string
	// ColumnComments by column; never changed in place.
	ColumnComments map[string]string `json:",omitempty"`
	WebhookSecret  string            `json:",omitempty"` // name of the secret that signs webhooks
}
