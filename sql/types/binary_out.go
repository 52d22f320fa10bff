package types

import (
	"encoding/binary"
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
)

// pgEpochMicros is 2000-01-01, the zero of PostgreSQL's binary instants.
const pgEpochMicros = pgEpochDays * MicrosPerDay

// jsonbVersion is the first byte of a binary jsonb.
const jsonbVersion = 1

// AppendBinary appends the PostgreSQL binary form of v, not NULL. 22003 and
// 22008 when the value has no such form.
func AppendBinary(dst []byte, t Type, v Value) ([]byte, error) {
	be := binary.BigEndian
	switch t.Kind {
	case Boolean:
		if v.(bool) {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case SmallInt:
		return be.AppendUint16(dst, uint16(v.(int64))), nil
	case Int, OID, RegClass, RegType, RegProc, RegNamespace:
		return be.AppendUint32(dst, uint32(v.(int64))), nil
	case BigInt, Time:
		return be.AppendUint64(dst, uint64(v.(int64))), nil
	case Real:
		return appendFloat4(dst, v.(float64)), nil
	case Double:
		return appendFloat8(dst, v.(float64)), nil
	case Decimal:
		return appendNumericBinary(dst, v.(*apd.Decimal))
	case String, Name, Char, Unknown:
		return append(dst, v.(string)...), nil
	case Enum:
		return append(dst, t.Labels.At(v.(int64))...), nil
	case Bytes:
		return append(dst, v.([]byte)...), nil
	case Timestamp:
		us := v.(int64)
		if !IsInfinite(us) {
			us -= pgEpochMicros
		}
		return be.AppendUint64(dst, uint64(us)), nil
	case Date:
		return appendDateBinary(dst, v.(int64))
	case Interval:
		s := v.(Span)
		dst = be.AppendUint64(dst, uint64(s.Micros))
		return be.AppendUint32(be.AppendUint32(dst, uint32(s.Days)), uint32(s.Months)), nil
	case JSON:
		if t.Alias == PlainJSON {
			return append(dst, v.(string)...), nil
		}
		return append(append(dst, jsonbVersion), v.(string)...), nil
	case UUID:
		u := v.([16]byte)
		return append(dst, u[:]...), nil
	case Array:
		if t.OID() != oidJSONB {
			return appendArrayBinary(dst, t, v.([]Value))
		}
		return appendJSON(append(dst, jsonbVersion), t, v, jsonWire), nil
	case Map, Struct:
		return appendJSON(append(dst, jsonbVersion), t, v, jsonWire), nil
	case Record:
		return appendRecordBinary(dst, t, v.(Row))
	}
	return dst, nil
}

// C's NaN, which PostgreSQL sends; Go's has another payload.
const (
	nan32 = 0x7fc00000
	nan64 = 0x7ff8000000000000
)

func appendFloat4(dst []byte, f float64) []byte {
	if f != f {
		return binary.BigEndian.AppendUint32(dst, nan32)
	}
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(f)))
}

func appendFloat8(dst []byte, f float64) []byte {
	if f != f {
		return binary.BigEndian.AppendUint64(dst, nan64)
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}

func appendDateBinary(dst []byte, days int64) ([]byte, error) {
	if days != DateInfinity && days != DateNegInfinity {
		days -= pgEpochDays
	}
	if days != int64(int32(days)) {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "date out of range")
	}
	return binary.BigEndian.AppendUint32(dst, uint32(days)), nil
}

// Signs of a binary numeric.
const (
	numericPos    = 0x0000
	numericNeg    = 0x4000
	numericNaN    = 0xC000
	numericPosInf = 0xD000
	numericNegInf = 0xF000
)

// appendNumericBinary appends count, weight, sign, scale, then base-10000
// digits without zeros at either end.
func appendNumericBinary(dst []byte, d *apd.Decimal) ([]byte, error) {
	be := binary.BigEndian
	switch d.Form {
	case apd.Infinite:
		sign := uint64(numericPosInf)
		if d.Negative {
			sign = numericNegInf
		}
		return be.AppendUint64(dst, sign<<16|0x20), nil
	case apd.NaN, apd.NaNSignaling:
		return be.AppendUint64(dst, numericNaN<<16), nil
	}
	if d.Exponent > 0 {
		var err error
		if d, err = NormalDecimal(d); err != nil {
			return nil, err
		}
	}
	scale := DecimalScale(d)
	var buf [64]byte
	text := d.Coeff.Append(buf[:0], 10)
	// Pad to whole groups of four around the point.
	after := int(scale+3) / 4 * 4
	whole := len(text) - int(scale)
	groups, weight := groupDigits(text, whole, after)
	if len(groups) == 0 {
		weight = 0
	}
	sign := uint16(numericPos)
	if d.Negative && len(groups) > 0 {
		sign = numericNeg
	}
	if len(groups) > math.MaxInt16 || weight > math.MaxInt16 {
		return nil, errNumericFormat()
	}
	dst = be.AppendUint16(dst, uint16(len(groups)))
	dst = be.AppendUint16(dst, uint16(int16(weight)))
	dst = be.AppendUint16(dst, sign)
	dst = be.AppendUint16(dst, uint16(scale))
	for _, g := range groups {
		dst = be.AppendUint16(dst, g)
	}
	return dst, nil
}

// groupDigits cuts digits, whole of which stand before the point (may be
// negative), into base-10000 digits; after is the padded number behind it.
func groupDigits(text []byte, whole, after int) (groups []uint16, weight int) {
	weight = (whole+3)>>2 - 1 // floor: also for negative whole
	first := whole - (weight+1)*4
	for at := first; at < whole+after && at < len(text); at += 4 {
		var g uint16
		for i := at; i < at+4; i++ {
			g *= 10
			if i >= 0 && i < len(text) {
				g += uint16(text[i] - '0')
			}
		}
		groups = append(groups, g)
	}
	for len(groups) > 0 && groups[0] == 0 {
		groups = groups[1:]
		weight--
	}
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
	}
	return groups, weight
}

// appendArrayBinary appends dimensions, a NULL flag, the element's OID, then
// length and lower bound, then the elements with their lengths.
func appendArrayBinary(dst []byte, t Type, items []Value) ([]byte, error) {
	be := binary.BigEndian
	elem := *t.Elem
	dims, nulls := uint32(1), uint32(0)
	if len(items) == 0 {
		dims = 0
	}
	for _, e := range items {
		if e == nil {
			nulls = 1
		}
	}
	dst = be.AppendUint32(be.AppendUint32(be.AppendUint32(dst, dims), nulls), elem.OID())
	if dims == 0 {
		return dst, nil
	}
	dst = be.AppendUint32(be.AppendUint32(dst, uint32(len(items))), uint32(t.FirstSubscript()))
	var err error
	for _, e := range items {
		if dst, err = appendSized(dst, elem, e); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// appendSized appends a value with its length in front, -1 for NULL.
func appendSized(dst []byte, t Type, v Value) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0xff, 0xff, 0xff, 0xff)
	if v == nil {
		return dst, nil
	}
	dst, err := AppendBinary(dst, t, v)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst, nil
}

func appendRecordBinary(dst []byte, t Type, row Row) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(t.Fields)))
	var err error
	for i := range t.Fields {
		dst = binary.BigEndian.AppendUint32(dst, t.Fields[i].Type.OID())
		if dst, err = appendSized(dst, t.Fields[i].Type, rowAt(row, i)); err != nil {
			return nil, err
		}
	}
	return dst, nil
}
