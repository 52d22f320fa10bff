package fn

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// maxText bounds what a string function may make of one row.
const maxText = 1 << 24

func errTooLong() error {
	return sqlerr.New(sqlerr.ProgramLimitExceeded, "requested length too large").
		WithDetail("A value made by a function is limited to %d bytes.", maxText)
}

func addStrings(a *adder) {
	a.scalar("upper(s text) text", 0, caseKernel('a', appendUpper), "s in upper case.")
	a.scalar("lower(s text) text", 0, caseKernel('A', appendLower), "s in lower case.")
	a.alias("upper", "ucase")
	a.alias("lower", "lcase")
	size := bytesToInt(func(s []byte) int64 { return int64(len(s)) })
	for _, name := range []string{"length", "len"} {
		a.scalar(name+"(s text) int", 0, lengthKernel, "The number of characters of a text, of bytes of a byte string.")
		a.scalar(name+"(s bytes) int", 0, size, "The number of characters of a text, of bytes of a byte string.")
	}
	a.scalar("char_length(s text) int", 0, lengthKernel, "The number of characters.")
	a.alias("char_length", "character_length")
	a.scalar("octet_length(s text) int", 0, size, "The number of bytes.")
	a.scalar("octet_length(s bytes) int", 0, size, "The number of bytes.")
	a.scalar("bit_length(s text) int", 0, bytesToInt(func(s []byte) int64 { return 8 * int64(len(s)) }), "The number of bits.")
	addConcat(a)
	a.row("replace(s text, old text, new text) text", ksql, func(_ *Env, v []types.Value) (types.Value, error) {
		s, old, repl := v[0].(string), v[1].(string), v[2].(string)
		if old == "" { // Java's: between all characters
			if int64(len(s)+1)*int64(len(repl)+1) > maxText {
				return nil, errTooLong()
			}
			return strings.ReplaceAll(s, "", repl), nil
		}
		return replaceText(s, old, repl)
	}, "s with every old replaced by new.")
	a.row("replace(s text, old text, new text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return replaceText(v[0].(string), v[1].(string), v[2].(string))
	}, "s with every old replaced by new.")
	a.scalar("reverse(s text) text", 0, bytesToBytes(appendReverse), "s with its characters in reverse.")
	a.row("repeat(s text, n int) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		s, n := v[0].(string), max(0, v[1].(int64))
		if int64(len(s))*n > maxText {
			return nil, errTooLong()
		}
		return strings.Repeat(s, int(n)), nil
	}, "s n times over.")
	a.row("initcap(s text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return initcap(v[0].(string), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), nil
	}, "s in lower case with the first letter of each word in upper case.")
	a.row("initcap(s text) text", ksql, func(_ *Env, v []types.Value) (types.Value, error) {
		return initcap(v[0].(string), unicode.IsSpace), nil
	}, "s in lower case with the first letter of each word in upper case.")
	a.row("starts_with(s text, prefix text) bool", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return strings.HasPrefix(v[0].(string), v[1].(string)), nil
	}, "Whether s starts with prefix.")
	a.row("ends_with(s text, suffix text) bool", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return strings.HasSuffix(v[0].(string), v[1].(string)), nil
	}, "Whether s ends with suffix.")
	a.row("translate(s text, from text, to text) text", 0, translate, "s with each character of from replaced by the one at the same place in to.")
	addTrim(a)
	a.row("ascii(s text) int", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		if v[0].(string) == "" {
			return int64(0), nil
		}
		r, _ := utf8.DecodeRuneInString(v[0].(string))
		return int64(r), nil
	}, "The code point of the first character.")
	addChr(a)
	addChoice(a)
}

// appendUpper has a fast path for ASCII.
func appendUpper(dst, s []byte) []byte {
	start := len(dst)
	for _, c := range s {
		if c >= 0x80 {
			return append(dst[:start], bytes.ToUpper(s)...)
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendLower(dst, s []byte) []byte {
	start := len(dst)
	for _, c := range s {
		if c >= 0x80 {
			return append(dst[:start], bytes.ToLower(s)...)
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendReverse(dst, s []byte) []byte {
	for len(s) > 0 {
		_, n := utf8.DecodeLastRune(s)
		dst = append(dst, s[len(s)-n:]...)
		s = s[:len(s)-n]
	}
	return dst
}

func addConcat(a *adder) {
	join := func(c *Call, v []types.Value, _ int) (types.Value, error) {
		var b []byte
		for i, x := range v {
			b = append(b, textOf(c.Args[i].Type, x)...)
		}
		return string(b), nil
	}
	const doc = "The arguments one after the other; NULL counts as empty."
	a.call("concat(parts any...) text", nil, leat|nulls|stable, join, doc)
	a.call("concat(parts text...) text", nil, ksql|nulls, join, doc)
	a.call("concat(parts bytes...) bytes", nil, ksql|nulls, func(_ *Call, v []types.Value, _ int) (types.Value, error) {
		b := []byte{}
		for _, x := range v {
			b = append(b, rawBytes(x)...)
		}
		return b, nil
	}, doc)
	joinSep := func(asBytes bool) callFunc {
		return func(c *Call, v []types.Value, _ int) (types.Value, error) {
			if v[0] == nil {
				return nil, nil
			}
			var parts [][]byte
			for i, x := range v[1:] {
				switch b, isBytes := x.([]byte); {
				case x == nil:
				case isBytes && asBytes:
					parts = append(parts, b)
				default:
					parts = append(parts, []byte(textOf(c.Args[i+1].Type, x)))
				}
			}
			out := bytes.Join(parts, rawBytes(v[0]))
			if asBytes {
				return out, nil
			}
			return string(out), nil
		}
	}
	const wsDoc = "The arguments that are not NULL joined by separator."
	a.call("concat_ws(separator text, parts any...) text", nil, leat|nulls|stable, joinSep(false), wsDoc)
	a.call("concat_ws(separator text, parts text...) text", nil, ksql|nulls, joinSep(false), wsDoc)
	a.call("concat_ws(separator bytes, parts bytes...) bytes", nil, ksql|nulls, joinSep(true), wsDoc)
}

func replaceText(s, old, repl string) (types.Value, error) {
	if old == "" {
		return s, nil
	}
	if n := strings.Count(s, old); len(s)+n*(len(repl)-len(old)) > maxText {
		return nil, errTooLong()
	}
	return strings.ReplaceAll(s, old, repl), nil
}

func initcap(s string, gap func(rune) bool) string {
	start := true
	return strings.Map(func(r rune) rune {
		first := start
		start = gap(r)
		if first && !start {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}

func translate(_ *Env, v []types.Value) (types.Value, error) {
	from, to := []rune(v[1].(string)), []rune(v[2].(string))
	return strings.Map(func(r rune) rune {
		for i, f := range from {
			if f != r {
				continue
			}
			if i < len(to) {
				return to[i]
			}
			return -1
		}
		return r
	}, v[0].(string)), nil
}

func addTrim(a *adder) {
	space := func(r byte) bool { return r == ' ' }
	control := func(r byte) bool { return r <= ' ' }
	trim := func(left, right bool, drop func(byte) bool) func(dst, s []byte) []byte {
		return func(dst, s []byte) []byte {
			for left && len(s) > 0 && drop(s[0]) {
				s = s[1:]
			}
			for right && len(s) > 0 && drop(s[len(s)-1]) {
				s = s[:len(s)-1]
			}
			return append(dst, s...)
		}
	}
	for _, f := range []struct {
		name, doc   string
		left, right bool
	}{
		{"btrim", "s without the given characters (spaces) at both ends.", true, true},
		{"ltrim", "s without the given characters (spaces) at its start.", true, false},
		{"rtrim", "s without the given characters (spaces) at its end.", false, true},
	} {
		a.scalar(f.name+"(s text) text", 0, bytesToBytes(trim(f.left, f.right, space)), f.doc)
		a.row(f.name+"(s text, characters text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
			s := v[0].(string)
			if f.left {
				s = strings.TrimLeft(s, v[1].(string))
			}
			if f.right {
				s = strings.TrimRight(s, v[1].(string))
			}
			return s, nil
		}, f.doc)
	}
	a.scalar("trim(s text) text", leat, bytesToBytes(trim(true, true, space)), "s without spaces at both ends.")
	a.scalar("trim(s text) text", ksql, bytesToBytes(trim(true, true, control)), "s without white space at both ends.")
}

func addChr(a *adder) {
	const doc = "The character of a code point."
	a.row("chr(n int) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		n := v[0].(int64)
		switch {
		case n == 0:
			return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "null character not permitted")
		case n < 0:
			return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "character number must be positive")
		case n > utf8.MaxRune:
			return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "requested character too large for encoding: %d", n)
		case !utf8.ValidRune(rune(n)):
			return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "requested character not valid for encoding: %d", n)
		}
		return string(rune(n)), nil
	}, doc)
	a.row("chr(n int) text", ksql, func(_ *Env, v []types.Value) (types.Value, error) {
		n := v[0].(int64)
		if n < 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return nil, nil
		}
		return string(rune(n)), nil
	}, doc)
	a.row("chr(escape text) text", ksql, func(_ *Env, v []types.Value) (types.Value, error) {
		return unescapeJava(v[0].(string)), nil
	}, "The characters of \\uXXXX escapes.")
}

// unescapeJava reads a run of \uXXXX; anything else is NULL.
func unescapeJava(s string) types.Value {
	var units []uint16
	for len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
		var u uint16
		for _, c := range []byte(s[2:6]) {
			d := strings.IndexByte("0123456789abcdef", c|0x20)
			if c >= '0' && c <= '9' {
				d = int(c - '0')
			}
			if d < 0 {
				return nil
			}
			u = u<<4 | uint16(d)
		}
		units = append(units, u)
		s = s[6:]
	}
	if s != "" || len(units) == 0 {
		return nil
	}
	out := utf16Text(units)
	if strings.ContainsRune(out, utf8.RuneError) {
		return nil
	}
	return out
}

// addChoice registers FIELD and ELT.
func addChoice(a *adder) {
	a.row("elt(n int, more text...) text", nulls, func(_ *Env, v []types.Value) (types.Value, error) {
		n, ok := v[0].(int64)
		if !ok || n < 1 || n >= int64(len(v)) {
			return nil, nil
		}
		return v[n], nil
	}, "The n-th of the further arguments.")
	a.row("field(s text, more text...) int", nulls, func(_ *Env, v []types.Value) (types.Value, error) {
		for i, x := range v[1:] {
			if v[0] != nil && x == v[0] {
				return int64(i + 1), nil
			}
		}
		return int64(0), nil
	}, "The place of s among the further arguments, 0 when it is not among them.")
}
