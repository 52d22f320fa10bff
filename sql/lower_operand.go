package sql

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// parenKind tells what stood in parentheses.
type parenKind uint8

const (
	parenExpr parenKind = iota
	parenQuery
	parenTable
)

// step makes a node of the operand so far, taking its own arguments from rest.
type step func(x Expr, rest *[]Expr) Expr

// chain collects the postfix forms of an operand: they become one call of an
// atom around it, in the place held before it.
type chain struct {
	mark  int
	steps []step
}

// unit lowers {-|+} operand {postfix} {COLLATE name}, all of which bind tighter
// than any infix operator, and prefix operators written in symbols.
func (l *lowerer) unit() {
	ch := &chain{mark: l.hold()}
	var signs []*token
	for {
		t := l.peek()
		if t.kind != tokOp || t.up == "*" {
			break
		}
		l.next()
		if t.up == "-" || t.up == "+" {
			signs = append(signs, t)
			l.checkChain(len(signs))
			continue
		}
		if len(signs) > 0 || carriers[t.up] != "" {
			l.failAt(t, "")
		}
		l.prefixOperator(t)
		ch.mark = l.hold()
	}
	literal := l.operand()
	l.finishUnit(ch, literal, signs)
}

// prefixOperator writes ~ x as an infix operator on a dummy, since its level is that
// of other operators: ~ x + 1 is ~ (x + 1).
func (l *lowerer) prefixOperator(t *token) {
	d := &dummy{}
	l.emit(l.atom(d), t.pos)
	l.carry(carryOther, classPlain, t.pos, func(x, y Expr) Expr { return replaceDummy(x, d, &Unary{Op: t.up, X: y, Pos: t.pos}) })
}

// replaceDummy puts e where d stands: x itself, or at the end of x's right spine.
func replaceDummy(x Expr, d *dummy, e Expr) Expr {
	if x == Expr(d) {
		return e
	}
	b, ok := x.(*Binary)
	if !ok {
		panic(sqlerr.New(sqlerr.SyntaxError, "prefix operator needs parentheses here").At(e.Position()))
	}
	b.R = replaceDummy(b.R, d, e)
	return b
}

// finishUnit lowers what follows an operand and fills the held place.
func (l *lowerer) finishUnit(ch *chain, literal bool, signs []*token) {
	l.postfix(ch, literal)
	for i := len(signs) - 1; i >= 0; i-- {
		t := signs[i]
		ch.steps = append(ch.steps, func(x Expr, _ *[]Expr) Expr { return &Unary{Op: t.up, X: x, Pos: t.pos} })
	}
	for l.is("COLLATE") {
		pos := l.next().pos
		name := l.qname()
		ch.steps = append(ch.steps, func(x Expr, _ *[]Expr) Expr { return &Collate{X: x, Name: name, Pos: pos} })
		l.postfix(ch, false)
	}
	if len(ch.steps) == 0 {
		return
	}
	steps := ch.steps
	l.out[ch.mark].text = l.atom(builder(func(args []Expr) Expr {
		x, rest := args[0], args[1:]
		for _, s := range steps {
			x = s(x, &rest)
		}
		return x
	})) + "("
	l.emit(")", l.peek().pos)
}

func (l *lowerer) checkChain(n int) {
	if n > l.limits.Depth {
		panic(tooDeep(l.peek().pos))
	}
}

// postfix lowers {::type | [i] | [a:b] | ->field | .field | .* | ->*}.
func (l *lowerer) postfix(ch *chain, literal bool) {
	for {
		l.checkChain(len(ch.steps))
		t := l.peek()
		switch {
		case t.up == "::":
			l.next()
			typ := l.typeName()
			ch.steps = append(ch.steps, func(x Expr, _ *[]Expr) Expr { return &Cast{X: x, Type: typ, Pos: t.pos} })
		case t.up == "[":
			ch.steps = append(ch.steps, l.subscript())
		case t.up == "->" && !literal && isName(l.ahead(1)) && l.ahead(2).up != "(":
			l.next()
			field := l.name()
			ch.steps = append(ch.steps, func(x Expr, _ *[]Expr) Expr { return &StructAccess{X: x, Field: field, Pos: t.pos} })
		case t.up == "->*":
			l.next()
			ch.steps = append(ch.steps, func(x Expr, _ *[]Expr) Expr { return &StarOf{X: x, Arrow: true, Pos: t.pos} })
			return
		case t.up == "." && l.ahead(1).up == "*":
			l.next()
			l.next()
			ch.steps = append(ch.steps, func(x Expr, _ *[]Expr) Expr { return &StarOf{X: x, Pos: t.pos} })
			return
		case t.up == ".":
			l.next()
			field := l.label()
			ch.steps = append(ch.steps, func(x Expr, _ *[]Expr) Expr { return &FieldSelect{X: x, Field: field, Pos: t.pos} })
		default:
			return
		}
		literal = false
	}
}

func take(rest *[]Expr) Expr {
	e := (*rest)[0]
	*rest = (*rest)[1:]
	return e
}

// subscript lowers [i] or [lo:hi]; the bounds are further arguments of the chain.
func (l *lowerer) subscript() step {
	pos := l.expect("[")
	hasLo := !l.is(":")
	if hasLo {
		l.emit(",", pos)
		l.expr()
	}
	if !l.accept(":") {
		l.expect("]")
		return func(x Expr, rest *[]Expr) Expr { return &Subscript{X: x, Index: take(rest), Pos: pos} }
	}
	hasHi := !l.is("]")
	if hasHi {
		l.emit(",", pos)
		l.expr()
	}
	l.expect("]")
	return func(x Expr, rest *[]Expr) Expr {
		s := &Slice{X: x, Pos: pos}
		if hasLo {
			s.Lo = take(rest)
		}
		if hasHi {
			s.Hi = take(rest)
		}
		return s
	}
}

// parens lowers ( expression ), ( row ) or ( query ), and gives the pieces of
// the parentheses.
func (l *lowerer) parens() (kind parenKind, open, end int) {
	l.enter()
	defer l.leave()
	open = l.emit("(", l.expect("("))
	kind = l.inParens()
	end = l.emit(")", l.expect(")"))
	return kind, open, end
}

// inParens lowers what stands between parentheses. ((SELECT 1) + 1) and ((SELECT 1)
// UNION ..) are told apart after the inner parentheses; until there the text is the same.
func (l *lowerer) inParens() parenKind {
	if l.startsQuery() {
		l.query()
		return parenQuery
	}
	if !l.is("(") {
		l.exprList()
		return parenExpr
	}
	first := l.hold()
	ch := &chain{mark: l.hold()}
	pos := l.peek().pos
	kind, open, end := l.parens()
	if kind == parenQuery {
		switch {
		case l.is(")"):
			l.out[open].text, l.out[end].text = "", ""
			return parenQuery
		case l.atQueryTail():
			l.wrapBody(first)
			l.queryRest(&queryInfo{q: &Query{Pos: pos}})
			return parenQuery
		}
	}
	l.finishUnit(ch, false, nil)
	l.restOfExpr()
	if l.is(",") {
		l.emit(",", l.next().pos)
		l.exprList()
	}
	return parenExpr
}

// subquery lowers parentheses that must hold a query.
func (l *lowerer) subquery() {
	if !l.is("(") {
		l.fail("A query in parentheses is expected here.")
	}
	if kind, _, _ := l.parens(); kind != parenQuery {
		l.failAt(&l.toks[l.i-1], "A query is expected in these parentheses.")
	}
}

// operand lowers a literal, a column, a call, a constructor or parentheses, and
// tells whether it was a literal.
func (l *lowerer) operand() bool {
	t := l.peek()
	switch t.kind {
	case tokString:
		l.leaf(&String{Value: l.next().val, Pos: t.pos})
		return true
	case tokNumber:
		l.leaf(&Number{Text: l.next().val, Pos: t.pos})
		return true
	case tokParam:
		l.leaf(l.param())
		return true
	case tokPunct:
		if t.up == "(" {
			l.parens()
			return false
		}
	case tokQuoted:
		l.nameOperand()
		return false
	case tokIdent:
		return l.wordOperand(t)
	}
	l.fail("")
	return false
}

func (c *cursor) param() *Param {
	t := c.next()
	n, err := strconv.Atoi(t.val)
	if err != nil || n < 1 || n > 65535 {
		panic(sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%s", t.val).At(t.pos))
	}
	return &Param{N: n, Pos: t.pos}
}

// wordOperand lowers an operand that begins with an unquoted word.
func (l *lowerer) wordOperand(t *token) bool {
	after := l.ahead(1).up
	switch t.up {
	case "NULL":
		l.next()
		l.leaf(&Null{Pos: t.pos})
		return true
	case "TRUE", "FALSE":
		l.next()
		l.leaf(&Bool{Value: t.up == "TRUE", Pos: t.pos})
		return true
	case "DEFAULT":
		l.next()
		l.leaf(&Default{Pos: t.pos})
		return true
	case "CASE":
		l.caseOperand()
		return false
	case "CAST", "TRY_CAST":
		if after == "(" {
			l.castOperand()
			return false
		}
	case "EXISTS":
		l.emit("EXISTS", l.next().pos)
		l.subquery()
		return false
	case "ARRAY":
		if after == "[" || after == "(" && l.isArrayQuery() {
			l.arrayOperand()
			return false
		}
	case "ROW":
		if after == "(" {
			l.rowOperand()
			return false
		}
	}
	l.nameOperand()
	return false
}

// isArrayQuery tells ARRAY(query) from a function named array.
func (c *cursor) isArrayQuery() bool {
	n := 1
	for c.ahead(n).up == "(" {
		n++
	}
	switch c.ahead(n).up {
	case "SELECT", "WITH", "VALUES", "TABLE":
		return true
	}
	return false
}

// nameOperand lowers a typed literal, a call or a column.
func (l *lowerer) nameOperand() {
	switch t := l.peek(); {
	case l.typedLiteralAhead():
		l.leaf(l.typedLiteral())
	case isNoParenCall(t) || l.callAhead() && (isName(t) || typeFuncWords[t.up]):
		l.callOperand()
	default:
		l.columnOperand()
	}
}

// columnOperand lowers a.b.c and a.b.*.
func (l *lowerer) columnOperand() {
	t := l.peek()
	if !isName(t) {
		if t.kind == tokIdent && reserved[t.up] {
			l.fail("%s", reservedHint(t.up))
		}
		l.fail("")
	}
	parts := []Name{l.name()}
	for l.is(".") {
		if l.ahead(1).up == "*" {
			l.next()
			l.next()
			l.leaf(&Star{Qualifier: parts, Pos: t.pos})
			return
		}
		l.next()
		parts = append(parts, l.label())
	}
	l.leaf(&ColumnRef{Parts: parts, Pos: t.pos})
}

// reservedHint explains a keyword where an expression should be.
func reservedHint(word string) string {
	switch word {
	case "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "AND", "OR", "THEN", "ELSE", "END", "WHEN", "AS", "ON":
		return "An expression is missing before " + word + "."
	}
	return word + " is a reserved word; put it in double quotes to use it as a name."
}

// typedLiteralAhead tells whether DATE '..', timestamp(3) with time zone '..' or the
// like comes next.
func (c *cursor) typedLiteralAhead() bool {
	n := 1
	for c.ahead(n).up == "." {
		n += 2
	}
	switch c.peek().up {
	case "DOUBLE", "CHARACTER", "CHAR", "BIT":
		if w := c.ahead(n).up; w == "PRECISION" || w == "VARYING" {
			n++
		}
	}
	if c.ahead(n).up == "(" && c.ahead(n+1).kind == tokNumber {
		n += 2
		if c.ahead(n).up == "," {
			n += 2
		}
		if c.ahead(n).up != ")" {
			return false
		}
		n++
	}
	if w := c.ahead(n).up; (w == "WITH" || w == "WITHOUT") && c.ahead(n+1).up == "TIME" && c.ahead(n+2).up == "ZONE" {
		n += 3
	}
	return c.ahead(n).kind == tokString && isName(c.peek())
}

var intervalFields = []string{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}

func (c *cursor) typedLiteral() *TypedLiteral {
	t := c.peek()
	lit := &TypedLiteral{Pos: t.pos}
	lit.Type = c.baseType()
	lit.Value = c.str()
	if t.up == "INTERVAL" {
		lit.Fields = c.intervalQualifier()
	}
	return lit
}

// intervalQualifier reads YEAR, DAY TO SECOND and so on, "" for none.
func (c *cursor) intervalQualifier() string {
	from := c.acceptAny(intervalFields...)
	if from == "" || !c.is("TO") {
		return from
	}
	c.next()
	return strings.Join([]string{from, "TO", c.expectAny(intervalFields...)}, " ")
}
