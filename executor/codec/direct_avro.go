package codec

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/leatdb/leat/sql/vec"
)

// directWire reads an Avro record that becomes row.
func (d *Decoder) directWire(p []byte, row int) bool {
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
	if plan.direct == nil {
		if plan.err != nil || plan.avro == nil || plan.avro.op != avroRecord || plan.fill != nil {
			return false
		}
		plan.direct = d.stepsFor(plan.avro)
	}
	if plan.direct.strict {
		return false
	}
	a := &r.wire.avro
	a.p, a.i, a.depth, a.empty = body, 0, 0, 0
	if a.run(plan.direct.steps, 0, row) != len(body) {
		return false
	}
	vec.Extend(plan.direct.own, row+1)
	return true
}

// run takes a value through its steps into row; -1 leaves it half done. What
// ordinary values are is here, to their end without a call and without a branch
// on what they are; careful has the rest.
func (a *avroReader) run(steps []avroStep, i, row int) int {
	p := a.p
	for k := 0; k < len(steps); k++ {
		x := &steps[k]
		v := x.v
		switch x.op {
		case stepText:
			if i+1+shortText > len(p) {
				break
			}
			n, at := int(p[i]>>1), len(v.Data)
			if p[i]&1 != 0 || n > shortText || at > cap(v.Data)-shortText || at > math.MaxInt32-shortText || row+1 >= len(v.Off) {
				break
			}
			if !copyShort((*[shortText]byte)(v.Data[at:at+shortText]), (*[shortText]byte)(p[i+1:]), n) {
				break
			}
			v.Data = v.Data[:at+n]
			v.Off[row+1] = int32(at + n)
			i += 1 + n
			continue
		case stepInteger:
			if i+8 > len(p) || row >= len(v.I64) {
				break
			}
			n, size := varintIn(word(p, i))
			if size == 0 || n < x.low || n > x.high {
				break
			}
			v.I64[row], i = n*x.unit, i+size
			continue
		case stepDouble:
			if i+8 > len(p) || row >= len(v.F64) {
				break
			}
			v.F64[row], i = math.Float64frombits(word(p, i)), i+8
			continue
		case stepBoolean:
			if i >= len(p) || p[i] > 1 || row>>3 >= len(v.Bits) {
				break
			}
			byteOf := &v.Bits[row>>3]
			*byteOf = *byteOf&^(1<<(row&7)) | p[i]<<(row&7)
			i++
			continue
		case stepUnion:
			if i >= len(p) || p[i]&^2 != 0 {
				return -1
			}
			i++
			if p[i-1] != x.null {
				continue
			}
			if x.check {
				return -1
			}
			x.nullInto(row)
			k += int(x.skip)
			continue
		case stepEnd:
			x.b.Extend(row)
			x.b.EndStruct()
			continue
		}
		if i = a.careful(x, i, row); i < 0 {
			return -1
		}
	}
	return i
}

// shortText is the bytes of a text that is taken at once.
const shortText = 32

// asciiUpto has at shortText-n a mask for the first n of shortText bytes.
var asciiUpto = func() (out [2 * shortText]byte) {
	for i := range shortText {
		out[i] = 0x80
	}
	return out
}()

// copyShort copies all of src; the answer is whether the first n bytes are
// ASCII without U+0000.
func copyShort(dst, src *[shortText]byte, n int) bool {
	le := binary.LittleEndian
	mask := (*[shortText]byte)(asciiUpto[shortText-n:])
	a, b, c, d := le.Uint64(src[0:]), le.Uint64(src[8:]), le.Uint64(src[16:]), le.Uint64(src[24:])
	le.PutUint64(dst[0:], a)
	le.PutUint64(dst[8:], b)
	le.PutUint64(dst[16:], c)
	le.PutUint64(dst[24:], d)
	return (a|(a-ones))&le.Uint64(mask[0:])|(b|(b-ones))&le.Uint64(mask[8:])|
		(c|(c-ones))&le.Uint64(mask[16:])|(d|(d-ones))&le.Uint64(mask[24:]) == 0
}

// varintIn is the zig-zag varint of up to eight bytes that x begins with; size
// is 0 when it is longer.
func varintIn(x uint64) (n int64, size int) {
	stop := ^x & highs
	if stop == 0 {
		return 0, 0
	}
	x &= stop ^ (stop - 1)
	x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
	x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
	x = x&0x000000000fffffff | x&0x0fffffff00000000>>4
	return int64(x>>1) ^ -int64(x&1), bits.TrailingZeros64(stop)>>3 + 1
}

// nullInto makes row NULL.
func (x *avroStep) nullInto(row int) {
	x.b.Extend(row)
	for _, b := range x.sub.own {
		b.Extend(row)
	}
	x.b.AppendNull()
}

// careful takes what run leaves: what is near the end of a record or of a
// column's memory, long, not ASCII, or broken.
func (a *avroReader) careful(x *avroStep, i, row int) int {
	switch x.op {
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
	case stepArray:
		return a.arrayInto(x, i)
	case stepMap:
		return a.mapInto(x, i)
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
	p := a.p
	if uint(i) < uint(len(p)) && p[i] < 0x80 {
		return int64(p[i]>>1) ^ -int64(p[i]&1), i + 1
	}
	if i+8 <= len(p) {
		if n, size := varintIn(word(p, i)); size > 0 {
			return n, i + size
		}
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

// blockAt is block at i.
func (a *avroReader) blockAt(i, least int) (n, end int) {
	if a.i = i; i+1 < len(a.p) && a.p[i] == 0 {
		return 0, i + 1
	}
	n, _, err := a.block(least)
	if err != nil {
		return 0, -1
	}
	return n, a.i
}

func (a *avroReader) arrayInto(x *avroStep, i int) int {
	row := x.b.Kid(0).Len()
	for {
		var n int
		if n, i = a.blockAt(i, x.sub.least); n == 0 {
			break
		}
		for range n {
			if i = a.run(x.sub.steps, i, row); i < 0 {
				return -1
			}
			row++
		}
	}
	vec.Extend(x.sub.own, row)
	x.b.EndList()
	return i
}

func (a *avroReader) mapInto(x *avroStep, i int) int {
	keys := x.b.Kid(0)
	from := keys.Len()
	row := from
	var seen map[string]struct{}
	for {
		var n int
		if n, i = a.blockAt(i, x.sub.least); n == 0 {
			break
		}
		for range n {
			if i = a.textInto(keys, i); i < 0 || seenBefore(keys.Lent(), from, &seen) {
				return -1
			}
			if i = a.run(x.sub.steps, i, row); i < 0 {
				return -1
			}
			row++
		}
	}
	vec.Extend(x.sub.own, row)
	x.b.EndList()
	return i
}
