package planner

import (
	"unicode/utf8"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

func (x *exprBinder) like(e *sql.Like) expr.Node {
	if e.Op == "SIMILAR TO" {
		fail(sqlerr.Unsupported("SIMILAR TO").WithHint("Use LIKE or the operator ~.").At(e.Pos))
	}
	escape := '\\'
	if x.b.ksql {
		escape = 0
	}
	if e.Escape != nil {
		escape = x.escape(e.Escape)
	}
	return x.likeNodes(x.bind(e.X), x.bind(e.Pattern), escape, e.Op == "ILIKE", e.Not, e)
}

// escape reads the literal of ESCAPE: one character or none.
func (x *exprBinder) escape(e sql.Expr) rune {
	lit, ok := e.(*sql.String)
	if !ok {
		fail(sqlerr.Unsupported("ESCAPE with an expression that is not a literal").At(e.Position()))
	}
	r, size := utf8.DecodeRuneInString(lit.Value)
	switch {
	case lit.Value == "":
		return 0
	case size != len(lit.Value):
		fail(sqlerr.New(sqlerr.InvalidEscape, "invalid escape string").
			WithHint("Escape string must be empty or one character.").At(lit.Pos))
	}
	return r
}

func (x *exprBinder) likeNodes(v, pattern expr.Node, escape rune, foldCase, not bool, e sql.Expr) expr.Node {
	v, pattern = x.b.settleLoose(v, e.Position()), x.b.settleLoose(pattern, e.Position())
	if !v.Type().IsText() || !pattern.Type().IsText() {
		if x.b.ksql {
			bad := v.Type()
			if bad.IsText() {
				bad = pattern.Type()
			}
			fail(sqlerr.New(sqlerr.DatatypeMismatch, "The column type for Like condition must be VARCHAR. The column type is %s. Like condition must be between strings",
				bad.KsqlString()).At(e.Position()))
		}
		fail(sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s ~~ %s", v.Type(), pattern.Type()).
			WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(e.Position()))
	}
	return &expr.Like{
		X: x.b.coerce(v, types.TString, e.Position()), Pattern: x.b.coerce(pattern, types.TString, e.Position()),
		Escape: escape, Fold: foldCase, Not: not, Logic: x.b.logic(),
	}
}

// regex binds ~ and its kin; nil when the operands are not text.
func (x *exprBinder) regex(e *sql.Binary) expr.Node {
	l, r := x.b.settleLoose(x.bind(e.L), e.L.Position()), x.b.settleLoose(x.bind(e.R), e.R.Position())
	if !l.Type().IsText() || !r.Type().IsText() {
		fail(sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s %s %s", l.Type(), e.Op, r.Type()).
			WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(e.Pos))
	}
	return x.regexNodes(e.Op, l, r)
}

func (x *exprBinder) regexNodes(op string, l, r expr.Node) expr.Node {
	return &expr.Regex{
		X: x.b.coerce(l, types.TString, -1), Pattern: x.b.coerce(r, types.TString, -1),
		Fold: op[len(op)-1] == '*', Not: op[0] == '!',
	}
}

// anyAll binds x op ANY(..) and ALL(..).
func (x *exprBinder) anyAll(e *sql.AnyAll) expr.Node {
	if e.Query != nil {
		return x.quantified(e.Op, e.L, e.Query, e.All, e.Pos)
	}
	switch e.Op {
	case "=", "<>", "<", "<=", ">", ">=":
		return x.compareArray(e)
	}
	ctor, ok := e.Array.(*sql.ArrayCtor)
	if !ok {
		fail(sqlerr.Unsupported("%s ANY or ALL over an array that is not written out", e.Op).At(e.Pos))
	}
	var xs []expr.Node
	for _, item := range ctor.Items {
		xs = append(xs, x.bind(x.elementTest(e, item)))
	}
	if e.All {
		return &expr.And{Xs: xs, Logic: x.b.logic()}
	}
	return &expr.Or{Xs: xs, Logic: x.b.logic()}
}

// elementTest is the test of one element of a written-out array.
func (x *exprBinder) elementTest(e *sql.AnyAll, item sql.Expr) sql.Expr {
	switch e.Op {
	case "LIKE", "NOT LIKE":
		return &sql.Like{Op: "LIKE", Not: e.Op != "LIKE", X: e.L, Pattern: item, Pos: e.Pos}
	case "ILIKE", "NOT ILIKE":
		return &sql.Like{Op: "ILIKE", Not: e.Op != "ILIKE", X: e.L, Pattern: item, Pos: e.Pos}
	}
	return &sql.Binary{Op: e.Op, L: e.L, R: item, Pos: e.Pos}
}

func (x *exprBinder) compareArray(e *sql.AnyAll) expr.Node {
	b := x.b
	l, array := x.bind(e.L), x.bind(e.Array)
	if isUntyped(array) {
		t := l.Type()
		if t.Kind == types.Unknown {
			t = types.TString
		}
		array = b.coerce(array, types.TArray(t), e.Array.Position())
	}
	at := array.Type()
	if at.Kind != types.Array {
		fail(sqlerr.New(sqlerr.WrongObjectType, "op ANY/ALL (array) requires array on right side").At(e.Pos))
	}
	t, ok := common(l.Type(), *at.Elem)
	if !ok {
		fail(sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s %s %s", l.Type(), e.Op, at.Elem).
			WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(e.Pos))
	}
	return &expr.AnyAll{
		X: b.coerce(l, t, e.L.Position()), Array: b.coerce(array, types.TArray(t), e.Array.Position()), Op: e.Op, All: e.All,
	}
}
