package codec

import (
	"bytes"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
)

// maxDepth bounds the nesting of JSON, so that neither scanning nor converting
// can exhaust the stack (C2).
const maxDepth = 256

// jsonKind is what a span holds.
type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonTrue
	jsonFalse
	jsonNumber
	jsonString  // plain ASCII, nothing to undo
	jsonEscaped // a string with escapes or bytes above 0x7f
	jsonObject
	jsonArray
)

// span is one JSON value inside a record: strings without their quotes.
type span struct {
	from, to int32
	kind     jsonKind
}

// jsonScan reads JSON text. Every method takes a position and gives the one
// behind what it read, or -1 with fault set.
type jsonScan struct {
	b     []byte
	fault error
}

func (s *jsonScan) fail(at int, what string) int {
	if s.fault == nil {
		s.fault = sqlerr.New(sqlerr.InvalidJSON, "invalid JSON: %s at byte %d", what, at+1)
	}
	return -1
}

// space skips blanks.
func (s *jsonScan) space(i int) int {
	for i < len(s.b) && s.b[i] <= ' ' && (s.b[i] == ' ' || s.b[i] == '\n' || s.b[i] == '\r' || s.b[i] == '\t') {
		i++
	}
	return i
}

// value reads one value that begins at i, without leading blanks.
func (s *jsonScan) value(i, depth int, v *span) int {
	if i >= len(s.b) {
		return s.fail(i, "unexpected end")
	}
	v.from = int32(i)
	switch c := s.b[i]; {
	case c == '"':
		return s.str(i, v)
	case c == '-' || c-'0' <= 9:
		v.kind = jsonNumber
		end := s.number(i)
		v.to = int32(end)
		return end
	case c == '{':
		v.kind = jsonObject
		end := s.object(i, depth)
		v.to = int32(end)
		return end
	case c == '[':
		v.kind = jsonArray
		end := s.array(i, depth)
		v.to = int32(end)
		return end
	case c == 't':
		return s.word(i, "true", jsonTrue, v)
	case c == 'f':
		return s.word(i, "false", jsonFalse, v)
	case c == 'n':
		return s.word(i, "null", jsonNull, v)
	}
	return s.fail(i, "unexpected character")
}

func (s *jsonScan) word(i int, w string, kind jsonKind, v *span) int {
	if len(s.b)-i < len(w) || string(s.b[i:i+len(w)]) != w {
		return s.fail(i, "unexpected character")
	}
	v.kind, v.to = kind, int32(i+len(w))
	return i + len(w)
}

// str reads a string whose opening quote is at i. Escapes are only stepped
// over: unescape judges them.
func (s *jsonScan) str(i int, v *span) int {
	end, odd := stringEnd(s.b, i+1)
	if end < 0 {
		return s.badString(i + 1)
	}
	v.from, v.to, v.kind = int32(i+1), int32(end), jsonString
	if odd != 0 {
		v.kind = jsonEscaped
	}
	return end + 1
}

// badString tells what is wrong with the string whose text begins at i.
func (s *jsonScan) badString(i int) int {
	for ; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '\\':
			i++
		case c < ' ':
			return s.fail(i, "control character in a string")
		}
	}
	return s.fail(len(s.b), "unterminated string")
}

func (s *jsonScan) number(i int) int {
	b := s.b
	if b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b) || b[i]-'0' > 9:
		return s.fail(i, "malformed number")
	case b[i] == '0':
		i++
	default:
		i += digitRun(b[i:])
	}
	if i < len(b) && b[i] == '.' {
		n := digitRun(b[i+1:])
		if n == 0 {
			return s.fail(i, "malformed number")
		}
		i += 1 + n
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		n := digitRun(b[i:])
		if n == 0 {
			return s.fail(i, "malformed number")
		}
		i += n
	}
	if i < len(b) && b[i]-'0' <= 9 {
		return s.fail(i, "leading zero")
	}
	return i
}

func (s *jsonScan) object(i, depth int) int {
	return s.members(i, depth, func(int, span, span) int { return 0 })
}

// members reads an object and shows each member: where its key and value are.
// each gives -1 to stop with fault set.
func (s *jsonScan) members(i, depth int, each func(at int, key, val span) int) int {
	if depth >= maxDepth {
		return s.fail(i, "nesting too deep")
	}
	i = s.space(i + 1)
	if i < len(s.b) && s.b[i] == '}' {
		return i + 1
	}
	for {
		var key, val span
		if i >= len(s.b) || s.b[i] != '"' {
			return s.fail(i, "expected a member name")
		}
		at := i
		if i = s.str(i, &key); i < 0 {
			return -1
		}
		if i = s.space(i); i >= len(s.b) || s.b[i] != ':' {
			return s.fail(i, "expected a colon")
		}
		if i = s.value(s.space(i+1), depth+1, &val); i < 0 {
			return -1
		}
		if each(at, key, val) < 0 {
			return -1
		}
		i = s.space(i)
		if i < len(s.b) && s.b[i] == ',' {
			i = s.space(i + 1)
			continue
		}
		if i < len(s.b) && s.b[i] == '}' {
			return i + 1
		}
		return s.fail(i, "expected a comma or the end of the object")
	}
}

func (s *jsonScan) array(i, depth int) int {
	return s.elements(i, depth, func(span) int { return 0 })
}

// elements reads an array and shows each element.
func (s *jsonScan) elements(i, depth int, each func(val span) int) int {
	if depth >= maxDepth {
		return s.fail(i, "nesting too deep")
	}
	i = s.space(i + 1)
	if i < len(s.b) && s.b[i] == ']' {
		return i + 1
	}
	for {
		var val span
		if i = s.value(i, depth+1, &val); i < 0 {
			return -1
		}
		if each(val) < 0 {
			return -1
		}
		i = s.space(i)
		if i < len(s.b) && s.b[i] == ',' {
			i = s.space(i + 1)
			continue
		}
		if i < len(s.b) && s.b[i] == ']' {
			return i + 1
		}
		return s.fail(i, "expected a comma or the end of the array")
	}
}

// document reads one value with nothing but blanks around it.
func (s *jsonScan) document(v *span) error {
	i := s.value(s.space(0), 0, v)
	if i >= 0 && s.space(i) != len(s.b) {
		i = s.fail(s.space(i), "text after the value")
	}
	if i < 0 {
		return s.fault
	}
	return nil
}

// unescape appends the text of a string span to dst: escapes undone, UTF-8 and
// surrogates checked.
func unescape(dst, p []byte) ([]byte, error) {
	if !validUTF8(p) {
		return nil, sqlerr.New(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
	}
	for {
		run := bytes.IndexByte(p, '\\')
		if run < 0 {
			return append(dst, p...), nil
		}
		dst = append(dst, p[:run]...)
		p = p[run:]
		if c := plainEscapes[p[1]]; c != 0 {
			dst = append(dst, c)
			p = p[2:]
			continue
		}
		r, n := unicodeEscape(p)
		if n == 0 {
			return nil, sqlerr.New(sqlerr.InvalidJSON, "invalid JSON: bad escape in a string")
		}
		dst = utf8.AppendRune(dst, r)
		p = p[n:]
	}
}

// plainEscapes are the characters that two-character escapes mean, 0 if none.
var plainEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unicodeEscape reads \uXXXX, or the two of a surrogate pair; n is 0 when it is
// malformed or a surrogate stands alone.
func unicodeEscape(p []byte) (r rune, n int) {
	hi, ok := hex4(p)
	if !ok || hi >= 0xdc00 && hi < 0xe000 {
		return 0, 0
	}
	if hi < 0xd800 || hi >= 0xe000 {
		return hi, 6
	}
	lo, ok := hex4(p[6:])
	if !ok || lo < 0xdc00 || lo >= 0xe000 {
		return 0, 0
	}
	return 0x10000 + (hi-0xd800)<<10 + (lo - 0xdc00), 12
}

func hex4(p []byte) (r rune, ok bool) {
	if len(p) < 6 || p[0] != '\\' || p[1] != 'u' {
		return 0, false
	}
	a, b, c, d := hexes[p[2]], hexes[p[3]], hexes[p[4]], hexes[p[5]]
	return rune(a)<<12 | rune(b)<<8 | rune(c)<<4 | rune(d), a|b|c|d < 16
}

// hexes are the values of hexadecimal digits, 16 for what is none.
var hexes = func() (out [256]uint8) {
	for c := range out {
		switch {
		case c >= '0' && c <= '9':
			out[c] = uint8(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			out[c] = uint8(c | 0x20 - 'a' + 10)
		default:
			out[c] = 16
		}
	}
	return out
}()
