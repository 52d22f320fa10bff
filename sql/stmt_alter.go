package sql

// drop reads every DROP.
func (c *cursor) drop() Statement {
	s := &Drop{Pos: c.next().pos}
	if c.is("OWNED", "BY") {
		return c.owned(s.Pos, true)
	}
	switch w := c.expectAny("STREAM", "TABLE", "VIEW", "MATERIALIZED", "TYPE", "CONNECTOR", "SCHEMA", "DATABASE", "ROLE", "USER", "GROUP",
		"INDEX", "SEQUENCE", "FUNCTION", "EXTENSION", "SECRET", "PUBLICATION", "SUBSCRIPTION", "TRIGGER", "DOMAIN", "SINK", "SOURCE", "CONNECTION"); w {
	case "MATERIALIZED":
		c.expect("VIEW")
		s.Kind = MaterializedView
	case "USER", "GROUP":
		s.Kind = RoleKind
	default:
		s.Kind = SourceKind(w)
	}
	if s.Kind == IndexKind {
		c.accept("CONCURRENTLY")
	}
	s.IfExists = c.ifExists()
	s.Names = c.qnameList()
	if s.Kind == FunctionKind && c.is("(") {
		c.restText()
		return s
	}
	for {
		switch {
		case c.is("DELETE"):
			c.expect("DELETE", "TOPIC")
			s.DeleteTopic = true
		case c.accept("CASCADE"):
			s.Cascade = true
		case c.accept("RESTRICT"):
		default:
			return s
		}
	}
}

// alter reads every ALTER.
func (c *cursor) alter() Statement {
	pos := c.next().pos
	if s, ok := c.alterOwner(pos); ok {
		return s
	}
	switch c.peek().up {
	case "SYSTEM":
		return c.alterSystem(pos)
	case "ROLE", "USER", "GROUP":
		return c.createRole(pos, true)
	case "SECRET":
		return c.createSecret(pos, true)
	case "DEFAULT":
		return c.alterDefaults(pos)
	case "DATABASE", "SCHEMA", "INDEX", "SEQUENCE", "FUNCTION", "EXTENSION", "TYPE", "DOMAIN", "PUBLICATION", "SUBSCRIPTION", "POLICY", "CONNECTOR":
		c.unsupported(c.peek(), "ALTER %s", c.peek().up)
	}
	s := &AlterSource{Pos: pos}
	switch w := c.expectAny("STREAM", "TABLE", "VIEW", "MATERIALIZED", "SYSTEM", "ROLE", "USER"); w {
	case "MATERIALIZED":
		c.expect("VIEW")
		s.Kind = MaterializedView
	default:
		s.Kind = SourceKind(w)
	}
	s.IfExists = c.ifExists()
	c.accept("ONLY")
	s.Name = c.qname()
	for {
		s.Actions = append(s.Actions, c.alterAction())
		if !c.accept(",") {
			return s
		}
	}
}

// alterAction reads ADD, DROP, RENAME, ALTER, SET or OWNER.
func (c *cursor) alterAction() AlterAction {
	a := AlterAction{Pos: c.peek().pos}
	switch w := c.expectAny("ADD", "DROP", "RENAME", "ALTER", "SET", "OWNER"); w {
	case "ADD":
		if c.isAny("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN") && c.ahead(1).kind == tokIdent && c.ahead(2).up != "," && c.ahead(2).kind != tokEOF {
			c.unsupported(c.peek(), "ALTER ADD %s", c.peek().up)
		}
		a.Op = "ADD COLUMN"
		c.columnWord()
		a.IfExists = c.ifNotExists()
		a.Column = c.columnDef()
		a.Name = a.Column.Name
	case "DROP":
		if c.is("CONSTRAINT") && isName(c.ahead(1)) {
			c.unsupported(c.peek(), "ALTER DROP CONSTRAINT")
		}
		a.Op = "DROP COLUMN"
		c.columnWord()
		a.IfExists = c.ifExists()
		a.Name = c.name()
		a.Cascade = c.accept("CASCADE")
		c.accept("RESTRICT")
	case "RENAME":
		c.renameAction(&a)
	case "ALTER":
		c.columnWord()
		a.Name = c.name()
		c.alterColumn(&a)
	case "SET":
		if c.accept("SCHEMA") {
			a.Op, a.To = "SET SCHEMA", c.name()
			break
		}
		a.Op = "SET"
		a.Options = c.properties()
	default:
		c.expect("TO")
		a.Op, a.To = "OWNER", c.roleName()
	}
	return a
}

// columnWord passes COLUMN when it is the keyword and no column's name.
func (c *cursor) columnWord() {
	if c.is("COLUMN") && (isName(c.ahead(1)) || c.ahead(1).up == "IF") {
		c.next()
	}
}

func (c *cursor) renameAction(a *AlterAction) {
	if c.accept("TO") {
		a.Op, a.To = "RENAME", c.name()
		return
	}
	a.Op = "RENAME COLUMN"
	c.columnWord()
	a.Name = c.name()
	c.expect("TO")
	a.To = c.name()
}

func (c *cursor) alterColumn(a *AlterAction) {
	switch c.expectAny("TYPE", "SET", "DROP") {
	case "TYPE":
		a.Op = "ALTER TYPE"
		a.Column.Type = c.typeName()
		if c.is("USING") {
			c.unsupported(c.peek(), "ALTER COLUMN TYPE .. USING")
		}
	case "SET":
		switch c.expectAny("DATA", "DEFAULT", "NOT") {
		case "DATA":
			c.expect("TYPE")
			a.Op = "ALTER TYPE"
			a.Column.Type = c.typeName()
		case "DEFAULT":
			a.Op = "SET DEFAULT"
			a.Column.Default = c.exprNow()
		default:
			c.expect("NULL")
			a.Op = "SET NOT NULL"
		}
	default:
		if c.expectAny("DEFAULT", "NOT") == "DEFAULT" {
			a.Op = "DROP DEFAULT"
			return
		}
		c.expect("NULL")
		a.Op = "DROP NOT NULL"
	}
}

// alterSystem reads ALTER SYSTEM 'k' = 'v', SET k = v, RESET {k|ALL}.
func (c *cursor) alterSystem(pos int) Statement {
	c.next()
	s := &AlterSystem{Pos: pos}
	if c.accept("RESET") {
		s.Reset = true
		if !c.accept("ALL") {
			s.Name = c.settingName()
		}
		return s
	}
	c.accept("SET")
	s.Name = c.settingName()
	if !c.accept("TO") {
		c.expect("=")
	}
	if !c.accept("DEFAULT") {
		s.Value = c.propertyValue()
	}
	return s
}
