package sql

import "strings"

// Literal is one value of VALUES as it is written.
type Literal struct {
	Kind LiteralKind
	Text string // an integer or a decimal with its sign; a string without its quotes; else ""
}

// LiteralKind is what a Literal looks like.
type LiteralKind uint8

// The kinds.
const (
	LiteralNull LiteralKind = iota
	LiteralTrue
	LiteralFalse
	LiteralInteger
	LiteralDecimal
	LiteralString
)

// LiteralRows takes apart an INSERT whose end is VALUES and rows of plain literals, without parsing it: head is all up
// to VALUES, literals those of all rows, appended to into; the rows are all as long. False for whatever else it may be,
// also for a mistake. Two texts with equal heads say the same but for their literals.
func LiteralRows(text string, into []Literal) (head string, literals []Literal, width int, ok bool) {
	s := literalScan{text: text}
	if head, ok = s.head(); !ok {
		return "", into, 0, false
	}
	for {
		n := len(into)
		if into, ok = s.row(into); !ok || width > 0 && len(into)-n != width {
			return "", into, 0, false
		}
		width = len(into) - n
		s.space()
		if !s.take(',') {
			break
		}
	}
	s.take(';')
	s.space()
	return head, into, width, s.at == len(text)
}

type literalScan struct {
	text string
	at   int
}

func (s *literalScan) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\n' || s.text[s.at] == '\t') {
		s.at++
	}
}

func (s *literalScan) take(c byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// word reads letters, digits and underscores.
func (s *literalScan) word() string {
	from := s.at
	for s.at < len(s.text) && wordByte(s.text[s.at]) {
		s.at++
	}
	return s.text[from:s.at]
}

func wordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_'
}

// head reads INSERT INTO, names, and a list of names, to behind VALUES. Anything but words, quoted names, commas, dots
// and parentheses ends it: no comment, no other quotes.
func (s *literalScan) head() (string, bool) {
	s.space()
	if !strings.EqualFold(s.word(), "INSERT") {
		return "", false
	}
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case wordByte(c):
			if strings.EqualFold(s.word(), "VALUES") {
				return s.text[:s.at], true
			}
		case c == '"':
			n := strings.IndexByte(s.text[s.at+1:], '"')
			if n < 0 {
				return "", false
			}
			s.at += n + 2
		case c == ' ' || c == '\n' || c == '\t' || c == ',' || c == '.' || c == '(' || c == ')':
			s.at++
		default:
			return "", false
		}
	}
	return "", false
}

// row reads a parenthesis of literals.
func (s *literalScan) row(into []Literal) ([]Literal, bool) {
	if !s.take('(') {
		return into, false
	}
	for {
		l, ok := s.literal()
		if !ok {
			return into, false
		}
		into = append(into, l)
		switch {
		case s.take(','):
		case s.take(')'):
			return into, true
		default:
			return into, false
		}
	}
}

func (s *literalScan) literal() (Literal, bool) {
	s.space()
	if s.at == len(s.text) {
		return Literal{}, false
	}
	switch c := s.text[s.at]; {
	case c == '\'':
		return s.quoted()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	switch w := s.word(); {
	case strings.EqualFold(w, "NULL"):
		return Literal{Kind: LiteralNull}, true
	case strings.EqualFold(w, "TRUE"):
		return Literal{Kind: LiteralTrue}, true
	case strings.EqualFold(w, "FALSE"):
		return Literal{Kind: LiteralFalse}, true
	}
	return Literal{}, false
}

// quoted reads a string in plain quotes; a part that goes on in the next line is for the lexer.
func (s *literalScan) quoted() (Literal, bool) {
	from := s.at + 1
	for doubled := false; ; s.at++ {
		n := strings.IndexByte(s.text[s.at+1:], '\'')
		if n < 0 {
			return Literal{}, false
		}
		s.at += n + 1
		if s.at+1 < len(s.text) && s.text[s.at+1] == '\'' {
			doubled = true
			continue
		}
		text := s.text[from:s.at]
		if s.at++; doubled {
			text = strings.ReplaceAll(text, "''", "'")
		}
		return Literal{LiteralString, text}, true
	}
}

// maxPlainDigits is how many digits a number may have to be one of 64 bits, and exact as a double.
const maxPlainDigits = 15

func (s *literalScan) number() (Literal, bool) {
	from, kind := s.at, LiteralInteger
	if s.text[s.at] == '-' {
		s.at++
	}
	before := s.digits()
	total := before
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		behind := s.digits()
		kind, total = LiteralDecimal, before+behind
		if behind == 0 {
			return Literal{}, false
		}
	}
	if before == 0 || total > maxPlainDigits || s.at < len(s.text) && (wordByte(s.text[s.at]) || s.text[s.at] == '.') {
		return Literal{}, false
	}
	return Literal{kind, s.text[from:s.at]}, true
}

func (s *literalScan) digits() int {
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - from
}
