package types

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// maxTypeDepth bounds nesting of a type read from text.
const maxTypeDepth = 64

// ParseType reads what Stored writes (and the other spellings of names that
// Lookup knows): it is how types are stored. It is not the SQL grammar. 42704.
func ParseType(s string) (Type, error) {
	p := typeParser{rest: s}
	t, ok := p.parse(0)
	if !ok || p.rest != "" {
		return Type{}, sqlerr.New(sqlerr.UndefinedObject, "type \"%s\" does not exist", s)
	}
	return t, nil
}

// MarshalText is Stored: a stored type is readable.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.Stored()), nil }

// UnmarshalText is ParseType.
func (t *Type) UnmarshalText(b []byte) error {
	u, err := ParseType(string(b))
	*t = u
	return err
}

type typeParser struct{ rest string }

func (p *typeParser) eat(s string) bool {
	if rest, ok := strings.CutPrefix(p.rest, s); ok {
		p.rest = rest
		return true
	}
	return false
}

func (p *typeParser) parse(depth int) (t Type, ok bool) {
	switch {
	case depth > maxTypeDepth:
		return Type{}, false
	case p.eat("STRUCT<"):
		t, ok = p.fields(depth)
	case p.eat("ENUM<"):
		t, ok = p.labels()
	case p.eat("MAP<"):
		var key, elem Type
		if key, ok = p.parse(depth + 1); ok && p.eat(", ") {
			elem, ok = p.parse(depth + 1)
		} else {
			ok = false
		}
		t, ok = TMap(key, elem), ok && p.eat(">")
	default:
		t, ok = p.scalar()
	}
	for ok && p.eat("[]") {
		if depth++; depth > maxTypeDepth {
			return Type{}, false
		}
		t = TArray(t)
	}
	return t, ok
}

func (p *typeParser) fields(depth int) (Type, bool) {
	t := Type{Kind: Struct}
	if p.eat(">") {
		return t, true
	}
	for {
		name, ok := p.ident()
		if !ok || !p.eat(" ") {
			return t, false
		}
		ft, ok := p.parse(depth + 1)
		if !ok {
			return t, false
		}
		t.Fields = append(t.Fields, Field{name, ft})
		if p.eat(">") {
			return t, true
		}
		if !p.eat(", ") {
			return t, false
		}
	}
}

// ident reads what QuoteIdent writes.
func (p *typeParser) ident() (string, bool) {
	if !p.eat(`"`) {
		n := strings.IndexByte(p.rest, ' ')
		if n <= 0 {
			return "", false
		}
		name := p.rest[:n]
		p.rest = p.rest[n:]
		return name, true
	}
	var b strings.Builder
	for {
		n := strings.IndexByte(p.rest, '"')
		if n < 0 {
			return "", false
		}
		b.WriteString(p.rest[:n])
		p.rest = p.rest[n+1:]
		if !p.eat(`"`) {
			return b.String(), true
		}
		b.WriteByte('"')
	}
}

// scalar reads a name of one or more words with its parameters.
func (p *typeParser) scalar() (Type, bool) {
	n := strings.IndexAny(p.rest, "([,>")
	if n < 0 {
		n = len(p.rest)
	}
	name := p.rest[:n]
	p.rest = p.rest[n:]
	var args []int32
	if p.eat("(") {
		body, rest, ok := strings.Cut(p.rest, ")")
		if !ok {
			return Type{}, false
		}
		p.rest = rest
		for _, a := range strings.Split(body, ",") {
			v, err := strconv.ParseInt(strings.TrimSpace(a), 10, 32)
			if err != nil {
				return Type{}, false
			}
			args = append(args, int32(v))
		}
	}
	return Lookup(name, args)
}
