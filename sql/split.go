package sql

import "strings"

// StatementText is one statement of a script, without its semicolon and the
// white space around it.
type StatementText struct {
	Text       string
	Start, End int // byte offsets in the script
}

// Split cuts a script at its semicolons without parsing it: quotes, comments and dollar
// quotes are respected, mistakes are left for Parse. What lies after the last
// semicolon is a statement too. Empty statements are left out.
func Split(text string) []StatementText {
	out, _ := scan(text)
	return out
}

// IsIncomplete tells whether a shell should ask for another line: the text has a
// statement without its semicolon, or ends inside a quote or a comment.
func IsIncomplete(text string) bool {
	_, open := scan(text)
	return open
}

// scan splits text, and tells whether the last statement is open.
func scan(text string) (out []StatementText, open bool) {
	lx := &lexer{text: text}
	first, last := -1, -1
	flush := func() {
		if first >= 0 {
			out = append(out, StatementText{Text: text[first:last], Start: first, End: last})
		}
		first = -1
	}
	for {
		before := lx.pos
		t, err := lx.next()
		if err != nil {
			if lx.openQuote(before) {
				if first < 0 {
					first = before + len(text[before:]) - len(strings.TrimLeft(text[before:], " \t\r\n\f\v"))
				}
				last = len(strings.TrimRight(text, " \t\r\n\f\v"))
				flush()
				return out, true
			}
			t = lx.skipBad(before)
		}
		switch {
		case t.kind == tokEOF:
			open = first >= 0
			flush()
			return out, open
		case t.up == ";":
			flush()
		default:
			if first < 0 {
				first = t.pos
			}
			last = t.end
		}
	}
}

// openQuote tells whether the token after a position fails because the text ends
// inside it.
func (lx *lexer) openQuote(pos int) bool {
	probe := &lexer{text: lx.text, pos: pos}
	if probe.skipSpace() != nil {
		return true
	}
	_, err := probe.next()
	return err != nil && (strings.HasPrefix(err.Message, "unterminated"))
}

// skipBad passes a token that cannot be read, as one of unknown kind.
func (lx *lexer) skipBad(pos int) token {
	probe := &lexer{text: lx.text, pos: pos}
	if probe.skipSpace() != nil {
		panic("BUG: open comment is not open")
	}
	start := probe.pos
	lx.pos = max(lx.pos, start+1)
	return token{kind: tokOp, pos: start, end: lx.pos}
}
