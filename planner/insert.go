package planner

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// InsertPlan is a bound INSERT that ends. Exactly one of Rows and Query is
// set; both give the target's columns in its order, coerced, DEFAULTs filled
// in. With HasRowtime one more column follows: the rows' event time (a
// Timestamp or, in ksqldb meaning, BIGINT ms; NULL: now).
type InsertPlan struct {
	Target     *catalog.Relation
	Columns    []int // positions the statement listed, in its order
	Rows       [][]expr.Node
	Query      *Plan
	HasRowtime bool
	Params     []types.Type
	Reads      []string
	Returning  *Returning
	// OnConflict says that Query has read the target, whose rows must not have
	// changed when these are written; with Once that no key may come twice (21000).
	OnConflict, Once bool
}

// Returning is RETURNING over the target's columns.
type Returning struct {
	Exprs  []expr.Node
	Schema types.Schema
}

// BindInsert binds INSERT INTO target VALUES, SELECT or DEFAULT VALUES. NOT
// NULL is for the caller to check on the rows. Errors: 42809 what cannot be
// inserted into, 42703, 42601 counts, 42804 types, 22P02 literals.
func BindInsert(target *catalog.Relation, stmt *sql.Insert, cat Catalog, opt Options) (p *InsertPlan, err error) {
	defer catch(&err)
	withPseudo(cat, opt, func(b *binder) *Plan {
		p = b.insert(target, stmt)
		p.Params = b.paramTypes()
		return nil
	})
	return p, nil
}

func (b *binder) insert(t *catalog.Relation, stmt *sql.Insert) *InsertPlan {
	b.insertable(t, stmt)
	p := &InsertPlan{Target: t}
	cols := stmt.Columns
	if i := b.rowtimeColumn(cols); i >= 0 {
		p.HasRowtime = true
	}
	switch {
	case stmt.DefaultValues:
		p.Rows = [][]expr.Node{b.fillRow(t, make([]expr.Node, len(t.Schema)), stmt.Pos)}
	default:
		if v, ok := plainValues(stmt.Query); ok && stmt.With == nil {
			b.insertValues(p, cols, v, stmt)
		} else {
			b.insertQuery(p, cols, stmt)
		}
	}
	if stmt.OnConflict != nil {
		b.withConflict(p, stmt)
	}
	p.Returning = b.returning(t, stmt.Alias, stmt.Returning)
	return p
}

func plainValues(q *sql.Query) (*sql.Values, bool) {
	v, ok := q.Body.(*sql.Values)
	return v, ok && q.With == nil && q.OrderBy == nil && q.Limit == nil && q.Offset == nil
}

// insertable checks the target and the clauses that are not built.
func (b *binder) insertable(t *catalog.Relation, stmt *sql.Insert) {
	pos := stmt.Name.Position()
	switch {
	case t.ReadOnly && b.ksql:
		fail(sqlerr.New(sqlerr.WrongObjectType, "Cannot insert values into read-only %s: %s", kindWord(t), t.Name).At(pos))
	case t.ReadOnly:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot insert into read-only %s %q", kindWord(t), t.Name).At(pos))
	case t.Kind == catalog.View:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot insert into view %q", t.Name).At(pos))
	case t.Derived && t.Kind == catalog.Table && !b.ksql:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot insert into %q, which a query maintains", t.Name).At(pos))
	case t.Windowed != nil && b.ksql:
		fail(sqlerr.New(sqlerr.WrongObjectType, "Cannot insert values into windowed stream/table").At(pos))
	case t.Windowed != nil:
		fail(sqlerr.New(sqlerr.WrongObjectType, "cannot insert into windowed %s %q", kindWord(t), t.Name).At(pos))
	}
}

func kindWord(t *catalog.Relation) string {
	switch t.Kind {
	case catalog.Stream:
		return "stream"
	case catalog.View:
		return "view"
	}
	return "table"
}

// rowtimeColumn is the position of ROWTIME in the column list, -1 if absent.
func (b *binder) rowtimeColumn(cols []sql.Name) int {
	for i, c := range cols {
		if lower(c.Text) == "rowtime" {
			return i
		}
	}
	return -1
}

// targetColumns resolves the column list (nil: all visible ones) to positions;
// ROWTIME is len(t.Schema).
func (b *binder) targetColumns(t *catalog.Relation, cols []sql.Name, given int, pos int) []int {
	if len(cols) == 0 {
		var at []int
		for i, c := range t.Schema {
			if _, header := t.Headers[i]; !header && !c.Hidden {
				at = append(at, i)
			}
		}
		if given > len(at) {
			b.countMismatch(len(at), given, "INSERT has more expressions than target columns", pos)
		}
		if given < len(at) && b.ksql {
			b.countMismatch(len(at), given, "", pos)
		}
		return at[:given]
	}
	at := make([]int, len(cols))
	seen := map[int]bool{}
	for i, c := range cols {
		at[i] = b.targetColumn(t, c)
		if seen[at[i]] {
			fail(sqlerr.New(sqlerr.DuplicateColumn, "column %q specified more than once", b.fold1(c)).At(c.Pos))
		}
		seen[at[i]] = true
	}
	switch {
	case given > len(at):
		b.countMismatch(len(at), given, "INSERT has more expressions than target columns", pos)
	case given < len(at):
		b.countMismatch(len(at), given, "INSERT has more target columns than expressions", cols[given].Pos)
	}
	return at
}

func (b *binder) countMismatch(cols, vals int, text string, pos int) {
	if b.ksql {
		fail(sqlerr.New(sqlerr.SyntaxError, "Expected number columns and values to match: %d, %d", cols, vals).At(pos))
	}
	fail(sqlerr.New(sqlerr.SyntaxError, "%s", text).At(pos))
}

func (b *binder) targetColumn(t *catalog.Relation, c sql.Name) int {
	name := b.fold1(c)
	i := t.Schema.Index(name)
	_, header := t.Headers[i]
	switch {
	case i >= 0 && header:
		fail(sqlerr.New(sqlerr.InvalidColumnReference, "Cannot insert into HEADER columns: %s", name).At(c.Pos))
	case i >= 0 && !t.Schema[i].Hidden:
		return i
	case lower(name) == "rowtime":
		return len(t.Schema)
	case lower(name) == "rowpartition", lower(name) == "rowoffset":
		fail(sqlerr.New(sqlerr.InvalidColumnReference, "Inserting into column `%s` is not allowed.", name).At(c.Pos))
	}
	if b.ksql {
		fail(sqlerr.New(sqlerr.UndefinedColumn, "Column name `%s` does not exist.", name).At(c.Pos))
	}
	err := sqlerr.New(sqlerr.UndefinedColumn, "column %q of relation %q does not exist", name, t.Name)
	var names []string
	for _, col := range t.Schema.Visible() {
		names = append(names, col.Name)
	}
	if near := nearest(name, names); near != "" {
		err.WithHint("Perhaps you meant the column %q.", near)
	}
	fail(err.At(c.Pos))
	return -1
}

// insertValues binds VALUES rows.
func (b *binder) insertValues(p *InsertPlan, cols []sql.Name, v *sql.Values, stmt *sql.Insert) {
	x := b.exprs(&scope{}, "VALUES")
	needsPlan := false
	for _, row := range v.Rows {
		at := b.targetColumns(p.Target, cols, len(row), rowPos(row, stmt))
		p.Columns = at
		out := make([]expr.Node, p.width())
		for i, e := range row {
			if _, isDefault := e.(*sql.Default); isDefault {
				continue
			}
			n := b.fold(b.assign(x.bind(e), p.column(b, at[i]), e.Position()))
			needsPlan = needsPlan || hasSubquery(n)
			out[at[i]] = n
		}
		p.Rows = append(p.Rows, b.fillRow(p.Target, out, stmt.Pos))
	}
	if needsPlan {
		p.fromRows(b)
	}
}

func rowPos(row []sql.Expr, stmt *sql.Insert) int {
	if len(row) > 0 {
		return row[len(row)-1].Position()
	}
	return stmt.Pos
}

// width is the number of columns of a row.
func (p *InsertPlan) width() int {
	if p.HasRowtime {
		return len(p.Target.Schema) + 1
	}
	return len(p.Target.Schema)
}

// column is the target column at a position, ROWTIME included.
func (p *InsertPlan) column(b *binder, i int) types.Column {
	if i < len(p.Target.Schema) {
		return p.Target.Schema[i]
	}
	name := "rowtime"
	if b.ksql {
		name = "ROWTIME"
	}
	return types.Column{Name: name, Type: b.timeType()}
}

// fromRows turns rows that hold subqueries into a plan.
func (p *InsertPlan) fromRows(b *binder) {
	n := p.literals(b)
	p.Query = b.finish(&Plan{Mode: Pull, Batch: optimize(n, b), Schema: n.Schema, Limit: -1})
	p.Rows = nil
}

func (p *InsertPlan) literals(b *binder) *ValuesNode {
	n := &ValuesNode{Rows: p.Rows}
	for i := range p.width() {
		n.Schema = append(n.Schema, p.column(b, i))
	}
	return n
}

// fillRow puts DEFAULTs and NULLs where the statement gave nothing.
func (b *binder) fillRow(t *catalog.Relation, row []expr.Node, pos int) []expr.Node {
	for i := range row {
		if row[i] != nil {
			continue
		}
		if i >= len(t.Schema) {
			row[i] = &expr.Const{T: b.timeType()}
			continue
		}
		row[i] = b.defaultOf(t, i, pos)
	}
	return row
}

// defaultOf binds the DEFAULT of a column, in the meaning of its relation.
func (b *binder) defaultOf(t *catalog.Relation, i, pos int) expr.Node {
	col := t.Schema[i]
	text, ok := t.Defaults[i]
	if !ok {
		return &expr.Const{T: col.Type}
	}
	e, err := sql.ParseExpr(text)
	failAt(err, pos)
	before := b.setMeaning(t.Meaning == "ksqldb")
	n := b.fold(b.assign(b.exprs(&scope{}, "DEFAULT expressions").bind(e), col, pos))
	b.setMeaning(before)
	return n
}

// insertQuery binds INSERT ... SELECT as a pull query.
func (b *binder) insertQuery(p *InsertPlan, cols []sql.Name, stmt *sql.Insert) {
	q := *stmt.Query
	if stmt.With != nil && q.With == nil {
		q.With = stmt.With
	}
	r := b.query(&q, nil)
	at := b.targetColumns(p.Target, cols, len(r.sc.cols), stmt.Query.Pos)
	p.Columns = at
	ts := make([]types.Type, len(at))
	for i, c := range r.sc.cols {
		ts[i] = c.t
		if c.t.Kind == types.Unknown {
			ts[i] = p.column(b, at[i]).Type
			if ts[i].Kind == types.String && !b.ksql {
				ts[i] = types.TString // its length is for the assignment
			}
		}
	}
	r = b.castOutputs(r, ts)
	out := make([]expr.Node, p.width())
	for i, c := range r.sc.cols {
		out[at[i]] = b.assign(c.read(0), p.column(b, at[i]), stmt.Query.Pos)
	}
	n := &BatchProject{In: r.node, Exprs: b.fillRow(p.Target, out, stmt.Pos)}
	for i := range p.width() {
		n.Schema = append(n.Schema, p.column(b, i))
	}
	if b.missing {
		return
	}
	p.Query = b.finish(&Plan{Mode: Pull, Batch: optimize(n, b), Schema: n.Schema, Limit: -1})
	p.Reads = p.Query.Reads
}

// assign coerces a value to a column by the rules of assignment.
func (b *binder) assign(n expr.Node, c types.Column, pos int) expr.Node {
	short := c.Type.Kind == types.String && c.Type.Precision > 0 && !b.ksql
	if lit, isConst := n.(*expr.Const); isConst && isUntyped(n) && short && lit.V != nil {
		v, err := types.ParseText(c.Type, lit.V.(string), b.opt.Location)
		failAt(err, pos)
		return &expr.Const{V: v, T: c.Type}
	}
	if isUntyped(n) {
		return b.coerce(n, c.Type, pos)
	}
	if b.ksql {
		return b.assignKsql(n, c, pos)
	}
	n = retype(n, c.Type)
	from := n.Type()
	_, ok, _ := types.CanCast(from, c.Type, b.castMode())
	if !ok {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "column %q is of type %s but expression is of type %s", c.Name, c.Type, from).
			WithHint("You will need to rewrite or cast the expression.").At(pos))
	}
	n = b.coerce(n, c.Type, pos)
	if cast, ok := n.(*expr.Cast); ok && short {
		strict := *cast
		strict.Assign = true
		return &strict
	}
	return n
}

// returning binds RETURNING over the target's columns; nil when absent.
func (b *binder) returning(t *catalog.Relation, alias *sql.Name, items []sql.SelectItem) *Returning {
	if len(items) == 0 {
		return nil
	}
	sc := &scope{}
	table := b.tableAlias(alias, t.Name)
	for i, c := range t.Schema {
		sc.cols = append(sc.cols, column{table: table, schema: "public", name: c.Name, t: c.Type, index: i, hidden: c.Hidden})
	}
	sc.tables = []tableName{{"public", table}}
	x := b.exprs(sc, "RETURNING")
	x.noSubquery = true
	out := &Returning{}
	for _, it := range x.selectList(items, true) {
		n := b.fold(b.settleLoose(it.node, it.pos))
		out.Exprs = append(out.Exprs, n)
		out.Schema = append(out.Schema, types.Column{Name: it.name, Type: n.Type()})
	}
	return out
}
