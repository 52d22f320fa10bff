package types

import (
	"strconv"
	"time"
)

// Infinite dates and instants, as PostgreSQL stores them.
const (
	TimestampInfinity    = int64(1<<63 - 1)
	TimestampNegInfinity = -1 << 63
	DateInfinity         = int64(1<<31 - 1)
	DateNegInfinity      = -1 << 31
)

// Units of a Timestamp and a Time.
const (
	MicrosPerSecond = 1000000
	MicrosPerMinute = 60 * MicrosPerSecond
	MicrosPerHour   = 60 * MicrosPerMinute
	MicrosPerDay    = 24 * MicrosPerHour
)

// pgEpochDays is 2000-01-01, the zero of PostgreSQL's binary dates.
const pgEpochDays = 10957

// Bounds of dates and instants: 4714-11-24 BC to 5874897-12-31 and 294247-01-09
// (what µs since 1970 hold; PostgreSQL, counting from 2000, ends in 294276).
const (
	minDays      = -2440588
	maxDays      = 2145042905
	minTimestamp = minDays * MicrosPerDay
	endTimestamp = 106751991 * MicrosPerDay // exclusive
)

// DaysFromCivil is the day number (1970-01-01 is 0) of a date in the proleptic
// Gregorian calendar. Year 0 is 1 BC. The month may be out of 1..12.
func DaysFromCivil(year int64, month, day int) int64 {
	m := int64(month) - 1
	year += floorDiv(m, 12)
	month = int(m-floorDiv(m, 12)*12) + 1
	if month <= 2 {
		year--
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	mp := int64((month + 9) % 12)
	doy := (153*mp+2)/5 + int64(day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// CivilFromDays is the date of a day number.
func CivilFromDays(days int64) (year int64, month, day int) {
	days += 719468
	era := floorDiv(days, 146097)
	doe := days - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp) + 3
	year = yoe + era*400
	if month > 12 {
		month -= 12
	}
	if month <= 2 {
		year++
	}
	return year, month, day
}

// DaysInMonth is the length of a month 1..12.
func DaysInMonth(year int64, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// SplitMicros splits an instant into its UTC day and the µs within it.
func SplitMicros(us int64) (days, micros int64) {
	days = floorDiv(us, MicrosPerDay)
	return days, us - days*MicrosPerDay
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// IsInfinite tells whether an instant is one of the infinities.
func IsInfinite(us int64) bool { return us == TimestampInfinity || us == TimestampNegInfinity }

// ToTime is the instant us as a time.Time in loc (nil: UTC).
func ToTime(us int64, loc *time.Location) time.Time {
	t := time.UnixMicro(us)
	if loc == nil {
		return t.UTC()
	}
	return t.In(loc)
}

// ZoneOffset is the offset of loc from UTC at the instant us, in seconds east.
func ZoneOffset(us int64, loc *time.Location) int {
	if loc == nil || loc == time.UTC {
		return 0
	}
	_, off := ToTime(us, loc).Zone()
	return off
}

// LocalToInstant reads the wall-clock reading local (µs as if in UTC) in loc. A
// reading that does not exist (a spring gap) is taken with the offset before the
// change, one that exists twice with the offset after it, as PostgreSQL does.
func LocalToInstant(local int64, loc *time.Location) int64 {
	if loc == nil || loc == time.UTC || IsInfinite(local) {
		return local
	}
	before := ZoneOffset(local-MicrosPerDay, loc)
	after := ZoneOffset(local+MicrosPerDay, loc)
	asBefore := local - int64(before)*MicrosPerSecond
	if before == after && ZoneOffset(asBefore, loc) == before {
		return asBefore
	}
	asAfter := local - int64(after)*MicrosPerSecond
	beforeOK := ZoneOffset(asBefore, loc) == before
	afterOK := ZoneOffset(asAfter, loc) == after
	if afterOK && (!beforeOK || before > after) {
		return asAfter
	}
	return asBefore
}

// InstantToLocal is the wall-clock reading in loc at the instant us.
func InstantToLocal(us int64, loc *time.Location) int64 {
	if IsInfinite(us) {
		return us
	}
	return us + int64(ZoneOffset(us, loc))*MicrosPerSecond
}

// append2 appends n with at least two digits.
func append2(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10%10), byte('0'+n%10))
}

// appendYear appends a year of at least four digits; BC years as PostgreSQL
// counts them (the caller adds BC).
func appendYear(dst []byte, year int64) []byte {
	if year <= 0 {
		year = 1 - year
	}
	for lim := int64(1000); lim > 1 && year < lim; lim /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, year, 10)
}

// AppendDate appends a day number as yyyy-mm-dd (BC, infinity as PostgreSQL).
func AppendDate(dst []byte, days int64) []byte {
	switch days {
	case DateInfinity:
		return append(dst, "infinity"...)
	case DateNegInfinity:
		return append(dst, "-infinity"...)
	}
	y, m, d := CivilFromDays(days)
	dst = append2(append(append2(append(appendYear(dst, y), '-'), m), '-'), d)
	if y <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

// AppendTime appends µs since midnight as hh:mm:ss[.ffffff], without trailing
// zeros.
func AppendTime(dst []byte, us int64) []byte {
	dst = append2(append(append2(append(append2(dst, int(us/MicrosPerHour)), ':'),
		int(us/MicrosPerMinute%60)), ':'), int(us/MicrosPerSecond%60))
	return appendFraction(dst, us%MicrosPerSecond)
}

// appendFraction appends .ffffff of 0 <= us < 1 s without trailing zeros.
func appendFraction(dst []byte, us int64) []byte {
	if us == 0 {
		return dst
	}
	dst = append(dst, '.')
	for lim := int64(100000); us > 0; lim /= 10 {
		dst = append(dst, byte('0'+us/lim))
		us %= lim
	}
	return dst
}

// AppendTimestamp appends an instant as PostgreSQL prints it in loc:
// 2026-11-20 04:38:16.682764+00.
func AppendTimestamp(dst []byte, us int64, loc *time.Location) []byte {
	switch us {
	case TimestampInfinity:
		return append(dst, "infinity"...)
	case TimestampNegInfinity:
		return append(dst, "-infinity"...)
	}
	off := ZoneOffset(us, loc)
	days, micros := SplitMicros(us + int64(off)*MicrosPerSecond)
	y, m, d := CivilFromDays(days)
	dst = append2(append(append2(append(appendYear(dst, y), '-'), m), '-'), d)
	dst = AppendTime(append(dst, ' '), micros)
	dst = appendOffset(dst, off)
	if y <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

func appendOffset(dst []byte, off int) []byte {
	if off < 0 {
		dst, off = append(dst, '-'), -off
	} else {
		dst = append(dst, '+')
	}
	dst = append2(dst, off/3600)
	if off%3600 != 0 {
		dst = append2(append(dst, ':'), off/60%60)
	}
	if off%60 != 0 {
		dst = append2(append(dst, ':'), off%60)
	}
	return dst
}

// AppendTimestampISO appends an instant as 2026-11-20T04:38:16.682Z: no
// fraction when it is whole seconds, three digits, or six when there are µs.
// Years before 1 and the infinities are as PostgreSQL writes them.
func AppendTimestampISO(dst []byte, us int64) []byte {
	if IsInfinite(us) {
		return AppendTimestamp(dst, us, nil)
	}
	days, micros := SplitMicros(us)
	y, m, d := CivilFromDays(days)
	dst = append2(append(append2(append(appendYear(dst, y), '-'), m), '-'), d)
	dst = append(AppendTimeISO(append(dst, 'T'), micros), 'Z')
	if y <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

// AppendTimeISO appends hh:mm:ss, with three or six digits of a fraction.
func AppendTimeISO(dst []byte, us int64) []byte {
	frac := us % MicrosPerSecond
	dst = AppendTime(dst, us-frac)
	switch {
	case frac == 0:
	case frac%1000 == 0:
		dst = append(dst, '.', byte('0'+frac/100000), byte('0'+frac/10000%10), byte('0'+frac/1000%10))
	default:
		dst = append(dst, '.')
		for lim := int64(100000); lim > 0; lim /= 10 {
			dst = append(dst, byte('0'+frac/lim%10))
		}
	}
	return dst
}
