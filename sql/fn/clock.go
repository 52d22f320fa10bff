package fn

import (
	"math"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// addClock registers what reads the time of the step or statement.
func addClock(a *adder) {
	now := func(e *Env, _ []types.Value) (types.Value, error) { return e.Now, nil }
	for _, name := range []string{"now", "current_timestamp", "localtimestamp", "statement_timestamp", "transaction_timestamp", "clock_timestamp"} {
		a.row(name+"() timestamp", stable, now, "The time of the statement, or of the step in a job.")
	}
	today := func(e *Env, _ []types.Value) (types.Value, error) {
		days, _ := types.SplitMicros(types.InstantToLocal(e.Now, e.Location))
		return days, nil
	}
	a.row("current_date() date", stable, today, "Today in the session's time zone.")
	clock := func(e *Env, _ []types.Value) (types.Value, error) {
		_, us := types.SplitMicros(types.InstantToLocal(e.Now, e.Location))
		return us, nil
	}
	a.row("current_time() time", stable, clock, "The time of day in the session's time zone.")
	a.row("localtime() time", stable, clock, "The time of day in the session's time zone.")
	a.row("unix_timestamp() bigint", stable, func(e *Env, _ []types.Value) (types.Value, error) {
		return floorDiv(e.Now, 1000), nil
	}, "The time in milliseconds since 1970.")
	a.row("unix_timestamp(ts timestamp) bigint", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return floorDiv(v[0].(int64), 1000), nil
	}, "An instant in milliseconds since 1970.")
	a.row("unix_date() int", stable, today, "Today in days since 1970.")
	a.row("unix_date(d date) int", 0, func(_ *Env, v []types.Value) (types.Value, error) { return v[0], nil }, "A date in days since 1970.")
	a.row("from_days(n int) date", 0, func(_ *Env, v []types.Value) (types.Value, error) { return v[0], nil }, "The date n days after 1970-01-01.")
	a.row("from_unixtime(ms bigint) timestamp", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		ms := v[0].(int64)
		if ms > endInstant/1000 || ms < minInstant/1000 {
			return nil, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range")
		}
		return ms * types.MicrosPerMilli, nil
	}, "The instant of milliseconds since 1970.")
	a.row("to_timestamp(seconds double) timestamp", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		s := v[0].(float64)
		switch {
		case math.IsNaN(s):
			return nil, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp cannot be NaN")
		case math.IsInf(s, 1):
			return types.TimestampInfinity, nil
		case math.IsInf(s, -1):
			return int64(types.TimestampNegInfinity), nil
		case !(math.Abs(s) < 1e13):
			return nil, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range: \"%g\"", s)
		}
		return checkInstant(int64(math.RoundToEven(s * types.MicrosPerSecond)))
	}, "The instant of seconds since 1970.")
}

// floorDiv rounds toward minus infinity.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
