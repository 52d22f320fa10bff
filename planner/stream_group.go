package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// group places GROUP BY (or DISTINCT), HAVING and the projection.
func (s *streaming) group() srel {
	b, sel := s.b, s.sel
	var groups []expr.Node
	if sel.Distinct {
		for _, it := range s.items {
			groups = append(groups, it.node)
		}
	}
	for _, e := range sel.GroupBy {
		n := b.groupExpr(e, s.r.sc, s.items)
		if b.isOwnBound(n) {
			continue
		}
		(&selecting{b: b}).noBounds(n, "GROUP BY", e.Position())
		groups = append(groups, n)
	}
	having := s.bindHaving()
	s.checkGroup(groups)
	b.stateful = "GROUP BY"
	input := s.groupInput(groups)
	g := b.newGrouping(groups, s.blk.aggs, s.r.sc)
	a := &AggregateNode{In: input.node, Groups: input.groups, Aggs: input.aggs, DropNullGroups: b.ksql}
	a.Result, a.Key = TableResult, []int{}
	for i, n := range groups {
		name := s.groupName(i, n, g.names[i])
		a.Schema = append(a.Schema, types.Column{Name: name, Type: n.Type(), Key: true})
		a.Key = append(a.Key, i)
	}
	for _, c := range s.blk.aggs {
		a.Schema = append(a.Schema, types.Column{Name: c.Name, Type: c.T})
	}
	if sel.Window != nil {
		a.Window, a.Final = b.windowSpec(sel.Window, sel.Emit == sql.EmitFinal), sel.Emit == sql.EmitFinal
	}
	g.bound = func(p *placeholder) expr.Node {
		return &expr.Pseudo{Kind: []expr.PseudoKind{expr.WindowStart, expr.WindowEnd}[p.index], T: p.t}
	}
	g.items(s.items)
	having = g.up(having, "HAVING")
	s.r = srel{
		node: a, sc: s.r.sc, parts: input.parts, keyed: true, window: a.Window, first: s.r.first, keyNoun: "grouping expression",
	}
	if having != nil {
		s.r.node = b.streamFilter(a, having, true)
	}
	return s.project(nil)
}

func (s *streaming) bindHaving() expr.Node {
	if s.sel.Having == nil {
		return nil
	}
	if name := ownBound(s.sel.Having); s.b.ksql && name != "" && s.sel.Window != nil {
		fail(sqlerr.New(sqlerr.InvalidColumnReference, "Window bounds column %s can only be used in the SELECT clause of windowed aggregations", name).
			At(s.sel.Having.Position()))
	}
	x := s.b.exprs(s.r.sc, "HAVING")
	x.block, x.allowAggs = s.blk, true
	return x.condition(s.sel.Having)
}

// groupName labels a group column: as an item that shows it, else by itself.
func (s *streaming) groupName(_ int, n expr.Node, label string) string {
	for _, it := range s.items {
		if same(it.node, n) {
			return it.name
		}
	}
	return label
}

// checkGroup holds the rules on what can be grouped.
func (s *streaming) checkGroup(groups []expr.Node) {
	b, sel := s.b, s.sel
	table := s.r.node.Kind() == TableResult
	switch {
	case table && sel.Window != nil:
		if b.ksql {
			fail(sqlerr.New(sqlerr.FeatureNotSupported, "WINDOW clause is only supported on STREAM sources.").At(sel.Window.Pos))
		}
		fail(sqlerr.Unsupported("WINDOW over a table").WithHint("A window needs a stream.").At(sel.Window.Pos))
	case b.ksql && len(groups) > 0 && len(s.blk.aggs) == 0:
		fail(sqlerr.New(sqlerr.GroupingError, "GROUP BY requires aggregate functions in either the SELECT or HAVING clause.").At(sel.Pos))
	case b.ksql && len(groups) == 0 && len(s.blk.aggs) == 0:
		fail(sqlerr.New(sqlerr.GroupingError, "HAVING clause requires a GROUP BY clause.").At(sel.Pos))
	case b.ksql && b.persist && len(groups) == 0:
		fail(sqlerr.New(sqlerr.GroupingError, "CREATE TABLE AS SELECT statement does not support aggregate function [%s] without a GROUP BY clause.",
			ksqlCallText(s.blk.aggs[0].Name)).At(sel.Pos))
	}
	seen := map[string]bool{}
	for i, n := range groups {
		if id := fingerprint(n); b.ksql && seen[id] {
			fail(sqlerr.New(sqlerr.GroupingError, "Duplicate GROUP BY expression: %s", ksqlExpr(sel.GroupBy[i])).At(sel.GroupBy[i].Position()))
		} else {
			seen[id] = true
		}
		if hasMap(n.Type()) {
			fail(b.mapKey(s.keyLabel(i, n), n.Type()).At(s.sel.Pos))
		}
	}
	s.checkAggs(table)
	s.checkStates()
}

// nestedStates are the aggregates whose state is a struct or a list in ksqlDB,
// which writes it in the value format of the source.
var nestedStates = map[string]bool{
	"avg": true, "correlation": true, "stddev_samp": true, "stddev_sample": true, "latest_by_offset": true, "earliest_by_offset": true,
	"attr": true, "histogram": true, "collect_list": true, "collect_set": true, "topk": true, "topkdistinct": true, "count_distinct": true,
}

// checkStates holds that the format can keep the aggregates' states.
func (s *streaming) checkStates() {
	if first := s.r.first; !s.b.ksql || !s.b.persist || first == nil || first.ValueFormat.Name != "DELIMITED" {
		return
	}
	for _, a := range s.blk.aggs {
		if nestedStates[a.Fn.Name] {
			fail(sqlerr.New(sqlerr.FeatureNotSupported, "One of the functions used in the statement has an intermediate type that the value format can not handle. Please remove the function or change the format.").At(s.sel.Pos))
		}
	}
}

func hasMap(t types.Type) bool {
	switch t.Kind {
	case types.Map:
		return true
	case types.Array:
		return hasMap(*t.Elem)
	}
	for _, f := range t.Fields {
		if hasMap(f.Type) {
			return true
		}
	}
	return false
}

// keyLabel names a key column for messages.
func (s *streaming) keyLabel(i int, n expr.Node) string {
	if c, ok := n.(*expr.Column); ok {
		return c.Name
	}
	for _, it := range s.items {
		if same(it.node, n) {
			return it.name
		}
	}
	return "KSQL_COL_" + itoa(i)
}

// ksqlUndo are the aggregates ksqlDB allows over tables.
var ksqlUndo = map[string]bool{
	"count": true, "sum": true, "avg": true, "collect_list": true, "histogram": true, "attr": true, "correlation": true,
	"stddev_samp": true, "stddev_sample": true, "sum_list": true,
}

// checkAggs refuses aggregates that cannot undo a row over a table.
func (s *streaming) checkAggs(table bool) {
	if !table {
		return
	}
	var bad []string
	for _, a := range s.blk.aggs {
		if !a.Fn.Undo || (s.b.ksql && !ksqlUndo[a.Fn.Name]) {
			bad = append(bad, strings.ToUpper(a.Fn.Name))
		}
		if a.Distinct && s.b.ksql {
			fail(sqlerr.Unsupported("%s over a table in a streaming query", a.Name).At(s.sel.Pos))
		}
	}
	if len(bad) == 0 {
		return
	}
	if s.b.ksql {
		word, verb := "function", "cannot"
		if len(bad) > 1 {
			word = "functions"
		}
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "The aggregation %s %s %s be applied to a table source, only to a stream source.",
			word, andList(bad), verb).At(s.sel.Pos))
	}
	fail(sqlerr.Unsupported("%s over a table in a streaming query", strings.ToLower(andList(bad))).
		WithHint("It cannot take back a row that changed; apply it to a stream.").At(s.sel.Pos))
}

// groupedInput is the input of an aggregation, partitioned by its groups.
type groupedInput struct {
	node   Node
	groups []expr.Node
	aggs   []AggCall
	parts  int32
}

// groupInput repartitions the input by the groups where that is needed.
func (s *streaming) groupInput(groups []expr.Node) groupedInput {
	b, r := s.b, s.r
	guardedGroups := make([]expr.Node, len(groups))
	for i, n := range groups {
		guardedGroups[i] = b.guarded(b.fold(n))
	}
	in := groupedInput{r.node, guardedGroups, s.blk.aggs, r.parts}
	if r.parts == 1 || (len(groups) > 0 && r.keyed && keyIs(r.node.Keys(), groups)) {
		return in
	}
	node, at := appendColumns(r.node, guardedGroups)
	parts := r.parts
	if len(groups) == 0 {
		parts = 1
	}
	for i, k := range at {
		c := node.Out()[k]
		in.groups[i] = &expr.Column{Index: k, Name: c.Name, T: c.Type}
	}
	in.node, in.parts = exchange(node, at, parts), parts
	return in
}

// keyIs tells whether expressions are exactly the key columns, in order.
func keyIs(keys []int, xs []expr.Node) bool {
	if len(keys) != len(xs) {
		return false
	}
	for i, n := range xs {
		if !isColumn(n, keys[i]) {
			return false
		}
	}
	return true
}

// appendColumns gives every expression a column and answers their positions.
func appendColumns(in Node, xs []expr.Node) (Node, []int) {
	p := &ProjectNode{In: in}
	p.Schema, p.Result, p.Key = in.Out().Clone(), in.Kind(), in.Keys()
	for i, c := range in.Out() {
		p.Exprs = append(p.Exprs, &expr.Column{Index: i, Name: c.Name, T: c.Type})
	}
	at := make([]int, len(xs))
	for i, n := range xs {
		if c, ok := n.(*expr.Column); ok {
			at[i] = c.Index
			continue
		}
		at[i] = len(p.Exprs)
		p.Exprs = append(p.Exprs, n)
		p.Schema = append(p.Schema, types.Column{Name: columnName(n), Type: n.Type(), Hidden: true})
	}
	if len(p.Exprs) == len(in.Out()) {
		return in, at
	}
	return p, at
}

// exchange marks a repartition by columns of in.
func exchange(in Node, by []int, parts int32) Node {
	n := &exchangeNode{In: in, By: by, Parts: parts}
	n.Schema, n.Result, n.Key = in.Out(), in.Kind(), in.Keys()
	return n
}

// partitionBy changes the key of a stream.
func (s *streaming) partitionBy() {
	b, sel := s.b, s.sel
	if len(sel.PartitionBy) == 0 {
		return
	}
	pos := sel.PartitionBy[0].Position()
	if s.r.node.Kind() == TableResult {
		if b.ksql {
			fail(sqlerr.New(sqlerr.FeatureNotSupported, "PARTITION BY is not supported on tables").At(pos))
		}
		fail(sqlerr.Unsupported("PARTITION BY over a table").WithHint("A table is partitioned by its primary key; use GROUP BY.").At(pos))
	}
	if s.r.window != nil {
		fail(sqlerr.Unsupported("PARTITION BY over a windowed stream").At(pos))
	}
	var keys []expr.Node
	for _, e := range sel.PartitionBy {
		if _, null := e.(*sql.Null); null {
			if len(sel.PartitionBy) > 1 {
				fail(sqlerr.New(sqlerr.SyntaxError, "Cannot PARTITION BY multiple columns including NULL").At(e.Position()))
			}
			s.rekey(nil)
			return
		}
		keys = append(keys, s.partitionExpr(e))
	}
	if keyIs(s.r.node.Keys(), keys) {
		s.r.keyNoun = "partitioning expression"
		return
	}
	s.rekey(keys)
}

func (s *streaming) partitionExpr(e sql.Expr) expr.Node {
	x := s.b.exprs(s.r.sc, "PARTITION BY")
	if ref, ok := e.(*sql.ColumnRef); ok && !s.b.ksql && len(ref.Parts) == 1 {
		name := s.b.fold1(ref.Parts[0])
		if len(s.r.sc.find("", "", name)) == 0 {
			for _, it := range s.items {
				if it.name == name {
					return it.node
				}
			}
		}
	}
	n := x.value(e)
	if hasMap(n.Type()) {
		fail(s.b.mapKey(s.keyLabel(0, n), n.Type()).At(e.Position()))
	}
	return s.b.guarded(n)
}

// rekey makes the expressions the key; items that are one of them read its column.
func (s *streaming) rekey(keys []expr.Node) {
	node, at := appendColumns(s.r.node, keys)
	schema := node.Out().Clone()
	for i := range schema {
		schema[i].Key = false
	}
	for i, k := range at {
		schema[k].Key = true
		if _, plain := keys[i].(*expr.Column); plain {
			continue
		}
		for j := range s.items {
			it := &s.items[j]
			if same(s.b.guarded(it.node), keys[i]) {
				it.node = &expr.Column{Index: k, Name: schema[k].Name, T: schema[k].Type}
				schema[k].Name = it.name
			}
		}
	}
	s.starKeys(schema, at, len(s.r.out()))
	s.oldKeysLast(at)
	n := &RekeyNode{In: node}
	for i, k := range at {
		if _, plain := keys[i].(*expr.Column); !plain && s.b.ksql && s.readsValues(keys[i]) {
			n.FromValue = append(n.FromValue, k)
		}
	}
	n.Schema, n.Result, n.Key = schema, StreamResult, at
	s.r.node, s.r.keyed, s.r.same, s.r.keyNoun = n, len(keys) > 0, nil, "partitioning expression"
	if len(keys) == 0 {
		n.Key = nil
	} else if s.r.parts > 1 {
		s.r.node = exchange(n, at, s.r.parts)
	}
}

// oldKeysLast moves what was the key behind the values of SELECT *, where
// ksqlDB's PARTITION BY puts it.
func (s *streaming) oldKeysLast(at []int) {
	if _, star := s.sel.Items[0].Expr.(*sql.Star); !star || !s.b.ksql || len(s.sel.Items) > 1 || s.r.sc.pseudoStar {
		return
	}
	var first, last []outItem
	for _, it := range s.items {
		c, ok := it.node.(*expr.Column)
		if ok && keyAt(s.r.node.Keys(), c.Index) && !keyAt(at, c.Index) {
			last = append(last, it)
		} else {
			first = append(first, it)
		}
	}
	s.items = append(first, last...)
}

// readsValues tells whether an expression reads a column that is no key.
func (s *streaming) readsValues(n expr.Node) bool {
	found := false
	visit(n, func(c expr.Node) bool {
		col, ok := c.(*expr.Column)
		found = found || ok && !keyAt(s.r.node.Keys(), col.Index)
		return true
	})
	return found
}

// starKeys shows computed keys in SELECT *, as ksqlDB does: they are columns
// of what is selected from.
func (s *streaming) starKeys(schema types.Schema, at []int, width int) {
	if !s.b.ksql {
		return
	}
	if _, star := s.sel.Items[0].Expr.(*sql.Star); !star {
		return
	}
	used := map[string]bool{}
	for _, c := range s.r.sc.cols {
		used[c.name] = true
	}
	var added []outItem
	for i, k := range at {
		if k < width {
			continue
		}
		it := outItem{pos: s.sel.Pos, node: &expr.Column{Index: k, Name: schema[k].Name, T: schema[k].Type}}
		switch e := s.sel.PartitionBy[i].(type) {
		case *sql.StructAccess:
			it.name = unusedName(s.b.fold1(e.Field), "_", 1, used)
		case *sql.ColumnRef: // a pseudo column
			it.name = s.b.fold1(e.Parts[len(e.Parts)-1])
		}
		added = append(added, it)
	}
	s.b.exprs(s.r.sc, "SELECT").generated(added, used)
	for i := range added {
		schema[added[i].node.(*expr.Column).Index].Name = added[i].name
	}
	s.items = append(added, s.items...)
}
