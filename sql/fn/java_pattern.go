package fn

import (
	"strings"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// javaPattern is a parsed pattern of Java's DateTimeFormatter: letters of one
// kind in a row are a field, other text is literal, [ ] is optional when
// parsing.
type javaPattern []javaField

type javaField struct {
	letter byte // 0: literal; '[' and ']': optional section
	count  int
	text   string
}

const (
	javaDateLetters = "GyuMLdDEeQqwYc"
	javaTimeLetters = "aHkKhmsSnNA"
	javaZoneLetters = "VzOXxZ"
)

func parseJavaPattern(p string) (javaPattern, error) {
	var out javaPattern
	for i := 0; i < len(p); {
		c := p[i]
		switch {
		case c == '\'':
			text, n, ok := javaQuoted(p[i:])
			if !ok {
				return nil, errPattern(p)
			}
			out = append(out, javaField{text: text})
			i += n
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(p) && p[i+n] == c {
				n++
			}
			if strings.IndexByte(javaDateLetters+javaTimeLetters+javaZoneLetters, c) < 0 || n > 9 {
				return nil, errPattern(p)
			}
			out = append(out, javaField{letter: c, count: n})
			i += n
		case c == '[' || c == ']':
			out = append(out, javaField{letter: c})
			i++
		case c == '{' || c == '}' || c == '#':
			return nil, errPattern(p)
		default:
			out = append(out, javaField{text: p[i : i+1]})
			i++
		}
	}
	return out, nil
}

// javaQuoted reads a quoted literal at the front of p; ” is a quote.
func javaQuoted(p string) (text string, n int, ok bool) {
	if strings.HasPrefix(p, "''") {
		return "'", 2, true
	}
	for i := 1; i < len(p); i++ {
		if p[i] != '\'' {
			text += p[i : i+1]
			continue
		}
		if i+1 < len(p) && p[i+1] == '\'' {
			text += "'"
			i++
			continue
		}
		return text, i + 1, true
	}
	return "", 0, false
}

func errPattern(p string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "invalid date/time pattern %q", p)
}

// uses tells whether a field of the letters occurs.
func (p javaPattern) uses(letters string) bool {
	for _, f := range p {
		if f.letter != 0 && strings.IndexByte(letters, f.letter) >= 0 {
			return true
		}
	}
	return false
}

// format renders a wall-clock time with its zone.
func (p javaPattern) format(t time.Time) string {
	var b []byte
	for _, f := range p {
		switch f.letter {
		case 0:
			b = append(b, f.text...)
		case '[', ']':
		default:
			b = f.append(b, t)
		}
	}
	return string(b)
}

func (f javaField) append(b []byte, t time.Time) []byte {
	if n, ok := f.number(t); ok {
		if f.count == 2 && strings.IndexByte("yuY", f.letter) >= 0 {
			n %= 100
		}
		return appendPadded(b, n, f.count)
	}
	switch f.letter {
	case 'G':
		if t.Year() > 0 {
			return append(b, "AD"...)
		}
		return append(b, "BC"...)
	case 'M', 'L':
		return appendName(b, t.Month().String(), f.count)
	case 'E', 'e', 'c':
		return appendName(b, t.Weekday().String(), f.count)
	case 'a':
		if t.Hour() < 12 {
			return append(b, "AM"...)
		}
		return append(b, "PM"...)
	case 'S':
		digits := appendPadded(nil, int64(t.Nanosecond()), 9)
		return append(b, digits[:f.count]...)
	}
	return f.appendZone(b, t)
}

// number is the value of a field printed in digits.
func (f javaField) number(t time.Time) (int64, bool) {
	switch f.letter {
	case 'y', 'u':
		y := int64(t.Year())
		if f.letter == 'y' && y <= 0 {
			y = 1 - y
		}
		return y, true
	case 'Y':
		y, _ := t.ISOWeek()
		return int64(y), true
	case 'w':
		_, w := t.ISOWeek()
		return int64(w), true
	case 'M', 'L':
		return int64(t.Month()), f.count < 3
	case 'Q', 'q':
		return int64(t.Month()+2) / 3, f.count < 3
	case 'd':
		return int64(t.Day()), true
	case 'D':
		return int64(t.YearDay()), true
	case 'e', 'c':
		return int64(t.Weekday()) + 1, f.count < 3
	case 'H':
		return int64(t.Hour()), true
	case 'k':
		return int64(t.Hour()+23)%24 + 1, true
	case 'K':
		return int64(t.Hour()) % 12, true
	case 'h':
		return int64(t.Hour()+11)%12 + 1, true
	case 'm':
		return int64(t.Minute()), true
	case 's':
		return int64(t.Second()), true
	case 'n':
		return int64(t.Nanosecond()), true
	case 'A', 'N':
		n := int64(t.Hour()*3600+t.Minute()*60+t.Second())*1e9 + int64(t.Nanosecond())
		if f.letter == 'A' {
			n /= 1e6
		}
		return n, true
	}
	return 0, false
}

func appendPadded(b []byte, n int64, width int) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	var digits [20]byte
	i := len(digits)
	for ; n > 0 || i == len(digits); n /= 10 {
		i--
		digits[i] = byte('0' + n%10)
	}
	for len(digits)-i < width && i > 0 {
		i--
		digits[i] = '0'
	}
	return append(b, digits[i:]...)
}

func appendName(b []byte, name string, count int) []byte {
	switch {
	case count == 5:
		return append(b, name[:1]...)
	case count == 4:
		return append(b, name...)
	}
	return append(b, name[:3]...)
}

func (f javaField) appendZone(b []byte, t time.Time) []byte {
	name, off := t.Zone()
	switch f.letter {
	case 'V':
		if loc := t.Location().String(); loc != "" {
			return append(b, loc...)
		}
		return append(b, "UTC"...)
	case 'z':
		return append(b, name...)
	case 'O':
		if off == 0 {
			return append(b, "GMT"...)
		}
		return appendOffset(append(b, "GMT"...), off, ":", f.count == 4)
	case 'X':
		if off == 0 {
			return append(b, 'Z')
		}
	case 'Z':
		switch f.count {
		case 4:
			if off == 0 {
				return append(b, "GMT"...)
			}
			return appendOffset(append(b, "GMT"...), off, ":", true)
		case 5:
			if off == 0 {
				return append(b, 'Z')
			}
			return appendOffset(b, off, ":", true)
		}
		return appendOffset(b, off, "", true)
	}
	switch f.count {
	case 1:
		return appendOffset(b, off, "", off%3600 != 0)
	case 2, 4:
		return appendOffset(b, off, "", true)
	}
	return appendOffset(b, off, ":", true)
}

func appendOffset(b []byte, off int, sep string, minutes bool) []byte {
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	b = appendPadded(append(b, sign), int64(off/3600), 2)
	if minutes {
		b = appendPadded(append(b, sep...), int64(off/60%60), 2)
	}
	return b
}

// javaTime is what a text said. Fields not said are those of 1970-01-01T00:00.
type javaTime struct {
	year, month, day, yearDay    int64
	hour, minute, second, micros int64
	pm, half                     bool // half: hour is of 12
	bc                           bool
	zone                         *time.Location
}

// local is the wall clock as µs since 1970.
func (j *javaTime) local() (int64, bool) {
	if j.half {
		j.hour %= 12
		if j.pm {
			j.hour += 12
		}
	}
	if j.bc {
		j.year = 1 - j.year
	}
	if j.month < 1 || j.month > 12 || j.year < -4000 || j.year > 290000 ||
		j.hour > 23 || j.minute > 59 || j.second > 59 {
		return 0, false
	}
	days := types.DaysFromCivil(j.year, int(j.month), int(j.day))
	if j.yearDay > 0 {
		days = types.DaysFromCivil(j.year, 1, 1) + j.yearDay - 1
	} else if j.day < 1 || j.day > int64(types.DaysInMonth(j.year, int(j.month))) {
		return 0, false
	}
	return days*types.MicrosPerDay + (j.hour*3600+j.minute*60+j.second)*1000000 + j.micros, true
}
