package types

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// JSONStyle is how values are spelled in JSON.
type JSONStyle uint8

// The styles.
const (
	JSONLeat JSONStyle = iota // instants, dates and times as ISO text, bytes as base64
	JSONKsql                  // ksqlDB's: epoch ms, ms of the day, epoch days
	jsonWire                  // JSONLeat with jsonb's blanks, for the Postgres wire
)

// AppendJSON appends v, which may be NULL, as JSON. Struct fields that are NULL
// are written as null; keys of maps are text.
func AppendJSON(dst []byte, t Type, v Value, style JSONStyle) []byte {
	return appendJSON(dst, t, v, style)
}

func appendJSON(dst []byte, t Type, v Value, style JSONStyle) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	switch t.Kind {
	case Boolean:
		return strconv.AppendBool(dst, v.(bool))
	case SmallInt, Int, BigInt, OID:
		return strconv.AppendInt(dst, v.(int64), 10)
	case Real, Double:
		return appendJSONFloat(dst, t.Kind, v.(float64), style)
	case Decimal:
		d := v.(*apd.Decimal)
		if d.Form != apd.Finite {
			return append(AppendDecimal(append(dst, '"'), d), '"')
		}
		return AppendDecimal(dst, d)
	case String, Name, Char, Unknown:
		return AppendJSONString(dst, v.(string))
	case JSON:
		return append(dst, v.(string)...)
	case Bytes:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.([]byte))
		return append(dst, '"')
	case Timestamp, Date, Time:
		return appendJSONTemporal(dst, t.Kind, v.(int64), style)
	case Array, Map, Struct, Record:
		return appendJSONNested(dst, t, v, style)
	}
	return AppendJSONString(dst, string(AppendText(nil, t, v, nil)))
}

func appendJSONFloat(dst []byte, k Kind, f float64, style JSONStyle) []byte {
	special := f != f || math.IsInf(f, 0)
	if special {
		dst = append(dst, '"')
	}
	if style == JSONKsql {
		dst = AppendJavaDouble(dst, f)
	} else {
		dst = appendFloat(dst, f, k, &TextOptions{})
	}
	if special {
		dst = append(dst, '"')
	}
	return dst
}

func appendJSONTemporal(dst []byte, k Kind, n int64, style JSONStyle) []byte {
	if style == JSONKsql {
		if k != Date {
			n = floorDiv(n, MicrosPerMilli)
		}
		return strconv.AppendInt(dst, n, 10)
	}
	dst = append(dst, '"')
	switch k {
	case Timestamp:
		dst = AppendTimestampISO(dst, n)
	case Date:
		dst = AppendDate(dst, n)
	default:
		dst = AppendTimeISO(dst, n)
	}
	return append(dst, '"')
}

func appendJSONNested(dst []byte, t Type, v Value, style JSONStyle) []byte {
	comma, colon := ",", ":"
	if style == jsonWire {
		comma, colon = ", ", ": "
	}
	switch x := v.(type) {
	case []Value:
		dst = append(dst, '[')
		for i, e := range x {
			if i > 0 {
				dst = append(dst, comma...)
			}
			dst = appendJSON(dst, *t.Elem, e, style)
		}
		return append(dst, ']')
	case MapValue:
		dst = append(dst, '{')
		for i, k := range x.Keys {
			if i > 0 {
				dst = append(dst, comma...)
			}
			dst = append(AppendJSONString(dst, mapKeyText(*t.Key, k, style)), colon...)
			dst = appendJSON(dst, *t.Elem, x.Vals[i], style)
		}
		return append(dst, '}')
	}
	row := v.(Row)
	dst = append(dst, '{')
	for i := range t.Fields {
		if i > 0 {
			dst = append(dst, comma...)
		}
		dst = append(AppendJSONString(dst, t.Fields[i].Name), colon...)
		dst = appendJSON(dst, t.Fields[i].Type, rowAt(row, i), style)
	}
	return append(dst, '}')
}

// mapKeyText is a map key as JSON text: a text key as it is, others as their
// JSON without quotes.
func mapKeyText(t Type, k Value, style JSONStyle) string {
	if t.IsText() {
		return k.(string)
	}
	raw := appendJSON(nil, t, k, style)
	if raw[0] == '"' {
		return unquoteJSON(raw)
	}
	return string(raw)
}
