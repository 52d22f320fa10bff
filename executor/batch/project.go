package batch

import (
	"sort"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

type filterIter struct {
	x  *exec
	in iter
	n  *planner.BatchFilter
}

func (f *filterIter) next() (*vec.Batch, error) {
	if err := f.x.check(); err != nil {
		return nil, err
	}
	b, err := f.in.next()
	if err != nil {
		return nil, err
	}
	sel, err := f.x.filter(f.n.Cond, b)
	if err != nil {
		return nil, err
	}
	if len(sel) == b.N {
		return b, nil
	}
	return gather(b, sel), nil
}

func (f *filterIter) close() { f.in.close() }

type projectIter struct {
	x  *exec
	in iter
	n  *planner.BatchProject
}

func (p *projectIter) next() (*vec.Batch, error) {
	if err := p.x.check(); err != nil {
		return nil, err
	}
	b, err := p.in.next()
	if err != nil {
		return nil, err
	}
	if len(p.n.Sets) > 0 {
		if b, err = p.expand(b); err != nil {
			return nil, err
		}
		return b, nil
	}
	cols, err := p.x.evalAll(p.n.Exprs, b)
	if err != nil {
		return nil, err
	}
	return &vec.Batch{N: b.N, Cols: cols}, nil
}

func (p *projectIter) close() { p.in.close() }

// expand runs the set-returning functions of a select list: a row gives as many
// rows as its longest set, shorter sets are padded with NULL.
func (p *projectIter) expand(b *vec.Batch) (*vec.Batch, error) {
	pos := make([]int, 0, len(p.n.Sets))
	for i := range p.n.Sets {
		pos = append(pos, i)
	}
	sort.Ints(pos)
	sets := make(map[int][][]types.Row, len(pos))
	lens := make([]int, b.N)
	for _, i := range pos {
		rows, err := p.x.callRows(p.n.Sets[i], b)
		if err != nil {
			return nil, err
		}
		sets[i] = rows
		for r := range rows {
			lens[r] = max(lens[r], len(rows[r]))
		}
	}
	var parent []int32
	var nth []int
	for r, n := range lens {
		for k := 0; k < n; k++ {
			parent, nth = append(parent, int32(r)), append(nth, k)
		}
	}
	big := gather(b, parent)
	out := &vec.Batch{N: len(parent), Cols: make([]vec.Vec, len(p.n.Exprs))}
	for i, e := range p.n.Exprs {
		if p.n.Sets[i] == nil {
			v, err := p.x.eval(e, big)
			if err != nil {
				return nil, err
			}
			out.Cols[i] = v
			continue
		}
		bl := vec.NewBuilder(p.n.Schema[i].Type, len(parent))
		for j, r := range parent {
			if rows := sets[i][r]; nth[j] < len(rows) {
				bl.Append(setValue(rows[nth[j]]))
			} else {
				bl.AppendNull()
			}
		}
		out.Cols[i] = bl.Finish()
	}
	return out, nil
}

// setValue is a set's row as one value: its only column, or a record.
func setValue(r types.Row) types.Value {
	if len(r) == 1 {
		return r[0]
	}
	return r
}

// callRows runs a table function for every row of b.
func (x *exec) callRows(c *planner.TableCall, b *vec.Batch) ([][]types.Row, error) {
	args, err := x.evalAll(c.Args, b)
	if err != nil {
		return nil, err
	}
	out := make([][]types.Row, b.N)
	vals := make([]types.Value, len(args))
	for r := range out {
		null := false
		for i := range args {
			vals[i] = args[i].Value(r)
			null = null || vals[i] == nil
		}
		if null && c.Fn.Strict {
			continue
		}
		rows, err := c.Fn.Rows(x.sh.rt.Env, vals)
		if err != nil {
			return nil, err
		}
		out[r] = rows
	}
	return out, nil
}

// tableFuncs is FROM f(x): several calls run side by side, padded with NULL.
func (x *exec) tableFuncs(n *planner.BatchTableFunc) (*vec.Batch, error) {
	one := &vec.Batch{N: 1}
	var all [][]types.Row
	longest := 0
	for i := range n.Calls {
		rows, err := x.callRows(&n.Calls[i], one)
		if err != nil {
			return nil, err
		}
		all = append(all, rows[0])
		longest = max(longest, len(rows[0]))
	}
	out := make([]types.Row, longest)
	for r := range out {
		row := make(types.Row, 0, len(n.Schema))
		for i, c := range n.Calls {
			width := len(c.Cols)
			vals := make(types.Row, width)
			if r < len(all[i]) {
				copy(vals, all[i][r])
			}
			if c.Ordinality && width > 0 && (r >= len(all[i]) || len(all[i][r]) < width) {
				vals[width-1] = int64(r + 1)
			}
			row = append(row, vals...)
		}
		if len(row) < len(n.Schema) {
			row = append(row, int64(r+1))
		}
		out[r] = row
	}
	return rowsBatch(n.Schema, out), nil
}
