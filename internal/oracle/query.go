package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Query is a random query, ordered by all of its columns.
func Query(rng *rand.Rand) string {
	g := &gen{rng: rng}
	body, columns := g.body(2)
	with := ""
	if rng.IntN(6) == 0 {
		name := g.name()
		with = fmt.Sprintf("WITH %s AS (%s) ", name, body)
		body, columns = g.selectFrom(name, rename(columns, name))
	}
	order := make([]string, len(columns))
	for i := range order {
		order[i] = fmt.Sprint(i+1) + pick(g, "", "", " DESC", " NULLS FIRST", " DESC NULLS LAST")
	}
	text := with + body + " ORDER BY " + strings.Join(order, ", ")
	if rng.IntN(4) == 0 {
		text += fmt.Sprintf(" LIMIT %d", rng.IntN(9))
	}
	if rng.IntN(6) == 0 {
		text += fmt.Sprintf(" OFFSET %d", rng.IntN(4))
	}
	return text
}

// rename gives columns c1, c2, ... of a subquery their names outside of it.
func rename(columns []column, alias string) []column {
	out := make([]column, len(columns))
	for i, c := range columns {
		out[i] = column{fmt.Sprintf("%s.c%d", alias, i+1), c.kind}
	}
	return out
}

// body is a SELECT or a set operation; its columns are named c1, c2, ...
func (g *gen) body(sub int) (string, []column) {
	if g.rng.IntN(6) > 0 {
		return g.block(sub)
	}
	left, columns := g.block(sub)
	from, in := g.source(0)
	items := make([]string, len(columns))
	for i, c := range columns {
		items[i] = g.expr(c.kind, scope{columns: in, depth: 1}) + fmt.Sprintf(" AS c%d", i+1)
	}
	right := fmt.Sprintf("SELECT %s FROM %s", strings.Join(items, ", "), from)
	op := pick(g, "UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL")
	return fmt.Sprintf("(%s) %s (%s)", left, op, right), columns
}

// block is one SELECT.
func (g *gen) block(sub int) (string, []column) {
	from, in := g.source(sub)
	s := scope{columns: in, depth: 3, sub: sub}
	where := ""
	if g.rng.IntN(3) > 0 {
		where = " WHERE " + g.expr(boolean, s)
	}
	switch g.rng.IntN(5) {
	case 0, 1:
		return g.grouped(from, where, s)
	case 2:
		return g.windowed(from, where, s)
	}
	var items []string
	var columns []column
	for i := range 1 + g.rng.IntN(4) {
		k := kind(g.rng.IntN(int(kinds)))
		items = append(items, fmt.Sprintf("%s AS c%d", g.expr(k, s), i+1))
		columns = append(columns, column{fmt.Sprintf("c%d", i+1), k})
	}
	return fmt.Sprintf("SELECT %s%s FROM %s%s", pick(g, "", "", "DISTINCT "), strings.Join(items, ", "), from, where), columns
}

func (g *gen) selectFrom(name string, in []column) (string, []column) {
	s := scope{columns: in, depth: 2}
	var items []string
	var columns []column
	for i := range 1 + g.rng.IntN(3) {
		c := pick(g, in...)
		items = append(items, fmt.Sprintf("%s AS c%d", g.expr(c.kind, s), i+1))
		columns = append(columns, column{fmt.Sprintf("c%d", i+1), c.kind})
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s", strings.Join(items, ", "), name, g.expr(boolean, s)), columns
}

// source is a FROM clause.
func (g *gen) source(sub int) (string, []column) {
	if sub > 0 && g.rng.IntN(6) == 0 {
		body, columns := g.body(sub - 1)
		alias := g.name()
		return fmt.Sprintf("(%s) %s", body, alias), rename(columns, alias)
	}
	t, alias := pick(g, tables...), g.name()
	from, in := t.name+" "+alias, t.as(alias)
	for g.rng.IntN(3) == 0 && len(in) < 16 {
		u, other := pick(g, tables...), g.name()
		right := u.as(other)
		l, r := scope{columns: in}, scope{columns: right}
		on := fmt.Sprintf("%s = %s", pick(g, l.of(integer)...).name, pick(g, r.of(integer)...).name)
		join := pick(g, "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
		in = append(in[:len(in):len(in)], right...)
		if join != "FULL JOIN" && g.rng.IntN(3) == 0 {
			on += " AND " + g.expr(boolean, scope{columns: in, depth: 1})
		}
		from += fmt.Sprintf(" %s %s %s ON %s", join, u.name, other, on)
	}
	return from, in
}

// grouped is an aggregation.
func (g *gen) grouped(from, where string, s scope) (string, []column) {
	var items, groups []string
	var columns []column
	add := func(text string, k kind) {
		columns = append(columns, column{fmt.Sprintf("c%d", len(items)+1), k})
		items = append(items, fmt.Sprintf("%s AS c%d", text, len(items)+1))
	}
	plain := scope{columns: s.columns, depth: 1}
	for range g.rng.IntN(3) {
		k := pick(g, integer, text, boolean, decimal)
		if cols := s.of(k); len(cols) > 0 {
			c := pick(g, cols...)
			add(c.name, k)
			groups = append(groups, c.name)
		}
	}
	for range 1 + g.rng.IntN(3) {
		filter := ""
		if g.rng.IntN(6) == 0 {
			filter = " FILTER (WHERE " + g.expr(boolean, plain) + ")"
		}
		add(g.aggregate(plain, filter))
	}
	q := fmt.Sprintf("SELECT %s FROM %s%s", strings.Join(items, ", "), from, where)
	if len(groups) > 0 {
		q += " GROUP BY " + strings.Join(groups, ", ")
	}
	if g.rng.IntN(4) == 0 {
		text, _ := g.aggregate(scope{columns: s.columns}, "")
		q += fmt.Sprintf(" HAVING (%s) IS NOT NULL AND count(*) %s %d", text, pick(g, ">", "<=", "<>"), g.rng.IntN(4))
	}
	return q, columns
}

// aggregate is a call with a filter behind it.
func (g *gen) aggregate(s scope, filter string) (string, kind) {
	k := pick(g, integer, decimal, text, timestamp)
	switch g.rng.IntN(8) {
	case 0:
		return "count(*)" + filter, integer
	case 1:
		return fmt.Sprintf("count(%s%s)%s", pick(g, "", "DISTINCT "), g.expr(k, s), filter), integer
	case 2:
		return fmt.Sprintf("sum(%s)%s", g.expr(decimal, s), filter), decimal
	case 3:
		return fmt.Sprintf("CAST(sum(%s)%s AS INT)", g.expr(integer, s), filter), integer
	case 4:
		return fmt.Sprintf("round(avg(%s)%s, 4)", g.expr(pick(g, decimal, integer), s), filter), decimal
	case 5:
		return fmt.Sprintf("%s(%s)%s", pick(g, "bool_and", "bool_or"), g.expr(boolean, s), filter), boolean
	case 6:
		e := g.expr(text, s)
		return fmt.Sprintf("string_agg(%s, '|' ORDER BY %s)%s", e, e, filter), text
	}
	return fmt.Sprintf("%s(%s)%s", pick(g, "min", "max"), g.expr(k, s), filter), k
}

// windowed has window functions, over an order that leaves no ties open.
func (g *gen) windowed(from, where string, s scope) (string, []column) {
	over := func(unique bool) string {
		text := "PARTITION BY " + g.expr(pick(g, integer, text, boolean), scope{columns: s.columns})
		if !unique {
			return text
		}
		all := make([]string, len(s.columns))
		for i, c := range s.columns {
			all[i] = c.name
		}
		g.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		return text + " ORDER BY " + strings.Join(all, ", ")
	}
	plain := scope{columns: s.columns, depth: 1}
	key := pick(g, integer, text)
	items := []string{g.expr(key, plain) + " AS c1"}
	columns := []column{{"c1", key}}
	switch g.rng.IntN(4) {
	case 0:
		items = append(items, fmt.Sprintf("CAST(%s() OVER (%s) AS INT) AS c2", pick(g, "row_number", "rank", "dense_rank"), over(true)))
	case 1:
		items = append(items, fmt.Sprintf("%s(%s) OVER (%s) AS c2", pick(g, "lag", "lead", "first_value"), g.expr(integer, plain), over(true)))
	case 2:
		items = append(items, fmt.Sprintf("CAST(sum(%s) OVER (%s) AS INT) AS c2", g.expr(integer, plain), over(g.rng.IntN(2) == 0)))
	default:
		items = append(items, fmt.Sprintf("CAST(count(%s) OVER (%s) AS INT) AS c2", g.expr(text, plain), over(g.rng.IntN(2) == 0)))
	}
	columns = append(columns, column{"c2", integer})
	return fmt.Sprintf("SELECT %s FROM %s%s", strings.Join(items, ", "), from, where), columns
}
