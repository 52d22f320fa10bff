package types

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
)

func errKey() error { return Corrupted("key encoding") }

// Corrupted is the XX001 of stored bytes that what did not write.
func Corrupted(what string) error { return sqlerr.New(sqlerr.DataCorrupted, "malformed %s", what) }

// ReadKey reads one value AppendKey wrote and gives what follows it. Decimals
// come back with t's scale, or without trailing zeros when t has none; maps
// and JSON objects sorted by key; intervals justified. Anything else is the value that went in.
func ReadKey(t Type, b []byte) (v Value, rest []byte, err error) {
	if len(b) == 0 {
		return nil, nil, errKey()
	}
	switch b[0] {
	case keyNull:
		return nil, b[1:], nil
	case keyValue:
		return readKeyBody(t, b[1:])
	}
	return nil, nil, errKey()
}

func readKeyBody(t Type, b []byte) (Value, []byte, error) {
	switch t.Kind {
	case Boolean:
		if len(b) < 1 || b[0] > 1 {
			return nil, nil, errKey()
		}
		return b[0] == 1, b[1:], nil
	case Decimal:
		return readKeyDecimal(t, b)
	case JSON:
		return readKeyJSON(b)
	case String, Name, Char, Bytes:
		return readKeyBytes(t, b)
	case UUID, Interval:
		if len(b) < 16 {
			return nil, nil, errKey()
		}
		if t.Kind == UUID {
			return [16]byte(b[:16]), b[16:], nil
		}
		s, err := readKeySpan(b)
		return s, b[16:], err
	case Array:
		return readKeyArray(t, b)
	case Map:
		return readKeyMap(t, b)
	case Struct, Record:
		return readKeyRow(t, b)
	case Unknown, Void:
		return nil, nil, errKey()
	}
	if len(b) < 8 {
		return nil, nil, errKey()
	}
	u := binary.BigEndian.Uint64(b)
	if t.IsFloat() {
		return keyFloat(u), b[8:], nil
	}
	return int64(u ^ 1<<63), b[8:], nil
}

func keyFloat(u uint64) float64 {
	switch {
	case u == math.MaxUint64:
		return math.NaN()
	case u>>63 == 1:
		return math.Float64frombits(u &^ (1 << 63))
	}
	return math.Float64frombits(^u)
}

func readKeyBytes(t Type, b []byte) (Value, []byte, error) {
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] != 0 {
			continue
		}
		if i+1 >= len(b) || b[i+1] != 0xff && b[i+1] != 1 {
			break
		}
		out = append(out, b[:i]...)
		end := b[i+1] == 1
		if !end {
			out = append(out, 0)
		}
		b, i = b[i+2:], -1
		if end {
			if t.Kind == Bytes {
				return append([]byte{}, out...), b, nil
			}
			return string(out), b, nil
		}
	}
	return nil, nil, errKey()
}

func readKeySpan(b []byte) (Span, error) {
	hi, lo := binary.BigEndian.Uint64(b)^1<<63, binary.BigEndian.Uint64(b[8:])
	neg := hi>>63 == 1
	if neg {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	if hi >= microsPerDay {
		return Span{}, errKey()
	}
	days, micros := bits.Div64(hi, lo, microsPerDay)
	months := days / daysPerMonth
	if months > math.MaxInt32 {
		excess := months - math.MaxInt32
		if excess > math.MaxInt32/daysPerMonth-daysPerMonth {
			return Span{}, errKey()
		}
		months = math.MaxInt32
	}
	s := Span{Months: int32(months), Days: int32(days - months*daysPerMonth), Micros: int64(micros)}
	if neg {
		s = Span{Months: -s.Months, Days: -s.Days, Micros: -s.Micros}
	}
	return s, nil
}

func readKeyDecimal(t Type, b []byte) (Value, []byte, error) {
	if len(b) == 0 {
		return nil, nil, errKey()
	}
	class, b := b[0], b[1:]
	d := new(apd.Decimal)
	switch class {
	case decZero:
		d.Exponent = -t.Scale
		return d, b, nil
	case decNaN:
		d.Form = apd.NaN
		return d, b, nil
	case decNegInf, decPosInf:
		d.Form, d.Negative = apd.Infinite, class == decNegInf
		return d, b, nil
	case decNeg, decPos:
	default:
		return nil, nil, errKey()
	}
	var flip byte
	if class == decNeg {
		flip = 0xff
	}
	if len(b) < 5 {
		return nil, nil, errKey()
	}
	exp := int32(binary.BigEndian.Uint32(b) ^ 1<<31 ^ uint32(flip)*0x01010101)
	b = b[4:]
	digits := make([]byte, 0, 40)
	i := 0
	for ; i < len(b) && b[i] != flip; i++ {
		pair := b[i] ^ flip
		if pair > 100 {
			return nil, nil, errKey()
		}
		digits = append(digits, (pair-1)/10+'0', (pair-1)%10+'0')
	}
	if i == 0 || i == len(b) || len(digits) > 2*maxDecimalWhole || exp > maxDecimalWhole || exp < -maxDecimalScale {
		return nil, nil, errKey()
	}
	if digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	if _, ok := d.Coeff.SetString(string(digits), 10); !ok {
		return nil, nil, errKey()
	}
	d.Negative = class == decNeg
	d.Exponent = exp - int32(len(digits))
	if !plainDecimal(d) {
		return nil, nil, errKey()
	}
	if t.Precision > 0 && -d.Exponent < t.Scale {
		return Rescale(d, t.Scale), b[i+1:], nil
	}
	return d, b[i+1:], nil
}

func readKeyArray(t Type, b []byte) (Value, []byte, error) {
	out := []Value{}
	for {
		if len(b) == 0 {
			return nil, nil, errKey()
		}
		if b[0] == keyEnd {
			return out, b[1:], nil
		}
		v, rest, err := ReadKey(*t.Elem, b)
		if err != nil {
			return nil, nil, err
		}
		out, b = append(out, v), rest
	}
}

func readKeyMap(t Type, b []byte) (Value, []byte, error) {
	var m MapValue
	for {
		if len(b) == 0 {
			return nil, nil, errKey()
		}
		if b[0] == keyEnd {
			return m, b[1:], nil
		}
		k, rest, err := ReadKey(*t.Key, b)
		if err != nil || k == nil {
			return nil, nil, errKey()
		}
		v, rest, err := ReadKey(*t.Elem, rest)
		if err != nil {
			return nil, nil, err
		}
		m.Keys, m.Vals, b = append(m.Keys, k), append(m.Vals, v), rest
	}
}

func readKeyRow(t Type, b []byte) (Value, []byte, error) {
	row := make(Row, len(t.Fields))
	for i := range t.Fields {
		v, rest, err := ReadKey(t.Fields[i].Type, b)
		if err != nil {
			return nil, nil, err
		}
		row[i], b = v, rest
	}
	return row, b, nil
}
