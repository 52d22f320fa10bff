package sql

// alterDefaults reads ALTER DEFAULT PRIVILEGES; DEFAULT comes next.
func (c *cursor) alterDefaults(pos int) Statement {
	c.expect("DEFAULT", "PRIVILEGES")
	s := &AlterDefaults{Pos: pos}
	for {
		switch {
		case c.accept("FOR"):
			c.expectAny("ROLE", "USER")
			s.Roles = append(s.Roles, c.roleNames()...)
			continue
		case c.accept("IN", "SCHEMA"):
			s.Schemas = append(s.Schemas, c.name())
			for c.accept(",") {
				s.Schemas = append(s.Schemas, c.name())
			}
			continue
		}
		break
	}
	t := c.peek()
	if t.up != "GRANT" && t.up != "REVOKE" {
		c.failExpecting("GRANT", "REVOKE")
	}
	c.next()
	g := &Grant{Revoke: t.up == "REVOKE", Pos: t.pos}
	g.Option = g.Revoke && c.accept("GRANT", "OPTION", "FOR")
	g.Privileges = c.privilegeList()
	c.expect("ON")
	g.Kind = c.expectAny("TABLES", "STREAMS", "SEQUENCES", "FUNCTIONS", "ROUTINES", "TYPES", "SCHEMAS")
	c.grantees(g)
	s.Grant = g
	return s
}

// owned reads from OWNED on.
func (c *cursor) owned(pos int, drop bool) Statement {
	c.expect("OWNED", "BY")
	s := &Owned{Drop: drop, Roles: c.roleNames(), Pos: pos}
	if !drop {
		c.expect("TO")
		s.To = c.roleName()
		return s
	}
	if s.Cascade = c.accept("CASCADE"); !s.Cascade {
		c.accept("RESTRICT")
	}
	return s
}

// reassign reads REASSIGN OWNED.
func (c *cursor) reassign() Statement { return c.owned(c.next().pos, false) }

// alterOwner reads ALTER kind name OWNER TO; ok is false when it is another ALTER.
func (c *cursor) alterOwner(pos int) (s Statement, ok bool) {
	kind := c.peek()
	switch kind.up {
	case "DATABASE", "SCHEMA", "TYPE", "SUBJECT":
	default:
		return nil, false
	}
	if !isName(c.ahead(1)) || c.ahead(2).up != "OWNER" {
		return nil, false
	}
	c.next()
	a := &AlterOwner{Kind: SourceKind(kind.up), Name: c.qname(), Pos: pos}
	c.expect("OWNER", "TO")
	a.To = c.roleName()
	return a, true
}

// createSecret reads CREATE and ALTER SECRET; SECRET comes next.
func (c *cursor) createSecret(pos int, alter bool) Statement {
	c.expect("SECRET")
	s := &CreateSecret{Alter: alter, IfNotExists: !alter && c.ifNotExists(), Name: c.qname(), Pos: pos}
	c.expect("AS")
	s.Value = c.str()
	return s
}
