package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// outputs is all that people get to see, by where they see it.
type outputs map[string]string

func (o outputs) add(where, text string) { o[where] += text + "\n" }

func (o outputs) addError(where string, err error) {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		o.add(where, fmt.Sprintf("%+v", *pe))
	}
}

// everything reads all relations that a connection sees, and all settings.
func (o outputs) everything(ctx context.Context, t *testing.T, who string, c *pgconn.PgConn) {
	t.Helper()
	res, err := c.Exec(ctx, "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables UNION SELECT n.nspname || '.' || quote_ident(r.relname) FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace WHERE r.relkind IN ('r','v','m')").ReadAll()
	if err != nil || len(res[0].Rows) < 50 {
		t.Fatalf("%s: %v, %d relations", who, err, len(res[0].Rows))
	}
	queries := []string{"SHOW ALL", "SHOW SETTINGS", "EXPLAIN SELECT * FROM hooks", "EXPLAIN (FORMAT JSON) SELECT * FROM hooks WHERE k = 'x'", "SELECT current_setting('leat.webhook_secret.hooks', true)", "DESCRIBE hooks"}
	for _, row := range res[0].Rows {
		queries = append(queries, "SELECT * FROM "+string(row[0]))
	}
	for _, q := range queries {
		begin := time.Now()
		all, err := c.Exec(ctx, q).ReadAll()
		if d := time.Since(begin); d > time.Second {
			t.Logf("%s: %s took %s: %v", who, q, d, err)
		}
		o.addError(who+": error of "+q, err)
		for _, r := range all {
			for _, row := range r.Rows {
				for _, v := range row {
					o.add(who+": "+q, string(v))
				}
			}
		}
	}
}

// Passwords, tokens and keys show in nothing that anybody sees or that is kept:
// log (at debug), errors, plans, system tables, metrics, audit log, data files.
func TestCanaries(t *testing.T) {
	n, ctx, dir := startLocked(t, false)
	seen := outputs{}
	admin, err := pgconn.Connect(ctx, "postgres://admin:sesame@"+n.PG+"/leat?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(context.Background()) }()
	for _, text := range []string{
		"CREATE STREAM hooks (k TEXT KEY)", `ALTER SYSTEM SET "leat.webhook_secret.hooks" = 'canary-hook'`,
		"CREATE ROLE ann LOGIN PASSWORD 'canary-create'", "ALTER ROLE ann PASSWORD 'canary-alter'", "CREATE ROLE ann PASSWORD 'canary-again'",
		"CREATE USER bob PASSWORD 'canary-user' CONNECTION LIMIT 3", "SELECT 1; ALTER ROLE bob PASSWORD 'canary-script'; SELECT nope",
		"CREATE ROLE eve PASSWORD 'canary-role' SUPERUSER NOSUCHOPTION", "ALTER ROLE nobody PASSWORD 'canary-nobody'",
		"EXPLAIN ALTER ROLE ann PASSWORD 'canary-explain'", "PREPARE p AS ALTER ROLE ann PASSWORD 'canary-prepare'",
		"CREATE ROLE x PASSWORD E'canary-\\x65scape'", "CREATE ROLE y PASSWORD $$canary-dollar$$",
	} {
		_, err := admin.Exec(ctx, text).ReadAll()
		seen.addError("error of "+strings.Fields(text)[0]+" "+strings.Fields(text)[1], err)
	}
	for _, user := range []string{"ann", "nobody", "admin"} {
		_, err := pgx.Connect(ctx, "postgres://"+user+":canary-wrong@"+n.PG+"/leat?sslmode=disable")
		seen.addError("refused login", err)
	}
	token := canaryRequests(ctx, t, n, seen)
	ann, err := pgconn.Connect(ctx, "postgres://ann:canary-alter@"+n.PG+"/leat?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ann.Close(context.Background()) }()
	seen.everything(ctx, t, "superuser", admin)
	seen.everything(ctx, t, "ann", ann)
	seen.add("log", n.Log())
	secret, err := os.ReadFile(filepath.Join(dir, "data", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	hidden := []string{"canary", "sesame", token, strings.TrimSpace(string(secret))}
	for where, text := range seen {
		for _, h := range hidden {
			if i := strings.Index(text, h); i >= 0 {
				t.Errorf("%s shows %.80q", where, text[max(0, i-40):])
			}
		}
		// One's own verifier is no secret to oneself.
		if n := strings.Count(text, "SCRAM-SHA-256$"); strings.HasPrefix(where, "ann: ") && n > 0 && (n > 1 || !strings.HasSuffix(where, "pg_authid")) {
			t.Errorf("%s shows a verifier of another", where)
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d outputs were looked at", len(seen))
	}
	searchFiles(t, filepath.Join(dir, "data"), token)
}

// canaryRequests logs in over HTTP, rightly and wrongly, and gives the token.
func canaryRequests(ctx context.Context, t *testing.T, n *Node, seen outputs) (token string) {
	t.Helper()
	send := func(method, path, body string, change func(*http.Request)) string {
		req, err := http.NewRequestWithContext(ctx, method, n.Base()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(req)
		}
		resp, err := http.DefaultClient.Do(req)
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
	basic := func(user, password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, password) }
	}
	login := send("POST", "/v1/login", `{"user":"admin","password":"sesame"}`, nil)
	_, rest, _ := strings.Cut(login, `"token":"`)
	token, _, _ = strings.Cut(rest, `"`)
	if len(token) < 20 {
		t.Fatalf("login: %s", login)
	}
	bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	seen.add("GET /v1/session", send("GET", "/v1/session", "", bearer))
	seen.add("GET /v1/catalog", send("GET", "/v1/catalog", "", bearer))
	seen.add("GET /metrics", send("GET", "/metrics", "", bearer))
	seen.add("POST /v1/sql", send("POST", "/v1/sql", "ALTER ROLE nobody PASSWORD 'canary-http'", bearer))
	seen.add("wrong token", send("POST", "/v1/sql", "SELECT 1", func(r *http.Request) { r.Header.Set("Authorization", "Bearer canary-token") }))
	seen.add("wrong cookie", send("POST", "/v1/sql", "SELECT 1", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "leat_session", Value: "canary-cookie"}) }))
	seen.add("wrong password", send("POST", "/v1/sql", "SELECT 1", basic("ann", "canary-basic")))
	seen.add("wrong login", send("POST", "/v1/login", `{"user":"ann","password":"canary-login"}`, nil))
	seen.add("no login", send("POST", "/v1/login", `{"user":"ann","password":"canary-json"`, nil))
	seen.add("wrong signature", send("POST", "/v1/insert/hooks", `{"k":"a"}`, func(r *http.Request) {
		r.Header.Set("Leat-Signature", "sha256=canary-signature")
		r.SetBasicAuth("admin", "sesame")
	}))
	return token
}

// searchFiles looks for passwords and tokens in all files of a data directory.
// The webhook's secret is in the catalog, in clear: it has to be compared.
func searchFiles(t *testing.T, dir, token string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files++
		text := strings.ReplaceAll(string(b), "canary-hook", "")
		for _, h := range []string{"canary", "sesame", token} {
			if i := strings.Index(text, h); i >= 0 {
				t.Errorf("%s holds %.60q", name, text[max(0, i-20):])
			}
		}
		return nil
	})
	if err != nil || files < 5 {
		t.Errorf("%d files, %v", files, err)
	}
}
