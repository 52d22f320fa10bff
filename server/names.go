package server

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql/types"
)

// names is the planner's view of one catalog snapshot. Besides the relations
// there are the dead-letter streams: NAME_errors of a relation NAME.
type names struct {
	snap *catalog.Snapshot
	log  *log.Log
}

// Relation implements planner.Catalog.
func (n names) Relation(schema, name string) (*catalog.Relation, bool) {
	if r, ok := n.snap.Relation(schema, name); ok {
		return r, true
	}
	if r, ok := n.processingLog(schema, name); ok {
		return r, true
	}
	return n.deadLetters(schema, name)
}

// SchemaFor implements planner.SchemaCatalog.
func (n names) SchemaFor(subject string, id int32) (*schema.Parsed, bool) {
	if id != 0 {
		return n.snap.SchemaByID(id)
	}
	p, _, ok := n.snap.LatestSchema(subject)
	return p, ok
}

// deadLetterSchema is the row of every dead-letter stream.
var deadLetterSchema = types.Schema{
	{Name: "topic", Type: types.TString}, {Name: "partition", Type: types.TInt}, {Name: "offset", Type: types.TBigInt},
	{Name: "key", Type: types.TString}, {Name: "value", Type: types.TString}, {Name: "encoding", Type: types.TString},
	{Name: "reason", Type: types.TString}, {Name: "code", Type: types.TString}, {Name: "column", Type: types.TString},
	{Name: "query", Type: types.TString}, {Name: "at", Type: types.TTimestamp},
}

// deadLetters describes the stream of what could not be processed.
func (n names) deadLetters(schema, name string) (*catalog.Relation, bool) {
	base, ok := strings.CutSuffix(name, "_errors")
	if !ok {
		return nil, false
	}
	of, ok := n.snap.Relation(schema, base)
	if !ok {
		return nil, false
	}
	t, ok := n.log.Topic(deadLetterTopic(of.OID))
	if !ok {
		return nil, false
	}
	return &catalog.Relation{
		OID: of.OID + 1_800_000_000, Name: name, Kind: catalog.Stream, ReadOnly: true, Schema: deadLetterSchema,
		Topic: t.Name, Partitions: t.Partitions, KeyFormat: catalog.Format{Name: "NONE"}, ValueFormat: catalog.Format{Name: "JSON"},
		WrapSingle: true, Meaning: "leat", State: catalog.Active, OnError: "skip",
	}, true
}

// Virtual implements planner.Catalog: pg_catalog is searched without being named.
func (n names) Virtual(schema, name string) (full string, s types.Schema, ok bool) {
	if schema == "" {
		schema = "pg_catalog"
	}
	t := systemTables[schema+"."+name]
	if t == nil {
		return "", nil, false
	}
	return t.name, t.schema, true
}

// VirtualOID gives a system table its tableoid.
func (names) VirtualOID(full string) uint32 { return systemTables[full].oid }

// VirtualOID is the same for every role.
func (guarded) VirtualOID(full string) uint32 { return systemTables[full].oid }

// CustomType implements planner.Catalog.
func (n names) CustomType(name string) (types.Type, bool) { return n.snap.CustomType(name) }

// Names implements planner.Catalog.
func (n names) Names() []string { return n.snap.Names() }
