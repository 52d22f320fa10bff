package planner

import (
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

var joinKinds = map[sql.JoinKind]JoinKind{
	sql.JoinInner: InnerJoin, sql.JoinLeft: LeftJoin, sql.JoinRight: RightJoin, sql.JoinFull: FullJoin, sql.JoinCross: CrossJoin,
}

// join binds a join of a pull plan. The condition goes whole into Residual; a
// rule finds the equalities.
func (b *binder) join(j *sql.Join, outer *scope) rel {
	if b.ksql {
		fail(noPullClause("JOIN").At(j.Pos))
	}
	if j.Within != nil {
		fail(sqlerr.Unsupported("WITHIN in a query that ends").
			WithHint("Compare the rowtime columns in ON, or add EMIT CHANGES.").At(j.Within.Pos))
	}
	l := b.from(j.L, outer)
	n := &BatchJoin{Kind: joinKinds[j.Kind], Left: l.node}
	r := b.joinRight(j, l, n, outer)
	n.Right = r.node
	n.Schema = append(l.node.Out().Clone(), r.node.Out()...)
	sc := b.joinScope(l.sc, r.sc, len(l.node.Out()), outer, j)
	if j.Natural || len(j.Using) > 0 {
		n.Residual = b.using(j, l.sc, r.sc, sc, len(l.node.Out()))
	} else if j.On != nil {
		n.Residual = b.exprs(sc, "JOIN/ON").condition(j.On)
	}
	return rel{n, sc}
}

// joinRight binds the right side, over the left row when it is lateral.
func (b *binder) joinRight(j *sql.Join, l rel, n *BatchJoin, outer *scope) rel {
	lateral := false
	switch t := j.R.(type) {
	case *sql.TableFunc:
		lateral = true
	case *sql.Derived:
		lateral = t.Lateral
	}
	if !lateral {
		return b.from(j.R, outer)
	}
	row := *l.sc
	row.parent = outer
	r := b.from(j.R, &row)
	if !usesOuter(r.node, 1) {
		lowerOuter(r.node, 1)
		return r
	}
	if n.Kind == RightJoin || n.Kind == FullJoin {
		fail(sqlerr.New(sqlerr.InvalidColumnReference, "invalid reference to FROM-clause entry for table %q", l.sc.tables[len(l.sc.tables)-1].name).
			WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.").At(j.R.Position()))
	}
	n.Lateral = true
	return r
}

// joinScope is the columns of both sides; table names must differ.
func (b *binder) joinScope(l, r *scope, width int, outer *scope, j *sql.Join) *scope {
	for _, t := range r.tables {
		if t.name != "" && l.hasTable(t.schema, t.name) {
			fail(sqlerr.New(sqlerr.DuplicateAlias, "table name %q specified more than once", t.name).At(j.R.Position()))
		}
	}
	sc := &scope{parent: outer}
	sc.add(l, 0)
	sc.add(r, width)
	return sc
}

// using binds USING and NATURAL: the condition, and the merged columns in sc.
func (b *binder) using(j *sql.Join, l, r, sc *scope, width int) expr.Node {
	names := j.Using
	if j.Natural {
		names = commonNames(l, r, j)
	}
	var conds []expr.Node
	var merged []column
	x := b.exprs(sc, "USING")
	for _, name := range names {
		text := b.fold1(name)
		lc, rc := b.usingSide(l, text, "left", name), b.usingSide(r, text, "right", name)
		ln, rn := lc.read(0), shiftColumns(rc.read(0), width)
		conds = append(conds, x.compare("=", ln, rn, name.Pos, name.Pos, name.Pos))
		m := column{name: text, merged: true, index: -1, key: lc.key, schema: lc.schema}
		m.node, m.t = b.mergedValue(joinKinds[j.Kind], ln, rn, name.Pos)
		merged = append(merged, m)
		for i := range sc.cols {
			c := &sc.cols[i]
			if c.name == text && !c.pseudo && !c.hidden {
				c.part = true
			}
		}
	}
	sc.cols = append(merged, sc.cols...)
	return allOf(conds, b.logic())
}

// mergedValue is what a USING column shows.
func (b *binder) mergedValue(kind JoinKind, l, r expr.Node, pos int) (expr.Node, types.Type) {
	t, _ := b.commonOf(l.Type(), r.Type())
	l, r = b.coerce(l, t, pos), b.coerce(r, t, pos)
	switch kind {
	case RightJoin:
		return r, t
	case FullJoin:
		return &expr.Coalesce{Xs: []expr.Node{l, r}, T: t}, t
	}
	return l, t
}

func (b *binder) usingSide(sc *scope, name, side string, at sql.Name) *column {
	found := sc.find("", "", name)
	switch {
	case len(found) == 0 || found[0].pseudo:
		fail(sqlerr.New(sqlerr.UndefinedColumn, "column %q specified in USING clause does not exist in %s table", name, side).At(at.Pos))
	case len(found) > 1:
		fail(sqlerr.New(sqlerr.AmbiguousColumn, "common column name %q appears more than once in %s table", name, side).At(at.Pos))
	}
	return found[0]
}

// commonNames lists the columns both sides have, in the left's order.
func commonNames(l, r *scope, j *sql.Join) []sql.Name {
	var out []sql.Name
	seen := map[string]bool{}
	for _, c := range l.cols {
		if c.hidden || c.pseudo || c.part || seen[c.name] {
			continue
		}
		seen[c.name] = true
		if found := r.find("", "", c.name); len(found) > 0 && !found[0].pseudo {
			out = append(out, sql.Name{Text: c.name, Quoted: true, Pos: j.Pos})
		}
	}
	return out
}
