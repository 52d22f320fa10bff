package codec

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// putStep writes one value of each row.
type putStep struct {
	op       outOp
	kind     types.Kind // of the column
	union    uint8      // 1 when the value's branch stands before it
	branch   byte
	nullable uint8 // 1 when null is a branch
	null     byte
	slot     int32 // the column
	unit     int64 // of integers
	p        *avroPut
}

// outOp is what a step does.
type outOp uint8

const (
	outByPlan  outOp = iota // by way of value
	outMissing              // what stands for a field that no column has
	outText
	outInteger
	outDouble
	outBoolean
)

// step is the step of values of a column; of none when slot is -1.
func (p *avroPut) step(slot int) putStep {
	x := putStep{p: p, slot: int32(slot)}
	if slot < 0 {
		x.op = outMissing
		return x
	}
	f := p
	if p.op == avroUnion {
		if p.spread || p.branch > math.MaxInt8/2 || p.null > math.MaxInt8/2 {
			return x
		}
		f = p.fields[p.branch]
		x.union, x.branch = 1, byte(2*p.branch)
		if p.null >= 0 {
			x.nullable, x.null = 1, byte(2*p.null)
		}
	}
	x.kind = f.from.Kind
	switch {
	case f.op == avroText && x.kind == types.String:
		x.op = outText
	case f.op == avroDouble && x.kind == types.Double:
		x.op = outDouble
	case f.op == avroBool && x.kind == types.Boolean:
		x.op = outBoolean
	case f.op == avroInt && f.from.IsInteger():
		x.op, x.unit = outInteger, 1
	case f.op == avroInt && x.kind == types.Timestamp:
		x.op, x.unit = outInteger, f.instantUnit()
	}
	return x
}

// instantUnit is the µs of one; without a meaning instants are milliseconds.
func (p *avroPut) instantUnit() int64 {
	switch p.meaning {
	case dateValue:
		return types.MicrosPerDay
	case plainValue:
		return types.MicrosPerMilli
	}
	return p.unit
}

// putRoom is the bytes that are there for a value before its step.
const putRoom = 2 + binary.MaxVarintLen64 + atOnce

// rows writes the rows from, until to of cols one after the other.
func (w *avroWriter) rows(dst []byte, steps []putStep, cols []vec.Vec, from, to int) ([]byte, error) {
	n, buf := len(dst), dst[:cap(dst)]
	for row := from; row < to; row++ {
		for k := range steps {
			x := &steps[k]
			if n+putRoom > len(buf) {
				buf = slices.Grow(buf[:n], putRoom)
				buf = buf[:cap(buf)]
			}
			if x.op > outMissing {
				if v := &cols[x.slot]; v.Type.Kind == x.kind {
					if size := x.quick(buf[n:], v, row); size > 0 {
						n += size
						continue
					}
				}
			}
			dst, err := w.careful(buf[:n], x, cols, row)
			if err != nil {
				return dst, err
			}
			n, buf = len(dst), dst[:cap(dst)]
		}
	}
	return buf[:n], nil
}

// quick writes a value to dst, which has putRoom, and gives its bytes; 0 when it
// is left to careful.
func (x *putStep) quick(dst []byte, v *vec.Vec, row int) int {
	if v.Valid != nil && !v.Valid.Get(row) {
		dst[0] = x.null
		return int(x.nullable)
	}
	dst[0] = x.branch
	n := int(x.union)
	switch x.op {
	case outText:
		at, end := int(v.Off[row]), int(v.Off[row+1])
		size := end - at
		if size <= atOnce && at+atOnce <= len(v.Data) {
			dst[n] = byte(2 * size)
			*(*[atOnce]byte)(dst[n+1:]) = [atOnce]byte(v.Data[at:])
			return n + 1 + size
		}
		if size+putRoom > len(dst) {
			return 0
		}
		n += putVarint(dst[n:], int64(size))
		return n + copy(dst[n:], v.Data[at:end])
	case outInteger:
		i := v.I64[row]
		if x.unit != 1 {
			i = floorDiv(i, x.unit)
		}
		return n + putVarint(dst[n:], i)
	case outDouble:
		binary.LittleEndian.PutUint64(dst[n:], math.Float64bits(v.F64[row]))
		return n + 8
	case outBoolean:
		dst[n] = v.Bits[row>>3] >> (row & 7) & 1
		return n + 1
	}
	return 0
}

// careful writes a value of any column, or what stands for none.
func (w *avroWriter) careful(dst []byte, x *putStep, cols []vec.Vec, row int) ([]byte, error) {
	if x.op == outMissing {
		return x.p.missing(dst)
	}
	return w.value(dst, x.p, &cols[x.slot], row)
}

// list writes the items of an array or the entries of a map.
func (w *avroWriter) list(dst []byte, items []putStep, v *vec.Vec, row int) ([]byte, error) {
	from, to := int(v.Off[row]), int(v.Off[row+1])
	if from < to {
		var err error
		if dst, err = w.rows(appendLong(dst, int64(to-from)), items, v.Kids, from, to); err != nil {
			return dst, err
		}
	}
	return append(dst, 0), nil
}

// putVarint writes the zig-zag varint of n, without a branch on its length when
// it has at most eight bytes; dst has room for ten.
func putVarint(dst []byte, n int64) (size int) {
	u := uint64(n<<1) ^ uint64(n>>63)
	if u >= 1<<56 {
		return binary.PutUvarint(dst, u)
	}
	size = (9*bits.Len64(u|1) + 64) >> 6
	u = u&0x0fffffff | u<<4&0x0fffffff00000000
	u = u&0x00003fff00003fff | u<<2&0x3fff00003fff0000
	u = u&0x007f007f007f007f | u<<1&0x7f007f007f007f00
	binary.LittleEndian.PutUint64(dst, u|highs&(1<<(8*uint(size-1))-1))
	return size
}
