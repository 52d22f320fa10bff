package sql

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leatdb/leat/internal/fuzzing"
	"github.com/leatdb/leat/sql/sqlerr"
)

// goldenInputs are the inputs of all golden files: the seeds of fuzzing.
func goldenInputs(t testing.TB) []string {
	files, err := filepath.Glob("testdata/statements/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range append(files, "testdata/errors.txt") {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(raw), "\n\n") {
			text, _, _ := strings.Cut(block, "\n----\n")
			out = append(out, text)
		}
	}
	return out
}

// checkText asserts what holds for every text: an error is a *sqlerr.Error with
// a place inside the text and never XX000; a tree survives printing.
func checkText(t *testing.T, text string) {
	t.Helper()
	stmts, err := Parse(text)
	if err == nil {
		checkRoundTrip(t, text, stmts)
		return
	}
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: not a *sqlerr.Error: %v", text, err)
	}
	if e.Code == sqlerr.InternalError || e.Pos < 0 || e.Pos > len(text)+1 {
		t.Fatalf("%q: %s at %d: %v", text, e.Code, e.Pos, e)
	}
	if e.Pos == 0 && e.Code == sqlerr.SyntaxError {
		t.Fatalf("%q: syntax error without a place: %v", text, e)
	}
}

func FuzzParse(tf *testing.F) {
	f := fuzzing.On(tf)
	for _, s := range goldenInputs(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkText(t, text)
		for _, s := range Split(text) {
			if s.Text != text[s.Start:s.End] {
				t.Fatalf("Split: %q is not at %d..%d", s.Text, s.Start, s.End)
			}
		}
		IsIncomplete(text)
	})
}

// TestMutations is a small deterministic fuzzing: golden inputs with words
// dropped, doubled, swapped and taken from other inputs.
func TestMutations(t *testing.T) {
	rng := rand.New(rand.NewSource(7))
	inputs := goldenInputs(t)
	var words [][]string
	for _, s := range inputs {
		words = append(words, strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' }))
	}
	for range 20000 {
		w := append([]string(nil), words[rng.Intn(len(words))]...)
		for range 1 + rng.Intn(3) {
			if len(w) < 2 {
				break
			}
			i, j := rng.Intn(len(w)), rng.Intn(len(w))
			switch rng.Intn(4) {
			case 0:
				w = append(w[:i], w[i+1:]...)
			case 1:
				w[i], w[j] = w[j], w[i]
			case 2:
				w[i] = w[i] + " " + w[j]
			default:
				other := words[rng.Intn(len(words))]
				w[i] = other[rng.Intn(len(other))]
			}
		}
		checkText(t, strings.Join(w, " "))
	}
}

// randomTree makes an expression of every kind that an operator can stand beside.
func randomTree(rng *rand.Rand, depth int) Expr {
	if depth == 0 || rng.Intn(8) == 0 {
		return &ColumnRef{Parts: []Name{{Text: string(rune('a' + rng.Intn(5)))}}}
	}
	sub := func() Expr { return randomTree(rng, depth-1) }
	pick := func(s ...string) string { return s[rng.Intn(len(s))] }
	not := rng.Intn(2) == 0
	switch rng.Intn(16) {
	case 0:
		return &Unary{Op: pick("NOT", "-", "+", "~", "@"), X: sub()}
	case 1:
		return &IsNull{X: sub(), Not: not}
	case 2:
		return &IsBool{X: sub(), Not: not, Value: pick("TRUE", "FALSE", "UNKNOWN")}
	case 3:
		return &IsDistinct{L: sub(), R: sub(), Not: not}
	case 4:
		return &Between{X: sub(), Not: not, Symmetric: rng.Intn(3) == 0, Lo: sub(), Hi: sub()}
	case 5:
		return &In{X: sub(), Not: not, List: []Expr{sub(), sub()}}
	case 6:
		l := &Like{Op: pick("LIKE", "ILIKE", "SIMILAR TO"), Not: not, X: sub(), Pattern: sub()}
		if not {
			l.Escape = sub()
		}
		return l
	case 7:
		return &AnyAll{L: sub(), Op: pick("=", "<", "LIKE", "~", "+"), All: not, Array: sub()}
	case 8:
		return &AtTimeZone{X: sub(), Zone: sub()}
	case 9:
		return &Collate{X: sub(), Name: QName{{Text: "C", Quoted: true}}}
	case 10:
		return &Subscript{X: sub(), Index: sub()}
	case 11:
		return &StructAccess{X: sub(), Field: Name{Text: "f"}}
	case 12:
		return &Case{Whens: []When{{sub(), sub()}}, Else: sub()}
	default:
		return &Binary{Op: pick("OR", "AND", "=", "<", "<>", "||", "->", "->>", "~", "+", "-", "*", "/", "%", "^"), L: sub(), R: sub()}
	}
}

// checkPrecedence asserts that a tree printed with all parentheses, and with only those that
// it needs, parses to itself both times.
func checkPrecedence(t *testing.T, e Expr) {
	t.Helper()
	for _, text := range []string{PrintGrouped(e), Print(e)} {
		got, err := ParseExpr(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !sameTree(e, got) {
			t.Fatalf("%s\n\tparses to %s", text, PrintGrouped(got))
		}
	}
}

func FuzzPrecedence(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add(int64(1), 3)
	f.Fuzz(func(t *testing.T, seed int64, depth int) {
		checkPrecedence(t, randomTree(rand.New(rand.NewSource(seed)), max(depth, 0)%5))
	})
}

// TestPrecedence is FuzzPrecedence on fixed seeds.
func TestPrecedence(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for range 5000 {
		checkPrecedence(t, randomTree(rng, 1+rng.Intn(4)))
	}
}

// TestChains parses random unparenthesised chains: whatever is accepted must be
// a fixpoint of printing.
func TestChains(t *testing.T) {
	rng := rand.New(rand.NewSource(3))
	words := strings.Fields(`+ - * / % ^ || ~ -> = < <> AND OR NOT LIKE IN BETWEEN IS NULL TRUE DISTINCT FROM AT TIME ZONE ESCAPE
a b c 1 'x' ( ) [ ] :: int , ANY ALL CASE WHEN THEN END COLLATE "C" f( x. SELECT EXISTS ARRAY[ ROW( => $1 * . ~`)
	accepted := 0
	for range 30000 {
		var b strings.Builder
		for range 2 + rng.Intn(10) {
			fmt.Fprintf(&b, "%s ", words[rng.Intn(len(words))])
		}
		text := "SELECT " + b.String()
		checkText(t, text)
		if _, err := Parse(text); err == nil {
			accepted++
		}
	}
	if accepted < 100 {
		t.Errorf("only %d of the chains are accepted", accepted)
	}
}
