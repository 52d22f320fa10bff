package types

import "strings"

// Kind is the family of a type. Parameters (precision, element, fields) live in
// Type.
type Kind uint8

// The kinds. Catalog-only kinds exist for pg_catalog and never in a stream.
const (
	Unknown      Kind = iota // an untyped literal or NULL, before the binder decides
	Boolean                  // bool
	SmallInt                 // 16-bit integer; catalog and parameters only
	Int                      // 32-bit integer
	BigInt                   // 64-bit integer
	Real                     // IEEE single; parameters and casts only
	Double                   // IEEE double
	Decimal                  // exact; Precision 0 = unconstrained numeric
	String                   // text; Precision n > 0 = varchar(n)
	Bytes                    // byte string
	Timestamp                // one instant, µs since 1970-01-01 UTC (timestamp = timestamptz)
	Date                     // days since 1970-01-01
	Time                     // µs since midnight
	Interval                 // months, days, µs
	JSON                     // JSON text (json and jsonb)
	UUID                     // 16 bytes
	Array                    // Elem
	Map                      // Key, Elem
	Struct                   // Fields
	OID                      // catalog only, unsigned 32-bit in an int64
	Name                     // catalog only, 63-byte text
	Char                     // catalog only, "char"
	RegClass                 // catalog only, an OID that prints as a relation name
	RegType                  // catalog only
	RegProc                  // catalog only
	RegNamespace             // catalog only
	Record                   // anonymous row, catalog only
	Void                     // result of functions called for their effect
	Enum                     // Labels; values are their places
)

// Type is a SQL type. It is a value: copy it freely; pointers inside are shared
// and immutable.
type Type struct {
	Kind      Kind
	Alias     Alias   // its name on the wire, where that is another one
	Precision int32   // Decimal: total digits (0 unconstrained); String: n of varchar(n) (0 unbounded)
	Scale     int32   // Decimal: digits after the point
	Elem      *Type   // Array: element; Map: value
	Key       *Type   // Map: key
	Fields    []Field // Struct, Record
	Labels    *Labels // Enum
}

// Field is one member of a STRUCT.
type Field struct {
	Name string
	Type Type
}

// Column is one column of a relation's schema.
type Column struct {
	Name    string
	Type    Type
	NotNull bool
	Key     bool // part of the key (KEY of a stream, PRIMARY KEY of a table)
	Hidden  bool // carried for identity, not shown by *
}

// Schema is an ordered list of columns.
type Schema []Column

// Common types without parameters.
var (
	TUnknown   = Type{Kind: Unknown}
	TBoolean   = Type{Kind: Boolean}
	TSmallInt  = Type{Kind: SmallInt}
	TInt       = Type{Kind: Int}
	TBigInt    = Type{Kind: BigInt}
	TReal      = Type{Kind: Real}
	TDouble    = Type{Kind: Double}
	TNumeric   = Type{Kind: Decimal}
	TString    = Type{Kind: String}
	TBytes     = Type{Kind: Bytes}
	TTimestamp = Type{Kind: Timestamp}
	TDate      = Type{Kind: Date}
	TTime      = Type{Kind: Time}
	TInterval  = Type{Kind: Interval}
	TJSON      = Type{Kind: JSON}
	TUUID      = Type{Kind: UUID}
	TOID       = Type{Kind: OID}
	TName      = Type{Kind: Name}
	TChar      = Type{Kind: Char}
	TVoid      = Type{Kind: Void}
)

// TDecimal is DECIMAL(p, s).
func TDecimal(p, s int32) Type { return Type{Kind: Decimal, Precision: p, Scale: s} }

// TArray is an array of elem.
func TArray(elem Type) Type { return Type{Kind: Array, Elem: &elem} }

// TMap is a map from key to value.
func TMap(key, value Type) Type { return Type{Kind: Map, Key: &key, Elem: &value} }

// TStruct is a struct of fields, in order.
func TStruct(fields ...Field) Type { return Type{Kind: Struct, Fields: fields} }

// Equal tells whether a and b are the same type, parameters included, aliases
// not.
func (t Type) Equal(u Type) bool {
	if t.Kind != u.Kind || t.Precision != u.Precision || t.Scale != u.Scale || len(t.Fields) != len(u.Fields) {
		return false
	}
	if !ptrEqual(t.Elem, u.Elem) || !ptrEqual(t.Key, u.Key) {
		return false
	}
	if t.Kind == Enum && t.Labels.OID != u.Labels.OID {
		return false
	}
	for i := range t.Fields {
		if t.Fields[i].Name != u.Fields[i].Name || !t.Fields[i].Type.Equal(u.Fields[i].Type) {
			return false
		}
	}
	return true
}

func ptrEqual(a, b *Type) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// IsInteger tells whether values are int64 numbers.
func (t Type) IsInteger() bool { return t.Kind == SmallInt || t.Kind == Int || t.Kind == BigInt }

// IsFloat tells whether values are float64.
func (t Type) IsFloat() bool { return t.Kind == Real || t.Kind == Double }

// IsNumeric tells whether arithmetic applies.
func (t Type) IsNumeric() bool { return t.IsInteger() || t.IsFloat() || t.Kind == Decimal }

// IsText tells whether values are Go strings compared bytewise.
func (t Type) IsText() bool { return t.Kind == String || t.Kind == Name || t.Kind == Char }

// IsTemporal tells whether the type is a date, time or instant.
func (t Type) IsTemporal() bool {
	return t.Kind == Timestamp || t.Kind == Date || t.Kind == Time
}

// IsNested tells whether the type holds other values.
func (t Type) IsNested() bool { return t.Kind == Array || t.Kind == Map || t.Kind == Struct }

// IsOIDLike tells whether values are catalog identifiers.
func (t Type) IsOIDLike() bool {
	return t.Kind == OID || (t.Kind >= RegClass && t.Kind <= RegNamespace)
}

// FieldIndex finds a struct field by exact name, or -1.
func (t Type) FieldIndex(name string) int {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

// Index finds a column by exact name, or -1.
func (s Schema) Index(name string) int {
	for i := range s {
		if s[i].Name == name {
			return i
		}
	}
	return -1
}

// KeyColumns lists the positions of the key columns in order.
func (s Schema) KeyColumns() []int {
	var out []int
	for i := range s {
		if s[i].Key {
			out = append(out, i)
		}
	}
	return out
}

// Visible drops the hidden columns.
func (s Schema) Visible() Schema {
	out := make(Schema, 0, len(s))
	for _, c := range s {
		if !c.Hidden {
			out = append(out, c)
		}
	}
	return out
}

// Clone copies the slice.
func (s Schema) Clone() Schema { return append(Schema(nil), s...) }

// Names lists the column names joined by ", ", for messages.
func (s Schema) Names() string {
	names := make([]string, len(s))
	for i := range s {
		names[i] = s[i].Name
	}
	return strings.Join(names, ", ")
}
