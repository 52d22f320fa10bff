package catalog

import (
	"fmt"
	"maps"
	"slices"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Ops of ColumnChange.
const (
	AddColumn    = "add"
	DropColumn   = "drop"
	RenameColumn = "rename"
	RetypeColumn = "type"
	SetNotNull   = "set not null"
	DropNotNull  = "drop not null"
	SetDefault   = "set default" // Default "" drops it
)

// ColumnChange is one action of ALTER on one column.
type ColumnChange struct {
	Op       string
	Column   types.Column // add: the whole column; others: its Name; type: the new Type
	To       string       `json:",omitempty"` // rename
	Default  string       `json:",omitempty"` // add, set default: expression text
	IfExists bool         `json:",omitempty"` // drop: IF EXISTS; add: IF NOT EXISTS
	Fill     *Fill        `json:",omitempty"` // add: what older rows show
}

// AlterColumns changes a relation's columns: all of Changes or none. The schema
// that results is held against the relation's compatibility level.
type AlterColumns struct {
	Name     string
	Kind     RelationKind
	Meaning  string // of the session
	IfExists bool   `json:",omitempty"`
	Changes  []ColumnChange
}

func (*AlterColumns) op() string { return "alter_columns" }

func (c *AlterColumns) apply(t *tx) Result {
	r, ok := t.s.Relations[c.Name]
	if !ok || r.State != Active {
		if c.IfExists {
			return Result{Skipped: true, Notice: fmt.Sprintf("relation \"%s\" does not exist, skipping", c.Name)}
		}
		return failed(errMissing(c.Meaning, "", c.Name))
	}
	if err := c.check(t, r); err != nil {
		return failed(err)
	}
	u := *r
	u.Schema = r.Schema.Clone()
	u.Defaults, u.Headers, u.Fills = maps.Clone(r.Defaults), maps.Clone(r.Headers), slices.Clone(r.Fills)
	var res Result
	renamed := false
	for _, change := range c.Changes {
		if err := change.apply(&u, c.Meaning, &res); err != nil {
			return failed(err)
		}
		renamed = renamed || change.Op == RenameColumn
	}
	if err := checkColumns(u.Schema); err != nil {
		return failed(err)
	}
	if err := t.checkAltered(r, &u, renamed); err != nil {
		return failed(err)
	}
	if !sameColumns(u.Schema, r.Schema) {
		u.Versions = nextVersion(r, u.Schema, t.ms)
		if err := t.registerColumns(&u, true); err != nil {
			return failed(err)
		}
	}
	t.s.Relations[u.Name] = &u
	res.OID, res.Replaced = u.OID, r
	return res
}

// check holds what the relation as a whole allows.
func (c *AlterColumns) check(t *tx, r *Relation) *sqlerr.Error {
	ksql := isKsql(c.Meaning)
	switch {
	case int(c.Kind) >= len(kindNames):
		return sqlerr.New(sqlerr.DataCorrupted, "malformed catalog command")
	case r.Kind != c.Kind:
		return errWrongKind(c.Meaning, "ALTER", c.Kind, r)
	case r.ReadOnly && ksql:
		return sqlerr.New(sqlerr.FeatureNotSupported, "Cannot alter %s '%s': ALTER operations are not supported on source %ss.", r.Kind, r.Name, r.Kind)
	case r.ReadOnly:
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot alter read-only %s \"%s\"", r.Kind, r.Name)
	case (r.Derived || r.Kind == View) && ksql:
		return sqlerr.New(sqlerr.FeatureNotSupported, "ALTER command is not supported for CREATE ... AS statements.")
	case r.Derived || r.Kind == View:
		return sqlerr.New(sqlerr.WrongObjectType, "cannot alter the columns of %s \"%s\"", kindWord(r), r.Name).
			WithDetail("Its columns are those of its query.").WithHint("Use CREATE OR REPLACE.")
	}
	for _, change := range c.Changes {
		if change.Op == AddColumn || change.Op == SetDefault || change.Op == DropNotNull {
			continue
		}
		if d := t.dependentsOf(r); !d.none() {
			return errDependents(c.Meaning, "alter", r, d)
		}
	}
	return nil
}

// checkAltered holds the new schema against the level; a rename loses what old
// records hold under the old name, so it wants NONE where columns go by name.
func (t *tx) checkAltered(r, u *Relation, renamed bool) *sqlerr.Error {
	level := t.s.Level
	if r.Compatibility != "" {
		level = schema.Level(r.Compatibility)
	}
	if renamed && level != schema.None && r.ValueFormat.Name != "DELIMITED" {
		return sqlerr.New(invalidTable, "schema of \"%s\" is not %s compatible", r.Name, level).
			WithDetail("A renamed column is not found in records written under its old name.").
			WithHint("Set the relation's compatibility level to NONE to rename nevertheless.")
	}
	return t.checkSchema(r, u.Schema)
}

// apply changes u, which is the caller's own copy.
func (c *ColumnChange) apply(u *Relation, meaning string, res *Result) *sqlerr.Error {
	i := u.Schema.Index(c.Column.Name)
	if c.Op == AddColumn {
		return c.add(u, i, meaning, res)
	}
	if i < 0 {
		if c.Op == DropColumn && c.IfExists {
			res.Notice = fmt.Sprintf("column \"%s\" of relation \"%s\" does not exist, skipping", c.Column.Name, u.Name)
			return nil
		}
		return sqlerr.New(sqlerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", c.Column.Name, u.Name)
	}
	if u.Schema[i].Key && c.Op != SetDefault {
		return sqlerr.New(invalidTable, "cannot alter key column \"%s\"", c.Column.Name).
			WithDetail("The key decides a record's partition and its row.")
	}
	switch c.Op {
	case DropColumn:
		if u.Timestamp != nil && u.Timestamp.Column == c.Column.Name {
			return sqlerr.New(sqlerr.DependentObjects, "cannot drop column \"%s\" because it is the event time of \"%s\"", c.Column.Name, u.Name)
		}
		u.Schema = slices.Delete(u.Schema, i, i+1)
		u.Defaults, u.Headers = shifted(u.Defaults, i), shifted(u.Headers, i)
		u.renamed(c.Column.Name, "")
		u.Fills = slices.DeleteFunc(u.Fills, func(f Fill) bool { return f.Column == c.Column.Name })
	case RenameColumn:
		if u.Schema.Index(c.To) >= 0 {
			return sqlerr.New(sqlerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists", c.To, u.Name)
		}
		u.Schema[i].Name = c.To
		u.renamed(c.Column.Name, c.To)
		for k := range u.Fills {
			if u.Fills[k].Column == c.Column.Name {
				u.Fills[k].Column = c.To
			}
		}
		if u.Timestamp != nil && u.Timestamp.Column == c.Column.Name {
			u.Timestamp = &TimestampSpec{Column: c.To, Format: u.Timestamp.Format}
		}
	case RetypeColumn:
		u.Schema[i].Type = c.Column.Type
	case SetNotNull, DropNotNull:
		u.Schema[i].NotNull = c.Op == SetNotNull
	case SetDefault:
		u.setDefault(i, c.Default)
	default:
		return sqlerr.New(sqlerr.DataCorrupted, "malformed catalog command")
	}
	return nil
}

func (c *ColumnChange) add(u *Relation, at int, meaning string, res *Result) *sqlerr.Error {
	switch {
	case at >= 0 && c.IfExists:
		res.Notice = fmt.Sprintf("column \"%s\" of relation \"%s\" already exists, skipping", c.Column.Name, u.Name)
		return nil
	case at >= 0 && isKsql(meaning):
		return sqlerr.New(sqlerr.DuplicateColumn, "Cannot add column `%s` to schema. A column with the same name already exists.", c.Column.Name)
	case at >= 0:
		return sqlerr.New(sqlerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists", c.Column.Name, u.Name)
	case c.Column.Key:
		return sqlerr.New(invalidTable, "cannot add key column \"%s\"", c.Column.Name).
			WithDetail("The key decides a record's partition and its row.")
	}
	u.Schema = append(u.Schema, c.Column)
	u.setDefault(len(u.Schema)-1, c.Default)
	if c.Fill != nil {
		u.Fills = append(u.Fills, *c.Fill)
	}
	return nil
}

func (r *Relation) setDefault(i int, text string) {
	if text == "" {
		delete(r.Defaults, i)
		return
	}
	if r.Defaults == nil {
		r.Defaults = map[int]string{}
	}
	r.Defaults[i] = text
}

// shifted drops position at of a map by position.
func shifted(m map[int]string, at int) map[int]string {
	out := make(map[int]string, len(m))
	for i, v := range m {
		switch {
		case i < at:
			out[i] = v
		case i > at:
			out[i-1] = v
		}
	}
	return out
}
