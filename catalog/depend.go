package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// dependents are what stops working without a relation: relations that read it
// and jobs of INSERT queries that read or write it. Its own job is not one.
type dependents struct {
	relations []*Relation
	jobs      []*Job
}

func (d dependents) none() bool { return len(d.relations) == 0 && len(d.jobs) == 0 }

// dependentsOf lists them by name and ID.
func (t *tx) dependentsOf(r *Relation) dependents {
	var d dependents
	for _, other := range sorted(t.s.Relations) {
		if other.Name != r.Name && other.State != Dropping && slices.Contains(other.Reads, r.Name) {
			d.relations = append(d.relations, other)
		}
	}
	for _, j := range sorted(t.s.Jobs) {
		if j.Kind == Insert && (j.Sink == r.Name || slices.Contains(j.Reads, r.Name)) || j.readBuilding(r.Name) {
			d.jobs = append(d.jobs, j)
		}
	}
	return d
}

// detail lists dependents one a line, as PostgreSQL does.
func (d dependents) detail(r *Relation) string {
	var lines []string
	on := fmt.Sprintf("%s %s", kindWord(r), r.Name)
	for _, x := range d.relations {
		lines = append(lines, fmt.Sprintf("%s %s depends on %s", kindWord(x), x.Name, on))
	}
	for _, j := range d.jobs {
		lines = append(lines, fmt.Sprintf("query %s depends on %s", j.ID, on))
	}
	return strings.Join(lines, "\n")
}

// errDependents is 2BP01 for a statement that does verb to r.
func errDependents(meaning, verb string, r *Relation, d dependents) *sqlerr.Error {
	if !isKsql(meaning) {
		e := sqlerr.New(sqlerr.DependentObjects, "cannot %s %s %s because other objects depend on it", verb, kindWord(r), r.Name).
			WithDetail("%s", d.detail(r))
		if verb == "drop" {
			e.WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
		}
		return e
	}
	var readers, writers, names []string
	for _, x := range d.relations {
		names = append(names, x.Name)
		if x.JobID != "" {
			readers = append(readers, x.JobID)
		}
	}
	for _, j := range d.jobs {
		if j.Sink == r.Name {
			writers = append(writers, j.ID)
		} else {
			readers = append(readers, j.ID)
		}
	}
	e := sqlerr.New(sqlerr.DependentObjects,
		"Cannot %s %s.\nThe following queries read from this source: [%s].\nThe following queries write into this source: [%s].\nYou need to terminate them before dropping %s.",
		verb, r.Name, strings.Join(readers, ", "), strings.Join(writers, ", "), r.Name)
	if len(names) > 0 {
		e.WithDetail("The following streams and/or tables read from this source: [%s].", strings.Join(names, ", "))
	}
	return e
}

// reaches tells whether any of names is target or reads it, however far.
func (t *tx) reaches(names []string, target string) bool {
	seen := map[string]bool{}
	todo := slices.Clone(names)
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if name == target {
			return true
		}
		if r, ok := t.s.Relations[name]; ok && !seen[name] {
			seen[name] = true
			todo = append(todo, r.Reads...)
		}
	}
	return false
}
