package sql

// begin reads BEGIN and START TRANSACTION.
func (c *cursor) begin() Statement {
	t := c.next()
	s := &Transaction{Verb: "BEGIN", Pos: t.pos}
	if t.up == "START" {
		c.expect("TRANSACTION")
	} else {
		c.acceptAny("WORK", "TRANSACTION")
	}
	s.Modes = c.txModes()
	return s
}

// txModes reads ISOLATION LEVEL .., READ ONLY, READ WRITE, [NOT] DEFERRABLE.
func (c *cursor) txModes() TxModes {
	var m TxModes
	yes, no := true, false
	for {
		switch {
		case c.accept("ISOLATION", "LEVEL"):
			m.Isolation = c.isolation()
		case c.accept("READ", "ONLY"):
			m.ReadOnly = &yes
		case c.accept("READ", "WRITE"):
			m.ReadOnly = &no
		case c.accept("DEFERRABLE"):
			m.Deferrable = &yes
		case c.accept("NOT", "DEFERRABLE"):
			m.Deferrable = &no
		default:
			return m
		}
		c.accept(",")
	}
}

func (c *cursor) isolation() string {
	switch c.expectAny("READ", "REPEATABLE", "SERIALIZABLE") {
	case "READ":
		return "READ " + c.expectAny("COMMITTED", "UNCOMMITTED")
	case "REPEATABLE":
		c.expect("READ")
		return "REPEATABLE READ"
	}
	return "SERIALIZABLE"
}

// txTail reads [WORK|TRANSACTION] [AND [NO] CHAIN].
func (c *cursor) txTail(s *Transaction) {
	c.acceptAny("WORK", "TRANSACTION")
	if c.accept("AND", "CHAIN") {
		s.Chain = true
	} else {
		c.accept("AND", "NO", "CHAIN")
	}
}

func (c *cursor) commit() Statement {
	s := &Transaction{Verb: "COMMIT", Pos: c.next().pos}
	if c.accept("PREPARED") {
		s.Verb, s.Name = "COMMIT PREPARED", c.gid()
		return s
	}
	c.txTail(s)
	return s
}

func (c *cursor) gid() *Name {
	pos := c.peek().pos
	return &Name{Text: c.str(), Quoted: true, Pos: pos}
}

func (c *cursor) rollback() Statement {
	s := &Transaction{Verb: "ROLLBACK", Pos: c.next().pos}
	if c.accept("PREPARED") {
		s.Verb, s.Name = "ROLLBACK PREPARED", c.gid()
		return s
	}
	c.txTail(s)
	if c.accept("TO") {
		c.accept("SAVEPOINT")
		n := c.name()
		s.Verb, s.Name = "ROLLBACK TO", &n
	}
	return s
}

func (c *cursor) savepoint() Statement {
	t := c.next()
	s := &Transaction{Verb: t.up, Pos: t.pos}
	if t.up == "RELEASE" {
		c.accept("SAVEPOINT")
	}
	n := c.name()
	s.Name = &n
	return s
}

// set reads every SET.
func (c *cursor) set() Statement {
	pos := c.next().pos
	s := &SetVar{Pos: pos}
	switch {
	case c.is("TRANSACTION"):
		c.next()
		return &SetTransaction{Modes: c.txModes(), Pos: pos}
	case c.accept("SESSION", "CHARACTERISTICS", "AS", "TRANSACTION"):
		return &SetTransaction{Session: true, Modes: c.txModes(), Pos: pos}
	case c.accept("CONSTRAINTS"):
		if !c.accept("ALL") {
			c.qnameList()
		}
		return &SetConstraints{Deferred: c.expectAny("DEFERRED", "IMMEDIATE") == "DEFERRED", Pos: pos}
	case c.isAny("SESSION", "LOCAL") && !(c.ahead(1).up == "=" || c.ahead(1).up == "TO" || c.ahead(1).up == "."):
		s.Scope = c.next().up
	}
	c.setValue(s)
	return s
}

// setValue reads from the setting's name on.
func (c *cursor) setValue(s *SetVar) {
	switch t := c.peek(); {
	case t.kind == tokString:
		s.Name, s.Property = c.next().val, true
		c.expect("=")
		s.Values = []Expr{c.propertyValue()}
		return
	case c.accept("TIME", "ZONE"):
		s.Name = "timezone"
		if c.acceptAny("LOCAL", "DEFAULT") != "" {
			s.Default = true
			return
		}
		s.Values = []Expr{c.setItem()}
		return
	case c.accept("NAMES"):
		s.Name = "client_encoding"
		if s.Default = c.accept("DEFAULT"); !s.Default {
			s.Values = []Expr{c.setItem()}
		}
		return
	case c.is("ROLE") && c.ahead(1).up != "=" && c.ahead(1).up != "TO":
		c.next()
		s.Name = "role"
		s.Values = []Expr{c.setItem()}
		return
	case c.accept("AUTHORIZATION"):
		s.Name = "session_authorization"
		if s.Default = c.accept("DEFAULT"); !s.Default {
			s.Values = []Expr{c.setItem()}
		}
		return
	}
	s.Name = c.settingName()
	if !c.accept("TO") && !c.accept("=") {
		c.fail("Write SET name = value, or SET name TO value.")
	}
	if c.accept("DEFAULT") {
		s.Default = true
		return
	}
	for {
		s.Values = append(s.Values, c.setItem())
		if !c.accept(",") {
			return
		}
	}
}

// setItem reads one value: a literal, a signed number or a word, reserved ones too (ON).
func (c *cursor) setItem() Expr {
	t := c.peek()
	switch {
	case t.kind == tokOp && (t.up == "-" || t.up == "+") && c.ahead(1).kind == tokNumber:
		c.next()
		n := c.next()
		var e Expr = &Number{Text: n.val, Pos: n.pos}
		if t.up == "-" {
			e = &Unary{Op: "-", X: e, Pos: t.pos}
		}
		return e
	case t.kind == tokString, t.kind == tokNumber, t.kind == tokParam, t.up == "TRUE", t.up == "FALSE":
		if e := c.loneLiteral(); e != nil {
			return e
		}
		c.next()
		c.fail("")
	case t.up == "INTERVAL" && c.ahead(1).kind == tokString:
		return c.typedLiteral()
	case t.kind == tokIdent || t.kind == tokQuoted:
		n := c.label()
		return &ColumnRef{Parts: []Name{n}, Pos: n.Pos}
	}
	c.fail("A value is expected here.")
	return nil
}

// settingName reads a setting: name, prefix.name, or 'name'; unquoted parts fold.
func (c *cursor) settingName() string {
	if t := c.peek(); t.kind == tokString {
		c.next()
		return t.val
	}
	name := c.label().Fold(false)
	for c.accept(".") {
		name += "." + c.label().Fold(false)
	}
	return name
}

func (c *cursor) reset() Statement {
	t := c.next()
	s := &ResetVar{Pos: t.pos}
	switch {
	case t.up == "UNSET" || c.peek().kind == tokString:
		s.Name, s.Property = c.str(), true
	case c.accept("ALL"):
		s.All = true
	case c.accept("TIME", "ZONE"):
		s.Name = "timezone"
	case c.accept("SESSION", "AUTHORIZATION"):
		s.Name = "session_authorization"
	default:
		s.Name = c.settingName()
	}
	return s
}
