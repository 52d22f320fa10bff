package schema

import (
	"encoding/json"
	"fmt"

	"github.com/hamba/avro/v2"
)

func (p *Parsed) parseAvro(text string) error {
	cache := &avro.SchemaCache{} // not the process's: what a schema means depends on its text alone
	for _, d := range p.Deps {
		if _, err := avro.ParseWithCache(d.Text, "", cache); err != nil {
			return errSchema(Avro, fmt.Errorf("reference %q: %w", d.Name, err))
		}
	}
	if err := shallow(text); err != nil {
		return errSchema(Avro, err)
	}
	s, err := avro.ParseWithCache(quotedWord(text), "", cache)
	if err != nil {
		return errSchema(Avro, err)
	}
	p.Avro, p.Text = s, compactJSON(quotedWord(text))
	return nil
}

// quotedWord makes the bare word int, which the registry takes, JSON.
func quotedWord(text string) string {
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return text
		}
	}
	return `"` + text + `"`
}

// shallow bounds how deep JSON text nests, so that no parser recurses without end.
func shallow(text string) error {
	depth, inside := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inside:
			if c == '\\' {
				i++
			}
			inside = c != '"'
		case c == '"':
			inside = true
		case c == '{' || c == '[':
			if depth++; depth > 4*maxDepth {
				return fmt.Errorf("it nests deeper than %d", 4*maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// readsAvro is Avro's schema resolution: reader and writer by the rules of its
// specification, names compared without their namespace.
func readsAvro(reader, writer avro.Schema) []string {
	if err := avro.NewSchemaCompatibility().Compatible(reader, writer); err != nil {
		return []string{err.Error()}
	}
	return nil
}

// AvroField is the JSON of a field's default value; false when it has none.
func AvroDefault(f *avro.Field) (json.RawMessage, bool) {
	if !f.HasDefault() {
		return nil, false
	}
	var out struct {
		Default json.RawMessage `json:"default"`
	}
	b, err := json.Marshal(f)
	if err != nil || json.Unmarshal(b, &out) != nil {
		return nil, false
	}
	if out.Default == nil {
		return json.RawMessage("null"), true
	}
	return out.Default, true
}
