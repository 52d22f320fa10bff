package batch_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// world is a catalog of memory tables.
type world struct {
	rels  map[string]*catalog.Relation
	rows  map[string][]types.Row
	scans []batch.ScanOptions
}

func (w *world) Relation(schema, name string) (*catalog.Relation, bool) {
	r, ok := w.rels[name]
	return r, ok && (schema == "" || schema == "public")
}

func (w *world) Virtual(string, string) (string, types.Schema, bool) { return "", nil, false }
func (w *world) CustomType(string) (types.Type, bool)                { return types.Type{}, false }
func (w *world) Names() []string                                     { return []string{"dept", "emp"} }

// Scan gives the rows in batches of two, looking up points as a table would.
func (w *world) Scan(_ context.Context, rel *catalog.Relation, o batch.ScanOptions) (batch.Iterator, error) {
	w.scans = append(w.scans, o)
	var rows []types.Row
	for _, r := range w.rows[rel.Name] {
		if o.Points == nil || hasPoint(rel, o.Points, r) {
			rows = append(rows, r)
		}
	}
	return &memory{schema: rel.Schema, rows: rows}, nil
}

func hasPoint(rel *catalog.Relation, points [][]types.Value, row types.Row) bool {
	for _, p := range points {
		if types.Equal(rel.Schema[0].Type, p[0], row[0]) {
			return true
		}
	}
	return false
}

type memory struct {
	schema types.Schema
	rows   []types.Row
}

func (m *memory) Next(context.Context) (*vec.Batch, error) {
	if len(m.rows) == 0 {
		return nil, io.EOF
	}
	n := min(2, len(m.rows))
	b := &vec.Batch{N: n, Ts: make([]int64, n), Cols: make([]vec.Vec, len(m.schema))}
	for c := range m.schema {
		vals := make([]types.Value, n)
		for i := range vals {
			vals[i] = m.rows[i][c]
		}
		b.Cols[c] = vec.FromValues(m.schema[c].Type, vals)
	}
	m.rows = m.rows[n:]
	return b, nil
}

func (m *memory) Close() error { return nil }

// company holds the tables of testdata/schema.sql.
func company() *world {
	w := &world{rels: map[string]*catalog.Relation{}, rows: map[string][]types.Row{}}
	table := func(name string, s types.Schema, rows ...types.Row) {
		s[0].Key = true
		w.rels[name] = &catalog.Relation{OID: uint32(20000 + len(w.rels)), Name: name, Kind: catalog.Table, State: catalog.Active, Schema: s, Partitions: 1,
			KeyFormat: catalog.Format{Name: "JSON"}, ValueFormat: catalog.Format{Name: "JSON"}, Topic: name, Meaning: "leat"}
		w.rows[name] = rows
	}
	i := func(n int64) types.Value { return n }
	table("emp", types.Schema{{Name: "id", Type: types.TInt}, {Name: "name", Type: types.TString}, {Name: "dept_id", Type: types.TInt}, {Name: "salary", Type: types.TInt}, {Name: "boss", Type: types.TInt}},
		types.Row{i(1), "ann", i(1), i(3000), nil}, types.Row{i(2), "bob", i(1), i(1500), i(1)},
		types.Row{i(3), "cid", i(2), i(2000), i(1)}, types.Row{i(4), "dee", i(2), i(1000), i(3)},
		types.Row{i(5), "eve", nil, i(1800), i(4)}, types.Row{i(6), "fay", i(7), nil, i(1)}, types.Row{i(7), "ben", i(1), i(1500), i(2)})
	table("dept", types.Schema{{Name: "id", Type: types.TInt}, {Name: "name", Type: types.TString}},
		types.Row{i(1), "Engineering"}, types.Row{i(2), "Sales"}, types.Row{i(3), "Empty"})
	return w
}

// ask runs a query and gives its rows, cells joined by |.
func (w *world) ask(ctx context.Context, text string, tune func(*batch.Runtime)) ([]string, error) {
	st, err := sql.ParseOne(text)
	if err != nil {
		return nil, err
	}
	plan, err := planner.Build(st.(*sql.QueryStmt).Query, w, planner.Options{Text: text, Location: time.UTC})
	if err != nil {
		return nil, err
	}
	rt := &batch.Runtime{Env: &fn.Env{Location: time.UTC, Now: 1}, Relations: w}
	if tune != nil {
		tune(rt)
	}
	rows, err := batch.Run(ctx, plan.Batch, rt)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for {
		b, err := rows.Next(ctx)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		for r := 0; r < b.N; r++ {
			var cells []string
			for c, col := range plan.Schema {
				v := b.Cols[c].Value(r)
				if v == nil {
					cells = append(cells, "NULL")
					continue
				}
				cells = append(cells, string(types.AppendText(nil, col.Type, v, nil)))
			}
			out = append(out, strings.Join(cells, "|"))
		}
	}
}

// TestPostgresAnswers holds every query against PostgreSQL 15's frozen answer.
func TestPostgresAnswers(t *testing.T) {
	b, err := os.ReadFile("testdata/queries.out")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range strings.Split(string(b), "\n\n") {
		query, want, ok := strings.Cut(strings.TrimSpace(block)+"\n", "\n----\n")
		if !ok {
			query, want = strings.TrimSuffix(query, "\n----"), ""
		}
		n++
		got, err := company().ask(context.Background(), query, nil)
		if err != nil {
			t.Errorf("%s\n%v", query, err)
			continue
		}
		if g := strings.Join(got, "\n"); g != strings.TrimSpace(want) {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", query, g, want)
		}
	}
	if n < 80 {
		t.Errorf("only %d queries were asked", n)
	}
}

// TestPointLookup sees that equality on the key does not scan.
func TestPointLookup(t *testing.T) {
	for _, query := range []string{
		"SELECT name FROM emp WHERE id = 3", "SELECT name FROM emp WHERE id IN (3, 3)", "SELECT name FROM emp WHERE 3 = id AND salary > 0",
	} {
		w := company()
		got, err := w.ask(context.Background(), query, nil)
		if err != nil || fmt.Sprint(got) != "[cid]" {
			t.Errorf("%s: %v, %v", query, got, err)
		}
		if len(w.scans) != 1 || len(w.scans[0].Points) != 1 {
			t.Errorf("%s: scans %+v, want one point", query, w.scans)
		}
	}
}

func TestErrors(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		ctx         context.Context
		query, code string
		max         int64
	}{
		{context.Background(), "SELECT 1 / (id - 1) FROM emp", sqlerr.DivisionByZero, 0},
		{context.Background(), "SELECT (SELECT id FROM emp)", sqlerr.CardinalityViolation, 0},
		{context.Background(), "SELECT id FROM emp LIMIT -1", sqlerr.InvalidRowCountLimit, 0},
		{context.Background(), "SELECT id FROM emp OFFSET -1", sqlerr.InvalidRowCountOffset, 0},
		{context.Background(), "SELECT id FROM emp ORDER BY name", sqlerr.OutOfMemory, 10},
		{context.Background(), "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT count(*) FROM t", sqlerr.OutOfMemory, 1 << 16},
		{context.Background(), "SELECT count(*) FROM (SELECT g FROM generate_series(1, 5000) g GROUP BY g) s", sqlerr.OutOfMemory, 1 << 16},
		{context.Background(), "SELECT count(*) FROM (SELECT DISTINCT g FROM generate_series(1, 5000) g) s", sqlerr.OutOfMemory, 1 << 16},
		{context.Background(), "SELECT count(DISTINCT g) FROM generate_series(1, 5000) g", sqlerr.OutOfMemory, 1 << 16},
		{context.Background(), "SELECT array_agg(g) FROM generate_series(1, 50000) g", sqlerr.OutOfMemory, 1 << 16},
		{cancelled, "SELECT id FROM emp", sqlerr.QueryCanceled, 0},
	} {
		_, err := company().ask(c.ctx, c.query, func(rt *batch.Runtime) { rt.MaxBytes = c.max })
		if !sqlerr.Is(err, c.code) {
			t.Errorf("%s: %v, want %s", c.query, err, c.code)
		}
	}
}
