package server

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/leatdb/leat/internal/pg15"
)

// catalogColumns asks a PostgreSQL for the columns of its own tables: a line a
// table, then name:type:modifier of each column, domains as what they are over.
const catalogColumns = `SELECT n.nspname || '.' || c.relname || ' ' || string_agg(a.attname || ':' ||
	CASE WHEN t.typtype = 'd' THEN t.typbasetype || ':' || t.typtypmod ELSE a.atttypid || ':' || a.atttypmod END, ' ' ORDER BY a.attnum)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
	WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped AND c.relname !~ '^_pg'
	GROUP BY n.nspname, c.relname ORDER BY 1`

const frozenCatalog = "testdata/system_columns_pg15.txt"

func catalogOf(t *testing.T, url string) []string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(t.Context()) }()
	rows, err := c.Query(t.Context(), catalogColumns)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// plannerTypes are PostgreSQL's types of statistics that only its planner
// reads; they are text here.
var plannerTypes = strings.NewReplacer(":3361:", ":25:", ":3402:", ":25:", ":5017:", ":25:", ":10028:", ":25:", ":1184:2", ":1184:-1")

// Every table of pg_catalog and information_schema of PostgreSQL 15 is there,
// with its columns' names, types and modifiers in their order.
func TestSystemColumns(t *testing.T) {
	b, err := os.ReadFile(frozenCatalog)
	if err != nil && !*recordColumns {
		t.Fatal(err)
	}
	if *recordColumns {
		b = []byte(strings.Join(catalogOf(t, pg15.Start(t)), "\n") + "\n")
		if err := os.WriteFile(frozenCatalog, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, addr := serve(t)
	ours := map[string]string{}
	for _, line := range catalogOf(t, "postgres://me@"+addr+"/leat") {
		name, columns, _ := strings.Cut(line, " ")
		ours[name] = columns
	}
	equal := 0
	for line := range strings.Lines(string(b)) {
		name, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		if want = plannerTypes.Replace(want); ours[name] != want {
			t.Errorf("%s\ngot  %s\nwant %s", name, ours[name], want)
			continue
		}
		equal++
	}
	t.Logf("%d tables have PostgreSQL 15's columns", equal)
}

// The frozen columns are those of the PostgreSQL 15 on this machine.
func TestSystemColumnsLive(t *testing.T) {
	b, err := os.ReadFile(frozenCatalog)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(catalogOf(t, pg15.Start(t)), "\n") + "\n"; got != string(b) {
		t.Error("testdata/system_columns_pg15.txt is not what this PostgreSQL 15 says; go test ./server -run SystemColumns -record writes it")
	}
}
