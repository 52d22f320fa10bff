package fn

import (
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

const recordDir = "../../testdata/functions"

// A record of testdata/functions says above it whom it is about and why:
//
//	# function NAME: usual, null, edge (what is special), error, misuse
//
// The words are checked against the SQL below: it calls NAME; usual has a call
// without a NULL; null marks the arguments that are NULL; edge has an argument
// on the edge of its type, or says in brackets what the edge is; error is a
// call that fails when it runs (in ksqlDB's meaning: a NULL), misuse one that
// is refused before.
type goldenRecord struct {
	place  string
	ksql   bool
	verb   string // query, error
	expect []string
	calls  map[string][][]sql.Expr
	why    map[string]string // function -> words
}

var headLine = regexp.MustCompile(`^# function (\w+): (.+)$`)

// readRecords reads the headed records of every golden file of functions.
func readRecords(t *testing.T) []goldenRecord {
	t.Helper()
	files, err := filepath.Glob(recordDir + "/*.slt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens in %s: %v", recordDir, err)
	}
	var out []goldenRecord
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		ksql, made := false, map[string]map[string][][]sql.Expr{}
		for _, part := range strings.Split(string(b), "\n\n") {
			if strings.Contains(part, "SET compatibility = 'ksqldb'") {
				ksql = true
			}
			if r, ok := readRecord(t, filepath.Base(name), part, made); ok {
				r.ksql = ksql
				out = append(out, r)
			}
		}
	}
	return out
}

// readRecord reads one part of a file. made holds the calls in the queries of
// the file's derived relations: a SELECT from one of them shows their results.
func readRecord(t *testing.T, name, part string, made map[string]map[string][][]sql.Expr) (goldenRecord, bool) {
	t.Helper()
	r := goldenRecord{place: name, calls: map[string][][]sql.Expr{}, why: map[string]string{}}
	lines := strings.Split(strings.Trim(part, "\n"), "\n")
	for len(lines) > 0 && strings.HasPrefix(lines[0], "#") {
		if m := headLine.FindStringSubmatch(lines[0]); m != nil {
			r.why[m[1]] = m[2]
		}
		lines = lines[1:]
	}
	at := slices.Index(lines, "----")
	if len(r.why) == 0 || at < 2 {
		if len(r.why) > 0 {
			t.Fatalf("%s: a headed record without SQL or expectation:\n%s", name, part)
		}
		remember(lines, made)
		return r, false
	}
	r.verb, _, _ = strings.Cut(strings.TrimPrefix(lines[0], "statement "), " ")
	r.expect = lines[at+1:]
	text := strings.Join(lines[1:at], "\n")
	r.place += ": " + text
	stmts, err := sql.Parse(text)
	if err != nil && r.verb != "error" {
		t.Fatalf("%s: %v", r.place, err)
	}
	if err != nil { // refused by the parser: the name as written
		for name := range r.why {
			if strings.Contains(text, name+"(") {
				r.calls[name] = [][]sql.Expr{nil}
			}
		}
	}
	for _, s := range stmts {
		collectCalls(s, r.calls, made)
	}
	return r, true
}

// remember keeps the calls of CREATE TABLE ... AS.
func remember(lines []string, made map[string]map[string][][]sql.Expr) {
	if len(lines) < 2 || lines[0] != "statement ok" {
		return
	}
	stmts, err := sql.Parse(strings.Join(lines[1:], "\n"))
	if err != nil {
		return
	}
	for _, s := range stmts {
		if c, ok := s.(*sql.CreateSource); ok && c.As != nil {
			calls := map[string][][]sql.Expr{}
			collectCalls(s, calls, nil)
			made[c.Name.Last().Fold(true)] = calls
		}
	}
}

func collectCalls(s sql.Node, calls map[string][][]sql.Expr, made map[string]map[string][][]sql.Expr) {
	sql.Walk(s, func(n sql.Node) bool {
		switch x := n.(type) {
		case *sql.Call:
			f := strings.ToLower(x.Name.Last().Fold(false))
			calls[f] = append(calls[f], x.Args)
		case *sql.Table:
			for f, args := range made[x.Name.Last().Fold(true)] {
				calls[f] = append(calls[f], args...)
			}
		}
		return true
	})
}

func isNull(e sql.Expr) bool {
	if c, ok := e.(*sql.Cast); ok {
		e = c.X
	}
	_, null := e.(*sql.Null)
	return null
}

// hasNull tells whether a NULL literal is anywhere in e.
func hasNull(e sql.Expr) bool {
	found := false
	sql.Walk(e, func(n sql.Node) bool {
		_, null := n.(*sql.Null)
		found = found || null
		return !found
	})
	return found
}

// onEdge tells whether e holds zero, a negative number, the greatest integers,
// an empty text, array or object, or a letter outside ASCII.
func onEdge(e sql.Expr) bool {
	found := false
	sql.Walk(e, func(n sql.Node) bool {
		switch x := n.(type) {
		case *sql.Unary:
			_, number := x.X.(*sql.Number)
			found = found || x.Op == "-" && number
		case *sql.Number:
			found = found || strings.Trim(x.Text, "0.") == "" || x.Text == "2147483647" || x.Text == "9223372036854775807"
		case *sql.String:
			v := x.Value
			found = found || v == "" || v == "{}" || v == "[]" || v == "\\x" || len(v) != utf8.RuneCountInString(v) || strings.HasPrefix(v, "-") || v == "0"
		case *sql.Bool:
			found = found || !x.Value
		}
		return !found
	})
	return found
}

// words splits a head's words and takes the bracket of edge away.
func (r goldenRecord) words(name string) (kinds []string, reason string) {
	text := r.why[name]
	if i := strings.IndexByte(text, '('); i >= 0 {
		reason = strings.TrimSuffix(text[i+1:], ")")
		text = strings.TrimSpace(text[:i])
	}
	return strings.Split(text, ", "), reason
}

// check holds a record to its own head.
func (r goldenRecord) check(t *testing.T, name string) {
	t.Helper()
	calls := r.calls[name]
	if len(calls) == 0 {
		t.Errorf("%s\nthe head names %s, the SQL does not call it", r.place, name)
		return
	}
	anyArg := func(f func(sql.Expr) bool) bool {
		return slices.ContainsFunc(calls, func(args []sql.Expr) bool { return slices.ContainsFunc(args, f) })
	}
	kinds, reason := r.words(name)
	for _, kind := range kinds {
		ok := false
		switch kind {
		case "usual":
			ok = r.verb == "query" && slices.ContainsFunc(calls, func(args []sql.Expr) bool { return !slices.ContainsFunc(args, hasNull) })
		case "null":
			ok = r.verb == "query" && (anyArg(hasNull) || strings.Contains(strings.ToUpper(r.place), "NULL") || strings.Contains(strings.Join(r.expect, " "), "NULL") || len(r.calls) > 1)
		case "edge":
			ok = r.verb == "query" && (reason != "" || anyArg(onEdge))
		case "error":
			ok = r.failed(false)
		case "misuse":
			ok = r.failed(true)
		}
		if !ok {
			t.Errorf("%s\n%s: the head's word %q does not fit the record\n%s", r.place, name, kind, strings.Join(r.expect, "\n"))
		}
	}
}

var refusedCodes = []string{sqlerr.UndefinedFunction, sqlerr.SyntaxError, sqlerr.DatatypeMismatch, "0A000"}

// failed tells whether the record shows a failure: of the wanted kind.
func (r goldenRecord) failed(misuse bool) bool {
	if r.verb == "query" {
		return r.ksql && !misuse && strings.Contains(strings.Join(r.expect, " "), "NULL")
	}
	if r.verb != "error" || len(r.expect) == 0 {
		return false
	}
	code := strings.TrimSuffix(strings.Fields(r.expect[0])[1], ":")
	return misuse || !slices.Contains(refusedCodes[:3], code)
}

// nullsAt marks the positions at which some call of name has a NULL.
func (r goldenRecord) nullsAt(name string, at map[int]bool) {
	for _, args := range r.calls[name] {
		for i, a := range args {
			at[i] = at[i] || isNull(a)
		}
	}
}

// storable leaves out text that no column holds.
func storable(v types.Value) bool {
	if m, ok := v.(types.MapValue); ok {
		return !slices.ContainsFunc(m.Keys, func(k types.Value) bool { return !storable(k) })
	}
	s, ok := v.(string)
	return !ok || utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

// canFail tries overloads with random arguments, as PostgreSQL's meaning has
// them, and tells whether some call failed.
func canFail(name string) bool {
	r := rand.New(rand.NewSource(7))
	for _, f := range Builtins().Scalars(name) {
		if f.Dialect == KsqlOnly || hasLambda(f.Params) {
			continue
		}
		for range 300 {
			ts, vs := randomArgs(r, f.Params, f.Variadic)
			ret, err := f.Result(ts)
			if err != nil || slices.ContainsFunc(vs, func(v types.Value) bool { return v == nil && f.Strict || !storable(v) }) {
				continue
			}
			if _, err := callScalar(f, goldenEnv(), vs, ts, ret); err != nil {
				return true
			}
		}
	}
	return false
}
