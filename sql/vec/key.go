package vec

import (
	"github.com/cespare/xxhash/v2"

	"github.com/leatdb/leat/sql/types"
)

// EncodeKey appends the encoding of row row of cols: injective,
// self-delimiting, NULL-capable, and ordered bytewise as the values are (V5).
// The zero columns' key is empty.
func EncodeKey(dst []byte, cols []*Vec, row int) []byte {
	for _, v := range cols {
		dst = appendKeyAt(dst, v, row)
	}
	return dst
}

func appendKeyAt(dst []byte, v *Vec, i int) []byte {
	if v.Null(i) {
		return types.AppendKeyNull(dst)
	}
	switch store(v.Type.Kind) {
	case storeI64:
		return types.AppendKeyI64(types.AppendKeyTag(dst), v.I64[i])
	case storeF64:
		return types.AppendKeyF64(types.AppendKeyTag(dst), v.F64[i])
	case storeBytes:
		if v.Type.Kind == types.Decimal {
			return types.AppendKeyDecimal(types.AppendKeyTag(dst), v.Str(i))
		}
		if v.Type.Kind == types.JSON {
			return types.AppendKeyJSON(types.AppendKeyTag(dst), v.Str(i))
		}
		return types.AppendKeyBytes(types.AppendKeyTag(dst), v.Str(i))
	case storeFixed:
		if v.Type.Kind == types.UUID {
			return append(types.AppendKeyTag(dst), v.Data[16*i:16*i+16]...)
		}
		return types.AppendKeySpan(types.AppendKeyTag(dst), v.Span(i))
	}
	return types.AppendKey(dst, v.Type, v.Value(i))
}

// EncodeKeyValues is EncodeKey of boxed values.
func EncodeKeyValues(dst []byte, ts []types.Type, values []types.Value) []byte {
	for i, t := range ts {
		dst = types.AppendKey(dst, t, values[i])
	}
	return dst
}

// DecodeKey reads a key of columns ts back, with the liberties types.ReadKey
// names. XX001 when the bytes are not one.
func DecodeKey(key []byte, ts []types.Type) ([]types.Value, error) {
	out := make([]types.Value, len(ts))
	for i, t := range ts {
		v, rest, err := types.ReadKey(t, key)
		if err != nil {
			return nil, err
		}
		out[i], key = v, rest
	}
	if len(key) != 0 {
		return nil, types.Corrupted("key encoding")
	}
	return out, nil
}

// Hash64 is the fixed hash of an encoded key: it decides partitions and state
// shards, and never changes.
func Hash64(key []byte) uint64 { return xxhash.Sum64(key) }
