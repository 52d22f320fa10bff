package planner

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// MutationPlan is a bound UPDATE or DELETE. Plan is a pull plan whose rows
// have the target's columns in its order: for UPDATE the new rows, for DELETE
// the rows to remove (the key columns tell which).
type MutationPlan struct {
	Target    *catalog.Relation
	Plan      *Plan
	Returning *Returning
}

// BindUpdate binds UPDATE of a table. Changing a primary key answers 0A000.
func BindUpdate(target *catalog.Relation, stmt *sql.Update, cat Catalog, opt Options) (p *MutationPlan, err error) {
	defer catch(&err)
	p = &MutationPlan{Target: target}
	p.Plan = withPseudo(cat, opt, func(b *binder) *Plan {
		b.mutable(target, "update", stmt.Name.Position())
		r, width := b.mutationRows(target, stmt.Name, stmt.Alias, stmt.With, stmt.From, stmt.Where)
		x := b.exprs(r.sc, "UPDATE")
		news := make([]expr.Node, width)
		for _, a := range stmt.Set {
			b.assignment(x, target, a, news)
		}
		for i, c := range target.Schema {
			if news[i] == nil {
				news[i] = &expr.Column{Index: i, Name: c.Name, T: c.Type}
			}
		}
		p.Returning = b.returning(target, stmt.Alias, stmt.Returning)
		return b.mutationPlan(target, r, news, stmt.From != nil)
	})
	return p, nil
}

// BindDelete binds DELETE of a table.
func BindDelete(target *catalog.Relation, stmt *sql.Delete, cat Catalog, opt Options) (p *MutationPlan, err error) {
	defer catch(&err)
	p = &MutationPlan{Target: target}
	p.Plan = withPseudo(cat, opt, func(b *binder) *Plan {
		b.mutable(target, "delete from", stmt.Name.Position())
		r, width := b.mutationRows(target, stmt.Name, stmt.Alias, stmt.With, stmt.Using, stmt.Where)
		rows := make([]expr.Node, width)
		for i, c := range target.Schema {
			rows[i] = &expr.Column{Index: i, Name: c.Name, T: c.Type}
		}
		p.Returning = b.returning(target, stmt.Alias, stmt.Returning)
		return b.mutationPlan(target, r, rows, stmt.Using != nil)
	})
	return p, nil
}

// mutable checks that rows of the target can be changed.
func (b *binder) mutable(t *catalog.Relation, verb string, pos int) {
	switch {
	case t.Kind == catalog.Stream:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot %s stream %q", verb, t.Name).
			WithHint("A stream is append-only; use a TABLE for rows that change.").At(pos))
	case t.Kind == catalog.View:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot %s view %q", verb, t.Name).At(pos))
	case t.Derived:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot %s %q, which a query maintains", verb, t.Name).At(pos))
	case t.ReadOnly:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot %s read-only table %q", verb, t.Name).At(pos))
	}
}

// mutationRows binds the target, joined with the extra FROM items, filtered.
func (b *binder) mutationRows(t *catalog.Relation, name sql.QName, alias *sql.Name, with *sql.With, extra sql.TableExpr, where sql.Expr) (rel, int) {
	if with != nil {
		fail(sqlerr.Unsupported("WITH before UPDATE or DELETE").At(with.Pos))
	}
	var from sql.TableExpr = &sql.Table{Name: name, Alias: alias, Pos: name.Position()}
	b.reads[t.Name] = true
	r := b.scan(t, from.(*sql.Table), nil)
	if extra != nil {
		l := r
		right := b.from(extra, nil)
		sc := b.joinScope(l.sc, right.sc, len(l.node.Out()), nil, &sql.Join{L: from, R: extra, Kind: sql.JoinCross})
		n := &BatchJoin{Kind: CrossJoin, Left: l.node, Right: right.node}
		n.Schema = append(l.node.Out().Clone(), right.node.Out()...)
		r = rel{n, sc}
	}
	if where != nil {
		cond := b.exprs(r.sc, "WHERE").condition(where)
		r.node = &BatchFilter{BatchBase: BatchBase{r.node.Out()}, In: r.node, Cond: cond}
	}
	return r, len(t.Schema)
}

// assignment binds one SET item: col = e, or (a, b) = (e, f).
func (b *binder) assignment(x *exprBinder, t *catalog.Relation, a sql.Assignment, news []expr.Node) {
	values := []sql.Expr{a.Value}
	if len(a.Columns) > 1 {
		row, ok := a.Value.(*sql.Row)
		if !ok {
			fail(sqlerr.Unsupported("a source for a multiple-column UPDATE item that is not a row").At(a.Pos))
		}
		if len(row.Items) != len(a.Columns) {
			fail(sqlerr.New(sqlerr.SyntaxError, "number of columns does not match number of values").At(a.Pos))
		}
		values = row.Items
	}
	for i, c := range a.Columns {
		at := b.targetColumn(t, c)
		switch {
		case at >= len(t.Schema):
			fail(sqlerr.Unsupported("updating rowtime").At(c.Pos))
		case t.Schema[at].Key:
			fail(sqlerr.Unsupported("updating the primary key column %q", t.Schema[at].Name).
				WithHint("Delete the row and insert it anew.").At(c.Pos))
		case news[at] != nil:
			fail(sqlerr.New(sqlerr.SyntaxError, "multiple assignments to same column %q", t.Schema[at].Name).At(c.Pos))
		}
		if _, isDefault := values[i].(*sql.Default); isDefault {
			news[at] = b.defaultOf(t, at, a.Pos)
			continue
		}
		news[at] = b.assign(x.bind(values[i]), t.Schema[at], values[i].Position())
	}
}

// mutationPlan projects the rows; a join may meet a target row several times,
// the first counts.
func (b *binder) mutationPlan(t *catalog.Relation, r rel, rows []expr.Node, joined bool) *Plan {
	if b.missing {
		return nil
	}
	schema := t.Schema.Clone()
	var n BatchNode = &BatchProject{BatchBase: BatchBase{schema}, In: r.node, Exprs: rows}
	if joined {
		var keys []expr.Node
		for _, k := range schema.KeyColumns() {
			keys = append(keys, &expr.Column{Index: k, Name: schema[k].Name, T: schema[k].Type})
		}
		n = &BatchDistinct{BatchBase: BatchBase{schema}, In: n, On: keys}
	}
	return b.finish(&Plan{Mode: Pull, Batch: optimize(n, b), Schema: types.Schema(schema), Limit: -1})
}
