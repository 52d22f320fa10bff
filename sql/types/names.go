package types

import (
	"strconv"
	"strings"
)

// pgNames are the names of PostgreSQL's format_type, by kind.
var pgNames = [...]string{
	Unknown: "unknown", Boolean: "boolean", SmallInt: "smallint", Int: "integer", BigInt: "bigint",
	Real: "real", Double: "double precision", Decimal: "numeric", String: "text", Bytes: "bytea",
	Timestamp: "timestamp with time zone", Date: "date", Time: "time without time zone",
	Interval: "interval", JSON: "jsonb", UUID: "uuid", Array: "array", Map: "map", Struct: "struct",
	OID: "oid", Name: "name", Char: `"char"`, RegClass: "regclass", RegType: "regtype",
	RegProc: "regproc", RegNamespace: "regnamespace", Record: "record", Void: "void", Enum: "enum",
}

// ksqlNames are the names of ksqlDB, by kind; empty: the PostgreSQL name in
// upper case.
var ksqlNames = [...]string{
	Unknown: "null", Boolean: "BOOLEAN", Int: "INTEGER", BigInt: "BIGINT", Double: "DOUBLE",
	Decimal: "DECIMAL", String: "STRING", Bytes: "BYTES", Timestamp: "TIMESTAMP", Time: "TIME",
	JSON: "JSON", Void: "",
}

// String is the type's SQL spelling as PostgreSQL's format_type prints it, with
// parameters; STRUCT and MAP in this dialect's spelling.
func (t Type) String() string { return t.spelled(false) }

// Stored is String with an enum's numbers and labels: ParseType reads it back.
func (t Type) Stored() string { return t.spelled(true) }

func (t Type) spelled(stored bool) string {
	switch t.Kind {
	case Decimal:
		if t.Precision > 0 {
			return "numeric(" + itoa(t.Precision) + "," + itoa(t.Scale) + ")"
		}
	case String:
		if t.Precision > 0 {
			return "character varying(" + itoa(t.Precision) + ")"
		}
	case Array:
		if t.isVector() {
			return aliasEntries[t.Alias].name
		}
		return t.Elem.spelled(stored) + "[]"
	case Map:
		return "MAP<" + t.Key.spelled(stored) + ", " + t.Elem.spelled(stored) + ">"
	case Struct:
		return "STRUCT<" + joinFields(t.Fields, func(f Field) string {
			return QuoteIdent(f.Name) + " " + f.Type.spelled(stored)
		}) + ">"
	case Enum:
		if stored {
			return t.Labels.stored()
		}
		return QuoteIdent(t.Labels.Name)
	}
	if t.Alias != NoAlias {
		return aliasEntries[t.Alias].name
	}
	return pgNames[t.Kind]
}

// KsqlString is the type's spelling in ksqlDB's messages and schemas.
func (t Type) KsqlString() string {
	switch t.Kind {
	case Decimal:
		if t.Precision > 0 {
			return "DECIMAL(" + itoa(t.Precision) + ", " + itoa(t.Scale) + ")"
		}
	case Array:
		return "ARRAY<" + t.Elem.KsqlString() + ">"
	case Map:
		return "MAP<" + t.Key.KsqlString() + ", " + t.Elem.KsqlString() + ">"
	case Struct:
		return "STRUCT<" + joinFields(t.Fields, func(f Field) string {
			return "`" + strings.ReplaceAll(f.Name, "`", "``") + "` " + f.Type.KsqlString()
		}) + ">"
	case Enum:
		return t.String()
	}
	if int(t.Kind) < len(ksqlNames) && ksqlNames[t.Kind] != "" {
		return ksqlNames[t.Kind]
	}
	return strings.ToUpper(pgNames[t.Kind])
}

func joinFields(fields []Field, one func(Field) string) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = one(f)
	}
	return strings.Join(parts, ", ")
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// QuoteIdent writes name as an identifier that folds to itself in the default
// mode: bare when it is lower-case letters, digits and underscores, otherwise
// double-quoted. It does not know the reserved words.
func QuoteIdent(name string) string {
	bare := name != ""
	for i := 0; i < len(name); i++ {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			bare = false
			break
		}
	}
	if bare {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
