package types

import (
	"math"
	"strconv"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
)

// AppendSpan appends an interval in PostgreSQL's default style:
// 1 year 2 mons -3 days +04:05:06.
func AppendSpan(dst []byte, s Span) []byte {
	start := len(dst)
	neg := false // the previous field was negative
	part := func(n int64, unit string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if neg && n > 0 {
			dst = append(dst, '+')
		}
		dst = append(strconv.AppendInt(dst, n, 10), ' ')
		dst = append(dst, unit...)
		if n != 1 {
			dst = append(dst, 's')
		}
		neg = n < 0
	}
	part(int64(s.Months/12), "year")
	part(int64(s.Months%12), "mon")
	part(int64(s.Days), "day")
	if s.Micros == 0 && len(dst) > start {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	us := uint64(s.Micros)
	switch {
	case s.Micros < 0:
		dst, us = append(dst, '-'), -us
	case neg:
		dst = append(dst, '+')
	}
	h := us / MicrosPerHour
	if h < 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendUint(dst, h, 10)
	rest := int64(us % MicrosPerHour)
	dst = append2(append(dst, ':'), int(rest/MicrosPerMinute))
	dst = append2(append(dst, ':'), int(rest/MicrosPerSecond%60))
	return appendFraction(dst, rest%MicrosPerSecond)
}

// String is the interval in PostgreSQL's default style.
func (s Span) String() string { return string(AppendSpan(nil, s)) }

// AddSpan adds an interval to an instant: months (the day cut to the month's
// length), then days, on the wall clock of loc, then the µs. 22008.
func AddSpan(us int64, s Span, loc *time.Location) (int64, error) {
	if IsInfinite(us) {
		return us, nil
	}
	if s.Months != 0 {
		days, micros := SplitMicros(InstantToLocal(us, loc))
		y, m, d := CivilFromDays(days)
		total := y*12 + int64(m-1) + int64(s.Months)
		y, m = floorDiv(total, 12), int(total-floorDiv(total, 12)*12)+1
		var err error
		if us, err = atLocal(DaysFromCivil(y, m, min(d, DaysInMonth(y, m))), micros, loc); err != nil {
			return 0, err
		}
	}
	if s.Days != 0 {
		days, micros := SplitMicros(InstantToLocal(us, loc))
		var err error
		if us, err = atLocal(days+int64(s.Days), micros, loc); err != nil {
			return 0, err
		}
	}
	sum := us + s.Micros
	if (s.Micros > 0) != (sum > us) && s.Micros != 0 || sum < minTimestamp || sum >= endTimestamp {
		return 0, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range")
	}
	return sum, nil
}

// atLocal is the instant of a wall-clock reading. 22008.
func atLocal(days, micros int64, loc *time.Location) (int64, error) {
	if days < minDays || days > endTimestamp/MicrosPerDay-2 {
		return 0, sqlerr.New(sqlerr.DatetimeOverflow, "timestamp out of range")
	}
	return LocalToInstant(days*MicrosPerDay+micros, loc), nil
}

func errSpanRange() error { return sqlerr.New(sqlerr.DatetimeOverflow, "interval out of range") }

// Add is the sum of two intervals, field by field. 22008.
func (s Span) Add(u Span) (Span, error) {
	months, days := int64(s.Months)+int64(u.Months), int64(s.Days)+int64(u.Days)
	micros := s.Micros + u.Micros
	if (u.Micros > 0) != (micros > s.Micros) && u.Micros != 0 || months != int64(int32(months)) || days != int64(int32(days)) {
		return Span{}, errSpanRange()
	}
	return Span{int32(months), int32(days), micros}, nil
}

// Neg is the interval the other way. 22008.
func (s Span) Neg() (Span, error) {
	if s.Months == math.MinInt32 || s.Days == math.MinInt32 || s.Micros == math.MinInt64 {
		return Span{}, errSpanRange()
	}
	return Span{-s.Months, -s.Days, -s.Micros}, nil
}

// Mul is the interval times f; fractions of months spill into days, of days
// into µs. 22008.
func (s Span) Mul(f float64) (Span, error) {
	months := float64(s.Months) * f
	wm := math.Trunc(months)
	days := float64(s.Days) * f
	wd := math.Trunc(days)
	spill := roundMicros((months - wm) * daysPerMonth)
	ws := math.Trunc(spill)
	secs := roundMicros((days - wd + spill - ws) * secondsPerDay)
	if math.Abs(secs) >= secondsPerDay {
		whole := math.Trunc(secs / secondsPerDay)
		wd += whole
		secs -= whole * secondsPerDay
	}
	wd += ws
	micros := math.RoundToEven(float64(s.Micros)*f + secs*MicrosPerSecond)
	if !(math.Abs(wm) <= math.MaxInt32 && math.Abs(wd) <= math.MaxInt32 && math.Abs(micros) < math.MaxInt64) {
		return Span{}, errSpanRange()
	}
	return Span{int32(wm), int32(wd), int64(micros)}, nil
}

const secondsPerDay = 24 * 60 * 60

// roundMicros rounds to six digits, as PostgreSQL does between its steps.
func roundMicros(f float64) float64 { return math.RoundToEven(f*MicrosPerSecond) / MicrosPerSecond }

// SubTimestamps is the difference of two instants as PostgreSQL gives it: whole days and
// the µs left.
func SubTimestamps(a, b int64) Span {
	d := a - b
	days := d / MicrosPerDay
	return Span{Days: int32(days), Micros: d - days*MicrosPerDay}
}

// Millis is the interval's estimated length in ms, a month as 30 days.
func (s Span) Millis() int64 {
	return (int64(s.Months)*daysPerMonth+int64(s.Days))*24*3600*1000 + s.Micros/1000
}
