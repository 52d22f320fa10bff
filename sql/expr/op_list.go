package expr

import (
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// inOp is x [NOT] IN (list). A list of literals is a set; other lists are
// evaluated item by item for the rows not matched yet (E2).
type inOp struct {
	n       *In
	x       op
	list    []op
	set     map[string]bool // by key encoding; nil when some item is no literal
	ints    map[int64]bool  // the same for lane I64
	hasNull bool
}

func (c *compiler) in(n *In) op {
	o := inOp{n: n, x: c.node(n.X), set: map[string]bool{}}
	isInt := laneOf(n.X.Type()) == laneI64
	if isInt {
		o.ints = map[int64]bool{}
	}
	for _, item := range n.List {
		o.list = append(o.list, c.node(item))
		k, ok := item.(*Const)
		switch {
		case !ok || o.set == nil:
			o.set, o.ints = nil, nil
		case k.V == nil:
			o.hasNull = true
		default:
			o.set[string(types.AppendKey(nil, n.X.Type(), k.V))] = true
			if isInt {
				o.ints[k.V.(int64)] = true
			}
		}
	}
	return o
}

func (o inOp) eval(f *frame, sel []int32) vec.Vec {
	x := o.x.eval(f, sel)
	out := boolVec(f.n)
	if x.Type.Kind == types.Unknown {
		return o.finish(f, out, vec.NewBitmap(f.n))
	}
	if o.set == nil {
		return o.byItem(f, &x, sel)
	}
	var valid vec.Bitmap
	own := false
	if x.Valid != nil {
		valid = x.Valid
	}
	var key []byte
	f.each(sel, func(i int) {
		if x.Null(i) {
			return
		}
		found := false
		if o.ints != nil {
			found = o.ints[x.I64[i]]
		} else {
			key = types.AppendKey(key[:0], x.Type, x.Value(i))
			found = o.set[string(key)]
		}
		out.Bits.SetTo(i, found)
		if !found && o.hasNull {
			valid = invalid(valid, f.n, i, &own)
		}
	})
	return o.finish(f, out, valid)
}

// finish applies null logic, then NOT.
func (o inOp) finish(f *frame, out vec.Vec, valid vec.Bitmap) vec.Vec {
	out = nullLogic(out, valid, o.n.Logic)
	if o.n.Not {
		for i := range out.Bits {
			out.Bits[i] = ^out.Bits[i]
		}
	}
	return out
}

func (o inOp) byItem(f *frame, x *vec.Vec, sel []int32) vec.Vec {
	out, valid, own := boolVec(f.n), x.Valid, false
	var rest []int32
	for _, i := range f.all(sel) {
		if !x.Null(int(i)) {
			rest = append(rest, i)
		}
	}
	for _, item := range o.list {
		if len(rest) == 0 {
			break
		}
		v := item.eval(f, rest)
		k := 0
		for _, i := range rest {
			switch {
			case v.Null(int(i)):
				valid = invalid(valid, f.n, int(i), &own)
			case vec.EqualAt(x, int(i), &v, int(i)):
				out.Bits.Set(int(i))
				if valid != nil {
					if !own {
						valid = append(vec.Bitmap(nil), valid...)
						own = true
					}
					valid.Set(int(i))
				}
				continue
			}
			rest[k] = i
			k++
		}
		rest = rest[:k]
	}
	return o.finish(f, out, valid)
}

// anyAllOp is x op ANY(array) and x op ALL(array).
type anyAllOp struct {
	n        *AnyAll
	x, array op
	test     test
}

func (c *compiler) anyAll(n *AnyAll) op {
	t, ok := tests[n.Op]
	if !ok {
		c.err = sqlerr.Unsupported("operator %s with ANY or ALL", n.Op)
	}
	return anyAllOp{n, c.node(n.X), c.node(n.Array), t}
}

func (o anyAllOp) eval(f *frame, sel []int32) vec.Vec {
	x, a := o.x.eval(f, sel), o.array.eval(f, sel)
	return boxed(f, sel, types.TBoolean, func(i int) (types.Value, error) {
		if a.Null(i) {
			return nil, nil
		}
		kid, lo, hi := &a.Kids[0], int(a.Off[i]), int(a.Off[i+1])
		unknown := false
		for j := lo; j < hi; j++ {
			if x.Null(i) || kid.Null(j) {
				unknown = true
				continue
			}
			if o.test.of(vec.CompareAt(&x, i, kid, j)) != o.n.All {
				return !o.n.All, nil
			}
		}
		if unknown {
			return nil, nil
		}
		return o.n.All, nil
	})
}
