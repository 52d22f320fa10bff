package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// DropRelation takes a relation, and with Cascade all that depends on it, out of
// sight: they become Dropping, their jobs are gone. The server then removes
// topics and state and sends ForgetRelation for each.
type DropRelation struct {
	Name     string
	Kind     RelationKind
	AnyKind  bool   `json:",omitempty"` // DROP without a word for the kind
	Derived  bool   `json:",omitempty"` // DROP MATERIALIZED VIEW
	Meaning  string // of the session: whose words errors use
	IfExists bool   `json:",omitempty"`
	Cascade  bool   `json:",omitempty"`
	// DeleteTopic is DELETE TOPIC, which a read-only source refuses.
	DeleteTopic bool `json:",omitempty"`
}

func (*DropRelation) op() string { return "drop_relation" }

func (c *DropRelation) word() string {
	switch {
	case c.AnyKind:
		return "relation"
	case c.Derived:
		return "materialized view"
	}
	return c.Kind.String()
}

func (c *DropRelation) apply(t *tx) Result {
	if !c.AnyKind && int(c.Kind) >= len(kindNames) {
		return failed(sqlerr.New(sqlerr.DataCorrupted, "malformed catalog command"))
	}
	r, ok := t.s.Relations[c.Name]
	if !ok || r.State == Dropping {
		if c.IfExists {
			return Result{Skipped: true, Notice: fmt.Sprintf("%s \"%s\" does not exist, skipping", c.word(), c.Name)}
		}
		return failed(errMissing(c.Meaning, c.word(), c.Name))
	}
	if err := c.check(r); err != nil {
		return failed(err)
	}
	if d := t.dependentsOf(r); !c.Cascade && !d.none() {
		return failed(errDependents(c.Meaning, "drop", r, d))
	}
	res := Result{OID: r.OID, JobID: r.JobID}
	t.drop(r, &res)
	slices.SortFunc(res.Ended, func(a, b *Job) int { return strings.Compare(a.ID, b.ID) })
	if n := len(res.Dropped) - 1; n > 0 {
		res.Notice = fmt.Sprintf("drop cascades to %d other objects", n)
	}
	return res
}

// check holds that the statement's words fit the relation.
func (c *DropRelation) check(r *Relation) *sqlerr.Error {
	switch {
	case r.State == Creating:
		return sqlerr.New(sqlerr.ObjectInUse, "relation \"%s\" is being created", r.Name)
	case !c.AnyKind && (r.Kind != c.Kind || c.Derived && !r.Derived):
		e := errWrongKind(c.Meaning, "DROP", c.Kind, r)
		if c.Derived {
			e.Message = fmt.Sprintf("\"%s\" is not a materialized view", r.Name)
		}
		return e
	case c.DeleteTopic && r.ReadOnly:
		return sqlerr.New(sqlerr.FeatureNotSupported, "Cannot delete topic for read-only source: %s", r.Name)
	}
	return nil
}

// drop marks r and its dependents, dependents first.
func (t *tx) drop(r *Relation, res *Result) {
	if t.s.Relations[r.Name].State == Dropping {
		return
	}
	gone := *r
	gone.State = Dropping
	t.s.Relations[r.Name] = &gone
	d := t.dependentsOf(r)
	for _, x := range d.relations {
		t.drop(x, res)
	}
	for _, j := range d.jobs {
		t.endJob(j.ID, res)
	}
	t.endJob(r.JobID, res)
	for _, j := range t.pendingOf(r.Name) {
		t.endJob(j.ID, res)
	}
	t.forgetRights(r)
	res.Dropped = append(res.Dropped, &gone)
}

func (t *tx) endJob(id string, res *Result) {
	j, ok := t.s.Jobs[id]
	if !ok {
		return
	}
	delete(t.s.Jobs, id)
	res.Ended = append(res.Ended, j)
}

// ForgetRelation removes a dropped relation: its name is free.
type ForgetRelation struct {
	Name string
	OID  uint32
}

func (*ForgetRelation) op() string { return "forget_relation" }

func (c *ForgetRelation) apply(t *tx) Result {
	r, ok := t.s.Relations[c.Name]
	if !ok || r.OID != c.OID || r.State != Dropping {
		return failed(sqlerr.New(sqlerr.ObjectNotInState, "relation \"%s\" is not being dropped", c.Name))
	}
	delete(t.s.Relations, c.Name)
	return Result{OID: r.OID}
}
