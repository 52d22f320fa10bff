package ksqltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Case is one expanded case of a JSON file.
type Case struct {
	File   string // base name without extension
	Name   string // with the format and configuration it was expanded by
	REST   bool   // of a REST query file
	Reason string // why it is disabled, "" for a case that runs

	format, config string
	def            definition
}

// definition is a case as it stands in the file.
type definition struct {
	Name            string                       `json:"name"`
	Statements      []string                     `json:"statements"`
	Inputs          []record                     `json:"inputs"`
	Outputs         []record                     `json:"outputs"`
	Topics          []json.RawMessage            `json:"topics"`
	Properties      map[string]any               `json:"properties"`
	Format          []string                     `json:"format"`
	Config          []any                        `json:"config"`
	Enabled         *bool                        `json:"enabled"`
	Exception       *refusal                     `json:"expectedException"`
	Error           *refusal                     `json:"expectedError"`
	Post            *post                        `json:"post"`
	Responses       []map[string]json.RawMessage `json:"responses"`
	InputConditions struct {
		WaitForActivePushQuery bool `json:"waitForActivePushQuery"`
	} `json:"inputConditions"`
	OutputConditions struct {
		VerifyOrder bool `json:"verifyOrder"`
	} `json:"outputConditions"`
}

// record is one input or output record.
type record struct {
	Topic     string          `json:"topic"`
	Key       json.RawMessage `json:"key"`
	Value     json.RawMessage `json:"value"`
	Timestamp *int64          `json:"timestamp"`
	Window    *window         `json:"window"`
	Headers   []header        `json:"headers"`
}

type window struct {
	Start int64  `json:"start"`
	End   int64  `json:"end"`
	Type  string `json:"type"`
}

type header struct {
	Key   string  `json:"KEY"`
	Value *string `json:"VALUE"` // base64, nil is null
}

// topicDef is a topic as a case defines it.
type topicDef struct {
	Name            string            `json:"name"`
	Partitions      *int32            `json:"partitions"`
	Format          string            `json:"format"`
	KeyFormat       string            `json:"keyFormat"`
	ValueFormat     string            `json:"valueFormat"`
	KeySchema       json.RawMessage   `json:"keySchema"`
	ValueSchema     json.RawMessage   `json:"valueSchema"`
	KeyID           *int32            `json:"keySchemaId"`
	ValueID         *int32            `json:"valueSchemaId"`
	KeyReferences   []schemaReference `json:"keySchemaReferences"`
	ValueReferences []schemaReference `json:"valueSchemaReferences"`
}

// refusal is the exception a case expects.
type refusal struct {
	Type         string `json:"type"`
	Message      string `json:"message"`
	Cause        string `json:"cause"`
	CauseMessage string `json:"causeMessage"`
}

// readFile gives the cases of a JSON file, expanded.
func readFile(path string) ([]Case, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	cases, err := parseFile(strings.TrimSuffix(filepath.Base(path), ".json"), raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return cases, nil
}

func parseFile(name string, raw []byte) ([]Case, error) {
	var doc struct {
		Tests []definition `json:"tests"`
	}
	dec := json.NewDecoder(bytes.NewReader(plainJSON(raw)))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	var out []Case
	for _, d := range doc.Tests {
		out = append(out, expand(name, d)...)
	}
	return out, nil
}

// expand repeats a case for each format and configuration.
func expand(file string, d definition) []Case {
	formats, configs := d.Format, d.Config
	if len(formats) == 0 {
		formats = []string{""}
	}
	if len(configs) == 0 {
		configs = []any{nil}
	}
	var out []Case
	for _, f := range formats {
		for _, conf := range configs {
			c := Case{File: file, Name: d.Name, format: f, def: d}
			c.REST = d.Responses != nil || d.Error != nil
			if f != "" {
				c.Name += " - " + f
			}
			if conf != nil {
				c.config = fmt.Sprint(conf)
				c.Name += " - " + c.config
			}
			if d.Enabled != nil && !*d.Enabled {
				c.Reason = "disabled in the file"
			}
			out = append(out, c)
		}
	}
	return out
}

// properties are the session's settings, by name.
func (c *Case) properties() [][2]string {
	names := make([]string, 0, len(c.def.Properties))
	for n := range c.def.Properties {
		names = append(names, n)
	}
	sort.Strings(names)
	var out [][2]string
	for _, n := range names {
		v := fmt.Sprint(c.def.Properties[n])
		if v == "{CONFIG}" {
			v = c.config
		}
		out = append(out, [2]string{n, v})
	}
	return out
}

// text replaces the placeholders of a statement.
func (c *Case) text(s string) string { return strings.ReplaceAll(s, "{FORMAT}", c.format) }

// texts are the statements as they stand in the file.
func (c *Case) texts() []string {
	out := make([]string, len(c.def.Statements))
	for i, s := range c.def.Statements {
		out[i] = c.text(s)
	}
	return out
}

// topics are the defined topics; a plain string defines only a name.
func (c *Case) topics() ([]topicDef, error) {
	var out []topicDef
	for _, raw := range c.def.Topics {
		raw = []byte(c.text(string(raw)))
		t := topicDef{}
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &t.Name); err != nil {
				return nil, err
			}
		} else if err := json.Unmarshal(raw, &t); err != nil {
			return nil, err
		}
		if t.Format != "" && t.ValueFormat == "" {
			t.ValueFormat = t.Format
		}
		out = append(out, t)
	}
	return out, nil
}

// plainJSON drops comments and escapes the control characters that these files
// have inside strings.
func plainJSON(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	inString := false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case inString && b == '\\' && i+1 < len(raw):
			out = append(out, b, raw[i+1])
			i++
		case inString && b < ' ':
			out = append(out, fmt.Sprintf("\\u%04x", b)...)
		case b == '"':
			inString = !inString
			out = append(out, b)
		case !inString && b == '/' && i+1 < len(raw) && raw[i+1] == '/':
			for i < len(raw) && raw[i] != '\n' {
				i++
			}
		case !inString && b == '/' && i+1 < len(raw) && raw[i+1] == '*':
			end := bytes.Index(raw[i+2:], []byte("*/"))
			if end < 0 {
				return out
			}
			i += end + 3
		default:
			out = append(out, b)
		}
	}
	return out
}
