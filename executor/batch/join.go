package batch

import (
	"io"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func (x *exec) buildJoin(n *planner.BatchJoin) (iter, error) {
	left, err := x.build(n.Left)
	if err != nil {
		return nil, err
	}
	return &joinIter{x: x, n: n, left: left, ls: n.Left.Out(), rs: n.Right.Out()}, nil
}

// joinIter joins batches of the left side with the whole right side, kept in
// memory and indexed by key when there is one. Right rows that never matched
// come last (RIGHT and FULL).
type joinIter struct {
	x      *exec
	n      *planner.BatchJoin
	left   iter
	ls, rs types.Schema

	right   *vec.Batch
	index   map[string][]int32
	matched []bool // right rows that found a partner
	tail    bool
	done    bool
}

func (j *joinIter) close() { j.left.close() }

func (j *joinIter) next() (*vec.Batch, error) {
	if j.done {
		return nil, io.EOF
	}
	if err := j.x.check(); err != nil {
		return nil, err
	}
	if j.right == nil && !j.n.Lateral {
		if err := j.open(); err != nil {
			return nil, err
		}
	}
	if j.tail {
		j.done = true
		return j.unmatchedRight()
	}
	b, err := j.left.next()
	if err == io.EOF {
		if j.n.Kind == planner.RightJoin || j.n.Kind == planner.FullJoin {
			j.tail = true
			return j.next()
		}
		j.done = true
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	if j.n.Lateral {
		return j.lateral(b)
	}
	li, ri, err := j.pairs(b)
	if err != nil {
		return nil, err
	}
	return j.emit(b, j.right, li, ri)
}

func (j *joinIter) open() error {
	it, err := j.x.build(j.n.Right)
	if err != nil {
		return err
	}
	if j.right, err = j.x.drain(it, j.rs); err != nil {
		return err
	}
	j.matched = make([]bool, j.right.N)
	if len(j.n.RightKey) == 0 {
		return nil
	}
	keys, err := j.x.evalAll(j.n.RightKey, j.right)
	if err != nil {
		return err
	}
	j.index = make(map[string][]int32, j.right.N)
	var buf []byte
	cols := columnPtrs(keys)
	for r := 0; r < j.right.N; r++ {
		if anyNull(cols, r) {
			continue
		}
		buf = vec.EncodeKey(buf[:0], cols, r)
		j.index[string(buf)] = append(j.index[string(buf)], int32(r))
	}
	return nil
}

func anyNull(cols []*vec.Vec, r int) bool {
	for _, c := range cols {
		if c.Null(r) {
			return true
		}
	}
	return false
}

// pairs lists candidate (left, right) rows in left order, right order within.
func (j *joinIter) pairs(b *vec.Batch) (li, ri []int32, err error) {
	if len(j.n.LeftKey) == 0 {
		for l := 0; l < b.N; l++ {
			for r := 0; r < j.right.N; r++ {
				li, ri = append(li, int32(l)), append(ri, int32(r))
			}
		}
		return li, ri, nil
	}
	keys, err := j.x.evalAll(j.n.LeftKey, b)
	if err != nil {
		return nil, nil, err
	}
	cols := columnPtrs(keys)
	var buf []byte
	for l := 0; l < b.N; l++ {
		if anyNull(cols, l) {
			continue
		}
		buf = vec.EncodeKey(buf[:0], cols, l)
		for _, r := range j.index[string(buf)] {
			li, ri = append(li, int32(l)), append(ri, r)
		}
	}
	return li, ri, nil
}

// emit applies the residual to the candidates and builds the result of one left
// batch. li is ascending.
func (j *joinIter) emit(b, right *vec.Batch, li, ri []int32) (*vec.Batch, error) {
	if j.n.Residual != nil && len(li) > 0 {
		cand := j.combine(b, right, li, ri)
		sel, err := j.x.filter(j.n.Residual, cand)
		if err != nil {
			return nil, err
		}
		fl, fr := make([]int32, len(sel)), make([]int32, len(sel))
		for i, s := range sel {
			fl[i], fr[i] = li[s], ri[s]
		}
		li, ri = fl, fr
	}
	if !j.n.Lateral {
		for _, r := range ri {
			j.matched[r] = true
		}
	}
	switch j.n.Kind {
	case planner.SemiJoin, planner.AntiJoin:
		return gather(b, j.existence(b, li)), nil
	case planner.LeftJoin, planner.FullJoin:
		li, ri = padLeft(b.N, li, ri)
	}
	return j.combine(b, right, li, ri), nil
}

// existence lists left rows with (semi) or without (anti) a partner.
func (j *joinIter) existence(b *vec.Batch, li []int32) []int32 {
	has := make([]bool, b.N)
	for _, l := range li {
		has[l] = true
	}
	var out []int32
	for l, h := range has {
		if h == (j.n.Kind == planner.SemiJoin) {
			out = append(out, int32(l))
		}
	}
	return out
}

// padLeft adds (l, -1) for left rows without a pair, keeping left order.
func padLeft(n int, li, ri []int32) (ol, or []int32) {
	k := 0
	for l := int32(0); int(l) < n; l++ {
		if k >= len(li) || li[k] != l {
			ol, or = append(ol, l), append(or, -1)
			continue
		}
		for ; k < len(li) && li[k] == l; k++ {
			ol, or = append(ol, l), append(or, ri[k])
		}
	}
	return ol, or
}

func (j *joinIter) combine(b, right *vec.Batch, li, ri []int32) *vec.Batch {
	cols := gatherOrNull(b, j.ls, li)
	cols = append(cols, gatherOrNull(right, j.rs, ri)...)
	return &vec.Batch{N: len(li), Cols: cols}
}

func (j *joinIter) unmatchedRight() (*vec.Batch, error) {
	var ri []int32
	for r, m := range j.matched {
		if !m {
			ri = append(ri, int32(r))
		}
	}
	li := make([]int32, len(ri))
	for i := range li {
		li[i] = -1
	}
	return j.combine(nil, j.right, li, ri), nil
}

// lateral evaluates the right side for each left row, which it sees as its
// nearest outer row.
func (j *joinIter) lateral(b *vec.Batch) (*vec.Batch, error) {
	var parts []*vec.Batch
	total := 0
	for l := 0; l < b.N; l++ {
		frame := j.x.frame(append([]types.Row{rowOf(b, l)}, j.x.outer...))
		it, err := frame.build(j.n.Right)
		if err != nil {
			return nil, err
		}
		right, err := frame.drain(it, j.rs)
		if err != nil {
			return nil, err
		}
		li, ri := make([]int32, right.N), make([]int32, right.N)
		for r := range ri {
			ri[r] = int32(r)
		}
		out, err := j.emit(gather(b, []int32{int32(l)}), right, li, ri)
		if err != nil {
			return nil, err
		}
		parts, total = append(parts, out), total+out.N
	}
	s := append(j.ls.Clone(), j.rs...)
	if j.n.Kind == planner.SemiJoin || j.n.Kind == planner.AntiJoin {
		s = j.ls
	}
	return concatColumns(parts, s, total), nil
}

// exprsOf lists the expressions of a join, for the analysis of correlation.
func exprsOf(n *planner.BatchJoin) []expr.Node {
	out := append(append([]expr.Node(nil), n.LeftKey...), n.RightKey...)
	if n.Residual != nil {
		out = append(out, n.Residual)
	}
	return out
}
