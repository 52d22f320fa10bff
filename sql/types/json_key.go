package types

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/cockroachdb/apd/v3"
)

// Tags of the key encoding of JSON, in jsonb's order: Object > Array > Boolean
// > Number > String > null, an empty array outermost below all.
const (
	jsonEmpty = iota + 1 // [] outermost
	jsonNull
	jsonString
	jsonNumber
	jsonFalse
	jsonTrue
	jsonArray
	jsonObject
	jsonOther // text that is not JSON, as its bytes
)

// CompareJSON orders two JSON values as jsonb does: numbers by value, objects
// by the number of their members and then by them, sorted by key, whatever the
// spelling.
func CompareJSON[T string | []byte](a, b T) int {
	if string(a) == string(b) {
		return 0
	}
	return bytes.Compare(AppendKeyJSON(nil, []byte(a)), AppendKeyJSON(nil, []byte(b)))
}

// AppendKeyJSON appends the body of a JSON value: of equal values the same
// bytes, in CompareJSON's order.
func AppendKeyJSON(dst, raw []byte) []byte {
	if CheckJSON(raw) != nil {
		return AppendKeyBytes(append(dst, jsonOther), raw)
	}
	raw = trimJSON(raw)
	if raw[0] == '[' && raw[skipBlank(raw, 1)] == ']' {
		return append(dst, jsonEmpty)
	}
	return appendJSONKey(dst, raw)
}

func appendJSONKey(dst, raw []byte) []byte {
	switch raw[0] {
	case 'n':
		return append(dst, jsonNull)
	case 'f':
		return append(dst, jsonFalse)
	case 't':
		return append(dst, jsonTrue)
	case '"':
		return AppendKeyBytes(append(dst, jsonString), unquoteJSON(raw))
	case '[':
		elems := splitArray(raw)
		dst = binary.BigEndian.AppendUint32(append(dst, jsonArray), uint32(len(elems)))
		for _, e := range elems {
			dst = appendJSONKey(dst, e)
		}
		return dst
	case '{':
		members := sortedMembers(raw)
		dst = binary.BigEndian.AppendUint32(append(dst, jsonObject), uint32(len(members)))
		for _, m := range members {
			dst = appendJSONKey(AppendKeyBytes(dst, m.key), m.val)
		}
		return dst
	}
	d, ok, out := ParseDecimal(string(raw))
	if !ok || out {
		return AppendKeyBytes(append(dst, jsonOther), raw)
	}
	var buf [64]byte
	return AppendKeyDecimal(append(dst, jsonNumber), AppendDecimal(buf[:0], d))
}

// sortedMembers lists an object's members as jsonb keeps them: short keys
// first, then by bytes, of equal keys the last.
func sortedMembers(raw []byte) []jsonMember {
	members := splitObject(raw)
	slices.SortStableFunc(members, func(a, b jsonMember) int {
		return cmp.Or(cmp.Compare(len(a.key), len(b.key)), cmp.Compare(a.key, b.key))
	})
	out := members[:0]
	for i, m := range members {
		if i+1 == len(members) || members[i+1].key != m.key {
			out = append(out, m)
		}
	}
	return out
}

// readKeyJSON reads a JSON value back, in jsonb's spelling and order of keys.
func readKeyJSON(b []byte) (Value, []byte, error) {
	out, rest, err := appendReadJSON(nil, b, 0)
	return string(out), rest, err
}

func appendReadJSON(dst, b []byte, depth int) (out, rest []byte, err error) {
	if len(b) == 0 || depth > maxJSONDepth {
		return nil, nil, errKey()
	}
	tag, b := b[0], b[1:]
	switch tag {
	case jsonEmpty:
		return append(dst, "[]"...), b, nil
	case jsonNull:
		return append(dst, "null"...), b, nil
	case jsonFalse:
		return append(dst, "false"...), b, nil
	case jsonTrue:
		return append(dst, "true"...), b, nil
	case jsonString, jsonOther:
		v, rest, err := readKeyBytes(TString, b)
		if err != nil {
			return nil, nil, err
		}
		if tag == jsonOther {
			return append(dst, v.(string)...), rest, nil
		}
		return AppendJSONString(dst, v.(string)), rest, nil
	case jsonNumber:
		v, rest, err := readKeyDecimal(TDecimal(0, 0), b)
		if err != nil {
			return nil, nil, err
		}
		return AppendDecimal(dst, v.(*apd.Decimal)), rest, nil
	case jsonArray, jsonObject:
		return appendReadMembers(dst, b, tag == jsonObject, depth)
	}
	return nil, nil, errKey()
}

func appendReadMembers(dst, b []byte, object bool, depth int) (out, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errKey()
	}
	n, b := binary.BigEndian.Uint32(b), b[4:]
	brackets := "[]"
	if object {
		brackets = "{}"
	}
	dst = append(dst, brackets[0])
	for i := range n {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if object {
			k, rest, err := readKeyBytes(TString, b)
			if err != nil {
				return nil, nil, err
			}
			dst, b = append(AppendJSONString(dst, k.(string)), ": "...), rest
		}
		if dst, b, err = appendReadJSON(dst, b, depth+1); err != nil {
			return nil, nil, err
		}
	}
	return append(dst, brackets[1]), b, nil
}
