package bench

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// fillMessage puts plain values into the fields of a message, in order.
func fillMessage(m protoreflect.Message, row []any) {
	fields := m.Descriptor().Fields()
	for i, v := range row {
		d := fields.Get(i)
		switch x := v.(type) {
		case nil:
		case map[string]any:
			into := m.Mutable(d).Map()
			for k, e := range x {
				into.Set(protoreflect.ValueOfString(k).MapKey(), protoScalar(e, d.MapValue()))
			}
		case []any:
			fillNested(m, d, x)
		case int64:
			if d.Message() != nil {
				fillInstant(m.Mutable(d).Message(), x)
				continue
			}
			m.Set(d, protoScalar(x, d))
		default:
			m.Set(d, protoScalar(x, d))
		}
	}
}

// fillNested puts a list, or the fields of a message.
func fillNested(m protoreflect.Message, d protoreflect.FieldDescriptor, x []any) {
	if !d.IsList() {
		fillMessage(m.Mutable(d).Message(), x)
		return
	}
	list := m.Mutable(d).List()
	for _, e := range x {
		if row, ok := e.([]any); ok {
			fillMessage(list.AppendMutable().Message(), row)
			continue
		}
		list.Append(protoScalar(e, d))
	}
}

// fillInstant puts µs into a google.protobuf.Timestamp.
func fillInstant(m protoreflect.Message, us int64) {
	fields := m.Descriptor().Fields()
	m.Set(fields.ByName("seconds"), protoreflect.ValueOfInt64(us/1e6))
	m.Set(fields.ByName("nanos"), protoreflect.ValueOfInt32(int32(us%1e6*1000)))
}

func protoScalar(v any, d protoreflect.FieldDescriptor) protoreflect.Value {
	if x, ok := v.(int64); ok && d.Kind() == protoreflect.Int32Kind {
		return protoreflect.ValueOfInt32(int32(x))
	}
	return protoreflect.ValueOf(v)
}

// plainField is a field of a message in plain Go.
func plainField(m protoreflect.Message, d protoreflect.FieldDescriptor) any {
	v := m.Get(d)
	switch {
	case d.IsMap():
		out := map[string]any{}
		v.Map().Range(func(k protoreflect.MapKey, e protoreflect.Value) bool {
			out[k.String()] = plainProto(e)
			return true
		})
		return out
	case d.IsList():
		out := make([]any, v.List().Len())
		for i := range out {
			out[i] = plainProto(v.List().Get(i))
		}
		return out
	case d.HasPresence() && !m.Has(d):
		return nil
	}
	return plainProto(v)
}

func plainProto(v protoreflect.Value) any {
	switch x := v.Interface().(type) {
	case int32:
		return int64(x)
	case protoreflect.Message:
		fields := x.Descriptor().Fields()
		if x.Descriptor().FullName() == "google.protobuf.Timestamp" {
			return x.Get(fields.ByName("seconds")).Int()*1e6 + x.Get(fields.ByName("nanos")).Int()/1000
		}
		row := make([]any, fields.Len())
		for i := range row {
			row[i] = plainField(x, fields.Get(i))
		}
		return row
	default:
		return x
	}
}
