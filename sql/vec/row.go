package vec

import (
	"encoding/binary"
	"math"

	"github.com/leatdb/leat/sql/types"
)

// A row of state and checkpoints: a NULL bitmap of the columns, least
// significant bit first, then the values that are not NULL. Integers are
// zig-zag varints, floats 8 bytes, booleans one; text, bytes and decimals have
// their length in front; arrays and maps their count, then like rows (a bitmap
// of the parts, then the parts). The types are not written: the reader knows
// them.

// EncodeRow appends row row of cols.
func EncodeRow(dst []byte, cols []*Vec, row int) []byte {
	start := len(dst)
	dst = appendZeros(dst, (len(cols)+7)/8)
	for c, v := range cols {
		if v.Null(row) {
			dst[start+c>>3] |= 1 << (c & 7)
			continue
		}
		dst = encodeAt(dst, v, row)
	}
	return dst
}

func appendZeros(dst []byte, n int) []byte {
	for ; n > 8; n -= 8 {
		dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	return append(dst, zero16[:n]...)
}

// encodeAt appends value i, which is not NULL.
func encodeAt(dst []byte, v *Vec, i int) []byte {
	switch store(v.Type.Kind) {
	case storeBits:
		if v.Bits.Get(i) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case storeI64:
		return binary.AppendVarint(dst, v.I64[i])
	case storeF64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.F64[i]))
	case storeBytes:
		s := v.Str(i)
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		return append(dst, s...)
	case storeFixed:
		return append(dst, v.Data[16*i:16*i+16]...)
	case storeList:
		lo, hi := int(v.Off[i]), int(v.Off[i+1])
		dst = binary.AppendUvarint(dst, uint64(hi-lo))
		for k := range v.Kids {
			dst = encodeRun(dst, &v.Kids[k], lo, hi)
		}
		return dst
	case storeFields:
		start := len(dst)
		dst = appendZeros(dst, (len(v.Kids)+7)/8)
		for k := range v.Kids {
			if v.Kids[k].Null(i) {
				dst[start+k>>3] |= 1 << (k & 7)
				continue
			}
			dst = encodeAt(dst, &v.Kids[k], i)
		}
	}
	return dst
}

func encodeRun(dst []byte, v *Vec, lo, hi int) []byte {
	start := len(dst)
	dst = appendZeros(dst, (hi-lo+7)/8)
	for j := lo; j < hi; j++ {
		if n := j - lo; v.Null(j) {
			dst[start+n>>3] |= 1 << (n & 7)
			continue
		}
		dst = encodeAt(dst, v, j)
	}
	return dst
}

// DecodeRowInto appends the row in b, written by EncodeRow or EncodeValues of
// the builders' types, to the builders, one a column. On error (XX001) the
// builders may hold part of the row: discard them.
func DecodeRowInto(builders []*Builder, b []byte) error {
	d := rowReader{b: b}
	nulls := d.take((len(builders) + 7) / 8)
	for c, w := range builders {
		switch {
		case d.bad:
			return types.Corrupted("row encoding")
		case Bitmap(nulls).Get(c):
			w.AppendNull()
		default:
			d.value(w)
		}
	}
	if d.bad || len(d.b) != 0 {
		return types.Corrupted("row encoding")
	}
	return nil
}

// rowReader consumes encoded bytes; bad is sticky.
type rowReader struct {
	b   []byte
	bad bool
}

func (d *rowReader) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.bad, d.b = true, nil
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *rowReader) uvarint() int {
	n, w := binary.Uvarint(d.b)
	if w <= 0 || n > math.MaxInt32 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[w:]
	return int(n)
}

// value reads one value that is not NULL into w.
func (d *rowReader) value(w *Builder) {
	switch kind := w.v.Type.Kind; store(kind) {
	case storeBits:
		p := d.take(1)
		w.AppendBool(len(p) == 1 && p[0] != 0)
	case storeI64:
		n, width := binary.Varint(d.b)
		d.take(width)
		d.bad = d.bad || width <= 0
		w.AppendI64(n)
	case storeF64:
		var f float64
		if p := d.take(8); p != nil {
			f = math.Float64frombits(binary.LittleEndian.Uint64(p))
		}
		w.AppendF64(f)
	case storeBytes:
		p := d.take(d.uvarint())
		if kind == types.Decimal && !types.CanonicalDecimal(p) {
			d.bad = true
			w.AppendNull()
			return
		}
		w.AppendBytes(p)
	case storeFixed:
		if p := d.take(16); p != nil {
			w.AppendUUID([16]byte(p))
		} else {
			w.AppendNull()
		}
	case storeList:
		n := d.uvarint()
		for k := range w.kids {
			d.run(&w.kids[k], n)
		}
		w.EndList()
	case storeFields:
		d.fields(w)
	default:
		d.bad = true
		w.AppendNull()
	}
}

// run reads n values of one kid.
func (d *rowReader) run(w *Builder, n int) {
	nulls := Bitmap(d.take((n + 7) / 8))
	for j := 0; j < n && !d.bad; j++ {
		if nulls.Get(j) {
			w.AppendNull()
		} else {
			d.value(w)
		}
	}
}

// fields reads one struct.
func (d *rowReader) fields(w *Builder) {
	nulls := Bitmap(d.take((len(w.kids) + 7) / 8))
	for k := range w.kids {
		if d.bad || nulls.Get(k) {
			w.kids[k].AppendNull()
		} else {
			d.value(&w.kids[k])
		}
	}
	w.EndStruct()
}

// EncodeValues is EncodeRow of boxed values of types ts.
func EncodeValues(dst []byte, ts []types.Type, values []types.Value) []byte {
	vs := make([]Vec, len(ts))
	cols := make([]*Vec, len(ts))
	for i, t := range ts {
		vs[i] = FromValues(t, values[i:i+1])
		cols[i] = &vs[i]
	}
	return EncodeRow(dst, cols, 0)
}

// DecodeValues is DecodeRowInto of boxed values.
func DecodeValues(b []byte, ts []types.Type) ([]types.Value, error) {
	builders := make([]*Builder, len(ts))
	for i, t := range ts {
		builders[i] = NewBuilder(t, 1)
	}
	if err := DecodeRowInto(builders, b); err != nil {
		return nil, err
	}
	out := make([]types.Value, len(ts))
	for i, w := range builders {
		v := w.Finish()
		out[i] = v.Value(0)
	}
	return out, nil
}

// AppendValueBinary appends one boxed value of type t, which may be NULL, with
// its length in front, so that values follow each other.
func AppendValueBinary(dst []byte, t types.Type, x types.Value) []byte {
	body := EncodeValues(nil, []types.Type{t}, []types.Value{x})
	dst = binary.AppendUvarint(dst, uint64(len(body)))
	return append(dst, body...)
}

// AppendValueAt is AppendValueBinary of value row of v.
func AppendValueAt(dst []byte, v *Vec, row int) []byte {
	start := len(dst)
	dst = append(dst, 0)
	if v.Null(row) {
		dst = append(dst, 1)
	} else {
		dst = encodeAt(append(dst, 0), v, row)
	}
	n := len(dst) - start - 1
	if n < 0x80 {
		dst[start] = byte(n)
		return dst
	}
	var size [binary.MaxVarintLen64]byte
	k := binary.PutUvarint(size[:], uint64(n))
	dst = append(dst, size[:k-1]...)
	copy(dst[start+k:], dst[start+1:start+1+n])
	copy(dst[start:], size[:k])
	return dst
}

// ReadValueInto is ReadValueBinary that appends the value to w.
func ReadValueInto(w *Builder, b []byte) (rest []byte, err error) {
	d := rowReader{b: b}
	body := d.take(d.uvarint())
	in := rowReader{b: body}
	switch nulls := in.take(1); {
	case d.bad || in.bad:
		return nil, types.Corrupted("value encoding")
	case nulls[0]&1 != 0:
		w.AppendNull()
	default:
		in.value(w)
	}
	if in.bad || len(in.b) != 0 {
		return nil, types.Corrupted("value encoding")
	}
	return d.b, nil
}

// ReadValueBinary reads what AppendValueBinary wrote and gives what follows.
func ReadValueBinary(t types.Type, b []byte) (x types.Value, rest []byte, err error) {
	d := rowReader{b: b}
	body := d.take(d.uvarint())
	if d.bad {
		return nil, nil, types.Corrupted("value encoding")
	}
	values, err := DecodeValues(body, []types.Type{t})
	if err != nil {
		return nil, nil, err
	}
	return values[0], d.b, nil
}
