package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// hear waits for n notifications of a channel.
func hear(t *testing.T, c *pgx.Conn, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out := make([]string, n)
	for i := range out {
		got, err := c.WaitForNotification(ctx)
		if err != nil {
			t.Fatalf("after %q: %v", out[:i], err)
		}
		out[i] = got.Channel + " " + got.Payload
	}
	return out
}

func dial(t *testing.T, addr string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), "postgres://me@"+addr+"/leat")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func must(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// NOTIFY and pg_notify reach an idle client at once; inside a transaction at its
// COMMIT, once, and not after a ROLLBACK.
func TestNotify(t *testing.T) {
	_, addr := serve(t)
	a, b := dial(t, addr), dial(t, addr)
	must(t, a, `LISTEN news; LISTEN "Other"`)
	must(t, b, "NOTIFY news")
	must(t, b, "NOTIFY news, 'one'")
	must(t, b, `SELECT pg_notify('Other', 'two')`)
	must(t, b, "BEGIN; NOTIFY news, 'lost'; ROLLBACK")
	must(t, b, "BEGIN; NOTIFY news, 'kept'; SAVEPOINT s; NOTIFY news, 'undone'; ROLLBACK TO s; NOTIFY news, 'kept'; SELECT pg_notify('news', 'last'); COMMIT")
	want := "news |news one|Other two|news kept|news last"
	if got := strings.Join(hear(t, a, 5), "|"); got != want {
		t.Errorf("heard %s, want %s", got, want)
	}
	must(t, a, "UNLISTEN news")
	must(t, b, "NOTIFY news, 'no more'")
	must(t, a, `NOTIFY "Other", 'to myself'`)
	if got := hear(t, a, 1)[0]; got != "Other to myself" {
		t.Errorf("heard %s", got)
	}
	for _, sql := range []string{"SELECT pg_notify('', 'x')", "SELECT pg_notify('c', repeat('x', 8000))", "SELECT pg_notify(repeat('c', 64), 'x')"} {
		if _, err := a.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "22023") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// told is a payload of a relation's channel.
type told struct {
	Key     map[string]any
	Deleted bool
	Rows    int
	Token   string
}

func changeOf(t *testing.T, text string) (channel string, c told) {
	t.Helper()
	channel, body, _ := strings.Cut(text, " ")
	if err := json.Unmarshal([]byte(body), &c); err != nil || c.Token == "" {
		t.Fatalf("%s: %v", text, err)
	}
	return channel, c
}

// A channel that is named like a relation tells of its changes: the key and a
// position from which a read sees them. Derived tables tell too, so do relations
// that are made later.
func TestNotifyChanges(t *testing.T) {
	_, addr := serve(t)
	a, b := dial(t, addr), dial(t, addr)
	must(t, b, "CREATE TABLE t (id INT PRIMARY KEY, v TEXT NOT NULL)")
	must(t, b, "INSERT INTO t VALUES (7, 'before')")
	must(t, a, "LISTEN t; LISTEN sums; LISTEN s")
	must(t, b, "INSERT INTO t VALUES (1, 'x')")
	channel, c := changeOf(t, hear(t, a, 1)[0])
	if channel != "t" || fmt.Sprint(c.Key) != "map[id:1]" || c.Deleted {
		t.Errorf("insert: %s %+v", channel, c)
	}
	reader := dial(t, addr)
	must(t, reader, "SET wait_for = '"+c.Token+"'")
	var v string
	if err := reader.QueryRow(t.Context(), "SELECT v FROM t WHERE id = 1").Scan(&v); err != nil || v != "x" {
		t.Errorf("behind the token: %q, %v", v, err)
	}
	must(t, b, "DELETE FROM t WHERE id = 1")
	if _, c = changeOf(t, hear(t, a, 1)[0]); !c.Deleted || fmt.Sprint(c.Key) != "map[id:1]" {
		t.Errorf("delete: %+v", c)
	}

	must(t, b, "CREATE STREAM s (k TEXT KEY, v INT)")
	must(t, b, "CREATE TABLE sums AS SELECT k, sum(v) AS n FROM s GROUP BY k")
	must(t, b, "INSERT INTO s VALUES ('a', 1)")
	seen := map[string]string{}
	for _, text := range hear(t, a, 2) {
		channel, c := changeOf(t, text)
		seen[channel] = fmt.Sprint(c.Key)
	}
	if seen["s"] != "map[k:a]" || seen["sums"] != "map[k:a]" {
		t.Errorf("derived: %v", seen)
	}
	must(t, b, "DROP TABLE t; CREATE TABLE t (name TEXT PRIMARY KEY)")
	must(t, b, "INSERT INTO t VALUES ('anew')")
	if _, c := changeOf(t, hear(t, a, 1)[0]); fmt.Sprint(c.Key) != "map[name:anew]" {
		t.Errorf("a table made anew: %+v", c)
	}
}

// Many rows are one notification, rows without a key are counted, and the feed
// ends with its last listener.
func TestNotifyManyChanges(t *testing.T) {
	srv, addr := serve(t)
	a, b := dial(t, addr), dial(t, addr)
	must(t, b, "CREATE TABLE t (id INT PRIMARY KEY)")
	must(t, b, "CREATE STREAM s (v INT)")
	must(t, a, "LISTEN t; LISTEN s")
	must(t, b, "INSERT INTO t SELECT i FROM generate_series(1, 5000) AS g(i)")
	rows := 0
	for rows < 5000 {
		_, c := changeOf(t, hear(t, a, 1)[0])
		rows += max(c.Rows, 1)
	}
	if rows != 5000 {
		t.Errorf("told of %d rows", rows)
	}
	must(t, b, "INSERT INTO s VALUES (1), (2), (3)")
	if channel, c := changeOf(t, hear(t, a, 1)[0]); channel != "s" || c.Rows != 3 || c.Key != nil {
		t.Errorf("without a key: %s %+v", channel, c)
	}
	must(t, a, "UNLISTEN *")
	srv.feeds.running.Wait()
}
