package types

import (
	"encoding/binary"
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
)

func errBinary(t Type) error {
	return sqlerr.New(sqlerr.InvalidBinaryRepresent, "incorrect binary data format for type %s", typeLabel(t))
}

// ParseBinary reads PostgreSQL's binary form of type t. b may hold anything;
// nothing of it is kept. 22P03, or the type's own errors.
func ParseBinary(t Type, b []byte) (Value, error) {
	be := binary.BigEndian
	if n := Typlen(t); n > 0 && t.Kind != Name && t.Kind != Void && t.Kind != Char && t.Kind != Enum && len(b) != int(n) {
		return nil, errBinary(t)
	}
	switch t.Kind {
	case Boolean:
		return b[0] != 0, nil
	case SmallInt:
		return int64(int16(be.Uint16(b))), nil
	case Int:
		return int64(int32(be.Uint32(b))), nil
	case OID, RegClass, RegType, RegProc, RegNamespace:
		return int64(be.Uint32(b)), nil
	case BigInt:
		return int64(be.Uint64(b)), nil
	case Real:
		return float64(math.Float32frombits(be.Uint32(b))), nil
	case Double:
		return math.Float64frombits(be.Uint64(b)), nil
	case Decimal:
		d, err := parseNumericBinary(t, b)
		if err != nil {
			return nil, err
		}
		return box(FitDecimal(d, t))
	case String, Name, Char, Unknown:
		return parseString(t, string(b))
	case Enum:
		return box(t.Labels.Place(string(b)))
	case Bytes:
		return append([]byte{}, b...), nil
	case Timestamp, Time, Date:
		return parseTemporalBinary(t, b)
	case Interval:
		return Span{
			Micros: int64(be.Uint64(b)), Days: int32(be.Uint32(b[8:])), Months: int32(be.Uint32(b[12:])),
		}, nil
	case UUID:
		return [16]byte(b), nil
	case JSON, Map, Struct:
		return parseJSONBinary(t, b)
	case Array:
		if t.OID() == oidJSONB {
			return parseJSONBinary(t, b)
		}
		return parseArrayBinary(t, b)
	case Void:
		return nil, nil
	}
	return nil, sqlerr.Unsupported("input of anonymous composite types")
}

func parseTemporalBinary(t Type, b []byte) (Value, error) {
	if t.Kind == Date {
		days := int64(int32(binary.BigEndian.Uint32(b)))
		if days == DateInfinity || days == DateNegInfinity {
			return days, nil
		}
		if days += pgEpochDays; days < minDays || days > maxDays {
			return nil, sqlerr.New(sqlerr.DatetimeOverflow, "date out of range")
		}
		return days, nil
	}
	us := int64(binary.BigEndian.Uint64(b))
	if t.Kind == Time {
		if us < 0 || us > MicrosPerDay {
			return nil, sqlerr.New(sqlerr.DatetimeOverflow, "time out of range")
		}
		return us, nil
	}
	if IsInfinite(us) {
		return us, nil
	}
	if us < minTimestamp-pgEpochMicros || us >= endTimestamp-pgEpochMicros {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range")
	}
	return us + pgEpochMicros, nil
}

// parseJSONBinary reads jsonb with its version byte, or plain JSON text (the
// binary form of json).
func parseJSONBinary(t Type, b []byte) (Value, error) {
	if len(b) > 0 && b[0] == jsonbVersion {
		b = b[1:]
	} else if len(b) == 0 {
		return nil, errBinary(t)
	}
	if t.Kind == JSON {
		out, err := NormalizeJSON(b)
		return string(out), err
	}
	return FromJSON(t, b, JSONLeat)
}

// parseNumericBinary reads what appendNumericBinary writes.
func parseNumericBinary(t Type, b []byte) (*apd.Decimal, error) {
	be := binary.BigEndian
	if len(b) < 8 {
		return nil, errBinary(t)
	}
	n, weight := int(be.Uint16(b)), int(int16(be.Uint16(b[2:])))
	sign, scale := be.Uint16(b[4:]), int32(be.Uint16(b[6:]))
	switch sign {
	case numericNaN:
		return &apd.Decimal{Form: apd.NaN}, nil
	case numericPosInf, numericNegInf:
		return &apd.Decimal{Form: apd.Infinite, Negative: sign == numericNegInf}, nil
	case numericPos, numericNeg:
	default:
		return nil, errBinary(t)
	}
	if len(b) != 8+2*n || scale > maxDecimalScale {
		return nil, errBinary(t)
	}
	text := make([]byte, 0, 4*n+1)
	for i := range n {
		g := be.Uint16(b[8+2*i:])
		if g > 9999 {
			return nil, errBinary(t)
		}
		text = append(text, byte('0'+g/1000), byte('0'+g/100%10), byte('0'+g/10%10), byte('0'+g%10))
	}
	d := new(apd.Decimal)
	if n > 0 {
		if _, ok := d.Coeff.SetString(string(text), 10); !ok {
			return nil, errBinary(t)
		}
		d.Exponent = int32(4 * (weight + 1 - n))
	}
	d.Negative = sign == numericNeg
	if d.Coeff.Sign() == 0 {
		return apd.New(0, -scale), nil
	}
	if d.Exponent < -maxDecimalScale-4 || !plainOrLonger(d) {
		return nil, errNumericFormat()
	}
	return Rescale(d, scale), nil
}

// plainOrLonger is plainDecimal for a value whose last group of four may reach
// over the limit of the scale.
func plainOrLonger(d *apd.Decimal) bool {
	if d.Exponent < -maxDecimalScale {
		return d.NumDigits()+int64(d.Exponent) <= maxDecimalWhole
	}
	return plainDecimal(d)
}

// parseArrayBinary reads an array of at most one dimension.
func parseArrayBinary(t Type, b []byte) (Value, error) {
	be := binary.BigEndian
	if len(b) < 12 {
		return nil, errBinary(t)
	}
	dims := be.Uint32(b)
	if dims > 1 {
		return nil, sqlerr.Unsupported("a multidimensional array parameter")
	}
	if flags := be.Uint32(b[4:]); flags > 1 {
		return nil, errBinary(t)
	}
	if oid := be.Uint32(b[8:]); oid != t.Elem.OID() && !sameWire(*t.Elem, oid) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch,
			"binary data has array element type %d instead of expected %d", oid, t.Elem.OID())
	}
	b = b[12:]
	if dims == 0 {
		if len(b) != 0 {
			return nil, errBinary(t)
		}
		return []Value{}, nil
	}
	if len(b) < 8 {
		return nil, errBinary(t)
	}
	n := be.Uint32(b)
	b = b[8:]
	if uint64(n)*4 > uint64(len(b)) {
		return nil, errBinary(t)
	}
	out := make([]Value, 0, n)
	for range n {
		v, rest, err := parseSized(t, b)
		if err != nil {
			return nil, err
		}
		out, b = append(out, v), rest
	}
	if len(b) != 0 {
		return nil, errBinary(t)
	}
	return out, nil
}

// parseSized reads one element of array type t with its length.
func parseSized(t Type, b []byte) (Value, []byte, error) {
	if len(b) < 4 {
		return nil, nil, errBinary(t)
	}
	size := int32(binary.BigEndian.Uint32(b))
	b = b[4:]
	if size == -1 {
		return nil, b, nil
	}
	if size < 0 || int(size) > len(b) {
		return nil, nil, errBinary(t)
	}
	v, err := ParseBinary(*t.Elem, b[:size])
	return v, b[size:], err
}

// sameWire tells whether oid is an alias of t with the same binary form.
func sameWire(t Type, oid uint32) bool {
	u, ok := FromOID(oid)
	return ok && u.Kind == t.Kind && oid != 114
}
