package fn

import (
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/sql/types"
)

func addPadding(a *adder) {
	for _, f := range []struct {
		name, doc string
		left      bool
	}{
		{"lpad", "s brought to n characters by padding on the left or cutting.", true},
		{"rpad", "s brought to n characters by padding on the right or cutting.", false},
	} {
		a.row(f.name+"(s text, n int, fill text?) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
			fill := " "
			if len(v) > 2 {
				fill = v[2].(string)
			}
			return padText(v[0].(string), max(0, v[1].(int64)), fill, f.left)
		}, f.doc)
		a.row(f.name+"(s text, n int, fill text) text", ksql, func(_ *Env, v []types.Value) (types.Value, error) {
			if v[1].(int64) < 0 || v[2].(string) == "" {
				return nil, nil
			}
			return padText(v[0].(string), v[1].(int64), v[2].(string), f.left)
		}, f.doc)
		a.row(f.name+"(s bytes, n int, fill bytes) bytes", 0, func(_ *Env, v []types.Value) (types.Value, error) {
			return padBytes(v[0].([]byte), v[1].(int64), v[2].([]byte), f.left)
		}, f.doc)
	}
}

func padText(s string, n int64, fill string, left bool) (types.Value, error) {
	have := int64(utf8.RuneCountInString(s))
	if have >= n || fill == "" {
		return cutRunes(s, 0, n), nil
	}
	if n > maxText {
		return nil, errTooLong()
	}
	need := n - have
	per := int64(utf8.RuneCountInString(fill))
	pad := cutRunes(strings.Repeat(fill, int(need/per)+1), 0, need)
	if left {
		return pad + s, nil
	}
	return s + pad, nil
}

func padBytes(b []byte, n int64, fill []byte, left bool) (types.Value, error) {
	switch {
	case n < 0 || len(fill) == 0:
		return nil, nil
	case int64(len(b)) >= n:
		return b[:n], nil
	case n > maxText:
		return nil, errTooLong()
	}
	var pad []byte
	for need := int(n) - len(b); len(pad) < need; {
		pad = append(pad, fill...)
	}
	pad = pad[:int(n)-len(b)]
	if left {
		return append(pad, b...), nil
	}
	return append(append([]byte{}, b...), pad...), nil
}
