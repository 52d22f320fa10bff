package sql

import "strings"

// roleName reads a role; CURRENT_USER and the like are names here.
func (c *cursor) roleName() Name {
	c.acceptAny("GROUP")
	if isNoParenCall(c.peek()) {
		return c.label()
	}
	return c.name()
}

func (c *cursor) roleNames() []Name {
	out := []Name{c.roleName()}
	for c.accept(",") {
		out = append(out, c.roleName())
	}
	return out
}

// createRole reads CREATE and ALTER {ROLE|USER|GROUP}.
func (c *cursor) createRole(pos int, alter bool) Statement {
	s := &CreateRole{Alter: alter, User: c.next().up == "USER", Pos: pos}
	if alter && c.accept("ALL") {
		s.Name = Name{Text: "ALL", Pos: pos}
	} else {
		s.Name = c.roleName()
	}
	if alter {
		switch {
		case c.accept("RENAME", "TO"):
			n := c.name()
			s.Rename = &n
			return s
		case c.is("SET"):
			set := c.set()
			v, ok := set.(*SetVar)
			if !ok {
				c.fail("")
			}
			s.Set = v
			return s
		case c.is("RESET"):
			s.Reset = c.reset().(*ResetVar)
			return s
		}
	}
	c.accept("WITH")
	for !c.atEnd() {
		s.Options = append(s.Options, c.roleOption())
	}
	return s
}

func (c *cursor) roleOption() RoleOption {
	word := c.expectAny("LOGIN", "NOLOGIN", "SUPERUSER", "NOSUPERUSER", "CREATEDB", "NOCREATEDB", "CREATEROLE", "NOCREATEROLE", "INHERIT", "NOINHERIT",
		"REPLICATION", "NOREPLICATION", "BYPASSRLS", "NOBYPASSRLS", "PASSWORD", "ENCRYPTED", "UNENCRYPTED", "VALID", "CONNECTION", "IN", "ROLE", "ADMIN", "USER", "SYSID")
	o := RoleOption{Name: word}
	switch word {
	case "ENCRYPTED", "UNENCRYPTED", "PASSWORD":
		if word != "PASSWORD" {
			c.expect("PASSWORD")
			o.Name = "PASSWORD"
		}
		o.Value = c.stringOrNull()
	case "VALID":
		c.expect("UNTIL")
		o.Name, o.Value = "VALID UNTIL", c.stringOrNull()
	case "CONNECTION":
		c.expect("LIMIT")
		o.Name, o.Value = "CONNECTION LIMIT", c.signedNumber()
	case "SYSID":
		o.Value = c.signedNumber()
	case "IN":
		c.expectAny("ROLE", "GROUP")
		o.Name, o.Roles = "IN ROLE", c.roleNames()
	case "ROLE", "ADMIN", "USER":
		o.Roles = c.roleNames()
	}
	return o
}

func (c *cursor) stringOrNull() Expr {
	t := c.peek()
	if c.accept("NULL") {
		return &Null{Pos: t.pos}
	}
	return &String{Value: c.str(), Pos: t.pos}
}

// signedNumber reads a signed whole number.
func (c *cursor) signedNumber() Expr {
	t := c.peek()
	neg := c.accept("-")
	n := c.peek()
	if n.kind != tokNumber {
		c.fail("A whole number is expected here.")
	}
	c.next()
	var e Expr = &Number{Text: n.val, Pos: n.pos}
	if neg {
		e = &Unary{Op: "-", X: e, Pos: t.pos}
	}
	return e
}

// grant reads GRANT and REVOKE of privileges and of roles.
func (c *cursor) grant() Statement {
	t := c.next()
	s := &Grant{Revoke: t.up == "REVOKE", Pos: t.pos}
	if s.Revoke && (c.accept("GRANT", "OPTION", "FOR") || c.accept("ADMIN", "OPTION", "FOR")) {
		s.Option = true
	}
	start := c.i
	s.Privileges = c.privilegeList()
	if c.is("ON") {
		c.next()
		c.grantObjects(s)
	} else {
		c.i = start
		s.Kind, s.Privileges = string(RoleKind), nil
		s.Names = c.qnameList()
	}
	c.grantees(s)
	return s
}

func (c *cursor) privilegeList() []string {
	list := []string{c.privilege()}
	for c.accept(",") {
		list = append(list, c.privilege())
	}
	return list
}

// grantees reads from TO or FROM on.
func (c *cursor) grantees(s *Grant) {
	if s.Revoke {
		c.expect("FROM")
	} else {
		c.expect("TO")
	}
	s.To = c.roleNames()
	if !s.Revoke && (c.accept("WITH", "GRANT", "OPTION") || c.accept("WITH", "ADMIN", "OPTION")) {
		s.Option = true
	}
	if c.accept("GRANTED", "BY") {
		c.roleName()
	}
	if s.Cascade = c.accept("CASCADE"); !s.Cascade {
		c.accept("RESTRICT")
	}
}

// privilege reads one word, with a column list that is refused.
func (c *cursor) privilege() string {
	n := c.label()
	p := strings.ToUpper(n.Text)
	if p == "ALL" {
		c.accept("PRIVILEGES")
	}
	if c.is("(") {
		c.unsupported(c.peek(), "privilege on single columns")
	}
	return p
}

// grantObjects reads [kind] names, or ALL TABLES IN SCHEMA names.
func (c *cursor) grantObjects(s *Grant) {
	s.Kind = "TABLE"
	switch {
	case c.is("ALL"):
		c.next()
		s.Kind = "ALL " + c.expectAny("TABLES", "STREAMS", "SEQUENCES", "FUNCTIONS", "TOPICS") + " IN SCHEMA"
		c.expect("IN", "SCHEMA")
	case c.is("MATERIALIZED", "VIEW") && isName(c.ahead(2)):
		c.expect("MATERIALIZED", "VIEW")
		s.Kind = "MATERIALIZED VIEW"
	case c.isAny("TABLE", "STREAM", "VIEW", "SINK", "SOURCE", "SUBJECT", "SECRET", "SCHEMA", "DATABASE", "TOPIC", "SEQUENCE", "FUNCTION", "TYPE", "CONNECTOR", "TABLESPACE", "GROUP", "LANGUAGE", "DOMAIN") &&
		isName(c.ahead(1)):
		s.Kind = c.next().up
	}
	s.Names = c.qnameList()
	if c.is("(") {
		c.unsupported(c.peek(), "GRANT on a function by its arguments")
	}
}
