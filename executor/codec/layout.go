package codec

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// form is a serialisation.
type form uint8

const (
	formNone form = iota
	formJSON
	formDelimited
	formKafka
	formRegistered // Avro and Protobuf, with a schema ID or without
)

func formOf(f catalog.Format) (form, error) {
	switch strings.ToUpper(f.Name) {
	case "JSON":
		return formJSON, nil
	case "DELIMITED":
		return formDelimited, nil
	case "KAFKA":
		return formKafka, nil
	case "NONE", "":
		return formNone, nil
	case "JSON_SR":
		return formJSON, nil
	case "AVRO", "PROTOBUF", "PROTOBUF_NOSR":
		return formRegistered, nil
	}
	return 0, sqlerr.Unsupported("format %s", strings.ToUpper(f.Name))
}

// side is the key or the value of a record: some columns in one serialisation.
type side struct {
	form  form
	delim byte  // DELIMITED
	bare  bool  // one column without an envelope
	cols  []int // positions in the schema
	registered
}

// window says how key bytes end.
type window uint8

const (
	windowNone    window = iota
	windowTime           // 8-byte start
	windowSession        // 8-byte end, 8-byte start
)

// layout is where the columns of a relation stand in its records.
type layout struct {
	schema types.Schema
	table  bool
	rules  rules
	key    side
	val    side
	window window
	sizeMs int64 // of a time window, for its end
}

// layoutOf sorts the columns into key and value. headers are columns that
// stand in neither.
func layoutOf(schema types.Schema, headers map[int]string, keyF, valF catalog.Format, wrap, ksql bool, of naming) (*layout, error) {
	l := &layout{schema: schema, rules: rules{ksql: ksql}}
	for i := range schema {
		if _, header := headers[i]; header {
			continue
		}
		if schema[i].Key {
			l.key.cols = append(l.key.cols, i)
		} else {
			l.val.cols = append(l.val.cols, i)
		}
	}
	if err := l.key.init(keyF, schema, true, true, ksql, of); err != nil {
		return nil, err
	}
	return l, l.val.init(valF, schema, false, wrap, ksql, of)
}

func (s *side) init(f catalog.Format, schema types.Schema, key, wrap, ksql bool, of naming) error {
	var err error
	if s.form, err = formOf(f); err != nil {
		return err
	}
	s.delim = ','
	for _, p := range f.Props {
		if strings.EqualFold(p.Name, "delimiter") && p.Value != "" {
			if s.delim, err = delimiter(p.Value); err != nil {
				return err
			}
		}
	}
	s.bare = len(s.cols) == 1 && (key || !wrap)
	if s.registered.init(f, of, len(s.cols), key, wrap, ksql) {
		s.bare = s.mapping.Bare
	}
	what := "value"
	if key {
		what = "key"
	}
	return s.check(schema, what)
}

// check refuses what the serialisation cannot hold.
func (s *side) check(schema types.Schema, what string) error {
	switch s.form {
	case formNone:
		if len(s.cols) > 0 && what == "key" {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, "format NONE cannot hold the key columns %s", s.names(schema))
		}
		if len(s.cols) > 0 {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, "format NONE cannot hold the columns %s", s.names(schema))
		}
	case formKafka:
		if len(s.cols) > 1 {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, "the KAFKA format holds a single %s column, not %s", what, s.names(schema))
		}
		for _, c := range s.cols {
			if !kafkaKind(schema[c].Type.Kind) {
				return sqlerr.New(sqlerr.InvalidObjectDefinition, "the KAFKA format does not support type %s of column \"%s\"", schema[c].Type, schema[c].Name)
			}
		}
	case formRegistered:
		if len(s.cols) > 0 {
			_, err := s.own(schema)
			return err
		}
	case formDelimited:
		for _, c := range s.cols {
			if schema[c].Type.IsNested() {
				return sqlerr.New(sqlerr.InvalidObjectDefinition, "the DELIMITED format does not support type %s of column \"%s\"", schema[c].Type, schema[c].Name)
			}
		}
	}
	return nil
}

func (s *side) names(schema types.Schema) string {
	names := make([]string, len(s.cols))
	for i, c := range s.cols {
		names[i] = schema[c].Name
	}
	return strings.Join(names, ", ")
}

func delimiter(d string) (byte, error) {
	switch strings.ToUpper(d) {
	case "SPACE":
		return ' ', nil
	case "TAB":
		return '\t', nil
	}
	if len(d) != 1 || d == "\"" || d == "\n" || d == "\r" {
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, "invalid delimiter %q", d).
			WithHint("A delimiter is one character, SPACE or TAB.")
	}
	return d[0], nil
}

func windowOf(w *catalog.WindowInfo) (window, int64) {
	switch {
	case w == nil:
		return windowNone, 0
	case strings.EqualFold(w.Type, "SESSION"):
		return windowSession, 0
	}
	return windowTime, w.SizeMs
}

func inputLayout(in *planner.Input) (*layout, error) {
	l, err := layoutOf(in.Schema, in.Headers, in.KeyFormat, in.ValFormat, in.Wrap, in.Ksql, naming{in.Relation, in.Topic})
	if err != nil {
		return nil, err
	}
	l.table = in.Kind == planner.TableResult
	l.window, l.sizeMs = windowOf(in.Windowed)
	return l, nil
}

func relationLayout(rel *catalog.Relation) (*layout, error) {
	l, err := layoutOf(rel.Schema, rel.Headers, rel.KeyFormat, rel.ValueFormat, rel.WrapSingle, rel.Meaning == "ksqldb", naming{rel.Name, rel.Topic})
	if err != nil {
		return nil, err
	}
	l.table = rel.Kind == catalog.Table
	l.window, l.sizeMs = windowOf(rel.Windowed)
	return l, nil
}

func sinkLayout(s *planner.Sink, table bool) (*layout, error) {
	l, err := layoutOf(s.Schema, nil, s.KeyFormat, s.ValFormat, s.Wrap, s.Ksql, naming{s.Relation, s.Topic})
	if err != nil {
		return nil, err
	}
	l.table = table
	if s.Windowed != nil {
		l.window, l.sizeMs = windowTime, s.Windowed.Size
		if s.Windowed.Type == planner.Session {
			l.window = windowSession
		}
	}
	return l, nil
}
