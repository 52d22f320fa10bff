package fn

import (
	"strings"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// parse reads s by the pattern: whole, or with more its beginning.
func (p javaPattern) parse(s string, more bool) (javaTime, error) {
	j := javaTime{year: 1970, month: 1, day: 1}
	r := javaReader{p: p, s: s, j: &j, more: more}
	if !r.run(0) {
		return j, errParse(s)
	}
	return j, nil
}

func errParse(s string) error {
	return sqlerr.New(sqlerr.InvalidDatetimeFormat, "text %q could not be parsed by the date/time pattern", s)
}

// javaReader walks pattern and text together.
type javaReader struct {
	p javaPattern
	s string
	j *javaTime

	more bool // text after the pattern's end is ignored
}

// run reads from field i to the end of pattern and text.
func (r *javaReader) run(i int) bool {
	for ; i < len(r.p); i++ {
		f := r.p[i]
		switch f.letter {
		case 0:
			if !hasAnyPrefixFold(r.s, f.text) {
				return false
			}
			r.s = r.s[len(f.text):]
		case ']':
		case '[':
			end := r.closing(i)
			saved, text := *r.j, r.s
			if r.run(i + 1) {
				return true
			}
			*r.j, r.s = saved, text
			i = end
		default:
			if !r.field(i) {
				return false
			}
		}
	}
	return r.more || r.s == ""
}

// closing is the position of the ] that closes the [ at i.
func (r *javaReader) closing(i int) int {
	depth := 0
	for ; i < len(r.p); i++ {
		switch r.p[i].letter {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(r.p)
}

func (r *javaReader) field(i int) bool {
	f := r.p[i]
	switch f.letter {
	case 'G':
		bc, ok := r.word("AD", "BC")
		r.j.bc = bc
		return ok
	case 'a':
		pm, ok := r.word("AM", "PM")
		r.j.half, r.j.pm = true, pm
		return ok
	case 'S':
		return r.fraction(f.count)
	case 'V', 'z', 'O', 'X', 'x', 'Z':
		return r.zone(f)
	case 'M', 'L':
		if f.count >= 3 {
			return r.month(f.count)
		}
	case 'E':
		return r.weekday(f.count)
	case 'e', 'c', 'Q', 'q', 'w', 'Y':
		return false
	}
	n, ok := r.digits(i)
	if !ok {
		return false
	}
	return r.set(f, n)
}

// digits reads a number: a repeated letter has its width (years at least), a
// single one any; a variable one leaves room for the fixed ones right after it.
func (r *javaReader) digits(i int) (int64, bool) {
	f := r.p[i]
	lo, hi := f.count, f.count
	year := strings.IndexByte("yu", f.letter) >= 0
	if f.count == 1 || year && f.count > 2 {
		hi = 18
	}
	neg := false
	if year && strings.HasPrefix(r.s, "-") {
		neg, r.s = true, r.s[1:]
	} else if year && strings.HasPrefix(r.s, "+") {
		r.s = r.s[1:]
	}
	have := 0
	for have < len(r.s) && r.s[have] >= '0' && r.s[have] <= '9' {
		have++
	}
	if hi > lo {
		for k := i + 1; k < len(r.p) && r.numeric(k); k++ {
			have -= r.p[k].count
		}
	}
	n := min(have, hi)
	if n < lo || n > len(r.s) {
		return 0, false
	}
	var x int64
	for _, c := range []byte(r.s[:n]) {
		x = x*10 + int64(c-'0')
	}
	if year && f.count == 2 {
		x += 2000
	}
	if neg {
		x = -x
	}
	r.s = r.s[n:]
	return x, true
}

func (r *javaReader) numeric(k int) bool {
	f := r.p[k]
	return f.letter != 0 && strings.IndexByte("yudDHkKhmsSnNA", f.letter) >= 0 ||
		(f.letter == 'M' || f.letter == 'L') && f.count < 3
}

func (r *javaReader) set(f javaField, n int64) bool {
	j := r.j
	switch f.letter {
	case 'y', 'u':
		j.year = n
	case 'M', 'L':
		j.month = n
	case 'd':
		j.day = n
	case 'D':
		j.yearDay = n
		return n >= 1 && n <= 366
	case 'H', 'k':
		j.hour = n
		if f.letter == 'k' {
			j.hour = n % 24
		}
		return n <= 24
	case 'K', 'h':
		j.hour, j.half = n, true
		return n <= 12
	case 'm':
		j.minute = n
	case 's':
		j.second = n
	case 'n':
		j.micros = n / 1000
		return n < 1e9
	case 'A', 'N':
		if f.letter == 'A' {
			n *= 1e6
		}
		if n < 0 || n >= 86400*1e9 {
			return false
		}
		j.hour, j.minute, j.second, j.micros = n/3600e9, n/60e9%60, n/1e9%60, n/1000%1000000
	}
	return true
}

func (r *javaReader) fraction(count int) bool {
	if len(r.s) < count {
		return false
	}
	n := int64(0)
	for k := range 9 {
		d := int64(0)
		if k < count {
			c := r.s[k]
			if c < '0' || c > '9' {
				return false
			}
			d = int64(c - '0')
		}
		n = n*10 + d
	}
	r.j.micros = n / 1000
	r.s = r.s[count:]
	return true
}

// word reads one of two words; second tells that it was the second.
func (r *javaReader) word(a, b string) (second, ok bool) {
	for i, w := range [...]string{a, b} {
		if hasAnyPrefixFold(r.s, w) {
			r.s = r.s[len(w):]
			return i == 1, true
		}
	}
	return false, false
}

func (r *javaReader) month(count int) bool {
	for m := time.January; m <= time.December; m++ {
		name := m.String()
		if count == 3 {
			name = name[:3]
		}
		if hasAnyPrefixFold(r.s, name) {
			r.j.month = int64(m)
			r.s = r.s[len(name):]
			return true
		}
	}
	return false
}

func (r *javaReader) weekday(count int) bool {
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := d.String()
		if count < 4 {
			name = name[:3]
		}
		if hasAnyPrefixFold(r.s, name) {
			r.s = r.s[len(name):]
			return true
		}
	}
	return false
}

// zone reads an offset, Z (for X), or a name (for V and z).
func (r *javaReader) zone(f javaField) bool {
	end := 0
	for end < len(r.s) && (r.s[end] == '+' || r.s[end] == '-' || r.s[end] == ':' || r.s[end] == '/' || r.s[end] == '_' ||
		r.s[end] >= '0' && r.s[end] <= '9' || r.s[end]|0x20 >= 'a' && r.s[end]|0x20 <= 'z') {
		end++
	}
	name := r.s[:end]
	signed := name != "" && (name[0] == '+' || name[0] == '-')
	switch f.letter {
	case 'X':
		if strings.HasPrefix(name, "Z") {
			r.j.zone, r.s = time.UTC, r.s[1:]
			return true
		}
		if !signed {
			return false
		}
	case 'x', 'Z':
		if !signed {
			return false
		}
	case 'O':
		name = strings.TrimPrefix(name, "GMT")
		if name == "" {
			name = "UTC"
		}
	}
	loc, err := types.LoadZone(name)
	if err != nil {
		return false
	}
	r.j.zone, r.s = loc, r.s[end:]
	return true
}
