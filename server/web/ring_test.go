package web

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/leatdb/leat/server"
)

// join makes a reader without a client.
func (f *fixture) join(query, token string, conflate bool) *watcher {
	f.Helper()
	ss, err := f.db.NewSession("leat", "leat", nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	defer ss.Close()
	var q *server.Watch
	if q, err = ss.PlanWatch(query); err != nil {
		f.Fatal(err)
	}
	w, err := f.site.hub.join("leat", q, token, conflate)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(w.close)
	if _, err := w.start(f.soon()); err != nil {
		f.Fatal(err)
	}
	return w
}

func (f *fixture) soon() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	f.Cleanup(cancel)
	return ctx
}

// lines reads rows until there are n.
func (f *fixture) lines(w *watcher, n int) string {
	f.Helper()
	out := ""
	for strings.Count(out, "\n") < n {
		e, err := w.read(f.soon())
		if err != nil {
			f.Fatalf("%v after %q", err, out)
		}
		out += string(e.text)
	}
	return out
}

// A reader that falls out of the ring is cut, and resumes by its token; the
// other one has all rows (H3).
func TestOverflow(t *testing.T) {
	f := open(t)
	f.site.hub.cfg.RingBytes = 4 << 10
	f.sql("CREATE STREAM s (v INT)")
	fast, slow := f.join("SELECT v FROM s EMIT CHANGES", "", false), f.join("SELECT v FROM s EMIT CHANGES", "", false)
	f.sql("INSERT INTO s VALUES (-1)")
	f.lines(slow, 1)
	f.lines(fast, 1)
	for i := range 50 {
		f.sql(fmt.Sprintf("INSERT INTO s VALUES (%d)", i))
		if got, want := f.lines(fast, 1), fmt.Sprintf("{\"v\":%d}\n", i); got != want {
			t.Fatalf("got %s", got)
		}
	}
	if _, err := slow.read(f.soon()); !errors.Is(err, errOverflow) {
		t.Fatalf("error %v", err)
	}
	token := slow.position()
	slow.close()
	again := f.join("SELECT v FROM s EMIT CHANGES", token, false)
	if got := f.lines(again, 50); strings.Count(got, "\n") != 50 || !strings.HasPrefix(got, "{\"v\":0}\n") {
		t.Errorf("got %s", got)
	}
	// Having caught up, it shares the other one's evaluation.
	f.sql("INSERT INTO s VALUES (100)")
	for _, w := range []*watcher{fast, again} {
		if got := f.lines(w, 1); got != "{\"v\":100}\n" {
			t.Errorf("got %s", got)
		}
	}
	gone, cancel := context.WithCancel(f.soon())
	cancel()
	if _, err := again.read(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	f.sql("INSERT INTO s VALUES (101)")
	f.lines(again, 1)
	if queries, readers, _ := f.site.hub.stats(); queries != 1 || readers != 2 {
		t.Errorf("%d queries for %d readers", queries, readers)
	}
}

// A single slow reader gets all of a history: the query waits for it.
func TestBackPressure(t *testing.T) {
	f := open(t)
	f.dbCfg.MaxBatch = 10
	f.crash()
	f.site.hub.cfg.RingBytes = 4 << 10
	f.sql("CREATE STREAM s (v INT)")
	f.sql("INSERT INTO s SELECT n FROM generate_series(1, 2000) AS g(n)")
	w := f.join("SELECT v FROM s EMIT CHANGES WITH (start = 'earliest')", "", false)
	if got := f.lines(w, 2000); strings.Count(got, "\n") != 2000 || !strings.HasSuffix(got, "{\"v\":2000}\n") {
		t.Errorf("%d rows", strings.Count(got, "\n"))
	}
}

// A conflating reader has the last row of each key instead of being cut.
func TestConflate(t *testing.T) {
	f := open(t)
	f.site.hub.cfg.RingBytes = 4 << 10
	f.sql("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
	fast, slow := f.join("SELECT id, v FROM t EMIT CHANGES", "", false), f.join("SELECT id, v FROM t EMIT CHANGES", "", true)
	for i := range 60 {
		f.sql(fmt.Sprintf("INSERT INTO t VALUES (%d, %d)", i%3, i))
		f.lines(fast, 1)
	}
	f.sql("DELETE FROM t WHERE id = 1")
	f.lines(fast, 1)
	want := "{\"id\":0,\"v\":57}\n{\"id\":2,\"v\":59}\n{\"rowop\":\"delete\",\"id\":1,\"v\":null}\n"
	if got := f.lines(slow, 3); got != want {
		t.Errorf("got %s", got)
	}
	token := slow.position()
	f.sql("INSERT INTO t VALUES (7, 7)")
	f.lines(fast, 1)
	if got := f.lines(f.join("SELECT id, v FROM t EMIT CHANGES", token, false), 1); got != "{\"id\":7,\"v\":7}\n" {
		t.Errorf("behind a conflated token: %s", got)
	}
}

func TestTooManyQueries(t *testing.T) {
	f := open(t)
	f.site.hub.cfg.MaxQueries = 1
	f.sql("CREATE STREAM s (v INT)")
	a := f.tail("SELECT v FROM s EMIT CHANGES", "")
	code, body, _ := f.do("GET", "/v1/stream?sql=SELECT%20v%2B1%20FROM%20s%20EMIT%20CHANGES", "")
	if code != 429 || !strings.Contains(body, "53400") {
		t.Errorf("%d %s", code, body)
	}
	f.tail("SELECT v FROM s EMIT CHANGES", "")
	a.close()
}
