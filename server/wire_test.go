package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// serve runs a server on loopback.
func serve(t *testing.T) (*Server, string) {
	t.Helper()
	cfg := testConfig()
	cfg.PGAddr, cfg.HTTPAddr = "127.0.0.1:0", "127.0.0.1:0"
	srv, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	<-srv.Listening()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return srv, srv.PGAddr()
}

// psql runs one command in the real psql.
func psql(t *testing.T, addr, command string) string {
	t.Helper()
	host, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command("psql", "-X", "-h", host, "-p", port, "-U", "me", "-d", "leat", "-P", "pager=off", "-c", command)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("psql -c %s: %v\n%s", command, err, out)
	}
	return string(out)
}

// The backslash commands of the real psql, answered by our own SQL over virtual
// tables.
func TestPsqlCommands(t *testing.T) {
	if _, err := exec.LookPath("psql"); err != nil {
		t.Skip("psql is not installed")
	}
	_, addr := serve(t)
	psql(t, addr, "CREATE STREAM s (k TEXT KEY, v INT NOT NULL, at TIMESTAMP DEFAULT now())")
	psql(t, addr, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10), x NUMERIC(10,2), a INT[])")
	psql(t, addr, "CREATE MATERIALIZED VIEW mv AS SELECT k, count(*) AS n FROM s GROUP BY k")
	psql(t, addr, "CREATE VIEW vw AS SELECT id FROM t WHERE id > 1")
	for command, want := range map[string]string{
		`\d`:                  "public | mv   | materialized view | me",
		`\dt`:                 "public | s    | table | me",
		`\dv`:                 "public | vw   | view | me",
		`\dm`:                 "public | mv   | materialized view | me",
		`\d s`:                "at     | timestamp with time zone |           |          | now()",
		`\d t`:                "x      | numeric(10,2)",
		`\d mv`:               `Materialized view "public.mv"`,
		`\d vw`:               `View "public.vw"`,
		`\d+ vw`:              "View definition:",
		`\d pg_class`:         "relname",
		`\df`:                 "List of functions",
		`\dn`:                 "public | me",
		`\l`:                  "leat | me    | UTF8",
		`\du`:                 "me        | Superuser",
		`\conninfo`:           `connected to database "leat" as user "me"`,
		`\di`:                 "t_pkey",
		`\dT`:                 "List of data types",
		`\dx`:                 "List of installed extensions",
		`\sv vw`:              "id > 1",
		`\db`:                 "pg_default",
		`\dp`:                 "Access privileges",
		`SHOW server_version`: "15.0 (Leat 0.1)",
		`SELECT version()`:    "PostgreSQL 15.0",
	} {
		if got := psql(t, addr, command); !strings.Contains(got, want) {
			t.Errorf("psql -c %s\n%s\nlacks %s", command, got, want)
		}
	}
}

// A real driver: types both ways, in text and binary.
func TestPgxTypes(t *testing.T) {
	_, addr := serve(t)
	ctx := context.Background()
	c, err := pgx.Connect(ctx, "postgres://me@"+addr+"/leat")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, "CREATE TABLE t (id INT PRIMARY KEY, v TEXT, d DOUBLE PRECISION, a INT[], at TIMESTAMP, ok BOOLEAN)"); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		if _, err := c.Exec(ctx, "INSERT INTO t (id, v, d, a, ok) VALUES ($1, $2, $3, $4, $5)", mode, 1, "é", 1.5, []int32{1, 2}, true); err != nil {
			t.Fatalf("%v: %v", mode, err)
		}
		var v string
		var d float64
		var a []int32
		var ok, null bool
		row := c.QueryRow(ctx, "SELECT v, d, a, ok, at IS NULL FROM t WHERE id = $1", mode, 1)
		if err := row.Scan(&v, &d, &a, &ok, &null); err != nil || v != "é" || d != 1.5 || len(a) != 2 || !ok || !null {
			t.Errorf("%v: %q %v %v %v %v: %v", mode, v, d, a, ok, null, err)
		}
	}
	rows := [][]any{{int32(7), "x"}, {int32(8), nil}}
	n, err := c.CopyFrom(ctx, pgx.Identifier{"t"}, []string{"id", "v"}, pgx.CopyFromRows(rows))
	if err != nil || n != 2 {
		t.Errorf("CopyFrom: %d, %v", n, err)
	}
}

func TestHTTP(t *testing.T) {
	srv, addr := serve(t)
	c, err := pgx.Connect(context.Background(), "postgres://me@"+addr+"/leat")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(context.Background(), "CREATE STREAM s (v INT)"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/healthz":        "ok\n",
		"/readyz":         "ok\n",
		"/readyz?verbose": "[+] recovered\n[+] group 0 has a leader\n[+] group 1 has a leader\nok\n",
	} {
		if got := get(t, srv, path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	metrics := get(t, srv, "/metrics")
	for _, want := range []string{"leat_pgwire_connections 1", `leat_server_statements_total{command="CreateSource"} 1`, `leat_topic_bytes{topic="s"} 0`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if err := c.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func get(t *testing.T, srv *Server, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + srv.HTTPAddr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUnknownDatabase(t *testing.T) {
	_, addr := serve(t)
	_, err := pgx.Connect(context.Background(), "postgres://me@"+addr+"/nope")
	if err == nil || !strings.Contains(err.Error(), `FATAL: database "nope" does not exist (SQLSTATE 3D000)`) {
		t.Errorf("error %v", err)
	}
}
