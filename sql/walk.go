package sql

import "reflect"

// Walk visits n and every Node below it that is reached by a pointer (expressions,
// queries, tables, types, windows), parents first, in the order of the struct fields.
// fn tells whether to go below a node. Names are not visited.
func Walk(n Node, fn func(Node) bool) {
	if n == nil {
		return
	}
	walkValue(reflect.ValueOf(n), fn)
}

func walkValue(v reflect.Value, fn func(Node) bool) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			walkValue(v.Elem(), fn)
		}
	case reflect.Pointer:
		if v.IsNil() || v.Elem().Kind() != reflect.Struct {
			return
		}
		if _, name := v.Interface().(*Name); name {
			return
		}
		if n, ok := v.Interface().(Node); ok && !fn(n) {
			return
		}
		walkValue(v.Elem(), fn)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); holdsNodes(f.Kind()) {
				walkValue(f, fn)
			}
		}
	case reflect.Slice:
		if !holdsNodes(v.Type().Elem().Kind()) || v.Type().Elem() == reflect.TypeFor[Name]() {
			return
		}
		for i := range v.Len() {
			walkValue(v.Index(i), fn)
		}
	}
}

func holdsNodes(k reflect.Kind) bool {
	return k == reflect.Interface || k == reflect.Pointer || k == reflect.Struct || k == reflect.Slice
}
