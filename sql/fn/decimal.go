package fn

import (
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Decimal arithmetic in PostgreSQL's meaning: exact sums and products, quotients
// of at least 16 significant digits. Arguments are shared and not changed.

// minDivDigits is PostgreSQL's NUMERIC_MIN_SIG_DIGITS; maxDivScale its
// NUMERIC_MAX_DISPLAY_SCALE.
const (
	minDivDigits = 16
	maxDivScale  = 1000
)

// DecAdd is a + b.
func DecAdd(a, b types.Dec) (types.Dec, error) {
	return decOp(types.DecimalContext.Add, a, b)
}

// DecSub is a - b.
func DecSub(a, b types.Dec) (types.Dec, error) {
	return decOp(types.DecimalContext.Sub, a, b)
}

// DecMul is a * b.
func DecMul(a, b types.Dec) (types.Dec, error) {
	if a.NumDigits()+b.NumDigits() > 150000 {
		return nil, errNumericOverflow()
	}
	return decOp(types.DecimalContext.Mul, a, b)
}

// DecNeg is -a.
func DecNeg(a types.Dec) types.Dec {
	out := new(apd.Decimal).Neg(a)
	if out.Form == apd.NaN || (out.Form == apd.Finite && out.Coeff.Sign() == 0) {
		out.Negative = false
	}
	return out
}

func decOp(op func(d, x, y *apd.Decimal) (apd.Condition, error), a, b types.Dec) (types.Dec, error) {
	out := new(apd.Decimal)
	if _, err := op(out, a, b); err != nil {
		return nil, errNumericOverflow()
	}
	if out.Form == apd.NaNSignaling {
		out.Form = apd.NaN
	}
	return types.NormalDecimal(out)
}

// ErrDivisionByZero is 22012.
func ErrDivisionByZero() error { return sqlerr.New(sqlerr.DivisionByZero, "division by zero") }

func errNumericOverflow() error {
	return sqlerr.New(sqlerr.NumericOutOfRange, "value overflows numeric format")
}

// DecDiv is a / b with PostgreSQL's choice of scale. 22012 when b is zero.
func DecDiv(a, b types.Dec) (types.Dec, error) {
	if a.Form == apd.NaN || b.Form == apd.NaN {
		return &apd.Decimal{Form: apd.NaN}, nil
	}
	if b.IsZero() {
		return nil, ErrDivisionByZero()
	}
	switch {
	case a.Form == apd.Infinite && b.Form == apd.Infinite:
		return &apd.Decimal{Form: apd.NaN}, nil
	case a.Form == apd.Infinite:
		return &apd.Decimal{Form: apd.Infinite, Negative: a.Negative != b.Negative}, nil
	case b.Form == apd.Infinite:
		return types.DecimalFromInt(0), nil
	}
	q, _ := decQuo(a, b, divScale(a, b))
	return types.NormalDecimal(q)
}

// divScale is PostgreSQL's select_div_scale.
func divScale(a, b types.Dec) int32 {
	wa, da := leadingDigit(a)
	wb, db := leadingDigit(b)
	w := wa - wb
	if da <= db {
		w--
	}
	scale := int32(minDivDigits) - w*4
	scale = max(scale, types.DecimalScale(a), types.DecimalScale(b), 0)
	return min(scale, maxDivScale)
}

// leadingDigit gives weight and value of the first non-zero digit in base 10000.
func leadingDigit(d types.Dec) (weight, digit int32) {
	if d.IsZero() {
		return 0, 0
	}
	e := int32(d.NumDigits()) - 1 + d.Exponent // of the first decimal digit
	weight = e >> 2
	text := d.Coeff.String()
	for i := int32(0); i <= e-weight*4; i++ {
		c := int32(0)
		if int(i) < len(text) {
			c = int32(text[i] - '0')
		}
		digit = digit*10 + c
	}
	return weight, digit
}

// decQuo is a / b rounded half away from zero to scale digits; exact tells that
// nothing was rounded off. b is not zero; both are finite.
func decQuo(a, b types.Dec, scale int32) (q types.Dec, exact bool) {
	num := new(big.Int).Set(a.Coeff.MathBigInt())
	den := new(big.Int).Set(b.Coeff.MathBigInt())
	shift := int64(scale) + int64(a.Exponent) - int64(b.Exponent)
	if shift >= 0 {
		num.Mul(num, pow10(shift))
	} else {
		den.Mul(den, pow10(-shift))
	}
	quo, rem := new(big.Int).QuoRem(num, den, new(big.Int))
	exact = rem.Sign() == 0
	if rem.Lsh(rem, 1).Cmp(den) >= 0 {
		quo.Add(quo, big.NewInt(1))
	}
	q = &apd.Decimal{Negative: a.Negative != b.Negative && quo.Sign() != 0, Exponent: -scale}
	q.Coeff.SetMathBigInt(quo)
	return q, exact
}

func pow10(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

// DecMod is the remainder of a / b with the sign of a. 22012 when b is zero.
func DecMod(a, b types.Dec) (types.Dec, error) {
	switch {
	case a.Form == apd.NaN || b.Form == apd.NaN || (a.Form == apd.Infinite && !b.IsZero()):
		return &apd.Decimal{Form: apd.NaN}, nil
	case b.IsZero():
		return nil, ErrDivisionByZero()
	case b.Form == apd.Infinite:
		return a, nil
	}
	scale := max(types.DecimalScale(a), types.DecimalScale(b))
	x, y := types.Rescale(a, scale), types.Rescale(b, scale)
	rem := new(big.Int).Rem(x.Coeff.MathBigInt(), y.Coeff.MathBigInt())
	out := &apd.Decimal{Negative: a.Negative && rem.Sign() != 0, Exponent: -scale}
	out.Coeff.SetMathBigInt(rem)
	return out, nil
}

// DecExact is ksqlDB's decimal operation: the result must be representable in t
// without rounding, else 22003.
func DecExact(op byte, a, b types.Dec, t types.Type) (types.Dec, error) {
	var out types.Dec
	var err error
	switch op {
	case '+':
		out, err = DecAdd(a, b)
	case '-':
		out, err = DecSub(a, b)
	case '*':
		out, err = DecMul(a, b)
	case '/':
		if b.IsZero() {
			return nil, ErrDivisionByZero()
		}
		if a.Form != apd.Finite || b.Form != apd.Finite {
			return nil, errRounding()
		}
		q, exact := decQuo(a, b, t.Scale)
		if !exact {
			return nil, errRounding()
		}
		out = q
	default:
		out, err = DecMod(a, b)
	}
	if err != nil || t.Precision == 0 {
		return out, err
	}
	fit, err := types.FitDecimal(out, t)
	if err != nil {
		return nil, err
	}
	if types.CompareDecimal(fit, out) != 0 {
		return nil, errRounding()
	}
	return fit, nil
}

func errRounding() error { return sqlerr.New(sqlerr.NumericOutOfRange, "rounding necessary") }

// dec128 is the decimal of a 128-bit integer.
func dec128(hi int64, lo uint64) types.Dec {
	n := new(big.Int).Lsh(big.NewInt(hi), 64)
	n.Add(n, new(big.Int).SetUint64(lo))
	out := &apd.Decimal{Negative: n.Sign() < 0}
	out.Coeff.SetMathBigInt(n.Abs(n))
	return out
}
