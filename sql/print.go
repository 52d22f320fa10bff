package sql

import (
	"fmt"
	"strconv"
	"strings"
)

// Print gives the canonical text of a statement, query, expression, type or
// table expression: parsing it gives the same tree. Comments are not kept.
func Print(n Node) string {
	p := &printer{}
	switch n := n.(type) {
	case Statement:
		p.statement(n)
	case *Query:
		p.query(n)
	case Body:
		p.body(n)
	case Expr:
		p.expr(n, 0)
	case TableExpr:
		p.table(n)
	case *TypeName:
		p.typeName(n)
	case QName:
		p.qname(n)
	case Name:
		p.w(n.String())
	case *WindowSpec:
		p.windowSpec(n)
	case *Duration:
		p.duration(n)
	default:
		panic(fmt.Sprintf("BUG: Print of %T", n))
	}
	return p.b.String()
}

// PrintStatement is Print of a statement.
func PrintStatement(s Statement) string { return Print(s) }

// PrintExpr is Print of an expression.
func PrintExpr(e Expr) string { return Print(e) }

// PrintGrouped prints an expression with parentheses around every operator, to
// show how it was grouped.
func PrintGrouped(e Expr) string {
	p := &printer{full: true}
	p.expr(e, 0)
	return p.b.String()
}

// printer writes words with single spaces where they are given.
type printer struct {
	b    strings.Builder
	full bool // parenthesise every operator
}

// w writes parts one after the other.
func (p *printer) w(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

// opt writes text when the condition holds.
func (p *printer) opt(cond bool, text string) {
	if cond {
		p.w(text)
	}
}

func quoteString(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// label is a name where any word can stand: after AS and after a dot.
func (n Name) label() string {
	if !n.Quoted && plainWord(n.Text) {
		return n.Text
	}
	return n.String()
}

// member is a name behind a dot, which with digits alone would be a number.
func (n Name) member() string {
	text := n.label()
	if isDigit(text[0]) {
		return ". " + text
	}
	return "." + text
}

func (p *printer) qname(q QName) {
	for i, n := range q {
		if i == 0 {
			p.w(n.String())
		} else {
			p.w(n.member())
		}
	}
}

func (p *printer) qnames(list []QName) {
	for i, q := range list {
		p.opt(i > 0, ", ")
		p.qname(q)
	}
}

// names writes a, b.
func (p *printer) names(list []Name) {
	for i, n := range list {
		p.opt(i > 0, ", ")
		p.w(n.String())
	}
}

// parenNames writes " (a, b)", nothing for an empty list.
func (p *printer) parenNames(list []Name) {
	if len(list) == 0 {
		return
	}
	p.w(" (")
	p.names(list)
	p.w(")")
}

func (p *printer) duration(d *Duration) {
	p.w(strconv.FormatInt(d.N, 10), " ", string(d.Unit))
	p.opt(d.N != 1, "S")
}

// properties writes " WITH (k = v, ...)" with its keyword, nothing when nil.
func (p *printer) properties(keyword string, list []Property) {
	if list == nil {
		return
	}
	p.w(keyword, "(")
	for i, o := range list {
		p.opt(i > 0, ", ")
		if o.Name.Quoted {
			p.w(quoteString(o.Name.Text))
		} else {
			p.w(o.Name.Text)
		}
		if o.Value != nil {
			p.w(" = ")
			p.propertyValue(o.Value)
		}
	}
	p.w(")")
}

func (p *printer) propertyValue(e Expr) {
	switch e := e.(type) {
	case *Row:
		p.w("(")
		p.exprs(e.Items)
		p.w(")")
	case *ColumnRef:
		for i, n := range e.Parts {
			if i == 0 {
				p.w(n.label())
			} else {
				p.w(n.member())
			}
		}
	default:
		p.expr(e, 0)
	}
}

// typeName writes a type; arrays as ARRAY<T>, which nests without doubt.
func (p *printer) typeName(t *TypeName) {
	p.opt(t.Setof, "SETOF ")
	switch {
	case t.Key != nil:
		p.w("MAP<")
		p.typeName(t.Key)
		p.w(", ")
		p.typeName(t.Elem)
		p.w(">")
	case t.Elem != nil:
		p.w("ARRAY<")
		p.typeName(t.Elem)
		p.w(">")
	case t.Struct:
		p.w("STRUCT<")
		p.fields(t.Fields)
		p.w(">")
	default:
		p.namedType(t)
	}
}

func (p *printer) fields(list []FieldDef) {
	for i, f := range list {
		p.opt(i > 0, ", ")
		p.w(f.Name.label(), " ")
		p.typeName(f.Type)
	}
}

func (p *printer) namedType(t *TypeName) {
	args := ""
	if len(t.Args) > 0 {
		parts := make([]string, len(t.Args))
		for i, a := range t.Args {
			parts[i] = strconv.Itoa(a)
		}
		args = "(" + strings.Join(parts, ", ") + ")"
	}
	if last := t.Name[0]; len(t.Name) == 1 && !last.Quoted && strings.Contains(last.Text, " ") {
		word, rest, _ := strings.Cut(last.Text, " ")
		if strings.HasSuffix(rest, "time zone") {
			p.w(word, args, " ", rest)
		} else {
			p.w(word, " ", rest, args)
		}
		return
	}
	p.qname(t.Name)
	p.w(args)
	p.opt(t.IntervalFields != "", " "+t.IntervalFields)
}
