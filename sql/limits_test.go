package sql

import (
	goparser "go/parser"
	gotoken "go/token"
	"os/exec"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/leatdb/leat/sql/sqlerr"
)

// TestLimits holds the limits: what is too large is 54001, what is merely long parses.
func TestLimits(t *testing.T) {
	rep := strings.Repeat
	for _, c := range []struct{ name, text, code string }{
		{"open parentheses", "SELECT " + rep("(", 900_000), sqlerr.StatementTooComplex},
		{"nested parentheses", "SELECT " + rep("(", 300) + "1" + rep(")", 300), sqlerr.StatementTooComplex},
		{"parentheses below the limit", "SELECT " + rep("(", 90) + "1" + rep(")", 90), ""},
		{"subqueries", rep("SELECT * FROM (", 150) + "SELECT 1" + rep(")", 150), sqlerr.StatementTooComplex},
		{"CASE", "SELECT " + rep("CASE WHEN ", 300), sqlerr.StatementTooComplex},
		{"NOT", "SELECT " + rep("NOT ", 100_000) + "a", sqlerr.StatementTooComplex},
		{"minus", "SELECT " + rep("- ", 100_000) + "a", sqlerr.StatementTooComplex},
		{"subscripts", "SELECT a" + rep("[1]", 20_000), sqlerr.StatementTooComplex},
		{"struct fields", "SELECT a" + rep("->b", 5_000), ""},
		{"AND", "SELECT a" + rep(" AND a", 5_000), ""},
		{"too many AND", "SELECT a" + rep(" AND a", 100_000), sqlerr.StatementTooComplex},
		{"joins", "SELECT * FROM a" + rep(" CROSS JOIN b", 20_000), sqlerr.StatementTooComplex},
		{"UNION", "SELECT 1" + rep(" UNION ALL SELECT 1", 20_000), sqlerr.StatementTooComplex},
		{"types", "SELECT a::" + rep("ARRAY<", 300), sqlerr.StatementTooComplex},
		{"array types", "SELECT a::int" + rep("[]", 10_000), sqlerr.StatementTooComplex},
		{"arrays", "SELECT ARRAY" + rep("[", 10_000), sqlerr.StatementTooComplex},
		{"EXPLAIN", rep("EXPLAIN ", 10_000) + "SELECT 1", sqlerr.StatementTooComplex},
		{"PREPARE", rep("PREPARE a AS ", 10_000) + "SELECT 1", sqlerr.StatementTooComplex},
		{"text", "SELECT '" + rep("x", 1<<20) + "'", sqlerr.StatementTooComplex},
		{"long text", "SELECT '" + rep("x", 1<<19) + "'", ""},
		{"values", "INSERT INTO t VALUES (1)" + rep(", (1, 'a')", 20_000), ""},
		{"prefix operators", "SELECT " + rep("~ ", 20_000) + "a", sqlerr.StatementTooComplex},
		{"lambdas", "SELECT f(" + rep("x => ", 20_000) + "1)", sqlerr.SyntaxError},
	} {
		_, err := Parse(c.text)
		switch {
		case c.code == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.code != "" && !sqlerr.Is(err, c.code):
			t.Errorf("%s: got %v, want %s", c.name, err, c.code)
		}
	}
}

// TestLimitsAreConfigurable holds that a caller can set tighter limits.
func TestLimitsAreConfigurable(t *testing.T) {
	lim := DefaultLimits
	lim.Text = 10
	if _, err := lim.Parse("SELECT 12345"); !sqlerr.Is(err, sqlerr.StatementTooComplex) {
		t.Errorf("got %v", err)
	}
	lim = DefaultLimits
	lim.Tokens = 3
	if _, err := lim.Parse("SELECT 1, 2"); !sqlerr.Is(err, sqlerr.StatementTooComplex) {
		t.Errorf("got %v", err)
	}
}

// TestPool parses from several goroutines at once: trees must not depend on
// what other goroutines do with the pooled parsers.
func TestPool(t *testing.T) {
	inputs := goldenInputs(t)
	want := make([]string, len(inputs))
	show := func(s string) string {
		stmts, err := Parse(s)
		if err != nil {
			return err.Error()
		}
		var b strings.Builder
		for _, st := range stmts {
			b.WriteString(dumpTree(st))
		}
		return b.String()
	}
	for i, s := range inputs {
		want[i] = show(s)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range inputs {
				i = (i + g*len(inputs)/8) % len(inputs)
				if got := show(inputs[i]); got != want[i] {
					t.Errorf("%s\n\tgot  %s\n\twant %s", inputs[i], got, want[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestCheckEnvironment(t *testing.T) {
	if err := CheckEnvironment(func(string) string { return "" }); err != nil {
		t.Errorf("clean environment: %v", err)
	}
	for _, name := range []string{"GO_FAILPOINTS", "GO_FAILPOINTS_HTTP"} {
		err := CheckEnvironment(func(n string) string {
			if n == name {
				return "x"
			}
			return ""
		})
		if err == nil || !strings.Contains(err.Error(), name+" must not be set") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestOnlyTwoFilesImportTiDB reads the imports of the files that go list names.
func TestOnlyTwoFilesImportTiDB(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{range .GoFiles}}{{.}}
{{end}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, f := range strings.Fields(string(out)) {
		file, err := goparser.ParseFile(gotoken.NewFileSet(), f, nil, goparser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range file.Imports {
			if strings.Contains(imp.Path.Value, "pingcap") {
				files = append(files, f)
				break
			}
		}
	}
	sort.Strings(files)
	if got := strings.Join(files, " "); got != "convert.go tidb.go" {
		t.Errorf("files that import pingcap: %s", got)
	}
}

// TestNoTiDBInExports asks go doc for the exported names and their types.
func TestNoTiDBInExports(t *testing.T) {
	out, err := exec.Command("go", "doc", "-all", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(out), "\n") {
		code := strings.HasPrefix(line, "func ") || strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "type ")
		if code && (strings.Contains(line, "ast.") || strings.Contains(line, "parser.Parser")) {
			t.Errorf("exported: %s", line)
		}
	}
}
