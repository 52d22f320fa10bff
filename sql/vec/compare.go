package vec

import (
	"bytes"
	"cmp"

	"github.com/leatdb/leat/sql/types"
)

// CompareAt orders value i of a and value j of b, of one type, as
// types.Compare does, with NULL last.
func CompareAt(a *Vec, i int, b *Vec, j int) int {
	if an, bn := a.Null(i), b.Null(j); an || bn {
		switch {
		case an && bn:
			return 0
		case an:
			return 1
		}
		return -1
	}
	switch store(a.Type.Kind) {
	case storeBits:
		x, y := a.Bits.Get(i), b.Bits.Get(j)
		switch {
		case x == y:
			return 0
		case y:
			return -1
		}
		return 1
	case storeI64:
		return cmp.Compare(a.I64[i], b.I64[j])
	case storeF64:
		return types.CompareFloat(a.F64[i], b.F64[j])
	case storeBytes:
		if a.Type.Kind == types.JSON {
			return types.CompareJSON(a.Str(i), b.Str(j))
		}
		if a.Type.Kind != types.Decimal {
			return bytes.Compare(a.Str(i), b.Str(j))
		}
		if bytes.Equal(a.Str(i), b.Str(j)) {
			return 0
		}
	}
	return types.Compare(a.Type, a.Value(i), b.Value(j))
}

// EqualAt tells whether two values of one type are the same, NULL equal to NULL.
func EqualAt(a *Vec, i int, b *Vec, j int) bool { return CompareAt(a, i, b, j) == 0 }
