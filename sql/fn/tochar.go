package fn

import (
	"strings"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// addToChar registers PostgreSQL's formatting functions.
func addToChar(a *adder) {
	const doc = "A value as text by a PostgreSQL template."
	a.row("to_char(x timestamp, template text) text", leat|stable, func(e *Env, v []types.Value) (types.Value, error) {
		us := v[0].(int64)
		if types.IsInfinite(us) || us > endInstant || us < minInstant {
			return nil, nil
		}
		loc := e.Location
		if loc == nil {
			loc = time.UTC
		}
		return charTime(types.ToTime(us, loc), v[1].(string)), nil
	}, doc)
	a.row("to_char(x date, template text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		days := v[0].(int64)
		if days > endInstant/types.MicrosPerDay || days < minInstant/types.MicrosPerDay {
			return nil, nil
		}
		return charTime(types.ToTime(days*types.MicrosPerDay, nil), v[1].(string)), nil
	}, doc)
	a.row("to_char(x time, template text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return charTime(types.ToTime(v[0].(int64), nil), v[1].(string)), nil
	}, doc)
	a.row("to_char(x interval, template text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return charSpan(v[0].(types.Span), v[1].(string))
	}, doc)
	addNumberFormats(a, doc)
	a.row("to_date(s text, template text) date", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		j, err := readTemplate(v[0].(string), v[1].(string))
		if err != nil {
			return nil, err
		}
		us, ok := j.local()
		if !ok {
			return nil, errTemplateRange(v[0].(string))
		}
		days, _ := types.SplitMicros(us)
		return days, nil
	}, "The date a text gives by a PostgreSQL template.")
	a.row("to_timestamp(s text, template text) timestamp", leat|stable, func(e *Env, v []types.Value) (types.Value, error) {
		j, err := readTemplate(v[0].(string), v[1].(string))
		if err != nil {
			return nil, err
		}
		us, ok := j.local()
		if !ok {
			return nil, errTemplateRange(v[0].(string))
		}
		loc := e.Location
		if j.zone != nil {
			loc = j.zone
		}
		return types.LocalToInstant(us, loc), nil
	}, "The instant a text gives by a PostgreSQL template.")
}

func errTemplateRange(s string) error {
	return sqlerr.New(sqlerr.DatetimeOverflow, "date/time field value out of range: \"%s\"", s)
}

// charWords are the template patterns, longest first where one begins another.
var charWords = []string{
	"HH24", "HH12", "HH", "MI", "SSSSS", "SSSS", "SS", "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6",
	"AM", "PM", "A.M.", "P.M.", "am", "pm", "a.m.", "p.m.", "Y,YYY", "YYYY", "YYY", "YY", "Y",
	"IYYY", "IYY", "IY", "IDDD", "ID", "IW", "I", "BC", "AD", "bc", "ad", "B.C.", "A.D.",
	"MONTH", "Month", "month", "MON", "Mon", "mon", "MM", "DAY", "Day", "day", "DDD", "DD", "DY", "Dy", "dy", "D",
	"WW", "W", "CC", "J", "Q", "RM", "rm", "TZH", "TZM", "TZ", "tz", "OF",
}

// charToken is a template pattern with its modifiers, or literal text.
type charToken struct {
	word    string // "": literal
	text    string
	fill    bool // no FM: pad
	ordinal string
}

func readCharTemplate(p string) []charToken {
	var out []charToken
	fill := true
	for p != "" {
		if strings.HasPrefix(p, "FM") || strings.HasPrefix(p, "fm") {
			fill, p = false, p[2:]
			continue
		}
		if strings.HasPrefix(p, "FX") || strings.HasPrefix(p, "TM") {
			p = p[2:]
			continue
		}
		if p[0] == '"' {
			end := strings.IndexByte(p[1:], '"')
			if end < 0 {
				end = len(p) - 1
			}
			out = append(out, charToken{text: p[1 : end+1]})
			p = p[min(len(p), end+2):]
			continue
		}
		t, n := matchWord(p)
		if n == 0 {
			out = append(out, charToken{text: p[:1]})
			p = p[1:]
			continue
		}
		p = p[n:]
		t.fill, fill = fill, true
		if len(p) >= 2 && (p[:2] == "TH" || p[:2] == "th") {
			t.ordinal, p = p[:2], p[2:]
		}
		out = append(out, t)
	}
	return out
}

func matchWord(p string) (charToken, int) {
	for _, exact := range []bool{true, false} {
		for _, w := range charWords {
			if strings.HasPrefix(p, w) || !exact && hasAnyPrefixFold(p, w) {
				return charToken{word: w}, len(w)
			}
		}
	}
	return charToken{}, 0
}

func charTime(t time.Time, template string) string {
	var b strings.Builder
	for _, tok := range readCharTemplate(template) {
		if tok.word == "" {
			b.WriteString(tok.text)
			continue
		}
		b.WriteString(tok.time(t))
	}
	return b.String()
}

// num pads a number unless FM is given, and adds its ordinal ending.
func (t charToken) num(n int64, width int) string {
	if !t.fill {
		width = 0
	}
	s := string(appendPadded(nil, n, width))
	if t.ordinal != "" {
		end := ordinalEnd(n)
		if t.ordinal == "TH" {
			end = strings.ToUpper(end)
		}
		s += end
	}
	return s
}

func ordinalEnd(n int64) string {
	if n%100/10 != 1 {
		switch n % 10 {
		case 1:
			return "st"
		case 2:
			return "nd"
		case 3:
			return "rd"
		}
	}
	return "th"
}

// name cases a month's or day's name as the word is written, padded to nine.
func (t charToken) name(s string, full bool) string {
	switch {
	case t.word == strings.ToUpper(t.word):
		s = strings.ToUpper(s)
	case t.word == strings.ToLower(t.word):
		s = strings.ToLower(s)
	}
	if !full {
		return s[:3]
	}
	if t.fill {
		s += strings.Repeat(" ", max(0, 9-len(s)))
	}
	return s
}

func (t charToken) time(x time.Time) string {
	year := pgYear(int64(x.Year()))
	if year < 0 {
		year = -year
	}
	switch w := strings.ToUpper(t.word); w {
	case "HH24":
		return t.num(int64(x.Hour()), 2)
	case "HH12", "HH":
		return t.num(int64(x.Hour()+11)%12+1, 2)
	case "MI":
		return t.num(int64(x.Minute()), 2)
	case "SS":
		return t.num(int64(x.Second()), 2)
	case "SSSS", "SSSSS":
		return t.num(int64(x.Hour()*3600+x.Minute()*60+x.Second()), 0)
	case "MS", "FF3":
		return t.num(int64(x.Nanosecond()/1e6), 3)
	case "US", "FF6":
		return t.num(int64(x.Nanosecond()/1e3), 6)
	case "FF1", "FF2", "FF4", "FF5":
		return string(appendPadded(nil, int64(x.Nanosecond()), 9))[:w[2]-'0']
	case "AM", "PM", "A.M.", "P.M.":
		return t.halfDay(x, w)
	case "BC", "AD", "B.C.", "A.D.":
		s := "AD"
		if x.Year() <= 0 {
			s = "BC"
		}
		return t.dotted(s, w)
	case "Y,YYY":
		return t.num(year/1000, 1) + "," + string(appendPadded(nil, year%1000, 3))
	case "YYYY":
		return t.num(year, 4)
	case "YYY":
		return t.num(year%1000, 3)
	case "YY":
		return t.num(year%100, 2)
	case "Y":
		return t.num(year%10, 1)
	}
	return t.calendar(x)
}

func (t charToken) halfDay(x time.Time, w string) string {
	s := "AM"
	if x.Hour() >= 12 {
		s = "PM"
	}
	return t.dotted(s, w)
}

// dotted writes a two-letter mark with the dots and the case of the word.
func (t charToken) dotted(s, w string) string {
	if len(w) == 4 {
		s = s[:1] + "." + s[1:] + "."
	}
	if t.word == strings.ToLower(t.word) {
		return strings.ToLower(s)
	}
	return s
}

func (t charToken) calendar(x time.Time) string {
	days := types.DaysFromCivil(int64(x.Year()), int(x.Month()), x.Day())
	iy, iw := isoWeek(days)
	switch strings.ToUpper(t.word) {
	case "MONTH":
		return t.name(x.Month().String(), true)
	case "MON":
		return t.name(x.Month().String(), false)
	case "MM":
		return t.num(int64(x.Month()), 2)
	case "DAY":
		return t.name(x.Weekday().String(), true)
	case "DY":
		return t.name(x.Weekday().String(), false)
	case "DDD":
		return t.num(int64(x.YearDay()), 3)
	case "DD":
		return t.num(int64(x.Day()), 2)
	case "D":
		return t.num(int64(x.Weekday())+1, 1)
	case "ID":
		return t.num(floorMod(days+3, 7)+1, 1)
	case "IW":
		return t.num(iw, 2)
	case "IYYY":
		return t.num(iy, 4)
	case "IYY":
		return t.num(iy%1000, 3)
	case "IY":
		return t.num(iy%100, 2)
	case "I":
		return t.num(iy%10, 1)
	case "IDDD":
		return t.num((iw-1)*7+floorMod(days+3, 7)+1, 3)
	case "WW":
		return t.num(int64(x.YearDay()-1)/7+1, 2)
	case "W":
		return t.num(int64(x.Day()-1)/7+1, 1)
	case "CC":
		return t.num(ages(int64(x.Year()), 100), 2)
	case "J":
		return t.num(days+2440588, 0)
	case "Q":
		return t.num(int64(x.Month()+2)/3, 1)
	case "RM":
		return t.roman(int(x.Month()))
	}
	return t.zone(x)
}

func (t charToken) roman(m int) string {
	s := [...]string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}[m-1]
	if t.fill {
		s += strings.Repeat(" ", 4-len(s))
	}
	if t.word == "rm" {
		return strings.ToLower(s)
	}
	return s
}

func (t charToken) zone(x time.Time) string {
	name, off := x.Zone()
	switch strings.ToUpper(t.word) {
	case "TZ":
		if t.word == "tz" {
			return strings.ToLower(name)
		}
		return name
	case "TZH":
		return string(appendOffset(nil, off, "", false))
	case "TZM":
		return string(appendPadded(nil, int64(abs(off)/60%60), 2))
	}
	return string(appendOffset(nil, off, ":", off%3600 != 0))
}

// charSpan renders an interval's hours, minutes, days and so on.
func charSpan(s types.Span, template string) (types.Value, error) {
	var b strings.Builder
	secs := s.Micros / types.MicrosPerSecond
	fields := map[string]int64{
		"HH24": secs / 3600, "HH12": secs / 3600 % 12, "HH": secs / 3600 % 12, "MI": secs / 60 % 60, "SS": secs % 60,
		"MS": s.Micros / 1000 % 1000, "US": s.Micros % types.MicrosPerSecond, "DD": int64(s.Days), "DDD": int64(s.Days),
		"MM": int64(s.Months % 12), "YYYY": int64(s.Months / 12), "YY": int64(s.Months/12) % 100, "SSSS": secs, "SSSSS": secs,
	}
	for _, tok := range readCharTemplate(template) {
		if tok.word == "" {
			b.WriteString(tok.text)
			continue
		}
		w := strings.ToUpper(tok.word)
		n, ok := fields[w]
		if !ok {
			return nil, sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid format specification for an interval value").
				WithHint("Intervals are not tied to specific calendar dates.")
		}
		width := len(w)
		switch w {
		case "HH24", "HH12":
			width = 2
		case "MS":
			width = 3
		case "US":
			width = 6
		case "SSSS", "SSSSS":
			width = 0
		}
		b.WriteString(tok.num(n, width))
	}
	return b.String(), nil
}
