package fn

import (
	"encoding/json"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// addJSONOps registers PostgreSQL's functions over JSON values and its
// operators: json_get (->), json_get_text (->>), json_get_path (#>),
// json_get_path_text (#>>), json_contains (@>), json_contained (<@),
// json_exists (?), json_exists_any (?|), json_exists_all (?&), json_delete (-),
// json_delete_path (#-), json_concat (||).
func addJSONOps(a *adder) {
	pick := func(name, ret string, text bool) {
		res := func(j jsonValue) (types.Value, error) {
			switch {
			case j == "" || text && j == "null":
				return nil, nil
			case text:
				return j.text(), nil
			}
			return string(j), nil
		}
		a.row(name+"(j json, key text) "+ret, leat, func(_ *Env, v []types.Value) (types.Value, error) {
			return res(jsonValue(v[0].(string)).member(v[1].(string)))
		}, "A member of a JSON object.")
		a.row(name+"(j json, i int) "+ret, leat, func(_ *Env, v []types.Value) (types.Value, error) {
			return res(jsonValue(v[0].(string)).at(v[1].(int64)))
		}, "An element of a JSON array, from 0.")
		path := func(_ *Env, v []types.Value) (types.Value, error) {
			return res(jsonAtPath(jsonValue(v[0].(string)), list(v[1])))
		}
		a.row(strings.Replace(name, "json_get", "json_get_path", 1)+"(j json, path text[]) "+ret, leat, path, "The value at a path.")
		for _, prefix := range []string{"json", "jsonb"} {
			full := strings.Replace(name, "json_get", prefix+"_extract_path", 1)
			a.row(full+"(j json, path text...) "+ret, leat, func(_ *Env, v []types.Value) (types.Value, error) {
				return res(jsonAtPath(jsonValue(v[0].(string)), v[1:]))
			}, "The value at a path.")
		}
	}
	pick("json_get", "json", false)
	pick("json_get_text", "text", true)
	addJSONTests(a)
	addJSONMakers(a)
	addJSONEdits(a)
	for _, p := range []string{"json", "jsonb"} {
		a.row(p+"_typeof(j json) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
			return jsonValue(v[0].(string)).kind(), nil
		}, "The kind of a JSON value.")
		a.row(p+"_strip_nulls(j json) json", leat, func(_ *Env, v []types.Value) (types.Value, error) {
			return string(stripNulls(jsonValue(v[0].(string)))), nil
		}, "A JSON value without members that are null.")
	}
	a.row("jsonb_array_length(j json) int", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		j := jsonValue(v[0].(string))
		if j[0] != '[' {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot get array length of a %s", notArray(j))
		}
		return int64(len(j.elements())), nil
	}, "The number of elements of a JSON array.")
	a.row("jsonb_pretty(j json) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return prettyJSON(v[0].(string)), nil
	}, "A JSON value laid out over lines.")
}

func prettyJSON(s string) string {
	var v json.RawMessage = []byte(s)
	b, err := json.MarshalIndent(v, "", "    ")
	if err != nil {
		return s
	}
	lines := strings.Split(string(b), "\n")
	for i, line := range lines { // PostgreSQL opens empty ones too
		body, comma := strings.CutSuffix(line, ",")
		if strings.HasSuffix(body, "[]") || strings.HasSuffix(body, "{}") {
			indent := body[:len(body)-len(strings.TrimLeft(body, " "))]
			lines[i] = body[:len(body)-1] + "\n" + indent + body[len(body)-1:]
			if comma {
				lines[i] += ","
			}
		}
	}
	return strings.Join(lines, "\n")
}

// jsonAtPath follows member names and subscripts given as text; "" when there
// is nothing there or a step is NULL.
func jsonAtPath(j jsonValue, path []types.Value) jsonValue {
	for _, step := range path {
		s, ok := step.(string)
		if !ok {
			return ""
		}
		if j[0] == '[' {
			i, ok := parseIndex(s)
			if !ok {
				return ""
			}
			j = j.at(i)
		} else {
			j = j.member(s)
		}
		if j == "" {
			return ""
		}
	}
	return j
}

func addJSONTests(a *adder) {
	test := func(name string, f func(x, y jsonValue) bool) {
		a.row(name+"(x json, y json) bool", leat, func(_ *Env, v []types.Value) (types.Value, error) {
			return f(jsonValue(v[0].(string)), jsonValue(v[1].(string))), nil
		}, "Whether one JSON value contains another.")
	}
	test("json_contains", func(x, y jsonValue) bool { return x.contains(y) })
	test("json_contained", func(x, y jsonValue) bool { return y.contains(x) })
	exists := func(j jsonValue, key string) bool {
		if j[0] == '{' {
			return j.member(key) != ""
		}
		for _, e := range j.elements() {
			if e[0] == '"' && e.text() == key {
				return true
			}
		}
		return j[0] == '"' && j.text() == key
	}
	a.row("json_exists(j json, key text) bool", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return exists(jsonValue(v[0].(string)), v[1].(string)), nil
	}, "Whether a key or text element exists.")
	some := func(all bool) RowFunc {
		return func(_ *Env, v []types.Value) (types.Value, error) {
			for _, k := range list(v[1]) {
				if s, ok := k.(string); ok && exists(jsonValue(v[0].(string)), s) != all {
					return !all, nil
				}
			}
			return all, nil
		}
	}
	a.row("json_exists_any(j json, keys text[]) bool", leat, some(false), "Whether any of the keys exists.")
	a.row("json_exists_all(j json, keys text[]) bool", leat, some(true), "Whether all of the keys exist.")
}

// toJSONB is v in jsonb's spelling.
func toJSONB(t types.Type, v types.Value) (jsonValue, error) {
	if s, ok := v.(string); ok && t.Kind == types.JSON {
		return jsonValue(s), nil
	}
	b, err := types.NormalizeJSON(appendToJSON(nil, t, v))
	return jsonValue(b), err
}

func addJSONMakers(a *adder) {
	for _, name := range []string{"to_json", "to_jsonb", "row_to_json", "array_to_json"} {
		a.call(name+"(x any) json", nil, leat|stable, func(c *Call, v []types.Value, _ int) (types.Value, error) {
			j, err := toJSONB(c.Args[0].Type, v[0])
			return string(j), err
		}, "x as a JSON value.")
	}
	for _, p := range []string{"json", "jsonb"} {
		a.call(p+"_build_array(x any...) json", nil, leat|nulls|stable, func(c *Call, v []types.Value, _ int) (types.Value, error) {
			parts := make([]string, len(v))
			for i, x := range v {
				j, err := toJSONB(c.Args[i].Type, x)
				if err != nil {
					return nil, err
				}
				parts[i] = string(j)
			}
			return joinArray(parts), nil
		}, "A JSON array of the arguments.")
		a.call(p+"_build_object(kv any...) json", nil, leat|nulls|stable, buildObject, "A JSON object of alternating keys and values.")
	}
}

func buildObject(c *Call, v []types.Value, _ int) (types.Value, error) {
	if len(v)%2 == 1 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "argument list must have even number of elements").
			WithHint("The arguments of jsonb_build_object() must consist of alternating keys and values.")
	}
	var ms []jsonMember
	for i := 0; i < len(v); i += 2 {
		if v[i] == nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "argument %d: key must not be null", i+1)
		}
		j, err := toJSONB(c.Args[i+1].Type, v[i+1])
		if err != nil {
			return nil, err
		}
		ms = append(ms, jsonMember{textOf(c.Args[i].Type, v[i]), j})
	}
	b, err := types.NormalizeJSON([]byte(joinObject(ms)))
	return string(b), err
}

// notArray is what j is called that should have been an array.
func notArray(j jsonValue) string {
	if j[0] == '{' {
		return "non-array"
	}
	return "scalar"
}

func stripNulls(j jsonValue) jsonValue {
	switch j[0] {
	case '{':
		var ms []jsonMember
		for _, m := range j.members() {
			if m.val != "null" {
				ms = append(ms, jsonMember{m.key, stripNulls(m.val)})
			}
		}
		return jsonValue(joinObject(ms))
	case '[':
		var parts []string
		for _, e := range j.elements() {
			parts = append(parts, string(stripNulls(e)))
		}
		return jsonValue(joinArray(parts))
	}
	return j
}
