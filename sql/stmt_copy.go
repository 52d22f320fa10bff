package sql

import "strings"

// copyStmt reads COPY t (cols) FROM .. | TO .. and COPY (query) TO ..
func (c *cursor) copyStmt() Statement {
	s := &Copy{Pos: c.next().pos}
	binary := c.is("BINARY") && isName(c.ahead(1))
	if binary {
		s.Options = append(s.Options, CopyOption{Name: "format", Text: "binary", HasValue: true, Pos: c.next().pos})
	}
	switch {
	case c.is("("):
		if !c.queryInParens() {
			c.failAt(c.ahead(1), "A query is expected in these parentheses.")
		}
		c.next()
		s.Query = c.queryNow()
		c.expect(")")
	default:
		s.Name = c.qname()
		if c.is("(") {
			s.Columns = c.names()
		}
	}
	if w := c.expectAny("FROM", "TO"); w == "FROM" {
		if s.Query != nil {
			c.failAt(&c.toks[c.i-1], "COPY (query) goes TO; COPY table comes FROM.")
		}
		s.From = true
	}
	c.copyTarget(s)
	c.accept("WITH")
	if c.is("(") {
		c.copyOptions(s)
	} else {
		c.oldCopyOptions(s)
	}
	if s.From && c.accept("WHERE") {
		s.Where = c.exprNow()
	}
	return s
}

func (c *cursor) copyTarget(s *Copy) {
	switch {
	case c.peek().kind == tokString:
		s.Target, s.FileName = "FILE", c.str()
	case c.accept("PROGRAM"):
		s.Target, s.FileName = "PROGRAM", c.str()
	case s.From:
		c.expect("STDIN")
		s.Target = "STDIN"
	default:
		c.expect("STDOUT")
		s.Target = "STDOUT"
	}
}

// copyOptions reads ( name [value], ... ).
func (c *cursor) copyOptions(s *Copy) {
	c.expect("(")
	for !c.is(")") {
		o := CopyOption{Pos: c.peek().pos}
		o.Name = c.label().Fold(false)
		c.accept("=")
		switch t := c.peek(); {
		case t.up == "(":
			o.Columns = c.names()
		case t.up == "*":
			c.next()
			o.Star = true
		case t.up == "," || t.up == ")":
		default:
			o.Text, o.HasValue = c.optionText(), true
		}
		s.Options = append(s.Options, o)
		if !c.accept(",") {
			break
		}
	}
	c.expect(")")
}

// optionText reads a value given as a string, a number or a word.
func (c *cursor) optionText() string {
	t := c.peek()
	switch t.kind {
	case tokString, tokNumber, tokQuoted:
		return c.next().val
	case tokIdent:
		return strings.ToLower(c.text[c.next().pos:t.end])
	case tokOp:
		if (t.up == "-" || t.up == "+") && c.ahead(1).kind == tokNumber {
			c.next()
			return strings.TrimPrefix(t.up, "+") + c.next().val
		}
	}
	c.fail("A value is expected here.")
	return ""
}

// oldCopyOptions reads the syntax of PostgreSQL before 9.0.
func (c *cursor) oldCopyOptions(s *Copy) {
	add := func(name, text string, has bool, pos int) {
		s.Options = append(s.Options, CopyOption{Name: name, Text: text, HasValue: has, Pos: pos})
	}
	for !c.atEnd() && !c.is("WHERE") {
		t := c.peek()
		switch w := c.expectAny("CSV", "BINARY", "DELIMITER", "DELIMITERS", "NULL", "HEADER", "QUOTE", "ESCAPE", "ENCODING", "FORCE"); w {
		case "CSV", "BINARY":
			add("format", strings.ToLower(w), true, t.pos)
		case "HEADER":
			add("header", "", false, t.pos)
		case "FORCE":
			c.forceOption(s, t.pos)
		default:
			c.acceptAny("AS", "USING")
			add(strings.ToLower(strings.TrimSuffix(w, "S")), c.str(), true, t.pos)
		}
	}
}

// forceOption reads FORCE QUOTE {*|cols}, FORCE NOT NULL cols, FORCE NULL cols.
func (c *cursor) forceOption(s *Copy, pos int) {
	o := CopyOption{Pos: pos}
	switch c.expectAny("QUOTE", "NOT", "NULL") {
	case "QUOTE":
		o.Name = "force_quote"
	case "NOT":
		c.expect("NULL")
		o.Name = "force_not_null"
	default:
		o.Name = "force_null"
	}
	if c.accept("*") {
		o.Star = true
	} else {
		o.Columns = c.nameList()
	}
	s.Options = append(s.Options, o)
}
