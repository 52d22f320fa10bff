package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// kind is a type of columns and expressions.
type kind int

const (
	integer kind = iota
	decimal
	text
	boolean
	double
	timestamp
	kinds
)

// column is a column in scope.
type column struct {
	name string // with its table's alias
	kind kind
}

// table is a base table.
type table struct {
	name    string
	columns []column
	types   []string
}

var tables = []table{
	{"t1", []column{{"id", integer}, {"a", integer}, {"b", integer}, {"s", text}, {"n", decimal}, {"d", double}, {"f", boolean}, {"ts", timestamp}},
		[]string{"INT PRIMARY KEY", "INT", "BIGINT", "TEXT", "NUMERIC(10,2)", "DOUBLE PRECISION", "BOOLEAN", "TIMESTAMPTZ"}},
	{"t2", []column{{"id", integer}, {"a", integer}, {"s", text}, {"m", decimal}, {"g", boolean}},
		[]string{"INT PRIMARY KEY", "INT", "TEXT", "NUMERIC(8,3)", "BOOLEAN"}},
	{"t3", []column{{"id", integer}, {"a", integer}, {"k", text}, {"ts", timestamp}},
		[]string{"INT PRIMARY KEY", "INT", "TEXT", "TIMESTAMPTZ"}},
}

// Schema gives the statements that make and fill the tables.
func Schema(rng *rand.Rand) []string {
	var out []string
	for _, t := range tables {
		cols := make([]string, len(t.columns))
		for i, c := range t.columns {
			cols[i] = c.name + " " + t.types[i]
		}
		out = append(out, fmt.Sprintf("CREATE TABLE %s (%s)", t.name, strings.Join(cols, ", ")))
		var rows []string
		for id := range 8 + rng.IntN(20) {
			row := []string{fmt.Sprint(id)}
			for _, c := range t.columns[1:] {
				row = append(row, literal(rng, c.kind, 5))
			}
			rows = append(rows, "("+strings.Join(row, ", ")+")")
		}
		out = append(out, fmt.Sprintf("INSERT INTO %s VALUES %s", t.name, strings.Join(rows, ", ")))
	}
	return out
}

var words = []string{"", "a", "ab", "abc", "B", "b%", "x_y", "äö", "hello", "Hello", " pad ", "10", "-3", "zz"}

// literal is a constant of a kind; NULL one time in nulls, never for 0.
func literal(rng *rand.Rand, k kind, nulls int) string {
	if nulls > 0 && rng.IntN(nulls) == 0 {
		return "NULL"
	}
	switch k {
	case integer:
		return fmt.Sprint(rng.IntN(30) - 8)
	case decimal:
		return fmt.Sprintf("%d.%d", rng.IntN(200)-80, rng.IntN(99))
	case text:
		return "'" + words[rng.IntN(len(words))] + "'"
	case boolean:
		return []string{"true", "false"}[rng.IntN(2)]
	case double:
		return fmt.Sprintf("%d.%d", rng.IntN(40)-20, []int{0, 5, 25, 125}[rng.IntN(4)])
	}
	return fmt.Sprintf("TIMESTAMPTZ '2026-%02d-%02d %02d:%02d:00+00'", 1+rng.IntN(3), 1+rng.IntN(28), rng.IntN(24), rng.IntN(60))
}
