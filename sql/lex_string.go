package sql

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
)

// quotedIdent reads "x" or `x`; the doubled quote stands for itself.
func (lx *lexer) quotedIdent(q byte) (token, *sqlerr.Error) {
	start := lx.pos
	val, ok := lx.untilQuote(q)
	if !ok {
		return token{}, sqlerr.New(sqlerr.SyntaxError, "unterminated quoted identifier at or near \"%s\"", clip(lx.text[start:])).At(start)
	}
	if val == "" {
		return token{}, sqlerr.New(sqlerr.SyntaxError, "zero-length delimited identifier at or near \"%s\"", lx.text[start:lx.pos]).At(start)
	}
	return token{kind: tokQuoted, val: val, pos: start, end: lx.pos}, nil
}

// untilQuote reads from the opening quote at the cursor to its end.
func (lx *lexer) untilQuote(q byte) (string, bool) {
	i := lx.pos + 1
	doubled := false
	for {
		n := strings.IndexByte(lx.text[i:], q)
		if n < 0 {
			return "", false
		}
		i += n + 1
		if lx.byteAt(i) != q {
			break
		}
		doubled = true
		i++
	}
	val := lx.text[lx.pos+1 : i-1]
	if doubled {
		val = strings.ReplaceAll(val, string([]byte{q, q}), string([]byte{q}))
	}
	lx.pos = i
	return val, true
}

// quoted reads a string constant whose opening quote is at the cursor, and its
// continuations after a line break.
func (lx *lexer) quoted(start int, escapes bool) (token, *sqlerr.Error) {
	var whole string
	for {
		val, err := lx.onePart(start, escapes)
		if err != nil {
			return token{}, err
		}
		whole += val
		end := lx.pos
		if err := lx.skipSpace(); err != nil {
			lx.pos = end
		}
		if lx.byteAt(lx.pos) != '\'' || !strings.ContainsAny(lx.text[end:lx.pos], "\n\r") {
			lx.pos = end
			return token{kind: tokString, val: whole, pos: start, end: end}, nil
		}
	}
}

func (lx *lexer) onePart(start int, escapes bool) (string, *sqlerr.Error) {
	unterminated := func() *sqlerr.Error {
		return sqlerr.New(sqlerr.SyntaxError, "unterminated quoted string at or near \"%s\"", clip(lx.text[start:])).At(start)
	}
	if !escapes {
		val, ok := lx.untilQuote('\'')
		if !ok {
			return "", unterminated()
		}
		return val, nil
	}
	var b strings.Builder
	i := lx.pos + 1
	for i < len(lx.text) {
		switch c := lx.text[i]; {
		case c == '\'' && lx.byteAt(i+1) == '\'':
			b.WriteByte('\'')
			i += 2
		case c == '\'':
			lx.pos = i + 1
			if !utf8.ValidString(b.String()) || strings.IndexByte(b.String(), 0) >= 0 {
				return "", sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8"`).At(start)
			}
			return b.String(), nil
		case c == '\\':
			n, err := lx.escape(&b, i)
			if err != nil {
				return "", err
			}
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	return "", unterminated()
}

// escape writes what the backslash sequence at i stands for and tells its
// length.
func (lx *lexer) escape(b *strings.Builder, i int) (int, *sqlerr.Error) {
	c := lx.byteAt(i + 1)
	switch c {
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'x':
		return lx.numericEscape(b, i+2, 2, 16, false)
	case 'u':
		return lx.codePoint(b, i, 4)
	case 'U':
		return lx.codePoint(b, i, 8)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		return lx.numericEscape(b, i+1, 3, 8, true)
	case 0:
		return 1, nil
	default:
		r, n := utf8.DecodeRuneInString(lx.text[i+1:])
		b.WriteRune(r)
		return 1 + n, nil
	}
	return 2, nil
}

// numericEscape reads up to most digits at i; octal escapes have no letter.
func (lx *lexer) numericEscape(b *strings.Builder, i, most, base int, octal bool) (int, *sqlerr.Error) {
	j := i
	for j < len(lx.text) && j < i+most {
		if _, err := strconv.ParseUint(lx.text[j:j+1], base, 8); err != nil {
			break
		}
		j++
	}
	lead := 2
	if octal {
		lead = 1
	}
	if j == i {
		b.WriteByte('x')
		return lead, nil
	}
	n, err := strconv.ParseUint(lx.text[i:j], base, 16)
	if err != nil {
		panic("BUG: digits of an escape do not parse: " + lx.text[i:j])
	}
	b.WriteByte(byte(n))
	return lead + j - i, nil
}

// codePoint reads \uXXXX or \UXXXXXXXX; a surrogate pair makes one character.
func (lx *lexer) codePoint(b *strings.Builder, i, digits int) (int, *sqlerr.Error) {
	read := func(at int) (rune, bool) {
		if at+digits > len(lx.text) {
			return 0, false
		}
		n, err := strconv.ParseUint(lx.text[at:at+digits], 16, 32)
		return rune(n), err == nil
	}
	r, ok := read(i + 2)
	if !ok {
		return 0, sqlerr.New(sqlerr.InvalidEscape, "invalid Unicode escape").At(i).WithHint("Unicode escapes must be \\uXXXX or \\UXXXXXXXX.")
	}
	n := 2 + digits
	if 0xd800 <= r && r < 0xdc00 && lx.byteAt(i+n) == '\\' && lx.byteAt(i+n+1) == lx.text[i+1] {
		if low, ok := read(i + n + 2); ok && 0xdc00 <= low && low < 0xe000 {
			r = 0x10000 + (r-0xd800)<<10 + (low - 0xdc00)
			n += 2 + digits
		}
	}
	if !utf8.ValidRune(r) || r == 0 {
		return 0, sqlerr.New(sqlerr.InvalidEscape, "invalid Unicode escape value").At(i)
	}
	b.WriteRune(r)
	return n, nil
}

// dollar reads $1, or $$text$$ and $tag$text$tag$.
func (lx *lexer) dollar() (token, *sqlerr.Error) {
	start := lx.pos
	if isDigit(lx.byteAt(start + 1)) {
		lx.pos++
		lx.digits()
		if isIdentStart(lx.byteAt(lx.pos)) {
			return token{}, sqlerr.New(sqlerr.SyntaxError, `trailing junk after parameter at or near "%s"`, lx.text[start:lx.pos+1]).At(start)
		}
		return token{kind: tokParam, val: lx.text[start+1 : lx.pos], pos: start, end: lx.pos}, nil
	}
	if lx.byteAt(start+1) == '{' {
		e := sqlerr.New(sqlerr.SyntaxError, `syntax error at or near "$"`).At(start)
		return token{}, e.WithHint("A variable ${name} has no value here; set one with DEFINE name = 'text'.")
	}
	i := start + 1
	for isWordByte(lx.byteAt(i)) {
		i++
	}
	if lx.byteAt(i) != '$' {
		return token{}, sqlerr.New(sqlerr.SyntaxError, `syntax error at or near "$"`).At(start)
	}
	tag := lx.text[start : i+1]
	n := strings.Index(lx.text[i+1:], tag)
	if n < 0 {
		return token{}, sqlerr.New(sqlerr.SyntaxError, "unterminated dollar-quoted string at or near \"%s\"", clip(lx.text[start:])).At(start)
	}
	val := lx.text[i+1 : i+1+n]
	lx.pos = i + 1 + n + len(tag)
	return token{kind: tokString, val: val, pos: start, end: lx.pos}, nil
}

// clip shortens text for an error message.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	for i := range s {
		if i >= most {
			return s[:i]
		}
	}
	return s
}
