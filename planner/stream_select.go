package planner

import (
	"sort"
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// streaming is one SELECT block of a streaming plan being bound.
type streaming struct {
	b     *binder
	sel   *sql.Select
	r     srel
	blk   *block
	items []outItem
}

// streamSelect binds one SELECT block.
func (b *binder) streamSelect(sel *sql.Select) srel {
	s := &streaming{b: b, sel: sel, blk: &block{}}
	s.refuse()
	s.r = s.from()
	s.r.sc.windows = sel.Windows
	if sel.Window != nil {
		if len(sel.GroupBy) == 0 && b.ksql {
			s.ungroupedItems()
			fail(b.windowNeedsGroup(sel.Window.Pos))
		}
		b.addWindowBounds(s.r.sc)
	}
	s.where()
	s.keysResolve()
	s.bindItems()
	s.explode()
	if s.grouped() {
		return s.group()
	}
	if sel.Window != nil {
		fail(b.windowNeedsGroup(sel.Window.Pos))
	}
	s.partitionBy()
	return s.project(nil)
}

// from binds FROM; its joins may look at WHERE.
func (s *streaming) from() srel {
	outer := s.b.wheres
	s.b.wheres = nil
	if !s.b.ksql {
		s.b.wheres = whereParts(s.sel.Where)
	}
	r := s.b.streamFrom(s.sel.From)
	s.b.wheres = outer
	return r
}

// ungroupedItems refuses columns beside aggregates, which ksqlDB looks at before
// it misses the GROUP BY of a window.
func (s *streaming) ungroupedItems() {
	var bad []string
	aggregates := false
	for _, it := range s.sel.Items {
		call, ok := it.Expr.(*sql.Call)
		if ok && len(s.b.reg.Aggs(call.Name.Last().Fold(false))) > 0 {
			aggregates = true
		} else if hasColumns(it.Expr) {
			bad = append(bad, ksqlExpr(it.Expr))
		}
	}
	if aggregates && len(bad) > 0 {
		fail(sqlerr.New(sqlerr.GroupingError, "Non-aggregate SELECT expression(s) not part of GROUP BY: %s\nEither add the column(s) to the GROUP BY or remove them from the SELECT.",
			strings.Join(bad, ", ")).At(s.sel.Pos))
	}
}

// refuse names what a SELECT block of a streaming query cannot have.
func (s *streaming) refuse() {
	sel := s.sel
	switch {
	case len(sel.Items) == 0 && (s.b.ksql || len(sel.PartitionBy) > 0):
		fail(sqlerr.New(sqlerr.SyntaxError, "Syntax Error: SELECT of a streaming query needs a column").At(sel.Pos))
	case sel.From == nil:
		fail(sqlerr.Unsupported("a streaming query without FROM").At(sel.Pos))
	case len(sel.DistinctOn) > 0:
		fail(sqlerr.Unsupported("DISTINCT ON in a streaming query").
			WithHint("Use GROUP BY with latest_by_offset or earliest_by_offset.").At(sel.DistinctOn[0].Position()))
	case sel.Distinct && (len(sel.GroupBy) > 0 || sel.Having != nil):
		fail(sqlerr.Unsupported("DISTINCT with GROUP BY in a streaming query").At(sel.Pos))
	case sel.Emit == sql.EmitFinal && sel.Window == nil:
		if s.b.ksql {
			fail(sqlerr.New(sqlerr.FeatureNotSupported, "EMIT FINAL is only supported for windowed aggregations.").At(sel.Pos))
		}
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "EMIT FINAL needs a windowed GROUP BY").
			WithHint("Without a window no result is ever final; use EMIT CHANGES.").At(sel.Pos))
	case len(sel.GroupBy) > 0 && len(sel.PartitionBy) > 0:
		fail(sqlerr.Unsupported("PARTITION BY with GROUP BY").At(sel.PartitionBy[0].Position()))
	}
}

func (s *streaming) where() {
	if s.sel.Where == nil {
		return
	}
	b := s.b
	if name := ownBound(s.sel.Where); b.ksql && name != "" && s.sel.Window != nil {
		fail(sqlerr.New(sqlerr.UndefinedColumn, "Error in WHERE expression: Unknown column %s.", name).At(s.sel.Where.Position()))
	}
	cond := b.exprs(s.r.sc, "WHERE").condition(s.sel.Where)
	(&selecting{b: b}).noBounds(cond, "WHERE", s.sel.Where.Position())
	s.r.node = b.streamFilter(s.r.node, cond, false)
}

// streamFilter places a condition.
func (b *binder) streamFilter(in Node, cond expr.Node, having bool) Node {
	cond = b.fold(cond)
	if isTrue(cond) {
		return in
	}
	if b.ksql {
		cond = &expr.TryNull{X: cond}
	}
	n := &FilterNode{In: in, Cond: cond, Having: having}
	n.Schema, n.Result, n.Key = in.Out(), in.Kind(), in.Keys()
	return n
}

// keysResolve looks the columns of GROUP BY and PARTITION BY up, which ksqlDB
// does before those of SELECT.
func (s *streaming) keysResolve() {
	if !s.b.ksql {
		return
	}
	for clause, list := range [2][]sql.Expr{s.sel.GroupBy, s.sel.PartitionBy} {
		x := s.b.exprs(s.r.sc, [2]string{"GROUP BY", "PARTITION BY"}[clause])
		for _, e := range list {
			if ref, ok := e.(*sql.ColumnRef); ok && ownBound(ref) == "" {
				x.value(ref)
			}
		}
	}
}

func (s *streaming) bindItems() {
	s.wholeStar()
	x := s.b.exprs(s.r.sc, "SELECT")
	x.block, x.allowAggs, x.allowSets, x.allowOver = s.blk, true, true, false
	s.items = x.selectList(s.sel.Items, true)
	for i := range s.items {
		it := &s.items[i]
		it.node = s.b.settle(it.node, it.pos)
	}
}

func (s *streaming) grouped() bool {
	return len(s.sel.GroupBy) > 0 || s.sel.Having != nil || len(s.blk.aggs) > 0 || s.sel.Distinct
}

// explode places the table functions of the select list.
func (s *streaming) explode() {
	if len(s.blk.sets) == 0 {
		return
	}
	b, pos := s.b, s.sel.Items[0].Expr.Position()
	switch {
	case s.r.node.Kind() == TableResult && b.ksql:
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Table source is not supported with table functions").At(pos))
	case s.r.node.Kind() == TableResult:
		fail(sqlerr.Unsupported("a table function over a table in a streaming query").At(pos))
	case s.grouped() && b.ksql:
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Table functions cannot be used with aggregations.").At(pos))
	case s.grouped():
		fail(sqlerr.Unsupported("a table function with aggregates in a streaming query").
			WithHint("Put the table function into a subquery in FROM.").At(pos))
	}
	var width int
	s.r.node, width = explodeNode(s.r.node, s.blk.sets)
	at := make([]int, len(s.blk.sets))
	for i, set := range s.blk.sets {
		at[i] = width
		width += len(set.Cols)
	}
	for i := range s.items {
		s.items[i].node = rewrite(s.items[i].node, func(n expr.Node) expr.Node {
			p, ok := n.(*placeholder)
			if !ok || p.kind != setResult {
				return nil
			}
			return s.blk.sets[p.index].read(at[p.index])
		})
	}
}

// explodeNode applies calls to every row of in; the calls' columns follow the
// input's. It also answers the input's width.
func explodeNode(in Node, calls []*TableCall) (Node, int) {
	n := &ExplodeNode{In: in}
	n.Schema, n.Result, n.Key = in.Out().Clone(), in.Kind(), in.Keys()
	for _, c := range calls {
		n.Funcs = append(n.Funcs, *c)
		for _, col := range c.Cols {
			col.Key, col.Hidden = false, false
			n.Schema = append(n.Schema, col)
		}
	}
	return n, len(in.Out())
}

// read is the value of a call whose columns start at position at.
func (c *TableCall) read(at int) expr.Node {
	if len(c.Cols) == 1 {
		return &expr.Column{Index: at, Name: c.Cols[0].Name, T: c.Cols[0].Type}
	}
	row := &expr.StructCtor{T: c.rowType()}
	for i, col := range c.Cols {
		row.Xs = append(row.Xs, &expr.Column{Index: at + i, Name: col.Name, T: col.Type})
	}
	return row
}

// project places the output columns and the key. names are the key columns'
// own names when the query gave them one (GROUP BY), else nil.
func (s *streaming) project(keyNames []string) srel {
	b, in := s.b, s.r.node
	p := &ProjectNode{In: in}
	p.Result = in.Kind()
	taken := map[string]bool{}
	for _, it := range s.items {
		b.checkOutput(it, taken)
		n := b.guarded(b.fold(it.node))
		p.Exprs = append(p.Exprs, n)
		p.Schema = append(p.Schema, types.Column{Name: it.name, Type: n.Type()})
	}
	if in.Keys() != nil {
		p.Key = []int{}
	}
	for k, col := range in.Keys() {
		i := s.keyItem(k, col)
		if i < 0 {
			i = s.hiddenKey(p, col, taken, keyNames, k)
		}
		if c, ok := p.Exprs[i].(*expr.Column); ok && c.Index != col && i < len(s.items) {
			p.Exprs[i] = s.items[i].node
		}
		p.Schema[i].Key = true
		p.Key = append(p.Key, i)
	}
	if v, ok := b.opt.setting("ksql.new.query.planner.enabled"); ok && v == "true" && b.ksql {
		sort.Ints(p.Key) // its planner keeps the keys in the order of the SELECT
	}
	b.checkValues(s, p)
	out := s.r
	out.node = p
	out.same = nil
	out.sc = outputs(p.Schema, nil)
	for i := range out.sc.cols {
		out.sc.cols[i].hidden = p.Schema[i].Hidden
	}
	return out
}

// checkOutput refuses names a relation cannot have twice.
func (b *binder) checkOutput(it outItem, taken map[string]bool) {
	if b.persist && b.ksql {
		if ps, ok := it.node.(*expr.Pseudo); ok && it.name == ksqlPseudoName(b, ps.Kind) {
			fail(sqlerr.New(sqlerr.InvalidName, "Reserved column name in select: `%s`. Please remove or alias the column.", it.name).At(it.pos))
		}
	}
	if taken[it.name] && (b.persist || b.ksql) {
		if b.ksql {
			fail(sqlerr.New(sqlerr.DuplicateColumn, "Duplicate value columns found in schema: `%s` %s", it.name, it.node.Type().KsqlString()).At(it.pos))
		}
		fail(sqlerr.New(sqlerr.DuplicateColumn, "column %q specified more than once", it.name).
			WithHint("Give one of them another name with AS.").At(it.pos))
	}
	taken[it.name] = true
}

func ksqlPseudoName(b *binder, k expr.PseudoKind) string {
	names := b.pseudoColumnNames(k)
	return names[len(names)-1]
}

// keyItem finds the item that shows key column col (the k-th), -1 if none does.
func (s *streaming) keyItem(k, col int) int {
	found, index, also := -1, -1, []string{}
	for _, candidate := range s.keyColumns(k, col) {
		for i, it := range s.items {
			c, ok := it.node.(*expr.Column)
			if !ok || !(c.Index == candidate || !s.b.ksql && s.isKey(k, col, c.Index)) {
				continue
			}
			if found < 0 {
				found, index = i, c.Index
			}
			if c.Index == index {
				also = append(also, it.name)
			}
		}
		if found >= 0 {
			break
		}
	}
	if len(also) > 1 && s.b.ksql && s.b.persist {
		fail(sqlerr.New(sqlerr.DuplicateColumn, "The projection contains a key column (`%s`) more than once, aliased as: %s.",
			s.joined(index), sortedList(also)).At(s.sel.Pos))
	}
	if found >= 0 && s.b.ksql && index != col {
		c := s.r.out()[col]
		s.items[found].node = &expr.Column{Index: col, Name: c.Name, T: c.Type}
	}
	return found
}

// joined names a column of the input, with its source's name before it in joins.
func (s *streaming) joined(i int) string {
	if len(s.r.sc.tables) > 1 {
		for _, c := range s.r.sc.cols {
			if c.node == nil && c.index == i && c.table != "" {
				return c.table + "_" + c.name
			}
		}
	}
	return s.r.out()[i].Name
}

// sortedList joins names in order.
func sortedList(names []string) string {
	out := append([]string(nil), names...)
	sort.Strings(out)
	return andList(out)
}

func andList(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// keyColumns lists the columns that may stand for a key column, the one that
// counts first: in ksqlDB's joins the sides' columns in their order.
func (s *streaming) keyColumns(k, col int) []int {
	if same := s.r.same[k]; s.b.ksql && len(same) > 0 {
		return same
	}
	return []int{col}
}

func (s *streaming) isKey(k, col, index int) bool {
	if index == col {
		return true
	}
	for _, other := range s.r.same[k] {
		if other == index {
			return true
		}
	}
	return false
}

// hiddenKey carries a key column that is not projected; ksqlDB's meaning
// refuses that where the result is stored.
func (s *streaming) hiddenKey(p *ProjectNode, col int, taken map[string]bool, names []string, k int) int {
	b, c := s.b, s.r.out()[col]
	if b.ksql && b.persist {
		s.keyMissing()
	}
	name := c.Name
	if k < len(names) {
		name = names[k]
	}
	name = unusedName(name, "_", 1, taken)
	taken[name] = true
	p.Exprs = append(p.Exprs, &expr.Column{Index: col, Name: c.Name, T: c.Type})
	p.Schema = append(p.Schema, types.Column{Name: name, Type: c.Type, Hidden: true})
	return len(p.Exprs) - 1
}

// keyMissing raises ksqlDB's error for a key outside the projection.
func (s *streaming) keyMissing() {
	var groups []string
	first := make([]string, 0, len(s.r.node.Keys()))
	many := len(s.r.node.Keys()) > 1
	for k, col := range s.r.node.Keys() {
		var alts []string
		for _, i := range s.keyColumns(k, col) {
			if name := s.partitionText(k, s.qualified(i)); !contains(alts, name) {
				alts = append(alts, name)
			}
		}
		many = many || len(alts) > 1
		groups = append(groups, orList(alts))
		first = append(first, alts[0])
	}
	s.foreignKeyMissing()
	if s.r.keyNoun == "grouping expression" && len(s.sel.GroupBy) > 0 {
		groups, first = s.groupsMissing()
		many = len(groups) > 1
	}
	noun := s.r.keyNoun
	if many {
		noun += "s"
	}
	fail(sqlerr.New(sqlerr.InvalidColumnReference,
		"Key missing from projection (ie, SELECT). See https://cnfl.io/2LV7ouS.\nThe query used to build `%s` must include the %s %s in its projection (eg, SELECT %s...).%s",
		s.b.sinkName, noun, andList(groups), strings.Join(first, ", "), syntheticNote(first)).At(s.sel.Pos))
}

// partitionText is the k-th expression of PARTITION BY, where that is the key;
// else the name.
func (s *streaming) partitionText(k int, name string) string {
	if by := s.sel.PartitionBy; s.r.keyNoun == "partitioning expression" && k < len(by) {
		return qualifiedExpr(by[k], s.r.sc)
	}
	return name
}

// groupsMissing lists the expressions of GROUP BY that no item shows.
func (s *streaming) groupsMissing() (all, again []string) {
	for i, col := range s.r.node.Keys() {
		if i < len(s.sel.GroupBy) && s.keyItem(i, col) < 0 {
			all = append(all, qualifiedExpr(s.sel.GroupBy[i], s.r.sc))
		}
	}
	return all, all
}

// syntheticNote explains a key column that the join made up.
func syntheticNote(names []string) string {
	for _, n := range names {
		if strings.HasPrefix(n, "ROWKEY") {
			return "\n" + n + " was added as a synthetic key column because the join criteria did not match any source column. This expression must be included in the projection and may be aliased."
		}
	}
	return ""
}

// foreignKeyMissing is the same for a foreign-key join, whose key is the left
// table's.
func (s *streaming) foreignKeyMissing() {
	if s.r.keyNoun != "primary key column" {
		return
	}
	var missing []string
	for k, col := range s.r.node.Keys() {
		if s.keyItem(k, col) < 0 {
			missing = append(missing, "`"+s.r.out()[col].Name+"`")
		}
	}
	noun := "column"
	if len(missing) > 1 {
		noun = "columns"
	}
	fail(sqlerr.New(sqlerr.InvalidColumnReference,
		"Primary key %s missing in projection. For foreign-key table-table joins, the projection must include all primary key columns from the left input table (`%s`). Missing %s: %s.",
		noun, s.r.sc.tables[0].name, noun, strings.Join(missing, ", ")).At(s.sel.Pos))
}

func contains(words []string, w string) bool {
	for _, x := range words {
		if x == w {
			return true
		}
	}
	return false
}

// qualified names a column of the input; with its source where that is how
// ksqlDB says it.
func (s *streaming) qualified(i int) string {
	if s.r.keyNoun == "join expression" || s.r.keyNoun == "partitioning expression" {
		for _, c := range s.r.sc.cols {
			if c.node == nil && c.index == i && c.table != "" {
				return c.table + "." + c.name
			}
		}
	}
	return s.r.out()[i].Name
}

// checkValues holds ksqlDB's rule that a stored result has a value column.
func (b *binder) checkValues(s *streaming, p *ProjectNode) {
	if b.ksql && b.persist && len(p.Key) == len(p.Schema) && len(p.Key) > 0 {
		fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "The projection contains no value columns.").At(s.sel.Pos))
	}
}
