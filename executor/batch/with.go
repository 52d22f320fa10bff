package batch

import (
	"fmt"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// maxRecursion bounds the steps of a recursive query.
const maxRecursion = 100_000

// cteScope holds the rows of the CTEs in sight, innermost first.
type cteScope struct {
	id     int
	rows   *vec.Batch
	parent *cteScope
}

func (x *exec) buildWith(n *planner.BatchWith) (iter, error) {
	inner := &exec{sh: x.sh, outer: x.outer, ctes: x.ctes}
	for i := range n.CTEs {
		rows, err := inner.materialise(&n.CTEs[i])
		if err != nil {
			return nil, err
		}
		inner.ctes = &cteScope{id: n.CTEs[i].ID, rows: rows, parent: inner.ctes}
	}
	return inner.build(n.Body)
}

func (x *exec) materialise(c *planner.CTE) (*vec.Batch, error) {
	it, err := x.build(c.Plan)
	if err != nil {
		return nil, err
	}
	base, err := x.drain(it, c.Plan.Out())
	if err != nil || !c.Recursive {
		return base, err
	}
	return x.recurse(c, base)
}

// recurse feeds the rows of the last step to the next until a step adds none.
func (x *exec) recurse(c *planner.CTE, base *vec.Batch) (*vec.Batch, error) {
	s := c.Plan.Out()
	seen := map[string]struct{}{}
	if !c.UnionAll {
		base = fresh(base, seen)
	}
	parts, total, last := []*vec.Batch{base}, base.N, base
	for step := 0; last.N > 0; step++ {
		if step == maxRecursion {
			return nil, sqlerr.New(sqlerr.ProgramLimitExceeded, "recursive query %q passed %d steps", c.Name, maxRecursion)
		}
		frame := &exec{sh: x.sh, outer: x.outer, ctes: &cteScope{id: c.ID, rows: last, parent: x.ctes}}
		it, err := frame.build(c.Step)
		if err != nil {
			return nil, err
		}
		if last, err = frame.drain(it, s); err != nil {
			return nil, err
		}
		if !c.UnionAll {
			last = fresh(last, seen)
		}
		if last.N > 0 {
			parts, total = append(parts, last), total+last.N
		}
	}
	return concatColumns(parts, s, total), nil
}

// fresh keeps the rows not seen before and remembers them.
func fresh(b *vec.Batch, seen map[string]struct{}) *vec.Batch {
	ptrs := columnPtrs(b.Cols)
	var keep []int32
	for r := 0; r < b.N; r++ {
		k := string(vec.EncodeKey(nil, ptrs, r))
		if _, dup := seen[k]; dup {
			continue
		}
		seen[k] = struct{}{}
		keep = append(keep, int32(r))
	}
	return gather(b, keep)
}

func (x *exec) buildCTERef(n *planner.BatchCTERef) (iter, error) {
	for s := x.ctes; s != nil; s = s.parent {
		if s.id == n.ID {
			return &sliceIter{b: retype(s.rows, n.Schema)}, nil
		}
	}
	panic(fmt.Sprintf("BUG: CTE %d is not in scope", n.ID))
}

// retype checks that a CTE's rows have the columns its reader was planned for.
func retype(b *vec.Batch, s types.Schema) *vec.Batch {
	if len(b.Cols) < len(s) {
		panic(fmt.Sprintf("BUG: CTE has %d columns, its reader wants %d", len(b.Cols), len(s)))
	}
	return b
}
