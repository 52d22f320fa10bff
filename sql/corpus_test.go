package sql

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedDir finds the shared test data, or skips the test.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LEAT_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("shared test data is absent: put it at ../shared beside the repository, or set LEAT_SHARED")
	}
	return dir
}

// plainJSON strips comments and escapes line breaks inside strings.
func plainJSON(src string) string {
	var b strings.Builder
	inString := false
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch {
		case inString && c == '\\':
			b.WriteByte(c)
			i++
			b.WriteByte(src[i])
		case inString && c == '\n':
			b.WriteString(`\n`)
		case inString && c == '\t':
			b.WriteString(`\t`)
		case inString && c == '\r':
			b.WriteString(`\r`)
		case c == '"':
			inString = !inString
			b.WriteByte(c)
		case !inString && strings.HasPrefix(src[i:], "//"):
			for i < len(src) && src[i] != '\n' {
				i++
			}
			b.WriteByte('\n')
		case !inString && strings.HasPrefix(src[i:], "/*"):
			i += strings.Index(src[i:], "*/") + 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// ksqlCase is what the parser needs to know of a ksqlDB test case.
type ksqlCase struct {
	Name              string          `json:"name"`
	Statements        []string        `json:"statements"`
	Format            []string        `json:"format"`
	Enabled           *bool           `json:"enabled"`
	ExpectedException json.RawMessage `json:"expectedException"`
	ExpectedError     json.RawMessage `json:"expectedError"`
}

// ksqlCases reads the cases of ksqlDB's test files, in file order.
func ksqlCases(t *testing.T) []ksqlCase {
	t.Helper()
	var out []ksqlCase
	for _, sub := range []string{"qtt", "rqtt"} {
		files, err := filepath.Glob(filepath.Join(sharedDir(t), sub, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var doc struct {
				Tests []ksqlCase `json:"tests"`
			}
			if err := json.Unmarshal([]byte(plainJSON(string(raw))), &doc); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			for _, c := range doc.Tests {
				c.Name = filepath.Base(f) + " - " + c.Name
				out = append(out, c)
			}
		}
	}
	return out
}

// TestCorpusKsql parses every statement of ksqlDB's own tests that is meant to
// succeed.
func TestCorpusKsql(t *testing.T) {
	total, good := 0, 0
	for _, c := range ksqlCases(t) {
		if c.Enabled != nil && !*c.Enabled {
			continue
		}
		statements := c.Statements
		if c.ExpectedException != nil || c.ExpectedError != nil {
			// The last statement is the one that has to fail.
			statements = statements[:max(0, len(statements)-1)]
		}
		format := "JSON"
		if len(c.Format) > 0 {
			format = c.Format[0]
		}
		for _, s := range statements {
			s = strings.ReplaceAll(s, "{FORMAT}", format)
			total++
			stmts, err := Parse(s)
			if err != nil {
				t.Logf("%s: %v\n\t%s", c.Name, err, s)
				continue
			}
			good++
			checkRoundTrip(t, s, stmts)
		}
	}
	t.Logf("%d of %d statements parse (%.2f %%)", good, total, 100*float64(good)/float64(total))
	if float64(good) < 0.998*float64(total) {
		t.Errorf("only %d of %d statements parse", good, total)
	}
}

// TestCorpusClients parses every query that was recorded from Postgres clients.
func TestCorpusClients(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(sharedDir(t), "spec", "postgres-client-queries.txt"))
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, block := range strings.Split(string(raw), "\n\n") {
		_, text, ok := strings.Cut(strings.TrimSpace(block), "\n")
		if !ok {
			continue
		}
		total++
		text = unswallow(text)
		stmts, err := Parse(text)
		if knownWrong := text == "select from from x;"; (err != nil) != knownWrong {
			t.Errorf("%v\n\t%s", err, text)
			continue
		}
		checkRoundTrip(t, text, stmts)
	}
	t.Logf("%d client queries", total)
	if total < 200 {
		t.Errorf("only %d queries found", total)
	}
}

// unswallow takes out comments that ran to the end of their line before the
// recording joined the lines.
func unswallow(text string) string {
	for _, comment := range []string{
		"-- any temp table or temp view is LOCAL TEMPORARY for us", "-- non-composite types", "-- composite type, but not a table",
		"-- ignore array types", "-- no enum defaults in 8.4 at least", `-- t.typdefault as "default",`,
	} {
		text = strings.ReplaceAll(text, comment, "")
	}
	return text
}
