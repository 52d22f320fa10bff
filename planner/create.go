package planner

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// weekMs is how long a stream's topic keeps records by default.
const weekMs = 7 * dayMs

// BindCreate checks CREATE STREAM and CREATE TABLE of a declaration, and
// CREATE VIEW, and gives the relation with every default filled in. The caller
// sets what the catalog assigns: OID, SQL, Query of a view, CreatedAt, Owner,
// State. Errors: 42P16-like definitions (42P17, 42611), 42701, 42704, 22023.
func BindCreate(stmt *sql.CreateSource, cat Catalog, opt Options) (r *catalog.Relation, err error) {
	defer catch(&err)
	b := newBinder(cat, opt, nil)
	if stmt.Temporary {
		fail(sqlerr.Unsupported("TEMPORARY").At(stmt.Pos))
	}
	if stmt.Kind == sql.View {
		return b.bindView(stmt), nil
	}
	if stmt.As != nil {
		panic("BUG: BindCreate of CREATE ... AS")
	}
	return b.bindSource(stmt), nil
}

// meaning is the name of the meaning objects keep.
func (b *binder) meaning() string {
	if b.ksql {
		return "ksqldb"
	}
	return "leat"
}

func (b *binder) bindView(stmt *sql.CreateSource) *catalog.Relation {
	_, name := b.split(stmt.Name)
	opt := b.opt
	r := &catalog.Relation{Name: name, Kind: catalog.View, Meaning: b.meaning()}
	var p *Plan
	if stmt.As.EmitMode() != sql.EmitNone {
		fail(sqlerr.Unsupported("EMIT in a view").
			WithHint("A view is a named query; say EMIT CHANGES when selecting from it.").At(stmt.As.Pos))
	}
	p = withPseudo(b.cat, opt, func(in *binder) *Plan { return in.pullPlan(stmt.As) })
	r.Schema, r.Reads = p.Schema.Clone(), p.Reads
	for i := range r.Schema {
		r.Schema[i].Key, r.Schema[i].NotNull = false, false
	}
	if len(stmt.Columns) > len(r.Schema) {
		fail(sqlerr.New(sqlerr.SyntaxError, "CREATE VIEW specifies more column names than columns").At(stmt.Columns[len(r.Schema)].Name.Pos))
	}
	seen := map[string]bool{}
	for i := range r.Schema {
		if i < len(stmt.Columns) {
			r.Schema[i].Name = b.fold1(stmt.Columns[i].Name)
		}
		if seen[r.Schema[i].Name] {
			fail(sqlerr.New(sqlerr.DuplicateColumn, "column %q specified more than once", r.Schema[i].Name).At(stmt.Pos))
		}
		seen[r.Schema[i].Name] = true
	}
	return r
}

// bindSource binds a declared stream or table.
func (b *binder) bindSource(stmt *sql.CreateSource) *catalog.Relation {
	_, name := b.split(stmt.Name)
	r := &catalog.Relation{Name: name, Kind: catalog.Stream, ReadOnly: stmt.Source, Meaning: b.meaning()}
	if stmt.Kind == sql.TableKind {
		r.Kind = catalog.Table
	}
	b.checkSourceName(name, stmt.Name.Position())
	if b.ksql && stmt.Source && stmt.OrReplace {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Cannot add %s '%s': CREATE OR REPLACE is not supported on source %ss.", r.Kind, name, r.Kind).At(stmt.Pos))
	}
	p := b.properties(stmt.With, false)
	p.format("KEY", catalog.Format{Name: "JSON"})
	p.format("VALUE", catalog.Format{Name: "JSON"})
	key, val := b.infer(r, stmt, p)
	b.columns(r, stmt, key, val)
	p.source(r, stmt)
	b.checkFormats(r, stmt.Pos)
	return r
}

// checkSourceName holds ksqlDB's rule on names, which become topic names.
func (b *binder) checkSourceName(name string, pos int) {
	for _, c := range name {
		ok := c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !ok && b.ksql {
			fail(sqlerr.New(sqlerr.InvalidName, "Illegal argument at Line: 1: Invalid name '%s': only letters, digits, '_' and '-' are allowed", name).At(pos))
		}
	}
}

// source fills the properties of a declared source.
func (p *properties) source(r *catalog.Relation, stmt *sql.CreateSource) {
	b := p.b
	r.Topic = r.Name
	if p.has("KAFKA_TOPIC") {
		r.Topic = p.vals["KAFKA_TOPIC"]
	} else if b.ksql {
		fail(sqlerr.New(sqlerr.InvalidParameterValue, "Missing required property \"KAFKA_TOPIC\" which has no default value.").At(stmt.Pos))
	}
	r.Partitions = int32(p.integer("PARTITIONS", 1, 1))
	key, val := catalog.Format{Name: "JSON"}, catalog.Format{Name: "JSON"}
	if b.ksql {
		key, val = p.ksqlDefaults(stmt)
	}
	keys := r.Schema.KeyColumns()
	if len(keys) == 0 {
		key = catalog.Format{Name: "NONE"}
	}
	r.KeyFormat, r.ValueFormat = p.format("KEY", key), p.format("VALUE", val)
	r.WrapSingle = p.wrap(r.ValueFormat, len(r.Schema)-len(keys)-len(r.Headers))
	r.Timestamp, r.Windowed = p.timestamp(r.Schema), p.windowed()
	if r.Windowed != nil && len(keys) == 0 {
		fail(sqlerr.New(sqlerr.InvalidObjectDefinition, "Windowed sources require a key column.").At(stmt.Pos))
	}
	p.storage(r)
}

// storage fills retention, error policy and compatibility level.
func (p *properties) storage(r *catalog.Relation) {
	def := int64(weekMs)
	if r.Kind == catalog.Table {
		def = 0
		if p.b.ksql && r.Windowed == nil && p.has("RETENTION_MS") {
			p.bad("RETENTION_MS", "Invalid config variable in the WITH clause: RETENTION_MS. Non-windowed tables do not support retention.")
		}
	}
	r.RetentionMs, r.OnError = p.retention(def), p.errorPolicy()
	r.Compatibility = strings.ToUpper(p.vals["COMPATIBILITY"])
	if r.Compatibility == "" {
		r.Compatibility = "BACKWARD"
	}
	switch r.Compatibility {
	case "NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE":
	default:
		p.bad("COMPATIBILITY", "invalid value for property \"compatibility\": %q", p.vals["COMPATIBILITY"])
	}
}

// ksqlDefaults are the formats of the server's settings.
func (p *properties) ksqlDefaults(stmt *sql.CreateSource) (key, val catalog.Format) {
	key = catalog.Format{Name: "KAFKA"}
	if v, ok := p.b.opt.setting("ksql.persistence.default.format.key"); ok && v != "" {
		key.Name = strings.ToUpper(v)
	}
	if v, ok := p.b.opt.setting("ksql.persistence.default.format.value"); ok && v != "" {
		val.Name = strings.ToUpper(v)
	} else if !p.has("FORMAT") && !p.has("VALUE_FORMAT") {
		fail(sqlerr.New(sqlerr.InvalidParameterValue, "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide one or set a default via the 'ksql.persistence.default.format.value' config.").At(stmt.Pos))
	}
	return key, val
}

// storedType is the type a column of this declared type is kept as.
func (b *binder) storedType(t types.Type, pos int) types.Type {
	switch t.Kind {
	case types.SmallInt:
		if b.ksql {
			return types.TInt
		}
	case types.Real:
		return types.TDouble
	case types.OID, types.Name, types.Char, types.RegClass, types.RegType, types.RegProc, types.RegNamespace,
		types.Record, types.Void, types.Unknown:
		fail(sqlerr.Unsupported("a column of type %s", t).At(pos))
	case types.Array:
		return types.TArray(b.storedType(*t.Elem, pos))
	case types.Map:
		return types.TMap(b.storedType(*t.Key, pos), b.storedType(*t.Elem, pos))
	case types.Struct:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = types.Field{Name: f.Name, Type: b.storedType(f.Type, pos)}
		}
		return types.TStruct(fields...)
	}
	return t
}

// columnDefault keeps the text of a DEFAULT that fits the column.
func (b *binder) columnDefault(d *sql.ColumnDef, t types.Type) string {
	x := b.exprs(&scope{}, "DEFAULT expressions")
	x.noSubquery = true
	n := x.bind(d.Default)
	b.assign(n, types.Column{Name: b.fold1(d.Name), Type: t}, d.Default.Position())
	return expr.Text(b.settleLoose(n, d.Default.Position()))
}
