package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/server"
	"github.com/leatdb/leat/server/web"
)

// doors is a server that answers on both ports, in memory.
type doors struct {
	*testing.T
	srv  *server.Server
	ctx  context.Context
	open map[string]*pgx.Conn // by role
}

func openDoors(t *testing.T) *doors {
	t.Helper()
	cfg := server.DefaultConfig()
	cfg.PGAddr, cfg.HTTPAddr, cfg.DataDir, cfg.FS = "127.0.0.1:0", "127.0.0.1:0", "data", vfs.NewMem()
	cfg.SecretKey = []byte("a key of the test")
	cfg.TuneLog = func(c *log.Config) { c.WALSegmentBytes, c.SegmentBytes = 1<<20, 1<<20; c.ReserveBytes = 0 }
	srv, err := server.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	site, err := web.New(srv, web.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	srv.Mount(site)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	<-srv.Listening()
	d := &doors{T: t, srv: srv, ctx: t.Context(), open: map[string]*pgx.Conn{}}
	t.Cleanup(func() {
		for _, c := range d.open {
			_ = c.Close(context.Background()) // the server ends it otherwise
		}
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return d
}

// as is the connection of a role.
func (d *doors) as(role string) *pgx.Conn {
	d.Helper()
	if c := d.open[role]; c != nil {
		return c
	}
	c, err := pgx.Connect(d.ctx, "postgres://"+role+"@"+d.srv.PGAddr()+"/leat?sslmode=disable")
	if err != nil {
		d.Fatalf("%s: %v", role, err)
	}
	d.open[role] = c
	return c
}

// must runs statements as the first superuser.
func (d *doors) must(texts ...string) {
	d.Helper()
	for _, text := range texts {
		if _, err := d.as("golden").Exec(d.ctx, text, pgx.QueryExecModeSimpleProtocol); err != nil {
			d.Fatalf("%s: %v", text, err)
		}
	}
}

// outcome is what a client got: the SQLSTATE, rows, and every text of the error.
type outcome struct {
	code string
	rows int
	text string
}

func outcomeOf(err error) outcome {
	var e *pgconn.PgError
	switch {
	case err == nil:
		return outcome{}
	case errors.As(err, &e):
		return outcome{code: e.Code, text: e.Message + e.Detail + e.Hint + e.Where}
	}
	return outcome{code: "?", text: err.Error()}
}

// wire runs statements over the Postgres wire: by the simple protocol, or with
// extended by Parse and Execute.
func (d *doors) wire(role, text string, extended bool) outcome {
	c := d.as(role)
	if strings.HasPrefix(text, "COPY") {
		if strings.Contains(text, "FROM STDIN") {
			_, err := c.PgConn().CopyFrom(d.ctx, strings.NewReader(""), text)
			return outcomeOf(err)
		}
		_, err := c.PgConn().CopyTo(d.ctx, io.Discard, text)
		return outcomeOf(err)
	}
	if extended {
		rows, err := c.Query(d.ctx, text, pgx.QueryExecModeExec)
		if err != nil {
			return outcomeOf(err)
		}
		n := 0
		for rows.Next() {
			n++
		}
		o := outcomeOf(rows.Err())
		o.rows = n
		return o
	}
	results, err := c.PgConn().Exec(d.ctx, text).ReadAll()
	o := outcomeOf(err)
	for _, r := range results {
		o.rows += len(r.Rows)
	}
	return o
}

// overHTTP posts statements as a role.
func (d *doors) overHTTP(role, text string) outcome {
	return d.request("POST", "/v1/sql", role, text)
}

func (d *doors) request(method, path, role, body string) outcome {
	d.Helper()
	req, err := http.NewRequestWithContext(d.ctx, method, "http://"+d.srv.HTTPAddr()+path, strings.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(role+":x")))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK {
		var a struct{ Results []struct{ Rows []any } }
		o := outcome{text: string(b)}
		if json.Unmarshal(b, &a) == nil {
			for _, r := range a.Results {
				o.rows += len(r.Rows)
			}
		}
		return o
	}
	var a struct {
		Error struct{ Code, Message, Detail, Hint string }
	}
	if err := json.Unmarshal(bytes.TrimSpace(b), &a); err != nil {
		d.Fatalf("%s: %d %s", path, resp.StatusCode, b)
	}
	return outcome{code: a.Error.Code, text: a.Error.Message + a.Error.Detail + a.Error.Hint}
}

// furnish makes the objects and roles of the matrix. The word canary stands in
// every object, in names of columns, data, defaults and texts of queries.
func (d *doors) furnish() {
	d.Helper()
	relations := "o_stream, o_table, o_view, o_derived, o_matview"
	for _, role := range []string{"m_mid", "m_zed"} {
		d.must("CREATE ROLE " + role + " LOGIN")
	}
	for _, g := range grantees {
		d.must("CREATE ROLE " + g.role + " LOGIN PASSWORD 'canary'")
	}
	d.must(
		"CREATE STREAM hidden (id INT, canary TEXT DEFAULT 'canary')",
		"CREATE STREAM o_stream (id INT, canary TEXT DEFAULT 'canary')",
		"CREATE TABLE o_table (id INT PRIMARY KEY, canary TEXT DEFAULT 'canary')",
		"CREATE VIEW o_view AS SELECT id, canary FROM hidden WHERE canary <> 'no canary'",
		"CREATE STREAM o_derived AS SELECT id, canary FROM hidden WHERE canary <> 'no canary' EMIT CHANGES",
		"CREATE MATERIALIZED VIEW o_matview AS SELECT canary, count(*) AS id FROM hidden GROUP BY canary",
		"INSERT INTO hidden VALUES (1, 'a canary')", "INSERT INTO o_stream VALUES (1, 'a canary')", "INSERT INTO o_table VALUES (1, 'a canary')",
		"CREATE TABLE o_open (id INT PRIMARY KEY, canary TEXT)", "GRANT ALL ON o_open TO PUBLIC", "CREATE TYPE o_type AS INT",
	)
	for _, o := range objects { // what hangs on an object keeps DROP from working
		d.must("CREATE VIEW on_"+o.name+" AS SELECT canary FROM "+o.name, "ALTER "+o.kind+" "+o.name+" OWNER TO m_own")
	}
	d.must("GRANT SELECT ON hidden TO m_own")
	for _, g := range grantees {
		for _, text := range g.setup {
			d.must(strings.ReplaceAll(text, "$T", relations))
		}
	}
	d.must("ALTER ROLE m_mid INHERIT")
	d.as("m_super") // whose statements others do not see
	d.wire("m_super", "SELECT 'canary'", false)
}

// judge compares an outcome with the model.
func (d *doors) judge(way string, g grantee, c check, text string, got outcome) {
	d.Helper()
	allowed := g.may(c.need)
	refused := got.code == "42501"
	switch {
	case c.rows && (got.code != "" || got.rows > 0 != allowed):
		d.Errorf("%s: %s: %s: %d rows %s %s, allowed %t", way, g.role, text, got.rows, got.code, got.text, allowed)
	case !c.rows && refused == allowed:
		d.Errorf("%s: %s: %s: %q %s, allowed %t", way, g.role, text, got.code, got.text, allowed)
	case !allowed && strings.Contains(strings.ReplaceAll(got.text, text, ""), "canary") && !c.rows:
		d.Errorf("%s: %s: %s tells of what is hidden: %s", way, g.role, text, got.text)
	case got.code == "?" || got.code == "XX000":
		d.Errorf("%s: %s: %s: %s", way, g.role, text, got.text)
	}
}

// Every statement of the model by every role on every kind of object, over the
// simple and the extended protocol and over HTTP.
func TestPrivilegeMatrix(t *testing.T) {
	d := openDoors(t)
	d.furnish()
	n, turn := 0, 0
	run := func(g grantee, c check, text string) {
		if c.denied && g.may(c.need) {
			return
		}
		d.judge("wire", g, c, text, d.wire(g.role, text, false))
		n++
		if turn++; turn%3 == 0 && !strings.Contains(text, "; ") && !strings.HasPrefix(text, "COPY") {
			d.judge("extended", g, c, text, d.wire(g.role, text, true))
			n++
		}
		if !strings.HasPrefix(text, "DECLARE") && !strings.HasPrefix(text, "COPY") {
			d.judge("http", g, c, text, d.overHTTP(g.role, text))
			n++
		}
	}
	for _, g := range grantees {
		for _, c := range global {
			run(g, c, c.text)
		}
		for _, o := range objects {
			for _, c := range checks {
				if c.fits(o) {
					run(g, c, c.on(o))
				}
			}
		}
	}
	t.Logf("%d checks", n)
	if n < 5000 {
		t.Errorf("only %d checks", n)
	}
}
