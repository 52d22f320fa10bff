package batch

import (
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

func (x *exec) buildScan(n *planner.ScanNode) (iter, error) {
	if n.Relation == nil {
		return x.buildVirtual(n)
	}
	o := ScanOptions{Needed: n.Needed, LowStrict: n.LowStrict, HighStrict: n.HighOpen}
	empty, err := x.scanBounds(n, &o)
	if err != nil {
		return nil, err
	}
	if empty {
		return emptyIter{}, nil
	}
	if x.sh.rt.Relations == nil {
		return nil, sqlerr.New(sqlerr.InternalError, "relation %q cannot be read here", n.Relation.Name)
	}
	src, err := x.sh.rt.Relations.Scan(x.sh.ctx, n.Relation, o)
	if err != nil {
		return nil, err
	}
	return &scanIter{x: x, n: n, src: src}, nil
}

// scanBounds evaluates the key and window bounds. empty means that a NULL bound
// admits no row.
func (x *exec) scanBounds(n *planner.ScanNode, o *ScanOptions) (empty bool, err error) {
	if n.Points != nil {
		if o.Points, err = x.points(n); err != nil {
			return false, err
		}
		if len(o.Points) == 0 {
			return true, nil
		}
	}
	for _, b := range []struct {
		e   expr.Node
		out *types.Value
	}{{n.Low, &o.Low}, {n.High, &o.High}} {
		if b.e == nil {
			continue
		}
		v, err := x.scalar(b.e)
		if err != nil {
			return false, err
		}
		if v == nil {
			return true, nil
		}
		*b.out = v
	}
	for _, b := range []struct {
		e   expr.Node
		out **int64
	}{{n.WindowLow, &o.WindowLow}, {n.WindowHigh, &o.WindowHigh}} {
		if b.e == nil {
			continue
		}
		v, err := x.scalar(b.e)
		if err != nil {
			return false, err
		}
		ms, ok := v.(int64)
		if !ok {
			return true, nil
		}
		*b.out = &ms
	}
	return false, nil
}

// points evaluates key look-ups, dropping NULL keys and duplicates.
func (x *exec) points(n *planner.ScanNode) ([][]types.Value, error) {
	seen := map[string]struct{}{}
	var out [][]types.Value
	for _, p := range n.Points {
		key := make([]types.Value, len(p))
		ts := make([]types.Type, len(p))
		null := false
		for i, e := range p {
			v, err := x.scalar(e)
			if err != nil {
				return nil, err
			}
			null = null || v == nil
			key[i], ts[i] = v, e.Type()
		}
		if null {
			continue
		}
		k := string(vec.EncodeKeyValues(nil, ts, key))
		if _, dup := seen[k]; dup {
			continue
		}
		seen[k] = struct{}{}
		out = append(out, key)
	}
	return out, nil
}

type scanIter struct {
	x   *exec
	n   *planner.ScanNode
	src Iterator
}

func (s *scanIter) next() (*vec.Batch, error) {
	if err := s.x.check(); err != nil {
		return nil, err
	}
	b, err := s.src.Next(s.x.sh.ctx)
	if err != nil {
		return nil, err
	}
	if b.Sel != nil {
		b = b.Compact()
	}
	if len(s.n.Pseudo) == 0 {
		return &vec.Batch{N: b.N, Cols: b.Cols[:len(s.n.Schema)]}, nil
	}
	base := len(s.n.Schema) - len(s.n.Pseudo)
	out := &vec.Batch{N: b.N, Cols: append([]vec.Vec(nil), b.Cols[:base]...)}
	for i, k := range s.n.Pseudo {
		v, err := s.x.pseudo(k, s.n.Schema[base+i].Type, b)
		if err != nil {
			return nil, err
		}
		out.Cols = append(out.Cols, v)
	}
	return out, nil
}

func (x *exec) pseudo(k expr.PseudoKind, t types.Type, b *vec.Batch) (vec.Vec, error) {
	p, err := expr.Compile(&expr.Pseudo{Kind: k, T: t})
	if err != nil {
		return vec.Vec{}, err
	}
	return p.Eval(x.exprContext(), b, nil)
}

func (s *scanIter) close() { _ = s.src.Close() }

func (x *exec) buildVirtual(n *planner.ScanNode) (iter, error) {
	rows, err := x.sh.rt.Virtual.Rows(x.sh.ctx, n.Virtual, n.Needed)
	if err != nil {
		return nil, err
	}
	return &sliceIter{b: rowsBatch(n.Schema, rows)}, nil
}

// rowsBatch builds columns from boxed rows.
func rowsBatch(s types.Schema, rows []types.Row) *vec.Batch {
	out := &vec.Batch{N: len(rows), Cols: make([]vec.Vec, len(s))}
	for c := range s {
		bl := vec.NewBuilder(s[c].Type, len(rows))
		for _, r := range rows {
			bl.Append(r[c])
		}
		out.Cols[c] = bl.Finish()
	}
	return out
}

func (x *exec) buildValues(n *planner.ValuesNode) (iter, error) {
	one := &vec.Batch{N: 1}
	rows := make([]types.Row, len(n.Rows))
	for i, r := range n.Rows {
		vals := make(types.Row, len(r))
		for c, e := range r {
			v, err := x.eval(e, one)
			if err != nil {
				return nil, err
			}
			vals[c] = v.Value(0)
		}
		rows[i] = vals
	}
	return &sliceIter{b: rowsBatch(n.Schema, rows)}, nil
}
