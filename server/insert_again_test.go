package server

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/types"
)

// anyLiteral is one that the columns of TestInsertAgain take, or do not.
func anyLiteral(rng *rand.Rand) string {
	list := []string{
		"NULL", "true", "FALSE", "0", "-7", "42", "007", "2147483647", "2147483648", "-2147483648", "999999999999999", "1234567890123456",
		"9223372036854775807", "9223372036854775808", "1.5", "-0.0", "0.1", "-12.3456789012345", "1.", ".5", "1e3", "+4", "- 5", "--5\n1",
		"''", "'it''s'", "'a'\n'b'", "'a' 'b'", "E'a\\n'", "'a\\n'", "'é$1'", "'12'", "'true'", "'1.5'", "'2024-01-01'", "'(1), (2)'", "DEFAULT", "1 + 1", "upper('x')",
	}
	return list[rng.IntN(len(list))]
}

// TestInsertAgain runs INSERTs of random literals through the shape of one before and through the parser: both give
// the same rows, or the same refusal.
func TestInsertAgain(t *testing.T) {
	f := open(t)
	for _, name := range []string{"a", "b"} {
		f.do("CREATE STREAM " + name + " (i INT, b BIGINT, d DOUBLE, s TEXT, v VARCHAR(3), o BOOLEAN, m DECIMAL(5, 2), w TIMESTAMP)")
	}
	heads := []string{
		"INSERT INTO %s VALUES", "insert into \"%s\" (b, s) values", "INSERT INTO %s(d,o)\n\tVALUES", "INSERT INTO public.%s (s) VALUES", "INSERT INTO %s (i, v) VALUES",
		"INSERT INTO %s (s, m) VALUES", "INSERT INTO %s (w) VALUES", "INSERT INTO %s (s, nope) VALUES", "INSERT INTO %s (b, b) VALUES",
	}
	kinds := []string{"ibdsvomw", "bs", "do", "s", "iv", "sm", "w", "ss", "bb"}
	plain := map[byte][]string{
		'i': {"0", "-7", "007", "2147483647", "NULL"}, 'b': {"42", "999999999999999", "null"}, 'd': {"1.5", "-0.0", "0", "-12.34567890123", "7"},
		's': {"''", "'it''s'", "'é$1, ('", "'a\nb'", "NULL"}, 'o': {"true", "False", "NULL"}, 'v': {"NULL"}, 'm': {"NULL"}, 'w': {"NULL"},
	}
	rng := rand.New(rand.NewPCG(1, 2))
	again := 0
	for range 4000 {
		h := rng.IntN(len(heads))
		var rows []string
		for range 1 + rng.IntN(3) {
			var row []string
			for i := range len(kinds[h]) - rng.IntN(20)/19 {
				fits := plain[kinds[h][i]]
				row = append(row, fits[rng.IntN(len(fits))])
				if rng.IntN(8) == 0 {
					row[i] = anyLiteral(rng)
				}
			}
			rows = append(rows, "("+strings.Join(row, ", ")+")")
		}
		values := " " + strings.Join(rows, ",") + []string{"", ";", " ; "}[rng.IntN(3)]
		fast := fmt.Sprintf(heads[h], "a") + values
		if f.ss.again(fast) != nil {
			again++
		}
		got, gotErr := f.try(fast)
		shapes := f.ss.shapes
		f.ss.shapes = nil
		want, wantErr := f.try(fmt.Sprintf(heads[h], "b") + values)
		f.ss.shapes = shapes
		if got != want || strings.ReplaceAll(fmt.Sprint(gotErr), `"a"`, `"b"`) != fmt.Sprint(wantErr) {
			t.Fatalf("%s\nby its shape: %s %v\nparsed:       %s %v", fast, got, gotErr, want, wantErr)
		}
	}
	a, b := strings.Split(f.do("SELECT i, b, d, s, v, o, m FROM a"), "; "), strings.Split(f.do("SELECT i, b, d, s, v, o, m FROM b"), "; ")
	slices.Sort(a)
	slices.Sort(b)
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("rows differ: %s, parsed %s", a[i], b[i])
		}
	}
	if len(a) != len(b) {
		t.Fatalf("%d rows, parsed %d", len(a), len(b))
	}
	if again < 1000 {
		t.Fatalf("only %d statements went by their shape", again)
	}
}

// TestInsertAgainAsksAnew: a shape holds for one catalog and one meaning, and is asked for its rights every time.
func TestInsertAgainAsksAnew(t *testing.T) {
	f := open(t)
	f.do("CREATE STREAM s (id BIGINT, note TEXT)")
	insert := func(n int) (string, error) { return f.try(fmt.Sprintf("INSERT INTO s VALUES (%d, 'x')", n)) }
	must := func(n int) {
		t.Helper()
		if _, err := insert(n); err != nil {
			t.Fatal(err)
		}
	}
	must(1)
	must(2)
	f.do("DROP STREAM s")
	if _, err := insert(3); err == nil {
		t.Fatal("inserted into a dropped stream")
	}
	f.do("CREATE STREAM s (note TEXT, id TEXT)")
	must(4)
	if got := f.do("SELECT note, id FROM s"); !strings.HasPrefix(got, "4,x") {
		t.Fatalf("rows %s", got)
	}
	f.do("CREATE ROLE other")
	must(5)
	f.do("SET ROLE other")
	if _, err := insert(6); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Fatalf("inserted without the right: %v", err)
	}
	f.do("RESET ROLE")
	f.do("BEGIN READ ONLY")
	if _, err := insert(7); err == nil {
		t.Fatal("inserted in a read-only transaction")
	}
	f.do("ROLLBACK")
	f.do("BEGIN")
	must(8)
	f.do("ROLLBACK")
	if got := f.do("SELECT count(*) FROM s"); !strings.HasPrefix(got, "2;") {
		t.Fatalf("%s rows", got)
	}
}

// do runs statements that must not fail.
func (f *fixture) do(text string) string {
	f.Helper()
	got, err := f.try(text)
	if err != nil {
		f.Fatalf("%s: %v", text, err)
	}
	return got
}

// TestPreparedInsertAgain: the second execution of a prepared INSERT writes what the first would have, with other
// values; it is bound anew when the catalog has changed.
func TestPreparedInsertAgain(t *testing.T) {
	f := open(t)
	ctx := t.Context()
	prepare := func(text string) func(args ...types.Value) error {
		t.Helper()
		p, err := f.ss.Prepare(ctx, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		return func(args ...types.Value) error {
			_, err := f.ss.Execute(ctx, p, args)
			return err
		}
	}
	f.do("CREATE STREAM s (id BIGINT, note TEXT, at TIMESTAMP, d DOUBLE)")
	for _, text := range []string{
		"INSERT INTO s VALUES ($1, $2, $3, $4)", "INSERT INTO s (d, at, id, note) VALUES ($4, $3, $1, $2)", "INSERT INTO s VALUES ($1, lower($2), $3, $4)",
	} {
		run := prepare(text)
		for i := range int64(3) {
			if err := run(i, fmt.Sprint("n", i), i*1_000_000, 0.5); err != nil {
				t.Fatal(err)
			}
		}
		if err := run(nil, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	one := "0,n0,1970-01-01 00:00:00+00,0.5; 1,n1,1970-01-01 00:00:01+00,0.5; 2,n2,1970-01-01 00:00:02+00,0.5; NULL,NULL,NULL,NULL; "
	f.is("SELECT * FROM s", one+one+one+"SELECT 12")
	run := prepare("INSERT INTO s (id, note) VALUES ($1, 'x')")
	for i := range int64(2) {
		if err := run(i); err != nil {
			t.Fatal(err)
		}
	}
	f.do("DROP STREAM s")
	if err := run(int64(3)); err == nil {
		t.Fatal("inserted into a dropped stream")
	}
	f.do("CREATE STREAM s (note TEXT, more TEXT, id BIGINT)")
	if err := run(int64(4)); err != nil {
		t.Fatal(err)
	}
	f.is("SELECT * FROM s", "x,NULL,4; SELECT 1")
}
