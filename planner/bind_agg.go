package planner

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// aggregate binds an aggregate call to a slot of the block.
func (x *exprBinder) aggregate(name string, e *sql.Call) expr.Node {
	x.aggregateAllowed(name, e)
	a := x.bindAgg(name, e)
	key := aggKey(&a)
	if i, ok := x.block.aggAt[key]; ok {
		return &placeholder{kind: aggResult, index: i, t: a.T}
	}
	i := len(x.block.aggs)
	x.block.aggs = append(x.block.aggs, a)
	if x.block.aggAt == nil {
		x.block.aggAt = map[string]int{}
	}
	x.block.aggAt[key] = i
	return &placeholder{kind: aggResult, index: i, t: a.T}
}

func (x *exprBinder) aggregateAllowed(name string, e *sql.Call) {
	b := x.b
	switch {
	case x.inAgg && b.ksql:
		fail(sqlerr.New(sqlerr.GroupingError, "Aggregate functions can not be nested: %s(%s())", x.outerAgg, strings.ToUpper(name)).At(e.Pos))
	case x.inAgg:
		fail(sqlerr.New(sqlerr.GroupingError, "aggregate function calls cannot be nested").At(e.Pos))
	case !x.allowAggs && b.ksql && x.clause == "GROUP BY":
		fail(sqlerr.New(sqlerr.GroupingError, "GROUP BY does not support aggregate functions: %s is an aggregate function.", strings.ToUpper(name)).At(e.Pos))
	case !x.allowAggs:
		fail(sqlerr.New(sqlerr.GroupingError, "aggregate functions are not allowed in %s", x.clause).At(e.Pos))
	}
}

// bindAgg resolves the call; its arguments are over the block's input.
func (x *exprBinder) bindAgg(name string, e *sql.Call) AggCall {
	b := x.b
	inner := *x
	inner.outerAgg = strings.ToUpper(name)
	inner.inAgg, inner.allowOver, inner.allowSets = true, false, false
	exprs := argsOf(e)
	args := inner.bindAll(exprs)
	ts := make([]types.Type, len(args))
	for i, n := range args {
		ts[i] = n.Type()
	}
	f, params, ret, err := b.reg.ResolveAgg(name, ts, b.dialect)
	failAt(err, e.Pos)
	a := AggCall{Fn: f, T: ret, Distinct: e.Distinct}
	for i := range args {
		args[i] = b.coerce(args[i], params[i], exprs[i].Position())
	}
	a.Args, a.Init = inner.splitInit(f, args, exprs)
	if f.Ordered {
		a.Init = append(a.Init, e.WithinGroup[0].Desc)
	}
	for _, n := range a.Args {
		(&selecting{b: b}).noBounds(n, "SELECT", e.Pos)
	}
	if _, err := f.New(params[:len(a.Args)], a.Init); err != nil {
		failAt(err, e.Pos)
	}
	if e.Filter != nil {
		filter := inner
		filter.clause = "FILTER"
		a.Filter = filter.condition(e.Filter)
	}
	if len(e.OrderBy) > 0 {
		if b.streaming {
			fail(sqlerr.Unsupported("ORDER BY inside an aggregate of a streaming query").At(e.Pos))
		}
		for _, o := range e.OrderBy {
			a.OrderBy = append(a.OrderBy, sortKey(inner.value(o.Expr), o))
		}
	}
	a.Name = aggName(name, &a, e)
	return a
}

// argsOf are the arguments of an aggregate, the sort key of WITHIN GROUP first.
func argsOf(e *sql.Call) []sql.Expr {
	if e.WithinGroup == nil {
		return e.Args
	}
	return append([]sql.Expr{e.WithinGroup[0].Expr}, e.Args...)
}

// splitInit separates the trailing arguments that must be literals.
func (x *exprBinder) splitInit(f *fn.Agg, args []expr.Node, exprs []sql.Expr) ([]expr.Node, []types.Value) {
	n := len(args) - f.InitArgs
	if n < 0 {
		n = 0
	}
	var init []types.Value
	for i := n; i < len(args); i++ {
		c, ok := x.b.fold(args[i]).(*expr.Const)
		if !ok {
			if x.b.ksql {
				fail(sqlerr.New(sqlerr.InvalidParameterValue, "Parameter %d passed to function %s must be a literal constant, but was expression: '%s'",
					i+1, strings.ToUpper(f.Name), strings.ReplaceAll(show(args[i]), "\"", "")).At(exprs[i].Position()))
			}
			place := i + 1
			if f.Ordered {
				place = i // the sort key is no parameter
			}
			fail(sqlerr.New(sqlerr.InvalidParameterValue, "parameter %d of %s must be a literal", place, f.Name).At(exprs[i].Position()))
		}
		init = append(init, c.V)
	}
	return args[:n], init
}

// aggName is the printed form of a call.
func aggName(name string, a *AggCall, e *sql.Call) string {
	var parts []string
	for _, n := range a.Args {
		parts = append(parts, show(n))
	}
	for _, x := range argsOf(e)[len(a.Args):] {
		parts = append(parts, sql.PrintExpr(x)) // literals
	}
	list := strings.Join(parts, ", ")
	if a.Fn.Ordered {
		desc := map[bool]string{true: " DESC"}[e.WithinGroup[0].Desc]
		return name + "(" + strings.Join(parts[1:], ", ") + ") WITHIN GROUP (ORDER BY " + parts[0] + desc + ")" + filterText(a)
	}
	if e.Star {
		list = "*"
	}
	if a.Distinct {
		list = "DISTINCT " + list
	}
	if len(a.OrderBy) > 0 {
		list += " ORDER BY " + showKeys(a.OrderBy)
	}
	return name + "(" + list + ")" + filterText(a)
}

func filterText(a *AggCall) string {
	if a.Filter == nil {
		return ""
	}
	return " FILTER (WHERE " + show(a.Filter) + ")"
}

// aggKey is equal for calls that compute the same.
func aggKey(a *AggCall) string {
	var sb strings.Builder
	sb.WriteString(a.Name)
	for _, n := range a.Args {
		sb.WriteString("|" + fingerprint(n))
	}
	if a.Filter != nil {
		sb.WriteString("|f" + fingerprint(a.Filter))
	}
	for _, k := range a.OrderBy {
		sb.WriteString("|o" + fingerprint(k.X) + strconv.FormatBool(k.Desc))
	}
	return sb.String()
}

// sortKey applies ORDER BY's defaults: NULLs last ascending, first descending.
func sortKey(n expr.Node, o sql.OrderItem) SortKey {
	return SortKey{X: n, Desc: o.Desc, NullsFirst: o.Nulls == "FIRST" || (o.Nulls == "" && o.Desc)}
}
