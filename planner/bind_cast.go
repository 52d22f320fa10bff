package planner

import (
	"strconv"
	"strings"

	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// castMode is whose cast table applies.
func (b *binder) castMode() types.CastMode {
	if b.ksql {
		return types.CastKsql
	}
	return types.CastPostgres
}

// castValue converts one value while binding.
func (b *binder) castValue(v types.Value, from, to types.Type) (types.Value, error) {
	out, err := types.Cast(v, from, to, b.castMode(), b.opt.Location)
	if err != nil && b.ksql {
		e := *sqlerr.From(err)
		e.Message = strings.Replace(e.Message, "for type "+to.String()+":", "for type "+to.KsqlString()+":", 1)
		err = &e
	}
	return out, err
}

// cast binds CAST(x AS t) and x::t.
func (x *exprBinder) cast(e *sql.Cast) expr.Node {
	b := x.b
	to := b.resolveType(e.Type)
	if ctor, ok := e.X.(*sql.ArrayCtor); ok && len(ctor.Items) == 0 && to.Kind == types.Array {
		return &expr.ArrayCtor{T: to}
	}
	n := retype(x.bind(e.X), to)
	return x.castTo(n, to, e)
}

func (x *exprBinder) castTo(n expr.Node, to types.Type, e *sql.Cast) expr.Node {
	b := x.b
	from := n.Type()
	if from.Kind == types.Unknown {
		return b.coerce(n, to, e.X.Position())
	}
	if from.Equal(to) {
		return n
	}
	if _, _, explicit := types.CanCast(from, to, b.castMode()); !explicit {
		if b.ksql {
			prefix := ""
			if x.clause == "SELECT" {
				prefix = "Invalid Select: "
			}
			fail(sqlerr.New(sqlerr.CannotCoerce, "%sCast of %s to %s is not supported", prefix, from.KsqlString(), to.KsqlString()).At(e.Pos))
		}
		fail(sqlerr.New(sqlerr.CannotCoerce, "cannot cast type %s to %s", from, to).At(e.Pos))
	}
	c := &expr.Cast{X: n, To: to, Ksql: b.ksql, Pos: e.Pos}
	if b.ksql && to.Kind == types.String && !b.enabled("ksql.cast.strings.preserve.nulls") {
		return &expr.Coalesce{Xs: []expr.Node{c, &expr.Const{V: "null", T: types.TString}}, T: types.TString}
	}
	if e.Try {
		return &expr.TryNull{X: c}
	}
	return c
}

// typedLiteral binds DATE '...', INTERVAL '...' HOUR.
func (x *exprBinder) typedLiteral(e *sql.TypedLiteral) expr.Node {
	to, text := x.b.resolveType(e.Type), e.Value
	if to.Kind == types.Interval && e.Fields != "" {
		if _, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			words := strings.Fields(e.Fields)
			text += " " + strings.ToLower(words[len(words)-1])
		}
	}
	return x.b.literal(&expr.Const{V: text, T: types.TUnknown}, to, e.Pos)
}

// ResolveType finds the type a name means, custom types included. Errors:
// 42704 unknown, 22023 bad parameters, 42701 duplicate field.
func ResolveType(t *sql.TypeName, cat Catalog) (out types.Type, err error) {
	return ResolveTypeIn(t, cat, Options{})
}

// ResolveTypeIn is ResolveType in the meaning of opt.
func ResolveTypeIn(t *sql.TypeName, cat Catalog, opt Options) (out types.Type, err error) {
	defer catch(&err)
	return newBinder(cat, opt, nil).resolveType(t), nil
}

func (b *binder) resolveType(t *sql.TypeName) types.Type {
	switch {
	case t.Setof:
		fail(sqlerr.Unsupported("SETOF").At(t.Pos))
	case t.Key != nil:
		return types.TMap(b.resolveType(t.Key), b.resolveType(t.Elem))
	case t.Elem != nil:
		return types.TArray(b.resolveType(t.Elem))
	case t.Struct:
		return b.structType(t)
	}
	if len(t.Name) == 1 && t.Name[0].Quoted && t.Name[0].Text == "char" {
		return types.TChar
	}
	name := t.Name.Last().Fold(false)
	if custom, ok := b.cat.CustomType(b.fold1(t.Name.Last())); ok && len(t.Args) == 0 {
		return custom
	}
	args := make([]int32, len(t.Args))
	for i, a := range t.Args {
		args[i] = int32(a)
	}
	switch {
	case b.ksql && (name == "string" || name == "varchar") && len(args) == 0:
		return types.TString
	case b.ksql && name == "decimal":
		checkKsqlDecimal(args, t.Pos)
	}
	found, err := types.Resolve(name, args)
	if err != nil && b.ksql && sqlerr.Is(err, sqlerr.UndefinedObject) {
		fail(sqlerr.New(sqlerr.UndefinedObject, "Cannot resolve unknown type: %s", strings.ToUpper(name)).At(t.Pos))
	}
	failAt(err, t.Pos)
	return found
}

// checkKsqlDecimal refuses in ksqlDB's words what is no DECIMAL there.
func checkKsqlDecimal(args []int32, pos int) {
	if len(args) != 2 {
		fail(sqlerr.New(sqlerr.SyntaxError, "DECIMAL requires a precision and a scale: DECIMAL(precision, scale)").At(pos))
	}
	p, s := args[0], args[1]
	what := ""
	switch {
	case p < 1:
		what = "precision must be >= 1"
	case s < 0:
		what = "scale must be >= 0"
	case p < s:
		what = "precision must be >= scale"
	default:
		return
	}
	fail(sqlerr.New(sqlerr.InvalidParameterValue, "DECIMAL %s: DECIMAL(%d,%d)", what, p, s).At(pos))
}

func (b *binder) structType(t *sql.TypeName) types.Type {
	fields := make([]types.Field, 0, len(t.Fields))
	seen := map[string]bool{}
	for _, f := range t.Fields {
		name := b.fold1(f.Name)
		if seen[name] {
			if b.ksql {
				fail(sqlerr.New(sqlerr.DuplicateColumn, "Duplicate field names found in STRUCT: '`%s`'", name).At(f.Name.Pos))
			}
			fail(sqlerr.New(sqlerr.DuplicateColumn, "field name %q appears more than once", name).At(f.Name.Pos))
		}
		seen[name] = true
		fields = append(fields, types.Field{Name: name, Type: b.resolveType(f.Type)})
	}
	return types.TStruct(fields...)
}
