package sql

import "strings"

// clauseRank orders the clauses of a SELECT block as they have to be written.
var clauseRank = map[string]int{"FROM": 1, "WINDOW": 2, "WHERE": 3, "GROUP BY": 4, "PARTITION BY": 5, "HAVING": 6, "named WINDOW": 7}

// selectBlock lowers SELECT up to its last clause before set operations.
func (l *lowerer) selectBlock() {
	s := &Select{Pos: l.peek().pos}
	l.emit("SELECT "+l.atom(s), l.next().pos)
	l.distinct(s)
	if !l.atSelectEnd() {
		for {
			l.emit(",", l.peek().pos)
			l.selectItem()
			if !l.accept(",") {
				break
			}
		}
	}
	l.clauses(s)
}

// atSelectEnd tells whether the item list is absent, as in SELECT FROM t.
func (l *lowerer) atSelectEnd() bool {
	return l.atEnd() || l.atQueryTail() || l.isAny("FROM", ")", "WHERE", "GROUP", "HAVING")
}

// distinct lowers ALL, DISTINCT, DISTINCT ON (..): the last as arguments of the
// block's atom.
func (l *lowerer) distinct(s *Select) {
	if !l.accept("DISTINCT") {
		l.accept("ALL")
		return
	}
	s.Distinct = true
	if l.accept("ON") {
		l.emit("(", l.expect("("))
		l.exprList()
		l.emit(")", l.expect(")"))
	}
}

// selectItem lowers *, t.*, or an expression with an optional alias.
func (l *lowerer) selectItem() {
	if t := l.peek(); t.up == "*" {
		l.next()
		l.leaf(&Star{Pos: t.pos})
		return
	}
	l.expr()
	switch {
	case l.accept("AS"):
		n := l.label()
		l.emit("AS "+l.atom(n), n.Pos)
	case l.isBareAlias():
		n := l.name()
		l.emit("AS "+l.atom(n), n.Pos)
	}
}

// isBareAlias tells whether the next token is an alias without AS, and not a
// contextual keyword that begins a clause.
func (c *cursor) isBareAlias() bool {
	t := c.peek()
	if !isName(t) {
		return false
	}
	after := c.ahead(1)
	switch t.up {
	case "EMIT":
		return false
	case "WINDOW":
		return after.kind != tokIdent && after.kind != tokQuoted
	case "PARTITION":
		return after.up != "BY"
	case "WITHIN":
		return after.kind != tokNumber && after.up != "("
	case "GRACE":
		return after.up != "PERIOD"
	case "ASOF":
		if after.up == "JOIN" {
			c.unsupported(t, "ASOF JOIN")
		}
	case "TABLESAMPLE":
		c.unsupported(t, "TABLESAMPLE")
	case "SET":
		return false
	}
	return true
}

// clauses lowers FROM to WINDOW. A block without FROM gets one that means none.
func (l *lowerer) clauses(s *Select) {
	last := ""
	hasFrom := false
	for {
		t := l.peek()
		clause := l.clauseAhead()
		if clause == "" {
			break
		}
		if clauseRank[clause] <= clauseRank[last] {
			if clause == last {
				l.fail("%s was given already.", clause)
			}
			l.fail("%s comes before %s.", clause, last)
		}
		last = clause
		if clause == "FROM" {
			hasFrom = true
		} else if !hasFrom {
			l.emitNoFrom()
			hasFrom = true
		}
		l.clause(s, clause, t)
	}
	if !hasFrom {
		l.emitNoFrom()
	}
}

func (l *lowerer) clauseAhead() string {
	switch t := l.peek(); t.up {
	case "FROM", "WHERE", "HAVING":
		return t.up
	case "GROUP":
		return "GROUP BY"
	case "PARTITION":
		return "PARTITION BY"
	case "WINDOW":
		if l.isStreamWindow() {
			return "WINDOW"
		}
		return "named WINDOW"
	case "INTO":
		l.unsupported(t, "SELECT INTO")
	}
	return ""
}

func (l *lowerer) clause(s *Select, clause string, t *token) {
	switch clause {
	case "FROM":
		l.emit("FROM", l.next().pos)
		l.fromList()
	case "WINDOW":
		s.Window = l.windowSpec()
	case "WHERE", "HAVING":
		l.emit(clause, l.next().pos)
		l.expr()
	case "GROUP BY":
		l.emit(clause, l.expect("GROUP", "BY"))
		l.groupList()
		if l.is("PARTITION") {
			l.expect("PARTITION", "BY")
			l.emit(", "+l.atom(&ColumnRef{Pos: partitionMark})+" ,", t.pos)
			l.groupList()
		}
	case "PARTITION BY":
		l.emit("GROUP BY "+l.atom(&ColumnRef{Pos: partitionMark})+" ,", l.expect("PARTITION", "BY"))
		l.groupList()
	case "named WINDOW":
		l.namedWindows()
	}
}

// partitionMark is the position of the column that separates GROUP BY's items
// from PARTITION BY's in the lowered list.
const partitionMark = -2

// groupList lowers the expressions of GROUP BY.
func (l *lowerer) groupList() {
	if l.is("GROUPING", "SETS") || l.is("CUBE", "(") || l.is("ROLLUP", "(") {
		l.unsupported(l.peek(), "GROUP BY %s", strings.TrimSuffix(l.peek().up+" "+l.ahead(1).up, " ("))
	}
	l.acceptAny("ALL", "DISTINCT")
	l.exprList()
}

// exprList lowers expr, expr, ...
func (l *lowerer) exprList() {
	for {
		l.expr()
		if !l.is(",") {
			return
		}
		l.emit(",", l.next().pos)
	}
}

// isStreamWindow tells WINDOW [name] TUMBLING .. from SQL's WINDOW name AS (..).
func (c *cursor) isStreamWindow() bool {
	return c.ahead(2).up != "AS"
}

func isWindowKind(t *token) bool {
	return t.up == string(Tumbling) || t.up == string(Hopping) || t.up == string(Session)
}

// windowSpec reads WINDOW [name] TUMBLING (SIZE ..) and its relatives.
func (c *cursor) windowSpec() *WindowSpec {
	w := &WindowSpec{Pos: c.next().pos}
	if isWindowKind(c.ahead(1)) && isName(c.peek()) && !c.is("SESSION", "(") {
		n := c.name()
		w.Name = &n
	}
	w.Kind = WindowKind(c.expectAny("TUMBLING", "HOPPING", "SESSION"))
	c.expect("(")
	if w.Kind == Session {
		w.Gap = c.duration()
	} else {
		c.expect("SIZE")
		w.Size = c.duration()
	}
	if w.Kind == Hopping {
		c.expect(",", "ADVANCE", "BY")
		w.Advance = c.duration()
	}
	for c.accept(",") {
		switch {
		case c.is("RETENTION") && w.Retention == nil && w.Grace == nil:
			c.next()
			w.Retention = c.duration()
		case c.is("GRACE") && w.Grace == nil:
			c.expect("GRACE", "PERIOD")
			w.Grace = c.duration()
		default:
			c.failExpecting("GRACE PERIOD", "RETENTION")
		}
	}
	c.expect(")")
	return w
}

var units = map[string]Unit{
	"MILLISECOND": Millisecond, "MILLISECONDS": Millisecond, "SECOND": Second, "SECONDS": Second,
	"MINUTE": Minute, "MINUTES": Minute, "HOUR": Hour, "HOURS": Hour, "DAY": Day, "DAYS": Day,
}

var unitWords = []string{"DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"}

// duration reads n unit.
func (c *cursor) duration() *Duration {
	d := &Duration{Pos: c.peek().pos}
	if c.peek().kind != tokNumber {
		c.fail("A duration is a number and a unit, such as 10 SECONDS.")
	}
	d.N = c.integer()
	u, ok := units[c.peek().up]
	if !ok {
		hint := "Time units are DAYS, HOURS, MINUTES, SECONDS and MILLISECONDS."
		if w := closest(c.peek().up, unitWords); w != "" {
			hint = "Did you mean " + w + "?"
		}
		c.fail("%s", hint)
	}
	c.next()
	d.Unit = u
	return d
}
