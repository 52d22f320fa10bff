package schema

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

const (
	ksqlNamespace = "io.confluent.ksql.avro_schemas"
	avroValueName = ksqlNamespace + ".KsqlDataSourceSchema"
)

// KeyName is the default name of the record of a relation's key.
func KeyName(relation string) string {
	var b strings.Builder
	b.WriteString(ksqlNamespace + ".")
	for _, word := range strings.Split(relation, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + strings.ToLower(word[1:]))
		}
	}
	return b.String() + "Key"
}

// avroWriter writes the schema of columns.
type avroWriter struct {
	b    strings.Builder
	ksql bool
	ns   string
	err  error
}

func avroText(cols types.Schema, m Mapping) (string, error) {
	full := m.Name
	if full == "" {
		full = avroValueName
	}
	w := &avroWriter{ksql: m.Ksql}
	name := full
	if i := strings.LastIndexByte(full, '.'); i >= 0 {
		w.ns, name = full[:i], full[i+1:]
	}
	if m.Bare {
		w.value(cols[0].Type, name)
		return w.b.String(), w.err
	}
	fields := make([]types.Field, len(cols))
	required := make([]bool, len(cols))
	for i, c := range cols {
		fields[i], required[i] = types.Field{Name: c.Name, Type: c.Type}, c.NotNull && !m.Ksql
	}
	w.record(fields, required, name)
	return w.b.String(), w.err
}

// record writes a record; the fields that are not required are a union with null.
func (w *avroWriter) record(fields []types.Field, required []bool, name string) {
	w.checkName(name)
	fmt.Fprintf(&w.b, `{"type":"record","name":%q`, name)
	full := name
	if w.ns != "" {
		fmt.Fprintf(&w.b, `,"namespace":%q`, w.ns)
		full = w.ns + "." + name
	}
	w.b.WriteString(`,"fields":[`)
	for i, f := range fields {
		if i > 0 {
			w.b.WriteByte(',')
		}
		w.checkName(f.Name)
		fmt.Fprintf(&w.b, `{"name":%q,"type":`, f.Name)
		if required != nil && required[i] {
			w.value(f.Type, name+"_"+f.Name)
			w.b.WriteByte('}')
			continue
		}
		w.nullable(f.Type, name+"_"+f.Name)
		w.b.WriteString(`,"default":null}`)
	}
	w.b.WriteByte(']')
	if w.ksql {
		fmt.Fprintf(&w.b, `,"connect.name":%q`, full)
	}
	w.b.WriteByte('}')
}

func (w *avroWriter) nullable(t types.Type, name string) {
	w.b.WriteString(`["null",`)
	w.value(t, name)
	w.b.WriteByte(']')
}

// checkName holds Avro's rule on names.
func (w *avroWriter) checkName(name string) {
	for i, c := range name {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if letter || i > 0 && c >= '0' && c <= '9' {
			continue
		}
		what := "initial character"
		if i > 0 {
			what = "character in"
		}
		if w.err == nil {
			w.err = sqlerr.New(sqlerr.FeatureNotSupported, "Schema is not compatible with Avro: Illegal %s: %s", what, name)
		}
		return
	}
}

func (w *avroWriter) value(t types.Type, name string) {
	switch t.Kind {
	case types.Array:
		w.b.WriteString(`{"type":"array","items":`)
		w.nullable(*t.Elem, name)
		w.b.WriteByte('}')
	case types.Map:
		w.b.WriteString(`{"type":"map","values":`)
		w.nullable(*t.Elem, name)
		w.b.WriteByte('}')
	case types.Struct:
		w.record(t.Fields, nil, name)
	default:
		w.b.WriteString(w.scalar(t))
	}
}

func (w *avroWriter) scalar(t types.Type) string {
	switch t.Kind {
	case types.Boolean:
		return `"boolean"`
	case types.Int, types.SmallInt:
		return `"int"`
	case types.BigInt:
		return `"long"`
	case types.Real:
		return `"float"`
	case types.Double:
		return `"double"`
	case types.Bytes:
		return `"bytes"`
	case types.Date:
		return `{"type":"int","logicalType":"date"}`
	case types.Time, types.Timestamp:
		return w.clock(t.Kind)
	case types.Decimal:
		if t.Precision > 0 {
			return `{"type":"bytes","scale":` + strconv.Itoa(int(t.Scale)) + `,"precision":` + strconv.Itoa(int(t.Precision)) + w.decimalNotes(t) + `,"logicalType":"decimal"}`
		}
	case types.UUID:
		return `{"type":"string","logicalType":"uuid"}`
	case types.String:
		if t.Precision == 0 {
			return `"string"`
		}
	}
	return `{"type":"string","` + hint + `":` + quote(t.Stored()) + `}`
}

// decimalNotes is what Kafka Connect adds to a decimal.
func (w *avroWriter) decimalNotes(t types.Type) string {
	if !w.ksql {
		return ""
	}
	return fmt.Sprintf(`,"connect.version":1,"connect.parameters":{"scale":"%d","connect.decimal.precision":"%d"},"connect.name":"org.apache.kafka.connect.data.Decimal"`,
		t.Scale, t.Precision)
}

func (w *avroWriter) clock(k types.Kind) string {
	switch {
	case k == types.Time && w.ksql:
		return `{"type":"int","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Time","logicalType":"time-millis"}`
	case w.ksql:
		return `{"type":"long","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Timestamp","logicalType":"timestamp-millis"}`
	case k == types.Time:
		return `{"type":"long","logicalType":"time-micros"}`
	}
	return `{"type":"long","logicalType":"timestamp-micros"}`
}
