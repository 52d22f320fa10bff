package planner

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/types"
)

// TestParameterTypes: a parameter takes the type its first use suggests, text
// when nothing does.
func TestParameterTypes(t *testing.T) {
	cat := testCatalog()
	for _, c := range []struct{ text, want string }{
		{"SELECT $1", "text"},
		{"SELECT $1::int", "integer"},
		{"SELECT $1 + 1", "integer"},
		{"SELECT 1.5 * $1", "numeric"},
		{"SELECT $2, $1::bool", "boolean, text"},
		{"SELECT $2::int", "text, integer"},
		{"SELECT name FROM users WHERE id = $1", "integer"},
		{"SELECT name FROM users WHERE $1 < id AND name = $2", "integer, text"},
		{"SELECT name FROM users WHERE id IN ($1, $2)", "integer, integer"},
		{"SELECT name FROM users WHERE id = ANY($1)", "integer[]"},
		{"SELECT name FROM users WHERE id BETWEEN $1 AND $2", "integer, integer"},
		{"SELECT name FROM users WHERE created > $1", "timestamp with time zone"},
		{"SELECT name FROM users WHERE created > now() - $1::interval", "interval"},
		{"SELECT created + $1 FROM users", "interval"},
		{"SELECT name FROM users WHERE name LIKE $1", "text"},
		{"SELECT name || $1 FROM users", "text"},
		{"SELECT doc->$1 FROM users", "text"},
		{"SELECT doc @> $1 FROM users", "jsonb"},
		{"SELECT coalesce(id, $1) FROM users", "integer"},
		{"SELECT CASE WHEN $1 THEN 1 ELSE $2 END", "boolean, integer"},
		{"SELECT upper($1)", "text"},
		{"SELECT length($1), $1 = 'a'", "text"},
		{"SELECT name FROM users LIMIT $1 OFFSET $2", "bigint, bigint"},
		{"SELECT name FROM users WHERE ok = $1", "boolean"},
		{"SELECT name FROM users WHERE $1", "boolean"},
		{"SELECT id FROM users UNION SELECT $1", "integer"},
		{"VALUES (1, $1), ($2, 'a')", "text, integer"},
		{"SELECT * FROM users WHERE (id, name) = ($1, $2)", "integer, text"},
		{"SELECT id FROM users WHERE id = (SELECT max(id) FROM cities WHERE name = $1)", "text"},
		{"SELECT $1 IS NULL", "text"},
		{"SELECT sum(n) FROM clicks WHERE tags[$1] = $2", "integer, text"},
		{"INSERT INTO users (id, name, created, doc) VALUES ($1, $2, $3, $4)", "integer, text, timestamp with time zone, jsonb"},
		{"INSERT INTO clicks (cost, rowtime) VALUES ($1, $2)", "numeric(10,2), timestamp with time zone"},
		{"INSERT INTO profiles SELECT $1, $2", "integer, text"},
		{"UPDATE users SET name = $1 WHERE id = $2", "text, integer"},
		{"DELETE FROM stock WHERE shop = $1 AND item = $2", "text, text"},
		{"SELECT page FROM clicks WHERE n > $1 EMIT CHANGES", "integer"},
	} {
		got, err := paramsOf(c.text, cat, nil)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

// TestDeclaredParameters: what a client declares counts, and is cast where it
// does not fit.
func TestDeclaredParameters(t *testing.T) {
	cat := testCatalog()
	got, err := paramsOf("SELECT name FROM users WHERE id = $1 AND name = $2", cat, []types.Type{types.TBigInt, types.TUnknown})
	if err != nil || got != "bigint, text" {
		t.Errorf("%s %v", got, err)
	}
	if _, err := paramsOf("SELECT name FROM users WHERE id = $1", cat, []types.Type{types.TBoolean}); err == nil {
		t.Error("a boolean was compared with an integer")
	}
}

func paramsOf(text string, cat *fakeCatalog, declared []types.Type) (string, error) {
	stmt, err := sql.ParseOne(text)
	if err != nil {
		return "", err
	}
	opt := Options{Text: text, ParamTypes: declared}
	var ps []types.Type
	switch stmt := stmt.(type) {
	case *sql.QueryStmt:
		p, err := Build(stmt.Query, cat, opt)
		if err != nil {
			return "", err
		}
		ps = p.Params
	case *sql.Insert:
		p, err := BindInsert(cat.relations[stmt.Name.Last().Text], stmt, cat, opt)
		if err != nil {
			return "", err
		}
		ps = p.Params
	case *sql.Update:
		p, err := BindUpdate(cat.relations[stmt.Name.Last().Text], stmt, cat, opt)
		if err != nil {
			return "", err
		}
		ps = p.Plan.Params
	case *sql.Delete:
		p, err := BindDelete(cat.relations[stmt.Name.Last().Text], stmt, cat, opt)
		if err != nil {
			return "", err
		}
		ps = p.Plan.Params
	}
	names := make([]string, len(ps))
	for i, p := range ps {
		names[i] = p.String()
	}
	return strings.Join(names, ", "), nil
}
