// Package arrowio turns batches into Arrow records and back, for IPC files, the
// HTTP Arrow stream and user functions. It alone imports Arrow.
//
//	arrowio.go  the mapping of types and schemas
//	out.go      vectors to Arrow arrays, without copying where the layout agrees
//	in.go       Arrow arrays to vectors, every length and offset checked
//	ipc.go      the IPC stream format
//	frame.go    lengths of a stream's messages, checked before Arrow believes them
//
// Where Arrow has no type of its own for one of ours (JSON, name, numeric
// without parameters, UUID), the field's metadata names the type, so that our
// own files read back exactly. Only Cols travels: a batch's tombstones, times
// and positions are columns when someone wants them to be.
package arrowio

import (
	"github.com/apache/arrow/go/v17/arrow"

	"github.com/leatdb/leat/sql/types"
)

// typeKey is the metadata key under which a field carries our type's name.
const typeKey = "leat.type"

// maxDecimal128 is the largest precision Arrow's 128-bit decimal has.
const maxDecimal128 = 38

// Schema is the Arrow schema of s.
func Schema(s types.Schema) *arrow.Schema {
	fields := make([]arrow.Field, len(s))
	for i, c := range s {
		fields[i] = arrow.Field{Name: c.Name, Type: dataType(c.Type), Nullable: !c.NotNull}
		if plain, err := plainType(fields[i].Type, 0); err != nil || !plain.Equal(c.Type) {
			fields[i].Metadata = arrow.NewMetadata([]string{typeKey}, []string{c.Type.Stored()})
		}
	}
	return arrow.NewSchema(fields, nil)
}

func field(name string, t types.Type) arrow.Field {
	return arrow.Field{Name: name, Type: dataType(t), Nullable: true}
}

func dataType(t types.Type) arrow.DataType {
	switch t.Kind {
	case types.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case types.SmallInt:
		return arrow.PrimitiveTypes.Int16
	case types.Int:
		return arrow.PrimitiveTypes.Int32
	case types.Real:
		return arrow.PrimitiveTypes.Float32
	case types.Double:
		return arrow.PrimitiveTypes.Float64
	case types.Decimal:
		if t.Precision > 0 && t.Precision <= maxDecimal128 {
			return &arrow.Decimal128Type{Precision: t.Precision, Scale: t.Scale}
		}
		return arrow.BinaryTypes.String
	case types.String, types.JSON, types.Name, types.Char, types.Enum:
		return arrow.BinaryTypes.String
	case types.Bytes:
		return arrow.BinaryTypes.Binary
	case types.Timestamp:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	case types.Date:
		return arrow.FixedWidthTypes.Date32
	case types.Time:
		return arrow.FixedWidthTypes.Time64us
	case types.Interval:
		return arrow.FixedWidthTypes.MonthDayNanoInterval
	case types.UUID:
		return &arrow.FixedSizeBinaryType{ByteWidth: 16}
	case types.Array:
		return arrow.ListOf(dataType(*t.Elem))
	case types.Map:
		return arrow.MapOf(dataType(*t.Key), dataType(*t.Elem))
	case types.Struct, types.Record:
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = field(f.Name, f.Type)
		}
		return arrow.StructOf(fields...)
	case types.Unknown, types.Void:
		return arrow.Null
	}
	return arrow.PrimitiveTypes.Int64
}

// SchemaOf is the schema an Arrow schema means. 0A000 for a type we do not
// read.
func SchemaOf(s *arrow.Schema) (types.Schema, error) {
	out := make(types.Schema, s.NumFields())
	for i, f := range s.Fields() {
		t, err := typeOf(f)
		if err != nil {
			return nil, err
		}
		out[i] = types.Column{Name: f.Name, Type: t, NotNull: !f.Nullable}
	}
	return out, nil
}

// typeOf believes the metadata when the data can be read so.
func typeOf(f arrow.Field) (types.Type, error) {
	if name, found := f.Metadata.GetValue(typeKey); found {
		if t, err := types.ParseType(name); err == nil && arrow.TypeEqual(dataType(t), f.Type) {
			return t, nil
		}
	}
	return plainType(f.Type, 0)
}

const maxDepth = 64

// plainType is the type an Arrow type means without metadata.
func plainType(dt arrow.DataType, depth int) (types.Type, error) {
	if depth > maxDepth {
		return types.Type{}, malformed("a type nested too deeply")
	}
	switch dt := dt.(type) {
	case *arrow.ListType:
		elem, err := plainType(dt.Elem(), depth+1)
		return types.TArray(elem), err
	case *arrow.MapType:
		key, err := plainType(dt.KeyType(), depth+1)
		if err != nil {
			return types.Type{}, err
		}
		elem, err := plainType(dt.ItemType(), depth+1)
		return types.TMap(key, elem), err
	case *arrow.StructType:
		fields := make([]types.Field, dt.NumFields())
		for i, sub := range dt.Fields() {
			t, err := plainType(sub.Type, depth+1)
			if err != nil {
				return types.Type{}, err
			}
			fields[i] = types.Field{Name: sub.Name, Type: t}
		}
		return types.TStruct(fields...), nil
	}
	if t, ok := plainScalar(dt); ok {
		return t, nil
	}
	return types.Type{}, unsupported(dt)
}

func plainScalar(dt arrow.DataType) (types.Type, bool) {
	switch dt.ID() {
	case arrow.NULL:
		return types.TUnknown, true
	case arrow.BOOL:
		return types.TBoolean, true
	case arrow.INT16:
		return types.TSmallInt, true
	case arrow.INT32:
		return types.TInt, true
	case arrow.INT64:
		return types.TBigInt, true
	case arrow.FLOAT32:
		return types.TReal, true
	case arrow.FLOAT64:
		return types.TDouble, true
	case arrow.STRING:
		return types.TString, true
	case arrow.BINARY:
		return types.TBytes, true
	case arrow.DATE32:
		return types.TDate, true
	case arrow.INTERVAL_MONTH_DAY_NANO:
		return types.TInterval, true
	case arrow.DECIMAL128:
		d := dt.(*arrow.Decimal128Type)
		return types.TDecimal(d.Precision, d.Scale), d.Scale >= 0 && d.Scale <= d.Precision
	case arrow.FIXED_SIZE_BINARY:
		return types.TUUID, dt.(*arrow.FixedSizeBinaryType).ByteWidth == 16
	case arrow.TIMESTAMP:
		return types.TTimestamp, dt.(*arrow.TimestampType).Unit == arrow.Microsecond
	case arrow.TIME64:
		return types.TTime, dt.(*arrow.Time64Type).Unit == arrow.Microsecond
	}
	return types.Type{}, false
}
