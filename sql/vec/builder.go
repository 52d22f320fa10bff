package vec

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"unsafe"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/types"
)

// Builder makes a vector by appending. Its typed appends do not check the
// kind: appending the wrong one is a BUG that shows as a broken vector. A
// vector's bytes end at 2 GiB (V4): who appends cuts batches before.
type Builder struct {
	v    Vec
	kids []Builder
	cold bool // emptied by Finish: memory as for want and data is taken with the next value
	want int
	data int
}

// NewBuilder makes a builder of values of type t with room for capacity values.
func NewBuilder(t types.Type, capacity int) *Builder {
	b := &Builder{}
	b.init(t, capacity)
	return b
}

func (b *Builder) init(t types.Type, capacity int) {
	b.own(t, capacity)
	kids := kidTypes(t)
	b.kids = make([]Builder, len(kids))
	for i := range kids {
		b.kids[i].init(kids[i], capacity)
	}
}

// own takes the memory of the vector itself, without its kids.
func (b *Builder) own(t types.Type, capacity int) {
	b.v = Vec{Type: t}
	switch store(t.Kind) {
	case storeBits:
		b.v.Bits = make(Bitmap, 0, (capacity+7)/8)
	case storeI64:
		b.v.I64 = make([]int64, 0, capacity)
	case storeF64:
		b.v.F64 = make([]float64, 0, capacity)
	case storeBytes:
		b.v.Off = append(make([]int32, 0, capacity+1), 0)
	case storeFixed:
		b.v.Data = make([]byte, 0, 16*capacity)
	case storeList:
		b.v.Off = append(make([]int32, 0, capacity+1), 0)
	}
}

// Type is the type given to NewBuilder.
func (b *Builder) Type() types.Type { return b.v.Type }

// Len is the number of values appended since the last Finish or Reset.
func (b *Builder) Len() int { return b.v.N }

// Bytes is about the memory the appended values take, for cutting batches.
func (b *Builder) Bytes() int {
	n := len(b.v.Bits) + 8*len(b.v.I64) + 8*len(b.v.F64) + 4*len(b.v.Off) + len(b.v.Data)
	for i := range b.kids {
		n += b.kids[i].Bytes()
	}
	return n
}

// Kid is the builder of a nested vector's i-th part: array elements; map keys
// and values; struct fields. See EndList and EndStruct.
func (b *Builder) Kid(i int) *Builder { return &b.kids[i] }

// EndList closes one array or map value: everything appended to the kids since
// the previous value belongs to it.
func (b *Builder) EndList() {
	if b.cold {
		b.warm()
	}
	b.pushOff(b.kids[0].v.N)
	b.valid()
}

// EndStruct closes one struct value: each kid must have got exactly one value.
func (b *Builder) EndStruct() {
	if b.cold {
		b.warm()
	}
	b.valid()
}

// Finish gives the vector and empties the builder; the vector owns the memory.
// As much is taken again when the next value comes, so that an idle builder
// holds none.
func (b *Builder) Finish() Vec {
	if b.cold {
		b.warm()
	}
	out := b.v
	if len(b.kids) > 0 {
		out.Kids = make([]Vec, len(b.kids))
		for i := range b.kids {
			out.Kids[i] = b.kids[i].Finish()
		}
	}
	b.v, b.cold, b.want, b.data = Vec{Type: out.Type}, true, out.N, len(out.Data)+len(out.Data)/8
	return out
}

// warm takes memory as the last vector needed.
func (b *Builder) warm() {
	b.cold = false
	b.own(b.v.Type, b.want)
	if store(b.v.Type.Kind) == storeBytes {
		b.v.Data = rawBytes(b.data)
	}
}

// Reset drops the appended values and keeps the memory. Never after handing
// out a vector made of it.
func (b *Builder) Reset() {
	v := &b.v
	v.N, v.Valid = 0, nil
	v.Bits, v.I64, v.F64, v.Data = v.Bits[:0], v.I64[:0], v.F64[:0], v.Data[:0]
	if v.Off != nil {
		v.Off = v.Off[:1]
	}
	for i := range b.kids {
		b.kids[i].Reset()
	}
}

// valid counts one more value that is not NULL.
func (b *Builder) valid() {
	n := b.v.N
	if b.v.Valid != nil {
		if n&7 == 0 {
			b.v.Valid = append(b.v.Valid, 0)
		}
		b.v.Valid.Set(n)
	}
	b.v.N = n + 1
}

// AppendNull appends NULL.
func (b *Builder) AppendNull() {
	if b.cold {
		b.warm()
	}
	v := &b.v
	n := v.N
	switch store(v.Type.Kind) {
	case storeBits:
		b.pushBit(false)
	case storeI64:
		v.I64 = append(v.I64, 0)
	case storeF64:
		v.F64 = append(v.F64, 0)
	case storeBytes, storeList:
		v.Off = append(v.Off, v.Off[n])
	case storeFixed:
		v.Data = append(v.Data, zero16[:]...)
	case storeFields:
		for i := range b.kids {
			b.kids[i].AppendNull()
		}
	}
	if v.Valid == nil {
		v.Valid = make(Bitmap, (n+7)/8, (max(n+1, cap(v.I64), cap(v.Off))+7)/8)
		v.Valid.Fill(n)
	}
	if n&7 == 0 {
		v.Valid = append(v.Valid, 0)
	}
	v.N = n + 1
}

var zero16 [16]byte

func (b *Builder) pushBit(x bool) {
	n := b.v.N
	if n&7 == 0 {
		b.v.Bits = append(b.v.Bits, 0)
	}
	bit := byte(0)
	if x { // no branch: values are as good as random
		bit = 1
	}
	b.v.Bits[n>>3] |= bit << (n & 7)
}

func (b *Builder) pushOff(end int) {
	if end > math.MaxInt32 {
		panic("BUG: V4: a vector of more than 2 GiB")
	}
	b.v.Off = append(b.v.Off, int32(end))
}

// AppendI64 appends an integer, OID, date, time or instant.
func (b *Builder) AppendI64(x int64) {
	if b.cold {
		b.warm()
	}
	b.v.I64 = append(b.v.I64, x)
	b.valid()
}

// AppendF64 appends a Real or Double.
func (b *Builder) AppendF64(x float64) {
	if b.cold {
		b.warm()
	}
	b.v.F64 = append(b.v.F64, x)
	b.valid()
}

// AppendBool appends a Boolean.
func (b *Builder) AppendBool(x bool) {
	if b.cold {
		b.warm()
	}
	b.pushBit(x)
	b.valid()
}

// AppendBytes appends text, JSON or bytes, or a decimal in canonical text; p is
// copied.
func (b *Builder) AppendBytes(p []byte) {
	if b.cold {
		b.warm()
	}
	b.v.Data = append(b.v.Data, p...)
	b.pushOff(len(b.v.Data))
	b.valid()
}

// Room lends n bytes behind the text appended so far, for EndBytes.
func (b *Builder) Room(n int) []byte {
	if b.cold {
		b.warm()
	}
	b.v.Data = slices.Grow(b.v.Data, n)
	at := len(b.v.Data)
	return b.v.Data[at : at+n]
}

// EndBytes appends the first n bytes that were put into the room as a value.
func (b *Builder) EndBytes(n int) {
	b.v.Data = b.v.Data[:len(b.v.Data)+n]
	b.pushOff(len(b.v.Data))
	b.valid()
}

// AppendString is AppendBytes of a string.
func (b *Builder) AppendString(s string) {
	if b.cold {
		b.warm()
	}
	b.v.Data = append(b.v.Data, s...)
	b.pushOff(len(b.v.Data))
	b.valid()
}

// AppendDec appends a decimal.
func (b *Builder) AppendDec(d *apd.Decimal) {
	if b.cold {
		b.warm()
	}
	b.v.Data = types.AppendDecimal(b.v.Data, d)
	b.pushOff(len(b.v.Data))
	b.valid()
}

// AppendUUID appends a UUID.
func (b *Builder) AppendUUID(u [16]byte) {
	if b.cold {
		b.warm()
	}
	b.v.Data = append(b.v.Data, u[:]...)
	b.valid()
}

// AppendSpan appends an interval.
func (b *Builder) AppendSpan(s types.Span) {
	if b.cold {
		b.warm()
	}
	b.v.Data = appendSpan(b.v.Data, s)
	b.valid()
}

// appendSpan lays an interval out: months, days, µs, little endian.
func appendSpan(dst []byte, s types.Span) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(s.Months))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(s.Days))
	return binary.LittleEndian.AppendUint64(dst, uint64(s.Micros))
}

// Append appends a boxed value; nil is NULL.
func (b *Builder) Append(x types.Value) {
	if x == nil {
		b.AppendNull()
		return
	}
	switch v := x.(type) {
	case bool:
		b.AppendBool(v)
	case int64:
		b.AppendI64(v)
	case float64:
		b.AppendF64(v)
	case string:
		b.appendText(v)
	case []byte:
		b.AppendBytes(v)
	case *apd.Decimal:
		b.AppendDec(v)
	case [16]byte:
		b.AppendUUID(v)
	case types.Span:
		b.AppendSpan(v)
	default:
		b.appendNested(x)
	}
}

// appendText appends a string unless the vector is of untyped NULLs.
func (b *Builder) appendText(s string) {
	if b.v.Type.Kind == types.Unknown {
		panic("BUG: V2: a value in a vector of type unknown")
	}
	b.AppendString(s)
}

func (b *Builder) appendNested(x types.Value) {
	switch v := x.(type) {
	case []types.Value:
		for _, e := range v {
			b.kids[0].Append(e)
		}
		b.EndList()
	case types.MapValue:
		for i := range v.Keys {
			b.kids[0].Append(v.Keys[i])
			b.kids[1].Append(v.Vals[i])
		}
		b.EndList()
	case types.Row:
		for i := range b.kids {
			if i < len(v) {
				b.kids[i].Append(v[i])
			} else {
				b.kids[i].AppendNull()
			}
		}
		b.EndStruct()
	default:
		panic("BUG: V2: value of a Go type that no kind has")
	}
}

// AppendFrom appends value i of src, which has the same layout of values.
func (b *Builder) AppendFrom(src *Vec, i int) {
	if src.Null(i) {
		b.AppendNull()
		return
	}
	switch store(b.v.Type.Kind) {
	case storeBits:
		b.AppendBool(src.Bits.Get(i))
	case storeI64:
		b.AppendI64(src.I64[i])
	case storeF64:
		b.AppendF64(src.F64[i])
	case storeBytes:
		b.AppendBytes(src.Str(i))
	case storeFixed:
		b.AppendUUID([16]byte(src.Data[16*i:]))
	case storeList:
		for k := range b.kids {
			for j := src.Off[i]; j < src.Off[i+1]; j++ {
				b.kids[k].AppendFrom(&src.Kids[k], int(j))
			}
		}
		b.EndList()
	case storeFields:
		for k := range b.kids {
			b.kids[k].AppendFrom(&src.Kids[k], i)
		}
		b.EndStruct()
	}
}

// rawBytes has room for n bytes that nobody has cleared: what is read of them
// has been written before. Only strings.Builder gives such memory; its own
// string of one byte is dropped.
func rawBytes(n int) []byte {
	var s strings.Builder
	s.Grow(n + 1)
	s.WriteByte(0)
	return unsafe.Slice(unsafe.StringData(s.String()), s.Cap())[:0]
}
