package planner

import (
	"slices"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
)

// conflictScope is ON CONFLICT of an INSERT being bound.
type conflictScope struct {
	*binder
	t    *catalog.Relation
	stmt *sql.Insert
}

// withConflict puts ON CONFLICT on top of what the statement inserts.
func (b *binder) withConflict(p *InsertPlan, stmt *sql.Insert) {
	if p.HasRowtime {
		fail(sqlerr.Unsupported("ON CONFLICT with rowtime").At(stmt.OnConflict.Pos))
	}
	c := conflictScope{b, p.Target, stmt}
	c.arbiter()
	if b.missing {
		return
	}
	var in BatchNode
	if p.Query != nil {
		in = p.Query.Batch
	} else {
		in = p.literals(b)
	}
	n := c.onConflict(in)
	if b.missing {
		return
	}
	p.Query = b.finish(&Plan{Mode: Pull, Batch: optimize(n, b), Schema: n.Out(), Limit: -1})
	p.Rows, p.Reads, p.OnConflict, p.Once = nil, p.Query.Reads, true, stmt.OnConflict.Update
}

// onConflict makes of the rows to insert (excluded) those to write: joined by the
// primary key with the rows that are there, for DO NOTHING those that meet none,
// for DO UPDATE with what SET says where they meet one.
func (c conflictScope) onConflict(n BatchNode) BatchNode {
	t, o := c.t, c.stmt.OnConflict
	width := len(t.Schema)
	there := c.scan(t, &sql.Table{Name: c.stmt.Name, Alias: c.stmt.Alias, Pos: c.stmt.Name.Position()}, nil)
	c.reads[t.Name] = true
	if v, ok := n.(*ValuesNode); ok {
		there.node.(*ScanNode).Points = keysOf(t, v)
	}
	join := &BatchJoin{Kind: LeftJoin, Left: n, Right: there.node}
	join.Schema = append(n.Out().Clone(), there.node.Out()...)
	var met expr.Node // NULL where no row is there
	for _, k := range t.Schema.KeyColumns() {
		join.LeftKey = append(join.LeftKey, columnAt(t, k, 0))
		join.RightKey = append(join.RightKey, columnAt(t, k, 0))
		met = columnAt(t, k, width)
	}
	fresh := c.fresh(met)
	out := &BatchProject{BatchBase: BatchBase{t.Schema.Clone()}}
	for i := range t.Schema {
		out.Exprs = append(out.Exprs, columnAt(t, i, 0))
	}
	if !o.Update {
		out.In = &BatchFilter{BatchBase: BatchBase{join.Schema}, In: join, Cond: fresh}
		return &BatchDistinct{BatchBase: BatchBase{out.Schema}, In: out, On: firstKeys(t)}
	}
	x := c.exprs(c.conflictNames(there, width), "ON CONFLICT DO UPDATE")
	news := make([]expr.Node, width)
	for _, a := range o.Set {
		c.assignment(x, t, a, news)
	}
	for i := range news {
		if news[i] == nil {
			news[i] = columnAt(t, i, width)
		}
		out.Exprs[i] = &expr.Case{Whens: []expr.Node{fresh}, Thens: []expr.Node{out.Exprs[i]}, Else: news[i], T: t.Schema[i].Type, Logic: c.logic()}
	}
	out.In = join
	if o.Where != nil {
		out.In = &BatchFilter{BatchBase: BatchBase{join.Schema}, In: join, Cond: &expr.Or{Xs: []expr.Node{fresh, x.condition(o.Where)}, Logic: c.logic()}}
	}
	return out
}

// fresh tells whether a row is written as it is: it meets none, or has a NULL that
// the table refuses, which it does before it looks for the other.
func (c conflictScope) fresh(met expr.Node) expr.Node {
	xs := []expr.Node{&expr.IsNull{X: met}}
	for i, col := range c.t.Schema {
		if col.NotNull && !col.Key {
			xs = append(xs, &expr.IsNull{X: columnAt(c.t, i, 0)})
		}
	}
	if len(xs) == 1 {
		return xs[0]
	}
	return &expr.Or{Xs: xs, Logic: c.logic()}
}

// arbiter checks the conflict target: the primary key is the only one there is.
func (c conflictScope) arbiter() {
	t, o := c.t, c.stmt.OnConflict
	none := sqlerr.New("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification")
	switch {
	case t.Kind == catalog.Stream:
		fail(none.WithHint("A stream has no primary key; use a TABLE.").At(o.Pos))
	case o.Constraint != nil:
		if name := c.fold1(*o.Constraint); name != t.Name+"_pkey" {
			fail(sqlerr.New(sqlerr.UndefinedObject, "constraint %q for table %q does not exist", name, t.Name).At(o.Constraint.Pos))
		}
	case len(o.Columns) == 0 && o.Update:
		fail(sqlerr.New(sqlerr.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).").At(o.Pos))
	case len(o.Columns) > 0:
		var named []int
		for _, col := range o.Columns {
			named = append(named, c.targetColumn(t, col))
		}
		slices.Sort(named)
		if !slices.Equal(slices.Compact(named), t.Schema.KeyColumns()) {
			fail(none.WithHint("Name the columns of the primary key.").At(o.Columns[0].Pos))
		}
	}
}

// conflictNames is what SET and WHERE see: the row that is there by the table's
// name, the one to insert as excluded.
func (c conflictScope) conflictNames(there rel, width int) *scope {
	fresh := &scope{tables: []tableName{{"", "excluded"}}}
	for i, col := range c.t.Schema {
		fresh.cols = append(fresh.cols, column{table: "excluded", name: col.Name, t: col.Type, index: i, hidden: col.Hidden})
	}
	if there.sc.hasTable("", "excluded") {
		fail(sqlerr.New(sqlerr.DuplicateAlias, "table name %q specified more than once", "excluded").At(c.stmt.Name.Position()))
	}
	sc := &scope{}
	sc.add(fresh, 0)
	sc.add(there.sc, width)
	return sc
}

func columnAt(t *catalog.Relation, i, shift int) *expr.Column {
	return &expr.Column{Index: i + shift, Name: t.Schema[i].Name, T: t.Schema[i].Type}
}

func firstKeys(t *catalog.Relation) (out []expr.Node) {
	for _, k := range t.Schema.KeyColumns() {
		out = append(out, columnAt(t, k, 0))
	}
	return out
}

// keysOf are the keys of literal rows, to look up; nil where a scan is as good.
func keysOf(t *catalog.Relation, v *ValuesNode) (out [][]expr.Node) {
	if len(v.Rows) > maxPoints {
		return nil
	}
	for _, row := range v.Rows {
		var point []expr.Node
		for _, k := range t.Schema.KeyColumns() {
			if !rowFree(row[k]) {
				return nil
			}
			point = append(point, row[k])
		}
		out = append(out, point)
	}
	return out
}
