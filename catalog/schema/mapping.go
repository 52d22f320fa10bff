package schema

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Mapping says how the columns of a key or value and a schema stand to each other.
type Mapping struct {
	Name     string // full name of the record or message; "" is the default one
	Bare     bool   // one column without an envelope
	Ksql     bool   // ksqlDB's types: milliseconds instead of microseconds
	Nullable string // Protobuf: "", OPTIONAL or WRAPPER for scalars that may be NULL

	Column string // Columns: the name of a bare column
	Upper  bool   // Columns: names in upper case
}

// hint keeps a SQL type that a language has no type for, beside the nearest one.
const hint = "sqlType"

// FromColumns writes the schema of some columns. 0A000 when the language
// cannot hold them; the message is the reason alone, in ksqlDB's words.
func FromColumns(lang Language, cols types.Schema, m Mapping) (string, error) {
	if m.Bare && len(cols) != 1 {
		return "", sqlerr.New(sqlerr.InvalidObjectDefinition, "a bare value has one column, not %d", len(cols))
	}
	for _, c := range cols {
		if BadMapKey(c.Type) {
			return "", sqlerr.New(sqlerr.FeatureNotSupported, "%s", MapRule(lang))
		}
	}
	switch lang {
	case Avro:
		return avroText(cols, m)
	case Protobuf:
		if m.Bare {
			return "", sqlerr.New(sqlerr.FeatureNotSupported, "Protobuf has no bare values")
		}
		return protobufText(cols, m)
	}
	return jsonText(cols, m)
}

// MapRule is the refusal of a MAP whose keys are not text, in ksqlDB's words; a
// format without a schema language has JSON's.
func MapRule(lang Language) string {
	switch lang {
	case Avro:
		return "Avro only supports MAPs with STRING keys"
	case Protobuf:
		return "PROTOBUF format only supports MAP types with STRING keys"
	}
	return "JSON only supports MAP types with STRING keys"
}

// BadMapKey finds a MAP whose keys are not text, however deep.
func BadMapKey(t types.Type) bool {
	switch t.Kind {
	case types.Map:
		return t.Key.Kind != types.String || BadMapKey(*t.Elem)
	case types.Array:
		return BadMapKey(*t.Elem)
	}
	for _, f := range t.Fields {
		if BadMapKey(f.Type) {
			return true
		}
	}
	return false
}

// Columns are the columns that a schema describes. 0A000 when it says what no
// SQL type holds; the message is the reason.
func (p *Parsed) Columns(m Mapping) (types.Schema, error) {
	r := reader{m: m}
	var t types.Type
	var err error
	switch p.Lang {
	case Avro:
		t, err = r.avro(p.Avro, 0)
	case Protobuf:
		t, err = r.protobuf(p.Proto, m.Name)
	default:
		t, err = r.json(p.JSON, 0)
	}
	if err != nil {
		return nil, err
	}
	if m.Bare {
		return types.Schema{{Name: m.Column, Type: t}}, nil
	}
	if t.Kind != types.Struct {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition,
			"Schema returned from schema registry is anonymous type. To use this schema with ksqlDB, set 'WRAP_SINGLE_VALUE=false' in the WITH clause properties.")
	}
	out := make(types.Schema, len(t.Fields))
	for i, f := range t.Fields {
		out[i] = types.Column{Name: f.Name, Type: f.Type}
	}
	return out, nil
}

// Anonymous tells whether the schema's value is not a record of fields.
func (p *Parsed) Anonymous() bool {
	_, err := p.Columns(Mapping{})
	return sqlerr.Is(err, sqlerr.InvalidObjectDefinition)
}

// reader turns a schema into types.
type reader struct{ m Mapping }

func (r reader) name(s string) string {
	if r.m.Upper {
		return strings.ToUpper(s)
	}
	return s
}

func errDeep() error {
	return sqlerr.New(sqlerr.FeatureNotSupported, "the schema is recursive or nests deeper than %d", maxDepth)
}

func errNoType(what string) error {
	return sqlerr.New(sqlerr.FeatureNotSupported, "no SQL type holds %s", what)
}

// hinted reads the SQL type that a writer of ours noted.
func (r reader) hinted(text string) (types.Type, bool) {
	if text == "" || r.m.Ksql {
		return types.Type{}, false
	}
	t, err := types.ParseType(text)
	return t, err == nil && !t.IsNested()
}
