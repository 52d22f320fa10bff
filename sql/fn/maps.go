package fn

import (
	"sort"
	"strings"

	"github.com/leatdb/leat/sql/types"
)

func addMaps(a *adder) {
	part := func(keys bool) callFunc {
		return func(_ *Call, v []types.Value, _ int) (types.Value, error) {
			m := v[0].(types.MapValue)
			if keys {
				return append([]types.Value{}, m.Keys...), nil
			}
			return append([]types.Value{}, m.Vals...), nil
		}
	}
	a.call("map_keys(m M) K[]", nil, 0, part(true), "The keys of a map.")
	a.call("map_values(m M) V[]", nil, 0, part(false), "The values of a map.")
	a.call("map_union(a M, b M) M", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		if v[0] == nil || v[1] == nil {
			if v[0] == nil {
				return v[1], nil
			}
			return v[0], nil
		}
		m := newMap(c.Ret)
		m.putAll(v[0].(types.MapValue))
		m.putAll(v[1].(types.MapValue))
		return m.MapValue, nil
	}, "The entries of both maps; of equal keys b's counts.")
	asMap := func(args []types.Type) (types.Type, error) { return types.TMap(*args[0].Elem, *args[1].Elem), nil }
	a.call("as_map(keys A, vals B) text", asMap, 0, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		m, vals := newMap(c.Ret), list(v[1])
		for i, k := range list(v[0]) {
			var x types.Value
			if i < len(vals) {
				x = vals[i]
			}
			if k != nil {
				m.put(k, x)
			}
		}
		return m.MapValue, nil
	}, "A map of parallel arrays of keys and values.")
	entryRet := func(args []types.Type) (types.Type, error) {
		return types.TArray(types.TStruct(types.Field{Name: "K", Type: *args[0].Key}, types.Field{Name: "V", Type: *args[0].Elem})), nil
	}
	a.call("entries(m M, sorted bool) text", entryRet, 0, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		m := v[0].(types.MapValue)
		out := make([]types.Value, len(m.Keys))
		for i := range out {
			out[i] = types.Row{m.Keys[i], m.Vals[i]}
		}
		if v[1].(bool) {
			kt := *c.Args[0].Type.Key
			sort.SliceStable(out, func(i, j int) bool {
				return types.Compare(kt, out[i].(types.Row)[0], out[j].(types.Row)[0]) < 0
			})
		}
		return out, nil
	}, "The entries of a map as structs of K and V, sorted by key if asked.")
	textMap := func([]types.Type) (types.Type, error) { return types.TMap(types.TString, types.TString), nil }
	a.call("split_to_map(s text, entry_delimiter text, kv_delimiter text) text", textMap, 0, splitToMap,
		"The map of a text like 'a=1,b=2'.")
}

// mapBuilder makes a map whose keys are distinct; the last value of a key counts.
type mapBuilder struct {
	types.MapValue
	key types.Type
	at  map[string]int
}

func newMap(t types.Type) *mapBuilder { return &mapBuilder{key: *t.Key, at: map[string]int{}} }

// put tells whether the key is new.
func (m *mapBuilder) put(k, v types.Value) bool {
	enc := string(types.AppendKey(nil, m.key, k))
	if i, ok := m.at[enc]; ok {
		m.Vals[i] = v
		return false
	}
	m.at[enc] = len(m.Keys)
	m.Keys, m.Vals = append(m.Keys, k), append(m.Vals, v)
	return true
}

func (m *mapBuilder) putAll(o types.MapValue) {
	for i := range o.Keys {
		m.put(o.Keys[i], o.Vals[i])
	}
}

func splitToMap(c *Call, v []types.Value, _ int) (types.Value, error) {
	s, entry, kv := v[0].(string), v[1].(string), v[2].(string)
	if entry == "" || kv == "" || entry == kv {
		return nil, nil
	}
	m := newMap(c.Ret)
	for _, e := range strings.Split(s, entry) {
		if k, val, ok := strings.Cut(e, kv); ok {
			if i := strings.Index(val, kv); i >= 0 {
				val = val[:i]
			}
			m.put(k, val)
		}
	}
	return m.MapValue, nil
}
