package batch

import (
	"sort"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// aggregateWindows groups the rows of a stream by key and window. Nothing is
// late: a pull query sees all records. Windows of a key come out in order of
// their start, keys in order of first appearance.
func (x *exec) aggregateWindows(n *planner.BatchAggregate, in iter) (*vec.Batch, error) {
	all, err := x.drain(in, n.In.Out())
	if err != nil {
		return nil, err
	}
	keys, err := x.evalAll(n.Groups, all)
	if err != nil {
		return nil, err
	}
	ts, err := x.eval(n.RowTs, all)
	if err != nil {
		return nil, err
	}
	var a assignment
	if n.Window.Type == planner.Session {
		a = sessions(n.Window, columnPtrs(keys), &ts, all.N)
	} else {
		a = timeWindows(n.Window, &ts, all.N)
	}
	rows := gather(all, a.row)
	grouped := gather(&vec.Batch{N: all.N, Cols: keys}, a.row)
	wide := *n
	wide.Groups = append(columnsOfKeys(n), windowColumns()...)
	g, err := x.newGrouper(&wide)
	if err != nil {
		return nil, err
	}
	gk := append(grouped.Cols, timestamps(a.start), timestamps(a.end))
	if err := g.add(rows, gk); err != nil {
		return nil, err
	}
	out, err := g.finish()
	if err != nil {
		return nil, err
	}
	// finish gives groups, start, end, aggregates; the node wants the bounds last.
	k := len(n.Groups)
	cols := append([]vec.Vec(nil), out.Cols[:k]...)
	cols = append(cols, out.Cols[k+2:]...)
	out.Cols = append(cols, out.Cols[k], out.Cols[k+1])
	return out, nil
}

// assignment lists (row, window) pairs; start and end are ms.
type assignment struct {
	row        []int32
	start, end []int64
}

func (a *assignment) add(row int32, start, end int64) {
	a.row, a.start, a.end = append(a.row, row), append(a.start, start), append(a.end, end)
}

// timeWindows assigns rows to tumbling or hopping windows, ascending.
func timeWindows(w *planner.WindowSpec, ts *vec.Vec, n int) assignment {
	var a assignment
	for r := 0; r < n; r++ {
		if ts.Null(r) {
			continue
		}
		t := ts.I64[r]
		first := floorTo(t-w.Size+w.Advance, w.Advance)
		for s := first; s <= t; s += w.Advance {
			if s+w.Size > t && s >= 0 {
				a.add(int32(r), s, s+w.Size)
			}
		}
	}
	return a
}

func floorTo(t, step int64) int64 {
	q := t / step
	if t%step < 0 {
		q--
	}
	return q * step
}

// sessions merges the rows of each key whose distance is at most the gap.
func sessions(w *planner.WindowSpec, keys []*vec.Vec, ts *vec.Vec, n int) assignment {
	index := map[string]int{}
	var rows [][]int32
	var buf []byte
	for r := 0; r < n; r++ {
		if ts.Null(r) {
			continue
		}
		buf = vec.EncodeKey(buf[:0], keys, r)
		k, ok := index[string(buf)]
		if !ok {
			k = len(rows)
			index[string(buf)] = k
			rows = append(rows, nil)
		}
		rows[k] = append(rows[k], int32(r))
	}
	var a assignment
	for _, rs := range rows {
		sort.SliceStable(rs, func(i, j int) bool { return ts.I64[rs[i]] < ts.I64[rs[j]] })
		for i := 0; i < len(rs); {
			j := i + 1
			for j < len(rs) && ts.I64[rs[j]]-ts.I64[rs[j-1]] <= w.Gap {
				j++
			}
			start, end := ts.I64[rs[i]], ts.I64[rs[j-1]]
			for ; i < j; i++ {
				a.add(rs[i], start, end)
			}
		}
	}
	return a
}

func timestamps(ms []int64) vec.Vec {
	us := make([]int64, len(ms))
	for i, m := range ms {
		us[i] = m * types.MicrosPerMilli
	}
	return vec.Vec{Type: types.TTimestamp, N: len(us), I64: us}
}

// columnsOfKeys and windowColumns name the key columns that newGrouper types its
// builders by: the node's groups, then the window's bounds.
func columnsOfKeys(n *planner.BatchAggregate) []expr.Node {
	out := make([]expr.Node, len(n.Groups))
	for i, g := range n.Groups {
		out[i] = &expr.Column{Index: i, T: g.Type()}
	}
	return out
}

func windowColumns() []expr.Node {
	return []expr.Node{
		&expr.Column{Name: "window_start", T: types.TTimestamp},
		&expr.Column{Name: "window_end", T: types.TTimestamp},
	}
}
