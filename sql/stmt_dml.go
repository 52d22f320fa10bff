package sql

// insertStmt reads INSERT INTO with VALUES, a query or DEFAULT VALUES.
func (c *cursor) insertStmt() Statement {
	s := &Insert{Pos: c.next().pos}
	c.expect("INTO")
	s.Name = c.qname()
	if c.accept("AS") {
		n := c.name()
		s.Alias = &n
	}
	if c.is("WITH", "(") {
		c.next()
		s.Options = c.properties()
	}
	if c.is("(") && !c.queryInParens() {
		s.Columns = c.insertColumns()
	}
	if c.is("OVERRIDING") {
		c.unsupported(c.peek(), "OVERRIDING")
	}
	switch {
	case c.accept("DEFAULT", "VALUES"):
		s.DefaultValues = true
	case c.startsQuery() || c.is("("):
		if c.is("VALUES") {
			s.Query = c.literalRows()
		}
		if s.Query == nil {
			s.Query = c.queryNow()
		}
	default:
		c.failExpecting("VALUES", "SELECT", "DEFAULT VALUES")
	}
	if c.is("ON") {
		s.OnConflict = c.onConflict()
	}
	s.Returning = c.returning()
	return s
}

// insertColumns reads the column list; a column may be qualified or subscripted in
// PostgreSQL, here it is a name.
func (c *cursor) insertColumns() []Name { return c.names() }

func (c *cursor) queryInParens() bool {
	n := 0
	for c.ahead(n).up == "(" {
		n++
	}
	switch c.ahead(n).up {
	case "SELECT", "WITH", "VALUES", "TABLE":
		return true
	}
	return false
}

// onConflict reads ON CONFLICT [target] DO NOTHING | DO UPDATE SET ...
func (c *cursor) onConflict() *OnConflict {
	o := &OnConflict{Pos: c.next().pos}
	c.expect("CONFLICT")
	if c.accept("ON", "CONSTRAINT") {
		n := c.name()
		o.Constraint = &n
	} else if c.is("(") {
		o.Columns = c.names()
		if c.is("WHERE") {
			c.unsupported(c.peek(), "WHERE in a conflict target")
		}
	}
	c.expect("DO")
	if c.expectAny("NOTHING", "UPDATE") == "NOTHING" {
		return o
	}
	o.Update = true
	c.expect("SET")
	o.Set = c.assignments()
	if c.accept("WHERE") {
		o.Where = c.exprNow()
	}
	return o
}

func (c *cursor) returning() []SelectItem {
	if !c.accept("RETURNING") {
		return nil
	}
	return c.itemsNow()
}

// assignments reads col = e, (a, b) = e, ...
func (c *cursor) assignments() []Assignment {
	var out []Assignment
	for {
		a := Assignment{Pos: c.peek().pos}
		if c.is("(") {
			a.Columns = c.names()
		} else {
			n := c.name()
			if c.is(".") || c.is("[") {
				c.unsupported(c.peek(), "assignment to a part of a column")
			}
			a.Columns = []Name{n}
		}
		c.expect("=")
		a.Value = c.exprNow()
		out = append(out, a)
		if !c.accept(",") {
			return out
		}
	}
}

// target reads [ONLY] name [*] [[AS] alias].
func (c *cursor) target() (QName, *Name) {
	c.accept("ONLY")
	q := c.qname()
	c.accept("*")
	if c.accept("AS") || c.isBareAlias() {
		n := c.name()
		return q, &n
	}
	return q, nil
}

func (c *cursor) updateStmt() Statement {
	s := &Update{Pos: c.next().pos}
	s.Name, s.Alias = c.target()
	c.expect("SET")
	s.Set = c.assignments()
	if c.accept("FROM") {
		s.From = c.fromNow()
	}
	s.Where = c.whereClause()
	s.Returning = c.returning()
	return s
}

func (c *cursor) deleteStmt() Statement {
	s := &Delete{Pos: c.next().pos}
	c.expect("FROM")
	s.Name, s.Alias = c.target()
	if c.accept("USING") {
		s.Using = c.fromNow()
	}
	s.Where = c.whereClause()
	s.Returning = c.returning()
	return s
}

func (c *cursor) whereClause() Expr {
	if !c.accept("WHERE") {
		return nil
	}
	if c.is("CURRENT", "OF") {
		c.unsupported(c.peek(), "WHERE CURRENT OF")
	}
	return c.exprNow()
}

func (c *cursor) truncate() Statement {
	s := &Truncate{Pos: c.next().pos}
	c.accept("TABLE")
	c.accept("ONLY")
	s.Names = c.qnameList()
	for c.accept("RESTART", "IDENTITY") || c.accept("CONTINUE", "IDENTITY") || c.accept("CASCADE") || c.accept("RESTRICT") {
	}
	return s
}
