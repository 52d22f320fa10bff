package sql

import (
	"fmt"
	"strconv"
)

// Binding levels, as in PostgreSQL. A node stands without parentheses in a place
// that asks for at most its level.
const (
	levelOr = iota + 1
	levelAnd
	levelNot
	levelIs
	levelCompare
	levelLike
	levelOther
	levelAdd
	levelMul
	levelPow
	levelZone
	levelCollate
	levelSign
	levelPostfix
	levelPrimary
)

var opLevels = map[string]int{
	"OR": levelOr, "AND": levelAnd, "=": levelCompare, "<": levelCompare, ">": levelCompare, "<=": levelCompare, ">=": levelCompare, "<>": levelCompare,
	"+": levelAdd, "-": levelAdd, "*": levelMul, "/": levelMul, "%": levelMul, "^": levelPow,
	"LIKE": levelLike, "NOT LIKE": levelLike, "ILIKE": levelLike, "NOT ILIKE": levelLike, "SIMILAR TO": levelLike, "NOT SIMILAR TO": levelLike,
}

// opLevel is the level of an infix operator.
func opLevel(op string, schema QName) int {
	if l, ok := opLevels[op]; ok && schema == nil {
		return l
	}
	return levelOther
}

// exprLevel is the level at which an expression binds.
func exprLevel(e Expr) int {
	switch e := e.(type) {
	case *Binary:
		return opLevel(e.Op, e.Schema)
	case *AnyAll:
		return opLevel(e.Op, e.Schema)
	case *Unary:
		switch e.Op {
		case "NOT":
			return levelNot
		case "-", "+":
			return levelSign
		}
		return levelOther
	case *IsNull, *IsBool, *IsDistinct:
		return levelIs
	case *Like, *In, *InQuery, *Between:
		return levelLike
	case *AtTimeZone:
		return levelZone
	case *Collate:
		return levelCollate
	case *StructAccess, *FieldSelect, *Subscript, *Slice, *StarOf:
		return levelPostfix
	case *Lambda:
		return 0
	}
	return levelPrimary
}

// expr writes e in a place that asks for a level.
func (p *printer) expr(e Expr, need int) {
	level := exprLevel(e)
	paren := level < need
	if p.full && need > 0 && level < levelPostfix {
		paren = true
	}
	p.opt(paren, "(")
	p.bare(e)
	p.opt(paren, ")")
}

func (p *printer) exprs(list []Expr) {
	for i, e := range list {
		p.opt(i > 0, ", ")
		p.expr(e, 0)
	}
}

// bare writes e without parentheses of its own.
func (p *printer) bare(e Expr) {
	switch e := e.(type) {
	case *Binary:
		p.binary(e)
	case *Unary:
		p.unary(e)
	case *Call:
		p.call(e)
	case *Like, *In, *InQuery, *Between, *IsNull, *IsBool, *IsDistinct, *AnyAll:
		p.predicate(e)
	case *Case:
		p.caseExpr(e)
	case *ArrayCtor, *MapCtor, *StructCtor, *Row, *Lambda:
		p.constructor(e)
	case *StructAccess, *FieldSelect, *Subscript, *Slice, *StarOf:
		p.access(e)
	case *String, *Number, *Bool, *Null, *Default, *Param, *TypedLiteral, *ColumnRef, *Star:
		p.leaf(e)
	case *Cast:
		p.w(map[bool]string{true: "TRY_CAST(", false: "CAST("}[e.Try])
		p.expr(e.X, 0)
		p.w(" AS ")
		p.typeName(e.Type)
		p.w(")")
	case *Exists:
		p.subquery("EXISTS (", e.Query)
	case *ScalarSubquery:
		p.subquery("(", e.Query)
	case *ArraySubquery:
		p.subquery("ARRAY(", e.Query)
	case *AtTimeZone:
		p.expr(e.X, levelZone)
		p.w(" AT TIME ZONE ")
		p.expr(e.Zone, levelZone+1)
	case *Collate:
		p.expr(e.X, levelCollate)
		p.w(" COLLATE ")
		p.qname(e.Name)
	default:
		panic(fmt.Sprintf("BUG: print of %T", e))
	}
}

func (p *printer) subquery(open string, q *Query) {
	p.w(open)
	p.query(q)
	p.w(")")
}

func (p *printer) leaf(e Expr) {
	switch e := e.(type) {
	case *String:
		p.w(quoteString(e.Value))
	case *Number:
		p.w(e.Text)
	case *Bool:
		p.w(map[bool]string{true: "TRUE", false: "FALSE"}[e.Value])
	case *Null:
		p.w("NULL")
	case *Default:
		p.w("DEFAULT")
	case *Param:
		p.w("$", strconv.Itoa(e.N))
	case *TypedLiteral:
		p.typeName(e.Type)
		p.w(" ", quoteString(e.Value))
		p.opt(e.Fields != "", " "+e.Fields)
	case *ColumnRef:
		p.qname(e.Parts)
	case *Star:
		p.qname(e.Qualifier)
		p.opt(e.Qualifier != nil, ".")
		p.w("*")
	}
}

func (p *printer) binary(e *Binary) {
	level := opLevel(e.Op, e.Schema)
	left := level
	if level == levelCompare {
		left++
	}
	p.expr(e.L, left)
	p.w(" ")
	p.operator(e.Op, e.Schema)
	p.w(" ")
	if _, literal := e.R.(*String); e.Op == "->" && e.Schema == nil && !literal {
		p.w("(")
		p.expr(e.R, 0)
		p.w(")")
		return
	}
	p.expr(e.R, level+1)
}

func (p *printer) operator(op string, schema QName) {
	if schema == nil {
		p.w(op)
		return
	}
	p.w("OPERATOR(")
	for _, n := range schema {
		p.w(n.label(), ".")
	}
	p.w(op, ")")
}

func (p *printer) unary(e *Unary) {
	switch e.Op {
	case "NOT":
		p.w("NOT ")
		p.expr(e.X, levelNot)
	case "-", "+":
		p.w(e.Op)
		need := levelSign
		if _, again := e.X.(*Unary); again {
			need = levelPrimary
		}
		p.expr(e.X, need)
	default:
		p.w(e.Op, " ")
		p.expr(e.X, levelOther+1)
	}
}

func (p *printer) predicate(e Expr) {
	not := func(b bool) { p.opt(b, "NOT ") }
	switch e := e.(type) {
	case *Like:
		p.expr(e.X, levelLike+1)
		p.w(" ")
		not(e.Not)
		p.w(e.Op, " ")
		p.expr(e.Pattern, levelLike+1)
		if e.Escape != nil {
			p.w(" ESCAPE ")
			p.expr(e.Escape, levelLike+1)
		}
	case *In:
		p.expr(e.X, levelLike+1)
		p.w(" ")
		not(e.Not)
		p.w("IN (")
		p.exprs(e.List)
		p.w(")")
	case *InQuery:
		p.expr(e.X, levelLike+1)
		p.w(" ")
		not(e.Not)
		p.subquery("IN (", e.Query)
	case *Between:
		p.expr(e.X, levelLike+1)
		p.w(" ")
		not(e.Not)
		p.w("BETWEEN ")
		p.opt(e.Symmetric, "SYMMETRIC ")
		p.expr(e.Lo, levelLike+1)
		p.w(" AND ")
		p.expr(e.Hi, levelLike+1)
	default:
		p.test(e)
	}
}

func (p *printer) test(e Expr) {
	switch e := e.(type) {
	case *IsNull:
		p.expr(e.X, levelCompare)
		p.w(map[bool]string{true: " IS NOT NULL", false: " IS NULL"}[e.Not])
	case *IsBool:
		p.expr(e.X, levelCompare)
		p.w(map[bool]string{true: " IS NOT ", false: " IS "}[e.Not], e.Value)
	case *IsDistinct:
		p.expr(e.L, levelCompare+1)
		p.w(map[bool]string{true: " IS NOT DISTINCT FROM ", false: " IS DISTINCT FROM "}[e.Not])
		p.expr(e.R, levelCompare+1)
	case *AnyAll:
		level := opLevel(e.Op, e.Schema)
		if level == levelCompare || level == levelLike {
			level++
		}
		p.expr(e.L, level)
		p.w(" ")
		p.operator(e.Op, e.Schema)
		p.w(map[bool]string{true: " ALL (", false: " ANY ("}[e.All])
		if e.Query != nil {
			p.query(e.Query)
		} else {
			p.expr(e.Array, 0)
		}
		p.w(")")
	}
}

func (p *printer) caseExpr(e *Case) {
	p.w("CASE")
	if e.Operand != nil {
		p.w(" ")
		p.expr(e.Operand, 0)
	}
	for _, w := range e.Whens {
		p.w(" WHEN ")
		p.expr(w.Cond, 0)
		p.w(" THEN ")
		p.expr(w.Then, 0)
	}
	if e.Else != nil {
		p.w(" ELSE ")
		p.expr(e.Else, 0)
	}
	p.w(" END")
}

func (p *printer) constructor(e Expr) {
	switch e := e.(type) {
	case *ArrayCtor:
		p.w("ARRAY[")
		p.exprs(e.Items)
		p.w("]")
	case *MapCtor:
		p.w("MAP(")
		for i, m := range e.Entries {
			p.opt(i > 0, ", ")
			p.expr(m.Key, 0)
			p.w(" := ")
			p.expr(m.Value, 0)
		}
		p.w(")")
	case *StructCtor:
		p.w("STRUCT(")
		for i, f := range e.Fields {
			p.opt(i > 0, ", ")
			p.w(f.Name.label(), " := ")
			p.expr(f.Value, 0)
		}
		p.w(")")
	case *Row:
		p.opt(e.Explicit, "ROW")
		p.w("(")
		p.exprs(e.Items)
		p.w(")")
	case *Lambda:
		if len(e.Params) == 1 {
			p.w(e.Params[0].String(), " => ")
		} else {
			p.w("(")
			p.names(e.Params)
			p.w(") => ")
		}
		p.expr(e.Body, 0)
	}
}

// accessed writes what stands before a dot, an arrow or a bracket.
func (p *printer) accessed(e Expr, dot bool) {
	paren := exprLevel(e) < levelPostfix
	switch e.(type) {
	case *String, *Number, *Null, *Bool, *Default, *Param, *TypedLiteral:
		paren = true
	case *StructAccess, *FieldSelect, *Subscript, *Slice, *ScalarSubquery, *Row:
	default:
		paren = paren || dot
	}
	p.opt(paren, "(")
	p.expr(e, 0)
	p.opt(paren, ")")
}

func (p *printer) access(e Expr) {
	switch e := e.(type) {
	case *StructAccess:
		p.accessed(e.X, false)
		p.w("->", e.Field.String())
	case *FieldSelect:
		p.accessed(e.X, true)
		p.w(e.Field.member())
	case *StarOf:
		p.accessed(e.X, !e.Arrow)
		p.w(map[bool]string{true: "->*", false: ".*"}[e.Arrow])
	case *Subscript:
		p.accessed(e.X, false)
		p.w("[")
		p.expr(e.Index, 0)
		p.w("]")
	case *Slice:
		p.accessed(e.X, false)
		p.w("[")
		if e.Lo != nil {
			p.expr(e.Lo, 0)
		}
		p.w(":")
		if e.Hi != nil {
			p.expr(e.Hi, 0)
		}
		p.w("]")
	}
}
