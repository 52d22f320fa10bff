package arrowio

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func malformed(format string, args ...any) error {
	return types.Corrupted("arrow data: " + fmt.Sprintf(format, args...))
}

func outOfRange(typ, value string) error {
	return sqlerr.New(sqlerr.NumericOutOfRange, "%s value %s has no arrow form", typ, value)
}

func unsupported(dt arrow.DataType) error {
	return sqlerr.Unsupported("arrow type %s", dt)
}

// FromRecord makes a batch of rec, whose columns have the types of schema
// (SchemaOf). 64-bit numbers, text and bytes share memory with rec. Every length
// and offset is checked: XX001 when one is out of bounds.
func FromRecord(schema types.Schema, rec arrow.Record) (*vec.Batch, error) {
	if int(rec.NumCols()) != len(schema) || rec.NumRows() > math.MaxInt32 || rec.NumRows() < 0 {
		return nil, malformed("%d columns, %d rows", rec.NumCols(), rec.NumRows())
	}
	b := &vec.Batch{N: int(rec.NumRows()), Cols: make([]vec.Vec, len(schema))}
	for i := range schema {
		v, err := fromData(schema[i].Type, rec.Column(i).Data())
		if err != nil {
			return nil, err
		}
		if v.N != b.N {
			return nil, malformed("column %d has %d values of %d", i, v.N, b.N)
		}
		b.Cols[i] = v
	}
	return b, nil
}

// buffer gives a buffer of at least size bytes.
func buffer(d arrow.ArrayData, i, size int) ([]byte, error) {
	bufs := d.Buffers()
	if i < len(bufs) && bufs[i] != nil && bufs[i].Len() >= size {
		return bufs[i].Bytes(), nil
	}
	if size == 0 {
		return nil, nil
	}
	return nil, malformed("a buffer of less than %d bytes", size)
}

func fromData(t types.Type, d arrow.ArrayData) (vec.Vec, error) {
	n, at := d.Len(), d.Offset()
	if n < 0 || at < 0 || n > math.MaxInt32-at || dataType(t).ID() != d.DataType().ID() {
		return vec.Vec{}, malformed("a column that is not %s", t)
	}
	if t.Kind == types.Unknown || t.Kind == types.Void {
		return vec.Nulls(t, n), nil
	}
	v := vec.Vec{Type: t, N: n}
	if len(d.Buffers()) > 0 && d.Buffers()[0] != nil && d.Buffers()[0].Len() > 0 && d.NullN() != 0 {
		bits, err := buffer(d, 0, (at+n+7)/8)
		if err != nil {
			return v, err
		}
		v.Valid = vec.Bitmap(bits).Slice(at, at+n)
	}
	var err error
	switch t.Kind {
	case types.String, types.JSON, types.Name, types.Char, types.Bytes:
		err = readText(&v, d)
	case types.Enum:
		return readLabels(t, d)
	case types.Decimal:
		err = readDecimal(&v, d)
	case types.Array, types.Map:
		err = readList(&v, d)
	case types.Struct, types.Record:
		err = readStruct(&v, d)
	default:
		err = readFixed(&v, d)
	}
	return v, err
}

// readFixed reads the types of fixed width.
func readFixed(v *vec.Vec, d arrow.ArrayData) error {
	n, at := v.N, d.Offset()
	if v.Type.Kind == types.Boolean {
		bits, err := buffer(d, 1, (at+n+7)/8)
		v.Bits = vec.Bitmap(bits).Slice(at, at+n)
		return err
	}
	width := d.DataType().(arrow.FixedWidthDataType).BitWidth() / 8
	b, err := buffer(d, 1, (at+n)*width)
	if err != nil {
		return err
	}
	if b == nil {
		b = []byte{}
	}
	b = b[at*width : (at+n)*width]
	switch v.Type.Kind {
	case types.SmallInt:
		v.I64 = widen(arrow.Int16Traits.CastFromBytes(b))
	case types.Int, types.Date:
		v.I64 = widen(arrow.Int32Traits.CastFromBytes(b))
	case types.Real:
		v.F64 = make([]float64, n)
		for i, f := range arrow.Float32Traits.CastFromBytes(b) {
			v.F64[i] = float64(f)
		}
	case types.Double:
		v.F64 = arrow.Float64Traits.CastFromBytes(b)
	case types.UUID:
		v.Data = b
	case types.Interval:
		v.Data = make([]byte, 0, len(b))
		for ; len(b) > 0; b = b[16:] {
			nanos := int64(binary.LittleEndian.Uint64(b[8:]))
			v.Data = append(v.Data, b[:8]...)
			v.Data = binary.LittleEndian.AppendUint64(v.Data, uint64(nanos/nanosPerMicro))
		}
	default:
		v.I64 = arrow.Int64Traits.CastFromBytes(b)
	}
	return nil
}

func widen[T int16 | int32](in []T) []int64 {
	out := make([]int64, len(in))
	for i, x := range in {
		out[i] = int64(x)
	}
	return out
}

// readOffsets checks that offsets begin at 0 or above, never fall, and end
// within limit.
func readOffsets(v *vec.Vec, d arrow.ArrayData, limit int) error {
	n, at := v.N, d.Offset()
	if n == 0 {
		v.Off = []int32{0}
		return nil
	}
	b, err := buffer(d, 1, 4*(at+n+1))
	if err != nil {
		return err
	}
	v.Off = arrow.Int32Traits.CastFromBytes(b)[at : at+n+1]
	prev := int32(0)
	for _, o := range v.Off {
		if o < prev || int(o) > limit {
			return malformed("offset %d after %d of %d", o, prev, limit)
		}
		prev = o
	}
	return nil
}

func readText(v *vec.Vec, d arrow.ArrayData) error {
	data, err := buffer(d, 2, 0)
	if err != nil {
		return err
	}
	v.Data = data
	if err := readOffsets(v, d, len(data)); err != nil {
		return err
	}
	for i := range v.N {
		if v.Type.Kind == types.Bytes || v.Null(i) {
			continue
		}
		s := v.Str(i)
		if !utf8.Valid(s) {
			return malformed("text that is not UTF-8")
		}
		if v.Type.Kind == types.Decimal && !types.CanonicalDecimal(s) {
			return malformed("text that is not a decimal")
		}
		if v.Type.Kind == types.JSON {
			if err := types.CheckJSON(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// readLabels reads the values of an enum from their texts.
func readLabels(t types.Type, d arrow.ArrayData) (vec.Vec, error) {
	text, err := fromData(types.TString, d)
	if err != nil {
		return text, err
	}
	b := vec.NewBuilder(t, text.N)
	for i := range text.N {
		if text.Null(i) {
			b.AppendNull()
			continue
		}
		place, err := t.Labels.Place(string(text.Str(i)))
		if err != nil {
			return text, malformed("a label that enum %s lacks", t)
		}
		b.AppendI64(place)
	}
	return b.Finish(), nil
}

func readDecimal(v *vec.Vec, d arrow.ArrayData) error {
	if d.DataType().ID() == arrow.STRING {
		return readText(v, d)
	}
	n, at := v.N, d.Offset()
	b, err := buffer(d, 1, (at+n)*16)
	if err != nil {
		return err
	}
	scale := d.DataType().(*arrow.Decimal128Type).Scale
	if scale < 0 {
		return unsupported(d.DataType())
	}
	v.Off = make([]int32, 1, n+1)
	for i := range n {
		if !v.Null(i) {
			v.Data = types.AppendDecimal(v.Data, decimal128(b[16*(at+i):], scale))
		}
		if len(v.Data) > math.MaxInt32 {
			return malformed("more than 2 GiB of decimals")
		}
		v.Off = append(v.Off, int32(len(v.Data)))
	}
	return nil
}

func decimal128(le []byte, scale int32) *apd.Decimal {
	var be [16]byte
	for k := range be {
		be[k] = le[15-k]
	}
	n := new(big.Int).SetBytes(be[:])
	neg := be[0]&0x80 != 0
	if neg {
		n.Sub(new(big.Int).Lsh(big.NewInt(1), 128), n)
	}
	d := apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(n), -scale)
	d.Negative = neg
	return d
}

func readList(v *vec.Vec, d arrow.ArrayData) error {
	if len(d.Children()) != 1 {
		return malformed("a list with %d children", len(d.Children()))
	}
	entries := d.Children()[0]
	if v.Type.Kind == types.Array {
		kid, err := fromData(*v.Type.Elem, entries)
		if err != nil {
			return err
		}
		v.Kids = []vec.Vec{kid}
		return readOffsets(v, d, kid.N)
	}
	pair := vec.Vec{Type: types.TStruct(types.Field{Type: *v.Type.Key}, types.Field{Type: *v.Type.Elem}), N: entries.Len()}
	if entries.DataType().ID() != arrow.STRUCT {
		return malformed("a map without entries")
	}
	if err := readStruct(&pair, entries); err != nil {
		return err
	}
	v.Kids = pair.Kids
	return readOffsets(v, d, pair.N)
}

func readStruct(v *vec.Vec, d arrow.ArrayData) error {
	if len(d.Children()) != len(v.Type.Fields) {
		return malformed("a struct with %d children", len(d.Children()))
	}
	v.Kids = make([]vec.Vec, len(v.Type.Fields))
	for k, f := range v.Type.Fields {
		kid, err := fromData(f.Type, d.Children()[k])
		if err != nil {
			return err
		}
		if kid.N < d.Offset()+v.N {
			return malformed("a struct's field of %d values", kid.N)
		}
		v.Kids[k] = kid.Slice(d.Offset(), d.Offset()+v.N)
	}
	return nil
}
