package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/vec"
)

// tableTable joins two tables on their keys. A change of either side gives the
// key's new result: a row, a tombstone when the result went, or nothing. An
// absent side is NULL throughout; a tombstone shows the key on both sides.
type tableTable struct {
	stateless
	kind planner.JoinKind
	keys [2][]int // key columns of each side
	in   ports
	tab  *state.Table
	out  outColumns
	env  *env
	buf  []byte
	was  [2][]byte // rows before a change, for old values
}

// Words of a key's row; blob s is side s's row.
const (
	joinHas   = iota // bit s: side s has a row
	joinLeft         // time of the left row
	joinRight        // time of the right row
	tableJoinWords
)

func newTableTable(n *planner.TableTableJoinNode, e *env) (Operator, error) {
	j := &tableTable{kind: n.Join, env: e, keys: [2][]int{n.Left.Keys(), n.RightKeys()}}
	j.st.StreamTime = minTime
	j.tab = state.NewTable(tableJoinWords, 2, e.budget)
	j.tab.MaySpill()
	j.out = newOutColumns(n.Schema, len(n.Left.Out()), true, n.NeedsOld, &j.st)
	return j, nil
}

func (j *tableTable) Process(port int, b *vec.Batch, _ Emit) error {
	j.st.RowsIn += int64(b.Len())
	j.in.take(port, b)
	return nil
}

func (j *tableTable) End(emit Emit) error {
	err := j.in.runs(func(r run) error {
		key, all := pick(r.b.Cols, j.keys[r.port]), pointers(r.b.Cols)
		for _, row := range r.rows() {
			if anyNull(key, row) && j.env.ctx.Ksql {
				continue
			}
			if err := j.row(r.port, r.b, key, all, row); err != nil {
				return err
			}
			if err := j.out.w.full(emit); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := j.out.w.flush(emit); err != nil {
		return err
	}
	return j.env.budget.Err()
}

// present tells whether the join has a result when these sides have rows.
func present(kind planner.JoinKind, has int64) bool {
	switch kind {
	case planner.LeftJoin:
		return has&1 != 0
	case planner.RightJoin:
		return has&2 != 0
	case planner.FullJoin:
		return has != 0
	}
	return has == 3
}

// row takes one change in.
func (j *tableTable) row(side int, b *vec.Batch, key, all []*vec.Vec, row int32) error {
	bit := int64(1) << side
	gone := tomb(b, row)
	j.buf = encodeKey(j.buf[:0], b, key, row)
	if anyNull(key, row) { // it meets nothing, also no other NULL
		j.buf = append(j.buf, byte(side))
	}
	r := j.tab.FindKey(j.buf)
	if gone && (r == state.None || j.tab.Peek(r)[joinHas]&bit == 0) {
		return nil
	}
	if r == state.None {
		r, _ = j.tab.UpsertKey(j.buf)
	}
	words := j.tab.Words(r)
	before := words[joinHas]
	was := present(j.kind, before)
	if was && j.out.oldL != nil {
		j.was[0] = append(j.was[0][:0], j.tab.Blob(r, 0)...)
		j.was[1] = append(j.was[1][:0], j.tab.Blob(r, 1)...)
	}
	if gone {
		words[joinHas] &^= bit
		j.tab.SetBlob(r, side, nil)
	} else {
		words[joinHas] |= bit
		words[joinLeft+side] = b.Ts[row]
		j.buf = vec.EncodeRow(j.buf[:0], all, int(row))
		j.tab.SetBlob(r, side, j.buf)
	}
	ts := b.Ts[row]
	if words[joinHas]&^bit != 0 {
		ts = max(ts, words[joinLeft+1-side])
	}
	err := j.emitRow(r, b, key, row, before, was, ts)
	if words[joinHas] == 0 {
		j.tab.Delete(r)
	}
	return err
}

// emitRow writes the result of a key after a change.
func (j *tableTable) emitRow(r state.Row, b *vec.Batch, key []*vec.Vec, row int32, before int64, was bool, ts int64) error {
	has := j.tab.Peek(r)[joinHas]
	now := present(j.kind, has)
	if !now && !was {
		return nil
	}
	if was {
		j.out.w.markOld()
	}
	if err := j.oldRow(before, was); err != nil {
		return err
	}
	for s, out := range [2][]*vec.Builder{j.out.left, j.out.right} {
		var err error
		if now {
			err = stored(out, j.tab.Blob(r, s), has&(1<<s) != 0)
		} else {
			onlyKey(out, j.keys[s], key, row)
		}
		if err != nil {
			return err
		}
	}
	if !now {
		j.out.w.markTomb()
	}
	j.out.w.end(b.SeqAt(int(row)), ts)
	if b.Win != nil && b.WinEnd != nil {
		j.out.w.window(b.Win[row], b.WinEnd[row])
	}
	return nil
}

func (j *tableTable) oldRow(before int64, was bool) error {
	if j.out.oldL == nil {
		return nil
	}
	for s, out := range [2][]*vec.Builder{j.out.oldL, j.out.oldR} {
		if err := stored(out, j.was[s], was && before&(1<<s) != 0); err != nil {
			return err
		}
	}
	return nil
}

// onlyKey appends NULLs, and row of key at the columns at.
func onlyKey(out []*vec.Builder, at []int, key []*vec.Vec, row int32) {
	for c := range out {
		k := 0
		for k < len(at) && at[k] != c {
			k++
		}
		if k < len(at) {
			out[c].AppendFrom(key[k], int(row))
		} else {
			out[c].AppendNull()
		}
	}
}

func (j *tableTable) Freeze(f *state.Frozen) { f.Table(j.tab) }

func (j *tableTable) Load(in *state.Reader) { j.tab.Load(in) }

func (j *tableTable) Stats() Stats {
	st := j.st
	st.StateRows, st.StateBytes, st.Spilled = int64(j.tab.Len()), j.tab.Bytes(), j.tab.SpillStats()
	return st
}
