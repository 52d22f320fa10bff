package codec

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/types"
)

// protoShape is what a field of a message is to us, beside its kind.
type protoShape uint8

const (
	protoScalar  protoShape = iota
	protoMessage            // a STRUCT
	protoWrapper            // google.protobuf.Int32Value and the like
	protoDecimal            // confluent.type.Decimal
	protoDate               // google.type.Date
	protoClock              // google.type.TimeOfDay
	protoInstant            // google.protobuf.Timestamp
	protoInner              // a message around one list or map, for lists of them
)

// protoField is how one field and values of a type stand to each other, for
// reading and for writing.
type protoField struct {
	num      protoreflect.FieldNumber
	name     string
	kind     protoreflect.Kind
	shape    protoShape
	list     bool
	entries  bool // a map, or repeated messages of key and value read as one
	packed   bool
	presence bool
	t        *types.Type // of the whole column; of an element: its element
	slot     int         // position among the STRUCT's fields
	sub      *protoPlan
	elem     *protoField // of a list
	key, val *protoField // of a map
	enum     protoreflect.EnumValueDescriptors
	deflt    protoreflect.Value // of proto2
}

// protoPlan is a message as a STRUCT.
type protoPlan struct {
	fields []*protoField // those that columns have, by number
	slots  int
	repeat bool // some are lists, maps or messages
}

// field finds the plan of a field number; records usually have them in order,
// so the search begins behind the last one.
func (p *protoPlan) field(num protoreflect.FieldNumber, from int) (int, *protoField) {
	for k := range p.fields {
		i := (from + k) % len(p.fields)
		if p.fields[i].num == num {
			return i, p.fields[i]
		}
	}
	return from, nil
}

// planMessage plans a message as a STRUCT of fields; those with need false are
// left out.
func planMessage(m protoreflect.MessageDescriptor, fields []types.Field, need []bool) (*protoPlan, error) {
	p := &protoPlan{slots: len(fields)}
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	have := make([]string, m.Fields().Len())
	for i := range have {
		have[i] = string(m.Fields().Get(i).Name())
	}
	for i, slot := range matchFields(names, have) {
		if slot < 0 || need != nil && !need[slot] {
			continue
		}
		f, err := planField(m.Fields().Get(i), &fields[slot].Type)
		if err != nil {
			return nil, inField(have[i], err)
		}
		f.slot = slot
		p.repeat = p.repeat || f.list || f.entries || f.shape != protoScalar
		at := len(p.fields)
		for at > 0 && p.fields[at-1].num > f.num {
			at--
		}
		p.fields = append(p.fields, nil)
		copy(p.fields[at+1:], p.fields[at:])
		p.fields[at] = f
	}
	return p, nil
}

func planField(d protoreflect.FieldDescriptor, t *types.Type) (*protoField, error) {
	f := &protoField{num: d.Number(), name: string(d.Name()), kind: d.Kind(), t: t, packed: d.IsPacked(), presence: d.HasPresence()}
	switch {
	case d.IsMap():
		return f, f.planMap(d.MapKey(), d.MapValue())
	case d.IsList() && t.Kind == types.Map && d.Message() != nil:
		key, val := d.Message().Fields().ByName("key"), d.Message().Fields().ByName("value")
		if key == nil || val == nil {
			return nil, errInto("a repeated Protobuf field", t)
		}
		return f, f.planMap(key, val)
	case d.IsList():
		if t.Kind != types.Array {
			return nil, errInto("a repeated Protobuf field", t)
		}
		f.list = true
		f.elem = &protoField{num: f.num, name: f.name, kind: f.kind, t: t.Elem, presence: true}
		return f, f.elem.planSingular(d)
	}
	if d.HasDefault() {
		f.deflt = d.Default()
	}
	return f, f.planSingular(d)
}

func (f *protoField) planMap(key, val protoreflect.FieldDescriptor) error {
	if f.t.Kind != types.Map {
		return errInto("a Protobuf map", f.t)
	}
	f.entries = true
	f.key = &protoField{num: key.Number(), name: "key", kind: key.Kind(), t: f.t.Key}
	if err := f.key.planSingular(key); err != nil {
		return err
	}
	var err error
	if val.IsList() || val.IsMap() {
		f.val, err = planField(val, f.t.Elem)
	} else {
		f.val = &protoField{num: val.Number(), name: "value", kind: val.Kind(), t: f.t.Elem, presence: val.Message() != nil}
		err = f.val.planSingular(val)
	}
	if err != nil {
		return err
	}
	f.val.slot = 1
	f.sub = &protoPlan{fields: []*protoField{f.key, f.val}, slots: 2, repeat: true}
	return nil
}

// planSingular plans one value of a field.
func (f *protoField) planSingular(d protoreflect.FieldDescriptor) error {
	if d.Kind() == protoreflect.EnumKind {
		f.enum = d.Enum().Values()
	}
	if d.Kind() != protoreflect.MessageKind && d.Kind() != protoreflect.GroupKind {
		if f.t.IsNested() {
			return errInto("a Protobuf "+d.Kind().String(), f.t)
		}
		return nil
	}
	m := d.Message()
	f.shape = shapeOf(m, f.t)
	var err error
	switch f.shape {
	case protoMessage:
		if f.t.Kind != types.Struct {
			return errInto("a Protobuf message", f.t)
		}
		f.sub, err = planMessage(m, f.t.Fields, nil)
	case protoWrapper:
		f.elem, err = planField(m.Fields().Get(0), f.t)
	case protoInner:
		fields := []types.Field{{Name: string(m.Fields().Get(0).Name()), Type: *f.t}}
		f.sub, err = planMessage(m, fields, nil)
	}
	return err
}

func shapeOf(m protoreflect.MessageDescriptor, t *types.Type) protoShape {
	switch m.FullName() {
	case "confluent.type.Decimal":
		return protoDecimal
	case "google.type.Date":
		return protoDate
	case "google.type.TimeOfDay":
		return protoClock
	case "google.protobuf.Timestamp":
		return protoInstant
	}
	switch {
	case schema.IsWrapper(m) && !t.IsNested():
		return protoWrapper
	case (t.Kind == types.Array || t.Kind == types.Map) && m.Fields().Len() == 1:
		return protoInner
	}
	return protoMessage
}

// enumName is the name of an enum's number.
func (f *protoField) enumName(n int32) (string, bool) {
	v := f.enum.ByNumber(protoreflect.EnumNumber(n))
	if v == nil {
		return "", false
	}
	return string(v.Name()), true
}

// enumNumber is the number of an enum's name, in any case.
func (f *protoField) enumNumber(name string) (int32, bool) {
	if v := f.enum.ByName(protoreflect.Name(name)); v != nil {
		return int32(v.Number()), true
	}
	for i := range f.enum.Len() {
		if v := f.enum.Get(i); strings.EqualFold(string(v.Name()), name) {
			return int32(v.Number()), true
		}
	}
	return 0, false
}
