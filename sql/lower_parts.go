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

// literalRows passes VALUES when all its cells are single literals, the common
// INSERT: such a list has no structure that a grammar would have to find. Otherwise it gives
// nil and does not move.
func (c *cursor) literalRows() *Query {
	start := c.i
	v := &Values{Pos: c.expect("VALUES")}
	for more := true; more; more = c.accept(",") {
		row := c.literalRow()
		if row == nil {
			c.i = start
			return nil
		}
		v.Rows = append(v.Rows, row)
	}
	if !c.atEnd() && !c.is("ON") && !c.is("RETURNING") {
		c.i = start
		return nil
	}
	return &Query{Body: v, Pos: v.Pos}
}

// literalRow passes ( literal, ... ), or gives nil somewhere on the way.
func (c *cursor) literalRow() []Expr {
	if !c.accept("(") {
		return nil
	}
	var row []Expr
	for more := true; more; more = c.accept(",") {
		e := c.literalCell()
		if e == nil {
			return nil
		}
		row = append(row, e)
	}
	if !c.accept(")") {
		return nil
	}
	return row
}

// literalCell is loneLiteral with a sign and DEFAULT.
func (c *cursor) literalCell() Expr {
	switch t := c.peek(); {
	case t.up == "-" && c.ahead(1).kind == tokNumber:
		c.next()
		if n := c.loneLiteral(); n != nil {
			return &Unary{Op: "-", X: n, Pos: t.pos}
		}
		return nil
	case t.up == "DEFAULT" && (c.ahead(1).up == "," || c.ahead(1).up == ")"):
		c.next()
		return &Default{Pos: t.pos}
	}
	return c.loneLiteral()
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
