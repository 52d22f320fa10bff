package fn

import (
	"math"
	"strings"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addDateParts(a *adder) {
	a.scalar("date_trunc(unit text, ts timestamp) timestamp", stable, truncKernel, "The instant cut to a unit on the session's wall clock.")
	a.row("date_trunc(unit text, ts timestamp, zone text) timestamp", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		loc, err := types.LoadZone(v[2].(string))
		if err != nil {
			return nil, err
		}
		return truncInstant(v[0].(string), v[1].(int64), loc)
	}, "The instant cut to a unit on a zone's wall clock.")
	a.row("date_trunc(unit text, span interval) interval", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return truncSpan(v[0].(string), v[1].(types.Span))
	}, "The interval cut to a unit.")
	for _, f := range []struct{ name, ret string }{{"date_part", "double"}, {"extract", "numeric"}} {
		for _, t := range []string{"timestamp", "date", "time", "interval"} {
			fl := traits(0)
			if t == "timestamp" {
				fl = stable
			}
			a.call(f.name+"(field text, x "+t+") "+f.ret, nil, fl, datePart, "A field (year, hour, epoch, ...) of a time.")
		}
	}
	a.row("age(later timestamp, earlier timestamp) interval", stable, func(e *Env, v []types.Value) (types.Value, error) {
		return age(v[0].(int64), v[1].(int64), e.Location)
	}, "The years, months and days between two instants.")
	a.row("age(since timestamp) interval", stable, func(e *Env, v []types.Value) (types.Value, error) {
		today, err := truncInstant("day", e.Now, e.Location)
		if err != nil {
			return nil, err
		}
		return age(today.(int64), v[0].(int64), e.Location)
	}, "The years, months and days from an instant to today.")
	a.row("date_bin(stride interval, ts timestamp, origin timestamp) timestamp", 0, dateBin, "The start of the stride-wide bin, counted from origin, that ts is in.")
	a.row("timezone(zone text, ts timestamp) timestamp", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		loc, err := types.LoadZone(v[0].(string))
		if err != nil {
			return nil, err
		}
		return types.InstantToLocal(v[1].(int64), loc), nil
	}, "The wall clock of a zone at an instant, as if it were UTC (AT TIME ZONE).")
	a.row("timezone_of_local(zone text, ts timestamp) timestamp", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		loc, err := types.LoadZone(v[0].(string))
		if err != nil {
			return nil, err
		}
		return types.LocalToInstant(v[1].(int64), loc), nil
	}, "The instant at which a zone's wall clock shows what UTC's shows at ts (AT TIME ZONE of a wall clock).")
	for _, t := range []string{"timestamp", "date"} {
		a.row("isfinite(x "+t+") bool", 0, func(_ *Env, v []types.Value) (types.Value, error) {
			x := v[0].(int64)
			return !types.IsInfinite(x) && (t != "date" || x != types.DateInfinity && x != types.DateNegInfinity), nil
		}, "Whether x is not infinite.")
	}
	addMakers(a)
	addJustify(a)
}

// knownUnits are those that some type has; they are "not supported" by others.
var knownUnits = map[string]bool{"microsecond": true, "millisecond": true, "second": true, "minute": true, "hour": true, "day": true,
	"week": true, "month": true, "quarter": true, "year": true, "decade": true, "century": true, "millennium": true, "epoch": true,
	"dow": true, "isodow": true, "doy": true, "isoyear": true, "julian": true, "timezone": true, "timezone_hour": true, "timezone_minute": true}

func errUnit(unit, of string) error {
	if knownUnits[unit] {
		return sqlerr.New(sqlerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", unit, of)
	}
	return sqlerr.New(sqlerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", unit, of)
}

// fixedUnits are the units that divide a day, and the day.
var fixedUnits = map[string]int64{"microsecond": 1, "millisecond": 1000, "second": types.MicrosPerSecond,
	"minute": types.MicrosPerMinute, "hour": types.MicrosPerHour, "day": types.MicrosPerDay}

// truncKernel is date_trunc in the session's zone; in UTC a unit of fixed
// length is a division.
func truncKernel(c *Call) vec.Vec {
	out := vec.Vec{Type: c.Ret, N: c.N, I64: make([]int64, c.N)}
	utc := c.Env.Location == nil || c.Env.Location == time.UTC
	unit, width := "", int64(0)
	c.each(func(i int) {
		if s := c.Args[0].Str(i); string(s) != unit {
			unit = string(s)
			width = fixedUnits[singular(unit)]
		}
		us := c.Args[1].I64[i]
		if utc && width > 0 && !types.IsInfinite(us) {
			out.I64[i] = floorDiv(us, width) * width
			return
		}
		v, err := truncInstant(unit, us, c.Env.Location)
		if err != nil {
			c.fail(&out, i, err)
			return
		}
		out.I64[i] = v.(int64)
	})
	return out
}

// truncInstant is date_trunc on the wall clock of loc.
func truncInstant(unit string, us int64, loc *time.Location) (types.Value, error) {
	if types.IsInfinite(us) {
		return us, nil
	}
	unit = singular(unit)
	local := types.InstantToLocal(us, loc)
	if n, ok := fixedUnits[unit]; ok {
		local = floorDiv(local, n) * n
		return types.LocalToInstant(local, loc), nil
	}
	days, _ := types.SplitMicros(local)
	y, m, _ := types.CivilFromDays(days)
	switch unit {
	case "week":
		return types.LocalToInstant((days-floorMod(days+3, 7))*types.MicrosPerDay, loc), nil
	case "month":
	case "quarter":
		m = (m-1)/3*3 + 1
	case "year":
		m = 1
	case "decade":
		y, m = floorDiv(y, 10)*10, 1
	case "century":
		y, m = floorDiv(y-1, 100)*100+1, 1
	case "millennium":
		y, m = floorDiv(y-1, 1000)*1000+1, 1
	default:
		return nil, errUnit(unit, "timestamp with time zone")
	}
	return types.LocalToInstant(types.DaysFromCivil(y, m, 1)*types.MicrosPerDay, loc), nil
}

// singular is the unit's name in lower case without the plural, and the short
// forms PostgreSQL takes.
func singular(unit string) string {
	u := strings.ToLower(strings.TrimSpace(unit))
	switch u {
	case "us", "usec", "usecs", "microsec":
		return "microsecond"
	case "ms", "msec", "msecs", "millisec":
		return "millisecond"
	case "s", "sec", "secs":
		return "second"
	case "min", "mins", "m":
		return "minute"
	case "h", "hr", "hrs":
		return "hour"
	case "mon", "mons":
		return "month"
	case "y", "yr", "yrs":
		return "year"
	case "millennia", "millenniums":
		return "millennium"
	case "centuries":
		return "century"
	}
	return strings.TrimSuffix(u, "s")
}

func truncSpan(unit string, s types.Span) (types.Value, error) {
	switch u := singular(unit); u {
	case "microsecond":
	case "millisecond":
		s.Micros -= s.Micros % 1000
	case "second":
		s.Micros -= s.Micros % types.MicrosPerSecond
	case "minute":
		s.Micros -= s.Micros % types.MicrosPerMinute
	case "hour":
		s.Micros -= s.Micros % types.MicrosPerHour
	case "day":
		s.Micros = 0
	case "month", "quarter", "year", "decade", "century", "millennium":
		n := map[string]int32{"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}[u]
		s = types.Span{Months: s.Months - s.Months%n}
	default:
		return nil, errUnit(unit, "interval")
	}
	return s, nil
}

// age counts years and months as a person would, then days, then time.
func age(later, earlier int64, loc *time.Location) (types.Value, error) {
	if types.IsInfinite(later) || types.IsInfinite(earlier) {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "interval out of range")
	}
	a, b := types.InstantToLocal(later, loc), types.InstantToLocal(earlier, loc)
	if a < b {
		s, err := ageOf(b, a).Neg()
		return s, err
	}
	return ageOf(a, b), nil
}

// ageOf is the age at local time a of what began at b, not after a.
func ageOf(a, b int64) types.Span {
	da, ua := types.SplitMicros(a)
	db, ub := types.SplitMicros(b)
	ya, ma, dda := types.CivilFromDays(da)
	yb, mb, ddb := types.CivilFromDays(db)
	months, days, us := (ya-yb)*12+int64(ma-mb), int64(dda-ddb), ua-ub
	if us < 0 {
		us += types.MicrosPerDay
		days--
	}
	if days < 0 {
		days += int64(types.DaysInMonth(yb, mb))
		months--
	}
	return types.Span{Months: int32(months), Days: int32(days), Micros: us}
}

func dateBin(_ *Env, v []types.Value) (types.Value, error) {
	s, ts, origin := v[0].(types.Span), v[1].(int64), v[2].(int64)
	if s.Months != 0 {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	stride := int64(s.Days)*types.MicrosPerDay + s.Micros
	if stride <= 0 || int64(s.Days) > 1e8 {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "stride must be greater than zero")
	}
	if types.IsInfinite(ts) || types.IsInfinite(origin) {
		return ts, nil
	}
	d := ts - origin
	if (d < 0) != (ts < origin) {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "interval out of range")
	}
	return checkInstant(origin + floorDiv(d, stride)*stride)
}

func addMakers(a *adder) {
	a.row("make_date(year int, month int, day int) date", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return makeDate(v[0].(int64), v[1].(int64), v[2].(int64))
	}, "The date of a year, month and day.")
	a.row("make_time(hour int, minute int, second double) time", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return makeTime(v[0].(int64), v[1].(int64), v[2].(float64))
	}, "The time of day of an hour, minute and second.")
	stamp := func(e *Env, v []types.Value) (types.Value, error) {
		loc := e.Location
		if len(v) > 6 {
			var err error
			if loc, err = types.LoadZone(v[6].(string)); err != nil {
				return nil, err
			}
		}
		d, err := makeDate(v[0].(int64), v[1].(int64), v[2].(int64))
		if err != nil {
			return nil, err
		}
		t, err := makeTime(v[3].(int64), v[4].(int64), v[5].(float64))
		if err != nil {
			return nil, err
		}
		if d.(int64) > endInstant/types.MicrosPerDay {
			return nil, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range")
		}
		return types.LocalToInstant(d.(int64)*types.MicrosPerDay+t.(int64), loc), nil
	}
	const parts = "(year int, month int, day int, hour int, minute int, second double"
	a.row("make_timestamp"+parts+") timestamp", stable, stamp, "The instant of a wall clock in the session's time zone.")
	a.row("make_timestamptz"+parts+", zone text?) timestamp", stable, stamp, "The instant of a wall clock in a time zone.")
	a.row("make_interval(years int?, months int?, weeks int?, days int?, hours int?, mins int?, secs double?) interval", 0, makeInterval,
		"The interval of its parts.")
}

func makeDate(y, m, d int64) (types.Value, error) {
	year := y
	if y < 0 {
		year++
	}
	if y == 0 || y > 5874897 || y < -4713 || m < 1 || m > 12 || d < 1 || d > int64(types.DaysInMonth(year, int(m))) {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "date field value out of range: %d-%02d-%02d", y, m, d)
	}
	return types.DaysFromCivil(year, int(m), int(d)), nil
}

func makeTime(h, m int64, s float64) (types.Value, error) {
	if h < 0 || h > 24 || m < 0 || m > 59 || !(s >= 0 && s <= 60) {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "time field value out of range: %d:%02d:%02g", h, m, s)
	}
	us := (h*3600+m*60)*types.MicrosPerSecond + int64(math.RoundToEven(s*types.MicrosPerSecond))
	if us > types.MicrosPerDay {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "time field value out of range: %d:%02d:%02g", h, m, s)
	}
	return us, nil
}

func makeInterval(_ *Env, v []types.Value) (types.Value, error) {
	var n [6]int64
	for i := range min(6, len(v)) {
		n[i] = v[i].(int64)
	}
	us := float64(n[4])*types.MicrosPerHour + float64(n[5])*types.MicrosPerMinute
	if len(v) > 6 {
		us += math.RoundToEven(v[6].(float64) * types.MicrosPerSecond)
	}
	months, days := n[0]*12+n[1], n[2]*7+n[3]
	if months != int64(int32(months)) || days != int64(int32(days)) || !(math.Abs(us) < 9e18) {
		return nil, sqlerr.New(sqlerr.DatetimeOverflow, "interval out of range")
	}
	return types.Span{Months: int32(months), Days: int32(days), Micros: int64(us)}, nil
}

func addJustify(a *adder) {
	hours := func(s types.Span) types.Span {
		whole := s.Micros / types.MicrosPerDay
		s.Micros -= whole * types.MicrosPerDay
		s.Days += int32(whole)
		if s.Days > 0 && s.Micros < 0 {
			s.Micros += types.MicrosPerDay
			s.Days--
		} else if s.Days < 0 && s.Micros > 0 {
			s.Micros -= types.MicrosPerDay
			s.Days++
		}
		return s
	}
	days := func(s types.Span) types.Span {
		whole := s.Days / 30
		s.Days -= whole * 30
		s.Months += whole
		if s.Months > 0 && s.Days < 0 {
			s.Days += 30
			s.Months--
		} else if s.Months < 0 && s.Days > 0 {
			s.Days -= 30
			s.Months++
		}
		return s
	}
	for _, f := range []struct {
		name, doc string
		f         func(types.Span) types.Span
	}{
		{"justify_hours", "The interval with 24 hours as days.", hours},
		{"justify_days", "The interval with 30 days as months.", days},
		{"justify_interval", "The interval with hours as days and days as months.", func(s types.Span) types.Span {
			s = days(hours(s))
			if s.Months > 0 && s.Days == 0 && s.Micros < 0 {
				s.Months, s.Days = s.Months-1, 30
			} else if s.Months < 0 && s.Days == 0 && s.Micros > 0 {
				s.Months, s.Days = s.Months+1, -30
			}
			return hours(s)
		}},
	} {
		a.row(f.name+"(x interval) interval", 0, func(_ *Env, v []types.Value) (types.Value, error) { return f.f(v[0].(types.Span)), nil }, f.doc)
	}
}
