package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"sort"

	"github.com/hamba/avro/v2"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
)

// defaultOf is a field's default value in binary, nil when it has none.
func defaultOf(f *avro.Field) ([]byte, error) {
	text, ok := schema.AvroDefault(f)
	if !ok {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errDefault(f.Name())
	}
	out, ok := appendDefault([]byte{}, f.Type(), v)
	if !ok {
		return nil, errDefault(f.Name())
	}
	return out, nil
}

func errDefault(name string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "the default of the Avro field \"%s\" does not fit its type", name)
}

func appendLong(dst []byte, n int64) []byte { return binary.AppendVarint(dst, n) }

func appendSized(dst, p []byte) []byte { return append(appendLong(dst, int64(len(p))), p...) }

// appendDefault writes a default's JSON; of a union it is the first branch that
// takes it.
func appendDefault(dst []byte, s avro.Schema, v any) ([]byte, bool) {
	if ref, ok := s.(*avro.RefSchema); ok {
		s = ref.Schema()
	}
	switch s := s.(type) {
	case *avro.NullSchema:
		return dst, v == nil
	case *avro.UnionSchema:
		for i, b := range s.Types() {
			if out, ok := appendDefault(appendLong(bytes.Clone(dst), int64(i)), b, v); ok {
				return out, true
			}
		}
		return dst, false
	case *avro.PrimitiveSchema:
		return appendPrimitive(dst, s.Type(), v)
	case *avro.FixedSchema:
		text, ok := v.(string)
		p, latin := latin1(text)
		return append(dst, p...), ok && latin && len(p) == s.Size()
	case *avro.EnumSchema:
		for i, sym := range s.Symbols() {
			if sym == v {
				return appendLong(dst, int64(i)), true
			}
		}
		return dst, false
	case *avro.ArraySchema:
		items, ok := v.([]any)
		if len(items) > 0 {
			dst = appendLong(dst, int64(len(items)))
		}
		for _, e := range items {
			var fits bool
			if dst, fits = appendDefault(dst, s.Items(), e); !fits {
				return dst, false
			}
		}
		return appendLong(dst, 0), ok
	case *avro.MapSchema:
		return appendDefaultMap(dst, s, v)
	case *avro.RecordSchema:
		return appendDefaultRecord(dst, s, v)
	}
	return dst, false
}

func appendDefaultMap(dst []byte, s *avro.MapSchema, v any) ([]byte, bool) {
	m, ok := v.(map[string]any)
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	if len(keys) > 0 {
		dst = appendLong(dst, int64(len(keys)))
	}
	for _, k := range keys {
		var fits bool
		if dst, fits = appendDefault(appendSized(dst, []byte(k)), s.Values(), m[k]); !fits {
			return dst, false
		}
	}
	return appendLong(dst, 0), ok
}

func appendDefaultRecord(dst []byte, s *avro.RecordSchema, v any) ([]byte, bool) {
	m, ok := v.(map[string]any)
	if !ok {
		return dst, false
	}
	for _, f := range s.Fields() {
		x, given := m[f.Name()]
		if !given {
			p, err := defaultOf(f)
			if err != nil || p == nil {
				return dst, false
			}
			dst = append(dst, p...)
			continue
		}
		if dst, ok = appendDefault(dst, f.Type(), x); !ok {
			return dst, false
		}
	}
	return dst, true
}

func appendPrimitive(dst []byte, t avro.Type, v any) ([]byte, bool) {
	switch t {
	case avro.Boolean:
		b, ok := v.(bool)
		if b {
			return append(dst, 1), ok
		}
		return append(dst, 0), ok
	case avro.Int, avro.Long:
		n, ok := v.(json.Number)
		i, err := n.Int64()
		return appendLong(dst, i), ok && err == nil
	case avro.Float, avro.Double:
		n, ok := v.(json.Number)
		f, err := n.Float64()
		if t == avro.Float {
			return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(f))), ok && err == nil
		}
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f)), ok && err == nil
	case avro.String:
		text, ok := v.(string)
		return appendSized(dst, []byte(text)), ok
	case avro.Bytes:
		text, ok := v.(string)
		p, latin := latin1(text)
		return appendSized(dst, p), ok && latin
	}
	return dst, false
}

// latin1 is the bytes of a default's text: one code point a byte.
func latin1(text string) ([]byte, bool) {
	var out []byte
	for _, c := range text {
		if c > 255 {
			return nil, false
		}
		out = append(out, byte(c))
	}
	return out, true
}
