package server_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5"
)

// refused holds that both doors refuse a statement and tell nothing hidden.
func (d *doors) refused(role, text string) {
	d.Helper()
	for way, o := range map[string]outcome{"wire": d.wire(role, text, false), "http": d.overHTTP(role, text)} {
		if o.code != "42501" || strings.Contains(o.text, "canary") && !strings.Contains(text, "canary") {
			d.Errorf("%s: %s: %s: %s %s, want 42501", way, role, text, o.code, o.text)
		}
	}
}

// works holds that a statement is not refused.
func (d *doors) works(role, text string) outcome {
	d.Helper()
	o := d.wire(role, text, false)
	if o.code != "" {
		d.Errorf("%s: %s: %s %s", role, text, o.code, o.text)
	}
	return o
}

// hide makes roles and a stream with a canary that ann may not see and own made.
func hide(t *testing.T) *doors {
	d := openDoors(t)
	d.must(
		"CREATE ROLE own LOGIN", "CREATE ROLE ann LOGIN", "GRANT CREATE ON SCHEMA public TO own, ann",
		"CREATE STREAM hidden (id INT, canary TEXT)", "ALTER STREAM hidden OWNER TO own",
	)
	d.works("own", "INSERT INTO hidden VALUES (1, 'yellow canary')")
	return d
}

func TestBypassByPreparedStatement(t *testing.T) {
	d := hide(t)
	d.works("own", "GRANT SELECT, INSERT ON hidden TO ann")
	d.works("ann", "PREPARE p AS SELECT canary FROM hidden")
	d.works("ann", "PREPARE i AS INSERT INTO hidden VALUES (2, 'x')")
	d.works("ann", "EXECUTE p")
	ann := d.as("ann")
	if _, err := ann.Prepare(d.ctx, "named", "SELECT canary FROM hidden WHERE id = $1"); err != nil {
		t.Fatal(err)
	}
	d.works("own", "REVOKE ALL ON hidden FROM ann")
	for _, text := range []string{"EXECUTE p", "EXECUTE i"} {
		if o := d.wire("ann", text, false); o.code != "42501" {
			t.Errorf("%s after REVOKE: %+v", text, o)
		}
	}
	rows, err := ann.Query(d.ctx, "named", 1)
	if err == nil {
		for rows.Next() {
			t.Error("a row after REVOKE")
		}
		err = rows.Err()
	}
	if o := outcomeOf(err); o.code != "42501" {
		t.Errorf("a statement of Parse after REVOKE: %+v", o)
	}
	d.works("own", "GRANT SELECT ON hidden TO ann")
	d.works("ann", "EXECUTE p")
}

// A query without end ends when its right does, before it gives another row.
func TestBypassByRunningQuery(t *testing.T) {
	d := hide(t)
	d.works("own", "GRANT SELECT ON hidden TO ann")
	push := func(text string) <-chan error {
		c, err := pgx.Connect(d.ctx, "postgres://ann@"+d.srv.PGAddr()+"/leat?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		rows, err := c.Query(d.ctx, text, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		ended := make(chan error, 1)
		go func() {
			for rows.Next() {
				ended <- errorText("a row after REVOKE")
				return
			}
			ended <- rows.Err()
		}()
		return ended
	}
	stream := d.follow("ann", "/v1/stream?sql="+url.QueryEscape("SELECT canary FROM hidden EMIT CHANGES"), "")
	running := []<-chan error{
		push("SELECT canary FROM hidden WITH (start = 'earliest') EMIT CHANGES"), push("PRINT hidden FROM BEGINNING"),
	}
	stream.until(t, "event: schema")
	d.works("own", "REVOKE SELECT ON hidden FROM ann")
	d.works("own", "INSERT INTO hidden VALUES (2, 'second canary')")
	for i, ended := range running {
		select {
		case err := <-ended:
			if o := outcomeOf(err); o.code != "42501" {
				t.Errorf("query %d: %+v", i, o)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("query %d goes on after REVOKE", i)
		}
	}
	if got := stream.until(t, "event: failure"); strings.Contains(got, "second canary") || !strings.Contains(got, "42501") {
		t.Errorf("stream after REVOKE: %s", got)
	}
}

type errorText string

func (e errorText) Error() string { return string(e) }

// reading is a streamed answer.
type reading struct{ lines *bufio.Scanner }

// follow opens a streamed answer as a role.
func (d *doors) follow(role, path, token string) *reading {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.ctx, 20*time.Second)
	d.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+d.srv.HTTPAddr()+path, nil)
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(role+":x")))
	if token != "" {
		req.Header.Set("Last-Event-ID", token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { _ = resp.Body.Close() })
	return &reading{bufio.NewScanner(resp.Body)}
}

// until reads to a line that holds words, and two lines more.
func (r *reading) until(t *testing.T, words string) string {
	t.Helper()
	var got strings.Builder
	left := -1
	for left != 0 && r.lines.Scan() {
		got.WriteString(r.lines.Text() + "\n")
		if left > 0 {
			left--
		}
		if left < 0 && strings.Contains(r.lines.Text(), words) {
			left = 2
		}
	}
	if left < 0 {
		t.Errorf("the stream ended without %q: %s", words, got.String())
	}
	return got.String()
}

// The token of another user's stream is refused, and a stream is refused to who
// may not read what it watches.
func TestBypassByResumeToken(t *testing.T) {
	d := hide(t)
	path := "/v1/stream?sql=" + url.QueryEscape("SELECT canary FROM hidden EMIT CHANGES")
	s := d.follow("own", path, "")
	s.until(t, "event: schema")
	d.works("own", "INSERT INTO hidden VALUES (2, 'x')")
	token := ""
	for line := range strings.Lines(s.until(t, "id: ")) {
		if rest, ok := strings.CutPrefix(line, "id: "); ok {
			token = strings.TrimSpace(rest)
		}
	}
	if token == "" {
		t.Fatal("the stream gave no token")
	}
	if o := d.request("GET", path+"&token="+url.QueryEscape(token), "ann", ""); o.code != "42501" {
		t.Errorf("a stream of what is hidden: %+v", o)
	}
	d.works("own", "GRANT SELECT ON hidden TO ann")
	if o := d.request("GET", path+"&token="+url.QueryEscape(token), "ann", ""); o.code != "22023" {
		t.Errorf("the token of another user: %+v", o)
	}
}

func TestBypassByHTTP(t *testing.T) {
	d := hide(t)
	d.must("CREATE ROLE idle LOGIN", "CREATE VIEW w AS SELECT canary FROM hidden")
	for _, path := range []string{
		"/v1/stream?sql=" + url.QueryEscape("SELECT * FROM hidden EMIT CHANGES"), "/v1/stream?sql=" + url.QueryEscape("SELECT * FROM w EMIT CHANGES"),
	} {
		if o := d.request("GET", path, "ann", ""); o.code != "42501" || strings.Contains(o.text, "canary") {
			t.Errorf("%s: %+v", path, o)
		}
	}
	if o := d.request("POST", "/v1/insert/hidden", "ann", `{"id": 3}`); o.code != "42501" {
		t.Errorf("insert: %+v", o)
	}
	if o := d.request("POST", "/v1/insert/hidden", "ann", `{"nosuch": 3}`); o.code != "42501" {
		t.Errorf("insert: %+v", o)
	}
	if o := d.request("POST", "/v1/insert/hidden", "own", `{"id": 3}`); o.code != "" {
		t.Errorf("insert of the owner: %+v", o)
	}
	if o := d.request("GET", "/v1/catalog", "ann", ""); o.code != "" || strings.Contains(o.text, "canary") || strings.Contains(o.text, "hidden") {
		t.Errorf("catalog: %+v", o)
	}
	if o := d.request("PUT", "/v1/dashboards/mine", "idle", `{}`); o.code != "42501" {
		t.Errorf("dashboard without CREATE: %+v", o)
	}
	if o := d.request("PUT", "/v1/dashboards/mine", "own", `{}`); o.code != "" {
		t.Errorf("dashboard: %+v", o)
	}
	for _, method := range []string{"PUT", "DELETE"} {
		if o := d.request(method, "/v1/dashboards/mine", "ann", `{"x": 1}`); o.code != "42501" {
			t.Errorf("%s of another's dashboard: %+v", method, o)
		}
	}
	if o := d.request("GET", "/v1/dashboards/mine", "idle", ""); o.code != "" {
		t.Errorf("a dashboard is read by all: %+v", o)
	}
	if o := d.overHTTP("ann", `SELECT current_user`); !strings.Contains(o.text, "ann") {
		t.Errorf("who asks over HTTP: %+v", o)
	}
}

func TestBypassByWebSocket(t *testing.T) {
	d := hide(t)
	head := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("ann:x"))}}
	c, _, err := websocket.Dial(d.ctx, "ws://"+d.srv.HTTPAddr()+"/v1/ws", &websocket.DialOptions{HTTPHeader: head})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.CloseNow() }()
	if err := c.Write(d.ctx, websocket.MessageText, []byte(`{"op":"subscribe","id":"a","sql":"SELECT * FROM hidden EMIT CHANGES"}`)); err != nil {
		t.Fatal(err)
	}
	if _, b, err := c.Read(d.ctx); err != nil || !strings.Contains(string(b), "42501") || strings.Contains(string(b), "canary") {
		t.Errorf("%s, %v", b, err)
	}
}

func TestBypassByView(t *testing.T) {
	d := hide(t)
	d.refused("ann", "CREATE VIEW v AS SELECT canary FROM hidden")
	d.refused("ann", "CREATE STREAM v AS SELECT canary FROM hidden EMIT CHANGES")
	d.refused("ann", "CREATE MATERIALIZED VIEW v AS SELECT canary, count(*) AS n FROM hidden GROUP BY canary")
	d.refused("ann", "CREATE STREAM v (id INT, canary TEXT) WITH (topic = 'hidden')")
	for _, topic := range []string{"_errors.16386", "_exchange.CSAS_d_0.1", "_shadow.CTAS_d_0"} { // that the server will use
		if o := d.wire("ann", "CREATE STREAM v (l TEXT) WITH (topic = '"+topic+"')", false); o.code != "42939" {
			t.Errorf("%s: %+v", topic, o)
		}
	}
	// A view of ann's reads as ann, whoever looks through it.
	d.works("own", "GRANT SELECT ON hidden TO ann")
	d.works("ann", "CREATE VIEW v AS SELECT canary FROM hidden")
	d.works("ann", "GRANT SELECT ON v TO own")
	d.works("own", "REVOKE SELECT ON hidden FROM ann")
	d.refused("own", "SELECT * FROM v")
	d.refused("ann", "SELECT * FROM v")
	// Replacing the text of another's view would make it read for its owner.
	d.works("own", "CREATE VIEW w AS SELECT id FROM hidden")
	d.works("own", "GRANT SELECT ON w TO ann")
	d.refused("ann", "CREATE OR REPLACE VIEW w AS SELECT id, 1 AS more FROM hidden")
	d.refused("ann", "ALTER VIEW w OWNER TO ann")
	d.refused("ann", "GRANT own TO ann")
}

func TestBypassByErrorText(t *testing.T) {
	d := hide(t)
	for _, text := range []string{
		"SELECT canary::int FROM hidden", "SELECT 1 / (id - 1) FROM hidden", "SELECT cast(canary AS timestamp) FROM hidden EMIT CHANGES",
		"SELECT hiden.x FROM hidden", "SELECT * FROM hidden WHERE canari = 1", "SELECT h.* FROM hidden h JOIN hidden i USING (canaryy)",
		"INSERT INTO hidden (id, canari) VALUES (1, 2)", "UPDATE hidden SET canari = 1", "COPY hidden (canari) FROM STDIN", "COPY hidden (canari) TO STDOUT",
		"SELECT jsonb_path(canary) FROM hidden", "EXPLAIN SELECT canary FROM hidden WHERE canary = 'yellow canary'",
		"SELECT f(x => x) FROM hidden", "INSERT INTO hidden VALUES (1, 2, 3, 4)", "DESCRIBE hidden EXTENDED", "SHOW CREATE STREAM hidden",
	} {
		o := d.wire("ann", text, false)
		h := outcome{}
		if !strings.HasPrefix(text, "COPY") {
			h = d.overHTTP("ann", text)
		}
		for _, got := range []string{o.text, h.text} {
			if strings.Contains(got, "canary") || strings.Contains(got, "yellow") {
				t.Errorf("%s tells: %s", text, got)
			}
		}
	}
}
