package catalog_test

import (
	"testing"

	"github.com/leatdb/leat/catalog"
)

// A replacement is built beside: until it is finished nothing of the relation
// changes; then all of it does, and the old job is gone.
func TestReplaceBeside(t *testing.T) {
	w := newWorld(t)
	w.ok(stream("s", "k text key, v integer"))
	begun := derived("d", "k text key, n bigint", "s")
	begun.Relation.Kind = catalog.Table
	first := w.ok(begun)
	w.ok(&catalog.Comment{Name: "d", Text: "kept"})
	to, job := begun.Relation, *begun.Job

	wider := to
	wider.Partitions++
	w.no(&catalog.BeginReplace{Relation: wider, Job: job}, "42P16", "partitions")
	self := to
	self.Reads = []string{"d"}
	w.no(&catalog.BeginReplace{Relation: self, Job: job}, "read itself")

	job.SQL, to.SQL = "two", "two"
	next := w.ok(&catalog.BeginReplace{Relation: to, Job: job})
	if next.JobID == first.JobID {
		t.Fatalf("the new job has the old one's ID %q", next.JobID)
	}
	w.no(&catalog.BeginReplace{Relation: to, Job: job}, "55006", next.JobID)
	if r, _ := w.c.Current().Relation("", "d"); r.JobID != first.JobID || r.SQL == "two" {
		t.Errorf("the relation has changed too early: %+v", r)
	}
	if _, writers := w.c.Current().JobsOf("d"); len(writers) != 1 || writers[0].ID != first.JobID {
		t.Errorf("writers %+v", writers)
	}
	w.no(&catalog.FinishReplace{JobID: first.JobID}, "55000")
	res := w.ok(&catalog.FinishReplace{JobID: next.JobID})
	r, _ := w.c.Current().Relation("", "d")
	if r.JobID != next.JobID || r.SQL != "two" || r.Comment != "kept" || r.OID != first.OID {
		t.Errorf("finished: %+v", r)
	}
	if len(res.Ended) != 1 || res.Ended[0].ID != first.JobID {
		t.Errorf("ended %+v", res.Ended)
	}
	w.no(&catalog.FinishReplace{JobID: next.JobID}, "55000")

	third := w.ok(&catalog.BeginReplace{Relation: to, Job: job})
	w.no(&catalog.DropRelation{Name: "s", Kind: catalog.Stream}, "2BP01")
	gone := w.ok(&catalog.DropRelation{Name: "d", Kind: catalog.Table})
	if len(gone.Ended) != 2 || gone.Ended[1].ID != third.JobID {
		t.Errorf("ended with the relation: %+v", gone.Ended)
	}
}
