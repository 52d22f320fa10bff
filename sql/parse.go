package sql

import (
	"fmt"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Parse gives all statements of a script, separated by semicolons; empty ones
// are left out. Every error is a *sqlerr.Error with its place.
func Parse(text string) ([]Statement, error) { return DefaultLimits.Parse(text) }

// ParseOne parses exactly one statement.
func ParseOne(text string) (Statement, error) {
	stmts, err := Parse(text)
	if err != nil {
		return nil, err
	}
	switch len(stmts) {
	case 1:
		return stmts[0], nil
	case 0:
		return nil, sqlerr.New(sqlerr.SyntaxError, "syntax error at end of input").At(len(text)).WithHint("A statement is expected.")
	default:
		return nil, sqlerr.New(sqlerr.SyntaxError, "cannot insert multiple commands into a prepared statement").At(stmts[1].Position())
	}
}

// ParseExpr parses a text that is one expression.
func ParseExpr(text string) (Expr, error) {
	return parseAll(text, DefaultLimits, func(c *cursor) Expr { return c.exprNow() })
}

// ParseTypeName parses a text that is one type.
func ParseTypeName(text string) (*TypeName, error) {
	return parseAll(text, DefaultLimits, func(c *cursor) *TypeName { return c.typeName() })
}

// Parse is sql.Parse under these limits.
func (lim Limits) Parse(text string) ([]Statement, error) {
	return parseAll(text, lim, (*cursor).script)
}

// Lowered gives the texts that Parse hands to the TiDB parser, for those who
// want to see how a statement is read.
func Lowered(text string) ([]string, error) {
	return parseAll(text, DefaultLimits, func(c *cursor) []string {
		var out []string
		c.trace = func(s string) { out = append(out, s) }
		c.script()
		return out
	})
}

// script reads statements separated by semicolons.
func (c *cursor) script() []Statement {
	var out []Statement
	for {
		for c.accept(";") {
		}
		if c.peek().kind == tokEOF {
			return out
		}
		out = append(out, c.statement())
		if !c.atEnd() {
			c.fail("%s", c.misspelt())
		}
	}
}

// parseAll runs f on the tokens of text, which it has to use up. A panic with an
// *sqlerr.Error is the parser's way to report one; any other panic is a defect that must
// not take the connection with it.
func parseAll[T any](text string, lim Limits, f func(*cursor) T) (T, error) {
	return parseTokens(text, lim, func([]token) {}, f)
}

// parseTokens is parseAll behind a pass over the tokens.
func parseTokens[T any](text string, lim Limits, pass func([]token), f func(*cursor) T) (out T, err error) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		var zero T
		out = zero
		if e, ok := r.(*sqlerr.Error); ok {
			err = e
			return
		}
		err = sqlerr.New(sqlerr.InternalError, "parser failed: %v", r).At(0).WithDetail("%s", clip(fmt.Sprint(r)))
	}()
	toks, lexErr := lexAll(text, lim)
	if lexErr != nil {
		return out, lexErr
	}
	pass(toks)
	c := &cursor{text: text, toks: toks, limits: lim}
	out = f(c)
	if c.peek().kind != tokEOF {
		c.fail("%s", c.misspelt())
	}
	return out, nil
}

// clauseWords are what the word before or at an unexpected end of a statement may
// have been meant to be.
var clauseWords = []string{"FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "JOIN", "WINDOW", "EMIT", "UNION", "PARTITION", "WITHIN", "VALUES", "OFFSET"}

// misspelt words the hint for a statement that should have ended here.
func (c *cursor) misspelt() string {
	for _, t := range []*token{c.peek(), &c.toks[max(c.i-1, 0)]} {
		if t.kind == tokIdent && !reserved[t.up] {
			if w := closest(t.up, clauseWords); w != "" {
				return "Did you mean " + w + " instead of " + c.text[t.pos:t.end] + "?"
			}
		}
	}
	if c.is("SELECT") {
		return "Statements are separated by semicolons."
	}
	return ""
}
