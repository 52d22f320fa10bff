package expr

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// twin is the record-at-a-time interpreter: boxed values, one row, an error
// ends the row. It is the oracle of E2 and E3.
type twin struct {
	row  types.Row
	vars [][]types.Value // lambda parameters, innermost last
	env  *fn.Env
}

// holds evaluates a condition in a filter: AND stops at what is not true.
func (w *twin) holds(n Node) (bool, error) {
	switch n := n.(type) {
	case *And:
		for _, x := range n.Xs {
			if ok, err := w.holds(x); !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	case *Or:
		for _, x := range n.Xs {
			if ok, err := w.holds(x); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	}
	v, err := w.eval(n)
	return v == true, err
}

func (w *twin) all(ns ...Node) ([]types.Value, error) {
	out := make([]types.Value, len(ns))
	for i, n := range ns {
		v, err := w.eval(n)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (w *twin) eval(n Node) (types.Value, error) {
	switch n := n.(type) {
	case *Column:
		return w.row[n.Index], nil
	case *Const:
		return n.V, nil
	case *LambdaVar:
		return w.vars[len(w.vars)-1-n.Depth][n.Index], nil
	case *Call:
		return w.call(n)
	case *Cast:
		v, err := w.eval(n.X)
		if err != nil {
			return nil, err
		}
		mode := types.CastPostgres
		if n.Ksql {
			mode = types.CastKsql
		}
		return types.Cast(v, n.X.Type(), n.To, mode, nil)
	case *Binary:
		return w.binary(n)
	case *Neg:
		v, err := w.eval(n.X)
		if v == nil || err != nil {
			return nil, err
		}
		switch x := v.(type) {
		case int64:
			return intArith('-', 0, x, n.Type(), n.Mode)
		case float64:
			return -x, nil
		}
		return fn.DecNeg(v.(types.Dec)), nil
	case *TryNull:
		v, err := w.eval(n.X)
		if err != nil {
			return nil, nil
		}
		return v, nil
	}
	if v, ok, err := w.boolean(n); ok {
		return v, err
	}
	return w.composite(n)
}

func (w *twin) binary(n *Binary) (types.Value, error) {
	v, err := w.all(n.L, n.R)
	if err != nil || v[0] == nil || v[1] == nil {
		return nil, err
	}
	switch x := v[0].(type) {
	case string:
		return x + v[1].(string), nil
	case int64:
		return intArith(n.Op[0], x, v[1].(int64), n.T, n.Mode)
	case float64:
		return floatArith(n.Op[0], x, v[1].(float64), n.T, n.Mode)
	}
	return decArith(n.Op[0], v[0].(types.Dec), v[1].(types.Dec), n.T, n.Mode)
}

// logic is NULL or, in two-valued logic, false.
func logic(l Logic) types.Value {
	if l == TwoValued {
		return false
	}
	return nil
}

func (w *twin) boolean(n Node) (types.Value, bool, error) {
	switch n := n.(type) {
	case *Compare:
		v, err := w.all(n.L, n.R)
		if err != nil {
			return nil, true, err
		}
		if v[0] == nil || v[1] == nil {
			return logic(n.Logic), true, nil
		}
		return tests[n.Op].of(types.Compare(n.L.Type(), v[0], v[1])), true, nil
	case *Distinct:
		v, err := w.all(n.L, n.R)
		if err != nil {
			return nil, true, err
		}
		same := v[0] == nil && v[1] == nil
		if v[0] != nil && v[1] != nil {
			same = types.Equal(n.L.Type(), v[0], v[1])
		}
		return same == n.Not, true, nil
	case *And:
		v, err := w.junction(n.Xs, n.Logic, false)
		return v, true, err
	case *Or:
		v, err := w.junction(n.Xs, n.Logic, true)
		return v, true, err
	case *Not:
		v, err := w.eval(n.X)
		if v == nil && err == nil {
			if n.Logic == TwoValued {
				return true, true, nil
			}
			return nil, true, nil
		}
		return v == false && err == nil, true, err
	case *IsNull:
		v, err := w.eval(n.X)
		return (v == nil) != n.Not, true, err
	case *IsBool:
		v, err := w.eval(n.X)
		return (v == n.Want) != n.Not, true, err
	case *In:
		v, err := w.in(n)
		return v, true, err
	case *Like:
		v, err := w.like(n)
		return v, true, err
	case *AnyAll:
		v, err := w.anyAll(n)
		return v, true, err
	}
	return nil, false, nil
}

func (w *twin) junction(xs []Node, l Logic, or bool) (types.Value, error) {
	null := false
	for _, x := range xs {
		v, err := w.eval(x)
		if err != nil {
			return nil, err
		}
		if v == nil && l == TwoValued {
			v = false
		}
		if v == nil {
			null = true
		} else if v == or {
			return or, nil
		}
	}
	if null {
		return nil, nil
	}
	return !or, nil
}

func (w *twin) in(n *In) (types.Value, error) {
	x, err := w.eval(n.X)
	if err != nil {
		return nil, err
	}
	res, null := false, x == nil
	for _, item := range n.List {
		if x == nil {
			break
		}
		v, err := w.eval(item)
		if err != nil {
			return nil, err
		}
		if v == nil {
			null = true
		} else if types.Equal(n.X.Type(), x, v) {
			res, null = true, false
			break
		}
	}
	if null && n.Logic == ThreeValued {
		return nil, nil
	}
	return res != n.Not, nil
}

func (w *twin) like(n *Like) (types.Value, error) {
	v, err := w.all(n.X, n.Pattern)
	if err != nil {
		return nil, err
	}
	if v[0] == nil || v[1] == nil {
		return logic(n.Logic), nil
	}
	re, escaped := strings.Builder{}, false
	for _, r := range v[1].(string) {
		switch {
		case escaped:
			re.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case n.Escape != 0 && r == n.Escape:
			escaped = true
		case r == '%':
			re.WriteString(".*")
		case r == '_':
			re.WriteString(".")
		default:
			re.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	if escaped {
		return nil, sqlerr.New(sqlerr.InvalidEscape, "ends with escape")
	}
	flags := "(?s)"
	if n.Fold {
		flags = "(?si)"
	}
	return regexp.MustCompile(flags+"^"+re.String()+"$").MatchString(v[0].(string)) != n.Not, nil
}

func (w *twin) anyAll(n *AnyAll) (types.Value, error) {
	v, err := w.all(n.X, n.Array)
	if err != nil || v[1] == nil {
		return nil, err
	}
	null := false
	for _, e := range v[1].([]types.Value) {
		if v[0] == nil || e == nil {
			null = true
		} else if tests[n.Op].of(types.Compare(n.X.Type(), v[0], e)) != n.All {
			return !n.All, nil
		}
	}
	if null {
		return nil, nil
	}
	return n.All, nil
}

func (w *twin) composite(n Node) (types.Value, error) {
	switch n := n.(type) {
	case *Case:
		for i, c := range n.Whens {
			if ok, err := w.holds(c); err != nil {
				return nil, err
			} else if ok {
				return w.eval(n.Thens[i])
			}
		}
		if n.Else != nil {
			return w.eval(n.Else)
		}
		return nil, nil
	case *Coalesce:
		for _, x := range n.Xs {
			if v, err := w.eval(x); v != nil || err != nil {
				return v, err
			}
		}
		return nil, nil
	case *Field:
		v, err := w.eval(n.X)
		if v == nil || err != nil {
			return nil, err
		}
		return v.(types.Row)[n.Index], nil
	case *Subscript:
		v, err := w.all(n.X, n.I)
		if err != nil || v[0] == nil || v[1] == nil {
			return nil, err
		}
		a, i := v[0].([]types.Value), v[1].(int64)
		if n.Ksql && i < 0 {
			i += int64(len(a)) + 1
		}
		if i < 1 || i > int64(len(a)) {
			return nil, nil
		}
		return a[i-1], nil
	case *ArrayCtor:
		return boxList(w.all(n.Xs...))
	case *StructCtor:
		v, err := w.all(n.Xs...)
		if err != nil {
			return nil, err
		}
		return types.Row(v), nil
	}
	panic(fmt.Sprintf("BUG: the twin does not know %T", n))
}

func boxList(v []types.Value, err error) (types.Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// call runs the kernel for one row, or interprets the lambda functions.
func (w *twin) call(n *Call) (types.Value, error) {
	for _, a := range n.Args {
		if _, ok := a.(*Lambda); ok {
			return w.lambda(n)
		}
	}
	v, err := w.all(n.Args...)
	if err != nil {
		return nil, err
	}
	c := fn.Call{Env: w.env, N: 1, Ret: n.T, Errs: &fn.Errors{}}
	for i, x := range v {
		if x == nil && n.Fn.Strict {
			return nil, nil
		}
		col := vec.FromValues(n.Args[i].Type(), []types.Value{x})
		c.Args = append(c.Args, &col)
	}
	out := n.Fn.Kernel(&c)
	if len(c.Errs.Errs) > 0 {
		return nil, c.Errs.Errs[0]
	}
	return out.Value(0), nil
}

func (w *twin) lambda(n *Call) (types.Value, error) {
	coll, err := w.eval(n.Args[0])
	if err != nil {
		return nil, err
	}
	body := n.Args[len(n.Args)-1].(*Lambda).Body
	apply := func(params ...types.Value) (types.Value, error) {
		w.vars = append(w.vars, params)
		defer func() { w.vars = w.vars[:len(w.vars)-1] }()
		return w.eval(body)
	}
	elems, _ := coll.([]types.Value)
	if n.Fn.Name == "reduce" {
		state, err := w.eval(n.Args[1])
		for _, e := range elems {
			if err != nil || n.Args[1] == nil {
				return nil, err
			}
			if state == nil && e == nil {
				break
			}
			state, err = apply(state, e)
		}
		return state, err
	}
	if coll == nil {
		return nil, nil
	}
	out := []types.Value{}
	for _, e := range elems {
		v, err := apply(e)
		if err != nil {
			return nil, err
		}
		if n.Fn.Name == "filter" {
			if v == true {
				out = append(out, e)
			}
			continue
		}
		out = append(out, v)
	}
	return out, nil
}
