package codec

import (
	"bytes"

	"github.com/leatdb/leat/sql/sqlerr"
)

// csvField is one field of a DELIMITED record.
type csvField struct {
	text   []byte
	quoted bool
}

func errCSV(format string, args ...any) error {
	return sqlerr.New(sqlerr.BadCopyFormat, format, args...)
}

// splitCSV cuts one record, without its line end, into fields by RFC 4180.
// Fields point into p, or into arena when quotes had to be undone.
func splitCSV(fields []csvField, arena, p []byte, delim byte) ([]csvField, []byte, error) {
	for {
		if len(p) > 0 && p[0] == '"' {
			var f csvField
			var err error
			if f, arena, p, err = quotedField(arena, p); err != nil {
				return fields, arena, err
			}
			fields = append(fields, f)
			if len(p) == 0 {
				return fields, arena, nil
			}
			if p[0] != delim {
				return fields, arena, errCSV("text behind the closing quote of a field")
			}
			p = p[1:]
			continue
		}
		end := bytes.IndexByte(p, delim)
		text := p
		if end >= 0 {
			text = p[:end]
		}
		if bytes.IndexByte(text, '"') >= 0 {
			return fields, arena, errCSV("quote inside an unquoted field")
		}
		fields = append(fields, csvField{text: text})
		if end < 0 {
			return fields, arena, nil
		}
		p = p[end+1:]
	}
}

// quotedField reads a field whose opening quote is p[0].
func quotedField(arena, p []byte) (f csvField, space, rest []byte, err error) {
	f.quoted = true
	start := len(arena)
	p = p[1:]
	for {
		end := bytes.IndexByte(p, '"')
		if end < 0 {
			return f, arena, nil, errCSV("unterminated quoted field")
		}
		if end+1 < len(p) && p[end+1] == '"' {
			arena = append(arena, p[:end+1]...)
			p = p[end+2:]
			continue
		}
		if len(arena) == start {
			f.text = p[:end]
		} else {
			arena = append(arena, p[:end]...)
			f.text = arena[start:len(arena):len(arena)]
		}
		return f, arena, p[end+1:], nil
	}
}

// appendCSV appends one field, quoted only when it must be; first says that it
// begins the record.
func (r rules) appendCSV(dst, text []byte, delim byte, first bool) []byte {
	needs := csvNeedsQuotes(text, delim)
	if r.ksql {
		needs = commonsNeedsQuotes(text, delim, first)
	}
	if !needs {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// csvNeedsQuotes: separators, quotes, line ends, outer blanks, and the empty
// text, which unquoted would be NULL.
func csvNeedsQuotes(text []byte, delim byte) bool {
	if len(text) == 0 || text[0] <= ' ' || text[len(text)-1] <= ' ' {
		return true
	}
	return csvSpecial(text, delim)
}

func csvSpecial(text []byte, delim byte) bool {
	for _, c := range text {
		if c == delim || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

// commonsNeedsQuotes is the rule of ksqlDB's library: also a first field that
// does not begin with a letter or digit, one that begins with '#' or below, and
// of empty fields only the first.
func commonsNeedsQuotes(text []byte, delim byte, first bool) bool {
	if len(text) == 0 {
		return first
	}
	c := text[0]
	alphanumeric := c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z'
	return first && !alphanumeric || c <= '#' || text[len(text)-1] <= ' ' || csvSpecial(text, delim)
}
