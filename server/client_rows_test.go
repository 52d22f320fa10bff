package server

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leatdb/leat/internal/pg15"
)

// rowGaps are the recorded queries whose rows for the same table differ from
// PostgreSQL's on purpose, by a part of their text.
var rowGaps = map[string]string{
	"tmp.CARDINALITY, tmp.PAGES":             "an index has no pages, and its rows are not counted",
	"table_type LIKE '%TABLE'":               "a table that a query maintains is a table in information_schema",
	"array_agg(a.attnum) as column_indexes":  "there are no system columns in pg_attribute",
	"pg_get_indexdef(i.indexrelid, 0, true)": "names are qualified in definitions",
	"table_comment":                          "a comment says what a relation is",
	"c.relispartition, '', c.reltablespace":  "a maintained table has a key",
	"AS FUNCTION_CAT":                        "nobody makes functions",
}

// about picks the recorded queries that ask of the tables that both servers have.
var about = regexp.MustCompile(`16386|16393|'orders|'public'`)

// The rows that catalog queries give for the same tables are PostgreSQL 15's,
// with the tables' own numbers in place of the recorded ones.
func TestClientQueryRowsLive(t *testing.T) {
	theirs := pg15.Start(t)
	_, addr := serve(t)
	ours := "postgres://me@" + addr + "/leat"
	var queries []string
	for _, a := range readAnswers(t) {
		if a.Error == "" && len(a.Params) == 0 && len(a.Sets) == 1 && about.MatchString(a.Query) && !strings.HasPrefix(a.Query, "FETCH") {
			queries = append(queries, a.Query)
		}
	}
	got, want := rowsOf(t, ours, ourTables, queries), rowsOf(t, theirs, theirTables, queries)
	equal, gaps := 0, 0
	for i, q := range queries {
		known := false
		for part := range rowGaps {
			known = known || strings.Contains(q, part)
		}
		switch {
		case slices.Equal(got[i], want[i]):
			equal++
		case known:
			gaps++
		default:
			t.Errorf("%.200s\ngot\n%s\nwant\n%s", q, strings.Join(got[i], "\n"), strings.Join(want[i], "\n"))
		}
	}
	t.Logf("%d of %d queries give PostgreSQL 15's rows, %d differ on purpose", equal, len(queries), gaps)
	if equal < 40 {
		t.Errorf("only %d", equal)
	}
}

// rowsOf runs queries and gives their rows as text, with names for the numbers of
// the tables.
func rowsOf(t *testing.T, url string, tables, queries []string) [][]string {
	t.Helper()
	c, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	ask := func(sql string) []string {
		results, err := c.Exec(t.Context(), sql).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		var out []string
		for _, row := range results[0].Rows {
			cells := make([]string, len(row))
			for i, v := range row {
				cells[i] = fmt.Sprintf("%q", v)
			}
			out = append(out, strings.Join(cells, "|"))
		}
		return out
	}
	for _, sql := range tables {
		if _, err := c.Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	number := func(name string) string { return strings.Trim(ask("SELECT '" + name + "'::regclass::oid")[0], `"`) }
	to := strings.NewReplacer("16386", number("orders"), "16393", number("orders_by_customer"))
	back := strings.NewReplacer(number("orders"), "ORDERS", number("orders_by_customer"), "BY_CUSTOMER")
	out := make([][]string, len(queries))
	for i, q := range queries {
		for _, row := range ask(to.Replace(q)) {
			out[i] = append(out[i], back.Replace(row))
		}
		if !strings.Contains(strings.ToUpper(q), "ORDER BY") {
			slices.Sort(out[i])
		}
	}
	return out
}
