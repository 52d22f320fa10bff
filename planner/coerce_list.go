package planner

import (
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// listed is an item of an IN list or a constructor in ksqlDB's meaning.
type listed struct {
	node    expr.Node
	from    sql.Expr
	literal bool
}

func (x *exprBinder) listItems(es []sql.Expr) []listed {
	out := make([]listed, len(es))
	for i, e := range es {
		n := x.bind(e)
		lit := n
		if neg, ok := lit.(*expr.Neg); ok {
			lit = neg.X
		}
		_, literal := lit.(*expr.Const)
		if _, cast := e.(*sql.Cast); cast {
			literal = false
		}
		out[i] = listed{n, e, literal}
	}
	return out
}

// coerceList is ksqlDB's coercion of lists: from left to right the first item
// with a type gives the running type, which each further item widens or is
// converted to. In front of an error stands prefix.
func (x *exprBinder) coerceList(items []listed, prefix string) ([]expr.Node, types.Type) {
	t := x.widenAll(types.TUnknown, items, prefix)
	out := make([]expr.Node, len(items))
	for i, it := range items {
		if out[i] = it.node; t.Kind != types.Unknown {
			out[i] = x.listedAs(it, t)
		}
	}
	return out, t
}

// listedAs converts an item to the type of its list.
func (x *exprBinder) listedAs(it listed, t types.Type) expr.Node {
	n := it.node
	switch from := it.from.(type) {
	case *sql.ArrayCtor:
		if t.Kind == types.Array && !n.Type().Equal(t) {
			return &expr.ArrayCtor{Xs: x.allListedAs(x.listItems(from.Items), *t.Elem), T: t}
		}
	case *sql.MapCtor:
		if t.Kind == types.Map && !n.Type().Equal(t) {
			keys, vals := from.Lists()
			return &expr.MapCtor{Keys: x.allListedAs(x.listItems(keys), *t.Key), Vals: x.allListedAs(x.listItems(vals), *t.Elem), T: t}
		}
	case *sql.StructCtor:
		if t.Kind == types.Struct && !n.Type().Equal(t) {
			return x.structListedAs(from, t)
		}
	}
	if it.literal && t.Kind != n.Type().Kind {
		n = x.literalAs(it, t)
	}
	return x.b.coerce(n, t, it.from.Position())
}

func (x *exprBinder) allListedAs(items []listed, t types.Type) []expr.Node {
	out := make([]expr.Node, len(items))
	for i, it := range items {
		out[i] = x.part(x.listedAs(it, t))
	}
	return out
}

// structListedAs is a STRUCT with the fields of t; those it has not are NULL.
func (x *exprBinder) structListedAs(s *sql.StructCtor, t types.Type) expr.Node {
	out := &expr.StructCtor{T: t}
	for _, f := range t.Fields {
		var n expr.Node = &expr.Const{T: f.Type}
		for _, it := range s.Fields {
			if x.b.fold1(it.Name) == f.Name {
				n = x.part(x.listedAs(x.listItems([]sql.Expr{it.Value})[0], f.Type))
			}
		}
		out.Xs = append(out.Xs, n)
	}
	return out
}

// widenStruct is the union of the running type's fields and those of a STRUCT.
func (x *exprBinder) widenStruct(t types.Type, s *sql.StructCtor, prefix string) types.Type {
	fields := append([]types.Field(nil), t.Fields...)
	for _, f := range s.Fields {
		name := x.b.fold1(f.Name)
		i := t.FieldIndex(name)
		if i < 0 {
			i = len(fields)
			fields = append(fields, types.Field{Name: name, Type: types.TUnknown})
		}
		fields[i].Type = x.widenAll(fields[i].Type, x.listItems([]sql.Expr{f.Value}), prefix)
	}
	return types.TStruct(fields...)
}

func (x *exprBinder) widenAll(t types.Type, items []listed, prefix string) types.Type {
	for _, it := range items {
		t = x.widenList(t, it, prefix)
	}
	return t
}

// widenList is the running type after one more item.
func (x *exprBinder) widenList(t types.Type, it listed, prefix string) types.Type {
	u := it.node.Type()
	switch {
	case u.Kind == types.Unknown:
		return t
	case t.Kind == types.Unknown:
		return u
	}
	switch from := it.from.(type) {
	case *sql.ArrayCtor:
		if t.Kind == types.Array {
			return types.TArray(x.widenAll(*t.Elem, x.listItems(from.Items), prefix))
		}
	case *sql.MapCtor:
		if t.Kind == types.Map {
			keys, vals := from.Lists()
			return types.TMap(x.widenAll(*t.Key, x.listItems(keys), prefix), x.widenAll(*t.Elem, x.listItems(vals), prefix))
		}
	case *sql.StructCtor:
		if t.Kind == types.Struct {
			return x.widenStruct(t, from, prefix)
		}
	}
	if text, ok := textLiteral(it); ok && t.IsNumeric() {
		n, ok := numberOf(text)
		if !ok {
			failInput(t, text, prefix, it.from.Position())
		}
		u = n.T
	} else if ok && t.Kind == types.Boolean {
		if _, ok := truthOf(text); !ok {
			failInput(t, text, prefix, it.from.Position())
		}
		return t
	}
	switch {
	case it.literal && t.Kind == types.String && !u.IsNested():
		return t
	case t.IsTemporal() && u.IsTemporal() && t.Kind != u.Kind:
	default:
		if w, ok := ksqlCommon(t, u); ok {
			return w
		}
	}
	fail(sqlerr.New(sqlerr.DatatypeMismatch, "%soperator does not exist: %s = %s (%s)\nHint: You might need to add explicit type casts.",
		prefix, t.KsqlString(), u.KsqlString(), ksqlExpr(it.from)).At(it.from.Position()))
	return t
}

func failInput(t types.Type, text, prefix string, pos int) {
	fail(sqlerr.New(sqlerr.InvalidTextRepresent, "%sinvalid input syntax for type %s: \"%s\"", prefix, ksqlBase(t), text).At(pos))
}

func textLiteral(it listed) (string, bool) {
	c, ok := it.node.(*expr.Const)
	if !ok || !it.literal || c.T.Kind != types.String {
		return "", false
	}
	s, ok := c.V.(string)
	return s, ok
}

// numberOf reads a text literal as a number literal.
func numberOf(text string) (*expr.Const, bool) {
	text = strings.TrimSpace(text)
	d, ok, _ := types.ParseDecimal(text)
	if !ok || d == nil {
		return nil, false
	}
	if strings.ContainsAny(text, ".eE") {
		plain := d.Text('f')
		t := types.TDecimal(int32(len(strings.TrimLeft(plain, "-"))), 0)
		if strings.Contains(plain, ".") {
			return &expr.Const{V: d, T: literalDecimal(plain)}, true
		}
		v, err := types.Cast(text, types.TString, t, types.CastKsql, nil)
		return &expr.Const{V: v, T: t}, err == nil
	}
	n, ok := types.DecimalToInt(d)
	switch {
	case !ok:
		return nil, false
	case n == int64(int32(n)):
		return &expr.Const{V: n, T: types.TInt}, true
	}
	return &expr.Const{V: n, T: types.TBigInt}, true
}

// truthOf reads a prefix of true, yes, false or no.
func truthOf(text string) (value, ok bool) {
	s := strings.ToLower(strings.TrimSpace(text))
	switch {
	case s == "":
	case strings.HasPrefix("true", s), strings.HasPrefix("yes", s):
		return true, true
	case strings.HasPrefix("false", s), strings.HasPrefix("no", s):
		return false, true
	}
	return false, false
}

// literalAs is a literal as one of type t, where ksqlDB converts literals only.
func (x *exprBinder) literalAs(it listed, t types.Type) expr.Node {
	text, isText := textLiteral(it)
	switch {
	case isText && t.IsNumeric():
		n, _ := numberOf(text)
		return n
	case isText && t.Kind == types.Boolean:
		v, _ := truthOf(text)
		return &expr.Const{V: v, T: types.TBoolean}
	case t.Kind == types.String && it.node.Type().Kind != types.Unknown:
		return x.b.fold(&expr.Cast{X: it.node, To: types.TString, Ksql: true, Pos: it.from.Position()})
	}
	return it.node
}
