package fn

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Resolve finds the overload of a scalar function for arguments of the given
// types (Unknown for an untyped literal or NULL), the types to coerce the
// arguments to, and the result type. d is LeatOnly or KsqlOnly. Errors: 42883,
// 42725 and what the function's Ret raises.
func (r *Registry) Resolve(name string, args []types.Type, d Dialect) (*Scalar, []types.Type, types.Type, error) {
	fs := r.Scalars(name)
	if len(fs) == 0 {
		return nil, nil, types.Type{}, r.unknownName(name, args, d)
	}
	c, err := choose(name, len(fs), func(i int) shape { return fs[i].shape() }, args, d)
	if err != nil {
		return nil, nil, types.Type{}, err
	}
	if d == KsqlOnly && (fs[c.index].Name == "greatest" || fs[c.index].Name == "least") && mixedNumbers(args) {
		return nil, nil, types.Type{}, errAmbiguousKsql(name, args)
	}
	ret, err := fs[c.index].Result(c.params)
	return fs[c.index], c.params, ret, err
}

// mixedNumbers tells whether several of ksqlDB's overloads of one type each
// (INT..., BIGINT..., DECIMAL..., DOUBLE...) take the arguments by widening them:
// numbers of several types, none of them DOUBLE.
func mixedNumbers(args []types.Type) bool {
	first, mixed := types.Unknown, false
	for _, t := range args {
		switch {
		case t.Kind == types.Unknown:
		case !t.IsNumeric() || t.IsFloat():
			return false
		case first == types.Unknown:
			first = t.Kind
		default:
			mixed = mixed || t.Kind != first
		}
	}
	return mixed
}

func errAmbiguousKsql(name string, args []types.Type) error {
	return sqlerr.New(sqlerr.AmbiguousFunction,
		"Function '%s' cannot be resolved due to ambiguous method parameters (%s).", name, ksqlList(args))
}

func (f *Scalar) shape() shape { return shape{f.Params, f.Variadic, f.Dialect} }

// Result is the result type for actual argument types (a lambda's is the type of its body).
func (f *Scalar) Result(args []types.Type) (types.Type, error) {
	if f.Ret != nil {
		return f.Ret(args)
	}
	return f.RetType, nil
}

// LambdaOrType is an argument before resolution: Lambda is its number of
// parameters, 0 when it is an ordinary expression of type Type.
type LambdaOrType struct {
	Type   types.Type
	Lambda int
}

// ResolveLambda is Resolve for a call with lambda arguments. The other
// arguments choose the overload; then bind is called for each lambda, in order,
// with the types of its parameters and answers the type of its body.
func (r *Registry) ResolveLambda(name string, args []LambdaOrType, d Dialect,
	bind func(i int, params []types.Type) (types.Type, error)) (*Scalar, []types.Type, types.Type, error) {
	plain := make([]types.Type, len(args))
	lambdas := 0
	for i, a := range args {
		plain[i] = a.Type
		lambdas += flagInt(a.Lambda > 0)
	}
	if lambdas == 0 {
		return r.Resolve(name, plain, d)
	}
	all := r.Scalars(name)
	if len(all) == 0 {
		return nil, nil, types.Type{}, r.unknownName(name, plain, d)
	}
	var fs []*Scalar
	for _, f := range all {
		if f.lambdasFit(args) {
			fs = append(fs, f)
		}
	}
	c, err := choose(name, len(fs), func(i int) shape { return fs[i].shape() }, plain, d)
	if err != nil {
		return nil, nil, types.Type{}, err
	}
	f := fs[c.index]
	for i, a := range args {
		if a.Lambda == 0 {
			continue
		}
		if c.params[i], err = bind(i, f.LambdaParams(i, c.params)); err != nil {
			return nil, nil, types.Type{}, err
		}
	}
	ret, err := f.Result(c.params)
	return f, c.params, ret, err
}

// lambdasFit tells whether lambdas stand exactly where f wants them.
func (f *Scalar) lambdasFit(args []LambdaOrType) bool {
	if len(args) != len(f.Params) {
		return false
	}
	for i, a := range args {
		if f.Params[i].Lambda != a.Lambda {
			return false
		}
	}
	return true
}

// LambdaParams is the parameter types of the lambda at position i for resolved
// argument types: the element of an array; key and value of a map; with the
// type of the running state first when there are more (REDUCE).
func (f *Scalar) LambdaParams(i int, args []types.Type) []types.Type {
	var ps []types.Type
	switch c := args[0]; c.Kind {
	case types.Array:
		ps = []types.Type{*c.Elem}
	case types.Map:
		ps = []types.Type{*c.Key, *c.Elem}
	}
	if f.Params[i].Lambda > len(ps) {
		ps = append([]types.Type{args[1]}, ps...)
	}
	return ps
}

// ResolveAgg is Resolve for an aggregate.
func (r *Registry) ResolveAgg(name string, args []types.Type, d Dialect) (*Agg, []types.Type, types.Type, error) {
	fs := r.Aggs(name)
	if len(fs) == 0 {
		return nil, nil, types.Type{}, r.unknownName(name, args, d)
	}
	if d == KsqlOnly {
		name = strings.ToUpper(name) // aggregates are registered so there
	}
	c, err := choose(name, len(fs), func(i int) shape { return shape{fs[i].Params, fs[i].Variadic, fs[i].Dialect} }, args, d)
	if err != nil {
		return nil, nil, types.Type{}, err
	}
	ret, err := fs[c.index].Result(c.params)
	return fs[c.index], c.params, ret, err
}

// Result is the result type for actual argument types, literal ones included.
func (g *Agg) Result(args []types.Type) (types.Type, error) {
	if g.Ret != nil {
		return g.Ret(args)
	}
	return g.RetType, nil
}

// ResolveTable is Resolve for a set-returning function; it answers its columns.
func (r *Registry) ResolveTable(name string, args []types.Type, d Dialect) (*TableFunc, []types.Type, types.Schema, error) {
	fs := r.Tables(name)
	if len(fs) == 0 {
		return nil, nil, nil, r.unknownName(name, args, d)
	}
	c, err := choose(name, len(fs), func(i int) shape { return shape{fs[i].Params, false, fs[i].Dialect} }, args, d)
	if err != nil {
		return nil, nil, nil, err
	}
	cols, err := fs[c.index].Cols(c.params)
	return fs[c.index], c.params, cols, err
}

// literalInit checks that the trailing arguments of an aggregate are there.
func literalInt(name string, pos int, v types.Value) (int64, error) {
	n, ok := v.(int64)
	if !ok {
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, "parameter %d of %s must be an integer literal", pos, strings.ToUpper(name))
	}
	return n, nil
}

// typeList renders argument types as PostgreSQL does in messages.
func typeList(args []types.Type) string {
	names := make([]string, len(args))
	for i, t := range args {
		if names[i] = t.String(); t.Kind == types.Unknown {
			names[i] = "unknown"
		}
	}
	return strings.Join(names, ", ")
}

func ksqlList(args []types.Type) string {
	names := make([]string, len(args))
	for i, t := range args {
		names[i] = t.KsqlString()
	}
	return strings.Join(names, ", ")
}

func ksqlShape(s shape) string {
	names := make([]string, len(s.params))
	for i, p := range s.params {
		switch {
		case p.Lambda > 0:
			names[i] = "LAMBDA"
		case p.Any == "A":
			names[i] = "ARRAY<E> " + p.Name
		case p.Any == "M":
			names[i] = "MAP<K, V> " + p.Name
		case p.Any != "":
			names[i] = p.Any + " " + p.Name
		default:
			names[i] = p.Type.KsqlString() + " " + p.Name
		}
	}
	list := strings.Join(names, ", ")
	if s.variadic {
		list += "..."
	}
	return list
}
