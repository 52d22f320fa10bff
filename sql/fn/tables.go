package fn

import (
	"math/bits"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// maxRows bounds the rows a table function makes of one call.
const maxRows = 1 << 22

func errTooManyRows() error {
	return sqlerr.New(sqlerr.ProgramLimitExceeded, "table function makes more than %d rows", maxRows)
}

// column1 is the schema of one column of a fixed type.
func column1(name string, t types.Type) colsFunc {
	return func([]types.Type) (types.Schema, error) { return types.Schema{{Name: name, Type: t}}, nil }
}

// elemColumn is one column of the first argument's element type.
func elemColumn(name string) colsFunc {
	return func(args []types.Type) (types.Schema, error) {
		return types.Schema{{Name: name, Type: *args[0].Elem}}, nil
	}
}

// rowsOf makes one-column rows.
func rowsOf(vals []types.Value) []types.Row {
	out := make([]types.Row, len(vals))
	for i, v := range vals {
		out[i] = types.Row{v}
	}
	return out
}

func addTables(a *adder) {
	each := func(_ *Env, v []types.Value) ([]types.Row, error) { return rowsOf(list(v[0])), nil }
	a.table("explode(a A)", 0, elemColumn("explode"), each, "The elements of an array, a row each.")
	a.table("unnest(a A)", 0, elemColumn("unnest"), each, "The elements of an array, a row each.")
	a.table("cube_explode(a A)", 0, func(args []types.Type) (types.Schema, error) {
		return types.Schema{{Name: "cube_explode", Type: args[0]}}, nil
	}, cube, "The array with each choice of its elements made NULL, a row each.")
	for _, t := range []string{"int", "bigint"} {
		typ := typeWords[t]
		a.table("generate_series(start "+t+", stop "+t+", step "+t+"?)", leat, column1("generate_series", typ), seriesRows,
			"The numbers from start to stop by step, a row each.")
	}
	a.table("generate_series(start numeric, stop numeric, step numeric?)", leat, column1("generate_series", types.TNumeric), seriesDecimals,
		"The numbers from start to stop by step, a row each.")
	a.table("generate_series(start timestamp, stop timestamp, step interval)", leat, column1("generate_series", types.TTimestamp), seriesInstants,
		"The instants from start to stop by step, a row each.")
	a.table("generate_subscripts(a A, dimension int, reverse bool?)", 0, column1("generate_subscripts", types.TInt), subscripts,
		"The subscripts of an array, a row each.")
	a.table("_pg_expandarray(a A)", internal, func(args []types.Type) (types.Schema, error) {
		return types.Schema{{Name: "x", Type: *args[0].Elem}, {Name: "n", Type: types.TInt}}, nil
	}, func(_ *Env, v []types.Value) ([]types.Row, error) {
		var out []types.Row
		for i, x := range list(v[0]) {
			out = append(out, types.Row{x, int64(i + 1)})
		}
		return out, nil
	}, "The elements of an array with their subscripts.")
	addCatalogTables(a)
}

// cube masks members by NULL in order of the bit mask, first member highest,
// leaving out the masks that would repeat a row for members already NULL.
func cube(_ *Env, v []types.Value) ([]types.Row, error) {
	in := list(v[0])
	if len(in) > 20 {
		return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "cube_explode takes at most 20 elements, not %d", len(in))
	}
	var null uint32
	for i, x := range in {
		if x == nil {
			null |= 1 << (len(in) - 1 - i)
		}
	}
	var out []types.Row
	for mask := uint32(0); mask < 1<<len(in) && len(in) > 0; mask++ {
		if mask&null != 0 {
			continue
		}
		row := make([]types.Value, len(in))
		for m := mask; m != 0; m &= m - 1 {
			i := len(in) - 1 - bits.TrailingZeros32(m)
			row[i] = in[i]
		}
		out = append(out, types.Row{row})
	}
	return out, nil
}

func errZeroStep() error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "step size cannot equal zero")
}

func seriesRows(_ *Env, v []types.Value) ([]types.Row, error) {
	start, stop, step := v[0].(int64), v[1].(int64), int64(1)
	if len(v) > 2 {
		step = v[2].(int64)
	}
	if step == 0 {
		return nil, errZeroStep()
	}
	var out []types.Row
	for x := start; (step > 0 && x <= stop) || (step < 0 && x >= stop); {
		if len(out) >= maxRows {
			return nil, errTooManyRows()
		}
		out = append(out, types.Row{x})
		next := x + step
		if (next > x) != (step > 0) {
			break
		}
		x = next
	}
	return out, nil
}

func seriesDecimals(_ *Env, v []types.Value) ([]types.Row, error) {
	x, stop, step := v[0].(types.Dec), v[1].(types.Dec), types.DecimalFromInt(1)
	if len(v) > 2 {
		step = v[2].(types.Dec)
	}
	for _, d := range []types.Dec{x, stop, step} {
		if d.Form != 0 {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "bounds and step of a series must be finite")
		}
	}
	sign := step.Sign()
	if sign == 0 {
		return nil, errZeroStep()
	}
	var out []types.Row
	for sign*types.CompareDecimal(x, stop) <= 0 {
		if len(out) >= maxRows {
			return nil, errTooManyRows()
		}
		out = append(out, types.Row{x})
		next, err := DecAdd(x, step)
		if err != nil {
			return nil, err
		}
		x = next
	}
	return out, nil
}

func seriesInstants(e *Env, v []types.Value) ([]types.Row, error) {
	x, stop, step := v[0].(int64), v[1].(int64), v[2].(types.Span)
	sign := types.CompareSpan(step, types.Span{})
	if sign == 0 {
		return nil, errZeroStep()
	}
	if types.IsInfinite(x) || types.IsInfinite(stop) {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "bounds of a series must be finite")
	}
	var out []types.Row
	for (sign > 0 && x <= stop) || (sign < 0 && x >= stop) {
		if len(out) >= maxRows {
			return nil, errTooManyRows()
		}
		out = append(out, types.Row{x})
		next, err := types.AddSpan(x, step, e.Location)
		if err != nil {
			return nil, err
		}
		if (next > x) != (sign > 0) {
			break
		}
		x = next
	}
	return out, nil
}

func subscripts(_ *Env, v []types.Value) ([]types.Row, error) {
	x := list(v[0])
	for d := v[1].(int64); d > 1 && len(x) > 0; d-- {
		x = list(x[0])
	}
	if v[1].(int64) < 1 {
		return nil, nil
	}
	out := make([]types.Row, len(x))
	for i := range out {
		n := int64(i + 1)
		if len(v) > 2 && v[2].(bool) {
			n = int64(len(x) - i)
		}
		out[i] = types.Row{n}
	}
	return out, nil
}

func addCatalogTables(a *adder) {
	a.table("pg_get_keywords()", internal, func([]types.Type) (types.Schema, error) {
		return types.Schema{{Name: "word", Type: types.TString}, {Name: "catcode", Type: types.TChar}, {Name: "barelabel", Type: types.TBoolean},
			{Name: "catdesc", Type: types.TString}, {Name: "baredesc", Type: types.TString}}, nil
	}, func(*Env, []types.Value) ([]types.Row, error) {
		var out []types.Row
		for _, w := range []string{"all", "and", "any", "array", "as", "asc", "case", "cast", "create", "default", "desc", "distinct", "else", "emit", "end",
			"false", "for", "from", "grant", "group", "having", "in", "into", "limit", "not", "null", "offset", "on", "or", "order", "primary",
			"references", "select", "table", "then", "to", "true", "union", "user", "using", "when", "where", "window", "with"} {
			out = append(out, types.Row{w, "R", false, "reserved", "requires AS"})
		}
		return out, nil
	}, "The reserved words.")
	a.table("pg_partition_ancestors(rel regclass)", internal, column1("relid", types.Type{Kind: types.RegClass}), func(_ *Env, v []types.Value) ([]types.Row, error) {
		return []types.Row{{v[0]}}, nil
	}, "A relation and those it is a partition of.")
	a.table("pg_options_to_table(options text[])", internal, func([]types.Type) (types.Schema, error) {
		return types.Schema{{Name: "option_name", Type: types.TString}, {Name: "option_value", Type: types.TString}}, nil
	}, optionRows, "The parts of name=value options.")
}
