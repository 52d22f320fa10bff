package server

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leatdb/leat/server/auth"
	"github.com/leatdb/leat/sql/sqlerr"
)

// bookLine is what a line of the audit log says besides who and when.
type bookLine struct{ Kind, Role, Statement, Result string }

func (f *fixture) book() []bookLine {
	f.Helper()
	var out []bookLine
	for _, line := range f.linesOf() {
		var x bookLine
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			f.Fatalf("%s: %v", line, err)
		}
		out = append(out, x)
	}
	return out
}

// Every statement that belongs into the book gives exactly one line, whether it
// works or not; the others give none. Literals are not in it.
func TestEveryStatementOnce(t *testing.T) {
	f := open(t)
	for _, c := range []struct{ text, kind, result, statement string }{
		{"CREATE ROLE ann LOGIN PASSWORD 'canary'", auth.EventRole, "ok", "CREATE ROLE ann LOGIN PASSWORD '?'"},
		{"ALTER ROLE ann PASSWORD 'canary'", auth.EventRole, "ok", "ALTER ROLE ann PASSWORD '?'"},
		{"CREATE ROLE ann", auth.EventRole, sqlerr.DuplicateObject, ""},
		{"CREATE STREAM s (k TEXT KEY, v INT) WITH (partitions = 1)", auth.EventDDL, "ok", ""},
		{"CREATE TABLE t AS SELECT k, count(*) AS n FROM s GROUP BY k", auth.EventDDL, "ok", ""},
		{"CREATE VIEW w AS SELECT k FROM s WHERE k = 'canary'", auth.EventDDL, "ok", "CREATE VIEW w AS SELECT k FROM s WHERE k = '?'"},
		{"CREATE STREAM s (k TEXT KEY)", auth.EventDDL, sqlerr.DuplicateTable, ""},
		{"GRANT SELECT ON s TO ann", auth.EventGrant, "ok", ""},
		{"REVOKE SELECT ON s FROM ann", auth.EventGrant, "ok", ""},
		{"ALTER SYSTEM SET position_notices = 'off'", auth.EventConfig, "ok", ""},
		{"COMMENT ON TABLE s IS 'canary'", auth.EventDDL, "ok", "COMMENT ON TABLE s IS '?'"},
		{"DROP VIEW w", auth.EventDDL, "ok", ""},
		{"DROP VIEW w", auth.EventDDL, sqlerr.UndefinedTable, ""},
		{"DROP ROLE ann", auth.EventRole, "ok", ""},
		{"INSERT INTO s VALUES ('canary', 1)", "", "", ""}, {"SELECT * FROM t", "", "", ""}, {"SHOW ALL", "", "", ""},
		{"SELECT nothing FROM s", "", "", ""}, {"SET application_name = 'canary'", "", "", ""}, {"EXPLAIN SELECT 1", "", "", ""},
	} {
		before := len(f.book())
		_, _ = f.try(c.text)
		lines := f.book()[before:]
		switch {
		case c.kind == "" && len(lines) == 0:
			continue
		case c.kind == "" || len(lines) != 1:
			t.Errorf("%s: %+v", c.text, lines)
			continue
		}
		if c.statement == "" {
			c.statement = c.text
			for _, lit := range []string{"'off'"} {
				c.statement = strings.ReplaceAll(c.statement, lit, "'?'")
			}
		}
		if want := (bookLine{c.kind, "me", c.statement, c.result}); lines[0] != want {
			t.Errorf("%s\ngot  %+v\nwant %+v", c.text, lines[0], want)
		}
	}
	before := len(f.book())
	_, _ = f.try("CREATE STREAM a (k TEXT KEY); SELECT 1; CREATE STREAM b (k TEXT KEY); DROP STREAM a")
	var texts []string
	for _, x := range f.book()[before:] {
		texts = append(texts, x.Statement)
	}
	if got := strings.Join(texts, "; "); got != "CREATE STREAM a (k TEXT KEY); CREATE STREAM b (k TEXT KEY); DROP STREAM a" {
		t.Errorf("a script: %s", got)
	}
}

// Access that is denied has a line, by whichever way it was tried, without the
// literals of the statement.
func TestDeniedAccessIsWritten(t *testing.T) {
	f, _ := locked(t, "all all all all scram", nil)
	f.is("CREATE STREAM hidden (k TEXT KEY, v INT)", "CREATE STREAM")
	c, err := f.dial("ann", "right", nil)
	if err != nil {
		t.Fatal(err)
	}
	before := len(f.book())
	for i, query := range []string{"SELECT * FROM hidden WHERE k = 'canary' AND v = 4711", "INSERT INTO hidden VALUES ('canary', 4711)", "DROP STREAM hidden"} {
		_, err := c.Exec(t.Context(), query).ReadAll()
		if sqlState(err) != sqlerr.InsufficientPrivilege {
			t.Errorf("%s: %v", query, err)
		}
		lines := f.book()[before:]
		if len(lines) != i+1 || lines[i].Kind != auth.EventDenied || lines[i].Role != "ann" || lines[i].Result != sqlerr.InsufficientPrivilege {
			t.Fatalf("%s: %+v", query, lines)
		}
		if strings.Contains(lines[i].Statement, "canary") || strings.Contains(lines[i].Statement, "4711") {
			t.Errorf("%s: %+v", query, lines[i])
		}
	}
	if _, err := c.Prepare(t.Context(), "", "SELECT k FROM hidden", nil); sqlState(err) != sqlerr.InsufficientPrivilege {
		t.Errorf("prepared: %v", err)
	}
	if lines := f.book()[before:]; len(lines) != 4 || lines[3].Kind != auth.EventDenied {
		t.Errorf("prepared: %+v", lines)
	}
}

// Who ends another's statement or session is in the book; who ends one's own is
// not.
func TestSignalsAreWritten(t *testing.T) {
	f := open(t)
	other, err := f.srv.NewSession("other", "leat", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	own, err := f.srv.NewSession("me", "leat", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	before := len(f.book())
	f.is(fmt.Sprintf("SELECT pg_cancel_backend(%d), pg_cancel_backend(%d), pg_terminate_backend(%d)", own.pid, other.pid, other.pid), "t,t,t; SELECT 1")
	lines := f.linesOf()[before:]
	if len(lines) != 2 || !strings.Contains(lines[0], "its statement") || !strings.Contains(lines[1], fmt.Sprintf("session %d of other", other.pid)) {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}

// A flood of logins is held to the limit while a right one takes less than a
// second. LEAT_LOGINS is the number of attempts (`make logins`: 100,000).
func TestFloodOfLogins(t *testing.T) {
	attempts, bound := 1000, time.Second
	if testing.Short() { // under the race detector hashing takes ten times as long
		attempts, bound = 300, 10*time.Second
	}
	if n, err := strconv.Atoi(os.Getenv("LEAT_LOGINS")); err == nil {
		attempts = n
	}
	f, _ := locked(t, "all all all all scram", func(c *Config) { c.Access.Certificates, c.Access.RequireTLS = nil, false })
	begin := time.Now()
	flood := f.flood(attempts, 20)
	var slowest time.Duration
	logins := 0
	for done := false; !done; {
		select {
		case <-flood.done:
			done = true
		default:
		}
		start := time.Now()
		c, err := f.dialFrom("127.0.0.1", "ann", "right")
		if err != nil {
			t.Fatalf("a right login during the flood: %v", err)
		}
		slowest = max(slowest, time.Since(start))
		logins++
		_ = c.Close(t.Context())
	}
	took := time.Since(begin)
	// What 20 addresses may try: 20 at once and 20 a minute each.
	allowed := 20 * int64(auth.AddressFailures+int(took.Minutes()*auth.AddressFailures)+1)
	judged, limited := flood.judged.Load(), flood.limited.Load()
	t.Logf("%d attempts in %s: %d were looked at (%d allowed), %d refused; %d right logins, the slowest %s",
		attempts, took.Round(time.Millisecond), judged, allowed, limited, logins, slowest.Round(time.Millisecond))
	if judged+limited != int64(attempts) || judged > allowed || judged == 0 {
		t.Errorf("%d looked at, %d refused, %d allowed", judged, limited, allowed)
	}
	if slowest > bound || logins < 2 {
		t.Errorf("%d right logins, the slowest took %s", logins, slowest)
	}
	if n := len(f.linesOf()); int64(n) > judged+int64(logins)+20*int64(took.Seconds()+10)+100 {
		t.Errorf("%d lines in the book", n)
	}
	if f.srv.wire.Connections() > 5 {
		t.Error(fmt.Sprint(f.srv.wire.Connections(), " connections are left"))
	}
}
