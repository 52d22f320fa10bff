package op

import (
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// explode applies table functions: a row becomes as many rows as the longest
// list has, shorter lists padded with NULL.
type explode struct {
	stateless
	sc    scope
	calls []explodeCall
	lists [][]types.Row // scratch: the rows of each call
}

type explodeCall struct {
	call planner.TableCall
	args []*expr.Program
}

func newExplode(n *planner.ExplodeNode, e *env) (Operator, error) {
	x := &explode{sc: newScope(e), lists: make([][]types.Row, len(n.Funcs))}
	x.st.StreamTime = minTime
	for _, f := range n.Funcs {
		args, err := compile(f.Args)
		if err != nil {
			return nil, err
		}
		x.calls = append(x.calls, explodeCall{f, args})
	}
	return x, nil
}

func (x *explode) Process(_ int, b *vec.Batch, emit Emit) error {
	x.st.RowsIn += int64(b.Len())
	rows := rowsOf(b)
	x.sc.begin()
	args := make([][]vec.Vec, len(x.calls))
	for i := range x.calls {
		cols, err := x.sc.evalAll(x.calls[i].args, b, rows)
		if err != nil {
			return err
		}
		args[i] = cols
	}
	rows = x.sc.settle(b, rows, false)
	var parent []int32
	outs := make([][]*vec.Builder, len(x.calls))
	for i := range x.calls {
		outs[i] = builders(x.calls[i].call.Cols, len(rows))
	}
	all := flat(outs)
	heavy := b.N > 0 && dataBytes(b) > maxOutBytes/maxOut // repeated rows may grow large
	size := 0
	for _, r := range rows {
		n, err := x.expand(args, r)
		if err != nil {
			x.sc.fail(b.SeqAt(int(r)), err)
			continue
		}
		for k := range n {
			parent = append(parent, r)
			for i := range x.calls {
				x.calls[i].append(outs[i], x.lists[i], k)
			}
			if heavy {
				size += rowBytes(b, int(r))
			}
			if len(parent) >= maxOut || size >= maxOutBytes || large(len(parent), all) {
				if err := x.flush(b, parent, outs, emit); err != nil {
					return err
				}
				parent, size = nil, 0
			}
		}
	}
	return x.flush(b, parent, outs, emit)
}

func flat(outs [][]*vec.Builder) []*vec.Builder {
	var all []*vec.Builder
	for _, o := range outs {
		all = append(all, o...)
	}
	return all
}

// dataBytes bounds the variable-length bytes of any row of b.
func dataBytes(b *vec.Batch) int {
	n := 0
	var walk func(vs []vec.Vec)
	walk = func(vs []vec.Vec) {
		for i := range vs {
			n += len(vs[i].Data) + 8*len(vs[i].Kids)*vs[i].N
			walk(vs[i].Kids)
		}
	}
	walk(b.Cols)
	return n
}

// rowBytes is about the size of a row.
func rowBytes(b *vec.Batch, row int) int {
	return len(vec.EncodeRow(nil, pointers(b.Cols), row))
}

// expand calls the functions for one row and gives the longest list's length.
func (x *explode) expand(args [][]vec.Vec, row int32) (int, error) {
	n := 0
	for i := range x.calls {
		list, err := x.calls[i].rows(&x.sc, args[i], row)
		if err != nil {
			return 0, err
		}
		x.lists[i] = list
		n = max(n, len(list))
	}
	return n, nil
}

func (c *explodeCall) rows(sc *scope, args []vec.Vec, row int32) ([]types.Row, error) {
	values := make([]types.Value, len(args))
	for i := range args {
		if values[i] = args[i].Value(int(row)); values[i] == nil && c.call.Fn.Strict {
			return nil, nil
		}
	}
	return c.call.Fn.Rows(sc.ec.Env, values)
}

// append writes row k of a list, or NULLs past its end. With ORDINALITY the
// last column counts from 1.
func (c *explodeCall) append(out []*vec.Builder, list []types.Row, k int) {
	if k >= len(list) {
		appendNulls(out)
		return
	}
	n := len(out)
	if c.call.Ordinality {
		n--
		out[n].AppendI64(int64(k) + 1)
	}
	for i := range n {
		out[i].Append(list[k][i])
	}
}

// flush sends the rows of b at parent, with the columns of the functions.
func (x *explode) flush(b *vec.Batch, parent []int32, outs [][]*vec.Builder, emit Emit) error {
	if len(parent) == 0 {
		return nil
	}
	in := *b
	in.Sel = parent
	out := in.Compact()
	for i := range outs {
		out.Cols = append(out.Cols, finish(outs[i])...)
	}
	return x.send(out, emit)
}
