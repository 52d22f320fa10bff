package catalog

import (
	"fmt"
	"slices"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Limits of a relation, so that the catalog stays small.
const (
	maxNameBytes = 255
	maxColumns   = 1600
)

// CreateRelation makes a stream, table or view, or with OrReplace puts another
// in its place. Of Relation the caller leaves OID, State, Versions, CreatedAt
// and JobID empty. With Job, whose ID may be empty (then it becomes
// KIND_NAME_n), the relation is derived by that job.
type CreateRelation struct {
	Relation    Relation
	Job         *Job `json:",omitempty"`
	IfNotExists bool `json:",omitempty"`
	OrReplace   bool `json:",omitempty"`
	// Ready makes the relation Active at once: it needs no topic and no task.
	Ready bool `json:",omitempty"`
}

func (*CreateRelation) op() string { return "create_relation" }

func (c *CreateRelation) apply(t *tx) Result {
	r := c.Relation
	if err := checkRelation(&r); err != nil {
		return failed(err)
	}
	if old, ok := t.s.Relations[r.Name]; ok {
		switch {
		case c.OrReplace && old.State == Active:
			return t.replace(c, old)
		case c.IfNotExists && old.State != Dropping:
			return Result{Skipped: true, OID: old.OID, Notice: fmt.Sprintf("relation \"%s\" already exists, skipping", old.Name)}
		}
		return failed(errExists(r.Meaning, r.Kind, old))
	}
	if err := t.checkReads(r.Meaning, r.Reads); err != nil {
		return failed(err)
	}
	r.OID, r.CreatedAt, r.State = t.oid(), t.ms, Creating
	t.giveDefaults(&r)
	if c.Ready {
		r.State = Active
	}
	r.Versions = []SchemaVersion{{Version: 1, Schema: r.Schema, At: t.ms}}
	if err := t.registerColumns(&r, false); err != nil {
		return failed(err)
	}
	if c.Job != nil {
		j := *c.Job
		j.Sink = r.Name
		job, err := t.addJob(j)
		if err != nil {
			return failed(err)
		}
		r.JobID = job.ID
		if c.Ready {
			t.setStatus(job, Running)
		}
	}
	t.s.Relations[r.Name] = &r
	return Result{OID: r.OID, JobID: r.JobID}
}

// checkRelation holds what does not depend on other objects.
func checkRelation(r *Relation) *sqlerr.Error {
	if err := checkName(r.Name); err != nil {
		return err
	}
	if int(r.Kind) >= len(kindNames) {
		return sqlerr.New(sqlerr.DataCorrupted, "malformed catalog command")
	}
	if r.Compatibility != "" {
		level, ok := schema.ParseLevel(r.Compatibility)
		if !ok {
			return errLevel(r.Compatibility)
		}
		r.Compatibility = string(level)
	}
	return checkColumns(r.Schema)
}

func checkName(name string) *sqlerr.Error {
	switch {
	case name == "":
		return sqlerr.New(sqlerr.InvalidName, "zero-length identifier")
	case len(name) > maxNameBytes:
		return sqlerr.New(sqlerr.NameTooLong, "identifier too long").
			WithDetail("Identifiers have at most %d bytes.", maxNameBytes)
	}
	return nil
}

func checkColumns(s types.Schema) *sqlerr.Error {
	if len(s) > maxColumns {
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "relations can have at most %d columns", maxColumns)
	}
	seen := make(map[string]bool, len(s))
	for _, c := range s {
		if err := checkName(c.Name); err != nil {
			return err
		}
		if seen[c.Name] && !c.Hidden {
			return sqlerr.New(sqlerr.DuplicateColumn, "column \"%s\" specified more than once", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// checkReads holds that everything read is there and visible.
func (t *tx) checkReads(meaning string, reads []string) *sqlerr.Error {
	for _, name := range reads {
		if r, ok := t.s.Relations[name]; !ok || r.State != Active {
			return errMissing(meaning, "", name)
		}
	}
	return nil
}

// addJob records a job that starts, with an ID of its own when it has none.
func (t *tx) addJob(j Job) (*Job, *sqlerr.Error) {
	number := t.s.NextQuery
	t.s.NextQuery++
	if j.ID == "" {
		j.ID = fmt.Sprintf("%s_%d", j.Kind, number)
		if j.Kind != Insert {
			j.ID = fmt.Sprintf("%s_%s_%d", j.Kind, j.Sink, number)
		}
	}
	if err := checkName(j.ID); err != nil {
		return nil, err
	}
	if _, dup := t.s.Jobs[j.ID]; dup {
		return nil, sqlerr.New(sqlerr.DuplicateObject, "query \"%s\" already exists", j.ID)
	}
	if err := t.checkReads(j.Meaning, j.Reads); err != nil {
		return nil, err
	}
	slices.Sort(j.Reads)
	j.OID, j.CreatedAt, j.Status, j.Version = t.oid(), t.ms, Starting, 1
	t.s.Jobs[j.ID] = &j
	return &j, nil
}

// setStatus replaces a job by one of another status.
func (t *tx) setStatus(j *Job, status JobStatus) {
	c := *j
	c.Status = status
	t.s.Jobs[c.ID] = &c
}

// Activate makes a relation visible and its job Running. OID says which
// relation is meant: the name may have another by now.
type Activate struct {
	Name string
	OID  uint32
}

func (*Activate) op() string { return "activate" }

func (c *Activate) apply(t *tx) Result {
	r, ok := t.s.Relations[c.Name]
	if !ok || r.OID != c.OID || r.State == Dropping {
		return failed(sqlerr.New(sqlerr.ObjectNotInState, "relation \"%s\" is no longer being created", c.Name))
	}
	if r.State == Creating {
		u := *r
		u.State = Active
		t.s.Relations[u.Name] = &u
	}
	if j, ok := t.s.Jobs[r.JobID]; ok && j.Status == Starting {
		t.setStatus(j, Running)
	}
	return Result{OID: r.OID, JobID: r.JobID}
}

// Abort removes a relation that was not activated, with its job.
type Abort struct {
	Name string
	OID  uint32
}

func (*Abort) op() string { return "abort" }

func (c *Abort) apply(t *tx) Result {
	r, ok := t.s.Relations[c.Name]
	if !ok || r.OID != c.OID || r.State != Creating {
		return failed(sqlerr.New(sqlerr.ObjectNotInState, "relation \"%s\" is not being created", c.Name))
	}
	res := Result{OID: r.OID, Dropped: []*Relation{r}}
	if j, ok := t.s.Jobs[r.JobID]; ok {
		delete(t.s.Jobs, j.ID)
		res.Ended = []*Job{j}
	}
	t.forgetRights(r)
	delete(t.s.Relations, c.Name)
	return res
}
