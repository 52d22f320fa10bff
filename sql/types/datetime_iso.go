package types

import "time"

// isoTimestamp reads yyyy-mm-dd[T ]hh:mm:ss[.ffffff][Z|±hh[:mm]], the form nearly
// all records use, without allocating. False: let the full parser decide.
func isoTimestamp(s string, loc *time.Location) (int64, bool) {
	if len(s) < 19 || len(s) > 32 || s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != ' ' || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	y1, y2, m, d := two(s, 0), two(s, 2), two(s, 5), two(s, 8)
	hh, mm, ss := two(s, 11), two(s, 14), two(s, 17)
	year := int64(y1*100 + y2)
	if y1|y2|m|d|hh|mm|ss < 0 || year < 1 || m < 1 || m > 12 || d < 1 || d > DaysInMonth(year, m) || hh > 23 || mm > 59 || ss > 59 {
		return 0, false
	}
	us := DaysFromCivil(year, m, d)*MicrosPerDay + int64(hh)*MicrosPerHour + int64(mm)*MicrosPerMinute + int64(ss)*MicrosPerSecond
	frac, rest := fraction(s[19:])
	us += frac
	switch {
	case rest == "":
		return LocalToInstant(us, loc), true
	case rest == "Z":
		return us, true
	case rest[0] != '+' && rest[0] != '-', len(rest) != 3 && len(rest) != 6, len(rest) == 6 && rest[3] != ':':
		return 0, false
	}
	off := two(rest, 1) * 60
	if len(rest) == 6 {
		min := two(rest, 4)
		if min < 0 || min > 59 {
			return 0, false
		}
		off += min
	}
	if off < 0 || off > 15*60+59 {
		return 0, false
	}
	if rest[0] == '-' {
		off = -off
	}
	return us - int64(off)*MicrosPerMinute, true
}

// two reads two digits at i, -1 when they are not.
func two(s string, i int) int {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}
