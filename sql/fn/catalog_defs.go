package fn

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/leatdb/leat/sql/types"
)

// addCatalogDefs registers what prints the definitions of objects.
func addCatalogDefs(a *adder) {
	a.row("pg_table_is_visible(object oid) bool", stable, tableVisible, "Whether a relation is found without its schema.")
	for _, name := range []string{"function", "type", "operator", "opclass", "opfamily", "collation", "conversion",
		"ts_config", "ts_dict", "ts_parser", "ts_template", "statistics_obj"} {
		a.row("pg_"+name+"_is_visible(object oid) bool", stable, constant(true), "Whether an object is found without its schema.")
	}
	a.row("pg_relation_is_publishable(rel regclass) bool", stable, constant(false), "Whether a relation can be published.")
	a.row("pg_relation_is_updatable(rel regclass, triggers bool) int", stable, constant(int64(28)), "The changes a relation takes, as a bit set.")
	a.row("pg_column_is_updatable(rel regclass, column int, triggers bool) bool", stable, constant(true), "Whether a column can be changed.")
	a.row("pg_get_expr(expr text, rel oid, pretty bool?) text", stable, func(_ *Env, v []types.Value) (types.Value, error) {
		return v[0], nil
	}, "The SQL of a stored expression.")
	a.row("pg_get_userbyid(role oid) name", stable, func(e *Env, v []types.Value) (types.Value, error) {
		if p, ok := e.Catalog.(Privileges); ok {
			if name, ok := p.RoleWithOID(uint32(v[0].(int64))); ok {
				return name, nil
			}
			return fmt.Sprintf("unknown (OID=%d)", v[0]), nil
		}
		if e.User == "" {
			return "leat", nil
		}
		return e.User, nil
	}, "The name of a role.")
	definition := func(e *Env, v []types.Value) (types.Value, error) {
		oid, ok := v[0].(int64)
		if !ok || e.Catalog == nil {
			return nil, nil
		}
		return nonEmpty(e.Catalog.Definition(uint32(oid))), nil
	}
	for _, sig := range []string{"pg_get_viewdef(view oid, pretty bool?) text", "pg_get_viewdef(view oid, wrap int) text",
		"pg_get_ruledef(rule oid, pretty bool?) text", "pg_get_triggerdef(trigger oid, pretty bool?) text",
		"pg_get_functiondef(function oid) text", "pg_get_partkeydef(rel oid) text",
		"pg_get_statisticsobjdef(stat oid) text", "pg_get_statisticsobjdef_columns(stat oid) text"} {
		a.row(sig, stable, definition, "The SQL that makes an object.")
	}
	a.row("pg_get_viewdef(view text, pretty bool?) text", stable, func(e *Env, v []types.Value) (types.Value, error) {
		if e.Catalog == nil {
			return nil, nil
		}
		return nonEmpty(e.Catalog.Definition(e.Catalog.RelationOID(v[0].(string)))), nil
	}, "The SQL that makes a view.")
	for name, part := range map[string]func(Signature) string{
		"pg_get_function_arguments":          func(s Signature) string { return s.Arguments },
		"pg_get_function_identity_arguments": func(s Signature) string { return s.Arguments },
		"pg_get_function_result":             func(s Signature) string { return cmp.Or(s.Result, "anyelement") },
	} {
		a.row(name+"(function oid) text", stable, func(_ *Env, v []types.Value) (types.Value, error) {
			s, ok := a.r.SignatureOf(v[0].(int64))
			if !ok {
				return nil, nil
			}
			return part(s), nil
		}, "The parameters or result of a function.")
	}
	a.row("pg_get_function_sqlbody(function oid) text", stable, constant(nil), "The SQL body of a function.")
	a.row("pg_get_function_arg_default(function oid, arg int) text", stable, constant(nil), "The default of a function's parameter.")
	a.row("pg_get_constraintdef(constraint_oid oid, pretty bool?) text", stable, constraintDef, "The SQL of a constraint.")
	a.row("pg_get_indexdef(index_oid oid) text", stable, indexDef, "The SQL that makes an index.")
	a.row("pg_get_indexdef(index_oid oid, column int, pretty bool) text", stable, indexDef, "The SQL that makes an index, or one of its columns.")
	addDescriptions(a)
	a.row("pg_get_partition_constraintdef(rel oid) text", stable, constant(nil), "The SQL of a partition's constraint.")
	a.row("pg_describe_object(class oid, object oid, sub int) text", stable, constant(nil), "A description of an object.")
}

// tableVisible is false for what needs its schema: the tables of leat and
// information_schema.
func tableVisible(e *Env, v []types.Value) (types.Value, error) {
	if e.Catalog == nil {
		return true, nil
	}
	schema, _, ok := e.Catalog.RelationName(uint32(v[0].(int64)))
	return ok && (schema == publicSchema || schema == "pg_catalog"), nil
}

// keyColumns lists the key columns of a relation, quoted; the OID of a primary
// key's index or constraint is its relation's here.
func keyColumns(e *Env, oid int64) []string {
	if e.Catalog == nil {
		return nil
	}
	var names []string
	for _, c := range e.Catalog.Columns(uint32(oid)) {
		if c.Key {
			names = append(names, types.QuoteIdent(c.Name))
		}
	}
	return names
}

func constraintDef(e *Env, v []types.Value) (types.Value, error) {
	if e.Catalog != nil {
		if s := e.Catalog.Definition(uint32(v[0].(int64))); hasAnyPrefixFold(s, "PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK") {
			return s, nil
		}
	}
	if keys := keyColumns(e, v[0].(int64)); len(keys) > 0 {
		return "PRIMARY KEY (" + strings.Join(keys, ", ") + ")", nil
	}
	return nil, nil
}

func indexDef(e *Env, v []types.Value) (types.Value, error) {
	if e.Catalog == nil {
		return nil, nil
	}
	oid := v[0].(int64)
	keys := keyColumns(e, oid)
	if len(v) > 1 && v[1].(int64) > 0 {
		if n := v[1].(int64); n <= int64(len(keys)) {
			return keys[n-1], nil
		}
		return "", nil
	}
	if s := e.Catalog.Definition(uint32(oid)); hasAnyPrefixFold(s, "CREATE INDEX", "CREATE UNIQUE INDEX") {
		return s, nil
	}
	schema, name, ok := e.Catalog.RelationName(uint32(oid))
	if !ok || len(keys) == 0 {
		return nil, nil
	}
	return "CREATE UNIQUE INDEX " + types.QuoteIdent(name+"_pkey") + " ON " + types.QuoteIdent(schema) + "." + types.QuoteIdent(name) +
		" USING btree (" + strings.Join(keys, ", ") + ")", nil
}

func addDescriptions(a *adder) {
	describe := func(column func(v []types.Value) int32) RowFunc {
		return func(e *Env, v []types.Value) (types.Value, error) {
			if e.Catalog == nil {
				return nil, nil
			}
			return nonEmpty(e.Catalog.Description(uint32(v[0].(int64)), column(v))), nil
		}
	}
	object := describe(func([]types.Value) int32 { return 0 })
	a.row("obj_description(object oid, catalog name?) text", stable, func(e *Env, v []types.Value) (types.Value, error) {
		if s, ok := a.r.SignatureOf(v[0].(int64)); ok && len(v) > 1 && v[1] == "pg_proc" {
			return s.Doc, nil
		}
		return object(e, v)
	}, "The comment on an object.")
	a.row("shobj_description(object oid, catalog name) text", stable, constant(nil), "The comment on a shared object.")
	a.row("col_description(rel oid, column int) text", stable, describe(func(v []types.Value) int32 { return int32(v[1].(int64)) }), "The comment on a column.")
}
