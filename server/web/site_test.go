package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/vec/arrowio"
)

func TestStatement(t *testing.T) {
	f := open(t)
	a := f.sql("CREATE TABLE t (id INT PRIMARY KEY, v NUMERIC); INSERT INTO t VALUES (1, 1.50), (2, NULL); SELECT id, v, id FROM t ORDER BY id")
	b, _ := json.Marshal(a.Results)
	want := `[{"Tag":"CREATE TABLE","Rows":null,"Columns":null,"More":false},{"Tag":"INSERT 0 2","Rows":null,"Columns":null,"More":false},` +
		`{"Tag":"SELECT 2","Rows":[[1,1.5,1],[2,null,2]],"Columns":[{"name":"id","type":"integer"},{"name":"v","type":"numeric"},{"name":"id_2","type":"integer"}],"More":false}]`
	if !strings.EqualFold(string(b), want) {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	_, body, _ := f.do("POST", "/v1/sql", `{"sql": "SELECT $1::int + 1 AS n, $2 || 'x' AS s", "params": [41, "a"]}`, "Content-Type: application/json")
	if !strings.Contains(body, `"rows":[[42,"ax"]]`) {
		t.Errorf("parameters: %s", body)
	}
	_, body, _ = f.do("POST", "/v1/sql?limit=1", "SELECT id FROM t ORDER BY id")
	if !strings.Contains(body, `"rows":[[1]],"tag":"SELECT 1","more":true`) {
		t.Errorf("limit: %s", body)
	}
	_, body, h := f.do("POST", "/v1/sql", "SELECT id, v FROM t ORDER BY id", "Accept: "+typeLines)
	if body != "{\"id\":1,\"v\":1.50}\n{\"id\":2,\"v\":null}\n" || h.Get("Content-Type") != typeLines {
		t.Errorf("NDJSON: %q", body)
	}
	_, body, h = f.do("POST", "/v1/sql", "SELECT id, v FROM t ORDER BY id", "Accept: "+typeArrow)
	schema, batches, err := arrowio.ReadIPC([]byte(body))
	if err != nil || len(schema) != 2 || len(batches) != 1 || batches[0].N != 2 || h.Get("Content-Type") != typeArrow {
		t.Errorf("Arrow: %v %v", schema, err)
	}
	if !bytes.Contains([]byte(h.Get(tokenHeader)), []byte("ey")) {
		t.Errorf("no token in %v", h)
	}
}

func TestStatementErrors(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT)")
	for _, c := range []struct {
		text string
		code int
		want string
	}{
		{"SELECT 'ä',\n  nope", 400, `{"error":{"code":"42703","message":"column \"nope\" does not exist","position":15,"line":2,"column":3}}`},
		{"SELECT v FROM s EMIT CHANGES", 400, `a push query has no end`},
		{"COPY s FROM STDIN", 501, `"0A000"`},
		{"COPY s TO STDOUT", 501, `"0A000"`},
		{"CREATE STREAM s (v INT)", 409, `"42P07"`},
	} {
		for _, accept := range []string{typeJSON, typeLines, typeArrow} {
			code, body, _ := f.do("POST", "/v1/sql", c.text, "Accept: "+accept)
			if code != c.code || !strings.Contains(body, c.want) {
				t.Errorf("%s (%s)\n%d %s", c.text, accept, code, body)
			}
		}
	}
}

// A read that waits for a token sees what the token stands for.
func TestWaitFor(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (k TEXT KEY, v INT); CREATE TABLE c AS SELECT k, count(*) AS n FROM s GROUP BY k")
	a := f.sql("SET position_notices = on; INSERT INTO s VALUES ('a', 1); SELECT leat.last_token()")
	token := a.Token
	if len(a.Notices) != 1 || a.Notices[0].Message != "position "+token || a.Results[2].Rows[0][0] != token {
		t.Errorf("notices %v, token %s, last_token %v", a.Notices, token, a.Results[2].Rows)
	}
	_, body, h := f.do("POST", "/v1/sql", "SELECT n FROM c", waitHeader+": "+token)
	if !strings.Contains(body, `"rows":[[1]]`) || h.Get(tokenHeader) != token {
		t.Errorf("got %s, token %s", body, h.Get(tokenHeader))
	}
	f.sql("SET wait_for = '" + token + "'; SELECT n FROM c")
	for _, bad := range []string{"nonsense", "eyJhdCI6eyJzLzAiOjk5fX0"} {
		code, body, _ := f.do("POST", "/v1/sql", "SELECT 1", waitHeader+": "+bad)
		if code != http.StatusBadRequest || !strings.Contains(body, "position token") {
			t.Errorf("%d %s", code, body)
		}
	}
}

func TestConsoleFiles(t *testing.T) {
	f := open(t)
	code, page, h := f.do("GET", "/", "")
	csp := h.Get("Content-Security-Policy")
	if code != http.StatusOK || !strings.Contains(page, "<title>") || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("%d, policy %s", code, csp)
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "style=") || strings.Contains(page, "http://") || strings.Contains(page, "https://") {
		t.Error("the page holds inline code or reaches outside")
	}
	for name, a := range f.site.assets.files {
		code, body, h := f.do("GET", "/static/"+name, "")
		if code != http.StatusOK || body != string(a.body) || h.Get("ETag") != a.etag || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d", name, code)
		}
		if code, body, _ := f.do("GET", "/static/"+name, "", "If-None-Match: "+a.etag); code != http.StatusNotModified || body != "" {
			t.Errorf("%s again: %d", name, code)
		}
	}
	if code, _, _ := f.do("GET", "/static/nothing.js", ""); code != http.StatusNotFound {
		t.Errorf("missing file: %d", code)
	}
}

func TestOpenAPI(t *testing.T) {
	f := open(t)
	_, body, _ := f.do("GET", "/v1/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	for _, r := range routes {
		if doc.Paths[r.path][lowerMethod[r.method]] == nil {
			t.Errorf("%s %s is missing", r.method, r.path)
		}
	}
}

// Pages of other sites neither write nor reach the server by a name of theirs.
func TestOtherSites(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (v INT)")
	for _, c := range []struct{ method, path string }{{"POST", "/v1/sql"}, {"POST", "/v1/insert/s"}, {"PUT", "/v1/dashboards/x"}} {
		code, body, _ := f.do(c.method, c.path, `{"v": 1}`, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site")
		if code != http.StatusForbidden {
			t.Errorf("%s: %d %s", c.path, code, body)
		}
	}
	if !f.site.knownHost("127.0.0.1:8081") || !f.site.knownHost("[::1]:8081") || !f.site.knownHost("localhost") || f.site.knownHost("evil.example:8081") {
		t.Error("wrong hosts")
	}
}

func TestDashboards(t *testing.T) {
	f := open(t)
	if code, body, _ := f.do("PUT", "/v1/dashboards/sales", `{ "panels": [1] }`); code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	f.crash()
	if _, body, _ := f.do("GET", "/v1/dashboards", ""); body != "{\"dashboards\":[\"sales\"]}\n" {
		t.Errorf("got %s", body)
	}
	if _, body, _ := f.do("GET", "/v1/dashboards/sales", ""); body != "{\"panels\":[1]}\n" {
		t.Errorf("got %s", body)
	}
	if code, _, _ := f.do("PUT", "/v1/dashboards/bad", "{"); code != http.StatusBadRequest {
		t.Errorf("bad JSON: %d", code)
	}
	f.do("DELETE", "/v1/dashboards/sales", "")
	if code, _, _ := f.do("GET", "/v1/dashboards/sales", ""); code != http.StatusNotFound {
		t.Errorf("deleted: %d", code)
	}
}

func TestNames(t *testing.T) {
	f := open(t)
	f.sql("CREATE STREAM s (k TEXT KEY, v INT)")
	_, body, _ := f.do("GET", "/v1/catalog", "")
	if !strings.Contains(body, `{"name":"s","kind":"stream","columns":[{"name":"k"`) || !strings.Contains(body, `"functions":[`) {
		t.Errorf("got %.300s", body)
	}
}
