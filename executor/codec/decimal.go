package codec

import (
	"github.com/leatdb/leat/sql/types"
)

// numStatus is how reading a number ended.
type numStatus uint8

const (
	numOK       numStatus = iota
	numSyntax             // not a number
	numFraction           // a number with a fraction
	numRange              // beyond 64 bits
)

// numeralParts are the pieces of [sign] digits [. digits] [e [sign] digits].
type numeralParts struct {
	neg         bool
	whole, frac []byte
	exp         int64 // saturates
}

// numeral tells whether p is a number in plain or scientific notation.
func numeral(p []byte) bool {
	_, ok := splitNumeral(p)
	return ok
}

func splitNumeral(p []byte) (n numeralParts, ok bool) {
	if len(p) > 0 && (p[0] == '-' || p[0] == '+') {
		n.neg = p[0] == '-'
		p = p[1:]
	}
	i := digitRun(p)
	n.whole, p = p[:i], p[i:]
	if len(p) > 0 && p[0] == '.' {
		i = digitRun(p[1:])
		n.frac, p = p[1:1+i], p[1+i:]
	}
	if len(n.whole)+len(n.frac) == 0 {
		return n, false
	}
	if len(p) > 0 && (p[0] == 'e' || p[0] == 'E') {
		p = p[1:]
		sign := int64(1)
		if len(p) > 0 && (p[0] == '-' || p[0] == '+') {
			if p[0] == '-' {
				sign = -1
			}
			p = p[1:]
		}
		i = digitRun(p)
		if i == 0 {
			return n, false
		}
		for _, c := range p[:i] {
			n.exp = min(n.exp*10+int64(c-'0'), 1<<40)
		}
		n.exp *= sign
		p = p[i:]
	}
	return n, len(p) == 0
}

func digitRun(p []byte) int {
	i := 0
	for i < len(p) && p[i]-'0' <= 9 {
		i++
	}
	return i
}

// wholeNumber reads a number whose value is an integer, exactly: 1.0 and 1e3
// are, 1.5 is not unless truncate is set.
func wholeNumber(p []byte, truncate bool) (int64, numStatus) {
	if n, ok := shortInteger(p); ok {
		return n, numOK
	}
	parts, ok := splitNumeral(p)
	if !ok {
		return 0, numSyntax
	}
	point := int64(len(parts.whole)) + parts.exp // digits before the point
	total := int64(len(parts.whole) + len(parts.frac))
	var u uint64
	status := numOK
	for i := int64(0); i < total; i++ {
		d := parts.digit(i)
		if i >= point {
			if d != 0 && !truncate {
				return 0, numFraction
			}
			continue
		}
		if u > (1<<63-1)/10 {
			status = numRange
			continue
		}
		u = u*10 + uint64(d)
	}
	for i := total; i < point && u != 0; i++ {
		if u > (1<<63-1)/10 {
			return 0, numRange
		}
		u *= 10
	}
	switch {
	case status != numOK || u > 1<<63 || u == 1<<63 && !parts.neg:
		return 0, numRange
	case parts.neg:
		return int64(-u), numOK
	}
	return int64(u), numOK
}

func (n *numeralParts) digit(i int64) byte {
	if i < int64(len(n.whole)) {
		return n.whole[i] - '0'
	}
	return n.frac[i-int64(len(n.whole))] - '0'
}

// shortInteger reads up to 18 plain digits.
func shortInteger(p []byte) (n int64, ok bool) {
	neg := len(p) > 0 && p[0] == '-'
	if neg {
		p = p[1:]
	}
	if len(p) == 0 || len(p) > 18 {
		return 0, false
	}
	for _, c := range p {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}

// decimal puts the exact value of p into c as canonical text. A declared scale
// pads with zeros and never rounds: digits that do not fit are out of range.
func decimal(t *types.Type, p []byte, c *cell) error {
	parts, ok := splitNumeral(p)
	if !ok {
		return special(t, p, c)
	}
	if parts.exp != 0 {
		return scientific(t, p, c)
	}
	out, ok := fitDigits(t, &parts)
	if !ok {
		return errRange(t, p)
	}
	c.setBytes(out)
	return nil
}

// special reads the values of an unconstrained numeric that are no numbers.
func special(t *types.Type, p []byte, c *cell) error {
	s := string(p)
	if t.Precision == 0 && (s == "NaN" || s == "Infinity" || s == "-Infinity") {
		c.setBytes([]byte(s))
		return nil
	}
	return errSyntax(t, p)
}

// scientific brings a number with an exponent to plain notation first.
func scientific(t *types.Type, p []byte, c *cell) error {
	d, ok, out := types.ParseDecimal(string(p))
	if !ok {
		return errSyntax(t, p)
	}
	if out {
		return errRange(t, p)
	}
	plain := types.AppendDecimal(nil, d)
	parts, ok := splitNumeral(plain)
	if !ok || parts.exp != 0 {
		panic("BUG: C4: canonical decimal is not plain: " + string(plain))
	}
	text, fits := fitDigits(t, &parts)
	if !fits {
		return errRange(t, p)
	}
	c.setBytes(text)
	return nil
}

// fitDigits writes sign, whole digits and fraction canonically: no leading
// zeros, the scale of t or as written, no negative zero.
func fitDigits(t *types.Type, n *numeralParts) (out []byte, ok bool) {
	whole, frac := n.whole, n.frac
	for len(whole) > 0 && whole[0] == '0' {
		whole = whole[1:]
	}
	scale := len(frac)
	if t.Precision > 0 {
		scale = int(t.Scale)
		for len(frac) > scale && frac[len(frac)-1] == '0' {
			frac = frac[:len(frac)-1]
		}
		if len(frac) > scale || len(whole) > int(t.Precision-t.Scale) {
			return nil, false
		}
	}
	if len(whole) > maxWhole || scale > maxScale {
		return nil, false
	}
	out = make([]byte, 0, len(whole)+scale+3)
	if n.neg && !(allZero(whole) && allZero(frac)) {
		out = append(out, '-')
	}
	if len(whole) == 0 {
		out = append(out, '0')
	}
	out = append(out, whole...)
	if scale == 0 {
		return out, true
	}
	out = append(append(out, '.'), frac...)
	for range scale - len(frac) {
		out = append(out, '0')
	}
	return out, true
}

// Limits of numeric, PostgreSQL's own.
const (
	maxWhole = 131072
	maxScale = 16383
)

func allZero(p []byte) bool {
	for _, c := range p {
		if c != '0' {
			return false
		}
	}
	return true
}
