package auth

import (
	"strings"
	"unicode/utf8"
)

// longestStatement bounds a statement in the book, in bytes.
const longestStatement = 4096

// Redact takes what a statement says about data out of its text: strings become
// '?', numbers ? where numbers is set, comments go. Names stay. What is cut off
// or not closed is taken out up to the end.
func Redact(text string, numbers bool) string {
	text = strings.ToValidUTF8(text, "?")
	var b strings.Builder
	for i := 0; i < len(text); {
		n, as := literal(text[i:], numbers)
		if n == 0 {
			n = wordLength(text[i:])
			as = text[i : i+n]
		}
		if before := b.String(); strings.HasPrefix(as, "'") && strings.HasSuffix(before, "'") {
			b.WriteByte(' ') // two literals side by side, which would read as one
		}
		b.WriteString(as)
		i += n
	}
	out := b.String()
	if len(out) > longestStatement {
		cut := longestStatement
		for cut > 0 && !utf8.RuneStart(out[cut]) {
			cut--
		}
		out = out[:cut] + " ..."
	}
	return strings.Trim(out, " \t\r\n\f\v") // what else Unicode calls a space is part of a word
}

// literal is the length of the literal or comment that s begins with, and what
// stands for it; 0 when it begins with something else.
func literal(s string, numbers bool) (n int, as string) {
	switch c := s[0]; {
	case c == '\'':
		return quoted(s, '\'', false), "'?'"
	case (c == 'E' || c == 'e') && len(s) > 1 && s[1] == '\'':
		return 1 + quoted(s[1:], '\'', true), "'?'"
	case c == '"' || c == '`':
		n := quoted(s, c, false)
		return n, s[:n]
	case strings.HasPrefix(s, "--"):
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			return i + 1, " "
		}
		return len(s), ""
	case strings.HasPrefix(s, "/*"):
		return comment(s), " "
	case c == '$':
		return dollar(s)
	case numbers && (isDigit(c) || c == '.' && len(s) > 1 && isDigit(s[1])):
		for n < len(s) && (isWord(s[n]) || s[n] == '.' || (s[n] == '+' || s[n] == '-') && n > 0 && (s[n-1] == 'e' || s[n-1] == 'E')) {
			n++
		}
		return n, "?"
	}
	return 0, ""
}

// quoted is the length of a quoted text, up to the end when it is not closed.
func quoted(s string, q byte, escapes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == q && i+1 < len(s) && s[i+1] == q:
			i++
		case s[i] == q:
			return i + 1
		}
	}
	return len(s)
}

func comment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// dollar is a text in $tag$...$tag$, or a parameter, which stays.
func dollar(s string) (int, string) {
	end := 1
	for end < len(s) && isWord(s[end]) {
		end++
	}
	if end == len(s) || s[end] != '$' || end > 1 && isDigit(s[1]) {
		return end, s[:end]
	}
	mark := s[:end+1]
	i := strings.Index(s[end+1:], mark)
	if i < 0 {
		return len(s), "'?'"
	}
	return end + 1 + i + len(mark), "'?'"
}

// wordLength is the length of what s begins with: a word, or one byte.
func wordLength(s string) int {
	n := 0
	for n < len(s) && (isWord(s[n]) || n > 0 && s[n] == '$') {
		n++
	}
	return max(n, 1)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}
