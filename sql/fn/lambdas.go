package fn

import (
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func addLambdas(a *adder) {
	arrayOf := func(args []types.Type) (types.Type, error) { return types.TArray(args[1]), nil }
	mapOf := func(args []types.Type) (types.Type, error) { return types.TMap(args[1], args[2]), nil }
	same := func(args []types.Type) (types.Type, error) {
		if args[1].Kind != types.Boolean {
			return types.Type{}, sqlerr.New(sqlerr.DatatypeMismatch, "lambda of filter must give a boolean, not %s", args[1].String())
		}
		return args[0], nil
	}
	state := func(args []types.Type) (types.Type, error) {
		if args[1].Kind != args[2].Kind {
			return types.Type{}, sqlerr.New(sqlerr.DatatypeMismatch, "lambda of reduce must give the type of the initial state, %s, not %s", args[1].String(), args[2].String()).
				WithHint("Cast the initial state.")
		}
		return args[1], nil
	}
	a.scalarRet("transform(a A, f lambda1) text", arrayOf, 0, transformArray, "The array of f(x) for the elements x of a.")
	a.scalarRet("transform(m M, key_f lambda2, value_f lambda2) text", mapOf, 0, transformMap, "The map of the changed keys and values of m.")
	a.scalarRet("filter(a A, f lambda1) text", same, 0, filterNested, "The elements for which f is true.")
	a.scalarRet("filter(m M, f lambda2) text", same, 0, filterNested, "The entries for which f is true.")
	a.scalarRet("reduce(a A, init T, f lambda2) text", state, nulls, reduce, "f applied to a running state and each element of a.")
	a.scalarRet("reduce(m M, init T, f lambda3) text", state, nulls, reduce, "f applied to a running state and each entry of m.")
}

// flat lists the elements of the selected rows of a nested vector: which they
// are in its kids, and the row each belongs to.
func (c *Call) flat(x *vec.Vec) (elems, parent []int32) {
	c.each(func(i int) {
		for j := x.Off[i]; j < x.Off[i+1]; j++ {
			elems = append(elems, j)
			parent = append(parent, int32(i))
		}
	})
	return elems, parent
}

// params gathers the elements as lambda parameters.
func gatherKids(x *vec.Vec, elems []int32) []*vec.Vec {
	out := make([]*vec.Vec, len(x.Kids))
	for i := range x.Kids {
		v := x.Kids[i].Gather(elems)
		out[i] = &v
	}
	return out
}

func transformArray(c *Call) vec.Vec {
	x := c.Args[0]
	elems, parent := c.flat(x)
	r := c.Lambdas[1](gatherKids(x, elems), parent, len(elems))
	next := 0
	return c.fill(func(i int, out *vec.Builder) error {
		for range x.Off[i+1] - x.Off[i] {
			out.Kid(0).AppendFrom(&r, next)
			next++
		}
		out.EndList()
		return nil
	})
}

func transformMap(c *Call) vec.Vec {
	x := c.Args[0]
	elems, parent := c.flat(x)
	params := gatherKids(x, elems)
	keys, vals := c.Lambdas[1](params, parent, len(elems)), c.Lambdas[2](params, parent, len(elems))
	next := 0
	return c.fill(func(i int, out *vec.Builder) error {
		m := newMap(c.Ret)
		var failed error
		for range x.Off[i+1] - x.Off[i] {
			k, v := keys.Value(next), vals.Value(next)
			next++
			switch {
			case failed != nil:
			case k == nil || v == nil:
				failed = sqlerr.New(sqlerr.NullNotAllowed, "transform made a map entry with a NULL")
			case !m.put(k, v):
				failed = sqlerr.New(sqlerr.InvalidParameterValue, "transform made a duplicate map key")
			}
		}
		if failed == nil {
			out.Append(m.MapValue)
		}
		return failed
	})
}

func filterNested(c *Call) vec.Vec {
	x := c.Args[0]
	elems, parent := c.flat(x)
	keep := c.Lambdas[1](gatherKids(x, elems), parent, len(elems))
	next := 0
	return c.fill(func(i int, out *vec.Builder) error {
		for j := x.Off[i]; j < x.Off[i+1]; j++ {
			if !keep.Null(next) && keep.Bool(next) {
				for k := range x.Kids {
					out.Kid(k).AppendFrom(&x.Kids[k], int(j))
				}
			}
			next++
		}
		out.EndList()
		return nil
	})
}

// reduce advances all rows by one element at a time. A NULL collection gives
// the initial state; a NULL initial state gives NULL.
func reduce(c *Call) vec.Vec {
	x, init := c.Args[0], c.Args[1]
	states := make([]types.Value, c.N)
	var live []int32
	c.each(func(i int) {
		states[i] = init.Value(i)
		if states[i] != nil && !x.Null(i) && x.Off[i+1] > x.Off[i] {
			live = append(live, int32(i))
		}
	})
	for step := int32(0); len(live) > 0; step++ {
		elems, now := make([]int32, len(live)), make([]types.Value, len(live))
		for k, i := range live {
			elems[k], now[k] = x.Off[i]+step, states[i]
		}
		s := vec.FromValues(init.Type, now)
		failed := len(c.Errs.Rows)
		r := c.Lambdas[2](append([]*vec.Vec{&s}, gatherKids(x, elems)...), live, len(live))
		gone := map[int32]bool{}
		for _, row := range c.Errs.Rows[failed:] {
			gone[row] = true
		}
		var rest []int32
		for k, i := range live {
			states[i] = r.Value(k)
			if !gone[i] && x.Off[i]+step+1 < x.Off[i+1] {
				rest = append(rest, i)
			}
		}
		live = rest
	}
	return vec.FromValues(c.Ret, states)
}
