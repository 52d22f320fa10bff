package planner

import (
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
)

// condition binds ON, USING or NATURAL and finds the equalities.
func (x *joining) condition() {
	b, j := x.b, x.j
	var cond expr.Node
	switch {
	case j.Natural || len(j.Using) > 0:
		cond = b.using(j, x.l.sc, x.r.sc, x.sc, x.width)
	case j.On != nil:
		x.oneSourceEach()
		cond = b.exprs(x.sc, "JOIN/ON").condition(j.On)
	default:
		cond = x.crossCondition()
	}
	x.pairs, x.rest = equalities(conjuncts(b.fold(cond)), x.width)
	if b.ksql {
		x.ksqlCondition()
		x.pairsByKey()
	}
	if len(x.pairs) == 0 && !x.anyRows() {
		fail(sqlerr.Unsupported("a join without an equality between both sides in a streaming query").
			WithHint("Add a condition such as %s.", x.exampleCondition()).At(j.Pos))
	}
}

// oneSourceEach holds ksqlDB's rule that each side of the comparison reads a
// source.
func (x *joining) oneSourceEach() {
	if !x.b.ksql {
		return
	}
	walkExpr(x.j.On, func(e sql.Expr) {
		ref, ok := e.(*sql.ColumnRef)
		if !ok || len(ref.Parts) < 2 {
			return
		}
		if table := x.b.fold1(ref.Parts[len(ref.Parts)-2]); !x.sc.hasTable("", table) {
			fail(sqlerr.New(sqlerr.UndefinedTable, "Failed to prepare statement: '%s' is not a valid stream/table name or alias.", table).At(ref.Pos))
		}
	})
	eq, ok := x.j.On.(*sql.Binary)
	if !ok || !comparisons[eq.Op] {
		return
	}
	if eq.Op != "=" {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Only equality join criteria is supported. Got %s.", qualifiedExpr(eq, x.sc)).At(eq.Pos))
	}
	l, r := x.sourceOf(eq.L, eq), x.sourceOf(eq.R, eq)
	if right := x.r.sc.tables[0].name; l != "" && r != "" && l != r && l != right && r != right && x.sc.hasTable("", right) {
		fail(sqlerr.New(sqlerr.FeatureNotSupported,
			"A join criteria is expected to reference the source (`%s`) in the FROM clause, instead the right source references `%s` and the left source references `%s`", right, r, l).At(eq.Pos))
	}
	if l != "" && l == r {
		fail(sqlerr.New(sqlerr.FeatureNotSupported,
			"Each side of the join must reference exactly one source and not the same source. Left side references `%s` and right references `%s`", l, r).At(eq.Pos))
	}
}

// comparisons are the operators that ksqlDB's joins may be written with, all
// but the first in vain.
var comparisons = map[string]bool{"=": true, "<>": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true}

// sourceOf is the one source that a side of the comparison reads; "" when its
// columns are not known to have one.
func (x *joining) sourceOf(side sql.Expr, eq *sql.Binary) string {
	var sources []string
	walkExpr(side, func(e sql.Expr) {
		ref, ok := e.(*sql.ColumnRef)
		if !ok {
			return
		}
		table := ""
		if len(ref.Parts) > 1 {
			table = x.b.fold1(ref.Parts[len(ref.Parts)-2])
		} else if found := x.sc.find("", "", x.b.fold1(ref.Parts[0])); len(found) == 1 {
			table = found[0].table
		}
		if table != "" && !contains(sources, table) {
			sources = append(sources, table)
		}
	})
	if len(sources) > 1 || !hasColumns(side) {
		fail(sqlerr.New(sqlerr.FeatureNotSupported,
			"Invalid comparison expression '%s' in join '%s'. Each side of the join comparision must contain references from exactly one source.",
			qualifiedExpr(side, x.sc), qualifiedExpr(eq, x.sc)).At(side.Position()))
	}
	if len(sources) == 0 {
		return ""
	}
	return sources[0]
}

// pairsByKey has the left side's key stand for the columns that went into it: a
// table joined before is joined again by its rows' keys, there or not.
func (x *joining) pairsByKey() {
	if x.l.node.Kind() != TableResult || x.r.node.Kind() != TableResult {
		return
	}
	for i := range x.pairs {
		c, ok := x.pairs[i].left.(*expr.Column)
		for k, key := range x.l.node.Keys() {
			if ok && c.Index != key && keyAt(x.l.same[k], c.Index) {
				at := x.l.out()[key]
				x.pairs[i].left = &expr.Column{Index: key, Name: at.Name, T: at.Type}
			}
		}
	}
}

// ksqlCondition holds ksqlDB's rule of exactly one equality of equal types.
func (x *joining) ksqlCondition() {
	pos := x.j.Pos
	if x.j.On != nil {
		pos = x.j.On.Position()
	}
	conds := len(x.pairs) + len(x.rest)
	if conds > 1 {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Invalid join condition: joins on multiple conditions are not yet supported. Got %s.",
			qualifiedExpr(x.j.On, x.sc)).At(pos))
	}
	for _, p := range x.pairs {
		if c, ok := p.left.(*expr.Column); ok && hasMap(c.T) {
			fail(x.b.mapKey(x.l.sc.tables[0].name+"_"+c.Name, c.T).At(pos))
		}
	}
	if len(x.pairs) == 0 {
		fail(sqlerr.New(sqlerr.FeatureNotSupported,
			"Invalid comparison expression '%s' in join '%s'. Each side of the join comparision must contain references from exactly one source.",
			show(x.rest[0]), show(x.rest[0])).At(pos))
	}
}

// pair prints the first equality with qualified columns.
func (x *joining) pair() string {
	if eq, ok := x.j.On.(*sql.Binary); ok {
		return qualifiedExpr(eq.L, x.sc) + " = " + qualifiedExpr(eq.R, x.sc)
	}
	b := x.b.exprs(x.sc, "JOIN/ON")
	eq := x.pairs[0].cond.(*expr.Compare)
	return b.named(eq.L) + " = " + b.named(eq.R)
}

func (x *joining) exampleCondition() string {
	name := func(r srel) string {
		t := r.sc.tables[0].name
		for _, k := range r.node.Keys() {
			return t + "." + r.out()[k].Name
		}
		return t + ".id"
	}
	return name(x.l) + " = " + name(x.r)
}

// crossCondition is the equalities between both sides that WHERE asks for: FROM
// a, b WHERE a.x = b.x. A row that fails them goes whatever stands above, so
// they hold as a condition of the join too.
func (x *joining) crossCondition() expr.Node {
	b := x.b
	var found []expr.Node
	for _, w := range b.wheres {
		if n := x.attempt(w); n != nil {
			pairs, _ := equalities([]expr.Node{b.fold(n)}, x.width)
			for _, p := range pairs {
				found = append(found, p.cond)
			}
			if len(pairs) == 0 && x.constantOf(n) != nil {
				found = append(found, n)
			}
		}
	}
	if len(found) == 0 && (!x.anyRows() || b.ksql) {
		fail(sqlerr.Unsupported("a cross join in a streaming query").
			WithHint("Give the join an equality condition with ON.").At(x.j.Pos))
	}
	x.kind = InnerJoin
	return allOf(found, b.logic())
}

// anyRows tells whether the sides may be joined without an equality between
// them: two tables, or a stream with one row of a table.
func (x *joining) anyRows() bool {
	if x.r.node.Kind() != TableResult || x.b.ksql {
		return false
	}
	if x.l.node.Kind() == TableResult {
		return true
	}
	_, ok := (&joining{b: x.b, r: x.r, rest: x.rest, width: x.width}).coverKeys()
	return ok
}

// constantKeys fills in the key columns that are compared with a constant.
func (x *joining) constantKeys(keys []int, lefts []expr.Node) {
	var rest []expr.Node
	for _, c := range x.rest {
		used := false
		for i, k := range keys {
			eq, ok := c.(*expr.Compare)
			if ok && lefts[i] == nil && !used && (isColumn(eq.L, x.width+k) || isColumn(eq.R, x.width+k)) {
				lefts[i] = x.constantOf(c)
				used = lefts[i] != nil
			}
		}
		if !used {
			rest = append(rest, c)
		}
	}
	x.rest = rest
}

// constantOf is the constant of an equality of a column of the right side; nil
// when the condition is another.
func (x *joining) constantOf(n expr.Node) expr.Node {
	eq, ok := n.(*expr.Compare)
	if !ok || eq.Op != "=" {
		return nil
	}
	for _, s := range [2][2]expr.Node{{eq.L, eq.R}, {eq.R, eq.L}} {
		col, isCol := s[0].(*expr.Column)
		c, isConst := s[1].(*expr.Const)
		if isCol && isConst && col.Index >= x.width {
			return c
		}
	}
	return nil
}

// attempt binds a condition over the join's columns; nil when it names others.
func (x *joining) attempt(e sql.Expr) (n expr.Node) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(bail); !ok {
				panic(r)
			}
			n = nil
		}
	}()
	return x.b.exprs(x.sc, "WHERE").condition(e)
}

// whereParts lists the conditions that an expression joins with AND.
func whereParts(e sql.Expr) []sql.Expr {
	if and, ok := e.(*sql.Binary); ok && and.Op == "AND" {
		return append(whereParts(and.L), whereParts(and.R)...)
	}
	if e == nil {
		return nil
	}
	return []sql.Expr{e}
}
