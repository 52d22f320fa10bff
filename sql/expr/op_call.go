package expr

import (
	"sort"

	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// callOp applies a scalar function. For a Strict function rows with a NULL
// argument are taken out of the selection before the call and are NULL after.
type callOp struct {
	n       *Call
	args    []op // nil where the argument is a lambda
	lambdas []op
}

func (c *compiler) call(n *Call) op {
	o := callOp{n: n, args: make([]op, len(n.Args)), lambdas: make([]op, len(n.Args))}
	for i, a := range n.Args {
		if l, ok := a.(*Lambda); ok {
			o.lambdas[i] = c.node(l.Body)
		} else {
			o.args[i] = c.node(a)
		}
	}
	return o
}

func (o callOp) eval(f *frame, sel []int32) vec.Vec {
	vs := make([]vec.Vec, len(o.args))
	call := fn.Call{
		Env: f.c.Env, Site: o.n.Site, N: f.n, Ret: o.n.T, Sel: sel, Errs: &fn.Errors{},
		Args: make([]*vec.Vec, len(o.args)),
	}
	if o.n.Fn.Vol == fn.Volatile {
		call.RowID = f.rowID
	}
	var valid vec.Bitmap
	for i, a := range o.args {
		if a == nil {
			continue
		}
		vs[i] = a.eval(f, sel)
		call.Args[i] = &vs[i]
		if o.n.Fn.Strict {
			if vs[i].Type.Kind == types.Unknown {
				return vec.Nulls(o.n.T, f.n)
			}
			valid = validAnd(valid, vs[i].Valid, f.n)
		}
	}
	o.bindLambdas(f, &call)
	if valid != nil {
		call.Sel = validRows(f, sel, valid)
		if len(call.Sel) == 0 {
			return vec.Nulls(o.n.T, f.n)
		}
	}
	out := o.n.Fn.Kernel(&call)
	for k, i := range call.Errs.Rows {
		err := call.Errs.Errs[k]
		if ends(err) {
			f.stop(err)
			continue
		}
		f.fail(int(i), sqlerr.From(err).At(o.n.Pos))
	}
	out.Valid = validAnd(out.Valid, valid, f.n)
	return out
}

// rowID names a row by source partition and offset if the batch has them; a
// row of a lambda by its parent's name and its place.
func (f *frame) rowID(i int) uint64 {
	if f.up != nil {
		return f.up.rowID(int(f.parent[i]))*1000003 + uint64(f.placeOf(i)) + 1
	}
	if f.b.Offset == nil {
		return uint64(i)
	}
	id := uint64(f.b.Offset[i])
	if f.b.Part != nil {
		id ^= uint64(f.b.Part[i]) << 48
	}
	return id
}

// placeOf is how many rows before i have the same parent.
func (f *frame) placeOf(i int) int {
	k := 0
	for k < i && f.parent[i-k-1] == f.parent[i] {
		k++
	}
	return k
}

// byRow orders errors by row.
type byRow struct{ *fn.Errors }

func (e byRow) Len() int           { return len(e.Rows) }
func (e byRow) Less(i, j int) bool { return e.Rows[i] < e.Rows[j] }
func (e byRow) Swap(i, j int) {
	e.Rows[i], e.Rows[j] = e.Rows[j], e.Rows[i]
	e.Errs[i], e.Errs[j] = e.Errs[j], e.Errs[i]
}

// ends tells an error that is the statement's, not a row's.
func ends(err error) bool { return sqlerr.Is(err, sqlerr.QueryCanceled) }

func validRows(f *frame, sel []int32, valid vec.Bitmap) []int32 {
	out := make([]int32, 0, f.count(sel))
	f.each(sel, func(i int) {
		if valid.Get(i) {
			out = append(out, int32(i))
		}
	})
	return out
}

// bindLambdas gives the call its lambda bodies. A body runs in a frame of its
// own; its failures are those of the parent rows.
func (o callOp) bindLambdas(f *frame, call *fn.Call) {
	for i, body := range o.lambdas {
		if body == nil {
			continue
		}
		if call.Lambdas == nil {
			call.Lambdas = make([]func([]*vec.Vec, []int32, int) vec.Vec, len(o.lambdas))
		}
		call.Lambdas[i] = func(params []*vec.Vec, parent []int32, n int) vec.Vec {
			errs := fn.Errors{}
			inner := &frame{c: f.c, b: f.b, n: n, errs: &errs, up: f, parent: parent, params: params}
			v := body.eval(inner, nil)
			failed := firstErrors(&errs, 0)
			sort.Stable(byRow{&errs}) // of a parent's elements the first to fail counts
			for k, row := range errs.Rows {
				call.Errs.Add(int(parent[row]), errs.Errs[k])
			}
			return nullRows(v, failed)
		}
	}
}
