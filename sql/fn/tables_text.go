package fn

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func optionRows(_ *Env, v []types.Value) ([]types.Row, error) {
	var out []types.Row
	for _, o := range list(v[0]) {
		if s, ok := o.(string); ok {
			name, value, has := strings.Cut(s, "=")
			row := types.Row{name, nil}
			if has {
				row[1] = value
			}
			out = append(out, row)
		}
	}
	return out, nil
}

// addTableText registers table functions over text and JSON.
func addTableText(a *adder) {
	a.table("regexp_split_to_table(s text, pattern text, flags text?)", leat, column1("regexp_split_to_table", types.TString),
		func(_ *Env, v []types.Value) ([]types.Row, error) {
			parts, err := regexpSplit(v[0].(string), v[1].(string), flagsArg(v, 2))
			return rowsOf(list(parts)), err
		}, "The parts of s between matches of pattern, a row each.")
	a.table("regexp_matches(s text, pattern text, flags text?)", leat, column1("regexp_matches", types.TArray(types.TString)),
		func(_ *Env, v []types.Value) ([]types.Row, error) {
			n := 1
			if strings.Contains(flagsArg(v, 2), "g") {
				n = -1
			}
			rows, err := regexpMatches(v[0].(string), v[1].(string), flagsArg(v, 2), n)
			return rowsOf(rows), err
		}, "The groups of the first match, with flag g of every match, a row each.")
	a.table("string_to_table(s text, delimiter text, null_text text?)", leat|nulls, column1("string_to_table", types.TString),
		func(_ *Env, v []types.Value) ([]types.Row, error) {
			parts, err := stringToArray(v)
			return rowsOf(list(parts)), err
		}, "The parts of s between delimiters, a row each.")
	for _, p := range []string{"json", "jsonb"} {
		addJSONTables(a, p)
	}
}

func addJSONTables(a *adder, p string) {
	elements := func(text bool) rowsFunc {
		return func(_ *Env, v []types.Value) ([]types.Row, error) {
			j := jsonValue(v[0].(string))
			if j[0] != '[' {
				return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot extract elements from %s", map[bool]string{true: "an object", false: "a scalar"}[j[0] == '{'])
			}
			var out []types.Row
			for _, e := range j.elements() {
				out = append(out, types.Row{jsonOut(e, text)})
			}
			return out, nil
		}
	}
	members := func(name string, text bool) rowsFunc {
		return func(_ *Env, v []types.Value) ([]types.Row, error) {
			j := jsonValue(v[0].(string))
			if j[0] != '{' {
				return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot call %s on a non-object", name)
			}
			var out []types.Row
			for _, m := range j.members() {
				out = append(out, types.Row{m.key, jsonOut(m.val, text)})
			}
			return out, nil
		}
	}
	kv := func(t types.Type) colsFunc {
		return func([]types.Type) (types.Schema, error) {
			return types.Schema{{Name: "key", Type: types.TString}, {Name: "value", Type: t}}, nil
		}
	}
	a.table(p+"_array_elements(j json)", leat, column1("value", types.TJSON), elements(false), "The elements of a JSON array, a row each.")
	a.table(p+"_array_elements_text(j json)", leat, column1("value", types.TString), elements(true), "The elements of a JSON array as text, a row each.")
	a.table(p+"_each(j json)", leat, kv(types.TJSON), members(p+"_each", false), "The members of a JSON object, a row each.")
	a.table(p+"_each_text(j json)", leat, kv(types.TString), members(p+"_each_text", true), "The members of a JSON object as text, a row each.")
	a.table(p+"_object_keys(j json)", leat, column1(p+"_object_keys", types.TString), func(_ *Env, v []types.Value) ([]types.Row, error) {
		j := jsonValue(v[0].(string))
		if j[0] != '{' {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot call %s_object_keys on %s", p, map[bool]string{true: "an array", false: "a scalar"}[j[0] == '['])
		}
		var out []types.Row
		for _, m := range j.members() {
			out = append(out, types.Row{m.key})
		}
		return out, nil
	}, "The keys of a JSON object, a row each.")
}

func jsonOut(j jsonValue, text bool) types.Value {
	switch {
	case text && j == "null":
		return nil
	case text:
		return j.text()
	}
	return string(j)
}
