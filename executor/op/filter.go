package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/vec"
)

// filter keeps the rows for which a condition is true. Over a table it turns a
// row that stops passing into a tombstone and swallows one that never passed.
type filter struct {
	stateless
	sc    scope
	cond  *expr.Program
	reads []int // columns that cond reads
	table bool
	key   []int
	old   bool         // the consumer needs old values
	seen  *state.Table // keys that passed last, when stateful
	buf   []byte
}

func newFilter(n *planner.FilterNode, e *env) (Operator, error) {
	p, err := expr.Compile(n.Cond)
	if err != nil {
		return nil, err
	}
	f := &filter{sc: newScope(e), cond: p, reads: expr.Columns(n.Cond), table: n.Result == planner.TableResult, old: n.NeedsOld}
	f.st.StreamTime = minTime
	if f.table && n.Stateful {
		f.seen = state.NewTable(0, 0, e.budget)
		f.seen.MaySpill()
		f.key = n.In.Keys()
	}
	return f, nil
}

func (f *filter) Process(_ int, b *vec.Batch, emit Emit) error {
	f.st.RowsIn += int64(b.Len())
	if f.table {
		return f.changes(b, emit)
	}
	b = b.WholeAt(f.reads)
	sel, err := f.passing(b, rowsOf(b), false)
	if err != nil || len(sel) == 0 {
		return err
	}
	out := *b
	out.Sel = sel
	return f.send(&out, emit)
}

// passing gives the rows of sel for which the condition is true.
func (f *filter) passing(b *vec.Batch, sel []int32, quiet bool) ([]int32, error) {
	f.sc.begin()
	out, err := f.cond.EvalBool(&f.sc.ec, b, sel)
	if err != nil {
		return nil, err
	}
	return f.sc.settle(b, out, quiet), nil
}

func (f *filter) changes(b *vec.Batch, emit Emit) error {
	fresh, old := split(b)
	sel, err := f.passing(b, fresh, false)
	if err != nil {
		return err
	}
	pass := flags(b.N, sel)
	var had vec.Bitmap
	switch {
	case f.seen != nil:
		had = f.remember(b, pass)
	case b.Old != nil:
		rows, err := f.passing(oldView(b), old, true)
		if err != nil {
			return err
		}
		had = flags(b.N, rows)
	case b.OldOK != nil:
		had = b.OldOK
	}
	out := *b
	out.Sel = make([]int32, 0, b.Len())
	out.Tomb = nil
	for _, r := range rowsOf(b) {
		i := int(r)
		switch {
		case pass.Get(i):
			out.Sel = append(out.Sel, r)
		case had == nil || had.Get(i):
			if out.Tomb == nil {
				out.Tomb = vec.NewBitmap(b.N)
			}
			out.Tomb.Set(i)
			out.Sel = append(out.Sel, r)
		}
	}
	out.OldOK = had
	if !f.old {
		out.Old = nil
	}
	if len(out.Sel) == 0 {
		return nil
	}
	return f.send(&out, emit)
}

// remember updates the set of passing keys in order and tells which rows' keys
// had passed before.
func (f *filter) remember(b *vec.Batch, pass vec.Bitmap) vec.Bitmap {
	had := vec.NewBitmap(b.N)
	cols := pick(b.Cols, f.key)
	for _, r := range rowsOf(b) {
		f.buf = encodeKey(f.buf[:0], b, cols, r)
		row := f.seen.FindKey(f.buf)
		if row != state.None {
			had.Set(int(r))
		}
		switch {
		case pass.Get(int(r)) && row == state.None:
			f.seen.UpsertKey(f.buf)
		case !pass.Get(int(r)) && row != state.None:
			f.seen.Delete(row)
		}
	}
	return had
}

func (f *filter) Freeze(into *state.Frozen) {
	if f.seen != nil {
		into.Table(f.seen)
	}
}

func (f *filter) Load(in *state.Reader) {
	if f.seen != nil {
		f.seen.Load(in)
	}
}

func (f *filter) Stats() Stats {
	st := f.st
	if f.seen != nil {
		st.StateRows, st.StateBytes, st.Spilled = int64(f.seen.Len()), f.seen.Bytes(), f.seen.SpillStats()
	}
	return st
}
