package planner

import (
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// changesName is the function in FROM that reads a table as a stream.
const changesName = "changes"

// isChanges tells whether an item of FROM is changes(t). ksqlDB has no such thing.
func (b *binder) isChanges(t *sql.TableFunc) bool {
	return !b.ksql && len(t.Call.Name) == 1 && b.fold1(t.Call.Name[0]) == changesName
}

// streamChanges binds changes(t): the stream of what happened to the rows of a
// table, a view or a WITH item. Its columns are op, the new row's, and under
// the table name old those of the row before.
func (b *binder) streamChanges(t *sql.TableFunc) srel {
	arg := b.changesArgument(t)
	r := b.streamTable(arg)
	if r.node.Kind() != TableResult {
		fail(sqlerr.New(sqlerr.WrongObjectType, "%q is not a table", r.sc.tables[0].name).
			WithHint("Every row of a stream is an insert; read it without changes().").At(arg.Pos))
	}
	if src, ok := r.node.(*sourceNode); ok {
		src.input.Changelog = true
	}
	table := b.tableAlias(t.Alias, r.sc.tables[0].name)
	if table == oldTable {
		fail(sqlerr.New(sqlerr.DuplicateAlias, "table name %q specified more than once", table).
			WithHint("%q names the columns of the row before the change; use another alias.", table).At(t.Pos))
	}
	width := len(r.out())
	n := newChanges(r.node)
	sc := &scope{tables: []tableName{{"public", table}, {"", oldTable}}}
	sc.cols = append(sc.cols, column{table: table, name: b.changeColumn(r.sc), t: types.TString, index: width})
	var olds []column
	for _, c := range r.sc.cols {
		if ps, ok := c.node.(*expr.Pseudo); ok && ps.Kind == expr.RowOp {
			c.index, c.node = width, nil
		}
		if !c.pseudo && !c.hidden {
			old := c
			old.table, old.schema, old.part, old.key, old.notNull = oldTable, "", true, false, false
			old.index += width + 1
			olds = append(olds, old)
		}
		c.table, c.notNull = table, c.notNull && c.key
		sc.cols = append(sc.cols, c)
	}
	b.renameColumns(sc, t.ColAliases, table)
	sc.cols = append(sc.cols, olds...)
	r.node, r.sc, r.same, r.keyed = n, sc, nil, r.keyed && len(n.Key) > 0
	b.changes = true
	return r
}

// oldTable is the table name of the columns before the change.
const oldTable = "old"

// changesArgument reads the one argument, the name of a table.
func (b *binder) changesArgument(t *sql.TableFunc) *sql.Table {
	if len(t.Call.Args) != 1 || t.Call.Star || t.Call.Distinct || t.Call.Filter != nil || t.Call.Over != nil {
		fail(sqlerr.New(sqlerr.UndefinedFunction, "changes() takes the name of one table").At(t.Pos))
	}
	ref, ok := t.Call.Args[0].(*sql.ColumnRef)
	if !ok {
		fail(sqlerr.New(sqlerr.WrongObjectType, "the argument of changes() is not the name of a table").
			WithHint("Name a query with WITH or CREATE VIEW to read its changes.").At(t.Call.Args[0].Position()))
	}
	if t.Ordinality || len(t.ColDefs) > 0 {
		fail(sqlerr.Unsupported("WITH ORDINALITY or a column definition list with changes()").At(t.Pos))
	}
	return &sql.Table{Name: sql.QName(ref.Parts), Pos: ref.Pos}
}

// changeColumn names the kind of change: op, unless the table has such a column.
func (b *binder) changeColumn(sc *scope) string {
	taken := map[string]bool{}
	for _, c := range sc.cols {
		if !c.pseudo {
			taken[c.name] = true
		}
	}
	return unusedName("op", "_", 1, taken)
}

// newChanges is the node over a table: its columns, op, its columns as they were.
func newChanges(in Node) *ChangesNode {
	n := &ChangesNode{In: in}
	n.Result = StreamResult
	if len(in.Keys()) > 0 {
		n.Key = in.Keys()
	}
	n.Schema = append(in.Out().Clone(), types.Column{Name: "op", Type: types.TString})
	for _, c := range in.Out() {
		n.Schema = append(n.Schema, types.Column{Name: "old_" + c.Name, Type: c.Type, Hidden: true})
	}
	for i := range in.Out() {
		n.Schema[i].Key = keyAt(n.Key, i)
	}
	return n
}

// changesStart refuses to begin in the middle of a table's changes: what was
// there before would be unknown, and an update would look like an insert.
func (b *binder) changesStart(p *StreamPlan, pos int) {
	if !b.changes {
		return
	}
	switch p.Start.Kind {
	case StartDefault, StartEarliest:
		return
	case StartLatest:
		if !b.persist && len(p.Stages) == 1 && keepsNothing(p.Stages[0].Root) {
			return
		}
	}
	fail(sqlerr.Unsupported("this start of a query over changes()").
		WithHint("It begins with the rows of the table, as inserts; a push query without joins and groups may leave them out with start = 'latest'.").At(pos))
}

// keepsNothing tells whether rows go through on their own.
func keepsNothing(n Node) bool {
	switch n.(type) {
	case *InputNode:
		return true
	case *FilterNode, *ProjectNode, *ExplodeNode, *RekeyNode, *ChangesNode:
		return keepsNothing(n.Inputs()[0])
	}
	return false
}

// pullChanges refuses changes() where it has no answer that stays.
func (b *binder) pullChanges(t *sql.TableFunc) {
	fail(sqlerr.Unsupported("changes() in a query that ends").
		WithDetail("Of a table the newest row of a key is kept, and its history only for a while.").
		WithHint("Add EMIT CHANGES, or keep the changes: CREATE STREAM ... AS SELECT * FROM changes(t).").At(t.Pos))
}
