package codec

import (
	"bytes"
	"slices"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// jsonReader turns spans into cells. Text with escapes is undone in the arena,
// which lives until reset.
type jsonReader struct {
	rules   rules
	arena   []byte
	structs map[*types.Field]*fieldMap // by the address of a STRUCT's first field
}

func (j *jsonReader) reset() { j.arena = j.arena[:0] }

// cell converts the value v of b to type t.
func (j *jsonReader) cell(t *types.Type, b []byte, v span, c *cell) error {
	p := b[v.from:v.to]
	switch v.kind {
	case jsonNull:
		c.setNull()
		return nil
	case jsonTrue, jsonFalse:
		return j.rules.boolean(t, v.kind == jsonTrue, c)
	case jsonNumber:
		return j.rules.number(t, p, c)
	case jsonString:
		if t.Kind == types.String && t.Precision == 0 { // plain ASCII
			c.setBytes(p)
			return nil
		}
		if t.Kind == types.JSON {
			return j.json(b[v.from-1:v.to+1], c)
		}
		return j.rules.text(t, p, c)
	case jsonEscaped:
		if t.Kind == types.JSON {
			return j.json(b[v.from-1:v.to+1], c)
		}
		out, err := j.unescape(p)
		if err != nil {
			return err
		}
		return j.rules.text(t, out, c)
	}
	return j.container(t, p, v.kind, c)
}

func (j *jsonReader) unescape(p []byte) ([]byte, error) {
	start := len(j.arena)
	out, err := unescape(j.arena, p)
	if err != nil {
		return nil, err
	}
	j.arena = out
	return out[start:len(out):len(out)], nil
}

func (j *jsonReader) container(t *types.Type, p []byte, kind jsonKind, c *cell) error {
	switch {
	case t.Kind == types.JSON:
		return j.json(p, c)
	case t.Kind == types.Array && kind == jsonArray:
		return j.array(t, p, c)
	case t.Kind == types.Map && kind == jsonObject:
		return j.mapping(t, p, c)
	case t.Kind == types.Struct && kind == jsonObject:
		return j.structure(t, p, c)
	case t.Kind == types.String && j.rules.ksql:
		return j.nestedText(p, kind, c)
	}
	return sqlerr.New(sqlerr.InvalidTextRepresent, "%s cannot be read as type %s", kindName(kind), t)
}

// json reads a value of type jsonb: in jsonb's spelling, as a cast gives it, so
// that what was written compares equal to what is read.
func (j *jsonReader) json(p []byte, c *cell) error {
	if err := j.compact(p, c); err != nil {
		return err
	}
	out, err := types.NormalizeJSON(c.b)
	if err != nil {
		return err
	}
	c.setBytes(out)
	return nil
}

// compact takes the JSON text p without blanks between tokens.
func (j *jsonReader) compact(p []byte, c *cell) error {
	start := len(j.arena)
	out, err := compactJSON(j.arena, p)
	if err != nil {
		return err
	}
	j.arena = out
	c.setBytes(out[start:len(out):len(out)])
	return nil
}

func (j *jsonReader) box(t *types.Type, b []byte, v span) (types.Value, error) {
	var c cell
	if err := j.cell(t, b, v, &c); err != nil {
		return nil, err
	}
	return c.value(t), nil
}

func (j *jsonReader) array(t *types.Type, p []byte, c *cell) error {
	out := []types.Value{}
	s := jsonScan{b: p}
	end := s.elements(0, 0, func(v span) int {
		x, err := j.box(t.Elem, p, v)
		if err != nil {
			s.fault = err
			return -1
		}
		out = append(out, x)
		return 0
	})
	if end < 0 {
		return s.fault
	}
	c.setBox(out)
	return nil
}

// mapping reads a MAP; of equal keys the last wins and keeps the first's place.
func (j *jsonReader) mapping(t *types.Type, p []byte, c *cell) error {
	var m types.MapValue
	at := map[string]int{}
	keys := jsonReader{rules: rules{ksql: j.rules.ksql, lexical: true}}
	s := jsonScan{b: p}
	end := s.members(0, 0, func(_ int, k, v span) int {
		var key cell
		val, err := j.box(t.Elem, p, v)
		if err == nil {
			err = keys.cell(t.Key, p, k, &key)
		}
		if err != nil {
			s.fault = err
			return -1
		}
		name := string(types.AppendKey(nil, *t.Key, key.value(t.Key)))
		if i, seen := at[name]; seen {
			m.Vals[i] = val
			return 0
		}
		at[name] = len(m.Keys)
		m.Keys, m.Vals = append(m.Keys, key.value(t.Key)), append(m.Vals, val)
		return 0
	})
	if end < 0 {
		return s.fault
	}
	c.setBox(m)
	return nil
}

func (j *jsonReader) structure(t *types.Type, p []byte, c *cell) error {
	row := make(types.Row, len(t.Fields))
	if len(row) > 0 {
		slots := make([]slotSpan, len(row))
		if err := j.fieldsOf(t).collect(p, slots); err != nil {
			return err
		}
		for i := range slots {
			if !slots[i].set {
				continue
			}
			x, err := j.box(&t.Fields[i].Type, p, slots[i].span)
			if err != nil {
				return err
			}
			row[i] = x
		}
	}
	c.setBox(row)
	return nil
}

func (j *jsonReader) fieldsOf(t *types.Type) *fieldMap {
	m := j.structs[&t.Fields[0]]
	if m == nil {
		m = structFields(t, j.rules.ksql && !j.rules.fold)
		if j.structs == nil {
			j.structs = map[*types.Field]*fieldMap{}
		}
		j.structs[&t.Fields[0]] = m
	}
	return m
}

// nestedText is ksqlDB's text of a nested value: compact JSON of an object,
// [a, b] of an array.
func (j *jsonReader) nestedText(p []byte, kind jsonKind, c *cell) error {
	if kind == jsonObject {
		return j.compact(p, c)
	}
	out := []byte{'['}
	s := jsonScan{b: p}
	text := types.TString
	end := s.elements(0, 0, func(v span) int {
		var e cell
		if err := j.cell(&text, p, v, &e); err != nil {
			s.fault = err
			return -1
		}
		if len(out) > 1 {
			out = append(out, ", "...)
		}
		if e.kind == cellNull {
			out = append(out, "null"...)
		} else {
			out = append(out, e.b...)
		}
		return 0
	})
	if end < 0 {
		return s.fault
	}
	c.setBytes(append(out, ']'))
	return nil
}

// compactJSON appends the JSON text p without blanks between tokens. Its
// strings must be text that PostgreSQL can hold.
func compactJSON(dst, p []byte) ([]byte, error) {
	var v span
	s := jsonScan{b: p}
	if err := s.document(&v); err != nil {
		return nil, err
	}
	dst = slices.Grow(dst, len(p))
	for i := 0; i < len(p); {
		switch c := p[i]; {
		case c == '"':
			end := s.str(i, &v)
			if err := storable(p[v.from:v.to], v.kind); err != nil {
				return nil, err
			}
			dst = append(dst, p[i:end]...)
			i = end
		case c <= ' ':
			i++
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst, nil
}

// storable checks a string span: valid UTF-8, whole surrogate pairs, no U+0000.
func storable(p []byte, kind jsonKind) error {
	if kind == jsonString {
		return nil
	}
	out, err := unescape(nil, p)
	if err != nil {
		return err
	}
	if bytes.IndexByte(out, 0) >= 0 {
		return sqlerr.New(sqlerr.UntranslatableCharacter, "text must not contain U+0000")
	}
	return nil
}
