package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/fn"
)

// TestFunctionsAreListed holds SHOW FUNCTIONS, DESCRIBE FUNCTION and what psql's
// \df asks to the registry: every function, each signature, its text.
func TestFunctionsAreListed(t *testing.T) {
	f := open(t)
	byName := map[string][]fn.Signature{}
	var names []string
	for _, s := range fn.Builtins().Signatures() {
		if !s.Listed {
			continue
		}
		if byName[s.Name] == nil {
			names = append(names, s.Name)
		}
		byName[s.Name] = append(byName[s.Name], s)
	}
	if len(names) < 300 || byName["last_token"] == nil || byName["op_bit_and"] != nil || byName["pg_sleep"] != nil {
		t.Fatalf("%d names", len(names))
	}
	var shown []string
	kinds := map[string]bool{}
	for _, n := range names {
		clear(kinds)
		for _, s := range byName[n] {
			if key := s.Kind + "," + s.Category; !kinds[key] {
				kinds[key] = true
				shown = append(shown, n)
			}
		}
	}
	got, err := f.try("SHOW FUNCTIONS")
	rows := strings.Split(strings.TrimSuffix(got, "; SHOW"), "; ")
	for i, r := range rows {
		rows[i], _, _ = strings.Cut(r, ",")
	}
	if err != nil || fmt.Sprint(rows) != fmt.Sprint(shown) {
		t.Errorf("%v\n got %v\nwant %v", err, rows, shown)
	}
	for _, n := range names {
		got, err := f.try("DESCRIBE FUNCTION " + n)
		if err != nil {
			t.Errorf("%s: %v", n, err)
			continue
		}
		if rows := strings.Count(got, n+","+byName[n][0].Kind); rows < 1 {
			t.Errorf("%s: %s", n, got)
		}
		for _, s := range byName[n] {
			if !strings.Contains(got, s.Arguments) || !strings.Contains(got, s.Doc) {
				t.Errorf("DESCRIBE FUNCTION %s: %s\nwithout %q, %q", n, got, s.Arguments, s.Doc)
			}
		}
	}
	f.is(`SELECT pg_catalog.pg_get_function_result(p.oid), pg_catalog.pg_get_function_arguments(p.oid), obj_description(p.oid, 'pg_proc')
		FROM pg_catalog.pg_proc p WHERE p.proname OPERATOR(pg_catalog.~) '^(starts_with)$' COLLATE pg_catalog.default AND pg_catalog.pg_function_is_visible(p.oid)`,
		"boolean,s text, prefix text,Whether s starts with prefix.; SELECT 1")
	f.is("SELECT count(*) FROM pg_proc WHERE proname = 'sum'", fmt.Sprintf("%d; SELECT 1", len(byName["sum"])))
}
