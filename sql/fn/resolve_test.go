package fn

import (
	"strings"
	"testing"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func TestResolve(t *testing.T) {
	u, i, b, d, n, s := types.TUnknown, types.TInt, types.TBigInt, types.TDouble, types.TNumeric, types.TString
	for _, c := range []struct {
		name string
		args []types.Type
		d    Dialect
		want string // parameter types -> result, or SQLSTATE and a part of the message
	}{
		{"abs", []types.Type{i}, LeatOnly, "integer -> integer"},
		{"ABS", []types.Type{types.TDecimal(5, 2)}, LeatOnly, "numeric(5,2) -> numeric(5,2)"},
		{"sqrt", []types.Type{i}, LeatOnly, "double precision -> double precision"},
		{"sqrt", []types.Type{n}, LeatOnly, "numeric -> numeric"},
		{"mod", []types.Type{i, b}, LeatOnly, "bigint, bigint -> bigint"},
		{"power", []types.Type{n, i}, LeatOnly, "numeric, numeric -> numeric"},
		{"length", []types.Type{u}, LeatOnly, "text -> integer"},
		{"greatest", []types.Type{i, u, d}, LeatOnly, "double precision, double precision, double precision -> double precision"},
		{"coalesce", []types.Type{u, i}, LeatOnly, "integer, integer -> integer"},
		{"coalesce", []types.Type{i, s}, LeatOnly, "42883 function coalesce(integer, text) does not exist"},
		{"length", []types.Type{i}, LeatOnly, "42883 function length(integer) does not exist"},
		{"lenght", []types.Type{s}, LeatOnly, "42883 function lenght(text) does not exist"},
		{"array_append", []types.Type{types.TArray(i), b}, LeatOnly, "bigint[], bigint -> bigint[]"},
		{"array_cat", []types.Type{u, types.TArray(s)}, LeatOnly, "text[], text[] -> text[]"},
		{"date_trunc", []types.Type{u, types.TDate}, LeatOnly, "text, timestamp with time zone -> timestamp with time zone"},
		{"date_part", []types.Type{u, types.TDate}, LeatOnly, "text, date -> double precision"},
		{"concat", []types.Type{i, u, n}, LeatOnly, "integer, text, numeric -> text"},
		{"pg_table_is_visible", []types.Type{types.TOID}, LeatOnly, "oid -> boolean"},
		{"has_table_privilege", []types.Type{u, u}, LeatOnly, "text, text -> boolean"},
		{"pg_relation_size", []types.Type{types.TOID}, LeatOnly, "regclass -> bigint"},
		{"round", []types.Type{d}, KsqlOnly, "double precision -> bigint"},
		{"round", []types.Type{types.TDecimal(5, 2)}, KsqlOnly, "numeric(5,2) -> numeric(3,0)"},
		{"timestampadd", []types.Type{s, i, s}, KsqlOnly, "text, integer, timestamp with time zone -> timestamp with time zone"},
		{"timestampadd", []types.Type{s, i, i}, KsqlOnly, "42883 Function 'timestampadd' does not accept parameters (STRING, INTEGER, INTEGER).\nValid alternatives are:\nTIMESTAMPADD(STRING unit, INTEGER n, TIMESTAMP ts)"},
		{"nope", nil, KsqlOnly, "42883 Can't find any functions with the name 'NOPE'"},
		{"concat", []types.Type{u, u}, KsqlOnly, "42725 Function 'concat' cannot be resolved due to ambiguous method parameters (null, null)"},
		{"regexp_like", []types.Type{s, s}, KsqlOnly, "42883 Function 'regexp_like' does not accept"},
	} {
		_, params, ret, err := Builtins().Resolve(c.name, c.args, c.d)
		got := typeList(params) + " -> " + ret.String()
		if err != nil {
			e := sqlerr.From(err)
			got = e.Code + " " + e.Message
		}
		if got != c.want && !(err != nil && strings.HasPrefix(got, c.want)) {
			t.Errorf("%s(%s): got %s, want %s", c.name, typeList(c.args), got, c.want)
		}
	}
}

func TestSuggestion(t *testing.T) {
	_, _, _, err := Builtins().Resolve("substrin", []types.Type{types.TString}, LeatOnly)
	if h := sqlerr.From(err).Hint; h != `Perhaps you meant the function "substring".` {
		t.Errorf("hint %q", h)
	}
	for name, want := range map[string]string{"uper": "upper", "conut": "count", "zzzzzzzz": ""} {
		if got := Builtins().Suggest(name); got != want {
			t.Errorf("Suggest(%s) = %q, want %q", name, got, want)
		}
	}
}

func TestResolveAggregates(t *testing.T) {
	for _, c := range []struct {
		name string
		args []types.Type
		d    Dialect
		want string
	}{
		{"sum", []types.Type{types.TInt}, LeatOnly, "bigint"},
		{"sum", []types.Type{types.TBigInt}, LeatOnly, "numeric"},
		{"sum", []types.Type{types.TDecimal(5, 2)}, LeatOnly, "numeric"},
		{"sum", []types.Type{types.TInt}, KsqlOnly, "integer"},
		{"sum", []types.Type{types.TDecimal(5, 2)}, KsqlOnly, "numeric(5,2)"},
		{"avg", []types.Type{types.TInt}, LeatOnly, "numeric"},
		{"avg", []types.Type{types.TBigInt}, KsqlOnly, "double precision"},
		{"count", nil, LeatOnly, "bigint"},
		{"max", []types.Type{types.TDate}, LeatOnly, "date"},
		{"min", []types.Type{types.TBoolean}, LeatOnly, "42883 function min(boolean) does not exist"},
		{"topk", []types.Type{types.TInt, types.TInt}, KsqlOnly, "integer[]"},
		{"topk", []types.Type{types.TInt, types.TString, types.TInt}, KsqlOnly, `STRUCT<sort_col integer, col0 text>[]`},
		{"histogram", []types.Type{types.TString}, KsqlOnly, "MAP<text, bigint>"},
		{"latest_by_offset", []types.Type{types.TString, types.TInt, types.TBoolean}, KsqlOnly, "text[]"},
		{"collect_list", []types.Type{types.TArray(types.TInt)}, KsqlOnly, "integer[][]"},
		{"sum", []types.Type{types.TString}, LeatOnly, "42883 function sum(text) does not exist"},
	} {
		_, _, ret, err := Builtins().ResolveAgg(c.name, c.args, c.d)
		got := ret.String()
		if err != nil {
			e := sqlerr.From(err)
			got = e.Code + " " + e.Message
		}
		if got != c.want {
			t.Errorf("%s(%s): got %s, want %s", c.name, typeList(c.args), got, c.want)
		}
	}
}

// TestUndoFollowsTheDialect: ksqlDB refuses MIN, MAX and the offset aggregates
// over tables; here MIN and MAX have a kernel that takes values back.
func TestUndoFollowsTheDialect(t *testing.T) {
	for _, c := range []struct {
		name string
		d    Dialect
		undo bool
	}{{"min", LeatOnly, true}, {"min", KsqlOnly, false}, {"collect_set", KsqlOnly, false}, {"collect_list", KsqlOnly, true},
		{"latest_by_offset", KsqlOnly, false}, {"histogram", KsqlOnly, true}, {"topk", LeatOnly, false}} {
		args := []types.Type{types.TString}
		if c.name == "topk" {
			args = append(args, types.TInt)
		}
		g, _, _, err := Builtins().ResolveAgg(c.name, args, c.d)
		if err != nil {
			t.Fatal(err)
		}
		if g.Undo != c.undo {
			t.Errorf("%s: undo %v, want %v", c.name, g.Undo, c.undo)
		}
	}
}
