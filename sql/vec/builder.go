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
//
// While values are appended, the slices of one entry a value have the length of
// their memory, so that an append is one comparison and one store; Valid, once
// there is a NULL, covers as much and is set where nobody has been.
type Builder struct {
	v     Vec // its N is set when it is shown
	n     int // values
	kids  []Builder
	rough bool   // some value did not come as plain text
	cold  bool   // emptied by Finish: memory as for want and data is taken with the next value
	spare Bitmap // memory for Valid
	want  int
	data  int
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
		b.v.Bits = make(Bitmap, (capacity+7)/8)
	case storeI64:
		b.v.I64 = make([]int64, capacity)
	case storeF64:
		b.v.F64 = make([]float64, capacity)
	case storeBytes, storeList:
		b.v.Off = make([]int32, capacity+1)
	case storeFixed:
		b.v.Data = make([]byte, 0, 16*capacity)
	}
}

// Type is the type given to NewBuilder.
func (b *Builder) Type() types.Type { return b.v.Type }

// Len is the number of values appended since the last Finish or Reset.
func (b *Builder) Len() int { return b.n }

// Bytes is about the memory the appended values take, for cutting batches.
func (b *Builder) Bytes() int {
	n := len(b.v.Data)
	switch store(b.v.Type.Kind) {
	case storeBits:
		n += (b.n + 7) / 8
	case storeI64, storeF64:
		n += 8 * b.n
	case storeBytes, storeList:
		n += 4 * (b.n + 1)
	}
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
	if b.n+1 >= len(b.v.Off) {
		b.grow()
	}
	b.end(b.kids[0].n)
}

// EndStruct closes one struct value: each kid must have got exactly one value.
func (b *Builder) EndStruct() { b.valid() }

// Finish gives the vector and empties the builder; the vector owns the memory.
// As much is taken again when the next value comes, so that an idle builder
// holds none; see Recycle.
func (b *Builder) Finish() Vec {
	if b.cold {
		b.own(b.v.Type, 0)
	}
	out, n := b.v, b.n
	out.N = n
	switch store(out.Type.Kind) {
	case storeBits:
		out.Bits = out.Bits[:(n+7)/8]
	case storeI64:
		out.I64 = out.I64[:n]
	case storeF64:
		out.F64 = out.F64[:n]
	case storeBytes, storeList:
		out.Off, out.Plain = out.Off[:n+1], !b.rough
	}
	if out.Valid != nil {
		out.Valid = out.Valid[:(n+7)/8]
	}
	if len(b.kids) > 0 {
		out.Kids = make([]Vec, len(b.kids))
		for i := range b.kids {
			out.Kids[i] = b.kids[i].Finish()
		}
	}
	b.v, b.n, b.cold, b.want, b.data, b.spare = Vec{Type: out.Type}, 0, true, n, len(out.Data)+len(out.Data)/8, nil
	b.rough = false
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

// grow makes room for one more value at least.
func (b *Builder) grow() {
	n := b.n
	if b.cold && b.want > 0 {
		b.warm()
		return
	}
	b.cold = false
	v := &b.v
	room := 0
	switch store(v.Type.Kind) {
	case storeBits:
		v.Bits = roomier(v.Bits[:(n+7)/8])
		room = 8 * len(v.Bits)
	case storeI64:
		v.I64 = roomier(v.I64[:n])
		room = len(v.I64)
	case storeF64:
		v.F64 = roomier(v.F64[:n])
		room = len(v.F64)
	case storeBytes, storeList:
		if v.Off == nil {
			v.Off = []int32{0}
		}
		v.Off = roomier(v.Off[:n+1])
		room = len(v.Off) - 1
	}
	if v.Valid != nil {
		b.cover(room)
	}
}

// roomier has room for at least one more, and the length of its memory.
func roomier[S ~[]E, E any](s S) S {
	s = slices.Grow(s, max(1, len(s)/2))
	return s[:cap(s)]
}

// cover sets the bits of Valid from its end up to n.
func (b *Builder) cover(n int) {
	for size := (n + 7) / 8; len(b.v.Valid) < size; {
		b.v.Valid = append(b.v.Valid, 0xff)
	}
}

// Reset drops the appended values and keeps the memory. Never after handing
// out a vector made of it.
func (b *Builder) Reset() {
	v := &b.v
	if v.Valid != nil {
		b.spare = v.Valid[:0]
	}
	b.n, b.rough, v.Valid, v.Data = 0, false, nil, v.Data[:0]
	for i := range b.kids {
		b.kids[i].Reset()
	}
}

// valid counts one more value that is not NULL, of a kind whose Valid is not
// as long as its other memory.
func (b *Builder) valid() {
	b.cold = false
	if b.n++; b.v.Valid != nil {
		b.cover(b.n)
	}
}

// AppendNull appends NULL.
func (b *Builder) AppendNull() {
	v, n := &b.v, b.n
	room := n + 1
	switch store(v.Type.Kind) {
	case storeBits:
		b.AppendBool(false)
		room = 8 * len(v.Bits)
	case storeI64:
		b.AppendI64(0)
		room = len(v.I64)
	case storeF64:
		b.AppendF64(0)
		room = len(v.F64)
	case storeBytes:
		b.EndBytes(0)
		room = len(v.Off)
	case storeList:
		if n+1 >= len(v.Off) {
			b.grow()
		}
		b.end(int(v.Off[n]))
		room = len(v.Off)
	case storeFixed:
		b.AppendUUID(zero16)
	default:
		for i := range b.kids {
			b.kids[i].AppendNull()
		}
		b.valid()
	}
	if v.Valid == nil {
		if b.spare == nil {
			b.spare = make(Bitmap, 0, (room+7)/8)
		}
		v.Valid, b.spare = b.spare, nil
	}
	b.cover(room)
	v.Valid.Clear(n)
}

var zero16 [16]byte

// AppendI64 appends an integer, OID, date, time or instant.
func (b *Builder) AppendI64(x int64) {
	if b.n >= len(b.v.I64) {
		b.grow()
	}
	b.v.I64[b.n] = x
	b.n++
}

// AppendF64 appends a Real or Double.
func (b *Builder) AppendF64(x float64) {
	if b.n >= len(b.v.F64) {
		b.grow()
	}
	b.v.F64[b.n] = x
	b.n++
}

// AppendBool appends a Boolean.
func (b *Builder) AppendBool(x bool) {
	n := b.n
	if n>>3 >= len(b.v.Bits) {
		b.grow()
	}
	bit := byte(0)
	if x { // no branch: values are as good as random
		bit = 1
	}
	p := &b.v.Bits[n>>3]
	*p = *p&^(1<<(n&7)) | bit<<(n&7)
	b.n = n + 1
}

// end appends the end of a value in the data or in the kids; there is room.
func (b *Builder) end(at int) {
	if at > math.MaxInt32 {
		panic("BUG: V4: a vector of more than 2 GiB")
	}
	b.n++
	b.v.Off[b.n] = int32(at)
}

// AppendBytes appends text, JSON or bytes, or a decimal in canonical text; p is
// copied.
func (b *Builder) AppendBytes(p []byte) {
	if b.n+1 >= len(b.v.Off) {
		b.grow()
	}
	b.rough = true
	b.v.Data = append(b.v.Data, p...)
	b.end(len(b.v.Data))
}

// AppendString is AppendBytes of a string.
func (b *Builder) AppendString(s string) {
	if b.n+1 >= len(b.v.Off) {
		b.grow()
	}
	b.rough = true
	b.v.Data = append(b.v.Data, s...)
	b.end(len(b.v.Data))
}

// AppendDec appends a decimal.
func (b *Builder) AppendDec(d *apd.Decimal) {
	if b.cold {
		b.grow()
	}
	b.rough = true
	b.v.Data = types.AppendDecimal(b.v.Data, d)
	b.EndBytes(0)
}

// AppendUUID appends a UUID.
func (b *Builder) AppendUUID(u [16]byte) {
	if b.cold {
		b.grow()
	}
	b.v.Data = append(b.v.Data, u[:]...)
	b.valid()
}

// AppendSpan appends an interval.
func (b *Builder) AppendSpan(s types.Span) {
	if b.cold {
		b.grow()
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
