package server

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql/types"
)

// watch starts a push query in a session of its own.
func (f *fixture) watch(text string) (*Session, pgwire.Rows) {
	f.Helper()
	ss, err := f.srv.NewSession("me", "leat", nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(ss.Close)
	p, err := ss.Prepare(context.Background(), text, nil)
	if err != nil {
		f.Fatalf("%s: %v", text, err)
	}
	r, err := ss.Execute(context.Background(), p, nil)
	if err != nil {
		f.Fatalf("%s: %v", text, err)
	}
	return ss, r.Rows
}

// next reads rows until there are n, as text.
func (f *fixture) next(ss *Session, rows pgwire.Rows, n int) string {
	f.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var got []types.Row
	for len(got) < n {
		b, err := rows.Next(ctx)
		if err != nil {
			f.Fatal(err)
		}
		got = appendRows(got, b, len(rows.Columns()))
	}
	fixed := fixedRows(schemaOf(rows.Columns()), got, "")
	s, err := show(ctx, fixed, ss.Style())
	if err != nil {
		f.Fatal(err)
	}
	return s
}

func schemaOf(cols []pgwire.Column) types.Schema {
	out := make(types.Schema, len(cols))
	for i, c := range cols {
		out[i] = types.Column{Name: c.Name, Type: c.Type}
	}
	return out
}

func TestPush(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)", "CREATE TABLE")
	f.is("INSERT INTO s VALUES ('old', 0); INSERT INTO t VALUES (1, 'x')", "INSERT 0 1 | INSERT 0 1")
	ss, rows := f.watch("SELECT v + 1 AS w, k FROM s EMIT CHANGES")
	ts, tables := f.watch("SELECT rowop, id, v FROM t EMIT CHANGES")
	f.is("INSERT INTO s VALUES ('a', 1), ('b', 2)", "INSERT 0 2")
	if got := f.next(ss, rows, 2); got != "2,a; 3,b; " {
		t.Errorf("stream: %s", got)
	}
	f.is("INSERT INTO t VALUES (1, 'y'); DELETE FROM t WHERE id = 1", "INSERT 0 1 | DELETE 1")
	if got := f.next(ts, tables, 3); got != "insert,1,x; update,1,y; delete,1,NULL; " {
		t.Errorf("table: %s", got)
	}
	ss, rows = f.watch("SELECT k FROM s EMIT CHANGES LIMIT 1 WITH (start = 'earliest')")
	if got := f.next(ss, rows, 1); got != "old; " {
		t.Errorf("earliest: %s", got)
	}
}

// A waiting push query ends with its context, and a FETCH with its timeout; no
// row is lost by either.
func TestWaitingPushEnds(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (v INT)", "CREATE STREAM")
	_, rows := f.watch("SELECT v FROM s EMIT CHANGES")
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := rows.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	f.is("BEGIN; DECLARE c CURSOR FOR SELECT v FROM s EMIT CHANGES; FETCH 5 c WITH (timeout = '10ms')", "BEGIN | DECLARE CURSOR | FETCH 0")
	other, err := f.srv.NewSession("me", "leat", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Simple(context.Background(), "INSERT INTO s VALUES (1), (2)", func(*pgwire.Result) error { return nil }); err != nil {
		t.Fatal(err)
	}
	f.is("FETCH 5 c; FETCH 5 c WITH (timeout = '10ms'); COMMIT", "1; 2; FETCH 2 | FETCH 0 | COMMIT")
	f.is("SET statement_timeout = '20ms'", "SET")
	f.fails("SELECT v FROM s EMIT CHANGES", "57014")
	f.fails("COPY (SELECT v FROM s EMIT CHANGES) TO STDOUT", "57014")
}

func TestInsertSelectJob(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM a (v INT); CREATE STREAM b (v INT)", "CREATE STREAM | CREATE STREAM")
	f.is("INSERT INTO a VALUES (1)", "INSERT 0 1")
	f.is("INSERT INTO b SELECT v * 10 FROM a", "INSERT 0 1")
	f.is("INSERT INTO b SELECT v * 100 FROM a EMIT CHANGES", "INSERT 0 0")
	f.is("INSERT INTO a VALUES (2)", "INSERT 0 1")
	f.is("SELECT v FROM b ORDER BY v", "10; 100; 200; SELECT 3")
	f.is("SELECT id, kind, sink, state FROM leat.jobs", "INSERTQUERY_0,INSERTQUERY,b,running; SELECT 1")
	f.is("TERMINATE insertquery_0", "TERMINATE")
	f.is("INSERT INTO a VALUES (3)", "INSERT 0 1")
	f.is("SELECT count(*) FROM b", "3; SELECT 1")
}

func TestAlterAndReplace(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is("INSERT INTO s VALUES ('a', 1)", "INSERT 0 1")
	f.is("CREATE STREAM d AS SELECT * FROM s", "CREATE STREAM")
	f.is("ALTER STREAM s ADD COLUMN w TEXT DEFAULT 'n'", "ALTER STREAM")
	f.is("INSERT INTO s VALUES ('b', 2)", "INSERT 0 1")
	f.is("SELECT k, v, w FROM s ORDER BY v", "a,1,n; b,2,n; SELECT 2")
	f.is("SELECT * FROM d ORDER BY v", "a,1; b,2; SELECT 2")
	f.is("CREATE OR REPLACE STREAM d AS SELECT k, v, v * 2 AS x FROM s", "CREATE STREAM")
	f.is("INSERT INTO s VALUES ('c', 3)", "INSERT 0 1")
	f.is("SELECT * FROM d ORDER BY v", "a,1,NULL; b,2,NULL; c,3,6; SELECT 3")
	f.is("DROP STREAM d", "DROP STREAM")
	f.is("COMMENT ON STREAM s IS 'mine'; SELECT obj_description('s'::regclass, 'pg_class')", "COMMENT | mine; SELECT 1")
	f.is("ALTER STREAM s SET (retention_ms = 1000); SELECT retention_ms FROM leat.topics WHERE name = 's'", "ALTER STREAM | 1000; SELECT 1")
	f.is("ALTER STREAM s SET (retention = '1 day'); SELECT retention_ms FROM leat.topics WHERE name = 's'", "ALTER STREAM | 86400000; SELECT 1")
	f.is("ALTER STREAM s SET (retention_ms = -1); SELECT retention_ms FROM leat.topics WHERE name = 's'", "ALTER STREAM | -1; SELECT 1")
	f.fails("ALTER STREAM s SET (retention = '-1 day')", "22023")
}

// Streams by event time, and what is derived from them, keep rows of long ago;
// a retention that was asked for holds.
func TestRetentionOfHistory(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM a (v INT)", "CREATE STREAM")
	f.is("CREATE STREAM b (at TIMESTAMP) WITH (timestamp = 'at')", "CREATE STREAM")
	f.is("CREATE STREAM c AS SELECT * FROM b", "CREATE STREAM")
	f.is("CREATE STREAM d (at TIMESTAMP) WITH (timestamp = 'at', retention = '1 day')", "CREATE STREAM")
	f.is("SELECT name, retention_ms FROM leat.topics WHERE NOT internal ORDER BY name", "a,604800000; b,-1; c,-1; d,86400000; SELECT 4")
}
