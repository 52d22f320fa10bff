package fn

import (
	"strings"

	"github.com/leatdb/leat/sql/types"
)

// textOf is the text form of a value that is not NULL, as string functions
// (concat, format, array_to_string) print it.
func textOf(t types.Type, v types.Value) string {
	if s, ok := v.(string); ok {
		return s
	}
	if v == nil {
		return ""
	}
	if b, ok := v.(bool); ok && t.Kind == types.Boolean {
		return string(types.AppendText(nil, t, b, nil))
	}
	return string(types.AppendText(nil, t, v, nil))
}

// appendToJSON appends v as PostgreSQL's to_json does.
func appendToJSON(dst []byte, t types.Type, v types.Value) []byte {
	if t.Kind == types.Unknown {
		v = nil
	}
	return types.AppendJSON(dst, t, v, types.JSONLeat)
}

// hasAnyPrefixFold tells whether s starts with one of the prefixes, in any case.
func hasAnyPrefixFold(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) {
			return true
		}
	}
	return false
}

// javaText is the text ksqlDB gives a value.
func javaText(t types.Type, v types.Value) string {
	x, err := types.Cast(v, t, types.TString, types.CastKsql, nil)
	if s, ok := x.(string); ok && err == nil {
		return s
	}
	return textOf(t, v)
}
