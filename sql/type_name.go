package sql

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// typeName reads a type with its postfixes: t[], t ARRAY.
func (c *cursor) typeName() *TypeName {
	c.enter()
	defer c.leave()
	pos := c.peek().pos
	setof := c.is("SETOF") && isName(c.ahead(1))
	if setof {
		c.next()
	}
	t := c.baseType()
	for n := 0; ; n++ {
		if n > c.limits.Nesting {
			panic(tooDeep(c.peek().pos))
		}
		switch {
		case c.is("[", "]"):
			c.expect("[", "]")
		case c.is("[") && c.ahead(1).kind == tokNumber && c.ahead(2).up == "]":
			c.i += 3
		case c.is("ARRAY") && c.ahead(1).up != "[":
			c.next()
		case c.is("ARRAY", "[") && c.ahead(2).kind == tokNumber && c.ahead(3).up == "]":
			c.i += 4
		default:
			t.Setof = setof
			return t
		}
		t = &TypeName{Elem: t, Pos: pos}
	}
}

// baseType reads a type without array postfixes.
func (c *cursor) baseType() *TypeName {
	first := c.peek()
	t := &TypeName{Pos: first.pos}
	switch first.up {
	case "ARRAY", "MAP", "STRUCT":
		if c.ahead(1).up == "<" || c.ahead(1).up == "<>" {
			c.next()
			c.angleType(t, first.up)
			return t
		}
	case "NULL":
		c.fail("NULL is not a type.")
	}
	if !isName(first) {
		c.fail("A type is expected here.")
	}
	t.Name = c.qname()
	if len(t.Name) == 1 && !t.Name[0].Quoted {
		c.longType(t, first.up)
		return t
	}
	t.Args = c.typeArgs()
	return t
}

// longType reads what may follow a plain type word: precision, varying, (n), with time
// zone, interval fields.
func (c *cursor) longType(t *TypeName, word string) {
	join := func(more string) { t.Name[0].Text = strings.ToLower(word) + " " + more }
	switch word {
	case "DOUBLE":
		if c.accept("PRECISION") {
			join("precision")
		}
	case "CHARACTER", "CHAR", "NCHAR", "BIT":
		if c.accept("VARYING") {
			join("varying")
		}
	case "INTERVAL":
		t.Args = c.typeArgs()
		if t.Args == nil {
			t.IntervalFields = c.intervalQualifier()
		}
		return
	}
	t.Args = c.typeArgs()
	if word == "TIMESTAMP" || word == "TIME" {
		if c.is("WITH", "TIME", "ZONE") || c.is("WITHOUT", "TIME", "ZONE") {
			join(strings.ToLower(c.next().up) + " time zone")
			c.expect("TIME", "ZONE")
		}
	}
}

// typeArgs reads (n), (p, s); ksqlDB's VARCHAR(STRING) has none.
func (c *cursor) typeArgs() []int {
	if !c.is("(") || c.ahead(1).kind != tokNumber && c.ahead(1).up != "STRING" {
		if c.is("(") {
			c.next()
			c.fail("A type's length or precision is a whole number.")
		}
		return nil
	}
	c.next()
	if c.accept("STRING") {
		c.expect(")")
		return nil
	}
	var args []int
	for {
		args = append(args, c.typeArg())
		if !c.accept(",") {
			break
		}
	}
	c.expect(")")
	return args
}

func (c *cursor) typeArg() int {
	t := c.peek()
	n := c.integer()
	if n > 1<<30 {
		panic(sqlerr.New(sqlerr.SyntaxError, "type modifier %d is too large", n).At(t.pos))
	}
	return int(n)
}

// angleType reads ARRAY<T>, MAP<K, V> and STRUCT<name T, ..>.
func (c *cursor) angleType(t *TypeName, word string) {
	if word == "STRUCT" {
		t.Struct = true
		if c.accept("<>") {
			return
		}
		c.next()
		if !c.is(">") {
			t.Fields = c.structFields()
		}
		c.closeAngle()
		return
	}
	c.expect("<")
	t.Elem = c.typeName()
	if word == "MAP" {
		c.expect(",")
		t.Key, t.Elem = t.Elem, c.typeName()
	}
	c.closeAngle()
}

func (c *cursor) structFields() []FieldDef {
	var out []FieldDef
	for {
		f := FieldDef{Name: c.label()}
		c.accept(":")
		f.Type = c.typeName()
		out = append(out, f)
		if !c.accept(",") {
			return out
		}
	}
}

// closeAngle passes one >. Several in a row are one operator for the lexer: the
// first is cut off.
func (c *cursor) closeAngle() {
	t := c.peek()
	if t.kind != tokOp || !strings.HasPrefix(t.up, ">") {
		c.fail("%s", expected(">"))
	}
	if t.up == ">" {
		c.next()
		return
	}
	t.up = t.up[1:]
	t.pos++
}
