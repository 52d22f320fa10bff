package server

import "testing"

func TestRowsInRowsOut(t *testing.T) {
	f := open(t)
	f.is("SELECT 1 + 1, 'x'", "2,x; SELECT 1")
	f.is("CREATE STREAM s (k TEXT KEY, v INT NOT NULL, d INT DEFAULT 7)", "CREATE STREAM")
	f.is("INSERT INTO s VALUES ('a', 1), ('b', 2, 3)", "INSERT 0 2")
	f.is("SELECT * FROM s ORDER BY v", "a,1,7; b,2,3; SELECT 2")
	f.fails("INSERT INTO s (k) VALUES ('c')", "23502")
	f.fails("SELECT * FROM nope", "42P01")
	f.fails("CREATE STREAM s (v INT)", "42P07")
	f.is("CREATE STREAM IF NOT EXISTS s (v INT)", "CREATE STREAM")
	f.is("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)", "CREATE TABLE")
	f.is("INSERT INTO t VALUES (1, 'x'), (2, 'y'); INSERT INTO t VALUES (1, 'z')", "INSERT 0 2 | INSERT 0 1")
	f.is("SELECT * FROM t ORDER BY id", "1,z; 2,y; SELECT 2")
	f.is("UPDATE t SET v = v || '!' WHERE id = 2", "UPDATE 1")
	f.is("DELETE FROM t WHERE id = 1", "DELETE 1")
	f.is("SELECT * FROM t", "2,y!; SELECT 1")
	f.is("INSERT INTO t VALUES (5, 'r') RETURNING id, upper(v)", "5,R; INSERT 0 1")
	f.fails("TRUNCATE t", "0A000")
}

func TestDerivedTableReadsItsWrites(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (k TEXT KEY, v INT)", "CREATE STREAM")
	f.is("INSERT INTO s VALUES ('a', 1)", "INSERT 0 1")
	f.is("CREATE TABLE c AS SELECT k, count(*) AS n, sum(v) AS total FROM s GROUP BY k", "CREATE TABLE")
	for i := range 20 {
		f.is("INSERT INTO s VALUES ('a', 1), ('b', 2)", "INSERT 0 2")
		f.is("SELECT n FROM c WHERE k = 'a'", formatInt(int64(i+2))+"; SELECT 1")
	}
	f.is("CREATE VIEW big AS SELECT k, total FROM c WHERE total > 30", "CREATE VIEW")
	f.is("SELECT * FROM big", "b,40; SELECT 1")
	f.is("CREATE STREAM f AS SELECT k, v FROM s WHERE v > 1", "CREATE STREAM")
	f.is("SELECT count(*) FROM f", "20; SELECT 1")
	f.fails("DROP STREAM s", "2BP01")
	f.is("DROP STREAM s CASCADE", "DROP STREAM")
	f.is("SELECT count(*) FROM leat.jobs", "0; SELECT 1")
	f.is("SELECT name FROM leat.topics", "SELECT 0")
}

func TestTransactions(t *testing.T) {
	f := open(t)
	f.is("CREATE STREAM s (v INT)", "CREATE STREAM")
	f.is("BEGIN; INSERT INTO s VALUES (1); SAVEPOINT a; INSERT INTO s VALUES (2); ROLLBACK TO a; INSERT INTO s VALUES (3)",
		"BEGIN | INSERT 0 1 | SAVEPOINT | INSERT 0 1 | ROLLBACK | INSERT 0 1")
	f.is("SELECT count(*) FROM s", "0; SELECT 1")
	f.is("COMMIT", "COMMIT")
	f.is("SELECT v FROM s ORDER BY v", "1; 3; SELECT 2")
	f.is("BEGIN; INSERT INTO s VALUES (4)", "BEGIN | INSERT 0 1")
	f.fails("SELECT 1/0", "22012")
	f.fails("SELECT 1", "25P02")
	f.is("COMMIT", "ROLLBACK")
	f.is("SELECT count(*) FROM s", "2; SELECT 1")
	f.is("COMMIT", "COMMIT")
	f.is("BEGIN READ ONLY; SHOW transaction_read_only", "BEGIN | on; SHOW")
	f.fails("INSERT INTO s VALUES (5)", "25006")
	f.is("ROLLBACK; SHOW transaction_read_only", "ROLLBACK | off; SHOW")
	f.is("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET")
	f.fails("INSERT INTO s VALUES (5)", "25006")
	f.is("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; INSERT INTO s VALUES (5)", "SET | INSERT 0 1")
	f.heard()
	f.is("BEGIN; CREATE STREAM u (v INT); ROLLBACK", "BEGIN | CREATE STREAM | ROLLBACK")
	if got := f.heard(); got != "NOTICE: CREATE STREAM takes effect at once and is not undone by ROLLBACK" {
		t.Errorf("notices: %s", got)
	}
}

func TestSettings(t *testing.T) {
	f := open(t)
	f.is("SET application_name = 'x'; SHOW application_name", "SET | x; SHOW")
	f.is("SET statement_timeout = '2s'; SHOW statement_timeout; RESET statement_timeout; SHOW statement_timeout", "SET | 2s; SHOW | RESET | 0; SHOW")
	f.is("SET statement_timeout = '1min'; WITH x(n) AS (VALUES (1), (2)) SELECT sum(n) FROM x; RESET statement_timeout", "SET | 3; SELECT 1 | RESET")
	f.is("BEGIN; SET LOCAL application_name = 'y'; SHOW application_name; COMMIT; SHOW application_name", "BEGIN | SET | y; SHOW | COMMIT | x; SHOW")
	f.is("BEGIN; SET application_name = 'z'; ROLLBACK; SHOW application_name", "BEGIN | SET | ROLLBACK | x; SHOW")
	f.is("SET TIME ZONE 'Europe/Berlin'; SELECT timestamp '2026-07-01 12:00:00+00'", "SET | 2026-07-01 14:00:00+02; SELECT 1")
	f.is("SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE; SHOW timezone", "SET | UTC; SHOW")
	f.is(`SET "auto.offset.reset"='earliest'; SHOW "auto.offset.reset"`, "SET | earliest; SHOW")
	f.is("SET 'auto.offset.reset'='latest'", "SET")
	if e := f.fails("SET aplication_name = 'x'", "42704"); e.Hint != `Perhaps you meant "application_name".` {
		t.Errorf("hint %q", e.Hint)
	}
	f.fails("SET client_encoding = 'latin1'", "22023")
	f.fails("SET server_version = '1'", "55P02")
	f.is("SELECT set_config('application_name', 'q', false), current_setting('application_name')", "q,q; SELECT 1")
	f.is("DISCARD ALL", "DISCARD ALL")
	f.is("SELECT setting FROM pg_settings WHERE name = 'TimeZone'", "UTC; SELECT 1")
}

func TestPreparedAndCursors(t *testing.T) {
	f := open(t)
	f.is("PREPARE p (int) AS SELECT $1 + 1; EXECUTE p (41); DEALLOCATE p", "PREPARE | 42; SELECT 1 | DEALLOCATE")
	f.fails("EXECUTE p (1)", "26000")
	f.is("BEGIN; DECLARE c CURSOR FOR SELECT * FROM generate_series(1, 5); FETCH 2 c; FETCH c; FETCH ALL c; FETCH c; CLOSE c; COMMIT",
		"BEGIN | DECLARE CURSOR | 1; 2; FETCH 2 | 3; FETCH 1 | 4; 5; FETCH 2 | FETCH 0 | CLOSE CURSOR | COMMIT")
	f.fails("DECLARE c CURSOR FOR SELECT 1", "25P01")
	f.is("LISTEN x; NOTIFY x, 'hi'", "LISTEN | NOTIFY")
	if got := f.heard(); got != "NOTIFY x hi" {
		t.Errorf("heard %s", got)
	}
}
