package sql

import (
	"fmt"
	"slices"
	"sort"
	"strconv"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// converter makes our tree of TiDB's. It undoes what the lowering did: atoms
// become their leaves, calls of atoms are built, carriers collapse.
type converter struct {
	l      *lowerer
	starts []int // byte offset of each piece in the lowered text
	depth  int
}

// atom gives what a quoted number stands for.
func (c *converter) atom(name string) any {
	n, err := strconv.Atoi(name)
	if err != nil || n >= len(c.l.atoms) {
		panic("BUG: no atom " + name + " in " + c.l.String())
	}
	return c.l.atoms[n]
}

// pos is the user's place of a TiDB expression: that of its first piece.
func (c *converter) pos(n ast.ExprNode) int {
	at := n.OriginTextPosition()
	i := sort.SearchInts(c.starts, at+1) - 1
	return c.l.out[max(i, 0)].pos
}

// wordBefore is the piece of a keyword that stands before the first piece of an
// expression, with at most parentheses between.
func (c *converter) wordBefore(n ast.ExprNode, word string) int {
	i := sort.SearchInts(c.starts, n.OriginTextPosition()+1) - 1
	for ; i > 0; i-- {
		if text := c.l.out[i].text; text == word || text == "NOT "+word {
			break
		}
	}
	return i
}

func (c *converter) enter(levels int) {
	c.depth += levels
	if c.depth > c.l.limits.Depth {
		panic(tooDeep(c.l.out[0].pos))
	}
}

func (c *converter) expr(n ast.ExprNode) Expr {
	c.enter(1)
	defer func() { c.depth-- }()
	switch n := n.(type) {
	case *ast.ColumnNameExpr:
		e, ok := c.atom(n.Name.Name.O).(Expr)
		if !ok {
			panic("BUG: atom is no expression in " + c.l.String())
		}
		return e
	case *ast.FuncCallExpr:
		if n.FnName.O == ast.Concat {
			return c.carried(n)
		}
		return c.atom(n.FnName.O).(builder)(c.exprs(n.Args))
	case *ast.BinaryOperationExpr:
		return c.carried(n)
	case *ast.ParenthesesExpr:
		return c.expr(n.Expr)
	case *ast.UnaryOperationExpr:
		return &Unary{Op: "NOT", X: c.expr(n.V), Pos: c.pos(n)}
	case *ast.RowExpr:
		return &Row{Items: c.exprs(n.Values), Pos: c.pos(n)}
	case *ast.PatternInExpr:
		return c.in(n)
	case *ast.BetweenExpr:
		return c.between(n)
	case *ast.CaseExpr:
		return c.caseExpr(n)
	case *ast.ExistsSubqueryExpr:
		return c.exists(n)
	case *ast.SubqueryExpr:
		return &ScalarSubquery{Query: c.query(n.Query), Pos: c.pos(n)}
	case *ast.WindowFuncExpr:
		call := c.expr(n.Args[0]).(*Call)
		call.Over = c.over(&n.Spec, call.Pos)
		return call
	}
	panic(fmt.Sprintf("BUG: %T in lowered text %s", n, c.l))
}

func (c *converter) exprs(list []ast.ExprNode) []Expr {
	out := make([]Expr, len(list))
	for i, n := range list {
		out[i] = c.expr(n)
	}
	return out
}

// carriedOp is a link of a chain: x C tag C right.
type carriedOp struct {
	tag   *infix
	right ast.ExprNode
}

// carried undoes the carriers of (x C tag) C right, down the left spine.
func (c *converter) carried(n ast.ExprNode) Expr {
	var ops []carriedOp
	left := n
	for {
		tag, l, r := c.split(left)
		if tag == nil {
			break
		}
		ops = append(ops, carriedOp{tag, r})
		left = l
	}
	if ops == nil {
		panic("BUG: carrier without a tag in " + c.l.String())
	}
	c.enter(len(ops))
	x := c.expr(left)
	for i := len(ops) - 1; i >= 0; i-- {
		if i+1 < len(ops) {
			c.checkChain(ops[i+1].tag, ops[i].tag)
		}
		if ops[i].tag.closed {
			c.checkClosed(ops[i].right)
		}
		x = ops[i].tag.build(x, c.expr(ops[i].right))
	}
	c.depth -= len(ops)
	return x
}

// checkClosed refuses an operator that took the end of a predicate as its left
// operand: a IS NULL + 1, a = ANY (b) || c.
func (c *converter) checkClosed(right ast.ExprNode) {
	pos := -1
	for {
		tag, left, _ := c.split(right)
		if tag == nil {
			break
		}
		pos, right = tag.pos, left
	}
	switch n := right.(type) {
	case *ast.PatternInExpr, *ast.BetweenExpr:
		pos = c.pos(n)
	}
	if pos >= 0 {
		c.l.failAt(c.l.tokenAt(pos), "Put parentheses around the predicate before this operator.")
	}
}

// split takes (x C tag) C right apart; the tag is nil when n is something else.
func (c *converter) split(n ast.ExprNode) (tag *infix, left, right ast.ExprNode) {
	outerL, outerR, op := sides(n)
	if outerL == nil {
		return nil, nil, nil
	}
	innerL, innerR, innerOp := sides(outerL)
	if innerL == nil || op != innerOp {
		return nil, nil, nil
	}
	col, ok := innerR.(*ast.ColumnNameExpr)
	if !ok {
		return nil, nil, nil
	}
	tag, ok = c.atom(col.Name.Name.O).(*infix)
	if !ok {
		return nil, nil, nil
	}
	return tag, innerL, outerR
}

func sides(n ast.ExprNode) (l, r ast.ExprNode, op opcode.Op) {
	switch n := n.(type) {
	case *ast.BinaryOperationExpr:
		return n.L, n.R, n.Op
	case *ast.FuncCallExpr:
		if n.FnName.O == ast.Concat && len(n.Args) == 2 {
			return n.Args[0], n.Args[1], opcode.Plus + 1000
		}
	}
	return nil, nil, 0
}

// checkChain refuses what PostgreSQL does not associate: inner stands without
// parentheses on the left of outer.
func (c *converter) checkChain(inner, outer *infix) {
	bad := false
	switch outer.class {
	case classCompare:
		bad = inner.class == classCompare || inner.class == classDistinct
	case classDistinct, classIs:
		bad = inner.class == classDistinct
	case classLike:
		bad = inner.class == classLike || inner.class == classEscape
	}
	if bad {
		c.refuseChain(outer.pos)
	}
}

func (c *converter) refuseChain(pos int) {
	c.l.failAt(c.l.tokenAt(pos), "Comparisons do not chain: combine them with AND, or use parentheses.")
}

// checkOperand refuses LIKE, IN and BETWEEN as operands of each other.
func (c *converter) checkOperand(n ast.ExprNode, pos int) {
	switch n.(type) {
	case *ast.PatternInExpr, *ast.BetweenExpr:
		c.refuseChain(pos)
	}
	if tag, _, _ := c.split(n); tag != nil && (tag.class == classLike || tag.class == classEscape) {
		c.refuseChain(pos)
	}
}

func (c *converter) in(n *ast.PatternInExpr) Expr {
	first := n.Sel
	if first == nil {
		first = n.List[0]
	}
	pos := c.l.out[c.wordBefore(first, "IN")].pos
	c.checkOperand(n.Expr, pos)
	x := c.expr(n.Expr)
	if n.Sel != nil {
		return &InQuery{X: x, Not: n.Not, Query: c.query(n.Sel.(*ast.SubqueryExpr).Query), Pos: pos}
	}
	return &In{X: x, Not: n.Not, List: c.exprs(n.List), Pos: pos}
}

func (c *converter) between(n *ast.BetweenExpr) Expr {
	word := c.wordBefore(n.Left, "BETWEEN")
	_, symmetric := slices.BinarySearch(c.l.symmetric, word)
	b := &Between{Not: n.Not, Symmetric: symmetric, Pos: c.l.out[word].pos}
	for _, operand := range []ast.ExprNode{n.Expr, n.Left, n.Right} {
		c.checkOperand(operand, b.Pos)
	}
	b.X, b.Lo, b.Hi = c.expr(n.Expr), c.expr(n.Left), c.expr(n.Right)
	return b
}

func (c *converter) caseExpr(n *ast.CaseExpr) Expr {
	e := &Case{Pos: c.pos(n)}
	if n.Value != nil {
		e.Operand = c.expr(n.Value)
	}
	for _, w := range n.WhenClauses {
		e.Whens = append(e.Whens, When{Cond: c.expr(w.Expr), Then: c.expr(w.Result)})
	}
	if n.ElseClause != nil {
		e.Else = c.expr(n.ElseClause)
	}
	return e
}

// exists undoes TiDB's folding of NOT EXISTS.
func (c *converter) exists(n *ast.ExistsSubqueryExpr) Expr {
	pos := c.pos(n)
	var e Expr = &Exists{Query: c.query(n.Sel.(*ast.SubqueryExpr).Query), Pos: pos}
	if n.Not {
		e = &Unary{Op: "NOT", X: e, Pos: pos}
	}
	return e
}

// over converts a window; its atom, when it has one, carries the name.
func (c *converter) over(spec *ast.WindowSpec, pos int) *Over {
	o := &Over{Inline: !spec.OnlyAlias, Pos: pos}
	if spec.OnlyAlias {
		o.Name = c.atom(spec.Name.O).(*Over).Name
	} else if spec.Ref.O != "" {
		o.Name = c.atom(spec.Ref.O).(*Over).Name
	}
	if spec.PartitionBy != nil {
		for _, item := range spec.PartitionBy.Items {
			o.PartitionBy = append(o.PartitionBy, c.expr(item.Expr))
		}
	}
	if spec.OrderBy != nil {
		o.OrderBy = c.orderBy(spec.OrderBy)
	}
	if spec.Frame != nil {
		mode := [...]string{ast.Rows: "ROWS", ast.Ranges: "RANGE", ast.Groups: "GROUPS"}[spec.Frame.Type]
		o.Frame = &Frame{Mode: mode, Start: c.bound(&spec.Frame.Extent.Start), End: c.bound(&spec.Frame.Extent.End)}
	}
	return o
}

func (c *converter) bound(b *ast.FrameBound) Bound {
	kind := [...]string{ast.Preceding: "PRECEDING", ast.Following: "FOLLOWING", ast.CurrentRow: "CURRENT ROW"}[b.Type]
	if b.Expr != nil {
		return Bound{Kind: kind, N: c.numbered(b.Expr).(Expr)}
	}
	return Bound{Kind: map[bool]string{true: "UNBOUNDED "}[b.UnBounded] + kind}
}

// numbered gives the atom of a bare number.
func (c *converter) numbered(n ast.ExprNode) any { return c.atom(fmt.Sprint(n.(*wholeNumber).n)) }

func (c *converter) orderBy(by *ast.OrderByClause) []OrderItem {
	var out []OrderItem
	for _, item := range by.Items {
		out = append(out, c.expr(item.Expr).(*orderExpr).item)
	}
	return out
}

// query converts a SELECT or a set operation.
func (c *converter) query(node ast.Node) *Query {
	c.enter(1)
	defer func() { c.depth-- }()
	var limit *ast.Limit
	var order *ast.OrderByClause
	var with *ast.WithClause
	var blocks []ast.Node
	switch n := node.(type) {
	case *ast.SelectStmt:
		limit, order, with, blocks = n.Limit, n.OrderBy, n.With, []ast.Node{n}
	case *ast.SetOprStmt:
		limit, order, with, blocks = n.Limit, n.OrderBy, n.With, n.SelectList.Selects
	default:
		panic(fmt.Sprintf("BUG: query %T in %s", node, c.l))
	}
	info := c.numbered(limit.Count).(*queryInfo)
	q := info.q
	if with != nil {
		q.With = c.with(info.with, with)
	}
	q.Body = c.bodies(blocks, info.setPos)
	if order != nil {
		q.OrderBy = c.orderBy(order)
	}
	return q.mergeParens().setEmit(info.emit)
}

func (c *converter) with(w *With, n *ast.WithClause) *With {
	for _, cte := range n.CTEs {
		a := c.atom(cte.Name.O).(*CTE)
		a.Query = c.query(cte.Query.Query)
		w.CTEs = append(w.CTEs, *a)
	}
	return w
}

// bodies groups TiDB's flat list: INTERSECT first, then from the left.
func (c *converter) bodies(blocks []ast.Node, setPos []int) Body {
	c.enter(len(blocks))
	defer func() { c.depth -= len(blocks) }()
	var terms []setTerm
	for i, b := range blocks {
		sel := b.(*ast.SelectStmt)
		t := setTerm{body: c.body(sel)}
		if i > 0 {
			t.pos = setPos[i-1]
			t.op, t.all = setOperator(*sel.AfterSetOperator)
		}
		if last := len(terms) - 1; t.op == "INTERSECT" {
			terms[last].body = &SetOp{Op: t.op, All: t.all, L: terms[last].body, R: t.body, Pos: t.pos}
		} else {
			terms = append(terms, t)
		}
	}
	return foldLeft(terms)
}

func setOperator(t ast.SetOprType) (op string, all bool) {
	switch t {
	case ast.Union, ast.UnionAll:
		return "UNION", t == ast.UnionAll
	case ast.Except, ast.ExceptAll:
		return "EXCEPT", t == ast.ExceptAll
	default:
		return "INTERSECT", t == ast.IntersectAll
	}
}

// body converts a block by its first item.
func (c *converter) body(n *ast.SelectStmt) Body {
	var head any
	var args []ast.ExprNode
	switch first := n.Fields.Fields[0].Expr.(type) {
	case *ast.ColumnNameExpr:
		head = c.atom(first.Name.Name.O)
	case *ast.FuncCallExpr:
		head, args = c.atom(first.FnName.O), first.Args
	}
	switch h := head.(type) {
	case *Select:
		h.DistinctOn = nilIfEmpty(c.exprs(args))
		c.fillSelect(h, n)
		return h
	case *Values:
		for _, f := range n.Fields.Fields[1:] {
			h.Rows = append(h.Rows, c.expr(f.Expr).(*Row).Items)
		}
		return h
	case parenBody:
		q := c.query(n.From.TableRefs.Left.(*ast.TableSource).Source)
		if q.With == nil && q.tailless() && q.EmitMode() == EmitNone {
			return q.Body
		}
		return q
	}
	panic("BUG: block without a head in " + c.l.String())
}

func (c *converter) fillSelect(s *Select, n *ast.SelectStmt) {
	for _, f := range n.Fields.Fields[1:] {
		item := SelectItem{Expr: c.expr(f.Expr)}
		if f.AsName.O != "" {
			name := c.atom(f.AsName.O).(Name)
			item.Alias = &name
		}
		s.Items = append(s.Items, item)
	}
	s.From = c.table(n.From.TableRefs)
	if n.Where != nil {
		s.Where = c.expr(n.Where)
	}
	if n.GroupBy != nil {
		c.groupBy(s, n.GroupBy)
	}
	if n.Having != nil {
		s.Having = c.expr(n.Having.Expr)
	}
	for i := range n.WindowSpecs {
		w := c.atom(n.WindowSpecs[i].Name.O).(*NamedWindow)
		spec := n.WindowSpecs[i]
		spec.OnlyAlias = false
		w.Over = *c.over(&spec, w.Name.Pos)
		s.Windows = append(s.Windows, *w)
	}
}

// groupBy parts GROUP BY from PARTITION BY and spreads implicit rows.
func (c *converter) groupBy(s *Select, n *ast.GroupByClause) {
	list := &s.GroupBy
	for _, item := range n.Items {
		e := c.expr(item.Expr)
		if e.Position() == partitionMark {
			list = &s.PartitionBy
		} else {
			*list = appendGroup(*list, e)
		}
	}
}

// table converts an item of FROM; nil stands for none.
func (c *converter) table(n ast.ResultSetNode) TableExpr {
	c.enter(1)
	defer func() { c.depth-- }()
	switch n := n.(type) {
	case *ast.Join:
		return c.join(n)
	case *ast.TableSource:
		if t, ok := n.Source.(*ast.TableName); ok {
			table, _ := c.atom(t.Name.O).(*Table)
			if table == nil {
				return nil
			}
			return table
		}
		switch a := c.atom(n.AsName.O).(type) {
		case *Derived:
			a.Query = c.query(n.Source)
			return a
		case *TableFunc:
			a.Call = calledInFrom(c.expr(n.Source.(*ast.SelectStmt).Fields.Fields[0].Expr))
			return a
		}
	}
	panic(fmt.Sprintf("BUG: table %T in %s", n, c.l))
}

func (c *converter) join(n *ast.Join) TableExpr {
	if n.Right == nil {
		return c.table(n.Left)
	}
	if n.On == nil {
		l, r := c.table(n.Left), c.table(n.Right)
		return &Join{Kind: JoinCross, L: l, R: r, Pos: r.Position()}
	}
	call := n.On.Expr.(*ast.FuncCallExpr)
	j := c.atom(call.FnName.O).(*Join)
	j.L, j.R = c.table(n.Left), c.table(n.Right)
	if len(call.Args) > 0 {
		j.On = c.expr(call.Args[0])
	}
	return j
}
