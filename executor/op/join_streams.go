package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// streamStream joins two streams within a time distance. A row looks the other
// side's buffer up, then goes into its own. Stream time is shared by both sides.
type streamStream struct {
	stateless
	sc       scope
	keys     [2][]*expr.Program
	keep     [2]bool // unmatched rows of the side are emitted
	eager    bool
	reach    [2][2]int64 // by side: how far before and after its time a partner may lie
	grace    int64
	retain   int64
	maxTime  [2]int64 // greatest time stored on the side
	schemas  [2]types.Schema
	residual *residual
	in       ports
	buf      *state.JoinBuffer
	out      outColumns
	windowed bool // rows carry windows, and so do stored ones, in front
	env      *env
	keyBuf   []byte
	rowBuf   []byte
	matches  []state.Row
}

func newStreamStream(n *planner.StreamStreamJoinNode, e *env) (Operator, error) {
	j := &streamStream{
		sc: newScope(e), eager: n.Eager, grace: n.Grace, env: e,
		reach:   [2][2]int64{{n.Before, n.After}, {n.After, n.Before}},
		retain:  plus(plus(n.Before, n.After), n.Grace),
		maxTime: [2]int64{minTime, minTime},
		buf:     state.NewJoinBuffer(e.budget),
	}
	j.buf.MaySpill()
	j.schemas = [2]types.Schema{n.Left.Out(), n.Right.Out()}
	j.keep[0] = n.Join == planner.LeftJoin || n.Join == planner.FullJoin
	j.keep[1] = n.Join == planner.RightJoin || n.Join == planner.FullJoin
	j.st.StreamTime = minTime
	j.out = newOutColumns(n.Schema, len(n.Left.Out()), false, false, &j.st)
	var err error
	for side, key := range [2][]expr.Node{n.LeftKey, n.RightKey} {
		if j.keys[side], err = compile(key); err != nil {
			return nil, err
		}
	}
	j.residual, err = newResidual(n.Residual, &j.sc)
	return j, err
}

func (j *streamStream) Process(port int, b *vec.Batch, _ Emit) error {
	j.st.RowsIn += int64(b.Len())
	j.in.take(port, b)
	return nil
}

func (j *streamStream) End(emit Emit) error {
	err := j.in.runs(func(r run) error {
		k, err := j.sc.evalKeys(j.keys[r.port], r.b, r.rows())
		if err != nil {
			return err
		}
		all := pointers(r.b.Cols)
		for _, row := range k.rows {
			if err := j.row(r.port, &k, all, row, emit); err != nil {
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

// row handles one row of a side. A NULL key matches nothing and does not move
// stream time.
func (j *streamStream) row(side int, k *keyed, all []*vec.Vec, row int32, emit Emit) error {
	b := k.b
	ts, seq := b.Ts[row], b.SeqAt(int(row))
	if anyNull(k.cols, row) {
		if j.keep[side] {
			return j.alone(side, b, row, emit)
		}
		return nil
	}
	j.st.StreamTime = max(j.st.StreamTime, ts)
	if !j.eager && ts == j.st.StreamTime {
		if err := j.flushPending(seq, emit); err != nil {
			return err
		}
	}
	j.keyBuf = encodeKey(j.keyBuf[:0], b, k.cols, row)
	from, to := less(ts, j.reach[side][0]), plus(ts, j.reach[side][1])
	other := 1 - side
	if j.maxTime[other] != minTime {
		from = max(from, less(j.maxTime[other], j.retain)+1)
	}
	j.matches = j.buf.Matches(other, j.keyBuf, from, to, j.matches[:0])
	found, err := j.pairs(side, b, row, emit)
	if err != nil {
		return err
	}
	pending := false
	if j.keep[side] && !found {
		if j.eager || j.vain(side, ts) {
			if err := j.alone(side, b, row, emit); err != nil {
				return err
			}
		} else {
			pending = true
		}
	}
	j.store(side, b, all, row, ts, seq, pending)
	return nil
}

// store puts a row into its side's buffer, unless it is behind the retention.
func (j *streamStream) store(side int, b *vec.Batch, all []*vec.Vec, row int32, ts int64, seq int32, pending bool) {
	j.maxTime[side] = max(j.maxTime[side], ts)
	gone := less(j.maxTime[side], j.retain) // times at or before this are forgotten
	j.rowBuf = vec.EncodeRow(j.window(j.rowBuf[:0], b, row), all, int(row))
	switch {
	case ts > gone:
		j.buf.Put(side, j.keyBuf, ts, j.rowBuf, pending)
	default:
		j.st.Late++
		j.sc.late(seq, ts, ts)
		if pending {
			j.buf.Hold(side, ts, j.rowBuf)
		}
	}
	if gone != minTime {
		j.buf.Expire(side, gone+1)
	}
}

// window writes the window of a row, if the streams have one.
func (j *streamStream) window(dst []byte, b *vec.Batch, row int32) []byte {
	j.windowed = b.Win != nil && b.WinEnd != nil
	if j.windowed {
		dst = state.AppendWord(state.AppendWord(dst, b.Win[row]), b.WinEnd[row])
	}
	return dst
}

// stored gives a stored row without its window.
func (j *streamStream) stored(row []byte) []byte {
	if j.windowed {
		return row[16:]
	}
	return row
}

// pairs writes the row's matches and tells whether there was one.
func (j *streamStream) pairs(side int, b *vec.Batch, row int32, emit Emit) (bool, error) {
	if j.residual != nil && len(j.matches) > 0 {
		if err := j.checkMatches(side, b, row); err != nil {
			return false, err
		}
	}
	for _, m := range j.matches {
		j.buf.Matched(m)
		mine, theirs := j.sides(side)
		copyRow(mine, b, row)
		if err := vec.DecodeRowInto(theirs, j.stored(j.buf.Row(m))); err != nil {
			return false, err
		}
		j.end(b, row, b.SeqAt(int(row)), max(b.Ts[row], j.buf.Time(m)))
		if err := j.out.w.full(emit); err != nil {
			return false, err
		}
	}
	return len(j.matches) > 0, nil
}

func (j *streamStream) sides(side int) (mine, theirs []*vec.Builder) {
	if side == 0 {
		return j.out.left, j.out.right
	}
	return j.out.right, j.out.left
}

func (j *streamStream) end(b *vec.Batch, row, seq int32, ts int64) {
	j.out.w.end(seq, ts)
	if b.Win != nil && b.WinEnd != nil {
		j.out.w.window(b.Win[row], b.WinEnd[row])
	}
}

// checkMatches keeps the matches that pass the residual condition.
func (j *streamStream) checkMatches(side int, b *vec.Batch, row int32) error {
	n := len(j.matches)
	cols := [2][]*vec.Builder{builders(j.schemas[0], n), builders(j.schemas[1], n)}
	try := &vec.Batch{N: n, Ts: make([]int64, n), Seq: make([]int32, n)}
	for i, m := range j.matches {
		copyRow(cols[side], b, row)
		if err := vec.DecodeRowInto(cols[1-side], j.stored(j.buf.Row(m))); err != nil {
			return err
		}
		try.Ts[i] = max(b.Ts[row], j.buf.Time(m))
		try.Seq[i] = b.SeqAt(int(row))
	}
	try.Cols = append(finish(cols[0]), finish(cols[1])...)
	pass, _, err := j.residual.passing(try, rowsOf(try))
	if err != nil {
		return err
	}
	for i, p := range pass {
		j.matches[i] = j.matches[p]
	}
	j.matches = j.matches[:len(pass)]
	return nil
}

// alone writes a row without a partner.
func (j *streamStream) alone(side int, b *vec.Batch, row int32, emit Emit) error {
	mine, theirs := j.sides(side)
	copyRow(mine, b, row)
	appendNulls(theirs)
	j.end(b, row, b.SeqAt(int(row)), b.Ts[row])
	return j.out.w.full(emit)
}

// flushPending emits the rows that can find no partner any more.
func (j *streamStream) flushPending(seq int32, emit Emit) error {
	if !j.buf.Pending() {
		return nil
	}
	return j.buf.Flush(j.hopeless(j.st.StreamTime), false, func(side int, t int64, row []byte) error {
		return j.lone(side, t, row, seq, emit)
	})
}

// hopeless is, by side, before which time a row waits in vain at time now.
func (j *streamStream) hopeless(now int64) [2]int64 {
	var bounds [2]int64
	for side := range bounds {
		bounds[side] = less(less(now, j.grace), j.reach[side][1])
	}
	return bounds
}

// vain tells whether a row that comes now without a partner is sent alone at
// once: when it can find none any more. ksqlDB does not give an out-of-order row
// the grace period that the others have.
func (j *streamStream) vain(side int, ts int64) bool {
	if j.env.ctx.Ksql {
		return plus(ts, j.reach[side][1]) < j.st.StreamTime
	}
	return ts < j.hopeless(j.st.StreamTime)[side]
}

// lone writes a stored row without a partner.
func (j *streamStream) lone(side int, t int64, row []byte, seq int32, emit Emit) error {
	mine, theirs := j.sides(side)
	if err := vec.DecodeRowInto(mine, j.stored(row)); err != nil {
		return err
	}
	appendNulls(theirs)
	j.out.w.end(seq, t)
	if j.windowed {
		win := state.NewReader(row)
		j.out.w.window(win.Word(), win.Word())
	}
	return j.out.w.full(emit)
}

// Due tells whether a row waits in vain.
func (j *streamStream) Due(now int64) bool {
	return !j.eager && j.buf.Waiting(j.hopeless(now))
}

// Tick emits the rows that wait in vain, and forgets them: what comes later is
// no match. Stream time becomes the moment when a row would have sent the last.
func (j *streamStream) Tick(now int64, emit Emit) error {
	if !j.Due(now) {
		return nil
	}
	err := j.buf.Flush(j.hopeless(now), true, func(side int, t int64, row []byte) error {
		over := plus(plus(plus(t, j.reach[side][1]), j.grace), 1)
		j.st.StreamTime = max(j.st.StreamTime, over)
		return j.lone(side, t, row, 0, emit)
	})
	if err != nil {
		return err
	}
	return j.out.w.flush(emit)
}

func (j *streamStream) Freeze(f *state.Frozen) {
	windowed := int64(0)
	if j.windowed {
		windowed = 1
	}
	b := state.AppendWord(state.AppendWord(nil, j.st.StreamTime), windowed)
	f.Bytes(state.AppendWord(state.AppendWord(b, j.maxTime[0]), j.maxTime[1]))
	f.Join(j.buf)
}

func (j *streamStream) Load(in *state.Reader) {
	j.st.StreamTime = in.Word()
	j.windowed = in.Word() != 0
	j.maxTime[0], j.maxTime[1] = in.Word(), in.Word()
	j.buf.Load(in)
}

func (j *streamStream) Stats() Stats {
	st := j.st
	st.StateRows, st.StateBytes = int64(j.buf.Len()), j.buf.Bytes()
	st.Spilled = j.buf.SpillStats()
	return st
}
