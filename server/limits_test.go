package server

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
)

// TestLimitsHold: too long a list is refused, and a continuous query that keeps
// more than max_state stops by itself and says so.
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
	f.is("CREATE TABLE c AS SELECT k, count(*) AS n FROM s GROUP BY k", "CREATE TABLE")
	f.is("INSERT INTO s SELECT x, 1 FROM generate_series(1, 1000) x", "INSERT 0 1000")
	if err := f.srv.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.is("SELECT state, error FROM leat.jobs", "error,state of the query exceeds its limit of 1000 bytes; SELECT 1")
	f.is("SELECT count(*) FROM s", "1000; SELECT 1")
}
