package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// windowFunctions are the functions that exist only with OVER: the least and
// most number of arguments.
var windowFunctions = map[string][2]int{
	"row_number": {0, 0}, "rank": {0, 0}, "dense_rank": {0, 0}, "ntile": {1, 1},
	"percent_rank": {0, 0}, "cume_dist": {0, 0}, "nth_value": {2, 2},
	"lag": {1, 3}, "lead": {1, 3}, "first_value": {1, 1}, "last_value": {1, 1},
}

func isWindowFunction(name string) bool {
	_, ok := windowFunctions[name]
	return ok
}

// overCall binds f(..) OVER (..) to a slot of the block.
func (x *exprBinder) overCall(name string, e *sql.Call) expr.Node {
	switch {
	case x.b.streaming:
		fail(sqlerr.Unsupported("OVER in a streaming query").
			WithHint("Use a windowed GROUP BY, or run the query without EMIT.").At(e.Over.Pos))
	case x.inOver:
		fail(sqlerr.New(sqlerr.WindowingError, "window function calls cannot be nested").At(e.Pos))
	case !x.allowOver:
		fail(sqlerr.New(sqlerr.WindowingError, "window functions are not allowed in %s", x.clause).At(e.Pos))
	}
	inner := *x
	inner.allowOver, inner.inOver, inner.allowSets = false, true, false
	over := x.resolveOver(e.Over)
	c := WindowCall{Name: name}
	if isWindowFunction(name) {
		inner.windowArgs(name, e, &c)
	} else {
		if len(x.b.reg.Aggs(name)) == 0 {
			fail(sqlerr.New(sqlerr.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", name).At(e.Pos))
		}
		arg := inner
		arg.inAgg = false
		a := arg.bindOverAgg(name, e)
		c.Agg, c.T = &a, a.T
	}
	for _, p := range over.PartitionBy {
		c.Partition = append(c.Partition, inner.value(p))
	}
	for _, o := range over.OrderBy {
		c.Order = append(c.Order, sortKey(inner.value(o.Expr), o))
	}
	x.checkFrame(over, &c)
	x.block.overs = append(x.block.overs, c)
	return &placeholder{kind: overResult, index: len(x.block.overs) - 1, t: c.T}
}

// bindOverAgg binds an aggregate used as a window function: its arguments may
// hold the block's own aggregates.
func (x *exprBinder) bindOverAgg(name string, e *sql.Call) AggCall {
	args := x.bindAll(e.Args)
	ts := make([]types.Type, len(args))
	for i, n := range args {
		ts[i] = n.Type()
	}
	f, params, ret, err := x.b.reg.ResolveAgg(name, ts, x.b.dialect)
	failAt(err, e.Pos)
	for i := range args {
		args[i] = x.b.coerce(args[i], params[i], e.Args[i].Position())
	}
	a := AggCall{Fn: f, T: ret, Distinct: e.Distinct}
	a.Args, a.Init = x.splitInit(f, args, e.Args)
	if e.Filter != nil {
		a.Filter = x.condition(e.Filter)
	}
	a.Name = aggName(name, &a, e)
	return a
}

func (x *exprBinder) windowArgs(name string, e *sql.Call, c *WindowCall) {
	limits := windowFunctions[name]
	if len(e.Args) < limits[0] || len(e.Args) > limits[1] {
		fail(sqlerr.New(sqlerr.UndefinedFunction, "function %s with %d arguments does not exist", name, len(e.Args)).At(e.Pos))
	}
	for i, a := range e.Args {
		n := x.value(a)
		if i == 1 || name == "ntile" {
			n = x.b.coerce(n, types.TInt, a.Position())
		}
		if i == 2 {
			n = x.b.coerce(n, c.Args[0].Type(), a.Position())
		}
		c.Args = append(c.Args, n)
	}
	switch name {
	case "row_number", "rank", "dense_rank":
		c.T = types.TBigInt
	case "percent_rank", "cume_dist":
		c.T = types.TDouble
	case "ntile":
		c.T = types.TInt
	default:
		c.T = c.Args[0].Type()
	}
}

// resolveOver merges a named window into the call's own.
func (x *exprBinder) resolveOver(o *sql.Over) sql.Over {
	if o.Name == nil {
		return *o
	}
	for _, w := range x.sc.windows {
		if x.b.fold1(w.Name) != x.b.fold1(*o.Name) {
			continue
		}
		base := x.resolveOver(&w.Over)
		if o.PartitionBy != nil {
			fail(sqlerr.New(sqlerr.WindowingError, "cannot override PARTITION BY clause of window %q", o.Name.Text).At(o.Pos))
		}
		if o.OrderBy != nil {
			base.OrderBy = o.OrderBy
		}
		if o.Frame != nil {
			base.Frame = o.Frame
		}
		return base
	}
	fail(sqlerr.New(sqlerr.UndefinedObject, "window %q does not exist", x.b.fold1(*o.Name)).At(o.Name.Pos))
	return sql.Over{}
}

// checkFrame admits the default frame and, for aggregates, the whole partition.
func (x *exprBinder) checkFrame(o sql.Over, c *WindowCall) {
	f := o.Frame
	if f == nil || (f.Mode == "RANGE" && f.Start.Kind == "UNBOUNDED PRECEDING" && f.End.Kind == "CURRENT ROW") {
		return
	}
	if f.Start.Kind == "UNBOUNDED PRECEDING" && f.End.Kind == "UNBOUNDED FOLLOWING" && c.Agg != nil {
		c.Order = nil
		return
	}
	if f.Start.Kind == "UNBOUNDED PRECEDING" && c.Name == "first_value" {
		return
	}
	fail(sqlerr.Unsupported("window frame %s BETWEEN %s AND %s", f.Mode, f.Start.Kind, f.End.Kind).At(o.Pos))
}

// placeOvers puts the block's OVER functions on top of its input and gives the
// input's width before them.
func placeOvers(in BatchNode, overs []WindowCall) (BatchNode, int) {
	width := len(in.Out())
	schema := in.Out().Clone()
	for _, c := range overs {
		schema = append(schema, types.Column{Name: strings.ToLower(c.Name), Type: c.T})
	}
	return &BatchWindow{BatchBase: BatchBase{schema}, In: in, Calls: overs}, width
}

// replaceSlots fills placeholders of one kind with columns from base on.
func replaceSlots(n expr.Node, kind placeholderKind, base int, name func(i int) string) expr.Node {
	return rewriteDeep(n, 0, func(c expr.Node, depth int) expr.Node {
		if p, ok := c.(*placeholder); ok && p.kind == kind && depth == 0 {
			return &expr.Column{Index: base + p.index, Name: name(p.index), T: p.t}
		}
		return nil
	})
}
