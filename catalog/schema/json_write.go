package schema

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/types"
)

// jsonWriter writes the JSON Schema of columns, as Kafka Connect does in
// ksqlDB's meaning and with standard formats in ours.
type jsonWriter struct {
	b    strings.Builder
	ksql bool
}

func jsonText(cols types.Schema, m Mapping) (string, error) {
	w := &jsonWriter{ksql: m.Ksql}
	if m.Bare {
		w.nullable(cols[0].Type, -1)
		return w.b.String(), nil
	}
	fields := make([]types.Field, len(cols))
	required := make([]bool, len(cols))
	for i, c := range cols {
		fields[i], required[i] = types.Field{Name: c.Name, Type: c.Type}, c.NotNull && !m.Ksql
	}
	w.b.WriteString(`{`)
	w.object(fields, required)
	w.b.WriteString(`}`)
	return w.b.String(), nil
}

func (w *jsonWriter) object(fields []types.Field, required []bool) {
	w.b.WriteString(`"type":"object","properties":{`)
	var names []string
	for i, f := range fields {
		if i > 0 {
			w.b.WriteByte(',')
		}
		w.b.WriteString(quote(f.Name) + ":")
		if required != nil && required[i] {
			names = append(names, quote(f.Name))
			fmt.Fprintf(&w.b, `{"connect.index":%d,`, i)
			w.value(f.Type)
			w.b.WriteByte('}')
			continue
		}
		w.nullable(f.Type, i)
	}
	w.b.WriteByte('}')
	if len(names) > 0 {
		w.b.WriteString(`,"required":[` + strings.Join(names, ",") + `]`)
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("BUG: text does not marshal: " + err.Error())
	}
	return string(b)
}

// nullable writes a value that may be null; at is its place among the columns.
func (w *jsonWriter) nullable(t types.Type, at int) {
	w.b.WriteByte('{')
	if at >= 0 {
		fmt.Fprintf(&w.b, `"connect.index":%d,`, at)
	}
	w.b.WriteString(`"oneOf":[{"type":"null"},{`)
	w.value(t)
	w.b.WriteString(`}]}`)
}

// value writes the members of a schema.
func (w *jsonWriter) value(t types.Type) {
	switch t.Kind {
	case types.Array:
		w.b.WriteString(`"type":"array","items":`)
		w.nullable(*t.Elem, -1)
	case types.Map:
		w.b.WriteString(`"type":"object","additionalProperties":`)
		w.nullable(*t.Elem, -1)
		w.b.WriteString(`,"connect.type":"map"`)
	case types.Struct:
		w.object(t.Fields, nil)
	default:
		w.b.WriteString(w.scalar(t))
	}
}

func (w *jsonWriter) scalar(t types.Type) string {
	switch t.Kind {
	case types.Boolean:
		return `"type":"boolean"`
	case types.Int, types.SmallInt:
		return `"type":"integer","connect.type":"int32"`
	case types.BigInt:
		return `"type":"integer","connect.type":"int64"`
	case types.Real:
		return `"type":"number","connect.type":"float32"`
	case types.Double:
		return `"type":"number","connect.type":"float64"`
	case types.Bytes:
		if w.ksql {
			return `"type":"string","connect.type":"bytes"`
		}
		return `"type":"string","contentEncoding":"base64"`
	case types.Decimal:
		if t.Precision > 0 {
			return fmt.Sprintf(`"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.version":1,"connect.parameters":{"scale":"%d","connect.decimal.precision":"%d"},"connect.type":"bytes"`,
				t.Scale, t.Precision)
		}
		return `"type":"number","` + hint + `":"numeric"`
	case types.Date, types.Time, types.Timestamp:
		return w.clock(t.Kind)
	case types.UUID:
		return `"type":"string","format":"uuid"`
	case types.Interval:
		return `"type":"string","format":"duration"`
	case types.JSON:
		return `"` + hint + `":"jsonb"`
	}
	if t.Kind == types.Enum {
		return `"type":"string","` + hint + `":` + quote(t.Stored())
	}
	if t.Precision > 0 && !w.ksql {
		return `"type":"string","maxLength":` + strconv.Itoa(int(t.Precision)) + `,"` + hint + `":` + strconv.Quote(t.String())
	}
	return `"type":"string"`
}

func (w *jsonWriter) clock(k types.Kind) string {
	connect := func(name, kind string) string {
		return `"type":"integer","title":"org.apache.kafka.connect.data.` + name + `","connect.version":1,"connect.type":"` + kind + `"`
	}
	switch {
	case k == types.Date && w.ksql:
		return connect("Date", "int32")
	case k == types.Time && w.ksql:
		return connect("Time", "int32")
	case w.ksql:
		return connect("Timestamp", "int64")
	case k == types.Date:
		return `"type":"string","format":"date"`
	case k == types.Time:
		return `"type":"string","format":"time"`
	}
	return `"type":"string","format":"date-time"`
}
