package planner

import (
	"strings"

	"github.com/leatdb/leat/sql/expr"
)

var joinLabels = map[JoinKind]string{
	InnerJoin: "Inner", LeftJoin: "Left", RightJoin: "Right", FullJoin: "Full", CrossJoin: "Cross", SemiJoin: "Semi", AntiJoin: "Anti",
}

// batch renders a node of a pull plan with its inputs and subqueries.
func (x explainer) batch(n BatchNode) line {
	l := x.batchNode(n)
	if x.run != nil {
		if a, ok := x.run.Nodes[n]; ok {
			l.actual = &a
		} else {
			l.actual = &Actual{} // it was never asked
		}
	}
	for _, in := range inputsOf(n) {
		l.inputs = append(l.inputs, x.batch(in))
	}
	eachExpr(n, func(e *expr.Node) {
		if *e == nil {
			return
		}
		visit(*e, func(c expr.Node) bool {
			if q, ok := c.(*expr.Subquery); ok {
				sub := line{title: "SubPlan"}
				sub.inputs = append(sub.inputs, x.batch(q.Plan.(BatchNode)))
				l.inputs = append(l.inputs, sub)
			}
			return true
		})
	})
	return l
}

func (x explainer) batchNode(n BatchNode) line {
	var l line
	switch n := n.(type) {
	case *ScanNode:
		return x.scan(n)
	case *ValuesNode:
		l.title = "Values (" + itoa(len(n.Rows)) + " rows)"
		if len(n.Schema) == 0 {
			l.title = "Result"
		}
	case *BatchFilter:
		l.title = "Filter"
		l.add("Filter", x.expr(n.Cond))
	case *BatchProject:
		l.title = "Project"
		l.add("Output", x.projected(n))
	case *BatchJoin:
		l.title = joinLabels[n.Kind] + " Join"
		if n.Lateral {
			l.title += " (lateral)"
		}
		l.add("Key", x.pairs(n.LeftKey, n.RightKey))
		l.add("Join Filter", x.expr(n.Residual))
	case *BatchAggregate:
		l.title = "Aggregate"
		l.add("Group Key", x.exprs(n.Groups))
		l.add("Aggregates", x.aggs(n.Aggs))
		l.add("Window", windowText(n.Window))
	case *BatchWindow:
		l.title = "WindowAgg"
		l.add("Functions", x.calls(n.Calls))
	case *BatchSort:
		l.title = "Sort"
		l.add("Sort Key", x.keys(n.Keys))
	default:
		return x.batchRest(n)
	}
	return l
}

func (x explainer) batchRest(n BatchNode) line {
	var l line
	switch n := n.(type) {
	case *BatchLimit:
		l.title = "Limit"
		l.add("Limit", x.expr(n.Limit))
		l.add("Offset", x.expr(n.Offset))
	case *BatchDistinct:
		l.title = "Unique"
		l.add("On", x.exprs(n.On))
	case *BatchSetOp:
		l.title = n.Op
		if n.All {
			l.title += " ALL"
		}
	case *BatchTableFunc:
		l.title = "Function Scan"
		var parts []string
		for _, c := range n.Calls {
			parts = append(parts, c.Fn.Name+"("+x.exprs(c.Args)+")")
		}
		l.add("Call", strings.Join(parts, ", "))
	case *BatchWith:
		l.title = "With"
		var names []string
		for _, c := range n.CTEs {
			name := c.Name + " as #" + itoa(c.ID)
			if c.Recursive {
				name += " recursive"
			}
			names = append(names, name)
		}
		l.add("CTEs", strings.Join(names, ", "))
	case *BatchCTERef:
		l.title = "CTE Scan on #" + itoa(n.ID)
	}
	return l
}

// scan renders the access path of a scan.
func (x explainer) scan(n *ScanNode) line {
	if n.Relation == nil {
		return line{title: "Virtual Scan on " + n.Virtual}
	}
	l := line{title: "Scan on " + n.Relation.Name}
	if !x.physical {
		return l
	}
	switch {
	case n.Points != nil:
		l.title = "Key Lookup on " + n.Relation.Name
		var parts []string
		for _, p := range n.Points {
			parts = append(parts, "("+x.exprs(p)+")")
		}
		l.add("Points", strings.Join(parts, ", "))
	case n.Low != nil || n.High != nil:
		l.title = "Key Range on " + n.Relation.Name
		l.add("Range", x.keyRange(n))
	}
	l.add("Window Start From", x.expr(n.WindowLow))
	l.add("Window Start To", x.expr(n.WindowHigh))
	var cols []string
	for i, need := range n.Needed {
		if need {
			cols = append(cols, n.Schema[i].Name)
		}
	}
	l.add("Columns", strings.Join(cols, ", "))
	return l
}

func (x explainer) keyRange(n *ScanNode) string {
	low, high := "(-inf", "inf)"
	if n.Low != nil {
		low = map[bool]string{true: "(", false: "["}[n.LowStrict] + x.expr(n.Low)
	}
	if n.High != nil {
		high = x.expr(n.High) + map[bool]string{true: ")", false: "]"}[n.HighOpen]
	}
	return low + ", " + high
}

func (x explainer) projected(n *BatchProject) string {
	parts := make([]string, len(n.Exprs))
	for i, e := range n.Exprs {
		if s := n.Sets[i]; s != nil {
			parts[i] = s.Fn.Name + "(" + x.exprs(s.Args) + ")"
			continue
		}
		parts[i] = x.labelled(e, n.Schema[i].Name)
	}
	return strings.Join(parts, ", ")
}

// labelled writes an expression with its output name where that is not its own.
func (x explainer) labelled(e expr.Node, name string) string {
	text := x.expr(e)
	if name == "" || text == name {
		return text
	}
	return text + " AS " + name
}

func (x explainer) pairs(l, r []expr.Node) string {
	parts := make([]string, len(l))
	for i := range l {
		parts[i] = x.expr(l[i]) + " = " + x.expr(r[i])
	}
	return strings.Join(parts, ", ")
}

func (x explainer) aggs(aggs []AggCall) string {
	parts := make([]string, len(aggs))
	for i, a := range aggs {
		parts[i] = a.Name
		if x.canonical {
			parts[i] = aggKey(&a)
		}
	}
	return strings.Join(parts, ", ")
}

func (x explainer) calls(calls []WindowCall) string {
	parts := make([]string, len(calls))
	for i, c := range calls {
		parts[i] = c.Name + "(" + x.exprs(c.Args) + ")"
		if c.Agg != nil {
			parts[i] = c.Agg.Name
		}
		over := ""
		if len(c.Partition) > 0 {
			over = "PARTITION BY " + x.exprs(c.Partition)
		}
		if len(c.Order) > 0 {
			over = strings.TrimSpace(over + " ORDER BY " + x.keys(c.Order))
		}
		parts[i] += " OVER (" + over + ")"
	}
	return strings.Join(parts, ", ")
}
