package planner

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// checkFormats holds what formats can carry: spec section 3.3.
func (b *binder) checkFormats(r *catalog.Relation, pos int) {
	var key, val types.Schema
	for i, c := range r.Schema {
		if _, header := r.Headers[i]; header {
			continue
		}
		if c.Key {
			key = append(key, c)
		} else {
			val = append(val, c)
		}
	}
	for _, c := range key {
		if hasMap(c.Type) {
			fail(b.mapKey(c.Name, c.Type).At(pos))
		}
	}
	if err := carries(r.KeyFormat, key); err != "" {
		fail(b.badFormat("Key", r.KeyFormat, key, err).At(pos))
	}
	if err := carries(r.ValueFormat, val); err != "" {
		fail(b.badFormat("Value", r.ValueFormat, val, err).At(pos))
	}
}

// mapKey refuses a map in a key.
func (b *binder) mapKey(name string, t types.Type) *sqlerr.Error {
	if b.ksql {
		return sqlerr.New(sqlerr.FeatureNotSupported,
			"Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior due to inconsistent serialization. Key column name: `%s`. Column type: %s. See https://github.com/confluentinc/ksql/issues/6621 for more.",
			name, t.KsqlString())
	}
	return sqlerr.Unsupported("a key of type %s (column %q)", t, name).
		WithDetail("Maps have no order, so equal ones could have different keys.")
}

// badFormat says that a format cannot hold the columns of a side.
func (b *binder) badFormat(side string, f catalog.Format, cols types.Schema, reason string) *sqlerr.Error {
	if b.ksql {
		return sqlerr.New(sqlerr.FeatureNotSupported, "%s format does not support schema.\nformat: %s\nschema: %s\nreason: %s",
			side, f.Name, ksqlSchema(cols), reason)
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, "format %s cannot hold the %s columns (%s)", f.Name, lower(side), cols.Names()).
		WithDetail("%s.", reason)
}

func ksqlSchema(s types.Schema) string {
	parts := make([]string, len(s))
	for i, c := range s {
		parts[i] = "`" + c.Name + "` " + c.Type.KsqlString()
		if c.Key {
			parts[i] += " KEY"
		}
	}
	return "Persistence{columns=[" + strings.Join(parts, ", ") + "], features=[]}"
}

// carries tells why a format cannot hold columns; "" when it can.
func carries(f catalog.Format, cols types.Schema) string {
	switch f.Name {
	case "NONE":
		if len(cols) > 0 {
			return "The 'NONE' format can only be used when no columns are defined. Got: [" + names(cols) + "]"
		}
	case "KAFKA":
		if len(cols) > 1 {
			return "The 'KAFKA' format only supports a single field. Got: [" + names(cols) + "]"
		}
		for _, c := range cols {
			switch c.Type.Kind {
			case types.Int, types.BigInt, types.Double, types.String, types.Bytes:
			default:
				return notCarried(f, c.Type)
			}
		}
	case "DELIMITED":
		for _, c := range cols {
			if c.Type.IsNested() {
				return notCarried(f, c.Type) + ", column: `" + c.Name + "`"
			}
		}
	default:
		for _, c := range cols {
			if schema.BadMapKey(c.Type) {
				lang, _ := schema.LanguageOf(f.Name)
				return schema.MapRule(lang)
			}
		}
		if lang, ok := schema.LanguageOf(f.Name); ok && len(cols) > 0 {
			if _, err := schema.FromColumns(lang, cols, schema.Mapping{Ksql: true}); err != nil {
				return sqlerr.From(err).Message
			}
		}
	}
	return ""
}

func names(cols types.Schema) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = "`" + c.Name + "` " + c.Type.KsqlString()
		if c.Key {
			parts[i] += " KEY"
		}
	}
	return strings.Join(parts, ", ")
}

func notCarried(f catalog.Format, t types.Type) string {
	name := t.KsqlString()
	if i := strings.IndexAny(name, "<("); i > 0 {
		name = name[:i]
	}
	return "The '" + f.Name + "' format does not support type '" + name + "'"
}
