package fn

import (
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// addEnums registers the functions that ask an enum type for its labels. Their
// argument may be NULL: its type is what counts.
func addEnums(a *adder) {
	of := func(name string, array bool) retFunc {
		return func(args []types.Type) (types.Type, error) {
			switch {
			case args[0].Kind != types.Enum:
				return types.Type{}, sqlerr.New(sqlerr.UndefinedFunction, "function %s(%s) does not exist", name, typeList(args)).
					WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
			case array:
				return types.TArray(args[0]), nil
			}
			return args[0], nil
		}
	}
	end := func(last bool) callFunc {
		return func(c *Call, _ []types.Value, _ int) (types.Value, error) {
			n := int64(len(c.Ret.Labels.All))
			switch {
			case n == 0:
				return nil, sqlerr.New(sqlerr.ObjectNotInState, "enum %s contains no values", c.Ret)
			case last:
				return n - 1, nil
			}
			return int64(0), nil
		}
	}
	a.call("enum_first(e T) T", of("enum_first", false), nulls|leat, end(false), "The first label of an enum type.")
	a.call("enum_last(e T) T", of("enum_last", false), nulls|leat, end(true), "The last label of an enum type.")
	a.call("enum_range(e T) T[]", of("enum_range", true), nulls|leat, func(c *Call, _ []types.Value, _ int) (types.Value, error) {
		return places(c, nil, nil), nil
	}, "The labels of an enum type in their order.")
	a.call("enum_range(first T, last T) T[]", of("enum_range", true), nulls|leat, func(c *Call, v []types.Value, _ int) (types.Value, error) {
		return places(c, v[0], v[1]), nil
	}, "The labels of an enum type from first to last; NULL is the end of the type.")
}

// places are the values of an enum from first to last, which may be NULL.
func places(c *Call, first, last types.Value) []types.Value {
	from, to := int64(0), int64(len(c.Ret.Elem.Labels.All))-1
	if n, ok := first.(int64); ok {
		from = n
	}
	if n, ok := last.(int64); ok {
		to = n
	}
	out := []types.Value{}
	for ; from <= to; from++ {
		out = append(out, from)
	}
	return out
}
