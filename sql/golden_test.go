package sql

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/sqlerr"
)

var update = flag.Bool("update", false, "rewrite the expected parts of golden files")

// goldenFile runs a file of blocks. A block is an input, a line ----, and the expected
// output, and ends at a line that is empty in the output part. Lines before a block that start
// with # are kept.
func goldenFile(t *testing.T, path string, run func(input string) string) int {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	blocks := 0
	for i, block := range strings.Split(strings.TrimRight(string(raw), "\n"), "\n\n") {
		if i > 0 {
			out.WriteString("\n")
		}
		head, want, _ := strings.Cut(block+"\n", "\n----\n")
		var comments, input []string
		for _, line := range strings.Split(strings.TrimRight(head, "\n"), "\n") {
			if strings.HasPrefix(line, "#") && input == nil {
				comments = append(comments, line)
			} else {
				input = append(input, line)
			}
		}
		for _, c := range comments {
			fmt.Fprintln(&out, c)
		}
		if len(input) == 0 {
			continue
		}
		blocks++
		text := strings.Join(input, "\n")
		got := run(text)
		fmt.Fprintf(&out, "%s\n----\n%s", text, got)
		if !*update && got != want {
			t.Errorf("%s: %s\ngot:\n%swant:\n%s", path, text, got, want)
		}
	}
	if *update && !bytes.Equal(out.Bytes(), raw) {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return blocks
}

// TestGoldenStatements shows for each statement what TiDB sees, the canonical text and
// the tree.
func TestGoldenStatements(t *testing.T) {
	files, err := filepath.Glob("testdata/statements/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, f := range files {
		goldenFile(t, f, func(text string) string {
			stmts, err := Parse(text)
			if err != nil {
				return describeError(text, err)
			}
			checkRoundTrip(t, text, stmts)
			lowered, err := Lowered(text)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, l := range lowered {
				fmt.Fprintf(&b, "tidb: %s\n", l)
			}
			for _, s := range stmts {
				fmt.Fprintf(&b, "text: %s\ntree: %s\n", Print(s), dumpTree(s))
			}
			return b.String()
		})
	}
}

// TestGoldenErrors shows code, place, message and hint for wrong statements.
func TestGoldenErrors(t *testing.T) {
	n := goldenFile(t, "testdata/errors.txt", func(text string) string {
		if _, err := Parse(text); err != nil {
			return describeError(text, err)
		}
		return "parses\n"
	})
	if n < 100 {
		t.Errorf("only %d wrong statements", n)
	}
}

// TestGoldenPrecedence shows the grouping of expressions with full parentheses, one a
// line: expression => grouping. The groupings were compared with PostgreSQL 15's.
func TestGoldenPrecedence(t *testing.T) {
	const path = "testdata/precedence.txt"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	n := 0
	for _, line := range strings.Split(strings.TrimRight(string(raw), "\n"), "\n") {
		text, want, isCase := strings.Cut(line, " ==> ")
		if strings.HasPrefix(line, "#") || line == "" || !isCase && !*update {
			out.WriteString(line + "\n")
			continue
		}
		n++
		e, err := ParseExpr(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := PrintGrouped(e)
		out.WriteString(text + " ==> " + got + "\n")
		if !*update && got != want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", text, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if n < 300 {
		t.Errorf("only %d expressions", n)
	}
}

// describeError shows an error as psql would: the line with a caret under it.
func describeError(text string, err error) string {
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return fmt.Sprintf("not a *sqlerr.Error: %v\n", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", e.Code, e.Message)
	if e.Pos > 0 {
		start := strings.LastIndexByte(text[:e.Pos-1], '\n') + 1
		line, _, _ := strings.Cut(text[start:], "\n")
		fmt.Fprintf(&b, "  %s\n  %s^\n", line, strings.Repeat(" ", e.Pos-1-start))
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "hint: %s\n", e.Hint)
	}
	return b.String()
}

// dumpTree writes a tree as (Type field:value ..), leaving out what is zero.
func dumpTree(n any) string {
	var b strings.Builder
	dumpValue(&b, reflect.ValueOf(n))
	return b.String()
}

func dumpValue(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		dumpValue(b, v.Elem())
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(" ")
			}
			dumpValue(b, v.Index(i))
		}
		b.WriteString("]")
	case reflect.Struct:
		if n, ok := v.Interface().(Name); ok {
			b.WriteString(n.String())
			return
		}
		b.WriteString("(" + v.Type().Name())
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "Pos" && !v.Field(i).IsZero() {
				b.WriteString(" " + f.Name + ":")
				dumpValue(b, v.Field(i))
			}
		}
		b.WriteString(")")
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}
