package catalog

import (
	"slices"

	"github.com/leatdb/leat/sql/sqlerr"
)

// BeginReplace records the query that shall take a derived relation's place: a
// job with Next, built beside the one that goes on serving. Relation and Job are
// as in CreateRelation. DropJob takes it back.
type BeginReplace struct {
	Relation Relation
	Job      Job
}

func (*BeginReplace) op() string { return "begin_replace" }

func (c *BeginReplace) apply(t *tx) Result {
	r := c.Relation
	if err := checkRelation(&r); err != nil {
		return failed(err)
	}
	old, ok := t.s.Relations[r.Name]
	if !ok || old.State != Active {
		return failed(errMissing(r.Meaning, "", r.Name))
	}
	if pending := t.pendingOf(r.Name); len(pending) > 0 {
		return failed(sqlerr.New(sqlerr.ObjectInUse, "\"%s\" is being replaced by query \"%s\"", r.Name, pending[0].ID).
			WithHint("Wait for it, or TERMINATE it."))
	}
	if err := t.checkReplace(&r, old); err != nil {
		return failed(err)
	}
	if r.Partitions != old.Partitions {
		return failed(sqlerr.New(invalidTable, "cannot change the partitions of \"%s\" from %d to %d", r.Name, old.Partitions, r.Partitions))
	}
	if t.reaches(r.Reads, r.Name) {
		return failed(sqlerr.New(sqlerr.InvalidObjectDefinition, "\"%s\" would read itself", r.Name))
	}
	j := c.Job
	j.Sink, j.Owner, j.Next = r.Name, old.Owner, &r
	added, err := t.addJob(j)
	if err != nil {
		return failed(err)
	}
	t.setStatus(added, Running)
	return Result{OID: old.OID, JobID: added.ID}
}

// FinishReplace puts what a job was built for in the old relation's place, in one
// step: definition, columns and query. The old job ends.
type FinishReplace struct{ JobID string }

func (*FinishReplace) op() string { return "finish_replace" }

func (c *FinishReplace) apply(t *tx) Result {
	j, ok := t.s.Jobs[c.JobID]
	if !ok || j.Next == nil {
		return failed(sqlerr.New(sqlerr.ObjectNotInState, "query \"%s\" replaces nothing", c.JobID))
	}
	old, ok := t.s.Relations[j.Sink]
	if !ok || old.State != Active {
		return failed(errMissing("", "", j.Sink))
	}
	r := *j.Next
	r.Name = old.Name
	if err := t.inherit(&r, old); err != nil {
		return failed(err)
	}
	res := Result{OID: r.OID, JobID: j.ID, Replaced: old}
	t.endJob(old.JobID, &res)
	u := *j
	u.Next = nil
	t.s.Jobs[u.ID] = &u
	r.JobID = j.ID
	t.s.Relations[r.Name] = &r
	return res
}

// inherit gives a relation what stays of the one it replaces.
func (t *tx) inherit(r, old *Relation) *sqlerr.Error {
	r.OID, r.CreatedAt, r.State, r.JobID = old.OID, old.CreatedAt, Active, old.JobID
	r.Owner, r.WebhookSecret = old.Owner, old.WebhookSecret
	r.inheritComments(old)
	if r.Compatibility == "" {
		r.Compatibility = old.Compatibility
	}
	r.Versions = old.Versions
	if sameColumns(r.Schema, old.Schema) {
		return nil
	}
	r.Versions = nextVersion(old, r.Schema, t.ms)
	return t.registerColumns(r, true)
}

// pendingOf lists the jobs that are built to replace a relation.
func (t *tx) pendingOf(name string) []*Job {
	var out []*Job
	for _, j := range sorted(t.s.Jobs) {
		if j.Next != nil && j.Sink == name {
			out = append(out, j)
		}
	}
	return out
}

// readBuilding tells whether a job that replaces something reads a relation.
func (j *Job) readBuilding(name string) bool { return j.Next != nil && slices.Contains(j.Reads, name) }
