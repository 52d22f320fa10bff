package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// call binds a function call of any kind.
func (x *exprBinder) call(e *sql.Call) expr.Node {
	x.checkSchema(e.Name)
	name := e.Name.Last().Fold(false)
	x.withinGroup(name, e)
	if e.Variadic {
		fail(sqlerr.Unsupported("VARIADIC").At(e.Pos))
	}
	if e.Over != nil {
		return x.overCall(name, e)
	}
	if len(x.b.reg.Aggs(name)) > 0 && !x.scalarForm(name, e) {
		return x.aggregate(name, e)
	}
	if e.Star || e.Distinct || e.OrderBy != nil || e.Filter != nil {
		x.onlyAggregates(name, e)
	}
	if n := x.specialCall(name, e); n != nil {
		return n
	}
	if !x.b.reg.HasScalar(name, x.b.dialect) && len(x.b.reg.Tables(name)) > 0 {
		return x.tableCall(name, e)
	}
	return x.callByName(name, e.Args, e.Pos)
}

// withinGroup holds that ordered-set aggregates, and no others, have WITHIN GROUP.
func (x *exprBinder) withinGroup(name string, e *sql.Call) {
	ordered := false
	for _, f := range x.b.reg.Aggs(name) {
		ordered = ordered || f.Ordered && (f.Dialect == fn.Both || f.Dialect == x.b.dialect)
	}
	switch {
	case !ordered && e.WithinGroup == nil:
	case !ordered:
		if len(x.b.reg.Aggs(name)) == 0 {
			_, _, _, err := x.b.reg.Resolve(name, nil, x.b.dialect)
			failAt(err, e.Pos)
		}
		fail(sqlerr.New(sqlerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name).At(e.Pos))
	case e.WithinGroup == nil:
		fail(sqlerr.New(sqlerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name).At(e.Pos))
	case e.Over != nil:
		fail(sqlerr.Unsupported("OVER with ordered-set aggregate %s", name).At(e.Pos))
	case e.Distinct:
		fail(sqlerr.New(sqlerr.SyntaxError, "cannot use DISTINCT with WITHIN GROUP").At(e.Pos))
	case e.OrderBy != nil:
		fail(sqlerr.New(sqlerr.SyntaxError, "cannot use multiple ORDER BY clauses with WITHIN GROUP").At(e.Pos))
	case len(e.WithinGroup) > 1:
		fail(sqlerr.Unsupported("%s over several sort keys", name).At(e.Pos))
	}
}

// scalarForm tells whether a name that is an aggregate is meant as a scalar
// function: it has one, and the aggregate's form is not used.
func (x *exprBinder) scalarForm(name string, e *sql.Call) bool {
	if len(x.b.reg.Scalars(name)) == 0 || e.Star || e.Distinct || e.Filter != nil {
		return false
	}
	return !x.allowAggs || x.inAgg
}

func (x *exprBinder) checkSchema(q sql.QName) {
	if len(q) < 2 {
		return
	}
	switch schema := q[len(q)-2].Fold(false); schema {
	case "pg_catalog", "information_schema", "public", "leat":
	default:
		fail(sqlerr.New(sqlerr.InvalidSchemaName, "schema %q does not exist", schema).At(q.Position()))
	}
}

func (x *exprBinder) onlyAggregates(name string, e *sql.Call) {
	what := "DISTINCT"
	switch {
	case e.Star:
		what = "(*)"
	case e.OrderBy != nil:
		what = "ORDER BY"
	case e.Filter != nil:
		what = "FILTER"
	}
	if len(x.b.reg.Scalars(name)) == 0 && len(x.b.reg.Tables(name)) == 0 && !isWindowFunction(name) {
		_, _, _, err := x.b.reg.Resolve(name, nil, x.b.dialect)
		failAt(err, e.Pos)
	}
	if x.b.ksql && e.Star {
		fail(sqlerr.New(sqlerr.UndefinedFunction, "Function '%s' does not accept parameters ().", name).At(e.Pos))
	}
	fail(sqlerr.New(sqlerr.WrongObjectType, "%s specified, but %s is not an aggregate function", what, name).At(e.Pos))
}

// specialCall binds the forms with their own typing or evaluation; nil if the
// name is an ordinary function.
func (x *exprBinder) specialCall(name string, e *sql.Call) expr.Node {
	switch name {
	case "coalesce":
		return x.coalesce(e)
	case "nullif":
		return x.nullif(e)
	case "ifnull", "nvl":
		if len(e.Args) == 2 {
			return x.coalesce(e)
		}
	case "as_value":
		if len(e.Args) == 1 {
			return &expr.Coalesce{Xs: []expr.Node{x.value(e.Args[0])}, T: x.value(e.Args[0]).Type()}
		}
	case "row":
		return x.row(&sql.Row{Items: e.Args, Explicit: true, Pos: e.Pos})
	}
	if isWindowFunction(name) && len(x.b.reg.Scalars(name)) == 0 {
		fail(sqlerr.New(sqlerr.WrongObjectType, "window function %s requires an OVER clause", name).At(e.Pos))
	}
	return nil
}

func (x *exprBinder) coalesce(e *sql.Call) expr.Node {
	if len(e.Args) == 0 {
		if x.b.ksql {
			fail(sqlerr.New(sqlerr.UndefinedFunction, "Function 'COALESCE' does not accept parameters ().").At(e.Pos))
		}
		fail(sqlerr.New(sqlerr.SyntaxError, "COALESCE needs at least one argument").At(e.Pos))
	}
	xs, pos := x.bindAll(e.Args), positions(e.Args)
	if x.b.ksql {
		x.sameKind(e, xs)
	}
	xs, t := x.b.unify(xs, pos, "COALESCE")
	xs = x.parts(xs)
	return &expr.Coalesce{Xs: xs, T: t}
}

// sameKind refuses arguments of a function over one type that do not become one.
func (x *exprBinder) sameKind(e *sql.Call, xs []expr.Node) {
	t, ok := types.TUnknown, true
	names := make([]string, len(xs))
	for i, n := range xs {
		names[i] = ksqlUpper(n.Type())
		if ok {
			t, ok = ksqlCommon(t, n.Type())
		}
	}
	if !ok {
		fail(sqlerr.New(sqlerr.UndefinedFunction, "Function '%s' does not accept parameters (%s).",
			strings.ToUpper(e.Name.Last().Text), strings.Join(names, ", ")).At(e.Pos))
	}
}

// part is an operand of a call or a constructor: in ksqlDB's meaning one that
// fails is NULL by itself (ksql.nested.error.set.null), but not inside a lambda.
func (x *exprBinder) part(n expr.Node) expr.Node {
	if !x.b.ksql || len(x.lambdas) > 0 || !x.b.enabled("ksql.nested.error.set.null") {
		return n
	}
	reads := false
	visit(n, func(c expr.Node) bool {
		switch c.(type) {
		case *expr.Column, *expr.Pseudo:
			reads = true
		}
		return true
	})
	if !reads {
		return n
	}
	return x.b.guarded(n)
}

func (x *exprBinder) parts(ns []expr.Node) []expr.Node {
	out := make([]expr.Node, len(ns))
	for i, n := range ns {
		out[i] = x.part(n)
	}
	return out
}

func positions(es []sql.Expr) []int {
	out := make([]int, len(es))
	for i, e := range es {
		out[i] = e.Position()
	}
	return out
}

// nullif is CASE WHEN a = b THEN NULL ELSE a END.
func (x *exprBinder) nullif(e *sql.Call) expr.Node {
	if len(e.Args) != 2 {
		fail(sqlerr.New(sqlerr.UndefinedFunction, "function nullif needs two arguments").At(e.Pos))
	}
	l, r := x.bind(e.Args[0]), x.bind(e.Args[1])
	if x.b.ksql {
		x.sameKind(e, []expr.Node{l, r})
	}
	if isUntyped(l) {
		l = x.b.coerce(l, textIfUnknown(r.Type()), e.Args[0].Position())
	}
	eq := x.compare("=", l, r, e.Args[0].Position(), e.Args[1].Position(), e.Pos)
	return &expr.Case{
		Whens: []expr.Node{eq}, Thens: []expr.Node{&expr.Const{T: l.Type()}}, Else: l, T: l.Type(), Logic: x.b.logic(),
	}
}

func textIfUnknown(t types.Type) types.Type {
	if t.Kind == types.Unknown {
		return types.TString
	}
	return t
}

func anyTemporal(xs []expr.Node) bool {
	for _, n := range xs {
		if n.Type().IsTemporal() {
			return true
		}
	}
	return false
}

// unitFunctions take a bare word for a unit of time as their first argument.
var unitFunctions = map[string]bool{
	"dateadd": true, "datesub": true, "timeadd": true, "timesub": true, "timestampadd": true, "timestampsub": true,
}

// unitArgument turns the bare unit of DATEADD(DAYS, ..) into text.
func unitArgument(name string, args []sql.Expr) []sql.Expr {
	if !unitFunctions[name] || len(args) == 0 {
		return args
	}
	ref, ok := args[0].(*sql.ColumnRef)
	if !ok || len(ref.Parts) != 1 || ref.Parts[0].Quoted {
		return args
	}
	switch sql.Unit(strings.TrimSuffix(strings.ToUpper(ref.Parts[0].Text), "S")) {
	case sql.Millisecond, sql.Second, sql.Minute, sql.Hour, sql.Day, "WEEK", "MONTH", "YEAR":
	default:
		return args
	}
	unit := &sql.String{Value: strings.ToUpper(ref.Parts[0].Text), Pos: ref.Pos}
	return append([]sql.Expr{unit}, args[1:]...)
}

// callByName binds an ordinary scalar function.
func (x *exprBinder) callByName(name string, args []sql.Expr, pos int) expr.Node {
	args = unitArgument(name, args)
	kinds := make([]fn.LambdaOrType, len(args))
	nodes := make([]expr.Node, len(args))
	lambdas := false
	for i, a := range args {
		if l, ok := a.(*sql.Lambda); ok {
			kinds[i].Lambda = len(l.Params)
			lambdas = true
			continue
		}
		nodes[i] = x.bind(a)
		kinds[i].Type = nodes[i].Type()
	}
	if x.b.ksql && (name == "greatest" || name == "least") && anyTemporal(nodes) {
		looseLiterals(nodes)
		var t types.Type
		nodes, t = x.b.unify(nodes, positions(args), name)
		for i := range kinds {
			kinds[i].Type = t
		}
	}
	var f *fn.Scalar
	var params []types.Type
	var ret types.Type
	var err error
	if lambdas {
		f, params, ret, err = x.b.reg.ResolveLambda(name, kinds, x.b.dialect, func(i int, ps []types.Type) (types.Type, error) {
			nodes[i] = x.lambda(args[i].(*sql.Lambda), ps)
			return nodes[i].Type(), nil
		})
	} else {
		plain := make([]types.Type, len(kinds))
		for i, k := range kinds {
			plain[i] = k.Type
		}
		f, params, ret, err = x.b.reg.Resolve(name, plain, x.b.dialect)
	}
	failAt(err, pos)
	for i := range nodes {
		if kinds[i].Lambda == 0 {
			nodes[i] = x.part(x.b.coerce(nodes[i], params[i], args[i].Position()))
		}
	}
	c := &expr.Call{Fn: f, Args: nodes, T: ret, Pos: pos}
	c.Site = x.callSite(c)
	return c
}

// lambdaFrame is the parameters of one enclosing lambda.
type lambdaFrame struct {
	names []string
	types []types.Type
}

func (x *exprBinder) lambda(l *sql.Lambda, params []types.Type) expr.Node {
	names := make([]string, len(l.Params))
	for i, p := range l.Params {
		names[i] = x.b.fold1(p)
		x.checkLambdaName(names[i], p.Pos)
	}
	inner := *x
	inner.lambdas = append(append([]lambdaFrame(nil), x.lambdas...), lambdaFrame{names, params})
	body := inner.b.settleLoose(inner.bind(l.Body), l.Body.Position())
	return &expr.Lambda{Names: names, Params: params, Body: body}
}

// checkLambdaName holds ksqlDB's rules: no column's name, no reuse.
func (x *exprBinder) checkLambdaName(name string, pos int) {
	if !x.b.ksql {
		return
	}
	for _, f := range x.lambdas {
		for _, n := range f.names {
			if n == name {
				fail(sqlerr.New(sqlerr.SyntaxError, "Reusing lambda arguments in nested lambda is not allowed").At(pos))
			}
		}
	}
	if len(x.sc.find("", "", name)) > 0 {
		fail(sqlerr.New(sqlerr.SyntaxError, "Lambda function argument can't be a column name: %s", name).At(pos))
	}
}

// lambdaVar finds a parameter of an enclosing lambda; nil if there is none.
func (x *exprBinder) lambdaVar(name string) expr.Node {
	for depth := range x.lambdas {
		f := x.lambdas[len(x.lambdas)-1-depth]
		for i, n := range f.names {
			if n == name {
				return &expr.LambdaVar{Depth: depth, Index: i, Name: n, T: f.types[i]}
			}
		}
	}
	return nil
}

// tableCall binds a table function in a select list.
func (x *exprBinder) tableCall(name string, e *sql.Call) expr.Node {
	b := x.b
	if !x.allowSets || x.inAgg {
		if b.ksql && x.inSet != "" {
			fail(sqlerr.New(sqlerr.FeatureNotSupported, "Table functions cannot be nested: %s(%s())", strings.ToUpper(x.inSet), strings.ToUpper(name)).At(e.Pos))
		}
		if b.ksql {
			fail(sqlerr.New(sqlerr.FeatureNotSupported, "Can't find any functions with the name '%s'", strings.ToUpper(name)).At(e.Pos))
		}
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "set-returning functions are not allowed in %s", x.clause).At(e.Pos))
	}
	inner := *x
	inner.allowSets, inner.allowAggs, inner.inSet = false, x.allowAggs, name
	call := inner.bindTableCall(name, e)
	x.block.sets = append(x.block.sets, call)
	t := types.Type{Kind: types.Record}
	for _, c := range call.Cols {
		t.Fields = append(t.Fields, types.Field{Name: c.Name, Type: c.Type})
	}
	if len(call.Cols) == 1 {
		t = call.Cols[0].Type
	}
	return &placeholder{kind: setResult, index: len(x.block.sets) - 1, t: t}
}

// bindTableCall resolves a table function and its arguments.
func (x *exprBinder) bindTableCall(name string, e *sql.Call) *TableCall {
	args := x.bindAll(e.Args)
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type()
	}
	f, params, cols, err := x.b.reg.ResolveTable(name, ts, x.b.dialect)
	failAt(err, e.Pos)
	for i := range args {
		args[i] = x.b.coerce(args[i], params[i], e.Args[i].Position())
	}
	return &TableCall{Fn: f, Args: args, Cols: cols}
}
