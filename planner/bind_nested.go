package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// caseExpr binds both forms of CASE to the searched one.
func (x *exprBinder) caseExpr(e *sql.Case) expr.Node {
	b := x.b
	n := &expr.Case{Logic: b.logic()}
	sets := 0
	if x.block != nil {
		sets = len(x.block.sets)
	}
	var operand expr.Node
	if e.Operand != nil {
		operand = x.bind(e.Operand)
	}
	var results []expr.Node
	var pos []int
	for _, w := range e.Whens {
		if operand != nil {
			v := x.bind(w.Cond)
			n.Whens = append(n.Whens, x.compare("=", operand, v, e.Operand.Position(), w.Cond.Position(), e.Pos))
		} else {
			n.Whens = append(n.Whens, b.boolean(x.bind(w.Cond), "CASE/WHEN", w.Cond.Position()))
		}
		results = append(results, x.bind(w.Then))
		pos = append(pos, w.Then.Position())
	}
	if e.Else != nil {
		results = append(results, x.bind(e.Else))
		pos = append(pos, e.Else.Position())
	}
	if x.block != nil && len(x.block.sets) > sets && b.ksql {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, "Table functions cannot be used in CASE: %s", strings.ToUpper(x.block.sets[sets].Fn.Name)).At(e.Pos))
	}
	b.sameBranches(results, len(e.Whens), e.Pos)
	results, n.T = b.unify(results, pos, "CASE")
	if n.T.Kind == types.Unknown && b.ksql {
		fail(sqlerr.New(sqlerr.IndeterminateDatatype, "Invalid Case expression. All case branches have NULL type").At(e.Pos))
	}
	n.Thens = results[:len(e.Whens)]
	if e.Else != nil {
		n.Else = results[len(e.Whens)]
	}
	return n
}

// sameBranches holds ksqlDB's rule that the branches of a CASE have one type;
// the last of results beyond thens is ELSE.
func (b *binder) sameBranches(results []expr.Node, thens, pos int) {
	if !b.ksql {
		return
	}
	first := types.TUnknown
	for i, n := range results {
		t := n.Type()
		switch {
		case t.Kind == types.Unknown, t.Kind == first.Kind:
		case first.Kind == types.Unknown:
			first = t
		case i < thens:
			fail(sqlerr.New(sqlerr.DatatypeMismatch, "Invalid Case expression. Type for all 'THEN' clauses should be the same. THEN types: %s, %s.",
				first.KsqlString(), t.KsqlString()).At(pos))
		default:
			fail(sqlerr.New(sqlerr.DatatypeMismatch, "Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses. THEN type: %s. DEFAULT type: %s.",
				first.KsqlString(), t.KsqlString()).At(pos))
		}
	}
}

func (x *exprBinder) arrayCtor(e *sql.ArrayCtor) expr.Node {
	b := x.b
	if len(e.Items) == 0 {
		if b.ksql {
			fail(sqlerr.New(sqlerr.IndeterminateDatatype, "Array constructor cannot be empty. Please supply at least one element (see https://github.com/confluentinc/ksql/issues/4239).").At(e.Pos))
		}
		fail(sqlerr.New(sqlerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(e.Pos))
	}
	var xs []expr.Node
	var t types.Type
	if b.ksql {
		xs, t = x.coerceList(x.listItems(e.Items), "")
	} else {
		xs, t = b.unify(x.bindAll(e.Items), positions(e.Items), "ARRAY")
	}
	if t.Kind == types.Unknown && b.ksql {
		fail(sqlerr.New(sqlerr.IndeterminateDatatype, "Cannot construct an array with all NULL elements "+castNulls, "value").At(e.Pos))
	}
	if t.Kind == types.Unknown {
		t = types.TString
		xs = b.coerceAll(xs, t, e.Pos)
	}
	return &expr.ArrayCtor{Xs: x.parts(xs), T: types.TArray(t)}
}

func (x *exprBinder) mapCtor(e *sql.MapCtor) expr.Node {
	b := x.b
	if len(e.Entries) == 0 {
		fail(sqlerr.New(sqlerr.IndeterminateDatatype, "Map constructor cannot be empty. Please supply at least one key value pair (see https://github.com/confluentinc/ksql/issues/4239).").At(e.Pos))
	}
	ks, vs := e.Lists()
	var keys, vals []expr.Node
	var kt, vt types.Type
	if b.ksql {
		keys, kt = x.coerceList(x.listItems(ks), "")
		vals, vt = x.coerceList(x.listItems(vs), "")
	} else {
		keys, kt = b.unify(x.bindAll(ks), positions(ks), "MAP")
		vals, vt = b.unify(x.bindAll(vs), positions(vs), "MAP")
	}
	switch {
	case kt.Kind == types.Unknown && b.ksql && allNull(keys):
		fail(sqlerr.New(sqlerr.IndeterminateDatatype, "Cannot construct a map with all NULL keys "+castNulls, "key").At(e.Pos))
	case vt.Kind == types.Unknown && b.ksql && allNull(vals):
		fail(sqlerr.New(sqlerr.IndeterminateDatatype, "Cannot construct a map with all NULL values "+castNulls, "value").At(e.Pos))
	}
	kt, vt = textIfUnknown(kt), textIfUnknown(vt)
	keys = x.parts(b.coerceAll(keys, kt, e.Pos))
	if b.ksql && kt.Kind == types.String {
		for i := range keys { // Java's maps have a null key, which is written as a text
			keys[i] = &expr.Coalesce{Xs: []expr.Node{keys[i], &expr.Const{V: "null", T: types.TString}}, T: kt}
		}
	}
	return &expr.MapCtor{Keys: keys, Vals: x.parts(b.coerceAll(vals, vt, e.Pos)), T: types.TMap(kt, vt)}
}

func allNull(xs []expr.Node) bool {
	for _, n := range xs {
		if c, ok := n.(*expr.Const); !ok || c.V != nil {
			return false
		}
	}
	return true
}

// castNulls is what ksqlDB adds when nothing tells the type of NULLs.
const castNulls = "(see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a NULL %s to the desired type."

func (x *exprBinder) structCtor(e *sql.StructCtor) expr.Node {
	n := &expr.StructCtor{}
	var fields []types.Field
	for _, f := range e.Fields {
		name := x.b.fold1(f.Name)
		if types.TStruct(fields...).FieldIndex(name) >= 0 {
			if x.b.ksql {
				fail(sqlerr.New(sqlerr.DuplicateColumn, "Duplicate field names found in STRUCT: '`%s`'", name).At(f.Name.Pos))
			}
			fail(sqlerr.New(sqlerr.DuplicateColumn, "field name %q appears more than once", name).At(f.Name.Pos))
		}
		v := x.value(f.Value)
		n.Xs = append(n.Xs, x.part(v))
		fields = append(fields, types.Field{Name: name, Type: v.Type()})
	}
	n.T = types.TStruct(fields...)
	return n
}

// row binds ROW(a, b) to an anonymous row with fields f1, f2 ..
func (x *exprBinder) row(e *sql.Row) expr.Node {
	n := &expr.StructCtor{T: types.Type{Kind: types.Record}}
	for i, item := range e.Items {
		v := x.b.settleLoose(x.bind(item), item.Position())
		n.Xs = append(n.Xs, v)
		n.T.Fields = append(n.T.Fields, types.Field{Name: "f" + itoa(i+1), Type: v.Type()})
	}
	return n
}

func (x *exprBinder) structAccess(e *sql.StructAccess) expr.Node {
	n := x.bind(e.X)
	if n.Type().Kind == types.JSON && !x.b.ksql {
		key := x.bind(&sql.ColumnRef{Parts: []sql.Name{e.Field}, Pos: e.Field.Pos})
		return x.operatorCall(&sql.Binary{Op: "->", L: e.X, R: e.X, Pos: e.Pos}, n, key)
	}
	return x.field(n, x.b.fold1(e.Field), e.Field.Pos)
}

func (x *exprBinder) fieldSelect(e *sql.FieldSelect) expr.Node {
	return x.field(x.bind(e.X), x.b.fold1(e.Field), e.Field.Pos)
}

// field reads one field of a STRUCT or row.
func (x *exprBinder) field(n expr.Node, name string, pos int) expr.Node {
	t := n.Type()
	if t.Kind != types.Struct && t.Kind != types.Record {
		if x.b.ksql {
			fail(sqlerr.New(sqlerr.WrongObjectType, "Expected STRUCT type, got: %s", t.KsqlString()).At(pos))
		}
		fail(sqlerr.New(sqlerr.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type", name, t).At(pos))
	}
	i := t.FieldIndex(name)
	if i < 0 {
		var names []string
		for _, f := range t.Fields {
			names = append(names, f.Name)
		}
		if x.b.ksql {
			fail(sqlerr.New(sqlerr.UndefinedColumn, "Could not find field '%s' in '%s'.", name, strings.ReplaceAll(show(n), "\"", "")).At(pos))
		}
		err := sqlerr.New(sqlerr.UndefinedColumn, "field %q does not exist in type %s", name, t)
		if near := nearest(name, names); near != "" {
			err.WithHint("Perhaps you meant the field %q.", near)
		}
		fail(err.At(pos))
	}
	return &expr.Field{X: n, Index: i, T: t.Fields[i].Type}
}

func (x *exprBinder) subscript(e *sql.Subscript) expr.Node {
	n, i := x.bind(e.X), x.bind(e.Index)
	switch t := n.Type(); t.Kind {
	case types.Array:
		if !isUntyped(i) && !i.Type().IsInteger() {
			fail(sqlerr.New(sqlerr.DatatypeMismatch, "array subscript must have type integer").At(e.Index.Position()))
		}
		if i.Type().Kind != types.BigInt {
			i = x.b.coerce(i, types.TInt, e.Index.Position())
		}
		return &expr.Subscript{X: n, I: i, T: *t.Elem, Ksql: x.b.ksql}
	case types.Map:
		return &expr.Subscript{X: n, I: x.b.coerce(i, *t.Key, e.Index.Position()), T: *t.Elem, Ksql: x.b.ksql}
	case types.JSON:
		if isUntyped(i) {
			i = x.b.coerce(i, types.TString, e.Index.Position())
		}
		return x.operatorCall(&sql.Binary{Op: "->", L: e.X, R: e.Index, Pos: e.Pos}, n, i)
	default:
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", t).At(e.Pos))
		return nil
	}
}

// slice binds a[lo:hi]; an absent bound reaches to the end.
func (x *exprBinder) slice(e *sql.Slice) expr.Node {
	lo, hi := e.Lo, e.Hi
	if lo == nil {
		lo = &sql.Number{Text: "1", Pos: e.Pos}
	}
	if hi == nil {
		hi = &sql.Number{Text: "2147483647", Pos: e.Pos}
	}
	return x.callByName("slice", []sql.Expr{e.X, lo, hi}, e.Pos)
}
