package schema_test

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/types"
)

// parse reads "k int key, a text, b bigint not null".
func parse(t *testing.T, s string) types.Schema {
	t.Helper()
	var out types.Schema
	for _, part := range strings.Split(s, "; ") {
		part, key := strings.CutSuffix(part, " key")
		part, notNull := strings.CutSuffix(part, " not null")
		name, text, _ := strings.Cut(part, " ")
		typ, err := types.ParseType(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, types.Column{Name: name, Type: typ, Key: key, NotNull: notNull})
	}
	return out
}

// What each change breaks: B the new schema reading old records, F the old
// schema reading new ones, K both always (keys).
var changes = []struct {
	name, old, newer, breaks string
}{
	{"same", "k int key; a text", "k int key; a text", ""},
	{"add nullable", "a text", "a text; b int", ""},
	{"add not null", "a text", "a text; b int not null", "B"},
	{"drop nullable", "a text; b int", "a text", ""},
	{"drop not null", "a text; b int not null", "a text", "F"},
	{"reorder", "a text; b int", "b int; a text", ""},
	{"rename is drop and add", "a text not null", "b text not null", "BF"},
	{"widen int", "a int", "a bigint", "F"},
	{"widen to double", "a int", "a double precision", "F"},
	{"narrow", "a bigint", "a int", "B"},
	{"widen decimal", "a numeric(4,2)", "a numeric(6,2)", "F"},
	{"rescale decimal", "a numeric(4,2)", "a numeric(4,1)", "BF"},
	{"int to small decimal", "a int", "a numeric(4,2)", "BF"},
	{"int to decimal", "a int", "a numeric(12,2)", "F"},
	{"longer varchar", "a character varying(3)", "a character varying(5)", "F"},
	{"varchar to text", "a character varying(3)", "a text", "F"},
	{"text to int", "a text", "a int", "BF"},
	{"timestamp to date", "a timestamp with time zone", "a date", "BF"},
	{"label added", `a ENUM<mood 9 10 "x" "y">`, `a ENUM<mood 9 10 "x" "y" "z">`, "F"},
	{"label put between", `a ENUM<mood 9 10 "x" "y">`, `a ENUM<mood 9 10 "x" "z" "y">`, "BF"},
	{"another enum", `a ENUM<mood 9 10 "x">`, `a ENUM<mood 12 13 "x">`, "BF"},
	{"text to enum", "a text", `a ENUM<mood 9 10 "x">`, "BF"},
	{"set not null", "a int", "a int not null", "B"},
	{"drop not null constraint", "a int not null", "a int", "F"},
	{"struct field added", "s STRUCT<a integer>", "s STRUCT<a integer, b text>", ""},
	{"struct field dropped", "s STRUCT<a integer, b text>", "s STRUCT<a integer>", ""},
	{"struct field widened", "s STRUCT<a integer>", "s STRUCT<a bigint>", "F"},
	{"array element widened", "s integer[]", "s bigint[]", "F"},
	{"map value changed", "m MAP<text, integer>", "m MAP<text, date>", "BF"},
	{"map key changed", "m MAP<text, integer>", "m MAP<integer, integer>", "BF"},
	{"key type", "k int key; a text", "k bigint key; a text", "K"},
	{"key renamed", "k int key; a text", "l int key; a text", "K"},
	{"key added", "k int key; a text", "k int key; a text key", "K"},
	{"key dropped", "k int key; l int key; a text", "k int key; a text", "K"},
}

func TestLevels(t *testing.T) {
	for _, c := range changes {
		old, newer := parse(t, c.old), parse(t, c.newer)
		for _, level := range schema.Levels {
			got := schema.Check(level, newer, []types.Schema{old})
			l := string(level)
			want := level != schema.None && (strings.Contains(c.breaks, "K") ||
				strings.Contains(c.breaks, "B") && (strings.HasPrefix(l, "BACKWARD") || strings.HasPrefix(l, "FULL")) ||
				strings.Contains(c.breaks, "F") && (strings.HasPrefix(l, "FORWARD") || strings.HasPrefix(l, "FULL")))
			if (len(got) > 0) != want {
				t.Errorf("%s at %s: %s", c.name, level, schema.Describe(got))
			}
			if self := schema.Check(level, newer, []types.Schema{newer}); len(self) > 0 { // S2
				t.Errorf("%s at %s: not compatible with itself: %s", c.name, level, schema.Describe(self))
			}
		}
	}
}

// Only the transitive levels look past the latest version.
func TestTransitive(t *testing.T) {
	old := []types.Schema{parse(t, "a bigint"), parse(t, "b int")}
	newer := parse(t, "a int; b int")
	for level, want := range map[schema.Level]int{schema.Backward: 0, schema.BackwardTransitive: 1, schema.Full: 0, schema.FullTransitive: 1, schema.ForwardTransitive: 0} {
		got := schema.Check(level, newer, old)
		if len(got) != want {
			t.Errorf("%s: %s", level, schema.Describe(got))
		}
		if want == 1 && (got[0].Version != 1 || got[0].Column != "a") {
			t.Errorf("%s: %+v", level, got[0])
		}
	}
}

func TestPositional(t *testing.T) {
	r := schema.Rules{Level: schema.Backward, Positional: true}
	for _, c := range []struct {
		old, newer string
		ok         bool
	}{
		{"a text; b int", "x text; y bigint", true},
		{"a text; b int", "b int; a text", false},
		{"a text; b int", "a text; b int; c int", false},
		{"a text; b int", "a text", false},
	} {
		got := r.Check(parse(t, c.newer), []types.Schema{parse(t, c.old)})
		if (len(got) == 0) != c.ok {
			t.Errorf("%s -> %s: %s", c.old, c.newer, schema.Describe(got))
		}
	}
}

func TestUpgrade(t *testing.T) {
	for _, c := range []struct{ old, newer, keys, values string }{
		{"k int key; a text", "k int key; a text; b int", "", ""},
		{"k int key; a text; b int", "k int key; b int; a text", "", "a, b"},
		{"k int key; a text; b int", "k int key; a text", "", "b"},
		{"k int key; a text", "k bigint key; a text", "k", ""},
		{"k int key; a text", "k int key; l int key; a text", "l", ""},
		{"k int key; a int", "k int key; a bigint", "", "a"},
	} {
		u := schema.CheckUpgrade(parse(t, c.newer), parse(t, c.old))
		if u.Keys.Names() != c.keys || u.Values.Names() != c.values || u.OK() != (c.keys+c.values == "") {
			t.Errorf("%s -> %s: keys %q, values %q", c.old, c.newer, u.Keys.Names(), u.Values.Names())
		}
	}
}

func TestParseLevel(t *testing.T) {
	if l, ok := schema.ParseLevel(" full_transitive"); !ok || l != schema.FullTransitive {
		t.Error(l, ok)
	}
	if _, ok := schema.ParseLevel("SIDEWAYS"); ok {
		t.Error("SIDEWAYS is a level")
	}
}
