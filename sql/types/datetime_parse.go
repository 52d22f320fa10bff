package types

import (
	"strconv"
	"strings"
	"time"
)

// dateTime is what a date/time text says: the fields found in it.
type dateTime struct {
	year               int64
	month, day         int
	micros             int64 // of the day; 24:00 is allowed
	hasDate, hasTime   bool
	bc                 bool
	zone               *time.Location // nil: none given
	special            string         // "infinity", "-infinity", "epoch"
	ampm               byte           // 'a', 'p' or 0
	looseYear, looseMD []int          // numbers of a date written with a month's name
}

var monthNames = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

var monthLong = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

var weekdays = "mon tue wed thu fri sat sun tues weds thur thurs monday tuesday wednesday thursday friday saturday sunday"

// parse failures, told apart by parseDateTime's callers.
type dtStatus uint8

const (
	dtOK           dtStatus = iota
	dtSyntax                // not a date/time text
	dtRange                 // a field out of range
	dtZone                  // no such time zone
	dtDisplacement          // a time zone too far from UTC
)

// maxDateTimeText bounds the text looked at, as PostgreSQL's MAXDATELEN does.
const maxDateTimeText = 128

// parseDateTime reads every form of date, time and instant PostgreSQL's ISO,
// SQL and month-name inputs share: yyyy-mm-dd, yyyymmdd, m/d/yyyy, Nov 20 2026,
// hh:mm[:ss[.f]] [am|pm], T or blank between them, a zone as offset,
// abbreviation or name, BC, and the words epoch and infinity.
func parseDateTime(s string) (dt dateTime, st dtStatus) {
	if len(s) > maxDateTimeText {
		return dt, dtSyntax
	}
	rest := strings.TrimSpace(s)
	switch w := strings.ToLower(rest); w {
	case "infinity", "+infinity", "-infinity", "epoch":
		dt.special = strings.TrimPrefix(w, "+")
		return dt, dtOK
	case "":
		return dt, dtSyntax
	}
	for rest != "" && st == dtOK {
		rest, st = dt.field(rest)
		dt.joinLoose()
		rest = strings.TrimLeft(rest, " \t\n,")
	}
	if st != dtOK {
		return dt, st
	}
	return dt, dt.finish()
}

// field consumes one field of the text.
func (dt *dateTime) field(s string) (rest string, st dtStatus) {
	c := s[0]
	switch {
	case isDigit(c):
		return dt.numeric(s)
	case c == '+' || c == '-':
		n := 1
		for n < len(s) && (isDigit(s[n]) || s[n] == ':') {
			n++
		}
		off, ok := parseOffset(s[:n])
		switch {
		case !dt.hasTime && !dt.hasDate || dt.zone != nil:
			return "", dtSyntax
		case !ok:
			return "", dtDisplacement
		}
		dt.zone = fixedZone(off)
		return s[n:], dtOK
	case isLetter(c):
		return dt.word(s)
	case c == '[': // Java's zone id: 2026-11-20T04:38:16Z[UTC]
		end := strings.IndexByte(s, ']')
		if end < 0 || dt.zone == nil {
			return "", dtSyntax
		}
		return s[end+1:], dtOK
	}
	return "", dtSyntax
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// numeric consumes a field that begins with a digit.
func (dt *dateTime) numeric(s string) (string, dtStatus) {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	next := byte(0)
	if n < len(s) {
		next = s[n]
	}
	switch {
	case next == ':' && !dt.hasTime:
		return dt.clock(s)
	case dt.looseMD != nil && len(dt.looseYear) < 2 && n <= 6:
		dt.looseYear = append(dt.looseYear, atoi(s[:n]))
		return strings.TrimPrefix(s[n:], "-"), dtOK
	case (next == '-' || next == '/' || next == '.') && !dt.hasDate && len(s) > n+1:
		return dt.date(s, n, next)
	case n == 8 && !dt.hasDate:
		return s[n:], dt.setDate(s[:4], s[4:6], s[6:8])
	case (n == 6 || n == 4) && dt.hasDate && !dt.hasTime:
		return dt.compactClock(s, n)
	case n <= 2 && (next == ' ' || isLetter(next)) && isMeridian(strings.TrimLeft(s[n:], " ")) && !dt.hasTime:
		return s[n:], dt.setClock(atoi(s[:n]), 0, 0, 0)
	case n <= 6 && !dt.hasDate: // part of a date with a month's name
		dt.looseYear = append(dt.looseYear, atoi(s[:n]))
		return strings.TrimPrefix(s[n:], "-"), dtOK
	}
	return "", dtSyntax
}

func isMeridian(s string) bool {
	w := strings.ToLower(leadingWord(s))
	return w == "am" || w == "pm"
}

func leadingWord(s string) string {
	n := 0
	for n < len(s) && isLetter(s[n]) {
		n++
	}
	return s[:n]
}

// date consumes a date of three fields; the first ends at n with separator sep.
func (dt *dateTime) date(s string, n int, sep byte) (string, dtStatus) {
	first := s[:n]
	rest := s[n+1:]
	second, rest := dateField(rest)
	if len(second) == 3 && sep == '-' && isDigit(second[0]) && (rest == "" || rest[0] != '-') {
		return rest, dt.setDayOfYear(first, atoi(second))
	}
	if second == "" || rest == "" || rest[0] != sep {
		return "", dtSyntax
	}
	third, rest := dateField(rest[1:])
	if third == "" {
		return "", dtSyntax
	}
	if m := monthOf(second); m > 0 { // 20-Nov-2026, 2026-Nov-20
		second = strconv.Itoa(m)
		if len(first) <= 2 {
			first, third = third, first
		}
		return rest, dt.setDate(first, second, third)
	}
	if !isDigit(second[0]) {
		return "", dtSyntax
	}
	if len(first) <= 2 && len(third) > 2 { // month, day, year
		return rest, dt.setDate(third, first, second)
	}
	if sep != '-' && len(first) <= 2 {
		return rest, dt.setDate(third, first, second)
	}
	return rest, dt.setDate(first, second, third)
}

func dateField(s string) (field, rest string) {
	if w := leadingWord(s); w != "" {
		if monthOf(w) == 0 {
			return "", s
		}
		return w, s[len(w):]
	}
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

func monthOf(w string) int {
	w = strings.ToLower(w)
	for i := range monthNames {
		if w == monthNames[i] || w == monthLong[i] || i == 8 && w == "sept" {
			return i + 1
		}
	}
	return 0
}

func (dt *dateTime) setDate(year, month, day string) dtStatus {
	if dt.hasDate || len(year) > 7 || len(month) > 2 || len(day) > 2 {
		return dtSyntax
	}
	dt.year, dt.month, dt.day = int64(atoi(year)), atoi(month), atoi(day)
	if len(year) <= 2 { // two digits: 1970 to 2069
		dt.year += 1900
		if dt.year < 1970 {
			dt.year += 100
		}
	}
	dt.hasDate = true
	return dtOK
}

// setDayOfYear takes yyyy-ddd.
func (dt *dateTime) setDayOfYear(year string, day int) dtStatus {
	if st := dt.setDate(year, "1", "1"); st != dtOK {
		return st
	}
	if day < 1 || day > 366 || day == 366 && DaysInMonth(dt.year, 2) == 28 {
		return dtRange
	}
	_, dt.month, dt.day = CivilFromDays(DaysFromCivil(dt.year, 1, day))
	return dtOK
}

// atoi reads at most nine digits.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// clock consumes hh:mm[:ss[.ffffff]].
func (dt *dateTime) clock(s string) (string, dtStatus) {
	var part [3]int
	k := 0
	for {
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		if n == 0 || n > 2 {
			return "", dtSyntax
		}
		part[k] = atoi(s[:n])
		s = s[n:]
		if k++; k == 3 || s == "" || s[0] != ':' {
			break
		}
		s = s[1:]
	}
	frac, s := fraction(s)
	return s, dt.setClock(part[0], part[1], part[2], frac)
}

// fraction consumes .ffffff, rounded to µs; a comma serves too.
func fraction(s string) (us int64, rest string) {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || !isDigit(s[1]) {
		return 0, s
	}
	i, digits := 1, 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		if digits < 6 {
			us = us*10 + int64(s[i]-'0')
		} else if digits == 6 && s[i] >= '5' {
			us++
		}
		digits++
	}
	for ; digits < 6; digits++ {
		us *= 10
	}
	return us, s[i:]
}

// compactClock consumes hhmmss[.f] or hhmm.
func (dt *dateTime) compactClock(s string, n int) (string, dtStatus) {
	sec := 0
	if n == 6 {
		sec = atoi(s[4:6])
	}
	h, m := atoi(s[:2]), atoi(s[2:4])
	frac, rest := fraction(s[n:])
	return rest, dt.setClock(h, m, sec, frac)
}

func (dt *dateTime) setClock(h, m, sec int, frac int64) dtStatus {
	if dt.hasTime {
		return dtSyntax
	}
	dt.hasTime = true
	if h > 24 || m > 59 || sec > 60 || h == 24 && (m > 0 || sec > 0 || frac > 0) {
		return dtRange
	}
	dt.micros = int64(h)*MicrosPerHour + int64(m)*MicrosPerMinute + int64(sec)*MicrosPerSecond + frac
	return dtOK
}

// word consumes a field of letters: T, Z, am, BC, a month, a weekday, a zone.
func (dt *dateTime) word(s string) (string, dtStatus) {
	w := leadingWord(s)
	low := strings.ToLower(w)
	rest := s[len(w):]
	switch low {
	case "t":
		if rest == "" || !isDigit(rest[0]) {
			return "", dtSyntax
		}
		return rest, dtOK
	case "am", "pm":
		if !dt.hasTime || dt.ampm != 0 {
			return "", dtSyntax
		}
		dt.ampm = low[0]
		return rest, dtOK
	case "bc", "ad":
		dt.bc = low == "bc"
		return rest, dtOK
	}
	if m := monthOf(low); m > 0 && !dt.hasDate && dt.looseMD == nil {
		dt.looseMD = []int{m}
		return strings.TrimPrefix(rest, "-"), dtOK
	}
	for _, d := range strings.Fields(weekdays) {
		if d == low {
			return rest, dtOK
		}
	}
	return dt.zoneWord(s)
}

func (dt *dateTime) zoneWord(s string) (string, dtStatus) {
	n := 0
	for n < len(s) && (isLetter(s[n]) || strings.IndexByte("/_-+", s[n]) >= 0 || isDigit(s[n])) {
		n++
	}
	if dt.zone != nil || !dt.hasTime && !dt.hasDate {
		return "", dtSyntax
	}
	loc, err := LoadZone(s[:n])
	if err != nil {
		if strings.IndexByte(s[:n], '/') > 0 {
			return "", dtZone
		}
		return "", dtSyntax
	}
	dt.zone = loc
	return s[n:], dtOK
}

// joinLoose makes a date of a month's name and two numbers, once it has them.
func (dt *dateTime) joinLoose() {
	if dt.looseMD == nil || len(dt.looseYear) != 2 || dt.hasDate {
		return
	}
	d, y := dt.looseYear[0], dt.looseYear[1]
	if d > 31 {
		d, y = y, d
	}
	dt.year, dt.month, dt.day, dt.hasDate = int64(y), dt.looseMD[0], d, true
	dt.looseMD, dt.looseYear = nil, nil
}

// finish checks the fields against each other.
func (dt *dateTime) finish() dtStatus {
	if dt.looseMD != nil || dt.looseYear != nil {
		return dtSyntax
	}
	if dt.ampm != 0 {
		h := dt.micros / MicrosPerHour
		if h < 1 || h > 12 {
			return dtRange
		}
		dt.micros -= h / 12 * 12 * MicrosPerHour
		if dt.ampm == 'p' {
			dt.micros += 12 * MicrosPerHour
		}
	}
	if !dt.hasDate {
		return dtOK
	}
	if dt.year <= 0 || dt.month < 1 || dt.month > 12 || dt.day < 1 {
		return dtRange
	}
	if dt.bc {
		dt.year = 1 - dt.year
	}
	if dt.day > DaysInMonth(dt.year, dt.month) {
		return dtRange
	}
	return dtOK
}
