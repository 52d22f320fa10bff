package vec

import "github.com/leatdb/leat/sql/types"

// sharedRows is how long the vectors are that all users share.
const sharedRows = 4096

// zeros are never written.
var zeros struct {
	i64  [sharedRows]int64
	f64  [sharedRows]float64
	off  [sharedRows + 1]int32
	bits [sharedRows / 8]byte
}

// SharedNulls is Nulls for who never writes to the vector: it takes memory only
// for nested types and for more than some thousand rows.
func SharedNulls(t types.Type, n int) Vec {
	if n > sharedRows || t.Kind == types.Unknown {
		return Nulls(t, n)
	}
	k := (n + 7) / 8
	v := Vec{Type: t, N: n, Valid: zeros.bits[:k:k]}
	switch store(t.Kind) {
	case storeBits:
		v.Bits = zeros.bits[:k:k]
	case storeI64:
		v.I64 = zeros.i64[:n:n]
	case storeF64:
		v.F64 = zeros.f64[:n:n]
	case storeBytes:
		v.Off = zeros.off[: n+1 : n+1]
	default:
		return Nulls(t, n)
	}
	return v
}

// SharedZeros is n zeros that nobody writes to; false when they are too many.
func SharedZeros(n int) ([]int32, bool) {
	if n > sharedRows {
		return nil, false
	}
	return zeros.off[:n:n], true
}
