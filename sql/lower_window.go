package sql

// over lowers OVER name or OVER (..): TiDB's own window clause.
func (l *lowerer) over() {
	o := &Over{Pos: l.next().pos}
	l.emit("OVER", o.Pos)
	if l.is("(") {
		l.windowParens(o)
		return
	}
	n := l.name()
	o.Name = &n
	l.emit(l.atom(o), n.Pos)
}

// windowParens lowers ([base] [PARTITION BY ..] [ORDER BY ..] [frame]).
func (l *lowerer) windowParens(o *Over) {
	l.emit("(", l.expect("("))
	if isName(l.peek()) && !l.is("PARTITION", "BY") && !l.frameAhead() {
		n := l.name()
		o.Name = &n
		l.emit(l.atom(o), n.Pos)
	}
	if l.is("PARTITION") {
		l.emit("PARTITION BY", l.expect("PARTITION", "BY"))
		l.exprList()
	}
	if l.is("ORDER") {
		l.emit("ORDER BY", l.expect("ORDER", "BY"))
		l.orderItems()
	}
	if l.frameAhead() {
		l.frame()
	}
	l.emit(")", l.expect(")"))
}

func (c *cursor) frameAhead() bool {
	return c.isAny("ROWS", "RANGE", "GROUPS") && c.ahead(1).up != ")"
}

func (l *lowerer) frame() {
	t := l.next()
	l.emit(t.up, t.pos)
	if l.is("BETWEEN") {
		l.emit("BETWEEN", l.next().pos)
		l.frameBound()
		l.emit("AND", l.expect("AND"))
		l.frameBound()
	} else {
		l.frameBound()
	}
	if l.is("EXCLUDE") {
		l.unsupported(l.peek(), "EXCLUDE")
	}
}

func (l *lowerer) frameBound() {
	t := l.peek()
	switch {
	case l.accept("UNBOUNDED"):
		l.emit("UNBOUNDED "+l.expectAny("PRECEDING", "FOLLOWING"), t.pos)
	case l.accept("CURRENT", "ROW"):
		l.emit("CURRENT ROW", t.pos)
	default:
		e := l.exprNow()
		l.emit(l.number(e)+" "+l.expectAny("PRECEDING", "FOLLOWING"), t.pos)
	}
}

// namedWindows lowers WINDOW name AS (..), ...
func (l *lowerer) namedWindows() {
	l.emit("WINDOW", l.expect("WINDOW"))
	for {
		w := &NamedWindow{Name: l.name()}
		w.Over = Over{Inline: true, Pos: w.Name.Pos}
		l.emit(l.atom(w)+" AS", w.Name.Pos)
		l.expect("AS")
		l.windowParens(&w.Over)
		if !l.is(",") {
			return
		}
		l.emit(",", l.next().pos)
	}
}
