package codec

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// appendJSON appends value i of v as JSON.
func (r rules) appendJSON(dst []byte, v *vec.Vec, i int) []byte {
	if v.Null(i) {
		return append(dst, "null"...)
	}
	switch v.Type.Kind {
	case types.Array:
		dst = append(dst, '[')
		for j := v.Off[i]; j < v.Off[i+1]; j++ {
			if j > v.Off[i] {
				dst = append(dst, ',')
			}
			dst = r.appendJSON(dst, &v.Kids[0], int(j))
		}
		return append(dst, ']')
	case types.Map:
		return r.appendMap(dst, v, i)
	case types.Struct, types.Record:
		dst = append(dst, '{')
		for k := range v.Kids {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(types.AppendJSONString(dst, v.Type.Fields[k].Name), ':')
			dst = r.appendJSON(dst, &v.Kids[k], i)
		}
		return append(dst, '}')
	case types.String, types.Name, types.Char:
		return appendText(dst, v.Str(i))
	case types.Enum:
		return types.AppendJSONString(dst, []byte(v.Type.Labels.At(v.I64[i])))
	}
	if r.quotes(v, i) {
		dst = append(dst, '"')
		return append(r.appendText(dst, v, i), '"')
	}
	return r.appendText(dst, v, i)
}

// quotes tells whether the text of a scalar, which needs no escapes, is a JSON
// string.
func (r rules) quotes(v *vec.Vec, i int) bool {
	switch v.Type.Kind {
	case types.Bytes, types.UUID, types.Interval:
		return true
	case types.Timestamp, types.Date, types.Time:
		return !r.ksql
	case types.Double, types.Real:
		return math.IsNaN(v.F64[i]) || math.IsInf(v.F64[i], 0)
	case types.Decimal:
		last := v.Str(i)
		return last[len(last)-1] > '9'
	}
	return false
}

func (r rules) appendMap(dst []byte, v *vec.Vec, i int) []byte {
	dst = append(dst, '{')
	var key []byte
	for j := v.Off[i]; j < v.Off[i+1]; j++ {
		if j > v.Off[i] {
			dst = append(dst, ',')
		}
		key = r.appendText(key[:0], &v.Kids[0], int(j))
		dst = append(appendText(dst, key), ':')
		dst = r.appendJSON(dst, &v.Kids[1], int(j))
	}
	return append(dst, '}')
}

// appendText appends the bare text of value i, which is not NULL: a DELIMITED
// field, a map key, the inside of a JSON scalar. Nested values are JSON.
func (r rules) appendText(dst []byte, v *vec.Vec, i int) []byte {
	switch v.Type.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bits.Get(i))
	case types.Double, types.Real:
		return r.appendFloat(dst, v.F64[i], v.Type.Kind == types.Real)
	case types.String, types.Name, types.Char, types.JSON, types.Decimal:
		return append(dst, v.Str(i)...)
	case types.Bytes:
		return base64.StdEncoding.AppendEncode(dst, v.Str(i))
	case types.Enum:
		return append(dst, v.Type.Labels.At(v.I64[i])...)
	case types.Timestamp, types.Date, types.Time:
		return r.appendTemporal(dst, v.Type.Kind, v.I64[i])
	case types.UUID:
		return types.AppendUUID(dst, v.UUID(i))
	case types.Interval:
		return types.AppendSpan(dst, v.Span(i))
	case types.Array, types.Map, types.Struct, types.Record:
		return r.appendJSON(dst, v, i)
	}
	return appendInt(dst, v.I64[i])
}

func (r rules) appendTemporal(dst []byte, k types.Kind, x int64) []byte {
	switch {
	case r.ksql && k == types.Date:
		return strconv.AppendInt(dst, x, 10)
	case r.ksql:
		return strconv.AppendInt(dst, floorDiv(x, types.MicrosPerMilli), 10)
	case k == types.Date:
		return types.AppendDate(dst, x)
	case k == types.Time:
		return types.AppendTimeISO(dst, x)
	}
	return types.AppendTimestampISO(dst, x)
}

func (r rules) appendFloat(dst []byte, f float64, single bool) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case r.ksql:
		return types.AppendJavaDouble(dst, f)
	}
	size := 64
	if single {
		size = 32
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, size)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, size)
}

// AppendJSONString appends s as a JSON string; bytes that are not UTF-8 become
// U+FFFD.
func AppendJSONString(dst []byte, s string) []byte {
	return types.AppendJSONString(dst, strings.ToValidUTF8(s, "\uFFFD"))
}
