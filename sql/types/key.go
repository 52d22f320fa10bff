package types

import (
	"encoding/binary"
	"math"

	"github.com/cockroachdb/apd/v3"
)

// Tags of the key encoding. A value is self-delimiting; the bytes of two keys
// of the same types compare as the values do, NULL last (T1), and are equal
// exactly when Equal holds (T2).
const (
	keyEnd   = 0x00 // end of an array or map
	keyValue = 0x01 // a value follows
	keyNull  = 0x02 // NULL
)

// Classes of decimals in key order.
const (
	decNegInf = iota + 1
	decNeg
	decZero
	decPos
	decPosInf
	decNaN
)

// AppendKey appends the order-preserving encoding of v, which may be NULL.
func AppendKey(dst []byte, t Type, v Value) []byte {
	if v == nil || t.Kind == Unknown || t.Kind == Void {
		return append(dst, keyNull)
	}
	dst = append(dst, keyValue)
	switch t.Kind {
	case Boolean:
		if v.(bool) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case Real, Double:
		return AppendKeyF64(dst, v.(float64))
	case Decimal:
		var buf [64]byte
		return AppendKeyDecimal(dst, AppendDecimal(buf[:0], v.(*apd.Decimal)))
	case JSON:
		return AppendKeyJSON(dst, []byte(v.(string)))
	case String, Name, Char:
		return AppendKeyBytes(dst, v.(string))
	case Bytes:
		return AppendKeyBytes(dst, v.([]byte))
	case UUID:
		u := v.([16]byte)
		return append(dst, u[:]...)
	case Interval:
		return AppendKeySpan(dst, v.(Span))
	case Array:
		for _, e := range v.([]Value) {
			dst = AppendKey(dst, *t.Elem, e)
		}
		return append(dst, keyEnd)
	case Map:
		m := v.(MapValue)
		for _, i := range sortedEntries(t, m) {
			dst = AppendKey(dst, *t.Key, m.Keys[i])
			dst = AppendKey(dst, *t.Elem, m.Vals[i])
		}
		return append(dst, keyEnd)
	case Struct, Record:
		row := v.(Row)
		for i := range t.Fields {
			dst = AppendKey(dst, t.Fields[i].Type, rowAt(row, i))
		}
		return dst
	}
	return AppendKeyI64(dst, v.(int64))
}

// AppendKeyNull appends NULL's encoding.
func AppendKeyNull(dst []byte) []byte { return append(dst, keyNull) }

// AppendKeyTag announces a value; its body follows by one of the functions
// below.
func AppendKeyTag(dst []byte) []byte { return append(dst, keyValue) }

// AppendKeyI64 appends the body of an integer-like value.
func AppendKeyI64(dst []byte, x int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(x)^1<<63)
}

// AppendKeyF64 appends the body of a Real or Double.
func AppendKeyF64(dst []byte, f float64) []byte {
	u := math.Float64bits(f)
	switch {
	case f == 0:
		u = 1 << 63
	case f != f:
		u = math.MaxUint64
	case u>>63 == 1:
		u = ^u
	default:
		u |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, u)
}

// AppendKeyBytes appends the body of text or bytes: 00 is written 00 FF, the
// end is 00 01.
func AppendKeyBytes[T string | []byte](dst []byte, s T) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, 0, 0xff)
			start = i + 1
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, 0, 1)
}

// AppendKeySpan appends the body of an interval: its 128-bit estimated length.
func AppendKeySpan(dst []byte, s Span) []byte {
	hi, lo := spanLength(s)
	dst = binary.BigEndian.AppendUint64(dst, uint64(hi)^1<<63)
	return binary.BigEndian.AppendUint64(dst, lo)
}

// AppendKeyDecimal appends the body of a decimal in canonical text: class,
// decimal exponent, digits two a byte without trailing zeros, 00; exponent and
// digits are complemented when negative. 1.0 and 1.00 have one encoding.
func AppendKeyDecimal(dst, text []byte) []byte {
	switch text[len(text)-1] {
	case 'N':
		return append(dst, decNaN)
	case 'y':
		if text[0] == '-' {
			return append(dst, decNegInf)
		}
		return append(dst, decPosInf)
	}
	neg := text[0] == '-'
	if neg {
		text = text[1:]
	}
	var buf [64]byte
	digits, exp := significant(buf[:0], text)
	if len(digits) == 0 {
		return append(dst, decZero)
	}
	var flip byte
	if neg {
		flip = 0xff
		dst = append(dst, decNeg)
	} else {
		dst = append(dst, decPos)
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(exp)^1<<31^uint32(flip)*0x01010101)
	for i := 0; i < len(digits); i += 2 {
		pair := (digits[i] - '0') * 10
		if i+1 < len(digits) {
			pair += digits[i+1] - '0'
		}
		dst = append(dst, (pair+1)^flip)
	}
	return append(dst, flip)
}

// significant strips the zeros at both ends of unsigned plain text: the value
// is 0.digits times 10 to the exp.
func significant(dst, text []byte) (digits []byte, exp int32) {
	point := len(text)
	for i, c := range text {
		if c == '.' {
			point = i
		} else {
			dst = append(dst, c)
		}
	}
	lead := 0
	for lead < len(dst) && dst[lead] == '0' {
		lead++
	}
	end := len(dst)
	for end > lead && dst[end-1] == '0' {
		end--
	}
	return dst[lead:end], int32(point - lead)
}
