// Package schema is the rules of schema evolution: which schema may follow
// which, by compatibility level and by ksqlDB's rule of CREATE OR REPLACE.
//
//	schema.go   Level, Violation, Check
//	read.go     whether a reader's schema reads a writer's records
//	upgrade.go  ksqlDB's rule
//	parsed.go   Parse: registered schemas; mapping.go their columns both ways
//	avro.go, avro_columns.go, avro_write.go        Avro
//	proto_file.go, proto_columns.go, proto_write.go, proto_diff.go   Protobuf
//	json_node.go, json_schema.go, json_columns.go, json_write.go     JSON Schema
//	json_diff.go, json_diff_parts.go               its compatibility
//
// Invariants:
//
//	S1  a level that contains another finds at least the other's violations
//	S2  a schema is compatible with itself at every level
//	S3  what a schema means depends on its text and its references' alone
//
// The package knows relations' schemas, not their names, topics or formats
// (beyond whether a format finds columns by position).
package schema

import (
	"fmt"
	"strings"

	"github.com/leatdb/leat/sql/types"
)

// Level is a compatibility level, the schema registry's words.
type Level string

// The levels. BACKWARD: the new schema reads the latest version's records.
// FORWARD: the latest version reads the new schema's. FULL: both. TRANSITIVE:
// every version instead of the latest. NONE: anything goes.
const (
	None               Level = "NONE"
	Backward           Level = "BACKWARD"
	BackwardTransitive Level = "BACKWARD_TRANSITIVE"
	Forward            Level = "FORWARD"
	ForwardTransitive  Level = "FORWARD_TRANSITIVE"
	Full               Level = "FULL"
	FullTransitive     Level = "FULL_TRANSITIVE"
)

// Levels lists all of them.
var Levels = []Level{None, Backward, BackwardTransitive, Forward, ForwardTransitive, Full, FullTransitive}

// ParseLevel finds a level by its word, in any case.
func ParseLevel(s string) (Level, bool) {
	l := Level(strings.ToUpper(strings.TrimSpace(s)))
	for _, known := range Levels {
		if l == known {
			return l, true
		}
	}
	return "", false
}

func (l Level) transitive() bool { return strings.HasSuffix(string(l), "_TRANSITIVE") }

func (l Level) backward() bool {
	return strings.HasPrefix(string(l), "BACKWARD") || strings.HasPrefix(string(l), "FULL")
}

func (l Level) forward() bool {
	return strings.HasPrefix(string(l), "FORWARD") || strings.HasPrefix(string(l), "FULL")
}

// Violation is one reason against a new schema.
type Violation struct {
	Version int    // of the old schema it breaks with: its index plus 1
	Column  string // "" when it is about the whole schema
	Forward bool   // the old schema does not read the new one's records
	Message string // a sentence
}

// Rules are how schemas are compared. Positional says that the format finds
// columns by position (DELIMITED) instead of by name.
type Rules struct {
	Level      Level
	Positional bool
}

// Check compares by name: the violations of level when newer follows old, oldest
// first. The newest version's come first.
func Check(level Level, newer types.Schema, old []types.Schema) []Violation {
	return Rules{Level: level}.Check(newer, old)
}

// Check is the package's Check under r.
func (r Rules) Check(newer types.Schema, old []types.Schema) []Violation {
	if r.Level == None || len(old) == 0 {
		return nil
	}
	first := len(old) - 1
	if r.Level.transitive() {
		first = 0
	}
	var out []Violation
	for v := len(old) - 1; v >= first; v-- {
		for _, x := range checkKeys(newer, old[v]) {
			out = append(out, Violation{Version: v + 1, Column: x.column, Message: x.message})
		}
		if r.Level.backward() {
			for _, x := range r.reads(newer, old[v]) {
				out = append(out, Violation{Version: v + 1, Column: x.column, Message: x.message})
			}
		}
		if r.Level.forward() {
			for _, x := range r.reads(old[v], newer) {
				out = append(out, Violation{Version: v + 1, Column: x.column, Forward: true, Message: x.message})
			}
		}
	}
	return out
}

// Describe lists violations one a line, for the detail of an error.
func Describe(vs []Violation) string {
	lines := make([]string, len(vs))
	for i, v := range vs {
		direction := "New schema reading"
		if v.Forward {
			direction = "Readers of"
		}
		lines[i] = fmt.Sprintf("%s version %d: %s", direction, v.Version, v.Message)
	}
	return strings.Join(lines, "\n")
}
