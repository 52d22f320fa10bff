package planner

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func splitTrim(s, sep string) []string {
	parts := strings.Split(s, sep)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// streamFrom binds an item of FROM in a streaming plan.
func (b *binder) streamFrom(t sql.TableExpr) srel {
	switch t := t.(type) {
	case *sql.Table:
		return b.streamTable(t)
	case *sql.Derived:
		r := b.streamQuery(t.Query, false)
		return b.streamNamed(r, t.Alias, t.ColAliases)
	case *sql.Join:
		return b.streamJoin(t)
	case *sql.TableFunc:
		if b.isChanges(t) {
			return b.streamChanges(t)
		}
		fail(sqlerr.Unsupported("a function as the first item of FROM in a streaming query").At(t.Pos))
	}
	fail(sqlerr.Unsupported("FROM item of this form").At(t.Position()))
	return srel{}
}

func (b *binder) streamTable(t *sql.Table) srel {
	if len(t.Name) == 1 {
		for i := len(b.streamCTEs) - 1; i >= 0; i-- {
			if c := b.streamCTEs[i]; c.name == b.fold1(t.Name[0]) {
				return b.streamCTE(c, t)
			}
		}
	}
	r, ok := b.relation(t.Name)
	if !ok {
		schema, name := b.split(t.Name)
		if _, _, ok := b.cat.Virtual(schema, strings.ToLower(name)); ok {
			fail(sqlerr.Unsupported("a system table in a streaming query").At(t.Pos))
		}
		b.unknownRelation(t.Name)
	}
	if t.ProcTime && r.Kind != catalog.Table {
		fail(sqlerr.New(sqlerr.WrongObjectType, "%q is not a table", r.Name).At(t.Pos))
	}
	if r.Kind == catalog.View {
		return b.streamView(r, t)
	}
	b.refuseWindowed(r, t)
	return b.streamSource(r, t)
}

// streamCTE plans a use of a WITH item.
func (b *binder) streamCTE(c streamCTE, t *sql.Table) srel {
	saved := b.streamCTEs
	b.streamCTEs = b.streamCTEs[:c.mark:c.mark]
	r := b.streamQuery(c.cte.Query, false)
	b.streamCTEs = saved
	r = b.streamNamed(r, &c.cte.Name, c.cte.Columns)
	if t.Alias == nil && len(t.ColAliases) == 0 {
		return r
	}
	return b.streamNamed(r, t.Alias, t.ColAliases)
}

func (b *binder) streamView(v *catalog.Relation, t *sql.Table) srel {
	q := b.viewQuery(v, t.Pos)
	saved := b.streamCTEs
	b.streamCTEs = nil
	var r srel
	b.inView(v, func() rel {
		r = b.streamQuery(q, false)
		return rel{}
	})
	b.streamCTEs = saved
	r.sc = renameTo(r.sc, v.Schema)
	alias := t.Alias
	if alias == nil {
		alias = &sql.Name{Text: v.Name, Quoted: true}
	}
	return b.streamNamed(r, alias, t.ColAliases)
}

// streamSource reads a stream or table.
func (b *binder) streamSource(r *catalog.Relation, t *sql.Table) srel {
	kind := StreamResult
	keys := r.Schema.KeyColumns()
	if r.Kind == catalog.Table {
		kind = TableResult
		if keys == nil {
			keys = []int{}
		}
	}
	n := &sourceNode{parts: max(1, r.Partitions), input: &Input{
		Relation: r.Name, Topic: r.Topic, Kind: kind, Schema: r.Schema, KeyFormat: r.KeyFormat, ValFormat: r.ValueFormat,
		Wrap: r.WrapSingle, Timestamp: r.Timestamp, Windowed: r.Windowed, Headers: r.Headers, Fills: r.Fills, Ksql: r.Meaning == "ksqldb", Exchange: -1,
	}}
	n.Schema, n.Result, n.Key = r.Schema, kind, keys
	sc := &scope{}
	table := b.tableAlias(t.Alias, r.Name)
	for i, c := range r.Schema {
		sc.cols = append(sc.cols, column{
			table: table, schema: "public", name: c.Name, t: c.Type, index: i, hidden: c.Hidden, key: c.Key, notNull: c.NotNull,
		})
	}
	b.addPseudo(sc, table, r.Windowed != nil, func(k expr.PseudoKind, i, n int) bool { return starBound(r, k) && starName(b, i, n) })
	boundsAfterKeys(sc)
	sc.tables = []tableName{{"public", table}}
	b.renameColumns(sc, t.ColAliases, table)
	return srel{
		node: n, sc: sc, parts: n.parts, keyed: len(keys) > 0 || kind == TableResult, window: specOf(r.Windowed),
		sourceWindow: r.Windowed != nil, first: r, keyNoun: "key column",
	}
}

// addPseudo adds the pseudo columns of one input to its scope.
func (b *binder) addPseudo(sc *scope, table string, windowed bool, star func(k expr.PseudoKind, i, n int) bool) {
	for k := expr.RowTime; k <= expr.RowOp; k++ {
		isBound := k == expr.WindowStart || k == expr.WindowEnd
		if isBound && !windowed {
			continue
		}
		names := b.pseudoColumnNames(k)
		for i, name := range names {
			sc.cols = append(sc.cols, column{
				table: table, name: name, t: b.pseudoType(k), pseudo: true, star: isBound && star != nil && star(k, i, len(names)),
				node: &expr.Pseudo{Kind: k, T: b.pseudoType(k)},
			})
		}
	}
}

// streamNamed gives the columns of a block a table name.
func (b *binder) streamNamed(r srel, alias *sql.Name, colAliases []sql.Name) srel {
	table := ""
	if alias != nil {
		table = b.fold1(*alias)
	}
	sc := &scope{tables: []tableName{{"", table}}}
	for _, c := range r.sc.cols {
		if c.pseudo {
			continue
		}
		c.table, c.schema = table, ""
		sc.cols = append(sc.cols, c)
	}
	b.addPseudo(sc, table, r.window != nil, nil)
	b.renameColumns(sc, colAliases, table)
	r.sc = sc
	return r
}

// materialize turns the pseudo columns that are used into columns, which a
// join carries along.
func (b *binder) materialize(r srel) srel {
	p := &ProjectNode{In: r.node}
	p.Schema, p.Result, p.Key = r.out().Clone(), r.node.Kind(), r.node.Keys()
	for i, c := range r.out() {
		p.Exprs = append(p.Exprs, &expr.Column{Index: i, Name: c.Name, T: c.Type})
	}
	sc := *r.sc
	sc.cols = nil
	for _, c := range r.sc.cols {
		ps, ok := c.node.(*expr.Pseudo)
		if !ok || !c.pseudo {
			sc.cols = append(sc.cols, c)
			continue
		}
		if !b.pseudo[ps.Kind] && !c.star {
			continue
		}
		c.index, c.node = p.pseudoColumn(ps), nil
		sc.cols = append(sc.cols, c)
	}
	if len(p.Exprs) == len(r.out()) {
		r.sc = &sc
		return r
	}
	r.node, r.sc = p, &sc
	return r
}

// pseudoColumn finds or adds the column of a pseudo column.
func (n *ProjectNode) pseudoColumn(ps *expr.Pseudo) int {
	for i, x := range n.Exprs {
		if same(x, ps) {
			return i
		}
	}
	n.Exprs = append(n.Exprs, ps)
	n.Schema = append(n.Schema, types.Column{Name: pseudoLabel[ps.Kind], Type: ps.T, Hidden: true})
	return len(n.Exprs) - 1
}

var pseudoLabel = map[expr.PseudoKind]string{
	expr.RowTime: "rowtime", expr.RowPartition: "rowpartition", expr.RowOffset: "rowoffset",
	expr.WindowStart: "window_start", expr.WindowEnd: "window_end", expr.RowOp: "rowop",
}
