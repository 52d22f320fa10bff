package task

import (
	"encoding/binary"

	"github.com/leatdb/leat/executor/op"
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/vec"
)

// tree is the operators of one stage: *op.Tree.
type tree interface {
	// Step runs one step over the inputs' batches, nil where there are no rows.
	Step(ins []*vec.Batch) ([]*vec.Batch, error)
	Due(now int64) bool
	Tick(now int64) ([]*vec.Batch, error)
	// Resume goes on with what a step has left, while there is More.
	More() bool
	Resume() ([]*vec.Batch, error)
	Freeze() *op.Frozen
	Load(in *state.Reader) error
	Loaded() error
	Nodes() []op.NodeInfo
}

type buildFunc func(stage *planner.Stage, ctx *op.Ctx) (tree, error)

func buildTree(stage *planner.Stage, ctx *op.Ctx) (tree, error) { return op.Build(stage, ctx) }

// stateSize is what a task keeps.
type stateSize struct {
	rows, bytes int64
	spilled     state.SpillStats
}

// stateOf sums the operators' state and the inputs' current rows.
func (c *core) stateOf() (s stateSize, nodes []op.NodeInfo) {
	nodes = c.tree.Nodes()
	for _, n := range nodes {
		s.rows += n.Stats.StateRows
		s.bytes += n.Stats.StateBytes
		s.spilled = s.spilled.Plus(n.Stats.Spilled)
	}
	for _, o := range c.olds {
		if o != nil {
			s.rows += int64(o.rows.Len())
			s.bytes += o.rows.Bytes()
			s.spilled = s.spilled.Plus(o.rows.SpillStats())
		}
	}
	return s, nodes
}

// frozenCore is the state of inputs and operators as of one moment.
type frozenCore struct {
	olds state.Frozen
	tree *op.Frozen
}

// freeze gives the state as it is now; load restores what its write writes.
func (c *core) freeze() *frozenCore {
	c.freezes++
	f := &frozenCore{}
	for _, o := range c.olds {
		if o != nil {
			f.olds.Table(o.rows)
		}
	}
	f.tree = c.tree.Freeze()
	return f
}

// write writes the inputs' rows and the operators' state, whole or what changed
// since the last freeze but one.
func (f *frozenCore) write(w *state.Writer, whole bool) {
	f.olds.Write(w, whole)
	f.tree.Write(w, whole)
}

// spilled tells whether rows are outside of memory: see op.Frozen.
func (f *frozenCore) spilled() bool { return f.olds.Spilled() || f.tree.Spilled() }

func (f *frozenCore) release() {
	f.olds.Release()
	f.tree.Release()
}

// load reads a whole state into a fresh core, then the changes behind it in order.
// alone says that no other changes may follow.
func (c *core) load(pieces ...[]byte) (alone bool, err error) {
	for _, b := range pieces {
		in := state.NewReader(b)
		for _, o := range c.olds {
			if o != nil {
				o.rows.Load(in)
			}
		}
		if err := c.tree.Load(in); err != nil {
			return false, err
		}
		alone = in.Spilled()
	}
	return alone, c.tree.Loaded()
}

// olds is the current row of each key of a table input, so that its changes
// carry old values (Input.NeedsOld).
type olds struct {
	keys []int
	rows *state.Table
	cols []*vec.Vec
	key  []byte
	row  []byte
}

func newOlds(in *planner.Input, budget *state.Budget) *olds {
	if !in.NeedsOld || in.Exchange >= 0 || in.Kind != tableResult {
		return nil
	}
	o := &olds{keys: in.Schema.KeyColumns(), rows: state.NewTable(0, 1, budget)}
	o.rows.MaySpill()
	return o
}

// fill gives b with old values, and remembers the new ones.
func (o *olds) fill(b *vec.Batch) (*vec.Batch, error) {
	builders := make([]*vec.Builder, len(b.Cols))
	o.cols = o.cols[:0]
	for i := range b.Cols {
		builders[i] = vec.NewBuilder(b.Cols[i].Type, b.N)
		o.cols = append(o.cols, &b.Cols[i])
	}
	ok := vec.NewBitmap(b.N)
	live := 0
	for i, n := 0, b.Len(); i <= n; i++ {
		row := b.N
		if i < n {
			row = b.Row(i)
		}
		for ; live < row; live++ { // dead rows
			appendNulls(builders)
		}
		if i == n {
			break
		}
		live++
		found, err := o.change(b, row, builders)
		if err != nil {
			return nil, err
		}
		ok.SetTo(row, found)
	}
	out := *b
	out.OldOK, out.Old = ok, make([]vec.Vec, len(builders))
	for i, w := range builders {
		out.Old[i] = w.Finish()
	}
	return &out, nil
}

// change appends the old row and puts the new one in its place.
func (o *olds) change(b *vec.Batch, row int, builders []*vec.Builder) (found bool, err error) {
	o.key = tableKey(o.key[:0], b, o.keys, row)
	tomb := b.Tomb != nil && b.Tomb.Get(row)
	r := o.rows.FindKey(o.key)
	if r == state.None {
		appendNulls(builders)
	} else {
		found = true
		if err := vec.DecodeRowInto(builders, o.rows.Blob(r, 0)); err != nil {
			return false, err
		}
	}
	switch {
	case tomb && found:
		o.rows.Delete(r)
	case !tomb:
		if !found {
			r, _ = o.rows.UpsertKey(o.key)
		}
		o.row = vec.EncodeRow(o.row[:0], o.cols, row)
		o.rows.SetBlob(r, 0, o.row)
	}
	return found, nil
}

func appendNulls(builders []*vec.Builder) {
	for _, w := range builders {
		w.AppendNull()
	}
}

// tableKey appends the identity of a table's row: its key columns, and its
// window.
func tableKey(dst []byte, b *vec.Batch, keys []int, row int) []byte {
	cols := make([]*vec.Vec, len(keys))
	for i, k := range keys {
		cols[i] = &b.Cols[k]
	}
	dst = vec.EncodeKey(dst, cols, row)
	if b.Win != nil {
		dst = binary.BigEndian.AppendUint64(dst, uint64(b.Win[row])^1<<63)
		dst = binary.BigEndian.AppendUint64(dst, uint64(b.WinEnd[row])^1<<63)
	}
	return dst
}
