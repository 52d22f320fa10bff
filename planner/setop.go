package planner

import (
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// setOp binds UNION, INTERSECT and EXCEPT.
func (b *binder) setOp(s *sql.SetOp, outer *scope) rel {
	if b.ksql {
		fail(sqlerr.New(sqlerr.SyntaxError, "Syntax Error: %s is not supported", s.Op).At(s.Pos))
	}
	l, r := b.body(s.L, outer), b.body(s.R, outer)
	l, r = b.alignSides(s, l, r)
	n := &BatchSetOp{BatchBase: BatchBase{l.node.Out().Clone()}, Op: s.Op, All: s.All, Left: l.node, Right: r.node}
	return rel{n, outputs(n.Schema, outer)}
}

// alignSides gives both sides the same column types.
func (b *binder) alignSides(s *sql.SetOp, l, r rel) (rel, rel) {
	if len(l.sc.cols) != len(r.sc.cols) {
		fail(sqlerr.New(sqlerr.SyntaxError, "each %s query must have the same number of columns", s.Op).At(bodyPos(s.R)))
	}
	ts := make([]types.Type, len(l.sc.cols))
	for i := range ts {
		t, ok := common(l.sc.cols[i].t, r.sc.cols[i].t)
		if !ok {
			fail(sqlerr.New(sqlerr.DatatypeMismatch, "%s types %s and %s cannot be matched", s.Op, l.sc.cols[i].t, r.sc.cols[i].t).At(bodyPos(s.R)))
		}
		ts[i] = t
		if !s.All {
			ts[i] = textIfUnknown(t)
		}
	}
	for i := range ts {
		ts[i] = textIfUnknown(ts[i])
	}
	return b.castOutputs(l, ts), b.castOutputs(r, ts)
}

func bodyPos(body sql.Body) int {
	if sel, ok := body.(*sql.Select); ok && len(sel.Items) > 0 {
		return sel.Items[0].Expr.Position()
	}
	return body.Position()
}

// cteBinding is a WITH item in reach.
type cteBinding struct {
	name   string
	id     int
	schema types.Schema
	used   bool
}

// bindWith binds the items of WITH in order; each sees those before it.
func (b *binder) bindWith(w *sql.With, outer *scope) []CTE {
	var out []CTE
	seen := map[string]bool{}
	for i := range w.CTEs {
		c := &w.CTEs[i]
		name := b.fold1(c.Name)
		if seen[name] {
			fail(sqlerr.New(sqlerr.DuplicateAlias, "WITH query name %q specified more than once", name).At(c.Name.Pos))
		}
		seen[name] = true
		out = append(out, b.bindCTE(c, name, w.Recursive, outer))
	}
	return out
}

func (b *binder) bindCTE(c *sql.CTE, name string, recursive bool, outer *scope) CTE {
	b.nextCTE++
	out := CTE{ID: b.nextCTE, Name: name}
	set, isSet := c.Query.Body.(*sql.SetOp)
	if recursive && isSet && set.Op == "UNION" && c.Query.With == nil {
		if b.recursiveCTE(&out, c, set, outer) {
			return out
		}
	}
	r := b.settleOutputs(b.query(c.Query, outer))
	out.Plan = r.node
	b.ctes = append(b.ctes, &cteBinding{name: name, id: out.ID, schema: b.cteSchema(r, c, name)})
	return out
}

func (b *binder) cteSchema(r rel, c *sql.CTE, name string) types.Schema {
	s := r.schema()
	if len(c.Columns) > len(s) {
		fail(sqlerr.New(sqlerr.InvalidColumnReference, "WITH query %q has %d columns available but %d columns specified",
			name, len(s), len(c.Columns)).At(c.Columns[len(s)].Pos))
	}
	for i, n := range c.Columns {
		s[i].Name = b.fold1(n)
	}
	return s
}

// recursiveCTE binds base UNION [ALL] step; false when the step does not read
// the item, which then is an ordinary one.
func (b *binder) recursiveCTE(out *CTE, c *sql.CTE, set *sql.SetOp, outer *scope) bool {
	if !refersTo(set.R, out.Name, b) {
		return false
	}
	if len(c.Query.OrderBy) > 0 || c.Query.Limit != nil || c.Query.Offset != nil {
		fail(sqlerr.Unsupported("ORDER BY, LIMIT or OFFSET in a recursive query").At(c.Query.Pos))
	}
	base := b.settleOutputs(b.body(set.L, outer))
	self := &cteBinding{name: out.Name, id: out.ID, schema: b.cteSchema(base, c, out.Name)}
	b.ctes = append(b.ctes, self)
	step := b.body(set.R, outer)
	if len(step.sc.cols) != len(self.schema) {
		fail(sqlerr.New(sqlerr.SyntaxError, "each UNION query must have the same number of columns").At(bodyPos(set.R)))
	}
	ts := make([]types.Type, len(self.schema))
	for i, col := range self.schema {
		ts[i] = col.Type
		t, ok := common(col.Type, step.sc.cols[i].t)
		if !ok || (t.Kind != col.Type.Kind && !sameLayout(t, col.Type)) {
			fail(sqlerr.New(sqlerr.DatatypeMismatch, "recursive query %q column %d has type %s in non-recursive term but type %s overall",
				out.Name, i+1, col.Type, step.sc.cols[i].t).
				WithHint("Cast the output of the non-recursive term to the correct type.").At(bodyPos(set.L)))
		}
	}
	step = b.castOutputs(step, ts)
	out.Plan, out.Step, out.Recursive, out.UnionAll = base.node, step.node, true, set.All
	return true
}

// fromCTE reads a WITH item; the innermost of a name wins.
func (b *binder) fromCTE(t *sql.Table, outer *scope) (rel, bool) {
	name := b.fold1(t.Name.Last())
	for i := len(b.ctes) - 1; i >= 0; i-- {
		c := b.ctes[i]
		if c.name != name {
			continue
		}
		c.used = true
		n := &BatchCTERef{BatchBase: BatchBase{c.schema}, ID: c.id}
		alias := t.Alias
		if alias == nil {
			alias = &sql.Name{Text: name, Quoted: true}
		}
		return b.named(rel{n, outputs(c.schema, outer)}, alias, t.ColAliases, outer), true
	}
	return rel{}, false
}

// refersTo tells whether a body reads the name in FROM, at any depth.
func refersTo(body sql.Body, name string, b *binder) bool {
	switch body := body.(type) {
	case *sql.Select:
		return body.From != nil && tableRefersTo(body.From, name, b)
	case *sql.SetOp:
		return refersTo(body.L, name, b) || refersTo(body.R, name, b)
	case *sql.Query:
		return refersTo(body.Body, name, b)
	}
	return false
}

func tableRefersTo(t sql.TableExpr, name string, b *binder) bool {
	switch t := t.(type) {
	case *sql.Table:
		return len(t.Name) == 1 && b.fold1(t.Name[0]) == name
	case *sql.Derived:
		return refersTo(t.Query.Body, name, b)
	case *sql.Join:
		return tableRefersTo(t.L, name, b) || tableRefersTo(t.R, name, b)
	}
	return false
}

// fold evaluates what does not depend on rows.
func (b *binder) fold(n expr.Node) expr.Node { return foldConst(n, b) }
