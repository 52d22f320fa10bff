package server

// pgTypes are the pg_catalog tables about types and functions.
var pgTypes = map[string]func(v virtual) []record{
	"pg_catalog.pg_type":      pgType,
	"pg_catalog.pg_enum":      pgEnum,
	"pg_catalog.pg_proc":      pgProc,
	"pg_catalog.pg_am":        pgAm,
	"pg_catalog.pg_collation": pgCollation,
	"pg_catalog.pg_language":  pgLanguage,
	"pg_catalog.pg_range":     func(virtual) []record { return nil },
}

// wireType is one row of pg_type.
type wireType struct {
	oid      int64
	name     string
	array    int64
	length   int64
	category string
	typtype  string
	io       string // prefix of its in, out, recv and send functions
}

var wireTypes = []wireType{
	{16, "bool", 1000, 1, "B", "b", "bool"}, {17, "bytea", 1001, -1, "U", "b", "bytea"}, {18, "char", 1002, 1, "Z", "b", "char"},
	{19, "name", 1003, 64, "S", "b", "name"}, {20, "int8", 1016, 8, "N", "b", "int8"}, {21, "int2", 1005, 2, "N", "b", "int2"},
	{22, "int2vector", 1006, -1, "A", "b", "int2vector"}, {23, "int4", 1007, 4, "N", "b", "int4"}, {24, "regproc", 1008, 4, "N", "b", "regproc"},
	{25, "text", 1009, -1, "S", "b", "text"}, {26, "oid", 1028, 4, "N", "b", "oid"}, {30, "oidvector", 1013, -1, "A", "b", "oidvector"},
	{114, "json", 199, -1, "U", "b", "json_"}, {700, "float4", 1021, 4, "N", "b", "float4"}, {701, "float8", 1022, 8, "N", "b", "float8"},
	{705, "unknown", 0, -2, "X", "p", "unknown"}, {1033, "aclitem", 1034, 12, "U", "b", "aclitem"}, {1042, "bpchar", 1014, -1, "S", "b", "bpchar"},
	{1043, "varchar", 1015, -1, "S", "b", "varchar"}, {1082, "date", 1182, 4, "D", "b", "date_"}, {1083, "time", 1183, 8, "D", "b", "time_"},
	{1114, "timestamp", 1115, 8, "D", "b", "timestamp_"}, {1184, "timestamptz", 1185, 8, "D", "b", "timestamptz_"},
	{1186, "interval", 1187, 16, "T", "b", "interval_"}, {1700, "numeric", 1231, -1, "N", "b", "numeric_"}, {2205, "regclass", 2210, 4, "N", "b", "regclass"},
	{2206, "regtype", 2211, 4, "N", "b", "regtype"}, {2249, "record", 2287, -1, "P", "p", "record_"}, {2278, "void", 0, 4, "P", "p", "void_"},
	{28, "xid", 1011, 4, "U", "b", "xid"}, {194, "pg_node_tree", 0, -1, "Z", "b", "pg_node_tree_"}, {869, "inet", 1041, -1, "I", "b", "inet_"},
	{2277, "anyarray", 0, -1, "P", "p", "anyarray_"}, {3220, "pg_lsn", 3221, 8, "U", "b", "pg_lsn_"},
	{2950, "uuid", 2951, 16, "U", "b", "uuid_"}, {3802, "jsonb", 3807, -1, "U", "b", "jsonb_"}, {4089, "regnamespace", 4090, 4, "N", "b", "regnamespace"},
}

func pgType(v virtual) []record {
	var out []record
	for _, t := range wireTypes {
		rec := record{
			"oid": t.oid, "typname": t.name, "typlen": t.length, "typbyval": t.length > 0 && t.length <= 8, "typtype": t.typtype,
			"typcategory": t.category, "typarray": t.array,
			"typinput": ioOIDs[t.io+"in"], "typoutput": ioOIDs[t.io+"out"], "typreceive": ioOIDs[t.io+"recv"], "typsend": ioOIDs[t.io+"send"],
		}
		if t.category == "S" {
			rec["typcollation"] = int64(100)
		}
		if t.name == "text" || t.name == "float8" || t.name == "bool" || t.name == "timestamptz" || t.name == "oid" {
			rec["typispreferred"] = true
		}
		out = append(out, rec)
		if t.array != 0 {
			out = append(out, record{
				"oid": t.array, "typname": "_" + t.name, "typlen": int64(-1), "typcategory": "A", "typelem": t.oid, "typstorage": "x",
				"typinput": ioOIDs["array_in"], "typoutput": ioOIDs["array_out"], "typreceive": ioOIDs["array_recv"], "typsend": ioOIDs["array_send"],
			})
		}
	}
	return append(out, pgEnums(v)...)
}

func pgAm(virtual) []record {
	return []record{{"oid": int64(oidHeap), "amname": "heap", "amtype": "t"}, {"oid": int64(oidBtree), "amname": "btree", "amtype": "i"}}
}

func pgCollation(virtual) []record {
	return []record{
		{"oid": int64(100), "collname": "default", "collprovider": "d"},
		{"oid": int64(950), "collname": "C", "collcollate": "C", "collctype": "C"},
	}
}

func pgLanguage(virtual) []record {
	return []record{{"oid": int64(12), "lanname": "internal"}, {"oid": int64(14), "lanname": "sql"}}
}
