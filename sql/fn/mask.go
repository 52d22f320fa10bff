package fn

import (
	"unicode"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// addMask registers the MASK family: upper-case letters become X, lower-case x,
// digits n, all else -, or the given characters; NULL keeps a class as it is.
func addMask(a *adder) {
	const tail = "upper text?, lower text?, digit text?, other text?"
	a.row("mask(s text, "+tail+") text", nulls, func(_ *Env, v []types.Value) (types.Value, error) {
		return maskRange(v[0], v[1:], func(int) (int, int) { return 0, 1 << 30 })
	}, "s with its characters masked by their class.")
	for _, f := range []struct {
		name, doc string
		span      func(n, k int) (from, to int)
	}{
		{"mask_left", "s with its first n characters masked.", func(_, k int) (int, int) { return 0, k }},
		{"mask_right", "s with its last n characters masked.", func(n, k int) (int, int) { return n - k, n }},
		{"mask_keep_left", "s masked but for its first n characters.", func(n, k int) (int, int) { return k, n }},
		{"mask_keep_right", "s masked but for its last n characters.", func(n, k int) (int, int) { return 0, n - k }},
	} {
		for _, d := range []traits{leat, ksql} {
			a.row(f.name+"(s text, n int, "+tail+") text", nulls|d, func(_ *Env, v []types.Value) (types.Value, error) {
				k, ok := v[1].(int64)
				if !ok && d == leat {
					return nil, nil
				}
				if !ok || k < 0 { // ksqlDB's n is a primitive: NULL fails
					return nil, sqlerr.New(sqlerr.InvalidParameterValue, "function %s requires a non-negative number", f.name)
				}
				return maskRange(v[0], v[2:], func(n int) (int, int) { return f.span(n, int(min(k, 1<<30))) })
			}, f.doc)
		}
	}
}

// masks are the replacements of the four classes; -1 keeps.
type masks [4]rune

func readMasks(v []types.Value) (masks, error) {
	m := masks{'X', 'x', 'n', '-'}
	for i, x := range v {
		s, ok := x.(string)
		switch {
		case !ok:
			m[i] = -1
		case utf8.RuneCountInString(s) != 1:
			return m, sqlerr.New(sqlerr.InvalidParameterValue, "a mask must be one character, not %q", s)
		default:
			m[i], _ = utf8.DecodeRuneInString(s)
		}
	}
	return m, nil
}

func (m masks) of(r rune) rune {
	class := 3
	switch {
	case unicode.IsUpper(r):
		class = 0
	case unicode.IsLower(r):
		class = 1
	case unicode.IsDigit(r):
		class = 2
	}
	if m[class] < 0 {
		return r
	}
	return m[class]
}

func maskRange(s types.Value, v []types.Value, span func(n int) (from, to int)) (types.Value, error) {
	m, err := readMasks(v)
	if s == nil || err != nil {
		return nil, err
	}
	rs := []rune(s.(string))
	from, to := span(len(rs))
	for i := max(0, from); i < min(to, len(rs)); i++ {
		rs[i] = m.of(rs[i])
	}
	return string(rs), nil
}
