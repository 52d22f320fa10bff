package sql

import (
	"reflect"
	"testing"

	"github.com/leatdb/leat/sql/sqlerr"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
		open bool
	}{
		{"", nil, false},
		{" ; ;-- nothing\n", nil, false},
		{"SELECT 1", []string{"SELECT 1"}, true},
		{"SELECT 1;", []string{"SELECT 1"}, false},
		{" SELECT 1 ; SELECT ';' -- ;\n, 2 ; ", []string{"SELECT 1", "SELECT ';' -- ;\n, 2"}, false},
		{"DO $$ a; b $$; SELECT \"a;b\", `c;d`", []string{"DO $$ a; b $$", "SELECT \"a;b\", `c;d`"}, true},
		{"SELECT 'abc", []string{"SELECT 'abc"}, true},
		{"SELECT 1; /* open", []string{"SELECT 1", "/* open"}, true},
		{"SELECT 1; 'x\n", []string{"SELECT 1", "'x"}, true},
		{"SELECT ${x}; SELECT \x01 2;", []string{"SELECT ${x}", "SELECT \x01 2"}, false},
		{"SELECT /* a; /* b */ ; */ 1;", []string{"SELECT /* a; /* b */ ; */ 1"}, false},
		{"SELECT E'\\';';", []string{"SELECT E'\\';'"}, false},
	} {
		var got []string
		for _, s := range Split(c.text) {
			got = append(got, s.Text)
			if c.text[s.Start:s.End] != s.Text {
				t.Errorf("%q: offsets %d..%d are not those of %q", c.text, s.Start, s.End, s.Text)
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
		if IsIncomplete(c.text) != c.open {
			t.Errorf("%q: incomplete is %v", c.text, !c.open)
		}
	}
}

func TestSubstitute(t *testing.T) {
	vars := map[string]string{"n": "5", "neg": "-5", "name": "orders", "text": "it's", "evil": "1; DROP TABLE t", "two": "a b", "lit": "'x'", "quoted": `"A b"`}
	lookup := func(name string) (string, bool) {
		v, ok := vars[Name{Text: name}.Fold(false)]
		return v, ok
	}
	for _, c := range []struct{ text, want string }{
		{"SELECT 1", "SELECT 1"},
		{"SELECT * FROM ${NAME} LIMIT ${n}", "SELECT * FROM orders LIMIT 5"},
		{"SELECT '${text}', ${lit}, ${neg}, ${quoted}", `SELECT 'it''s', 'x', -5, "A b"`},
		{"SELECT '${evil} and ${two}'", "SELECT '1; DROP TABLE t and a b'"},
		{`SELECT "${two}", ` + "`x${n}`", `SELECT "a b", ` + "`x5`"},
		{"SELECT ${unknown}, '${unknown}', $1, ${}, ${a b}", "SELECT ${unknown}, '${unknown}', $1, ${}, ${a b}"},
		{"SELECT 'it''s ${n}' -- ${evil}\n/* ${evil} */ ${n}", "SELECT 'it''s 5' -- ${evil}\n/* ${evil} */ 5"},
	} {
		got, err := Substitute(c.text, lookup)
		if err != nil || got != c.want {
			t.Errorf("%s\n\tgot  %s, %v\n\twant %s", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"SELECT ${evil}", "SELECT ${two}", "DROP TABLE ${text}"} {
		_, err := Substitute(text, lookup)
		if !sqlerr.Is(err, sqlerr.SyntaxError) || sqlerr.From(err).Pos == 0 {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		in    string
		upper bool
		want  string
	}{
		{"abc", false, "abc"}, {"abc", true, `"abc"`}, {"ABC", true, "ABC"}, {"ABC", false, `"ABC"`},
		{"a b", false, `"a b"`}, {"select", false, `"select"`}, {"1a", false, `"1a"`}, {`a"b`, false, `"a""b"`}, {"key", false, "key"}, {"", false, `""`},
	} {
		if got := QuoteIdent(c.in, c.upper); got != c.want {
			t.Errorf("QuoteIdent(%q, %v) = %s, want %s", c.in, c.upper, got, c.want)
		}
	}
	n := Name{Text: "aBc"}
	if n.Fold(true) != "ABC" || n.Fold(false) != "abc" || n.Ident(true) != "ABC" || !n.Is("abc") {
		t.Errorf("folding of %v is wrong", n)
	}
	q := Name{Text: "aBc", Quoted: true}
	if q.Fold(true) != "aBc" || q.Ident(true) != `"aBc"` || q.Is("abc") {
		t.Errorf("folding of %v is wrong", q)
	}
}

func TestWalk(t *testing.T) {
	s, err := ParseOne("SELECT a, f(b::int) FROM t JOIN (SELECT c FROM u) x ON a = c WHERE d IN (SELECT e FROM v) GROUP BY g ORDER BY h LIMIT i")
	if err != nil {
		t.Fatal(err)
	}
	var cols, tables []string
	skipped := false
	Walk(s, func(n Node) bool {
		switch n := n.(type) {
		case *ColumnRef:
			cols = append(cols, Print(n))
		case *Table:
			tables = append(tables, Print(n))
		case *InQuery:
			skipped = true
			return false
		}
		return true
	})
	if !reflect.DeepEqual(cols, []string{"a", "b", "c", "a", "c", "g", "h", "i"}) || !reflect.DeepEqual(tables, []string{"t", "u"}) || !skipped {
		t.Errorf("got columns %q, tables %q", cols, tables)
	}
}

// TestPositions holds the place of each kind of node, as the text from it on.
func TestPositions(t *testing.T) {
	const text = `SELECT a + b, NOT c, d IS NULL, e IN (1), f BETWEEN 1 AND 2, g::int, h->i, j(k) OVER w, CASE WHEN l THEN m END,
 (n).o, p[1], ARRAY[q], EXISTS (SELECT 1), (SELECT 2), r = ANY (s), t LIKE u, -v, CAST(w AS int), (x, y), z AT TIME ZONE 'U'`
	s, err := ParseOne(text)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"+ b", "NOT c", "IS NULL", "IN (1)", "BETWEEN 1", "::int", "->i", "j(k)", "CASE", ".o", "[1]", "ARRAY", "EXISTS", "(SELECT 2",
		"= ANY", "LIKE u", "-v", "CAST", "(x, y", "AT TIME"}
	items := s.(*QueryStmt).Query.Body.(*Select).Items
	for i, w := range want {
		pos := items[i].Expr.Position()
		if got := text[pos:min(pos+len(w), len(text))]; got != w {
			t.Errorf("%s is at %q, want %q", Print(items[i].Expr), got, w)
		}
	}
}

func TestParseOne(t *testing.T) {
	for text, code := range map[string]string{"": sqlerr.SyntaxError, "SELECT 1; SELECT 2": sqlerr.SyntaxError, "SELECT 1;": "", ";;SELECT 1": ""} {
		if _, err := ParseOne(text); (err == nil) != (code == "") || err != nil && !sqlerr.Is(err, code) {
			t.Errorf("%q: got %v", text, err)
		}
	}
	if typ, err := ParseTypeName("MAP<STRING, ARRAY<STRUCT<a INT, b DECIMAL(4, 2)>>>"); err != nil || Print(typ) != "MAP<STRING, ARRAY<STRUCT<a INT, b DECIMAL(4, 2)>>>" {
		t.Errorf("got %v", err)
	}
	if _, err := ParseTypeName("INT x"); !sqlerr.Is(err, sqlerr.SyntaxError) {
		t.Errorf("got %v", err)
	}
	if _, err := ParseExpr("a b"); !sqlerr.Is(err, sqlerr.SyntaxError) {
		t.Errorf("got %v", err)
	}
}

// TestLiteralRows holds that the short way of INSERT gives what TiDB's way gives.
func TestLiteralRows(t *testing.T) {
	for _, values := range []string{
		"VALUES (1, -2.5, 'x', NULL, TRUE, $1), (2, 3, 4, 5, false, 'y')", "VALUES (DEFAULT)", "VALUES (1 + 1)", "VALUES (- -1), (-$1)", "VALUES ('a' 'b')",
		"VALUES (1", "VALUES (1,)", "VALUES ()", "VALUES (1) LIMIT 1", "VALUES (1), (2) UNION SELECT 3", "VALUES 1", "VALUES (1),", "VALUES (-'x')",
	} {
		q, queryErr := ParseOne(values)
		s, insertErr := ParseOne("INSERT INTO t " + values)
		if (queryErr == nil) != (insertErr == nil) {
			t.Errorf("%s: as a query %v, in INSERT %v", values, queryErr, insertErr)
			continue
		}
		if queryErr == nil && !sameTree(q.(*QueryStmt).Query, s.(*Insert).Query) {
			t.Errorf("%s: %s", values, Print(s))
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"one":    "SELECT 1",
		"insert": "INSERT INTO t (a, b, c) VALUES (1, 'x', 2.5)",
		"stream": "CREATE STREAM s AS SELECT k, count(*) AS n FROM t WINDOW TUMBLING (SIZE 1 MINUTE) WHERE v > 3 GROUP BY k EMIT CHANGES",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
