package ksqltest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql"
)

// sqlTest is one test of a file of the SQL testing tool.
type sqlTest struct {
	file, name string
	dir        string // of the file, for RUN SCRIPT
	expect     *refusal
	statements []string
}

// readSQL cuts a file at its "--@test:" lines.
func readSQL(path string) ([]sqlTest, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	tests := parseSQL(strings.TrimSuffix(filepath.Base(path), ".sql"), string(raw))
	for i := range tests {
		tests[i].dir = filepath.Dir(path)
	}
	return tests, nil
}

func parseSQL(file, raw string) []sqlTest {
	var out []sqlTest
	var body strings.Builder
	finish := func() {
		if len(out) > 0 {
			out[len(out)-1].statements = statements(body.String())
		}
		body.Reset()
	}
	for _, line := range strings.Split(raw, "\n") {
		key, value, ok := directive(line)
		switch {
		case ok && key == "test":
			finish()
			out = append(out, sqlTest{file: file, name: value})
		case ok && len(out) > 0 && strings.HasPrefix(key, "expected."):
			t := &out[len(out)-1]
			if t.expect == nil {
				t.expect = &refusal{}
			}
			if key == "expected.error" {
				t.expect.Type = value
			} else if key == "expected.message" {
				t.expect.Message = value
			}
		default:
			body.WriteString(line + "\n")
		}
	}
	finish()
	return out
}

// directive reads "--@key: value".
func directive(line string) (key, value string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "--@")
	if !ok {
		return "", "", false
	}
	key, value, ok = strings.Cut(rest, ":")
	return strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value), ok
}

// sqlRun is one test at work.
type sqlRun struct {
	*node
	cursor map[string]int // records read of each topic
	asked  int            // scratch streams made
}

func runSQL(ctx context.Context, t sqlTest, mode Mode) (err error) {
	n, err := startNode(ctx, mode)
	if err != nil {
		return err
	}
	defer func() {
		n.close()
		if r := recover(); r != nil {
			err = differ("the node panicked: %v", r)
		}
	}()
	r := &sqlRun{node: n, cursor: map[string]int{}}
	for _, s := range t.statements {
		err := r.statement(ctx, t, s)
		if err == nil {
			continue
		}
		if t.expect == nil {
			return differ("%s\n  %s", message(err), oneLine(s))
		}
		return t.expect.checkSQL(s, err)
	}
	if t.expect != nil {
		return differ("nothing fails, but %s is expected: %s", t.expect.Type, t.expect.Message)
	}
	return nil
}

// checkSQL compares a failure of the testing tool: a failed ASSERT is Java's
// AssertionError, everything else is a refused statement.
func (r *refusal) checkSQL(text string, err error) error {
	var failed errDiffers
	isAssert := strings.HasSuffix(r.Type, "AssertionError")
	if errors.As(err, &failed) != isAssert && r.Type != "" {
		return differ("the error is of another kind than %s: %s", r.Type, message(err))
	}
	if isAssert {
		if !strings.Contains(failed.text, r.Message) {
			return differ("error message:\n  want %s\n  got  %s", r.Message, failed.text)
		}
		return nil
	}
	return r.check(err, faultOf(text, err))
}

// statement runs one statement, and lets every query process what it wrote.
func (r *sqlRun) statement(ctx context.Context, t sqlTest, text string) error {
	ast, err := sql.ParseOne(text)
	if err == nil {
		switch x := ast.(type) {
		case *sql.AssertValues:
			return r.assertValues(ctx, x)
		case *sql.AssertSource:
			return r.assertSource(x)
		case *sql.RunScript:
			return r.script(ctx, t, x.File)
		}
	}
	if err := r.exec(ctx, text); err != nil {
		return err
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	return r.failed()
}

func (r *sqlRun) script(ctx context.Context, t sqlTest, name string) error {
	raw, err := os.ReadFile(filepath.Join(t.dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	for _, s := range statements(string(raw)) {
		if err := r.statement(ctx, t, s); err != nil {
			return err
		}
	}
	return nil
}

// next is the next record of a topic that no ASSERT has read.
func (r *sqlRun) next(topic string) (batch.Record, error) {
	recs, err := r.records(topic)
	if err != nil {
		return batch.Record{}, err
	}
	at := r.cursor[topic]
	if at >= len(recs) {
		return batch.Record{}, differ("Expected another record, but all records have already been read: topic %s has %d", topic, len(recs))
	}
	r.cursor[topic]++
	return recs[at], nil
}

// assertValues is ASSERT VALUES and ASSERT NULL VALUES.
func (r *sqlRun) assertValues(ctx context.Context, x *sql.AssertValues) error {
	rel, ok := r.srv.Snapshot().Relation("", x.Name.Last().Fold(true))
	if !ok {
		return fmt.Errorf("%s does not exist", x.Name.Last().Text)
	}
	rec, err := r.next(rel.Topic)
	if err != nil {
		return err
	}
	want, err := r.expected(ctx, rel, x)
	if err != nil {
		return err
	}
	got, err := r.columns(rel, rec)
	if err != nil {
		return differ("Expected record does not match actual: it cannot be read: %v", err)
	}
	if x.Null != (rec.Value == nil) {
		return differ("Expected record does not match actual: a deletion is expected: %v, but the record is %s", x.Null, show(got))
	}
	for _, name := range sortedNames(want) {
		if d := compareNode(name, want[name], got[name], rules{near: true}); d != "" {
			return differ("Expected record does not match actual: %s\n  whole record: %s", d, show(got))
		}
	}
	return nil
}
