package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// comparison binds = <> < <= > >=, of rows too.
func (x *exprBinder) comparison(e *sql.Binary) expr.Node {
	lr, lok := e.L.(*sql.Row)
	rr, rok := e.R.(*sql.Row)
	if lok && rok {
		return x.compareRows(e.Op, x.bindAll(lr.Items), x.bindAll(rr.Items), e)
	}
	if q, ok := e.R.(*sql.ScalarSubquery); ok && lok {
		return x.quantified(e.Op, e.L, q.Query, false, e.Pos)
	}
	return x.compare(e.Op, x.bind(e.L), x.bind(e.R), e.L.Position(), e.R.Position(), e.Pos)
}

func (x *exprBinder) bindAll(es []sql.Expr) []expr.Node {
	out := make([]expr.Node, len(es))
	for i, e := range es {
		out[i] = x.bind(e)
	}
	return out
}

// compare arranges both sides to one type.
func (x *exprBinder) compare(op string, l, r expr.Node, lpos, rpos, pos int) expr.Node {
	l, r = x.compareOperands(op, l, r, lpos, rpos, pos)
	return &expr.Compare{Op: op, L: l, R: r, Logic: x.b.logic()}
}

func (x *exprBinder) compareOperands(op string, l, r expr.Node, lpos, rpos, pos int) (expr.Node, expr.Node) {
	b := x.b
	if b.ksql {
		return x.ksqlOperands(op, l, r, pos)
	}
	t, ok := common(l.Type(), r.Type())
	if !ok || (t.Kind == types.Map) || t.Kind == types.Void {
		fail(sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s %s %s", l.Type(), op, r.Type()).
			WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(pos))
	}
	if t.Kind == types.Unknown {
		t = types.TString
	}
	return b.coerce(l, t, lpos), b.coerce(r, t, rpos)
}

// ksqlOps are ksqlDB's names of comparisons in messages.
var ksqlOps = map[string]string{
	"=": "EQUAL", "<>": "NOT_EQUAL", "<": "LESS_THAN", "<=": "LESS_THAN_OR_EQUAL",
	">": "GREATER_THAN", ">=": "GREATER_THAN_OR_EQUAL", "IS DISTINCT FROM": "IS_DISTINCT_FROM",
}

func (x *exprBinder) ksqlOperands(op string, l, r expr.Node, pos int) (expr.Node, expr.Node) {
	b := x.b
	if isParam(l) && isUntyped(l) {
		l = b.coerce(l, r.Type(), pos)
	}
	if isParam(r) && isUntyped(r) {
		r = b.coerce(r, l.Type(), pos)
	}
	if isUntyped(l) || isUntyped(r) {
		if op == "IS DISTINCT FROM" {
			return b.coerce(l, r.Type(), pos), b.coerce(r, l.Type(), pos)
		}
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "Comparison with NULL not supported: %s %s %s\nUse 'IS NULL' or 'IS NOT NULL' instead.",
			ksqlUpper(l.Type()), op, ksqlUpper(r.Type())).At(pos))
	}
	if n := x.magicTime(l, r, pos); n != nil {
		return l, n
	}
	if n := x.magicTime(r, l, pos); n != nil {
		return n, r
	}
	lt, rt := systemText(l.Type()), systemText(r.Type())
	if x.clause == "JOIN/ON" && !lt.Equal(rt) && op == "=" {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "Invalid join condition: types don't match. Got %s{%s} = %s{%s}.",
			x.named(l), lt.KsqlString(), x.named(r), rt.KsqlString()).At(pos))
	}
	t, ok := ksqlCommon(lt, rt)
	nested := lt.IsNested() || rt.IsNested()
	switch {
	case !ok, (lt.Kind == types.Bytes) != (rt.Kind == types.Bytes),
		nested && (!lt.Equal(rt) || (op != "=" && op != "<>" && op != "IS DISTINCT FROM")),
		lt.Kind == types.Boolean && op != "=" && op != "<>" && op != "IS DISTINCT FROM":
		fail(sqlerr.New(sqlerr.UndefinedFunction, "%sCannot compare %s (%s) to %s (%s) with %s.",
			x.inClause(), x.ksqlText(l), ksqlName(lt), x.ksqlText(r), ksqlName(rt), ksqlOps[op]).At(pos))
	}
	if lt.Kind == types.Decimal && rt.Kind == types.Decimal {
		return l, r
	}
	return b.coerce(l, t, pos), b.coerce(r, t, pos)
}

// systemText is STRING for the text types that only system tables have.
func systemText(t types.Type) types.Type {
	if t.Kind == types.Name || t.Kind == types.Char {
		return types.TString
	}
	return t
}

// named prints an expression with its columns qualified, as ksqlDB's messages
// of joins do.
func (x *exprBinder) named(n expr.Node) string {
	out := rewrite(n, func(c expr.Node) expr.Node {
		col, ok := c.(*expr.Column)
		if !ok {
			return nil
		}
		for i := range x.sc.cols {
			if s := &x.sc.cols[i]; s.node == nil && s.index == col.Index && s.table != "" {
				return &expr.Column{Index: col.Index, Name: s.table + "." + s.name, T: col.T}
			}
		}
		return nil
	})
	return strings.ReplaceAll(show(out), "\"", "")
}

// inClause is ksqlDB's prefix of errors in conditions.
func (x *exprBinder) inClause() string {
	if x.clause == "WHERE" || x.clause == "HAVING" {
		return "Error in " + x.clause + " expression: " + x.invalid
	}
	return x.invalid
}

// ksqlText prints an expression for messages: joined columns with their prefix,
// aggregates by their call.
func (x *exprBinder) ksqlText(n expr.Node) string {
	out := rewrite(n, func(c expr.Node) expr.Node {
		switch c := c.(type) {
		case *placeholder:
			if c.kind == aggResult && x.block != nil {
				return &expr.Column{Name: x.ksqlAgg(&x.block.aggs[c.index]), T: c.t}
			}
		case *expr.Column:
			if len(x.sc.tables) < 2 {
				return nil
			}
			for i := range x.sc.cols {
				if s := &x.sc.cols[i]; s.node == nil && s.index == c.Index && len(x.sc.find("", "", s.name)) > 1 {
					return &expr.Column{Index: c.Index, Name: s.table + "_" + s.name, T: c.T}
				}
			}
		}
		return nil
	})
	return strings.ReplaceAll(strings.ReplaceAll(show(out), "\"", ""), "NULL", "null")
}

// ksqlAgg prints a call of an aggregate.
func (x *exprBinder) ksqlAgg(a *AggCall) string {
	if len(a.Args) == 0 {
		return strings.ToUpper(a.Name)
	}
	args := make([]string, len(a.Args))
	for i, n := range a.Args {
		args[i] = x.ksqlText(n)
	}
	return strings.ToUpper(a.Fn.Name) + "(" + strings.Join(args, ", ") + ")"
}

// ksqlUpper is ksqlName with NULL in upper case.
func ksqlUpper(t types.Type) string {
	if t.Kind == types.Unknown {
		return "NULL"
	}
	return t.KsqlString()
}

// magicTime reads a text literal compared with ROWTIME or a window bound as a
// timestamp in milliseconds; nil when this is not such a comparison.
func (x *exprBinder) magicTime(bound, lit expr.Node, pos int) expr.Node {
	c, ok := lit.(*expr.Const)
	if !ok || c.T.Kind != types.String || c.V == nil || !isTimeColumn(bound) {
		return nil
	}
	v, err := x.b.castValue(c.V, types.TString, types.TTimestamp)
	failAt(err, pos)
	return &expr.Const{V: v.(int64) / types.MicrosPerMilli, T: types.TBigInt}
}

// isTimeColumn tells whether n is ROWTIME or a window bound in milliseconds.
func isTimeColumn(n expr.Node) bool {
	if n.Type().Kind != types.BigInt {
		return false
	}
	switch n := n.(type) {
	case *expr.Pseudo:
		return n.Kind == expr.RowTime || n.Kind == expr.WindowStart || n.Kind == expr.WindowEnd
	case *expr.Column:
		return n.Name == "ROWTIME" || n.Name == "WINDOWSTART" || n.Name == "WINDOWEND"
	case *placeholder:
		return n.kind == windowBound
	}
	return false
}

// compareRows compares rows of equal length column by column.
func (x *exprBinder) compareRows(op string, ls, rs []expr.Node, e *sql.Binary) expr.Node {
	if len(ls) != len(rs) {
		fail(sqlerr.New(sqlerr.SyntaxError, "unequal number of entries in row expressions").At(e.Pos))
	}
	one := func(op string, i int) expr.Node {
		return x.compare(op, ls[i], rs[i], e.L.Position(), e.R.Position(), e.Pos)
	}
	switch op {
	case "=":
		xs := make([]expr.Node, len(ls))
		for i := range ls {
			xs[i] = one("=", i)
		}
		return allOf(xs, x.b.logic())
	case "<>":
		xs := make([]expr.Node, len(ls))
		for i := range ls {
			xs[i] = one("<>", i)
		}
		return &expr.Or{Xs: xs, Logic: x.b.logic()}
	}
	last := len(ls) - 1
	n := one(op, last)
	for i := last - 1; i >= 0; i-- {
		tie := &expr.And{Xs: []expr.Node{one("=", i), n}, Logic: x.b.logic()}
		n = &expr.Or{Xs: []expr.Node{one(op[:1], i), tie}, Logic: x.b.logic()}
	}
	return n
}

// MaxInList is how many items IN may list.
const MaxInList = 100_000

func (x *exprBinder) in(e *sql.In) expr.Node {
	if len(e.List) > MaxInList {
		fail(sqlerr.New(sqlerr.ProgramLimitExceeded, "IN lists %d items, the limit is %d", len(e.List), MaxInList).At(e.Pos).
			WithHint("Put them into a table and use IN (SELECT ...)."))
	}
	if row, ok := e.X.(*sql.Row); ok {
		return x.inRows(row, e)
	}
	if x.b.ksql {
		xs, t := x.coerceList(x.listItems(append([]sql.Expr{e.X}, e.List...)), "Invalid Predicate: ")
		if t.Kind == types.Unknown {
			xs = x.b.coerceAll(xs, types.TString, e.Pos)
		}
		return &expr.In{X: xs[0], List: xs[1:], Not: e.Not, Logic: x.b.logic()}
	}
	xs := []expr.Node{x.bind(e.X)}
	pos := []int{e.X.Position()}
	for _, item := range e.List {
		xs = append(xs, x.bind(item))
		pos = append(pos, item.Position())
	}
	for i := 1; i < len(xs); i++ {
		if _, ok := x.b.commonOf(xs[0].Type(), xs[i].Type()); !ok {
			fail(sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s = %s", xs[0].Type(), xs[i].Type()).
				WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(e.Pos))
		}
	}
	xs, t := x.b.unify(xs, pos, "IN")
	if t.Kind == types.Unknown {
		xs = x.b.coerceAll(xs, types.TString, e.Pos)
	}
	return &expr.In{X: xs[0], List: xs[1:], Not: e.Not, Logic: x.b.logic()}
}

// looseLiterals lets text literals beside other types be parsed as those.
func looseLiterals(xs []expr.Node) {
	other := false
	for _, n := range xs {
		other = other || (n.Type().Kind != types.String && n.Type().Kind != types.Unknown)
	}
	if !other {
		return
	}
	for i, n := range xs {
		if c, ok := n.(*expr.Const); ok && c.T.Kind == types.String {
			xs[i] = looseNumber(c, xs)
		}
	}
}

// looseNumber is a text literal beside others: a number with a point or an
// exponent beside numbers is a decimal, anything else has no type yet.
func looseNumber(c *expr.Const, xs []expr.Node) expr.Node {
	text, ok := c.V.(string)
	for _, n := range xs {
		ok = ok && (n.Type().IsNumeric() || n.Type().Kind == types.Unknown || n.Type().Kind == types.String)
	}
	if ok && strings.ContainsAny(text, ".eE") {
		if d, parsed, _ := types.ParseDecimal(strings.TrimSpace(text)); parsed && d != nil {
			plain := d.Text('f')
			if strings.Contains(plain, ".") {
				return &expr.Const{V: d, T: literalDecimal(plain)}
			}
			v, err := types.Cast(text, types.TString, types.TDecimal(int32(len(strings.TrimLeft(plain, "-"))), 0), types.CastKsql, nil)
			if err == nil {
				return &expr.Const{V: v, T: types.TDecimal(int32(len(strings.TrimLeft(plain, "-"))), 0)}
			}
		}
	}
	return &expr.Const{V: c.V, T: types.TUnknown}
}

func (x *exprBinder) inRows(row *sql.Row, e *sql.In) expr.Node {
	ls := x.bindAll(row.Items)
	var alts []expr.Node
	for _, item := range e.List {
		r, ok := item.(*sql.Row)
		if !ok {
			fail(sqlerr.New(sqlerr.SyntaxError, "unequal number of entries in row expressions").At(item.Position()))
		}
		alts = append(alts, x.compareRows("=", ls, x.bindAll(r.Items), &sql.Binary{Op: "=", L: row, R: r, Pos: e.Pos}))
	}
	var n expr.Node = &expr.Or{Xs: alts, Logic: x.b.logic()}
	if len(alts) == 1 {
		n = alts[0]
	}
	if e.Not {
		n = &expr.Not{X: n, Logic: x.b.logic()}
	}
	return n
}

func (x *exprBinder) between(e *sql.Between) expr.Node {
	v, lo, hi := x.bind(e.X), x.bind(e.Lo), x.bind(e.Hi)
	if x.b.ksql {
		x.invalid = "Invalid expression: "
		defer func() { x.invalid = "" }()
	}
	side := func(lo, hi expr.Node, lpos, hpos int) expr.Node {
		return &expr.And{Xs: []expr.Node{
			x.compare(">=", v, lo, e.X.Position(), lpos, e.Pos),
			x.compare("<=", v, hi, e.X.Position(), hpos, e.Pos),
		}, Logic: x.b.logic()}
	}
	n := side(lo, hi, e.Lo.Position(), e.Hi.Position())
	if e.Symmetric {
		n = &expr.Or{Xs: []expr.Node{n, side(hi, lo, e.Hi.Position(), e.Lo.Position())}, Logic: x.b.logic()}
	}
	if e.Not {
		n = &expr.Not{X: n, Logic: x.b.logic()}
	}
	return n
}

func (x *exprBinder) isNull(e *sql.IsNull) expr.Node {
	n := x.b.settleLoose(x.bind(e.X), e.X.Position())
	if row, ok := n.(*expr.StructCtor); ok && row.T.Kind == types.Record && len(row.Xs) > 0 && !x.b.ksql {
		all := &expr.And{Logic: x.b.logic()}
		for _, f := range row.Xs {
			all.Xs = append(all.Xs, &expr.IsNull{X: f, Not: e.Not})
		}
		return all
	}
	return &expr.IsNull{X: n, Not: e.Not}
}

// settleLoose is settle that never refuses NULL.
func (b *binder) settleLoose(n expr.Node, pos int) expr.Node {
	if isUntyped(n) {
		return b.coerce(n, types.TString, pos)
	}
	return n
}

func (x *exprBinder) isBool(e *sql.IsBool) expr.Node {
	n := &expr.IsBool{X: x.b.boolean(x.bind(e.X), "IS "+e.Value, e.X.Position()), Not: e.Not}
	switch e.Value {
	case "TRUE":
		n.Want = true
	case "FALSE":
		n.Want = false
	}
	return n
}

func (x *exprBinder) isDistinct(e *sql.IsDistinct) expr.Node {
	l, r := x.bind(e.L), x.bind(e.R)
	op := "="
	if x.b.ksql {
		op = "IS DISTINCT FROM"
	}
	l, r = x.compareOperands(op, l, r, e.L.Position(), e.R.Position(), e.Pos)
	return &expr.Distinct{L: x.b.settleLoose(l, e.Pos), R: x.b.settleLoose(r, e.Pos), Not: e.Not}
}
