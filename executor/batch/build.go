package batch

import (
	"fmt"
	"io"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/vec"
)

// build makes the operator of a node under this frame.
func (x *exec) build(n planner.BatchNode) (iter, error) {
	it, err := x.buildNode(n)
	if err != nil || x.sh.rt.Counters == nil {
		return it, err
	}
	c := x.sh.rt.Counters[n]
	if c == nil {
		c = &Counter{}
		x.sh.rt.Counters[n] = c
	}
	c.Loops++
	return &countIter{in: it, c: c}, nil
}

func (x *exec) buildNode(n planner.BatchNode) (iter, error) {
	switch n := n.(type) {
	case *planner.ScanNode:
		return x.buildScan(n)
	case *planner.ValuesNode:
		return x.buildValues(n)
	case *planner.BatchFilter:
		return x.wrap(n.In, func(in iter) iter { return &filterIter{x: x, in: in, n: n} })
	case *planner.BatchProject:
		return x.wrap(n.In, func(in iter) iter { return &projectIter{x: x, in: in, n: n} })
	case *planner.BatchJoin:
		return x.buildJoin(n)
	case *planner.BatchAggregate:
		return x.wrap(n.In, func(in iter) iter {
			return &lazyIter{run: func() (*vec.Batch, error) { return x.aggregate(n, in) }, in: in}
		})
	case *planner.BatchWindow:
		return x.wrap(n.In, func(in iter) iter { return &lazyIter{run: func() (*vec.Batch, error) { return x.over(n, in) }, in: in} })
	case *planner.BatchSort:
		return x.wrap(n.In, func(in iter) iter { return &lazyIter{run: func() (*vec.Batch, error) { return x.sort(n, in) }, in: in} })
	case *planner.BatchLimit:
		return x.buildLimit(n)
	case *planner.BatchDistinct:
		return x.wrap(n.In, func(in iter) iter { return &distinctIter{x: x, in: in, n: n, seen: map[string]struct{}{}} })
	case *planner.BatchSetOp:
		return x.buildSetOp(n)
	case *planner.BatchTableFunc:
		return &lazyIter{run: func() (*vec.Batch, error) { return x.tableFuncs(n) }}, nil
	case *planner.BatchWith:
		return x.buildWith(n)
	case *planner.BatchCTERef:
		return x.buildCTERef(n)
	}
	panic(fmt.Sprintf("BUG: batch plan holds a %T", n))
}

func (x *exec) wrap(child planner.BatchNode, f func(in iter) iter) (iter, error) {
	in, err := x.build(child)
	if err != nil {
		return nil, err
	}
	return f(in), nil
}

// lazyIter computes its whole result on the first call.
type lazyIter struct {
	run func() (*vec.Batch, error)
	in  iter
	out *sliceIter
}

func (l *lazyIter) next() (*vec.Batch, error) {
	if l.out == nil {
		b, err := l.run()
		if err != nil {
			return nil, err
		}
		l.out = &sliceIter{b: b}
	}
	return l.out.next()
}

func (l *lazyIter) close() {
	if l.in != nil {
		l.in.close()
	}
}

// countIter counts the rows of a node for EXPLAIN ANALYZE.
type countIter struct {
	in iter
	c  *Counter
}

func (k *countIter) next() (*vec.Batch, error) {
	b, err := k.in.next()
	if err == nil {
		k.c.Rows += int64(b.Len())
	}
	return b, err
}

func (k *countIter) close() { k.in.close() }

// emptyIter has no rows.
type emptyIter struct{}

func (emptyIter) next() (*vec.Batch, error) { return nil, io.EOF }
func (emptyIter) close()                    {}
