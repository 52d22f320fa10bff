package codec

import (
	"bytes"
	"encoding/binary"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Outside says how the keys or the values of a topic look to someone who knows
// no relation: tools and tests that have records as JSON. Types are ksqlDB's:
// dates are days, times milliseconds, bytes base64.
type Outside struct {
	Format   catalog.Format
	Relation string       // whose key it is, for the name of its record; may be ""
	Columns  types.Schema // what the schema is made of when there is no Schema
	Schema   *schema.Parsed
	ID       int32 // of Schema, for the head of records
	Key      bool
	Wrap     bool    // one value column stands in an envelope
	Schemas  Schemas // finds the schemas that records name; nil: it is Schema
}

// FromJSON gives the bytes of a key or value that text describes: nil for null.
// DELIMITED takes a string of its line or a number, KAFKA its one value bare,
// formats with a schema a value of that schema with names in any case.
func FromJSON(o Outside, text []byte) ([]byte, error) {
	text = bytes.TrimSpace(text)
	if string(text) == "null" {
		return nil, nil
	}
	switch f, err := formOf(o.Format); {
	case err != nil:
		return nil, err
	case f == formNone:
		return nil, nil
	case f == formDelimited:
		return jsonText(text)
	case f == formJSON && o.Schema == nil && !schema.Registers(o.Format.Name):
		return bytes.Clone(text), checkJSON(text)
	case f == formJSON && schema.Registers(o.Format.Name):
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(o.ID)), text...), checkJSON(text)
	}
	l, err := o.layout()
	if err != nil || len(l.val.cols) == 0 {
		return nil, err
	}
	dec, err := newDecoder(o.asJSON(l), nil, nil, nil)
	if err != nil {
		return nil, err
	}
	dec.Add(&batch.Record{Value: text})
	b, bad := dec.Finish()
	if len(bad) > 0 {
		return nil, bad[0].Err
	}
	enc, err := newEncoder(l, everyColumn(l.schema), nil)
	if err != nil {
		return nil, err
	}
	if o.Schema != nil {
		if err := enc.Use(oneSchema{o.Schema, o.ID}); err != nil {
			return nil, err
		}
	}
	b.Ts = []int64{0}
	out, err := enc.Encode(b, 0)
	return clone(out.Value), err
}

// ToJSON is FromJSON back: "null" for nil.
func ToJSON(o Outside, p []byte) ([]byte, error) {
	f, err := formOf(o.Format)
	if err != nil {
		return nil, err
	}
	switch {
	case p == nil || f == formNone:
		return []byte("null"), nil
	case f == formDelimited:
		return AppendJSONString(nil, string(p)), nil
	case f == formJSON:
		if schema.Registers(o.Format.Name) {
			if len(p) < 5 || p[0] != 0 {
				return nil, errWire("a record of format %s does not begin with a schema ID", o.Format.Name)
			}
			p = p[5:]
		}
		return bytes.Clone(p), checkJSON(p)
	}
	if o.Schemas != nil && schema.Registers(o.Format.Name) && len(p) >= 5 {
		o.ID = int32(binary.BigEndian.Uint32(p[1:]))
		var ok bool
		if o.Schema, ok = o.Schemas.SchemaByID(o.ID); !ok {
			return nil, sqlerr.New(sqlerr.UndefinedObject, "schema with ID %d is not registered", o.ID)
		}
	}
	return o.decode(p)
}

func (o *Outside) decode(p []byte) ([]byte, error) {
	l, err := o.layout()
	if err != nil || len(l.val.cols) == 0 {
		return []byte("null"), err
	}
	dec, err := newDecoder(l, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	if o.Schema != nil {
		dec.Use(oneSchema{o.Schema, o.ID})
	}
	dec.Add(&batch.Record{Value: p})
	b, bad := dec.Finish()
	if len(bad) > 0 {
		return nil, bad[0].Err
	}
	js := o.asJSON(l)
	enc, err := newEncoder(js, everyColumn(l.schema), nil)
	if err != nil {
		return nil, err
	}
	b.Ts = []int64{0}
	b.Tomb = nil
	out, err := enc.Encode(b, 0)
	if out.Value == nil {
		return []byte("null"), err
	}
	return clone(out.Value), err
}

// layout puts all columns into the value of records.
func (o *Outside) layout() (*layout, error) {
	l := &layout{schema: o.Columns, rules: rules{ksql: true}}
	bare := false
	if o.Schema != nil {
		m := schema.Mapping{Ksql: true, Name: o.Format.Prop("full_schema_name"), Column: "value"}
		m.Bare = o.Schema.Lang != schema.Protobuf && o.Schema.Anonymous()
		bare = m.Bare
		cols, err := o.Schema.Columns(m)
		if err != nil {
			return nil, err
		}
		l.schema = nil
		for _, c := range cols {
			if !schema.BadMapKey(c.Type) {
				l.schema = append(l.schema, c)
			}
		}
	}
	l.val.cols = everyColumn(l.schema)
	s := &l.val
	var err error
	if s.form, err = formOf(o.Format); err != nil {
		return nil, err
	}
	s.bare = len(s.cols) == 1 && (o.Key || !o.Wrap)
	if s.registered.init(o.Format, naming{relation: o.Relation}, len(s.cols), o.Key, o.Wrap, true) {
		s.bare = s.mapping.Bare
	}
	if o.Schema != nil {
		s.bare, s.mapping.Bare, s.pinned = bare, bare, 0
	}
	return l, nil
}

// asJSON is the same columns in JSON. A single column of PROTOBUF_NOSR is bare
// there, though its message is not.
func (o *Outside) asJSON(l *layout) *layout {
	out := *l
	bare := l.val.bare || l.val.form == formKafka
	if len(l.val.cols) == 1 && l.val.lang == schema.Protobuf && !l.val.framed {
		bare = o.Key || !o.Wrap
	}
	out.rules.fold = true
	out.val = side{form: formJSON, bare: bare, cols: l.val.cols}
	return &out
}

func everyColumn(s types.Schema) []int {
	out := make([]int, len(s))
	for i := range out {
		out[i] = i
	}
	return out
}

// jsonText is the text of a JSON string, or of any other value as it is written.
func jsonText(p []byte) ([]byte, error) {
	var v span
	s := jsonScan{b: p}
	if err := s.document(&v); err != nil {
		return nil, err
	}
	if v.kind == jsonEscaped {
		return unescape(nil, p[v.from:v.to])
	}
	return bytes.Clone(p[v.from:v.to]), nil
}

// oneSchema is a registry of one schema.
type oneSchema struct {
	p  *schema.Parsed
	id int32
}

func (o oneSchema) SchemaByID(int32) (*schema.Parsed, bool)           { return o.p, true }
func (o oneSchema) LatestSchema(string) (*schema.Parsed, int32, bool) { return o.p, o.id, true }
func (o oneSchema) SchemaID(string, schema.Language, string) (int32, bool) {
	return 0, false
}
