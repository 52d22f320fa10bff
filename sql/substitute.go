package sql

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Substitute replaces ${name} by the values of variables, in one pass (a value is not
// looked into). lookup gets the name as written; names are compared by its caller.
//
// Inside a string literal the value is inserted with its quotes doubled; inside a quoted
// identifier likewise. Elsewhere the value must be one literal or one identifier, so that
// it cannot change the shape of the statement. A variable without a value stays as
// it is, to fail there by name when it does not stand in a string.
func Substitute(text string, lookup func(string) (string, bool)) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	var b strings.Builder
	var quote byte // the quote we are in, 0 outside
	for i := 0; i < len(text); {
		name, ok := variableAt(text, i)
		value, known := "", false
		if ok {
			value, known = lookup(name)
		}
		switch {
		case ok && known:
			repl, err := substituted(value, quote)
			if err != nil {
				return "", err.At(i)
			}
			b.WriteString(repl)
			i += len(name) + len("${}")
			continue
		case quote != 0:
			if text[i] == quote {
				quote = 0
			}
		default:
			if n := commentAt(text, i); n > 0 {
				b.WriteString(text[i : i+n])
				i += n
				continue
			}
			if strings.IndexByte("'\"`", text[i]) >= 0 {
				quote = text[i]
			}
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String(), nil
}

// variableAt reads the name of ${name} at i.
func variableAt(text string, i int) (string, bool) {
	if !strings.HasPrefix(text[i:], "${") {
		return "", false
	}
	name, _, ok := strings.Cut(text[i+2:], "}")
	return name, ok && plainWord(name)
}

// commentAt is the length of the comment at i, 0 for none.
func commentAt(text string, i int) int {
	rest := text[i:]
	if !strings.HasPrefix(rest, "--") && !strings.HasPrefix(rest, "/*") {
		return 0
	}
	lx := &lexer{text: text, pos: i}
	if strings.HasPrefix(rest, "/*") {
		if !lx.blockComment() {
			return len(rest)
		}
		return lx.pos - i
	}
	if n := strings.IndexAny(rest, "\r\n"); n >= 0 {
		return n
	}
	return len(rest)
}

// substituted gives the text to insert for a value.
func substituted(value string, quote byte) (string, *sqlerr.Error) {
	if quote != 0 {
		return strings.ReplaceAll(value, string(quote), string([]byte{quote, quote})), nil
	}
	toks, err := lexAll(value, DefaultLimits)
	if err == nil {
		signed := len(toks) == 3 && toks[0].up == "-" && toks[1].kind == tokNumber
		if signed || len(toks) == 2 && toks[0].kind != tokOp && toks[0].kind != tokPunct && toks[0].kind != tokParam {
			return value, nil
		}
	}
	return "", sqlerr.New(sqlerr.SyntaxError, "value of a variable is neither a literal nor an identifier: %s", clip(value)).
		WithHint("Write the variable in quotes, '${name}', to insert text.")
}
