package server

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// informationSchema are the standard's tables.
var informationSchema = map[string]func(v virtual) []record{
	"information_schema.information_schema_catalog_name": func(v virtual) []record { return []record{{"catalog_name": v.ss.database}} },
	"information_schema.schemata":                        infoSchemata,
	"information_schema.tables":                          infoTables,
	"information_schema.columns":                         infoColumns,
	"information_schema.views":                           infoViews,
	"information_schema.table_constraints":               infoConstraints,
	"information_schema.key_column_usage":                infoKeys,
	"information_schema.constraint_column_usage":         infoConstraintColumns,
	"information_schema.routines":                        infoRoutines,
	"information_schema.character_sets":                  func(virtual) []record { return []record{{"character_set_name": "UTF8"}} },
}

func infoSchemata(v virtual) []record {
	var out []record
	for _, s := range schemas {
		out = append(out, record{"catalog_name": v.ss.database, "schema_name": s.name, "schema_owner": v.ss.user})
	}
	return out
}

func infoTables(v virtual) []record {
	var out []record
	for _, name := range systemNames {
		schema, short, _ := strings.Cut(name, ".")
		out = append(out, record{"table_catalog": v.ss.database, "table_schema": schema, "table_name": short, "table_type": "VIEW", "is_insertable_into": "NO"})
	}
	for _, r := range v.snap.Relations() {
		rec := record{"table_catalog": v.ss.database, "table_schema": "public", "table_name": r.Name, "table_type": "BASE TABLE"}
		if r.Kind == catalog.View {
			rec["table_type"] = "VIEW"
		}
		if r.Kind == catalog.View || r.ReadOnly || r.Derived && r.Kind == catalog.Table {
			rec["is_insertable_into"] = "NO"
		}
		out = append(out, rec)
	}
	return out
}

func infoColumns(v virtual) []record {
	var out []record
	for _, name := range systemNames {
		schema, short, _ := strings.Cut(name, ".")
		out = append(out, infoColumnsOf(v, schema, short, systemTables[name].schema, nil)...)
	}
	for _, r := range v.snap.Relations() {
		out = append(out, infoColumnsOf(v, "public", r.Name, r.Schema.Visible(), r.Defaults)...)
	}
	return out
}

func infoColumnsOf(v virtual, schema, table string, s types.Schema, defaults map[int]string) []record {
	out := make([]record, len(s))
	for i, c := range s {
		rec := record{
			"table_catalog": v.ss.database, "table_schema": schema, "table_name": table, "column_name": c.Name,
			"ordinal_position": int64(i + 1), "udt_catalog": v.ss.database, "udt_name": udtName(c.Type), "data_type": dataType(c.Type),
		}
		if c.NotNull {
			rec["is_nullable"] = "NO"
		}
		if d, ok := defaults[i]; ok {
			rec["column_default"] = d
		}
		if c.Type.Kind == types.Enum || c.Type.Kind == types.Array && c.Type.Elem.Kind == types.Enum {
			rec["udt_schema"] = catalog.PublicSchema
		}
		numericFacts(rec, c.Type)
		out[i] = rec
	}
	return out
}

func numericFacts(rec record, t types.Type) {
	bits := map[types.Kind]int64{types.SmallInt: 16, types.Int: 32, types.BigInt: 64, types.Real: 24, types.Double: 53}
	switch {
	case bits[t.Kind] != 0:
		rec["numeric_precision"], rec["numeric_precision_radix"] = bits[t.Kind], int64(2)
		if t.IsInteger() {
			rec["numeric_scale"] = int64(0)
		}
	case t.Kind == types.Decimal && t.Precision > 0:
		rec["numeric_precision"], rec["numeric_precision_radix"], rec["numeric_scale"] = int64(t.Precision), int64(10), int64(t.Scale)
	case t.Kind == types.String && t.Precision > 0:
		rec["character_maximum_length"] = int64(t.Precision)
	case t.Kind == types.Timestamp || t.Kind == types.Time:
		rec["datetime_precision"] = int64(6)
	}
}

// dataType is information_schema's name of a type.
func dataType(t types.Type) string {
	switch t.Kind {
	case types.Array:
		if t.OID() != 3802 {
			return "ARRAY"
		}
		return "jsonb"
	case types.Enum:
		return "USER-DEFINED"
	case types.Map, types.Struct:
		return "jsonb"
	case types.String, types.Decimal:
		if t.Kind == types.String && t.Precision > 0 {
			t.Alias = types.Varchar
		}
		t.Precision, t.Scale = 0, 0
	}
	return t.String()
}

func udtName(t types.Type) string {
	oid := int64(t.OID())
	for _, w := range wireTypes {
		if w.oid == oid {
			return w.name
		}
		if w.array == oid {
			return "_" + w.name
		}
	}
	switch {
	case t.Kind == types.Enum:
		return t.Labels.Name
	case t.Kind == types.Array && t.Elem.Kind == types.Enum:
		return "_" + t.Elem.Labels.Name
	}
	return t.String()
}

// definition is a view's query for who owns the view, as in PostgreSQL.
func (v virtual) definition(r *catalog.Relation) types.Value {
	if !v.all.HasRole(v.as, r.Owner) {
		return nil
	}
	return r.Query + ";"
}

func infoViews(v virtual) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		if r.Kind == catalog.View {
			out = append(out, record{"table_catalog": v.ss.database, "table_schema": "public", "table_name": r.Name, "view_definition": v.definition(r)})
		}
	}
	return out
}

func infoConstraints(v virtual) []record {
	return keyed(v, func(r *catalog.Relation, _ []types.Value) record {
		return record{
			"constraint_catalog": v.ss.database, "constraint_schema": "public", "constraint_name": r.Name + "_pkey",
			"table_catalog": v.ss.database, "table_schema": "public", "table_name": r.Name, "constraint_type": "PRIMARY KEY",
		}
	})
}

// eachKeyColumn calls f for every column of every primary key.
func eachKeyColumn(v virtual, f func(r *catalog.Relation, name string, n int64) record) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		if !hasKey(r) {
			continue
		}
		var n int64
		for _, c := range r.Schema.Visible() {
			if c.Key {
				n++
				out = append(out, f(r, c.Name, n))
			}
		}
	}
	return out
}

func infoKeys(v virtual) []record {
	return eachKeyColumn(v, func(r *catalog.Relation, name string, n int64) record {
		return record{
			"constraint_catalog": v.ss.database, "constraint_schema": "public", "constraint_name": r.Name + "_pkey",
			"table_catalog": v.ss.database, "table_schema": "public", "table_name": r.Name, "column_name": name, "ordinal_position": n,
		}
	})
}

func infoConstraintColumns(v virtual) []record {
	return eachKeyColumn(v, func(r *catalog.Relation, name string, _ int64) record {
		return record{
			"table_catalog": v.ss.database, "table_schema": "public", "table_name": r.Name, "column_name": name,
			"constraint_catalog": v.ss.database, "constraint_schema": "public", "constraint_name": r.Name + "_pkey",
		}
	})
}

func infoRoutines(v virtual) []record {
	var out []record
	for _, n := range fn.Builtins().AllNames() {
		out = append(out, record{"specific_catalog": v.ss.database, "specific_name": n, "routine_catalog": v.ss.database, "routine_name": n})
	}
	return out
}
