package types

import (
	"slices"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Labels are what an enum type has beside its kind. They are shared and never
// changed: a value is the place of its label among them, so that values order as
// the labels do.
type Labels struct {
	Name     string
	OID      uint32 // its number in the catalog and on the wire
	ArrayOID uint32 // of its arrays
	All      []string
}

// TEnum is the enum type with these labels.
func TEnum(l *Labels) Type { return Type{Kind: Enum, Labels: l} }

// Place finds a label. 22P02 when it is none.
func (l *Labels) Place(s string) (int64, error) {
	if i := slices.Index(l.All, s); i >= 0 {
		return int64(i), nil
	}
	return 0, sqlerr.New(sqlerr.InvalidTextRepresent, "invalid input value for enum %s: \"%s\"", QuoteIdent(l.Name), s)
}

// At is the label of a value.
func (l *Labels) At(place int64) string { return l.All[place] }

// Within tells whether every value of l is one of wider, at the same place.
func (l *Labels) Within(wider *Labels) bool {
	return l.OID == wider.OID && len(l.All) <= len(wider.All) && slices.Equal(l.All, wider.All[:len(l.All)])
}

// HasEnum tells whether t is an enum with the number oid or holds one.
func (t Type) HasEnum(oid uint32) bool {
	return t.Kind == Enum && t.Labels.OID == oid || t.Elem != nil && t.Elem.HasEnum(oid) || t.Key != nil && t.Key.HasEnum(oid) ||
		slices.ContainsFunc(t.Fields, func(f Field) bool { return f.Type.HasEnum(oid) })
}

// stored is the form that the catalog keeps: ENUM<name oid array "label" ...>.
func (l *Labels) stored() string {
	var b strings.Builder
	b.WriteString("ENUM<" + QuoteIdent(l.Name) + " " + strconv.FormatUint(uint64(l.OID), 10) + " " + strconv.FormatUint(uint64(l.ArrayOID), 10))
	for _, s := range l.All {
		b.WriteString(` "` + strings.ReplaceAll(s, `"`, `""`) + `"`)
	}
	return b.String() + ">"
}

// labels reads what stored writes, after its first word.
func (p *typeParser) labels() (Type, bool) {
	l := &Labels{}
	var ok bool
	if l.Name, ok = p.ident(); !ok {
		return Type{}, false
	}
	for _, n := range []*uint32{&l.OID, &l.ArrayOID} {
		if !p.eat(" ") {
			return Type{}, false
		}
		end := 0
		for end < len(p.rest) && isDigit(p.rest[end]) {
			end++
		}
		x, err := strconv.ParseUint(p.rest[:end], 10, 32)
		if err != nil {
			return Type{}, false
		}
		*n, p.rest = uint32(x), p.rest[end:]
	}
	for p.eat(" ") {
		if !strings.HasPrefix(p.rest, `"`) {
			return Type{}, false
		}
		s, ok := p.ident()
		if !ok {
			return Type{}, false
		}
		l.All = append(l.All, s)
	}
	return TEnum(l), p.eat(">")
}
