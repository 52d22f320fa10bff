package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/leatdb/leat/sql/types"
)

// fromJSONTree turns what encoding/json decodes, numbers as text, into a value
// of type t.
func fromJSONTree(t types.Type, v any) types.Value {
	if v == nil {
		return nil
	}
	if t.Kind == types.JSON {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		out, err := types.NormalizeJSON(text)
		if err != nil {
			panic(err)
		}
		return string(out)
	}
	switch x := v.(type) {
	case bool:
		return x
	case json.Number:
		return numberOf(t, x.String())
	case string:
		return textValue(t, x)
	case []any:
		out := make([]types.Value, len(x))
		for i := range x {
			out[i] = fromJSONTree(*t.Elem, x[i])
		}
		return out
	}
	tree := v.(map[string]any)
	if t.Kind == types.Map {
		out := types.MapValue{}
		for k, e := range tree {
			out.Keys, out.Vals = append(out.Keys, k), append(out.Vals, fromJSONTree(*t.Elem, e))
		}
		return out
	}
	row := make(types.Row, len(t.Fields))
	for i, f := range t.Fields {
		row[i] = fromJSONTree(f.Type, tree[f.Name])
	}
	return row
}

func numberOf(t types.Type, text string) types.Value {
	switch t.Kind {
	case types.Double, types.Real:
		size := 64
		if t.Kind == types.Real {
			size = 32
		}
		f, err := strconv.ParseFloat(text, size)
		if err != nil {
			panic(err)
		}
		return f
	case types.Decimal:
		d, err := types.ParseText(t, text, nil)
		if err != nil {
			panic(err)
		}
		return d
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func textValue(t types.Type, text string) types.Value {
	switch t.Kind {
	case types.String:
		return text
	case types.Bytes:
		out, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			panic(err)
		}
		return out
	}
	out, err := types.ParseText(t, text, nil)
	if err != nil {
		panic(err)
	}
	return out
}

// toJSONTree is fromJSONTree back.
func toJSONTree(t types.Type, v types.Value) any {
	if v == nil {
		return nil
	}
	switch x := v.(type) {
	case int64:
		if t.Kind != types.Date && t.Kind != types.Time && t.Kind != types.Timestamp {
			return x
		}
	case bool, []byte:
		return x // bytes are base64 there too
	case []types.Value:
		out := make([]any, len(x))
		for i := range x {
			out[i] = toJSONTree(*t.Elem, x[i])
		}
		return out
	case types.MapValue:
		out := map[string]any{}
		for i := range x.Keys {
			out[x.Keys[i].(string)] = toJSONTree(*t.Elem, x.Vals[i])
		}
		return out
	case types.Row:
		out := map[string]any{}
		for i, f := range t.Fields {
			out[f.Name] = toJSONTree(f.Type, x[i])
		}
		return out
	case float64:
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			return x
		}
	}
	text := string(types.AppendText(nil, t, v, nil))
	switch t.Kind {
	case types.JSON:
		return json.RawMessage(text)
	case types.Decimal:
		if text[len(text)-1] <= '9' {
			return json.Number(text)
		}
	}
	return text
}

// TestJSONAgainstLibrary: encoding/json reads what we write, and we read what it
// writes, with members in another order.
func TestJSONAgainstLibrary(t *testing.T) {
	for _, format := range []string{"JSON", "JSON_SR"} {
		t.Run(format, func(t *testing.T) { jsonAgainstLibrary(t, format) })
	}
}

func jsonAgainstLibrary(t *testing.T, format string) {
	r := rand.New(rand.NewPCG(13, 14))
	defer func() { t.Logf("campaign: %s: %d random rows there and back", t.Name(), *codecRows) }()
	for i := 0; i < *codecRows; {
		cols := randomColumns(r)
		whole, x, head := wholeRow(cols), newTour(t, cols, format), 0
		if format == "JSON_SR" {
			head = x.register(t, 1+r.IntN(1<<20))
		}
		for range 20 {
			i++
			row := randomRow(r, cols)
			p := x.write(row)
			var tree any
			d := json.NewDecoder(bytes.NewReader(p[head:]))
			d.UseNumber()
			if err := d.Decode(&tree); err != nil {
				t.Fatalf("%s: %v", p[head:], err)
			}
			sortMaps(row)
			x.same("encoding/json reads", sortMaps(fromJSONTree(whole, tree).(types.Row)), row)
			again, err := json.Marshal(toJSONTree(whole, row))
			if err != nil {
				t.Fatal(err)
			}
			x.same("we read", sortMaps(x.read(append(append([]byte{}, x.head...), again...))), row)
		}
	}
}

// wholeRow is the type of a row.
func wholeRow(cols types.Schema) types.Type {
	fields := make([]types.Field, len(cols))
	for i, c := range cols {
		fields[i] = types.Field{Name: c.Name, Type: c.Type}
	}
	return types.TStruct(fields...)
}
