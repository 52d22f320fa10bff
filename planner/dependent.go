package planner

import (
	"slices"

	"github.com/leatdb/leat/sql/expr"
)

// dependents are the columns the block reads beside GROUP BY that follow from
// it: those of a table whose whole primary key is grouped by. They become group
// columns too, which divides no group.
func (s *selecting) dependents() []expr.Node {
	if s.b.ksql || len(s.groups) == 0 {
		return nil
	}
	grouped := map[int]bool{}
	for _, n := range s.groups {
		if c, ok := n.(*expr.Column); ok {
			grouped[c.Index] = true
		}
	}
	missing := map[string]bool{} // tables with a key column that is not grouped
	for _, c := range s.sc.cols {
		if c.key && !grouped[c.index] {
			missing[c.table] = true
		}
	}
	free := map[int]column{}
	for _, c := range s.sc.cols {
		if c.byKey && !missing[c.table] && !grouped[c.index] {
			free[c.index] = c
		}
	}
	if len(free) == 0 {
		return nil
	}
	var used []int
	s.eachRead(func(index int) {
		if _, ok := free[index]; ok && !slices.Contains(used, index) {
			used = append(used, index)
		}
	})
	slices.Sort(used)
	var out []expr.Node
	for _, i := range used {
		out = append(out, &expr.Column{Index: i, Name: free[i].name, T: free[i].t})
	}
	return out
}

// eachRead calls f with every column the block's expressions read outside its
// aggregates, their subqueries included.
func (s *selecting) eachRead(f func(index int)) {
	visit := func(n expr.Node) {
		if n == nil {
			return
		}
		rewriteDeep(n, 0, func(c expr.Node, depth int) expr.Node {
			switch c := c.(type) {
			case *expr.Column:
				if depth == 0 {
					f(c.Index)
				}
			case *expr.Outer:
				if c.Depth == depth {
					f(c.Index)
				}
			}
			return nil
		})
	}
	for i := range s.items {
		visit(s.items[i].node)
	}
	visit(s.having)
	for i := range s.order {
		visit(s.order[i].key.X)
	}
	for _, n := range s.on {
		visit(n)
	}
	for i := range s.blk.overs {
		eachCall(&s.blk.overs[i], func(n *expr.Node) { visit(*n) })
	}
	for _, set := range s.blk.sets {
		eachOf(set.Args, func(n *expr.Node) { visit(*n) })
	}
}

// qualified names a column of the input as messages do: with its table.
func (s *scope) qualified(c *expr.Column) string {
	for _, x := range s.cols {
		if x.index == c.Index && x.node == nil && x.table != "" && x.name == c.Name {
			return x.table + "." + x.name
		}
	}
	return c.Name
}
