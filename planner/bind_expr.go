package planner

import (
	"math"
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// exprBinder binds the expressions of one clause.
type exprBinder struct {
	b      *binder
	sc     *scope
	clause string // for messages: "WHERE", "GROUP BY"
	block  *block // where aggregates, table functions and OVER calls go; nil: none
	// What the clause admits.
	allowAggs, allowSets, allowOver bool
	inAgg, inOver, noSubquery       bool
	invalid                         string // put before messages about operands
	outerAgg                        string // the aggregate whose argument this is, in capitals
	inSet                           string // the table function whose argument this is
	lambdas                         []lambdaFrame
}

// block collects what the operators of one SELECT compute for its expressions.
type block struct {
	aggs  []AggCall
	aggAt map[string]int
	sets  []*TableCall
	overs []WindowCall
}

func (b *binder) exprs(sc *scope, clause string) *exprBinder {
	return &exprBinder{b: b, sc: sc, clause: clause}
}

// condition binds a boolean expression.
func (x *exprBinder) condition(e sql.Expr) expr.Node {
	n := x.bind(e)
	if x.b.ksql && !isUntyped(n) && n.Type().Kind != types.Boolean {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "Type error in %s expression: Should evaluate to boolean but is %s (%s) instead.",
			x.clause, ksqlExpr(e), n.Type().KsqlString()).At(e.Position()))
	}
	return x.b.boolean(n, x.clause, e.Position())
}

// value binds an expression and makes text of an untyped one.
func (x *exprBinder) value(e sql.Expr) expr.Node { return x.b.settle(x.bind(e), e.Position()) }

// bind binds any expression; the result may be untyped.
func (x *exprBinder) bind(e sql.Expr) expr.Node {
	if n := x.bindLeaf(e); n != nil {
		return n
	}
	switch e := e.(type) {
	case *sql.Unary:
		return x.unary(e)
	case *sql.Binary:
		return x.binary(e)
	case *sql.Call:
		return x.call(e)
	case *sql.Cast:
		return x.cast(e)
	case *sql.Case:
		return x.caseExpr(e)
	case *sql.In:
		return x.in(e)
	case *sql.InQuery:
		return x.inQuery(e)
	case *sql.Between:
		return x.between(e)
	case *sql.Like:
		return x.like(e)
	case *sql.IsNull:
		return x.isNull(e)
	case *sql.IsBool:
		return x.isBool(e)
	case *sql.IsDistinct:
		return x.isDistinct(e)
	case *sql.AnyAll:
		return x.anyAll(e)
	case *sql.AtTimeZone:
		return x.atTimeZone(e)
	case *sql.Collate:
		return x.collate(e)
	}
	return x.bindNested(e)
}

// bindNested binds constructors, accessors and subqueries.
func (x *exprBinder) bindNested(e sql.Expr) expr.Node {
	switch e := e.(type) {
	case *sql.Exists:
		return x.exists(e)
	case *sql.ScalarSubquery:
		return x.scalarSubquery(e)
	case *sql.ArraySubquery:
		return x.arraySubquery(e)
	case *sql.ArrayCtor:
		return x.arrayCtor(e)
	case *sql.MapCtor:
		return x.mapCtor(e)
	case *sql.StructCtor:
		return x.structCtor(e)
	case *sql.Row:
		return x.row(e)
	case *sql.StructAccess:
		return x.structAccess(e)
	case *sql.FieldSelect:
		return x.fieldSelect(e)
	case *sql.Subscript:
		return x.subscript(e)
	case *sql.Slice:
		return x.slice(e)
	case *sql.Lambda:
		fail(sqlerr.New(sqlerr.SyntaxError, "a lambda can only be an argument of a function").At(e.Pos))
	case *sql.Star, *sql.StarOf:
		fail(sqlerr.New(sqlerr.SyntaxError, "\"*\" is only allowed as an item of SELECT").At(e.Position()))
	case *sql.Default:
		fail(sqlerr.New(sqlerr.SyntaxError, "DEFAULT is not allowed in this context").At(e.Pos))
	}
	fail(sqlerr.Unsupported("expression %T", e).At(e.Position()))
	return nil
}

// bindLeaf binds literals, parameters and columns; nil for anything else.
func (x *exprBinder) bindLeaf(e sql.Expr) expr.Node {
	switch e := e.(type) {
	case *sql.ColumnRef:
		return x.columnRef(e)
	case *sql.Param:
		return x.b.param(e)
	case *sql.String:
		if x.b.ksql {
			return &expr.Const{V: e.Value, T: types.TString}
		}
		return &expr.Const{V: e.Value, T: types.TUnknown}
	case *sql.Number:
		return x.number(e.Text, e.Pos)
	case *sql.Bool:
		return &expr.Const{V: e.Value, T: types.TBoolean}
	case *sql.Null:
		return &expr.Const{T: types.TUnknown}
	case *sql.TypedLiteral:
		return x.typedLiteral(e)
	}
	return nil
}

// number types a numeric literal: the smallest of INT, BIGINT and numeric (in
// ksqlDB's meaning DECIMAL(p, s) or, with an exponent, DOUBLE).
func (x *exprBinder) number(text string, pos int) expr.Node {
	clean := strings.ReplaceAll(text, "_", "")
	if n, err := strconv.ParseInt(clean, 0, 64); err == nil && !leadingZero(clean) {
		return intConst(n)
	}
	if n, err := strconv.ParseInt(clean, 10, 64); err == nil {
		return intConst(n)
	}
	exponent := strings.ContainsAny(clean, "eE")
	if x.b.ksql && exponent {
		f, err := strconv.ParseFloat(clean, 64)
		if err != nil || math.IsInf(f, 0) {
			fail(sqlerr.New(sqlerr.NumericOutOfRange, "%sNumber overflows DOUBLE: %s", x.b.prepared(pos), text).At(pos))
		}
		return &expr.Const{V: f, T: types.TDouble}
	}
	d, ok, _ := types.ParseDecimal(clean)
	if !ok {
		fail(sqlerr.New(sqlerr.SyntaxError, "invalid numeric literal %q", text).At(pos))
	}
	if !x.b.ksql {
		return &expr.Const{V: d, T: types.TNumeric}
	}
	if !strings.Contains(clean, ".") {
		fail(sqlerr.New(sqlerr.NumericOutOfRange, "%sInvalid numeric literal: %s", x.b.prepared(pos), text).At(pos))
	}
	return &expr.Const{V: d, T: literalDecimal(clean)}
}

func leadingZero(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9'
}

func intConst(n int64) expr.Node {
	if n >= math.MinInt32 && n <= math.MaxInt32 {
		return &expr.Const{V: n, T: types.TInt}
	}
	return &expr.Const{V: n, T: types.TBigInt}
}

// literalDecimal takes precision and scale from the digits: 0.1 is (2,1).
func literalDecimal(text string) types.Type {
	whole, frac, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" && frac != "" {
		whole = "0"
	}
	return types.TDecimal(int32(max(1, len(whole)+len(frac))), int32(len(frac)))
}

func (x *exprBinder) unary(e *sql.Unary) expr.Node {
	switch e.Op {
	case "NOT":
		n := x.b.boolean(x.bind(e.X), "NOT", e.X.Position())
		return &expr.Not{X: n, Logic: x.b.logic()}
	case "-":
		if lit, ok := e.X.(*sql.Number); ok {
			return x.number("-"+lit.Text, e.Pos)
		}
	}
	n := x.bind(e.X)
	t := n.Type()
	switch {
	case e.Op == "+" && (t.IsNumeric() || isUntyped(n)):
		return x.b.coerceIfUntyped(n, types.TDouble, e.X.Position())
	case e.Op == "-" && (t.IsNumeric() || isUntyped(n)):
		return &expr.Neg{X: x.b.coerceIfUntyped(n, types.TDouble, e.X.Position()), Mode: x.b.arith(), NullFails: x.b.ksql && len(x.lambdas) > 0, Pos: e.Pos}
	}
	if (e.Op == "|/" || e.Op == "||/") && (t.IsNumeric() || isUntyped(n)) {
		n, t = x.b.coerce(n, types.TDouble, e.X.Position()), types.TDouble
	}
	for _, name := range prefixFunctions[e.Op] {
		if f, params, ret, err := x.b.reg.Resolve(name, []types.Type{t}, x.b.dialect); err == nil {
			return &expr.Call{Fn: f, Args: []expr.Node{x.b.coerce(n, params[0], e.Pos)}, T: ret, Site: x.b.nextSite(), Pos: e.Pos}
		}
	}
	fail(sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s %s", e.Op, t).
		WithHint("No operator matches the given name and argument type. You might need to add an explicit type cast.").At(e.Pos))
	return nil
}

func (b *binder) coerceIfUntyped(n expr.Node, to types.Type, pos int) expr.Node {
	if isUntyped(n) {
		return b.coerce(n, to, pos)
	}
	return n
}

// binary binds infix operators.
func (x *exprBinder) binary(e *sql.Binary) expr.Node {
	switch e.Op {
	case "AND", "OR":
		return x.junction(e)
	case "=", "<>", "<", "<=", ">", ">=":
		return x.comparison(e)
	case "~", "~*", "!~", "!~*":
		if n := x.regex(e); n != nil {
			return n
		}
	case "~~", "!~~", "~~*", "!~~*":
		return x.likeNodes(x.bind(e.L), x.bind(e.R), '\\', strings.HasSuffix(e.Op, "*"), e.Op[0] == '!', e)
	}
	l, r := x.bind(e.L), x.bind(e.R)
	switch e.Op {
	case "+", "-", "*", "/", "%", "^":
		return x.arithmetic(e, l, r)
	case "||":
		return x.concat(e, l, r)
	}
	l, r = x.jsonOperand(e, l, r)
	return x.operatorCall(e, l, r)
}

// jsonOperand types untyped right sides of JSON operators.
func (x *exprBinder) jsonOperand(e *sql.Binary, l, r expr.Node) (expr.Node, expr.Node) {
	if isUntyped(l) && !isUntyped(r) {
		l = x.b.coerce(l, r.Type(), e.L.Position())
	}
	if !isUntyped(r) {
		return l, r
	}
	t := l.Type()
	if t.Kind == types.JSON {
		switch e.Op {
		case "->", "->>", "?":
			t = types.TString
		case "#>", "#>>", "?|", "?&", "#-":
			t = types.TArray(types.TString)
		}
	}
	return l, x.b.coerce(r, t, e.R.Position())
}

// junction flattens AND and OR.
func (x *exprBinder) junction(e *sql.Binary) expr.Node {
	var xs []expr.Node
	var walk func(n sql.Expr)
	walk = func(n sql.Expr) {
		if c, ok := n.(*sql.Binary); ok && c.Op == e.Op {
			walk(c.L)
			walk(c.R)
			return
		}
		xs = append(xs, x.b.boolean(x.bind(n), e.Op, n.Position()))
	}
	walk(e)
	if e.Op == "AND" {
		return &expr.And{Xs: xs, Logic: x.b.logic()}
	}
	return &expr.Or{Xs: xs, Logic: x.b.logic()}
}

func (x *exprBinder) collate(e *sql.Collate) expr.Node {
	switch strings.ToLower(e.Name.Last().Text) {
	case "default", "c", "posix", "ucs_basic":
		return x.bind(e.X)
	}
	fail(sqlerr.New(sqlerr.UndefinedObject, "collation %q for encoding \"UTF8\" does not exist", e.Name.Last().Text).At(e.Name.Position()))
	return nil
}
