package batch

import (
	"fmt"
	"io"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// subqueryState remembers what an uncorrelated subquery gave: it runs once.
type subqueryState struct {
	correlated bool
	done       bool
	value      types.Value         // ScalarQuery, ExistsQuery, ArrayQuery
	rows       []types.Value       // InQuery, AllQuery
	set        map[string]struct{} // InQuery with "="
	hasNull    bool
}

// runSubquery evaluates a subquery for one row; outer is that row followed by
// the enclosing ones.
func (x *exec) runSubquery(q *expr.Subquery, v types.Value, outer []types.Row) (types.Value, error) {
	plan, ok := q.Plan.(planner.BatchNode)
	if !ok {
		panic(fmt.Sprintf("BUG: subquery holds a %T", q.Plan))
	}
	st := x.sh.subs[q]
	if st == nil {
		st = &subqueryState{correlated: escapes(plan, 0)}
		x.sh.subs[q] = st
	}
	if !st.done || st.correlated {
		if err := x.frame(outer).fillSubquery(q, plan, st); err != nil {
			return nil, err
		}
		st.done = true
	}
	switch q.Kind {
	case expr.InQuery, expr.AllQuery:
		return st.quantified(q, plan, v), nil
	case expr.ExistsQuery:
		return st.value.(bool) != q.Not, nil
	}
	return st.value, nil
}

// fillSubquery runs the plan under this frame and stores its rows by kind.
func (x *exec) fillSubquery(q *expr.Subquery, plan planner.BatchNode, st *subqueryState) error {
	*st = subqueryState{correlated: st.correlated}
	it, err := x.build(plan)
	if err != nil {
		return err
	}
	defer it.close()
	var vals []types.Value
	for {
		if err := x.check(); err != nil {
			return err
		}
		b, err := it.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if q.Kind == expr.ExistsQuery {
			if b.N > 0 {
				st.value = true
				return nil
			}
			continue
		}
		for r := 0; r < b.N; r++ {
			vals = append(vals, b.Cols[0].Value(r))
		}
		if q.Kind == expr.ScalarQuery && len(vals) > 1 {
			return sqlerr.New(sqlerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
		}
	}
	st.store(q.Kind, plan, vals)
	return nil
}

func (st *subqueryState) store(kind expr.SubqueryKind, plan planner.BatchNode, vals []types.Value) {
	switch kind {
	case expr.ExistsQuery:
		st.value = false
	case expr.ScalarQuery:
		if len(vals) == 1 {
			st.value = vals[0]
		}
	case expr.ArrayQuery:
		if vals == nil {
			vals = []types.Value{}
		}
		st.value = vals
	default:
		st.rows = vals
		st.set = make(map[string]struct{}, len(vals))
		ts := []types.Type{plan.Out()[0].Type}
		for _, v := range vals {
			if v == nil {
				st.hasNull = true
				continue
			}
			st.set[string(vec.EncodeKeyValues(nil, ts, []types.Value{v}))] = struct{}{}
		}
	}
}

// quantified is v op ANY (rows) or v op ALL (rows) in three-valued logic.
func (st *subqueryState) quantified(q *expr.Subquery, plan planner.BatchNode, v types.Value) types.Value {
	all := q.Kind == expr.AllQuery
	if len(st.rows) == 0 {
		return all != q.Not
	}
	if v == nil {
		return nil
	}
	t := plan.Out()[0].Type
	if !all && q.Op == "=" {
		_, in := st.set[string(vec.EncodeKeyValues(nil, []types.Type{t}, []types.Value{v}))]
		if !in && st.hasNull {
			return nil
		}
		return in != q.Not
	}
	for _, r := range st.rows {
		if r != nil && holds(q.Op, types.Compare(t, v, r)) != all {
			return !all != q.Not
		}
	}
	if st.hasNull {
		return nil
	}
	return all != q.Not
}

// holds tells whether a comparison that gave c satisfies op.
func holds(op string, c int) bool {
	switch op {
	case "=":
		return c == 0
	case "<>", "!=":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	}
	panic("BUG: comparison operator " + op)
}

// escapes tells whether a plan reads a row more than depth levels above its own
// top, that is, whether it depends on the query around it.
func escapes(n planner.BatchNode, depth int) bool {
	for _, e := range nodeExprs(n) {
		if e != nil && exprEscapes(e, depth) {
			return true
		}
	}
	if j, ok := n.(*planner.BatchJoin); ok && j.Lateral {
		return escapes(j.Left, depth) || escapes(j.Right, depth+1)
	}
	for _, c := range n.Children() {
		if escapes(c, depth) {
			return true
		}
	}
	if w, ok := n.(*planner.BatchWith); ok {
		for _, c := range w.CTEs {
			if escapes(c.Plan, depth) || (c.Step != nil && escapes(c.Step, depth)) {
				return true
			}
		}
	}
	return false
}

func exprEscapes(e expr.Node, depth int) bool {
	found := false
	expr.Walk(e, func(n expr.Node) bool {
		switch n := n.(type) {
		case *expr.Outer:
			found = found || n.Depth > depth
		case *expr.Subquery:
			if p, ok := n.Plan.(planner.BatchNode); ok {
				found = found || escapes(p, depth+1)
			}
		}
		return !found
	})
	return found
}

// nodeExprs lists the expressions a node holds, nils included.
func nodeExprs(n planner.BatchNode) []expr.Node {
	var out []expr.Node
	calls := func(cs []planner.TableCall) {
		for _, c := range cs {
			out = append(out, c.Args...)
		}
	}
	switch n := n.(type) {
	case *planner.ScanNode:
		for _, p := range n.Points {
			out = append(out, p...)
		}
		out = append(out, n.Low, n.High, n.WindowLow, n.WindowHigh)
	case *planner.ValuesNode:
		for _, r := range n.Rows {
			out = append(out, r...)
		}
	case *planner.BatchFilter:
		out = append(out, n.Cond)
	case *planner.BatchProject:
		out = append(out, n.Exprs...)
		for _, c := range n.Sets {
			out = append(out, c.Args...)
		}
	case *planner.BatchJoin:
		out = append(out, exprsOf(n)...)
	case *planner.BatchAggregate:
		out = append(append(out, n.Groups...), n.RowTs)
		for i := range n.Aggs {
			out = append(out, aggExprs(&n.Aggs[i])...)
		}
	case *planner.BatchWindow:
		for _, c := range n.Calls {
			out = append(append(out, c.Args...), c.Partition...)
			out = append(out, sortExprs(c.Order)...)
			if c.Agg != nil {
				out = append(out, aggExprs(c.Agg)...)
			}
		}
	case *planner.BatchSort:
		out = append(out, sortExprs(n.Keys)...)
	case *planner.BatchLimit:
		out = append(out, n.Limit, n.Offset)
	case *planner.BatchDistinct:
		out = append(out, n.On...)
	case *planner.BatchTableFunc:
		calls(n.Calls)
	}
	return out
}

func aggExprs(a *planner.AggCall) []expr.Node {
	return append(append(append([]expr.Node(nil), a.Args...), a.Filter), sortExprs(a.OrderBy)...)
}

func sortExprs(keys []planner.SortKey) []expr.Node {
	out := make([]expr.Node, len(keys))
	for i, k := range keys {
		out[i] = k.X
	}
	return out
}
