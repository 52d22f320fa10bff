package goldentest

import (
	"flag"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

var (
	trials    = flag.Int("trials", 12, "random files of TestRandomJoins")
	firstSeed = flag.Int64("first-seed", 1, "SEED of the first of them")
)

// TestRandomJoins makes random joins of tables and streams, random changes, and
// compares what the continuous queries hold at rest with the same queries over
// their sources.
func TestRandomJoins(t *testing.T) {
	use := []Mode{modes[0], modes[3], modes[4]}
	for seed := range int64(*trials) {
		g := &generator{rng: rand.New(rand.NewSource(*firstSeed + seed)), streams: seed%2 == 1}
		text := g.file()
		sum, out, _ := runText(t, text, Options{Seed: uint64(seed), Modes: use})
		if sum.Passed != len(use) {
			t.Fatalf("seed %d: %s\n%s\n%s", *firstSeed+seed, sum, out, text)
		}
	}
}

// generator writes one random file.
type generator struct {
	rng     *rand.Rand
	streams bool // joins begin with streams, else there are tables alone
	rels    []*randomRel
	out     strings.Builder
}

// randomRel has the columns i, j, n INT and s TEXT.
type randomRel struct {
	name   string
	stream bool
	keys   []string
}

func (g *generator) one(of ...string) string { return of[g.rng.Intn(len(of))] }

func (g *generator) chance(percent int) bool { return g.rng.Intn(100) < percent }

func (g *generator) statement(format string, args ...any) {
	fmt.Fprintf(&g.out, "statement ok\n"+format+";\n\n", args...)
}

func (g *generator) file() string {
	g.out.WriteString("# random\n\n")
	for i := range 1 + g.rng.Intn(3) {
		g.declare(&randomRel{name: fmt.Sprint("r", i), stream: g.streams && i < 2})
	}
	for range 4 { // a stream meets what its tables hold before
		g.change(!g.streams)
	}
	var queries [][2]string
	for i := range 4 {
		kind, live, rest := g.query()
		g.statement("CREATE %s q%d AS %s", kind, i, live)
		if kind == "TABLE" {
			g.statement("CREATE TABLE c%d AS SELECT sum(CASE op WHEN 'insert' THEN 1 WHEN 'delete' THEN -1 ELSE 0 END) AS n FROM changes(q%d)", i, i)
			queries = append(queries, [2]string{fmt.Sprintf("SELECT coalesce(sum(n), 0)::bigint FROM c%d", i), fmt.Sprintf("SELECT count(*) FROM q%d", i)})
		}
		queries = append(queries, [2]string{fmt.Sprintf("SELECT * FROM q%d", i), rest})
	}
	for range 3 + g.rng.Intn(6) {
		g.change(true)
		if verb := g.one("crash", "checkpoint", "restart", "", "", "", "", "", ""); verb != "" {
			g.out.WriteString(verb + "\n\n")
		}
	}
	for _, q := range queries {
		for _, x := range [][2]string{q, {q[1], q[0]}} {
			fmt.Fprintf(&g.out, "query I\nSELECT count(*) FROM (SELECT * FROM (%s) l EXCEPT ALL SELECT * FROM (%s) r) q;\n----\n0\n\n", x[0], x[1])
		}
	}
	g.out.WriteString("query II\nSELECT count(*) FILTER (WHERE state <> 'running'), (SELECT count(*) FROM leat.errors) FROM leat.jobs;\n----\n0 0\n")
	return g.out.String()
}

func (g *generator) declare(r *randomRel) {
	r.keys = strings.Split(g.one("i", "i", "i j", "s i", "j i"), " ")
	with := fmt.Sprint("partitions = ", []int{1, 2, 3, 3, 3}[g.rng.Intn(5)])
	if g.chance(30) {
		with += ", key_format = 'DELIMITED'"
	} else if len(r.keys) == 1 && g.chance(30) {
		with += ", key_format = 'KAFKA'"
	}
	g.rels = append(g.rels, r)
	if !r.stream {
		g.statement("CREATE TABLE %s (i INT, j INT, n INT, s TEXT, PRIMARY KEY (%s)) WITH (%s)", r.name, strings.Join(r.keys, ", "), with)
		return
	}
	var cols []string
	for _, c := range []string{"i", "j", "n", "s"} {
		def := c + map[bool]string{true: " TEXT", false: " INT"}[c == "s"]
		if slices.Contains(r.keys, c) {
			def += " KEY"
		}
		cols = append(cols, def)
	}
	g.statement("CREATE STREAM %s (%s) WITH (%s)", r.name, strings.Join(cols, ", "), with)
}

// change changes a relation; without all only tables change.
func (g *generator) change(all bool) {
	r := g.rels[g.rng.Intn(len(g.rels))]
	if !r.stream && g.streams && all || r.stream && !all {
		return
	}
	switch x := g.rng.Intn(4); {
	case r.stream || x < 2:
		g.insert(r)
	case x == 2 && !slices.Contains(r.keys, "n"):
		g.statement("UPDATE %s SET n = %s WHERE %s %s %d", r.name, g.one("n + 1", "NULL", "2"), g.number(r.name), g.one("<", ">", "="), g.rng.Intn(4))
	default:
		g.statement("DELETE FROM %s WHERE %s %s %d", r.name, g.number(r.name), g.one("<", ">", "="), g.rng.Intn(4))
	}
}

func (g *generator) insert(r *randomRel) {
	seen := map[string]bool{}
	var rows []string
	for range 1 + g.rng.Intn(10) {
		row, key := []string{fmt.Sprintf("to_timestamp(%d)", g.rng.Intn(3600))}, ""
		for _, c := range []string{"i", "j", "n", "s"} {
			inKey := slices.Contains(r.keys, c)
			v := g.literal(c)
			if (r.stream || !inKey) && g.chance(15) {
				v = "NULL"
			}
			if inKey {
				key += v + ","
			}
			row = append(row, v)
		}
		if r.stream || !seen[key] {
			rows = append(rows, "("+strings.Join(row, ", ")+")")
		}
		seen[key] = true
	}
	g.statement("INSERT INTO %s (rowtime, i, j, n, s) VALUES %s", r.name, strings.Join(rows, ", "))
}

func (g *generator) literal(c string) string {
	if c == "s" {
		return "'" + g.one("a", "b", "c") + "'"
	}
	return fmt.Sprint(g.rng.Intn(4))
}

// number and text are expressions over a relation of FROM.
func (g *generator) number(a string) string {
	return a + "." + g.one("i", "j", "n") + g.one("", "", "", " + 1", " * 2")
}

func (g *generator) text(a string) string {
	return g.one(a+".s", a+".s", "upper("+a+".s)")
}

// query gives a continuous query, and the same over its sources at rest.
func (g *generator) query() (kind, live, rest string) {
	first := g.rels[0]
	if !g.streams {
		first = g.rels[g.rng.Intn(len(g.rels))]
	}
	kind, live = map[bool]string{true: "STREAM", false: "TABLE"}[g.streams], first.name+" a"
	rest = live
	seen := []string{"a"}
	for _, b := range []string{"b", "c", "d"}[:1+g.rng.Intn(3)] {
		r := g.rels[g.rng.Intn(len(g.rels))]
		join, within := g.one("JOIN", "JOIN", "LEFT JOIN"), ""
		if !g.streams {
			join = g.one(join, "RIGHT JOIN", "FULL JOIN")
		}
		if r.stream {
			join, within = "JOIN", " WITHIN 10 HOURS"
		}
		on := " ON " + strings.Join(g.conditions(seen, b, r), " AND ")
		live += fmt.Sprintf(" %s %s %s%s%s", join, r.name, b, within, on)
		rest += fmt.Sprintf(" %s %s %s%s", join, r.name, b, on)
		seen = append(seen, b)
	}
	var cols []string
	for _, a := range seen {
		cols = append(cols, a+".i AS "+a+"i", a+".n AS "+a+"n", a+".s AS "+a+"s")
	}
	head, tail := "SELECT "+strings.Join(cols, ", ")+" FROM ", ""
	if g.chance(30) {
		tail = " WHERE " + g.further(seen, g.one(seen...))
	}
	if g.chance(25) {
		by := g.one(seen...) + "." + g.one("i", "j", "s")
		kind, head, tail = "TABLE", fmt.Sprintf("SELECT %s AS g, count(*) AS c, sum(%s.n) AS t FROM ", by, g.one(seen...)), tail+" GROUP BY "+by
	}
	return kind, head + live + tail, head + rest + tail
}

// conditions is what ON says: the whole key of a table, or anything.
func (g *generator) conditions(seen []string, b string, r *randomRel) []string {
	var out []string
	named, a := g.chance(50), g.one(seen...) // equal names: often both keys
	if whole := g.streams && !r.stream; whole || !r.stream && g.chance(50) {
		for _, k := range r.keys {
			mine := g.number(g.one(seen...))
			if k == "s" {
				mine = g.text(g.one(seen...))
			}
			switch {
			case named:
				mine = a + "." + k
			case g.chance(10):
				mine = g.literal(k)
			}
			out = append(out, mine+" = "+b+"."+k)
		}
		g.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	} else {
		out = append(out, g.one(g.number(g.one(seen...))+" = "+g.number(b), g.text(g.one(seen...))+" = "+g.text(b)))
	}
	if g.chance(40) {
		out = append(out, g.further(seen, b))
	}
	return out
}

func (g *generator) further(seen []string, b string) string {
	a := g.one(seen...)
	return g.one(g.number(a)+" < "+g.number(b), g.number(b)+" <> "+g.literal("n"), "("+b+".s IS NULL OR "+a+".i > 1)", g.number(a)+" >= "+g.literal("n"))
}
