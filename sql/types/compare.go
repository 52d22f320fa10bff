package types

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/apd/v3"
)

// Compare orders two values of type t, neither NULL, as PostgreSQL does: NaN
// above every number, decimals by value, text bytewise, intervals by their
// estimated length, arrays and structs element by element, maps as their
// entries sorted by key, JSON as jsonb. NULL elements come last and equal each other.
func Compare(t Type, a, b Value) int {
	switch t.Kind {
	case Boolean:
		return cmpBool(a.(bool), b.(bool))
	case Real, Double:
		return CompareFloat(a.(float64), b.(float64))
	case Decimal:
		return CompareDecimal(a.(*apd.Decimal), b.(*apd.Decimal))
	case JSON:
		return CompareJSON(a.(string), b.(string))
	case String, Name, Char, Unknown:
		return strings.Compare(a.(string), b.(string))
	case Bytes:
		return bytes.Compare(a.([]byte), b.([]byte))
	case UUID:
		x, y := a.([16]byte), b.([16]byte)
		return bytes.Compare(x[:], y[:])
	case Interval:
		return CompareSpan(a.(Span), b.(Span))
	case Array:
		return compareSlices(*t.Elem, a.([]Value), b.([]Value))
	case Map:
		return compareMaps(t, a.(MapValue), b.(MapValue))
	case Struct, Record:
		return compareRows(t, a.(Row), b.(Row))
	case Void:
		return 0
	}
	return cmp.Compare(a.(int64), b.(int64))
}

// compareOrNull is Compare with NULL last and equal to itself.
func compareOrNull(t Type, a, b Value) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return Compare(t, a, b)
}

// Equal tells whether two values are the same, NULL equal to NULL.
func Equal(t Type, a, b Value) bool { return compareOrNull(t, a, b) == 0 }

// Hash is a fixed hash: equal values of a type have equal hashes, on every
// machine and in every release.
func Hash(t Type, v Value) uint64 { return xxhash.Sum64(AppendKey(nil, t, v)) }

// CompareFloat orders doubles with NaN equal to itself and highest, and -0
// equal to 0.
func CompareFloat(a, b float64) int {
	switch an, bn := math.IsNaN(a), math.IsNaN(b); {
	case an && bn:
		return 0
	case an:
		return 1
	case bn:
		return -1
	}
	return cmp.Compare(a, b)
}

func cmpInt(a, b int) int { return cmp.Compare(a, b) }

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareSlices(elem Type, a, b []Value) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := compareOrNull(elem, a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func compareRows(t Type, a, b Row) int {
	for i := range t.Fields {
		if c := compareOrNull(t.Fields[i].Type, rowAt(a, i), rowAt(b, i)); c != 0 {
			return c
		}
	}
	return 0
}

// rowAt reads a row that may lack trailing fields.
func rowAt(r Row, i int) Value {
	if i < len(r) {
		return r[i]
	}
	return nil
}

func compareMaps(t Type, a, b MapValue) int {
	x, y := sortedEntries(t, a), sortedEntries(t, b)
	for i := 0; i < len(x) && i < len(y); i++ {
		if c := Compare(*t.Key, a.Keys[x[i]], b.Keys[y[i]]); c != 0 {
			return c
		}
		if c := compareOrNull(*t.Elem, a.Vals[x[i]], b.Vals[y[i]]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

// sortedEntries lists a map's positions in key order.
func sortedEntries(t Type, m MapValue) []int {
	order := make([]int, len(m.Keys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return Compare(*t.Key, m.Keys[i], m.Keys[j]) })
	return order
}

const (
	microsPerDay = 24 * 60 * 60 * 1000000
	daysPerMonth = 30
)

// spanLength is an interval's estimated length in µs (a month is 30 days), as a
// 128-bit two's complement number.
func spanLength(s Span) (hi int64, lo uint64) {
	days := int64(s.Months)*daysPerMonth + int64(s.Days)
	neg := days < 0
	if neg {
		days = -days
	}
	h, l := bits.Mul64(uint64(days), microsPerDay)
	if neg {
		var borrow uint64
		l, borrow = bits.Sub64(0, l, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	var carry uint64
	l, carry = bits.Add64(l, uint64(s.Micros), 0)
	h, _ = bits.Add64(h, uint64(s.Micros>>63), carry)
	return int64(h), l
}

// CompareSpan orders intervals by estimated length.
func CompareSpan(a, b Span) int {
	ah, al := spanLength(a)
	bh, bl := spanLength(b)
	if c := cmp.Compare(ah, bh); c != 0 {
		return c
	}
	return cmp.Compare(al, bl)
}
