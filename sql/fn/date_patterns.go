package fn

import (
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// addDatePatterns registers the functions over Java's patterns.
func addDatePatterns(a *adder) {
	zone := func(v []types.Value, i int) (*time.Location, error) {
		if len(v) <= i {
			return time.UTC, nil
		}
		return types.LoadZone(v[i].(string))
	}
	format := func(unit int64) RowFunc {
		return func(_ *Env, v []types.Value) (types.Value, error) {
			loc, err := zone(v, 2)
			if err != nil {
				return nil, err
			}
			return formatJava(v[0].(int64), unit, v[1].(string), loc, "")
		}
	}
	parse := func(unit int64) RowFunc {
		return func(_ *Env, v []types.Value) (types.Value, error) {
			loc, err := zone(v, 2)
			if err != nil {
				return nil, err
			}
			us, err := parseJava(v[0].(string), v[1].(string), loc, "", false)
			return us / unit, err
		}
	}
	const fDoc, pDoc = "The time as text by a pattern of Java's DateTimeFormatter.", "The time a text gives by a pattern of Java's DateTimeFormatter."
	a.row("format_timestamp(ts timestamp, pattern text, zone text?) text", 0, format(1), fDoc)
	a.row("timestamptostring(ms bigint, pattern text, zone text?) text", 0, format(1000), fDoc)
	a.row("parse_timestamp(s text, pattern text, zone text?) timestamp", 0, parse(1), pDoc)
	a.row("stringtotimestamp(s text, pattern text, zone text?) bigint", 0, parse(1000), pDoc)
	a.row("format_date(d date, pattern text) text", 0, formatDate, "The date as text by a pattern.")
	a.row("datetostring(days int, pattern text) text", 0, formatDate, "The date, in days since 1970, as text by a pattern.")
	a.row("parse_date(s text, pattern text) date", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return parseDate(v, true)
	}, "The date a text gives by a pattern; text after it is ignored.")
	a.row("stringtodate(s text, pattern text) int", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return parseDate(v, false)
	}, "The date, in days since 1970, a text gives by a pattern.")
	a.row("format_time(t time, pattern text) text", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return formatJava(v[0].(int64), 1, v[1].(string), time.UTC, javaDateLetters+javaZoneLetters)
	}, "The time of day as text by a pattern.")
	a.row("parse_time(s text, pattern text) time", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		us, err := parseJava(v[0].(string), v[1].(string), time.UTC, javaDateLetters+javaZoneLetters, false)
		return us, err
	}, "The time of day a text gives by a pattern.")
	a.row("convert_tz(ts timestamp, from_zone text, to_zone text) timestamp", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		from, err := types.LoadZone(v[1].(string))
		if err != nil {
			return nil, err
		}
		to, err := types.LoadZone(v[2].(string))
		if err != nil {
			return nil, err
		}
		us := v[0].(int64)
		if types.IsInfinite(us) {
			return us, nil
		}
		shift := int64(types.ZoneOffset(us, to)-types.ZoneOffset(us, from)) * types.MicrosPerSecond
		return checkInstant(us + shift)
	}, "The wall clock of one zone read as that of another.")
}

// checkInstant keeps an instant within the calendar's bounds. 22008.
func checkInstant(us int64) (types.Value, error) {
	if us < minInstant || us >= endInstant {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range")
	}
	return us, nil
}

// Bounds of instants the functions compute with: years -4712 to 294246.
const (
	minInstant = -2440588 * types.MicrosPerDay
	endInstant = 106751990 * types.MicrosPerDay
)

// formatJava renders x units of µs; fields of the refused letters are errors.
func formatJava(x, unit int64, pattern string, loc *time.Location, refused string) (types.Value, error) {
	p, err := parseJavaPattern(pattern)
	if err != nil {
		return nil, err
	}
	if p.uses(refused) {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "pattern %q asks for a field the value does not have", pattern)
	}
	if unit != 0 && (x > endInstant/unit || x < minInstant/unit) {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range")
	}
	return p.format(types.ToTime(x*unit, loc)), nil
}

func formatDate(_ *Env, v []types.Value) (types.Value, error) {
	days := v[0].(int64)
	if days > endInstant/types.MicrosPerDay || days < minInstant/types.MicrosPerDay {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "date out of range")
	}
	return formatJava(days*types.MicrosPerDay, 1, v[1].(string), time.UTC, javaTimeLetters+javaZoneLetters)
}

func parseDate(v []types.Value, more bool) (types.Value, error) {
	us, err := parseJava(v[0].(string), v[1].(string), time.UTC, javaTimeLetters+javaZoneLetters, more)
	days, _ := types.SplitMicros(us)
	return days, err
}

// parseJava reads a text; fields of the refused letters are errors; more tells
// that text may follow.
func parseJava(s, pattern string, loc *time.Location, refused string, more bool) (int64, error) {
	p, err := parseJavaPattern(pattern)
	if err != nil {
		return 0, err
	}
	if p.uses(refused) {
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, "pattern %q has a field the result cannot hold", pattern)
	}
	j, err := p.parse(s, more)
	if err != nil {
		return 0, err
	}
	if j.zone != nil {
		loc = j.zone
	}
	us, ok := j.local()
	if !ok {
		return 0, errParse(s)
	}
	return types.LocalToInstant(us, loc), nil
}
