package types

// oidEntry is one built-in type of the wire.
type oidEntry struct {
	oid, array uint32
	typlen     int16
}

// oids are PostgreSQL's object identifiers, by kind. STRUCT and MAP travel as
// jsonb.
var oids = [...]oidEntry{
	Unknown: {705, 0, -2}, Boolean: {16, 1000, 1}, SmallInt: {21, 1005, 2}, Int: {23, 1007, 4},
	BigInt: {20, 1016, 8}, Real: {700, 1021, 4}, Double: {701, 1022, 8}, Decimal: {1700, 1231, -1},
	String: {25, 1009, -1}, Bytes: {17, 1001, -1}, Timestamp: {1184, 1185, 8}, Date: {1082, 1182, 4},
	Time: {1083, 1183, 8}, Interval: {1186, 1187, 16}, JSON: {3802, 3807, -1}, UUID: {2950, 2951, 16},
	Map: {3802, 3807, -1}, Struct: {3802, 3807, -1}, OID: {26, 1028, 4}, Name: {19, 1003, 64},
	Char: {18, 1002, 1}, RegClass: {2205, 2210, 4}, RegType: {2206, 2211, 4}, RegProc: {24, 1008, 4},
	RegNamespace: {4089, 4090, 4}, Record: {2249, 2287, -1}, Void: {2278, 0, 4}, Enum: {0, 0, 4},
}

// Wire identifiers that have no type of their own here.
const (
	oidVarchar      = 1043
	oidVarcharArray = 1015
	oidJSONB        = 3802
)

// pseudoTypes have a name and a number, and no values: clients compare the types
// of functions with them.
var pseudoTypes = map[string]int64{
	"any": 2276, "anyarray": 2277, "trigger": 2279, "language_handler": 2280, "internal": 2281,
	"anyelement": 2283, "anynonarray": 2776, "fdw_handler": 3115, "anyenum": 3500, "anyrange": 3831, "event_trigger": 3838,
}

var pseudoNames = func() map[int64]string {
	m := make(map[int64]string, len(pseudoTypes))
	for name, oid := range pseudoTypes {
		m[oid] = name
	}
	return m
}()

// byOID is the way back, with the aliases clients send.
var byOID = func() map[uint32]Type {
	m := map[uint32]Type{
		1042: TString, 1014: TArray(TString),
		1114: TTimestamp, 1115: TArray(TTimestamp),
		29: TOID, oidVarchar: TVarchar, oidVarcharArray: TArray(TVarchar), 114: TPlainJSON, 199: TArray(TPlainJSON),
		22: TInt2Vector, 30: TOIDVector, 28: aliased["xid"],
		2202: {Kind: RegProc}, 2275: TString, 1033: aliased["aclitem"], 1034: TArray(aliased["aclitem"]), 194: aliased["pg_node_tree"],
		869: {Kind: String, Alias: Inet}, 2277: {Kind: String, Alias: AnyArray}, 3220: {Kind: String, Alias: PGLSN},
	}
	for k := range oids {
		kind := Kind(k)
		if kind == Array || kind == Map || kind == Struct || kind == Enum {
			continue
		}
		m[oids[k].oid] = Type{Kind: kind}
		if oids[k].array != 0 {
			m[oids[k].array] = TArray(Type{Kind: kind})
		}
	}
	return m
}()

// OID is the type's identifier on the Postgres wire: a built-in one, or the
// catalog's of an enum. An array of scalars is the Postgres array; whatever else is nested is jsonb.
func (t Type) OID() uint32 {
	if t.Alias != NoAlias {
		return aliasEntries[t.Alias].oid
	}
	switch t.Kind {
	case String:
		if t.Precision > 0 {
			return oidVarchar
		}
	case Array:
		if oid := ArrayOID(*t.Elem); oid != 0 && !t.Elem.IsNested() {
			return oid
		}
		return oidJSONB
	case Enum:
		return t.Labels.OID
	}
	return oids[t.Kind].oid
}

// ArrayOID is the identifier of the array of t, or 0 when the wire has none.
func ArrayOID(t Type) uint32 {
	switch {
	case t.Alias != NoAlias:
		return aliasEntries[t.Alias].array
	case t.Kind == String && t.Precision > 0:
		return oidVarcharArray
	case t.Kind == Array:
		return oidJSONB
	case t.Kind == Enum:
		return t.Labels.ArrayOID
	}
	return oids[t.Kind].array
}

// FromOID is the type of a wire identifier, without parameters.
func FromOID(oid uint32) (Type, bool) {
	t, ok := byOID[oid]
	return t, ok
}

// Typmod is the type modifier of pg_attribute and RowDescription: -1 when the
// type has no parameters.
func Typmod(t Type) int32 {
	switch {
	case t.Kind == Decimal && t.Precision > 0:
		return (t.Precision<<16 | t.Scale) + 4
	case t.Kind == String && t.Precision > 0:
		return t.Precision + 4
	case t.Kind == Array && !t.Elem.IsNested():
		return Typmod(*t.Elem)
	}
	return -1
}

// WithTypmod applies a type modifier as Typmod gives it.
func WithTypmod(t Type, typmod int32) Type {
	switch {
	case typmod < 4:
	case t.Kind == Decimal:
		t.Precision, t.Scale = (typmod-4)>>16, (typmod-4)&0xffff
	case t.Kind == String:
		t.Precision = typmod - 4
	}
	return t
}

// Typlen is pg_type's typlen: bytes, or -1 for variable length.
func Typlen(t Type) int16 {
	if t.Kind == Array {
		return -1
	}
	return oids[t.Kind].typlen
}
