package types

import (
	"strings"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

// ParseTimestamp reads an instant; a text without a zone is a reading in loc
// (nil: UTC). 22007, 22008, 22023.
func ParseTimestamp(s string, loc *time.Location) (int64, error) {
	if us, ok := isoTimestamp(s, loc); ok {
		return us, nil
	}
	return anyTimestamp(s, loc)
}

// anyTimestamp is ParseTimestamp by the full parser.
func anyTimestamp(s string, loc *time.Location) (int64, error) {
	dt, st := parseDateTime(s)
	if st == dtOK && !dt.hasDate && dt.special == "" {
		st = dtSyntax
	}
	if st != dtOK {
		return 0, dtError(st, "timestamp with time zone", s)
	}
	switch dt.special {
	case "infinity":
		return TimestampInfinity, nil
	case "-infinity":
		return TimestampNegInfinity, nil
	case "epoch":
		return 0, nil
	}
	days := DaysFromCivil(dt.year, dt.month, dt.day)
	if days < minDays || days >= endTimestamp/MicrosPerDay-2 {
		return 0, errTimestampRange(s)
	}
	if dt.zone != nil {
		loc = dt.zone
	}
	us := LocalToInstant(days*MicrosPerDay+dt.micros, loc)
	if us < minTimestamp {
		return 0, errTimestampRange(s)
	}
	return us, nil
}

func errTimestampRange(s string) error {
	return sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range: \"%s\"", s)
}

// ParseDate reads a date; a time after it is ignored. 22007, 22008.
func ParseDate(s string) (int64, error) {
	dt, st := parseDateTime(s)
	if st == dtOK && !dt.hasDate && dt.special == "" {
		st = dtSyntax
	}
	if st != dtOK {
		return 0, dtError(st, "date", s)
	}
	switch dt.special {
	case "infinity":
		return DateInfinity, nil
	case "-infinity":
		return DateNegInfinity, nil
	case "epoch":
		return 0, nil
	}
	days := DaysFromCivil(dt.year, dt.month, dt.day)
	if days < minDays || days > maxDays {
		return 0, sqlerr.New(sqlerr.DatetimeOverflow, "date out of range: \"%s\"", s)
	}
	return days, nil
}

// ParseTime reads a time of day; a date before it and a zone after it are
// ignored. 22007, 22008.
func ParseTime(s string) (int64, error) {
	t := strings.TrimSpace(s)
	if n := len(t) - len(strings.TrimLeft(t, "0123456789")); (n == 4 || n == 6) && (n == len(t) || strings.IndexByte("-/.", t[n]) < 0) {
		if n == 6 {
			t = t[:4] + ":" + t[4:]
		}
		t = t[:2] + ":" + t[2:]
	}
	dt, st := parseDateTime(t)
	if st == dtOK && !dt.hasTime {
		st = dtSyntax
	}
	if st != dtOK {
		return 0, dtError(st, "time", s)
	}
	return dt.micros, nil
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func dtError(st dtStatus, typ, s string) error {
	switch st {
	case dtRange:
		return sqlerr.New(sqlerr.DatetimeOverflow, "date/time field value out of range: \"%s\"", s)
	case dtDisplacement:
		return sqlerr.New(sqlerr.InvalidTimeZone, "time zone displacement out of range: \"%s\"", s)
	case dtZone:
		i := strings.LastIndexAny(strings.TrimSpace(s), " 0123456789")
		return errZone(strings.ToLower(strings.TrimSpace(strings.TrimSpace(s)[i+1:])))
	}
	return sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typ, s)
}
