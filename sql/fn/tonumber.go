package fn

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func addNumberFormats(a *adder, doc string) {
	a.row("to_char(x numeric, template text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return charNumber(v[0].(types.Dec), v[1].(string))
	}, doc)
	a.row("to_char(x double, template text) text", leat, func(_ *Env, v []types.Value) (types.Value, error) {
		return charNumber(types.DecimalFromFloat(v[0].(float64), 15), v[1].(string))
	}, doc)
	integer := func(_ *Env, v []types.Value) (types.Value, error) {
		return charNumber(types.DecimalFromInt(v[0].(int64)), v[1].(string))
	}
	a.row("to_char(x int, template text) text", leat, integer, doc)
	a.row("to_char(x bigint, template text) text", leat, integer, doc)
	a.row("to_number(s text, template text) numeric", leat, toNumber, "The number a text gives by a PostgreSQL template.")
}

// numberTemplate is a parsed template of to_char for numbers.
type numberTemplate struct {
	fill           bool
	whole, frac    int  // digit places
	zeroFrom       int  // whole places from the right that print zeros
	fracZero       int  // fraction places that always print
	sign           byte // 0 leading, 'S' anchored, 'M' MI, 'P' PR, 'L' PL, 'G' SG
	signLast       bool
	toks           []byte // 9 0 . , and others
	text           []string
	point, ordinal bool
}

func readNumberTemplate(p string) (n numberTemplate, err error) {
	n.fill = true
	add := func(c byte, s string) { n.toks, n.text = append(n.toks, c), append(n.text, s) }
	for i := 0; i < len(p); i++ {
		two := strings.ToUpper(p[i:min(len(p), i+2)])
		switch c := p[i]; {
		case two == "FM":
			n.fill = false
			i++
		case two == "MI" || two == "PL" || two == "SG" || two == "PR":
			n.sign, n.signLast = map[string]byte{"MI": 'M', "PL": 'L', "SG": 'G', "PR": 'P'}[two], len(n.toks) > 0
			if two != "PR" {
				add('s', "")
			}
			i++
		case two == "TH":
			n.ordinal = true
			add('t', p[i:i+2])
			i++
		case two == "RN" || two == "EE":
			return n, sqlerr.Unsupported("template pattern %s for numbers", two)
		case c == '9' || c == '0':
			if n.point {
				n.frac++
				if c == '0' {
					n.fracZero = n.frac
				}
			} else {
				n.whole++
				if c == '0' && n.zeroFrom == 0 {
					n.zeroFrom = n.whole
				}
			}
			add('9', "")
		case c == '.' || c == 'D' || c == 'd':
			n.point = true
			add('.', "")
		case c == ',' || c == 'G' || c == 'g':
			add(',', "")
		case c == 'S' || c == 's':
			n.sign, n.signLast = 'S', n.whole > 0
			add('s', "")
		case c == 'V' || c == 'v':
			return n, sqlerr.Unsupported("template pattern V for numbers")
		case c == 'L' || c == 'l':
			add('x', "$")
		case c == '"':
			end := strings.IndexByte(p[i+1:], '"')
			if end < 0 {
				end = len(p) - i - 1
			}
			add('x', p[i+1:i+1+end])
			i += end + 1
		default:
			add('x', p[i:i+1])
		}
	}
	if n.zeroFrom > 0 {
		n.zeroFrom = n.whole - n.zeroFrom + 1
	}
	return n, nil
}

// charNumber is to_char for numbers.
func charNumber(d types.Dec, template string) (types.Value, error) {
	if len(template) > 1000 {
		return nil, errTooLong()
	}
	n, err := readNumberTemplate(template)
	if err != nil {
		return nil, err
	}
	if d.Form == apd.NaN {
		return "NaN", nil
	}
	digits, neg, fits := n.digits(d)
	if !fits {
		digits = strings.Repeat("#", n.whole+n.frac)
	}
	return n.layout(digits, neg), nil
}

// digits is the rounded number as whole+frac digits.
func (n numberTemplate) digits(d types.Dec) (string, bool, bool) {
	if d.Form != apd.Finite {
		return "", d.Negative, false
	}
	r := types.Rescale(d, int32(n.frac))
	s := r.Coeff.String()
	if len(s) < n.whole+n.frac {
		s = strings.Repeat("0", n.whole+n.frac-len(s)) + s
	}
	if len(s) > n.whole+n.frac {
		return "", r.Negative, false
	}
	return s, r.Negative && r.Coeff.Sign() != 0, true
}

// numberLayout is one walk over a template.
type numberLayout struct {
	numberTemplate
	digits   string
	neg      bool
	out      []byte
	started  bool // a digit or the point has been written
	place    int  // the next digit
	lead     int  // whole digits that print, from the right
	fracEnd  int  // where the digits that print end
	floating bool // the sign goes before the first digit
}

// layout walks the template: leading zeros become blanks, the sign goes before
// the first digit unless the template places it.
func (n numberTemplate) layout(digits string, neg bool) string {
	l := numberLayout{numberTemplate: n, digits: digits, neg: neg, fracEnd: len(digits)}
	for l.lead = n.whole; l.lead > max(n.zeroFrom, 0) && digits[n.whole-l.lead] == '0'; {
		l.lead--
	}
	if l.lead == 0 && n.frac == 0 && n.whole > 0 {
		l.lead = 1
	}
	for !n.fill && l.fracEnd > n.whole+n.fracZero && digits[l.fracEnd-1] == '0' {
		l.fracEnd--
	}
	l.floating = n.sign == 0 || (n.sign == 'S' && !n.signLast) || n.sign == 'P'
	for i, c := range n.toks {
		l.token(c, n.text[i])
	}
	if n.sign == 'P' {
		if neg {
			l.out = append(l.out, '>')
		} else {
			l.blank()
		}
	}
	return string(l.out)
}

func (l *numberLayout) blank() {
	if l.fill {
		l.out = append(l.out, ' ')
	}
}

func (l *numberLayout) start() {
	if !l.started && l.floating {
		l.out = l.appendSign(l.out, l.neg)
	}
	l.started = true
}

func (l *numberLayout) token(c byte, text string) {
	switch c {
	case '9':
		if l.place < l.whole && l.whole-l.place > l.lead {
			l.blank()
		} else if l.place < l.fracEnd || l.place < l.whole {
			l.start()
			l.out = append(l.out, l.digits[l.place])
		}
		l.place++
	case '.':
		l.start()
		l.out = append(l.out, '.')
	case ',':
		if l.started {
			l.out = append(l.out, ',')
		} else {
			l.blank()
		}
	case 's':
		if !l.floating {
			l.out = l.appendSign(l.out, l.neg)
		}
	case 't':
		if !l.neg && l.frac == 0 {
			v, _ := strconv.ParseInt(l.digits[max(0, len(l.digits)-18):], 10, 64)
			end := ordinalEnd(v)
			if text == "TH" {
				end = strings.ToUpper(end)
			}
			l.out = append(l.out, end...)
		}
	default:
		l.out = append(l.out, text...)
	}
}

func (n numberTemplate) appendSign(out []byte, neg bool) []byte {
	switch n.sign {
	case 'S', 'G':
		if neg {
			return append(out, '-')
		}
		return append(out, '+')
	case 'P':
		if neg {
			return append(out, '<')
		}
	case 'L':
		if !neg {
			return append(out, '+')
		}
		return append(out, ' ')
	default:
		if neg {
			return append(out, '-')
		}
	}
	if n.fill {
		return append(out, ' ')
	}
	return out
}

// toNumber keeps digits, the point and the sign of the text.
func toNumber(_ *Env, v []types.Value) (types.Value, error) {
	var b strings.Builder
	neg := false
	for _, c := range v[0].(string) {
		switch {
		case c >= '0' && c <= '9', c == '.' && strings.ContainsAny(v[1].(string), ".Dd"):
			b.WriteRune(c)
		case c == '-' || c == '<':
			neg = true
		}
	}
	d, ok, out := types.ParseDecimal(b.String())
	if !ok || out || d == nil {
		return nil, sqlerr.New(sqlerr.InvalidTextRepresent, "invalid input syntax for type numeric: \"%s\"", v[0])
	}
	if neg {
		d = DecNeg(d)
	}
	return d, nil
}
