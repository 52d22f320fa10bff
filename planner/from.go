package planner

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// maxViewDepth bounds views over views.
const maxViewDepth = 32

// from binds an item of FROM in a pull plan.
func (b *binder) from(t sql.TableExpr, outer *scope) rel {
	switch t := t.(type) {
	case *sql.Table:
		return b.fromTable(t, outer)
	case *sql.Derived:
		return b.fromDerived(t, outer)
	case *sql.TableFunc:
		return b.fromFunc(t, outer)
	case *sql.Join:
		return b.join(t, outer)
	}
	fail(sqlerr.Unsupported("FROM item of this form").At(t.Position()))
	return rel{}
}

// fromTable finds a CTE, a relation or a system table.
func (b *binder) fromTable(t *sql.Table, outer *scope) rel {
	if t.ProcTime {
		fail(sqlerr.Unsupported("FOR SYSTEM_TIME AS OF PROCTIME() in a query that ends").At(t.Pos))
	}
	if len(t.Name) == 1 {
		if r, ok := b.fromCTE(t, outer); ok {
			return r
		}
	}
	if r, ok := b.relation(t.Name); ok {
		if r.Kind == catalog.View {
			return b.fromView(r, t, outer)
		}
		b.queryable(r, t)
		return b.scan(r, t, outer)
	}
	schema, name := b.split(t.Name)
	for _, n := range []string{name, strings.ToLower(name)} {
		if full, cols, ok := b.cat.Virtual(schema, n); ok {
			return b.scanVirtual(full, cols, t, outer)
		}
	}
	if schema != "" && !knownSchema(schema) {
		fail(sqlerr.New(sqlerr.UndefinedTable, "relation %q does not exist", joinDots(t.Name.Fold(b.ksql))).At(t.Pos))
	}
	b.unknownRelation(t.Name)
	return rel{}
}

func knownSchema(s string) bool {
	switch s {
	case "public", "pg_catalog", "information_schema", "leat":
		return true
	}
	return false
}

// queryable holds ksqlDB's rule that a declared table has no state to ask.
func (b *binder) queryable(r *catalog.Relation, t *sql.Table) {
	if b.ksql && r.Kind == catalog.Table && !r.Derived && !r.ReadOnly {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "The `%s` table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE QUERYABLE_%s AS SELECT * FROM %s'. See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.",
			r.Name, r.Name, r.Name).At(t.Pos))
	}
}

// scan reads a relation: its columns, then the pseudo columns asked for.
func (b *binder) scan(r *catalog.Relation, t *sql.Table, outer *scope) rel {
	n := &ScanNode{Relation: r}
	n.Schema = r.Schema.Clone()
	sc := &scope{parent: outer}
	table := b.tableAlias(t.Alias, r.Name)
	for i, c := range r.Schema {
		sc.cols = append(sc.cols, column{
			table: table, schema: "public", name: c.Name, t: c.Type, index: i, hidden: c.Hidden, key: c.Key, notNull: c.NotNull,
			byKey: r.Kind == catalog.Table && r.Windowed == nil && !r.ReadOnly,
		})
	}
	for _, k := range b.wantedPseudo(r.Windowed != nil) {
		names := b.pseudoColumnNames(k)
		index := len(n.Schema)
		n.Pseudo = append(n.Pseudo, k)
		n.Schema = append(n.Schema, types.Column{Name: names[0], Type: b.pseudoType(k), Hidden: true})
		star := starBound(r, k)
		for i, name := range names {
			c := column{table: table, schema: "public", name: name, t: b.pseudoType(k), index: index, pseudo: true}
			if star && starName(b, i, len(names)) {
				c.star = true
			}
			sc.cols = append(sc.cols, c)
		}
	}
	boundsAfterKeys(sc)
	b.addTableOID(sc, "public", table, r.OID)
	sc.tables = []tableName{{"public", table}}
	if table != r.Name {
		sc.aliased = []aliasOf{{r.Name, table}}
	}
	b.renameColumns(sc, t.ColAliases, table)
	return rel{n, sc}
}

// starBound tells whether * shows a window bound of r.
func starBound(r *catalog.Relation, k expr.PseudoKind) bool {
	if r.Windowed == nil || (k != expr.WindowStart && k != expr.WindowEnd) {
		return false
	}
	for _, c := range r.Schema {
		if isBoundName(c.Name) {
			return false
		}
	}
	return true
}

// starName picks one of the spellings of a bound: the first, in ksqlDB's the last.
func starName(b *binder, i, n int) bool {
	if b.ksql {
		return i == n-1
	}
	return i == 0
}

// boundsAfterKeys moves window bounds that * shows behind the key columns.
func boundsAfterKeys(sc *scope) {
	var keys, bounds, rest []column
	for _, c := range sc.cols {
		switch {
		case c.star:
			bounds = append(bounds, c)
		case c.key:
			keys = append(keys, c)
		default:
			rest = append(rest, c)
		}
	}
	if len(bounds) > 0 {
		sc.cols = append(append(keys, bounds...), rest...)
	}
}

// wantedPseudo lists the pseudo columns inputs provide, in a fixed order.
func (b *binder) wantedPseudo(windowed bool) []expr.PseudoKind {
	var out []expr.PseudoKind
	for k := expr.RowTime; k <= expr.RowOp; k++ {
		bound := k == expr.WindowStart || k == expr.WindowEnd
		if (bound && windowed) || (!bound && b.pseudo[k]) {
			out = append(out, k)
		}
	}
	return out
}

func (b *binder) tableAlias(alias *sql.Name, name string) string {
	if alias != nil {
		return b.fold1(*alias)
	}
	return name
}

// scanVirtual reads a system table.
func (b *binder) scanVirtual(full string, cols types.Schema, t *sql.Table, outer *scope) rel {
	schema, name, _ := strings.Cut(full, ".")
	sc := &scope{parent: outer}
	table := b.tableAlias(t.Alias, name)
	for i, c := range cols {
		sc.cols = append(sc.cols, column{table: table, schema: schema, name: c.Name, t: c.Type, index: i, hidden: c.Hidden, system: b.ksql})
	}
	if c, ok := b.cat.(interface {
		VirtualOID(full string) uint32
	}); ok {
		b.addTableOID(sc, schema, table, c.VirtualOID(full))
	}
	sc.tables = []tableName{{schema, table}}
	b.renameColumns(sc, t.ColAliases, table)
	return rel{&ScanNode{BatchBase: BatchBase{cols}, Virtual: full}, sc}
}

// addTableOID lets a table's columns be joined by PostgreSQL's system column
// tableoid, which * does not show.
func (b *binder) addTableOID(sc *scope, schema, table string, oid uint32) {
	if b.ksql {
		return
	}
	sc.cols = append(sc.cols, column{
		table: table, schema: schema, name: "tableoid", t: types.TOID, pseudo: true,
		node: &expr.Const{V: int64(oid), T: types.TOID},
	})
}

// renameColumns applies a column alias list.
func (b *binder) renameColumns(sc *scope, aliases []sql.Name, table string) {
	k := 0
	for i := range sc.cols {
		c := &sc.cols[i]
		if c.hidden || c.pseudo {
			continue
		}
		if k < len(aliases) {
			c.name, c.system = b.fold1(aliases[k]), false
		}
		k++
	}
	if len(aliases) > k {
		fail(sqlerr.New(sqlerr.InvalidColumnReference, "table %q has %d columns available but %d columns specified",
			table, k, len(aliases)).At(aliases[k].Pos))
	}
}

// named gives the columns of a block a table name.
func (b *binder) named(r rel, alias *sql.Name, colAliases []sql.Name, outer *scope) rel {
	sc := &scope{parent: outer}
	table := ""
	if alias != nil {
		table = b.fold1(*alias)
	}
	for _, c := range r.sc.cols {
		c.table, c.schema = table, ""
		sc.cols = append(sc.cols, c)
	}
	sc.tables = []tableName{{"", table}}
	b.renameColumns(sc, colAliases, table)
	return rel{r.node, sc}
}

func (b *binder) fromDerived(t *sql.Derived, outer *scope) rel {
	if b.ksql && t.Query.EmitMode() != sql.EmitNone {
		fail(sqlerr.New(sqlerr.SyntaxError, "Syntax Error: subqueries are not supported").At(t.Pos))
	}
	if t.Query.EmitMode() != sql.EmitNone {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "EMIT is only allowed at the top level of a query").At(t.Pos))
	}
	return b.named(b.settleOutputs(b.query(t.Query, outer)), t.Alias, t.ColAliases, outer)
}

// fromView binds the view's own text in its own meaning.
func (b *binder) fromView(v *catalog.Relation, t *sql.Table, outer *scope) rel {
	q := b.viewQuery(v, t.Pos)
	sub := b.inView(v, func() rel { return b.settleOutputs(b.query(q, nil)) })
	sub.sc = renameTo(sub.sc, v.Schema)
	alias := t.Alias
	if alias == nil {
		alias = &sql.Name{Text: v.Name, Quoted: true}
	}
	return b.named(sub, alias, t.ColAliases, outer)
}

// renameTo gives a view's columns the names it was created with.
func renameTo(sc *scope, s types.Schema) *scope {
	out := *sc
	out.cols = append([]column(nil), sc.cols...)
	for i := range out.cols {
		if i < len(s) {
			out.cols[i].name = s[i].Name
		}
	}
	return &out
}

// viewQuery parses a view's text.
func (b *binder) viewQuery(v *catalog.Relation, pos int) *sql.Query {
	if b.depth >= maxViewDepth {
		fail(sqlerr.New(sqlerr.StatementTooComplex, "views nest deeper than %d", maxViewDepth).At(pos))
	}
	stmt, err := sql.ParseOne(v.Query)
	failAt(err, pos)
	q, ok := stmt.(*sql.QueryStmt)
	if !ok {
		panic("BUG: the text of view " + v.Name + " is not a query")
	}
	return q.Query
}

// inView runs f with the meaning of a view; positions inside its text mean
// nothing in the statement and are dropped.
func (b *binder) inView(v *catalog.Relation, f func() rel) rel {
	ksql, ctes := b.setMeaning(v.Meaning == "ksqldb"), b.ctes
	where, cat := b.where, b.cat
	if c, ok := cat.(ViewCatalog); ok {
		b.cat = c.Inside(v)
	}
	b.where, b.ctes = map[expr.Node]int{}, nil
	b.depth++
	defer func() {
		b.cat = cat
		if r := recover(); r != nil {
			if f, ok := r.(bail); ok {
				e := *sqlerr.From(f.err)
				e.Pos = 0
				panic(bail{e.WithDetail("While reading the view %q.", v.Name)})
			}
			panic(r)
		}
	}()
	r := f()
	b.depth--
	b.where, b.ctes = where, ctes
	b.setMeaning(ksql)
	return r
}
