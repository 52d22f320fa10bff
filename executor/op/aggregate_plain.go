package op

import (
	"bytes"
	"slices"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// aggregate is GROUP BY without a window, over a stream or a table: one output
// for each change of a group.
type aggregate struct {
	stateless
	*folder
	table bool // the input is changes
	tab   *state.Table
	out   *writer
	in    folded
	old   folded
	rows  []state.Row
	olds  []state.Row
	dead  []state.Row // rows of groups that are not live, deleted after the batch
	env   *env

	schema types.Schema
	whole  bool      // batches are folded by columns
	words  [][]int64 // of the rows' groups
}

func newAggregate(n *planner.AggregateNode, e *env) (Operator, error) {
	table := n.In.Kind() == planner.TableResult
	f, err := newFolder(n, e, !table)
	if err != nil {
		return nil, err
	}
	a := &aggregate{folder: f, table: table, env: e}
	f.distinct.set = state.NewTable(0, 0, e.budget)
	a.st.StreamTime = minTime
	a.tab = state.NewTable(f.words, f.blobs, e.budget)
	a.tab.MaySpill()
	f.distinct.set.MaySpill()
	a.out = newWriter(n.Schema, true, n.NeedsOld, &a.st)
	a.schema, a.whole = n.Schema, a.byColumns()
	return a, nil
}

func (a *aggregate) Process(_ int, b *vec.Batch, emit Emit) error {
	a.st.RowsIn += int64(b.Len())
	for _, r := range rowsOf(b) {
		a.st.StreamTime = max(a.st.StreamTime, b.Ts[r])
	}
	var err error
	if a.table {
		err = a.changes(b, emit)
	} else {
		err = a.inserts(b, emit)
	}
	if err != nil {
		return err
	}
	a.bury()
	if err := a.out.flush(emit); err != nil {
		return err
	}
	return a.env.budget.Err()
}

func sized(rows []state.Row, n int) []state.Row {
	if cap(rows) < n {
		return make([]state.Row, n)
	}
	return rows[:n]
}

func (a *aggregate) inserts(b *vec.Batch, emit Emit) error {
	if err := a.prepare(b, rowsOf(b), false, &a.in); err != nil {
		return err
	}
	a.rows = sized(a.rows, len(a.in.rows))
	a.tab.Upsert(&a.in.keys, nil, a.rows)
	if a.whole {
		return a.columns(emit)
	}
	for j, r := range a.rows {
		if err := a.change(r, &a.in, j, nil, 0, emit); err != nil {
			return err
		}
	}
	return nil
}

// changes undoes each old row in its group and adds the new one to its own; one
// output when they are the same group, otherwise the old group's comes first.
func (a *aggregate) changes(b *vec.Batch, emit Emit) error {
	fresh, olds := split(b)
	if len(olds) > 0 {
		if err := a.prepare(oldView(b), olds, true, &a.old); err != nil {
			return err
		}
	} else {
		a.old.rows = a.old.rows[:0]
		a.old.keys.Reset()
	}
	if err := a.prepare(b, fresh, false, &a.in); err != nil {
		return err
	}
	a.olds, a.rows = sized(a.olds, len(a.old.rows)), sized(a.rows, len(a.in.rows))
	a.tab.Find(&a.old.keys, nil, a.olds)
	a.tab.Upsert(&a.in.keys, nil, a.rows)
	i, j := 0, 0
	for i < len(a.old.rows) || j < len(a.in.rows) {
		if err := a.pair(&i, &j, emit); err != nil {
			return err
		}
	}
	return nil
}

// pair handles the next physical row: its old side at i, its new side at j, or
// one of them.
func (a *aggregate) pair(i, j *int, emit Emit) error {
	oldRow, newRow := at(a.old.rows, *i), at(a.in.rows, *j)
	switch {
	case oldRow < newRow:
		*i++
		return a.undo(*i-1, emit)
	case newRow < oldRow:
		*j++
		return a.change(a.rows[*j-1], &a.in, *j-1, nil, 0, emit)
	}
	*i++
	*j++
	if bytes.Equal(a.old.keys.Key(*i-1), a.in.keys.Key(*j-1)) {
		return a.change(a.rows[*j-1], &a.in, *j-1, &a.old, *i-1, emit)
	}
	if err := a.undo(*i-1, emit); err != nil {
		return err
	}
	return a.change(a.rows[*j-1], &a.in, *j-1, nil, 0, emit)
}

const noRow = int32(1<<31 - 1)

func at(rows []int32, i int) int32 {
	if i < len(rows) {
		return rows[i]
	}
	return noRow
}

// undo takes the old row at i out of its group.
func (a *aggregate) undo(i int, emit Emit) error {
	r := a.olds[i]
	if r == state.None { // the group may have been made in this batch
		if r = a.tab.FindKey(a.old.keys.Key(i)); r == state.None {
			return nil
		}
	}
	if a.tab.Peek(r)[groupLive] == 0 {
		return nil
	}
	return a.change(r, nil, 0, &a.old, i, emit)
}

// change updates the group in row r by an old row, a new one or both (nil:
// none) and writes one output.
func (a *aggregate) change(r state.Row, in *folded, j int, old *folded, i int, emit Emit) error {
	side, at := in, j
	if in == nil {
		side, at = old, i
	}
	words := a.tab.Words(r)
	was := words[groupLive] != 0
	if !was {
		old = nil
		a.start(a.tab, r, in, j)
	}
	if err := a.before(r, was, side, at); err != nil {
		return err
	}
	seq := side.b.SeqAt(int(side.rows[at]))
	done := false
	if old != nil {
		done = a.apply(r, old, i, true, seq)
	}
	if in != nil {
		done = a.apply(r, in, j, false, seq) || done
	}
	if err := a.groupValues(a.tab, r, side, at, a.out.cols[:len(a.groupTypes)]); err != nil {
		return err
	}
	return a.after(r, was, done, in, j, seq, emit)
}

// apply folds one row and reports its failure.
func (a *aggregate) apply(r state.Row, in *folded, j int, undo bool, seq int32) bool {
	if err := a.add(a.tab, r, in, j, undo); err != nil {
		a.sc.fail(seq, err)
		return false
	}
	return true
}

// before writes the old value of the output.
func (a *aggregate) before(r state.Row, was bool, side *folded, at int) error {
	if was {
		a.out.markOld()
	}
	if a.out.old == nil {
		return nil
	}
	if !was {
		appendNulls(a.out.old)
		return nil
	}
	n := len(a.groupTypes)
	a.results(a.tab, r, a.out.old[n:])
	return a.groupValues(a.tab, r, side, at, a.out.old[:n])
}

// after writes the new value; in is nil, or j the row of it that the group took.
// A group whose last row went is deleted, except in ksqldb meaning and except the
// one group of a query without GROUP BY.
func (a *aggregate) after(r state.Row, was, done bool, in *folded, j int, seq int32, emit Emit) error {
	words := a.tab.Words(r)
	ts := words[groupTs]
	n := len(a.groupTypes)
	emptied := words[groupLive] == 1 && a.table && !a.ctx.Ksql && n > 0
	switch {
	case !done && !was:
		words[groupLive] = 0
		a.dead = append(a.dead, r)
		fallthrough
	case !done:
		appendNulls(a.out.cols[n:])
		a.out.drop()
		return nil
	case emptied:
		words[groupLive] = 0
		a.dead = append(a.dead, r)
		appendNulls(a.out.cols[n:])
		a.out.markTomb()
	case in != nil && !a.table:
		a.resultsAfter(a.tab, r, in, j, a.out.cols[n:])
	default:
		a.results(a.tab, r, a.out.cols[n:])
	}
	a.out.end(seq, ts)
	return a.out.full(emit)
}

// bury deletes the rows of groups that are not live at the end of the batch.
func (a *aggregate) bury() {
	slices.Sort(a.dead)
	for _, r := range slices.Compact(a.dead) {
		if a.tab.Peek(r)[groupLive] == 0 {
			a.tab.Delete(r)
		}
	}
	a.dead = a.dead[:0]
}

func (a *aggregate) Freeze(f *state.Frozen) {
	f.Bytes(state.AppendWord(nil, a.st.StreamTime))
	f.Table(a.tab)
	f.Table(a.distinct.set)
}

func (a *aggregate) Load(in *state.Reader) {
	a.st.StreamTime = in.Word()
	a.tab.Load(in)
	a.distinct.set.Load(in)
}

func (a *aggregate) Stats() Stats {
	st := a.st
	st.StateRows = int64(a.tab.Len() + a.distinct.set.Len())
	st.StateBytes = a.tab.Bytes() + a.distinct.set.Bytes()
	st.Spilled = a.tab.SpillStats().Plus(a.distinct.set.SpillStats())
	return st
}
