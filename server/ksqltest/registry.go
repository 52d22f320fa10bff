package ksqltest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
)

// register puts a topic's schemas into the node's registry: the key's first.
func (n *node) register(ctx context.Context, t topicDef) error {
	for _, s := range []struct {
		subject, format string
		text            json.RawMessage
		id              *int32
		refs            []schemaReference
	}{
		{catalog.KeySubject(t.Name), t.KeyFormat, t.KeySchema, t.KeyID, t.KeyReferences},
		{catalog.ValueSubject(t.Name), t.ValueFormat, t.ValueSchema, t.ValueID, t.ValueReferences},
	} {
		if isNull(s.text) {
			continue
		}
		cmd := &catalog.RegisterSchema{Subject: s.subject, Lang: languageOf(s.format), Text: schemaText(s.text)}
		if s.id != nil {
			cmd.ID = *s.id
		}
		for i, ref := range s.refs {
			id := referenceIDs + int32(i)
			err := n.srv.RegisterSchema(ctx, &catalog.RegisterSchema{Subject: ref.Name, Lang: languageOf(ref.Format), Text: schemaText(ref.Schema), ID: id})
			if err != nil {
				return fmt.Errorf("schema %s: %w", ref.Name, err)
			}
			cmd.Refs = append(cmd.Refs, catalog.SchemaReference{Name: ref.Name, Subject: ref.Name, Version: -1})
		}
		if err := n.srv.RegisterSchema(ctx, cmd); err != nil {
			return fmt.Errorf("schema of %s: %w", s.subject, err)
		}
	}
	return nil
}

// registerLater registers the schemas of topics that no declaration is over: the
// IDs count the declarations' first.
func (n *node) registerLater(ctx context.Context) error {
	later := n.later
	n.later = nil
	for _, t := range later {
		if err := n.register(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// referenceIDs keeps the IDs of referenced schemas apart from those that cases count.
const referenceIDs = 1 << 20

// schemaReference is a schema that another one imports.
type schemaReference struct {
	Name   string          `json:"name"`
	Format string          `json:"format"`
	Schema json.RawMessage `json:"schema"`
}

// languageOf is the language of a format's schemas; none is Avro, and plain JSON
// with a schema is JSON Schema.
func languageOf(format string) schema.Language {
	if lang, ok := schema.LanguageOf(format); ok {
		return lang
	}
	if format == "JSON" {
		return schema.JSON
	}
	return schema.Avro
}

// schemaText is a schema as the registry takes it: the files have JSON, or a
// string that holds Protobuf.
func schemaText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil && (len(s) > 0 && (bytes.ContainsAny([]byte(s), "{;"))) {
		return s
	}
	return string(raw)
}
