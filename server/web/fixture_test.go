package web

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/server"
)

// fixture is a server in memory with its site.
type fixture struct {
	*testing.T
	dbCfg server.Config
	cfg   Config
	db    *server.Server
	site  *Site
	http  *httptest.Server
}

func open(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t, dbCfg: server.DefaultConfig(), cfg: DefaultConfig()}
	f.dbCfg.PGAddr, f.dbCfg.HTTPAddr, f.dbCfg.DataDir = "", "", "data"
	f.dbCfg.FS = vfs.NewCrashableMem()
	f.dbCfg.TuneLog = func(c *log.Config) { c.WALSegmentBytes, c.SegmentBytes = 1<<20, 1<<20; c.ReserveBytes = 0 }
	f.reopen()
	t.Cleanup(func() {
		f.http.CloseClientConnections()
		if err := f.db.Close(); err != nil {
			t.Error(err)
		}
		f.http.Close()
	})
	return f
}

func (f *fixture) reopen() {
	f.Helper()
	var err error
	if f.db, err = server.Open(context.Background(), f.dbCfg); err != nil {
		f.Fatal(err)
	}
	if f.site, err = New(f.db, f.cfg); err != nil {
		f.Fatal(err)
	}
	f.db.Mount(f.site)
	f.http = httptest.NewServer(f.site)
}

// crash loses what was not synced and opens the server again.
func (f *fixture) crash() {
	f.Helper()
	clone := f.dbCfg.FS.(*vfs.MemFS).CrashClone(vfs.CrashCloneCfg{})
	f.http.CloseClientConnections()
	if err := f.db.Abandon(); err != nil {
		f.Fatal(err)
	}
	f.http.Close()
	f.dbCfg.FS = clone
	f.reopen()
}

// do sends a request; header is "Name: value" lines.
func (f *fixture) do(method, path, body string, header ...string) (int, string, http.Header) {
	f.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	resp := f.send(ctx, method, path, body, header...)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		f.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func (f *fixture) send(ctx context.Context, method, path, body string, header ...string) *http.Response {
	f.Helper()
	req, err := http.NewRequestWithContext(ctx, method, f.http.URL+path, strings.NewReader(body))
	if err != nil {
		f.Fatal(err)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.Fatal(err)
	}
	return resp
}

// sql runs statements that have to work and gives the answer.
func (f *fixture) sql(text string) answerBody {
	f.Helper()
	code, body, _ := f.do("POST", "/v1/sql", text, "Content-Type: text/plain")
	if code != http.StatusOK {
		f.Fatalf("%s\n%d %s", text, code, body)
	}
	var a answerBody
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		f.Fatalf("%s: %v", body, err)
	}
	return a
}

type answerBody struct {
	Results []struct {
		Tag     string
		Rows    [][]any
		Columns []columnInfo
		More    bool
	}
	Token   string
	Notices []struct{ Severity, Message string }
}

// tail is a running stream of server-sent events.
type tail struct {
	f      *fixture
	resp   *http.Response
	in     *bufio.Reader
	cancel context.CancelFunc
	last   string // id
	begin  string // data of the schema event
}

// event is one server-sent event.
type got struct {
	name, id, data string
}

func (f *fixture) tail(query, lastID string, more ...string) *tail {
	f.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	path := "/v1/stream?sql=" + url.QueryEscape(query)
	for _, m := range more {
		path += "&" + m
	}
	var header []string
	if lastID != "" {
		header = []string{"Last-Event-ID: " + lastID}
	}
	t := &tail{f: f, resp: f.send(ctx, "GET", path, "", header...), cancel: cancel}
	f.Cleanup(t.close)
	if t.resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(t.resp.Body)
		f.Fatalf("%s\n%d %s", query, t.resp.StatusCode, b)
	}
	t.in = bufio.NewReader(t.resp.Body)
	if e := t.next(); e.name != "schema" {
		f.Fatalf("first event %+v", e)
	} else {
		t.begin = e.data
	}
	return t
}

func (t *tail) close() {
	t.cancel()
	_ = t.resp.Body.Close()
}

// next reads an event.
func (t *tail) next() got {
	t.f.Helper()
	var e got
	for {
		line, err := t.in.ReadString('\n')
		if err != nil {
			t.f.Fatalf("stream ended: %v", err)
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && (e.data != "" || e.name != ""):
			if e.id != "" {
				t.last = e.id
			}
			return e
		case name == "id":
			e.id = value
		case name == "event":
			e.name = value
		case name == "data" && e.data != "":
			e.data += "\n" + value
		case name == "data":
			e.data = value
		}
	}
}

// rows reads events until there are n rows, one a line.
func (t *tail) rows(n int) string {
	t.f.Helper()
	var out []string
	for len(out) < n {
		e := t.next()
		if e.name != "" {
			t.f.Fatalf("event %+v after %q", e, out)
		}
		out = append(out, strings.Split(e.data, "\n")...)
	}
	return strings.Join(out, "\n")
}
