package fn

import (
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func addJSONEdits(a *adder) {
	a.row("json_concat(x json, y json) json", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return string(concatJSON(jsonValue(v[0].(string)), jsonValue(v[1].(string)))), nil
	}, "JSON values joined: objects merge, other values become arrays.")
	a.row("json_delete(j json, key text) json", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return jsonText(deleteKey(jsonValue(v[0].(string)), v[1].(string)))
	}, "A JSON value without a key.")
	a.row("json_delete(j json, i int) json", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return jsonText(deleteIndex(jsonValue(v[0].(string)), v[1].(int64)))
	}, "A JSON array without an element.")
	a.row("json_delete_path(j json, path text[]) json", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		j := jsonValue(v[0].(string))
		if !j.nested() {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot delete path in scalar")
		}
		return jsonText(jsonEdit{path: list(v[1])}.apply(j, 0))
	}, "A JSON value without what is at a path.")
	a.row("jsonb_set(j json, path text[], new json, create bool?) json", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		j := jsonValue(v[0].(string))
		if !j.nested() {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot set path in scalar")
		}
		return jsonText(jsonEdit{list(v[1]), jsonValue(v[2].(string)), len(v) < 4 || v[3].(bool)}.apply(j, 0))
	}, "A JSON value with what is at a path replaced.")
}

// jsonText boxes a JSON value.
func jsonText(j jsonValue, err error) (types.Value, error) {
	if err != nil {
		return nil, err
	}
	return string(j), nil
}

// nested tells whether j is an object or an array.
func (j jsonValue) nested() bool { return j[0] == '{' || j[0] == '[' }

func errDeleteScalar() error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "cannot delete from scalar")
}

func deleteKey(j jsonValue, key string) (jsonValue, error) {
	switch j[0] {
	case '[':
		var parts []string
		for _, e := range j.elements() {
			if e[0] != '"' || e.text() != key {
				parts = append(parts, string(e))
			}
		}
		return jsonValue(joinArray(parts)), nil
	case '{':
		var ms []jsonMember
		for _, m := range j.members() {
			if m.key != key {
				ms = append(ms, m)
			}
		}
		return jsonValue(joinObject(ms)), nil
	}
	return "", errDeleteScalar()
}

func deleteIndex(j jsonValue, i int64) (jsonValue, error) {
	switch j[0] {
	case '[':
	case '{':
		return "", sqlerr.New(sqlerr.InvalidParameterValue, "cannot delete from object using integer index")
	default:
		return "", errDeleteScalar()
	}
	es := j.elements()
	if i < 0 {
		i += int64(len(es))
	}
	if i < 0 || i >= int64(len(es)) {
		return j, nil
	}
	var parts []string
	for k, e := range es {
		if int64(k) != i {
			parts = append(parts, string(e))
		}
	}
	return jsonValue(joinArray(parts)), nil
}

// jsonEdit replaces what is at a path by val, or deletes it when val is "".
type jsonEdit struct {
	path   []types.Value
	val    jsonValue
	create bool
}

// apply edits j, which the first at steps of the path led to.
func (ed jsonEdit) apply(j jsonValue, at int) (jsonValue, error) {
	if at == len(ed.path) {
		return j, nil
	}
	step, ok := ed.path[at].(string)
	if !ok {
		return "", sqlerr.New(sqlerr.NullNotAllowed, "path element at position %d is null", at+1)
	}
	switch j[0] {
	case '[':
		return ed.element(j, step, at)
	case '{':
		return ed.member(j, step, at)
	}
	return j, nil
}

func (ed jsonEdit) member(j jsonValue, step string, at int) (jsonValue, error) {
	last := at == len(ed.path)-1
	ms := j.members()
	for i := range ms {
		if ms[i].key != step {
			continue
		}
		switch {
		case !last:
			val, err := ed.apply(ms[i].val, at+1)
			if err != nil {
				return "", err
			}
			ms[i].val = val
		case ed.val == "":
			ms = append(ms[:i], ms[i+1:]...)
		default:
			ms[i].val = ed.val
		}
		return jsonValue(joinObject(ms)), nil
	}
	if last && ed.create && ed.val != "" {
		ms = append(ms, jsonMember{step, ed.val})
	}
	b, err := types.NormalizeJSON([]byte(joinObject(ms)))
	return jsonValue(b), err
}

func (ed jsonEdit) element(j jsonValue, step string, at int) (jsonValue, error) {
	es := j.elements()
	i, ok := parseIndex(step)
	if !ok {
		return "", sqlerr.New(sqlerr.InvalidTextRepresent, "path element at position %d is not an integer: \"%s\"", at+1, step)
	}
	last, first := at == len(ed.path)-1, i < 0
	if first {
		i += int64(len(es))
	}
	if last && ed.val == "" {
		if i < 0 {
			return j, nil
		}
		return deleteIndex(j, i)
	}
	var parts []string
	for k, e := range es {
		if int64(k) == i {
			next, err := ed.apply(e, at+1)
			if err != nil {
				return "", err
			}
			if e = next; last {
				e = ed.val
			}
		}
		parts = append(parts, string(e))
	}
	if last && ed.create && (i < 0 || i >= int64(len(es))) {
		if first {
			parts = append([]string{string(ed.val)}, parts...)
		} else {
			parts = append(parts, string(ed.val))
		}
	}
	return jsonValue(joinArray(parts)), nil
}
