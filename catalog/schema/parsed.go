package schema

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/hamba/avro/v2"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Language is what a registered schema is written in, the registry's word.
type Language string

// The languages.
const (
	Avro     Language = "AVRO"
	Protobuf Language = "PROTOBUF"
	JSON     Language = "JSON"
)

// LanguageOf is the language of a record format's schemas; false for a format
// that has none. PROTOBUF_NOSR has a schema and does not register it.
func LanguageOf(format string) (Language, bool) {
	switch strings.ToUpper(format) {
	case "AVRO":
		return Avro, true
	case "PROTOBUF", "PROTOBUF_NOSR":
		return Protobuf, true
	case "JSON_SR":
		return JSON, true
	}
	return "", false
}

// Registers tells whether records of a format carry the ID of a registered schema.
func Registers(format string) bool {
	_, ok := LanguageOf(format)
	return ok && !strings.EqualFold(format, "PROTOBUF_NOSR")
}

// Dependency is the text of a schema that another one refers to by name: an
// Avro full name, a Protobuf import path or the URL of a JSON $ref.
type Dependency struct{ Name, Text string }

// Parsed is a schema that was understood. It is immutable and shared. Of Avro,
// Proto and JSON the one of Lang is set.
type Parsed struct {
	Lang Language
	Text string // canonical: what equal schemas have in common
	Deps []Dependency

	Avro  avro.Schema
	Proto protoreflect.FileDescriptor
	JSON  *Node
}

// Limits of one schema.
const (
	maxText  = 1 << 20
	maxDepth = 64
)

// Parse reads a schema with what it refers to, which is ordered so that each
// comes after its own dependencies. 22023 when it is not one.
func Parse(lang Language, text string, deps []Dependency) (*Parsed, error) {
	size := len(text)
	for _, d := range deps {
		size += len(d.Text)
	}
	if size > maxText {
		return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "a schema is longer than %d bytes", maxText)
	}
	p := &Parsed{Lang: lang, Deps: deps}
	var err error
	switch lang {
	case Avro:
		err = p.parseAvro(text)
	case Protobuf:
		err = p.parseProtobuf(text)
	case JSON:
		err = p.parseJSON(text)
	default:
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "unknown schema type \"%s\"", lang).
			WithHint("Types are AVRO, JSON and PROTOBUF.")
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

func errSchema(lang Language, err error) *sqlerr.Error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "invalid %s schema", lang).WithDetail("%s.", strings.TrimSuffix(err.Error(), ".")).Wrap(err)
}

// compactJSON is JSON text without blanks; text that is none stays as it is.
func compactJSON(text string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return strings.TrimSpace(text)
	}
	return b.String()
}

// Reads tells why records written by writer are not read by p, "" when they
// are: the registry's rule of BACKWARD for one pair.
func (p *Parsed) Reads(writer *Parsed) []string {
	if p.Lang != writer.Lang {
		return []string{"the schema type is " + string(p.Lang) + " and was " + string(writer.Lang)}
	}
	switch p.Lang {
	case Avro:
		return readsAvro(p.Avro, writer.Avro)
	case Protobuf:
		return readsProtobuf(p.Proto, writer.Proto)
	}
	return readsJSON(p.JSON, writer.JSON)
}

// Follows finds what level has against p after old, oldest first: for each old
// schema from the newest on, what one does not read of the other.
func (p *Parsed) Follows(level Level, old []*Parsed) []Violation {
	if level == None || len(old) == 0 {
		return nil
	}
	first := len(old) - 1
	if level.transitive() {
		first = 0
	}
	var out []Violation
	for v := len(old) - 1; v >= first; v-- {
		if level.backward() {
			for _, m := range p.Reads(old[v]) {
				out = append(out, Violation{Version: v + 1, Message: m})
			}
		}
		if level.forward() {
			for _, m := range old[v].Reads(p) {
				out = append(out, Violation{Version: v + 1, Forward: true, Message: m})
			}
		}
	}
	return out
}
