package sql

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// cursor walks the tokens of a text. Its methods panic with *sqlerr.Error;
// the exported functions recover it.
type cursor struct {
	text   string
	toks   []token
	i      int
	limits Limits
	depth  int                  // open nestings
	trace  func(lowered string) // told every text given to TiDB; may be nil
}

func (c *cursor) peek() *token { return &c.toks[c.i] }

// ahead is the n-th token after the current one; tokEOF beyond the end.
func (c *cursor) ahead(n int) *token { return &c.toks[min(c.i+n, len(c.toks)-1)] }

func (c *cursor) next() *token {
	t := &c.toks[c.i]
	if t.kind != tokEOF {
		c.i++
	}
	return t
}

// is tells whether the next tokens are these words or symbols.
func (c *cursor) is(words ...string) bool {
	for n, w := range words {
		if c.ahead(n).up != w {
			return false
		}
	}
	return true
}

// isAny tells whether the next token is one of the words.
func (c *cursor) isAny(words ...string) bool {
	up := c.peek().up
	if up == "" {
		return false
	}
	for _, w := range words {
		if up == w {
			return true
		}
	}
	return false
}

// accept passes the words when all of them are next.
func (c *cursor) accept(words ...string) bool {
	if !c.is(words...) {
		return false
	}
	c.i += len(words)
	return true
}

// acceptAny passes one of the words and tells which; "" for none.
func (c *cursor) acceptAny(words ...string) string {
	if !c.isAny(words...) {
		return ""
	}
	return c.next().up
}

// expect passes the words or fails at the first that differs. It gives the
// position of the first.
func (c *cursor) expect(words ...string) int {
	pos := c.peek().pos
	for _, w := range words {
		if c.peek().up != w {
			c.fail("%s", expected(w))
		}
		c.next()
	}
	return pos
}

func expected(w string) string {
	if w == ")" {
		return "A closing parenthesis is expected here."
	}
	return "Expected " + w + " here."
}

// expectAny passes one of the words or fails with a hint that lists them.
func (c *cursor) expectAny(words ...string) string {
	if w := c.acceptAny(words...); w != "" {
		return w
	}
	c.failExpecting(words...)
	return ""
}

func (c *cursor) atEnd() bool { return c.peek().kind == tokEOF || c.is(";") }

// syntaxAt makes PostgreSQL's error for an unexpected token.
func (c *cursor) syntaxAt(t *token) *sqlerr.Error {
	if t.kind == tokEOF {
		return sqlerr.New(sqlerr.SyntaxError, "syntax error at end of input").At(t.pos)
	}
	if t.kind == tokDigitName {
		e := sqlerr.New(sqlerr.SyntaxError, `trailing junk after numeric literal at or near "%s"`, clip(c.text[t.pos:t.end]))
		return e.At(t.pos).WithHint("A name that starts with a digit needs double quotes here.")
	}
	return sqlerr.New(sqlerr.SyntaxError, `syntax error at or near "%s"`, clip(c.text[t.pos:t.end])).At(t.pos)
}

// fail reports the current token as unexpected. An empty hint leaves the error
// without one, unless the token is a reserved word.
func (c *cursor) fail(hint string, args ...any) { c.failAt(c.peek(), hint, args...) }

func (c *cursor) failAt(t *token, hint string, args ...any) {
	e := c.syntaxAt(t)
	if hint != "" && e.Hint == "" {
		e.WithHint(hint, args...)
	}
	panic(e)
}

func (c *cursor) failExpecting(words ...string) {
	c.fail("%s", expectedOneOf(c.peek(), words))
}

// unsupported reports a recognised form that is not built, at the token.
func (c *cursor) unsupported(t *token, what string, args ...any) {
	panic(sqlerr.Unsupported(what, args...).At(t.pos))
}

// enter counts a nesting; leave undoes it.
func (c *cursor) enter() {
	c.depth++
	if c.depth > c.limits.Nesting {
		panic(tooDeep(c.peek().pos))
	}
}

func (c *cursor) leave() { c.depth-- }

// isName tells whether t can be a name without quotes, or is quoted.
func isName(t *token) bool {
	return t.kind == tokQuoted || t.kind == tokIdent && !reserved[t.up]
}

// nameOf makes a Name of a token that isName or any word.
func (c *cursor) nameOf(t *token) Name {
	if t.kind == tokQuoted {
		return Name{Text: t.val, Quoted: true, Pos: t.pos}
	}
	return Name{Text: c.text[t.pos:t.end], Pos: t.pos}
}

// name passes an identifier.
func (c *cursor) name() Name {
	t := c.peek()
	if !isName(t) {
		c.failName(t)
	}
	c.next()
	return c.nameOf(t)
}

func (c *cursor) failName(t *token) {
	if t.kind == tokIdent && reserved[t.up] {
		c.failAt(t, "%s is a reserved word; put it in double quotes to use it as a name.", t.up)
	}
	c.failAt(t, "A name is expected here.")
}

// label passes any word, reserved or not, as after AS or a dot.
func (c *cursor) label() Name {
	t := c.peek()
	if t.kind != tokIdent && t.kind != tokQuoted && (t.kind != tokDigitName || strings.ContainsAny(t.val, ".+-")) {
		c.fail("A name is expected here.")
	}
	c.next()
	return c.nameOf(t)
}

// qname passes name[.name...].
func (c *cursor) qname() QName {
	q := QName{c.name()}
	for c.accept(".") {
		q = append(q, c.label())
	}
	return q
}

// names passes ( name, ... ).
func (c *cursor) names() []Name {
	c.expect("(")
	out := []Name{c.name()}
	for c.accept(",") {
		out = append(out, c.name())
	}
	c.expect(")")
	return out
}

func (c *cursor) nameList() []Name {
	out := []Name{c.name()}
	for c.accept(",") {
		out = append(out, c.name())
	}
	return out
}

func (c *cursor) qnameList() []QName {
	out := []QName{c.qname()}
	for c.accept(",") {
		out = append(out, c.qname())
	}
	return out
}

// str passes a string literal.
func (c *cursor) str() string {
	t := c.peek()
	if t.kind != tokString {
		c.fail("A string in single quotes is expected here.")
	}
	c.next()
	return t.val
}

// integer passes a whole number.
func (c *cursor) integer() int64 {
	t := c.peek()
	if t.kind != tokNumber {
		c.fail("A whole number is expected here.")
	}
	n, err := strconv.ParseInt(t.val, 10, 64)
	if err != nil {
		c.fail("A whole number is expected here.")
	}
	c.next()
	return n
}

func (c *cursor) signedInteger() int64 {
	neg := c.accept("-")
	if !neg {
		c.accept("+")
	}
	n := c.integer()
	if neg {
		return -n
	}
	return n
}
