package clients

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/leatdb/leat/internal/e2e"
)

var all = flag.Bool("all", false, "run the clients of all languages, not only those in Go: a minute more, on a machine with nothing else to do")

// TestClients runs the clients in Go, or with -all every client that is
// installed, each against tables of its own, on one node. Their first rows and
// cancels are timed, so that programs that take long to start are for lanes of
// their own: make clients, and a step of .ci/run.
func TestClients(t *testing.T) {
	dir := t.TempDir()
	in := install(t, dir)
	bin := binary(t, dir)
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	n, err := e2e.Start(ctx, bin, filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	var reports []*Report
	for _, c := range Matrix {
		if !*all && c.Lang != "go" {
			continue
		}
		t.Run(c.Slug, func(t *testing.T) {
			if missing := in.Missing(c); missing != "" {
				t.Skipf("%s is not installed (.ci/clients): %s", c.Name, missing)
			}
			r, err := Run(ctx, in, n, c)
			if err != nil {
				t.Fatal(err)
			}
			reports = append(reports, r)
			for _, f := range r.Failures() {
				t.Error(f)
			}
			t.Logf("%s %s: %s", c.Name, r.Version, summary(r))
		})
	}
	if err := n.Stop(); err != nil {
		t.Errorf("stop: %v\n%s", err, n.Log())
	}
	if strings.Contains(n.Log(), "panic") {
		t.Errorf("the server's log has a panic:\n%s", n.Log())
	}
	t.Logf("%d of %d clients ran", len(reports), len(Matrix))
	if os.Getenv("LEAT_CLIENTS_PAGE") == "" {
		return
	}
	if t.Failed() || len(reports) != len(Matrix) {
		t.Fatalf("%d of %d clients ran, or some failed: the page stays as it is (C4)", len(reports), len(Matrix))
	}
	if err := os.WriteFile(page, []byte(Page(reports)), 0o644); err != nil {
		t.Fatal(err)
	}
}

const page = "../../docs/clients.md"

// The page is of this matrix: the same clients, cells and reasons.
func TestPageIsOfThisMatrix(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	have := string(b)
	var reports []*Report
	for _, c := range Matrix {
		r := &Report{Client: c, Cells: map[string]Outcome{}}
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(c.Name) + ` \| ([0-9.]+) \|(.*)\|$`).FindStringSubmatch(have)
		if row == nil {
			t.Fatalf("docs/clients.md has no row of %s; run make clients", c.Name)
		}
		r.Version = row[1]
		for i, shown := range strings.Split(row[2], "|") {
			var ms int64
			if _, err := fmt.Sscanf(strings.TrimSpace(shown), "%d ms", &ms); err == nil || strings.TrimSpace(shown) == "yes" {
				r.Cells[Cells[i].Name] = Outcome{Passed: true, Millis: ms}
			}
		}
		for _, f := range r.Failures() {
			t.Errorf("docs/clients.md: %s: %s", c.Name, f)
		}
		reports = append(reports, r)
	}
	if Page(reports) != have {
		t.Error("docs/clients.md is not what the runner writes; run make clients")
	}
}

// binary is the server: LEAT_BINARY, or built here.
func binary(t *testing.T, dir string) string {
	t.Helper()
	if bin := os.Getenv("LEAT_BINARY"); bin != "" {
		return bin
	}
	bin, err := e2e.Build("../..", dir)
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

func install(t *testing.T, dir string) Install {
	t.Helper()
	folder, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := BuildGo(here, dir)
	if err != nil {
		t.Fatal(err)
	}
	return Install{Dir: folder, Scripts: here, Go: bin}
}

func summary(r *Report) string {
	var out []string
	for _, c := range Cells {
		o, said := r.Cells[c.Name]
		switch {
		case !said:
			out = append(out, c.Name+" n/a")
		case o.Millis > 0:
			out = append(out, fmt.Sprintf("%s %d ms", c.Name, o.Millis))
		default:
			out = append(out, c.Name)
		}
	}
	return strings.Join(out, ", ")
}
