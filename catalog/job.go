package catalog

import (
	"github.com/leatdb/leat/sql/sqlerr"
)

// CreateJob records an INSERT INTO ... SELECT. Of Job the caller leaves OID,
// Status, Version and CreatedAt empty, and ID when it is to be INSERTQUERY_n.
// The job is Starting until SetJobStatus says Running.
type CreateJob struct{ Job Job }

func (*CreateJob) op() string { return "create_job" }

func (c *CreateJob) apply(t *tx) Result {
	j := c.Job
	j.Kind = Insert
	sink, ok := t.s.Relations[j.Sink]
	if !ok || sink.State != Active {
		if isKsql(j.Meaning) {
			return failed(sqlerr.New(sqlerr.UndefinedTable, "'%s' does not exist", j.Sink))
		}
		return failed(errMissing(j.Meaning, "", j.Sink))
	}
	if err := checkSink(j.Meaning, sink); err != nil {
		return failed(err)
	}
	added, err := t.addJob(j)
	if err != nil {
		return failed(err)
	}
	return Result{OID: added.OID, JobID: added.ID}
}

// checkSink holds that a query may write into a relation.
func checkSink(meaning string, sink *Relation) *sqlerr.Error {
	switch {
	case sink.ReadOnly:
		return sqlerr.New(sqlerr.FeatureNotSupported, "Cannot insert into read-only %s: %s", sink.Kind, sink.Name)
	case sink.Kind == View:
		return sqlerr.New(sqlerr.WrongObjectType, "cannot insert into view \"%s\"", sink.Name)
	case sink.Kind == Table && isKsql(meaning):
		return sqlerr.New(sqlerr.WrongObjectType, "INSERT INTO can only be used to insert into a stream. %s is a table.", sink.Name)
	case len(sink.Headers) > 0:
		return sqlerr.New(sqlerr.FeatureNotSupported, "Cannot insert into %s because it has header columns", sink.Name)
	}
	return nil
}

func errNoJob(id string) *sqlerr.Error {
	return sqlerr.New(sqlerr.UndefinedObject, "query \"%s\" does not exist", id)
}

// SetJobStatus records where a job is. Zero Epoch and empty PlanHash leave what
// is there. Version, when set, must be the job's: a late report about a job
// replaced since is refused (55000).
type SetJobStatus struct {
	ID       string
	Status   JobStatus
	Error    string `json:",omitempty"`
	Epoch    int64  `json:",omitempty"`
	PlanHash string `json:",omitempty"`
	Version  int    `json:",omitempty"`
}

func (*SetJobStatus) op() string { return "set_job_status" }

func (c *SetJobStatus) apply(t *tx) Result {
	j, ok := t.s.Jobs[c.ID]
	if !ok {
		return failed(errNoJob(c.ID))
	}
	switch c.Status {
	case Starting, Running, Paused, Failed, Terminated:
	default:
		return failed(sqlerr.New(sqlerr.DataCorrupted, "malformed catalog command"))
	}
	if j.Status == Terminated && c.Status != Terminated {
		return failed(sqlerr.New(sqlerr.ObjectNotInState, "query \"%s\" is terminated", c.ID))
	}
	if c.Version != 0 && c.Version != j.Version {
		return failed(sqlerr.New(sqlerr.ObjectNotInState, "query \"%s\" was replaced", c.ID))
	}
	u := *j
	u.Status, u.Error = c.Status, c.Error
	if c.Epoch != 0 {
		u.Epoch = c.Epoch
	}
	if c.PlanHash != "" {
		u.PlanHash = c.PlanHash
	}
	t.s.Jobs[u.ID] = &u
	return Result{OID: u.OID, JobID: u.ID}
}

// DropJob is TERMINATE: the query goes, what it wrote stays. A derived relation
// loses its job and keeps its columns.
type DropJob struct{ ID string }

func (*DropJob) op() string { return "drop_job" }

func (c *DropJob) apply(t *tx) Result {
	j, ok := t.s.Jobs[c.ID]
	if !ok {
		return failed(errNoJob(c.ID))
	}
	delete(t.s.Jobs, c.ID)
	if r, ok := t.s.Relations[j.Sink]; ok && r.JobID == c.ID {
		u := *r
		u.JobID = ""
		t.s.Relations[u.Name] = &u
	}
	return Result{OID: j.OID, JobID: j.ID, Ended: []*Job{j}}
}
