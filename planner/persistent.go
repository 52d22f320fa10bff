package planner

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// BuildPersistent plans CREATE STREAM, TABLE or MATERIALIZED VIEW name WITH
// (..) AS query: the plan and the relation it maintains. kind is "STREAM",
// "TABLE" or "MATERIALIZED VIEW"; columns, when not empty, rename the visible
// result columns. The caller sets OID, SQL, Query, JobID, CreatedAt, Owner, State.
func BuildPersistent(kind sql.SourceKind, name string, columns []sql.Name, with []sql.Property, q *sql.Query,
	cat Catalog, opt Options) (p *Plan, rel *catalog.Relation, err error) {
	defer catch(&err)
	p = withPseudo(cat, opt, func(b *binder) *Plan {
		b.streaming, b.persist, b.sinkName = true, true, name
		b.checkSourceName(name, q.Pos)
		r := b.streamQuery(q, true)
		b.refuseLimit(q, kind)
		if b.missing {
			return nil
		}
		b.checkKind(kind, name, r, q.Pos)
		props := b.properties(with, true)
		r, rel = b.sinkRelation(kind, name, columns, props, r, q.Pos)
		plan := &Plan{Mode: Persistent, Limit: -1}
		plan.Stream = b.streamPlan(r, q)
		if props.has("IDLE_TIMEOUT") {
			plan.Stream.IdleMs = b.idleTimeout(with)
		}
		if props.has("START") {
			plan.Stream.Start = b.startValue(propertyNamed(with, "start"))
			b.changesStart(plan.Stream, propertyNamed(with, "start").Name.Pos)
			for _, st := range plan.Stream.Stages {
				for _, in := range st.Inputs {
					if in.Exchange < 0 {
						in.Start = plan.Stream.Start
					}
				}
			}
		}
		b.attachSink(plan, rel, r)
		rel.Reads = readsOf(plan.Stream)
		return b.finish(plan)
	})
	return p, rel, err
}

func propertyNamed(with []sql.Property, name string) sql.Property {
	for _, w := range with {
		if w.Name.Is(name) {
			return w
		}
	}
	panic("BUG: property " + name + " is gone")
}

func (b *binder) refuseLimit(q *sql.Query, kind sql.SourceKind) {
	if q.Limit == nil {
		return
	}
	if b.ksql {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "CREATE %s AS SELECT statements don't support LIMIT clause.", kind).At(q.Limit.Position()))
	}
	fail(sqlerr.Unsupported("LIMIT in a persistent query").At(q.Limit.Position()))
}

// checkKind holds that a stream result makes a stream and a table result a table.
func (b *binder) checkKind(kind sql.SourceKind, name string, r srel, pos int) {
	isTable := r.node.Kind() == TableResult
	wantTable := kind != sql.Stream
	if isTable == wantTable {
		return
	}
	if b.ksql {
		got, want := "STREAM", "STREAM"
		if isTable {
			got, want = "TABLE", "TABLE"
		}
		fail(sqlerr.New(sqlerr.WrongObjectType, "Invalid result type. Your SELECT query produces a %s. Please use CREATE %s AS SELECT statement instead.", got, want).At(pos))
	}
	if isTable {
		fail(sqlerr.New(sqlerr.WrongObjectType, "the query of stream %q produces a table", name).
			WithDetail("Rows of a GROUP BY or of a table are updated and deleted.").
			WithHint("Use CREATE TABLE ... AS or CREATE MATERIALIZED VIEW ... AS.").At(pos))
	}
	fail(sqlerr.New(sqlerr.WrongObjectType, "the query of %s %q produces a stream", lower(string(kind)), name).
		WithHint("Use CREATE STREAM ... AS, or add GROUP BY.").At(pos))
}

// sinkRelation makes the relation a persistent query writes, with formats and
// partitions inherited from the left-most source.
func (b *binder) sinkRelation(kind sql.SourceKind, name string, columns []sql.Name, p *properties, r srel, pos int) (srel, *catalog.Relation) {
	rel := &catalog.Relation{Name: name, Kind: catalog.Table, Derived: true, Meaning: b.meaning(), Topic: name}
	if kind == sql.Stream {
		rel.Kind = catalog.Stream
	}
	if prefix, ok := b.opt.setting("ksql.output.topic.name.prefix"); ok {
		rel.Topic = prefix + name
	}
	if p.has("KAFKA_TOPIC") {
		rel.Topic = p.vals["KAFKA_TOPIC"]
	}
	rel.Schema = b.sinkSchema(r, columns, rel.Kind == catalog.Table)
	rel.Windowed = r.window.info()
	rel.Partitions = int32(p.integer("PARTITIONS", int64(b.sinkPartitions(r)), 1))
	r = b.spread(r, rel.Partitions)
	b.sinkFormats(rel, p, r, pos)
	rel.Timestamp = p.timestamp(rel.Schema)
	p.storage(rel)
	if rel.Windowed != nil && !p.has("RETENTION") && !p.has("RETENTION_MS") && r.window != nil {
		rel.RetentionMs = r.windowRetention()
	}
	b.checkFormats(rel, pos)
	b.checkPinned(rel, pos)
	return r, rel
}

// sinkPartitions is the default partition count of a result.
func (b *binder) sinkPartitions(r srel) int32 {
	if v, ok := b.opt.setting("ksql.sink.partitions"); ok && b.ksql {
		p := &properties{b: b, vals: map[string]string{"PARTITIONS": v}, pos: map[string]int{}}
		return int32(p.integer("PARTITIONS", 1, 1))
	}
	if b.ksql && r.first != nil {
		return max(1, r.first.Partitions)
	}
	return r.parts
}

// spread repartitions the result when the sink's partition count differs.
func (b *binder) spread(r srel, parts int32) srel {
	if parts == r.parts {
		return r
	}
	by := r.node.Keys()
	if len(by) == 0 && r.node.Kind() == StreamResult {
		for i := range r.out() {
			by = append(by, i)
		}
	}
	r.node, r.parts = exchange(r.node, by, parts), parts
	return r
}

// sinkSchema is the stored columns: in ksqlDB's meaning keys first in key
// order, else in select order with hidden ones last.
func (b *binder) sinkSchema(r srel, columns []sql.Name, table bool) types.Schema {
	visible := 0
	for _, c := range r.out() {
		if !c.Hidden {
			visible++
		}
	}
	if b.ksql && len(columns) > 0 {
		fail(sqlerr.Unsupported("a column list in CREATE ... AS").At(columns[0].Pos).WithHint("Name the columns in the SELECT with AS."))
	}
	if len(columns) > visible {
		fail(sqlerr.New(sqlerr.SyntaxError, "too many column names were specified").At(columns[visible].Pos))
	}
	var out types.Schema
	taken := map[string]bool{}
	for i, pos := range b.sinkOrder(r) {
		c := r.out()[pos]
		if !b.ksql && i < len(columns) && !c.Hidden {
			c.Name = b.fold1(columns[i])
		}
		if !(b.ksql && c.Key) {
			b.checkColumnName(c.Name, -1) // a key may be what PARTITION BY ROWTIME made
		}
		if taken[c.Name] {
			fail(sqlerr.New(sqlerr.DuplicateColumn, "column %q specified more than once", c.Name).
				WithHint("Give one of them another name with AS."))
		}
		taken[c.Name] = true
		c.Type = b.storedType(c.Type, -1)
		c.NotNull = false
		out = append(out, c)
	}
	return out
}

// sinkOrder lists positions of the result's columns in the relation's order.
func (b *binder) sinkOrder(r srel) []int {
	keys := r.node.Keys()
	var out []int
	if b.ksql {
		out = append(out, keys...)
	}
	for i := range r.out() {
		if !b.ksql || !keyAt(keys, i) {
			out = append(out, i)
		}
	}
	return out
}

// sinkFormats inherits formats from the left-most source. A key that the format
// cannot hold is JSON: columns of other types, or a NULL, which only JSON tells
// from no key at all.
func (b *binder) sinkFormats(rel *catalog.Relation, p *properties, r srel, pos int) {
	first := r.first
	key, val := catalog.Format{Name: "JSON"}, catalog.Format{Name: "JSON"}
	if b.ksql {
		key.Name = "KAFKA"
		if v, ok := b.opt.setting("ksql.persistence.default.format.key"); ok && v != "" {
			key.Name = v
		}
	}
	if first != nil {
		val = first.ValueFormat
		if first.KeyFormat.Name != "NONE" {
			key = first.KeyFormat
		}
	}
	keys := rel.Schema.KeyColumns()
	nulls := rel.Kind == catalog.Table && len(keys) == 1 && mayBeNull(r.node)
	if !b.ksql && !p.has("KEY_FORMAT") && !p.has("FORMAT") && (nulls || carries(key, keySchema(rel.Schema)) != "") {
		key = catalog.Format{Name: "JSON"}
	}
	if !b.ksql && !p.has("VALUE_FORMAT") && !p.has("FORMAT") && carries(val, valueSchema(rel.Schema)) != "" {
		val = catalog.Format{Name: "JSON"}
	}
	if len(keys) == 0 {
		if p.has("KEY_FORMAT") && lower(p.vals["KEY_FORMAT"]) != "none" {
			p.bad("KEY_FORMAT", "Key format specified for stream without key columns.")
		}
		key = catalog.Format{Name: "NONE"}
		if p.has("FORMAT") {
			p.vals["VALUE_FORMAT"], p.pos["VALUE_FORMAT"] = p.vals["FORMAT"], p.pos["FORMAT"]
			delete(p.vals, "FORMAT")
		}
	}
	rel.KeyFormat, rel.ValueFormat = p.format("KEY", key), p.format("VALUE", val)
	rel.WrapSingle = p.wrap(rel.ValueFormat, len(rel.Schema)-len(keys))
	if first != nil && b.ksql && first.ValueFormat.Name == "KAFKA" {
		b.kafkaValues(first, pos)
	}
}

// kafkaValues holds ksqlDB's rule on sources whose values are bare.
func (b *binder) kafkaValues(first *catalog.Relation, pos int) {
	if b.stateful == "" {
		return
	}
	fail(sqlerr.New(sqlerr.FeatureNotSupported, "Source(s) %s are using the 'KAFKA' value format. This format does not yet support %s.",
		first.Name, b.stateful).At(pos))
}

func keySchema(s types.Schema) types.Schema {
	var out types.Schema
	for _, c := range s {
		if c.Key {
			out = append(out, c)
		}
	}
	return out
}

func valueSchema(s types.Schema) types.Schema {
	var out types.Schema
	for _, c := range s {
		if !c.Key {
			out = append(out, c)
		}
	}
	return out
}

// attachSink finishes a persistent plan.
func (b *binder) attachSink(p *Plan, rel *catalog.Relation, r srel) {
	sp := p.Stream
	sp.OnError = rel.OnError
	sp.Sink = &Sink{
		Relation: rel.Name, Topic: rel.Topic, Columns: b.sinkOrder(r), Schema: rel.Schema, KeyFormat: rel.KeyFormat,
		ValFormat: rel.ValueFormat, Wrap: rel.WrapSingle, Windowed: sp.Windowed, Timestamp: rel.Timestamp, Ksql: b.ksql,
		SourceKey: len(sp.Stages) == 1 && keepsKey(sp.Stages[0].Root),
	}
	p.Schema = sp.Schema.Visible()
	propagateOld(sp, false)
	seal(p)
}

// keepsKey tells whether rows of a stream go to the result under the key that
// they came with.
func keepsKey(n Node) bool {
	switch n := n.(type) {
	case *ProjectNode:
		return keepsKey(n.In)
	case *FilterNode:
		return keepsKey(n.In)
	case *ExplodeNode:
		return keepsKey(n.In)
	case *InputNode:
		return n.Result == StreamResult
	}
	return false
}

// BuildInsertSelect plans the continuous INSERT INTO target SELECT: rows of
// the query are appended to a stream. cols are the listed columns, nil for all.
func BuildInsertSelect(target *catalog.Relation, cols []sql.Name, q *sql.Query, cat Catalog, opt Options) (p *Plan, err error) {
	defer catch(&err)
	return withPseudo(cat, opt, func(b *binder) *Plan {
		b.streaming, b.persist, b.sinkName = true, true, target.Name
		b.insertTarget(target, q.Pos)
		r := b.streamQuery(q, true)
		b.refuseLimit(q, "STREAM")
		if b.missing {
			return nil
		}
		if r.node.Kind() != StreamResult {
			b.insertKind(target, q.Pos)
		}
		r = b.intoTarget(target, cols, r, q.Pos)
		plan := &Plan{Mode: Persistent, Limit: -1}
		plan.Stream = b.streamPlan(r, q)
		b.attachSink(plan, target, r)
		return b.finish(plan)
	}), nil
}

// insertTarget checks that rows may be inserted continuously.
func (b *binder) insertTarget(t *catalog.Relation, pos int) {
	switch {
	case t.Kind == catalog.Table && b.ksql:
		fail(sqlerr.New(sqlerr.WrongObjectType, "INSERT INTO can only be used to insert into a stream. %s is a table.", t.Name).At(pos))
	case t.Kind != catalog.Stream:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot insert continuously into %q, which is not a stream", t.Name).At(pos))
	case t.ReadOnly && b.ksql:
		fail(sqlerr.New(sqlerr.WrongObjectType, "Cannot insert into read-only stream: %s", t.Name).At(pos))
	case t.ReadOnly:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot insert into read-only stream %q", t.Name).At(pos))
	case len(t.Headers) > 0:
		fail(sqlerr.New(sqlerr.WrongObjectType, "Cannot insert into %s because it has header columns", t.Name).At(pos))
	}
}

func (b *binder) insertKind(t *catalog.Relation, pos int) {
	if b.ksql {
		fail(sqlerr.New(sqlerr.WrongObjectType, "INSERT INTO can only be used to insert into a stream. %s is a table.", t.Name).At(pos))
	}
	fail(sqlerr.New(sqlerr.WrongObjectType, "cannot insert a table's changes into stream %q", t.Name).
		WithHint("The query must produce a stream: no GROUP BY, no table in FROM.").At(pos))
}

// intoTarget maps the query's columns to the target's, by position (in
// ksqlDB's meaning by role and name too).
func (b *binder) intoTarget(t *catalog.Relation, cols []sql.Name, r srel, pos int) srel {
	from := r.out().Visible()
	if b.ksql {
		from = b.ksqlRoles(t, r, pos)
	}
	at := b.targetColumns(t, cols, len(from), pos)
	p := &ProjectNode{In: r.node}
	p.Schema, p.Result = t.Schema, StreamResult
	p.Key = t.Schema.KeyColumns()
	p.Exprs = make([]expr.Node, len(t.Schema))
	k := 0
	for i := range r.out() {
		src := i
		if b.ksql {
			src = b.sinkOrder(r)[i]
		}
		c := r.out()[src]
		if c.Hidden {
			continue
		}
		p.Exprs[at[k]] = b.assign(&expr.Column{Index: src, Name: c.Name, T: c.Type}, t.Schema[at[k]], pos)
		k++
	}
	for i := range p.Exprs {
		if p.Exprs[i] == nil {
			p.Exprs[i] = &expr.Const{T: t.Schema[i].Type}
		}
	}
	before, beforeKeys := r.parts, keyColumns(r.node)
	same := before == t.Partitions && len(beforeKeys) == len(p.Key)
	for i := range p.Key {
		same = same && fingerprint(p.Exprs[p.Key[i]]) == fingerprint(beforeKeys[i])
	}
	r.node = p
	if !same && (t.Partitions > 1 || before != t.Partitions) {
		by := p.Key
		if len(by) == 0 {
			for i := range p.Schema {
				by = append(by, i)
			}
		}
		r.node = exchange(p, by, max(1, t.Partitions))
	}
	r.parts = max(1, t.Partitions)
	return r
}

// ksqlRoles checks that result and sink have the same columns in the same roles.
func (b *binder) ksqlRoles(t *catalog.Relation, r srel, pos int) types.Schema {
	var from types.Schema
	for _, i := range b.sinkOrder(r) {
		if c := r.out()[i]; !c.Hidden {
			from = append(from, c)
		}
	}
	ok := len(from) == len(t.Schema)
	for i := 0; ok && i < len(from); i++ {
		want := t.Schema[i]
		implicit, _, _ := types.CanCast(from[i].Type, want.Type, types.CastKsql)
		ok = from[i].Name == want.Name && from[i].Key == want.Key && (implicit || from[i].Type.Equal(want.Type))
	}
	if !ok {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "Incompatible schema between results and sink.\nResult schema is %s\nSink schema is %s",
			describe(from), describe(t.Schema)).At(pos))
	}
	return from
}

// describe prints a schema as ksqlDB does.
func describe(s types.Schema) string {
	out := ""
	for i, c := range s {
		if i > 0 {
			out += ", "
		}
		out += "`" + c.Name + "` " + c.Type.KsqlString()
		if c.Key {
			out += " KEY"
		}
	}
	return out
}
