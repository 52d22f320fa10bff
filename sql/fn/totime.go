package fn

import (
	"strings"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// readTemplate reads a text by a PostgreSQL template (to_date, to_timestamp).
// Fields not given are those of 0001-01-01 00:00; a separator matches any run
// of separators.
func readTemplate(s, template string) (javaTime, error) {
	j := javaTime{year: 1, month: 1, day: 1}
	toks := readCharTemplate(template)
	for i, tok := range toks {
		if tok.word == "" {
			s = skipLiteral(s, tok.text)
			continue
		}
		s = strings.TrimLeft(s, " ")
		adjacent := i+1 < len(toks) && toks[i+1].word != ""
		rest, err := tok.read(s, &j, adjacent)
		if err != nil {
			return j, err
		}
		s = rest
	}
	return j, nil
}

// skipLiteral passes over literal text: a letter or digit stands for any one
// character, a separator for any separators there.
func skipLiteral(s, text string) string {
	for _, c := range []byte(text) {
		isWord := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if isWord {
			if s != "" {
				s = s[1:]
			}
			continue
		}
		for s != "" && strings.IndexByte(" -/.,:;_", s[0]) >= 0 {
			s = s[1:]
		}
	}
	return s
}

// read takes the field from the front of s.
func (t charToken) read(s string, j *javaTime, adjacent bool) (string, error) {
	w := strings.ToUpper(t.word)
	switch w {
	case "AM", "PM", "A.M.", "P.M.":
		mark := strings.ReplaceAll(strings.ToUpper(s[:min(len(s), len(w))]), ".", "")
		j.half, j.pm = true, strings.HasPrefix(mark, "P")
		return s[min(len(s), len(w)):], nil
	case "BC", "AD", "B.C.", "A.D.":
		j.bc = hasAnyPrefixFold(s, "B")
		return s[min(len(s), len(w)):], nil
	case "MONTH", "MON":
		for m := time.January; m <= time.December; m++ {
			for _, name := range []string{m.String(), m.String()[:3]} {
				if hasAnyPrefixFold(s, name) {
					j.month = int64(m)
					return s[len(name):], nil
				}
			}
		}
		return s, errTemplate(s, w)
	case "DAY", "DY":
		for d := time.Sunday; d <= time.Saturday; d++ {
			for _, name := range []string{d.String(), d.String()[:3]} {
				if hasAnyPrefixFold(s, name) {
					return s[len(name):], nil
				}
			}
		}
		return s, errTemplate(s, w)
	case "TZ", "TZH", "OF":
		return readTemplateZone(s, j, w)
	}
	return t.readNumber(s, j, w, adjacent)
}

func errTemplate(s, w string) error {
	return sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", s[:min(len(s), 20)], w)
}

func readTemplateZone(s string, j *javaTime, w string) (string, error) {
	end := 0
	for end < len(s) && strings.IndexByte(" ,;)", s[end]) < 0 {
		end++
	}
	loc, err := types.LoadZone(s[:end])
	if err != nil {
		return s, errTemplate(s, w)
	}
	j.zone = loc
	return s[end:], nil
}

// templateWidths are the digits a field takes at most.
var templateWidths = map[string]int{
	"HH24": 2, "HH12": 2, "HH": 2, "MI": 2, "SS": 2, "SSSS": 5, "SSSSS": 5, "MS": 3, "US": 6,
	"FF1": 1, "FF2": 2, "FF3": 3, "FF4": 4, "FF5": 5, "FF6": 6,
	"YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "IYYY": 4, "MM": 2, "DD": 2, "DDD": 3, "D": 1, "ID": 1, "Q": 1, "J": 7, "CC": 2, "WW": 2, "IW": 2, "W": 1,
	"TZM": 2,
}

func (t charToken) readNumber(s string, j *javaTime, w string, adjacent bool) (string, error) {
	width, ok := templateWidths[w]
	if !ok {
		return s, sqlerr.Unsupported("template pattern \"%s\" for reading", t.word)
	}
	if (w == "YYYY" || !t.fill) && !adjacent {
		width = 9
	}
	n, used := int64(0), 0
	neg := w == "YYYY" && strings.HasPrefix(s, "-")
	if neg {
		s = s[1:]
	}
	for used < len(s) && used < width && s[used] >= '0' && s[used] <= '9' {
		n = n*10 + int64(s[used]-'0')
		used++
	}
	if used == 0 {
		return s, errTemplate(s, w)
	}
	if neg {
		n = -n + 1
	}
	if !t.store(j, w, n, used) {
		return s, sqlerr.New(sqlerr.DatetimeOverflow, "date/time field value out of range: \"%s\"", s)
	}
	return s[used:], nil
}

// store puts a field in place; used is the number of digits it had.
func (t charToken) store(j *javaTime, w string, n int64, used int) bool {
	switch w {
	case "HH24":
		j.hour, j.half = n, false
		return n < 25
	case "HH12", "HH":
		j.hour, j.half = n, true
		return n >= 1 && n <= 12
	case "MI":
		j.minute = n
	case "SS":
		j.second = n
	case "SSSS", "SSSSS":
		j.hour, j.minute, j.second, j.half = n/3600, n/60%60, n%60, false
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		for ; used < 6; used++ {
			n *= 10
		}
		j.micros = n
	case "YYYY", "IYYY":
		j.year = n
	case "YYY", "YY", "Y":
		j.year = n + 2000
		if used <= 2 && n >= 70 {
			j.year = n + 1900
		}
	case "CC":
		j.year = (n-1)*100 + 1
	case "MM":
		j.month = n
	case "DD":
		j.day = n
	case "DDD":
		j.yearDay = n
		return n >= 1 && n <= 366
	case "J":
		y, m, d := types.CivilFromDays(n - 2440588)
		j.year, j.month, j.day = y, int64(m), int64(d)
	case "Q", "D", "ID", "WW", "IW", "W", "TZM":
	}
	return true
}
