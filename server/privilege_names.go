package server

import (
	"slices"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
)

// guarded is the planner's view of the catalog for one role: a relation that it
// may not read is not there, and the ledger says why.
type guarded struct {
	planner.SchemaCatalog
	snap   *catalog.Snapshot
	as     string
	ledger *ledger
}

// lettersOffset makes the OID of a relation's dead letters.
const lettersOffset = 1_800_000_000

// objectRead is what a role needs SELECT on to read r.
func objectRead(r *catalog.Relation) catalog.Object {
	if r.OID >= lettersOffset {
		return catalog.Object{Kind: catalog.LettersObject, OID: r.OID - lettersOffset}
	}
	return catalog.ObjectOf(r)
}

// Relation implements planner.Catalog.
func (g guarded) Relation(schemaName, name string) (*catalog.Relation, bool) {
	r, ok := g.SchemaCatalog.Relation(schemaName, name)
	if !ok || !g.ledger.ask(g.snap, need{g.as, objectRead(r), catalog.PrivSelect}) {
		return nil, false
	}
	return r, true
}

// Inside implements planner.ViewCatalog: a view reads as its owner.
func (g guarded) Inside(v *catalog.Relation) planner.Catalog {
	g.as = v.Owner
	return g
}

// Names implements planner.Catalog.
func (g guarded) Names() []string { return g.snap.For(g.as).Names() }

// SchemaFor implements planner.SchemaCatalog: a schema of a subject needs USAGE
// on it, or SELECT on the relation whose records it describes.
func (g guarded) SchemaFor(subject string, id int32) (*schema.Parsed, bool) {
	p, ok := g.SchemaCatalog.SchemaFor(subject, id)
	if !ok || g.snap.IsSuperuser(g.as) {
		return p, ok
	}
	subjects := []string{subject}
	if id != 0 {
		subjects = g.snap.SubjectsWith(id)
	}
	if slices.ContainsFunc(subjects, func(name string) bool { return mayUseSubject(g.snap, g.as, name) }) {
		return p, true
	}
	if g.ledger.denied == nil {
		g.ledger.denied = g.snap.ErrDenied(catalog.Object{Kind: catalog.SubjectObject, Name: subject})
	}
	return nil, false
}

// mayUseSubject tells whether a role may read a subject's schemas.
func mayUseSubject(snap *catalog.Snapshot, role, subject string) bool {
	if snap.May(role, catalog.Object{Kind: catalog.SubjectObject, Name: subject}, catalog.PrivUsage) {
		return true
	}
	for _, r := range snap.Relations() {
		of := r.Topic != "" && (catalog.KeySubject(r.Topic) == subject || catalog.ValueSubject(r.Topic) == subject)
		if of && snap.May(role, catalog.ObjectOf(r), catalog.PrivSelect) {
			return true
		}
	}
	return false
}

// mayRun refuses a job whose owner may no longer write what it writes; what it
// reads is asked for when it is planned.
func mayRun(snap *catalog.Snapshot, j *catalog.Job) error {
	sink, ok := snap.AnyRelation(j.Sink)
	if j.Kind != catalog.Insert || !ok || snap.May(j.Owner, catalog.ObjectOf(sink), catalog.PrivInsert) {
		return nil
	}
	return snap.ErrDenied(catalog.ObjectOf(sink))
}

// mayReadTopic refuses raw records of a topic to who may not read every relation
// over it: a topic is read by all its columns. Topics of nobody are superusers'.
func (rq *request) mayReadTopic(topic string) error {
	return rq.mayTopic(topic, func(r *catalog.Relation) bool { return rq.snap.May(rq.as, catalog.ObjectOf(r), catalog.PrivSelect) })
}

// mayDeclareTopic refuses a relation over a topic of others: its owner could
// read and write all of it.
func (rq *request) mayDeclareTopic(topic string) error {
	return rq.mayTopic(topic, func(r *catalog.Relation) bool { return rq.owns(r.Owner) })
}

func (rq *request) mayTopic(topic string, ok func(*catalog.Relation) bool) error {
	if rq.superuser() {
		return nil
	}
	found, all := false, true
	for _, r := range rq.snap.AllRelations() {
		if r.Topic == topic {
			found = true
			all = all && ok(r)
		}
		if deadLetterTopic(r.OID) == topic {
			found = true
			all = all && rq.snap.May(rq.as, catalog.LettersOf(r), catalog.PrivSelect)
		}
	}
	if found && all {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for topic %s", topic)
}

// reservedTopic refuses names of topics that the server gives: whoever had one
// before would read what is written there later.
func reservedTopic(name string) error {
	for _, prefix := range []string{"_errors.", "_exchange.", "_shadow."} {
		if strings.HasPrefix(name, prefix) {
			return sqlerr.New(sqlerr.ReservedName, "topic name %q is reserved", name).
				WithDetail("Names that begin with %q are the server's.", prefix)
		}
	}
	return nil
}
