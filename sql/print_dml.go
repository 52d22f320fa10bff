package sql

import (
	"strconv"
	"strings"
)

func (p *printer) insert(s *Insert) {
	if s.With != nil {
		p.with(s.With)
	}
	p.w("INSERT INTO ")
	p.qname(s.Name)
	if s.Alias != nil {
		p.w(" AS ", s.Alias.String())
	}
	p.properties(" WITH ", s.Options)
	p.parenNames(s.Columns)
	if s.DefaultValues {
		p.w(" DEFAULT VALUES")
	} else {
		q := printer{full: p.full}
		q.query(s.Query)
		text := q.b.String()
		if s.OnConflict != nil && strings.HasSuffix(text, "SELECT") {
			text = "(" + text + ")" // else ON would be its first column
		}
		p.w(" ", text)
	}
	if s.OnConflict != nil {
		p.onConflict(s.OnConflict)
	}
	p.returning(s.Returning)
}

func (p *printer) onConflict(o *OnConflict) {
	p.w(" ON CONFLICT")
	p.parenNames(o.Columns)
	if o.Constraint != nil {
		p.w(" ON CONSTRAINT ", o.Constraint.String())
	}
	if !o.Update {
		p.w(" DO NOTHING")
		return
	}
	p.w(" DO UPDATE SET ")
	p.assignments(o.Set)
	p.clause(" WHERE ", o.Where)
}

func (p *printer) returning(items []SelectItem) {
	if items != nil {
		p.w(" RETURNING ")
		p.items(items)
	}
}

func (p *printer) assignments(list []Assignment) {
	for i, a := range list {
		p.opt(i > 0, ", ")
		if len(a.Columns) == 1 {
			p.w(a.Columns[0].String())
		} else {
			p.w("(")
			p.names(a.Columns)
			p.w(")")
		}
		p.w(" = ")
		p.expr(a.Value, 0)
	}
}

func (p *printer) target(keyword string, with *With, name QName, alias *Name) {
	if with != nil {
		p.with(with)
	}
	p.w(keyword)
	p.qname(name)
	p.alias(alias, nil)
}

func (p *printer) update(s *Update) {
	p.target("UPDATE ", s.With, s.Name, s.Alias)
	p.w(" SET ")
	p.assignments(s.Set)
	if s.From != nil {
		p.w(" FROM ")
		p.table(s.From)
	}
	p.clause(" WHERE ", s.Where)
	p.returning(s.Returning)
}

func (p *printer) delete(s *Delete) {
	p.target("DELETE FROM ", s.With, s.Name, s.Alias)
	if s.Using != nil {
		p.w(" USING ")
		p.table(s.Using)
	}
	p.clause(" WHERE ", s.Where)
	p.returning(s.Returning)
}

func (p *printer) copy(s *Copy) {
	p.w("COPY ")
	if s.Query != nil {
		p.subquery("(", s.Query)
	} else {
		p.qname(s.Name)
		p.parenNames(s.Columns)
	}
	p.w(map[bool]string{true: " FROM ", false: " TO "}[s.From])
	switch s.Target {
	case "FILE":
		p.w(quoteString(s.FileName))
	case "PROGRAM":
		p.w("PROGRAM ", quoteString(s.FileName))
	default:
		p.w(s.Target)
	}
	if len(s.Options) > 0 {
		p.w(" WITH (")
		for i := range s.Options {
			p.opt(i > 0, ", ")
			p.copyOption(&s.Options[i])
		}
		p.w(")")
	}
	p.clause(" WHERE ", s.Where)
}

func (p *printer) copyOption(o *CopyOption) {
	p.w(Name{Text: o.Name}.label())
	switch {
	case o.Star:
		p.w(" *")
	case o.Columns != nil:
		p.parenNames(o.Columns)
	case o.HasValue:
		p.w(" ", quoteString(o.Text))
	}
}

func (p *printer) fetch(s *Fetch) {
	p.w(map[bool]string{true: "MOVE ", false: "FETCH "}[s.Move], s.Direction)
	switch {
	case s.All:
		p.w(" ALL")
	case s.Direction == "ABSOLUTE", s.Direction == "RELATIVE", s.Direction == "FORWARD", s.Direction == "BACKWARD":
		p.w(" ", strconv.FormatInt(s.Count, 10))
	}
	p.w(" FROM ", s.Cursor.String())
	p.properties(" WITH ", s.Options)
}

func (p *printer) declareCursor(s *DeclareCursor) {
	p.w("DECLARE ", s.Name.String(), " ")
	p.opt(s.Binary, "BINARY ")
	p.opt(s.Insensitive, "INSENSITIVE ")
	if s.Scroll != nil {
		p.opt(!*s.Scroll, "NO ")
		p.w("SCROLL ")
	}
	p.w("CURSOR ")
	p.opt(s.Hold, "WITH HOLD ")
	p.w("FOR ")
	p.query(s.Query)
}
