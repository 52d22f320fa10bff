package fn

import (
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/types"
)

// quantize rounds d to scale digits in the given manner, scale may be negative.
func quantize(d types.Dec, scale int32, how apd.Rounder) types.Dec {
	if d.Form != apd.Finite {
		return d
	}
	scale = max(min(scale, 2000), -2000)
	if -d.Exponent <= scale && scale >= 0 {
		return types.Rescale(d, scale)
	}
	ctx := *types.DecimalContext
	ctx.Rounding = how
	out := new(apd.Decimal)
	if _, err := ctx.Quantize(out, d, -scale); err != nil || out.Form != apd.Finite {
		return types.DecimalFromInt(0)
	}
	if n, err := types.NormalDecimal(out); err == nil {
		return n
	}
	return types.DecimalFromInt(0)
}

func floorDec(d types.Dec) types.Dec { return quantize(d, 0, apd.RoundFloor) }
func ceilDec(d types.Dec) types.Dec  { return quantize(d, 0, apd.RoundCeiling) }

// halfUp rounds half-way cases toward plus infinity, as Java's Math.round.
func halfUp(d types.Dec, scale int32) types.Dec {
	if d.Negative {
		return quantize(d, scale, apd.RoundHalfDown)
	}
	return quantize(d, scale, apd.RoundHalfUp)
}

func addRounding(a *adder, name, doc string, f func(float64) float64, d func(types.Dec) types.Dec) {
	float := floatKernel(func(x float64) (float64, error) { return f(x), nil })
	same := intKernel(func(x int64) (int64, error) { return x, nil })
	a.scalar(name+"(x double) double", 0, float, doc)
	a.scalar(name+"(x int) int", ksql, same, doc)
	a.scalar(name+"(x bigint) bigint", ksql, same, doc)
	dec := decFunc(func(x types.Dec) (types.Dec, error) { return d(x), nil })
	a.call(name+"(x numeric) numeric", nil, leat, dec, doc)
	a.call(name+"(x numeric) numeric", retArg(0), ksql, dec, doc)
}

// wholeRet is ksqlDB's DECIMAL(p-s, 0).
func wholeRet(args []types.Type) (types.Type, error) {
	if args[0].Precision == 0 {
		return types.TNumeric, nil
	}
	return types.TDecimal(max(1, args[0].Precision-args[0].Scale), 0), nil
}

func addRound(a *adder) {
	const doc = "x rounded to a whole number, or to n digits after the point."
	a.scalar("round(x double) double", leat, floatKernel(func(x float64) (float64, error) { return math.RoundToEven(x), nil }), doc)
	a.row("round(x numeric) numeric", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return quantize(v[0].(types.Dec), 0, apd.RoundHalfUp), nil
	}, doc)
	a.row("round(x numeric, n int) numeric", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return quantize(v[0].(types.Dec), clampScale(v[1]), apd.RoundHalfUp), nil
	}, doc)
	a.row("round(x double, n int) double", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return floatDigits(v[0].(float64), clampScale(v[1]), func(d types.Dec, s int32) types.Dec { return quantize(d, s, apd.RoundHalfUp) }), nil
	}, doc)
	whole := intKernel(func(x int64) (int64, error) { return x, nil })
	a.scalar("round(x int) bigint", ksql, whole, doc)
	a.scalar("round(x bigint) bigint", ksql, whole, doc)
	a.row("round(x double) bigint", ksql, func(_ *Env, v []types.Value) (types.Value, error) {
		return saturate(math.Floor(v[0].(float64) + 0.5)), nil
	}, doc)
	a.call("round(x numeric) numeric", wholeRet, ksql, decFunc(func(d types.Dec) (types.Dec, error) { return halfUp(d, 0), nil }), doc)
	a.row("round(x double, n int) double", ksql, func(_ *Env, v []types.Value) (types.Value, error) {
		return floatDigits(v[0].(float64), clampScale(v[1]), halfUp), nil
	}, doc)
	a.call("round(x numeric, n int) numeric", retArg(0), ksql, decDigits(halfUp), doc)
}

func addTrunc(a *adder) {
	const doc = "x cut to a whole number, or to n digits after the point."
	cut := func(d types.Dec, s int32) types.Dec { return quantize(d, s, apd.RoundDown) }
	a.scalar("trunc(x double) double", leat, floatKernel(func(x float64) (float64, error) { return math.Trunc(x), nil }), doc)
	a.row("trunc(x numeric, n int?) numeric", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		if len(v) == 1 {
			return cut(v[0].(types.Dec), 0), nil
		}
		return cut(v[0].(types.Dec), clampScale(v[1])), nil
	}, doc)
	a.row("trunc(x double, n int) double", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return floatDigits(v[0].(float64), clampScale(v[1]), cut), nil
	}, doc)
	whole := intKernel(func(x int64) (int64, error) { return x, nil })
	a.scalar("trunc(x int) bigint", ksql, whole, doc)
	a.scalar("trunc(x bigint) bigint", ksql, whole, doc)
	a.row("trunc(x double) bigint", ksql, func(_ *Env, v []types.Value) (types.Value, error) {
		return saturate(math.Trunc(v[0].(float64))), nil
	}, doc)
	a.call("trunc(x numeric) numeric", wholeRet, ksql, decFunc(func(d types.Dec) (types.Dec, error) { return cut(d, 0), nil }), doc)
	a.call("trunc(x numeric, n int) numeric", retArg(0), ksql, decDigits(cut), doc)
}

func clampScale(v types.Value) int32 { return int32(max(min(v.(int64), 2000), -2000)) }

func decDigits(f func(d types.Dec, scale int32) types.Dec) callFunc {
	return func(c *Call, v []types.Value, _ int) (types.Value, error) {
		return boxErr(types.FitDecimal(f(v[0].(types.Dec), clampScale(v[1])), c.Ret))
	}
}

// floatDigits rounds the decimal a double is written as.
func floatDigits(x float64, scale int32, f func(d types.Dec, scale int32) types.Dec) float64 {
	if bad(x) {
		return x
	}
	d, ok, _ := types.ParseDecimal(strconv.FormatFloat(x, 'g', -1, 64))
	if !ok || d == nil {
		return x
	}
	return types.DecimalToFloat(f(d, scale))
}

// saturate is Java's conversion of a double to a long.
func saturate(x float64) int64 {
	switch {
	case x != x:
		return 0
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}
