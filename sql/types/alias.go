package types

import (
	"strconv"
	"strings"
)

// Alias tells types of PostgreSQL apart that are one type here: they differ in
// their name and number on the wire, and some in their text form. It takes no
// part in Equal.
type Alias uint8

// The aliases, and the kind that each goes with.
const (
	NoAlias    Alias = iota
	Varchar          // String: character varying, declared so
	PlainJSON        // JSON: json, not jsonb
	Int2Vector       // Array of SmallInt: "1 2", subscripts from 0
	OIDVector        // Array of OID, likewise
	XID              // OID: a transaction's number
	NodeTree         // String: pg_node_tree
	ACLItem          // String: aclitem
	Inet             // String: inet
	AnyArray         // String: anyarray
	PGLSN            // String: pg_lsn
)

// aliasEntries are their names, and numbers on the wire.
var aliasEntries = [...]struct {
	name string
	oidEntry
}{
	Varchar: {"character varying", oidEntry{oidVarchar, oidVarcharArray, -1}}, PlainJSON: {"json", oidEntry{114, 199, -1}},
	Int2Vector: {"int2vector", oidEntry{22, 1006, -1}}, OIDVector: {"oidvector", oidEntry{30, 1013, -1}},
	XID: {"xid", oidEntry{28, 1011, 4}}, NodeTree: {"pg_node_tree", oidEntry{194, 0, -1}},
	ACLItem: {"aclitem", oidEntry{1033, 1034, 12}}, Inet: {"inet", oidEntry{869, 1041, -1}}, AnyArray: {"anyarray", oidEntry{2277, 0, -1}},
	PGLSN: {"pg_lsn", oidEntry{3220, 3221, 8}},
}

// Types under an alias.
var (
	TVarchar    = Type{Kind: String, Alias: Varchar}
	TPlainJSON  = Type{Kind: JSON, Alias: PlainJSON}
	TInt2Vector = Type{Kind: Array, Elem: &Type{Kind: SmallInt}, Alias: Int2Vector}
	TOIDVector  = Type{Kind: Array, Elem: &Type{Kind: OID}, Alias: OIDVector}
)

// aliased are the spellings of the aliases that only the catalog uses.
var aliased = map[string]Type{
	"int2vector": TInt2Vector, "oidvector": TOIDVector, "xid": {Kind: OID, Alias: XID},
	"pg_node_tree": {Kind: String, Alias: NodeTree}, "aclitem": {Kind: String, Alias: ACLItem},
}

// Join is a, which Equals b, under the name that both have.
func Join(a, b Type) Type {
	if a.Alias != b.Alias {
		a.Alias = NoAlias
	}
	if a.Kind == Array && b.Kind == Array && a.Elem.Alias != b.Elem.Alias {
		return TArray(Join(*a.Elem, *b.Elem))
	}
	return a
}

// FirstSubscript is the number of the first element of an array: 0 in the
// catalog's vectors, else 1.
func (t Type) FirstSubscript() int64 {
	if t.Alias == Int2Vector || t.Alias == OIDVector {
		return 0
	}
	return 1
}

func (t Type) isVector() bool { return t.FirstSubscript() == 0 }

// appendVector appends the numbers of an int2vector or oidvector.
func appendVector(dst []byte, items []Value) []byte {
	for i, v := range items {
		if i > 0 {
			dst = append(dst, ' ')
		}
		n, _ := v.(int64) // a vector holds no NULL
		dst = strconv.AppendInt(dst, n, 10)
	}
	return dst
}

func parseVector(t Type, s string) (Value, error) {
	out := []Value{}
	for w := range strings.FieldsSeq(s) {
		v, err := ParseText(*t.Elem, w, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
