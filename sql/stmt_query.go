package sql

// print reads PRINT topic [FROM BEGINNING] [INTERVAL n] [LIMIT n].
func (c *cursor) print() Statement {
	s := &PrintTopic{Pos: c.next().pos}
	s.Topic = c.describedName()
	if c.accept("FROM", "BEGINNING") {
		s.FromBeginning = true
	}
	if c.acceptAny("INTERVAL", "SAMPLE") != "" {
		s.Interval = c.exprNow()
	}
	if c.accept("LIMIT") {
		s.Limit = c.exprNow()
	}
	return s
}

// queryAction reads TERMINATE, PAUSE, RESUME {id|ALL} and CANCEL [JOB] id.
func (c *cursor) queryAction() Statement {
	t := c.next()
	s := &QueryAction{Verb: t.up, Pos: t.pos}
	if t.up == "CANCEL" {
		c.expectAny("JOB", "JOBS", "QUERY")
	} else if isName(c.ahead(1)) || c.ahead(1).up == "ALL" {
		c.acceptAny("QUERY", "JOB")
	}
	if c.accept("ALL") {
		s.All = true
		return s
	}
	s.ID = c.queryID()
	return s
}

// queryID reads the id of a query; a bare number or a string is one too.
func (c *cursor) queryID() Name {
	if t := c.peek(); t.kind == tokNumber || t.kind == tokString {
		return c.stringName(t)
	}
	return c.name()
}

func (c *cursor) waitForJob() Statement {
	s := &WaitForJob{Pos: c.next().pos}
	c.expect("FOR", "JOB")
	s.ID = c.queryID()
	s.Timeout = c.timeout()
	return s
}

func (c *cursor) timeout() *Duration {
	if !c.accept("TIMEOUT") {
		return nil
	}
	return c.duration()
}

// assert reads every ASSERT.
func (c *cursor) assert() Statement {
	pos := c.next().pos
	notExists := c.accept("NOT", "EXISTS")
	words := []string{"TOPIC", "SCHEMA"}
	if !notExists {
		words = append(words, "VALUES", "NULL", "STREAM", "TABLE")
	}
	switch w := c.peek(); c.expectAny(words...) {
	case "TOPIC":
		s := &AssertTopic{NotExists: notExists, Topic: c.describedName(), Pos: pos}
		if c.accept("WITH") {
			s.With = c.properties()
		}
		s.Timeout = c.timeout()
		return s
	case "SCHEMA":
		return c.assertSchema(pos, notExists)
	case "VALUES":
		s := &AssertValues{Name: c.qname(), Pos: pos}
		if c.is("(") {
			s.Columns = c.names()
		}
		c.expect("VALUES")
		s.Values = c.exprsInParens()
		return s
	case "NULL":
		c.expect("VALUES")
		s := &AssertValues{Null: true, Name: c.qname(), Pos: pos}
		if c.is("(") {
			s.Columns = c.names()
		}
		c.expect("KEY")
		s.Values = c.exprsInParens()
		return s
	default:
		c.i--
		return &AssertSource{Source: c.createSource(&CreateSource{Pos: w.pos}).(*CreateSource), Pos: pos}
	}
}

func (c *cursor) assertSchema(pos int, notExists bool) Statement {
	s := &AssertSchema{NotExists: notExists, Pos: pos}
	if c.accept("SUBJECT") {
		n := c.describedName()
		s.Subject = &n
	}
	if c.accept("ID") {
		id := int(c.integer())
		s.ID = &id
	}
	if s.Subject == nil && s.ID == nil {
		c.failExpecting("SUBJECT", "ID")
	}
	s.Timeout = c.timeout()
	return s
}

// exprsInParens parses ( expr, ... ).
func (c *cursor) exprsInParens() []Expr {
	c.expect("(")
	var out []Expr
	for !c.is(")") {
		out = append(out, c.exprNow())
		if !c.accept(",") {
			break
		}
	}
	c.expect(")")
	return out
}

// define reads DEFINE name = 'text'.
func (c *cursor) define() Statement {
	s := &Define{Pos: c.next().pos}
	s.Name = c.name()
	c.expect("=")
	s.Value = c.str()
	return s
}

func (c *cursor) undefine() Statement {
	s := &Undefine{Pos: c.next().pos}
	s.Name = c.name()
	return s
}

func (c *cursor) runScript() Statement {
	s := &RunScript{Pos: c.next().pos}
	c.expect("SCRIPT")
	s.File = c.str()
	return s
}

func (c *cursor) spool() Statement {
	s := &Spool{Pos: c.next().pos}
	if c.accept("OFF") {
		return s
	}
	s.File = c.str()
	return s
}
