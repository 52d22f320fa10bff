package batch

import (
	"io"
	"sort"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/vec"
)

// aggregate is GROUP BY: groups come out in order of first appearance.
func (x *exec) aggregate(n *planner.BatchAggregate, in iter) (*vec.Batch, error) {
	if n.Window != nil {
		return x.aggregateWindows(n, in)
	}
	g, err := x.newGrouper(n)
	if err != nil {
		return nil, err
	}
	for {
		if err := x.check(); err != nil {
			return nil, err
		}
		b, err := in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if b.N == 0 {
			continue
		}
		keys, err := x.evalAll(n.Groups, b)
		if err != nil {
			return nil, err
		}
		if err := g.add(b, keys); err != nil {
			return nil, err
		}
	}
	if len(n.Groups) == 0 && g.count == 0 {
		g.newGroup()
	}
	return g.finish()
}

// grouper holds the groups of one aggregation: keys in builders, aggregate
// states in words and blobs per group.
type grouper struct {
	x     *exec
	n     *planner.BatchAggregate
	index map[string]int32
	keys  []*vec.Builder
	aggs  []*aggState
	count int
	buf   []byte
	fresh int64 // bytes of groups not accounted yet
}

// aggState is one aggregate over all groups.
type aggState struct {
	call    *planner.AggCall
	kernel  fn.AggKernel
	words   int
	blobs   int
	wordArr []int64
	blobArr [][]byte
	seen    []map[string]struct{} // DISTINCT
	sorted  *sortedAgg            // ORDER BY inside the call
	fresh   int64                 // bytes of blobs and DISTINCT values not accounted yet
}

func (x *exec) newGrouper(n *planner.BatchAggregate) (*grouper, error) {
	g := &grouper{x: x, n: n, index: map[string]int32{}}
	for i := range n.Groups {
		g.keys = append(g.keys, vec.NewBuilder(n.Groups[i].Type(), 16))
	}
	for i := range n.Aggs {
		st, err := newAggState(&n.Aggs[i])
		if err != nil {
			return nil, err
		}
		g.aggs = append(g.aggs, st)
	}
	return g, nil
}

func newAggState(call *planner.AggCall) (*aggState, error) {
	k, err := newKernel(call)
	if err != nil {
		return nil, err
	}
	st := &aggState{call: call, kernel: k}
	st.words, st.blobs = k.Layout()
	if len(call.OrderBy) > 0 {
		st.sorted = &sortedAgg{}
	}
	return st, nil
}

func (s *aggState) Blob(i int) []byte { return s.blobArr[i] }
func (s *aggState) SetBlob(i int, b []byte) {
	s.fresh += int64(len(b) - len(s.blobArr[i]))
	s.blobArr[i] = append(s.blobArr[i][:0], b...)
}

var _ fn.Owner = (*aggState)(nil)

// Put implements fn.Owner: groups are nobody else's.
func (s *aggState) Put(i int, b []byte) {
	s.fresh += int64(len(b) - len(s.blobArr[i]))
	s.blobArr[i] = b
}

func (s *aggState) slots(group int32) fn.AggSlots {
	w := int(group) * s.words
	return fn.AggSlots{Words: s.wordArr[w : w+s.words : w+s.words], Blobs: s, Base: int(group) * s.blobs}
}

func (g *grouper) newGroup() int32 {
	id := int32(g.count)
	g.count++
	for _, s := range g.aggs {
		s.wordArr = append(s.wordArr, make([]int64, s.words)...)
		s.blobArr = append(s.blobArr, make([][]byte, s.blobs)...)
		s.fresh += int64(s.words*8 + s.blobs*24)
		s.kernel.Init(s.slots(id))
		if s.call.Distinct {
			s.seen = append(s.seen, map[string]struct{}{})
		}
	}
	return id
}

// add folds a batch whose group values are keys.
func (g *grouper) add(b *vec.Batch, keys []vec.Vec) error {
	ids := make([]int32, b.N)
	cols := columnPtrs(keys)
	for r := 0; r < b.N; r++ {
		g.buf = vec.EncodeKey(g.buf[:0], cols, r)
		id, ok := g.index[string(g.buf)]
		if !ok {
			id = g.newGroup()
			g.index[string(g.buf)] = id
			g.fresh += entryBytes + 2*int64(len(g.buf))
			for c, k := range cols {
				g.keys[c].AppendFrom(k, r)
			}
		}
		ids[r] = id
	}
	for _, s := range g.aggs {
		if err := g.fold(s, b, ids); err != nil {
			return err
		}
	}
	return g.account()
}

// entryBytes is what an entry of a map costs beside its key, roughly.
const entryBytes = 32

// account holds what the groups have grown by.
func (g *grouper) account() error {
	n := g.fresh
	g.fresh = 0
	for _, s := range g.aggs {
		n += s.fresh
		s.fresh = 0
	}
	return g.x.holdBytes(n)
}

// fold gives the rows of b to one aggregate; ids are the groups of the rows.
func (g *grouper) fold(s *aggState, b *vec.Batch, ids []int32) error {
	args, err := g.x.evalAll(s.call.Args, b)
	if err != nil {
		return err
	}
	rows, err := g.x.filtered(s.call, b)
	if err != nil {
		return err
	}
	if s.sorted != nil {
		return g.x.collect(s, b, args, rows, ids)
	}
	ptrs := columnPtrs(args)
	for _, r := range rows {
		if s.call.Distinct && !s.first(ptrs, int(r), ids[r]) {
			continue
		}
		if err := s.kernel.Add(g.x.sh.rt.Env, s.slots(ids[r]), ptrs, int(r)); err != nil {
			return err
		}
	}
	return nil
}

// first tells whether the argument values are new in the group.
func (s *aggState) first(args []*vec.Vec, row int, group int32) bool {
	k := string(vec.EncodeKey(nil, args, row))
	if _, dup := s.seen[group][k]; dup {
		return false
	}
	s.seen[group][k] = struct{}{}
	s.fresh += entryBytes + int64(len(k))
	return true
}

// filtered lists the rows an aggregate takes under its FILTER clause.
func (x *exec) filtered(call *planner.AggCall, b *vec.Batch) ([]int32, error) {
	if call.Filter != nil {
		return x.filter(call.Filter, b)
	}
	rows := make([]int32, b.N)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows, nil
}

func (g *grouper) finish() (*vec.Batch, error) {
	out := &vec.Batch{N: g.count}
	for _, k := range g.keys {
		out.Cols = append(out.Cols, k.Finish())
	}
	for _, s := range g.aggs {
		if s.sorted != nil {
			if err := g.x.foldSorted(s); err != nil {
				return nil, err
			}
		}
		bl := vec.NewBuilder(s.call.T, g.count)
		for id := 0; id < g.count; id++ {
			s.kernel.Result(s.slots(int32(id)), bl)
		}
		out.Cols = append(out.Cols, bl.Finish())
	}
	return out, nil
}

// sortedAgg keeps the rows of an aggregate with ORDER BY until the end.
type sortedAgg struct {
	args, keys []*vec.Batch
	groups     []int32
	n          int
}

func (x *exec) collect(s *aggState, b *vec.Batch, args []vec.Vec, rows, ids []int32) error {
	keys := make([]vec.Vec, len(s.call.OrderBy))
	for i, k := range s.call.OrderBy {
		v, err := x.eval(k.X, b)
		if err != nil {
			return err
		}
		keys[i] = v
	}
	s.sorted.args = append(s.sorted.args, gather(&vec.Batch{N: b.N, Cols: args}, rows))
	s.sorted.keys = append(s.sorted.keys, gather(&vec.Batch{N: b.N, Cols: keys}, rows))
	for _, r := range rows {
		s.sorted.groups = append(s.sorted.groups, ids[r])
	}
	s.sorted.n += len(rows)
	return nil
}

func (x *exec) foldSorted(s *aggState) error {
	if s.sorted.n == 0 {
		return nil
	}
	args, keys := concatAny(s.sorted.args, s.sorted.n), concatAny(s.sorted.keys, s.sorted.n)
	order := make([]int, s.sorted.n)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool {
		return compareRows(s.call.OrderBy, keys.Cols, order[a], order[b]) < 0
	})
	ptrs := columnPtrs(args.Cols)
	for _, r := range order {
		group := s.sorted.groups[r]
		if s.call.Distinct && !s.first(ptrs, r, group) {
			continue
		}
		if err := s.kernel.Add(x.sh.rt.Env, s.slots(group), ptrs, r); err != nil {
			return err
		}
	}
	return nil
}

// concatAny joins batches that all have the same columns.
func concatAny(parts []*vec.Batch, n int) *vec.Batch {
	out := &vec.Batch{N: n}
	for c := range parts[0].Cols {
		vs := make([]vec.Vec, len(parts))
		for i, p := range parts {
			vs[i] = p.Cols[c]
		}
		out.Cols = append(out.Cols, vec.Concat(vs))
	}
	return out
}
