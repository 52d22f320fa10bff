package vec

import "github.com/leatdb/leat/sql/types"

// storage is which slices of a Vec a kind uses; see Vec.
type storage uint8

const (
	storeNone   storage = iota // nothing: all NULL
	storeBits                  // Bits
	storeI64                   // I64
	storeF64                   // F64
	storeBytes                 // Off, Data
	storeFixed                 // Data, 16 bytes a value
	storeList                  // Off into Kids
	storeFields                // Kids of N values
)

var storages = [...]storage{
	types.Unknown: storeNone, types.Boolean: storeBits,
	types.SmallInt: storeI64, types.Int: storeI64, types.BigInt: storeI64,
	types.Real: storeF64, types.Double: storeF64, types.Decimal: storeBytes,
	types.String: storeBytes, types.Bytes: storeBytes, types.Timestamp: storeI64,
	types.Date: storeI64, types.Time: storeI64, types.Interval: storeFixed,
	types.JSON: storeBytes, types.UUID: storeFixed,
	types.Array: storeList, types.Map: storeList, types.Struct: storeFields,
	types.OID: storeI64, types.Name: storeBytes, types.Char: storeBytes,
	types.RegClass: storeI64, types.RegType: storeI64, types.RegProc: storeI64,
	types.RegNamespace: storeI64, types.Record: storeFields, types.Void: storeNone,
	types.Enum: storeI64,
}

func store(k types.Kind) storage { return storages[k] }

// InBytes tells whether the values of a kind lie in Off and Data.
func InBytes(k types.Kind) bool { return store(k) == storeBytes }

// kidTypes lists the types of a nested vector's parts.
func kidTypes(t types.Type) []types.Type {
	switch t.Kind {
	case types.Array:
		return []types.Type{*t.Elem}
	case types.Map:
		return []types.Type{*t.Key, *t.Elem}
	case types.Struct, types.Record:
		out := make([]types.Type, len(t.Fields))
		for i := range t.Fields {
			out[i] = t.Fields[i].Type
		}
		return out
	}
	return nil
}
