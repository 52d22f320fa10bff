package server

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

// pgObjects are the pg_catalog tables about relations.
var pgObjects = map[string]func(v virtual) []record{
	"pg_catalog.pg_namespace":        pgNamespace,
	"pg_catalog.pg_class":            pgClass,
	"pg_catalog.pg_attribute":        pgAttribute,
	"pg_catalog.pg_attrdef":          pgAttrdef,
	"pg_catalog.pg_index":            pgIndex,
	"pg_catalog.pg_indexes":          pgIndexes,
	"pg_catalog.pg_constraint":       pgConstraint,
	"pg_catalog.pg_description":      pgDescription,
	"pg_catalog.pg_tables":           pgTables,
	"pg_catalog.pg_views":            pgViews,
	"pg_catalog.pg_matviews":         pgMatviews,
	"pg_catalog.pg_rewrite":          pgRewrite,
	"pg_catalog.pg_stat_user_tables": pgStatUserTables,
}

func pgNamespace(v virtual) []record {
	var out []record
	for _, s := range schemas {
		o := catalog.Object{Kind: catalog.SchemaObject, Name: s.name}
		out = append(out, record{"oid": s.oid, "nspname": s.name, "nspowner": v.roleBook().oid(v.all.Owner(o)), "nspacl": v.aclOf(o)})
	}
	return out
}

func pgClass(v virtual) []record {
	var out []record
	for _, name := range systemNames {
		t := systemTables[name]
		schema, short, _ := strings.Cut(name, ".")
		kind := "r"
		if t.view {
			kind = "v"
		}
		out = append(out, record{"oid": int64(t.oid), "relname": short, "relnamespace": schemaOID(schema), "relkind": kind, "relnatts": int64(len(t.schema))})
	}
	b := v.roleBook()
	for _, r := range v.snap.Relations() {
		visible := r.Schema.Visible()
		rec := record{"oid": int64(r.OID), "relname": r.Name, "relnamespace": int64(oidPublic), "relkind": relkind(r), "relnatts": int64(len(visible)),
			"relowner": b.oid(r.Owner), "relacl": v.aclOf(catalog.ObjectOf(r))}
		if r.Kind != catalog.View {
			rec["relam"] = int64(oidHeap)
		} else {
			rec["relhasrules"] = true
		}
		out = append(out, rec)
		if hasKey(r) {
			rec["relhasindex"] = true
			out = append(out, record{"oid": int64(r.OID) + indexOffset, "relname": r.Name + "_pkey", "relnamespace": int64(oidPublic), "relkind": "i", "relowner": b.oid(r.Owner), "relam": int64(oidBtree), "relnatts": int64(len(keyNumbers(r)))})
		}
	}
	return out
}

// attributes are the rows of pg_attribute for one relation.
func attributes(oid int64, s types.Schema, defaults map[int]string) []record {
	out := make([]record, len(s))
	for i, c := range s {
		_, has := defaults[i]
		rec := record{
			"attrelid": oid, "attname": c.Name, "atttypid": int64(c.Type.OID()), "attlen": int64(types.Typlen(c.Type)),
			"attnum": int64(i + 1), "atttypmod": int64(types.Typmod(c.Type)), "attnotnull": c.NotNull, "atthasdef": has,
			"attidentity": "", "attgenerated": "", "attcompression": "",
		}
		if c.Type.Kind == types.Array {
			rec["attndims"] = int64(1)
		}
		switch {
		case c.Type.Kind == types.String:
			rec["attcollation"], rec["attstorage"] = int64(100), "x"
		case c.Type.Kind == types.Decimal:
			rec["attstorage"] = "m"
		case types.Typlen(c.Type) < 0:
			rec["attstorage"] = "x"
		}
		out[i] = rec
	}
	return out
}

func pgAttribute(v virtual) []record {
	var out []record
	for _, name := range systemNames {
		t := systemTables[name]
		out = append(out, attributes(int64(t.oid), t.schema, nil)...)
	}
	for _, r := range v.snap.Relations() {
		out = append(out, attributes(int64(r.OID), r.Schema.Visible(), r.Defaults)...)
		if hasKey(r) {
			var keys types.Schema
			for _, c := range r.Schema.Visible() {
				if c.Key {
					keys = append(keys, c)
				}
			}
			out = append(out, attributes(int64(r.OID)+indexOffset, keys, nil)...)
		}
	}
	return out
}

func pgAttrdef(v virtual) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		for i := range r.Schema {
			if text, ok := r.Defaults[i]; ok {
				out = append(out, record{"oid": int64(r.OID)*1000 + int64(i), "adrelid": int64(r.OID), "adnum": int64(i + 1), "adbin": text})
			}
		}
	}
	return out
}

// keyed calls f for every table with a primary key.
func keyed(v virtual, f func(r *catalog.Relation, key []types.Value) record) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		if hasKey(r) {
			out = append(out, f(r, keyNumbers(r)))
		}
	}
	return out
}

func pgIndex(v virtual) []record {
	return keyed(v, func(r *catalog.Relation, key []types.Value) record {
		zeros := make([]types.Value, len(key))
		for i := range zeros {
			zeros[i] = int64(0)
		}
		n := int64(len(key))
		return record{
			"indexrelid": int64(r.OID) + indexOffset, "indrelid": int64(r.OID), "indnatts": n, "indnkeyatts": n,
			"indkey": key, "indcollation": zeros, "indclass": zeros, "indoption": zeros,
		}
	})
}

func pgIndexes(v virtual) []record {
	return keyed(v, func(r *catalog.Relation, _ []types.Value) record {
		return record{"schemaname": "public", "tablename": r.Name, "indexname": r.Name + "_pkey",
			"indexdef": "CREATE UNIQUE INDEX " + types.QuoteIdent(r.Name+"_pkey") + " ON public." + types.QuoteIdent(r.Name) + " USING btree (" + keyList(r) + ")"}
	})
}

// keyList is a relation's key columns as SQL.
func keyList(r *catalog.Relation) string {
	var names []string
	for _, c := range r.Schema.Visible() {
		if c.Key {
			names = append(names, types.QuoteIdent(c.Name))
		}
	}
	return strings.Join(names, ", ")
}

func pgConstraint(v virtual) []record {
	return keyed(v, func(r *catalog.Relation, key []types.Value) record {
		return record{
			"oid": int64(r.OID) + constrOffset, "conname": r.Name + "_pkey", "connamespace": int64(oidPublic), "contype": "p",
			"conrelid": int64(r.OID), "conindid": int64(r.OID) + indexOffset, "conkey": key,
			"confupdtype": " ", "confdeltype": " ", "confmatchtype": " ",
		}
	})
}

func pgDescription(v virtual) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		class := int64(systemTables["pg_catalog.pg_class"].oid)
		out = append(out, record{"objoid": int64(r.OID), "classoid": class, "objsubid": int64(0), "description": comment(r)})
		for i, c := range r.Schema.Visible() {
			if text := r.ColumnComments[c.Name]; text != "" {
				out = append(out, record{"objoid": int64(r.OID), "classoid": class, "objsubid": int64(i + 1), "description": text})
			}
		}
	}
	return out
}

func pgTables(v virtual) []record {
	var out []record
	for _, name := range systemNames {
		if schema, short, _ := strings.Cut(name, "."); schema == "pg_catalog" && !systemTables[name].view {
			out = append(out, record{"schemaname": schema, "tablename": short, "tableowner": v.roleBook().server()})
		}
	}
	for _, r := range v.snap.Relations() {
		if relkind(r) == "r" {
			out = append(out, record{"schemaname": "public", "tablename": r.Name, "tableowner": owner(r, v), "hasindexes": hasKey(r)})
		}
	}
	return out
}

func owner(r *catalog.Relation, v virtual) string {
	if r.Owner != "" {
		return r.Owner
	}
	return v.roleBook().server()
}

// shownQuery is the query of a view or derived relation for who may read it.
func (v virtual) shownQuery(r *catalog.Relation) types.Value {
	if !v.all.May(v.as, catalog.ObjectOf(r), catalog.PrivSelect) {
		return nil
	}
	return r.Query + ";"
}

func pgViews(v virtual) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		if r.Kind == catalog.View {
			out = append(out, record{"schemaname": "public", "viewname": r.Name, "viewowner": owner(r, v), "definition": v.shownQuery(r)})
		}
	}
	return out
}

func pgMatviews(v virtual) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		if relkind(r) == "m" {
			out = append(out, record{"schemaname": "public", "matviewname": r.Name, "matviewowner": owner(r, v), "definition": v.shownQuery(r)})
		}
	}
	return out
}

func pgRewrite(v virtual) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		if relkind(r) != "r" {
			out = append(out, record{"oid": int64(r.OID) + 1_700_000_000, "rulename": "_RETURN", "ev_class": int64(r.OID)})
		}
	}
	return out
}

func pgStatUserTables(v virtual) []record {
	var out []record
	for _, r := range v.snap.Relations() {
		if r.Kind != catalog.View {
			out = append(out, record{"relid": int64(r.OID), "schemaname": "public", "relname": r.Name, "n_live_tup": v.records(r)})
		}
	}
	return out
}

// records is how many offsets a relation's topic spans.
func (v virtual) records(r *catalog.Relation) int64 {
	var n int64
	for p := range r.Partitions {
		if start, end, err := v.ss.srv.log.Offsets(r.Topic, p); err == nil {
			n += end - start
		}
	}
	return n
}
