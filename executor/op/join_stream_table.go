package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// streamTable joins each row of a stream (port 0) with the current row of a
// table (port 1). Only the stream's rows give output.
type streamTable struct {
	stateless
	sc       scope
	leftKey  []*expr.Program
	rightKey []int
	outer    bool
	residual *residual
	schema   types.Schema
	nLeft    int
	in       ports
	table    *state.Table  // blob 0: the row
	wanted   *expr.Program // over the table's rows: the others can join nothing that comes out; nil all
	env      *env
	finder   finder
	found    foundRows
	matched  []bool // with a residual: by joined row, whether its key was found
	rowBuf   []byte
}

func newStreamTable(n *planner.StreamTableJoinNode, e *env) (Operator, error) {
	j := &streamTable{
		sc: newScope(e), rightKey: n.Right.Keys(), outer: n.Outer, schema: n.Schema,
		nLeft: len(n.Left.Out()), table: state.NewTable(0, 1, e.budget), env: e,
	}
	j.table.MaySpill()
	j.st.StreamTime = minTime
	j.finder.table, j.found = j.table, newFoundRows(n.Schema[j.nLeft:])
	var err error
	if j.leftKey, err = compile(n.LeftKey); err != nil {
		return nil, err
	}
	if cond := tableCondition(e.above, n); cond != nil {
		if j.wanted, err = expr.Compile(cond); err != nil {
			return nil, err
		}
	}
	j.residual, err = newResidual(n.Residual, &j.sc)
	return j, err
}

func (j *streamTable) Process(port int, b *vec.Batch, _ Emit) error {
	j.st.RowsIn += int64(b.Len())
	j.in.take(port, b)
	return nil
}

func (j *streamTable) End(emit Emit) error {
	err := j.in.runs(func(r run) error {
		if r.port == 1 {
			return j.update(r)
		}
		return j.probe(r, emit)
	})
	if err != nil {
		return err
	}
	return j.env.budget.Err()
}

// update takes changes of the table in. Rows with a NULL key have no identity
// and are ignored.
func (j *streamTable) update(r run) error {
	cols := pick(r.b.Cols, j.rightKey)
	all := pointers(r.b.Cols)
	keep, err := j.keep(r)
	if err != nil {
		return err
	}
	for _, row := range r.rows() {
		if anyNull(cols, row) {
			continue
		}
		j.rowBuf = encodeKey(j.rowBuf[:0], r.b, cols, row)
		if tomb(r.b, row) || keep != nil && !keep.Get(int(row)) {
			if at := j.table.FindKey(j.rowBuf); at != state.None {
				j.table.Delete(at)
			}
			continue
		}
		at, _ := j.table.UpsertKey(j.rowBuf)
		j.rowBuf = vec.EncodeRow(j.rowBuf[:0], all, int(row))
		j.table.SetBlob(at, 0, j.rowBuf)
	}
	return nil
}

// keep tells which of the run's rows may join; nil is all.
func (j *streamTable) keep(r run) (vec.Bitmap, error) {
	if j.wanted == nil {
		return nil, nil
	}
	j.sc.begin()
	live := make([]int32, 0, len(r.rows()))
	for _, row := range r.rows() {
		if !tomb(r.b, row) {
			live = append(live, row)
		}
	}
	sel, err := j.wanted.EvalBool(&j.sc.ec, r.b, live)
	return flags(r.b.N, sel), err
}

// probe looks the rows' keys up and sends the joined rows.
func (j *streamTable) probe(r run, emit Emit) error {
	k, err := j.sc.evalKeys(j.leftKey, r.b, r.rows())
	if err != nil {
		return err
	}
	rows := j.finder.find(&k)
	var parent []int32
	for i, row := range k.rows {
		at := rows[i]
		if at == state.None && !j.outer {
			continue
		}
		if parent == nil {
			parent = make([]int32, 0, j.found.last)
		}
		parent = append(parent, row)
		if j.residual != nil {
			j.matched = append(j.matched, at != state.None)
		}
		if err := j.found.add(j.table, at); err != nil {
			return err
		}
		if j.found.full() {
			if err := j.flush(r.b, parent, emit); err != nil {
				return err
			}
			parent = nil
		}
	}
	return j.flush(r.b, parent, emit)
}

// flush sends the left rows at parent with the right rows found for them. The
// values stay where they are.
func (j *streamTable) flush(b *vec.Batch, parent []int32, emit Emit) error {
	if len(parent) == 0 {
		return nil
	}
	in := *b
	in.Sel, in.Tomb, in.Old, in.OldOK, in.Cols = parent, nil, nil, nil, nil
	out := in.Compact()
	out.Cols = make([]vec.Vec, 0, len(j.schema))
	for i := range b.Cols {
		switch {
		case len(parent) == b.N:
			out.Cols = append(out.Cols, b.Cols[i])
		case len(parent) < shortRun:
			out.Cols = append(out.Cols, b.Cols[i].Gather(parent))
		default:
			out.Cols = append(out.Cols, vec.Pick(&b.Cols[i], parent, false))
		}
	}
	out.Cols = append(out.Cols, j.found.take()...)
	if j.residual != nil {
		var err error
		if out, err = j.check(out.Whole()); err != nil || out.Len() == 0 {
			return err
		}
	}
	return j.send(out, emit)
}

// check applies the residual condition to the matched rows: one that does not
// pass goes, or in a LEFT join loses its right side.
func (j *streamTable) check(out *vec.Batch) (*vec.Batch, error) {
	matched := j.matched
	j.matched = j.matched[:0]
	sel := []int32{}
	for i, m := range matched {
		if m {
			sel = append(sel, int32(i))
		}
	}
	pass, ok, err := j.residual.passing(out, sel)
	if err != nil {
		return nil, err
	}
	passed := flags(out.N, pass)
	bad := map[int32]bool{}
	if good := flags(out.N, ok); len(ok) < len(sel) {
		for _, i := range sel {
			bad[i] = !good.Get(int(i))
		}
	}
	right := builders(j.schema[j.nLeft:], out.N)
	for i := range out.N {
		keep := passed.Get(i)
		if matched[i] && !keep && !j.outer {
			bad[int32(i)] = true
		}
		for c := range right {
			if keep {
				right[c].AppendFrom(&out.Cols[j.nLeft+c], i)
			} else {
				right[c].AppendNull()
			}
		}
	}
	out.Cols = append(out.Cols[:j.nLeft:j.nLeft], finish(right)...)
	if len(bad) > 0 {
		out.Sel = without(rowsOf(out), bad)
	}
	return out, nil
}

func (j *streamTable) Freeze(f *state.Frozen) { f.Table(j.table) }

func (j *streamTable) Load(in *state.Reader) { j.table.Load(in) }

func (j *streamTable) Stats() Stats {
	st := j.st
	st.StateRows, st.StateBytes, st.Spilled = int64(j.table.Len()), j.table.Bytes(), j.table.SpillStats()
	return st
}
