package fn

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func utf16Text(units []uint16) string { return string(utf16.Decode(units)) }

func addSubstrings(a *adder) {
	const doc = "The part of s that starts at pos, of at most len characters (bytes of a byte string)."
	for _, name := range []string{"substring", "substr"} {
		a.scalar(name+"(s text, pos int, len int?) text", leat, substringKernel, doc)
		a.row(name+"(s bytes, pos int, len int?) bytes", leat, func(_ *Env, v []types.Value) (types.Value, error) {
			from, to, err := pgSpan(v[1].(int64), lengthArg(v))
			b := v[0].([]byte)
			return b[min(from, int64(len(b))):max(min(to, int64(len(b))), min(from, int64(len(b))))], err
		}, doc)
		addKsqlSubstring(a, name, doc)
	}
	a.row("left(s text, n int) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		s, n := v[0].(string), v[1].(int64)
		if n < 0 {
			n = max(0, n+int64(utf8.RuneCountInString(s)))
		}
		return cutRunes(s, 0, n), nil
	}, "The first n characters, or all but the last -n.")
	a.row("right(s text, n int) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		s, n := v[0].(string), v[1].(int64)
		all := int64(utf8.RuneCountInString(s))
		if n < 0 {
			n = max(0, n+all)
		}
		return cutRunes(s, max(0, all-n), all), nil
	}, "The last n characters, or all but the first -n.")
	a.scalar("split_part(s text, delimiter text, n int) text", 0, splitPart, "The n-th part of s between delimiters, from the end when n is negative.")
	a.row("split(s text, delimiter text) text[]", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return boxTexts(splitText(v[0].(string), v[1].(string))), nil
	}, "The parts of s between delimiters.")
	a.row("split(s bytes, delimiter bytes) bytes[]", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return splitBytes(v[0].([]byte), v[1].([]byte)), nil
	}, "The parts of s between delimiters.")
	strpos := func(_ *Env, v []types.Value) (types.Value, error) {
		i := strings.Index(v[0].(string), v[1].(string))
		if i < 0 {
			return int64(0), nil
		}
		return int64(utf8.RuneCountInString(v[0].(string)[:i]) + 1), nil
	}
	a.row("strpos(s text, sub text) int", 0, strpos, "Where sub first occurs in s, 0 if nowhere.")
	a.row("position(s text, sub text) int", 0, strpos, "Where sub first occurs in s, 0 if nowhere.")
	const instrDoc = "Where sub occurs in s, searching from pos (backwards when negative), for the given occurrence; 0 if nowhere."
	for _, d := range []traits{leat, ksql} {
		a.row("instr(s text, sub text, pos int?, occurrence int?) int", nulls|d, func(e *Env, v []types.Value) (types.Value, error) {
			for i := 2; i < len(v); i++ {
				switch {
				case v[i] == nil && d == leat:
					return nil, nil
				case v[i] == nil: // a primitive of ksqlDB's: NULL fails
					return nil, sqlerr.New(sqlerr.NullNotAllowed, "position and occurrence of instr must not be NULL")
				}
			}
			return instr(v), nil
		}, instrDoc)
	}
	a.row("overlay(s text, new text, pos int, len int?) text", 0, overlay, "s with len characters at pos replaced by new.")
}

func addKsqlSubstring(a *adder, name, doc string) {
	a.row(name+"(s text, pos int, len int?) text", ksql, func(e *Env, v []types.Value) (types.Value, error) {
		s := v[0].(string)
		from, to, err := spanOf(e, v, int64(utf8.RuneCountInString(s)))
		if err != nil {
			return nil, err
		}
		return cutRunes(s, from, to), nil
	}, doc)
	a.row(name+"(s bytes, pos int, len int?) bytes", ksql, func(e *Env, v []types.Value) (types.Value, error) {
		b := v[0].([]byte)
		from, to, err := spanOf(e, v, int64(len(b)))
		if err != nil {
			return nil, err
		}
		return b[from:to], nil
	}, doc)
}

// legacySubstring is the setting with which ksqlDB's SUBSTRING takes the places of
// the first character and of the one behind the last, both from 0.
const legacySubstring = "ksql.functions.substring.legacy.args"

// spanOf is the half-open range of ksqlDB's SUBSTRING in n characters, from 0.
func spanOf(e *Env, v []types.Value, n int64) (from, to int64, err error) {
	if on, ok := envSetting(e, legacySubstring); !ok || !strings.EqualFold(on, "true") {
		from, to = ksqlSpan(v, n)
		return from, to, nil
	}
	from, to = v[1].(int64), n
	if len(v) > 2 {
		to = v[2].(int64)
	}
	if from < 0 || to > n || from > to {
		return 0, 0, sqlerr.New(sqlerr.SubstringError, "begin %d, end %d, length %d", from, to, n)
	}
	return from, to, nil
}

func envSetting(e *Env, name string) (string, bool) {
	if e == nil || e.Setting == nil {
		return "", false
	}
	return e.Setting(name)
}

// pgSpan is the half-open range of PostgreSQL's substring, from 0; n is
// noLength when there is no length.
func pgSpan(pos, n int64) (from, to int64, err error) {
	start := pos - 1
	if n == noLength {
		return max(0, start), 1 << 40, nil
	}
	if n < 0 {
		return 0, 0, sqlerr.New(sqlerr.SubstringError, "negative substring length not allowed")
	}
	from = max(0, start)
	return from, max(from, start+n), nil
}

const noLength = 1 << 40

func lengthArg(v []types.Value) int64 {
	if len(v) > 2 {
		return v[2].(int64)
	}
	return noLength
}

func substringKernel(c *Call) vec.Vec {
	s, pos := c.Args[0], c.Args[1].I64
	ascii := isASCII(span(s))
	return c.fill(func(i int, out *vec.Builder) error {
		n := int64(noLength)
		if len(c.Args) > 2 {
			n = c.Args[2].I64[i]
		}
		from, to, err := pgSpan(pos[i], n)
		if err != nil {
			return err
		}
		b := s.Str(i)
		if ascii {
			out.AppendBytes(b[min(from, int64(len(b))):min(to, int64(len(b)))])
		} else {
			out.AppendString(cutRunes(string(b), from, to))
		}
		return nil
	})
}

// ksqlSpan is the half-open range of ksqlDB's substring of n characters.
func ksqlSpan(v []types.Value, n int64) (from, to int64) {
	pos := v[1].(int64)
	switch {
	case pos > 0:
		from = min(pos-1, n)
	case pos < 0:
		from = max(0, n+pos)
	}
	to = n
	if len(v) > 2 {
		to = min(n, from+max(0, min(v[2].(int64), n)))
	}
	return from, to
}

// cutRunes is the characters [from, to) of s; to may be beyond its end.
func cutRunes(s string, from, to int64) string {
	return s[runeOffset(s, from):runeOffset(s, to)]
}

// runeOffset is the byte offset of character n, or the length of s.
func runeOffset(s string, n int64) int {
	if n >= int64(len(s)) {
		return len(s)
	}
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, w := utf8.DecodeRuneInString(s[i:])
		i += w
	}
	return i
}

func splitPart(c *Call) vec.Vec {
	s, d, n := c.Args[0], c.Args[1], c.Args[2].I64
	return c.fill(func(i int, out *vec.Builder) error {
		if n[i] == 0 {
			return sqlerr.New(sqlerr.InvalidParameterValue, "field position must not be zero")
		}
		out.AppendBytes(partOf(s.Str(i), d.Str(i), n[i]))
		return nil
	})
}

// partOf is the n-th part of s, from 1, or from the end when n is negative.
func partOf(s, delimiter []byte, n int64) []byte {
	if len(delimiter) == 0 {
		if n == 1 || n == -1 {
			return s
		}
		return nil
	}
	if n < 0 {
		if n += int64(bytes.Count(s, delimiter)) + 2; n < 1 {
			return nil
		}
	}
	for ; n > 1; n-- {
		at := bytes.Index(s, delimiter)
		if at < 0 {
			return nil
		}
		s = s[at+len(delimiter):]
	}
	if at := bytes.Index(s, delimiter); at >= 0 {
		s = s[:at]
	}
	return s
}

// splitText keeps empty parts; an empty delimiter splits between characters.
func splitText(s, delimiter string) []string {
	if s == "" {
		return []string{""}
	}
	return strings.Split(s, delimiter)
}

func boxTexts(parts []string) []types.Value {
	out := make([]types.Value, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out
}

func splitBytes(b, delimiter []byte) types.Value {
	out := []types.Value{}
	if len(delimiter) == 0 {
		for i := range b {
			out = append(out, b[i:i+1:i+1])
		}
		if len(b) == 0 {
			out = append(out, []byte{})
		}
		return out
	}
	for _, p := range strings.Split(string(b), string(delimiter)) {
		out = append(out, []byte(p))
	}
	return out
}

// instr counts characters from 1; a negative pos searches backwards from that
// many characters before the end.
func instr(v []types.Value) types.Value {
	if v[0] == nil || v[1] == nil || v[0].(string) == "" || v[1].(string) == "" {
		return int64(0)
	}
	s, sub := []rune(v[0].(string)), []rune(v[1].(string))
	pos, nth := int64(1), int64(1)
	if len(v) > 2 {
		pos = v[2].(int64)
	}
	if len(v) > 3 {
		nth = v[3].(int64)
	}
	n := int64(len(s))
	if pos == 0 || nth < 1 || pos > n || pos < -n {
		return int64(0)
	}
	step, at := int64(1), pos-1
	if pos < 0 {
		step, at = -1, n+pos
	}
	for ; at >= 0 && at < n; at += step {
		if hasRunes(s[at:], sub) {
			if nth--; nth == 0 {
				return at + 1
			}
		}
	}
	return int64(0)
}

func hasRunes(s, prefix []rune) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i, r := range prefix {
		if s[i] != r {
			return false
		}
	}
	return true
}

func overlay(_ *Env, v []types.Value) (types.Value, error) {
	s, repl, pos := v[0].(string), v[1].(string), v[2].(int64)
	n := int64(utf8.RuneCountInString(repl))
	if len(v) > 3 {
		n = v[3].(int64)
	}
	if pos < 1 {
		return nil, sqlerr.New(sqlerr.SubstringError, "negative substring length not allowed")
	}
	return cutRunes(s, 0, pos-1) + repl + cutRunes(s, max(0, pos-1+n), 1<<40), nil
}
