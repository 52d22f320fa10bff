package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// arithmetic binds + - * / % ^.
func (x *exprBinder) arithmetic(e *sql.Binary, l, r expr.Node) expr.Node {
	if x.b.ksql {
		return x.ksqlArithmetic(e, l, r)
	}
	l, r = x.typeOperands(e, l, r)
	lt, rt := l.Type(), r.Type()
	if lt.IsNumeric() && rt.IsNumeric() {
		t := commonNumber(lt, rt)
		switch {
		case e.Op == "^" && t.Kind != types.Decimal:
			t = types.TDouble
		case e.Op == "%" && t.IsFloat():
			x.noOperator(e, lt, rt)
		}
		return &expr.Binary{Op: e.Op, L: x.b.coerce(l, t, e.Pos), R: x.b.coerce(r, t, e.Pos), T: t, Mode: expr.Checked, Pos: e.Pos}
	}
	return x.operatorCall(e, l, r)
}

// typeOperands gives an untyped operand the type its partner suggests.
func (x *exprBinder) typeOperands(e *sql.Binary, l, r expr.Node) (expr.Node, expr.Node) {
	lt, rt := l.Type(), r.Type()
	switch {
	case lt.Kind == types.Unknown && rt.Kind == types.Unknown:
		if isParam(l) || isParam(r) || e.Op != "-" {
			fail(sqlerr.New(sqlerr.AmbiguousFunction, "operator is not unique: unknown %s unknown", e.Op).
				WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.").At(e.Pos))
		}
	case lt.Kind == types.Unknown:
		l = x.b.coerce(l, partnerType(e.Op, rt, true), e.L.Position())
	case rt.Kind == types.Unknown:
		r = x.b.coerce(r, partnerType(e.Op, lt, false), e.R.Position())
	}
	return l, r
}

func isParam(n expr.Node) bool {
	_, ok := n.(*expr.Param)
	return ok
}

// partnerType is what an untyped operand beside type t is taken as.
func partnerType(op string, t types.Type, left bool) types.Type {
	switch {
	case t.Kind == types.Timestamp && op == "+", t.Kind == types.Time && op == "+":
		return types.TInterval
	case t.Kind == types.Date && op == "+":
		return types.TInt
	case t.Kind == types.Interval && (op == "*" || op == "/"):
		return types.TDouble
	case t.Kind == types.Interval && left && (op == "+" || op == "-"):
		return types.TTimestamp
	case t.Kind == types.JSON && op == "-":
		return types.TString
	}
	return t
}

// operatorCall binds an operator that is a function over non-numbers.
func (x *exprBinder) operatorCall(e *sql.Binary, l, r expr.Node) expr.Node {
	for _, name := range operatorFunctions[e.Op] {
		if n, ok := x.tryOperator(name, e, l, r); ok {
			return n
		}
		if !commutes[e.Op] {
			continue
		}
		if n, ok := x.tryOperator(name, &sql.Binary{Op: e.Op, L: e.R, R: e.L, Pos: e.Pos}, r, l); ok {
			return n
		}
	}
	x.noOperator(e, l.Type(), r.Type())
	return nil
}

// tryOperator binds the overload of an operator function, if one accepts.
func (x *exprBinder) tryOperator(name string, e *sql.Binary, l, r expr.Node) (expr.Node, bool) {
	args := []types.Type{l.Type(), r.Type()}
	f, params, ret, err := x.b.reg.Resolve(name, args, x.b.dialect)
	if err != nil {
		return nil, false
	}
	return &expr.Call{
		Fn: f, T: ret, Site: x.b.nextSite(), Pos: e.Pos,
		Args: []expr.Node{x.b.coerce(l, params[0], e.L.Position()), x.b.coerce(r, params[1], e.R.Position())},
	}, true
}

func (x *exprBinder) noOperator(e *sql.Binary, l, r types.Type) {
	if x.b.ksql {
		fail(sqlerr.New(sqlerr.UndefinedFunction, "%sError processing expression: %s. Unsupported arithmetic types. %s %s",
			x.inClause(), ksqlExpr(e), ksqlBase(l), ksqlBase(r)).At(e.Pos))
	}
	fail(sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s %s %s", l, e.Op, r).
		WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(e.Pos))
}

// ksqlArithmetic types arithmetic by the rules of ksqlDB.
func (x *exprBinder) ksqlArithmetic(e *sql.Binary, l, r expr.Node) expr.Node {
	lt, rt := l.Type(), r.Type()
	if isParam(l) && lt.Kind == types.Unknown {
		l, lt = x.b.coerce(l, rt, e.Pos), rt
	}
	if isParam(r) && rt.Kind == types.Unknown {
		r, rt = x.b.coerce(r, lt, e.Pos), lt
	}
	if lt.Kind == types.Unknown || rt.Kind == types.Unknown {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "%sError processing expression: %s. Arithmetic on types %s and %s are not supported.",
			x.inClause(), ksqlExpr(e), ksqlName(lt), ksqlName(rt)).At(e.Pos))
	}
	if e.Op == "+" && lt.Kind == types.String && rt.Kind == types.String {
		return &expr.Binary{Op: "||", L: l, R: r, T: types.TString, Mode: expr.Java, Pos: e.Pos}
	}
	if !lt.IsNumeric() || !rt.IsNumeric() || e.Op == "^" {
		x.noOperator(e, lt, rt)
	}
	n := &expr.Binary{Op: e.Op, L: l, R: r, Mode: expr.Java, NullFails: len(x.lambdas) > 0, Pos: e.Pos}
	switch {
	case lt.IsFloat() || rt.IsFloat():
		n.T = types.TDouble
	case lt.Kind == types.Decimal || rt.Kind == types.Decimal:
		dl, dr := asDecimal(lt), asDecimal(rt)
		n.L, n.R = x.b.coerce(l, dl, e.Pos), x.b.coerce(r, dr, e.Pos)
		n.T = decimalResult(e.Op, dl, dr)
		return n
	case lt.Kind == types.BigInt || rt.Kind == types.BigInt:
		n.T = types.TBigInt
	default:
		n.T = types.TInt
	}
	n.L, n.R = x.b.coerce(l, n.T, e.Pos), x.b.coerce(r, n.T, e.Pos)
	return n
}

func ksqlName(t types.Type) string {
	if t.Kind == types.Unknown {
		return "null"
	}
	return t.KsqlString()
}

// decimalResult is ksqlDB's precision and scale of a decimal operation.
func decimalResult(op string, a, b types.Type) types.Type {
	if a.Precision == 0 || b.Precision == 0 {
		return types.TNumeric
	}
	p1, s1, p2, s2 := a.Precision, a.Scale, b.Precision, b.Scale
	switch op {
	case "+", "-":
		s := max(s1, s2)
		return types.TDecimal(max(p1-s1, p2-s2)+s+1, s)
	case "*":
		return types.TDecimal(p1+p2+1, s1+s2)
	case "/":
		s := max(6, s1+p2+1)
		return types.TDecimal(p1-s1+s2+s, s)
	default:
		s := max(s1, s2)
		return types.TDecimal(min(p1-s1, p2-s2)+s, s)
	}
}

// concat binds ||: text, arrays, bytes, JSON.
func (x *exprBinder) concat(e *sql.Binary, l, r expr.Node) expr.Node {
	lt, rt := l.Type(), r.Type()
	switch {
	case lt.Kind == types.Array || rt.Kind == types.Array:
		return x.concatArrays(e, l, r)
	case lt.Kind == types.JSON || rt.Kind == types.JSON:
		if lt.Kind == types.Unknown {
			l = x.b.coerce(l, types.TJSON, e.L.Position())
		}
		if rt.Kind == types.Unknown {
			r = x.b.coerce(r, types.TJSON, e.R.Position())
		}
		if l.Type().Kind == types.JSON && r.Type().Kind == types.JSON {
			return x.operatorCall(e, l, r)
		}
	case x.b.ksql: // || is CONCAT, for which NULL is nothing
		f, params, ret, err := x.b.reg.Resolve("concat", []types.Type{lt, rt}, x.b.dialect)
		failAt(err, e.Pos)
		return &expr.Call{Fn: f, T: ret, Site: x.b.nextSite(), Pos: e.Pos, Args: []expr.Node{
			x.part(x.b.coerce(l, params[0], e.L.Position())), x.part(x.b.coerce(r, params[1], e.R.Position())),
		}}
	case lt.Kind == types.Bytes || rt.Kind == types.Bytes:
		l, r = x.b.coerce(l, types.TBytes, e.L.Position()), x.b.coerce(r, types.TBytes, e.R.Position())
		return &expr.Binary{Op: "||", L: l, R: r, T: types.TBytes, Mode: x.b.arith(), Pos: e.Pos}
	case !lt.IsText() && !rt.IsText() && lt.Kind != types.Unknown && rt.Kind != types.Unknown:
		x.noOperator(e, lt, rt)
	}
	l, r = x.b.coerce(l, types.TString, e.L.Position()), x.b.coerce(r, types.TString, e.R.Position())
	return &expr.Binary{Op: "||", L: l, R: r, T: types.TString, Mode: x.b.arith(), Pos: e.Pos}
}

func (x *exprBinder) concatArrays(e *sql.Binary, l, r expr.Node) expr.Node {
	lt, rt := l.Type(), r.Type()
	name := "array_cat"
	switch {
	case lt.Kind == types.Unknown:
		l = x.b.coerce(l, rt, e.L.Position())
	case rt.Kind == types.Unknown:
		r = x.b.coerce(r, lt, e.R.Position())
	case lt.Kind != types.Array:
		name = "array_prepend"
	case rt.Kind != types.Array:
		name = "array_append"
	}
	if n, ok := x.tryOperator(name, e, l, r); ok {
		return n
	}
	x.noOperator(e, lt, rt)
	return nil
}

// ksqlClause is how ksqlDB names the clause in "X column 'C' cannot be resolved".
func (x *exprBinder) ksqlClause() string {
	switch x.clause {
	case "SELECT", "WHERE", "PARTITION BY", "GROUP BY", "HAVING":
		return x.clause
	case "JOIN/ON":
		return "JOIN ON"
	}
	return strings.ToUpper(x.clause)
}

// ksqlBase is a type without its parameters.
func ksqlBase(t types.Type) string {
	name := ksqlName(t)
	if i := strings.IndexAny(name, "<("); i > 0 {
		return name[:i]
	}
	return name
}
