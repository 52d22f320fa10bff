package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCopyText(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT, t TEXT DEFAULT 'def')", "CREATE STREAM")
	for _, chunk := range []int{1, 3, 1000} {
		tag, err := f.copyIn("COPY s (k, v, t) FROM STDIN", "a\t1\tx\\ty\\\\\nb\t\\N\t\n", chunk)
		if err != nil || tag != "COPY 2" {
			t.Fatalf("chunk %d: %s, %v", chunk, tag, err)
		}
	}
	f.is(`SELECT k, v, t FROM s WHERE k = 'a' LIMIT 1`, "a,1,x\ty\\; SELECT 1")
	f.is("SELECT count(*), count(v) FROM s", "6,3; SELECT 1")
	if tag, err := f.copyIn("COPY s (k) FROM STDIN", "z\n", 9); err != nil || tag != "COPY 1" {
		t.Fatal(tag, err)
	}
	f.is("SELECT t FROM s WHERE k = 'z'", "def; SELECT 1")
	f.is("COPY (SELECT k, v, t FROM s WHERE k <> 'z' LIMIT 2) TO STDOUT", "a\t1\tx\\ty\\\\\nb\t\\N\t\nCOPY 2")
}

func TestCopyCSV(t *testing.T) {
	f := open(t)
	f.is("CREATE TABLE t (id INT PRIMARY KEY, v TEXT, d DOUBLE PRECISION)", "CREATE TABLE")
	data := "id,v,d\r\n1,\"a,\"\"b\"\"\nc\",1.5\r\n2,,\r\n3,\"\",-2e3"
	for _, chunk := range []int{1, 7, 1000} {
		if tag, err := f.copyIn("COPY t FROM STDIN WITH (FORMAT csv, HEADER)", data, chunk); err != nil || tag != "COPY 3" {
			t.Fatalf("chunk %d: %s, %v", chunk, tag, err)
		}
	}
	f.is("SELECT * FROM t ORDER BY id", "1,a,\"b\"\nc,1.5; 2,NULL,NULL; 3,,-2000; SELECT 3")
	f.is("COPY t TO STDOUT WITH (FORMAT csv, HEADER)", "id,v,d\n1,\"a,\"\"b\"\"\nc\",1.5\n2,,\n3,\"\",-2000\nCOPY 3")
	f.is("COPY (SELECT id, v FROM t WHERE id = 2) TO STDOUT WITH (FORMAT json)", "{\"id\":2,\"v\":null}\nCOPY 1")
}

// A bad line stops the copy, with its place, and nothing of it is written; with
// ON_ERROR dlq it goes to the dead-letter stream and the rest is written.
func TestCopyErrors(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT NOT NULL)", "CREATE STREAM")
	bad := "a,1\nb,x\nc\nd,4,5\ne,\nf,6\n"
	_, err := f.copyIn("COPY s FROM STDIN WITH (FORMAT csv)", bad, 5)
	var ce copyError
	if !errors.As(err, &ce) || ce.Where() != "COPY s, line 2, column v" || !strings.Contains(err.Error(), "22P02") {
		t.Fatalf("error %v", err)
	}
	f.is("SELECT count(*) FROM s", "0; SELECT 1")
	tag, err := f.copyIn("COPY s FROM STDIN WITH (FORMAT csv, ON_ERROR dlq)", bad, 5)
	if err != nil || tag != "COPY 2" {
		t.Fatal(tag, err)
	}
	if got := f.heard(); got != "NOTICE: 4 lines could not be read, see s_errors" {
		t.Errorf("heard %s", got)
	}
	f.is("SELECT k FROM s ORDER BY k", "a; f; SELECT 2")
	f.is(`SELECT "offset", value, code, "column" FROM s_errors ORDER BY 1`,
		"2,b,x,22P02,v; 3,c,22P04,NULL; 4,d,4,5,22P04,NULL; 5,e,,23502,v; SELECT 4")
	f.is(`SELECT stream, count(*) FROM leat.errors GROUP BY stream`, "s,4; SELECT 1")
}

func TestCopyJSON(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT, m MAP<TEXT, INT>)", "CREATE STREAM")
	tag, err := f.copyIn("COPY s FROM STDIN WITH (FORMAT json)", "{\"k\":\"a\",\"v\":1,\"m\":{\"x\":1}}\n{\"v\":2,\"k\":\"b\"}\n", 10)
	if err != nil || tag != "COPY 2" {
		t.Fatal(tag, err)
	}
	if tag, err = f.copyIn("COPY s FROM STDIN WITH (FORMAT json)", "{\"k\":\"c\"}\n\\.\n", 10); err != nil || tag != "COPY 1" {
		t.Fatal("with psql's end marker:", tag, err)
	}
	f.is("SELECT k, v FROM s ORDER BY k", "a,1; b,2; c,NULL; SELECT 3")
	_, err = f.copyIn("COPY s FROM STDIN WITH (FORMAT json)", "{\"k\":\"a\",\"v\":\"?\"}\n", 10)
	if err == nil {
		t.Error("a bad line was accepted")
	}
}

func TestCopyBinary(t *testing.T) {
	f := open(t)
	f.is("CREATE TABLE t (id INT PRIMARY KEY, v TEXT, n NUMERIC(6,2))", "CREATE TABLE")
	f.is("INSERT INTO t VALUES (1, 'x', 1.5), (2, NULL, -3)", "INSERT 0 2")
	out, err := f.try("COPY t TO STDOUT WITH (FORMAT binary)")
	if err != nil {
		t.Fatal(err)
	}
	f.is("CREATE TABLE u (id INT PRIMARY KEY, v TEXT, n NUMERIC(6,2))", "CREATE TABLE")
	for _, chunk := range []int{1, 5, 1000} {
		tag, err := f.copyIn("COPY u FROM STDIN WITH (FORMAT binary)", strings.TrimSuffix(out, "COPY 2"), chunk)
		if err != nil || tag != "COPY 2" {
			t.Fatal(tag, err)
		}
	}
	f.is("SELECT * FROM u ORDER BY id", "1,x,1.50; 2,NULL,-3.00; SELECT 2")
}

// A stray quote spoils its own line, not the ones after it; an unclosed one at
// the start of a field reaches to the next quote or to the end.
func TestCopyStrayQuotes(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v TEXT)", "CREATE STREAM")
	data := "a,x\"y\nb,a\"\"b\nc,\"q\"z\nd,\"two\nlines\"\ne,\"\"\"\"\nf,\"open\ng,1\n"
	for _, chunk := range []int{1, 2, 5, 1000} {
		if tag, err := f.copyIn("COPY s FROM STDIN WITH (FORMAT csv, ON_ERROR dlq)", data, chunk); err != nil || tag != "COPY 2" {
			t.Fatalf("chunk %d: %s, %v", chunk, tag, err)
		}
		if got := f.heard(); got != "NOTICE: 4 lines could not be read, see s_errors" {
			t.Errorf("chunk %d: heard %s", chunk, got)
		}
	}
	f.is("SELECT DISTINCT k, v FROM s ORDER BY k", "d,two\nlines; e,\"; SELECT 2")
}

// TestQuickCopyNeverChangesTheAnswer copies the same fields as csv and text, where
// rows of plain fields go the quick way, and quoted, where none does.
func TestQuickCopyNeverChangesTheAnswer(t *testing.T) {
	numbers := []string{"1", "-17", "999999999999999999", "9999999999999999999", " 5", "", "x", "+1", "1e3"}
	texts := []string{"a", "", "é", "\xff", "long text, but for the comma", "\x00"}
	times := []string{"2015-07-15T01:02:03Z", "2015-07-15 01:02:03.123Z", "2015-07-15", "2015-02-30T00:00:00Z", "2015-07-15 01:02:03+02", "soon"}
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	var plain, quoted, text strings.Builder
	for range 3000 {
		n, s, at := pick(numbers), strings.ReplaceAll(pick(texts), ",", ""), pick(times)
		fmt.Fprintf(&plain, "%s,%s,%s\n", n, s, at)
		fmt.Fprintf(&quoted, "\"%s\",\"%s\",\"%s\"\n", n, s, at)
		fmt.Fprintf(&text, "%s\t%s\t%s\n", n, s, at)
	}
	quick := copied(t, "csv, NULL 'none'", plain.String())
	if slow := copied(t, "csv, NULL 'none'", quoted.String()); quick != slow {
		t.Errorf("csv: got %s, want %s", quick, slow)
	}
	if other := copied(t, "text, NULL 'none'", text.String()); quick != other {
		t.Errorf("text: got %s, want %s", other, quick)
	}
}

// copied gives what a copy accepts and what it rejects.
func copied(t *testing.T, format, data string) string {
	t.Helper()
	f := open(t)
	f.is("CREATE STREAM s (n BIGINT, t TEXT, at TIMESTAMP)", "CREATE STREAM")
	tag, err := f.copyIn("COPY s FROM STDIN WITH (ON_ERROR dlq, FORMAT "+format+")", data, 1000)
	if err != nil {
		t.Fatal(err)
	}
	rows, err1 := f.try("SELECT n, t, at FROM s")
	bad, err2 := f.try(`SELECT "offset", code, "column", reason FROM s_errors ORDER BY 1`)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return fmt.Sprint(tag, rows, bad)
}
