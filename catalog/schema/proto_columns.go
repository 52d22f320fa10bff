package schema

import (
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// protobuf is the STRUCT of a message.
func (r reader) protobuf(f protoreflect.FileDescriptor, name string) (types.Type, error) {
	m, ok := (&Parsed{Proto: f}).Message(name)
	if !ok {
		return types.Type{}, sqlerr.New(sqlerr.FeatureNotSupported, "the schema has no message %s", name)
	}
	return r.message(m, 0)
}

func (r reader) message(m protoreflect.MessageDescriptor, depth int) (types.Type, error) {
	if depth > maxDepth {
		return types.Type{}, errDeep()
	}
	fields := make([]types.Field, m.Fields().Len())
	for i := range fields {
		f := m.Fields().Get(i)
		t, err := r.field(f, depth)
		if err != nil {
			return t, err
		}
		fields[i] = types.Field{Name: r.name(string(f.Name())), Type: t}
	}
	return types.TStruct(fields...), nil
}

func (r reader) field(f protoreflect.FieldDescriptor, depth int) (types.Type, error) {
	switch {
	case f.IsMap():
		e, err := r.singular(f.MapValue(), depth)
		return types.TMap(scalarType(f.MapKey().Kind()), e), err
	case f.IsList():
		e, err := r.singular(f, depth)
		return types.TArray(e), err
	}
	return r.singular(f, depth)
}

func (r reader) singular(f protoreflect.FieldDescriptor, depth int) (types.Type, error) {
	if f.Kind() != protoreflect.MessageKind && f.Kind() != protoreflect.GroupKind {
		if t, ok := r.hinted(FieldParam(f, hint)); ok {
			return t, nil
		}
		return scalarType(f.Kind()), nil
	}
	switch f.Message().FullName() {
	case "confluent.type.Decimal":
		p, _ := strconv.Atoi(FieldParam(f, "precision"))
		s, _ := strconv.Atoi(FieldParam(f, "scale"))
		if p <= 0 {
			p = 64
		}
		return types.TDecimal(int32(p), int32(s)), nil
	case "google.type.Date":
		return types.TDate, nil
	case "google.type.TimeOfDay":
		return types.TTime, nil
	case "google.protobuf.Timestamp":
		return types.TTimestamp, nil
	}
	if IsWrapper(f.Message()) {
		return scalarType(f.Message().Fields().Get(0).Kind()), nil
	}
	return r.message(f.Message(), depth+1)
}

// IsWrapper tells whether a message is one of google.protobuf's values that may
// be absent, Int32Value and the like.
func IsWrapper(m protoreflect.MessageDescriptor) bool {
	switch m.FullName() {
	case "google.protobuf.BoolValue", "google.protobuf.Int32Value", "google.protobuf.Int64Value", "google.protobuf.UInt32Value",
		"google.protobuf.UInt64Value", "google.protobuf.FloatValue", "google.protobuf.DoubleValue", "google.protobuf.StringValue",
		"google.protobuf.BytesValue":
		return true
	}
	return false
}

func scalarType(k protoreflect.Kind) types.Type {
	switch k {
	case protoreflect.BoolKind:
		return types.TBoolean
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return types.TInt
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Uint32Kind,
		protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return types.TBigInt
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return types.TDouble
	case protoreflect.BytesKind:
		return types.TBytes
	}
	return types.TString // and enums, by the name of the value
}

// FieldParam is a parameter of a field's (confluent.field_meta), "" when absent.
func FieldParam(f protoreflect.FieldDescriptor, name string) string {
	out := ""
	if f.Options() == nil {
		return ""
	}
	f.Options().ProtoReflect().Range(func(x protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if x.FullName() != "confluent.field_meta" {
			return true
		}
		params := x.Message().Fields().ByName("params")
		if params != nil && params.IsMap() {
			if p := v.Message().Get(params).Map().Get(protoreflect.ValueOfString(name).MapKey()); p.IsValid() {
				out = p.String()
			}
		}
		return false
	})
	return out
}
