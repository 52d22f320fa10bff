package fn

import (
	"math"
	"slices"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// addAggOrdered adds the ordered-set aggregates: f(literals) WITHIN GROUP (ORDER BY
// x). A group keeps all its values of x and sorts them when it is asked.
func addAggOrdered(a *adder) {
	a.agg("percentile_cont(x double, fraction double) double", Agg{Undo: true, Dialect: LeatOnly, InitArgs: 1, Ordered: true, New: newPercentile(false),
		Doc: "The value below which that fraction of x lies, between two values in proportion. A group keeps its values."})
	a.agg("percentile_cont(x double, fractions double[]) double[]", Agg{Undo: true, Dialect: LeatOnly, InitArgs: 1, Ordered: true, New: newPercentile(false),
		Doc: "The same for each fraction."})
	a.agg("percentile_disc(x T, fraction double) T", Agg{Undo: true, Dialect: LeatOnly, InitArgs: 1, Ordered: true, New: newPercentile(true),
		Ret: func(args []types.Type) (types.Type, error) { return sortable("percentile_disc", args[0]) },
		Doc: "The first value of x whose place among all is at least that fraction."})
	a.agg("percentile_disc(x T, fractions double[]) T[]", Agg{Undo: true, Dialect: LeatOnly, InitArgs: 1, Ordered: true, New: newPercentile(true),
		Ret: func(args []types.Type) (types.Type, error) {
			t, err := sortable("percentile_disc", args[0])
			return types.TArray(t), err
		}, Doc: "The same for each fraction."})
	a.agg("mode(x T) T", Agg{Undo: true, Dialect: LeatOnly, Ordered: true, New: newMode,
		Ret: func(args []types.Type) (types.Type, error) { return sortable("mode", args[0]) },
		Doc: "The value of x that occurs most often, of several the first in order."})
}

func sortable(name string, t types.Type) (types.Type, error) {
	if t.Kind == types.JSON || t.Kind == types.Map {
		return t, sqlerr.New(sqlerr.UndefinedFunction, "function %s(%s) does not exist", name, t.String()).
			WithHint("Values of this type have no order.")
	}
	return t, nil
}

// newPercentile makes the kernel of both percentiles; init has the fraction or
// fractions, and whether the order is descending. disc: only values that occur.
func newPercentile(disc bool) func([]types.Type, []types.Value) (AggKernel, error) {
	return func(args []types.Type, init []types.Value) (AggKernel, error) {
		t, desc := args[0], init[1].(bool)
		fractions, many := init[0].([]types.Value)
		if !many {
			fractions = init[:1]
		}
		for _, f := range fractions {
			if p, ok := f.(float64); ok && !(p >= 0 && p <= 1) {
				return nil, sqlerr.New(sqlerr.NumericOutOfRange, "percentile value %g is not between 0 and 1", p)
			}
		}
		at := continuous
		if disc {
			at = discrete
		}
		return &listKernel{types: args[:1], finish: func(_ *listKernel, vals []types.Value, out *vec.Builder) {
			vals = inOrder(t, vals, desc)
			switch {
			case init[0] == nil || len(vals) == 0:
				out.AppendNull()
			case !many:
				out.Append(at(vals, fractions[0].(float64)))
			default:
				for _, f := range fractions {
					if f == nil {
						out.Kid(0).AppendNull()
						continue
					}
					out.Kid(0).Append(at(vals, f.(float64)))
				}
				out.EndList()
			}
		}}, nil
	}
}

// inOrder are the values that are not NULL, sorted.
func inOrder(t types.Type, vals []types.Value, desc bool) []types.Value {
	vals = slices.DeleteFunc(vals, func(v types.Value) bool { return v == nil })
	slices.SortStableFunc(vals, func(a, b types.Value) int {
		if desc {
			a, b = b, a
		}
		return types.Compare(t, a, b)
	})
	return vals
}

func discrete(vals []types.Value, p float64) types.Value {
	return vals[max(int(math.Ceil(p*float64(len(vals))))-1, 0)]
}

func continuous(vals []types.Value, p float64) types.Value {
	at := p * float64(len(vals)-1)
	low, high := vals[int(math.Floor(at))].(float64), vals[int(math.Ceil(at))].(float64)
	if low == high {
		return low // also when they are infinite
	}
	return low + (at-math.Floor(at))*(high-low)
}

func newMode(args []types.Type, init []types.Value) (AggKernel, error) {
	t, desc := args[0], init[0].(bool)
	return &listKernel{types: args, finish: func(_ *listKernel, vals []types.Value, out *vec.Builder) {
		vals = inOrder(t, vals, desc)
		best, most := types.Value(nil), 0
		for i := 0; i < len(vals); {
			n := 1
			for i+n < len(vals) && types.Compare(t, vals[i], vals[i+n]) == 0 {
				n++
			}
			if n > most {
				best, most = vals[i], n
			}
			i += n
		}
		out.Append(best)
	}}, nil
}
