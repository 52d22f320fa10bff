package schema

import (
	"github.com/hamba/avro/v2"

	"github.com/leatdb/leat/sql/types"
)

// avro is the SQL type of an Avro schema.
func (r reader) avro(s avro.Schema, depth int) (types.Type, error) {
	if depth > maxDepth {
		return types.Type{}, errDeep()
	}
	if ref, ok := s.(*avro.RefSchema); ok {
		s = ref.Schema()
	}
	switch s := s.(type) {
	case *avro.PrimitiveSchema:
		return r.avroPrimitive(s)
	case *avro.FixedSchema:
		if d, ok := s.Logical().(*avro.DecimalLogicalSchema); ok {
			return types.TDecimal(int32(d.Precision()), int32(d.Scale())), nil
		}
		return types.TBytes, nil
	case *avro.EnumSchema:
		return types.TString, nil
	case *avro.ArraySchema:
		e, err := r.avro(s.Items(), depth+1)
		return types.TArray(e), err
	case *avro.MapSchema:
		e, err := r.avro(s.Values(), depth+1)
		return types.TMap(types.TString, e), err
	case *avro.RecordSchema:
		fields := make([]types.Field, len(s.Fields()))
		for i, f := range s.Fields() {
			t, err := r.avro(f.Type(), depth+1)
			if err != nil {
				return t, err
			}
			fields[i] = types.Field{Name: r.name(f.Name()), Type: t}
		}
		return types.TStruct(fields...), nil
	case *avro.UnionSchema:
		return r.avroUnion(s, depth)
	}
	return types.Type{}, errNoType("Avro's null alone")
}

// avroUnion is the type of the one branch that is not null, or a STRUCT of all
// such branches, one of which is set.
func (r reader) avroUnion(s *avro.UnionSchema, depth int) (types.Type, error) {
	var fields []types.Field
	for _, b := range s.Types() {
		if b.Type() == avro.Null {
			continue
		}
		t, err := r.avro(b, depth+1)
		if err != nil {
			return t, err
		}
		fields = append(fields, types.Field{Name: r.name(BranchName(b)), Type: t})
	}
	switch len(fields) {
	case 0:
		return types.Type{}, errNoType("Avro's null alone")
	case 1:
		return fields[0].Type, nil
	}
	return types.TStruct(fields...), nil
}

// BranchName names a branch of a union: its type, or the last part of its name.
func BranchName(s avro.Schema) string {
	if n, ok := s.(avro.NamedSchema); ok {
		return n.Name()
	}
	if ref, ok := s.(*avro.RefSchema); ok {
		return ref.Schema().Name()
	}
	return string(s.Type())
}

func (r reader) avroPrimitive(s *avro.PrimitiveSchema) (types.Type, error) {
	if text, ok := s.Prop(hint).(string); ok {
		if t, ok := r.hinted(text); ok {
			return t, nil
		}
	}
	if d, ok := s.Logical().(*avro.DecimalLogicalSchema); ok {
		return types.TDecimal(int32(d.Precision()), int32(d.Scale())), nil
	}
	if s.Logical() != nil {
		if t, ok := r.avroLogical(s.Logical().Type()); ok {
			return t, nil
		}
	}
	switch s.Type() {
	case avro.Boolean:
		return types.TBoolean, nil
	case avro.Int:
		return types.TInt, nil
	case avro.Long:
		return types.TBigInt, nil
	case avro.Float, avro.Double:
		return types.TDouble, nil
	case avro.Bytes:
		return types.TBytes, nil
	case avro.String:
		return types.TString, nil
	}
	return types.Type{}, errNoType("Avro's " + string(s.Type()))
}

// avroLogical is the type of a logical type. Kafka Connect, and so ksqlDB,
// knows those of milliseconds alone.
func (r reader) avroLogical(l avro.LogicalType) (types.Type, bool) {
	switch l {
	case avro.Date:
		return types.TDate, true
	case avro.TimeMillis:
		return types.TTime, true
	case avro.TimestampMillis:
		return types.TTimestamp, true
	}
	if r.m.Ksql {
		return types.Type{}, false
	}
	switch l {
	case avro.TimeMicros:
		return types.TTime, true
	case avro.TimestampMicros, avro.LocalTimestampMillis, avro.LocalTimestampMicros:
		return types.TTimestamp, true
	case avro.UUID:
		return types.TUUID, true
	}
	return types.Type{}, false
}
