package ksqltest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"sort"
	"strconv"
	"strings"

	"github.com/leatdb/leat/log/batch"
)

// rulesOf comparing: exact numbers as text of decimals, or by value.
type rules struct {
	byValue bool // use.exact.numeric.comparison=false
	near    bool // fractions within a millionth: typed formats
}

// compareRecord gives the first difference of a record, "" for none.
func compareRecord(want record, got actual, r rules, anyTime bool) string {
	key, err := parseOptional(want.Key)
	if err != nil {
		return err.Error()
	}
	value, err := parseOptional(want.Value)
	if err != nil {
		return err.Error()
	}
	if d := compareNode("key", key, got.key, r); d != "" {
		return d
	}
	if d := compareNode("value", value, got.value, r); d != "" {
		return d
	}
	if want.Timestamp != nil && *want.Timestamp != got.ts && !(anyTime && *want.Timestamp == 0) {
		return fmt.Sprintf("timestamp: want %d, got %d", *want.Timestamp, got.ts)
	}
	if d := compareWindow(want.Window, got.window); d != "" {
		return d
	}
	return compareHeaders(want.Headers, got.headers)
}

func parseOptional(n json.RawMessage) (any, error) {
	if isNull(n) {
		return nil, nil
	}
	return parseNode(n)
}

func compareWindow(want, got *window) string {
	switch {
	case want == nil && got == nil:
		return ""
	case want == nil:
		return fmt.Sprintf("window: want none, got [%d, %d]", got.Start, got.End)
	case got == nil:
		return fmt.Sprintf("window: want [%d, %d], got none", want.Start, want.End)
	case want.Start != got.Start || want.End != got.End || !strings.EqualFold(want.Type, got.Type):
		return fmt.Sprintf("window: want %s [%d, %d], got %s [%d, %d]", want.Type, want.Start, want.End, got.Type, got.Start, got.End)
	}
	return ""
}

func compareHeaders(want []header, got []batch.Header) string {
	if len(want) != len(got) {
		return fmt.Sprintf("headers: want %d, got %d", len(want), len(got))
	}
	for i, h := range want {
		value := "null"
		if got[i].Value != nil {
			value = base64.StdEncoding.EncodeToString(got[i].Value)
		}
		expected := "null"
		if h.Value != nil {
			expected = *h.Value
		}
		if h.Key != got[i].Key || expected != value {
			return fmt.Sprintf("headers[%d]: want %s=%s, got %s=%s", i, h.Key, expected, got[i].Key, value)
		}
	}
	return ""
}

// compareNode compares the node that is expected with the one that came.
func compareNode(at string, want, got any, r rules) string {
	if t, ok := got.(typed); ok {
		r.near = true
		return compareNode(at, want, t.node, r)
	}
	if s, ok := got.(text); ok {
		if want != nil && textOf(want) == string(s) {
			return ""
		}
		return differs(at, want, string(s))
	}
	switch w := want.(type) {
	case nil:
		if got == nil {
			return ""
		}
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return compareObject(at, w, g, r)
		}
	case []any:
		if g, ok := got.([]any); ok {
			return compareArray(at, w, g, r)
		}
	case json.Number:
		if sameNumber(w, got, r) {
			return ""
		}
	case string:
		if sameText(w, got) {
			return ""
		}
	default:
		if want == got {
			return ""
		}
	}
	return differs(at, want, got)
}

func differs(at string, want, got any) string {
	return fmt.Sprintf("%s: want %s, got %s", at, show(want), show(got))
}

func show(n any) string {
	if t, ok := n.(typed); ok {
		n = t.node
	}
	b, err := json.Marshal(n)
	if err != nil {
		return fmt.Sprint(n)
	}
	return string(b)
}

func textOf(n any) string {
	switch n := n.(type) {
	case string:
		return n
	case json.Number:
		return n.String()
	}
	return show(n)
}

// compareObject: as many fields, each by its name, else by its upper-case name.
func compareObject(at string, want, got map[string]any, r rules) string {
	if len(want) != len(got) {
		return differs(at, want, got)
	}
	names := make([]string, 0, len(want))
	for n := range want {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		g, ok := got[n]
		if !ok {
			g = got[strings.ToUpper(n)]
		}
		if d := compareNode(at+"."+n, want[n], g, r); d != "" {
			return d
		}
	}
	return ""
}

func compareArray(at string, want, got []any, r rules) string {
	if len(want) != len(got) {
		return differs(at, want, got)
	}
	for i := range want {
		if d := compareNode(fmt.Sprintf("%s[%d]", at, i), want[i], got[i], r); d != "" {
			return d
		}
	}
	return ""
}

// sameNumber: an integer is one on both sides, and so is a fraction, unless
// numbers are compared by value. The files have been through a program that
// keeps fractions as doubles: their scale is lost, and digits beyond a double's.
func sameNumber(want json.Number, got any, r rules) bool {
	g, ok := got.(json.Number)
	if !ok {
		return false
	}
	a, aok := new(big.Rat).SetString(want.String())
	b, bok := new(big.Rat).SetString(g.String())
	if !aok || !bok {
		return false
	}
	if r.byValue {
		return a.Cmp(b) == 0
	}
	if !strings.ContainsAny(want.String(), ".eE") {
		return a.Cmp(b) == 0 && (r.near || scaleOf(g.String()) <= 0)
	}
	x, _ := a.Float64()
	y, _ := b.Float64()
	if r.near {
		return x == y || math.Abs(x-y) <= 1e-6
	}
	return x == y && strings.ContainsAny(g.String(), ".eE")
}

// scaleOf is the scale of a number as a decimal keeps it: 1.20 has 2, 12E3 has -3.
func scaleOf(s string) int {
	mantissa, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		exp, _ = strconv.Atoi(s[i+1:])
	}
	if i := strings.IndexByte(mantissa, '.'); i >= 0 {
		return len(mantissa) - i - 1 - exp
	}
	return -exp
}

// sameText: a string, or a number with the same digits.
func sameText(want string, got any) bool {
	switch g := got.(type) {
	case string:
		return want == g
	case json.Number: // a decimal may be written as a text
		a, aok := new(big.Rat).SetString(want)
		b, bok := new(big.Rat).SetString(g.String())
		return aok && bok && a.Cmp(b) == 0 && strings.Contains(want, ".")
	}
	return false
}
