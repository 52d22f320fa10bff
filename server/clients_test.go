package server

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql/types"
)

// What real clients turned out to rely on; internal/clients runs them.

// psycopg 3 looks for the signature and the first row of a binary COPY in one
// message, and for the trailer there when there is no row.
func TestBinaryCopySignature(t *testing.T) {
	f := open(t)
	f.is("CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE")
	row := "\x00\x01\x00\x00\x00\x04\x00\x00\x00\x07"
	for _, want := range [][]string{{"\xff\xff"}, {row, "\xff\xff"}} {
		err := f.ss.Simple(t.Context(), "COPY t TO STDOUT WITH (FORMAT binary)", func(r *pgwire.Result) error {
			for i := 0; ; i++ {
				b, err := r.CopyOut.Next(t.Context())
				if errors.Is(err, io.EOF) {
					if i != len(want) {
						t.Errorf("%d messages, want %d", i, len(want))
					}
					return nil
				}
				if err != nil {
					return err
				}
				w := want[min(i, len(want)-1)]
				if i == 0 {
					w = string(copySignature) + strings.Repeat("\x00", 8) + w
				}
				if string(b) != w {
					t.Errorf("message %d is %q, want %q", i, b, w)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		f.is("INSERT INTO t VALUES (7)", "INSERT 0 1")
	}
}

// psqlODBC declares its cursors WITH HOLD inside a transaction and uses the name
// again after ROLLBACK; a cursor of an earlier transaction outlives it.
func TestRollbackClosesHeldCursors(t *testing.T) {
	f := open(t)
	f.is("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; ROLLBACK", "BEGIN | DECLARE CURSOR | ROLLBACK")
	f.fails("FETCH 1 FROM c", "34000")
	f.is("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; COMMIT", "BEGIN | DECLARE CURSOR | COMMIT")
	f.is("BEGIN; ROLLBACK", "BEGIN | ROLLBACK")
	f.is("FETCH 1 FROM c", "1; FETCH 1")
}

// psqlODBC and JDBC ask for the level that a session's default gives.
func TestTransactionDefaults(t *testing.T) {
	f := open(t)
	f.is("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET")
	f.is("SHOW transaction_isolation", "serializable; SHOW")
	f.is("BEGIN; SHOW transaction_isolation; COMMIT", "BEGIN | serializable; SHOW | COMMIT")
	f.is("BEGIN ISOLATION LEVEL READ COMMITTED; SHOW transaction_isolation; COMMIT", "BEGIN | read committed; SHOW | COMMIT")
}

func TestCatalogForClients(t *testing.T) {
	f := open(t)
	f.is("CREATE TABLE t (a TEXT, n INT, PRIMARY KEY (a, n))", "CREATE TABLE")
	f.is("CREATE STREAM s (a TEXT)", "CREATE STREAM")
	f.is("SELECT relname, relhasindex FROM pg_class WHERE relname IN ('t', 's') ORDER BY 1", "s,f; t,t; SELECT 2") // psql's \d
	f.is("SELECT 'trigger'::regtype, '\"pg_catalog\".\"int4\"'::regtype", "trigger,integer; SELECT 1")             // pgcli, TypeORM
	f.is("SELECT pg_get_function_sqlbody(0)", "NULL; SELECT 1")                                                    // psql's \df+
}

// Drivers ask which column of which table a result column is: JDBC for result
// sets that write back, psycopg2 in its description.
func TestOrigins(t *testing.T) {
	f := open(t)
	f.is("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)", "CREATE TABLE")
	f.is("CREATE TABLE u (id INT PRIMARY KEY, w TEXT)", "CREATE TABLE")
	cat := f.srv.catalog.Current()
	oid := func(name string) uint32 {
		r, _ := cat.Relation("", name)
		return r.OID
	}
	type place struct {
		table uint32
		attr  uint16
	}
	tt, u := oid("t"), oid("u")
	for q, want := range map[string][]place{
		"SELECT * FROM t": {{tt, 1}, {tt, 2}},
		"SELECT v AS x, id + 1, upper(v), t.id FROM t":                {{tt, 2}, {}, {}, {tt, 1}},
		"SELECT a.*, b.w, v FROM t a JOIN u b ON a.id = b.id":         {{tt, 1}, {tt, 2}, {u, 2}, {tt, 2}},
		"SELECT w FROM t AS v JOIN u AS t ON v.id = t.id":             {{u, 2}},
		"WITH t AS (SELECT 1 AS id) SELECT id FROM t":                 {{}},
		"SELECT id FROM (SELECT id FROM t) AS s":                      {{}},
		"SELECT id FROM t UNION SELECT id FROM u":                     {{}},
		"SELECT id, v FROM t JOIN u USING (id)":                       {{}, {}},
		"SELECT oid, relname FROM pg_class":                           {{1259, 1}, {1259, 2}},
		"SELECT id, v FROM t EMIT CHANGES":                            {{tt, 1}, {tt, 2}},
		"SELECT 1":                                                    {{}},
		"SELECT v, count(*) FROM t GROUP BY v":                        {{tt, 2}, {}},
		"SELECT id::bigint, id FROM t AS x(id, v)":                    {{}, {}},
		"SELECT (SELECT max(id) FROM u), v FROM t WHERE id = 1":       {{}, {tt, 2}},
		"SELECT x.id FROM t AS x, u AS y WHERE x.id = y.id LIMIT 1":   {{tt, 1}},
		"SELECT public.t.v FROM public.t":                             {{}},
		"SELECT t.v FROM public.t ORDER BY id DESC LIMIT 1 OFFSET $1": {{tt, 2}},
	} {
		p, err := f.ss.Prepare(t.Context(), q, nil)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		for i, c := range p.Columns {
			if got := (place{c.Table, c.Attr}); got != want[i] {
				t.Errorf("%s: column %d is of %v, want %v", q, i+1, got, want[i])
			}
		}
	}
}

// asyncpg prepares EXPLAIN with the statement's parameters; pg8000, SQLAlchemy
// and postgres.js bind names of relations.
func TestParametersOfClients(t *testing.T) {
	_, addr := serve(t)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "postgres://me@"+addr+"/leat?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "CREATE TABLE t (id INT PRIMARY KEY, v TEXT)"); err != nil {
		t.Fatal(err)
	}
	st, err := conn.Prepare(ctx, "", "EXPLAIN (FORMAT JSON) SELECT v FROM t WHERE id = $1 AND v = $2")
	if err != nil {
		t.Fatal(err)
	}
	if o := st.ParamOIDs; len(o) != 2 || o[0] != types.TInt.OID() || o[1] != types.TString.OID() {
		t.Errorf("parameters of EXPLAIN: %v", o)
	}
	var plan string
	if err := conn.QueryRow(ctx, "EXPLAIN SELECT v FROM t WHERE id = $1", 1).Scan(&plan); err != nil || plan == "" {
		t.Errorf("EXPLAIN with a parameter: %q, %v", plan, err)
	}
	for arg, want := range map[string]string{"t": "t", "public.t": "t", "pg_catalog.pg_class": "pg_class"} {
		var got string
		if err := conn.QueryRow(ctx, "SELECT $1::regclass::text", pgx.QueryResultFormats{pgx.TextFormatCode}, arg).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %q, %v", arg, got, err)
		}
	}
	var got string
	err = conn.QueryRow(ctx, "SELECT $1::regclass::text", "nothing").Scan(&got)
	if err == nil || !strings.Contains(err.Error(), "42P01") {
		t.Errorf("a relation that is not there: %q, %v", got, err)
	}
}

// A push query by the extended protocol is active while it waits for rows, and
// idle once it has ended.
func TestWaitingQueryIsActive(t *testing.T) {
	_, addr := serve(t)
	ctx := context.Background()
	connect := func() *pgx.Conn {
		c, err := pgx.Connect(ctx, "postgres://me@"+addr+"/leat?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(ctx) })
		return c
	}
	admin, client := connect(), connect()
	if _, err := admin.Exec(ctx, "CREATE STREAM s (id INT)"); err != nil {
		t.Fatal(err)
	}
	state := func(want string) {
		t.Helper()
		for got := ""; got != want; {
			if ctx.Err() != nil {
				t.Fatalf("state %q, want %q", got, want)
			}
			const q = "SELECT state FROM pg_stat_activity WHERE query LIKE 'SELECT id FROM s %'"
			if err := admin.QueryRow(ctx, q).Scan(&got); err != nil && !errors.Is(err, pgx.ErrNoRows) {
				t.Fatal(err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		rows, err := client.Query(ctx, "SELECT id FROM s EMIT CHANGES")
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
		}
		ended <- err
	}()
	state("active")
	if err := client.PgConn().CancelRequest(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "57014") {
		t.Errorf("the query ended with %v", err)
	}
	state("idle")
}
