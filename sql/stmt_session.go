package sql

// prepare reads PREPARE name [(types)] AS statement, and PREPARE TRANSACTION.
func (c *cursor) prepare() Statement {
	pos := c.next().pos
	if c.is("TRANSACTION") && c.ahead(1).kind == tokString {
		c.next()
		return &Transaction{Verb: "PREPARE", Name: c.gid(), Pos: pos}
	}
	s := &Prepare{Name: c.name(), Pos: pos}
	if c.accept("(") {
		for {
			s.Types = append(s.Types, c.typeName())
			if !c.accept(",") {
				break
			}
		}
		c.expect(")")
	}
	c.expect("AS")
	s.Stmt = c.statement()
	return s
}

func (c *cursor) execute() Statement {
	s := &Execute{Pos: c.next().pos}
	s.Name = c.name()
	if c.is("(") {
		s.Args = c.exprsInParens()
	}
	return s
}

func (c *cursor) deallocate() Statement {
	s := &Deallocate{Pos: c.next().pos}
	c.accept("PREPARE")
	if !c.accept("ALL") {
		n := c.name()
		s.Name = &n
	}
	return s
}

// declareCursor reads DECLARE c [BINARY] [[NO] SCROLL] CURSOR [{WITH|WITHOUT} HOLD] FOR query.
func (c *cursor) declareCursor() Statement {
	s := &DeclareCursor{Pos: c.next().pos}
	s.Name = c.name()
	yes, no := true, false
	for !c.is("CURSOR") {
		switch {
		case c.accept("BINARY"):
			s.Binary = true
		case c.acceptAny("INSENSITIVE", "ASENSITIVE") != "":
			s.Insensitive = true
		case c.accept("SCROLL"):
			s.Scroll = &yes
		case c.accept("NO", "SCROLL"):
			s.Scroll = &no
		default:
			c.failExpecting("CURSOR", "NO SCROLL", "SCROLL", "BINARY")
		}
	}
	c.next()
	if c.accept("WITH", "HOLD") {
		s.Hold = true
	} else {
		c.accept("WITHOUT", "HOLD")
	}
	c.expect("FOR")
	if !c.startsQuery() && !c.is("(") {
		c.fail("A cursor is declared FOR a query.")
	}
	s.Query = c.queryNow()
	return s
}

// fetch reads FETCH and MOVE [direction] [FROM|IN] cursor [WITH (..)].
func (c *cursor) fetch() Statement {
	t := c.next()
	s := &Fetch{Move: t.up == "MOVE", Direction: "NEXT", Pos: t.pos}
	c.fetchDirection(s)
	c.acceptAny("FROM", "IN")
	s.Cursor = c.name()
	if c.accept("WITH") {
		s.Options = c.properties()
	}
	return s
}

func (c *cursor) fetchDirection(s *Fetch) {
	t := c.peek()
	single := isName(t) && (c.ahead(1).kind == tokEOF || c.ahead(1).up == ";" || c.ahead(1).up == "WITH")
	switch {
	case single:
	case t.kind == tokNumber, t.up == "-", t.up == "+":
		s.Direction, s.Count = "FORWARD", c.signedInteger()
	case c.accept("ALL"):
		s.Direction, s.All = "FORWARD", true
	case c.isAny("NEXT", "PRIOR", "FIRST", "LAST"):
		s.Direction = c.next().up
	case c.isAny("ABSOLUTE", "RELATIVE"):
		s.Direction = c.next().up
		s.Count = c.signedInteger()
	case c.isAny("FORWARD", "BACKWARD"):
		s.Direction, s.Count = c.next().up, 1
		if c.accept("ALL") {
			s.Count, s.All = 0, true
		} else if k := c.peek(); k.kind == tokNumber || k.up == "-" || k.up == "+" {
			s.Count = c.signedInteger()
		}
	}
}

func (c *cursor) closePortal() Statement {
	s := &ClosePortal{Pos: c.next().pos}
	if !c.accept("ALL") {
		n := c.name()
		s.Name = &n
	}
	return s
}

func (c *cursor) listen() Statement {
	t := c.next()
	if t.up == "UNLISTEN" {
		s := &Unlisten{Pos: t.pos}
		if !c.accept("*") {
			n := c.name()
			s.Channel = &n
		}
		return s
	}
	return &Listen{Channel: c.name(), Pos: t.pos}
}

func (c *cursor) notify() Statement {
	s := &Notify{Pos: c.next().pos}
	s.Channel = c.name()
	if c.accept(",") {
		s.Payload = c.str()
	}
	return s
}

func (c *cursor) discard() Statement {
	s := &Discard{Pos: c.next().pos}
	s.What = c.expectAny("ALL", "PLANS", "SEQUENCES", "TEMP", "TEMPORARY")
	if s.What == "TEMPORARY" {
		s.What = "TEMP"
	}
	return s
}

// comment reads COMMENT ON kind name IS 'text'|NULL.
func (c *cursor) comment() Statement {
	s := &Comment{Pos: c.next().pos}
	c.expect("ON")
	s.Kind = c.expectAny("TABLE", "COLUMN", "STREAM", "VIEW", "MATERIALIZED", "TYPE", "DATABASE", "SCHEMA", "ROLE", "FUNCTION", "INDEX", "CONNECTOR", "EXTENSION")
	if s.Kind == "MATERIALIZED" {
		c.expect("VIEW")
		s.Kind = "MATERIALIZED VIEW"
	}
	s.Name = c.qname()
	c.expect("IS")
	if !c.accept("NULL") {
		text := c.str()
		s.Text = &text
	}
	return s
}

// maintenance reads ANALYZE, VACUUM and their like; their options are passed.
func (c *cursor) maintenance() Statement {
	t := c.next()
	s := &Maintenance{Verb: t.up, Pos: t.pos}
	if s.Verb == "ANALYSE" {
		s.Verb = "ANALYZE"
	}
	if t.up == "REFRESH" {
		c.expect("MATERIALIZED", "VIEW")
		c.accept("CONCURRENTLY")
		s.Names = []QName{c.qname()}
		return s
	}
	if c.is("(") {
		c.properties()
	}
	for c.acceptAny("FULL", "FREEZE", "VERBOSE", "ANALYZE", "TABLE", "INDEX", "SCHEMA", "DATABASE") != "" {
	}
	if c.atEnd() {
		return s
	}
	for {
		s.Names = append(s.Names, c.qname())
		if c.is("(") {
			c.names()
		}
		if !c.accept(",") {
			return s
		}
	}
}

// merge is known by name only.
func (c *cursor) merge() Statement {
	c.unsupported(c.peek(), "MERGE")
	return nil
}

// lockTable reads LOCK [TABLE] names [IN mode MODE] [NOWAIT].
func (c *cursor) lockTable() Statement {
	s := &LockTable{Pos: c.next().pos}
	c.accept("TABLE")
	c.accept("ONLY")
	s.Names = c.qnameList()
	if c.accept("IN") {
		s.Mode = c.lockMode()
		c.expect("MODE")
	}
	s.NoWait = c.accept("NOWAIT")
	return s
}

func (c *cursor) lockMode() string {
	for _, m := range [][]string{
		{"ACCESS", "SHARE"}, {"ROW", "SHARE"}, {"ROW", "EXCLUSIVE"}, {"SHARE", "UPDATE", "EXCLUSIVE"}, {"SHARE", "ROW", "EXCLUSIVE"},
		{"SHARE"}, {"EXCLUSIVE"}, {"ACCESS", "EXCLUSIVE"},
	} {
		if c.accept(m...) {
			out := m[0]
			for _, w := range m[1:] {
				out += " " + w
			}
			return out
		}
	}
	c.failExpecting("ACCESS SHARE", "ROW EXCLUSIVE", "SHARE", "EXCLUSIVE", "ACCESS EXCLUSIVE")
	return ""
}

func (c *cursor) callStmt() Statement {
	pos := c.next().pos
	return &CallStmt{Call: c.callNow(), Pos: pos}
}

func (c *cursor) doBlock() Statement {
	s := &DoBlock{Pos: c.next().pos}
	if c.accept("LANGUAGE") {
		c.name()
	}
	s.Code = c.str()
	if c.accept("LANGUAGE") {
		c.name()
	}
	return s
}
