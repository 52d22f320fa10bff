package server

import (
	"context"
	"sync"
	"testing"

	"github.com/leatdb/leat/pgwire"
)

// A client that goes away or cancels in the middle of DDL leaves a relation that
// works or none, wherever it does so.
func TestCanceledDDL(t *testing.T) {
	for _, text := range []string{
		"CREATE TABLE t AS SELECT k, count(*) AS n FROM s GROUP BY k",
		"CREATE OR REPLACE STREAM e AS SELECT k, v + 1 AS v FROM s",
		"INSERT INTO other SELECT k, v FROM s EMIT CHANGES",
		"DROP STREAM e",
	} {
		reached := 1
		for at := 0; at < reached; at++ {
			var mu sync.Mutex
			passed := func() {}
			f := &fixture{T: t, cfg: testConfig()}
			f.cfg.At = func(string) {
				mu.Lock()
				defer mu.Unlock()
				passed()
			}
			f.reopen()
			f.is("CREATE STREAM s (k TEXT KEY, v INT); CREATE STREAM other (k TEXT KEY, v INT); CREATE STREAM e AS SELECT k, v FROM s",
				"CREATE STREAM | CREATE STREAM | CREATE STREAM")
			ctx, cancel := context.WithCancel(context.Background())
			n := 0
			mu.Lock()
			passed = func() {
				if n == at {
					cancel()
				}
				n++
			}
			mu.Unlock()
			err := f.ss.Simple(ctx, text, func(*pgwire.Result) error { return nil })
			mu.Lock()
			reached, passed = n, func() {}
			mu.Unlock()
			cancel()
			f.is("INSERT INTO s VALUES ('a', 1)", "INSERT 0 1")
			for name, want := range map[string]string{"t": "a,1; SELECT 1", "other": "a,1; SELECT 1", "e": "a,1; SELECT 1"} {
				got, bad := f.try("SELECT * FROM " + name)
				empty := name == "other" && got == "SELECT 0"
				if bad == nil && got != want && !empty && !(name == "e" && got == "a,2; SELECT 1") {
					t.Errorf("%s, canceled at %d (%v): %s has %s", text, at, err, name, got)
				}
			}
			if n, _ := f.try("SELECT count(*) FROM leat.jobs WHERE state <> 'running'"); n != "0; SELECT 1" {
				t.Errorf("%s, canceled at %d: jobs that do not run: %s", text, at, n)
			}
			if err := f.srv.Close(); err != nil {
				t.Error(err)
			}
		}
		if reached < 3 {
			t.Errorf("%s: %d points", text, reached)
		}
	}
}
