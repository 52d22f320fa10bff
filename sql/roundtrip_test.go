package sql

import (
	"reflect"
	"testing"
)

// sameTree compares two trees without their positions.
func sameTree(a, b any) bool {
	return sameValue(reflect.ValueOf(a), reflect.ValueOf(b))
}

func sameValue(a, b reflect.Value) bool {
	if a.Kind() != b.Kind() || a.IsValid() && a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Interface, reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return sameValue(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).Name != "Pos" && !sameValue(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !sameValue(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Invalid:
		return true
	default:
		return a.Equal(b)
	}
}

// checkRoundTrip asserts that the canonical text of statements parses to the
// same trees, and is its own canonical text.
func checkRoundTrip(t *testing.T, text string, stmts []Statement) {
	t.Helper()
	for _, s := range stmts {
		printed := Print(s)
		again, err := ParseOne(printed)
		switch {
		case err != nil:
			t.Errorf("printed text does not parse: %v\n\tfrom: %s\n\tprinted: %s", err, text, printed)
		case !sameTree(s, again):
			t.Errorf("printed text parses to another tree\n\tfrom: %s\n\tprinted: %s\n\tagain: %s", text, printed, Print(again))
		case Print(again) != printed:
			t.Errorf("print is not stable\n\tprinted: %s\n\tagain: %s", printed, Print(again))
		}
	}
}
