package codec

import (
	"strings"

	"github.com/leatdb/leat/sql/types"
)

// isoText walks an ISO 8601 text; bad is sticky.
type isoText struct {
	p       []byte
	i       int
	bad     bool
	outside bool // well formed, but a field is out of its range
}

// digits reads between lo and hi digits.
func (s *isoText) digits(lo, hi int) int64 {
	var n int64
	start := s.i
	for s.i < len(s.p) && s.i-start < hi && s.p[s.i]-'0' <= 9 {
		n = n*10 + int64(s.p[s.i]-'0')
		s.i++
	}
	s.bad = s.bad || s.i-start < lo
	return n
}

// byteIs consumes one of the bytes in set.
func (s *isoText) byteIs(set string) bool {
	if s.i < len(s.p) && strings.IndexByte(set, s.p[s.i]) >= 0 {
		s.i++
		return true
	}
	return false
}

func (s *isoText) expect(c string) {
	if !s.byteIs(c) {
		s.bad = true
	}
}

func (s *isoText) done() bool { return s.i == len(s.p) }

// date reads yyyy-mm-dd, the year of four to six digits.
func (s *isoText) date() (days int64) {
	y := s.digits(4, 6)
	s.expect("-")
	m := s.digits(2, 2)
	s.expect("-")
	d := s.digits(2, 2)
	if s.bad {
		return 0
	}
	if m < 1 || m > 12 || d < 1 || y < 1 || d > int64(types.DaysInMonth(y, int(m))) {
		s.outside = true
		return 0
	}
	return types.DaysFromCivil(y, int(m), int(d))
}

// clock reads hh:mm[:ss[.fraction]] as µs; second 60 is the next minute's 0.
func (s *isoText) clock() (us int64) {
	h := s.digits(2, 2)
	s.expect(":")
	m := s.digits(2, 2)
	var sec, frac int64
	if s.byteIs(":") {
		sec = s.digits(2, 2)
		if s.byteIs(".,") {
			frac = s.fraction()
		}
	}
	if h > 24 || m > 59 || sec > 60 || h == 24 && m+sec+frac > 0 {
		s.outside = true
	}
	return ((h*60+m)*60+sec)*1e6 + frac
}

// fraction reads one to nine digits as µs; what is finer is cut off.
func (s *isoText) fraction() (us int64) {
	start := s.i
	n := s.digits(1, 9)
	for w := s.i - start; w < 9; w++ {
		n *= 10
	}
	return n / 1000
}

// zone reads Z or ±hh[[:]mm] as seconds; absent is UTC.
func (s *isoText) zone() (seconds int64) {
	if s.bad || s.done() || s.byteIs("Zz") {
		return 0
	}
	sign := int64(1)
	if s.byteIs("-") {
		sign = -1
	} else {
		s.expect("+")
	}
	h := s.digits(2, 2)
	var m int64
	if !s.done() {
		s.byteIs(":")
		m = s.digits(2, 2)
	}
	if h > 15 || m > 59 {
		s.outside = true
	}
	return sign * (h*60 + m) * 60
}

// parseInstant reads yyyy-mm-dd[(T| )hh:mm[:ss[.f]][zone]] or ±infinity as µs.
func parseInstant(t *types.Type, p []byte) (int64, error) {
	s := isoText{p: p}
	us := s.date() * types.MicrosPerDay
	if !s.bad && !s.done() {
		s.expect("Tt ")
		us += s.clock()
		s.byteIs(" ")
		us -= s.zone() * 1e6
	}
	if s.bad || !s.done() {
		return unusualInstant(t, p)
	}
	if s.outside {
		return 0, errField(p)
	}
	return us, nil
}

// unusualInstant reads what AppendTimestampISO writes outside ISO: infinities
// and years before 1.
func unusualInstant(t *types.Type, p []byte) (int64, error) {
	text := string(p)
	if text == "infinity" || text == "-infinity" || strings.HasSuffix(text, " BC") {
		return types.ParseTimestamp(text, nil)
	}
	return 0, errTemporal(t, p)
}

func parseDay(t *types.Type, p []byte) (int64, error) {
	s := isoText{p: p}
	days := s.date()
	if s.bad || !s.done() {
		text := string(p)
		if text == "infinity" || text == "-infinity" || strings.HasSuffix(text, " BC") {
			return types.ParseDate(text)
		}
		return 0, errTemporal(t, p)
	}
	if s.outside {
		return 0, errField(p)
	}
	return days, nil
}

func parseClock(t *types.Type, p []byte) (int64, error) {
	s := isoText{p: p}
	us := s.clock()
	if s.bad || !s.done() {
		return 0, errTemporal(t, p)
	}
	if s.outside || us > types.MicrosPerDay {
		return 0, errField(p)
	}
	return us, nil
}
