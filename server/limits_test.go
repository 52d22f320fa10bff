package server

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
)

// TestLimitsHold: too long a list is refused, and a continuous query that keeps
// more than max_state of what cannot leave memory stops by itself and says so.
func TestLimitsHold(t *testing.T) {
	f := &fixture{T: t, cfg: testConfig()}
	f.cfg.MaxState = 1000
	f.reopen()
	t.Cleanup(func() {
		if err := f.srv.Close(); err != nil {
			t.Error(err)
		}
	})
	f.is("SHOW max_state", "1000; SHOW")
	f.is("SELECT 5 IN ("+strings.Repeat("1, ", planner.MaxInList-1)+"5)", "t; SELECT 1")
	f.fails("SELECT 5 IN ("+strings.Repeat("1, ", planner.MaxInList)+"5)", sqlerr.ProgramLimitExceeded)
	f.is("CREATE STREAM s (k INT, v INT)", "CREATE STREAM")
	f.is("CREATE TABLE a (id INT PRIMARY KEY, other INT)", "CREATE TABLE")
	f.is("CREATE TABLE b (id INT PRIMARY KEY, v INT)", "CREATE TABLE")
	f.is("CREATE TABLE c AS SELECT a.id, b.v FROM a LEFT JOIN b ON a.other = b.id", "CREATE TABLE")
	f.is("INSERT INTO a SELECT x, x FROM generate_series(1, 1000) x", "INSERT 0 1000")
	f.is("INSERT INTO s SELECT x, 1 FROM generate_series(1, 1000) x", "INSERT 0 1000")
	if err := f.srv.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.is("SELECT state, error FROM leat.jobs", "error,state of the query exceeds its limit of 1000 bytes; SELECT 1")
	f.is("SELECT count(*) FROM s", "1000; SELECT 1")
}

// TestStateLargerThanMemory: a query that groups by more keys than max_state has
// room for goes on, also after a restart, and says what is on disk; dropped, it
// leaves nothing there.
func TestStateLargerThanMemory(t *testing.T) {
	f := &fixture{T: t, cfg: testConfig()}
	f.cfg.MaxState = 20_000
	f.reopen()
	t.Cleanup(func() {
		if err := f.srv.Close(); err != nil {
			t.Error(err)
		}
	})
	f.is("CREATE STREAM s (k INT, v INT)", "CREATE STREAM")
	f.is("CREATE TABLE c AS SELECT k, count(*) AS n, sum(v) AS v FROM s GROUP BY k", "CREATE TABLE")
	f.is("INSERT INTO s SELECT x % 3000, x FROM generate_series(0, 8999) x", "INSERT 0 9000")
	f.settle()
	f.is("SELECT state, error, state_rows, state_bytes < 25000, spilled_rows > 2000, spilled_bytes > 100000 FROM leat.jobs", "running,NULL,3000,t,t,t; SELECT 1")
	f.is("SELECT count(*), min(n), max(n), sum(v) FROM c", "3000,3,3,40495500; SELECT 1")
	ids, err := f.try("SELECT id FROM leat.jobs")
	id, _, _ := strings.Cut(ids, ";")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := f.try(`EXPLAIN ANALYZE "` + id + `"`); err != nil || !strings.Contains(text, "state 3000 rows") || !strings.Contains(text, ", spilled ") {
		t.Errorf("EXPLAIN ANALYZE does not tell of spilled state (%v):\n%s", err, text)
	}
	for range 2 {
		if err := f.srv.Close(); err != nil {
			t.Fatal(err)
		}
		f.reopen()
		f.settle()
		f.is("INSERT INTO s SELECT x % 3000, x FROM generate_series(0, 5999) x", "INSERT 0 6000")
		f.settle()
	}
	f.is("SELECT count(*), min(n), max(n), sum(v) FROM c", "3000,7,7,76489500; SELECT 1")
	f.is("SELECT state, state_rows, spilled_rows > 2000 FROM leat.jobs", "running,3000,t; SELECT 1")
	f.is("DROP TABLE c", "DROP TABLE")
	names, err := f.cfg.FS.List(f.cfg.FS.PathJoin(f.cfg.DataDir, "checkpoints"))
	if err != nil || len(names) > 0 {
		t.Errorf("a dropped query leaves %v (%v)", names, err)
	}
}
