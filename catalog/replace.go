package catalog

import (
	"fmt"
	"strings"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// replace puts c's relation in the place of old: same OID, same job ID, one more
// schema version. Plans are compared by who builds them; here the definitions.
func (t *tx) replace(c *CreateRelation, old *Relation) Result {
	r := c.Relation
	if err := t.checkReplace(&r, old); err != nil {
		return failed(err)
	}
	if err := t.checkReads(r.Meaning, r.Reads); err != nil {
		return failed(err)
	}
	if t.reaches(r.Reads, r.Name) {
		return failed(sqlerr.New(sqlerr.InvalidObjectDefinition, "\"%s\" would read itself", r.Name))
	}
	if err := t.inherit(&r, old); err != nil {
		return failed(err)
	}
	if err := t.replaceJob(c, &r, old); err != nil {
		return failed(err)
	}
	t.s.Relations[r.Name] = &r
	return Result{OID: r.OID, JobID: r.JobID, Replaced: old}
}

// replaceJob gives the job the new query and counts its version.
func (t *tx) replaceJob(c *CreateRelation, r, old *Relation) *sqlerr.Error {
	job, running := t.s.Jobs[old.JobID]
	if c.Job == nil {
		return nil
	}
	j := *c.Job
	j.Sink, j.Owner = r.Name, r.Owner
	if !running {
		added, err := t.addJob(j)
		if err == nil {
			r.JobID = added.ID
			t.setStatus(added, Running)
		}
		return err
	}
	j.ID, j.OID, j.CreatedAt, j.Status, j.Version = job.ID, job.OID, job.CreatedAt, Running, job.Version+1
	t.s.Jobs[j.ID] = &j
	return nil
}

func nextVersion(old *Relation, s types.Schema, ms int64) []SchemaVersion {
	last := 0
	if n := len(old.Versions); n > 0 {
		last = old.Versions[n-1].Version
	}
	versions := append([]SchemaVersion(nil), old.Versions...)
	return append(versions, SchemaVersion{Version: last + 1, Schema: s, At: ms})
}

func sameColumns(a, b types.Schema) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if x.Name != y.Name || !x.Type.Equal(y.Type) || x.NotNull != y.NotNull || x.Key != y.Key || x.Hidden != y.Hidden {
			return false
		}
	}
	return true
}

func (t *tx) checkReplace(r, old *Relation) *sqlerr.Error {
	switch {
	case isKsql(r.Meaning) && (r.ReadOnly || old.ReadOnly):
		return sqlerr.New(sqlerr.FeatureNotSupported, "Cannot add %s '%s': CREATE OR REPLACE is not supported on source %ss.",
			r.Kind, r.Name, r.Kind)
	case r.Kind != old.Kind || r.Derived != old.Derived:
		if isKsql(r.Meaning) {
			return errUpgrade("type", r.Name, strings.ToUpper(old.Kind.String()), strings.ToUpper(r.Kind.String()))
		}
		return sqlerr.New(sqlerr.WrongObjectType, "\"%s\" is a %s", old.Name, kindWord(old)).
			WithHint("CREATE OR REPLACE keeps the kind of the relation.")
	case r.Kind == View:
		return replaceView(r, old)
	case isKsql(r.Meaning):
		return replaceKsql(r, old)
	}
	return t.replaceLeat(r, old)
}

// replaceView is PostgreSQL's rule: the old columns stay as the first ones.
func replaceView(r, old *Relation) *sqlerr.Error {
	ov, nv := old.Schema.Visible(), r.Schema.Visible()
	if len(nv) < len(ov) {
		return sqlerr.New(invalidTable, "cannot drop columns from view")
	}
	for i, c := range ov {
		switch {
		case nv[i].Name != c.Name:
			return sqlerr.New(invalidTable, "cannot change name of view column \"%s\" to \"%s\"", c.Name, nv[i].Name)
		case !nv[i].Type.Equal(c.Type):
			return sqlerr.New(invalidTable, "cannot change data type of view column \"%s\" from %s to %s", c.Name, c.Type, nv[i].Type)
		}
	}
	return nil
}

// errUpgrade is ksqlDB's refusal of a changed part.
func errUpgrade(part, name, was, is string) *sqlerr.Error {
	return sqlerr.New(invalidTable, "Cannot upgrade data source: DataSource '`%s`' has %s = %s which is not upgradeable to %s",
		name, part, was, is)
}

func replaceKsql(r, old *Relation) *sqlerr.Error {
	for _, p := range []struct{ part, was, is string }{
		{"topic", old.Topic, r.Topic},
		{"timestampColumn", timestampText(old.Timestamp), timestampText(r.Timestamp)},
		{"keyFormat", formatText(old.KeyFormat), formatText(r.KeyFormat)},
		{"valueFormat", formatText(old.ValueFormat), formatText(r.ValueFormat)},
	} {
		if p.was != p.is {
			return errUpgrade(p.part, r.Name, p.was, p.is)
		}
	}
	u := schema.CheckUpgrade(r.Schema, old.Schema)
	if u.OK() {
		return nil
	}
	e := errUpgrade("schema", r.Name, ksqlColumns(old.Schema.Visible()), ksqlColumns(r.Schema.Visible()))
	if len(u.Keys) > 0 {
		e.Message += fmt.Sprintf(". (Key columns must be identical. The following key columns are changed, missing or reordered: [%s])",
			ksqlColumns(u.Keys))
	} else {
		e.Message += fmt.Sprintf(". (The following columns are changed, missing or reordered: [%s])", ksqlColumns(u.Values))
	}
	return e
}

func timestampText(ts *TimestampSpec) string {
	if ts == nil {
		return "none"
	}
	return ts.Column + " " + ts.Format
}

func formatText(f Format) string {
	out := f.Name
	for _, p := range f.Props {
		out += " " + p.Name + "=" + p.Value
	}
	return out
}

// replaceLeat keeps topic, formats and keys, and holds the schema against the
// relation's compatibility level.
func (t *tx) replaceLeat(r, old *Relation) *sqlerr.Error {
	for _, p := range []struct{ part, was, is string }{
		{"topic", old.Topic, r.Topic},
		{"key format", formatText(old.KeyFormat), formatText(r.KeyFormat)},
		{"value format", formatText(old.ValueFormat), formatText(r.ValueFormat)},
	} {
		if p.was != p.is {
			return sqlerr.New(invalidTable, "cannot change the %s of \"%s\"", p.part, r.Name).
				WithDetail("It is %s and would become %s.", p.was, p.is)
		}
	}
	return t.checkSchema(old, r.Schema)
}

// checkSchema holds a new schema against r's versions at its level.
func (t *tx) checkSchema(r *Relation, newer types.Schema) *sqlerr.Error {
	level := t.s.Level
	if r.Compatibility != "" {
		level = schema.Level(r.Compatibility)
	}
	old := make([]types.Schema, len(r.Versions))
	for i, v := range r.Versions {
		old[i] = v.Schema
	}
	rules := schema.Rules{Level: level, Positional: r.ValueFormat.Name == "DELIMITED"}
	found := rules.Check(newer, old)
	if len(found) == 0 {
		return nil
	}
	return sqlerr.New(invalidTable, "schema of \"%s\" is not %s compatible", r.Name, level).
		WithDetail("%s", schema.Describe(found)).
		WithHint("Change the schema, or the relation's compatibility level.")
}
