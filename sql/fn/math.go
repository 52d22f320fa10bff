package fn

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func addMath(a *adder) {
	one := func(name, doc string, f func(float64) float64) {
		a.scalar(name+"(x double) double", 0, floatKernel(func(x float64) (float64, error) { return f(x), nil }), doc)
	}
	for _, f := range []struct {
		name, doc string
		f         func(float64) float64
	}{
		{"cbrt", "The cube root of x.", math.Cbrt}, {"sin", "The sine of x radians.", math.Sin},
		{"cos", "The cosine of x radians.", math.Cos}, {"tan", "The tangent of x radians.", math.Tan},
		{"cot", "The cotangent of x radians.", func(x float64) float64 { return 1 / math.Tan(x) }},
		{"sinh", "The hyperbolic sine of x.", math.Sinh}, {"cosh", "The hyperbolic cosine of x.", math.Cosh},
		{"tanh", "The hyperbolic tangent of x.", math.Tanh}, {"atan", "The arc tangent of x.", math.Atan},
		{"asinh", "The inverse hyperbolic sine of x.", math.Asinh},
		{"degrees", "x radians in degrees.", func(x float64) float64 { return x * (180 / math.Pi) }},
		{"radians", "x degrees in radians.", func(x float64) float64 { return x / 180 * math.Pi }},
	} {
		one(f.name, f.doc, f.f)
	}
	for _, f := range []struct {
		name, doc, code, msg string
		bad                  func(float64) bool
		f                    func(float64) float64
	}{
		{"sqrt", "The square root of x.", codePower, "cannot take square root of a negative number", func(x float64) bool { return x < 0 }, math.Sqrt},
		{"ln", "The natural logarithm of x.", codeLogarithm, "", func(x float64) bool { return x <= 0 }, math.Log},
		{"log10", "The logarithm of x to base 10.", codeLogarithm, "", func(x float64) bool { return x <= 0 }, log10},
		{"asin", "The arc sine of x.", sqlerr.NumericOutOfRange, "input is out of range", func(x float64) bool { return x < -1 || x > 1 }, math.Asin},
		{"acos", "The arc cosine of x.", sqlerr.NumericOutOfRange, "input is out of range", func(x float64) bool { return x < -1 || x > 1 }, math.Acos},
		{"acosh", "The inverse hyperbolic cosine of x.", sqlerr.NumericOutOfRange, "input is out of range", func(x float64) bool { return x < 1 }, math.Acosh},
		{"atanh", "The inverse hyperbolic tangent of x.", sqlerr.NumericOutOfRange, "input is out of range", func(x float64) bool { return x < -1 || x > 1 }, math.Atanh},
		{"exp", "e to the power of x.", sqlerr.NumericOutOfRange, "value out of range: overflow", func(x float64) bool { return x > 709.782712893384 && !math.IsInf(x, 1) }, math.Exp},
	} {
		a.scalar(f.name+"(x double) double", leat, floatKernel(func(x float64) (float64, error) {
			if f.bad(x) {
				if f.code == codeLogarithm {
					return 0, errLogarithm(x)
				}
				return 0, sqlerr.New(f.code, "%s", f.msg)
			}
			return f.f(x), nil
		}), f.doc)
		a.scalar(f.name+"(x double) double", ksql, floatKernel(func(x float64) (float64, error) { return f.f(x), nil }), f.doc)
	}
	addLogs(a)
	a.scalar("atan2(y double, x double) double", 0, floatKernel2(func(y, x float64) (float64, error) { return math.Atan2(y, x), nil }), "The angle of the point (x, y) in radians.")
	a.row("sqrt(x numeric) numeric", leat, sqrtDec, "The square root of x.")
	a.scalar("power(x double, y double) double", leat, floatKernel2(func(x, y float64) (float64, error) { return FloatPower(x, y, true) }), "x to the power of y.")
	a.scalar("power(x double, y double) double", ksql, floatKernel2(func(x, y float64) (float64, error) { return FloatPower(x, y, false) }), "x to the power of y.")
	a.row("power(x numeric, y numeric) numeric", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return boxErr(DecPower(v[0].(types.Dec), v[1].(types.Dec)))
	}, "x to the power of y.")
	a.alias("power", "pow")
	a.row("pi() double", 0, func(*Env, []types.Value) (types.Value, error) { return math.Pi, nil }, "The number pi.")
	a.call("random() double", nil, volatile, func(c *Call, _ []types.Value, row int) (types.Value, error) {
		return float64(c.chance(row)>>11) / (1 << 53), nil
	}, "A number from 0 up to 1.")
	a.row("geo_distance(lat1 double, lon1 double, lat2 double, lon2 double, unit text?) double", 0, geoDistance,
		"The great-circle distance of two points in degrees, in kilometres or, with unit 'MI', miles.")
}

func addLogs(a *adder) {
	const doc = "The logarithm of x to base b; of one argument, to base 10."
	base := func(checked bool) Kernel {
		return floatKernel2(func(b, x float64) (float64, error) {
			switch {
			case checked && (x <= 0 || b <= 0):
				if b <= 0 {
					return 0, errLogarithm(b)
				}
				return 0, errLogarithm(x)
			case checked && b == 1:
				return 0, ErrDivisionByZero()
			case b <= 0 || b == 1:
				return math.NaN(), nil
			}
			return math.Log(x) / math.Log(b), nil
		})
	}
	a.scalar("log(x double) double", leat, floatKernel(func(x float64) (float64, error) {
		if x <= 0 {
			return 0, errLogarithm(x)
		}
		return log10(x), nil
	}), doc)
	a.scalar("log(b double, x double) double", leat, base(true), doc)
	a.scalar("log(x double) double", ksql, floatKernel(func(x float64) (float64, error) { return math.Log(x), nil }), "The natural logarithm of x, or the logarithm of x to base b.")
	a.scalar("log(b double, x double) double", ksql, base(false), "The natural logarithm of x, or the logarithm of x to base b.")
}

// log10 is exact for the powers of ten, which math.Log10 is not.
func log10(x float64) float64 {
	y := math.Log10(x)
	if r := math.Round(y); math.Abs(y-r) < 1e-9 && math.Pow(10, r) == x {
		return r
	}
	return y
}

// errLogarithm is the 2201E of a number that is not positive.
func errLogarithm(x float64) error {
	if x == 0 {
		return sqlerr.New(codeLogarithm, "cannot take logarithm of zero")
	}
	return sqlerr.New(codeLogarithm, "cannot take logarithm of a negative number")
}

// chance is a number that depends on the step's seed, the call site and the row.
func (c *Call) chance(row int) uint64 {
	id := uint64(row)
	if c.RowID != nil {
		id = c.RowID(row)
	}
	return mix(mix(c.Env.Seed^uint64(c.Site)*0x9e3779b97f4a7c15) + id)
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// FloatPower is x ^ y; checked raises PostgreSQL's errors instead of giving
// NaN or infinity.
func FloatPower(x, y float64, checked bool) (float64, error) {
	v := math.Pow(x, y)
	switch {
	case !checked:
		return v, nil
	case x == 0 && y < 0:
		return 0, sqlerr.New(codePower, "zero raised to a negative power is undefined")
	case x < 0 && !math.IsInf(x, 0) && y != math.Trunc(y):
		return 0, sqlerr.New(codePower, "a negative number raised to a non-integer power yields a complex result")
	case math.IsInf(v, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0):
		return 0, sqlerr.New(sqlerr.NumericOutOfRange, "value out of range: overflow")
	}
	return v, nil
}

// DecPower is x ^ y of decimals: exact for small whole y, otherwise of 16
// significant digits or more.
func DecPower(x, y types.Dec) (types.Dec, error) {
	if x.Form == apd.NaN || y.Form == apd.NaN {
		return &apd.Decimal{Form: apd.NaN}, nil
	}
	if n, ok := types.DecimalToInt(y); ok && y.Form == apd.Finite && x.Form == apd.Finite &&
		types.CompareDecimal(types.DecimalFromInt(n), y) == 0 && n >= 0 && n*x.NumDigits() <= 4000 && n <= 4000 {
		out := &apd.Decimal{Exponent: x.Exponent * int32(n), Negative: x.Negative && n%2 == 1}
		out.Coeff.SetMathBigInt(new(big.Int).Exp(x.Coeff.MathBigInt(), big.NewInt(n), nil))
		return types.NormalDecimal(quantize(out, max(16, types.DecimalScale(x)), apd.RoundHalfUp))
	}
	f, err := FloatPower(types.DecimalToFloat(x), types.DecimalToFloat(y), true)
	if err != nil {
		return nil, err
	}
	return quantize(types.DecimalFromFloat(f, 17), 16, apd.RoundHalfUp), nil
}

func sqrtDec(_ *Env, v []types.Value) (types.Value, error) {
	d := v[0].(types.Dec)
	switch {
	case d.Form != apd.Finite && !d.Negative:
		return d, nil
	case d.Negative && !d.IsZero():
		return nil, sqlerr.New(codePower, "cannot take square root of a negative number")
	}
	whole := (d.NumDigits() + int64(d.Exponent) + 1) / 2
	scale := int32(max(0, minDivDigits-whole))
	scale = max(scale, types.DecimalScale(d))
	ctx := *types.DecimalContext
	ctx.Precision = uint32(max(1, whole)+int64(scale)) + 3
	out := new(apd.Decimal)
	if _, err := ctx.Sqrt(out, d); err != nil {
		return nil, errNumericOverflow()
	}
	return quantize(out, scale, apd.RoundHalfUp), nil
}

// geoDistance is the haversine formula.
func geoDistance(_ *Env, v []types.Value) (types.Value, error) {
	radius := 6371.0
	if len(v) == 5 {
		switch u := v[4].(string); {
		case hasAnyPrefixFold(u, "mi"):
			radius = 3959
		case hasAnyPrefixFold(u, "km", "kilo"):
		default:
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, "unknown unit of distance %q", u).WithHint("Units are KM and MI.")
		}
	}
	lat1, lon1, lat2, lon2 := v[0].(float64), v[1].(float64), v[2].(float64), v[3].(float64)
	if !(math.Abs(lat1) <= 90 && math.Abs(lat2) <= 90 && math.Abs(lon1) <= 180 && math.Abs(lon2) <= 180) {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "latitude must be within -90 and 90, longitude within -180 and 180")
	}
	rad := func(x float64) float64 { return x * (math.Pi / 180) }
	dLat, dLon := rad(lat2-lat1), rad(lon2-lon1)
	s, t := math.Sin(dLat/2), math.Sin(dLon/2)
	h := float64(s*s) + float64(float64(float64(t*t)*math.Cos(rad(lat1)))*math.Cos(rad(lat2)))
	return float64(2*math.Asin(math.Sqrt(h))) * radius, nil
}
