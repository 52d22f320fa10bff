package planner

import (
	"slices"
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// bindGroups binds GROUP BY and HAVING.
func (s *selecting) bindGroups() {
	if len(s.sel.GroupBy) > 0 {
		for i := range s.items {
			s.items[i].node = s.b.settleLoose(s.items[i].node, s.items[i].pos)
		}
	}
	for _, e := range s.sel.GroupBy {
		n := s.b.groupExpr(e, s.sc, s.items)
		if s.b.isOwnBound(n) {
			continue
		}
		s.noBounds(n, "GROUP BY", e.Position())
		s.groups = append(s.groups, n)
	}
	if s.sel.Having != nil {
		x := s.b.exprs(s.sc, "HAVING")
		x.block, x.allowAggs = s.blk, true
		s.having = x.condition(s.sel.Having)
	}
}

// groupExpr binds one item of GROUP BY: an ordinal, a column of the input, an
// alias of the output, or an expression.
func (b *binder) groupExpr(e sql.Expr, sc *scope, items []outItem) expr.Node {
	x := b.exprs(sc, "GROUP BY")
	if i, ok := b.outputOrdinal(e, len(items), "GROUP BY"); ok {
		if items[i].src == nil {
			return items[i].node
		}
		return x.value(items[i].src)
	}
	if ref, ok := e.(*sql.ColumnRef); ok && len(ref.Parts) == 1 && !b.ksql {
		name := b.fold1(ref.Parts[0])
		if len(sc.find("", "", name)) == 0 {
			for _, it := range items {
				if it.name == name && it.src != nil {
					return x.value(it.src)
				}
			}
		}
	}
	return x.value(e)
}

// bindOrder binds ORDER BY and DISTINCT ON.
func (s *selecting) bindOrder() {
	b := s.b
	for _, o := range s.tail.OrderBy {
		if b.ksql {
			fail(b.orderByKsql(o.Expr.Position()))
		}
		i := s.outputRef(o.Expr, "ORDER BY")
		item := orderItem{item: i, key: sortKey(nil, o)}
		if i < 0 {
			item.key.X = s.tailExpr("ORDER BY").value(o.Expr)
			b.where[item.key.X] = o.Expr.Position()
		}
		s.order = append(s.order, item)
	}
	for k, e := range s.sel.DistinctOn {
		i := s.outputRef(e, "DISTINCT ON")
		if i >= 0 {
			s.on = append(s.on, s.items[i].node)
		} else {
			s.on = append(s.on, s.tailExpr("DISTINCT ON").value(e))
		}
		if k < len(s.order) && !s.sameOrder(s.order[k], s.on[k]) {
			fail(sqlerr.New(sqlerr.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions").At(e.Position()))
		}
	}
}

func (s *selecting) sameOrder(o orderItem, n expr.Node) bool {
	if o.item >= 0 {
		return same(s.items[o.item].node, n)
	}
	return same(o.key.X, n)
}

func (s *selecting) tailExpr(clause string) *exprBinder {
	x := s.b.exprs(s.sc, clause)
	x.block, x.allowAggs, x.allowOver = s.blk, true, true
	return x
}

// outputRef resolves an ordinal or an output name to an item; -1 for neither.
func (s *selecting) outputRef(e sql.Expr, clause string) int {
	if i, ok := s.b.outputOrdinal(e, len(s.items), clause); ok {
		return i
	}
	ref, ok := e.(*sql.ColumnRef)
	if !ok || len(ref.Parts) != 1 {
		return -1
	}
	name, found := s.b.fold1(ref.Parts[0]), -1
	for i, it := range s.items {
		if it.name != name {
			continue
		}
		if found >= 0 && !same(s.items[found].node, it.node) {
			fail(sqlerr.New(sqlerr.AmbiguousColumn, "%s %q is ambiguous", clause, name).At(ref.Pos))
		}
		found = i
	}
	return found
}

// grouping rewrites expressions over the input of an aggregation into ones
// over its output.
type grouping struct {
	b      *binder
	sc     *scope         // of the input
	at     map[string]int // fingerprint of a group expression -> column
	groups []expr.Node
	names  []string
	aggs   []AggCall
	bound  func(p *placeholder) expr.Node // reads a window bound
	clause string
	item   string   // ksqlDB names whole expressions of SELECT, "" the column
	loose  []string // those of SELECT that are not part of GROUP BY, for one message
	at1    int      // where the first is
}

func (b *binder) newGrouping(groups []expr.Node, aggs []AggCall, sc *scope) *grouping {
	g := &grouping{b: b, sc: sc, at: map[string]int{}, aggs: aggs, groups: groups}
	for i, n := range groups {
		if _, dup := g.at[fingerprint(n)]; !dup {
			g.at[fingerprint(n)] = i
		}
		g.names = append(g.names, columnName(n))
	}
	return g
}

// columnName labels a computed column.
func columnName(n expr.Node) string {
	if c, ok := n.(*expr.Column); ok {
		return c.Name
	}
	return show(n)
}

func (g *grouping) up(n expr.Node, clause string) expr.Node {
	g.clause = clause
	if n == nil {
		return nil
	}
	return rewriteDeep(n, 0, func(c expr.Node, depth int) expr.Node {
		if depth == 0 {
			return g.upNode(c)
		}
		if o, ok := c.(*expr.Outer); ok && o.Depth == depth {
			i, ok := g.at[fingerprint(&expr.Column{Index: o.Index, T: o.T})]
			if !ok {
				fail(sqlerr.New(sqlerr.GroupingError, "subquery uses ungrouped column %q from outer query", o.Name).At(g.b.placeOf(o)))
			}
			return &expr.Outer{Depth: depth, Index: i, Name: o.Name, T: o.T}
		}
		return nil
	})
}

func (g *grouping) upNode(c expr.Node) expr.Node {
	if i, ok := g.at[fingerprint(c)]; ok {
		n := &expr.Column{Index: i, Name: g.names[i], T: c.Type()}
		g.b.where[n] = g.b.placeOf(c)
		return n
	}
	switch c := c.(type) {
	case *placeholder:
		switch c.kind {
		case aggResult:
			return &expr.Column{Index: len(g.groups) + c.index, Name: g.aggs[c.index].Name, T: c.t}
		case windowBound:
			return g.bound(c)
		}
		return c
	case *expr.Column:
		if g.b.ksql {
			g.ungrouped(c.Name, c)
			return nil
		}
		g.ungrouped(g.sc.qualified(c), c)
	case *expr.Pseudo:
		g.ungrouped(g.b.pseudoColumnNames(c.Kind)[0], c)
	}
	return nil
}

func (g *grouping) ungrouped(name string, n expr.Node) {
	pos := g.b.placeOf(n)
	switch {
	case g.b.ksql && len(g.groups) == 0:
		fail(sqlerr.New(sqlerr.GroupingError, "Use of aggregate functions requires a GROUP BY clause. Missing: %s", name).At(pos))
	case g.b.ksql && g.clause == "HAVING":
		fail(sqlerr.New(sqlerr.GroupingError, "Non-aggregate HAVING expression not part of GROUP BY: %s", name).At(pos))
	case g.b.ksql:
		if g.item != "" {
			name = g.item
		}
		if len(g.loose) == 0 {
			g.at1 = pos
		}
		if !slices.Contains(g.loose, name) {
			g.loose = append(g.loose, name)
		}
		return
	}
	fail(sqlerr.New(sqlerr.GroupingError, "column %q must appear in the GROUP BY clause or be used in an aggregate function", name).At(pos))
}

// items moves the expressions of SELECT up.
func (g *grouping) items(items []outItem) {
	for i := range items {
		g.item = ""
		if it := items[i]; g.b.ksql && it.src != nil && !holdsAggregate(it.node) {
			g.item = ksqlExpr(it.src)
		}
		items[i].node = g.up(items[i].node, "SELECT")
	}
	if len(g.loose) > 0 {
		fail(sqlerr.New(sqlerr.GroupingError, "Non-aggregate SELECT expression(s) not part of GROUP BY: %s\nEither add the column(s) to the GROUP BY or remove them from the SELECT.",
			strings.Join(g.loose, ", ")).At(g.at1))
	}
}

func holdsAggregate(n expr.Node) bool {
	found := false
	visit(n, func(c expr.Node) bool {
		p, ok := c.(*placeholder)
		found = found || ok && p.kind == aggResult
		return !found
	})
	return found
}

// aggregate places GROUP BY and HAVING and moves the block's expressions up.
func (s *selecting) aggregate() {
	if len(s.groups) == 0 && s.having == nil && len(s.blk.aggs) == 0 {
		return
	}
	if s.b.ksql {
		s.refuse("GROUP BY", s.sel.Pos)
	}
	s.groups = append(s.groups, s.dependents()...)
	g := s.b.newGrouping(s.groups, s.blk.aggs, s.sc)
	a := &BatchAggregate{In: s.node, Groups: s.groups, Aggs: s.blk.aggs}
	for i, n := range s.groups {
		a.Schema = append(a.Schema, types.Column{Name: g.names[i], Type: n.Type(), Key: true})
	}
	for _, c := range s.blk.aggs {
		a.Schema = append(a.Schema, types.Column{Name: c.Name, Type: c.T})
	}
	if s.sel.Window != nil {
		s.window(a)
	}
	base := len(s.groups) + len(s.blk.aggs)
	g.bound = func(p *placeholder) expr.Node {
		return &expr.Column{Index: base + p.index, Name: a.Schema[base+p.index].Name, T: p.t}
	}
	s.node = a
	s.moveUp(g)
	if s.having != nil {
		s.node = &BatchFilter{BatchBase: BatchBase{a.Schema}, In: s.node, Cond: s.having}
	}
}

// moveUp rewrites all the block's expressions over the aggregation's output.
func (s *selecting) moveUp(g *grouping) {
	g.items(s.items)
	s.having = g.up(s.having, "HAVING")
	for i := range s.order {
		s.order[i].key.X = g.up(s.order[i].key.X, "ORDER BY")
	}
	for i := range s.on {
		s.on[i] = g.up(s.on[i], "DISTINCT ON")
	}
	for i := range s.blk.overs {
		eachCall(&s.blk.overs[i], func(n *expr.Node) { *n = g.up(*n, "SELECT") })
	}
	for _, set := range s.blk.sets {
		eachOf(set.Args, func(n *expr.Node) { *n = g.up(*n, "SELECT") })
	}
}

// window assigns the rows of the scanned stream to windows.
func (s *selecting) window(a *BatchAggregate) {
	b, w := s.b, s.sel.Window
	var filters []*BatchFilter
	node := s.node
	for {
		f, ok := node.(*BatchFilter)
		if !ok {
			break
		}
		filters, node = append(filters, f), f.In
	}
	scan, ok := node.(*ScanNode)
	if !ok || scan.Relation == nil {
		fail(sqlerr.Unsupported("WINDOW over anything but a stream in a query that ends").At(w.Pos))
	}
	if scan.Relation.Kind != catalog.Stream {
		fail(sqlerr.Unsupported("WINDOW over a table").WithHint("A window needs a stream; %s is a table.", scan.Relation.Name).At(w.Pos))
	}
	ts := types.Column{Name: "rowtime_ms", Type: types.TBigInt, Hidden: true}
	scan.Schema = append(scan.Schema.Clone(), ts)
	scan.Pseudo = append(append([]expr.PseudoKind(nil), scan.Pseudo...), expr.RowTime)
	for _, f := range filters {
		f.Schema = scan.Schema
	}
	a.RowTs = &expr.Column{Index: len(scan.Schema) - 1, Name: ts.Name, T: ts.Type}
	a.Window = b.windowSpec(w, false)
	for _, k := range []expr.PseudoKind{expr.WindowStart, expr.WindowEnd} {
		a.Schema = append(a.Schema, types.Column{Name: strings.ToLower(b.pseudoColumnNames(k)[0]), Type: b.timeType(), Key: true})
	}
}

// placeWindows places OVER functions.
func (s *selecting) placeWindows() {
	if len(s.blk.overs) == 0 {
		return
	}
	node, width := placeOvers(s.node, s.blk.overs)
	s.node = node
	s.replace(overResult, width, func(i int) string { return s.blk.overs[i].Name })
}

// placeSets places the table functions of the select list: the input's columns
// stay, each call adds one.
func (s *selecting) placeSets() {
	if len(s.blk.sets) == 0 {
		return
	}
	in := s.node.Out()
	p := &BatchProject{BatchBase: BatchBase{in.Clone()}, In: s.node, Sets: map[int]*TableCall{}}
	for i, c := range in {
		p.Exprs = append(p.Exprs, &expr.Column{Index: i, Name: c.Name, T: c.Type})
	}
	for _, set := range s.blk.sets {
		p.Sets[len(p.Exprs)] = set
		p.Exprs = append(p.Exprs, nil)
		p.Schema = append(p.Schema, types.Column{Name: set.Fn.Name, Type: set.rowType()})
	}
	s.node = p
	s.replace(setResult, len(in), func(i int) string { return s.blk.sets[i].Fn.Name })
}

// rowType is the type of a call in a select list: its column's, or a row.
func (c *TableCall) rowType() types.Type {
	if len(c.Cols) == 1 {
		return c.Cols[0].Type
	}
	t := types.Type{Kind: types.Record}
	for _, col := range c.Cols {
		t.Fields = append(t.Fields, types.Field{Name: col.Name, Type: col.Type})
	}
	return t
}

// replace fills placeholders in all expressions above the operator just placed.
func (s *selecting) replace(kind placeholderKind, base int, name func(int) string) {
	for i := range s.items {
		s.items[i].node = replaceSlots(s.items[i].node, kind, base, name)
	}
	for i := range s.order {
		if s.order[i].key.X != nil {
			s.order[i].key.X = replaceSlots(s.order[i].key.X, kind, base, name)
		}
	}
	for i := range s.on {
		s.on[i] = replaceSlots(s.on[i], kind, base, name)
	}
	for _, set := range s.blk.sets {
		eachOf(set.Args, func(n *expr.Node) { *n = replaceSlots(*n, kind, base, name) })
	}
}
