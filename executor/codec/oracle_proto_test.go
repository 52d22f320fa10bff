package codec

import (
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

// fromMessage turns a message that protobuf-go understands into a row.
func fromMessage(m protoreflect.Message, fields []types.Field) types.Row {
	row := make(types.Row, len(fields))
	for i, f := range fields {
		d := m.Descriptor().Fields().ByName(protoreflect.Name(f.Name))
		if d.HasPresence() && !m.Has(d) {
			continue
		}
		row[i] = fromField(m.Get(d), d, f.Type)
	}
	return row
}

func fromField(v protoreflect.Value, d protoreflect.FieldDescriptor, t types.Type) types.Value {
	switch {
	case d.IsMap():
		out := types.MapValue{}
		v.Map().Range(func(k protoreflect.MapKey, x protoreflect.Value) bool {
			out.Keys = append(out.Keys, k.String())
			out.Vals = append(out.Vals, fromSingle(x, d.MapValue(), *t.Elem))
			return true
		})
		return out
	case d.IsList():
		out := []types.Value{}
		for i := range v.List().Len() {
			out = append(out, fromSingle(v.List().Get(i), d, *t.Elem))
		}
		return out
	}
	return fromSingle(v, d, t)
}

func fromSingle(v protoreflect.Value, d protoreflect.FieldDescriptor, t types.Type) types.Value {
	if d.Message() == nil {
		return fromScalar(v, t)
	}
	m := v.Message()
	get := func(name string) protoreflect.Value {
		return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(name)))
	}
	switch d.Message().FullName() {
	case "confluent.type.Decimal":
		text := appendScaled(nil, get("value").Bytes(), int(get("scale").Int()))
		x := types.DecimalFromText(text)
		return types.Rescale(x, t.Scale)
	case "google.type.Date":
		if get("month").Int() == 0 {
			return nil
		}
		return types.DaysFromCivil(get("year").Int(), int(get("month").Int()), int(get("day").Int()))
	case "google.type.TimeOfDay":
		return ((get("hours").Int()*60+get("minutes").Int())*60+get("seconds").Int())*1e6 + get("nanos").Int()/1000
	case "google.protobuf.Timestamp":
		return get("seconds").Int()*1e6 + get("nanos").Int()/1000
	}
	if t.Kind == types.Array || t.Kind == types.Map {
		in := m.Descriptor().Fields().Get(0)
		return fromField(m.Get(in), in, t)
	}
	return fromMessage(m, t.Fields)
}

func fromScalar(v protoreflect.Value, t types.Type) types.Value {
	switch x := v.Interface().(type) {
	case int32:
		return int64(x)
	case int64, bool, float64, []byte:
		return x
	case float32:
		return float64(x)
	case string:
		if t.Kind == types.String {
			return x
		}
		if x == "" {
			return nil
		}
		out, err := types.ParseText(t, x, nil)
		if err != nil {
			panic(err)
		}
		return out
	}
	panic("kind")
}

// TestProtobufAgainstLibrary: protobuf-go reads what we write, and we read what
// it writes.
func TestProtobufAgainstLibrary(t *testing.T) {
	for _, format := range []string{"PROTOBUF", "PROTOBUF_NOSR"} {
		t.Run(format, func(t *testing.T) { protobufAgainstLibrary(t, format) })
	}
}

func protobufAgainstLibrary(t *testing.T, format string) {
	r := rand.New(rand.NewPCG(3, 4))
	nullable := catalog.Prop{Name: "nullable_representation", Value: "OPTIONAL"}
	defer func() { t.Logf("campaign: %s: %d random rows there and back", t.Name(), *codecRows) }()
	for i := 0; i < *codecRows; {
		cols := randomColumns(r)
		x := newTour(t, cols, format, nullable)
		head := 0
		if format == "PROTOBUF" {
			head = x.register(t, 1+r.IntN(1<<20))
		}
		own, err := x.in.enc.val.own(cols)
		if err != nil {
			t.Fatal(err)
		}
		md, _ := own.Message("")
		fields := wholeRow(cols).Fields
		for range 20 {
			i++
			row := randomRow(r, cols)
			want := make(types.Row, len(row))
			for k, c := range cols {
				want[k] = absentAs(c.Type, row[k], false)
			}
			p := x.write(row)
			m := dynamicpb.NewMessage(md)
			if err := proto.Unmarshal(p[head:], m); err != nil {
				t.Fatalf("%s\n%s\n%x", err, own.Text, p)
			}
			sortMaps(want)
			x.same("protobuf-go reads", sortMaps(fromMessage(m, fields)), want)
			again, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			x.same("we read", sortMaps(x.read(append(append([]byte{}, x.head...), again...))), want)
		}
	}
}

// sortMaps orders the entries of the row's maps.
func sortMaps(row types.Row) types.Row {
	for i := range row {
		row[i] = sortMap(row[i])
	}
	return row
}

func sortMap(v types.Value) types.Value {
	switch x := v.(type) {
	case []types.Value:
		for i := range x {
			x[i] = sortMap(x[i])
		}
	case types.Row:
		sortMaps(x)
	case types.MapValue:
		for i := range x.Vals {
			x.Vals[i] = sortMap(x.Vals[i])
		}
		for i := range x.Keys {
			for k := i; k > 0 && x.Keys[k].(string) < x.Keys[k-1].(string); k-- {
				x.Keys[k], x.Keys[k-1] = x.Keys[k-1], x.Keys[k]
				x.Vals[k], x.Vals[k-1] = x.Vals[k-1], x.Vals[k]
			}
		}
		return x
	}
	return v
}
