package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func lower(s string) string { return strings.ToLower(s) }

// selectList binds the items of SELECT and names them.
func (x *exprBinder) selectList(items []sql.SelectItem, hasFrom bool) []outItem {
	var out []outItem
	for _, it := range items {
		switch e := it.Expr.(type) {
		case *sql.Star:
			if !hasFrom {
				fail(sqlerr.New(sqlerr.SyntaxError, "SELECT * with no tables specified is not valid").At(e.Pos))
			}
			out = append(out, x.star(e)...)
		case *sql.StarOf:
			out = append(out, x.starOf(e)...)
		default:
			x.reservedColumn(it)
			n := x.bind(it.Expr)
			item := outItem{node: n, src: it.Expr, pos: it.Expr.Position(), key: x.shownKey(n)}
			if it.Alias != nil {
				item.name = x.b.fold1(*it.Alias)
				x.reservedAlias(item.name, it)
			} else {
				item.name = x.itemName(it.Expr, n)
			}
			out = append(out, item)
		}
	}
	if x.b.ksql {
		x.ksqlNames(out, items)
	}
	return out
}

// reservedColumn refuses a pseudo column under its own name where ksqlDB stores
// the result.
func (x *exprBinder) reservedColumn(it sql.SelectItem) {
	ref, ok := it.Expr.(*sql.ColumnRef)
	if !ok || it.Alias != nil || !x.b.ksql || !x.b.persist || len(x.sc.tables) > 1 {
		return
	}
	switch name := x.b.fold1(ref.Parts[len(ref.Parts)-1]); name {
	case "ROWTIME", "ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND":
		fail(sqlerr.New(sqlerr.InvalidName, "Reserved column name in select: `%s`. Please remove or alias the column.", name).At(ref.Pos))
	}
}

// shownKey tells whether a pull query in ksqlDB's meaning shows a key column, or
// a bound of the window that belongs to the key, as it is.
func (x *exprBinder) shownKey(n expr.Node) bool {
	if !x.b.ksql || x.b.streaming {
		return false
	}
	switch n := n.(type) {
	case *expr.Pseudo:
		return n.Kind == expr.WindowStart || n.Kind == expr.WindowEnd
	case *expr.Column:
		for i := range x.sc.cols {
			if c := &x.sc.cols[i]; c.node == nil && c.index == n.Index {
				return c.key || c.pseudo && (c.name == "WINDOWSTART" || c.name == "WINDOWEND")
			}
		}
	}
	return false
}

// reservedAlias refuses the pseudo columns' names in ksqlDB's meaning.
func (x *exprBinder) reservedAlias(name string, it sql.SelectItem) {
	if !x.b.ksql {
		return
	}
	pos := it.Alias.Pos
	switch name {
	case "ROWTIME", "ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND":
		if ref, ok := it.Expr.(*sql.ColumnRef); ok && x.b.fold1(ref.Parts[len(ref.Parts)-1]) == name {
			if !x.b.persist {
				return
			}
			fail(sqlerr.New(sqlerr.InvalidName, "Reserved column name in select: `%s`. Please remove or alias the column.", name).At(pos))
		}
		fail(sqlerr.New(sqlerr.InvalidName, "`%s` is a reserved column name. You cannot use it as an alias for a column.", name).At(pos))
	}
}

// star expands * and t.*.
func (x *exprBinder) star(e *sql.Star) []outItem {
	var out []outItem
	table, schema := "", ""
	if len(e.Qualifier) > 0 {
		parts := e.Qualifier.Fold(x.b.ksql)
		table = parts[len(parts)-1]
		if len(parts) > 1 {
			schema = lower(parts[len(parts)-2])
		}
		if !x.sc.hasTable(schema, table) {
			x.unknownStar(table, e)
		}
	}
	order := x.sc.starOrder(table == "")
	for _, i := range order {
		c := &x.sc.cols[i]
		bounds := c.star && (!x.b.ksql || !x.b.persist || len(x.sc.tables) > 1)
		whole := x.sc.pseudoStar && table == "" && isRecordColumn(c.name)
		if c.hidden || (c.pseudo && !bounds && !whole) || (table == "" && c.part) || (table != "" && (!c.inTable(table) || c.merged)) {
			continue
		}
		n := c.read(0)
		x.b.where[n] = e.Position()
		name := c.name
		if x.b.ksql && len(x.sc.tables) > 1 && c.table != "" {
			name = c.table + "_" + c.name
		}
		out = append(out, outItem{name: name, node: n, pos: e.Position(), key: c.key || x.shownKey(n)})
	}
	return out
}

func isRecordColumn(name string) bool {
	return name == "ROWTIME" || name == "ROWPARTITION" || name == "ROWOFFSET"
}

// wholeStar sees to the columns of * over a join with PARTITION BY in ksqlDB's
// meaning: the time and place of each source's record are among them.
func (s *streaming) wholeStar() {
	if len(s.sel.Items) == 0 {
		return
	}
	star, _ := s.sel.Items[0].Expr.(*sql.Star)
	if !s.b.ksql || len(s.sel.PartitionBy) == 0 || len(s.r.sc.tables) < 2 || star == nil || len(star.Qualifier) > 0 {
		return
	}
	s.r.sc.pseudoStar = true
	for _, k := range []expr.PseudoKind{expr.RowTime, expr.RowPartition, expr.RowOffset} {
		if !s.b.pseudo[k] {
			s.b.asked[k], s.b.missing = true, true
		}
	}
}

// starOrder is the columns in the order of *: as they stand, but over a join
// with PARTITION BY ksqlDB shows of each source the values, the record's time and
// place, and then the keys.
func (s *scope) starOrder(all bool) []int {
	var out []int
	if !s.pseudoStar || !all {
		for i := range s.cols {
			out = append(out, i)
		}
		return out
	}
	for _, t := range s.tables {
		for part := range 3 {
			for i := range s.cols {
				c := &s.cols[i]
				at := 0
				switch {
				case c.pseudo:
					at = 1
				case c.key:
					at = 2
				}
				if c.table == t.name && at == part {
					out = append(out, i)
				}
			}
		}
	}
	return out
}

func (x *exprBinder) unknownStar(table string, e *sql.Star) {
	if x.b.ksql {
		fail(sqlerr.New(sqlerr.UndefinedTable, "Failed to prepare statement: '%s' is not a valid stream/table name or alias.", table).At(e.Position()))
	}
	err := sqlerr.New(sqlerr.UndefinedTable, "missing FROM-clause entry for table %q", table)
	if near := nearest(table, x.tablesInReach()); near != "" {
		err.WithHint("Perhaps you meant to reference the table alias %q.", near)
	}
	fail(err.At(e.Position()))
}

// starOf expands s->* and (s).*.
func (x *exprBinder) starOf(e *sql.StarOf) []outItem {
	n := x.bind(e.X)
	t := n.Type()
	if t.Kind != types.Struct && t.Kind != types.Record {
		if x.b.ksql {
			fail(sqlerr.New(sqlerr.WrongObjectType, "Cannot unnest '%s': type %s is not a STRUCT", show(n), t.KsqlString()).At(e.Pos))
		}
		fail(sqlerr.New(sqlerr.WrongObjectType, "type %s is not composite", t).At(e.Pos))
	}
	var out []outItem
	for i, f := range t.Fields {
		out = append(out, outItem{name: f.Name, node: &expr.Field{X: n, Index: i, T: f.Type}, pos: e.Pos})
	}
	return out
}

// itemName names an unaliased item as PostgreSQL does.
func (x *exprBinder) itemName(e sql.Expr, n expr.Node) string {
	if name := x.nameOf(e); name != "" {
		return name
	}
	return "?column?"
}

func (x *exprBinder) nameOf(e sql.Expr) string {
	switch e := e.(type) {
	case *sql.ColumnRef:
		return x.b.fold1(e.Parts[len(e.Parts)-1])
	case *sql.FieldSelect:
		return x.b.fold1(e.Field)
	case *sql.StructAccess:
		return x.b.fold1(e.Field)
	case *sql.Call:
		return e.Name.Last().Fold(false)
	case *sql.Cast:
		if name := x.nameOf(e.X); name != "" && !x.weakName(e.X) {
			return name
		}
		return typeLabel(e.Type)
	case *sql.TypedLiteral:
		return typeLabel(e.Type)
	case *sql.Case:
		if e.Else != nil {
			if name := x.nameOf(e.Else); name != "" && !x.weakName(e.Else) {
				return name
			}
		}
		return "case"
	case *sql.Bool:
		return "bool"
	case *sql.Subscript:
		return x.nameOf(e.X)
	case *sql.Slice:
		return x.nameOf(e.X)
	case *sql.Collate:
		return x.nameOf(e.X)
	}
	return x.constructName(e)
}

// weakName tells of a named expression that a cast or CASE around it gives its
// own name: its name is that of a type or of CASE.
func (x *exprBinder) weakName(e sql.Expr) bool {
	switch e := e.(type) {
	case *sql.Cast:
		return x.nameOf(e.X) == "" || x.weakName(e.X)
	case *sql.TypedLiteral, *sql.Bool:
		return true
	case *sql.Case:
		return e.Else == nil || x.nameOf(e.Else) == "" || x.weakName(e.Else)
	case *sql.Subscript:
		return x.weakName(e.X)
	case *sql.Slice:
		return x.weakName(e.X)
	case *sql.Collate:
		return x.weakName(e.X)
	}
	return false
}

func (x *exprBinder) constructName(e sql.Expr) string {
	switch e := e.(type) {
	case *sql.AtTimeZone:
		return "timezone"
	case *sql.ArrayCtor, *sql.ArraySubquery:
		return "array"
	case *sql.MapCtor:
		return "map"
	case *sql.StructCtor:
		return "struct"
	case *sql.Row:
		return "row"
	case *sql.Exists:
		return "exists"
	case *sql.ScalarSubquery:
		if sel, ok := e.Query.Body.(*sql.Select); ok && len(sel.Items) == 1 {
			if sel.Items[0].Alias != nil {
				return x.b.fold1(*sel.Items[0].Alias)
			}
			return x.nameOf(sel.Items[0].Expr)
		}
	}
	return ""
}

// pgShort are PostgreSQL's internal names, which label casts.
var pgShort = map[string]string{
	"int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2", "boolean": "bool",
	"double precision": "float8", "double": "float8", "float": "float8", "real": "float4", "decimal": "numeric",
	"character varying": "varchar", "string": "text", "timestamp with time zone": "timestamptz",
	"timestamp without time zone": "timestamp", "time without time zone": "time", "bytes": "bytea", "character": "bpchar", "char": "bpchar",
}

func typeLabel(t *sql.TypeName) string {
	if t.Elem != nil && t.Key == nil {
		return typeLabel(t.Elem)
	}
	if len(t.Name) == 0 {
		return "row"
	}
	name := t.Name.Last().Fold(false)
	if short, ok := pgShort[name]; ok {
		return short
	}
	return name
}

// ksqlNames names items by ksqlDB's rules: columns by name (prefixed by their
// source when several have it), fields by name made unique, others KSQL_COL_n.
func (x *exprBinder) ksqlNames(out []outItem, items []sql.SelectItem) {
	aliased := map[sql.Expr]bool{}
	for _, it := range items {
		aliased[it.Expr] = it.Alias != nil
	}
	used := map[string]bool{}
	for _, c := range x.sc.cols {
		used[c.name] = true
	}
	for i := range out {
		it := &out[i]
		if it.src == nil || aliased[it.src] {
			continue
		}
		switch e := it.src.(type) {
		case *sql.ColumnRef:
			it.name = x.ksqlColumnName(e)
		case *sql.StructAccess:
			it.name = unusedName(x.b.fold1(e.Field), "_", 1, used)
			used[it.name] = true
		default:
			it.name = ""
		}
	}
	x.generated(out, used)
}

// generated gives KSQL_COL_n to what has no name yet.
func (x *exprBinder) generated(out []outItem, used map[string]bool) {
	for _, it := range out {
		used[it.name] = true
	}
	n := 0
	for i := range out {
		if out[i].name != "" {
			continue
		}
		for used["KSQL_COL_"+itoa(n)] {
			n++
		}
		out[i].name = "KSQL_COL_" + itoa(n)
		used[out[i].name] = true
	}
}

func unusedName(name, sep string, from int, used map[string]bool) string {
	if !used[name] {
		return name
	}
	for i := from; ; i++ {
		if n := name + sep + itoa(i); !used[n] {
			return n
		}
	}
}

// ksqlColumnName prefixes a column that several sources of a join have.
func (x *exprBinder) ksqlColumnName(e *sql.ColumnRef) string {
	name := x.b.fold1(e.Parts[len(e.Parts)-1])
	if len(e.Parts) < 2 || len(x.sc.tables) < 2 {
		return name
	}
	if len(x.sc.find("", "", name)) < 2 {
		return name
	}
	return x.b.fold1(e.Parts[len(e.Parts)-2]) + "_" + name
}
