package codec

import (
	"math"

	"github.com/leatdb/leat/sql/vec"
)

// directWire reads an Avro record that becomes row, or a Protobuf message.
func (d *Decoder) directWire(p []byte, row int) bool {
	r := &d.val
	plan, body := r.wire.plan, p
	if plan != nil && len(p) >= 5 && r.framed && r.wire.frame == [5]byte(p) && len(r.wire.last) == 5 {
		body = p[5:] // as the last record
	} else if n := len(r.wire.last); plan != nil && n > 5 && len(p) >= n && r.framed && string(p[:n]) == r.wire.last {
		body = p[n:]
	} else {
		head, rest, err := r.unframe(p)
		if err == nil {
			plan, err = r.planFor(d.layout, head)
		}
		if err != nil {
			return false
		}
		body = rest
	}
	if plan.proto != nil {
		return plan.err == nil && d.directProto(plan, body)
	}
	if plan.direct == nil {
		if plan.err != nil || plan.avro == nil || plan.avro.op != avroRecord || plan.fill != nil {
			return false
		}
		plan.direct = d.stepsFor(plan.avro)
	}
	x := plan.direct
	if x.strict {
		return false
	}
	a := &r.wire.avro
	a.p, a.i, a.depth, a.empty = body, 0, 0, 0
	i := a.run(x.steps, 0, row, row+1)
	vec.Extend(x.own, row+1)
	return i == len(body)
}

// run takes the values from i on through their steps into the rows up to end;
// -1 leaves them half done. The quick steps have what ordinary values are.
func (a *avroReader) run(steps []avroStep, i, row, end int) int {
	if len(steps) == 0 {
		return i
	}
	for k := 0; ; {
		if i, k, row = a.quick(steps, i, k, row, end); row == end {
			return i
		}
		x := &steps[k]
		if k++; x.op == stepUnion && i < len(a.p) && a.p[i] == x.null {
			if x.check {
				return -1
			}
			x.nullParts(row)
			i, k = i+1, k+int(x.skip)
		} else if i = a.careful(x, i, row); i < 0 {
			return -1
		}
		if k == len(steps) {
			if k, row = 0, row+1; row == end {
				return i
			}
		}
	}
}

// nullParts makes row NULL, and the row of all that is in the value.
func (x *avroStep) nullParts(row int) {
	x.b.Extend(row)
	vec.Extend(x.sub.own, row)
	x.b.AppendNull()
}

// careful takes what the quick steps leave: what is near the end of a record or
// of a column's memory, not ASCII, in a record of its own, or broken.
func (a *avroReader) careful(x *avroStep, i, row int) int {
	switch x.op {
	case stepUnion:
		if i >= len(a.p) || a.p[i] != x.null^2 {
			return -1
		}
		return i + 1
	case stepOver:
		if a.i = i; a.value(x.f, nil) != nil {
			return -1
		}
		return a.i
	case stepAbsent:
		x.b.AppendNull()
		return i
	case stepCell:
		if a.i = i; a.value(x.f, &a.in) != nil || x.check && a.in.kind == cellNull {
			return -1
		}
		a.in.appendTo(x.b)
		return a.i
	}
	x.b.Extend(row)
	switch x.op {
	case stepEnd:
		x.b.EndStruct()
		return i
	case stepList:
		return a.listInto(x, i)
	case stepText:
		return a.textInto(x.b, i)
	case stepDouble:
		if i+8 > len(a.p) {
			return -1
		}
		x.b.AppendF64(math.Float64frombits(word(a.p, i)))
		return i + 8
	case stepBoolean:
		if i >= len(a.p) || a.p[i] > 1 {
			return -1
		}
		x.b.AppendBool(a.p[i] == 1)
		return i + 1
	}
	n, end := a.varint(i)
	if n < x.low || n > x.high {
		return -1
	}
	x.b.AppendI64(n * x.unit)
	return end
}

// varint reads the zig-zag varint at i; end is -1 when it is broken.
func (a *avroReader) varint(i int) (n int64, end int) {
	if uint(i) < uint(len(a.p)) && a.p[i] < 0x80 {
		return int64(a.p[i]>>1) ^ -int64(a.p[i]&1), i + 1
	}
	a.i = i
	n, err := a.long()
	if err != nil {
		return 0, -1
	}
	return n, a.i
}

// textInto copies text once it is known to be some.
func (a *avroReader) textInto(b *vec.Builder, i int) int {
	n, i := a.varint(i)
	if i < 0 || uint64(n) > uint64(max(len(a.p)-i, 0)) {
		return -1
	}
	end := i + int(n)
	if !a.rules.wideText(a.p[i:end]) {
		return -1
	}
	copy(b.Room(int(n)+atOnce), a.p[i:end]) // more than is needed, for the quick step of the next
	b.EndBytes(int(n))
	return end
}

// listInto reads the items of an array or the entries of a map.
func (a *avroReader) listInto(x *avroStep, i int) int {
	items := x.sub
	from := x.b.Kid(0).Len()
	row := from
	for {
		a.i = i
		if i+1 < len(a.p) && a.p[i] == 0 {
			i++
			break
		}
		n, _, err := a.block(items.least)
		if err != nil {
			return -1
		}
		if i = a.i; n == 0 {
			break
		}
		i = a.run(items.steps, i, row, row+n)
		row += n
		vec.Extend(items.own, row)
		if i < 0 {
			return -1
		}
	}
	if items.keyed && repeats(x.b.Kid(0).Lent(), from) {
		return -1
	}
	x.b.EndList()
	return i
}

// repeats tells whether one of the keys from position from on is there again.
func repeats(keys *vec.Vec, from int) bool {
	var seen map[string]struct{}
	all := *keys
	for all.N = from + 1; all.N <= keys.N; all.N++ {
		if seenBefore(&all, from, &seen) {
			return true
		}
	}
	return false
}
