package fn

import (
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// addDateArith registers ksqlDB's additions and the operators of times; doc.go
// lists the latter.
func addDateArith(a *adder) {
	for _, f := range []struct {
		name, doc string
		sign      int64
	}{{"timestampadd", "ts and n units.", 1}, {"timestampsub", "ts less n units.", -1}} {
		a.row(f.name+"(unit text, n int, ts timestamp) timestamp", 0, func(e *Env, v []types.Value) (types.Value, error) {
			s, err := unitSpan(v[0].(string), v[1].(int64)*f.sign)
			if err != nil {
				return nil, err
			}
			return plusSpan(v[2].(int64), s, e)
		}, f.doc)
	}
	for _, f := range []struct {
		name, doc string
		sign      int64
	}{{"dateadd", "d and n units, whole days counting.", 1}, {"datesub", "d less n units, whole days counting.", -1}} {
		a.row(f.name+"(unit text, n int, d date) date", 0, func(_ *Env, v []types.Value) (types.Value, error) {
			s, err := unitSpan(v[0].(string), v[1].(int64)*f.sign)
			if err != nil {
				return nil, err
			}
			us, err := dateSpan(v[2].(int64), s)
			days, _ := types.SplitMicros(us)
			return days, err
		}, f.doc)
	}
	for _, f := range []struct {
		name, doc string
		sign      int64
	}{{"timeadd", "t and n units, around the clock.", 1}, {"timesub", "t less n units, around the clock.", -1}} {
		a.row(f.name+"(unit text, n int, t time) time", 0, func(_ *Env, v []types.Value) (types.Value, error) {
			s, err := unitSpan(v[0].(string), v[1].(int64)*f.sign)
			return floorMod(v[2].(int64)+s.Micros%types.MicrosPerDay, types.MicrosPerDay), err
		}, f.doc)
	}
	addInstantOps(a)
	addDateOps(a)
	addSpanOps(a)
}

// unitSpan is n units as an interval. A day is 24 hours here, as in ksqlDB.
func unitSpan(unit string, n int64) (types.Span, error) {
	per := map[string]int64{
		"microsecond": 1, "millisecond": 1000, "second": types.MicrosPerSecond, "minute": types.MicrosPerMinute,
		"hour": types.MicrosPerHour, "day": types.MicrosPerDay, "week": 7 * types.MicrosPerDay,
	}
	u := singular(unit)
	if us, ok := per[u]; ok && n == int64(int32(n)) {
		return types.Span{Micros: n * us}, nil
	}
	switch months := n; u {
	case "year":
		months *= 12
		fallthrough
	case "month":
		if months == int64(int32(months)) {
			return types.Span{Months: int32(months)}, nil
		}
		return types.Span{}, sqlerr.New(sqlerr.DatetimeOverflow, "interval out of range")
	}
	if _, ok := per[u]; ok {
		return types.Span{}, sqlerr.New(sqlerr.DatetimeOverflow, "interval out of range")
	}
	return types.Span{}, sqlerr.New(sqlerr.InvalidParameterValue, "unknown unit of time %q", unit).
		WithHint("Units are DAYS, HOURS, MINUTES, SECONDS and MILLISECONDS.")
}

func plusSpan(us int64, s types.Span, e *Env) (types.Value, error) {
	return boxErr(types.AddSpan(us, s, e.Location))
}

// dateSpan adds to a date's midnight.
func dateSpan(days int64, s types.Span) (int64, error) {
	switch {
	case days == types.DateInfinity:
		return types.TimestampInfinity, nil
	case days == types.DateNegInfinity:
		return types.TimestampNegInfinity, nil
	case days > endInstant/types.MicrosPerDay || days < minInstant/types.MicrosPerDay:
		return 0, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range")
	}
	return types.AddSpan(days*types.MicrosPerDay, s, nil)
}

// op registers an operator function.
func op(a *adder, sig string, fl traits, f RowFunc) {
	a.row(sig, fl|internal, f, "Operator of times; see the package comment.")
}

func addInstantOps(a *adder) {
	op(a, "op_timestamp_plus_interval(ts timestamp, s interval) timestamp", stable, func(e *Env, v []types.Value) (types.Value, error) {
		return plusSpan(v[0].(int64), v[1].(types.Span), e)
	})
	op(a, "op_timestamp_minus_interval(ts timestamp, s interval) timestamp", stable, func(e *Env, v []types.Value) (types.Value, error) {
		s, err := v[1].(types.Span).Neg()
		if err != nil {
			return nil, err
		}
		return plusSpan(v[0].(int64), s, e)
	})
	op(a, "op_timestamp_minus_timestamp(x timestamp, y timestamp) interval", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		x, y := v[0].(int64), v[1].(int64)
		if d := x - y; types.IsInfinite(x) || types.IsInfinite(y) || (d < 0) != (x < y) {
			return nil, sqlerr.New(sqlerr.DatetimeOverflow, "interval out of range")
		}
		return types.SubTimestamps(x, y), nil
	})
	clock := func(sign int64) RowFunc {
		return func(_ *Env, v []types.Value) (types.Value, error) {
			return floorMod(v[0].(int64)+sign*(v[1].(types.Span).Micros%types.MicrosPerDay), types.MicrosPerDay), nil
		}
	}
	op(a, "op_time_plus_interval(t time, s interval) time", 0, clock(1))
	op(a, "op_time_minus_interval(t time, s interval) time", 0, clock(-1))
	op(a, "op_time_minus_time(x time, y time) interval", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return types.Span{Micros: v[0].(int64) - v[1].(int64)}, nil
	})
}

func addDateOps(a *adder) {
	days := func(sign int64) RowFunc {
		return func(_ *Env, v []types.Value) (types.Value, error) {
			d := v[0].(int64)
			if d == types.DateInfinity || d == types.DateNegInfinity {
				return d, nil
			}
			if d += sign * v[1].(int64); d < minInstant/types.MicrosPerDay || d > 2145042905 {
				return nil, sqlerr.New(sqlerr.DatetimeOverflow, "date out of range")
			}
			return d, nil
		}
	}
	op(a, "op_date_plus_int(d date, n int) date", 0, days(1))
	op(a, "op_date_minus_int(d date, n int) date", 0, days(-1))
	op(a, "op_date_minus_date(x date, y date) int", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		d := v[0].(int64) - v[1].(int64)
		if d != int64(int32(d)) {
			return nil, sqlerr.New(sqlerr.DatetimeOverflow, "cannot subtract infinite dates")
		}
		return d, nil
	})
	span := func(minus bool) RowFunc {
		return func(_ *Env, v []types.Value) (types.Value, error) {
			s := v[1].(types.Span)
			if minus {
				var err error
				if s, err = s.Neg(); err != nil {
					return nil, err
				}
			}
			return boxErr(dateSpan(v[0].(int64), s))
		}
	}
	op(a, "op_date_plus_interval(d date, s interval) timestamp", 0, span(false))
	op(a, "op_date_minus_interval(d date, s interval) timestamp", 0, span(true))
	op(a, "op_date_plus_time(d date, t time) timestamp", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return boxErr(dateSpan(v[0].(int64), types.Span{Micros: v[1].(int64)}))
	})
}

func addSpanOps(a *adder) {
	op(a, "op_interval_plus_interval(x interval, y interval) interval", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return boxErr(v[0].(types.Span).Add(v[1].(types.Span)))
	})
	op(a, "op_interval_minus_interval(x interval, y interval) interval", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		y, err := v[1].(types.Span).Neg()
		if err != nil {
			return nil, err
		}
		return boxErr(v[0].(types.Span).Add(y))
	})
	op(a, "op_interval_times_double(x interval, f double) interval", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return boxErr(v[0].(types.Span).Mul(v[1].(float64)))
	})
	op(a, "op_interval_div_double(x interval, f double) interval", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		if v[1].(float64) == 0 {
			return nil, ErrDivisionByZero()
		}
		return boxErr(v[0].(types.Span).Mul(1 / v[1].(float64)))
	})
	op(a, "op_interval_neg(x interval) interval", 0, func(_ *Env, v []types.Value) (types.Value, error) {
		return boxErr(v[0].(types.Span).Neg())
	})
}
