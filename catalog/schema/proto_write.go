package schema

import (
	"fmt"
	"sort"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// protoDefault names the message of a schema without a name; inner messages
// count on.
const protoDefault = "ConnectDefault"

// protoWriter writes the file of one message.
type protoWriter struct {
	m       Mapping
	imports map[string]bool
	next    int
}

func protobufText(cols types.Schema, m Mapping) (string, error) {
	w := &protoWriter{m: m, imports: map[string]bool{}, next: 2}
	pkg, name := "", m.Name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		pkg, name = name[:i], name[i+1:]
	}
	if name == "" {
		name = protoDefault + "1"
	}
	fields := make([]types.Field, len(cols))
	for i, c := range cols {
		fields[i] = types.Field{Name: c.Name, Type: c.Type}
	}
	var body strings.Builder
	if err := w.message(&body, name, fields, ""); err != nil {
		return "", err
	}
	out := "syntax = \"proto3\";\n"
	if pkg != "" {
		out += "package " + pkg + ";\n"
	}
	var imports []string
	for i := range w.imports {
		imports = append(imports, i)
	}
	sort.Strings(imports)
	out += "\n"
	for _, i := range imports {
		out += fmt.Sprintf("import %q;\n", i)
	}
	if len(imports) > 0 {
		out += "\n"
	}
	return out + body.String(), nil
}

// inner is a message to be written inside another one.
type inner struct {
	name   string
	fields []types.Field
}

func (w *protoWriter) message(b *strings.Builder, name string, fields []types.Field, indent string) error {
	fmt.Fprintf(b, "%smessage %s {\n", indent, name)
	var nested []inner
	for i, f := range fields {
		if err := checkProtoName(f.Name); err != nil {
			return err
		}
		fmt.Fprintf(b, "%s  %s %s = %d%s;\n", indent, w.field(f.Type, &nested), f.Name, i+1, w.notes(f.Type))
	}
	for _, n := range nested {
		b.WriteString("\n")
		if err := w.message(b, n.name, n.fields, indent+"  "); err != nil {
			return err
		}
	}
	fmt.Fprintf(b, "%s}\n", indent)
	return nil
}

func checkProtoName(name string) error {
	for i, c := range name {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return sqlerr.New(sqlerr.FeatureNotSupported, "Schema is not compatible with Protobuf: illegal name: %s", name)
		}
	}
	return nil
}

// field is the label and type of a field.
func (w *protoWriter) field(t types.Type, nested *[]inner) string {
	switch t.Kind {
	case types.Array:
		return "repeated " + w.element(*t.Elem, nested)
	case types.Map:
		return "map<string, " + w.element(*t.Elem, nested) + ">"
	case types.Struct:
		return w.inner(t.Fields, nested)
	}
	name, scalar := w.scalar(t)
	switch {
	case !scalar:
		return name
	case w.m.Nullable == "OPTIONAL":
		return "optional " + name
	case w.m.Nullable == "WRAPPER":
		w.imports["google/protobuf/wrappers.proto"] = true
		return "google.protobuf." + wrappers[name]
	}
	return name
}

var wrappers = map[string]string{
	"bool": "BoolValue", "int32": "Int32Value", "int64": "Int64Value", "float": "FloatValue", "double": "DoubleValue",
	"string": "StringValue", "bytes": "BytesValue",
}

// element is the type of an element or map value: a list of lists goes through
// a message with one repeated field.
func (w *protoWriter) element(t types.Type, nested *[]inner) string {
	switch t.Kind {
	case types.Array, types.Map:
		return w.inner([]types.Field{{Name: "value", Type: t}}, nested)
	case types.Struct:
		return w.inner(t.Fields, nested)
	}
	name, _ := w.scalar(t)
	return name
}

func (w *protoWriter) inner(fields []types.Field, nested *[]inner) string {
	name := fmt.Sprintf("%s%d", protoDefault, w.next)
	w.next++
	*nested = append(*nested, inner{name, fields})
	return name
}

// scalar is a type's name; messages of time and decimals are no scalars.
func (w *protoWriter) scalar(t types.Type) (name string, scalar bool) {
	switch t.Kind {
	case types.Boolean:
		return "bool", true
	case types.Int, types.SmallInt:
		return "int32", true
	case types.BigInt:
		return "int64", true
	case types.Real:
		return "float", true
	case types.Double:
		return "double", true
	case types.Bytes:
		return "bytes", true
	case types.Date:
		return w.imported("google/type/date.proto", "google.type.Date"), false
	case types.Time:
		return w.imported("google/type/timeofday.proto", "google.type.TimeOfDay"), false
	case types.Timestamp:
		return w.imported("google/protobuf/timestamp.proto", "google.protobuf.Timestamp"), false
	case types.Decimal:
		if t.Precision > 0 {
			return w.imported("confluent/type/decimal.proto", "confluent.type.Decimal"), false
		}
	}
	return "string", true
}

func (w *protoWriter) imported(path, name string) string {
	w.imports[path] = true
	return name
}

// notes are the options of a field: what its type does not tell.
func (w *protoWriter) notes(t types.Type) string {
	for t.Kind == types.Array || t.Kind == types.Map {
		t = *t.Elem
	}
	meta := func(params string) string {
		w.imports["confluent/meta.proto"] = true
		return " [(confluent.field_meta) = {\n    params: [\n" + params + "    ]\n  }]"
	}
	param := func(key, value string) string {
		return fmt.Sprintf("      {\n        key: %q,\n        value: %q\n      }", key, value)
	}
	switch {
	case t.Kind == types.Decimal && t.Precision > 0:
		return meta(param("precision", fmt.Sprint(t.Precision)) + ",\n" + param("scale", fmt.Sprint(t.Scale)) + "\n")
	case t.Kind == types.Decimal, t.Kind == types.UUID, t.Kind == types.JSON, t.Kind == types.Interval, t.Kind == types.Enum,
		t.Kind == types.String && t.Precision > 0:
		if !w.m.Ksql {
			return meta(param(hint, t.Stored()) + "\n")
		}
	}
	return ""
}
