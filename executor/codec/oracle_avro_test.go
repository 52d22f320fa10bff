package codec

import (
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hamba/avro/v2"

	"github.com/leatdb/leat/sql/types"
)

// fromNative turns what hamba decodes into a value of type t.
func fromNative(s avro.Schema, t types.Type, v any) types.Value {
	if u, ok := s.(*avro.UnionSchema); ok {
		if v == nil {
			return nil
		}
		s = u.Types()[1]
		if m, ok := v.(map[string]any); ok && len(m) == 1 {
			if in, ok := m[branchKey(s)]; ok {
				v = in
			}
		}
	}
	switch x := v.(type) {
	case nil:
		return nil
	case bool, float64:
		return x
	case int:
		return int64(x)
	case int64:
		return x
	case float32:
		return float64(x)
	case []byte:
		return x
	case *big.Rat:
		d, _, _ := types.ParseDecimal(x.FloatString(int(t.Scale)))
		return types.Rescale(d, t.Scale)
	case time.Duration:
		return x.Microseconds()
	case time.Time:
		if t.Kind == types.Date {
			return floorDiv(x.Unix(), 86400)
		}
		return x.UnixMicro()
	case string:
		if t.Kind == types.String {
			return x
		}
		out, err := types.ParseText(t, x, nil)
		if err != nil {
			panic(err)
		}
		return out
	case []any:
		out := make([]types.Value, len(x))
		for i := range x {
			out[i] = fromNative(s.(*avro.ArraySchema).Items(), *t.Elem, x[i])
		}
		return out
	case map[string]any:
		if t.Kind == types.Map {
			out := types.MapValue{}
			for k, e := range x {
				out.Keys, out.Vals = append(out.Keys, k), append(out.Vals, fromNative(s.(*avro.MapSchema).Values(), *t.Elem, e))
			}
			return out
		}
		row := make(types.Row, len(t.Fields))
		for i, f := range s.(*avro.RecordSchema).Fields() {
			row[i] = fromNative(f.Type(), t.Fields[i].Type, x[f.Name()])
		}
		return row
	}
	panic("kind")
}

// branchKey is how hamba names a branch of a union.
func branchKey(s avro.Schema) string {
	if n, ok := s.(avro.NamedSchema); ok {
		return n.FullName()
	}
	name := string(s.Type())
	if l, ok := s.(avro.LogicalTypeSchema); ok && l.Logical() != nil {
		name += "." + string(l.Logical().Type())
	}
	return name
}

// toNative is fromNative back.
func toNative(s avro.Schema, t types.Type, v types.Value) any {
	if u, ok := s.(*avro.UnionSchema); ok {
		if v == nil {
			return nil
		}
		return map[string]any{branchKey(u.Types()[1]): toNative(u.Types()[1], t, v)}
	}
	switch t.Kind {
	case types.Int, types.SmallInt:
		return int(v.(int64))
	case types.Real:
		return float32(v.(float64))
	case types.Date:
		return time.Unix(v.(int64)*86400, 0).UTC()
	case types.Time:
		return time.Duration(v.(int64)) * time.Microsecond
	case types.Timestamp:
		return time.UnixMicro(v.(int64)).UTC()
	case types.Decimal:
		if t.Precision > 0 {
			x, _ := new(big.Rat).SetString(string(types.AppendText(nil, t, v, nil)))
			return x
		}
	case types.Array:
		out := []any{}
		for _, e := range v.([]types.Value) {
			out = append(out, toNative(s.(*avro.ArraySchema).Items(), *t.Elem, e))
		}
		return out
	case types.Map:
		out := map[string]any{}
		m := v.(types.MapValue)
		for i := range m.Keys {
			out[m.Keys[i].(string)] = toNative(s.(*avro.MapSchema).Values(), *t.Elem, m.Vals[i])
		}
		return out
	case types.Struct:
		out := map[string]any{}
		for i, f := range s.(*avro.RecordSchema).Fields() {
			out[f.Name()] = toNative(f.Type(), t.Fields[i].Type, v.(types.Row)[i])
		}
		return out
	case types.Boolean, types.BigInt, types.Double, types.Bytes, types.String:
		return v
	}
	return string(types.AppendText(nil, t, v, nil))
}

// TestAvroAgainstLibrary: hamba reads what we write, and we read what it writes.
func TestAvroAgainstLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	defer func() { t.Logf("campaign: %s: %d random rows there and back", t.Name(), *codecRows) }()
	for i := 0; i < *codecRows; {
		cols := randomColumns(r)
		x := newTour(t, cols, "AVRO")
		own, err := x.in.enc.val.own(cols)
		if err != nil {
			t.Fatal(err)
		}
		s := own.Avro.(*avro.RecordSchema)
		head := x.register(t, 1+r.IntN(1<<20))
		whole := wholeRow(cols)
		for range 20 {
			i++
			row := randomRow(r, cols)
			p := x.write(row)
			var native any
			if err := avro.Unmarshal(s, p[head:], &native); err != nil {
				t.Fatalf("%v\n%s\n%x", err, own.Text, p)
			}
			sortMaps(row)
			x.same("hamba reads", sortMaps(fromNative(s, whole, native).(types.Row)), row)
			again, err := avro.Marshal(s, toNative(s, whole, row))
			if err != nil {
				t.Fatal(err)
			}
			x.same("we read", sortMaps(x.read(append(append([]byte{}, x.head...), again...))), row)
		}
	}
}
