package sql

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/format"
	"github.com/pingcap/tidb/pkg/parser/mysql"
)

// A TiDB parser is not safe for concurrent use, costs 15 µs to make, and owns
// what it returns until its next parse: take one, convert, put it back.
var tidbParsers = sync.Pool{New: func() any {
	p := parser.New()
	p.SetSQLMode(mysql.ModePipesAsConcat)
	p.SetParserConfig(parser.ParserConfig{EnableWindowFunction: true})
	return p
}}

// wholeNumber is the only literal in lowered text: an atom's bare number.
type wholeNumber struct {
	ast.TexprNode
	n any
}

func init() {
	ast.NewValueExpr = func(v any, _, _ string) ast.ValueExpr { return &wholeNumber{n: v} }
	ast.NewParamMarkerExpr = func(int) ast.ParamMarkerExpr { panic("BUG: parameter in lowered text") }
	ast.NewDecimal = func(s string) (any, error) { panic("BUG: decimal in lowered text: " + s) }
	ast.NewHexLiteral = func(s string) (any, error) { panic("BUG: hex literal in lowered text: " + s) }
	ast.NewBitLiteral = func(s string) (any, error) { panic("BUG: bit literal in lowered text: " + s) }
}

func (w *wholeNumber) Restore(*format.RestoreCtx) error      { return nil }
func (w *wholeNumber) Format(io.Writer)                      {}
func (w *wholeNumber) Accept(v ast.Visitor) (ast.Node, bool) { return v.Leave(w) }
func (w *wholeNumber) SetValue(v any)                        { w.n = v }
func (w *wholeNumber) GetValue() any                         { return w.n }
func (w *wholeNumber) GetDatumString() string                { return "" }
func (w *wholeNumber) GetString() string                     { return "" }
func (w *wholeNumber) GetProjectionOffset() int              { return -1 }
func (w *wholeNumber) SetProjectionOffset(int)               {}

// parseLowered parses the lowered text and converts it with f while the tree
// still belongs to this call.
func parseLowered(l *lowerer, f func(c *converter, stmt ast.StmtNode)) {
	c := &converter{l: l}
	var b strings.Builder
	c.starts = make([]int, len(l.out))
	for i, p := range l.out {
		c.starts[i] = b.Len()
		b.WriteString(p.text)
		b.WriteByte('\n')
	}
	if l.trace != nil {
		l.trace(l.String())
	}
	p := tidbParsers.Get().(*parser.Parser)
	stmts, _, err := p.ParseSQL(b.String())
	if err != nil {
		tidbParsers.Put(p)
		panic(l.tidbError(err))
	}
	if len(stmts) != 1 {
		panic(fmt.Sprintf("BUG: %d statements in lowered text %s", len(stmts), l))
	}
	f(c, stmts[0])
	tidbParsers.Put(p)
}

// tidbError finds the user's place of a TiDB error: its line is the piece. The
// words of the error itself speak of text the user never wrote.
func (l *lowerer) tidbError(err error) *sqlerr.Error {
	var line, col int
	if _, scanErr := fmt.Sscanf(err.Error(), "line %d column %d", &line, &col); scanErr != nil {
		return l.syntaxAt(l.peek()).Wrap(err)
	}
	if line-1 >= len(l.out) || line < 1 {
		return l.syntaxAt(l.peek()).Wrap(err)
	}
	return l.syntaxAt(l.tokenAt(l.out[line-1].pos)).Wrap(err)
}

// tokenAt finds the token that begins at or after a byte offset.
func (c *cursor) tokenAt(pos int) *token {
	lo, hi := 0, len(c.toks)-1
	for lo < hi {
		if mid := (lo + hi) / 2; c.toks[mid].pos < pos {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return &c.toks[lo]
}

// exprNow parses an expression that stands alone: DEFAULT, LIMIT, SET.
func (c *cursor) exprNow() Expr {
	if e := c.loneLiteral(); e != nil {
		return e
	}
	l := &lowerer{cursor: c}
	l.emit("SELECT", c.peek().pos)
	l.expr()
	var out Expr
	parseLowered(l, func(c *converter, stmt ast.StmtNode) {
		out = c.expr(stmt.(*ast.SelectStmt).Fields.Fields[0].Expr)
	})
	return out
}

// queryNow parses a query.
func (c *cursor) queryNow() *Query {
	l := &lowerer{cursor: c}
	l.query()
	return l.finishQuery()
}

func (l *lowerer) finishQuery() *Query {
	var q *Query
	parseLowered(l, func(c *converter, stmt ast.StmtNode) { q = c.query(stmt) })
	return q
}
