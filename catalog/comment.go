package catalog

import (
	"maps"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Comment sets the comment of a relation, or of one of its columns; "" removes it.
type Comment struct {
	Name   string
	Column string `json:",omitempty"`
	Text   string
}

func (*Comment) op() string { return "comment" }

func (c *Comment) apply(t *tx) Result {
	return t.update(c.Name, func(r *Relation) *sqlerr.Error {
		switch {
		case c.Column == "":
			r.Comment = c.Text
		case r.Schema.Index(c.Column) < 0:
			return sqlerr.New(sqlerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", c.Column, r.Name)
		default:
			r.describe(c.Column, c.Text)
		}
		return nil
	})
}

// describe sets a column's comment in a map of its own.
func (r *Relation) describe(column, text string) {
	m := maps.Clone(r.ColumnComments)
	if text == "" {
		delete(m, column)
	} else {
		if m == nil {
			m = map[string]string{}
		}
		m[column] = text
	}
	r.ColumnComments = m
}

// renamed moves a column's comment; to "" it is removed.
func (r *Relation) renamed(column, to string) {
	text, ok := r.ColumnComments[column]
	if !ok {
		return
	}
	r.describe(column, "")
	if to != "" {
		r.describe(to, text)
	}
}

// inheritComments keeps the comments of old where r has no other, and its columns still exist.
func (r *Relation) inheritComments(old *Relation) {
	if r.Comment == "" {
		r.Comment = old.Comment
	}
	for _, c := range r.Schema {
		if text := old.ColumnComments[c.Name]; text != "" && r.ColumnComments[c.Name] == "" {
			r.describe(c.Name, text)
		}
	}
}
