package batch

import (
	"io"
	"sort"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// sort is ORDER BY over the whole input; equal rows keep their order.
func (x *exec) sort(n *planner.BatchSort, in iter) (*vec.Batch, error) {
	all, err := x.drain(in, n.In.Out())
	if err != nil {
		return nil, err
	}
	order, err := x.order(n.Keys, all)
	if err != nil {
		return nil, err
	}
	return gather(all, order), nil
}

// order gives the rows of b sorted by keys.
func (x *exec) order(keys []planner.SortKey, b *vec.Batch) ([]int32, error) {
	cols := make([]vec.Vec, len(keys))
	for i, k := range keys {
		v, err := x.eval(k.X, b)
		if err != nil {
			return nil, err
		}
		cols[i] = v
	}
	order := make([]int32, b.N)
	for i := range order {
		order[i] = int32(i)
	}
	sort.SliceStable(order, func(i, j int) bool {
		return compareRows(keys, cols, int(order[i]), int(order[j])) < 0
	})
	return order, nil
}

// compareRows compares rows i and j by key columns, NULLs where the keys say.
func compareRows(keys []planner.SortKey, cols []vec.Vec, i, j int) int {
	for k := range keys {
		v := &cols[k]
		in, jn := v.Null(i), v.Null(j)
		if in || jn {
			if in == jn {
				continue
			}
			if in == keys[k].NullsFirst {
				return -1
			}
			return 1
		}
		c := vec.CompareAt(v, i, v, j)
		if keys[k].Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func (x *exec) buildLimit(n *planner.BatchLimit) (iter, error) {
	limit, err := x.rowCount(n.Limit, "LIMIT", sqlerr.InvalidRowCountLimit, -1)
	if err != nil {
		return nil, err
	}
	offset, err := x.rowCount(n.Offset, "OFFSET", sqlerr.InvalidRowCountOffset, 0)
	if err != nil {
		return nil, err
	}
	if limit == 0 {
		return emptyIter{}, nil
	}
	in, err := x.build(n.In)
	if err != nil {
		return nil, err
	}
	return &limitIter{in: in, skip: offset, left: limit}, nil
}

func (x *exec) rowCount(e expr.Node, what, code string, none int64) (int64, error) {
	if e == nil {
		return none, nil
	}
	v, err := x.scalar(e)
	if err != nil {
		return 0, err
	}
	if v == nil {
		return none, nil
	}
	k, ok := v.(int64)
	if !ok {
		return 0, sqlerr.New(sqlerr.DatatypeMismatch, "argument of %s must be type bigint", what)
	}
	if k < 0 {
		return 0, sqlerr.New(code, "%s must not be negative", what)
	}
	return k, nil
}

// limitIter skips and stops; left is -1 without a limit.
type limitIter struct {
	in         iter
	skip, left int64
}

func (l *limitIter) next() (*vec.Batch, error) {
	for {
		if l.left == 0 {
			return nil, io.EOF
		}
		b, err := l.in.next()
		if err != nil {
			return nil, err
		}
		from := min(l.skip, int64(b.N))
		l.skip -= from
		to := int64(b.N)
		if l.left >= 0 {
			to = min(to, from+l.left)
			l.left -= to - from
		}
		if from == to {
			continue
		}
		if from == 0 && to == int64(b.N) {
			return b, nil
		}
		out := &vec.Batch{N: int(to - from)}
		for i := range b.Cols {
			out.Cols = append(out.Cols, b.Cols[i].Slice(int(from), int(to)))
		}
		return out, nil
	}
}

func (l *limitIter) close() { l.in.close() }

// distinctIter keeps the first row of each value, or of each DISTINCT ON key.
type distinctIter struct {
	x    *exec
	in   iter
	n    *planner.BatchDistinct
	seen map[string]struct{}
	buf  []byte
}

func (d *distinctIter) next() (*vec.Batch, error) {
	if err := d.x.check(); err != nil {
		return nil, err
	}
	b, err := d.in.next()
	if err != nil {
		return nil, err
	}
	cols := b.Cols
	if len(d.n.On) > 0 {
		if cols, err = d.x.evalAll(d.n.On, b); err != nil {
			return nil, err
		}
	}
	ptrs := columnPtrs(cols)
	var keep []int32
	grown := int64(0)
	for r := 0; r < b.N; r++ {
		d.buf = vec.EncodeKey(d.buf[:0], ptrs, r)
		if _, dup := d.seen[string(d.buf)]; dup {
			continue
		}
		d.seen[string(d.buf)] = struct{}{}
		grown += entryBytes + int64(len(d.buf))
		keep = append(keep, int32(r))
	}
	if err := d.x.holdBytes(grown); err != nil {
		return nil, err
	}
	if len(keep) == b.N {
		return b, nil
	}
	return gather(b, keep), nil
}

func (d *distinctIter) close() { d.in.close() }
