package types

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
)

// maxJSONDepth bounds nesting, so that no walk over a text is deep.
const maxJSONDepth = 1000

func errJSON(detail string) error {
	return sqlerr.New(sqlerr.InvalidTextRepresent, "invalid input syntax for type json").WithDetail("%s", detail)
}

// CheckJSON tells whether raw is one JSON value in valid UTF-8, not too deep.
// 22P02, 54001.
func CheckJSON(raw []byte) error {
	if !utf8.Valid(raw) {
		return errJSON("The text is not valid UTF-8.")
	}
	if !json.Valid(raw) {
		return errJSON("The text is not a JSON value.")
	}
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted:
			if c == '\\' {
				i++
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '[' || c == '{':
			if depth++; depth > maxJSONDepth {
				return sqlerr.New(sqlerr.StatementTooComplex, "json value is nested too deeply")
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return nil
}

// NormalizeJSON gives raw in jsonb's spelling: `{"a": 1, "b": [2, 3]}`, numbers
// in plain notation, of equal keys the last value. Keys keep their order, which
// jsonb would not: a payload leaves as it came. 22P02, 22P05 on \u0000.
func NormalizeJSON(raw []byte) ([]byte, error) {
	if err := CheckJSON(raw); err != nil {
		return nil, err
	}
	return appendNormal(make([]byte, 0, len(raw)+len(raw)/8), trimJSON(raw))
}

// trimJSON drops the blanks JSON allows.
func trimJSON(raw []byte) []byte { return bytes.Trim(raw, " \t\r\n") }

func appendNormal(dst, raw []byte) ([]byte, error) {
	switch raw[0] {
	case '{':
		return appendNormalObject(dst, raw)
	case '[':
		dst = append(dst, '[')
		var err error
		for i, e := range splitArray(raw) {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			if dst, err = appendNormal(dst, e); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	case '"':
		s := unquoteJSON(raw)
		if strings.IndexByte(s, 0) >= 0 {
			return nil, sqlerr.New(sqlerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
				WithDetail("\\u0000 cannot be converted to text.")
		}
		return AppendJSONString(dst, s), nil
	case 't', 'f', 'n':
		return append(dst, raw...), nil
	}
	d, ok, out := ParseDecimal(string(raw))
	if !ok || out {
		return nil, errNumericFormat()
	}
	return AppendDecimal(dst, d), nil
}

func appendNormalObject(dst, raw []byte) ([]byte, error) {
	members := splitObject(raw)
	last := make(map[string]int, len(members))
	for i, m := range members {
		last[m.key] = i
	}
	dst = append(dst, '{')
	first := true
	var err error
	for i, m := range members {
		if last[m.key] != i {
			continue
		}
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		if strings.IndexByte(m.key, 0) >= 0 {
			return nil, sqlerr.New(sqlerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
				WithDetail("\\u0000 cannot be converted to text.")
		}
		dst = append(AppendJSONString(dst, m.key), ": "...)
		if dst, err = appendNormal(dst, m.val); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// jsonMember is one key and the raw text of its value.
type jsonMember struct {
	key string
	val []byte
}

// splitArray lists the raw elements of a valid array.
func splitArray(raw []byte) [][]byte {
	var out [][]byte
	for i := skipBlank(raw, 1); raw[i] != ']'; {
		end := skipValue(raw, i)
		out = append(out, raw[i:end])
		if i = skipBlank(raw, end); raw[i] == ',' {
			i = skipBlank(raw, i+1)
		}
	}
	return out
}

// splitObject lists the members of a valid object, in order.
func splitObject(raw []byte) []jsonMember {
	var out []jsonMember
	for i := skipBlank(raw, 1); raw[i] != '}'; {
		end := skipValue(raw, i)
		key := unquoteJSON(raw[i:end])
		i = skipBlank(raw, skipBlank(raw, end)+1)
		end = skipValue(raw, i)
		out = append(out, jsonMember{key, raw[i:end]})
		if i = skipBlank(raw, end); raw[i] == ',' {
			i = skipBlank(raw, i+1)
		}
	}
	return out
}

func skipBlank(raw []byte, i int) int {
	for raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r' {
		i++
	}
	return i
}

// skipValue finds the end of the value at i of valid JSON.
func skipValue(raw []byte, i int) int {
	switch raw[i] {
	case '"':
		return skipString(raw, i)
	case '{', '[':
		depth := 0
		for ; ; i++ {
			switch raw[i] {
			case '"':
				i = skipString(raw, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	}
	for i < len(raw) && bytes.IndexByte([]byte(",]} \t\r\n"), raw[i]) < 0 {
		i++
	}
	return i
}

func skipString(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unquoteJSON is the text of a valid JSON string.
func unquoteJSON(raw []byte) string {
	body := raw[1 : len(raw)-1]
	if bytes.IndexByte(body, '\\') < 0 {
		return string(body)
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		panic("BUG: a checked JSON string did not read: " + string(raw))
	}
	return s
}

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string with the escapes PostgreSQL
// writes: only quotes, backslashes and control characters.
func AppendJSONString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(dst, s[start:]...), '"')
}
