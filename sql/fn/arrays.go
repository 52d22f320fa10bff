package fn

import (
	"sort"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func list(v types.Value) []types.Value {
	l, _ := v.([]types.Value)
	return l
}

func addArrays(a *adder) {
	addArraySizes(a)
	addArrayEdits(a)
	addArraySearch(a)
	addArraySets(a)
	addArrayText(a)
	a.call("array_sort(a A, direction text?) A", nil, 0, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		desc := false
		if len(v) > 1 {
			switch strings.ToUpper(v[1].(string)) {
			case "ASC", "ASCENDING":
			case "DESC", "DESCENDING":
				desc = true
			default:
				return nil, nil
			}
		}
		return sortValues(*c.Ret.Elem, list(v[0]), desc), nil
	}, "The elements in order, NULLs last.")
	extreme := func(sign int) callFunc {
		return func(c *Call, v []types.Value, _ int) (types.Value, error) {
			var best types.Value
			for _, x := range list(v[0]) {
				if x != nil && (best == nil || sign*types.Compare(c.Ret, x, best) > 0) {
					best = x
				}
			}
			return best, nil
		}
	}
	a.call("array_max(a A) E", nil, 0, extreme(1), "The greatest element that is not NULL.")
	a.call("array_min(a A) E", nil, 0, extreme(-1), "The least element that is not NULL.")
	const seriesDoc = "The numbers from start to stop by step, in an array."
	a.row("generate_series(start int, stop int, step int?) int[]", ksql, seriesArray, seriesDoc)
	a.row("generate_series(start bigint, stop bigint, step int?) bigint[]", ksql, seriesArray, seriesDoc)
}

func sortValues(elem types.Type, in []types.Value, desc bool) []types.Value {
	out := append([]types.Value{}, in...)
	sort.SliceStable(out, func(i, j int) bool {
		x, y := out[i], out[j]
		switch {
		case x == nil:
			return false
		case y == nil:
			return true
		case desc:
			return types.Compare(elem, x, y) > 0
		}
		return types.Compare(elem, x, y) < 0
	})
	return out
}

func addArraySizes(a *adder) {
	lengths := func(c *Call) vec.Vec {
		x := c.Args[0]
		out := vec.Vec{Type: c.Ret, N: c.N, I64: make([]int64, c.N)}
		c.each(func(i int) { out.I64[i] = int64(x.Off[i+1] - x.Off[i]) })
		return out
	}
	a.scalar("array_length(a A) int", 0, lengths, "The number of elements.")
	a.scalar("cardinality(a A) int", 0, lengths, "The number of elements.")
	a.scalar("cardinality(m M) int", 0, lengths, "The number of entries.")
	upper := func(_ *Env, v []types.Value) (types.Value, error) {
		x := list(v[0])
		for d := v[1].(int64); d > 1 && len(x) > 0; d-- {
			x = list(x[0])
		}
		if len(x) == 0 || v[1].(int64) < 1 {
			return nil, nil
		}
		return int64(len(x)), nil
	}
	a.row("array_length(a A, dimension int) int", 0, upper, "The number of elements in a dimension, NULL when there are none.")
	a.row("array_upper(a A, dimension int) int", 0, upper, "The last subscript in a dimension.")
	a.row("array_lower(a A, dimension int) int", 0, func(env *Env, v []types.Value) (types.Value, error) {
		n, err := upper(env, v)
		if n == nil {
			return nil, err
		}
		return int64(1), nil
	}, "The first subscript in a dimension.")
	a.call("array_ndims(a A) int", nil, 0, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		if len(list(v[0])) == 0 {
			return nil, nil
		}
		n := int64(0)
		for t := c.Args[0].Type; t.Kind == types.Array; t = *t.Elem {
			n++
		}
		return n, nil
	}, "The number of dimensions.")
	a.row("array_dims(a A) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		s := ""
		for x := list(v[0]); len(x) > 0; x = list(x[0]) {
			s += "[1:" + strconv.Itoa(len(x)) + "]"
		}
		return nonEmpty(s), nil
	}, "The bounds of the dimensions.")
}

func addArrayEdits(a *adder) {
	cat := func(_ *Env, v []types.Value) (types.Value, error) {
		switch {
		case v[0] == nil:
			return v[1], nil
		case v[1] == nil:
			return v[0], nil
		}
		return append(append([]types.Value{}, list(v[0])...), list(v[1])...), nil
	}
	a.row("array_cat(a A, b A) A", nulls, cat, "The elements of a, then those of b.")
	a.row("array_concat(a A, b A) A", nulls, cat, "The elements of a, then those of b.")
	a.row("array_append(a A, x E) A", nulls, func(_ *Env, v []types.Value) (types.Value, error) {
		return append(append([]types.Value{}, list(v[0])...), v[1]), nil
	}, "a with x at its end.")
	a.row("array_prepend(x E, a A) A", nulls, func(_ *Env, v []types.Value) (types.Value, error) {
		return append([]types.Value{v[0]}, list(v[1])...), nil
	}, "a with x at its start.")
	a.call("array_remove(a A, x E) A", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		if v[0] == nil {
			return nil, nil
		}
		out := []types.Value{}
		for _, e := range list(v[0]) {
			if !sameValue(*c.Ret.Elem, e, v[1]) {
				out = append(out, e)
			}
		}
		return out, nil
	}, "a without the elements equal to x.")
	a.call("array_replace(a A, old E, new E) A", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		if v[0] == nil {
			return nil, nil
		}
		out := append([]types.Value{}, list(v[0])...)
		for i, e := range out {
			if sameValue(*c.Ret.Elem, e, v[1]) {
				out[i] = v[2]
			}
		}
		return out, nil
	}, "a with the elements equal to old replaced by new.")
	a.row("array_reverse(a A) A", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		in := list(v[0])
		out := make([]types.Value, len(in))
		for i, e := range in {
			out[len(in)-1-i] = e
		}
		return out, nil
	}, "The elements in reverse.")
	a.row("trim_array(a A, n int) A", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		in, n := list(v[0]), v[1].(int64)
		if n < 0 || n > int64(len(in)) {
			return nil, sqlerr.New(sqlerr.ArraySubscriptError, "number of elements to trim must be between 0 and %d", len(in))
		}
		return in[:int64(len(in))-n], nil
	}, "a without its last n elements.")
	a.row("slice(a A, from int, to int) A", nulls, slice, "The elements from one subscript to another, both included.")
}

func slice(_ *Env, v []types.Value) (types.Value, error) {
	if v[0] == nil {
		return nil, nil
	}
	in := list(v[0])
	from, to := int64(1), int64(len(in))
	if v[1] != nil {
		from = v[1].(int64)
	}
	if v[2] != nil {
		to = v[2].(int64)
	}
	if from < 1 || to > int64(len(in)) || from > to+1 {
		return nil, nil
	}
	return in[from-1 : to], nil
}

// sameValue is equality where NULL equals NULL.
func sameValue(t types.Type, x, y types.Value) bool {
	if x == nil || y == nil {
		return x == nil && y == nil
	}
	return types.Equal(t, x, y)
}

func addArraySearch(a *adder) {
	a.call("array_contains(a A, x E) bool", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		for _, e := range list(v[0]) {
			if sameValue(*c.Args[0].Type.Elem, e, v[1]) {
				return true, nil
			}
		}
		return false, nil
	}, "Whether x is an element of a.")
	a.call("array_position(a A, x E, start int?) int", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		start := int64(1)
		if len(v) > 2 {
			if v[2] == nil {
				return nil, sqlerr.New(sqlerr.NullNotAllowed, "initial position must not be null")
			}
			start = max(1, v[2].(int64))
		}
		for i, e := range list(v[0]) {
			if int64(i+1) >= start && sameValue(*c.Args[0].Type.Elem, e, v[1]) {
				return int64(i + 1), nil
			}
		}
		return nil, nil
	}, "The subscript of the first element equal to x.")
	a.call("array_positions(a A, x E) int[]", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		if v[0] == nil {
			return nil, nil
		}
		out := []types.Value{}
		for i, e := range list(v[0]) {
			if sameValue(*c.Args[0].Type.Elem, e, v[1]) {
				out = append(out, int64(i+1))
			}
		}
		return out, nil
	}, "The subscripts of all elements equal to x.")
}

// addArraySets registers set functions and the operators @>, <@, && as
// op_array_contains, op_array_contained, op_array_overlaps.
func addArraySets(a *adder) {
	a.call("array_distinct(a A) A", nil, 0, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		return newSet(*c.Ret.Elem).addAll(list(v[0])), nil
	}, "The distinct elements, in order of first occurrence.")
	a.call("array_union(a A, b A) A", nil, 0, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		return newSet(*c.Ret.Elem).addAll(append(append([]types.Value{}, list(v[0])...), list(v[1])...)), nil
	}, "The distinct elements of a and b.")
	keep := func(in bool) callFunc {
		return func(c *Call, v []types.Value, _ int) (types.Value, error) {
			other, out := newSet(*c.Ret.Elem), []types.Value{}
			other.addAll(list(v[1]))
			for _, e := range newSet(*c.Ret.Elem).addAll(list(v[0])) {
				if other.has(e) == in {
					out = append(out, e)
				}
			}
			return out, nil
		}
	}
	a.call("array_intersect(a A, b A) A", nil, 0, keep(true), "The distinct elements of a that are in b.")
	a.call("array_except(a A, b A) A", nil, 0, keep(false), "The distinct elements of a that are not in b.")
	covers := func(t types.Type, x, y []types.Value, all bool) bool {
		s := newSet(*t.Elem)
		s.addAll(x)
		for _, e := range y {
			if has := e != nil && s.has(e); has != all {
				return !all
			}
		}
		return all
	}
	a.call("op_array_contains(a A, b A) bool", nil, internal, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		return covers(c.Args[0].Type, list(v[0]), list(v[1]), true), nil
	}, "Operator @>.")
	a.call("op_array_contained(a A, b A) bool", nil, internal, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		return covers(c.Args[0].Type, list(v[1]), list(v[0]), true), nil
	}, "Operator <@.")
	a.call("op_array_overlaps(a A, b A) bool", nil, internal, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		return covers(c.Args[0].Type, list(v[0]), list(v[1]), false), nil
	}, "Operator &&.")
}

// valueSet is a set of values of one type, NULL among them.
type valueSet struct {
	t    types.Type
	seen map[string]bool
	buf  []byte
}

func newSet(t types.Type) *valueSet { return &valueSet{t: t, seen: map[string]bool{}} }

func (s *valueSet) key(x types.Value) []byte {
	s.buf = types.AppendKey(s.buf[:0], s.t, x)
	return s.buf
}

func (s *valueSet) has(x types.Value) bool { return s.seen[string(s.key(x))] }

// addAll adds the values and gives those that were new, in order.
func (s *valueSet) addAll(xs []types.Value) []types.Value {
	out := []types.Value{}
	for _, x := range xs {
		if k := s.key(x); !s.seen[string(k)] {
			s.seen[string(k)] = true
			out = append(out, x)
		}
	}
	return out
}

func addArrayText(a *adder) {
	a.call("array_join(a A, delimiter text?) text", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		if v[0] == nil {
			return nil, nil
		}
		sep := ","
		if len(v) > 1 {
			sep, _ = v[1].(string)
		}
		if e := c.Args[0].Type.Elem; e.IsNested() {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "array_join needs elements of a simple type, not %s", e.String())
		}
		parts := make([]string, len(list(v[0])))
		for i, e := range list(v[0]) {
			if parts[i] = "null"; e != nil {
				parts[i] = javaText(*c.Args[0].Type.Elem, e)
			}
		}
		return strings.Join(parts, sep), nil
	}, "The elements as text joined by the delimiter (a comma).")
	a.call("array_to_string(a A, delimiter text, null_text text?) text", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		if v[0] == nil || v[1] == nil {
			return nil, nil
		}
		var parts []string
		for _, e := range list(v[0]) {
			if e != nil {
				parts = append(parts, textOf(*c.Args[0].Type.Elem, e))
			} else if len(v) > 2 && v[2] != nil {
				parts = append(parts, v[2].(string))
			}
		}
		return strings.Join(parts, v[1].(string)), nil
	}, "The elements as text joined by the delimiter; NULLs are left out or become null_text.")
	a.row("string_to_array(s text, delimiter text, null_text text?) text[]", nulls, func(_ *Env, v []types.Value) (types.Value, error) {
		return stringToArray(v)
	}, "The parts of s between delimiters; with a NULL delimiter its characters.")
}

func stringToArray(v []types.Value) (types.Value, error) {
	if v[0] == nil {
		return nil, nil
	}
	s, out := v[0].(string), []types.Value{}
	if s == "" {
		return out, nil
	}
	parts := []string{s}
	if d, ok := v[1].(string); !ok {
		parts = strings.Split(s, "")
	} else if d != "" {
		parts = strings.Split(s, d)
	}
	for _, p := range parts {
		if len(v) > 2 && v[2] == p {
			out = append(out, nil)
		} else {
			out = append(out, p)
		}
	}
	return out, nil
}

// maxSeries bounds an array made of a series.
const maxSeries = 1 << 20

func seriesArray(_ *Env, v []types.Value) (types.Value, error) {
	start, stop := v[0].(int64), v[1].(int64)
	step := int64(1)
	if stop < start {
		step = -1
	}
	if len(v) > 2 {
		if v[2].(int64) == 0 || (v[2].(int64) > 0) != (step > 0) && start != stop {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "step %d does not lead from %d to %d", v[2], start, stop)
		}
		step = v[2].(int64)
	}
	out := []types.Value{}
	for x := start; (step > 0 && x <= stop) || (step < 0 && x >= stop); {
		if len(out) >= maxSeries {
			return nil, errTooLong()
		}
		out = append(out, x)
		next := x + step
		if (next > x) != (step > 0) {
			break
		}
		x = next
	}
	return out, nil
}
