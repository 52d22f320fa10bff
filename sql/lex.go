package sql

import (
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokIdent
	tokQuoted // "x" or `x`
	tokString
	tokNumber
	tokDigitName // 1R: a name for ksqlDB, junk for PostgreSQL
	tokParam
	tokOp    // operator characters
	tokPunct // ( ) [ ] , ; . : :: := =>
)

// token is one lexeme. up is the upper-case form of an unquoted identifier, the
// text of operators and punctuation, and "" for everything else, so that one
// comparison decides. val is the unescaped text of strings and quoted names.
type token struct {
	kind tokenKind
	up   string
	val  string
	pos  int
	end  int
}

// lexer turns text into tokens by PostgreSQL's rules, with ksqlDB's additions:
// back-ticks quote names, and @ may stand inside a name.
type lexer struct {
	text string
	pos  int
}

// lexAll gives all tokens of text; the last one is tokEOF.
func lexAll(text string, limits Limits) ([]token, *sqlerr.Error) {
	if len(text) > limits.Text {
		return nil, sqlerr.New(sqlerr.StatementTooComplex, "statement text is too long: %d bytes, the limit is %d", len(text), limits.Text)
	}
	if err := checkEncoding(text); err != nil {
		return nil, err
	}
	lx := &lexer{text: text}
	toks := make([]token, 0, len(text)/5+8)
	for {
		t, err := lx.next()
		if err != nil {
			return nil, err
		}
		toks = append(toks, t)
		if t.kind == tokEOF {
			return toks, nil
		}
		if len(toks) > limits.Tokens {
			return nil, sqlerr.New(sqlerr.StatementTooComplex, "statement has more than %d words", limits.Tokens).At(t.pos)
		}
	}
}

// checkEncoding refuses what cannot be text: invalid UTF-8 and the zero byte.
func checkEncoding(text string) *sqlerr.Error {
	if i := strings.IndexByte(text, 0); i >= 0 {
		return sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x00`).At(i)
	}
	if utf8.ValidString(text) {
		return nil
	}
	for i, r := range text {
		if r != utf8.RuneError {
			continue
		}
		if _, n := utf8.DecodeRuneInString(text[i:]); n == 1 {
			return sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x%02x`, text[i]).At(i)
		}
	}
	return nil
}

func (lx *lexer) byteAt(i int) byte {
	if i < len(lx.text) {
		return lx.text[i]
	}
	return 0
}

// next gives the next token.
func (lx *lexer) next() (token, *sqlerr.Error) {
	if err := lx.skipSpace(); err != nil {
		return token{}, err
	}
	start := lx.pos
	if start >= len(lx.text) {
		return token{kind: tokEOF, pos: len(lx.text), end: len(lx.text)}, nil
	}
	c := lx.text[start]
	switch {
	case isIdentStart(c):
		return lx.wordOrPrefixed()
	case c == '"' || c == '`':
		return lx.quotedIdent(c)
	case c == '\'':
		return lx.quoted(start, false)
	case isDigit(c) || c == '.' && isDigit(lx.byteAt(start+1)):
		return lx.number()
	case c == '$':
		return lx.dollar()
	}
	if p := lx.punct(); p != "" {
		lx.pos += len(p)
		return token{kind: tokPunct, up: p, pos: start, end: lx.pos}, nil
	}
	if isOpChar(c) {
		return lx.operator(), nil
	}
	r, _ := utf8.DecodeRuneInString(lx.text[start:])
	return token{}, sqlerr.New(sqlerr.SyntaxError, `syntax error at or near "%c"`, r).At(start)
}

// skipSpace passes white space and comments; block comments nest.
func (lx *lexer) skipSpace() *sqlerr.Error {
	for lx.pos < len(lx.text) {
		c := lx.text[lx.pos]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			lx.pos++
		case c == '-' && lx.byteAt(lx.pos+1) == '-':
			n := strings.IndexAny(lx.text[lx.pos:], "\n\r")
			if n < 0 {
				lx.pos = len(lx.text)
				return nil
			}
			lx.pos += n
		case c == '/' && lx.byteAt(lx.pos+1) == '*':
			if !lx.blockComment() {
				return sqlerr.New(sqlerr.SyntaxError, "unterminated /* comment").At(lx.pos)
			}
		case strings.HasPrefix(lx.text[lx.pos:], "\ufeff") && lx.pos == 0:
			lx.pos += len("\ufeff")
		case strings.HasPrefix(lx.text[lx.pos:], "\u00a0"):
			lx.pos += len("\u00a0")
		default:
			return nil
		}
	}
	return nil
}

func (lx *lexer) blockComment() bool {
	depth := 0
	for i := lx.pos; i+1 < len(lx.text); i++ {
		switch lx.text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				lx.pos = i + 1
				return true
			}
		}
	}
	return false
}

// wordOrPrefixed reads an identifier, or a string with a letter before it.
func (lx *lexer) wordOrPrefixed() (token, *sqlerr.Error) {
	start := lx.pos
	if lx.byteAt(start+1) == '\'' {
		switch lx.text[start] {
		case 'e', 'E':
			lx.pos++
			return lx.quoted(start, true)
		case 'n', 'N':
			lx.pos++
			return lx.quoted(start, false)
		case 'b', 'B', 'x', 'X':
			return token{}, sqlerr.Unsupported("bit string literal").At(start).
				WithHint("Write bytes as a string cast to bytea: '\\x0aff'::bytea.")
		}
	}
	if c := lx.text[start]; (c == 'u' || c == 'U') && lx.byteAt(start+1) == '&' {
		if q := lx.byteAt(start + 2); q == '\'' || q == '"' {
			return token{}, sqlerr.Unsupported("U&%c%c", q, q).At(start).WithHint("Write the characters themselves, or E'\\uXXXX'.")
		}
	}
	for lx.pos < len(lx.text) {
		c := lx.text[lx.pos]
		if c == '@' && !isWordByte(lx.byteAt(lx.pos+1)) || !isIdentPart(c) || strings.HasPrefix(lx.text[lx.pos:], "\u00a0") {
			break
		}
		lx.pos++
	}
	return token{kind: tokIdent, up: upperWord(lx.text[start:lx.pos]), pos: start, end: lx.pos}, nil
}

func upperWord(s string) string {
	for i := 0; i < len(s); i++ {
		if 'a' <= s[i] && s[i] <= 'z' || s[i] >= 0x80 {
			return strings.ToUpper(s)
		}
	}
	return s
}

func isWordByte(c byte) bool { return isIdentStart(c) || isDigit(c) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number reads digits with an optional fraction and exponent.
func (lx *lexer) number() (token, *sqlerr.Error) {
	start := lx.pos
	lx.digits()
	if lx.byteAt(lx.pos) == '.' && lx.byteAt(lx.pos+1) != '.' {
		lx.pos++
		lx.digits()
	}
	if c := lx.byteAt(lx.pos); c == 'e' || c == 'E' {
		i := lx.pos + 1
		if s := lx.byteAt(i); s == '+' || s == '-' {
			i++
		}
		if isDigit(lx.byteAt(i)) {
			lx.pos = i
			lx.digits()
		}
	}
	kind := tokNumber
	for isWordByte(lx.byteAt(lx.pos)) {
		kind = tokDigitName
		lx.pos++
	}
	return token{kind: kind, val: lx.text[start:lx.pos], pos: start, end: lx.pos}, nil
}

func (lx *lexer) digits() {
	for isDigit(lx.byteAt(lx.pos)) {
		lx.pos++
	}
}

// punct tells the punctuation at the cursor, "" for none.
func (lx *lexer) punct() string {
	rest := lx.text[lx.pos:]
	switch rest[0] {
	case '(', ')', '[', ']', ',', ';', '.', '{', '}':
		return rest[:1]
	case ':':
		if len(rest) > 1 && (rest[1] == ':' || rest[1] == '=') {
			return rest[:2]
		}
		return rest[:1]
	case '=':
		if len(rest) > 1 && rest[1] == '>' && (len(rest) == 2 || !isOpChar(rest[2]) || strings.ContainsRune("-+", rune(rest[2]))) {
			return rest[:2]
		}
	}
	return ""
}

func isOpChar(c byte) bool { return c < 0x80 && strings.IndexByte("+-*/<>=~!@#%^&|?", c) >= 0 }

// operator reads the longest operator: it stops before a comment, and a
// multi-character operator ends in + or - only with one of ~!@#%^&|? in it.
func (lx *lexer) operator() token {
	start := lx.pos
	end := start
	for end < len(lx.text) && isOpChar(lx.text[end]) {
		if two := lx.text[end:min(end+2, len(lx.text))]; end > start && (two == "--" || two == "/*") {
			break
		}
		end++
	}
	for end > start+1 && strings.IndexByte("+-", lx.text[end-1]) >= 0 && !strings.ContainsAny(lx.text[start:end], "~!@#%^&|?") {
		end--
	}
	lx.pos = end
	op := lx.text[start:end]
	if op == "!=" {
		op = "<>"
	}
	return token{kind: tokOp, up: op, pos: start, end: end}
}
