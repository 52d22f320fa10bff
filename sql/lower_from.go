package sql

import "github.com/leatdb/leat/sql/sqlerr"

// fromList lowers the items of FROM.
func (l *lowerer) fromList() {
	for {
		l.tableItem()
		if !l.is(",") {
			return
		}
		l.emit(",", l.next().pos)
	}
}

// tableItem lowers a table with the joins that follow.
func (l *lowerer) tableItem() {
	l.tablePrimary()
	l.joins()
}

// joins lowers the joins after a table. Each is written LEFT JOIN .. ON
// `join`(condition), whatever its kind; the atom knows the kind.
func (l *lowerer) joins() {
	var open []*Join // those still without ON
	for {
		switch {
		case l.atJoin():
			j := l.joinWords()
			l.emit("LEFT JOIN", j.Pos)
			l.tablePrimary()
			if j.Natural || j.Kind == JoinCross {
				l.emit("ON "+l.atom(j)+"( )", j.Pos)
				continue
			}
			if l.is("WITHIN") {
				j.Within = l.within()
			}
			open = append(open, j)
		case len(open) > 0 && l.isAny("ON", "USING"):
			j := open[len(open)-1]
			open = open[:len(open)-1]
			l.joinCondition(j)
		case len(open) > 0:
			if l.is("WITHIN") && open[len(open)-1].Within != nil {
				l.fail("WITHIN was given already.")
			}
			l.fail("JOIN needs ON or USING.")
		default:
			return
		}
	}
}

func (l *lowerer) joinCondition(j *Join) {
	t := l.next()
	l.emit("ON "+l.atom(j)+"(", t.pos)
	if t.up == "USING" {
		j.Using = l.names()
	} else {
		l.expr()
	}
	l.emit(")", t.pos)
	if l.is("WITHIN") {
		l.fail("WITHIN comes before ON.")
	}
}

func (l *lowerer) atJoin() bool {
	return l.isAny("JOIN", "INNER", "CROSS", "NATURAL", "LEFT", "RIGHT", "FULL")
}

// joinWords reads [NATURAL] [INNER | {LEFT|RIGHT|FULL} [OUTER]] JOIN, CROSS JOIN.
func (l *lowerer) joinWords() *Join {
	j := &Join{Kind: JoinInner, Pos: l.peek().pos}
	j.Natural = l.accept("NATURAL")
	switch l.peek().up {
	case "LEFT", "RIGHT", "FULL":
		j.Kind = JoinKind(l.next().up)
		l.accept("OUTER")
	case "INNER":
		l.next()
	case "CROSS":
		if !j.Natural {
			l.next()
			j.Kind = JoinCross
		}
	}
	l.expect("JOIN")
	return j
}

// within reads WITHIN d | WITHIN (before, after), [GRACE PERIOD d].
func (c *cursor) within() *Within {
	w := &Within{Pos: c.next().pos}
	if c.accept("(") {
		w.Before = *c.duration()
		c.expect(",")
		w.After = *c.duration()
		c.expect(")")
	} else {
		w.Before = *c.duration()
		w.After = w.Before
	}
	if c.is("GRACE") {
		c.expect("GRACE", "PERIOD")
		w.Grace = c.duration()
	}
	return w
}

// tablePrimary lowers one table, function, subquery or parenthesised join.
func (l *lowerer) tablePrimary() {
	l.enter()
	defer l.leave()
	pos := l.peek().pos
	lateral := l.accept("LATERAL")
	switch {
	case l.is("("):
		first := l.peek()
		if kind, _, _ := l.fromParens(); kind == parenQuery {
			l.derived(lateral, pos)
		} else if lateral {
			l.failAt(first, "LATERAL needs a query or a function.")
		} else if l.is("AS") || l.isBareAlias() {
			l.unsupported(l.peek(), "alias for a join in parentheses")
		}
	case l.is("ROWS", "FROM", "("):
		l.unsupported(l.peek(), "ROWS FROM")
	case isNoParenCall(l.peek()) || isName(l.peek()) && l.callAhead():
		l.tableFunc(lateral, pos)
	case lateral:
		l.fail("LATERAL needs a query or a function.")
	case l.startsQuery() && !l.is("TABLE"):
		l.fail("A query in FROM needs parentheses.")
	default:
		l.table(pos)
	}
}

// callAhead tells whether a qualified name is followed by an opening
// parenthesis.
func (c *cursor) callAhead() bool {
	n := 1
	for c.ahead(n).up == "." {
		n += 2
	}
	return c.ahead(n).up == "("
}

func (l *lowerer) table(pos int) {
	t := &Table{Pos: pos}
	if l.accept("ONLY") {
		t.Only = true
	}
	t.Name = l.qname()
	t.Pos = t.Name.Position()
	l.emit(l.atom(t), t.Pos)
	l.accept("*")
	if l.accept("FOR", "SYSTEM_TIME", "AS", "OF", "PROCTIME", "(", ")") {
		t.ProcTime = true
	}
	t.Alias, t.ColAliases = l.alias()
}

// alias reads [AS] name [(columns)].
func (c *cursor) alias() (*Name, []Name) {
	if !c.accept("AS") && !c.isBareAlias() {
		return nil, nil
	}
	n := c.name()
	if c.is("(") {
		return &n, c.names()
	}
	return &n, nil
}

// derived finishes a subquery in FROM whose parentheses are written.
func (l *lowerer) derived(lateral bool, pos int) {
	d := &Derived{Lateral: lateral, Pos: pos}
	d.Alias, d.ColAliases = l.alias()
	l.emit("AS "+l.atom(d), pos)
}

// tableFunc lowers f(x) [WITH ORDINALITY] [alias] as (SELECT f(x)) AS `f`.
func (l *lowerer) tableFunc(lateral bool, pos int) {
	f := &TableFunc{Lateral: lateral, Pos: pos}
	l.emit("( SELECT", pos)
	l.callOperand()
	f.Ordinality = l.accept("WITH", "ORDINALITY")
	if l.is("AS", "(") {
		l.next()
		f.ColDefs = l.funcColumns()
	} else if l.accept("AS") || l.isBareAlias() {
		n := l.name()
		f.Alias = &n
		if l.is("(") && l.ahead(2).up != "," && l.ahead(2).up != ")" {
			f.ColDefs = l.funcColumns()
		} else if l.is("(") {
			f.ColAliases = l.names()
		}
	}
	l.emit(") AS "+l.atom(f), pos)
}

// calledInFrom refuses what looks like a call and makes a value: MAP() and STRUCT().
func calledInFrom(e Expr) *Call {
	call, ok := e.(*Call)
	if !ok {
		panic(sqlerr.New(sqlerr.SyntaxError, "a MAP or STRUCT cannot stand in FROM").At(e.Position()).WithHint("A function call is expected here."))
	}
	return call
}

// funcColumns reads ( name type, ... ).
func (c *cursor) funcColumns() []ColumnDef {
	c.expect("(")
	var out []ColumnDef
	for {
		col := ColumnDef{Name: c.name()}
		col.Type = c.typeName()
		out = append(out, col)
		if !c.accept(",") {
			break
		}
	}
	c.expect(")")
	return out
}

// fromParens lowers ( query ) or ( table joins ) in FROM. A query's parentheses are left
// for the caller to name; both readings have the same text.
func (l *lowerer) fromParens() (kind parenKind, open, end int) {
	l.enter()
	defer l.leave()
	open = l.emit("(", l.next().pos)
	kind = l.fromInParens()
	end = l.emit(")", l.expect(")"))
	return kind, open, end
}

func (l *lowerer) fromInParens() parenKind {
	if l.startsQuery() {
		l.query()
		return parenQuery
	}
	if !l.is("(") {
		l.tableItem()
		return parenTable
	}
	first := l.hold()
	pos := l.peek().pos
	kind, open, end := l.fromParens()
	switch {
	case kind == parenTable:
		l.joins()
		return parenTable
	case l.is(")"):
		l.out[open].text, l.out[end].text = "", ""
		return parenQuery
	case l.atQueryTail():
		l.wrapBody(first)
		l.queryRest(&queryInfo{q: &Query{Pos: pos}})
		return parenQuery
	default:
		l.derived(false, pos)
		l.joins()
		return parenTable
	}
}
