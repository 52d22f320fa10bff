package bench

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

var timeType = reflect.TypeFor[time.Time]()

// columnsOf gives the columns that a struct's fields are: pointers may be NULL.
func columnsOf(t reflect.Type) types.Schema {
	var out types.Schema
	for _, f := range structFields(t) {
		out = append(out, types.Column{Name: f.Name, Type: f.Type, NotNull: t.Field(len(out)).Type.Kind() != reflect.Pointer})
	}
	return out
}

func structFields(t reflect.Type) []types.Field {
	out := make([]types.Field, t.NumField())
	for i := range out {
		out[i] = types.Field{Name: t.Field(i).Tag.Get("json"), Type: typeOf(t.Field(i).Type)}
	}
	return out
}

func typeOf(t reflect.Type) types.Type {
	switch {
	case t == timeType:
		return types.TTimestamp
	case t.Kind() == reflect.Pointer:
		return typeOf(t.Elem())
	}
	switch t.Kind() {
	case reflect.Bool:
		return types.TBoolean
	case reflect.Int32:
		return types.TInt
	case reflect.Int64:
		return types.TBigInt
	case reflect.Float64:
		return types.TDouble
	case reflect.String:
		return types.TString
	case reflect.Slice:
		return types.TArray(typeOf(t.Elem()))
	case reflect.Map:
		return types.TMap(types.TString, typeOf(t.Elem()))
	case reflect.Struct:
		return types.TStruct(structFields(t)...)
	}
	panic("BUG: a benchmark's struct has a field of type " + t.String())
}

// avroOf is the Avro schema of a struct as a Go program writes it: only
// pointers are unions with null.
func avroOf(t reflect.Type, name string) string {
	if t.Kind() == reflect.Pointer {
		return `["null",` + avroOf(t.Elem(), name) + `]`
	}
	switch k := t.Kind(); {
	case t == timeType:
		return `{"type":"long","logicalType":"timestamp-micros"}`
	case k == reflect.Slice:
		return `{"type":"array","items":` + avroOf(t.Elem(), name) + `}`
	case k == reflect.Map:
		return `{"type":"map","values":` + avroOf(t.Elem(), name) + `}`
	case k == reflect.Struct:
		var fields []string
		for i := range t.NumField() {
			f := t.Field(i)
			fields = append(fields, fmt.Sprintf(`{"name":%q,"type":%s}`, f.Tag.Get("avro"), avroOf(f.Type, name+"_"+f.Name)))
		}
		return fmt.Sprintf(`{"type":"record","name":%q,"fields":[%s]}`, name, strings.Join(fields, ","))
	}
	names := map[reflect.Kind]string{reflect.Bool: "boolean", reflect.Int32: "int", reflect.Int64: "long", reflect.Float64: "double", reflect.String: "string"}
	return fmt.Sprintf("%q", names[t.Kind()])
}

// plainStruct turns a library's value into plain Go: integers, floats, text,
// []any of lists and structs, maps.
func plainStruct(v reflect.Value) any {
	switch {
	case v.Type() == timeType:
		return v.Interface().(time.Time).UnixMicro()
	case v.Kind() == reflect.Pointer && v.IsNil():
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		return plainStruct(v.Elem())
	case reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plainStruct(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, k := range v.MapKeys() {
			out[k.String()] = plainStruct(v.MapIndex(k))
		}
		return out
	case reflect.Struct:
		out := make([]any, v.NumField())
		for i := range out {
			out[i] = plainStruct(v.Field(i))
		}
		return out
	}
	return v.Interface()
}

// plainRow is plainStruct of row i of a batch.
func plainRow(b *vec.Batch, i int) any {
	out := make([]any, len(b.Cols))
	for c := range out {
		out[c] = plainValue(b.Cols[c].Value(i))
	}
	return out
}

func plainValue(v types.Value) any {
	switch x := v.(type) {
	case []types.Value:
		out := make([]any, len(x))
		for i := range out {
			out[i] = plainValue(x[i])
		}
		return out
	case types.Row:
		return plainValue([]types.Value(x))
	case types.MapValue:
		out := map[string]any{}
		for i := range x.Keys {
			out[x.Keys[i].(string)] = plainValue(x.Vals[i])
		}
		return out
	}
	return v
}
