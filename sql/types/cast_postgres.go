package types

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
)

// pgLevel is PostgreSQL's table of casts between types that are not both the
// same nested kind.
func pgLevel(from, to Type) level {
	switch {
	case to.Kind == Unknown || to.Kind == Void || from.Kind == Void || to.Kind == Record || from.Kind == Record && to.Kind != String:
		return levelNone
	case from.IsNumeric() && to.IsNumeric():
		return pgNumberLevel(from, to)
	case from.IsText() && to.IsText():
		if to.Kind == Char {
			return levelAssignment
		}
		return levelImplicit
	case to.IsText():
		return levelAssignment
	case from.IsText():
		return levelExplicit
	case from.IsOIDLike() || to.IsOIDLike():
		return pgOIDLevel(from, to)
	case from.Kind == JSON:
		return pgJSONLevel(to)
	case to.Kind == JSON && from.IsNested():
		return levelAssignment
	case from.Kind == Boolean && to.Kind == Int, from.Kind == Int && to.Kind == Boolean:
		return levelExplicit
	}
	return pgTimeLevel(from, to)
}

func pgNumberLevel(from, to Type) level {
	switch {
	case from.Kind == Decimal && to.Kind == Decimal:
		return levelImplicit
	case rank(from) <= rank(to) && !(from.IsFloat() && to.Kind == Decimal):
		return levelImplicit
	}
	return levelAssignment
}

func pgOIDLevel(from, to Type) level {
	switch {
	case from.IsOIDLike() && to.IsOIDLike(), from.IsInteger() && to.IsOIDLike():
		return levelImplicit
	case from.IsOIDLike() && (to.Kind == Int || to.Kind == BigInt):
		return levelAssignment
	}
	return levelNone
}

func pgJSONLevel(to Type) level {
	if to.IsNumeric() || to.Kind == Boolean || to.IsNested() {
		return levelExplicit
	}
	return levelNone
}

func pgTimeLevel(from, to Type) level {
	switch {
	case from.Kind == Date && to.Kind == Timestamp, from.Kind == Time && to.Kind == Interval:
		return levelImplicit
	case from.Kind == Timestamp && (to.Kind == Date || to.Kind == Time), from.Kind == Interval && to.Kind == Time:
		return levelAssignment
	}
	return levelNone
}

// castPostgres converts v, not NULL, along a cast that castLevel allows.
func castPostgres(v Value, from, to Type, loc *time.Location) (Value, error) {
	if from.IsText() || from.Kind == Unknown {
		return castFromText(v.(string), to, loc)
	}
	switch {
	case to.IsText():
		return cutText(to, castToText(v, from, to, loc)), nil
	case to.IsNumeric():
		return castToNumber(v, from, to)
	case to.IsOIDLike():
		return castToOID(v, from)
	case from.Kind == JSON:
		return castFromJSON(v.(string), to)
	case to.Kind == JSON:
		return string(appendJSON(nil, from, v, jsonWire)), nil
	case to.Kind == Boolean:
		return v.(int64) != 0, nil
	}
	return castTemporal(v, from, to, loc)
}

func castFromText(s string, to Type, loc *time.Location) (Value, error) {
	if to.IsText() {
		if err := CheckText(s); err != nil {
			return nil, err
		}
		return cutText(to, s), nil
	}
	return ParseText(to, s, loc)
}

// cutText brings text to the length of its target, silently.
func cutText(to Type, s string) string {
	switch {
	case to.Kind == Name:
		return truncateBytes(s, 63)
	case to.Kind == Char:
		return s[:min(1, len(s))]
	case to.Precision > 0 && len(s) > int(to.Precision) && utf8.RuneCountInString(s) > int(to.Precision):
		return truncateRunes(s, int(to.Precision))
	}
	return s
}

// castToText is the text form; as text a boolean is true or false in full.
func castToText(v Value, from, to Type, loc *time.Location) string {
	if b, ok := v.(bool); ok && to.Kind == String {
		return strconv.FormatBool(b)
	}
	return string(AppendText(nil, from, v, &TextOptions{Location: loc}))
}

// IntOverflow is the 22003 of a result that integer type t does not hold.
func IntOverflow(t Type) *sqlerr.Error {
	return sqlerr.New(sqlerr.NumericOutOfRange, "%s out of range", t)
}

func castToNumber(v Value, from, to Type) (Value, error) {
	switch x := v.(type) {
	case bool:
		if x {
			return int64(1), nil
		}
		return int64(0), nil
	case string: // JSON
		return castFromJSON(x, to)
	case int64:
		if from.IsOIDLike() && to.Kind == Int {
			return int64(int32(x)), nil
		}
		return numberFromInt(x, to)
	case float64:
		return numberFromFloat(x, from, to)
	case *apd.Decimal:
		return numberFromDecimal(x, to)
	}
	return nil, errCast(from, to)
}

func numberFromInt(n int64, to Type) (Value, error) {
	switch {
	case to.Kind == Decimal:
		return box(FitDecimal(apd.New(n, 0), to))
	case to.Kind == Real:
		return float64(float32(n)), nil
	case to.Kind == Double:
		return float64(n), nil
	case !FitsInt(to, n):
		return nil, IntOverflow(to)
	}
	return n, nil
}

// Significant digits of floats cast to decimals, PostgreSQL's.
const (
	realDigits   = 6
	doubleDigits = 15
)

func numberFromFloat(f float64, from, to Type) (Value, error) {
	switch to.Kind {
	case Double:
		return f, nil
	case Real:
		r := float64(float32(f))
		if math.IsInf(r, 0) && !math.IsInf(f, 0) {
			return nil, sqlerr.New(sqlerr.NumericOutOfRange, "value out of range: overflow")
		}
		if r == 0 && f != 0 {
			return nil, sqlerr.New(sqlerr.NumericOutOfRange, "value out of range: underflow")
		}
		return r, nil
	case Decimal:
		digits := doubleDigits
		if from.Kind == Real {
			digits = realDigits
		}
		return box(FitDecimal(DecimalFromFloat(f, digits), to))
	}
	r := math.RoundToEven(f)
	if !(r >= math.MinInt64 && r < -math.MinInt64) || !FitsInt(to, int64(r)) {
		return nil, IntOverflow(to)
	}
	return int64(r), nil
}

func numberFromDecimal(d *apd.Decimal, to Type) (Value, error) {
	switch to.Kind {
	case Decimal:
		return box(FitDecimal(d, to))
	case Real, Double:
		return parseFloat(to, string(AppendDecimal(nil, d)))
	}
	if d.Form != apd.Finite {
		what := "infinity"
		if d.Form == apd.NaN {
			what = "NaN"
		}
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cannot convert %s to %s", what, to)
	}
	n, ok := DecimalToInt(d)
	if !ok || !FitsInt(to, n) {
		return nil, IntOverflow(to)
	}
	return n, nil
}

func castToOID(v Value, from Type) (Value, error) {
	n := v.(int64)
	if from.Kind == BigInt && (n < 0 || n > math.MaxUint32) {
		return nil, sqlerr.New(sqlerr.NumericOutOfRange, "OID out of range")
	}
	return int64(uint32(n)), nil
}

// castFromJSON takes a JSON scalar of the fitting kind, or a nested value.
func castFromJSON(s string, to Type) (Value, error) {
	if to.IsNested() {
		return FromJSON(to, []byte(s), JSONLeat)
	}
	kind := jsonKind(s)
	switch {
	case kind == "boolean" && to.Kind == Boolean:
		return s == "true", nil
	case kind == "numeric" && to.IsNumeric():
		d, _, _ := ParseDecimal(s)
		if d == nil {
			return nil, errNumericFormat()
		}
		return numberFromDecimal(d, to)
	}
	return nil, sqlerr.New(sqlerr.InvalidParameterValue, "cannot cast jsonb %s to type %s", kind, to)
}

// jsonKind is jsonb_typeof in the words of cast errors.
func jsonKind(s string) string {
	switch s[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "numeric"
}

func castTemporal(v Value, from, to Type, loc *time.Location) (Value, error) {
	switch {
	case from.Kind == Date:
		return dateToTimestamp(v.(int64), loc)
	case from.Kind == Timestamp && to.Kind == Date:
		switch us := v.(int64); us {
		case TimestampInfinity:
			return DateInfinity, nil
		case TimestampNegInfinity:
			return int64(DateNegInfinity), nil
		default:
			days, _ := SplitMicros(InstantToLocal(us, loc))
			return days, nil
		}
	case from.Kind == Timestamp:
		if us := v.(int64); !IsInfinite(us) {
			_, micros := SplitMicros(InstantToLocal(us, loc))
			return micros, nil
		}
		return nil, nil
	case from.Kind == Time:
		return Span{Micros: v.(int64)}, nil
	case from.Kind == Interval && to.Kind == Time:
		us := v.(Span).Micros
		return us - floorDiv(us, MicrosPerDay)*MicrosPerDay, nil
	}
	return nil, errCast(from, to)
}

func dateToTimestamp(days int64, loc *time.Location) (Value, error) {
	switch {
	case days == DateInfinity:
		return TimestampInfinity, nil
	case days == DateNegInfinity:
		return int64(TimestampNegInfinity), nil
	case days >= endTimestamp/MicrosPerDay-2 || days < minDays+2:
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "date out of range for timestamp")
	}
	return LocalToInstant(days*MicrosPerDay, loc), nil
}
