package planner

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// isUntyped tells whether a node still waits for a type: an untyped literal,
// NULL, or a parameter.
func isUntyped(n expr.Node) bool { return n.Type().Kind == types.Unknown }

// coerce gives n as type to. An untyped literal is parsed (22P02 at pos), an
// untyped parameter takes the type, anything else is cast.
func (b *binder) coerce(n expr.Node, to types.Type, pos int) expr.Node {
	from := n.Type()
	if from.Equal(to) || to.Kind == types.Unknown {
		return n
	}
	if from.Kind == types.Unknown {
		switch x := n.(type) {
		case *expr.Const:
			return b.literal(x, to, pos)
		case *expr.Param:
			return b.setParam(x, to)
		case *expr.Case, *expr.Coalesce, *expr.ArrayCtor:
			return b.pushType(n, to, pos)
		}
	}
	if n = retype(n, to); n.Type().Equal(to) || sameLayout(n.Type(), to) {
		return n
	}
	return &expr.Cast{X: n, To: to, Ksql: b.ksql, Pos: pos}
}

// retype gives the NULLs that are written in a STRUCT the types of the fields
// of to that bear their names: a NULL by itself is text.
func retype(n expr.Node, to types.Type) expr.Node {
	switch n := n.(type) {
	case *expr.StructCtor:
		if to.Kind != types.Struct || n.T.Kind != types.Struct {
			return n
		}
		c := &expr.StructCtor{}
		var fields []types.Field
		for i, f := range n.T.Fields {
			x := n.Xs[i]
			if j := to.FieldIndex(f.Name); j >= 0 {
				if lit, ok := x.(*expr.Const); ok && lit.V == nil {
					x = &expr.Const{T: to.Fields[j].Type}
				} else {
					x = retype(x, to.Fields[j].Type)
				}
			}
			c.Xs = append(c.Xs, x)
			fields = append(fields, types.Field{Name: f.Name, Type: x.Type()})
		}
		c.T = types.TStruct(fields...)
		return c
	}
	return n
}

// sameLayout tells whether values of from are values of to as they are.
func sameLayout(from, to types.Type) bool {
	switch {
	case from.Kind != to.Kind:
		return from.IsText() && to.IsText() && to.Kind == types.String && to.Precision == 0
	case from.Kind == types.String, from.Kind == types.Decimal:
		return to.Precision == 0
	case from.Kind == types.Array:
		return sameLayout(*from.Elem, *to.Elem)
	case from.Kind == types.Record:
		return true
	}
	return from.Equal(to)
}

// setParam gives a parameter its type. The first use decides.
func (b *binder) setParam(p *expr.Param, to types.Type) expr.Node {
	if known := b.params[p.N-1]; known.Kind != types.Unknown {
		n := &expr.Param{N: p.N, T: known}
		return b.coerce(n, to, b.where[p])
	}
	b.params[p.N-1] = to
	n := &expr.Param{N: p.N, T: to}
	b.where[n] = b.where[p]
	return n
}

// pushType gives the untyped leaves of a conditional or constructor a type.
func (b *binder) pushType(n expr.Node, to types.Type, pos int) expr.Node {
	switch n := n.(type) {
	case *expr.Case:
		c := *n
		c.Thens = b.coerceAll(n.Thens, to, pos)
		if n.Else != nil {
			c.Else = b.coerce(n.Else, to, pos)
		}
		c.T = to
		return &c
	case *expr.Coalesce:
		return &expr.Coalesce{Xs: b.coerceAll(n.Xs, to, pos), T: to}
	case *expr.ArrayCtor:
		if to.Kind == types.Array {
			return &expr.ArrayCtor{Xs: b.coerceAll(n.Xs, *to.Elem, pos), T: to}
		}
	}
	return &expr.Cast{X: n, To: to, Ksql: b.ksql, Pos: pos}
}

func (b *binder) coerceAll(xs []expr.Node, to types.Type, pos int) []expr.Node {
	out := make([]expr.Node, len(xs))
	for i, x := range xs {
		out[i] = b.coerce(x, to, pos)
	}
	return out
}

// literal parses an untyped literal as type to.
func (b *binder) literal(c *expr.Const, to types.Type, pos int) expr.Node {
	if c.V == nil {
		return &expr.Const{T: to}
	}
	text := c.V.(string)
	switch {
	case to.Kind == types.String && to.Precision == 0, to.Kind == types.Name:
		return &expr.Const{V: text, T: to}
	case to.IsOIDLike() && to.Kind != types.OID:
		if n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32); err == nil {
			return &expr.Const{V: int64(n), T: to}
		}
		return &expr.Cast{X: &expr.Const{V: text, T: types.TString}, To: to, Ksql: b.ksql, Pos: pos}
	case to.Kind == types.Timestamp && relativeTime(text):
		return &expr.Cast{X: &expr.Const{V: text, T: types.TString}, To: to, Ksql: b.ksql, Pos: pos}
	}
	v, err := b.castValue(text, types.TString, to)
	failAt(err, pos)
	return &expr.Const{V: v, T: to}
}

// relativeTime tells whether a time literal means the statement's time.
func relativeTime(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "now", "today", "tomorrow", "yesterday":
		return true
	}
	return false
}

// settle makes a value of an untyped literal or parameter: text.
func (b *binder) settle(n expr.Node, pos int) expr.Node {
	if !isUntyped(n) {
		return n
	}
	if b.ksql && b.persist {
		fail(sqlerr.New(sqlerr.IndeterminateDatatype,
			"Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).").At(pos))
	}
	return b.coerce(n, types.TString, pos)
}

// boolean requires a condition.
func (b *binder) boolean(n expr.Node, what string, pos int) expr.Node {
	if isUntyped(n) {
		return b.coerce(n, types.TBoolean, pos)
	}
	if n.Type().Kind == types.Boolean {
		return n
	}
	if b.ksql && what == "CASE/WHEN" {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "WHEN operand type should be boolean.\nType for '%s' is %s",
			strings.ReplaceAll(show(n), "\"", ""), n.Type().KsqlString()).At(pos))
	}
	if b.ksql {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, "Type error in %s expression: Should evaluate to boolean but is %s (%s) instead.",
			what, strings.ReplaceAll(show(n), "\"", ""), n.Type().KsqlString()).At(pos))
	}
	fail(sqlerr.New(sqlerr.DatatypeMismatch, "argument of %s must be type boolean, not type %s", what, n.Type()).At(pos))
	return nil
}

// common is the type both a and b convert to implicitly in the leat meaning.
func common(a, b types.Type) (types.Type, bool) {
	switch {
	case a.Kind == types.Unknown:
		return b, true
	case b.Kind == types.Unknown:
		return a, true
	case a.Equal(b):
		return types.Join(a, b), true
	case a.IsNumeric() && b.IsNumeric():
		return commonNumber(a, b), true
	case a.Kind == b.Kind && a.IsNested():
		return commonNested(a, b)
	case a.Kind == b.Kind && a.Kind != types.Enum:
		a.Precision, a.Scale = 0, 0
		return types.Join(a, b), true
	case a.IsText() && b.IsText():
		return types.TString, true
	case a.IsOIDLike() && b.IsInteger(), a.IsOIDLike() && b.IsOIDLike():
		return types.TOID, true
	case a.IsInteger() && b.IsOIDLike():
		return types.TOID, true
	case a.Kind == types.Date && b.Kind == types.Timestamp, a.Kind == types.Timestamp && b.Kind == types.Date:
		return types.TTimestamp, true
	case a.Kind == types.RegClass && b.IsText(), a.IsText() && b.Kind == types.RegClass:
		return types.Type{Kind: types.RegClass}, true
	case a.Kind == types.RegType && b.IsText(), a.IsText() && b.Kind == types.RegType:
		return types.TString, true
	case a.Kind == types.Struct && b.Kind == types.Record, a.Kind == types.Record && b.Kind == types.Struct:
		return a, len(a.Fields) == len(b.Fields)
	}
	return types.Type{}, false
}

func commonNested(a, b types.Type) (types.Type, bool) {
	switch a.Kind {
	case types.Array:
		e, ok := common(*a.Elem, *b.Elem)
		return types.TArray(e), ok
	case types.Map:
		k, ok1 := common(*a.Key, *b.Key)
		v, ok2 := common(*a.Elem, *b.Elem)
		return types.TMap(k, v), ok1 && ok2
	}
	if len(a.Fields) != len(b.Fields) {
		return a, false
	}
	fields := make([]types.Field, len(a.Fields))
	for i := range fields {
		t, ok := common(a.Fields[i].Type, b.Fields[i].Type)
		if !ok {
			return a, false
		}
		fields[i] = types.Field{Name: a.Fields[i].Name, Type: t}
	}
	return types.TStruct(fields...), true
}

func numberRank(k types.Kind) int {
	switch k {
	case types.SmallInt:
		return 1
	case types.Int:
		return 2
	case types.BigInt:
		return 3
	case types.Decimal:
		return 4
	case types.Real:
		return 5
	default:
		return 6
	}
}

func commonNumber(a, b types.Type) types.Type {
	if a.Kind == b.Kind {
		a.Precision, a.Scale = 0, 0
		return a
	}
	if a.IsFloat() || b.IsFloat() {
		return types.TDouble
	}
	if numberRank(a.Kind) < numberRank(b.Kind) {
		a = b
	}
	a.Precision, a.Scale = 0, 0
	return a
}

// unify finds one type for several branches and coerces them all. what names
// the construct: "CASE", "COALESCE", "UNION", "ARRAY".
func (b *binder) unify(xs []expr.Node, pos []int, what string) ([]expr.Node, types.Type) {
	t := types.TUnknown
	for i, x := range xs {
		next, ok := b.commonOf(t, x.Type())
		if !ok && b.ksql && laxText(t, x) {
			next, ok = types.TString, true
		}
		if !ok {
			if b.ksql {
				fail(sqlerr.New(sqlerr.DatatypeMismatch, "operator does not exist: %s = %s\nHint: You might need to add explicit type casts.",
					t.KsqlString(), x.Type().KsqlString()).At(pos[i]))
			}
			fail(sqlerr.New(sqlerr.DatatypeMismatch, "%s types %s and %s cannot be matched", what, t, x.Type()).At(pos[i]))
		}
		t = next
	}
	if t.Kind == types.Unknown {
		return xs, t
	}
	out := make([]expr.Node, len(xs))
	for i, x := range xs {
		out[i] = b.coerce(x, t, pos[i])
	}
	return out, t
}

// laxText tells whether a literal beside text is taken as text (ksqlDB's lists).
func laxText(t types.Type, x expr.Node) bool {
	_, literal := x.(*expr.Const)
	return literal && t.Kind == types.String && !x.Type().IsNested()
}

// commonOf is common in the meaning of the text.
func (b *binder) commonOf(x, y types.Type) (types.Type, bool) {
	if !b.ksql {
		return common(x, y)
	}
	return ksqlCommon(x, y)
}

// ksqlCommon widens numbers INT < BIGINT < DECIMAL < DOUBLE and takes text as
// time or bytes.
func ksqlCommon(x, y types.Type) (types.Type, bool) {
	switch {
	case x.Kind == types.Unknown:
		return y, true
	case y.Kind == types.Unknown, x.Equal(y):
		return x, true
	case x.IsNumeric() && y.IsNumeric():
		if x.IsFloat() || y.IsFloat() {
			return types.TDouble, true
		}
		if x.Kind == types.Decimal || y.Kind == types.Decimal {
			return widenDecimals(asDecimal(x), asDecimal(y)), true
		}
		return types.TBigInt, true
	case x.Kind == types.Date && y.Kind == types.Timestamp, x.Kind == types.Timestamp && y.Kind == types.Date:
		return types.TTimestamp, true
	case x.Kind == types.String && (y.IsTemporal() || y.Kind == types.Bytes):
		return y, true
	case y.Kind == types.String && (x.IsTemporal() || x.Kind == types.Bytes):
		return x, true
	case x.Kind == y.Kind && x.Kind == types.Array:
		e, ok := ksqlCommon(*x.Elem, *y.Elem)
		return types.TArray(e), ok
	case x.Kind == y.Kind && x.Kind == types.Map:
		k, ok1 := ksqlCommon(*x.Key, *y.Key)
		v, ok2 := ksqlCommon(*x.Elem, *y.Elem)
		return types.TMap(k, v), ok1 && ok2
	case x.Kind == y.Kind && x.Kind == types.Struct:
		return ksqlStructUnion(x, y)
	}
	return types.Type{}, false
}

// ksqlStructUnion has the fields of both, by name.
func ksqlStructUnion(x, y types.Type) (types.Type, bool) {
	fields := append([]types.Field(nil), x.Fields...)
	for _, f := range y.Fields {
		i := types.TStruct(fields...).FieldIndex(f.Name)
		if i < 0 {
			fields = append(fields, f)
			continue
		}
		t, ok := ksqlCommon(fields[i].Type, f.Type)
		if !ok {
			return x, false
		}
		fields[i].Type = t
	}
	return types.TStruct(fields...), true
}

// asDecimal is the DECIMAL that holds an integer type.
func asDecimal(t types.Type) types.Type {
	switch t.Kind {
	case types.SmallInt:
		return types.TDecimal(5, 0)
	case types.Int:
		return types.TDecimal(10, 0)
	case types.BigInt:
		return types.TDecimal(19, 0)
	}
	return t
}

func widenDecimals(a, b types.Type) types.Type {
	if a.Precision == 0 || b.Precision == 0 {
		return types.TNumeric
	}
	s := max(a.Scale, b.Scale)
	return types.TDecimal(max(a.Precision-a.Scale, b.Precision-b.Scale)+s, s)
}
