package codec

import (
	"time"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// patternParser reads text by a Java DateTimeFormatter pattern as µs: the
// function parse_timestamp, so that a timestamp column and an expression agree.
func patternParser(pattern string) (func(string) (int64, error), error) {
	text := types.TString
	f, _, ret, err := fn.Builtins().Resolve("parse_timestamp", []types.Type{text, text}, fn.LeatOnly)
	if err != nil {
		return nil, err
	}
	env := &fn.Env{Location: time.UTC}
	p := vec.Const(text, pattern, 1)
	parse := func(s string) (int64, error) {
		arg := vec.Const(text, s, 1)
		var errs fn.Errors
		out := f.Kernel(&fn.Call{Env: env, N: 1, Args: []*vec.Vec{&arg, &p}, Ret: ret, Errs: &errs})
		if len(errs.Errs) > 0 {
			return 0, errs.Errs[0]
		}
		return out.I64[0], nil
	}
	return parse, nil
}
