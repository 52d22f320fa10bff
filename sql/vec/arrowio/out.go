package arrowio

import (
	"encoding/binary"
	"math/big"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// ToRecord wraps the live rows of b's Cols, which have the types of schema. The
// record shares memory with b: Booleans, 64-bit numbers, text, bytes, UUIDs and
// everything nested of these are not copied. An error names a value Arrow's type
// does not hold (a NaN in a DECIMAL, an interval beyond ±292 years).
func ToRecord(schema types.Schema, b *vec.Batch) (arrow.Record, error) {
	b = b.Compact()
	cols := make([]arrow.Array, len(schema))
	for i := range schema {
		d, err := toData(&b.Cols[i])
		if err != nil {
			return nil, err
		}
		cols[i] = array.MakeFromData(d)
	}
	return array.NewRecord(Schema(schema), cols, int64(b.N)), nil
}

func toData(v *vec.Vec) (*array.Data, error) {
	dt := dataType(v.Type)
	nulls := v.NullCount()
	var valid *memory.Buffer
	if nulls > 0 && v.Valid != nil {
		valid = memory.NewBufferBytes(v.Valid)
	}
	make1 := func(kids []arrow.ArrayData, bufs ...[]byte) *array.Data {
		all := []*memory.Buffer{valid}
		for _, b := range bufs {
			all = append(all, memory.NewBufferBytes(b))
		}
		return array.NewData(dt, v.N, all, kids, nulls, 0)
	}
	switch v.Type.Kind {
	case types.Unknown, types.Void:
		return array.NewData(dt, v.N, []*memory.Buffer{nil}, nil, v.N, 0), nil
	case types.Boolean:
		return make1(nil, v.Bits), nil
	case types.SmallInt, types.Int, types.Date, types.Real:
		return make1(nil, narrow(v)), nil
	case types.Double:
		return make1(nil, arrow.Float64Traits.CastToBytes(v.F64)), nil
	case types.UUID:
		return make1(nil, v.Data), nil
	case types.Interval:
		b, err := spans(v)
		return make1(nil, b), err
	case types.Decimal:
		if dt.ID() == arrow.DECIMAL128 {
			b, err := decimals(v)
			return make1(nil, b), err
		}
		return textData(v, make1), nil
	case types.String, types.JSON, types.Name, types.Char, types.Bytes:
		return textData(v, make1), nil
	case types.Enum:
		text := labels(v)
		return toData(&text)
	case types.Array, types.Map, types.Struct, types.Record:
		return nestedData(v, dt, make1)
	}
	return make1(nil, arrow.Int64Traits.CastToBytes(v.I64)), nil
}

type maker func(kids []arrow.ArrayData, bufs ...[]byte) *array.Data

// narrow writes the values of a type that Arrow keeps in 16 or 32 bits.
func narrow(v *vec.Vec) []byte {
	if v.Type.Kind == types.SmallInt {
		out := make([]int16, v.N)
		for i, x := range v.I64[:v.N] {
			out[i] = int16(x)
		}
		return arrow.Int16Traits.CastToBytes(out)
	}
	if v.Type.Kind == types.Real {
		out := make([]float32, v.N)
		for i, x := range v.F64[:v.N] {
			out[i] = float32(x)
		}
		return arrow.Float32Traits.CastToBytes(out)
	}
	out := make([]int32, v.N)
	for i, x := range v.I64[:v.N] {
		out[i] = int32(x)
	}
	return arrow.Int32Traits.CastToBytes(out)
}

const nanosPerMicro = 1000

func spans(v *vec.Vec) ([]byte, error) {
	out := make([]byte, 0, 16*v.N)
	for i := range v.N {
		s := v.Span(i)
		nanos := s.Micros * nanosPerMicro
		if nanos/nanosPerMicro != s.Micros {
			return nil, outOfRange("interval", s.String())
		}
		out = binary.LittleEndian.AppendUint32(out, uint32(s.Months))
		out = binary.LittleEndian.AppendUint32(out, uint32(s.Days))
		out = binary.LittleEndian.AppendUint64(out, uint64(nanos))
	}
	return out, nil
}

// decimals writes 128-bit little-endian two's complement coefficients.
func decimals(v *vec.Vec) ([]byte, error) {
	out := make([]byte, 16*v.N)
	for i := range v.N {
		if v.Null(i) {
			continue
		}
		d, err := types.FitDecimal(v.Dec(i), v.Type)
		if err != nil || types.DecimalToFloat(d) != types.DecimalToFloat(d) {
			return nil, outOfRange(v.Type.String(), string(v.Str(i)))
		}
		n := new(big.Int).Set(d.Coeff.MathBigInt())
		if d.Negative {
			n.Sub(new(big.Int).Lsh(big.NewInt(1), 128), n)
		}
		var be [16]byte
		n.FillBytes(be[:])
		for k := range be {
			out[16*i+k] = be[15-k]
		}
	}
	return out, nil
}

// offsets gives the offsets of v from 0, and the range of what they cut.
func offsets(v *vec.Vec) (off []int32, lo, hi int32) {
	off = v.Off[:v.N+1]
	lo, hi = off[0], off[v.N]
	if lo != 0 {
		off = make([]int32, v.N+1)
		for i := range off {
			off[i] = v.Off[i] - lo
		}
	}
	return off, lo, hi
}

// labels are the texts of an enum's values.
func labels(v *vec.Vec) vec.Vec {
	b := vec.NewBuilder(types.TString, v.N)
	for i := range v.N {
		if v.Null(i) {
			b.AppendNull()
		} else {
			b.AppendString(v.Type.Labels.At(v.I64[i]))
		}
	}
	return b.Finish()
}

func textData(v *vec.Vec, make1 maker) *array.Data {
	off, lo, hi := offsets(v)
	return make1(nil, arrow.Int32Traits.CastToBytes(off), v.Data[lo:hi])
}

func nestedData(v *vec.Vec, dt arrow.DataType, make1 maker) (*array.Data, error) {
	kids := make([]arrow.ArrayData, len(v.Kids))
	var off []int32
	for k := range v.Kids {
		kid := v.Kids[k]
		if v.Off != nil {
			var lo, hi int32
			off, lo, hi = offsets(v)
			kid = kid.Slice(int(lo), int(hi))
		}
		d, err := toData(&kid)
		if err != nil {
			return nil, err
		}
		kids[k] = d
	}
	if v.Off == nil {
		return make1(kids), nil
	}
	if m, ok := dt.(*arrow.MapType); ok {
		entries := array.NewData(m.Elem(), kids[0].Len(), []*memory.Buffer{nil}, kids, 0, 0)
		kids = []arrow.ArrayData{entries}
	}
	return make1(kids, arrow.Int32Traits.CastToBytes(off)), nil
}
