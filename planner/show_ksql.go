package planner

import (
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
)

// ksqlExpr prints an expression as ksqlDB's messages do: every operator in
// parentheses, functions in upper case.
func ksqlExpr(e sql.Expr) string { return ksqlPrinter{}.expr(e) }

// qualifiedExpr is ksqlExpr with the columns' sources before their names.
func qualifiedExpr(e sql.Expr, sc *scope) string { return ksqlPrinter{sc}.expr(e) }

// ksqlPrinter prints expressions; with a scope, columns with their sources.
type ksqlPrinter struct{ sc *scope }

func (p ksqlPrinter) column(e *sql.ColumnRef) string {
	parts := make([]string, len(e.Parts))
	for i, part := range e.Parts {
		parts[i] = part.Fold(true)
	}
	if p.sc != nil && len(parts) == 1 {
		if found := p.sc.find("", "", parts[0]); len(found) > 0 && found[0].table != "" {
			return found[0].table + "." + parts[0]
		}
	}
	return strings.Join(parts, ".")
}

func (p ksqlPrinter) expr(e sql.Expr) string {
	switch e := e.(type) {
	case *sql.Binary:
		return "(" + p.expr(e.L) + " " + e.Op + " " + p.expr(e.R) + ")"
	case *sql.Unary:
		if e.Op == "NOT" {
			return "(NOT " + p.expr(e.X) + ")"
		}
		return e.Op + p.expr(e.X)
	case *sql.ColumnRef:
		return p.column(e)
	case *sql.Call:
		if e.Star {
			return e.Name.Last().Fold(true) + "(*)"
		}
		return strings.ToUpper(e.Name.Last().Text) + "(" + p.exprs(e.Args) + ")"
	case *sql.ArrayCtor:
		return "ARRAY[" + p.exprs(e.Items) + "]"
	case *sql.MapCtor:
		var parts []string
		for _, m := range e.Entries {
			parts = append(parts, p.expr(m.Key)+":="+p.expr(m.Value))
		}
		return "MAP(" + strings.Join(parts, ", ") + ")"
	case *sql.StructCtor:
		var parts []string
		for _, f := range e.Fields {
			parts = append(parts, f.Name.Fold(true)+":="+p.expr(f.Value))
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	case *sql.StructAccess:
		return p.expr(e.X) + "->" + e.Field.Fold(true)
	case *sql.Subscript:
		return p.expr(e.X) + "[" + p.expr(e.Index) + "]"
	case *sql.Null:
		return "null"
	case *sql.Bool:
		if e.Value {
			return "true"
		}
		return "false"
	}
	return sql.PrintExpr(e)
}

func (p ksqlPrinter) exprs(es []sql.Expr) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = p.expr(e)
	}
	return strings.Join(parts, ", ")
}

// ksqlCallText is the printed form of an aggregate as ksqlDB's messages have it,
// which counts rows by their times.
func ksqlCallText(name string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.Replace(name, "(*)", "(ROWTIME)", 1), "\"", ""))
}

// line is the place of a message as ksqlDB writes it; "" in our meaning.
func (b *binder) line(pos int) string {
	if !b.ksql || pos < 0 || pos > len(b.opt.Text) || b.opt.Text == "" {
		return ""
	}
	l, c := lineColumn(b.opt.Text, pos)
	return "Line: " + itoa(l) + ", Col: " + itoa(c) + ": "
}

// prepared is what stands before a fault that ksqlDB finds while it reads the
// statement.
func (b *binder) prepared(pos int) string {
	if !b.ksql || pos < 0 || pos > len(b.opt.Text) {
		return ""
	}
	l, c := lineColumn(b.opt.Text, pos)
	return "Failed to prepare statement: line " + itoa(l) + ":" + itoa(c+1) + ": "
}

// lineColumn turns a byte offset into line and column in characters, from 1.
func lineColumn(text string, off int) (line, col int) {
	head := text[:off]
	return strings.Count(head, "\n") + 1, utf8.RuneCountInString(head[strings.LastIndexByte(head, '\n')+1:]) + 1
}

// hasColumns tells whether an expression reads a column.
func hasColumns(e sql.Expr) bool {
	found := false
	walkExpr(e, func(e sql.Expr) { _, ref := e.(*sql.ColumnRef); found = found || ref })
	return found
}

// ownBound finds the first window bound that an expression names, "" for none.
func ownBound(e sql.Expr) string {
	found := ""
	walkExpr(e, func(e sql.Expr) {
		if ref, ok := e.(*sql.ColumnRef); ok && found == "" {
			if name := ref.Parts[len(ref.Parts)-1].Fold(true); name == "WINDOWSTART" || name == "WINDOWEND" {
				found = name
			}
		}
	})
	return found
}

// walkExpr visits an expression and its operands in the order of the text.
func walkExpr(e sql.Expr, f func(sql.Expr)) {
	if e == nil {
		return
	}
	f(e)
	each := func(es ...sql.Expr) {
		for _, x := range es {
			walkExpr(x, f)
		}
	}
	switch e := e.(type) {
	case *sql.Unary:
		each(e.X)
	case *sql.Binary:
		each(e.L, e.R)
	case *sql.Call:
		each(e.Args...)
	case *sql.Cast:
		each(e.X)
	case *sql.ArrayCtor:
		each(e.Items...)
	case *sql.Between:
		each(e.X, e.Lo, e.Hi)
	case *sql.In:
		each(e.X)
		each(e.List...)
	case *sql.IsNull:
		each(e.X)
	case *sql.Like:
		each(e.X, e.Pattern)
	case *sql.StructAccess:
		each(e.X)
	case *sql.Subscript:
		each(e.X, e.Index)
	case *sql.StructCtor:
		for _, s := range e.Fields {
			each(s.Value)
		}
	case *sql.MapCtor:
		for _, m := range e.Entries {
			each(m.Key, m.Value)
		}
	case *sql.Case:
		each(e.Operand)
		for _, w := range e.Whens {
			each(w.Cond, w.Then)
		}
		each(e.Else)
	}
}

// orderByKsql refuses ORDER BY, which ksqlDB's grammar does not have.
func (b *binder) orderByKsql(pos int) *sqlerr.Error {
	at := strings.LastIndex(strings.ToUpper(b.opt.Text[:max(0, min(pos, len(b.opt.Text)))]), "BY") // ORDER is an alias to it
	l, c := lineColumn(b.opt.Text, max(at, 0))
	return sqlerr.New(sqlerr.SyntaxError, "line %d:%d: Syntax Error\nSyntax error at or near 'BY' at line %d:%d", l, c, l, c).At(pos)
}
