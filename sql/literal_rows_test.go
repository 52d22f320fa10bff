package sql

import (
	"testing"

	"github.com/leatdb/leat/internal/fuzzing"
)

// FuzzLiteralRows: what LiteralRows takes for an INSERT of literals is one, with as many of them, by the parser too.
func FuzzLiteralRows(tf *testing.F) {
	f := fuzzing.On(tf)
	for _, text := range []string{
		"INSERT INTO t VALUES (1, 'a')", `insert into "T".u (a, "b c") values (NULL, true), (-1.5, '''');`, "INSERT INTO t VALUES ('a'\n'b')",
		"INSERT INTO t VALUES (1) RETURNING *", "INSERT INTO t (VALUES (1))", "INSERT INTO values VALUES (1)", "INSERT t VALUES (1)", "INSERT INTO t () VALUES (1)",
		"INSERT INTO t VALUES (- 1)", "INSERT INTO t VALUES (--1\n2)", "INSERT INTO t VALUES (1 2)", "INSERT INTO t VALUES (1.), (1e5)", "INSERT INTO t VALUES (1)(2)",
		"INSERT INTO t WITH (a) VALUES (1)", "INSERT INTO t SELECT 1 VALUES (1)", `INSERT INTO "a""b" VALUES (0.0, '')`, "INSERT INTO t AS x VALUES (false)",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		head, literals, width, ok := LiteralRows(text, nil)
		if !ok {
			return
		}
		if width == 0 || len(literals)%width != 0 || len(head) > len(text) {
			t.Fatalf("%q: %d literals, %d a row", text, len(literals), width)
		}
		stmts, err := Parse(text)
		if err != nil {
			return // its head is none: no statement that begins so has run
		}
		x, insert := stmts[0].(*Insert)
		if len(stmts) != 1 || !insert || x.Query == nil {
			t.Fatalf("%q is no INSERT of VALUES", text)
		}
		v, values := x.Query.Body.(*Values)
		if !values || len(v.Rows) != len(literals)/width || len(x.Returning) > 0 {
			t.Fatalf("%q has not %d rows of literals", text, len(literals)/width)
		}
		for i, row := range v.Rows {
			for j, e := range row {
				if s, ok := e.(*String); ok && (literals[i*width+j].Kind != LiteralString || literals[i*width+j].Text != s.Value) {
					t.Fatalf("%q: %v is %q", text, literals[i*width+j], s.Value)
				}
			}
		}
	})
}
