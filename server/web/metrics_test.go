package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/leatdb/leat/server"
)

// scrape runs a server on loopback, makes it count something of everything, and
// gives its metrics as name -> names of labels.
func scrape(t *testing.T) map[string][]string {
	t.Helper()
	f := &fixture{T: t, dbCfg: server.DefaultConfig(), cfg: DefaultConfig()}
	f.dbCfg.PGAddr, f.dbCfg.HTTPAddr, f.dbCfg.DataDir = "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	db, err := server.Open(t.Context(), f.dbCfg)
	if err != nil {
		t.Fatal(err)
	}
	site, err := New(db, f.cfg)
	if err != nil {
		t.Fatal(err)
	}
	db.Mount(site)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	<-db.Listening()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	if _, err := pgx.Connect(t.Context(), "postgres://me@"+db.PGAddr()+"/nope"); err == nil {
		t.Fatal("a database that is not there let a client in")
	}
	c, err := pgx.Connect(t.Context(), "postgres://me@"+db.PGAddr()+"/leat")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	for _, sql := range []string{"CREATE STREAM s (k TEXT KEY, v INT)", "CREATE TABLE t AS SELECT k, count(*) AS n FROM s GROUP BY k", "INSERT INTO s VALUES ('a', 1)"} {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Exec(t.Context(), "SELECT 1/0"); err == nil {
		t.Fatal("1/0 has a value")
	}
	resp, err := http.Get("http://" + db.HTTPAddr() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return parseMetrics(string(b))
}

var (
	sample    = regexp.MustCompile(`^([a-z_][a-z0-9_]*)(?:\{(.*)\})? `)
	labelName = regexp.MustCompile(`([a-z_]+)="`)
	selector  = regexp.MustCompile(`\b((?:leat|go|process)_[a-z0-9_]+)(?:\{([^}]*)\})?`)
	matcher   = regexp.MustCompile(`([a-z_]+)\s*[=!]~?"`)
	grouping  = regexp.MustCompile(`by \(([a-z, ]+)\)`)
)

func parseMetrics(text string) map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(text) {
		m := sample.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		labels := []string{"instance"} // Prometheus adds it
		for _, l := range labelName.FindAllStringSubmatch(m[2], -1) {
			labels = append(labels, l[1])
		}
		out[m[1]] = labels
	}
	return out
}

// checkExpression tells of metrics and labels in a PromQL expression that the
// server does not have.
func checkExpression(t *testing.T, where, text string, metrics map[string][]string) {
	t.Helper()
	found := selector.FindAllStringSubmatch(text, -1)
	if len(found) == 0 {
		t.Errorf("%s: no metric in %s", where, text)
	}
	for _, m := range found {
		labels, ok := metrics[m[1]]
		if !ok {
			t.Errorf("%s: there is no metric %s", where, m[1])
			continue
		}
		var used []string
		for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
			used = append(used, l[1])
		}
		for _, g := range grouping.FindAllStringSubmatch(text, -1) {
			used = append(used, strings.Split(g[1], ", ")...)
		}
		for _, l := range used {
			if !slices.Contains(labels, l) {
				t.Errorf("%s: %s has no label %s, but %v", where, m[1], l, labels)
			}
		}
	}
}

// Every metric and label in the dashboard and the alert rules of examples/ is
// one that a server gives, and docs/operations.md names every metric of its own.
func TestMetricsOfExamples(t *testing.T) {
	metrics := scrape(t)
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	b, err := os.ReadFile("../../examples/grafana/leat.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &board); err != nil {
		t.Fatal(err)
	}
	expressions := 0
	for _, p := range board.Panels {
		for _, x := range p.Targets {
			expressions++
			checkExpression(t, "panel "+p.Title, x.Expr, metrics)
		}
	}
	rules, err := os.ReadFile("../../examples/prometheus/leat.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(rules)) {
		if expr, ok := strings.CutPrefix(strings.TrimSpace(line), "expr: "); ok {
			expressions++
			checkExpression(t, "alert", expr, metrics)
		}
	}
	if expressions < 30 {
		t.Errorf("%d expressions", expressions)
	}
	docs, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range metrics {
		if strings.HasPrefix(name, "leat_") && !strings.Contains(string(docs), "`"+name+"`") {
			t.Errorf("docs/operations.md does not name %s", name)
		}
	}
}
