package op

import (
	"bytes"
	"slices"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// foreign joins a table (left) with the table (right) whose key an expression
// over the left row names. The result's key is the left one. A change of a
// right row gives one output for each left row that points at it.
type foreign struct {
	stateless
	sc     scope
	outer  bool
	skip   bool // right rows that come again as they were
	fk     []*expr.Program
	keys   [2][]int
	lefts  *state.Table // blob 0: the row
	rights *state.Table // keys of right rows and of left rows' pointers; blob 0: the row
	schema types.Schema // of the left side
	in     ports
	out    outColumns
	env    *env
	buf    []byte
	fkBuf  []byte
	wasR   []byte
	refs   []state.Row
}

// Words of a left row. A pointer of 0 is none, otherwise a row + 1.
const (
	leftTs = iota
	leftPrev
	leftNext
	leftRef // row in rights that it points at
	leftWords
)

// Words of a row of rights.
const (
	rightTs = iota
	rightHas
	rightRefs // first left row that points here
	rightWords
)

func newForeign(n *planner.TableTableJoinNode, e *env) (Operator, error) {
	if n.Join != planner.InnerJoin && n.Join != planner.LeftJoin {
		return nil, sqlerr.Unsupported("RIGHT or FULL JOIN on a foreign key")
	}
	j := &foreign{
		sc: newScope(e), outer: n.Join == planner.LeftJoin, skip: n.SkipSame, env: e,
		keys: [2][]int{n.Left.Keys(), n.Right.Keys()}, schema: n.Left.Out(),
		lefts:  state.NewTable(leftWords, 1, e.budget),
		rights: state.NewTable(rightWords, 1, e.budget),
	}
	j.st.StreamTime = minTime
	j.out = newOutColumns(n.Schema, len(j.schema), true, n.NeedsOld, &j.st)
	var err error
	j.fk, err = compile(n.ForeignKey)
	return j, err
}

func (j *foreign) Process(port int, b *vec.Batch, _ Emit) error {
	j.st.RowsIn += int64(b.Len())
	j.in.take(port, b)
	return nil
}

func (j *foreign) End(emit Emit) error {
	err := j.in.runs(func(r run) error {
		if r.port == 0 {
			return j.leftRun(r, emit)
		}
		return j.rightRun(r, emit)
	})
	if err != nil {
		return err
	}
	if err := j.out.w.flush(emit); err != nil {
		return err
	}
	return j.env.budget.Err()
}

// leftRun takes changes of the left table in. A row whose pointer fails to
// evaluate is reported and counts as deleted.
func (j *foreign) leftRun(r run, emit Emit) error {
	key, all := pick(r.b.Cols, j.keys[0]), pointers(r.b.Cols)
	fresh := []int32{}
	for _, row := range r.rows() {
		if !tomb(r.b, row) && !j.nameless(key, row) {
			fresh = append(fresh, row)
		}
	}
	k, err := j.sc.evalKeys(j.fk, r.b, fresh)
	if err != nil {
		return err
	}
	live := flags(r.b.N, k.rows)
	for _, row := range r.rows() {
		if j.nameless(key, row) {
			continue
		}
		j.buf = encodeKey(j.buf[:0], r.b, key, row)
		if live.Get(int(row)) {
			err = j.upsertLeft(r.b, key, all, k.cols, row)
		} else {
			err = j.deleteLeft(r.b, key, row)
		}
		if err != nil {
			return err
		}
		if err := j.out.w.full(emit); err != nil {
			return err
		}
	}
	return nil
}

// nameless tells whether a left row has no identity: in ksqlDB's meaning one with
// a NULL in its key.
func (j *foreign) nameless(key []*vec.Vec, row int32) bool {
	return j.env.ctx.Ksql && anyNull(key, row)
}

func (j *foreign) upsertLeft(b *vec.Batch, key, all, fk []*vec.Vec, row int32) error {
	l, fresh := j.lefts.UpsertKey(j.buf)
	had := !fresh && j.hasResult(l)
	if err := j.oldLeft(l, had); err != nil {
		return err
	}
	j.detach(l)
	words := j.lefts.Words(l)
	words[leftTs] = b.Ts[row]
	j.buf = vec.EncodeRow(j.buf[:0], all, int(row))
	j.lefts.SetBlob(l, 0, j.buf)
	matched := state.None
	if !anyNull(fk, row) {
		j.fkBuf = vec.EncodeKey(j.fkBuf[:0], fk, int(row))
		r := j.attach(l, j.fkBuf)
		if j.rights.Peek(r)[rightHas] != 0 {
			matched = r
		}
	}
	ts, seq := b.Ts[row], b.SeqAt(int(row))
	switch {
	case matched != state.None:
		copyRow(j.out.left, b, row)
		ts = max(ts, j.rights.Peek(matched)[rightTs])
		if err := vec.DecodeRowInto(j.out.right, j.rights.Blob(matched, 0)); err != nil {
			return err
		}
	case j.outer:
		copyRow(j.out.left, b, row)
		appendNulls(j.out.right)
	case !fresh:
		j.tombstone(key, row)
	default:
		return j.undoOld()
	}
	j.out.w.end(seq, ts)
	return nil
}

// undoOld takes back the old columns of a row that gives no output: they are
// written before it is known, and only for a new left row are they NULL.
func (j *foreign) undoOld() error {
	if j.out.oldL == nil {
		return nil
	}
	appendNulls(j.out.left)
	appendNulls(j.out.right)
	j.out.w.drop()
	return nil
}

func (j *foreign) deleteLeft(b *vec.Batch, key []*vec.Vec, row int32) error {
	l := j.lefts.FindKey(j.buf)
	if l == state.None {
		return nil
	}
	if err := j.oldLeft(l, j.hasResult(l)); err != nil {
		return err
	}
	j.detach(l)
	j.lefts.Delete(l)
	j.tombstone(key, row)
	j.out.w.end(b.SeqAt(int(row)), b.Ts[row])
	return nil
}

// tombstone writes the columns of a deleted result.
func (j *foreign) tombstone(key []*vec.Vec, row int32) {
	onlyKey(j.out.left, j.keys[0], key, row)
	appendNulls(j.out.right)
	j.out.w.markTomb()
}

// hasResult tells whether a left row has a result now.
func (j *foreign) hasResult(l state.Row) bool {
	ref := j.lefts.Peek(l)[leftRef]
	return j.outer || (ref != 0 && j.rights.Peek(state.Row(ref - 1))[rightHas] != 0)
}

// oldLeft writes the old value of a left row's result.
func (j *foreign) oldLeft(l state.Row, had bool) error {
	if had {
		j.out.w.markOld()
	}
	if j.out.oldL == nil {
		return nil
	}
	if !had {
		appendNulls(j.out.oldL)
		appendNulls(j.out.oldR)
		return nil
	}
	if err := vec.DecodeRowInto(j.out.oldL, j.lefts.Blob(l, 0)); err != nil {
		return err
	}
	ref := j.lefts.Peek(l)[leftRef]
	if ref == 0 {
		appendNulls(j.out.oldR)
		return nil
	}
	r := state.Row(ref - 1)
	return stored(j.out.oldR, j.rights.Blob(r, 0), j.rights.Peek(r)[rightHas] != 0)
}

// attach points a left row at a key of the right side.
func (j *foreign) attach(l state.Row, fk []byte) state.Row {
	r, _ := j.rights.UpsertKey(fk)
	words, right := j.lefts.Words(l), j.rights.Words(r)
	words[leftRef], words[leftPrev], words[leftNext] = int64(r)+1, 0, right[rightRefs]
	if next := right[rightRefs]; next != 0 {
		j.lefts.Words(state.Row(next - 1))[leftPrev] = int64(l) + 1
	}
	right[rightRefs] = int64(l) + 1
	return r
}

// detach takes a left row's pointer away.
func (j *foreign) detach(l state.Row) {
	words := j.lefts.Words(l)
	if words[leftRef] == 0 {
		return
	}
	r := state.Row(words[leftRef] - 1)
	right := j.rights.Words(r)
	if p := words[leftPrev]; p != 0 {
		j.lefts.Words(state.Row(p - 1))[leftNext] = words[leftNext]
	} else {
		right[rightRefs] = words[leftNext]
	}
	if n := words[leftNext]; n != 0 {
		j.lefts.Words(state.Row(n - 1))[leftPrev] = words[leftPrev]
	}
	words[leftRef], words[leftPrev], words[leftNext] = 0, 0, 0
	if right[rightRefs] == 0 && right[rightHas] == 0 {
		j.rights.Delete(r)
	}
}

// rightRun takes changes of the right table in.
func (j *foreign) rightRun(r run, emit Emit) error {
	key, all := pick(r.b.Cols, j.keys[1]), pointers(r.b.Cols)
	for _, row := range r.rows() {
		if anyNull(key, row) {
			continue
		}
		j.fkBuf = vec.EncodeKey(j.fkBuf[:0], key, int(row))
		if err := j.rightRow(r.b, all, row, emit); err != nil {
			return err
		}
	}
	return nil
}

func (j *foreign) rightRow(b *vec.Batch, all []*vec.Vec, row int32, emit Emit) error {
	gone := tomb(b, row)
	r := j.rights.FindKey(j.fkBuf)
	if gone && (r == state.None || j.rights.Peek(r)[rightHas] == 0) {
		return nil
	}
	if r == state.None {
		r, _ = j.rights.UpsertKey(j.fkBuf)
	}
	words := j.rights.Words(r)
	had := words[rightHas] != 0
	j.wasR = append(j.wasR[:0], j.rights.Blob(r, 0)...)
	if gone {
		words[rightHas] = 0
		j.rights.SetBlob(r, 0, nil)
	} else {
		words[rightHas], words[rightTs] = 1, b.Ts[row]
		j.buf = vec.EncodeRow(j.buf[:0], all, int(row))
		j.rights.SetBlob(r, 0, j.buf)
		if j.skip && had && bytes.Equal(j.wasR, j.buf) {
			return nil
		}
	}
	for _, l := range j.pointing(words[rightRefs]) {
		if err := j.fromRight(l, r, had, gone, b, row); err != nil {
			return err
		}
		if err := j.out.w.full(emit); err != nil {
			return err
		}
	}
	if gone && words[rightRefs] == 0 {
		j.rights.Delete(r)
	}
	return nil
}

// pointing lists the left rows of a chain by key.
func (j *foreign) pointing(first int64) []state.Row {
	j.refs = j.refs[:0]
	for at := first; at != 0; at = j.lefts.Peek(state.Row(at - 1))[leftNext] {
		j.refs = append(j.refs, state.Row(at-1))
	}
	slices.SortFunc(j.refs, func(a, b state.Row) int { return bytes.Compare(j.lefts.Key(a), j.lefts.Key(b)) })
	return j.refs
}

// fromRight writes the result of a left row after its right row changed.
func (j *foreign) fromRight(l, r state.Row, had, gone bool, b *vec.Batch, row int32) error {
	left := j.lefts.Blob(l, 0)
	if had || j.outer {
		j.out.w.markOld()
	}
	if j.out.oldL != nil {
		if err := stored(j.out.oldL, left, had || j.outer); err != nil {
			return err
		}
		if err := stored(j.out.oldR, j.wasR, had); err != nil {
			return err
		}
	}
	switch {
	case !gone:
		if err := vec.DecodeRowInto(j.out.right, j.rights.Blob(r, 0)); err != nil {
			return err
		}
	case j.outer:
		appendNulls(j.out.right)
	default:
		if err := j.storedTombstone(left); err != nil {
			return err
		}
		j.out.w.end(b.SeqAt(int(row)), max(b.Ts[row], j.lefts.Peek(l)[leftTs]))
		return nil
	}
	if err := vec.DecodeRowInto(j.out.left, left); err != nil {
		return err
	}
	j.out.w.end(b.SeqAt(int(row)), max(b.Ts[row], j.lefts.Peek(l)[leftTs]))
	return nil
}

// storedTombstone is tombstone of a stored left row.
func (j *foreign) storedTombstone(left []byte) error {
	bs := builders(j.schema, 1)
	if err := vec.DecodeRowInto(bs, left); err != nil {
		return err
	}
	cols := finish(bs)
	j.tombstone(pick(cols, j.keys[0]), 0)
	return nil
}
