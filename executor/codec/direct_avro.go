package codec

import (
	"bytes"
	"math"
	"math/bits"
	"slices"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// avroWay is how a value goes straight into a column.
type avroWay uint8

const (
	byCell avroWay = iota // through a cell
	wayLong
	wayInt
	wayText
	wayDouble
	wayBoolean
	wayInstant
	wayNullable // a union of null and one more
	wayArray
	wayMap
	wayRecord
)

// directPlan is a plan with its columns.
type directPlan struct {
	steps  []directStep   // the fields of the record
	absent []*vec.Builder // that the record has nothing for
	strict bool           // one of them must not be NULL
}

// directStep is a field on its way into a column.
type directStep struct {
	f     *avroRead
	b     *vec.Builder // nil to read over it
	way   avroWay      // of f, when b is there
	check bool         // it may be NULL, and must not
}

// directWire reads an Avro record.
func (d *Decoder) directWire(p []byte) bool {
	r := &d.val
	plan, body := r.wire.plan, p
	if plan != nil && len(p) >= 5 && r.framed && r.wire.frame == [5]byte(p) && len(r.wire.last) == 5 {
		body = p[5:] // as the last record
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
	if plan.err != nil || plan.avro == nil || plan.avro.op != avroRecord || plan.fill != nil {
		return false
	}
	if plan.direct == nil {
		plan.direct = d.directPlan(plan.avro)
	}
	if plan.direct.strict {
		return false
	}
	a := &r.wire.avro
	a.p, a.i, a.depth, a.empty = body, 0, 0, 0
	i := 0
	for k := range plan.direct.steps {
		x := &plan.direct.steps[k]
		switch {
		case x.way == wayText:
			i = a.textInto(x.b, i)
		case x.way == wayLong && i < len(body) && body[i] < 0x80:
			x.b.AppendI64(int64(body[i]>>1) ^ -int64(body[i]&1))
			i++
		case x.b != nil:
			i = a.into(x.f, x.b, i)
		default:
			i = a.over(x.f, i)
		}
		if i < 0 || x.check && x.b.Lent().Null(x.b.Len()-1) {
			return false
		}
	}
	for _, b := range plan.direct.absent {
		b.AppendNull()
	}
	return i == len(body)
}

func (d *Decoder) directPlan(r *avroRead) *directPlan {
	w := &d.val.wire
	x := &directPlan{steps: make([]directStep, len(r.fields))}
	strict := func(c int) bool { return d.schema[c].NotNull && !d.rules.ksql }
	for i, slot := range r.slots {
		x.steps[i].f = r.fields[i]
		if slot >= 0 {
			f, c := r.fields[i], w.cols[slot]
			f.chooseWay()
			x.steps[i].way = f.way
			x.steps[i].b, x.steps[i].check = d.builders[c], strict(c) && (f.way == byCell || f.way == wayNullable)
		}
	}
	for slot, c := range w.cols {
		if !slices.Contains(r.slots, slot) {
			x.absent = append(x.absent, d.builders[c])
			x.strict = x.strict || strict(c)
		}
	}
	return x
}

// chooseWay sets how a value, and the values in it, go into columns.
func (r *avroRead) chooseWay() {
	if r.t == nil {
		return
	}
	switch {
	case r.op == avroUnion:
		if len(r.fields) == 2 && !r.spread && (r.fields[0].op == avroNull || r.fields[1].op == avroNull) {
			r.way = wayNullable
		}
	case r.op == avroArray && r.t.Kind == types.Array:
		r.way = wayArray
	case r.op == avroMap && r.t.Kind == types.Map && plainColumn(r.t.Key):
		r.way = wayMap
	case r.op == avroRecord && r.t.Kind == types.Struct:
		r.way = wayRecord
	case r.op == avroText && plainColumn(r.t):
		r.way = wayText
	case r.op == avroDouble && r.t.Kind == types.Double:
		r.way = wayDouble
	case r.op == avroBool && r.t.Kind == types.Boolean:
		r.way = wayBoolean
	case r.op == avroInt && r.meaning == instantValue && r.t.Kind == types.Timestamp:
		r.way = wayInstant
	case r.op == avroInt && r.meaning == plainValue && r.t.Kind == types.BigInt:
		r.way = wayLong
	case r.op == avroInt && r.meaning == plainValue && r.t.Kind == types.Int:
		r.way = wayInt
	}
	for _, f := range r.fields {
		f.chooseWay()
	}
	if r.elem != nil {
		r.elem.chooseWay()
	}
}

// varint reads the zig-zag varint at i; end is -1 when it is broken.
func (a *avroReader) varint(i int) (n int64, end int) {
	p := a.p
	if uint(i) < uint(len(p)) && p[i] < 0x80 {
		return int64(p[i]>>1) ^ -int64(p[i]&1), i + 1
	}
	if i+8 <= len(p) {
		x := word(p, i)
		if stop := ^x & highs; stop != 0 {
			size := uint(bits.TrailingZeros64(stop)) + 1 // bits
			x &= ^uint64(0) >> (64 - size)
			x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
			x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
			x = x&0x000000000fffffff | x&0x0fffffff00000000>>4
			return int64(x>>1) ^ -int64(x&1), i + int(size>>3)
		}
	}
	a.i = i
	n, err := a.long()
	if err != nil {
		return 0, -1
	}
	return n, a.i
}

// over steps over a value that no column needs.
func (a *avroReader) over(r *avroRead, i int) int {
	if a.i = i; a.value(r, nil) != nil {
		return -1
	}
	return a.i
}

// into reads the value at i into a column; -1 leaves it half done.
func (a *avroReader) into(r *avroRead, b *vec.Builder, i int) int {
	switch r.way {
	case wayText:
		return a.textInto(b, i)
	case wayLong:
		n, end := a.varint(i)
		b.AppendI64(n)
		return end
	case wayInt:
		n, end := a.varint(i)
		if b.AppendI64(n); n != int64(int32(n)) {
			return -1
		}
		return end
	case wayInstant:
		n, end := a.varint(i)
		if b.AppendI64(n * r.unit); n > maxInstant/types.MicrosPerMilli || n < -maxInstant/types.MicrosPerMilli {
			return -1
		}
		return end
	case wayDouble:
		if i+8 > len(a.p) {
			return -1
		}
		b.AppendF64(math.Float64frombits(word(a.p, i)))
		return i + 8
	case wayBoolean:
		if i >= len(a.p) || a.p[i] > 1 {
			return -1
		}
		b.AppendBool(a.p[i] == 1)
		return i + 1
	case wayNullable:
		if i >= len(a.p) || a.p[i]&^2 != 0 {
			return -1
		}
		if f := r.fields[a.p[i]>>1]; f.op != avroNull {
			return a.into(f, b, i+1)
		}
		b.AppendNull()
		return i + 1
	}
	return a.nestedInto(r, b, i)
}

// textInto copies text once it is known to be some.
func (a *avroReader) textInto(b *vec.Builder, i int) int {
	var n int64
	if i < len(a.p) && a.p[i]&0x81 == 0 {
		n, i = int64(a.p[i]>>1), i+1
	} else if n, i = a.varint(i); i < 0 {
		return -1
	}
	if uint64(n) > uint64(len(a.p)-i) {
		return -1
	}
	if !b.AppendASCII(a.p, i, int(n)) {
		p := a.p[i : i+int(n)]
		if !validUTF8(p) || !a.rules.ksql && bytes.IndexByte(p, 0) >= 0 {
			return -1
		}
		b.AppendBytes(p)
	}
	return i + int(n)
}

func (a *avroReader) nestedInto(r *avroRead, b *vec.Builder, i int) int {
	switch r.way {
	case wayArray:
		return a.arrayInto(r, b, i)
	case wayMap:
		return a.mapInto(r, b, i)
	case wayRecord:
		return a.recordInto(r, b, i)
	}
	if a.i = i; a.value(r, &a.in) != nil {
		return -1
	}
	a.in.appendTo(b)
	return a.i
}

// blockAt is block at i.
func (a *avroReader) blockAt(i, least int) (n, end int) {
	a.i = i
	n, _, err := a.block(least)
	if err != nil {
		return 0, -1
	}
	return n, a.i
}

func (a *avroReader) arrayInto(r *avroRead, b *vec.Builder, i int) int {
	elem := b.Kid(0)
	for {
		var n int
		if n, i = a.blockAt(i, r.elem.least); n == 0 {
			break
		}
		for range n {
			if i = a.into(r.elem, elem, i); i < 0 {
				return -1
			}
		}
	}
	b.EndList()
	return i
}

func (a *avroReader) mapInto(r *avroRead, b *vec.Builder, i int) int {
	keys, vals := b.Kid(0), b.Kid(1)
	from := keys.Len()
	var seen map[string]struct{}
	for {
		var n int
		if n, i = a.blockAt(i, 1+r.elem.least); n == 0 {
			break
		}
		for range n {
			if i = a.textInto(keys, i); i < 0 || seenBefore(keys.Lent(), from, &seen) {
				return -1
			}
			if i = a.into(r.elem, vals, i); i < 0 {
				return -1
			}
		}
	}
	b.EndList()
	return i
}

func (a *avroReader) recordInto(r *avroRead, b *vec.Builder, i int) int {
	at := b.Len()
	for k, f := range r.fields {
		if r.slots[k] < 0 {
			i = a.over(f, i)
		} else {
			i = a.into(f, b.Kid(r.slots[k]), i)
		}
		if i < 0 {
			return -1
		}
	}
	if r.partial {
		for k := range r.t.Fields {
			if kid := b.Kid(k); kid.Len() == at {
				kid.AppendNull()
			}
		}
	}
	b.EndStruct()
	return i
}
