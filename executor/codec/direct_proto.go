package codec

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/leatdb/leat/sql/vec"
)

// directProto reads a Protobuf message each of whose fields is there once,
// unless it is repeated, and then without others in between.
func (d *Decoder) directProto(plan *wirePlan, p []byte) bool {
	if plan.columns == nil {
		plan.columns = d.protoStepsFor(plan.proto)
	}
	return !plan.columns.strict && d.val.wire.proto.messageInto(plan.columns, p)
}

// messageInto reads a message into one value of each column; false leaves it
// half done. Fields may be in any order: writers in Go have them as a map does.
func (a *protoReader) messageInto(x *protoSteps, p []byte) bool {
	tag, i := tagAt(p, 0)
	seen := uint64(0)
	for k := 0; tag != noTag; k++ {
		if k >= len(x.steps) || x.steps[k].num != tag>>3 {
			if k = x.find(tag >> 3); k < 0 {
				num, wire := protowire.DecodeTag(tag)
				n := protowire.ConsumeFieldValue(num, wire, p[i:])
				if n < 0 {
					return false
				}
				tag, i = tagAt(p, i+n)
				continue
			}
		}
		if seen>>k&1 != 0 {
			return false
		}
		seen |= 1 << k
		s := &x.steps[k]
		ok := tag == s.tag
		if s.way == protoInArray || s.way == protoInMap {
			tag, i, ok = a.itemsInto(s, p, i, tag)
		} else if ok {
			if i, ok = a.valueInto(s, p, i); ok {
				tag, i = tagAt(p, i)
			}
		}
		if !ok {
			return false
		}
	}
	return i == len(p) && a.restInto(x, seen)
}

// restInto puts what the fields are that are not there.
func (a *protoReader) restInto(x *protoSteps, seen uint64) bool {
	for k := range x.steps {
		if seen>>k&1 == 0 && !a.absentInto(&x.steps[k]) {
			return false
		}
	}
	for _, b := range x.absent {
		b.AppendNull()
	}
	return true
}

// itemsInto reads the values of a list or a map until another field comes.
func (a *protoReader) itemsInto(s *protoStep, p []byte, i int, tag uint64) (_ uint64, _ int, ok bool) {
	for tag>>3 == s.num {
		if i, ok = a.itemInto(s, p, i, tag); !ok {
			return 0, 0, false
		}
		tag, i = tagAt(p, i)
	}
	if s.way == protoInMap && !s.distinct() {
		return 0, 0, false
	}
	s.b.EndList()
	return tag, i, true
}

// noTag is at the end of a message, and where it is broken.
const noTag = math.MaxUint64

// tagAt reads the tag at i, and gives where its value begins; -1 when it is broken.
func tagAt(p []byte, i int) (tag uint64, at int) {
	switch {
	case i >= len(p):
		return noTag, i
	case p[i] < 0x80 && p[i] >= 8:
		return uint64(p[i]), i + 1
	}
	num, wire, n := protowire.ConsumeTag(p[i:])
	if n < 0 {
		return noTag, -1
	}
	return protowire.EncodeTag(num, wire), i + n
}

// itemInto reads one value of a list or entry of a map, or several that are packed.
func (a *protoReader) itemInto(s *protoStep, p []byte, i int, tag uint64) (end int, ok bool) {
	if tag == s.tag && s.way == protoInArray {
		return a.valueInto(&s.sub.steps[0], p, i)
	}
	if tag != s.tag && (s.way != protoInArray || !packable(s.f.kind) || tag&7 != uint64(protowire.BytesType)) {
		return 0, false
	}
	at, end := sizedAt(p, i)
	if end < 0 {
		return 0, false
	}
	if s.way == protoInMap {
		return end, a.messageInto(s.sub, p[at:end])
	}
	for ok = true; ok && at < end; {
		at, ok = a.valueInto(&s.sub.steps[0], p[:end], at)
	}
	return end, ok
}

// distinct tells whether no key of the entries read is there twice.
func (s *protoStep) distinct() bool {
	from := 0
	if v := s.b.Lent(); v.N > 0 {
		from = int(v.Off[v.N])
	}
	return !repeats(s.b.Kid(0).Lent(), from)
}

// sizedAt is where the bytes at i begin and end; an end of -1: they do not.
func sizedAt(p []byte, i int) (at, end int) {
	n, at := uvarintAt(p, i)
	if at < 0 || n > uint64(len(p)-at) {
		return 0, -1
	}
	return at, at + int(n)
}

// uvarintAt reads the varint at i; end is -1 when it is broken.
func uvarintAt(p []byte, i int) (n uint64, end int) {
	if i < len(p) && p[i] < 0x80 {
		return uint64(p[i]), i + 1
	}
	n, size := protowire.ConsumeVarint(p[min(i, len(p)):])
	if size < 0 {
		return 0, -1
	}
	return n, i + size
}

// valueInto reads one value, whose tag was as it has to be.
func (a *protoReader) valueInto(s *protoStep, p []byte, i int) (end int, ok bool) {
	switch s.way {
	case protoInText:
		at, end := sizedAt(p, i)
		return end, end >= 0 && a.textInto(s.b, p[at:end])
	case protoInStruct:
		at, end := sizedAt(p, i)
		if end < 0 || !a.messageInto(s.sub, p[at:end]) {
			return 0, false
		}
		s.b.EndStruct()
		return end, true
	case protoInDouble:
		if i+8 > len(p) {
			return 0, false
		}
		s.b.AppendF64(math.Float64frombits(word(p, i)))
		return i + 8, true
	case protoByCell, protoInArray, protoInMap:
		return a.cellInto(s, p, i)
	}
	u, end := uvarintAt(p, i)
	n := int64(u)
	switch s.way {
	case protoInBool:
		s.b.AppendBool(u != 0)
		return end, end >= 0
	case protoIn32:
		n = int64(int32(u))
	case protoInZigzag:
		n = protowire.DecodeZigZag(u)
	}
	s.b.AppendI64(n)
	return end, end >= 0 && n >= s.low && n <= s.high
}

func (a *protoReader) textInto(b *vec.Builder, p []byte) bool {
	dst := b.Room(len(p) + atOnce)
	if copyText(dst, p)&highs != 0 && !a.rules.wideText(p) {
		return false
	}
	b.EndBytes(len(p))
	return true
}

// cellInto reads one value of a type that has no way of its own.
func (a *protoReader) cellInto(s *protoStep, p []byte, i int) (end int, ok bool) {
	wire := wireOf(s.f.kind)
	n := protowire.ConsumeFieldValue(s.f.num, wire, p[i:])
	if n < 0 {
		return 0, false
	}
	var in cell
	var err error
	if s.f.shape == protoScalar && !s.f.entries {
		err = a.scalar(s.f, wire, p[i:i+n], &in)
	} else {
		var g gathered
		if err = a.gather(s.f, wire, p[i:i+n], &g); err == nil {
			err = a.finish(s.f, &g, &in)
		}
	}
	if err != nil || s.check && in.kind == cellNull {
		return 0, false
	}
	in.appendTo(s.b)
	return i + n, true
}

// absentInto puts what a field is that is not there.
func (a *protoReader) absentInto(s *protoStep) bool {
	if s.way == protoInArray || s.way == protoInMap {
		s.b.EndList()
		return true
	}
	if s.way != protoByCell && s.f.shape == protoScalar && !s.f.presence && !s.f.deflt.IsValid() {
		switch s.way {
		case protoInText:
			s.b.EndBytes(0)
		case protoInDouble:
			s.b.AppendF64(0)
		case protoInBool:
			s.b.AppendBool(false)
		default:
			s.b.AppendI64(0)
		}
		return true
	}
	var in cell
	if err := a.initial(s.f, &in); err != nil || s.check && in.kind == cellNull {
		return false
	}
	in.appendTo(s.b)
	return true
}
