package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "leat-e2e-")
	if err != nil {
		panic(err)
	}
	if binary, err = Build("../..", dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func start(t *testing.T) (*Node, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	n, err := Start(ctx, binary, filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Errorf("stop: %v\n%s", err, n.Log())
		}
		cancel()
	})
	return n, ctx
}

func needPsql(t *testing.T) {
	t.Helper()
	if !HasPsql() {
		t.Skip("psql is not installed")
	}
}

func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LEAT_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared is absent: its data cannot be loaded")
	}
	return dir
}

// TestQuestions answers the questions of ../shared/data/README.md through psql:
// flights and airports by COPY csv, edits by COPY json, quakes by INSERT. The
// files are the goldens of testdata/questions.
func TestQuestions(t *testing.T) {
	needPsql(t)
	dir := shared(t)
	files, err := filepath.Glob("../../testdata/questions/*.slt")
	if err != nil || len(files) != 3 {
		t.Fatalf("question files: %v, %v", files, err)
	}
	asked := 0
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			n, ctx := start(t)
			steps, err := ReadSteps(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, st := range steps {
				if st.Kind == "load" {
					load(ctx, t, n, st, filepath.Join(dir, st.File))
					continue
				}
				got, err := n.Psql(ctx, "-c", st.SQL)
				if err != nil {
					t.Fatalf("line %d: %v", st.Line, err)
				}
				if st.Kind == "query" {
					asked++
					if g, w := strings.Join(got, "\n"), strings.Join(st.Want, "\n"); g != w {
						t.Errorf("line %d: %s\ngot:\n%s\nwant:\n%s", st.Line, st.SQL, g, w)
					}
				}
			}
		})
	}
	if asked < 9 {
		t.Errorf("asked %d questions, want at least 9", asked)
	}
}

func load(ctx context.Context, t *testing.T, n *Node, st Step, file string) {
	t.Helper()
	var err error
	switch {
	case st.Table == "quakes":
		err = insertJSON(ctx, n, st.Table, file)
	case st.Format == "csv":
		_, err = n.Psql(ctx, "-c", fmt.Sprintf(`\copy %s FROM '%s' WITH (FORMAT csv, HEADER)`, st.Table, file))
	default:
		_, err = n.Psql(ctx, "-c", fmt.Sprintf(`\copy %s FROM '%s' WITH (FORMAT json)`, st.Table, file))
	}
	if err != nil {
		t.Fatalf("line %d: load %s: %v", st.Line, st.File, err)
	}
}

// insertJSON writes a JSON lines file as multi-row INSERT statements through
// psql -f.
func insertJSON(ctx context.Context, n *Node, table, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	var script bytes.Buffer
	sc := bufio.NewScanner(f)
	var rows []string
	var cols []string
	flush := func() {
		if len(rows) > 0 {
			fmt.Fprintf(&script, "INSERT INTO %s (%s) VALUES\n%s;\n", table, strings.Join(cols, ", "), strings.Join(rows, ",\n"))
		}
		rows = rows[:0]
	}
	for sc.Scan() {
		names, vals, err := sqlValues(sc.Bytes())
		if err != nil {
			return err
		}
		cols = names
		rows = append(rows, "("+strings.Join(vals, ", ")+")")
		if len(rows) == 500 {
			flush()
		}
	}
	flush()
	name := file[strings.LastIndex(file, "/")+1:]
	tmp, err := os.CreateTemp("", name+"-*.sql")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	if _, err := tmp.Write(script.Bytes()); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	_, err = n.Psql(ctx, "-f", tmp.Name())
	return err
}

// sqlValues turns a flat JSON object into column names and SQL literals, in the
// order of the text.
func sqlValues(line []byte) (names, vals []string, err error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		return nil, nil, err
	}
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		v, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		names = append(names, fmt.Sprintf("%q", k))
		switch v := v.(type) {
		case nil:
			vals = append(vals, "NULL")
		case string:
			vals = append(vals, "'"+strings.ReplaceAll(v, "'", "''")+"'")
		default:
			vals = append(vals, fmt.Sprint(v))
		}
	}
	return names, vals, nil
}

const tailDDL = "CREATE STREAM s (k TEXT KEY, v INT)"

// insertSoon inserts rows on a connection of its own until the reader has its
// first row. An insert that was made before the reader had subscribed is not
// seen by it; the one it sees must be there within a second.
func insertSoon(ctx context.Context, t *testing.T, n *Node, got <-chan struct{}) {
	t.Helper()
	conn, err := pgx.Connect(ctx, n.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for i := 0; ; i++ {
		if i > 5 {
			t.Fatal("six inserts, each a second apart, and no row")
		}
		if _, err := conn.Exec(ctx, "INSERT INTO s VALUES ('k', $1)", i); err != nil {
			t.Fatal(err)
		}
		select {
		case <-got:
			return
		case <-time.After(time.Second):
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
	}
}

// TestTailPsql sees the first row of a push query within a second of an INSERT
// elsewhere, by COPY TO STDOUT and by FETCH_COUNT; Ctrl-C ends it and the
// connection answers the next statement.
func TestTailPsql(t *testing.T) {
	needPsql(t)
	n, ctx := start(t)
	if _, err := n.Psql(ctx, "-c", tailDDL); err != nil {
		t.Fatal(err)
	}
	// On a terminal psql asks for its locale's encoding: UTF8, or SQL_ASCII where
	// the locale is C or unset.
	for _, c := range []struct{ name, locale, script string }{
		{"copy", "C.UTF-8", "COPY (SELECT k, v FROM s EMIT CHANGES) TO STDOUT;\n"},
		{"fetch", "C.UTF-8", "\\set FETCH_COUNT 1\nSELECT k, v FROM s EMIT CHANGES;\n"},
		{"plain locale", "C", "COPY (SELECT k, v FROM s EMIT CHANGES) TO STDOUT;\n"},
	} {
		t.Run(c.name, func(t *testing.T) { tailPsql(ctx, t, n, c.locale, c.script) })
	}
}

// tailPsql runs psql on a terminal of its own, made by script(1): in a pipe psql
// ends a script at the first Ctrl-C.
func tailPsql(ctx context.Context, t *testing.T, n *Node, locale, text string) {
	psql := n.PsqlCommand(ctx, "-v", "ON_ERROR_STOP=0", "-v", "PROMPT1=", "-v", "PROMPT2=", "--no-readline")
	// The shell of script(1) gives its place to psql: one that waited for it would
	// end by the same Ctrl-C, with 130 for its status (dash does, bash does not).
	cmd := exec.CommandContext(ctx, "script", "-qec", "exec "+shellQuote(psql.Args), "/dev/null")
	cmd.Env = append(psql.Env, "SHELL=/bin/sh", "LC_ALL="+locale)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	got := make(chan struct{})
	rest := make(chan []string, 1)
	go func() { rest <- readRows(out, got) }()
	insertSoon(ctx, t, n, got)
	awaitActive(ctx, t, n)
	if _, err := in.Write([]byte("\x03SELECT 'still ' || 'here';\n\\q\n")); err != nil {
		t.Fatal(err)
	}
	lines := <-rest
	if err := cmd.Wait(); err != nil {
		t.Fatalf("psql: %v\n%s", err, strings.Join(lines, "\n"))
	}
	all := strings.Join(lines, "\n")
	for _, want := range []string{"canceling statement due to user request", "still here"} {
		if !strings.Contains(all, want) {
			t.Errorf("the terminal does not show %q:\n%s", want, all)
		}
	}
}

// awaitActive waits until a statement of another session waits for rows: psql
// says nothing of a Ctrl-C that comes between two of its FETCHes.
func awaitActive(ctx context.Context, t *testing.T, n *Node) {
	t.Helper()
	for range 200 {
		lines, err := n.Psql(ctx, "-c", "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()")
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) == 1 && lines[0] != "0" {
			return
		}
	}
	t.Fatal("no statement waits for rows")
}

// rowLine is a row of the stream as psql prints it, by COPY or unaligned.
var rowLine = regexp.MustCompile(`^k[ \t]\d+$`)

// readRows reads a terminal to its end; got is closed at the first row.
func readRows(out io.Reader, got chan<- struct{}) []string {
	var lines []string
	sc := bufio.NewScanner(out)
	for sc.Scan() {
		line := strings.TrimRight(sc.Text(), "\r")
		if rowLine.MatchString(line) && got != nil {
			close(got)
			got = nil
		}
		lines = append(lines, line)
	}
	return lines
}

func shellQuote(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}

// TestTailPgx reads a push query with Query and ends it by cancelling, on all
// of pgx's ways to execute.
func TestTailPgx(t *testing.T) {
	n, ctx := start(t)
	setup, err := pgx.Connect(ctx, n.URL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := setup.Exec(ctx, tailDDL); err != nil {
		t.Fatal(err)
	}
	_ = setup.Close(ctx)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		t.Run(mode.String(), func(t *testing.T) {
			conn, err := pgx.Connect(ctx, n.URL())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close(ctx) }()
			// pgx waits in Query for the first message of a known statement's result.
			var rows pgx.Rows
			var queryErr error
			got := make(chan struct{})
			go func() {
				defer close(got)
				if rows, queryErr = conn.Query(ctx, "SELECT k, v FROM s EMIT CHANGES LIMIT 1", mode); queryErr == nil && !rows.Next() {
					queryErr = fmt.Errorf("no row: %w", rows.Err())
				}
			}()
			insertSoon(ctx, t, n, got)
			if queryErr != nil {
				t.Fatal(queryErr)
			}
			rows.Close()
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			var one int
			if err := conn.QueryRow(ctx, "SELECT 1").Scan(&one); err != nil || one != 1 {
				t.Errorf("next statement: %d, %v", one, err)
			}
		})
	}
}

// TestRestart finds everything as it was after SIGTERM and after SIGKILL.
func TestRestart(t *testing.T) {
	n, ctx := start(t)
	exec := func(q string) {
		t.Helper()
		conn, err := pgx.Connect(ctx, n.URL())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.Exec(ctx, q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	exec("CREATE STREAM s (k TEXT KEY, v INT)")
	exec("CREATE TABLE t AS SELECT k, count(*) AS n, sum(v) AS total FROM s GROUP BY k")
	want := 0
	for round, end := range []func() error{n.Stop, func() error { n.Kill(); return nil }, n.Stop} {
		exec(fmt.Sprintf("INSERT INTO s VALUES ('a', %d), ('b', 1)", round))
		want++
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := n.Restart(ctx); err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(ctx, n.URL())
		if err != nil {
			t.Fatal(err)
		}
		var count int
		if err := conn.QueryRow(ctx, "SELECT n FROM t WHERE k = 'a'").Scan(&count); err != nil || count != want {
			t.Errorf("round %d: count %d, %v; want %d", round, count, err, want)
		}
		_ = conn.Close(ctx)
	}
}
