package sql

// Expressions are lowered without any knowledge of precedence: an operand, then
// operators and operands. Each operator is written between two carriers, a MySQL operator
// of the level that the operator has in PostgreSQL; TiDB does the grouping.
//
//	OR | AND | comparison, IS | LIKE | any other operator | + - | * / % | ^ | AT TIME ZONE
//	OR | AND | =              | '|'  | &                  | +   | *     | ^ | ||
const (
	carryOr      = "OR"
	carryAnd     = "AND"
	carryCompare = "="
	carryLike    = "|"
	carryOther   = "&"
	carryAdd     = "+"
	carryMul     = "*"
	carryPow     = "^"
	carryZone    = "||"
)

// infixClass tells what may stand unparenthesised beside an operator of the same level.
type infixClass uint8

const (
	classPlain    infixClass = iota
	classCompare             // does not chain
	classDistinct            // IS DISTINCT FROM: does not chain, takes a comparison on its left
	classIs                  // IS NULL: no right operand
	classLike                // does not chain
	classEscape              // follows LIKE
)

// infix is the tag between two carriers. closed says that the right operand is
// complete in itself, a dummy or parentheses: an operator that TiDB lets bind it more
// tightly would have to take the whole predicate as its operand.
type infix struct {
	class  infixClass
	closed bool
	pos    int
	build  func(l, r Expr) Expr
}

// dummy stands where an operator has no operand.
type dummy struct{ Null }

var carriers = map[string]string{
	"=": carryCompare, "<": carryCompare, ">": carryCompare, "<=": carryCompare, ">=": carryCompare, "<>": carryCompare,
	"+": carryAdd, "-": carryAdd, "*": carryMul, "/": carryMul, "%": carryMul, "^": carryPow,
}

// expr lowers an expression up to the first token that cannot continue it.
func (l *lowerer) expr() {
	l.enter()
	defer l.leave()
	l.operands()
	l.restOfExpr()
}

// operands lowers {NOT} unit.
func (l *lowerer) operands() {
	for l.is("NOT") {
		l.emit("NOT", l.next().pos)
	}
	l.unit()
}

// exprState is what the operators so far mean for the words to come.
type exprState struct {
	betweens int  // BETWEENs still waiting for their AND
	like     bool // ESCAPE may follow
}

// restOfExpr lowers {operator operand} after an operand.
func (l *lowerer) restOfExpr() {
	var st exprState
	for l.operator(&st) {
		l.operands()
	}
	if st.betweens > 0 {
		l.fail("BETWEEN needs AND: x BETWEEN low AND high.")
	}
}

// operator lowers what follows an operand: postfix predicates, and at most one
// operator that needs an operand on its right, for which it gives true.
func (l *lowerer) operator(st *exprState) bool {
	for {
		t := l.peek()
		switch {
		case t.kind == tokOp:
			if !l.symbol(nil) {
				continue
			}
			return true
		case t.up == "AND" && st.betweens > 0:
			st.betweens--
			l.emit("AND", l.next().pos)
			return true
		case t.up == "AND" || t.up == "OR":
			st.like = false
			l.next()
			l.carry(t.up, classPlain, t.pos, func(x, y Expr) Expr { return &Binary{Op: t.up, L: x, R: y, Pos: t.pos} })
			return true
		case t.up == "OPERATOR" && l.ahead(1).up == "(":
			if !l.symbol(l.operatorName()) {
				continue
			}
			return true
		case t.up == "AT" && l.ahead(1).up == "TIME":
			pos := l.expect("AT", "TIME", "ZONE")
			l.carry(carryZone, classPlain, pos, func(x, y Expr) Expr { return &AtTimeZone{X: x, Zone: y, Pos: pos} })
			return true
		case t.up == "ESCAPE" && st.like:
			st.like = false
			l.next()
			l.carry(carryLike, classEscape, t.pos, l.escapeOf(t))
			return true
		default:
			more, operand := l.predicate(st)
			if operand || !more {
				return operand
			}
		}
	}
}

func (l *lowerer) escapeOf(t *token) func(x, y Expr) Expr {
	return func(x, y Expr) Expr {
		like, ok := x.(*Like)
		if !ok || like.Escape != nil {
			l.failAt(t, "ESCAPE belongs to LIKE.")
		}
		like.Escape = y
		return like
	}
}

// carry writes carrier `tag` carrier.
func (l *lowerer) carry(carrier string, class infixClass, pos int, build func(x, y Expr) Expr) *infix {
	tag := &infix{class: class, pos: pos, build: build}
	l.emit(carrier+" "+l.atom(tag)+" "+carrier, pos)
	return tag
}

// carryPostfix writes an operator without a right operand.
func (l *lowerer) carryPostfix(pos int, build func(x Expr) Expr) {
	l.carry(carryCompare, classIs, pos, func(x, _ Expr) Expr { return build(x) }).closed = true
	l.emit(l.atom(&dummy{}), pos)
}

// opName is an operator given as OPERATOR(schema.op).
type opName struct {
	schema QName
	op     *token
}

func (l *lowerer) operatorName() *opName {
	l.expect("OPERATOR", "(")
	var o opName
	for l.peek().kind != tokOp {
		o.schema = append(o.schema, l.label())
		l.expect(".")
	}
	o.op = l.next()
	l.expect(")")
	return &o
}

// symbol lowers an operator written in symbols, and tells whether its right operand
// is still to come (it is not after ANY and ALL).
func (l *lowerer) symbol(named *opName) bool {
	var schema QName
	carrier := carryOther
	t := l.peek()
	if named != nil {
		t, schema = named.op, named.schema
	} else {
		if c, ok := carriers[t.up]; ok {
			carrier = c
		}
		l.next()
	}
	class := classPlain
	if carrier == carryCompare {
		class = classCompare
	}
	if l.isAnyAll() {
		l.anyAll(carrier, t.up, schema, t.pos)
		return false
	}
	l.carry(carrier, class, t.pos, func(x, y Expr) Expr { return &Binary{Op: t.up, Schema: schema, L: x, R: y, Pos: t.pos} })
	return true
}

func (c *cursor) isAnyAll() bool { return c.isAny("ANY", "SOME", "ALL") && c.ahead(1).up == "(" }

// anyAll lowers ANY (..) and its relatives, whose operator is op: the right
// operand is the call of an atom on the array, or a subquery.
func (l *lowerer) anyAll(carrier, op string, schema QName, pos int) {
	all := l.next().up == "ALL"
	class := classPlain
	switch carrier {
	case carryCompare:
		class = classCompare
	case carryLike:
		class = classLike
	}
	l.carry(carrier, class, pos, func(x, y Expr) Expr {
		a := &AnyAll{L: x, Op: op, Schema: schema, All: all, Pos: pos}
		if q, ok := y.(*ScalarSubquery); ok {
			a.Query = q.Query
		} else {
			a.Array = y
		}
		return a
	}).closed = true
	l.parens()
}

// predicate lowers IS, IN, BETWEEN and LIKE. more tells whether there was one,
// operand whether its right operand is still to come.
func (l *lowerer) predicate(st *exprState) (more, operand bool) {
	t := l.peek()
	switch t.up {
	case "IS":
		return true, l.isPredicate()
	case "ISNULL", "NOTNULL":
		l.next()
		not := t.up == "NOTNULL"
		l.carryPostfix(t.pos, func(x Expr) Expr { return &IsNull{X: x, Not: not, Pos: t.pos} })
		return true, false
	case "OVERLAPS":
		if l.ahead(1).up == "(" {
			l.unsupported(t, "OVERLAPS")
		}
		return false, false
	}
	word, not := t, false
	if t.up == "NOT" {
		word, not = l.ahead(1), true
	}
	switch word.up {
	case "IN", "BETWEEN", "LIKE", "ILIKE":
	case "SIMILAR":
		if l.ahead(boolInt(not)+1).up != "TO" {
			return false, false
		}
	default:
		return false, false
	}
	if not {
		l.next()
	}
	l.next()
	switch word.up {
	case "IN":
		l.inList(t, not)
		return true, false
	case "BETWEEN":
		l.between(t, not, st)
		return true, true
	default:
		return true, l.like(word, t.pos, not, st)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// isPredicate lowers IS [NOT] NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM.
func (l *lowerer) isPredicate() bool {
	t := l.next()
	not := l.accept("NOT")
	if l.is("JSON") || l.is("DOCUMENT") || l.is("NORMALIZED") {
		l.unsupported(l.peek(), "IS %s", l.peek().up)
	}
	switch word := l.expectAny("NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT"); word {
	case "NULL":
		l.carryPostfix(t.pos, func(x Expr) Expr { return &IsNull{X: x, Not: not, Pos: t.pos} })
	case "DISTINCT":
		l.expect("FROM")
		l.carry(carryCompare, classDistinct, t.pos, func(x, y Expr) Expr { return &IsDistinct{L: x, R: y, Not: not, Pos: t.pos} })
		return true
	default:
		l.carryPostfix(t.pos, func(x Expr) Expr { return &IsBool{X: x, Not: not, Value: word, Pos: t.pos} })
	}
	return false
}

// inList lowers IN (list) and IN (query); IN is TiDB's own.
func (l *lowerer) inList(t *token, not bool) {
	l.emit(notWord(not)+"IN", t.pos)
	if !l.is("(") {
		l.fail("IN needs a list or a query in parentheses; for an array use = ANY (array).")
	}
	if l.ahead(1).up == ")" {
		l.failAt(l.ahead(1), "The list of IN cannot be empty.")
	}
	l.parens()
}

func notWord(not bool) string {
	if not {
		return "NOT "
	}
	return ""
}

// between lowers BETWEEN; that it is SYMMETRIC is remembered by the piece.
func (l *lowerer) between(t *token, not bool, st *exprState) {
	at := l.emit(notWord(not)+"BETWEEN", t.pos)
	if l.accept("SYMMETRIC") {
		l.symmetric = append(l.symmetric, at)
	} else {
		l.accept("ASYMMETRIC")
	}
	st.betweens++
}

// like lowers [NOT] LIKE, ILIKE, SIMILAR TO, also with ANY and ALL.
func (l *lowerer) like(word *token, pos int, not bool, st *exprState) bool {
	op := word.up
	if op == "SIMILAR" {
		l.expect("TO")
		op = "SIMILAR TO"
	}
	if l.isAnyAll() {
		l.anyAll(carryLike, notWord(not)+op, nil, pos)
		return false
	}
	st.like = true
	l.carry(carryLike, classLike, pos, func(x, y Expr) Expr { return &Like{Op: op, Not: not, X: x, Pattern: y, Pos: pos} })
	return true
}
