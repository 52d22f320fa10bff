package fn

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// candidate is an overload that accepts the arguments, with what decides
// between several.
type candidate struct {
	index     int          // into the list of overloads
	params    []types.Type // what each argument is coerced to; Unknown for lambdas
	exact     int          // arguments taken as they are
	preferred int          // conversions to double, PostgreSQL's preferred numeric
	distance  int          // steps of implicit widening
	unknown   int          // what untyped arguments become, see untypedCost
	generics  int
	variadic  bool
}

// shape is what resolution needs to know of an overload.
type shape struct {
	params   []Param
	variadic bool
	dialect  Dialect
}

func (s shape) accepts(n int) bool {
	if s.variadic {
		return n >= len(s.params)-1
	}
	return n == len(s.params)
}

// match tries one overload.
func (s shape) match(args []types.Type, d Dialect) (candidate, bool) {
	c := candidate{params: make([]types.Type, len(args)), variadic: s.variadic}
	b := binding{}
	if d == KsqlOnly {
		b[ksqlMark] = types.TString
	}
	for i, t := range args {
		p := paramAt(s.params, s.variadic, i)
		if p.Lambda > 0 {
			continue
		}
		if p.Any != "" {
			if !b.add(p.Any, t) {
				return c, false
			}
			c.generics++
			continue
		}
		if !c.fixed(i, t, p.Type, d) {
			return c, false
		}
	}
	b.settle()
	for i, t := range args {
		if p := paramAt(s.params, s.variadic, i); p.Any != "" {
			if p.Any == "any" || p.Any == "S" {
				c.params[i] = t
			} else {
				c.params[i] = b.typeOf(p.Any)
			}
			if c.params[i].Kind == types.Unknown {
				c.params[i] = types.TString
			}
		}
	}
	return c, true
}

// fixed matches an argument against a parameter of a given type.
func (c *candidate) fixed(i int, from, to types.Type, d Dialect) bool {
	dist, ok := implicit(from, to, d)
	if !ok {
		return false
	}
	c.params[i] = to
	switch {
	case from.Kind == types.Unknown:
		c.unknown += untypedCost(to)
	case dist == 0:
		c.exact++
		c.params[i] = from
	default:
		c.distance += dist
		if to.Kind == types.Double {
			c.preferred++
		}
		if d == KsqlOnly && to.Kind == types.Decimal {
			c.params[i] = types.AsDecimal(from)
		}
	}
	return true
}

// untypedCost ranks the types an untyped literal may become: text, then
// PostgreSQL's preferred types, then the rest.
func untypedCost(to types.Type) int {
	switch to.Kind {
	case types.String:
		return 0
	case types.Name, types.Char:
		return 1
	case types.Double, types.Timestamp, types.Boolean, types.Interval, types.OID:
		return 2
	}
	return 3
}

// implicit tells whether from converts to to without a cast, and how far that is.
func implicit(from, to types.Type, d Dialect) (int, bool) {
	if from.Kind == types.Unknown {
		return 0, true
	}
	if from.Kind == to.Kind {
		if !from.IsNested() {
			return 0, true
		}
		return implicitNested(from, to, d)
	}
	if rf, rt := numericRank(from.Kind), numericRank(to.Kind); rf >= 0 && rt >= 0 {
		return rt - rf, rt > rf
	}
	if d == KsqlOnly {
		return 1, from.Kind == types.String &&
			(to.IsTemporal() || to.Kind == types.Bytes)
	}
	switch {
	case from.IsText() && to.IsText(), from.IsOIDLike() && to.IsOIDLike(),
		from.IsInteger() && to.IsOIDLike(), from.IsOIDLike() && to.Kind == types.BigInt,
		from.Kind == types.Date && to.Kind == types.Timestamp,
		from.IsText() && to.Kind == types.RegClass,
		from.Kind == types.Time && to.Kind == types.Interval:
		return 1, true
	case from.Kind == types.RegType && to.IsText(), from.Kind == types.RegClass && to.IsText():
		return 2, true
	}
	return 0, false
}

func implicitNested(from, to types.Type, d Dialect) (int, bool) {
	switch from.Kind {
	case types.Array:
		return implicit(*from.Elem, *to.Elem, d)
	case types.Map:
		k, ok1 := implicit(*from.Key, *to.Key, d)
		v, ok2 := implicit(*from.Elem, *to.Elem, d)
		return k + v, ok1 && ok2
	}
	return 0, from.Equal(to)
}

// better compares candidates: negative when a is the better one.
func better(a, b candidate, d Dialect) int {
	keys := [...][2]int{
		{b.exact, a.exact}, {b.preferred, a.preferred}, {a.distance, b.distance},
		{a.generics, b.generics}, {flagInt(a.variadic), flagInt(b.variadic)}, {a.unknown, b.unknown},
	}
	if d == KsqlOnly {
		keys = [...][2]int{
			{flagInt(a.variadic), flagInt(b.variadic)}, {b.exact, a.exact}, {b.generics, a.generics},
			{a.distance, b.distance}, {0, 0}, {0, 0},
		}
	}
	for _, k := range keys {
		if k[0] != k[1] {
			return k[0] - k[1]
		}
	}
	return 0
}

func flagInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// choose finds the best overload among n.
func choose(name string, n int, at func(int) shape, args []types.Type, d Dialect) (candidate, error) {
	var best candidate
	found, ambiguous := false, false
	for i := range n {
		s := at(i)
		if (s.dialect != Both && s.dialect != d) || !s.accepts(len(args)) {
			continue
		}
		c, ok := s.match(args, d)
		if !ok {
			continue
		}
		c.index = i
		switch order := -1; {
		case !found:
			best, found = c, true
		default:
			if order = better(c, best, d); order < 0 {
				best, ambiguous = c, false
			} else if order == 0 {
				ambiguous = true
			}
		}
	}
	switch {
	case !found:
		return best, noMatch(name, n, at, args, d)
	case ambiguous && d == KsqlOnly:
		return best, errAmbiguousKsql(name, args)
	case ambiguous:
		return best, sqlerr.New(sqlerr.AmbiguousFunction, "function %s(%s) is not unique", name, typeList(args)).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.")
	}
	return best, nil
}

// noMatch says that nothing accepts the arguments.
func noMatch(name string, n int, at func(int) shape, args []types.Type, d Dialect) error {
	if d == KsqlOnly {
		var alts []string
		for i := range n {
			if s := at(i); s.dialect == Both || s.dialect == d {
				alts = append(alts, strings.ToUpper(name)+"("+ksqlShape(s)+")")
			}
		}
		return sqlerr.New(sqlerr.UndefinedFunction, "Function '%s' does not accept parameters (%s).\nValid alternatives are:\n%s",
			name, ksqlList(args), strings.Join(alts, "\n"))
	}
	return sqlerr.New(sqlerr.UndefinedFunction, "function %s(%s) does not exist", name, typeList(args)).
		WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
}

// unknownName says that there is no function of this name at all.
func (r *Registry) unknownName(name string, args []types.Type, d Dialect) error {
	near := r.Suggest(name)
	if d == KsqlOnly {
		return sqlerr.New(sqlerr.UndefinedFunction, "Can't find any functions with the name '%s'", strings.ToUpper(name))
	}
	e := sqlerr.New(sqlerr.UndefinedFunction, "function %s(%s) does not exist", strings.ToLower(name), typeList(args))
	if near != "" && near != strings.ToLower(name) {
		return e.WithHint("Perhaps you meant the function %q.", near)
	}
	return e.WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
}
