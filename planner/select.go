package planner

import (
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// selecting is one SELECT block being bound. The expressions in items, groups,
// having and order are first over the FROM row, then moved up operator by
// operator as those are placed.
type selecting struct {
	b     *binder
	sel   *sql.Select
	tail  *sql.Query
	outer *scope

	node   BatchNode
	sc     *scope
	blk    *block
	items  []outItem
	groups []expr.Node
	having expr.Node
	order  []orderItem
	on     []expr.Node // DISTINCT ON
}

// outItem is one output column. src is nil for a column that * expanded to.
type outItem struct {
	name string
	node expr.Node
	src  sql.Expr
	pos  int
	key  bool
}

// orderItem is one sort key: output item, or an expression of its own (-1).
type orderItem struct {
	item int
	key  SortKey
}

// selectBlock binds one SELECT with the tail of its query.
func (b *binder) selectBlock(sel *sql.Select, tail *sql.Query, outer *scope) rel {
	s := &selecting{b: b, sel: sel, tail: tail, outer: outer, blk: &block{}}
	s.from()
	s.where()
	s.bindItems()
	s.bindGroups()
	if sel.Window != nil && len(s.groups) == 0 && len(s.blk.aggs) == 0 {
		fail(b.windowNeedsGroup(sel.Window.Pos))
	}
	s.bindOrder()
	s.aggregate()
	s.placeWindows()
	s.placeSets()
	return s.project()
}

func (s *selecting) from() {
	b, sel := s.b, s.sel
	if len(sel.PartitionBy) > 0 {
		s.refuse("PARTITION BY", sel.PartitionBy[0].Position())
	}
	if sel.From == nil {
		s.node = &ValuesNode{Rows: [][]expr.Node{{}}}
		s.sc = &scope{parent: s.outer}
	} else {
		b.checkPull(sel)
		r := b.from(sel.From, s.outer)
		s.node, s.sc = r.node, r.sc
	}
	s.sc.windows = sel.Windows
	if sel.Window != nil {
		if b.ksql {
			s.refuse("WINDOW", sel.Window.Pos)
		}
		b.addWindowBounds(s.sc)
	}
}

// refuse names a clause a query that ends cannot have.
func (s *selecting) refuse(clause string, pos int) {
	if s.b.ksql {
		fail(noPullClause(clause).At(pos))
	}
	fail(sqlerr.Unsupported("%s in a query that ends", clause).
		WithHint("Add EMIT CHANGES to make it a push query.").At(pos))
}

// noPullClause is ksqlDB's refusal of a clause in a pull query.
func noPullClause(clause string) *sqlerr.Error {
	return sqlerr.New(sqlerr.FeatureNotSupported,
		"Pull queries don't support %s clauses. See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.", clause)
}

func (b *binder) windowNeedsGroup(pos int) *sqlerr.Error {
	if b.ksql {
		return sqlerr.New(sqlerr.SyntaxError, "WINDOW clause requires a GROUP BY clause.").At(pos)
	}
	return sqlerr.New(sqlerr.SyntaxError, "WINDOW clause requires a GROUP BY clause or an aggregate").At(pos)
}

// isOwnBound tells whether a group expression is a bound of the block's own
// window: in the default meaning it may be named in GROUP BY, where it stands by
// itself.
func (b *binder) isOwnBound(n expr.Node) bool {
	p, ok := n.(*placeholder)
	return ok && p.kind == windowBound && !b.ksql
}

// addWindowBounds makes the bounds of the block's own windows nameable.
func (b *binder) addWindowBounds(sc *scope) {
	kept := sc.cols[:0:0]
	for _, c := range sc.cols {
		if c.pseudo && isBoundName(c.name) {
			continue
		}
		kept = append(kept, c)
	}
	sc.cols = kept
	for i, k := range []expr.PseudoKind{expr.WindowStart, expr.WindowEnd} {
		for _, name := range b.pseudoColumnNames(k) {
			sc.cols = append(sc.cols, column{
				name: name, t: b.timeType(), pseudo: true,
				node: &placeholder{kind: windowBound, index: i, t: b.timeType()},
			})
		}
	}
}

func isBoundName(name string) bool {
	k, ok := pseudoNames[lower(name)]
	return ok && (k == expr.WindowStart || k == expr.WindowEnd)
}

func (s *selecting) where() {
	if s.sel.Where == nil {
		return
	}
	x := s.b.exprs(s.sc, "WHERE")
	cond := x.condition(s.sel.Where)
	s.noBounds(cond, "WHERE", s.sel.Where.Position())
	if s.b.ksql {
		cond = &expr.TryNull{X: cond}
	}
	s.node = &BatchFilter{BatchBase: BatchBase{s.node.Out()}, In: s.node, Cond: cond}
}

// noBounds refuses the block's own window bounds below the aggregation.
func (s *selecting) noBounds(n expr.Node, clause string, pos int) {
	visit(n, func(c expr.Node) bool {
		if p, ok := c.(*placeholder); ok && p.kind == windowBound {
			fail(s.b.boundsOnlySelected(p, clause, pos))
		}
		return true
	})
}

func (b *binder) boundsOnlySelected(p *placeholder, clause string, pos int) *sqlerr.Error {
	kind := []expr.PseudoKind{expr.WindowStart, expr.WindowEnd}[p.index]
	names := b.pseudoColumnNames(kind)
	name := names[0]
	if b.ksql {
		name = names[len(names)-1]
		if clause == "WHERE" {
			return sqlerr.New(sqlerr.UndefinedColumn, "Error in WHERE expression: Unknown column %s.", name).At(pos)
		}
		return sqlerr.New(sqlerr.InvalidColumnReference,
			"Window bounds column %s can only be used in the SELECT clause of windowed aggregations", name).At(pos)
	}
	return sqlerr.New(sqlerr.InvalidColumnReference, "%s of this query's window cannot be used in %s", name, clause).
		WithHint("Use HAVING, or filter on rowtime.").At(pos)
}

// bindItems binds the select list.
func (s *selecting) bindItems() {
	x := s.b.exprs(s.sc, "SELECT")
	x.block, x.allowAggs, x.allowSets, x.allowOver = s.blk, true, true, true
	s.items = x.selectList(s.sel.Items, s.sel.From != nil)
	if s.b.ksql {
		s.ksqlItems()
	}
}

// ksqlItems holds ksqlDB's rules on the select list of a pull query.
func (s *selecting) ksqlItems() {
	taken := map[string]bool{}
	for _, it := range s.items {
		visit(it.node, func(n expr.Node) bool {
			if c, ok := n.(*expr.Column); ok && (c.Name == "ROWPARTITION" || c.Name == "ROWOFFSET") {
				fail(sqlerr.New(sqlerr.FeatureNotSupported, "Pull queries don't support the following columns in SELECT clauses: `%s`", c.Name).At(it.pos))
			}
			return true
		})
		if taken[it.name] {
			fail(sqlerr.New(sqlerr.DuplicateColumn, "Duplicate value columns found in schema: `%s` %s", it.name, it.node.Type().KsqlString()).At(it.pos))
		}
		taken[it.name] = true
	}
}

// project finishes the block: output, DISTINCT, ORDER BY, LIMIT.
func (s *selecting) project() rel {
	b := s.b
	settleNow := len(s.order) > 0 || s.sel.Distinct || len(s.sel.DistinctOn) > 0
	p := &BatchProject{In: s.node}
	for _, it := range s.items {
		if settleNow {
			it.node = b.settleLoose(it.node, it.pos)
		}
		if pos, ok := b.where[it.node]; !ok || pos < 0 {
			b.where[it.node] = it.pos
		}
		n := b.guarded(it.node)
		b.where[n] = it.pos
		p.Exprs = append(p.Exprs, n)
		p.Schema = append(p.Schema, types.Column{Name: it.name, Type: n.Type(), Key: it.key})
	}
	visible := p.Schema.Clone()
	keys := s.sortKeys(p)
	on := s.distinctKeys(p)
	var node BatchNode = p
	if s.sel.Distinct && len(s.sel.DistinctOn) == 0 {
		node = &BatchDistinct{BatchBase: BatchBase{p.Schema}, In: node}
	}
	if len(keys) > 0 {
		node = &BatchSort{BatchBase: BatchBase{p.Schema}, In: node, Keys: keys}
	}
	if len(on) > 0 {
		node = &BatchDistinct{BatchBase: BatchBase{p.Schema}, In: node, On: on}
	}
	node = b.limit(node, s.tail)
	if len(p.Schema) > len(visible) {
		node = firstColumns(node, visible)
	}
	return rel{node, outputs(visible, s.outer)}
}

// guarded makes a failing expression NULL in ksqlDB's meaning.
func (b *binder) guarded(n expr.Node) expr.Node {
	if !b.ksql {
		return n
	}
	switch n.(type) {
	case *expr.Column, *expr.Const, *expr.Pseudo, *expr.Param, *expr.TryNull, *placeholder:
		return n
	}
	if isUntyped(n) {
		return n
	}
	return &expr.TryNull{X: n}
}

// firstColumns drops the columns after the visible ones.
func firstColumns(in BatchNode, visible types.Schema) BatchNode {
	p := &BatchProject{BatchBase: BatchBase{visible}, In: in}
	for i, c := range visible {
		p.Exprs = append(p.Exprs, &expr.Column{Index: i, Name: c.Name, T: c.Type})
	}
	return p
}

// sortKeys places the sort keys over the projection, adding hidden columns.
func (s *selecting) sortKeys(p *BatchProject) []SortKey {
	var keys []SortKey
	for _, o := range s.order {
		i := o.item
		if i < 0 {
			i = s.outputOf(p, o.key.X, "ORDER BY expressions")
		}
		k := o.key
		k.X = &expr.Column{Index: i, Name: p.Schema[i].Name, T: p.Schema[i].Type}
		keys = append(keys, k)
	}
	return keys
}

func (s *selecting) distinctKeys(p *BatchProject) []expr.Node {
	var on []expr.Node
	for _, n := range s.on {
		i := s.outputOf(p, n, "")
		on = append(on, &expr.Column{Index: i, Name: p.Schema[i].Name, T: p.Schema[i].Type})
	}
	return on
}

// outputOf finds an expression among the projected ones, or adds it.
func (s *selecting) outputOf(p *BatchProject, n expr.Node, what string) int {
	for i, x := range p.Exprs {
		if same(x, n) {
			return i
		}
	}
	if s.sel.Distinct && len(s.sel.DistinctOn) == 0 && what != "" {
		fail(sqlerr.New(sqlerr.InvalidColumnReference, "for SELECT DISTINCT, %s must appear in select list", what).At(s.b.placeOf(n)))
	}
	p.Exprs = append(p.Exprs, n)
	p.Schema = append(p.Schema, types.Column{Name: columnName(n), Type: n.Type(), Hidden: true})
	return len(p.Exprs) - 1
}
