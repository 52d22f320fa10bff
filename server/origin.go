package server

import (
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/types"
)

// origins tells of each result column which column of which relation it is, where
// it is one and no more: drivers ask the catalog by it for nullability and keys,
// and let people edit such a result. cols is changed in place.
func (ss *Session) origins(rq *request, q *sql.Query, cols []pgwire.Column) []pgwire.Column {
	sel, ok := q.Body.(*sql.Select)
	if !ok || sel.From == nil {
		return cols
	}
	o := originOf{ss: ss, rq: rq, with: map[string]bool{}}
	if q.With != nil {
		for _, c := range q.With.CTEs {
			o.with[c.Name.Fold(rq.ksql)] = true
		}
	}
	if !o.from(sel.From) {
		return cols
	}
	found, ok := o.items(sel.Items)
	if !ok || len(found) != len(cols) {
		return cols
	}
	for i, f := range found {
		// A type that differs is that of a join key or a rendering of ksqlDB's.
		if f.attr > 0 && f.typ == cols[i].Type.OID() {
			cols[i].Table, cols[i].Attr = f.table, f.attr
		}
	}
	return cols
}

// origin is a column of a relation as pg_attribute knows it; attr 0: something
// else.
type origin struct {
	table, typ uint32
	attr       uint16
}

// originOf walks one SELECT.
type originOf struct {
	ss     *Session
	rq     *request
	with   map[string]bool
	tables []namedRelation
}

type namedRelation struct {
	name string
	oid  uint32
	cols types.Schema // visible ones
}

func (t namedRelation) column(i int) origin {
	return origin{t.oid, t.cols[i].Type.OID(), uint16(i + 1)}
}

// from collects the relations of FROM; false when * does not list their columns
// one after the other.
func (o *originOf) from(x sql.TableExpr) bool {
	switch x := x.(type) {
	case *sql.Table:
		return len(x.ColAliases) == 0 && o.table(x)
	case *sql.Join:
		return !x.Natural && len(x.Using) == 0 && o.from(x.L) && o.from(x.R)
	}
	return false
}

func (o *originOf) table(x *sql.Table) bool {
	schema, name := "", x.Name[len(x.Name)-1].Fold(o.rq.ksql)
	if len(x.Name) > 1 {
		schema = x.Name[len(x.Name)-2].Fold(o.rq.ksql)
	}
	if len(x.Name) == 1 && o.with[name] {
		return false
	}
	t := namedRelation{name: name}
	names := o.ss.names(o.rq)
	if r, ok := names.Relation(schema, name); ok && r.Windowed == nil {
		t.oid, t.cols = r.OID, r.Schema.Visible()
	} else if full, s, ok := names.Virtual(schema, name); ok {
		t.oid, t.cols = systemTables[full].oid, s
	} else {
		return false
	}
	if x.Alias != nil {
		t.name = x.Alias.Fold(o.rq.ksql)
	}
	o.tables = append(o.tables, t)
	return true
}

func (o *originOf) items(items []sql.SelectItem) ([]origin, bool) {
	var out []origin
	for _, it := range items {
		switch x := it.Expr.(type) {
		case *sql.Star:
			out = append(out, o.star(x)...)
		case *sql.StarOf:
			return nil, false
		case *sql.ColumnRef:
			out = append(out, o.column(x))
		default:
			out = append(out, origin{})
		}
	}
	return out, true
}

func (o *originOf) star(x *sql.Star) []origin {
	var out []origin
	for _, t := range o.tables {
		if len(x.Qualifier) > 0 && x.Qualifier[len(x.Qualifier)-1].Fold(o.rq.ksql) != t.name {
			continue
		}
		for i := range t.cols {
			out = append(out, t.column(i))
		}
	}
	return out
}

// column is the only column that a name can mean.
func (o *originOf) column(x *sql.ColumnRef) origin {
	if len(x.Parts) > 2 {
		return origin{}
	}
	var found []origin
	name := x.Parts[len(x.Parts)-1].Fold(o.rq.ksql)
	for _, t := range o.tables {
		if len(x.Parts) == 2 && x.Parts[0].Fold(o.rq.ksql) != t.name {
			continue
		}
		if i := t.cols.Index(name); i >= 0 {
			found = append(found, t.column(i))
		}
	}
	if len(found) != 1 {
		return origin{}
	}
	return found[0]
}
