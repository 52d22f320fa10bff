package fn

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// SQLSTATEs of numeric functions.
const (
	codeLogarithm = "2201E"
	codePower     = "2201F"
	codeBucket    = "2201G"
)

func addNumeric(a *adder) {
	const absDoc = "The absolute value of x."
	a.scalar("abs(x smallint) smallint", leat, intKernel(func(x int64) (int64, error) { return absInt(x, types.TSmallInt) }), absDoc)
	a.scalar("abs(x int) int", leat, intKernel(func(x int64) (int64, error) { return absInt(x, types.TInt) }), absDoc)
	a.scalar("abs(x bigint) bigint", leat, intKernel(func(x int64) (int64, error) { return absInt(x, types.TBigInt) }), absDoc)
	a.scalar("abs(x int) int", ksql, intKernel(func(x int64) (int64, error) { return int64(int32(max(x, -x))), nil }), absDoc)
	a.scalar("abs(x bigint) bigint", ksql, intKernel(func(x int64) (int64, error) { return max(x, -x), nil }), absDoc)
	a.scalar("abs(x double) double", 0, floatKernel(func(x float64) (float64, error) { return math.Abs(x), nil }), absDoc)
	a.call("abs(x numeric) numeric", retArg(0), 0, decFunc(func(d types.Dec) (types.Dec, error) { return new(apd.Decimal).Abs(d), nil }), absDoc)
	addRounding(a, "floor", "The greatest whole number not above x.", math.Floor, floorDec)
	addRounding(a, "ceil", "The least whole number not below x.", math.Ceil, ceilDec)
	a.alias("ceil", "ceiling")
	addRound(a)
	addTrunc(a)

	const signDoc = "-1, 0 or 1 by the sign of x."
	a.scalar("sign(x double) double", leat, floatKernel(func(x float64) (float64, error) { return signOf(x), nil }), signDoc)
	a.row("sign(x numeric) numeric", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return types.DecimalFromInt(int64(v[0].(types.Dec).Sign())), nil
	}, signDoc)
	a.row("sign(x double) int", ksql, func(_ *Env, v []types.Value) (types.Value, error) { return int64(signOf(v[0].(float64))), nil }, signDoc)

	const modDoc = "The remainder of x / y, with the sign of x."
	mod := func(_ *Env, v []types.Value) (types.Value, error) {
		if v[1].(int64) == 0 {
			return nil, ErrDivisionByZero()
		}
		if v[1].(int64) == -1 {
			return int64(0), nil
		}
		return v[0].(int64) % v[1].(int64), nil
	}
	a.row("mod(x int, y int) int", 0, mod, modDoc)
	a.row("mod(x bigint, y bigint) bigint", 0, mod, modDoc)
	a.row("mod(x numeric, y numeric) numeric", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return boxErr(DecMod(v[0].(types.Dec), v[1].(types.Dec)))
	}, modDoc)
	a.row("div(x numeric, y numeric) numeric", 0, divWhole, "The whole part of x / y.")
	a.row("div(x bigint, y bigint) bigint", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		x, y := v[0].(int64), v[1].(int64)
		switch {
		case y == 0:
			return nil, ErrDivisionByZero()
		case y == -1 && x == math.MinInt64:
			return nil, outOfRange(types.TBigInt)
		}
		return x / y, nil
	}, "The whole part of x / y.")
	a.row("scale(x numeric) int", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return int64(types.DecimalScale(v[0].(types.Dec))), nil
	}, "The number of digits after the point.")
	a.row("trim_scale(x numeric) numeric", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		d := new(apd.Decimal)
		d.Reduce(v[0].(types.Dec))
		return boxErr(types.NormalDecimal(d))
	}, "x without zeros at the end.")
	a.row("gcd(x bigint, y bigint) bigint", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return wideInt(new(big.Int).GCD(nil, nil, bigAbs(v[0]), bigAbs(v[1])))
	}, "The greatest common divisor.")
	a.row("lcm(x bigint, y bigint) bigint", 0, lcm, "The least common multiple.")
	a.row("factorial(n bigint) numeric", 0, factorial, "The product of 1 to n.")
	a.row("width_bucket(x double, low double, high double, count int) int", 0, widthBucket, "The bucket x falls in among count equal ones from low to high.")
	addExtremes(a)
	addBits(a)
}

func outOfRange(t types.Type) error {
	return sqlerr.New(sqlerr.NumericOutOfRange, "%s out of range", t.String())
}

func absInt(x int64, t types.Type) (int64, error) {
	if x < 0 {
		x = -x
	}
	if !types.FitsInt(t, x) || x < 0 {
		return 0, outOfRange(t)
	}
	return x, nil
}

func signOf(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

// boxErr boxes a typed result; the value of a failure is NULL.
func boxErr[T interface{}](v T, err error) (types.Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// decFunc lifts a decimal function to a row form that keeps the argument's type.
func decFunc(f func(d types.Dec) (types.Dec, error)) callFunc {
	return func(c *Call, v []types.Value, _ int) (types.Value, error) {
		d := v[0].(types.Dec)
		if d.Form != apd.Finite {
			return d, nil
		}
		out, err := f(d)
		if err != nil {
			return nil, err
		}
		return boxErr(types.FitDecimal(out, c.Ret))
	}
}

func divWhole(_ *Env, v []types.Value) (types.Value, error) {
	x, y := v[0].(types.Dec), v[1].(types.Dec)
	if y.IsZero() && x.Form != apd.NaN {
		return nil, ErrDivisionByZero()
	}
	if x.Form != apd.Finite || y.Form != apd.Finite {
		return boxErr(DecDiv(x, y))
	}
	rem, err := DecMod(x, y)
	if err != nil {
		return nil, err
	}
	whole, err := DecSub(x, rem)
	if err != nil {
		return nil, err
	}
	q, _ := decQuo(whole, y, 0)
	return q, nil
}

func bigAbs(v types.Value) *big.Int { return new(big.Int).Abs(big.NewInt(v.(int64))) }

func wideInt(n *big.Int) (types.Value, error) {
	if !n.IsInt64() {
		return nil, outOfRange(types.TBigInt)
	}
	return n.Int64(), nil
}

func lcm(_ *Env, v []types.Value) (types.Value, error) {
	x, y := bigAbs(v[0]), bigAbs(v[1])
	if x.Sign() == 0 || y.Sign() == 0 {
		return int64(0), nil
	}
	g := new(big.Int).GCD(nil, nil, x, y)
	return wideInt(x.Mul(x.Quo(x, g), y))
}

func factorial(_ *Env, v []types.Value) (types.Value, error) {
	n := v[0].(int64)
	switch {
	case n < 0:
		return nil, sqlerr.New(sqlerr.NumericOutOfRange, "factorial of a negative number is undefined")
	case n > 3000:
		return nil, errNumericOverflow()
	}
	out := new(apd.Decimal)
	out.Coeff.SetMathBigInt(new(big.Int).MulRange(1, n))
	return out, nil
}

func widthBucket(_ *Env, v []types.Value) (types.Value, error) {
	x, low, high, n := v[0].(float64), v[1].(float64), v[2].(float64), v[3].(int64)
	switch {
	case n <= 0:
		return nil, sqlerr.New(codeBucket, "count must be greater than zero")
	case x != x || low != low || high != high:
		return nil, sqlerr.New(codeBucket, "operand, lower bound, and upper bound cannot be NaN")
	case low == high:
		return nil, sqlerr.New(codeBucket, "lower bound cannot equal upper bound")
	case bad(low) || bad(high):
		return nil, sqlerr.New(codeBucket, "lower and upper bounds must be finite")
	}
	if low > high {
		x, low, high = -x, -low, -high
	}
	switch {
	case x < low:
		return int64(0), nil
	case x >= high:
		return n + 1, nil
	}
	return min(int64((x-low)/(high-low)*float64(n))+1, n), nil
}

func addExtremes(a *adder) {
	pick := func(sign int) callFunc {
		return func(c *Call, v []types.Value, _ int) (types.Value, error) {
			var best types.Value
			for _, x := range v {
				if x != nil && (best == nil || sign*types.Compare(c.Ret, x, best) > 0) {
					best = x
				}
			}
			return best, nil
		}
	}
	a.call("greatest(x T, more T...) T", nil, nulls, pick(1), "The greatest argument that is not NULL.")
	a.call("least(x T, more T...) T", nil, nulls, pick(-1), "The least argument that is not NULL.")
}

// addBits registers the bit operators: op_bit_and, _or, _xor, _not, _shl, _shr.
func addBits(a *adder) {
	for _, o := range []struct {
		name string
		f    func(x, y int64) int64
	}{
		{"op_bit_and", func(x, y int64) int64 { return x & y }},
		{"op_bit_or", func(x, y int64) int64 { return x | y }},
		{"op_bit_xor", func(x, y int64) int64 { return x ^ y }},
	} {
		f := func(_ *Env, v []types.Value) (types.Value, error) { return o.f(v[0].(int64), v[1].(int64)), nil }
		a.row(o.name+"(x int, y int) int", internal, f, "Bit operator.")
		a.row(o.name+"(x bigint, y bigint) bigint", internal, f, "Bit operator.")
	}
	not := intKernel(func(x int64) (int64, error) { return ^x, nil })
	a.scalar("op_bit_not(x int) int", internal, not, "Bit operator ~.")
	a.scalar("op_bit_not(x bigint) bigint", internal, not, "Bit operator ~.")
	shift := func(width uint, left bool) RowFunc {
		return func(_ *Env, v []types.Value) (types.Value, error) {
			x, n := v[0].(int64), uint(v[1].(int64))%width
			if left {
				return x << n << (64 - width) >> (64 - width), nil
			}
			return x >> n, nil
		}
	}
	a.row("op_bit_shl(x int, n int) int", internal, shift(32, true), "Bit operator <<.")
	a.row("op_bit_shl(x bigint, n int) bigint", internal, shift(64, true), "Bit operator <<.")
	a.row("op_bit_shr(x int, n int) int", internal, shift(32, false), "Bit operator >>.")
	a.row("op_bit_shr(x bigint, n int) bigint", internal, shift(64, false), "Bit operator >>.")
}
