package batch

import (
	"io"
	"strings"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/vec"
)

func (x *exec) buildSetOp(n *planner.BatchSetOp) (iter, error) {
	left, err := x.build(n.Left)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(n.Op, "UNION") {
		right, err := x.build(n.Right)
		if err != nil {
			left.close()
			return nil, err
		}
		var it iter = &unionIter{parts: []iter{left, right}}
		if !n.All {
			it = &distinctIter{x: x, in: it, n: &planner.BatchDistinct{BatchBase: n.BatchBase}, seen: map[string]struct{}{}}
		}
		return it, nil
	}
	return &lazyIter{in: left, run: func() (*vec.Batch, error) { return x.intersectExcept(n, left) }}, nil
}

// unionIter gives the rows of its parts one after the other.
type unionIter struct{ parts []iter }

func (u *unionIter) next() (*vec.Batch, error) {
	for len(u.parts) > 0 {
		b, err := u.parts[0].next()
		if err == io.EOF {
			u.parts[0].close()
			u.parts = u.parts[1:]
			continue
		}
		return b, err
	}
	return nil, io.EOF
}

func (u *unionIter) close() {
	for _, p := range u.parts {
		p.close()
	}
}

// intersectExcept counts the rows of the right side and lets left rows through:
// INTERSECT ALL as often as in both, EXCEPT ALL as often as left has more.
func (x *exec) intersectExcept(n *planner.BatchSetOp, left iter) (*vec.Batch, error) {
	rit, err := x.build(n.Right)
	if err != nil {
		return nil, err
	}
	right, err := x.drain(rit, n.Right.Out())
	if err != nil {
		return nil, err
	}
	lb, err := x.drain(left, n.Left.Out())
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	rp := columnPtrs(right.Cols)
	for r := 0; r < right.N; r++ {
		counts[string(vec.EncodeKey(nil, rp, r))]++
	}
	intersect := strings.EqualFold(n.Op, "INTERSECT")
	seen := map[string]struct{}{}
	lp := columnPtrs(lb.Cols)
	var keep []int32
	for r := 0; r < lb.N; r++ {
		k := string(vec.EncodeKey(nil, lp, r))
		in := counts[k] > 0
		if n.All && in {
			counts[k]--
		}
		if !n.All {
			if _, dup := seen[k]; dup {
				continue
			}
			seen[k] = struct{}{}
		}
		if in == intersect {
			keep = append(keep, int32(r))
		}
	}
	return gather(lb, keep), nil
}
