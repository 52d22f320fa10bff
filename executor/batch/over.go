package batch

import (
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// over appends one column per window function; rows keep their order.
func (x *exec) over(n *planner.BatchWindow, in iter) (*vec.Batch, error) {
	all, err := x.drain(in, n.In.Out())
	if err != nil {
		return nil, err
	}
	out := &vec.Batch{N: all.N, Cols: append([]vec.Vec(nil), all.Cols...)}
	for i := range n.Calls {
		v, err := x.overCall(&n.Calls[i], all)
		if err != nil {
			return nil, err
		}
		out.Cols = append(out.Cols, v)
	}
	return out, nil
}

// partitionRun is the rows of one partition in window order; peers[i] is the end
// (exclusive) of the run of rows equal to i under ORDER BY.
type partitionRun struct {
	rows  []int32
	peers []int
}

func (x *exec) overCall(c *planner.WindowCall, all *vec.Batch) (vec.Vec, error) {
	parts, err := x.partitions(c, all)
	if err != nil {
		return vec.Vec{}, err
	}
	vals := make([]types.Value, all.N)
	for _, p := range parts {
		if err := x.check(); err != nil {
			return vec.Vec{}, err
		}
		if c.Agg != nil {
			err = x.overAggregate(c, all, p, vals)
		} else {
			err = x.overRank(c, all, p, vals)
		}
		if err != nil {
			return vec.Vec{}, err
		}
	}
	return vec.FromValues(c.T, vals), nil
}

func (x *exec) partitions(c *planner.WindowCall, all *vec.Batch) ([]partitionRun, error) {
	keys, err := x.evalAll(c.Partition, all)
	if err != nil {
		return nil, err
	}
	order, err := x.order(c.Order, all)
	if err != nil {
		return nil, err
	}
	sortCols := make([]vec.Vec, len(c.Order))
	for i, k := range c.Order {
		if sortCols[i], err = x.eval(k.X, all); err != nil {
			return nil, err
		}
	}
	index := map[string]int{}
	var parts []partitionRun
	ptrs := columnPtrs(keys)
	var buf []byte
	for _, r := range order {
		buf = vec.EncodeKey(buf[:0], ptrs, int(r))
		k, ok := index[string(buf)]
		if !ok {
			k = len(parts)
			index[string(buf)] = k
			parts = append(parts, partitionRun{})
		}
		parts[k].rows = append(parts[k].rows, r)
	}
	for i := range parts {
		parts[i].peers = peerEnds(c.Order, sortCols, parts[i].rows)
	}
	return parts, nil
}

func peerEnds(keys []planner.SortKey, cols []vec.Vec, rows []int32) []int {
	ends := make([]int, len(rows))
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && compareRows(keys, cols, int(rows[i]), int(rows[j])) == 0 {
			j++
		}
		for ; i < j; i++ {
			ends[i] = j
		}
	}
	return ends
}

// overAggregate runs an aggregate with the default frame: from the partition's
// start to the last peer of the current row.
func (x *exec) overAggregate(c *planner.WindowCall, all *vec.Batch, p partitionRun, vals []types.Value) error {
	st, err := newAggState(c.Agg)
	if err != nil {
		return err
	}
	g := &grouper{x: x, aggs: []*aggState{st}}
	g.newGroup()
	for i := 0; i < len(p.rows); {
		end := p.peers[i]
		b := gather(all, p.rows[i:end])
		if err := g.fold(st, b, make([]int32, b.N)); err != nil {
			return err
		}
		bl := vec.NewBuilder(c.T, 1)
		st.kernel.Result(st.slots(0), bl)
		v := bl.Finish()
		for ; i < end; i++ {
			vals[p.rows[i]] = v.Value(0)
		}
	}
	return nil
}

func (x *exec) overRank(c *planner.WindowCall, all *vec.Batch, p partitionRun, vals []types.Value) error {
	args, err := x.evalAll(c.Args, all)
	if err != nil {
		return err
	}
	dense, rank := int64(0), int64(0)
	for i, r := range p.rows {
		if i == 0 || p.peers[i] != p.peers[i-1] {
			dense, rank = dense+1, int64(i+1)
		}
		switch c.Name {
		case "row_number":
			vals[r] = int64(i + 1)
		case "rank":
			vals[r] = rank
		case "dense_rank":
			vals[r] = dense
		case "percent_rank":
			vals[r] = percentRank(rank, len(p.rows))
		case "cume_dist":
			vals[r] = float64(p.peers[i]) / float64(len(p.rows))
		case "ntile":
			vals[r] = ntile(&args[0], int(r), i, len(p.rows))
		case "lag", "lead":
			vals[r] = shifted(c, args, p, i)
		case "first_value":
			vals[r] = args[0].Value(int(p.rows[0]))
		case "last_value":
			vals[r] = args[0].Value(int(p.rows[p.peers[i]-1]))
		case "nth_value":
			if vals[r], err = nthValue(args, p, i); err != nil {
				return err
			}
		default:
			return sqlerr.Unsupported("window function %s", c.Name)
		}
	}
	return nil
}

func percentRank(rank int64, n int) float64 {
	if n <= 1 {
		return 0
	}
	return float64(rank-1) / float64(n-1)
}

func ntile(buckets *vec.Vec, row, i, n int) types.Value {
	if buckets.Null(row) || buckets.I64[row] <= 0 {
		return nil
	}
	k := int(buckets.I64[row])
	size, extra := n/k, n%k
	if i < extra*(size+1) {
		return int64(i/(size+1) + 1)
	}
	return int64(extra + (i-extra*(size+1))/max(size, 1) + 1)
}

func shifted(c *planner.WindowCall, args []vec.Vec, p partitionRun, i int) types.Value {
	r := int(p.rows[i])
	by := 1
	if len(args) > 1 {
		if args[1].Null(r) {
			return nil
		}
		by = int(args[1].I64[r])
	}
	if c.Name == "lag" {
		by = -by
	}
	if k := i + by; k >= 0 && k < len(p.rows) {
		return args[0].Value(int(p.rows[k]))
	}
	if len(args) > 2 {
		return args[2].Value(r)
	}
	return nil
}

func nthValue(args []vec.Vec, p partitionRun, i int) (types.Value, error) {
	r := int(p.rows[i])
	if args[1].Null(r) {
		return nil, nil
	}
	k := int(args[1].I64[r])
	switch {
	case k < 1:
		return nil, sqlerr.New("22016", "argument of nth_value must be greater than zero")
	case k > p.peers[i]:
		return nil, nil
	}
	return args[0].Value(int(p.rows[k-1])), nil
}
