package op

import (
	"encoding/binary"
	"math"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/vec"
)

// closer is an operator that gives out closed windows, and may stop at any row of
// them: it goes on before it or anything below it takes other rows.
type closer interface {
	// bound says that it is to stop when the context's rows for the step are used up.
	bound()
	// pending tells whether it has stopped, and resume goes on.
	pending() bool
	resume(emit Emit) error
}

// cut is what closers share.
type cut struct {
	of      *Ctx
	bounded bool
}

func (c *cut) bound() { c.bounded = true }

// room is how many rows may come out of closed windows yet.
func (c *cut) room() int {
	if c.bounded && c.of.MaxClose > 0 {
		return c.of.left
	}
	return math.MaxInt
}

// bind lets an operator stop between the rows of closed windows when that changes
// no order: when what it gives goes up through operators that read nothing else.
func (p *placed) bind() {
	c, ok := p.op.(closer)
	for at := p.parent; ok && at != nil; at = at.parent {
		ok = len(at.node.Inputs()) == 1
	}
	if ok {
		c.bound()
	}
}

// stopped is the operator nearest the root that has stopped; nil when none has.
func (t *Tree) stopped() *placed {
	for i := len(t.ops) - 1; i >= 0; i-- {
		if c, ok := t.ops[i].op.(closer); ok && c.pending() {
			return t.ops[i]
		}
	}
	return nil
}

// More tells whether a step has left closed windows that Resume is to give out
// before the next Step, Tick or Freeze.
func (t *Tree) More() bool { return t.stopped() != nil }

// Resume goes on with closed windows, up to Ctx.MaxClose rows. Rows and failures
// carry the Seq of the step that closed them.
func (t *Tree) Resume() ([]*vec.Batch, error) {
	from := t.begin()
	for p := t.stopped(); p != nil && t.ctx.left > 0; p = t.stopped() {
		if err := p.op.(closer).resume(p.emit); err != nil {
			return nil, err
		}
	}
	return t.finish(from)
}

// closing is a closed window of EMIT FINAL whose groups are to come out behind row seq.
type closing struct {
	start int64
	seq   int32
	lost  bool // they do not
}

func (w *windowed) pending() bool { return len(w.closing) > 0 }

func (w *windowed) resume(emit Emit) error {
	if err := w.drain(emit); err != nil {
		return err
	}
	return w.out.flush(emit)
}

// drain gives out closed windows, each whole before the next, and drops them.
func (w *windowed) drain(emit Emit) error {
	for len(w.closing) > 0 {
		if c := w.closing[0]; !c.lost {
			if done, err := w.emitWindow(c, emit); err != nil || !done {
				return err
			}
		}
		w.dropOldest()
		w.closing, w.cursor = w.closing[1:], nil
	}
	w.closing = nil
	return nil
}

// emitWindow writes the groups of a closed window in the order of their keys, as
// many as there is room for.
func (w *windowed) emitWindow(c closing, emit Emit) (done bool, err error) {
	if w.cursor == nil {
		_, tab, _ := w.store.Oldest()
		w.cursor = tab.Cursor()
	}
	n := len(w.groupTypes)
	return w.cursor.Next(w.room(), func(tab *state.Table, r state.Row) error {
		words := tab.Words(r)
		if words[groupLive] == 0 {
			return nil
		}
		w.of.left--
		if err := vec.DecodeRowInto(w.out.cols[:n], tab.Blob(r, w.groupBlob)); err != nil {
			return err
		}
		if w.out.old != nil {
			appendNulls(w.out.old)
		}
		w.results(tab, r, w.out.cols[n:])
		w.out.end(c.seq, words[groupTs])
		w.out.window(c.start, plus(c.start, w.spec.Size))
		return w.out.full(emit)
	})
}

// ending are sessions of EMIT FINAL that are to come out, in this order: rows as
// they were, with the row of the input that each is to follow and its bounds.
type ending struct {
	rows       *state.Table // by number
	head, tail uint64
	words      int
	key        []byte
}

func newEnding(f *folder, budget *state.Budget) ending {
	e := ending{rows: state.NewTable(f.words+3, f.blobs, budget), words: f.words}
	e.rows.MaySpill()
	return e
}

func (e *ending) number(n uint64) []byte {
	e.key = binary.BigEndian.AppendUint64(e.key[:0], n)
	return e.key
}

// add copies a session to the end.
func (e *ending) add(f *folder, from *state.SessionStore, r state.Row, seq int32) {
	to, _ := e.rows.UpsertKey(e.number(e.tail))
	e.tail++
	words := e.rows.Words(to)
	copy(words, from.Words(r))
	start, end := from.Span(r)
	words[e.words], words[e.words+1], words[e.words+2] = int64(seq), start, end
	for i := range f.blobs {
		e.rows.SetBlob(to, i, from.Blob(r, i))
	}
}

// drop forgets the first session, which is in row r.
func (e *ending) drop(r state.Row) {
	e.rows.Delete(r)
	if e.head++; e.head == e.tail {
		e.rows.Reset()
		e.head, e.tail = 0, 0
	}
}

func (s *sessions) pending() bool { return s.closing.head < s.closing.tail }

func (s *sessions) resume(emit Emit) error {
	if err := s.drain(emit); err != nil {
		return err
	}
	return s.out.flush(emit)
}

// drain gives out ended sessions, as many as there is room for.
func (s *sessions) drain(emit Emit) error {
	for e := &s.closing; s.pending() && s.room() > 0; {
		r := e.rows.FindKey(e.number(e.head))
		if r == state.None {
			if err := s.env.budget.Err(); err != nil {
				return err
			}
			panic("BUG: E1: an ended session is gone")
		}
		s.of.left--
		if s.out.old != nil {
			appendNulls(s.out.old)
		}
		at := e.rows.Peek(r)[e.words:]
		if err := s.writeOf(e.rows, r, at[1], at[2], int32(at[0]), emit); err != nil {
			return err
		}
		e.drop(r)
	}
	return nil
}
