package expr

import (
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/vec"
)

// op is a compiled node. eval computes the rows of sel (nil: all of the frame);
// the vector has f.n slots.
type op interface {
	eval(f *frame, sel []int32) vec.Vec
}

// filterer is an op that finds its true rows faster than by evaluating. The
// result is a new slice.
type filterer interface {
	filter(f *frame, sel []int32) []int32
}

// frame is the rows an op tree runs over: a batch, or the rows of a lambda's
// parameters. up, parent and params are set for a lambda: row i belongs to row
// parent[i] of up.
type frame struct {
	c      *Context
	b      *vec.Batch
	n      int
	errs   *fn.Errors
	fatal  error
	up     *frame
	parent []int32
	params []*vec.Vec
	cols   map[int]vec.Vec // gathered columns of a lambda frame
}

func newFrame(c *Context, b *vec.Batch) *frame {
	if c.Env == nil {
		c.Env = &fn.Env{}
	}
	return &frame{c: c, b: b, n: b.N, errs: &c.Errs}
}

// column is column i of the batch, as the frame's rows see it.
func (f *frame) column(i int) vec.Vec {
	if f.up == nil {
		return f.b.Cols[i]
	}
	if v, ok := f.cols[i]; ok {
		return v
	}
	up := f.up.column(i)
	v := up.Gather(f.parent)
	if f.cols == nil {
		f.cols = map[int]vec.Vec{}
	}
	f.cols[i] = v
	return v
}

// lifted evaluates o in the batch's own frame and brings the result here.
func (f *frame) lifted(o op) vec.Vec {
	if f.up == nil {
		return o.eval(f, nil)
	}
	v := f.up.lifted(o)
	return v.Gather(f.parent)
}

// base maps a row of the frame to its physical row of the batch.
func (f *frame) base(i int) int {
	for ; f.up != nil; f = f.up {
		i = int(f.parent[i])
	}
	return i
}

func (f *frame) fail(i int, err error) { f.errs.Add(i, err) }

// stop ends the evaluation: err is not a row's.
func (f *frame) stop(err error) {
	for ; f.up != nil; f = f.up {
		f.fatal = err
	}
	f.fatal = err
}

// each calls do for the rows of sel.
func (f *frame) each(sel []int32, do func(i int)) {
	if sel == nil {
		for i := range f.n {
			do(i)
		}
		return
	}
	for _, i := range sel {
		do(int(i))
	}
}

// live is how many rows sel has.
func (f *frame) live(sel []int32) int {
	if sel == nil {
		return f.n
	}
	return len(sel)
}

// all is sel, written out when it stands for all rows. The slice is new.
func (f *frame) all(sel []int32) []int32 {
	if sel != nil {
		return append(make([]int32, 0, len(sel)), sel...)
	}
	out := make([]int32, f.n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

// filterOp gives the rows of sel where o is true, in a new slice.
func filterOp(o op, f *frame, sel []int32) []int32 {
	if fo, ok := o.(filterer); ok {
		return fo.filter(f, sel)
	}
	v := condition(o, f, sel)
	return trueRows(f, &v, sel)
}

func trueRows(f *frame, v *vec.Vec, sel []int32) []int32 {
	out := make([]int32, 0, f.count(sel))
	f.each(sel, func(i int) {
		if v.Bits.Get(i) && !v.Null(i) {
			out = append(out, int32(i))
		}
	})
	return out
}

func (f *frame) count(sel []int32) int {
	if sel == nil {
		return f.n
	}
	return len(sel)
}

// validAnd is the validity of a result that is NULL where a or b is.
func validAnd(a, b vec.Bitmap, n int) vec.Bitmap {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	out := vec.NewBitmap(n)
	for i := range out {
		out[i] = a[i] & b[i]
	}
	return out
}

// invalid is a bitmap like v with row i cleared; own tells that v may be changed.
func invalid(v vec.Bitmap, n, i int, own *bool) vec.Bitmap {
	if !*own {
		c := vec.NewBitmap(n)
		if v == nil {
			c.Fill(n)
		} else {
			copy(c, v)
		}
		v, *own = c, true
	}
	v.Clear(i)
	return v
}

// nullRows is v with the rows set to NULL.
func nullRows(v vec.Vec, rows []int32) vec.Vec {
	own := false
	for _, i := range rows {
		v.Valid = invalid(v.Valid, v.N, int(i), &own)
	}
	return v
}

// minus is the rows of a that are not in b; both ascending. The slice is new.
func minus(a, b []int32) []int32 {
	out, k := make([]int32, 0, len(a)-len(b)), 0
	for _, i := range a {
		if k < len(b) && b[k] == i {
			k++
			continue
		}
		out = append(out, i)
	}
	return out
}

// merge is the union of two disjoint ascending selections.
func merge(a, b []int32) []int32 {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := make([]int32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
