package codec

import (
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/leatdb/leat/sql/types"
)

// protoReader reads messages by plans. Bytes are lent by the record.
type protoReader struct{ rules rules }

// gathered is what the parts of a field in a message amount to so far.
type gathered struct {
	seen bool
	p    []byte // a message; of several the concatenation, which merges them
	list []types.Value
	m    *mapping
}

func errProto(what string) error { return errWire("malformed Protobuf: %s", what) }

// message reads p into cells, one a slot.
func (a protoReader) message(r *protoPlan, p []byte, cells []cell) error {
	var parts []gathered
	if r.repeat {
		parts = make([]gathered, r.slots)
	}
	for _, f := range r.fields {
		if err := a.initial(f, &cells[f.slot]); err != nil {
			return err
		}
	}
	next := 0
	for len(p) > 0 {
		num, wire, n := protowire.ConsumeTag(p)
		if n < 0 {
			return errProto("a tag is broken")
		}
		p = p[n:]
		if n = protowire.ConsumeFieldValue(num, wire, p); n < 0 {
			return errProto("a field is broken")
		}
		if at, f := r.field(num, next); f != nil {
			next = at + 1
			var err error
			if f.list || f.entries || f.shape != protoScalar {
				err = a.gather(f, wire, p[:n], &parts[f.slot])
			} else {
				err = a.scalar(f, wire, p[:n], &cells[f.slot])
			}
			if err != nil {
				return err
			}
		}
		p = p[n:]
	}
	if !r.repeat {
		return nil
	}
	for _, f := range r.fields {
		if err := a.finish(f, &parts[f.slot], &cells[f.slot]); err != nil {
			return err
		}
	}
	return nil
}

// initial puts what an absent field is.
func (a protoReader) initial(f *protoField, c *cell) error {
	c.setNull()
	switch {
	case f.list:
		c.setBox([]types.Value{})
	case f.entries:
		c.setBox(types.MapValue{})
	case f.shape != protoScalar:
	case f.deflt.IsValid():
		return a.protoDefault(f, c)
	case !f.presence:
		return a.zero(f, c)
	}
	return nil
}

// zero puts the value of a scalar that is not on the wire.
func (a protoReader) zero(f *protoField, c *cell) error {
	switch f.kind {
	case protoreflect.BoolKind:
		return a.rules.wireBool(f.t, false, c)
	case protoreflect.StringKind:
		return a.protoText(f.t, nil, c)
	case protoreflect.BytesKind:
		if a.rules.ksql {
			return nil // ksqlDB leaves bytes out where others have defaults
		}
		return a.rules.wireBytes(f.t, []byte{}, c)
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return a.rules.wireFloat(f.t, 0, false, c)
	case protoreflect.EnumKind:
		return a.enum(f, int64(f.enum.Get(0).Number()), c)
	}
	return a.rules.wireInt(f.t, 0, c)
}

func (a protoReader) protoDefault(f *protoField, c *cell) error {
	switch v := f.deflt.Interface().(type) {
	case bool:
		return a.rules.wireBool(f.t, v, c)
	case string:
		return a.rules.wireText(f.t, []byte(v), c)
	case []byte:
		return a.rules.wireBytes(f.t, v, c)
	case float32:
		return a.rules.wireFloat(f.t, float64(v), true, c)
	case float64:
		return a.rules.wireFloat(f.t, v, false, c)
	case protoreflect.EnumNumber:
		return a.enum(f, int64(v), c)
	case uint64:
		return a.unsigned(f.t, v, c)
	case uint32:
		return a.rules.wireInt(f.t, int64(v), c)
	case int32:
		return a.rules.wireInt(f.t, int64(v), c)
	case int64:
		return a.rules.wireInt(f.t, v, c)
	}
	return nil
}

// scalar reads one value of a scalar field, its wire type checked.
func (a protoReader) scalar(f *protoField, wire protowire.Type, p []byte, c *cell) error {
	if wire != wireOf(f.kind) {
		return errProto("field " + f.name + " has another wire type")
	}
	switch wire {
	case protowire.VarintType:
		u, _ := protowire.ConsumeVarint(p)
		return a.varint(f, u, c)
	case protowire.Fixed32Type:
		u, _ := protowire.ConsumeFixed32(p)
		switch f.kind {
		case protoreflect.FloatKind:
			return a.rules.wireFloat(f.t, float64(math.Float32frombits(u)), true, c)
		case protoreflect.Fixed32Kind:
			return a.rules.wireInt(f.t, int64(u), c)
		}
		return a.rules.wireInt(f.t, int64(int32(u)), c)
	case protowire.Fixed64Type:
		u, _ := protowire.ConsumeFixed64(p)
		switch f.kind {
		case protoreflect.DoubleKind:
			return a.rules.wireFloat(f.t, math.Float64frombits(u), false, c)
		case protoreflect.Fixed64Kind:
			return a.unsigned(f.t, u, c)
		}
		return a.rules.wireInt(f.t, int64(u), c)
	}
	b, _ := protowire.ConsumeBytes(p)
	if f.kind == protoreflect.StringKind {
		return a.protoText(f.t, b, c)
	}
	return a.rules.wireBytes(f.t, b, c)
}

// protoText reads text; "" of a type that has no such text is NULL, since lists
// have no other way to say so.
func (a protoReader) protoText(t *types.Type, p []byte, c *cell) error {
	if len(p) == 0 && !holdsEmpty(t) && t.Kind != types.Bytes {
		c.setNull()
		return nil
	}
	return a.rules.wireText(t, p, c)
}

func (a protoReader) varint(f *protoField, u uint64, c *cell) error {
	switch f.kind {
	case protoreflect.BoolKind:
		return a.rules.wireBool(f.t, u != 0, c)
	case protoreflect.EnumKind:
		return a.enum(f, int64(int32(u)), c)
	case protoreflect.Int32Kind:
		return a.rules.wireInt(f.t, int64(int32(u)), c)
	case protoreflect.Uint32Kind:
		return a.rules.wireInt(f.t, int64(uint32(u)), c)
	case protoreflect.Sint32Kind:
		return a.rules.wireInt(f.t, int64(int32(protowire.DecodeZigZag(u&math.MaxUint32))), c)
	case protoreflect.Sint64Kind:
		return a.rules.wireInt(f.t, protowire.DecodeZigZag(u), c)
	case protoreflect.Uint64Kind:
		return a.unsigned(f.t, u, c)
	}
	return a.rules.wireInt(f.t, int64(u), c)
}

func (a protoReader) unsigned(t *types.Type, u uint64, c *cell) error {
	if u <= math.MaxInt64 {
		return a.rules.wireInt(t, int64(u), c)
	}
	return a.rules.number(t, strconv.AppendUint(nil, u, 10), c)
}

// enum is the name of a value; a number without one stays a number.
func (a protoReader) enum(f *protoField, n int64, c *cell) error {
	if f.t.IsInteger() {
		return a.rules.wireInt(f.t, n, c)
	}
	if name, ok := f.enumName(int32(n)); ok {
		return a.rules.wireText(f.t, []byte(name), c)
	}
	return a.rules.wireText(f.t, strconv.AppendInt(nil, n, 10), c)
}

// wireOf is how a kind stands on the wire when it is not packed.
func wireOf(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.GroupKind:
		return protowire.StartGroupType
	}
	return protowire.VarintType
}
