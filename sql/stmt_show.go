package sql

import "strings"

// showWords are the things SHOW and LIST can list. Other words after SHOW are settings.
var showWords = wordSet(`STREAMS TABLES VIEWS TOPICS QUERIES JOBS PROPERTIES FUNCTIONS TYPES VARIABLES CONNECTORS
PARTITIONS GROUPS TASKS LAG SETTINGS ERRORS CHECKPOINTS SOURCES SCHEMAS DATABASES ROLES USERS SESSIONS PROCESSLIST SINKS INDEXES SUBJECTS`)

var showWordList = []string{
	"STREAMS", "TABLES", "VIEWS", "MATERIALIZED VIEWS", "TOPICS", "QUERIES", "JOBS", "PROPERTIES", "FUNCTIONS", "TYPES", "VARIABLES", "CONNECTORS",
}

// show reads SHOW and LIST, of things and of settings.
func (c *cursor) show() Statement {
	t := c.next()
	s := &ShowObjects{Pos: t.pos}
	switch {
	case c.is("ALL") && (c.ahead(1).kind == tokEOF || c.ahead(1).up == ";") && t.up == "SHOW":
		c.next()
		return &ShowVar{All: true, Pos: t.pos}
	case c.is("ALL"):
		c.next()
		s.All = true
	}
	w := c.peek()
	switch {
	case showWords[w.up]:
		s.What = c.next().up
		c.showTail(s)
	case c.is("MATERIALIZED", "VIEWS"):
		c.expect("MATERIALIZED", "VIEWS")
		s.What = "MATERIALIZED VIEWS"
		c.showTail(s)
	case c.isAny("SOURCE", "SINK") && c.ahead(1).up == "CONNECTORS":
		c.next()
		c.next()
		s.What = w.up + " CONNECTORS"
	case c.accept("CONNECTOR", "PLUGINS"):
		s.What = "CONNECTOR PLUGINS"
	case c.is("COLUMNS") && (c.ahead(1).up == "FROM" || c.ahead(1).up == "IN"):
		c.next()
		c.next()
		s.What, s.Name = "COLUMNS", c.qname()
	case c.is("CREATE"):
		c.next()
		c.acceptAny("STREAM", "TABLE", "VIEW", "SOURCE", "SINK")
		c.accept("MATERIALIZED", "VIEW")
		s.What, s.Name = "CREATE", c.qname()
	case t.up == "LIST" || s.All:
		c.failExpecting(showWordList...)
	default:
		return c.showVar(t.pos)
	}
	return s
}

func (c *cursor) showTail(s *ShowObjects) {
	s.Extended = c.accept("EXTENDED")
	if c.isAny("FROM", "IN") {
		c.next()
		s.Name = c.qname()
	}
	if c.accept("LIKE") {
		like := c.str()
		s.Like = &like
	}
}

// showVar reads SHOW setting; a word that is nearly a list of things is taken for a
// mistake.
func (c *cursor) showVar(pos int) Statement {
	s := &ShowVar{Pos: pos}
	switch {
	case c.accept("TIME", "ZONE"):
		s.Name = "timezone"
	case c.accept("TRANSACTION", "ISOLATION", "LEVEL"):
		s.Name = "transaction_isolation"
	case c.accept("SESSION", "AUTHORIZATION"):
		s.Name = "session_authorization"
	default:
		if c.atEnd() {
			c.failExpecting(showWordList...)
		}
		t := c.peek()
		s.Name = c.settingName()
		if !c.atEnd() {
			if w := closest(t.up, showWordList); w != "" {
				c.failAt(t, "Did you mean %s?", w)
			}
		}
	}
	return s
}

// describe reads DESCRIBE.
func (c *cursor) describe() Statement {
	s := &Describe{Pos: c.next().pos}
	switch {
	case c.isAny("STREAMS", "TABLES") && (c.ahead(1).kind == tokEOF || c.ahead(1).up == ";" || c.ahead(1).up == "EXTENDED"):
		s.What = c.next().up
		s.Extended = c.accept("EXTENDED")
		return s
	case c.isAny("FUNCTION", "CONNECTOR") && isWordToken(c.ahead(1)):
		s.What = c.next().up
		s.Name = QName{c.describedName()}
		return s
	case c.is("EXTENDED") && isName(c.ahead(1)):
		c.next()
		s.Extended = true
	}
	s.Name = c.qname()
	if c.accept("EXTENDED") {
		s.Extended = true
	}
	return s
}

func isWordToken(t *token) bool {
	return t.kind == tokIdent || t.kind == tokQuoted || t.kind == tokString
}

// describedName reads a name that may be a reserved word or a string.
func (c *cursor) describedName() Name {
	if t := c.peek(); t.kind == tokString {
		return c.stringName(t)
	}
	return c.label()
}

// stringName takes a string for a quoted name.
func (c *cursor) stringName(t *token) Name {
	if t.val == "" {
		c.fail("A name cannot be empty.")
	}
	c.next()
	return Name{Text: t.val, Quoted: true, Pos: t.pos}
}

// explain reads EXPLAIN of a statement or of a query's id.
func (c *cursor) explain() Statement {
	s := &Explain{Pos: c.next().pos}
	s.Analyze = c.acceptAny("ANALYZE", "ANALYSE") != ""
	s.Verbose = c.accept("VERBOSE")
	if c.is("(") && !c.queryInParens() {
		for _, p := range c.properties() {
			if p.Name.Is("analyze") && isOn(p.Value) {
				s.Analyze = true
			} else if p.Name.Is("verbose") && isOn(p.Value) {
				s.Verbose = true
			} else {
				s.Options = append(s.Options, p)
			}
		}
	}
	if t := c.peek(); isName(t) && (c.ahead(1).kind == tokEOF || c.ahead(1).up == ";") {
		n := c.name()
		s.QueryID = &n
		return s
	}
	if c.atEnd() {
		c.fail("EXPLAIN needs a statement or the id of a query.")
	}
	s.Stmt = c.statement()
	return s
}

// isOn tells whether an option without value, or with on, true or 1, is given.
func isOn(e Expr) bool {
	switch e := e.(type) {
	case nil:
		return true
	case *Bool:
		return e.Value
	case *Number:
		return e.Text == "1"
	case *String:
		return strings.EqualFold(e.Value, "on") || strings.EqualFold(e.Value, "true")
	case *ColumnRef:
		return e.Parts[0].Is("on")
	}
	return false
}
