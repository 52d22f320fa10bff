package planner

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// columns binds the column list of a declaration. In ksqlDB's meaning the key
// columns come first. key and val are columns of registered schemas.
func (b *binder) columns(r *catalog.Relation, stmt *sql.CreateSource, key, val types.Schema) {
	if len(stmt.Columns)+len(key)+len(val) == 0 {
		if b.ksql {
			fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "No columns supplied.").At(stmt.Pos))
		}
		fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "%s %q has no columns", lower(string(stmt.Kind)), r.Name).
			WithHint("List the columns, or use a format whose schema is registered.").At(stmt.Pos))
	}
	if len(stmt.Unique) > 0 {
		fail(sqlerr.Unsupported("UNIQUE").At(stmt.Unique[0][0].Pos))
	}
	defs := b.orderedColumns(stmt)
	seen := map[string]bool{}
	b.inferred(r, key, seen, stmt.Pos)
	for _, d := range defs {
		i := len(r.Schema)
		name := b.fold1(d.Name)
		b.checkColumnName(name, d.Name.Pos)
		if seen[name] && b.ksql {
			fail(sqlerr.New(sqlerr.DuplicateColumn, "Duplicate column names: `%s`", name).At(d.Name.Pos))
		}
		if seen[name] {
			fail(sqlerr.New(sqlerr.DuplicateColumn, "column %q specified more than once", name).At(d.Name.Pos))
		}
		seen[name] = true
		b.checkKeyWord(r, &d)
		c := types.Column{Name: name, NotNull: d.NotNull, Key: isKeyColumn(b, stmt, &d)}
		c.Type = b.storedType(b.resolveType(d.Type), d.Type.Pos)
		c.NotNull = c.NotNull || (c.Key && r.Kind == catalog.Table)
		if d.Headers || d.HeaderKey != nil {
			b.headerColumn(r, i, &d, c)
		}
		if d.Default != nil {
			if r.Defaults == nil {
				r.Defaults = map[int]string{}
			}
			r.Defaults[i] = b.columnDefault(&d, c.Type)
		}
		r.Schema = append(r.Schema, c)
	}
	b.inferred(r, val, seen, stmt.Pos)
	b.checkPrimaryKey(r, stmt, seen)
}

// inferred adds columns of a registered schema.
func (b *binder) inferred(r *catalog.Relation, cols types.Schema, seen map[string]bool, pos int) {
	for _, c := range cols {
		b.checkColumnName(c.Name, pos)
		if seen[c.Name] {
			fail(sqlerr.New(sqlerr.DuplicateColumn, "column %q specified more than once", c.Name).At(pos))
		}
		seen[c.Name] = true
		r.Schema = append(r.Schema, c)
	}
}

// orderedColumns puts keys first where the meaning wants it.
func (b *binder) orderedColumns(stmt *sql.CreateSource) []sql.ColumnDef {
	if !b.ksql {
		return stmt.Columns
	}
	var keys, rest []sql.ColumnDef
	for _, d := range stmt.Columns {
		if isKeyColumn(b, stmt, &d) {
			keys = append(keys, d)
		} else {
			rest = append(rest, d)
		}
	}
	return append(keys, rest...)
}

func isKeyColumn(b *binder, stmt *sql.CreateSource, d *sql.ColumnDef) bool {
	if d.Key || d.PrimaryKey {
		return true
	}
	for _, k := range stmt.PrimaryKey {
		if b.fold1(k) == b.fold1(d.Name) {
			return true
		}
	}
	return false
}

// checkColumnName refuses the names of batch metadata.
func (b *binder) checkColumnName(name string, pos int) {
	switch lower(name) {
	case "rowtime", "rowpartition", "rowoffset":
	case "windowstart", "windowend":
		if !b.ksql {
			return
		}
	case "rowop":
		if b.ksql {
			return
		}
	default:
		return
	}
	if b.ksql {
		if name == strings.ToUpper(name) {
			fail(sqlerr.New(sqlerr.InvalidName, "'%s' is a reserved column name. You cannot use it as a name for a column.", name).At(pos))
		}
		return
	}
	fail(sqlerr.New(sqlerr.InvalidName, "column name %q is reserved", name).
		WithHint("It names metadata that every row has.").At(pos))
}

// checkKeyWord holds that streams say KEY and tables PRIMARY KEY.
func (b *binder) checkKeyWord(r *catalog.Relation, d *sql.ColumnDef) {
	name := b.fold1(d.Name)
	switch {
	case d.Unique:
		fail(sqlerr.Unsupported("UNIQUE").At(d.Name.Pos))
	case r.Kind == catalog.Table && d.Key:
		if b.ksql {
			fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "%sColumn `%s` is a 'KEY' column: please use 'PRIMARY KEY' for tables.\nTables have PRIMARY KEYs, which are unique and NON NULL.\nStreams have KEYs, which have no uniqueness or NON NULL constraints.", b.line(d.Name.Pos), name).At(d.Name.Pos))
		}
		fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "a table has a PRIMARY KEY, not a KEY").
			WithHint("Write %s ... PRIMARY KEY.", name).At(d.Name.Pos))
	case r.Kind == catalog.Stream && d.PrimaryKey:
		if b.ksql {
			fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "%sColumn `%s` is a 'PRIMARY KEY' column: please use 'KEY' for streams.\nTables have PRIMARY KEYs, which are unique and NON NULL.\nStreams have KEYs, which have no uniqueness or NON NULL constraints.", b.line(d.Name.Pos), name).At(d.Name.Pos))
		}
		fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "a stream has a KEY, not a PRIMARY KEY").
			WithHint("Write %s ... KEY, or CREATE TABLE if a newer row is to replace an older one.", name).At(d.Name.Pos))
	}
}

func (b *binder) checkPrimaryKey(r *catalog.Relation, stmt *sql.CreateSource, seen map[string]bool) {
	for _, k := range stmt.PrimaryKey {
		if r.Kind == catalog.Stream {
			fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "a stream has a KEY, not a PRIMARY KEY").At(k.Pos))
		}
		if !seen[b.fold1(k)] {
			fail(sqlerr.New(sqlerr.UndefinedColumn, "column %q named in key does not exist", b.fold1(k)).At(k.Pos))
		}
	}
	if r.Kind == catalog.Table && len(r.Schema.KeyColumns()) == 0 {
		if b.ksql {
			fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "Tables require a PRIMARY KEY. Please define the PRIMARY KEY.").At(stmt.Pos))
		}
		fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "table %q has no primary key", r.Name).
			WithHint("Add PRIMARY KEY to a column, or create a STREAM.").At(stmt.Pos))
	}
}

// headerColumn notes a column that shows record headers.
func (b *binder) headerColumn(r *catalog.Relation, i int, d *sql.ColumnDef, c types.Column) {
	if c.Key {
		fail(sqlerr.New(sqlerr.InvalidColumnDefinition, "column %q cannot be both a key and a header", c.Name).At(d.Name.Pos))
	}
	if r.Headers == nil {
		r.Headers = map[int]string{}
	}
	if d.HeaderKey != nil {
		if c.Type.Kind != types.Bytes {
			fail(sqlerr.New(sqlerr.InvalidColumnDefinition, "Invalid type for HEADER('%s') column: expected BYTES, got %s", *d.HeaderKey, c.Type.KsqlString()).At(d.Name.Pos))
		}
		for _, k := range r.Headers {
			if b.ksql && k == "" {
				fail(sqlerr.New(sqlerr.InvalidColumnDefinition, "Schema already contains a HEADERS column.").At(d.Name.Pos))
			}
			if b.ksql && k == *d.HeaderKey {
				fail(sqlerr.New(sqlerr.InvalidColumnDefinition, "Schema already contains a HEADER('%s') column.", k).At(d.Name.Pos))
			}
			if k == *d.HeaderKey || k == "" {
				fail(sqlerr.New(sqlerr.InvalidColumnDefinition, "column %q repeats a header column", c.Name).At(d.Name.Pos))
			}
		}
		r.Headers[i] = *d.HeaderKey
		return
	}
	ok := c.Type.Kind == types.Array && c.Type.Elem.Kind == types.Struct && len(c.Type.Elem.Fields) == 2 &&
		c.Type.Elem.Fields[0].Type.Kind == types.String && c.Type.Elem.Fields[1].Type.Kind == types.Bytes
	if !ok {
		fail(sqlerr.New(sqlerr.InvalidColumnDefinition, "Invalid type for HEADERS column: expected ARRAY<STRUCT<`KEY` STRING, `VALUE` BYTES>>, got %s", c.Type.KsqlString()).At(d.Name.Pos))
	}
	if len(r.Headers) > 0 && b.ksql {
		fail(sqlerr.New(sqlerr.InvalidColumnDefinition, "Schema already contains a HEADERS column.").At(d.Name.Pos))
	}
	if len(r.Headers) > 0 {
		fail(sqlerr.New(sqlerr.InvalidColumnDefinition, "column %q repeats a header column", c.Name).At(d.Name.Pos))
	}
	r.Headers[i] = ""
}
