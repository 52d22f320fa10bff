package fn

import (
	"encoding/json"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// jsonValue is the text of one valid JSON value without blanks around it.
type jsonValue string

// jsonMember is one member of an object.
type jsonMember struct {
	key string
	val jsonValue
}

// readJSON checks text from outside. 22P02.
func readJSON(s string) (jsonValue, error) {
	if err := types.CheckJSON([]byte(s)); err != nil {
		return "", err
	}
	return jsonValue(strings.Trim(s, " \t\r\n")), nil
}

// kind is the name jsonb_typeof gives.
func (j jsonValue) kind() string {
	switch j[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// text is a string's characters, or the value's own text.
func (j jsonValue) text() string {
	if j[0] != '"' {
		return string(j)
	}
	if strings.IndexByte(string(j), '\\') < 0 {
		return string(j[1 : len(j)-1])
	}
	var s string
	if json.Unmarshal([]byte(j), &s) != nil {
		return ""
	}
	return s
}

// compact is the value without blanks between tokens.
func (j jsonValue) compact() string { return string(types.CompactJSON([]byte(j))) }

// end is where the value that starts at i ends.
func (j jsonValue) end(i int) int {
	depth := 0
	for ; i < len(j); i++ {
		switch j[i] {
		case '"':
			for i++; i < len(j) && j[i] != '"'; i++ {
				if j[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// skip passes over blanks and the given separator.
func (j jsonValue) skip(i int, sep byte) int {
	for i < len(j) && (j[i] == ' ' || j[i] == '\t' || j[i] == '\n' || j[i] == '\r' || j[i] == sep) {
		i++
	}
	return i
}

// elements lists an array's elements; nil when it is no array.
func (j jsonValue) elements() []jsonValue {
	if j[0] != '[' {
		return nil
	}
	out := []jsonValue{}
	for i := j.skip(1, ','); i < len(j)-1; {
		e := j.end(i)
		out = append(out, j[i:e])
		i = j.skip(e, ',')
	}
	return out
}

// members lists an object's members, of equal keys the last at its place; nil
// when it is no object.
func (j jsonValue) members() []jsonMember {
	if j[0] != '{' {
		return nil
	}
	out, at := []jsonMember{}, map[string]int{}
	for i := j.skip(1, ','); i < len(j)-1; {
		e := j.end(i)
		key := j[i:e].text()
		i = j.skip(e, ':')
		e = j.end(i)
		if k, dup := at[key]; dup {
			out[k].val = j[i:e]
		} else {
			at[key] = len(out)
			out = append(out, jsonMember{key, j[i:e]})
		}
		i = j.skip(e, ',')
	}
	return out
}

// member finds a member of an object; "" when there is none.
func (j jsonValue) member(key string) jsonValue {
	for _, m := range j.members() {
		if m.key == key {
			return m.val
		}
	}
	return ""
}

// at is an array's element, from the end when i is negative; "" when there is none.
func (j jsonValue) at(i int64) jsonValue {
	es := j.elements()
	if i < 0 {
		i += int64(len(es))
	}
	if i < 0 || i >= int64(len(es)) {
		return ""
	}
	return es[i]
}

// equal compares values: numbers by value, objects without order.
func (j jsonValue) equal(o jsonValue) bool {
	if j == o {
		return true
	}
	if j.kind() != o.kind() {
		return false
	}
	switch j[0] {
	case '[':
		a, b := j.elements(), o.elements()
		if len(a) != len(b) {
			return false
		}
		for i := range a {
			if !a[i].equal(b[i]) {
				return false
			}
		}
		return true
	case '{':
		a := j.members()
		if len(a) != len(o.members()) {
			return false
		}
		for _, m := range a {
			if v := o.member(m.key); v == "" || !m.val.equal(v) {
				return false
			}
		}
		return true
	case '"':
		return j.text() == o.text()
	case 't', 'f', 'n':
		return false
	}
	x, ok1, _ := types.ParseDecimal(string(j))
	y, ok2, _ := types.ParseDecimal(string(o))
	return ok1 && ok2 && x != nil && y != nil && types.CompareDecimal(x, y) == 0
}

// contains is jsonb's @>.
func (j jsonValue) contains(o jsonValue) bool {
	switch {
	case j[0] == '{' && o[0] == '{':
		for _, m := range o.members() {
			if v := j.member(m.key); v == "" || !v.contains(m.val) {
				return false
			}
		}
		return true
	case j[0] == '[':
		want := []jsonValue{o}
		if o[0] == '[' {
			want = o.elements()
		} else if o[0] == '{' {
			return false
		}
		for _, w := range want {
			found := false
			for _, e := range j.elements() {
				found = found || (e[0] == w[0] || !nestedJSON(e) && !nestedJSON(w)) && e.contains(w)
			}
			if !found {
				return false
			}
		}
		return true
	}
	return j.equal(o)
}

func nestedJSON(j jsonValue) bool { return j[0] == '[' || j[0] == '{' }

// joinJSON writes an array or object of finished parts in jsonb's spelling.
func joinArray(parts []string) string { return "[" + strings.Join(parts, ", ") + "]" }

func joinObject(ms []jsonMember) string {
	b := []byte{'{'}
	for i, m := range ms {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = types.AppendJSONString(b, m.key)
		b = append(append(b, ": "...), m.val...)
	}
	return string(append(b, '}'))
}

// jsonPath is a parsed `$.a.b[0]["c"]`: members as strings, elements as int64.
type jsonPath []types.Value

// parseJSONPath reads ksqlDB's paths.
func parseJSONPath(p string) (jsonPath, error) {
	fail := sqlerr.New(sqlerr.InvalidParameterValue, "invalid JSON path %q", p).WithHint("A path looks like $.a.b[0][\"c\"].")
	rest, ok := strings.CutPrefix(p, "$")
	if !ok {
		return nil, fail
	}
	var out jsonPath
	for rest != "" {
		switch rest[0] {
		case '.':
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			if end == 0 {
				return nil, fail
			}
			out = append(out, rest[1:end+1])
			rest = rest[end+1:]
		case '[':
			end := strings.IndexByte(rest, ']')
			if end < 2 {
				return nil, fail
			}
			in := rest[1:end]
			if q := in[0]; (q == '"' || q == '\'') && len(in) > 1 && in[len(in)-1] == q {
				out = append(out, in[1:len(in)-1])
			} else if n, ok := parseIndex(in); ok {
				out = append(out, n)
			} else {
				return nil, fail
			}
			rest = rest[end+1:]
		default:
			return nil, fail
		}
	}
	return out, nil
}

func parseIndex(s string) (int64, bool) {
	v, err := types.ParseText(types.TInt, s, nil)
	n, ok := v.(int64)
	return n, ok && err == nil
}

func (p jsonPath) find(j jsonValue) jsonValue {
	for _, step := range p {
		switch s := step.(type) {
		case string:
			j = j.member(s)
		case int64:
			if s < 0 {
				return ""
			}
			j = j.at(s)
		}
		if j == "" {
			return ""
		}
	}
	return j
}
