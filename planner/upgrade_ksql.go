package planner

import (
	"slices"
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
)

// carried is what the state of a grouped query depends on in ksqlDB: the columns
// that its rows carry into the groups, and the aggregates.
type carried struct {
	columns, aggregates []string
}

// CheckUpgrade refuses, in ksqlDB's words, a query that cannot take over the
// groups of the one it replaces: it carries other columns into them or has other
// aggregates. node is ksqlDB's name of the step, StreamAggregate or
// TableAggregate. Queries that are not both grouped pass.
func CheckUpgrade(was, is *sql.Query, node string, opt Options) error {
	reg := opt.registry()
	old, ok := carriedOf(was, reg)
	if !ok {
		return nil
	}
	next, ok := carriedOf(is, reg)
	if !ok {
		return nil
	}
	switch {
	case !sameSet(old.columns, next.columns):
		return notUpgradeable(node, "columns not part of aggregate", old.columns, next.columns)
	case !slices.Equal(old.aggregates, next.aggregates):
		return notUpgradeable(node, "aggregation functions", old.aggregates, next.aggregates)
	}
	return nil
}

func notUpgradeable(node, what string, was, is []string) error {
	return sqlerr.New(sqlerr.FeatureNotSupported, "Cannot upgrade data source: Query is not upgradeable. %s must have matching %s. Values differ: [%s] vs. [%s]",
		node, what, strings.Join(was, ", "), strings.Join(is, ", "))
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// carriedOf reads a query's grouping from its text: the columns of GROUP BY,
// then those of SELECT, WHERE and HAVING, each once. COUNT(*) reads ROWTIME.
func carriedOf(q *sql.Query, reg *fn.Registry) (carried, bool) {
	sel, ok := q.Body.(*sql.Select)
	if !ok || len(sel.GroupBy) == 0 {
		return carried{}, false
	}
	g := &carried{}
	for _, e := range sel.GroupBy {
		g.read(e, reg)
	}
	for _, it := range sel.Items {
		g.read(it.Expr, reg)
	}
	g.read(sel.Where, reg)
	g.read(sel.Having, reg)
	return *g, true
}

func (g *carried) read(e sql.Expr, reg *fn.Registry) {
	if e == nil {
		return
	}
	bound := map[string]bool{}
	sql.Walk(e, func(n sql.Node) bool {
		switch n := n.(type) {
		case *sql.Lambda:
			for _, p := range n.Params {
				bound[p.Fold(true)] = true
			}
		case *sql.ColumnRef:
			if name := n.Parts[len(n.Parts)-1].Fold(true); len(n.Parts) > 1 || !bound[name] {
				g.column(name)
			}
		case *sql.Call:
			if len(reg.Aggs(n.Name.Last().Fold(false))) == 0 {
				return true
			}
			text := ksqlExpr(n)
			if n.Star || len(n.Args) == 0 {
				g.column("ROWTIME")
				text = strings.ToUpper(n.Name.Last().Text) + "(ROWTIME)"
			}
			if !slices.Contains(g.aggregates, text) {
				g.aggregates = append(g.aggregates, text)
			}
		}
		return true
	})
}

func (g *carried) column(name string) {
	if name = "`" + name + "`"; !slices.Contains(g.columns, name) {
		g.columns = append(g.columns, name)
	}
}
