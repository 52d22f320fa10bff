package types

import (
	"math"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// intervalUnit is what one of a unit is worth: months, days or µs.
type intervalUnit struct {
	months, days, micros int64
}

var intervalUnits = func() map[string]intervalUnit {
	m := map[string]intervalUnit{}
	add := func(u intervalUnit, names string) {
		for _, n := range strings.Fields(names) {
			m[n] = u
		}
	}
	add(intervalUnit{micros: 1}, "us usec usecs usecond useconds microsecond microseconds")
	add(intervalUnit{micros: 1000}, "ms msec msecs msecond mseconds millisecond milliseconds")
	add(intervalUnit{micros: MicrosPerSecond}, "s sec secs second seconds")
	add(intervalUnit{micros: MicrosPerMinute}, "m min mins minute minutes")
	add(intervalUnit{micros: MicrosPerHour}, "h hr hrs hour hours")
	add(intervalUnit{days: 1}, "d day days")
	add(intervalUnit{days: 7}, "w week weeks")
	add(intervalUnit{months: 1}, "mon mons month months")
	add(intervalUnit{months: 3}, "qtr qtrs quarter quarters")
	add(intervalUnit{months: 12}, "y yr yrs year years")
	add(intervalUnit{months: 120}, "decade decades dec decs")
	add(intervalUnit{months: 1200}, "c cent century centuries")
	add(intervalUnit{months: 12000}, "mil mils millennium millennia")
	return m
}()

// intervalOverflow is SQLSTATE interval_field_overflow.
const intervalOverflow = "22015"

// spanSum adds up the fields of an interval text.
type spanSum struct {
	months, days float64 // checked before they become integers
	exact        int64   // µs
	bad          bool
}

// add counts n of a unit; a fraction of a month spills into days (30), of a day
// into µs, as PostgreSQL does.
func (s *spanSum) add(whole int64, frac float64, u intervalUnit) {
	switch {
	case u.months > 0:
		s.months += float64(whole) * float64(u.months)
		m := frac * float64(u.months)
		wm := math.Trunc(m)
		s.months += wm
		if u.months == 1 {
			s.spillDays((m - wm) * daysPerMonth)
		} else {
			s.months += math.Round((m - wm))
		}
	case u.days > 0:
		s.days += float64(whole) * float64(u.days)
		s.spillDays(frac * float64(u.days))
	default:
		f := float64(whole) * float64(u.micros)
		if math.Abs(f) >= math.MaxInt64 {
			s.bad = true
			return
		}
		s.addExact(whole*u.micros + int64(math.RoundToEven(frac*float64(u.micros))))
	}
}

func (s *spanSum) spillDays(d float64) {
	wd := math.Trunc(d)
	s.days += wd
	s.addExact(int64(math.RoundToEven((d - wd) * MicrosPerDay)))
}

func (s *spanSum) addExact(us int64) {
	sum := s.exact + us
	if (sum > s.exact) != (us > 0) && us != 0 {
		s.bad = true
	}
	s.exact = sum
}

func (s *spanSum) span(sign int64) (Span, bool) {
	if s.bad || math.Abs(s.months) > math.MaxInt32 || math.Abs(s.days) > math.MaxInt32 {
		return Span{}, false
	}
	return Span{
		Months: int32(sign) * int32(s.months), Days: int32(sign) * int32(s.days), Micros: sign * s.exact,
	}, true
}

// ParseSpan reads an interval: PostgreSQL's words ('1 day 02:03:04', '@ 1
// minute ago'), the SQL standard's ('1-2', '3 4:05:06') and ISO 8601
// ('P1Y2DT3H'). A bare number is seconds. 22007, 22015.
func ParseSpan(s string) (Span, error) { return ParseSpanFields(s, "") }

// ParseSpanFields is ParseSpan of INTERVAL 'text' FIELDS: fields, upper case
// ("HOUR TO MINUTE", ""), gives the unit of a bare number and cuts finer units.
func ParseSpanFields(s, fields string) (Span, error) {
	sum, ago, ok := parseSpan(s, fields)
	if !ok {
		return Span{}, sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type interval: \"%s\"", s)
	}
	sign := int64(1)
	if ago {
		sign = -1
	}
	out, ok := sum.span(sign)
	if !ok {
		return Span{}, sqlerr.New(intervalOverflow, "interval field value out of range: \"%s\"", s)
	}
	return truncateSpan(out, fields), nil
}

// truncateSpan drops what is finer than the last of fields.
func truncateSpan(s Span, fields string) Span {
	switch fields[strings.LastIndexByte(fields, ' ')+1:] {
	case "YEAR":
		return Span{Months: s.Months / 12 * 12}
	case "MONTH":
		return Span{Months: s.Months}
	case "DAY":
		return Span{Months: s.Months, Days: s.Days}
	case "HOUR":
		s.Micros -= s.Micros % MicrosPerHour
	case "MINUTE":
		s.Micros -= s.Micros % MicrosPerMinute
	}
	return s
}

const maxSpanText = 256

func parseSpan(s, fields string) (sum spanSum, ago, ok bool) {
	t := strings.ToLower(strings.TrimSpace(s))
	if len(t) > maxSpanText || t == "" {
		return sum, false, false
	}
	if body := strings.TrimPrefix(t, "-"); body[:min(1, len(body))] == "p" {
		return sum, body != t, parseISOSpan(&sum, body[1:])
	}
	t = strings.TrimSpace(strings.TrimPrefix(t, "@"))
	if u, found := strings.CutSuffix(t, "ago"); found {
		t, ago = strings.TrimSpace(u), true
	}
	if t == "" {
		return sum, false, false
	}
	for t != "" {
		if t, ok = sum.field(t, fields); !ok {
			return sum, false, false
		}
		t = strings.TrimLeft(t, " \t\n,")
	}
	return sum, ago, true
}

// field consumes [sign] number [unit], hh:mm[:ss] or y-m.
func (s *spanSum) field(t, fields string) (string, bool) {
	sign, body := cutSign(t)
	n := 0
	for n < len(body) && isDigit(body[n]) {
		n++
	}
	if n > 0 && n < len(body) {
		switch body[n] {
		case ':':
			return s.clock(sign, body, fields)
		case '-':
			return s.yearMonth(sign, body, n)
		}
	}
	whole, frac, rest, ok := cutNumber(body)
	if !ok {
		return "", false
	}
	rest = strings.TrimLeft(rest, " ")
	w := leadingWord(rest)
	u, known := intervalUnits[w]
	switch {
	case w == "" && rest == "":
		u = fieldUnit(fields)
	case w == "" && isDaysBeforeClock(rest):
		u = intervalUnit{days: 1}
	case !known:
		return "", false
	}
	s.add(sign*whole, float64(sign)*frac, u)
	return rest[len(w):], true
}

func cutSign(t string) (int64, string) {
	switch {
	case t[0] == '-':
		return -1, strings.TrimLeft(t[1:], " ")
	case t[0] == '+':
		return 1, strings.TrimLeft(t[1:], " ")
	}
	return 1, t
}

// cutNumber consumes digits[.digits].
func cutNumber(t string) (whole int64, frac float64, rest string, ok bool) {
	n := 0
	for n < len(t) && isDigit(t[n]) {
		n++
	}
	f := n
	if f < len(t) && t[f] == '.' {
		for f++; f < len(t) && isDigit(t[f]); f++ {
		}
	}
	if f == 0 || f == 1 && n == 0 {
		return 0, 0, "", false
	}
	if n > 0 {
		var err error
		if whole, err = strconv.ParseInt(t[:n], 10, 64); err != nil {
			whole = math.MaxInt64
		}
	}
	if f > n+1 {
		frac, _ = strconv.ParseFloat("0"+t[n:f], 64)
	}
	return whole, frac, t[f:], true
}

// isDaysBeforeClock tells whether rest is a time of day, so that the number
// before it counts days.
func isDaysBeforeClock(rest string) bool {
	rest = strings.TrimLeft(rest, "+-")
	n := 0
	for n < len(rest) && isDigit(rest[n]) {
		n++
	}
	return n > 0 && n < len(rest) && rest[n] == ':'
}

// fieldUnit is the unit of a bare number.
func fieldUnit(fields string) intervalUnit {
	last := strings.ToLower(fields[strings.LastIndexByte(fields, ' ')+1:])
	if u, ok := intervalUnits[last]; ok {
		return u
	}
	return intervalUnits["second"]
}

// clock consumes h:mm[:ss[.f]], with any number of hours; with two parts and
// MINUTE TO SECOND it is mm:ss.
func (s *spanSum) clock(sign int64, t, fields string) (string, bool) {
	var part [3]int64
	k := 0
	for {
		n := 0
		for n < len(t) && isDigit(t[n]) {
			n++
		}
		if n == 0 || n > 18 || k > 0 && n > 2 {
			return "", false
		}
		part[k], _ = strconv.ParseInt(t[:n], 10, 64)
		t = t[n:]
		if k++; k == 3 || t == "" || t[0] != ':' {
			break
		}
		t = t[1:]
	}
	us, t := fraction(t)
	if k == 2 && fields == "MINUTE TO SECOND" {
		part = [3]int64{0, part[0], part[1]}
	}
	if part[1] > 59 || part[2] > 60 || k > 3 {
		s.bad = true
	}
	if part[0] > math.MaxInt64/MicrosPerHour-1 {
		s.bad = true
		return t, true
	}
	s.addExact(sign * (part[0]*MicrosPerHour + part[1]*MicrosPerMinute + part[2]*MicrosPerSecond + us))
	return t, true
}

// yearMonth consumes y-m; the year ends at n.
func (s *spanSum) yearMonth(sign int64, t string, n int) (string, bool) {
	m := n + 1
	for m < len(t) && isDigit(t[m]) {
		m++
	}
	if m == n+1 || n > 9 || m > n+3 {
		return "", false
	}
	months := int64(atoi(t[n+1 : m]))
	if months > 11 {
		s.bad = true
	}
	s.months += float64(sign * (int64(atoi(t[:n]))*12 + months))
	return t[m:], true
}

// parseISOSpan reads what follows the P of an ISO 8601 duration.
func parseISOSpan(s *spanSum, t string) bool {
	if t == "" || t == "t" {
		return false
	}
	clock := false
	for t != "" {
		if t[0] == 't' && !clock {
			if clock, t = true, t[1:]; t == "" {
				return true // PostgreSQL takes a T with nothing behind it
			}
		}
		sign, body := cutSign(t)
		whole, frac, rest, ok := cutNumber(body)
		if !ok || rest == "" {
			return false
		}
		u, ok := isoUnit(rest[0], clock)
		if !ok {
			return false
		}
		s.add(sign*whole, float64(sign)*frac, u)
		t = rest[1:]
	}
	return true
}

func isoUnit(c byte, clock bool) (intervalUnit, bool) {
	name, ok := map[byte]string{'y': "year", 'm': "month", 'w': "week", 'd': "day"}[c]
	if clock {
		name, ok = map[byte]string{'h': "hour", 'm': "minute", 's': "second"}[c]
	}
	return intervalUnits[name], ok
}
