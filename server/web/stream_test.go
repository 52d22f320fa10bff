package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestStreamFirstRow(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (k TEXT KEY, v INT)")
	a := f.tail("SELECT k, v FROM s EMIT CHANGES", "")
	if want := `{"columns":[{"name":"k","type":"text"},{"name":"v","type":"integer"}],"table":false,"token":"`; !strings.HasPrefix(strings.ToLower(a.begin), want) &&
		!strings.Contains(a.begin, `"columns"`) {
		t.Errorf("schema %s", a.begin)
	}
	f.sql("INSERT INTO s VALUES ('a', 1), ('b', NULL)")
	if got, want := a.rows(2), `{"k":"a","v":1}`+"\n"+`{"k":"b","v":null}`; got != want {
		t.Errorf("got %s", got)
	}
	if a.last == "" {
		t.Error("no resume token")
	}
}

// A client that comes back gets what it has not had: no gap, no repeat (H2).
func TestResume(t *testing.T) {
	for name, query := range map[string]string{
		"stream": "SELECT v FROM s WHERE v % 2 = 0 EMIT CHANGES",
		"table":  "SELECT id, v FROM t EMIT CHANGES",
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t)
			f.sql("CREATE STREAM s (v INT) WITH (partitions = 3); CREATE TABLE t (id INT PRIMARY KEY, v INT)")
			n := 0
			insert := func(rows int) (want string) {
				var lines []string
				for range rows {
					n += 2
					f.sql(fmt.Sprintf("INSERT INTO s VALUES (%d), (%d); INSERT INTO t VALUES (1, %d)", n-1, n, n))
					if name == "stream" {
						lines = append(lines, fmt.Sprintf(`{"v":%d}`, n))
					} else {
						lines = append(lines, fmt.Sprintf(`{"id":1,"v":%d}`, n))
					}
				}
				return sorted(strings.Join(lines, "\n"))
			}
			a := f.tail(query, "")
			want := insert(1)
			if got := a.rows(1); got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
			token := a.last
			for round := range 3 {
				want := insert(4)
				switch round {
				case 1:
					a.close()
				case 2:
					f.crash()
				}
				b := f.tail(query, token)
				want = sorted(want + "\n" + insert(2))
				if got := sorted(b.rows(6)); got != want {
					t.Fatalf("round %d: got %s, want %s", round, got, want)
				}
				token = b.last
			}
		})
	}
}

// sorted orders lines: partitions have no order between them.
func sorted(lines string) string {
	l := strings.Split(lines, "\n")
	slices.Sort(l)
	return strings.Join(l, "\n")
}

func TestResumeRefused(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (k TEXT KEY, v INT); CREATE TABLE t (id INT PRIMARY KEY, v TEXT)")
	a := f.tail("SELECT v FROM s EMIT CHANGES", "")
	f.sql("INSERT INTO s VALUES ('a', 1)")
	a.rows(1)
	for _, c := range []struct{ query, want string }{
		{"SELECT v + 1 AS v FROM s EMIT CHANGES", "resume token is not of this query"},
		{"SELECT k, count(*) FROM s GROUP BY k EMIT CHANGES", "resuming a push query that keeps state is not supported"},
		{"SELECT rowop, id FROM t EMIT CHANGES", "resuming a push query that needs the rows before its changes is not supported"},
	} {
		code, body, _ := f.do("GET", "/v1/stream?sql="+url.QueryEscape(c.query), "", "Last-Event-ID: "+a.last)
		if code < 400 || !strings.Contains(body, c.want) {
			t.Errorf("%s\n%d %s", c.query, code, body)
		}
	}
	code, body, _ := f.do("GET", "/v1/stream?sql="+url.QueryEscape("SELECT v FROM s EMIT CHANGES"), "",
		"Last-Event-ID: "+a.last, "Authorization: Basic ZXZlOg==")
	if code != http.StatusBadRequest || !strings.Contains(body, "of another user") {
		t.Errorf("another user: %d %s", code, body)
	}
}

// A stream that was made anew is another one: its watchers neither share the old
// query nor resume by the old offsets.
func TestMadeAnew(t *testing.T) {
	f := open(t)
	const query = "SELECT v FROM s EMIT CHANGES"
	f.sql("CREATE STREAM s (v INT)")
	a := f.tail(query, "")
	f.sql("INSERT INTO s VALUES (1), (2), (3)")
	a.rows(3)
	f.sql("DROP STREAM s; CREATE STREAM s (v INT)")
	code, body, _ := f.do("GET", "/v1/stream?sql="+url.QueryEscape(query), "", "Last-Event-ID: "+a.last)
	if code != http.StatusBadRequest || !strings.Contains(body, "made anew") {
		t.Errorf("old token: %d %s", code, body)
	}
	if e := a.next(); e.name != "failure" || !strings.Contains(e.data, "42P01") {
		t.Errorf("the old watcher got %+v", e)
	}
	b := f.tail(query, "")
	f.sql("INSERT INTO s VALUES (4)")
	if got := b.rows(1); got != `{"v":4}` {
		t.Errorf("got %s", got)
	}
}

// However many watch, a query is evaluated once (H1).
func TestFanOut(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT)")
	var tails []*tail
	for i := range 20 {
		q := "SELECT v FROM s EMIT CHANGES"
		if i%2 == 1 {
			q = "select V from S emit changes"
		}
		tails = append(tails, f.tail(q, ""))
	}
	if queries, readers, started := f.site.hub.stats(); queries != 1 || readers != 20 || started != 1 {
		t.Errorf("%d queries, %d readers, %d started", queries, readers, started)
	}
	for round := range 3 {
		f.sql(fmt.Sprintf("INSERT INTO s VALUES (%d)", round))
		for _, a := range tails {
			if got, want := a.rows(1), fmt.Sprintf(`{"v":%d}`, round); got != want {
				t.Errorf("got %s", got)
			}
		}
	}
	// A client that comes back joins the query that runs.
	tails[0].close()
	b := f.tail("SELECT v FROM s EMIT CHANGES", tails[0].last)
	f.sql("INSERT INTO s VALUES (9)")
	if got := b.rows(1); got != `{"v":9}` {
		t.Errorf("got %s", got)
	}
	if _, _, started := f.site.hub.stats(); started != 1 {
		t.Errorf("%d queries started", started)
	}
}

// A history is read whole by each of two readers that come one after the other.
func TestHistory(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT); INSERT INTO s VALUES (1), (2)")
	q := "SELECT v FROM s EMIT CHANGES WITH (start = 'earliest')"
	for range 2 {
		if got := f.tail(q, "").rows(2); got != "{\"v\":1}\n{\"v\":2}" {
			t.Errorf("got %s", got)
		}
	}
	a := f.tail("SELECT v FROM s EMIT CHANGES LIMIT 1 WITH (start = 'earliest')", "")
	if got := a.rows(1); got != `{"v":1}` {
		t.Errorf("got %s", got)
	}
	if e := a.next(); e.name != "end" {
		t.Errorf("got %+v", e)
	}
}

func TestStreamErrors(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT)")
	for _, c := range []struct {
		query, more string
		code        int
		want        string
	}{
		{"SELECT nope\nFROM s EMIT CHANGES", "", 400, `{"error":{"code":"42703","message":"column \"nope\" does not exist","position":8,"line":1,"column":8}}`},
		{"SELECT v FROM s", "", 400, `"code":"42809","message":"only a push query can be streamed","hint":"Add EMIT CHANGES`},
		{"SELECT v FROM gone EMIT CHANGES", "", 404, `"code":"42P01"`},
		{"SELECT v FROM s EMIT CHANGES", "&slow=never", 400, `"code":"22023"`},
		{"SELECT v FROM s EMIT CHANGES", "&slow=latest", 400, `only rows with a key can be conflated`},
		{"", "", 400, `there is no sql`},
	} {
		code, body, h := f.do("GET", "/v1/stream?sql="+url.QueryEscape(c.query)+c.more, "")
		if code != c.code || !strings.Contains(body, c.want) || !strings.HasPrefix(h.Get("Content-Type"), typeJSON) {
			t.Errorf("%s\n%d %s", c.query, code, body)
		}
	}
}

func TestNDJSON(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT); INSERT INTO s VALUES (1), (2)")
	q := url.QueryEscape("SELECT v FROM s EMIT CHANGES LIMIT 2 WITH (start = 'earliest')")
	code, body, _ := f.do("GET", "/v1/stream?sql="+q, "", "Accept: "+typeLines)
	if code != http.StatusOK || body != "{\"v\":1}\n{\"v\":2}\n" {
		t.Errorf("%d %q", code, body)
	}
	_, body, _ = f.do("GET", "/v1/stream?tokens=on&sql="+q, "", "Accept: "+typeLines)
	if strings.Count(body, `{"@token":"`) != 2 {
		t.Errorf("%q", body)
	}
}
