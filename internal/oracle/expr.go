package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// gen makes one query.
type gen struct {
	rng   *rand.Rand
	alias int
}

// scope is what an expression may name.
type scope struct {
	columns []column
	depth   int // of expressions; at 0 only columns and constants
	sub     int // of subqueries that may still be nested
}

func (s scope) down() scope { s.depth--; return s }

func (s scope) of(k kind) []column {
	var out []column
	for _, c := range s.columns {
		if c.kind == k {
			out = append(out, c)
		}
	}
	return out
}

func pick[T any](g *gen, list ...T) T { return list[g.rng.IntN(len(list))] }

// expr is a random expression of a kind.
func (g *gen) expr(k kind, s scope) string {
	if s.depth <= 0 || g.rng.IntN(4) == 0 {
		if cols := s.of(k); len(cols) > 0 && g.rng.IntN(5) > 0 {
			return pick(g, cols...).name
		}
		return cast(k, literal(g.rng, k, 0))
	}
	d := s.down()
	switch g.rng.IntN(8) {
	case 0:
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", g.expr(boolean, d), g.expr(k, d), g.expr(k, d))
	case 1:
		return fmt.Sprintf("coalesce(%s, %s)", g.expr(k, d), g.expr(k, d))
	case 2:
		if k != boolean {
			return fmt.Sprintf("%s(%s, %s)", pick(g, "greatest", "least", "nullif"), g.expr(k, d), g.expr(k, d))
		}
	}
	switch k {
	case integer:
		return g.integer(d)
	case decimal:
		return g.decimal(d)
	case text:
		return g.text(d)
	case boolean:
		return g.boolean(d)
	case double:
		return fmt.Sprintf("(%s %s %s)", g.expr(double, d), pick(g, "+", "-"), g.expr(double, d))
	}
	return fmt.Sprintf("(%s %s INTERVAL '%d %s')", g.expr(timestamp, d), pick(g, "+", "-"), 1+g.rng.IntN(50), pick(g, "day", "hour", "minute", "month"))
}

// cast gives constants the type that the column of their kind has.
func cast(k kind, text string) string {
	switch k {
	case double:
		return "CAST(" + text + " AS DOUBLE PRECISION)"
	case decimal:
		return "CAST(" + text + " AS NUMERIC(10,2))"
	}
	if strings.HasPrefix(text, "-") {
		return "(" + text + ")"
	}
	return text
}

func (g *gen) integer(s scope) string {
	switch g.rng.IntN(7) {
	case 0:
		return fmt.Sprintf("(%s %s %d)", g.expr(integer, s), pick(g, "/", "%"), pick(g, 2, 3, 7, -4))
	case 1:
		return fmt.Sprintf("(%s * %d)", g.expr(integer, s), pick(g, 2, 3, -1))
	case 2:
		return fmt.Sprintf("%s(%s)", pick(g, "length", "octet_length", "ascii"), g.expr(text, s))
	case 3:
		return fmt.Sprintf("abs(%s)", g.expr(integer, s))
	case 4:
		return fmt.Sprintf("CAST(extract(%s FROM %s) AS INT)", pick(g, "year", "month", "day", "hour", "dow", "doy"), g.expr(timestamp, s))
	}
	return fmt.Sprintf("(%s %s %s)", g.expr(integer, s), pick(g, "+", "-"), g.expr(integer, s))
}

func (g *gen) decimal(s scope) string {
	switch g.rng.IntN(5) {
	case 0:
		return fmt.Sprintf("%s(%s)", pick(g, "abs", "floor", "ceil", "round", "sign"), g.expr(decimal, s))
	case 1:
		return fmt.Sprintf("round(%s, %d)", g.expr(decimal, s), g.rng.IntN(3))
	case 2:
		return fmt.Sprintf("(%s * %s)", g.expr(decimal, s), literal(g.rng, decimal, 0))
	}
	return fmt.Sprintf("(%s %s %s)", g.expr(decimal, s), pick(g, "+", "-"), g.expr(decimal, s))
}

func (g *gen) text(s scope) string {
	switch g.rng.IntN(7) {
	case 0:
		return fmt.Sprintf("%s(%s)", pick(g, "upper", "lower", "btrim", "reverse", "md5"), g.expr(text, s))
	case 1:
		return fmt.Sprintf("substr(%s, %d, %d)", g.expr(text, s), g.rng.IntN(4)-1, g.rng.IntN(4)+2)
	case 2:
		return fmt.Sprintf("%s(%s, %d)", pick(g, "left", "right", "repeat"), g.expr(text, s), g.rng.IntN(4))
	case 3:
		return fmt.Sprintf("replace(%s, %s, %s)", g.expr(text, s), literal(g.rng, text, 0), literal(g.rng, text, 0))
	case 4:
		return fmt.Sprintf("concat(%s, %s)", g.expr(text, s), g.expr(integer, s))
	case 5:
		return fmt.Sprintf("CAST(%s AS TEXT)", g.expr(pick(g, integer, boolean), s))
	}
	return fmt.Sprintf("(%s || %s)", g.expr(text, s), g.expr(text, s))
}

func (g *gen) boolean(s scope) string {
	k := kind(g.rng.IntN(int(kinds)))
	switch g.rng.IntN(11) {
	case 0:
		return fmt.Sprintf("(%s AND %s)", g.expr(boolean, s), g.expr(boolean, s))
	case 1:
		return fmt.Sprintf("(%s OR %s)", g.expr(boolean, s), g.expr(boolean, s))
	case 2:
		return fmt.Sprintf("(NOT %s)", g.expr(boolean, s))
	case 3:
		return fmt.Sprintf("(%s IS %sNULL)", g.expr(k, s), pick(g, "", "NOT "))
	case 4:
		return fmt.Sprintf("(%s %sBETWEEN %s AND %s)", g.expr(integer, s), pick(g, "", "NOT "), g.expr(integer, s), g.expr(integer, s))
	case 5:
		return fmt.Sprintf("(%s %sIN (%s, %s, %s))", g.expr(k, s), pick(g, "", "NOT "), g.expr(k, s), g.expr(k, s), g.expr(k, s))
	case 6:
		return fmt.Sprintf("(%s %sLIKE '%s')", g.expr(text, s), pick(g, "", "NOT "), pick(g, "a%", "%b%", "_b", "%", "", `b\%`, "%_"))
	case 7:
		return fmt.Sprintf("(%s IS %sDISTINCT FROM %s)", g.expr(k, s), pick(g, "", "NOT "), g.expr(k, s))
	case 8:
		if s.sub > 0 {
			return g.membership(s)
		}
	}
	return fmt.Sprintf("(%s %s %s)", g.expr(k, s), pick(g, "=", "<>", "<", "<=", ">", ">="), g.expr(k, s))
}

// membership asks a subquery.
func (g *gen) membership(s scope) string {
	t := pick(g, tables...)
	alias := g.name()
	inner := scope{columns: t.as(alias), depth: 1}
	outer := scope{columns: s.columns, depth: 1}
	switch g.rng.IntN(3) {
	case 0:
		return fmt.Sprintf("(%s %sIN (SELECT %s FROM %s %s WHERE %s))", g.expr(integer, outer), pick(g, "", "NOT "),
			g.expr(integer, inner), t.name, alias, g.expr(boolean, inner))
	case 1:
		return fmt.Sprintf("(%sEXISTS (SELECT 1 FROM %s %s WHERE %s = %s AND %s))", pick(g, "", "NOT "),
			t.name, alias, pick(g, inner.of(integer)...).name, g.expr(integer, outer), g.expr(boolean, inner))
	}
	return fmt.Sprintf("(%s > (SELECT %s(%s) FROM %s %s WHERE %s))", g.expr(integer, outer), pick(g, "min", "max", "count"),
		g.expr(integer, inner), t.name, alias, g.expr(boolean, inner))
}

func (g *gen) name() string {
	g.alias++
	return fmt.Sprintf("q%d", g.alias)
}

func (t table) as(alias string) []column {
	out := make([]column, len(t.columns))
	for i, c := range t.columns {
		out[i] = column{alias + "." + c.name, c.kind}
	}
	return out
}
