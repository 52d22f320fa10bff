package op

import (
	"cmp"
	"encoding/binary"
	"github.com/leatdb/leat/planner"
	"slices"
	"strings"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// Tree is the operators of one task. It is used by one goroutine.
type Tree struct {
	ctx    *Ctx
	budget *state.Budget
	ops    []*placed // children before parents
	shown  []*placed // the root first, inputs included
	leaves [][]leaf  // by input index
	out    []*vec.Batch
}

// placed is an operator in its place; op is nil for an input.
type placed struct {
	node   planner.Node // nil for an input
	op     Operator
	name   string
	depth  int
	parent *placed
	port   int
	emit   Emit
	rows   int64 // of an input
}

type leaf struct{ *placed }

// Step runs one step: ins are the step's rows by input index, nil for none.
// Rows carry Seq, their position in the step's merged order, ascending in each
// batch. The answer is in order of Seq and given; failures and late rows are
// ordered by Seq, then by operator. An error ends the task.
func (t *Tree) Step(ins []*vec.Batch) ([]*vec.Batch, error) {
	from := t.begin()
	for i, b := range ins {
		if b == nil || b.Len() == 0 {
			continue
		}
		for _, l := range t.leaves[i] {
			l.rows += int64(b.Len())
			if err := l.emit(b); err != nil {
				return nil, err
			}
		}
	}
	return t.finish(from)
}

// reported are the lengths of the context's lists when a step begins.
type reported struct{ late, failed, nulled int }

func (t *Tree) begin() reported {
	t.out, t.ctx.left = nil, t.ctx.MaxClose
	return reported{len(t.ctx.Late), len(t.ctx.Failures), len(t.ctx.Nulled)}
}

// finish ends a step and gives what it put out.
func (t *Tree) finish(from reported) ([]*vec.Batch, error) {
	if err := t.end(); err != nil {
		return nil, err
	}
	if err := t.budget.Relieve(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(t.ctx.Late[from.late:], func(a, b LateRow) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.at, b.at))
	})
	slices.SortStableFunc(t.ctx.Failures[from.failed:], compareFailures)
	slices.SortStableFunc(t.ctx.Nulled[from.nulled:], compareFailures)
	return t.take(), nil
}

// compareFailures orders by Seq, operator and text: one input row may become
// many and fail in many places, in an order that depends on batches.
func compareFailures(a, b Failure) int {
	if c := cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.at, b.at)); c != 0 {
		return c
	}
	return strings.Compare(a.Err.Error(), b.Err.Error())
}

func (t *Tree) end() error {
	for _, p := range t.ops {
		if err := p.op.End(p.emit); err != nil {
			return err
		}
	}
	return nil
}

// take gives what was put out, and keeps nothing of it.
func (t *Tree) take() []*vec.Batch {
	out := t.out
	t.out = nil
	return out
}

// Due tells whether a Tick would close anything by itself.
func (t *Tree) Due(now int64) bool {
	return slices.ContainsFunc(t.ops, func(p *placed) bool { return p.op.Due(now) })
}

// Tick advances wall clock, in ms, without rows; the rows it gives carry Seq 0.
func (t *Tree) Tick(now int64) ([]*vec.Batch, error) {
	t.begin()
	for _, p := range t.ops {
		if err := p.op.Tick(now, p.emit); err != nil {
			return nil, err
		}
		if err := p.op.End(p.emit); err != nil {
			return nil, err
		}
	}
	if err := t.budget.Relieve(); err != nil {
		return nil, err
	}
	return t.take(), nil
}

// NodeInfo is one line of EXPLAIN ANALYZE.
type NodeInfo struct {
	Name  string
	Depth int
	Stats Stats
}

// Nodes lists the operators, the root first and each before what it reads.
func (t *Tree) Nodes() []NodeInfo {
	out := make([]NodeInfo, len(t.shown))
	for i, p := range t.shown {
		out[i] = NodeInfo{Name: p.name, Depth: p.depth}
		if p.op != nil {
			out[i].Stats = p.op.Stats()
		} else {
			out[i].Stats = Stats{RowsIn: p.rows, RowsOut: p.rows, StreamTime: minTime}
		}
	}
	return out
}

// StateBytes is the memory all state takes.
func (t *Tree) StateBytes() int64 { return t.budget.Used() }

// saveVersion is of what operators write.
const saveVersion = 5

// Frozen is the state of all operators as of one moment. It is written on any
// goroutine, and then released.
type Frozen struct {
	names []string
	parts []state.Frozen
}

// Freeze gives the state as it is now, for as little time as it takes. The tree
// is not frozen again before Release, nor while there is More.
func (t *Tree) Freeze() *Frozen {
	if t.More() {
		panic("BUG: E5: a tree is frozen while windows close")
	}
	f := &Frozen{parts: make([]state.Frozen, len(t.ops))}
	for i, p := range t.ops {
		f.names = append(f.names, p.name)
		p.op.Freeze(&f.parts[i])
	}
	return f
}

// Write writes what Load reads: the whole state, or what changed since the last
// freeze but one. It is a version, then for each operator its name and its parts.
func (f *Frozen) Write(w *state.Writer, whole bool) {
	head := binary.AppendUvarint([]byte{saveVersion}, uint64(len(f.parts)))
	for i := range f.parts {
		w.Write(state.AppendBytes(head, []byte(f.names[i])))
		f.parts[i].Write(w, whole)
		head = nil
	}
	w.Write(head)
}

// Spilled tells whether rows are outside of memory: the state is to be written
// whole, and no changes are to go on from it.
func (f *Frozen) Spilled() bool {
	return slices.ContainsFunc(f.parts, func(p state.Frozen) bool { return p.Spilled() })
}

// Release ends the freeze.
func (f *Frozen) Release() {
	for i := range f.parts {
		f.parts[i].Release()
	}
}

// Load restores what Write wrote into a freshly built tree of the same plan, and
// then changes one after the other; anything else is XX001.
func (t *Tree) Load(in *state.Reader) error {
	if v := in.Byte(); v != saveVersion && !in.Failed() {
		return sqlerr.New(sqlerr.DataCorrupted, "checkpoint has format version %d, not %d", v, saveVersion)
	}
	if int(in.Uvarint()) != len(t.ops) {
		return sqlerr.New(sqlerr.DataCorrupted, "checkpoint is of another plan")
	}
	for _, p := range t.ops {
		if string(in.Bytes()) != p.name {
			return sqlerr.New(sqlerr.DataCorrupted, "checkpoint is of another plan")
		}
		p.op.Load(in)
	}
	return in.Err()
}

// Loaded ends the loading: state that has no room in memory leaves it.
func (t *Tree) Loaded() error { return t.budget.Relieve() }
