package fn

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// datePart is date_part (double) and extract (numeric) of any time.
func datePart(c *Call, v []types.Value, _ int) (types.Value, error) {
	field := singular(v[0].(string))
	t := c.Args[1].Type
	var d types.Dec
	var err error
	switch x := v[1].(type) {
	case types.Span:
		d, err = spanField(field, x)
	case int64:
		switch t.Kind {
		case types.Time:
			d, err = clockField(field, x, t)
		case types.Date:
			if x > endInstant/types.MicrosPerDay || x < minInstant/types.MicrosPerDay {
				return nil, sqlerr.New(sqlerr.DatetimeOverflow, "date out of range")
			}
			if _, isClock := clockUnits[field]; isClock || hasAnyPrefixFold(field, "timezone") {
				return nil, errUnit(v[0].(string), "date")
			}
			d, err = localField(field, x*types.MicrosPerDay, 0, t)
		default:
			if types.IsInfinite(x) {
				d = &apd.Decimal{Form: apd.Infinite, Negative: x < 0}
				break
			}
			off := types.ZoneOffset(x, c.Env.Location)
			d, err = localField(field, x+int64(off)*types.MicrosPerSecond, off, t)
		}
	}
	if err != nil {
		return nil, err
	}
	if c.Ret.Kind == types.Double {
		return types.DecimalToFloat(d), nil
	}
	return d, nil
}

func whole(n int64) types.Dec { return types.DecimalFromInt(n) }

// fixed is n units of 10^-scale.
func fixed(n int64, scale int32) types.Dec {
	d := apd.New(n, -scale)
	return d
}

var clockUnits = map[string]bool{"microsecond": true, "millisecond": true, "second": true, "minute": true, "hour": true}

// clockPart is a field of µs since midnight; nil when there is no such field.
func clockPart(field string, us int64) types.Dec {
	switch field {
	case "microsecond":
		return whole(us % types.MicrosPerMinute)
	case "millisecond":
		return fixed(us%types.MicrosPerMinute, 3)
	case "second":
		return fixed(us%types.MicrosPerMinute, 6)
	case "minute":
		return whole(us / types.MicrosPerMinute % 60)
	case "hour":
		return whole(us / types.MicrosPerHour)
	}
	return nil
}

func clockField(field string, us int64, t types.Type) (types.Dec, error) {
	if d := clockPart(field, us); d != nil {
		return d, nil
	}
	if field == "epoch" {
		return fixed(us, 6), nil
	}
	return nil, errUnit(field, t.String())
}

// localField is a field of a wall clock in µs since 1970, off seconds east.
func localField(field string, local int64, off int, t types.Type) (types.Dec, error) {
	days, us := types.SplitMicros(local)
	if d := clockPart(field, us); d != nil {
		return d, nil
	}
	switch field {
	case "epoch":
		if t.Kind == types.Date {
			return whole(days * 86400), nil
		}
		return fixed(local-int64(off)*types.MicrosPerSecond, 6), nil
	case "timezone":
		return whole(int64(off)), nil
	case "timezone_hour":
		return whole(int64(off / 3600)), nil
	case "timezone_minute":
		return whole(int64(off / 60 % 60)), nil
	case "dow":
		return whole(floorMod(days+4, 7)), nil
	case "isodow":
		return whole(floorMod(days+3, 7) + 1), nil
	case "julian":
		if us == 0 {
			return whole(days + 2440588), nil
		}
		frac, _ := decQuo(whole(us), whole(types.MicrosPerDay), 20)
		return DecAdd(whole(days+2440588), frac)
	}
	return calendarField(field, days, t)
}

func calendarField(field string, days int64, t types.Type) (types.Dec, error) {
	y, m, d := types.CivilFromDays(days)
	switch field {
	case "day":
		return whole(int64(d)), nil
	case "month":
		return whole(int64(m)), nil
	case "quarter":
		return whole(int64(m+2) / 3), nil
	case "year":
		return whole(pgYear(y)), nil
	case "doy":
		return whole(days - types.DaysFromCivil(y, 1, 1) + 1), nil
	case "week", "isoyear":
		iy, w := isoWeek(days)
		if field == "week" {
			return whole(w), nil
		}
		return whole(pgYear(iy)), nil
	case "decade":
		return whole(floorDiv(y, 10)), nil
	case "century":
		return whole(ages(y, 100)), nil
	case "millennium":
		return whole(ages(y, 1000)), nil
	}
	return nil, errUnit(field, t.String())
}

// pgYear counts years before Christ from -1.
func pgYear(y int64) int64 {
	if y <= 0 {
		return y - 1
	}
	return y
}

// ages counts spans of n years, the first beginning with year 1.
func ages(y, n int64) int64 {
	if y > 0 {
		return (y + n - 1) / n
	}
	return -((n - 1 - (y - 1)) / n)
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// isoWeek is the ISO year and week of a day.
func isoWeek(days int64) (year, week int64) {
	thursday := days - floorMod(days+3, 7) + 3
	y, _, _ := types.CivilFromDays(thursday)
	return y, (thursday-types.DaysFromCivil(y, 1, 1))/7 + 1
}

func spanField(field string, s types.Span) (types.Dec, error) {
	if field == "hour" {
		return whole(s.Micros / types.MicrosPerHour), nil
	}
	if d := clockPart(field, s.Micros); d != nil {
		return d, nil
	}
	months := int64(s.Months)
	switch field {
	case "day":
		return whole(int64(s.Days)), nil
	case "month":
		return whole(months % 12), nil
	case "quarter":
		return whole(months%12/3 + 1), nil
	case "year":
		return whole(months / 12), nil
	case "decade":
		return whole(months / 120), nil
	case "century":
		return whole(months / 1200), nil
	case "millennium":
		return whole(months / 12000), nil
	case "epoch":
		secs := (months/12)*31557600 + (months%12)*30*86400 + int64(s.Days)*86400
		return DecAdd(fixed(s.Micros, 6), whole(secs))
	}
	return nil, errUnit(field, "interval")
}
