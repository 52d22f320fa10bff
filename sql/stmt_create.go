package sql

import "strings"

// create reads every CREATE.
func (c *cursor) create() Statement {
	pos := c.next().pos
	replace := c.accept("OR", "REPLACE")
	if c.isAny("TEMP", "TEMPORARY") {
		c.next()
		return c.createSource(&CreateSource{OrReplace: replace, Temporary: true, Pos: pos})
	}
	switch t := c.peek(); t.up {
	case "SOURCE", "SINK":
		if c.ahead(1).up == "CONNECTOR" {
			return c.createConnector(pos)
		}
		if t.up == "SOURCE" {
			c.next()
			return c.createSource(&CreateSource{OrReplace: replace, Source: true, Pos: pos})
		}
	case "STREAM", "TABLE", "VIEW", "MATERIALIZED":
		return c.createSource(&CreateSource{OrReplace: replace, Pos: pos})
	case "CONNECTOR":
		return c.createConnector(pos)
	case "TYPE":
		return c.createType(pos)
	case "ROLE", "USER", "GROUP":
		return c.createRole(pos, false)
	case "SECRET":
		return c.createSecret(pos, false)
	case "DATABASE", "SCHEMA", "INDEX", "UNIQUE", "SEQUENCE", "EXTENSION", "FUNCTION", "AGGREGATE", "PROCEDURE", "TRIGGER", "RULE", "DOMAIN", "POLICY",
		"PUBLICATION", "SUBSCRIPTION", "SERVER", "FOREIGN", "UNLOGGED", "GLOBAL", "LOCAL", "TABLESPACE", "CAST", "OPERATOR", "COLLATION", "LANGUAGE",
		"STATISTICS", "EVENT", "CONNECTION":
		return c.createObject(pos, replace)
	}
	c.failExpecting("STREAM", "TABLE", "MATERIALIZED VIEW", "VIEW", "TYPE", "SOURCE", "CONNECTOR", "SCHEMA", "DATABASE", "ROLE", "USER")
	return nil
}

func (c *cursor) ifNotExists() bool {
	if !c.is("IF") || c.ahead(1).up != "NOT" {
		return false
	}
	c.expect("IF", "NOT", "EXISTS")
	return true
}

func (c *cursor) ifExists() bool {
	if !c.is("IF") || c.ahead(1).up != "EXISTS" {
		return false
	}
	c.expect("IF", "EXISTS")
	return true
}

// createSource reads from the kind on.
func (c *cursor) createSource(s *CreateSource) Statement {
	switch c.expectAny("STREAM", "TABLE", "VIEW", "MATERIALIZED") {
	case "STREAM":
		s.Kind = Stream
	case "TABLE":
		s.Kind = TableKind
	case "VIEW":
		s.Kind = View
	default:
		c.expect("VIEW")
		s.Kind = MaterializedView
	}
	s.IfNotExists = c.ifNotExists()
	s.Name = c.qname()
	if c.is("(") {
		s.HasColumns = true
		if s.Kind == View || s.Kind == MaterializedView || c.onlyNames() {
			for _, n := range c.names() {
				s.Columns = append(s.Columns, ColumnDef{Name: n})
			}
		} else {
			c.columnDefs(s)
		}
	}
	switch {
	case c.is("INHERITS", "("):
		c.unsupported(c.peek(), "INHERITS")
	case c.is("PARTITION", "BY") && s.Kind == TableKind:
		c.unsupported(c.peek(), "PARTITION BY in CREATE TABLE")
	case c.is("PARTITION", "OF"):
		c.unsupported(c.peek(), "PARTITION OF")
	}
	if c.is("WITH", "(") {
		c.next()
		s.With = c.properties()
	}
	c.sourceBody(s)
	return s
}

func (c *cursor) sourceBody(s *CreateSource) {
	needsQuery := s.Kind == View || s.Kind == MaterializedView
	if !c.is("AS") {
		if needsQuery {
			c.fail("%s", expected("AS"))
		}
		switch {
		case c.is("WITH"):
			c.failAt(c.ahead(1), "WITH needs parentheses: WITH (name = value, ...).")
		case c.startsQuery():
			c.fail("Expected AS before the query.")
		}
		return
	}
	for _, d := range s.Columns {
		if d.Type != nil || s.PrimaryKey != nil || s.Unique != nil {
			c.fail("The query gives the columns their types: name them only, (a, b).")
		}
	}
	c.next()
	s.As = c.queryNow()
	if c.accept("WITH", "NO", "DATA") {
		s.NoData = true
	} else {
		c.accept("WITH", "DATA")
	}
}

// onlyNames tells whether ( name, .. ) [WITH ( .. )] AS follows: the columns of
// a query, by name.
func (c *cursor) onlyNames() bool {
	i := 1
	for isName(c.ahead(i)) && c.ahead(i+1).up == "," {
		i += 2
	}
	if !isName(c.ahead(i)) || c.ahead(i+1).up != ")" {
		return false
	}
	i += 2
	if c.ahead(i).up != "WITH" {
		return c.ahead(i).up == "AS"
	}
	for open := 0; c.ahead(i).kind != tokEOF; i++ {
		switch c.ahead(i).up {
		case "(":
			open++
		case ")":
			if open--; open == 0 {
				return c.ahead(i+1).up == "AS"
			}
		}
	}
	return false
}

// columnDefs reads ( column .. | PRIMARY KEY (..) | UNIQUE (..), ... ).
func (c *cursor) columnDefs(s *CreateSource) {
	c.expect("(")
	for !c.is(")") {
		if c.is("CONSTRAINT") && isName(c.ahead(1)) && c.ahead(2).kind == tokIdent {
			c.next()
			c.name()
		}
		switch {
		case c.is("PRIMARY", "KEY", "("):
			if s.PrimaryKey != nil {
				c.fail("A table has one primary key.")
			}
			c.expect("PRIMARY", "KEY")
			s.PrimaryKey = c.names()
		case c.is("UNIQUE", "("):
			c.next()
			s.Unique = append(s.Unique, c.names())
		case c.is("CHECK", "("), c.is("FOREIGN", "KEY"), c.is("EXCLUDE"):
			c.unsupported(c.peek(), "%s constraint", c.peek().up)
		case c.is("LIKE"):
			c.unsupported(c.peek(), "LIKE in CREATE TABLE")
		default:
			s.Columns = append(s.Columns, c.columnDef())
		}
		if !c.accept(",") {
			break
		}
		if c.is(")") {
			c.fail("Expected a column after the comma.")
		}
	}
	if !c.is(")") {
		c.fail("Expected a comma or a closing parenthesis here.")
	}
	c.next()
}

func (c *cursor) columnDef() ColumnDef {
	d := ColumnDef{Name: c.name()}
	if c.isAny(",", ")") {
		c.fail("Column %s needs a type.", d.Name)
	}
	d.Type = c.typeName()
	for c.columnOption(&d) {
	}
	return d
}

// columnOption reads one attribute of a column.
func (c *cursor) columnOption(d *ColumnDef) bool {
	switch t := c.peek(); t.up {
	case "KEY":
		c.next()
		d.Key = true
	case "PRIMARY":
		c.expect("PRIMARY", "KEY")
		d.PrimaryKey = true
	case "HEADERS":
		c.next()
		d.Headers = true
	case "HEADER":
		c.expect("HEADER", "(")
		k := c.str()
		d.HeaderKey = &k
		c.expect(")")
	case "NOT":
		c.expect("NOT", "NULL")
		d.NotNull = true
	case "NULL":
		c.next()
	case "UNIQUE":
		c.next()
		d.Unique = true
	case "DEFAULT":
		c.next()
		d.Default = c.exprNow()
	case "CONSTRAINT":
		c.next()
		c.name()
	case "CHECK", "REFERENCES", "GENERATED", "COLLATE":
		c.unsupported(t, "%s on a column", t.up)
	default:
		return false
	}
	return true
}

func (c *cursor) createConnector(pos int) Statement {
	s := &CreateConnector{Sink: c.is("SINK"), Pos: pos}
	c.acceptAny("SOURCE", "SINK")
	c.expect("CONNECTOR")
	s.IfNotExists = c.ifNotExists()
	s.Name = c.qname()
	c.expect("WITH")
	s.With = c.properties()
	return s
}

// createType reads TYPE name AS type, AS ENUM (..), AS (field type, ..).
func (c *cursor) createType(pos int) Statement {
	c.next()
	s := &CreateType{IfNotExists: c.ifNotExists(), Pos: pos}
	s.Name = c.qname()
	c.expect("AS")
	switch {
	case c.accept("ENUM", "("):
		s.IsEnum = true
		for !c.is(")") {
			s.Enum = append(s.Enum, c.str())
			if !c.accept(",") {
				break
			}
		}
		c.expect(")")
	case c.is("("):
		s.Type = &TypeName{Struct: true, Pos: c.next().pos}
		if !c.is(")") {
			s.Type.Fields = c.structFields()
		}
		c.expect(")")
	default:
		s.Type = c.typeName()
	}
	return s
}

// createObject reads what is parsed only to be answered by name. The rest of the
// statement is kept as text.
func (c *cursor) createObject(pos int, replace bool) Statement {
	s := &CreateObject{OrReplace: replace, Pos: pos}
	words := []string{c.next().up}
	switch words[0] {
	case "UNIQUE", "FOREIGN", "UNLOGGED", "GLOBAL", "LOCAL", "EVENT":
		if c.peek().kind == tokIdent {
			words = append(words, c.next().up)
		}
	}
	s.Kind = SourceKind(strings.Join(words, " "))
	s.IfNotExists = c.ifNotExists()
	if isName(c.peek()) {
		s.Name = c.qname()
	}
	s.Rest = c.restText()
	return s
}

// restText passes what is left of the statement and gives it as text.
func (c *cursor) restText() string {
	from, to := c.peek().pos, c.peek().pos
	for !c.atEnd() {
		to = c.next().end
	}
	return c.text[from:to]
}
