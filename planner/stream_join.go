package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// joining is one join of a streaming plan being bound.
type joining struct {
	b     *binder
	j     *sql.Join
	kind  JoinKind
	l, r  srel
	sc    *scope
	width int // columns of the left side
	pairs []keyPair
	rest  []expr.Node
}

// streamJoin binds a join by the kinds of its sides.
func (b *binder) streamJoin(j *sql.Join) srel {
	if call, ok := j.R.(*sql.TableFunc); ok && !b.isChanges(call) {
		return b.streamUnnest(j, call)
	}
	if d, ok := j.R.(*sql.Derived); ok && d.Lateral {
		fail(sqlerr.Unsupported("LATERAL in a streaming query").At(d.Pos))
	}
	x := &joining{b: b, j: j, kind: joinKinds[j.Kind]}
	l, lw := b.boundsInKey(b.streamFrom(j.L))
	r, rw := b.boundsInKey(b.streamFrom(j.R))
	x.l, x.r = b.materialize(l), b.materialize(r)
	x.checkSources()
	b.stateful = "JOIN"
	x.width = len(x.l.out())
	x.sc = b.joinScope(x.l.sc, x.r.sc, x.width, nil, j)
	x.condition()
	x.endsAsStarts(lw, rw)
	lt, rt := x.l.node.Kind() == TableResult, x.r.node.Kind() == TableResult
	x.checkWindows(lt, rt)
	var out srel
	switch {
	case lt && rt:
		out = x.tableTable()
	case lt:
		fail(x.tableStream())
	case rt:
		out = x.streamTable()
	default:
		out = x.streamStream()
	}
	out.first, out.window, out.sourceWindow = x.l.first, x.l.window, x.l.window != nil
	if !b.ksql {
		out.sc.cols = append(out.sc.cols, column{
			name: "rowtime", t: b.timeType(), pseudo: true, node: &expr.Pseudo{Kind: expr.RowTime, T: b.timeType()},
		})
	}
	return out
}

// checkWindows admits windowed sides only as two streams with windows of one
// kind, joined on their keys: rows match when key and window do.
func (x *joining) checkWindows(lt, rt bool) {
	l, r, pos := x.l.window, x.r.window, x.j.Pos
	if l == nil && r == nil {
		return
	}
	lk, rk := pairSides(x.pairs)
	keyed := keyIs(x.l.node.Keys(), lk) && keyIs(x.r.node.Keys(), rk)
	switch {
	case x.b.ksql && (l == nil || r == nil):
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Can not join windowed source to non-windowed source.\n`%s` is %s\n`%s` is %s",
			x.l.sc.tables[0].name, windowedText(l), x.r.sc.tables[0].name, windowedText(r)).At(pos))
	case x.b.ksql && (l.Type == Session) != (r.Type == Session):
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Incompatible windowed sources.\nLeft source: %s\nRight source: %s\n%s",
			windowNames[l.Type], windowNames[r.Type], windowsDiffer).At(pos))
	case x.b.ksql && lt && rt && !keyed:
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Foreign-key table-table joins are not supported on windowed tables.").At(pos))
	case x.b.ksql && (!keyed || l.Size != r.Size):
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.").At(pos))
	case lt || rt || l == nil || r == nil || !keyed || (l.Type == Session) != (r.Type == Session) || l.Size != r.Size:
		fail(sqlerr.Unsupported("a join of windowed relations in a streaming query").
			WithHint("Two windowed streams can be joined on their keys.").At(pos))
	}
}

const windowsDiffer = `Session windowed sources can only be joined to other session windowed sources, and may still not result in expected behaviour as session bounds must be an exact match for the join to work
Hopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources`

func windowedText(w *WindowSpec) string {
	if w == nil {
		return "not windowed"
	}
	return windowNames[w.Type] + " windowed"
}

// checkSources holds ksqlDB's rule against joining a source with itself.
func (x *joining) checkSources() {
	if !x.b.ksql || x.l.first == nil || x.r.first == nil {
		return
	}
	name := x.r.first.Name
	seen := sourcesOf(x.l.node, map[string]bool{})
	if !seen[name] {
		return
	}
	if len(seen) == 1 {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Can not join '%s' to '%s': self joins are not yet supported.", name, name).At(x.j.R.Position()))
	}
	fail(sqlerr.New(sqlerr.FeatureNotSupported, "N-way joins do not support multiple occurrences of the same source. Source: '%s'", name).At(x.j.R.Position()))
}

func sourcesOf(n Node, seen map[string]bool) map[string]bool {
	if s, ok := n.(*sourceNode); ok {
		seen[s.input.Relation] = true
	}
	for _, c := range n.Inputs() {
		sourcesOf(c, seen)
	}
	return seen
}

func (x *joining) tableStream() *sqlerr.Error {
	if x.b.ksql {
		return sqlerr.New(sqlerr.FeatureNotSupported, "Invalid join order: table-stream joins are not supported; only stream-table joins. Got %s.", x.ksqlJoin()).At(x.j.Pos)
	}
	return sqlerr.Unsupported("a join of a table with a stream").
		WithHint("Put the stream first: FROM %s JOIN %s ...", x.r.sc.tables[0].name, x.l.sc.tables[0].name).At(x.j.Pos)
}

// ksqlJoin prints the join as ksqlDB's messages do.
func (x *joining) ksqlJoin() string {
	word := map[JoinKind]string{InnerJoin: "[INNER]", LeftJoin: "LEFT [OUTER]", RightJoin: "RIGHT [OUTER]", FullJoin: "[FULL] OUTER"}[x.kind]
	return x.l.sc.tables[0].name + " " + word + " JOIN " + x.r.sc.tables[0].name
}

// noWithin refuses WITHIN where a table takes part.
func (x *joining) noWithin(what string) {
	if x.j.Within != nil && x.b.ksql {
		kind, again := "Stream-Table", "join"
		if what == "table-table" {
			kind, again = "Table-Table", "Table-Table join"
		}
		fail(sqlerr.New(sqlerr.SyntaxError, "A window definition was provided for a %s join. These joins are not windowed. Please drop the window definition (ie. the WITHIN clause) and try to execute your %s again.",
			kind, again).At(x.j.Within.Pos))
	}
	if x.j.Within != nil {
		fail(sqlerr.New(sqlerr.SyntaxError, "a %s join does not take a WITHIN clause", what).At(x.j.Within.Pos))
	}
}

func pairSides(pairs []keyPair) (l, r []expr.Node) {
	for _, p := range pairs {
		l, r = append(l, p.left), append(r, p.right)
	}
	return l, r
}

// joinSchema is the columns of both sides without key marks.
func (x *joining) joinSchema() types.Schema {
	s := append(x.l.out().Clone(), x.r.out()...)
	for i := range s {
		s[i].Key = false
	}
	return s
}

// streamStream joins two streams within a distance in time.
func (x *joining) streamStream() srel {
	b, w := x.b, x.j.Within
	if w == nil {
		if b.ksql {
			fail(sqlerr.New(sqlerr.SyntaxError, "Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn about how to specify a WITHIN clause with a stream-stream join, please visit: https://docs.confluent.io/current/ksql/docs/syntax-reference.html#create-stream-as-select").At(x.j.Pos))
		}
		fail(sqlerr.New(sqlerr.SyntaxError, "a join of two streams needs a WITHIN clause").
			WithHint("For example: JOIN %s WITHIN 1 HOUR ON ...", x.r.sc.tables[0].name).At(x.j.Pos))
	}
	n := &StreamStreamJoinNode{Join: x.kind, Before: w.Before.Millis(), After: w.After.Millis(), Grace: dayMs, Eager: true}
	if w.Grace != nil {
		n.Grace, n.Eager = w.Grace.Millis(), false
	}
	x.samePartitions()
	lk, rk := pairSides(x.pairs)
	parts := x.l.parts
	n.Left, n.LeftKey = b.partitioned(x.l, lk, parts)
	n.Right, n.RightKey = b.partitioned(x.r, rk, parts)
	if x.apart(n.Left, n.Right, parts) {
		n.Right, n.RightKey = repartitioned(x.r.node, rk, parts)
	}
	x.sides(n.Left, n.Right)
	n.Schema, n.Result = x.joinSchema(), StreamResult
	n.Residual = allOf(x.rest, b.logic())
	return x.keyedResult(n, &n.Base, n.LeftKey, n.RightKey, parts)
}

// sides notes the final inputs: a repartition may have added columns on the
// left, which moves the right's.
func (x *joining) sides(l, r Node) {
	added := len(l.Out()) - x.width
	x.l.node, x.r.node = l, r
	if added > 0 {
		for i := range x.sc.cols {
			c := &x.sc.cols[i]
			if c.node != nil {
				c.node = x.moveRight(c.node, added)
			} else if c.index >= x.width {
				c.index += added
			}
		}
		for i := range x.rest {
			x.rest[i] = x.moveRight(x.rest[i], added)
		}
	}
}

func (x *joining) moveRight(n expr.Node, added int) expr.Node {
	return replaceColumns(n, func(c *expr.Column) expr.Node {
		if c.Index < x.width {
			return c
		}
		moved := *c
		moved.Index += added
		return &moved
	})
}

// partitioned brings a side to be partitioned by xs over parts partitions; the
// answer includes xs over the result.
func (b *binder) partitioned(r srel, xs []expr.Node, parts int32) (Node, []expr.Node) {
	guarded := make([]expr.Node, len(xs))
	for i, n := range xs {
		guarded[i] = b.guarded(n)
	}
	if parts == r.parts && (parts == 1 || (r.keyed && keyIs(r.node.Keys(), xs))) {
		return r.node, guarded
	}
	if b.ksql && r.node.Kind() == TableResult {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Cannot repartition a TABLE source. If this is a join, joins on non-key columns are not yet supported."))
	}
	return repartitioned(r.node, guarded, parts)
}

// keyedResult gives a stream join its key: the join key. It is the left
// column where that always holds it, else a column of its own.
func (x *joining) keyedResult(n Node, base *Base, lk, rk []expr.Node, parts int32) srel {
	b := x.b
	width := len(x.l.node.Out())
	out := srel{node: n, sc: x.sc, parts: parts, keyed: true, keyNoun: "join expression", same: map[int][]int{}}
	var computed []expr.Node
	var synthetic []bool
	for i := range lk {
		l, r := lk[i], shiftColumns(rk[i], width)
		lc, lok := l.(*expr.Column)
		rc, rok := r.(*expr.Column)
		key := l
		switch {
		case x.kind == RightJoin:
			key = r
		case x.kind == FullJoin:
			key = &expr.Coalesce{Xs: []expr.Node{l, r}, T: l.Type()}
		case !lok && rok && x.kind == InnerJoin:
			key = r
		}
		synthetic = append(synthetic, !lok && !rok || x.kind == FullJoin || !b.ksql)
		computed = append(computed, key)
		if lok && (b.ksql || x.kind == InnerJoin) && x.kind != FullJoin {
			out.same[i] = append(out.same[i], x.l.equals(lc.Index)...)
		}
		if rok && (x.kind == InnerJoin || (b.ksql && x.kind != FullJoin)) {
			out.same[i] = append(out.same[i], shiftInts(x.r.equals(rc.Index-width), width)...)
		}
	}
	node, at := appendColumns(n, computed)
	if p, ok := node.(*ProjectNode); ok {
		var made []int
		for i, k := range at {
			if synthetic[i] {
				made = append(made, k)
			}
		}
		nameSynthetic(p, made, len(n.Out()), x.sc, b)
		p.Key = at
		out.node = p
	}
	base.Key = nil
	if node == n {
		base.Key = at
	}
	markKeys(out.node, at)
	return out
}

// equals lists the columns that always equal column i: itself, and those of its
// class when it is a key.
func (r *srel) equals(i int) []int {
	for k, key := range r.node.Keys() {
		class := append([]int{key}, r.same[k]...)
		if keyAt(class, i) {
			return class
		}
	}
	return []int{i}
}

// nameSynthetic names key columns that no source column stands for.
func nameSynthetic(p *ProjectNode, at []int, width int, sc *scope, b *binder) {
	used := map[string]bool{}
	for _, c := range sc.cols {
		used[c.name] = true
	}
	name := "rowkey"
	if b.ksql {
		name = "ROWKEY"
	}
	var added []column
	for _, k := range at {
		if k < width {
			continue
		}
		p.Schema[k].Name = unusedName(name, "_", 1, used)
		used[p.Schema[k].Name] = true
		if b.ksql {
			added = append(added, column{name: p.Schema[k].Name, t: p.Schema[k].Type, index: k, key: true})
		}
	}
	sc.cols = append(added, sc.cols...)
}

// markKeys flags the key columns in a node's schema.
func markKeys(n Node, at []int) {
	s := n.Out()
	for i := range s {
		s[i].Key = false
	}
	for _, k := range at {
		s[k].Key = true
	}
}

// streamTable looks the table's current row up for every row of the stream.
func (x *joining) streamTable() srel {
	b := x.b
	x.noWithin("stream-table")
	if x.kind != InnerJoin && x.kind != LeftJoin {
		if b.ksql {
			fail(sqlerr.New(sqlerr.FeatureNotSupported, "Invalid join type: %s-outer join not supported for stream-table join. Got %s.",
				strings.ToLower(string(x.j.Kind)), x.ksqlJoin()).At(x.j.Pos))
		}
		fail(sqlerr.Unsupported("%s JOIN of a stream with a table", x.j.Kind).
			WithHint("Only rows of the stream produce output: use JOIN or LEFT JOIN.").At(x.j.Pos))
	}
	lk, ok := x.coverKeys()
	if !ok {
		fail(x.needsPrimaryKey("stream-table joins require to join on the table's primary key"))
	}
	x.samePartitions()
	n := &StreamTableJoinNode{Outer: x.kind == LeftJoin}
	n.Left, n.LeftKey = b.partitioned(x.l, lk, x.r.parts)
	n.Right = x.r.node
	if x.r.parts > 1 && !x.r.keyed {
		n.Right, _ = b.partitioned(x.r, keyColumns(x.r.node), x.r.parts)
	}
	if x.apart(n.Left, n.Right, x.r.parts) {
		n.Left, n.LeftKey = repartitioned(x.l.node, lk, x.r.parts)
	}
	x.sides(n.Left, n.Right)
	n.Schema, n.Result = x.joinSchema(), StreamResult
	n.Residual = allOf(x.rest, b.logic())
	return x.keyedResult(n, &n.Base, n.LeftKey, keyColumns(n.Right), x.r.parts)
}

func keyColumns(n Node) []expr.Node { return columnsAt(n, n.Keys()) }

// columnsAt is columns of a node's output as expressions over it.
func columnsAt(n Node, at []int) []expr.Node {
	var out []expr.Node
	for _, k := range at {
		c := n.Out()[k]
		out = append(out, &expr.Column{Index: k, Name: c.Name, T: c.Type})
	}
	return out
}

// coverKeys finds, for every key column of the right side, what the left, or a
// constant, is compared with it; equalities over other columns become residual
// conditions. The one row of a table without a key column is always covered.
func (x *joining) coverKeys() ([]expr.Node, bool) {
	keys := x.r.node.Keys()
	lefts := make([]expr.Node, len(keys))
	for _, p := range x.pairs {
		used := false
		for i, k := range keys {
			if lefts[i] == nil && isColumn(p.right, k) {
				lefts[i], used = p.left, true
				break
			}
		}
		if !used {
			x.rest = append(x.rest, p.cond)
		}
	}
	if !x.b.ksql {
		x.constantKeys(keys, lefts)
	}
	for _, n := range lefts {
		if n == nil {
			return nil, false
		}
	}
	return lefts, len(keys) > 0 || !x.b.ksql
}

func (x *joining) needsPrimaryKey(ksqlText string) *sqlerr.Error {
	pos := x.j.Pos
	if x.j.On != nil {
		pos = x.j.On.Position()
	}
	if x.b.ksql {
		return sqlerr.New(sqlerr.FeatureNotSupported, "Invalid join condition: %s. Got %s.", ksqlText,
			x.pair()).At(pos)
	}
	return sqlerr.Unsupported("a join on other columns than the primary key of table %q in a streaming query", x.r.sc.tables[0].name).
		WithHint("The primary key is (%s).", needsKey(x.r)).At(pos)
}
