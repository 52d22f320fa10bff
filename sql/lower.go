package sql

import (
	"strconv"
	"strings"
)

// lowerer writes a query or an expression as text for the TiDB parser. No user
// text goes in: every name, literal and parameter becomes an atom, a quoted
// number that indexes atoms, where the finished leaf lies. Constructs that MySQL
// does not have become calls of an atom that knows how to build them.
//
// What an atom can be:
//
//	Expr         a finished leaf
//	builder      makes a node from the arguments of its call
//	*infix       tag of an operator between two carriers
//	Name         an alias
//	*Select      first item of a SELECT: the block with its carried clauses
//	*Values, parenBody   first item of a SELECT that stands for VALUES or ( query )
//	*queryInfo   LIMIT: the query with its tail
//	*CTE, *Table, *Derived, *TableFunc, *Join, *NamedWindow, *Over   their names
//	noFrom       the table of a SELECT without FROM
type lowerer struct {
	*cursor
	out       []piece
	atoms     []any
	symmetric []int // pieces of BETWEEN that are SYMMETRIC
}

// piece is one word of the lowered text, on a line of its own, so that the line
// of a TiDB error tells the piece and the piece the place in the user's text.
type piece struct {
	text string
	pos  int
}

type (
	builder   func(args []Expr) Expr
	parenBody struct{}
	noFrom    struct{}
)

// queryInfo is what a query carries past TiDB.
type queryInfo struct {
	q      *Query
	with   *With
	emit   EmitMode
	setPos []int // of UNION, INTERSECT, EXCEPT in order
}

// emit writes a piece and gives its index.
func (l *lowerer) emit(text string, pos int) int {
	l.out = append(l.out, piece{text, pos})
	return len(l.out) - 1
}

// hold keeps a place that may be filled later; an empty piece is a blank line.
func (l *lowerer) hold() int { return l.emit("", l.peek().pos) }

// atom stores x and gives its quoted number.
func (l *lowerer) atom(x any) string {
	l.atoms = append(l.atoms, x)
	return "`" + strconv.Itoa(len(l.atoms)-1) + "`"
}

// number stores x and gives its bare number, for places that take no name.
func (l *lowerer) number(x any) string {
	l.atoms = append(l.atoms, x)
	return strconv.Itoa(len(l.atoms) - 1)
}

// leaf writes an atom for a finished expression.
func (l *lowerer) leaf(e Expr) { l.emit(l.atom(e), e.Position()) }

// String is the lowered text on one line, for goldens.
func (l *lowerer) String() string {
	var words []string
	for _, p := range l.out {
		if p.text != "" {
			words = append(words, p.text)
		}
	}
	return strings.Join(words, " ")
}

func (c *cursor) startsQuery() bool { return c.isAny("SELECT", "WITH", "VALUES", "TABLE") }

// atQueryTail tells whether what follows a parenthesised query continues it.
func (c *cursor) atQueryTail() bool {
	return c.isAny("UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR") ||
		c.isEmit() || c.is("WITH", "(")
}

func (c *cursor) isEmit() bool {
	return c.is("EMIT") && (c.ahead(1).up == "CHANGES" || c.ahead(1).up == "FINAL")
}

// query lowers a whole query expression.
func (l *lowerer) query() {
	l.enter()
	defer l.leave()
	info := &queryInfo{q: &Query{Pos: l.peek().pos}}
	if l.is("WITH") {
		l.with(info)
	}
	l.queryPrimary()
	l.queryRest(info)
}

// queryRest lowers set operations and the tail after the first block.
func (l *lowerer) queryRest(info *queryInfo) {
	for l.isAny("UNION", "INTERSECT", "EXCEPT") {
		t := l.next()
		op := t.up
		if l.accept("ALL") {
			op += " ALL"
		} else {
			l.accept("DISTINCT")
		}
		if l.is("CORRESPONDING") {
			l.unsupported(l.peek(), "CORRESPONDING")
		}
		l.emit(op, t.pos)
		info.setPos = append(info.setPos, t.pos)
		l.queryPrimary()
	}
	l.queryTail(info)
}

// queryPrimary lowers SELECT, VALUES, TABLE or a parenthesised query.
func (l *lowerer) queryPrimary() {
	switch {
	case l.is("SELECT"):
		l.selectBlock()
	case l.is("VALUES"):
		l.values()
	case l.is("TABLE"):
		l.tableCommand()
	case l.is("("):
		first := l.hold()
		if kind, _, _ := l.parens(); kind != parenQuery {
			l.failAt(l.peek(), "A query is expected in these parentheses.")
		}
		l.wrapBody(first)
	case l.isAny("INSERT", "UPDATE", "DELETE"):
		l.unsupported(l.peek(), "%s inside a query", l.peek().up)
	default:
		l.failExpecting("SELECT", "VALUES", "WITH", "TABLE")
	}
}

// wrapBody turns the parenthesised query that ends here, begun after the held
// piece, into a block of a query: SELECT `paren` FROM ( .. ) AS `paren`.
func (l *lowerer) wrapBody(first int) {
	a := l.atom(parenBody{})
	l.out[first].text = "SELECT " + a + " FROM"
	l.emit("AS "+a, l.peek().pos)
}

// with lowers WITH [RECURSIVE] name [(cols)] AS [[NOT] MATERIALIZED] (query), ...
func (l *lowerer) with(info *queryInfo) {
	info.with = &With{Pos: l.peek().pos}
	l.emit("WITH", l.next().pos)
	if l.is("RECURSIVE") {
		info.with.Recursive = true
		l.emit("RECURSIVE", l.next().pos)
	}
	for {
		cte := &CTE{Name: l.name()}
		l.emit(l.atom(cte), cte.Name.Pos)
		if l.is("(") {
			cte.Columns = l.names()
		}
		l.emit("AS", l.expect("AS"))
		switch {
		case l.accept("MATERIALIZED"):
			cte.Materialized = "MATERIALIZED"
		case l.accept("NOT", "MATERIALIZED"):
			cte.Materialized = "NOT MATERIALIZED"
		}
		if !l.is("(") {
			l.fail("%s", expected("("))
		}
		if l.ahead(1).up == "INSERT" || l.ahead(1).up == "UPDATE" || l.ahead(1).up == "DELETE" {
			l.unsupported(l.ahead(1), "%s in WITH", l.ahead(1).up)
		}
		l.subquery()
		if !l.is(",") {
			return
		}
		l.emit(",", l.next().pos)
	}
}

// values lowers VALUES as SELECT `values`, `row`(..), ...
func (l *lowerer) values() {
	v := &Values{Pos: l.peek().pos}
	l.emit("SELECT "+l.atom(v), l.next().pos)
	for {
		l.emit(",", l.peek().pos)
		pos := l.peek().pos
		l.emit(l.atom(builder(func(args []Expr) Expr { return &Row{Items: args, Explicit: true, Pos: pos} })), pos)
		l.emit("(", l.expect("("))
		l.exprList()
		l.emit(")", l.expect(")"))
		if !l.accept(",") {
			break
		}
	}
	l.emitNoFrom()
}

func (l *lowerer) emitNoFrom() { l.emit("FROM "+l.atom(noFrom{}), l.peek().pos) }

// tableCommand lowers TABLE x as SELECT * FROM x.
func (l *lowerer) tableCommand() {
	t := l.next()
	s := &Select{Pos: t.pos}
	l.emit("SELECT "+l.atom(s)+" ,", t.pos)
	l.leaf(&Star{Pos: t.pos})
	tab := &Table{Name: l.qname(), Pos: l.peek().pos}
	tab.Pos = tab.Name.Position()
	l.emit("FROM "+l.atom(tab), tab.Pos)
}

// queryTail lowers ORDER BY and carries the rest in the atom of LIMIT.
func (l *lowerer) queryTail(info *queryInfo) {
	q := info.q
	if l.is("ORDER") {
		l.emit("ORDER BY", l.expect("ORDER", "BY"))
		l.orderItems()
	}
	for {
		switch {
		case l.is("LIMIT") && q.Limit == nil:
			l.next()
			if !l.accept("ALL") {
				q.Limit = l.limitValue()
			}
			if l.is(",") {
				l.fail("Write LIMIT count OFFSET start.")
			}
		case l.is("OFFSET") && q.Offset == nil:
			l.next()
			q.Offset = l.limitValue()
			l.acceptAny("ROW", "ROWS")
		case l.is("FETCH") && q.Limit == nil:
			q.Limit = l.fetchFirst()
		case l.is("EMIT") && info.emit == EmitNone:
			info.emit = l.emitClause()
		case l.is("FOR") && q.Lock == nil:
			q.Lock = l.lockClause()
		case l.is("WITH", "(") && q.Options == nil:
			l.next()
			q.Options = l.properties()
		default:
			l.emit("LIMIT "+l.number(info), l.peek().pos)
			return
		}
	}
}

func (l *lowerer) limitValue() Expr {
	e := l.exprNow()
	if _, null := e.(*Null); null {
		return nil
	}
	return e
}

// fetchFirst reads FETCH {FIRST|NEXT} [n] {ROW|ROWS} ONLY.
func (l *lowerer) fetchFirst() Expr {
	t := l.next()
	l.expectAny("FIRST", "NEXT")
	var n Expr = &Number{Text: "1", Pos: t.pos}
	if !l.isAny("ROW", "ROWS") {
		n = l.exprNow()
	}
	l.expectAny("ROW", "ROWS")
	if l.is("WITH", "TIES") {
		l.unsupported(l.peek(), "WITH TIES")
	}
	l.expect("ONLY")
	return n
}

// emitClause reads EMIT CHANGES or EMIT FINAL.
func (c *cursor) emitClause() EmitMode {
	c.next()
	if c.expectAny("CHANGES", "FINAL") == "FINAL" {
		return EmitFinal
	}
	return EmitChanges
}

// lockClause reads FOR {UPDATE|NO KEY UPDATE|SHARE|KEY SHARE} [OF ..] [wait].
func (c *cursor) lockClause() *Lock {
	k := &Lock{Pos: c.next().pos}
	switch {
	case c.accept("UPDATE"):
		k.Mode = "UPDATE"
	case c.accept("NO", "KEY", "UPDATE"):
		k.Mode = "NO KEY UPDATE"
	case c.accept("SHARE"):
		k.Mode = "SHARE"
	case c.accept("KEY", "SHARE"):
		k.Mode = "KEY SHARE"
	default:
		c.failExpecting("UPDATE", "SHARE", "NO KEY UPDATE", "KEY SHARE")
	}
	if c.accept("OF") {
		k.Of = c.qnameList()
	}
	if c.accept("NOWAIT") {
		k.Wait = "NOWAIT"
	} else if c.accept("SKIP", "LOCKED") {
		k.Wait = "SKIP LOCKED"
	}
	return k
}

// properties reads ( name [=] value, ... ).
func (c *cursor) properties() []Property {
	c.expect("(")
	out := []Property{}
	for !c.is(")") {
		out = append(out, c.property())
		if !c.accept(",") {
			break
		}
	}
	c.expect(")")
	return out
}

func (c *cursor) property() Property {
	var p Property
	if t := c.peek(); t.kind == tokString {
		c.next()
		p.Name = Name{Text: t.val, Quoted: true, Pos: t.pos}
	} else {
		p.Name = c.label()
		for c.accept(".") {
			p.Name.Text += "." + c.dotted().Text
		}
	}
	c.accept("=")
	if !c.isAny(",", ")") {
		p.Value = c.propertyValue()
	}
	return p
}

// dotted reads a name behind a dot; one that begins with a digit would be printed
// as a number.
func (c *cursor) dotted() Name {
	if t := c.peek(); t.kind == tokDigitName {
		c.failAt(t, "A name is expected here.")
	}
	return c.label()
}

// propertyValue reads a literal, a signed number, a bare word, a list of names in
// parentheses, a typed literal (TIMESTAMP '...') or *.
func (c *cursor) propertyValue() Expr {
	t := c.peek()
	switch {
	case t.up == "*":
		c.next()
		return &Star{Pos: t.pos}
	case t.up == "(":
		r := &Row{Explicit: true, Pos: t.pos}
		for _, n := range c.names() {
			r.Items = append(r.Items, &ColumnRef{Parts: []Name{n}, Pos: n.Pos})
		}
		return r
	case t.kind == tokIdent && c.ahead(1).kind != tokString && c.ahead(1).up != "(" && c.ahead(1).up != "[":
		switch t.up {
		case "TRUE", "FALSE", "NULL":
			return c.exprNow()
		}
		n := c.label()
		ref := &ColumnRef{Parts: []Name{n}, Pos: n.Pos}
		for c.accept(".") {
			ref.Parts = append(ref.Parts, c.dotted())
		}
		return ref
	}
	e := c.exprNow()
	if strings.HasPrefix(PrintExpr(e), "(") { // as the first of an expression it would be a list of names
		c.failAt(t, "A literal is expected here.")
	}
	return e
}
