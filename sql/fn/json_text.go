package fn

import (
	"math"
	"sort"
	"strings"
	"time"

	"github.com/leatdb/leat/sql/types"
)

// addJSONText registers ksqlDB's functions over JSON in text. They take JSON
// values too, in leat meaning.
func addJSONText(a *adder) {
	both := func(sig string, fl traits, f RowFunc, doc string) {
		a.row(sig, fl, f, doc)
		if j := strings.Replace(sig, "s text", "s json", 1); j != sig {
			a.row(j, fl|leat, f, doc)
		}
	}
	both("extractjsonfield(s text, path text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		path, err := parseJSONPath(v[1].(string))
		if err != nil {
			return nil, err
		}
		j, err := readJSON(v[0].(string))
		if err != nil {
			return nil, err
		}
		switch j = path.find(j); {
		case j == "":
			return nil, nil
		case nestedJSON(j):
			return j.compact(), nil
		}
		return j.text(), nil
	}, "The value at a path like $.a.b[0] of a JSON text.")
	both("is_json_string(s text) bool", nulls, func(_ *Env, v []types.Value) (types.Value, error) {
		return v[0] != nil && types.CheckJSON([]byte(v[0].(string))) == nil, nil
	}, "Whether s is valid JSON.")
	for _, t := range []string{"text", "json"} {
		fl := nulls
		if t == "json" {
			fl |= leat
		}
		a.call("json_array_contains(s "+t+", x any) bool", nil, fl, jsonArrayContains, "Whether x is an element of a JSON array.")
	}
	addJSONParts(a, both)
	a.row("json_concat(s text, more text...) text", nulls, jsonConcat, "JSON texts joined: objects merge, other values become arrays.")
	a.call("to_json_string(x timestamp) text", nil, nulls|ksql, func(_ *Call, v []types.Value, _ int) (types.Value, error) {
		us, ok := v[0].(int64)
		if !ok {
			return "null", nil
		}
		return time.UnixMicro(us).UTC().Format("\"2006-01-02T15:04:05.000\""), nil
	}, "x as a JSON text.")
	a.call("to_json_string(x double) text", nil, nulls|ksql, func(_ *Call, v []types.Value, _ int) (types.Value, error) {
		f, ok := v[0].(float64)
		switch text := types.KsqlText(v[0], types.TDouble); {
		case ok && (math.IsNaN(f) || math.IsInf(f, 0)):
			return `"` + text + `"`, nil
		default:
			return text, nil
		}
	}, "x as a JSON text.")
	a.call("to_json_string(x any) text", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		t, x := sortedJSON(c.Args[0].Type, v[0])
		return string(types.AppendJSON(nil, t, x, types.JSONLeat)), nil
	}, "x as a JSON text.")
}

// addJSONParts registers what takes a JSON text apart.
func addJSONParts(a *adder, both func(sig string, fl traits, f RowFunc, doc string)) {
	parsed := func(f func(j jsonValue) types.Value) RowFunc {
		return func(_ *Env, v []types.Value) (types.Value, error) {
			j, err := readJSON(v[0].(string))
			if err != nil {
				return nil, err
			}
			return f(j), nil
		}
	}
	both("json_array_length(s text) int", 0, parsed(func(j jsonValue) types.Value {
		if j[0] != '[' {
			return nil
		}
		return int64(len(j.elements()))
	}), "The number of elements of a JSON array.")
	both("json_keys(s text) text[]", 0, parsed(func(j jsonValue) types.Value {
		if j[0] != '{' {
			return nil
		}
		out := []types.Value{}
		for _, m := range j.members() {
			out = append(out, m.key)
		}
		return out
	}), "The keys of a JSON object.")
	both("json_items(s text) text[]", 0, parsed(func(j jsonValue) types.Value {
		if j[0] != '[' {
			return nil
		}
		out := []types.Value{}
		for _, e := range j.elements() {
			out = append(out, e.compact())
		}
		return out
	}), "The elements of a JSON array as JSON texts.")
	addJSONRecords(a, parsed)
}

func addJSONRecords(a *adder, parsed func(func(jsonValue) types.Value) RowFunc) {
	textMap := func([]types.Type) (types.Type, error) { return types.TMap(types.TString, types.TString), nil }
	records := parsed(func(j jsonValue) types.Value {
		if j[0] != '{' {
			return nil
		}
		m := types.MapValue{}
		for _, e := range j.members() {
			m.Keys = append(m.Keys, e.key)
			m.Vals = append(m.Vals, e.val.compact())
		}
		return m
	})
	plain := parsed(func(j jsonValue) types.Value {
		if j[0] != '{' {
			return nil
		}
		m := types.MapValue{}
		for _, e := range j.members() {
			m.Keys = append(m.Keys, e.key)
			if e.val[0] == '"' {
				m.Vals = append(m.Vals, e.val.text())
			} else {
				m.Vals = append(m.Vals, e.val.compact())
			}
		}
		return m
	})
	a.scalarRet("json_records(s text) text", textMap, leat, RowKernel(records), "The members of a JSON object as a map of JSON texts.")
	a.scalarRet("json_records(s text) text", textMap, ksql, RowKernel(plain), "The members of a JSON object as a map of texts.")
	a.scalarRet("json_records(s json) text", textMap, leat, RowKernel(records), "The members of a JSON object as a map of JSON texts.")
}

// jsonArrayContains is strict about types: the text "1" is not the number 1.
func jsonArrayContains(c *Call, v []types.Value, _ int) (types.Value, error) {
	if v[0] == nil {
		return false, nil
	}
	j, err := readJSON(v[0].(string))
	if err != nil || j[0] != '[' {
		return false, nil
	}
	want := jsonValue(types.AppendJSON(nil, c.Args[1].Type, v[1], types.JSONLeat))
	if v[1] == nil {
		want = "null"
	}
	for _, e := range j.elements() {
		if e.equal(want) && wholeLike(e, c.Args[1].Type) {
			return true, nil
		}
	}
	return false, nil
}

// wholeLike: an integer argument does not match a number written with a point.
func wholeLike(e jsonValue, t types.Type) bool {
	return !t.IsInteger() || !strings.ContainsAny(string(e), ".eE")
}

func jsonConcat(_ *Env, v []types.Value) (types.Value, error) {
	var acc jsonValue
	for i, x := range v {
		if x == nil {
			return nil, nil
		}
		j, err := readJSON(x.(string))
		if err != nil {
			return nil, err
		}
		if j = jsonValue(j.compact()); i == 0 {
			acc = j
		} else {
			acc = concatJSON(acc, j)
		}
	}
	return acc.compact(), nil
}

// concatJSON is jsonb's ||.
func concatJSON(x, y jsonValue) jsonValue {
	if x[0] == '{' && y[0] == '{' {
		ms := x.members()
	next:
		for _, m := range y.members() {
			for i := range ms {
				if ms[i].key == m.key {
					ms[i].val = m.val
					continue next
				}
			}
			ms = append(ms, m)
		}
		return jsonValue(joinObject(ms))
	}
	var parts []string
	for _, j := range []jsonValue{x, y} {
		if j[0] == '[' {
			for _, e := range j.elements() {
				parts = append(parts, string(e))
			}
		} else {
			parts = append(parts, string(j))
		}
	}
	return jsonValue(joinArray(parts))
}

// sortedJSON brings the keys of maps and the fields of structs into order, of
// the type as of the value.
func sortedJSON(t types.Type, v types.Value) (types.Type, types.Value) {
	switch t.Kind {
	case types.Map:
		elem, _ := sortedJSON(*t.Elem, nil)
		out := types.TMap(*t.Key, elem)
		x, ok := v.(types.MapValue)
		if !ok {
			return out, v
		}
		m := newMap(out)
		for _, k := range sortValues(*t.Key, x.Keys, false) {
			m.put(k, nil)
		}
		for i := range x.Keys {
			_, e := sortedJSON(*t.Elem, x.Vals[i])
			m.put(x.Keys[i], e)
		}
		return out, m.MapValue
	case types.Array:
		elem, _ := sortedJSON(*t.Elem, nil)
		x, ok := v.([]types.Value)
		if !ok {
			return types.TArray(elem), v
		}
		out := make([]types.Value, len(x))
		for i := range x {
			_, out[i] = sortedJSON(*t.Elem, x[i])
		}
		return types.TArray(elem), out
	case types.Struct:
		return sortedStruct(t, v)
	}
	return t, v
}

func sortedStruct(t types.Type, v types.Value) (types.Type, types.Value) {
	order := make([]int, len(t.Fields))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return t.Fields[order[i]].Name < t.Fields[order[j]].Name })
	x, ok := v.(types.Row)
	st, row := t, make(types.Row, len(order))
	st.Fields = make([]types.Field, len(order))
	for i, from := range order {
		st.Fields[i] = t.Fields[from]
		var e types.Value
		if ok {
			e = x[from]
		}
		st.Fields[i].Type, row[i] = sortedJSON(t.Fields[from].Type, e)
	}
	if !ok {
		return st, v
	}
	return st, row
}
