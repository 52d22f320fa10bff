package fn

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// maxCompiled bounds the patterns kept; a text that makes ever new patterns
// starts the cache afresh.
const maxCompiled = 512

var compiled struct {
	sync.Mutex
	m map[string]*regexp.Regexp
}

// CompileRegexp compiles a pattern with PostgreSQL's flags (i, n, s, c, m, x, g
// is the caller's). Patterns are RE2's; the common classes and anchors of
// PostgreSQL's are translated. 2201B.
func CompileRegexp(pattern, flags string) (*regexp.Regexp, error) {
	key := flags + "\x00" + pattern
	compiled.Lock()
	defer compiled.Unlock()
	if re, ok := compiled.m[key]; ok {
		return re, nil
	}
	opts := "s"
	for _, f := range flags {
		switch f {
		case 'i':
			opts += "i"
		case 'n', 'm':
			opts = strings.ReplaceAll(opts, "s", "") + "m"
		case 'g', 'c', 's', 'e', 'q', 'b', 't', 'w', 'p', 'x':
		default:
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "invalid regular expression option: \"%c\"", f)
		}
	}
	text := translateRegexp(pattern)
	if strings.Contains(flags, "q") {
		text = regexp.QuoteMeta(pattern)
	}
	prefix := ""
	if opts != "" {
		prefix = "(?" + opts + ")"
	}
	re, err := regexp.Compile(prefix + text)
	if err != nil {
		return nil, sqlerr.New(sqlerr.InvalidRegexp, "invalid regular expression: %s", regexpReason(err, prefix)).
			WithDetail("Regular expressions are of RE2's syntax: no back-references, no look-around.")
	}
	if compiled.m == nil || len(compiled.m) >= maxCompiled {
		compiled.m = map[string]*regexp.Regexp{}
	}
	compiled.m[key] = re
	return re, nil
}

// regexpReason says what is wrong and where, without the options put in front.
func regexpReason(err error, prefix string) string {
	if e, ok := err.(*syntax.Error); ok {
		switch e.Code {
		case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
			return "parentheses () not balanced"
		case syntax.ErrMissingBracket:
			return "brackets [] not balanced"
		}
		return e.Code.String() + ": " + strings.TrimPrefix(e.Expr, prefix)
	}
	return err.Error()
}

// translateRegexp spells what PostgreSQL writes differently: \m \M \y are word
// boundaries, \Z the end, *** prefixes are dropped.
func translateRegexp(p string) string {
	p = strings.TrimPrefix(strings.TrimPrefix(p, "***:"), "(?e)")
	if !strings.Contains(p, `\`) {
		return p
	}
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if p[i] != '\\' || i+1 == len(p) {
			b.WriteByte(p[i])
			continue
		}
		i++
		switch p[i] {
		case 'm', 'M', 'y':
			b.WriteString(`\b`)
		case 'Y':
			b.WriteString(`\B`)
		case 'Z':
			b.WriteString(`\z`)
		default:
			b.WriteByte('\\')
			b.WriteByte(p[i])
		}
	}
	return b.String()
}

// javaRegexp compiles a pattern of ksqlDB: no flags, dot stops at line ends.
func javaRegexp(pattern string) (*regexp.Regexp, error) { return CompileRegexp(pattern, "n") }

func addRegexp(a *adder) {
	a.row("regexp_extract(pattern text, s text, group_index int?) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		re, err := javaRegexp(v[0].(string))
		if err != nil {
			return nil, err
		}
		m, g := re.FindStringSubmatch(v[1].(string)), groupArg(v)
		if m == nil || g < 0 || g >= int64(len(m)) {
			return nil, nil
		}
		return m[g], nil
	}, "The first match of pattern in s, or a group of it.")
	a.row("regexp_extract_all(pattern text, s text, group_index int?) text[]", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		re, err := javaRegexp(v[0].(string))
		if err != nil {
			return nil, err
		}
		g := groupArg(v)
		if g < 0 || g > int64(re.NumSubexp()) {
			return nil, nil
		}
		out := []types.Value{}
		for _, m := range re.FindAllStringSubmatchIndex(v[1].(string), -1) {
			if m[2*g] < 0 {
				out = append(out, nil)
				continue
			}
			out = append(out, v[1].(string)[m[2*g]:m[2*g+1]])
		}
		return out, nil
	}, "All matches of pattern in s, or a group of each.")
	addRegexpParts(a)
	addRegexpTests(a)
}

// addRegexpParts registers replacing and splitting.
func addRegexpParts(a *adder) {
	a.row("regexp_replace(s text, pattern text, replacement text) text", ksql, func(_ *Env, v []types.Value) (types.Value, error) {
		re, err := javaRegexp(v[1].(string))
		if err != nil {
			return nil, err
		}
		return re.ReplaceAllString(v[0].(string), javaTemplate(v[2].(string))), nil
	}, "s with all matches of pattern replaced; $1 is a group.")
	a.row("regexp_replace(s text, pattern text, replacement text, flags text?) text", leat, regexpReplace,
		"s with the first match of pattern replaced, with flag g all; \\1 is a group, \\& the match.")
	a.row("regexp_split_to_array(s text, pattern text) text[]", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return regexpSplit(v[0].(string), v[1].(string), "")
	}, "s split at the matches of pattern.")
	a.row("regexp_split_to_array(s text, pattern text, flags text) text[]", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return regexpSplit(v[0].(string), v[1].(string), v[2].(string))
	}, "s split at the matches of pattern.")
}

// addRegexpTests registers matching.
func addRegexpTests(a *adder) {
	a.row("regexp_match(s text, pattern text, flags text?) text[]", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		if strings.Contains(flagsArg(v, 2), "g") {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "regexp_match() does not support the \"global\" option").
				WithHint("Use the regexp_matches function instead.")
		}
		rows, err := regexpMatches(v[0].(string), v[1].(string), flagsArg(v, 2), 1)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		return rows[0], nil
	}, "The groups of the first match of pattern in s, or the match when there are no groups.")
	a.row("regexp_like(s text, pattern text, flags text?) bool", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		re, err := CompileRegexp(v[1].(string), flagsArg(v, 2))
		if err != nil {
			return nil, err
		}
		return re.MatchString(v[0].(string)), nil
	}, "Whether pattern matches in s.")
	a.row("regexp_count(s text, pattern text) int", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		re, err := CompileRegexp(v[1].(string), "")
		if err != nil {
			return nil, err
		}
		return int64(len(re.FindAllStringIndex(v[0].(string), -1))), nil
	}, "How often pattern matches in s.")
	a.row("regexp_substr(s text, pattern text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return regexpSubstr(v[0].(string), v[1].(string))
	}, "The first match of pattern in s.")
	a.row("substring(s text, pattern text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return regexpSubstr(v[0].(string), v[1].(string))
	}, "The first match of pattern in s, or its first group.")
}

func groupArg(v []types.Value) int64 {
	if len(v) < 3 {
		return 0
	}
	return v[2].(int64)
}

func flagsArg(v []types.Value, i int) string {
	if len(v) <= i {
		return ""
	}
	return v[i].(string)
}

func regexpSubstr(s, pattern string) (types.Value, error) {
	re, err := CompileRegexp(pattern, "")
	if err != nil {
		return nil, err
	}
	m := re.FindStringSubmatchIndex(s)
	switch {
	case m == nil:
		return nil, nil
	case len(m) > 2 && m[2] >= 0:
		return s[m[2]:m[3]], nil
	case len(m) > 2:
		return nil, nil
	}
	return s[m[0]:m[1]], nil
}

// regexpMatches gives, for up to n matches (-1: all), the groups as arrays.
func regexpMatches(s, pattern, flags string, n int) ([]types.Value, error) {
	re, err := CompileRegexp(pattern, flags)
	if err != nil {
		return nil, err
	}
	var rows []types.Value
	for _, m := range re.FindAllStringSubmatchIndex(s, n) {
		if len(m) > 2 {
			m = m[2:]
		}
		row := []types.Value{}
		for g := 0; g < len(m); g += 2 {
			if m[g] < 0 {
				row = append(row, nil)
			} else {
				row = append(row, s[m[g]:m[g+1]])
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// regexpSplit keeps empty parts; a match of nothing splits between characters.
func regexpSplit(s, pattern, flags string) (types.Value, error) {
	re, err := CompileRegexp(pattern, flags)
	if err != nil {
		return nil, err
	}
	out := []types.Value{}
	start := 0
	for _, m := range re.FindAllStringIndex(s, -1) {
		if m[0] == m[1] && (m[0] == start || m[0] == len(s)) {
			continue
		}
		out = append(out, s[start:m[0]])
		start = m[1]
	}
	return append(out, s[start:]), nil
}

func regexpReplace(_ *Env, v []types.Value) (types.Value, error) {
	s, flags := v[0].(string), flagsArg(v, 3)
	re, err := CompileRegexp(v[1].(string), flags)
	if err != nil {
		return nil, err
	}
	template := pgTemplate(v[2].(string))
	if strings.Contains(flags, "g") {
		return re.ReplaceAllString(s, template), nil
	}
	m := re.FindStringSubmatchIndex(s)
	if m == nil {
		return s, nil
	}
	return s[:m[0]] + string(re.ExpandString(nil, template, s, m)) + s[m[1]:], nil
}

// pgTemplate turns \1 and \& into Go's ${1} and ${0}.
func pgTemplate(t string) string {
	var b strings.Builder
	for i := 0; i < len(t); i++ {
		switch {
		case t[i] == '$':
			b.WriteString("$$")
		case t[i] != '\\' || i+1 == len(t):
			b.WriteByte(t[i])
		case t[i+1] == '&':
			b.WriteString("${0}")
			i++
		case t[i+1] >= '0' && t[i+1] <= '9':
			b.WriteString("${" + t[i+1:i+2] + "}")
			i++
		default:
			i++
			b.WriteByte(t[i])
		}
	}
	return b.String()
}

// javaTemplate turns $1 into ${1} and \x into x.
func javaTemplate(t string) string {
	var b strings.Builder
	for i := 0; i < len(t); i++ {
		switch {
		case t[i] == '\\' && i+1 < len(t):
			i++
			if t[i] == '$' {
				b.WriteByte('$')
			}
			b.WriteByte(t[i])
		case t[i] == '$' && i+1 < len(t) && t[i+1] >= '0' && t[i+1] <= '9':
			b.WriteString("${" + t[i+1:i+2] + "}")
			i++
		case t[i] == '$':
			b.WriteString("$$")
		default:
			b.WriteByte(t[i])
		}
	}
	return b.String()
}
