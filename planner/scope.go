package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// column is one name in reach of an expression.
type column struct {
	table, schema string
	name          string
	t             types.Type
	index         int       // position in the input row
	node          expr.Node // when set the name stands for this instead of index
	pseudo        bool      // yields to real columns; left out by * unless star
	star          bool      // a pseudo column that * shows: bounds of a windowed relation
	hidden        bool      // cannot be named
	part          bool      // one half of a USING column: needs its qualifier
	merged        bool      // a USING column: first in *
	system        bool      // of a system table: found in lower case in both meanings
	key           bool
	byKey         bool // of a table whose key columns identify the row
	notNull       bool
}

// scope is the names in reach of an expression: those of FROM, then those of
// the enclosing queries.
type scope struct {
	cols   []column
	tables []tableName
	// aliased are the aliases that hide names of relations.
	aliased []aliasOf
	parent  *scope
	// pseudoStar: * is that of ksqlDB over a join with PARTITION BY.
	pseudoStar bool
	// windows are the named windows of the block's WINDOW clause.
	windows []sql.NamedWindow
}

// aliasOf is an alias and the relation it hides.
type aliasOf struct{ relation, alias string }

// tableName is one entry of FROM.
type tableName struct{ schema, name string }

// add appends the columns and tables of another scope, moved by offset.
func (s *scope) add(o *scope, offset int) {
	for _, c := range o.cols {
		if c.node != nil {
			c.node = shiftColumns(c.node, offset)
		}
		c.index += offset
		s.cols = append(s.cols, c)
	}
	s.tables = append(s.tables, o.tables...)
	s.aliased = append(s.aliased, o.aliased...)
}

func (s *scope) hasTable(schema, name string) bool {
	for _, t := range s.tables {
		if t.name == name && (schema == "" || t.schema == "" || t.schema == schema) {
			return true
		}
	}
	return false
}

// node reads the column from depth levels up.
func (c *column) read(depth int) expr.Node {
	if depth == 0 {
		if c.node != nil {
			return clone(c.node)
		}
		return &expr.Column{Index: c.index, Name: c.name, T: c.t}
	}
	if c.node != nil {
		return outward(c.node, depth)
	}
	return &expr.Outer{Depth: depth, Index: c.index, Name: c.name, T: c.t}
}

func (c *column) matches(name string) bool {
	return c.name == name || (c.system && strings.EqualFold(c.name, name))
}

// find looks a name up in one scope: real columns first, then pseudo columns.
func (s *scope) find(schema, table, name string) []*column {
	for _, pseudo := range []bool{false, true} {
		var found []*column
		for i := range s.cols {
			c := &s.cols[i]
			if c.hidden || c.pseudo != pseudo || !c.matches(name) {
				continue
			}
			if table == "" && c.part {
				continue
			}
			if table != "" && (!c.inTable(table) || (schema != "" && c.schema != "" && c.schema != schema)) {
				continue
			}
			found = append(found, c)
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

func (c *column) inTable(table string) bool {
	return c.table == table || (c.system && strings.EqualFold(c.table, table))
}

// pseudoNames are the names of batch metadata in lower case.
var pseudoNames = map[string]expr.PseudoKind{
	"rowtime": expr.RowTime, "rowpartition": expr.RowPartition, "rowoffset": expr.RowOffset,
	"window_start": expr.WindowStart, "windowstart": expr.WindowStart,
	"window_end": expr.WindowEnd, "windowend": expr.WindowEnd, "rowop": expr.RowOp,
}

func (b *binder) pseudoType(k expr.PseudoKind) types.Type {
	switch k {
	case expr.RowTime, expr.WindowStart, expr.WindowEnd:
		return b.timeType()
	case expr.RowPartition:
		return types.TInt
	case expr.RowOffset:
		return types.TBigInt
	default:
		return types.TString
	}
}

// pseudoColumnNames lists the names under which kind k can be asked for.
func (b *binder) pseudoColumnNames(k expr.PseudoKind) []string {
	var names []string
	switch k {
	case expr.RowTime:
		names = []string{"rowtime"}
	case expr.RowPartition:
		names = []string{"rowpartition"}
	case expr.RowOffset:
		names = []string{"rowoffset"}
	case expr.WindowStart:
		names = []string{"window_start", "windowstart"}
	case expr.WindowEnd:
		names = []string{"window_end", "windowend"}
	case expr.RowOp:
		names = []string{"rowop"}
	}
	if b.ksql {
		for i := range names {
			names[i] = strings.ToUpper(names[i])
		}
	}
	return names
}

// columnRef resolves a column reference.
func (x *exprBinder) columnRef(e *sql.ColumnRef) expr.Node {
	b := x.b
	parts := sql.QName(e.Parts).Fold(b.ksql)
	if len(parts) == 1 {
		if n := x.lambdaVar(parts[0]); n != nil {
			return n
		}
	}
	if n := x.lookup(parts, e); n != nil {
		return n
	}
	if n := x.fieldPath(parts, e); n != nil {
		return n
	}
	if n := x.wholeRow(parts); n != nil {
		return n
	}
	if k, ok := pseudoNames[strings.ToLower(parts[len(parts)-1])]; ok && !b.pseudo[k] && x.pseudoPossible(k) {
		b.asked[k], b.missing = true, true
		return &expr.Const{T: b.pseudoType(k)}
	}
	x.unknownColumn(parts, e)
	return nil
}

// lookup finds a, t.a or s.t.a in this scope and the enclosing ones; nil if absent.
func (x *exprBinder) lookup(parts []string, e *sql.ColumnRef) expr.Node {
	schema, table, name := "", "", parts[len(parts)-1]
	if len(parts) > 1 {
		table = parts[len(parts)-2]
	}
	if len(parts) > 2 {
		schema = strings.ToLower(parts[len(parts)-3])
	}
	depth := 0
	for s := x.sc; s != nil; s = s.parent {
		found := s.find(schema, table, name)
		if len(found) > 1 && found[0].pseudo && table == "" {
			for _, c := range found {
				if c.table == "" {
					found = []*column{c}
					break
				}
			}
		}
		if len(found) > 1 {
			x.ambiguous(found, name, e)
		}
		if len(found) == 1 {
			n := found[0].read(depth)
			if depth > 0 && x.b.streaming {
				fail(sqlerr.Unsupported("a correlated subquery in a streaming query").At(e.Pos))
			}
			x.b.where[n] = e.Pos
			return n
		}
		depth++
	}
	return nil
}

func (x *exprBinder) ambiguous(found []*column, name string, e *sql.ColumnRef) {
	if x.b.ksql {
		var alts []string
		for _, c := range found {
			alts = append(alts, c.table+"."+c.name)
		}
		fail(sqlerr.New(sqlerr.AmbiguousColumn, "%sColumn '%s' is ambiguous. Could be %s.", x.b.line(e.Pos), name, orList(alts)).At(e.Pos))
	}
	fail(sqlerr.New(sqlerr.AmbiguousColumn, "column reference %q is ambiguous", name).At(e.Pos))
}

func orList(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// fieldPath reads c.f as a field of the STRUCT column c when no table has the name.
func (x *exprBinder) fieldPath(parts []string, e *sql.ColumnRef) expr.Node {
	for split := 1; split < len(parts); split++ {
		n := x.lookup(parts[:split], &sql.ColumnRef{Parts: e.Parts[:split], Pos: e.Pos})
		if n == nil || (n.Type().Kind != types.Struct && n.Type().Kind != types.Record) {
			continue
		}
		for _, f := range parts[split:] {
			n = x.field(n, f, e.Pos)
		}
		return n
	}
	return nil
}

// wholeRow reads the name of a FROM item as a row of its columns.
func (x *exprBinder) wholeRow(parts []string) expr.Node {
	if len(parts) != 1 || x.b.ksql || x.b.streaming {
		return nil
	}
	depth := 0
	for s := x.sc; s != nil; s = s.parent {
		if s.hasTable("", parts[0]) {
			n := &expr.StructCtor{T: types.Type{Kind: types.Record}}
			for i := range s.cols {
				c := &s.cols[i]
				if c.table == parts[0] && !c.hidden && !c.pseudo {
					n.Xs = append(n.Xs, c.read(depth))
					n.T.Fields = append(n.T.Fields, types.Field{Name: c.name, Type: c.t})
				}
			}
			return n
		}
		depth++
	}
	return nil
}

// pseudoPossible tells whether some input in reach could provide the column.
func (x *exprBinder) pseudoPossible(k expr.PseudoKind) bool {
	return x.b.streaming || k != expr.RowOp
}

func (x *exprBinder) unknownColumn(parts []string, e *sql.ColumnRef) {
	b, name := x.b, parts[len(parts)-1]
	if b.ksql && len(parts) > 1 && b.streaming && !x.tableInReach(parts[len(parts)-2]) {
		fail(sqlerr.New(sqlerr.UndefinedTable, "Failed to prepare statement: '%s' is not a valid stream/table name or alias.", parts[len(parts)-2]).At(e.Pos))
	}
	if b.ksql {
		more := ""
		if x.clause == "PARTITION BY" {
			more = " '" + joinDots(parts) + "' must be a column in the source schema since PARTITION BY is applied on the input."
		}
		fail(sqlerr.New(sqlerr.UndefinedColumn, "%s%s column '%s' cannot be resolved.%s", b.line(e.Pos), x.ksqlClause(), joinDots(parts), more).
			WithKind("unresolved").At(e.Pos))
	}
	if len(parts) > 1 && !x.tableInReach(parts[len(parts)-2]) {
		for s := x.sc; s != nil; s = s.parent {
			for _, a := range s.aliased {
				if a.relation == parts[len(parts)-2] {
					fail(sqlerr.New(sqlerr.UndefinedTable, "invalid reference to FROM-clause entry for table %q", a.relation).
						WithHint("Perhaps you meant to reference the table alias %q.", a.alias).At(e.Pos))
				}
			}
		}
		err := sqlerr.New(sqlerr.UndefinedTable, "missing FROM-clause entry for table %q", parts[len(parts)-2])
		if near := nearest(parts[len(parts)-2], x.tablesInReach()); near != "" {
			err.WithHint("Perhaps you meant to reference the table alias %q.", near)
		}
		fail(err.At(e.Pos))
	}
	var err *sqlerr.Error
	if len(parts) > 1 {
		err = sqlerr.New(sqlerr.UndefinedColumn, "column %s.%s does not exist", parts[len(parts)-2], name)
	} else {
		err = sqlerr.New(sqlerr.UndefinedColumn, "column %q does not exist", name)
	}
	if near := nearest(name, x.namesInReach()); near != "" {
		err.WithHint("Perhaps you meant to reference the column %q.", x.qualify(near))
	}
	fail(err.At(e.Pos))
}

func (x *exprBinder) tableInReach(name string) bool {
	for s := x.sc; s != nil; s = s.parent {
		if s.hasTable("", name) {
			return true
		}
	}
	return false
}

func (x *exprBinder) tablesInReach() []string {
	var out []string
	for s := x.sc; s != nil; s = s.parent {
		for _, t := range s.tables {
			out = append(out, t.name)
		}
	}
	return out
}

func (x *exprBinder) namesInReach() []string {
	var out []string
	for s := x.sc; s != nil; s = s.parent {
		for i := range s.cols {
			if c := &s.cols[i]; !c.hidden && !c.pseudo {
				out = append(out, c.name)
			}
		}
	}
	return out
}

// qualify writes a suggested column with its table.
func (x *exprBinder) qualify(name string) string {
	for s := x.sc; s != nil; s = s.parent {
		for i := range s.cols {
			if c := &s.cols[i]; c.name == name && !c.hidden && c.table != "" {
				return c.table + "." + name
			}
		}
	}
	return name
}
