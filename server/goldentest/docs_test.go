package goldentest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/leatdb/leat/sql"
)

// fences gives the ```sql blocks of a document, in order.
func fences(text string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(text, "```sql\n")
		if !ok {
			return out
		}
		body, after, ok := strings.Cut(rest, "```")
		if !ok {
			return out
		}
		out = append(out, body)
		text = after
	}
}

// TestDocExamples runs every SQL example of the docs: the blocks of one document
// in one node and one session, in order. A push query has to start.
func TestDocExamples(t *testing.T) {
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob("../../docs/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	docs = append(append(docs, deeper...), "../../README.md")
	ran := 0
	for _, name := range docs {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		blocks := fences(string(b))
		if len(blocks) == 0 {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			n, err := startNode(ctx, modes[0], 1)
			if err != nil {
				t.Fatal(err)
			}
			defer n.close()
			c, err := openLocal(n)
			if err != nil {
				t.Fatal(err)
			}
			defer c.close()
			for _, block := range blocks {
				for _, st := range sql.Split(block) {
					if strings.TrimSpace(st.Text) == "" {
						continue
					}
					ran++
					if err := runExample(ctx, n, c, st.Text); err != nil {
						t.Errorf("%s\n%s", st.Text, strings.Join(errorText(st.Text, err), "\n"))
					}
				}
			}
		})
	}
	if ran < 5 {
		t.Errorf("only %d examples ran", ran)
	}
}

func runExample(ctx context.Context, n *node, c conn, text string) error {
	st, err := sql.ParseOne(text)
	if err != nil {
		return err
	}
	if q, ok := st.(*sql.QueryStmt); ok && q.Query.EmitMode() != sql.EmitNone {
		w := &watch{name: "example", text: text}
		if err := w.open(ctx, n, text, nil); err != nil {
			return err
		}
		w.close()
		return nil
	}
	if c, ok := st.(*sql.Copy); ok && c.Query != nil && c.Query.EmitMode() != sql.EmitNone {
		return nil // the wire's tests follow a COPY that does not end
	}
	if _, err := c.exec(ctx, text); err != nil {
		return err
	}
	return n.srv.WaitIdle(ctx)
}

// TestGuaranteesNameTests holds that every test named in docs/guarantees.md exists.
func TestGuaranteesNameTests(t *testing.T) {
	b, err := os.ReadFile("../../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range testFunc.FindAllSubmatch(src, -1) {
			have[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := testName.FindAllString(string(b), -1)
	for _, name := range names {
		if !have[name] {
			t.Errorf("docs/guarantees.md names %s, which does not exist", name)
		}
	}
	if len(names) < 20 {
		t.Errorf("only %d names", len(names))
	}
}

var (
	testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	testName = regexp.MustCompile(`\bTest[A-Z]\w+`)
)
