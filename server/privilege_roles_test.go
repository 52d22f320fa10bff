package server_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// With the grant a statement works, without it it is refused, again and again.
func TestGrantAndRevokeTurnByTurn(t *testing.T) {
	d := openDoors(t)
	d.must("CREATE ROLE ann LOGIN", "CREATE ROLE grp", "CREATE TABLE tab (id INT PRIMARY KEY, v INT)", "CREATE STREAM str (id INT, v INT)",
		"CREATE VIEW vw AS SELECT * FROM str", "CREATE MATERIALIZED VIEW mv AS SELECT v, count(*) AS id FROM str GROUP BY v")
	uses := map[string][]string{
		"SELECT": {"SELECT * FROM $", "EXPLAIN SELECT * FROM $", "COPY $ TO STDOUT"}, "INSERT": {"INSERT INTO $ (nosuch) VALUES (1)"},
		"UPDATE": {"UPDATE $ SET nosuch = 1"}, "DELETE": {"DELETE FROM $ USING tab2 WHERE nosuch"},
	}
	d.must("CREATE TABLE tab2 (id INT PRIMARY KEY)", "GRANT SELECT ON tab2 TO ann")
	ways := []struct{ give, take string }{
		{"GRANT %s ON $ TO ann", "REVOKE %s ON $ FROM ann"}, {"GRANT %s ON $ TO PUBLIC", "REVOKE %s ON $ FROM PUBLIC"},
		{"GRANT %s ON $ TO grp; GRANT grp TO ann", "REVOKE grp FROM ann; REVOKE %s ON $ FROM grp"},
		{"GRANT %s ON $ TO grp; GRANT grp TO ann", "REVOKE %s ON $ FROM grp; REVOKE grp FROM ann"},
		{"ALTER ROLE ann SUPERUSER", "ALTER ROLE ann NOSUPERUSER"},
	}
	n := 0
	for _, name := range []string{"tab", "str", "vw", "mv"} {
		for priv, texts := range uses {
			if priv == "DELETE" {
				d.must("GRANT SELECT ON " + name + " TO ann")
			}
			for _, way := range ways {
				for _, step := range []struct {
					text    string
					allowed bool
				}{{way.give, true}, {way.take, false}} {
					text := strings.ReplaceAll(step.text, "$", name)
					if strings.Contains(text, "%s") {
						text = fmt.Sprintf(text, priv)
					}
					d.must(text)
					for _, use := range texts {
						n++
						use = strings.ReplaceAll(use, "$", name)
						if o := d.wire("ann", use, false); (o.code == "42501") == step.allowed {
							t.Errorf("after %s: %s: %s %s", text, use, o.code, o.text)
						}
					}
				}
			}
			d.must("REVOKE ALL ON " + name + " FROM ann")
		}
	}
	t.Logf("%d checks", n)
}

func TestBypassBySetRole(t *testing.T) {
	d := hide(t)
	d.must("CREATE ROLE friend", "GRANT friend TO ann", "GRANT SELECT ON hidden TO friend", "ALTER ROLE ann NOINHERIT")
	d.refused("ann", "SELECT * FROM hidden")
	d.works("ann", "SET ROLE friend; SELECT * FROM hidden; RESET ROLE")
	for _, text := range []string{
		"SET ROLE own", "SET SESSION ROLE own", "SET LOCAL ROLE own", "SET role = 'own'", "SET role TO own", "SET SESSION AUTHORIZATION own",
		"SET SESSION AUTHORIZATION golden2", "SELECT set_config('role', 'own', false)", "SELECT set_config('ROLE', 'own', true)",
		"SELECT set_config('session_authorization', 'own', false)", "SET session_authorization = own",
	} {
		o := d.wire("ann", text, false)
		if o.code != "42501" && o.code != "22023" {
			t.Errorf("%s: %+v", text, o)
		}
		if got := d.wire("ann", "SELECT * FROM hidden", false); got.code != "42501" {
			t.Errorf("after %s: %+v", text, got)
		}
	}
	for _, options := range []string{"role=own", "session_authorization=own"} {
		c, err := pgx.Connect(d.ctx, "postgres://ann@"+d.srv.PGAddr()+"/leat?sslmode=disable&options="+strings.ReplaceAll("-c "+options, " ", "%20"))
		if err == nil {
			t.Errorf("a session with %s began", options)
			_ = c.Close(d.ctx)
		}
	}
	if o := d.request("POST", "/v1/sql", "ann", "SET ROLE own; SELECT * FROM hidden"); o.code != "42501" {
		t.Errorf("over HTTP: %+v", o)
	}
}

// A role that is dropped or loses LOGIN has no rights left in its sessions: a
// name that is no role is a superuser, and nobody becomes one that way.
func TestBypassByDroppedRole(t *testing.T) {
	d := hide(t)
	d.must("CREATE ROLE tmp LOGIN", "CREATE ROLE grp", "GRANT grp TO ann", "GRANT SELECT ON hidden TO grp")
	d.works("tmp", "SELECT 1")
	d.works("tmp", "LISTEN hidden")
	d.works("ann", "SET ROLE grp; SELECT * FROM hidden")
	d.must("DROP ROLE tmp", "REVOKE SELECT ON hidden FROM grp", "DROP ROLE grp")
	for role, text := range map[string]string{"tmp": "SELECT * FROM hidden", "ann": "SELECT * FROM hidden"} {
		if o := d.wire(role, text, false); o.code != "28000" && o.code != "42501" {
			t.Errorf("%s after DROP ROLE: %+v", role, o)
		}
	}
	if o := d.wire("tmp", "CREATE ROLE tmp SUPERUSER", false); o.code != "28000" {
		t.Errorf("a dropped role makes itself: %+v", o)
	}
	if o := d.wire("ann", "RESET ROLE; SELECT current_user", false); o.code != "" {
		t.Errorf("back to oneself: %+v", o)
	}
}

func TestWhoMayComeIn(t *testing.T) {
	d := hide(t)
	d.must("CREATE ROLE nologin", "CREATE ROLE few LOGIN CONNECTION LIMIT 1", "CREATE ROLE out LOGIN", "REVOKE CONNECT ON DATABASE leat FROM PUBLIC",
		"GRANT CONNECT ON DATABASE leat TO few, ann, own")
	come := func(role string) string {
		c, err := pgx.Connect(d.ctx, "postgres://"+role+"@"+d.srv.PGAddr()+"/leat?sslmode=disable")
		if err != nil {
			return outcomeOf(err).code
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		return ""
	}
	for _, c := range []struct{ role, code string }{{"nologin", "28000"}, {"out", "42501"}, {"few", ""}, {"few", "53300"}, {"ann", ""}, {"ann", ""}} {
		if got := come(c.role); got != c.code {
			t.Errorf("%s: %q, want %q", c.role, got, c.code)
		}
	}
	for role, code := range map[string]string{"nologin": "28000", "out": "42501"} {
		if o := d.overHTTP(role, "SELECT 1"); o.code != code {
			t.Errorf("%s over HTTP: %+v, want %s", role, o, code)
		}
	}
}

// pg_stat_activity and leat.sessions hide statements of others, and signals take
// a right.
func TestBypassByOtherSessions(t *testing.T) {
	d := hide(t)
	d.works("own", "SELECT 'a canary in a statement'")
	pid := d.as("own").PgConn().PID()
	for _, text := range []string{"SELECT * FROM pg_stat_activity", "SELECT * FROM leat.sessions"} {
		if o := d.overHTTP("ann", text); o.code != "" || o.rows < 2 || strings.Contains(o.text, "canary") {
			t.Errorf("%s: %+v", text, o)
		}
	}
	for _, f := range []string{"pg_cancel_backend", "pg_terminate_backend"} {
		d.refused("ann", fmt.Sprintf("SELECT %s(%d)", f, pid))
		d.refused("ann", fmt.Sprintf("SELECT %s(%d)", f, d.as("golden").PgConn().PID()))
	}
	d.works("own", "SELECT 1")
	d.must("GRANT CANCEL, MONITOR ON DATABASE leat TO ann")
	if o := d.overHTTP("ann", "SELECT query FROM pg_stat_activity"); !strings.Contains(o.text, "SELECT 1") {
		t.Errorf("with MONITOR: %+v", o)
	}
	d.refused("ann", fmt.Sprintf("SELECT pg_terminate_backend(%d)", d.as("golden").PgConn().PID()))
	d.works("ann", fmt.Sprintf("SELECT pg_terminate_backend(%d)", pid))
	delete(d.open, "own")
}

// LISTEN to a relation's channel tells its keys: only to who may read it.
func TestBypassByListen(t *testing.T) {
	d := openDoors(t)
	d.must("CREATE ROLE ann LOGIN", "CREATE ROLE eve LOGIN", "CREATE TABLE hidden (canary TEXT PRIMARY KEY, v INT)", "GRANT SELECT ON hidden TO ann")
	d.works("ann", "LISTEN hidden")
	d.works("eve", "LISTEN hidden")
	d.must("INSERT INTO hidden VALUES ('yellow', 1)")
	wait, cancel := context.WithTimeout(d.ctx, 10*time.Second)
	defer cancel()
	n, err := d.as("ann").WaitForNotification(wait)
	if err != nil || !strings.Contains(n.Payload, "yellow") {
		t.Fatalf("%+v, %v", n, err)
	}
	d.must("NOTIFY hidden, 'end'") // comes behind what was told before
	n, err = d.as("eve").WaitForNotification(wait)
	if err != nil || n.Payload != "end" {
		t.Errorf("eve heard %+v, %v", n, err)
	}
}

func TestBypassByDropCascadeAndLetters(t *testing.T) {
	d := hide(t)
	d.works("own", "GRANT SELECT ON hidden TO ann")
	d.works("ann", "CREATE VIEW v AS SELECT id FROM hidden")
	d.works("own", "CREATE STREAM d AS SELECT 1 / id AS x, canary FROM hidden EMIT CHANGES")
	d.refused("own", "DROP STREAM hidden CASCADE")
	d.refused("ann", "DROP STREAM d CASCADE")
	d.works("own", "INSERT INTO hidden VALUES (0, 'lettered canary')")
	d.works("own", "SELECT * FROM d")
	d.works("own", "GRANT SELECT ON d TO ann")
	d.works("own", "REVOKE SELECT ON hidden FROM ann")
	d.refused("ann", "SELECT * FROM d_errors")
	d.refused("ann", "EXPLAIN SELECT * FROM d_errors EMIT CHANGES")
	d.refused("ann", "COPY (SELECT * FROM d_errors) TO STDOUT")
	d.refused("ann", "DESCRIBE d_errors")
	if o := d.works("ann", "SELECT * FROM leat.errors"); o.rows != 0 {
		t.Errorf("leat.errors: %d rows", o.rows)
	}
	if o := d.works("own", "SELECT * FROM leat.errors"); o.rows != 1 {
		t.Errorf("leat.errors of the owner: %d rows", o.rows)
	}
}

// A registered schema tells the columns of what it belongs to.
func TestBypassBySchemaRegistry(t *testing.T) {
	d := hide(t)
	d.must("CREATE STREAM secretive (id INT, canary TEXT) WITH (value_format = 'avro')")
	d.refused("ann", "CREATE STREAM v WITH (topic = 'v', value_format = 'avro', value_schema_id = 1)")
	d.must(`GRANT USAGE ON SUBJECT "secretive-value" TO ann`)
	d.works("ann", "CREATE STREAM v WITH (topic = 'v', partitions = 1, value_format = 'avro', value_schema_id = 1)")
}

func TestBypassByMetrics(t *testing.T) {
	d := hide(t)
	d.works("own", "CREATE VIEW w AS SELECT canary FROM hidden WHERE canary <> 'no canary'")
	resp, err := http.Get("http://" + d.srv.HTTPAddr() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if b, err := io.ReadAll(resp.Body); err != nil || strings.Contains(string(b), "canary") {
		t.Errorf("metrics tell of columns or data: %v", err)
	}
}

// Secrets and passwords are in no answer of the server.
func TestSecretsAreShownToNobody(t *testing.T) {
	d := hide(t)
	d.must("CREATE SECRET hook AS 'sealed-canary'", "ALTER STREAM hidden SET (webhook_secret = 'hook')", "CREATE ROLE pw LOGIN PASSWORD 'password-canary'",
		"ALTER SECRET hook AS 'other-sealed-canary'")
	d.refused("ann", "CREATE SECRET mine AS 'x'")
	d.refused("ann", "DROP SECRET hook")
	for _, text := range []string{
		"SHOW CREATE STREAM hidden", "DESCRIBE hidden EXTENDED", "SELECT * FROM pg_stat_activity", "SELECT * FROM leat.sessions", "SELECT * FROM leat.settings",
		"SELECT * FROM pg_settings", "SELECT * FROM leat.streams", "SELECT * FROM pg_authid", "SELECT * FROM pg_roles", "SHOW ALL",
		"EXPLAIN (PARSE) CREATE SECRET x AS 'sealed-canary'", "CREATE SECRET hook AS 'sealed-canary'", "DROP SECRET hook", "CREATE ROLE pw PASSWORD 'password-canary'",
	} {
		o := d.overHTTP("golden", text)
		if strings.Contains(o.text, "sealed-canary") || strings.Contains(o.text, "password-canary") || strings.Contains(o.text, "SCRAM") {
			t.Errorf("%s: %s", text, o.text)
		}
	}
	if o := d.wire("golden", "DROP SECRET hook", false); o.code != "2BP01" {
		t.Errorf("a secret in use: %+v", o)
	}
}

// Who may make roles does not become the owner of what a superuser made who is
// none of them.
func TestBypassByNameOfOwner(t *testing.T) {
	d := hide(t)
	d.must("CREATE ROLE maker LOGIN CREATEROLE", "CREATE ROLE other", "CREATE STREAM golden_made (v INT)", "CREATE VIEW golden_view AS SELECT * FROM hidden")
	d.refused("maker", "CREATE ROLE golden")
	d.refused("maker", "ALTER ROLE other RENAME TO golden")
	d.refused("maker", "SELECT * FROM golden_made")
	d.works("maker", "CREATE ROLE fresh")
	d.works("maker", "ALTER ROLE other RENAME TO another")
}

// A position token that names a hidden topic does not count its records.
func TestBypassByPositionToken(t *testing.T) {
	d := hide(t)
	ahead := base64.RawURLEncoding.EncodeToString([]byte(`{"at":{"hidden/0":1000}}`))
	if o := d.wire("own", "SET wait_for = '"+ahead+"'", false); o.code != "22023" {
		t.Errorf("a token ahead of one's own topic: %+v", o)
	}
	if o := d.wire("ann", "SET wait_for = '"+ahead+"'", false); o.code != "" {
		t.Errorf("a token ahead of a hidden topic: %+v", o)
	}
}

// The real psql lists roles, memberships, privileges and defaults.
func TestPsqlShowsRoles(t *testing.T) {
	if _, err := exec.LookPath("psql"); err != nil {
		t.Skip("psql is not installed")
	}
	d := hide(t)
	d.must("CREATE ROLE grp", "GRANT grp TO ann", "GRANT SELECT ON hidden TO ann WITH GRANT OPTION", "GRANT SELECT ON hidden TO PUBLIC",
		"ALTER DEFAULT PRIVILEGES FOR ROLE own GRANT INSERT ON TABLES TO ann", "ALTER ROLE grp CREATEROLE NOINHERIT", "ALTER ROLE ann SET statement_timeout = '1s'")
	host, port, _ := net.SplitHostPort(d.srv.PGAddr())
	for command, want := range map[string][]string{
		`\du`:         {"ann       |", "{grp}", "grp       | No inheritance, Create role, Cannot login"},
		`\dg grp`:     {"Cannot login"},
		`\dp hidden`:  {"own=arwdDxt/own", "ann=r*/own", "=r/own"},
		`\z hidden`:   {"ann=r*/own"},
		`\ddp`:        {"own   |        | table | ann=a/own"},
		`\dn+ public`: {"public | golden | "},
		`\drds`:       {"ann", "statement_timeout=1000"},
		`\d hidden`:   {"canary"},
		`\dt`:         {"public | hidden | table | own"},
	} {
		cmd := exec.Command("psql", "-X", "-h", host, "-p", port, "-U", "golden", "-d", "leat", "-P", "pager=off", "-c", command)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
		for _, w := range want {
			if !strings.Contains(string(out), w) {
				t.Errorf("%s shows\n%s\nwithout %q", command, out, w)
			}
		}
	}
}

// A webhook is signed with the secret that the relation names, and with nothing
// else once it has changed.
func TestWebhookIsSignedWithItsSecret(t *testing.T) {
	d := hide(t)
	d.must("CREATE SECRET hook AS 'first'", "ALTER STREAM hidden SET (webhook_secret = 'hook')")
	post := func(key string) int {
		body := `{"id": 9}`
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(body))
		req, err := http.NewRequestWithContext(d.ctx, "POST", "http://"+d.srv.HTTPAddr()+"/v1/insert/hidden", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Leat-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode
	}
	if a, b := post("first"), post("other"); a != http.StatusOK || b != http.StatusUnauthorized {
		t.Errorf("signed %d, signed with another secret %d", a, b)
	}
	d.must("ALTER SECRET hook AS 'second'")
	if a, b := post("second"), post("first"); a != http.StatusOK || b != http.StatusUnauthorized {
		t.Errorf("after ALTER SECRET: signed %d, with the old secret %d", a, b)
	}
	d.must("ALTER STREAM hidden SET (webhook_secret = '')", "DROP SECRET hook")
	if o := d.wire("golden", "ALTER STREAM hidden SET (webhook_secret = 'hook')", false); o.code != "42704" {
		t.Errorf("a secret that is not there: %+v", o)
	}
}
