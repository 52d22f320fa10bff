package planner

import (
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// fromFunc binds a function in FROM: a table function, or a scalar one as a
// table of one row.
func (b *binder) fromFunc(t *sql.TableFunc, outer *scope) rel {
	if len(t.ColDefs) > 0 {
		fail(sqlerr.Unsupported("a column definition list").At(t.Pos))
	}
	if b.isChanges(t) {
		b.pullChanges(t)
	}
	name := t.Call.Name.Last().Fold(false)
	x := b.exprs(outerRow(outer), "functions in FROM")
	x.checkSchema(t.Call.Name)
	var node BatchNode
	if len(b.reg.Tables(name)) > 0 {
		var calls []TableCall
		var schema types.Schema
		arrays := eachArray(name, t.Call)
		for _, c := range arrays {
			call := x.bindTableCall(name, c)
			call.Ordinality = t.Ordinality && len(arrays) == 1
			calls = append(calls, *call)
			schema = append(schema, call.Cols...)
		}
		if t.Ordinality {
			schema = append(schema, types.Column{Name: "ordinality", Type: types.TBigInt})
		}
		node = &BatchTableFunc{BatchBase: BatchBase{schema}, Calls: calls}
	} else {
		v := x.value(t.Call)
		row := []expr.Node{v}
		schema := types.Schema{{Name: name, Type: v.Type()}}
		if t.Ordinality {
			row = append(row, &expr.Const{V: int64(1), T: types.TBigInt})
			schema = append(schema, types.Column{Name: "ordinality", Type: types.TBigInt})
		}
		node = &ValuesNode{BatchBase: BatchBase{schema}, Rows: [][]expr.Node{row}}
	}
	alias := t.Alias
	if alias == nil {
		alias = &sql.Name{Text: name, Quoted: true}
	}
	r := b.named(rel{node, outputs(node.Out(), outer)}, alias, nil, outer)
	functionColumn(r.sc, len(node.Out()), t.Ordinality)
	b.renameColumns(r.sc, t.ColAliases, r.sc.tables[0].name)
	return r
}

// eachArray is unnest(a, b) as a call for each array, side by side.
func eachArray(name string, c *sql.Call) []*sql.Call {
	if name != "unnest" || len(c.Args) < 2 {
		return []*sql.Call{c}
	}
	var out []*sql.Call
	for _, a := range c.Args {
		one := *c
		one.Args = []sql.Expr{a}
		out = append(out, &one)
	}
	return out
}

// functionColumn names the column of a one-column function after its table. A
// function whose column has a name of its own keeps it, and the table's name
// stands for its only value.
func functionColumn(sc *scope, width int, ordinality bool) {
	if ordinality {
		width--
	}
	if width == 1 && sc.cols[0].name == "value" {
		own := sc.cols[0]
		own.name, own.pseudo = sc.tables[0].name, true
		sc.cols = append(sc.cols, own)
		return
	}
	if width == 1 {
		sc.cols[0].name = sc.tables[0].name
	}
}

// outerRow is an empty row inside the enclosing scopes.
func outerRow(outer *scope) *scope { return &scope{parent: outer} }

// values binds VALUES (..), (..).
func (b *binder) values(v *sql.Values, outer *scope) rel {
	x := b.exprs(outerRow(outer), "VALUES")
	n := &ValuesNode{}
	width := len(v.Rows[0])
	for _, row := range v.Rows {
		if len(row) != width {
			fail(sqlerr.New(sqlerr.SyntaxError, "VALUES lists must all be the same length").At(row[0].Position()))
		}
		n.Rows = append(n.Rows, x.bindAll(row))
	}
	for j := range width {
		col, pos := make([]expr.Node, len(n.Rows)), make([]int, len(n.Rows))
		for i := range n.Rows {
			col[i], pos[i] = n.Rows[i][j], v.Rows[i][j].Position()
		}
		col, t := b.unify(col, pos, "VALUES")
		for i := range n.Rows {
			n.Rows[i][j] = col[i]
			b.where[col[i]] = pos[i]
		}
		n.Schema = append(n.Schema, types.Column{Name: "column" + itoa(j+1), Type: t})
	}
	return rel{n, outputs(n.Schema, outer)}
}
