// Package typetest makes random types and values for the tests of every room.
// It is not part of the product; randomness comes in from the test.
package typetest

import (
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/types"
)

// Rand is the part of math/rand/v2's Rand that is used.
type Rand interface {
	IntN(n int) int
	Uint64() uint64
	Float64() float64
}

// Mood is an enum.
var Mood = types.TEnum(&types.Labels{Name: "Mood", OID: 90000, ArrayOID: 90001, All: []string{"sad", "it's \"ok\"", "", "happy"}})

// Scalars are the types of streams that hold no other type.
var Scalars = []types.Type{
	types.TBoolean, types.TInt, types.TBigInt, types.TDouble, types.TNumeric, types.TDecimal(12, 2),
	types.TString, types.TBytes, types.TTimestamp, types.TDate, types.TTime, types.TInterval,
	types.TJSON, types.TUUID, types.TSmallInt, types.TReal, types.TOID, types.TName, Mood,
}

// Type makes a type nested at most depth deep.
func Type(r Rand, depth int) types.Type {
	if depth == 0 || r.IntN(3) > 0 {
		return Scalars[r.IntN(len(Scalars))]
	}
	switch r.IntN(3) {
	case 0:
		return types.TArray(Type(r, depth-1))
	case 1:
		return types.TMap(types.TString, Type(r, depth-1))
	}
	fields := make([]types.Field, 1+r.IntN(3))
	for i := range fields {
		fields[i] = types.Field{Name: string(rune('A' + i)), Type: Type(r, depth-1)}
	}
	return types.TStruct(fields...)
}

// Value makes a value of type t, NULL one time in eight. Small domains are
// preferred, so that equal values happen.
func Value(r Rand, t types.Type) types.Value {
	if r.IntN(8) == 0 {
		return nil
	}
	return NotNull(r, t)
}

// NotNull is Value without NULL at the top.
func NotNull(r Rand, t types.Type) types.Value {
	switch t.Kind {
	case types.Boolean:
		return r.IntN(2) == 0
	case types.SmallInt:
		return int64(int16(integer(r)))
	case types.Int:
		return int64(int32(integer(r)))
	case types.BigInt:
		return integer(r)
	case types.Enum:
		return int64(r.IntN(len(t.Labels.All)))
	case types.OID:
		return int64(uint32(integer(r)))
	case types.Real:
		return float64(float32(float(r)))
	case types.Double:
		return float(r)
	case types.Decimal:
		return decimal(r, t)
	case types.String, types.Name:
		return text(r)
	case types.JSON:
		return []string{`{"a": 1}`, `[1, 2.50, null]`, `"x"`, `true`, `12`, `{"b": null}`}[r.IntN(6)]
	case types.Bytes:
		return []byte(text(r))
	case types.Timestamp:
		return int64(r.IntN(4_000_000_000)-1_000_000_000) * int64(1+r.IntN(2_000_000))
	case types.Date:
		return int64(r.IntN(100_000) - 50_000)
	case types.Time:
		return int64(r.Uint64() % types.MicrosPerDay)
	case types.Interval:
		return types.Span{Months: int32(r.IntN(30) - 15), Days: int32(r.IntN(100) - 50), Micros: integer(r) >> 16}
	case types.UUID:
		return [16]byte{byte(r.IntN(3)), 7, 9, 15: byte(r.IntN(256))}
	}
	return nested(r, t)
}

func nested(r Rand, t types.Type) types.Value {
	n := r.IntN(4)
	switch t.Kind {
	case types.Array:
		out := make([]types.Value, n)
		for i := range out {
			out[i] = Value(r, *t.Elem)
		}
		return out
	case types.Map:
		m := types.MapValue{Keys: []types.Value{}, Vals: []types.Value{}}
		for i := range n {
			m.Keys = append(m.Keys, strings.Repeat("k", i))
			m.Vals = append(m.Vals, Value(r, *t.Elem))
		}
		return m
	}
	row := make(types.Row, len(t.Fields))
	for i := range row {
		row[i] = Value(r, t.Fields[i].Type)
	}
	return row
}

func integer(r Rand) int64 {
	switch r.IntN(4) {
	case 0:
		return int64(r.IntN(5) - 2)
	case 1:
		return []int64{math.MaxInt64, math.MinInt64, math.MaxInt32, math.MinInt32}[r.IntN(4)]
	}
	return int64(r.Uint64() >> r.IntN(64))
}

func float(r Rand) float64 {
	switch r.IntN(4) {
	case 0:
		return []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1, -1, 1e15, 1e-5, 0.1}[r.IntN(10)]
	case 1:
		return float64(r.IntN(7)-3) / 2
	}
	return (r.Float64() - 0.5) * math.Pow(10, float64(r.IntN(60)-30))
}

func decimal(r Rand, t types.Type) types.Value {
	if t.Precision > 0 {
		limit := int64(math.Pow(10, float64(min(t.Precision, 18))))
		return plain(apd.New(int64(r.Uint64()>>1)%limit/int64(1+r.IntN(1000)), -t.Scale), r.IntN(2) == 0)
	}
	switch r.IntN(6) {
	case 0:
		return &apd.Decimal{Form: apd.NaN}
	case 1:
		return &apd.Decimal{Form: apd.Infinite, Negative: r.IntN(2) == 0}
	case 2:
		return plain(apd.New(int64(r.IntN(30))*100, -int32(r.IntN(4))), r.IntN(2) == 0)
	}
	return plain(apd.New(int64(r.Uint64()>>(1+r.IntN(60))), -int32(r.IntN(24))), r.IntN(2) == 0)
}

func plain(d *apd.Decimal, neg bool) *apd.Decimal {
	d.Negative = neg && d.Coeff.Sign() != 0
	return d
}

func text(r Rand) string {
	if r.IntN(3) == 0 {
		return []string{"", "a", "ab", "null", "NULL", `q"\,{}`, "é", " b ", "x\ty"}[r.IntN(9)]
	}
	b := make([]byte, r.IntN(12))
	for i := range b {
		b[i] = byte(1 + r.IntN(126))
	}
	return string(b)
}
