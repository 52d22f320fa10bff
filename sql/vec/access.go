package vec

import (
	"encoding/binary"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/types"
)

// Value boxes value i; nil is NULL. Bytes share memory with the vector.
func (v *Vec) Value(i int) types.Value {
	if v.Null(i) {
		return nil
	}
	switch store(v.Type.Kind) {
	case storeBits:
		return v.Bits.Get(i)
	case storeI64:
		return v.I64[i]
	case storeF64:
		return v.F64[i]
	case storeBytes:
		switch v.Type.Kind {
		case types.Decimal:
			return v.Dec(i)
		case types.Bytes:
			return v.Str(i)
		}
		return string(v.Str(i))
	case storeFixed:
		if v.Type.Kind == types.UUID {
			return v.UUID(i)
		}
		return v.Span(i)
	}
	return v.nested(i)
}

func (v *Vec) nested(i int) types.Value {
	switch v.Type.Kind {
	case types.Array:
		return boxes(&v.Kids[0], v.Off[i], v.Off[i+1])
	case types.Map:
		return types.MapValue{
			Keys: boxes(&v.Kids[0], v.Off[i], v.Off[i+1]),
			Vals: boxes(&v.Kids[1], v.Off[i], v.Off[i+1]),
		}
	case types.Struct, types.Record:
		row := make(types.Row, len(v.Kids))
		for k := range v.Kids {
			row[k] = v.Kids[k].Value(i)
		}
		return row
	}
	return nil
}

func boxes(v *Vec, from, to int32) []types.Value {
	out := make([]types.Value, 0, to-from)
	for j := from; j < to; j++ {
		out = append(out, v.Value(int(j)))
	}
	return out
}

// Bool is the Boolean at i.
func (v *Vec) Bool(i int) bool { return v.Bits.Get(i) }

// Dec is the decimal at i.
func (v *Vec) Dec(i int) *apd.Decimal { return types.DecimalFromText(v.Str(i)) }

// UUID is the UUID at i.
func (v *Vec) UUID(i int) (u [16]byte) {
	copy(u[:], v.Data[16*i:])
	return u
}

// Span is the interval at i.
func (v *Vec) Span(i int) types.Span {
	b := v.Data[16*i : 16*i+16]
	return types.Span{
		Months: int32(binary.LittleEndian.Uint32(b)),
		Days:   int32(binary.LittleEndian.Uint32(b[4:])),
		Micros: int64(binary.LittleEndian.Uint64(b[8:])),
	}
}

// FromValues makes a vector of boxed values.
func FromValues(t types.Type, values []types.Value) Vec {
	b := NewBuilder(t, len(values))
	for _, x := range values {
		b.Append(x)
	}
	return b.Finish()
}

// Const makes a vector of n times x.
func Const(t types.Type, x types.Value, n int) Vec {
	if x == nil {
		return Nulls(t, n)
	}
	b := NewBuilder(t, n)
	for range n {
		b.Append(x)
	}
	return b.Finish()
}

// Nulls makes a vector of n NULLs.
func Nulls(t types.Type, n int) Vec {
	if t.Kind == types.Unknown {
		return Vec{Type: t, N: n}
	}
	v := Vec{Type: t, N: n, Valid: NewBitmap(n)}
	switch store(t.Kind) {
	case storeBits:
		v.Bits = NewBitmap(n)
	case storeI64:
		v.I64 = make([]int64, n)
	case storeF64:
		v.F64 = make([]float64, n)
	case storeBytes:
		v.Off = make([]int32, n+1)
	case storeFixed:
		v.Data = make([]byte, 16*n)
	case storeList:
		v.Off = make([]int32, n+1)
		for _, k := range kidTypes(t) {
			v.Kids = append(v.Kids, Nulls(k, 0))
		}
	case storeFields:
		for _, k := range kidTypes(t) {
			v.Kids = append(v.Kids, Nulls(k, n))
		}
	}
	return v
}

// NullCount is the number of NULLs.
func (v *Vec) NullCount() int {
	switch {
	case v.Type.Kind == types.Unknown:
		return v.N
	case v.Valid == nil:
		return 0
	}
	return v.N - v.Valid.Count(v.N)
}
