package server

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/sql/types"
)

// seesJob tells whether the statement's role may see what a query does: how far
// it is in its sources counts their records.
func (v virtual) seesJob(id string) bool {
	j, ok := v.snap.Job(id)
	return ok && j.SQL != catalog.HiddenText || v.all.IsSuperuser(v.as)
}

// jobs are the running queries that the statement's role knows of.
func (v virtual) jobs() []task.JobStatus {
	var out []task.JobStatus
	for _, j := range v.ss.srv.runtime.Jobs() {
		if v.seesJob(j.ID) {
			out = append(out, j)
		}
	}
	return out
}

// seesTopic tells whether the statement's role knows of a topic: of one under a
// relation that it sees, and with MONITOR of all.
func (v virtual) seesTopic(name string) bool {
	if v.all.May(v.as, catalog.Database, catalog.PrivMonitor) {
		return true
	}
	if id, ok := strings.CutPrefix(name, "_exchange."); ok {
		job, _, _ := strings.Cut(id, ".")
		return v.seesJob(job)
	}
	for _, r := range v.snap.Relations() {
		if r.Topic == name || deadLetterTopic(r.OID) == name {
			return true
		}
	}
	return false
}

// shownStatement is the statement that made a relation, for who may read it.
func (v virtual) shownStatement(r *catalog.Relation) types.Value {
	if !v.all.May(v.as, catalog.ObjectOf(r), catalog.PrivSelect) {
		return catalog.HiddenText
	}
	return r.SQL
}
