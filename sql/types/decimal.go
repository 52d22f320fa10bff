package types

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Limits of an unconstrained numeric: PostgreSQL's scale, and fewer digits before
// the point than its 131072, so that no single value costs much.
const (
	maxDecimalWhole = 16384
	maxDecimalScale = 16383
)

// DecimalContext is the arithmetic of decimals: PostgreSQL's rounding (half
// away from zero) and room for any value within the limits. Quotients and roots
// need a context of their own precision (WithPrecision).
var DecimalContext = func() *apd.Context {
	c := apd.BaseContext
	c.Precision = maxDecimalWhole + maxDecimalScale
	c.MaxExponent, c.MinExponent = apd.MaxExponent, apd.MinExponent
	c.Rounding = apd.RoundHalfUp
	c.Traps = 0
	return &c
}()

// ParseDecimal reads a decimal in plain or scientific notation, NaN or
// ±Infinity; the scale is kept as written. False when s is not one; out tells
// that it is one but beyond the limits of numeric.
func ParseDecimal(s string) (d *apd.Decimal, ok, out bool) {
	if !decimalSyntax(s) {
		return nil, false, false
	}
	d, _, err := apd.NewFromString(s)
	if err != nil {
		return nil, decimalDigits(s), decimalDigits(s)
	}
	if d.Form != apd.Finite {
		if d.Form == apd.NaNSignaling {
			d.Form = apd.NaN
		}
		d.Negative = d.Negative && d.Form == apd.Infinite
		d.Coeff.SetInt64(0)
		d.Exponent = 0
		return d, true, false
	}
	if !plainDecimal(d) {
		return nil, true, true
	}
	return d, true, false
}

// decimalSyntax keeps out what apd reads and SQL does not (payloads, sNaN).
func decimalSyntax(s string) bool {
	if decimalDigits(s) {
		return true
	}
	switch strings.ToLower(s) {
	case "nan", "infinity", "+infinity", "-infinity", "inf", "+inf", "-inf":
		return true
	}
	return false
}

// decimalDigits tells whether s is [sign] digits [. digits] [e [sign] digits].
func decimalDigits(s string) bool {
	i, digits := 0, 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	for ; i < len(s) && isDigit(s[i]); i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && isDigit(s[i]); i++ {
			digits++
		}
	}
	if digits == 0 {
		return false
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		start := i
		for ; i < len(s) && isDigit(s[i]); i++ {
			digits++
		}
		if i == start {
			return false
		}
	}
	return i == len(s)
}

// plainDecimal brings a finite decimal to a non-positive exponent and a
// positive zero; false when it is beyond the limits.
func plainDecimal(d *apd.Decimal) bool {
	if d.Coeff.Sign() == 0 {
		d.Negative = false
		if d.Exponent > 0 {
			d.Exponent = 0
		}
		return -d.Exponent <= maxDecimalScale
	}
	if -d.Exponent > maxDecimalScale {
		return false
	}
	if d.NumDigits()+int64(d.Exponent) > maxDecimalWhole {
		return false
	}
	if d.Exponent > 0 {
		scale := new(apd.BigInt).Exp(apd.NewBigInt(10), apd.NewBigInt(int64(d.Exponent)), nil)
		d.Coeff.Mul(&d.Coeff, scale)
		d.Exponent = 0
	}
	return true
}

// NormalDecimal gives d as a Value may hold it: plain exponent, no negative
// zero. 22003 when it is beyond the limits of numeric.
func NormalDecimal(d *apd.Decimal) (*apd.Decimal, error) {
	if d.Form != apd.Finite || d.Exponent <= 0 && !(d.Negative && d.Coeff.Sign() == 0) {
		return d, nil
	}
	c := new(apd.Decimal).Set(d)
	if !plainDecimal(c) {
		return nil, errNumericFormat()
	}
	return c, nil
}

func errNumericFormat() error {
	return sqlerr.New(sqlerr.NumericOutOfRange, "value overflows numeric format")
}

// AppendDecimal appends the canonical text: plain notation with the scale kept,
// or NaN, Infinity, -Infinity.
func AppendDecimal(dst []byte, d *apd.Decimal) []byte {
	switch d.Form {
	case apd.Infinite:
		if d.Negative {
			dst = append(dst, '-')
		}
		return append(dst, "Infinity"...)
	case apd.NaN, apd.NaNSignaling:
		return append(dst, "NaN"...)
	}
	if d.Exponent == 0 && d.Coeff.IsInt64() {
		n := d.Coeff.Int64()
		if d.Negative {
			n = -n
		}
		return strconv.AppendInt(dst, n, 10)
	}
	if d.Negative && d.Coeff.Sign() == 0 {
		dst = append(dst, new(apd.Decimal).Abs(d).Text('f')...)
		return dst
	}
	return d.Append(dst, 'f')
}

// DecimalFromText reads the canonical text AppendDecimal writes.
func DecimalFromText(b []byte) *apd.Decimal {
	if n, ok := smallInt(b); ok {
		return apd.New(n, 0)
	}
	d, _, err := apd.NewFromString(string(b))
	if err != nil {
		panic("BUG: V3: a decimal that is not canonical text: " + strconv.Quote(string(b)))
	}
	return d
}

// smallInt reads up to 18 plain digits.
func smallInt(b []byte) (n int64, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}

// Rescale rounds d, half away from zero, to scale digits after the point. d is
// not changed. NaN and infinities stay.
func Rescale(d *apd.Decimal, scale int32) *apd.Decimal {
	if d.Form != apd.Finite || d.Exponent == -scale {
		return d
	}
	out := new(apd.Decimal)
	if _, err := DecimalContext.Quantize(out, d, -scale); err != nil || out.Form != apd.Finite {
		panic("BUG: a decimal within the limits could not be rescaled")
	}
	if out.Coeff.Sign() == 0 {
		out.Negative = false
	}
	return out
}

// FitDecimal coerces d to DECIMAL(t.Precision, t.Scale): rescaled half up, 22003
// when it has too many digits. An unconstrained t keeps d as it is.
func FitDecimal(d *apd.Decimal, t Type) (*apd.Decimal, error) {
	if t.Precision == 0 || d.Form == apd.NaN {
		return d, nil
	}
	if d.Form == apd.Infinite {
		return nil, sqlerr.New(sqlerr.NumericOutOfRange, "numeric field overflow").WithDetail(
			"A field with precision %d, scale %d cannot hold an infinite value.", t.Precision, t.Scale)
	}
	out := Rescale(d, t.Scale)
	if out.Coeff.Sign() != 0 && out.NumDigits() > int64(t.Precision) {
		return nil, FieldOverflow(t)
	}
	return out, nil
}

// FieldOverflow is the 22003 of a value with too many digits for DECIMAL t.
func FieldOverflow(t Type) *sqlerr.Error {
	limit := "1"
	if t.Precision > t.Scale {
		limit = "10^" + itoa(t.Precision-t.Scale)
	}
	return sqlerr.New(sqlerr.NumericOutOfRange, "numeric field overflow").WithDetail(
		"A field with precision %d, scale %d must round to an absolute value less than %s.",
		t.Precision, t.Scale, limit)
}

// DecimalScale is the number of digits after the point.
func DecimalScale(d *apd.Decimal) int32 { return max(0, -d.Exponent) }

// DecimalFromInt is the integer n.
func DecimalFromInt(n int64) *apd.Decimal { return apd.New(n, 0) }

// DecimalFromFloat is f with digits significant decimal digits (PostgreSQL
// casts double with 15 and real with 6), NaN and infinities kept.
func DecimalFromFloat(f float64, digits int) *apd.Decimal {
	switch {
	case math.IsNaN(f):
		return &apd.Decimal{Form: apd.NaN}
	case math.IsInf(f, 0):
		return &apd.Decimal{Form: apd.Infinite, Negative: f < 0}
	}
	text := strconv.AppendFloat(nil, f, 'g', digits, 64)
	if e := bytes.IndexByte(text, 'e'); e < 0 && bytes.IndexByte(text, '.') >= 0 {
		text = bytes.TrimRight(text, "0")
		text = bytes.TrimSuffix(text, []byte("."))
	}
	d, ok, _ := ParseDecimal(string(text))
	if !ok || d == nil {
		panic("BUG: a double without decimal text: " + string(text))
	}
	return d
}

// DecimalToInt rounds d half away from zero; false when the result does not fit
// 64 bits or d is not finite.
func DecimalToInt(d *apd.Decimal) (int64, bool) {
	if d.Form != apd.Finite || d.NumDigits()+int64(d.Exponent) > 19 {
		return 0, false
	}
	n, err := Rescale(d, 0).Int64()
	return n, err == nil
}

// DecimalToFloat is the nearest double.
func DecimalToFloat(d *apd.Decimal) float64 {
	switch d.Form {
	case apd.Infinite:
		if d.Negative {
			return math.Inf(-1)
		}
		return math.Inf(1)
	case apd.NaN, apd.NaNSignaling:
		return math.NaN()
	}
	f, _ := strconv.ParseFloat(d.String(), 64)
	return f
}

// CompareDecimal orders decimals by value: -Infinity, finite, Infinity, NaN.
func CompareDecimal(a, b *apd.Decimal) int {
	if x, y := decimalClass(a), decimalClass(b); x != y || x != 0 {
		return cmpInt(x, y)
	}
	return a.Cmp(b)
}

func decimalClass(d *apd.Decimal) int {
	switch {
	case d.Form == apd.Finite:
		return 0
	case d.Form != apd.Infinite:
		return 2
	case d.Negative:
		return -1
	}
	return 1
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// CanonicalDecimal tells whether b is text that AppendDecimal writes.
func CanonicalDecimal(b []byte) bool {
	switch string(b) {
	case "NaN", "Infinity", "-Infinity":
		return true
	}
	s := b
	if len(s) > 0 && s[0] == '-' {
		s = s[1:]
	}
	point := bytes.IndexByte(s, '.')
	whole := s
	if point >= 0 {
		whole = s[:point]
	}
	if len(whole) == 0 || len(whole) > 1 && whole[0] == '0' || len(whole) > maxDecimalWhole {
		return false
	}
	if point >= 0 && (point == len(s)-1 || len(s)-point-1 > maxDecimalScale) {
		return false
	}
	zero := true
	for i, c := range s {
		if i != point && !isDigit(c) {
			return false
		}
		zero = zero && (i == point || c == '0')
	}
	return !zero || s[0] != '-' && len(s) == len(b)
}
