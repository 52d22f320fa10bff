package types

import (
	"encoding/base64"
	"math/big"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
)

// ksqlLevel is ksqlDB's table of casts: numbers widen implicitly along INT,
// BIGINT, DECIMAL, DOUBLE; text becomes times and bytes implicitly; the rest is
// explicit.
func ksqlLevel(from, to Type) level {
	switch {
	case from.IsNumeric() && to.IsNumeric():
		if ksqlRank(from) < ksqlRank(to) || from.Kind == Decimal && to.Kind == Decimal {
			return levelImplicit
		}
		return levelExplicit
	case from.Kind == String:
		switch to.Kind {
		case Time, Date, Timestamp, Bytes, String:
			return levelImplicit
		}
		if to.IsNested() || to.Kind > JSON {
			return levelNone
		}
		return levelExplicit
	case to.Kind == String:
		if from.Kind == Bytes {
			return levelNone
		}
		return levelExplicit
	case from.Kind == Timestamp && (to.Kind == Date || to.Kind == Time), from.Kind == Date && to.Kind == Timestamp:
		return levelExplicit
	}
	return levelNone
}

func ksqlRank(t Type) int {
	if t.Kind == Real {
		return rank(TDouble)
	}
	return rank(t)
}

// castKsql converts v, not NULL, along a cast that castLevel allows.
func castKsql(v Value, from, to Type) (Value, error) {
	switch {
	case to.Kind == String:
		return KsqlText(v, from), nil
	case from.Kind == String:
		return ksqlFromText(v.(string), to)
	case to.IsNumeric():
		return ksqlNumber(v, to)
	case from.Kind == Date:
		return dateToTimestamp(v.(int64), nil)
	}
	return castTemporal(v, from, to, nil)
}

func ksqlNumber(v Value, to Type) (Value, error) {
	switch x := v.(type) {
	case int64:
		if to.IsInteger() {
			return wrapInt(x, to), nil
		}
		return numberFromInt(x, to)
	case float64:
		switch {
		case to.IsInteger():
			return truncFloat(x, to), nil
		case to.Kind != Decimal:
			return x, nil
		case x != x || x-x != 0:
			return nil, errSyntax(to, string(AppendJavaDouble(nil, x)))
		}
		return box(FitDecimal(DecimalFromFloat(x, -1), to))
	}
	d := v.(*apd.Decimal)
	switch {
	case to.Kind == Decimal:
		return box(FitDecimal(d, to))
	case to.IsFloat():
		return DecimalToFloat(d), nil
	}
	return wrapInt(lowBits(d), to), nil
}

// wrapInt keeps the low bits, as Java's narrowing does.
func wrapInt(n int64, to Type) int64 {
	switch to.Kind {
	case SmallInt:
		return int64(int16(n))
	case Int:
		return int64(int32(n))
	}
	return n
}

// lowBits is the low 64 bits of a decimal's whole part (BigDecimal.longValue).
func lowBits(d *apd.Decimal) int64 {
	if d.Form != apd.Finite {
		return 0
	}
	whole := new(big.Int).Set(d.Coeff.MathBigInt())
	if d.Exponent < 0 {
		whole.Quo(whole, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-d.Exponent)), nil))
	}
	low := new(big.Int).And(whole, new(big.Int).SetUint64(1<<64-1)).Uint64()
	if d.Negative {
		low = -low
	}
	return int64(low)
}

func ksqlFromText(s string, to Type) (Value, error) {
	w := strings.TrimSpace(s)
	switch to.Kind {
	case Boolean:
		low := strings.ToLower(w)
		return low != "" && (strings.HasPrefix("true", low) || strings.HasPrefix("yes", low)), nil
	case Bytes:
		b, err := base64.StdEncoding.DecodeString(w)
		if err != nil {
			return nil, errSyntax(to, s)
		}
		return b, nil
	case Real, Double, Decimal:
		if !decimalDigits(w) {
			return nil, errSyntax(to, s)
		}
	case Timestamp:
		us, err := KsqlTimestamp(w)
		return box(us, err)
	case Date:
		days, us, err := ksqlDateTime(w)
		if err == nil && us != 0 {
			err = sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type date: \"%s\"", s).
				WithDetail("The text has a time of day.")
		}
		return box(days, err)
	case Time:
		return box(ksqlTime(w))
	}
	return ParseText(to, w, nil)
}

// KsqlTimestamp reads yyyy-MM-dd[THH[:mm[:ss[.SSS]]]][zone] of ksqlDB, also with
// the day or month missing; µs are cut to ms.
func KsqlTimestamp(s string) (int64, error) {
	days, us, err := ksqlDateTime(s)
	if err != nil {
		return 0, err
	}
	return days*MicrosPerDay + floorDiv(us, MicrosPerMilli)*MicrosPerMilli, nil
}

// ksqlDateTime splits at T, completes both halves and reads them.
func ksqlDateTime(s string) (days, us int64, err error) {
	bad := sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type timestamp: \"%s\"", s)
	date, clock, hasClock := strings.Cut(s, "T")
	parts := strings.Split(date, "-")
	if len(parts) > 3 || len(parts[0]) != 4 {
		return 0, 0, bad
	}
	field := [3]int{1970, 1, 1}
	for i, p := range parts {
		if p == "" || !allDigits(p) || i > 0 && len(p) > 2 {
			return 0, 0, bad
		}
		field[i] = atoi(p)
	}
	if field[1] < 1 || field[1] > 12 || field[2] < 1 || field[2] > DaysInMonth(int64(field[0]), field[1]) {
		return 0, 0, bad
	}
	days = DaysFromCivil(int64(field[0]), field[1], field[2])
	if !hasClock || clock == "" {
		return days, 0, nil
	}
	end := 0
	for end < len(clock) && (isDigit(clock[end]) || clock[end] == ':' || clock[end] == '.') {
		end++
	}
	us, err = ksqlTime(clock[:end])
	if err != nil {
		return 0, 0, bad
	}
	if zone := clock[end:]; zone != "" {
		loc, zerr := LoadZone(zone)
		if zerr != nil {
			return 0, 0, bad
		}
		us = LocalToInstant(days*MicrosPerDay+us, loc) - days*MicrosPerDay
	}
	return days, us, nil
}

// ksqlTime reads HH[:mm[:ss[.SSS]]], cut to ms.
func ksqlTime(s string) (int64, error) {
	bad := sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type time: \"%s\"", s)
	clock, frac, _ := strings.Cut(s, ".")
	parts := strings.Split(clock, ":")
	if len(parts) > 3 || frac != "" && len(parts) != 3 {
		return 0, bad
	}
	unit, us := int64(MicrosPerHour), int64(0)
	for i, p := range parts {
		if len(p) == 0 || len(p) > 2 || !allDigits(p) || i == 0 && atoi(p) > 23 || atoi(p) > 59 {
			return 0, bad
		}
		us += int64(atoi(p)) * unit
		unit /= 60
	}
	if frac != "" {
		if !allDigits(frac) || len(frac) > 9 {
			return 0, bad
		}
		us += int64(atoi((frac + "00")[:3])) * MicrosPerMilli
	}
	return us, nil
}

// KsqlText is ksqlDB's text of a value, not NULL: Java's doubles, [a, b], {k=v},
// Struct{F=v} without the NULL fields.
func KsqlText(v Value, t Type) string { return string(appendKsqlText(nil, t, v)) }

func appendKsqlText(dst []byte, t Type, v Value) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	switch x := v.(type) {
	case bool:
		return strconv.AppendBool(dst, x)
	case float64:
		return AppendJavaDouble(dst, x)
	case []Value:
		dst = append(dst, '[')
		for i, e := range x {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendKsqlText(dst, *t.Elem, e)
		}
		return append(dst, ']')
	case MapValue:
		dst = append(dst, '{')
		for i, k := range x.Keys {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(appendKsqlText(dst, *t.Key, k), '=')
			dst = appendKsqlText(dst, *t.Elem, x.Vals[i])
		}
		return append(dst, '}')
	case Row:
		return appendKsqlStruct(dst, t, x)
	}
	switch t.Kind {
	case Timestamp:
		return appendKsqlTimestamp(dst, v.(int64))
	case Time:
		return appendKsqlTime(dst, v.(int64))
	}
	return AppendText(dst, t, v, nil)
}

func appendKsqlStruct(dst []byte, t Type, row Row) []byte {
	dst = append(dst, "Struct{"...)
	first := true
	for i, f := range t.Fields {
		v := rowAt(row, i)
		if v == nil {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(dst, f.Name...), '=')
		dst = appendKsqlText(dst, f.Type, v)
	}
	return append(dst, '}')
}

// appendKsqlTimestamp appends yyyy-MM-ddTHH:mm:ss.SSS.
func appendKsqlTimestamp(dst []byte, us int64) []byte {
	days, micros := SplitMicros(us)
	ms := micros / MicrosPerMilli
	dst = append(AppendDate(dst, days), 'T')
	dst = AppendTime(dst, ms/1000*MicrosPerSecond)
	return append(dst, '.', byte('0'+ms/100%10), byte('0'+ms/10%10), byte('0'+ms%10))
}

// appendKsqlTime appends HH:mm[:ss[.SSS]] as Java's LocalTime does.
func appendKsqlTime(dst []byte, us int64) []byte {
	text := AppendTimeISO(nil, us-us%MicrosPerMilli)
	if us/MicrosPerMilli%60000 == 0 {
		text = text[:5]
	}
	return append(dst, text...)
}
