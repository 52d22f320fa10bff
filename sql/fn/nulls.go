package fn

import "github.com/leatdb/leat/sql/types"

func addNulls(a *adder) {
	first := func(_ *Env, v []types.Value) (types.Value, error) {
		for _, x := range v {
			if x != nil {
				return x, nil
			}
		}
		return nil, nil
	}
	a.row("coalesce(x T, more T...) T", nulls, first, "The first argument that is not NULL.")
	a.row("ifnull(x T, y T) T", nulls, first, "x, or y when x is NULL.")
	a.row("nvl(x T, y T) T", nulls, first, "x, or y when x is NULL.")
	a.call("nullif(x T, y T) T", nil, nulls, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		if v[0] != nil && v[1] != nil && types.Equal(c.Ret, v[0], v[1]) {
			return nil, nil
		}
		return v[0], nil
	}, "x, or NULL when x equals y.")
	a.row("num_nulls(x any...) int", nulls, func(_ *Env, v []types.Value) (types.Value, error) {
		return int64(len(v)) - notNull(v), nil
	}, "How many arguments are NULL.")
	a.row("num_nonnulls(x any...) int", nulls, func(_ *Env, v []types.Value) (types.Value, error) {
		return notNull(v), nil
	}, "How many arguments are not NULL.")
	a.row("as_value(x T) T", nulls, func(_ *Env, v []types.Value) (types.Value, error) { return v[0], nil },
		"x itself; makes a value column of a key column.")
}

func notNull(v []types.Value) (n int64) {
	for _, x := range v {
		if x != nil {
			n++
		}
	}
	return n
}
