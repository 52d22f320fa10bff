package codec

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/leatdb/leat/sql/types"
)

// gather takes one part of a list, map or message.
func (a protoReader) gather(f *protoField, wire protowire.Type, p []byte, g *gathered) error {
	if f.list && wire == protowire.BytesType && packable(f.kind) {
		return a.packed(f, p, g)
	}
	if wire != wireOf(f.kind) {
		return errProto("field " + f.name + " has another wire type")
	}
	if f.list && f.elem.shape == protoScalar {
		var in cell
		if err := a.scalar(f.elem, wire, p, &in); err != nil {
			return err
		}
		g.list = append(g.list, in.value(f.t.Elem))
		return nil
	}
	b, n := protowire.ConsumeBytes(p)
	if wire == protowire.StartGroupType {
		b, n = protowire.ConsumeGroup(f.num, p)
	}
	if n < 0 {
		return errProto("a field is broken")
	}
	switch {
	case f.entries:
		return a.entry(f, b, g)
	case f.list:
		var in cell
		if err := a.nested(f.elem, b, &in); err != nil {
			return err
		}
		g.list = append(g.list, in.value(f.t.Elem))
		return nil
	}
	if g.seen {
		b = append(append(make([]byte, 0, len(g.p)+len(b)), g.p...), b...)
	}
	g.seen, g.p = true, b
	return nil
}

func packable(k protoreflect.Kind) bool {
	w := wireOf(k)
	return w != protowire.BytesType && w != protowire.StartGroupType
}

func (a protoReader) packed(f *protoField, p []byte, g *gathered) error {
	b, _ := protowire.ConsumeBytes(p)
	wire := wireOf(f.kind)
	for len(b) > 0 {
		n := protowire.ConsumeFieldValue(f.num, wire, b)
		if n < 0 {
			return errProto("a packed field is broken")
		}
		var in cell
		if err := a.scalar(f.elem, wire, b[:n], &in); err != nil {
			return err
		}
		g.list = append(g.list, in.value(f.t.Elem))
		b = b[n:]
	}
	return nil
}

// entry reads one key and value of a map.
func (a protoReader) entry(f *protoField, p []byte, g *gathered) error {
	if g.m == nil {
		g.m = newMapping(f.t)
	}
	var cells [2]cell
	if err := a.message(f.sub, p, cells[:]); err != nil {
		return err
	}
	key, val := cells[0].value(f.t.Key), cells[1].value(f.t.Elem)
	if key == nil {
		return errProto("an entry of a map has no key")
	}
	if val == nil && f.val.shape != protoScalar && f.val.shape != protoWrapper {
		var in cell // an absent message is an empty one
		if err := a.nested(f.val, nil, &in); err != nil {
			return err
		}
		val = in.value(f.t.Elem)
	}
	g.m.put(key, val)
	return nil
}

// finish puts what the parts came to.
func (a protoReader) finish(f *protoField, g *gathered, c *cell) error {
	switch {
	case f.list:
		if g.list != nil {
			c.setBox(g.list)
		}
	case f.entries:
		if g.m != nil {
			c.setBox(g.m.MapValue)
		}
	case f.shape != protoScalar && g.seen:
		return a.nested(f, g.p, c)
	}
	return nil
}

// nested reads a message field's bytes.
func (a protoReader) nested(f *protoField, p []byte, c *cell) error {
	switch f.shape {
	case protoMessage:
		cells := make([]cell, f.sub.slots)
		if err := a.message(f.sub, p, cells); err != nil {
			return err
		}
		row := make(types.Row, len(cells))
		for i := range cells {
			row[i] = cells[i].value(&f.t.Fields[i].Type)
		}
		c.setBox(row)
		return nil
	case protoInner:
		var cells [1]cell
		err := a.message(f.sub, p, cells[:])
		*c = cells[0]
		return err
	case protoWrapper:
		plan := protoPlan{fields: []*protoField{f.elem}, slots: 1}
		var cells [1]cell
		err := a.message(&plan, p, cells[:])
		*c = cells[0]
		return err
	}
	return a.moment(f, p, c)
}

// moment reads the messages of time and exact numbers, all of whose fields are
// integers but a decimal's digits.
func (a protoReader) moment(f *protoField, p []byte, c *cell) error {
	var at [5]int64
	var digits []byte
	for len(p) > 0 {
		num, wire, n := protowire.ConsumeTag(p)
		if n < 0 {
			return errProto("a tag is broken")
		}
		p = p[n:]
		if n = protowire.ConsumeFieldValue(num, wire, p); n < 0 {
			return errProto("a field is broken")
		}
		switch {
		case wire == protowire.VarintType && num < 5:
			u, _ := protowire.ConsumeVarint(p)
			at[num] = int64(u)
		case wire == protowire.BytesType && num == 1:
			digits, _ = protowire.ConsumeBytes(p)
		}
		p = p[n:]
	}
	switch f.shape {
	case protoDecimal:
		return a.rules.wireDecimal(f.t, digits, int(int32(at[3])), c)
	case protoDate:
		if at[1] == 0 && at[2] == 0 && at[3] == 0 {
			c.setNull() // no date
			return nil
		}
		if at[2] < 1 || at[2] > 12 || at[1] < -1e6 || at[1] > 1e6 || at[3] < 0 || at[3] > 31 {
			return errWire("a google.type.Date is out of range: %d-%d-%d", at[1], at[2], at[3])
		}
		return a.rules.wireDate(f.t, types.DaysFromCivil(at[1], int(at[2]), int(at[3])), c)
	case protoClock:
		if at[1] < 0 || at[1] > 24 || at[2] < 0 || at[2] > 59 || at[3] < 0 || at[3] > 60 || at[4] < 0 || at[4] > 999_999_999 {
			return errWire("a google.type.TimeOfDay is out of range")
		}
		us := ((at[1]*60+at[2])*60+at[3])*1e6 + at[4]/1000
		return a.rules.wireTime(f.t, us, us/types.MicrosPerMilli, c)
	}
	if at[1] > maxInstant/1_000_000 || at[1] < -maxInstant/1_000_000 || at[2] < 0 || at[2] > 999_999_999 {
		return errWire("a google.protobuf.Timestamp is out of range")
	}
	us := at[1]*1e6 + at[2]/1000
	return a.rules.wireInstant(f.t, us, floorDiv(us, types.MicrosPerMilli), c)
}
