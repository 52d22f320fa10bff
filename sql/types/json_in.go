package types

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// FromJSON reads a value of type t from JSON text; null is NULL. JSONLeat takes
// ISO text and epoch milliseconds for instants; numbers given as text; and it
// wants exact integers. JSONKsql follows ksqlDB's JSON deserializer: fractions
// are cut, booleans are not numbers, anything becomes a STRING. Struct fields
// match by exact name, then by the upper-cased name (JSONKsql) or without regard
// to case; missing ones are NULL, unknown ones are ignored, of equal ones the
// last counts.
func FromJSON(t Type, raw []byte, style JSONStyle) (Value, error) {
	if err := CheckJSON(raw); err != nil {
		return nil, err
	}
	return fromJSON(t, trimJSON(raw), style)
}

func errFromJSON(t Type, raw []byte) error {
	shown := string(raw)
	if len(shown) > 100 {
		shown = truncateBytes(shown, 100) + "..."
	}
	return sqlerr.New(sqlerr.InvalidTextRepresent, "cannot read a value of type %s from JSON %s", t, shown)
}

func fromJSON(t Type, raw []byte, style JSONStyle) (Value, error) {
	if raw[0] == 'n' {
		return nil, nil
	}
	switch t.Kind {
	case JSON:
		b, err := appendNormal(nil, raw)
		return string(b), err
	case String, Name, Char, Unknown:
		return textFromJSON(t, raw, style)
	case Boolean:
		if raw[0] == 't' || raw[0] == 'f' {
			return raw[0] == 't', nil
		}
		if raw[0] == '"' && style != JSONKsql {
			return ParseText(t, unquoteJSON(raw), nil)
		}
		return nil, errFromJSON(t, raw)
	case SmallInt, Int, BigInt, OID:
		return intFromJSON(t, raw, style)
	case Real, Double, Decimal:
		return numberFromJSON(t, raw)
	case Timestamp, Date, Time:
		return temporalFromJSON(t, raw, style)
	case Bytes:
		return bytesFromJSON(t, raw)
	case Array:
		return arrayFromJSON(t, raw, style)
	case Map:
		return mapFromJSON(t, raw, style)
	case Struct, Record:
		return structFromJSON(t, raw, style)
	}
	if raw[0] != '"' {
		return nil, errFromJSON(t, raw)
	}
	return ParseText(t, unquoteJSON(raw), nil)
}

// textFromJSON: a string is itself; other JSON becomes its text.
func textFromJSON(t Type, raw []byte, style JSONStyle) (Value, error) {
	switch {
	case raw[0] == '"':
		return parseString(t, unquoteJSON(raw))
	case style == JSONKsql:
		return parseString(t, ksqlText(raw))
	case raw[0] == '{' || raw[0] == '[':
		b, err := appendNormal(nil, raw)
		return string(b), err
	}
	return string(raw), nil
}

// ksqlText is ksqlDB's text of a JSON value in a STRING column: arrays are
// [a, b] of their elements' texts, objects compact JSON.
func ksqlText(raw []byte) string {
	switch raw[0] {
	case '"':
		return unquoteJSON(raw)
	case '[':
		parts := splitArray(raw)
		texts := make([]string, len(parts))
		for i, p := range parts {
			texts[i] = ksqlText(p)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case '{':
		return string(CompactJSON(raw))
	}
	return string(raw)
}

// CompactJSON drops the blanks between the tokens of valid JSON.
func CompactJSON(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case ' ', '\t', '\r', '\n':
		case '"':
			end := skipString(raw, i)
			out = append(out, raw[i:end]...)
			i = end - 1
		default:
			out = append(out, raw[i])
		}
	}
	return out
}

// numberText is the text of a number or of a string meant as one.
func numberText(raw []byte) (string, bool) {
	switch {
	case raw[0] == '"':
		s := strings.TrimSpace(unquoteJSON(raw))
		return s, s != ""
	case raw[0] == '-' || isDigit(raw[0]):
		return string(raw), true
	}
	return "", false
}

func intFromJSON(t Type, raw []byte, style JSONStyle) (Value, error) {
	s, ok := numberText(raw)
	if !ok {
		return nil, errFromJSON(t, raw)
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if !FitsInt(t, n) {
			return nil, errOutOfRange(t, s)
		}
		return n, nil
	}
	d, ok, out := ParseDecimal(s)
	if !ok || out {
		return nil, errFromJSON(t, raw)
	}
	if style == JSONKsql && raw[0] != '"' {
		f := DecimalToFloat(d)
		if f != f {
			return nil, errFromJSON(t, raw)
		}
		return int64(truncFloat(f, t)), nil
	}
	n, ok := DecimalToInt(d)
	if !ok {
		return nil, errOutOfRange(t, s)
	}
	if Rescale(d, 0).Cmp(d) != 0 {
		return nil, errFromJSON(t, raw)
	}
	if !FitsInt(t, n) {
		return nil, errOutOfRange(t, s)
	}
	return n, nil
}

// FitsInt tells whether n is within the integer type t (or an OID).
func FitsInt(t Type, n int64) bool {
	switch t.Kind {
	case SmallInt:
		return n == int64(int16(n))
	case Int:
		return n == int64(int32(n))
	case OID, RegClass, RegType, RegProc, RegNamespace:
		return n >= 0 && n <= math.MaxUint32
	}
	return true
}

// truncFloat is Java's d2i or d2l: cut, saturating, NaN is 0.
func truncFloat(f float64, t Type) int64 {
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	switch t.Kind {
	case SmallInt:
		lo, hi = math.MinInt16, math.MaxInt16
	case Int:
		lo, hi = math.MinInt32, math.MaxInt32
	}
	switch {
	case f != f:
		return 0
	case f <= float64(lo):
		return lo
	case f >= float64(hi):
		return hi
	}
	return int64(f)
}

func numberFromJSON(t Type, raw []byte) (Value, error) {
	s, ok := numberText(raw)
	if !ok {
		return nil, errFromJSON(t, raw)
	}
	return ParseText(t, s, nil)
}

func temporalFromJSON(t Type, raw []byte, style JSONStyle) (Value, error) {
	s, ok := numberText(raw)
	if !ok {
		return nil, errFromJSON(t, raw)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || raw[0] == '"' && style != JSONKsql && t.Kind != Timestamp {
		if raw[0] == '"' && style != JSONKsql {
			return ParseText(t, s, nil)
		}
		return nil, errFromJSON(t, raw)
	}
	switch t.Kind {
	case Timestamp:
		if n < minTimestamp/MicrosPerMilli || n >= endTimestamp/MicrosPerMilli {
			return nil, errTimestampRange(s)
		}
		return n * MicrosPerMilli, nil
	case Time:
		if n < 0 || n >= MicrosPerDay/MicrosPerMilli {
			return nil, errFromJSON(t, raw)
		}
		return n * MicrosPerMilli, nil
	}
	if n < minDays || n > maxDays {
		return nil, errFromJSON(t, raw)
	}
	return n, nil
}

func bytesFromJSON(t Type, raw []byte) (Value, error) {
	if raw[0] != '"' {
		return nil, errFromJSON(t, raw)
	}
	s := unquoteJSON(raw)
	if strings.HasPrefix(s, `\x`) {
		return parseBytea(s)
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, errFromJSON(t, raw)
	}
	return b, nil
}

func arrayFromJSON(t Type, raw []byte, style JSONStyle) (Value, error) {
	if raw[0] != '[' {
		return nil, errFromJSON(t, raw)
	}
	parts := splitArray(raw)
	out := make([]Value, len(parts))
	for i, p := range parts {
		v, err := fromJSON(*t.Elem, p, style)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func mapFromJSON(t Type, raw []byte, style JSONStyle) (Value, error) {
	if raw[0] != '{' {
		return nil, errFromJSON(t, raw)
	}
	m := MapValue{Keys: []Value{}, Vals: []Value{}}
	at := map[string]int{}
	for _, e := range splitObject(raw) {
		key, err := mapKeyFromJSON(*t.Key, e.key, style)
		if err == nil && key == nil {
			err = errFromJSON(t, raw)
		}
		if err != nil {
			return nil, err
		}
		v, err := fromJSON(*t.Elem, e.val, style)
		if err != nil {
			return nil, err
		}
		id := string(AppendKey(nil, *t.Key, key))
		if i, dup := at[id]; dup {
			m.Vals[i] = v
			continue
		}
		at[id] = len(m.Keys)
		m.Keys, m.Vals = append(m.Keys, key), append(m.Vals, v)
	}
	return m, nil
}

func mapKeyFromJSON(t Type, key string, style JSONStyle) (Value, error) {
	if t.IsText() {
		return parseString(t, key)
	}
	v, err := fromJSON(t, AppendJSONString(nil, key), style)
	if err != nil && t.IsNested() || t.Kind == Boolean {
		if err := CheckJSON([]byte(key)); err != nil {
			return nil, err
		}
		return fromJSON(t, trimJSON([]byte(key)), style)
	}
	return v, err
}

func structFromJSON(t Type, raw []byte, style JSONStyle) (Value, error) {
	if raw[0] != '{' {
		return nil, errFromJSON(t, raw)
	}
	row := make(Row, len(t.Fields))
	exact := make([]bool, len(t.Fields))
	for _, e := range splitObject(raw) {
		i := t.FieldIndex(e.key)
		if i < 0 {
			if i = looseField(t, e.key, style); i < 0 || exact[i] {
				continue
			}
		} else {
			exact[i] = true
		}
		v, err := fromJSON(t.Fields[i].Type, e.val, style)
		if err != nil {
			return nil, err
		}
		row[i] = v
	}
	return row, nil
}

func looseField(t Type, name string, style JSONStyle) int {
	if style == JSONKsql {
		return t.FieldIndex(strings.ToUpper(name))
	}
	for i := range t.Fields {
		if strings.EqualFold(t.Fields[i].Name, name) {
			return i
		}
	}
	return -1
}
