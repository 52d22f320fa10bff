package fn

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func addFormat(a *adder) {
	a.row("quote_ident(s text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return types.QuoteName(v[0].(string)), nil
	}, "s as an identifier, quoted when it must be.")
	literal := func(c *Call, v []types.Value, _ int) (types.Value, error) {
		return quoteLiteral(textOf(c.Args[0].Type, v[0])), nil
	}
	a.call("quote_literal(x any) text", nil, 0, literal, "x as a string literal.")
	a.call("quote_nullable(x any) text", nil, nulls, func(c *Call, v []types.Value, row int) (types.Value, error) {
		if v[0] == nil {
			return "NULL", nil
		}
		return literal(c, v, row)
	}, "x as a string literal, or NULL.")
	a.call("format(pattern text, args any...) text", nil, nulls, format, "The pattern with %s, %I and %L replaced by the arguments.")
	a.row("parse_ident(s text) text[]", 0, parseIdent, "The parts of a qualified identifier.")
	a.row("like_escape(pattern text, escape text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return likeEscape(v[0].(string), v[1].(string))
	}, "A LIKE pattern rewritten to escape with a backslash.")
}

func quoteLiteral(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(q, `\`, `\\`)
	}
	return q
}

// format is PostgreSQL's: %[n$][-][width]type with types s, I, L and %%.
func format(c *Call, v []types.Value, _ int) (types.Value, error) {
	if v[0] == nil {
		return nil, nil
	}
	p := v[0].(string)
	var b strings.Builder
	next := 1
	for i := 0; i < len(p); i++ {
		if p[i] != '%' {
			b.WriteByte(p[i])
			continue
		}
		if i++; i >= len(p) {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "unterminated format() type specifier").
				WithHint("For a single \"%%\" use \"%%%%\".")
		}
		if p[i] == '%' {
			b.WriteByte('%')
			continue
		}
		s, err := readSpec(p, &i)
		if err != nil {
			return nil, err
		}
		if s.arg == 0 {
			s.arg = next
		}
		next = s.arg + 1
		if s.arg >= len(v) {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "too few arguments for format()")
		}
		text, err := formatArg(s.verb, c.Args[s.arg].Type, v[s.arg])
		if err != nil {
			return nil, err
		}
		pad := strings.Repeat(" ", max(0, min(s.width, 1<<16)-utf8.RuneCountInString(text)))
		if s.left {
			b.WriteString(text + pad)
		} else {
			b.WriteString(pad + text)
		}
		if b.Len() > maxText {
			return nil, errTooLong()
		}
	}
	return b.String(), nil
}

type formatSpec struct {
	arg, width int
	left       bool
	verb       byte
}

func readSpec(p string, i *int) (s formatSpec, err error) {
	number := func() int {
		start := *i
		for *i < len(p) && p[*i] >= '0' && p[*i] <= '9' {
			*i++
		}
		n, e := strconv.Atoi(p[start:*i])
		if e != nil {
			return 0
		}
		return n
	}
	n := number()
	if *i < len(p) && p[*i] == '$' {
		if n == 0 {
			return s, sqlerr.New(sqlerr.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
		}
		*i++
		s.arg, n = n, 0
	}
	for *i < len(p) && p[*i] == '-' {
		s.left = true
		*i++
	}
	if n == 0 {
		n = number()
	}
	s.width = n
	if *i >= len(p) {
		return s, sqlerr.New(sqlerr.InvalidParameterValue, "unterminated format() type specifier")
	}
	s.verb = p[*i]
	return s, nil
}

func formatArg(verb byte, t types.Type, v types.Value) (string, error) {
	switch verb {
	case 's':
		if v == nil {
			return "", nil
		}
		return textOf(t, v), nil
	case 'I':
		if v == nil {
			return "", sqlerr.New(sqlerr.NullNotAllowed, "null values cannot be formatted as an SQL identifier")
		}
		return types.QuoteName(textOf(t, v)), nil
	case 'L':
		if v == nil {
			return "NULL", nil
		}
		return quoteLiteral(textOf(t, v)), nil
	}
	return "", sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized format() type specifier \"%c\"", verb)
}

// parseIdent folds unquoted parts to lower case.
func parseIdent(_ *Env, v []types.Value) (types.Value, error) {
	s := strings.TrimSpace(v[0].(string))
	fail := sqlerr.New(sqlerr.InvalidParameterValue, "string is not a valid identifier: \"%s\"", v[0])
	out := []types.Value{}
	for {
		var part string
		if strings.HasPrefix(s, `"`) {
			end := 1
			for ; end < len(s); end++ {
				if s[end] != '"' {
					part += s[end : end+1]
				} else if end+1 < len(s) && s[end+1] == '"' {
					part += `"`
					end++
				} else {
					break
				}
			}
			if end >= len(s) || part == "" {
				return nil, fail
			}
			s = s[end+1:]
		} else {
			end := 0
			for end < len(s) && s[end] != '.' && s[end] != ' ' {
				end++
			}
			part, s = strings.ToLower(s[:end]), s[end:]
			if part == "" || part[0] >= '0' && part[0] <= '9' || strings.ContainsAny(part, `"()'`) {
				return nil, fail
			}
		}
		out = append(out, part)
		s = strings.TrimSpace(s)
		if s == "" {
			return out, nil
		}
		if s[0] != '.' {
			return nil, fail
		}
		s = strings.TrimSpace(s[1:])
	}
}

func likeEscape(pattern, escape string) (types.Value, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return nil, sqlerr.New(sqlerr.InvalidEscape, "invalid escape string").WithHint("Escape string must be empty or one character.")
	}
	if escape == `\` {
		return pattern, nil
	}
	var b strings.Builder
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteString(`\` + string(r))
			escaped = false
		case escape != "" && string(r) == escape:
			escaped = true
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), nil
}
