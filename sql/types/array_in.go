package types

import (
	"strings"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

func errArray(s, detail string) error {
	return sqlerr.New(sqlerr.InvalidTextRepresent, "malformed array literal: \"%s\"", s).WithDetail("%s", detail)
}

// looksJSONArray tells JSON from PostgreSQL's {…}: '[1,2]' but not a bounds
// prefix '[0:1]={…}'.
func looksJSONArray(s string) bool {
	w := strings.TrimSpace(s)
	return strings.HasPrefix(w, "[") && !strings.Contains(w, "]=")
}

// parseArrayText reads {a,"b c",NULL} of scalars. A bounds prefix is read over.
func parseArrayText(t Type, s string, loc *time.Location) (Value, error) {
	body := strings.TrimSpace(s)
	if strings.HasPrefix(body, "[") {
		i := strings.Index(body, "]=")
		body = strings.TrimSpace(body[i+2:])
	}
	if !strings.HasPrefix(body, "{") {
		return nil, errArray(s, "Array value must start with \"{\" or dimension information.")
	}
	body = strings.TrimLeft(body[1:], " \t\n\r")
	if strings.HasPrefix(body, "{") {
		return nil, sqlerr.Unsupported("a multidimensional array")
	}
	out := []Value{}
	if strings.HasPrefix(body, "}") {
		return endArray(s, body[1:], out)
	}
	for {
		item, null, rest, ok := arrayItem(body)
		if !ok {
			return nil, errArray(s, "Unexpected array element.")
		}
		var v Value
		if !null {
			var err error
			if v, err = ParseText(*t.Elem, item, loc); err != nil {
				return nil, err
			}
		}
		out = append(out, v)
		if rest == "" {
			return nil, errArray(s, "Unexpected end of input.")
		}
		if rest[0] == '}' {
			return endArray(s, rest[1:], out)
		}
		body = rest[1:]
	}
}

func endArray(s, rest string, out []Value) (Value, error) {
	if strings.TrimSpace(rest) != "" {
		return nil, errArray(s, "Junk after closing right brace.")
	}
	return out, nil
}

// arrayItem consumes one element; rest begins with the , or } behind it.
func arrayItem(s string) (item string, null bool, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t\n\r")
	if strings.HasPrefix(s, `"`) {
		item, rest, ok = quotedItem(s[1:])
		rest = strings.TrimLeft(rest, " \t\n\r")
		return item, false, rest, ok && (rest == "" || rest[0] == ',' || rest[0] == '}')
	}
	var b strings.Builder
	keep := 0 // escaped blanks at the end stay
	i := 0
	for ; i < len(s) && s[i] != ',' && s[i] != '}'; i++ {
		switch s[i] {
		case '{', '"':
			return "", false, "", false
		case '\\':
			if i++; i == len(s) {
				return "", false, "", false
			}
			b.WriteByte(s[i])
			keep = b.Len()
			continue
		}
		b.WriteByte(s[i])
	}
	item = b.String()
	item = item[:keep] + strings.TrimRight(item[keep:], " \t\n\r")
	null = strings.EqualFold(item, "null") && keep == 0
	return item, null, s[i:], item != ""
}

// quotedItem consumes up to the closing quote.
func quotedItem(s string) (item, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}
