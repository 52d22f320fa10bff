package sql

// Parts of queries that stand in other statements are lowered inside a query
// made up for them.

// loneLiteral passes a literal that is the whole expression, nil otherwise: no
// grammar is needed for it.
func (c *cursor) loneLiteral() Expr {
	t := c.peek()
	switch after := c.ahead(1); {
	case after.kind == tokEOF, after.up == ",", after.up == ")", after.up == ";":
	default:
		return nil
	}
	switch {
	case t.kind == tokString:
		c.next()
		return &String{Value: t.val, Pos: t.pos}
	case t.kind == tokNumber:
		c.next()
		return &Number{Text: t.val, Pos: t.pos}
	case t.kind == tokParam:
		return c.param()
	case t.up == "NULL":
		c.next()
		return &Null{Pos: t.pos}
	case t.up == "TRUE" || t.up == "FALSE":
		c.next()
		return &Bool{Value: t.up == "TRUE", Pos: t.pos}
	}
	return nil
}

// fromNow parses a list of tables.
func (c *cursor) fromNow() TableExpr {
	l := &lowerer{cursor: c}
	l.emit("SELECT "+l.atom(&Select{})+" FROM", c.peek().pos)
	l.fromList()
	l.emit("LIMIT "+l.number(&queryInfo{q: &Query{}}), c.peek().pos)
	return l.finishQuery().Body.(*Select).From
}

// itemsNow parses a select list: RETURNING.
func (c *cursor) itemsNow() []SelectItem {
	l := &lowerer{cursor: c}
	l.emit("SELECT "+l.atom(&Select{}), c.peek().pos)
	for {
		l.emit(",", c.peek().pos)
		l.selectItem()
		if !c.accept(",") {
			break
		}
	}
	l.emitNoFrom()
	l.emit("LIMIT "+l.number(&queryInfo{q: &Query{}}), c.peek().pos)
	return l.finishQuery().Body.(*Select).Items
}

// withNow parses the WITH of INSERT, UPDATE and DELETE.
func (c *cursor) withNow() *With {
	l := &lowerer{cursor: c}
	info := &queryInfo{q: &Query{}}
	l.with(info)
	l.emit("SELECT "+l.atom(&Select{}), c.peek().pos)
	l.emitNoFrom()
	l.emit("LIMIT "+l.number(info), c.peek().pos)
	return l.finishQuery().With
}

// callNow parses a function call.
func (c *cursor) callNow() *Call {
	if !isName(c.peek()) || !c.callAhead() {
		c.fail("A function call is expected here.")
	}
	e := c.exprNow()
	call, ok := e.(*Call)
	if !ok {
		c.failAt(c.tokenAt(e.Position()), "A function call is expected here.")
	}
	return call
}
