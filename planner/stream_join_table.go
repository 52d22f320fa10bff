package planner

import (
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
)

// tableTable joins two tables: on both primary keys, or a foreign key of the
// left with the primary key of the right, or any other way by pairs of rows.
func (x *joining) tableTable() srel {
	x.noWithin("table-table")
	beyond := x.rest
	lefts, ok := x.coverKeys()
	ok = ok && len(lefts) > 0
	if !ok && (x.kind == InnerJoin || x.kind == RightJoin) && !x.b.ksql && x.coversLeft() {
		return x.swapped()
	}
	if !ok && (x.b.ksql || x.l.window != nil || x.r.window != nil) {
		fail(x.needsPrimaryKey("table-table joins require to join on the primary key of the right input table"))
	}
	n := &TableTableJoinNode{Left: x.l.node, Right: x.r.node, Join: x.kind}
	var keyed bool
	if ok {
		n.RightKey, keyed = x.rightOrder(lefts)
	}
	if key, need := x.needsPairs(ok, keyed); need {
		x.rest = beyond
		return x.byPairs(n, key)
	}
	if !keyed {
		return x.foreignKey(n, lefts)
	}
	parts := max(x.l.parts, x.r.parts)
	x.samePartitions()
	n.Left, _ = x.b.partitioned(x.l, keyColumns(x.l.node), parts)
	n.Right, _ = x.b.partitioned(x.r, columnsAt(x.r.node, n.RightKeys()), parts)
	if x.apart(n.Left, n.Right, parts) {
		n.Right, _ = repartitioned(x.r.node, columnsAt(x.r.node, n.RightKeys()), parts)
	}
	n.Schema, n.Result = x.joinSchema(), TableResult
	n.Key = append([]int{}, x.l.node.Keys()...)
	if x.kind == RightJoin {
		n.Key = shiftInts(x.r.node.Keys(), x.width)
	}
	out := x.tableKey(n, parts)
	return x.residual(out)
}

// tableKey gives the join of two tables its key: the shared primary key.
func (x *joining) tableKey(n *TableTableJoinNode, parts int32) srel {
	out := srel{node: n, sc: x.sc, parts: parts, keyed: true, keyNoun: "join expression", same: map[int][]int{}}
	lk, rk := x.l.node.Keys(), shiftInts(n.RightKeys(), x.width)
	for i := range lk {
		if x.kind == InnerJoin || (x.b.ksql && x.kind != FullJoin) {
			out.same[i] = append(append([]int{}, x.l.equals(lk[i])...), rk[i])
		}
	}
	if x.kind != FullJoin {
		markKeys(n, n.Key)
		return out
	}
	var keys []expr.Node
	for i := range lk {
		l, r := n.Schema[lk[i]], n.Schema[rk[i]]
		keys = append(keys, &expr.Coalesce{Xs: []expr.Node{
			&expr.Column{Index: lk[i], Name: l.Name, T: l.Type}, &expr.Column{Index: rk[i], Name: r.Name, T: r.Type},
		}, T: l.Type})
	}
	node, at := appendColumns(n, keys)
	p := node.(*ProjectNode)
	nameSynthetic(p, at, len(n.Schema), x.sc, x.b)
	p.Key = at
	markKeys(p, at)
	out.node = p
	return out
}

func shiftInts(xs []int, by int) []int {
	out := make([]int, len(xs))
	for i, v := range xs {
		out[i] = v + by
	}
	return out
}

// foreignKey joins by an expression of the left row; the key is the left's.
func (x *joining) foreignKey(n *TableTableJoinNode, lefts []expr.Node) srel {
	if x.kind != InnerJoin && x.kind != LeftJoin { // in ksqlDB's meaning
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Invalid join type: %s OUTER JOIN on a foreign key is not supported", x.j.Kind).At(x.j.Pos))
	}
	if _, chained := x.j.L.(*sql.Join); chained && x.b.ksql {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Invalid join condition: foreign-key table-table joins are not supported as part of n-way joins. Got %s.",
			x.pair()).At(x.j.Pos))
	}
	for _, e := range lefts {
		n.ForeignKey = append(n.ForeignKey, x.b.guarded(e))
	}
	parts := x.l.parts
	if x.l.parts > 1 || x.r.parts > 1 {
		n.Left = exchange(x.l.node, x.l.node.Keys(), 1)
		n.Right = exchange(x.r.node, x.r.node.Keys(), 1)
		parts = 1
	}
	n.SkipSame = !x.b.ksql
	n.Schema, n.Result = x.joinSchema(), TableResult
	n.Key = append([]int{}, x.l.node.Keys()...)
	markKeys(n, n.Key)
	return x.residual(srel{node: n, sc: x.sc, parts: parts, keyed: true, keyNoun: "primary key column"})
}

// residual filters by conditions beyond the key; outer joins that have some go by
// pairs.
func (x *joining) residual(out srel) srel {
	if len(x.rest) == 0 {
		return out
	}
	if x.kind != InnerJoin {
		fail(sqlerr.Unsupported("a condition beyond the key in an outer join of windowed tables").At(x.j.Pos))
	}
	out.node = x.b.streamFilter(out.node, allOf(x.rest, x.b.logic()), false)
	return out
}

// coversLeft tells whether the equalities bind the left side's primary key.
func (x *joining) coversLeft() bool {
	keys := x.l.node.Keys()
	for _, k := range keys {
		found := false
		for _, p := range x.pairs {
			found = found || isColumn(p.left, k)
		}
		if !found {
			return false
		}
	}
	return len(keys) > 0
}

// swapped plans R JOIN L, where R holds the foreign key, and restores the
// order of the columns.
func (x *joining) swapped() srel {
	kind := x.kind
	if kind == RightJoin {
		kind = LeftJoin
	}
	rw := len(x.r.out())
	swap := func(n expr.Node) expr.Node {
		return replaceColumns(n, func(c *expr.Column) expr.Node {
			moved := *c
			if c.Index < x.width {
				moved.Index += rw
			} else {
				moved.Index -= x.width
			}
			return &moved
		})
	}
	y := &joining{b: x.b, j: x.j, kind: kind, l: x.r, r: x.l, sc: x.sc, width: rw}
	for _, p := range x.pairs {
		y.pairs = append(y.pairs, keyPair{p.right, p.left, swap(p.cond)})
	}
	seen := map[string]bool{}
	for _, p := range x.pairs {
		seen[fingerprint(p.cond)] = true
	}
	for _, c := range x.rest {
		if !seen[fingerprint(c)] {
			y.rest = append(y.rest, swap(c))
		}
	}
	out := y.tableTable()
	width := x.width + rw
	p := &ProjectNode{In: out.node}
	p.Result = TableResult
	for i := range width {
		from := i + rw
		if i >= x.width {
			from = i - x.width
		}
		c := out.node.Out()[from]
		p.Exprs = append(p.Exprs, &expr.Column{Index: from, Name: c.Name, T: c.Type})
		p.Schema = append(p.Schema, c)
	}
	for _, k := range out.node.Keys() {
		if k < rw {
			p.Key = append(p.Key, k+x.width)
		} else {
			p.Key = append(p.Key, k-rw)
		}
	}
	out.node, out.same = p, nil
	return out
}

// streamUnnest binds a table function in FROM: it is applied to every row of
// what stands before it.
func (b *binder) streamUnnest(j *sql.Join, t *sql.TableFunc) srel {
	l := b.materialize(b.streamFrom(j.L))
	name := t.Call.Name.Last().Fold(false)
	switch {
	case j.Kind != sql.JoinCross && j.Kind != sql.JoinInner:
		fail(sqlerr.Unsupported("%s JOIN of a function in a streaming query", j.Kind).At(j.Pos))
	case l.node.Kind() == TableResult:
		fail(sqlerr.Unsupported("a table function over a table in a streaming query").At(t.Pos))
	case t.Ordinality:
		fail(sqlerr.Unsupported("WITH ORDINALITY in a streaming query").At(t.Pos))
	case len(b.reg.Tables(name)) == 0:
		fail(sqlerr.Unsupported("a scalar function in FROM of a streaming query").At(t.Pos))
	}
	call := b.exprs(l.sc, "functions in FROM").bindTableCall(name, t.Call)
	node, width := explodeNode(l.node, []*TableCall{call})
	alias := name
	if t.Alias != nil {
		alias = b.fold1(*t.Alias)
	}
	fsc := &scope{tables: []tableName{{"", alias}}}
	for i, c := range call.Cols {
		fsc.cols = append(fsc.cols, column{table: alias, name: c.Name, t: c.Type, index: i})
	}
	functionColumn(fsc, len(call.Cols), false)
	b.renameColumns(fsc, t.ColAliases, alias)
	sc := &scope{}
	sc.add(l.sc, 0)
	sc.add(fsc, width)
	l.node, l.sc = node, sc
	if j.On != nil {
		l.node = b.streamFilter(l.node, b.exprs(sc, "JOIN/ON").condition(j.On), false)
	}
	return l
}

// samePartitions holds ksqlDB's rule on the sides' numbers of partitions.
func (x *joining) samePartitions() {
	if x.l.parts == x.r.parts || !x.b.ksql {
		return
	}
	l, r := x.l.sc.tables[0].name, x.r.sc.tables[0].name
	fail(sqlerr.New(sqlerr.FeatureNotSupported,
		"Can't join `%s` with `%s` since the number of partitions don't match. `%s` partitions = %d; `%s` partitions = %d. Please repartition either one so that the number of partitions match.",
		l, r, l, x.l.parts, r, x.r.parts).At(x.j.Pos))
}
