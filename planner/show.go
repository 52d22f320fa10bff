package planner

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/expr"
)

func itoa(n int) string { return strconv.Itoa(n) }

// show prints an expression for messages and EXPLAIN.
func show(n expr.Node) string {
	if n == nil {
		return "NULL"
	}
	return expr.Text(readable(n))
}

// readable replaces private placeholders, which the printer does not know.
func readable(n expr.Node) expr.Node {
	return rewrite(n, func(c expr.Node) expr.Node {
		if p, ok := c.(*placeholder); ok {
			name := "aggregate"
			if p.kind == windowBound {
				name = []string{"window_start", "window_end"}[p.index]
			}
			return &expr.Column{Name: name, T: p.t}
		}
		return nil
	})
}

func showKeys(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = show(k.X)
		if k.Desc {
			parts[i] += " DESC"
		}
		if k.NullsFirst != k.Desc {
			parts[i] += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
		}
	}
	return strings.Join(parts, ", ")
}

func showAll(xs []expr.Node) string {
	parts := make([]string, len(xs))
	for i, n := range xs {
		parts[i] = show(n)
	}
	return strings.Join(parts, ", ")
}
