package op

import (
	"slices"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/vec"
)

// sessions is GROUP BY in session windows, over a stream. A row joins all live
// sessions of its key within the gap into one. EMIT CHANGES gives a tombstone
// for each session that went into another, then the merged one; EMIT FINAL
// gives each session once, when it can grow no more.
type sessions struct {
	stateless
	*folder
	spec    planner.WindowSpec
	final   bool
	store   *state.SessionStore
	out     *writer
	env     *env
	maxEnd  int64 // greatest end stored: what is a retention behind it is gone
	in      folded
	touched []state.Row
	ended   []state.Row
	cut
	closing ending
}

func newSessions(n *planner.AggregateNode, e *env) (Operator, error) {
	f, err := newFolder(n, e, false)
	if err != nil {
		return nil, err
	}
	if f.groupBlob < 0 { // tombstones and closing sessions show stored group values
		f.groupBlob = f.blobs
		f.blobs++
	}
	s := &sessions{folder: f, spec: *n.Window, final: n.Final, env: e, maxEnd: minTime, cut: cut{of: e.ctx}}
	s.st.StreamTime = minTime
	s.store = state.NewSessionStore(f.words, f.blobs, e.budget)
	s.store.MaySpill()
	s.closing = newEnding(f, e.budget)
	s.out = newWriter(n.Schema, true, n.NeedsOld, &s.st)
	return s, nil
}

func (s *sessions) Process(_ int, b *vec.Batch, emit Emit) error {
	s.st.RowsIn += int64(b.Len())
	if err := s.prepare(b, rowsOf(b), false, &s.in); err != nil {
		return err
	}
	s.store.Want(&s.in.keys)
	for j, r := range s.in.rows {
		s.st.StreamTime = max(s.st.StreamTime, b.Ts[r])
		if err := s.row(j, emit); err != nil {
			return err
		}
		if err := s.expire(b.SeqAt(int(r)), emit); err != nil {
			return err
		}
	}
	if err := s.out.flush(emit); err != nil {
		return err
	}
	return s.env.budget.Err()
}

// row folds row j of the batch.
func (s *sessions) row(j int, emit Emit) error {
	r := s.in.rows[j]
	ts, seq, key := s.in.b.Ts[r], s.in.b.SeqAt(int(r)), s.in.keys.Key(j)
	start, end := s.overlap(key, ts)
	if end < less(less(s.st.StreamTime, s.spec.Grace), s.spec.Gap) {
		s.st.Late++
		s.sc.late(seq, ts, start)
		return nil
	}
	if start == end && len(s.touched) == 1 {
		return s.again(j, s.touched[0], seq, emit)
	}
	fresh, err := s.merge(j)
	if err != nil {
		s.sc.fail(seq, err)
		return nil
	}
	if start != end {
		for _, old := range s.touched {
			if err := s.tombstone(old, seq, emit); err != nil {
				return err
			}
		}
	}
	for _, old := range s.touched {
		s.store.Remove(old)
	}
	s.store.Link(fresh, key, start, end)
	s.maxEnd = max(s.maxEnd, end)
	if s.final {
		return nil
	}
	if s.out.old != nil {
		appendNulls(s.out.old)
	}
	return s.write(fresh, seq, emit)
}

// overlap puts the live sessions within the gap of ts into touched and gives
// the bounds of their union with it.
func (s *sessions) overlap(key []byte, ts int64) (start, end int64) {
	start, end = ts, ts
	s.touched = s.touched[:0]
	gone := int64(minTime) // ends at or before this are out of sight
	if !s.final {
		gone = less(s.maxEnd, s.spec.Retention)
	}
	for r := s.store.Find(key); r != state.None; r = s.store.Next(r) {
		from, to := s.store.Span(r)
		if from > plus(ts, s.spec.Gap) {
			break
		}
		if to < less(ts, s.spec.Gap) || to <= gone {
			continue
		}
		s.touched = append(s.touched, r)
		start, end = min(start, from), max(end, to)
	}
	return start, end
}

// merge makes a session of the touched ones and row j. Merge takes its source
// for older than its destination, so the last session goes in first.
func (s *sessions) merge(j int) (state.Row, error) {
	fresh := s.store.Alloc()
	s.start(s.store, fresh, &s.in, j)
	if len(s.touched) > 0 {
		s.store.SetBlob(fresh, s.groupBlob, s.store.Blob(s.touched[0], s.groupBlob))
	}
	for _, old := range slices.Backward(s.touched) {
		if err := s.mergeOne(fresh, old); err != nil {
			s.store.Drop(fresh)
			return 0, err
		}
	}
	if err := s.add(s.store, fresh, &s.in, j, false); err != nil {
		s.store.Drop(fresh)
		return 0, err
	}
	return fresh, nil
}

func (s *sessions) mergeOne(dst, src state.Row) error {
	s.at(s.store, dst)
	from := rowBlobs{in: s.store, row: src}
	d, w := s.store.Words(dst), s.store.Words(src)
	for i := range s.calls {
		c := &s.calls[i]
		if err := c.kernel.Merge(s.ctx.Env, c.slots(d, &s.slots), c.slots(w, &from)); err != nil {
			return err
		}
	}
	d[groupTs] = max(d[groupTs], w[groupTs])
	d[groupLive] += w[groupLive] - 1
	return nil
}

// again folds a row into the session of one instant that it equals.
func (s *sessions) again(j int, r state.Row, seq int32, emit Emit) error {
	if !s.final {
		s.out.markOld()
		if s.out.old != nil {
			if err := s.values(s.store, r, s.out.old); err != nil {
				return err
			}
		}
	}
	if err := s.add(s.store, r, &s.in, j, false); err != nil {
		s.sc.fail(seq, err)
		if s.final {
			return nil
		}
		appendNulls(s.out.cols)
		s.out.drop()
		s.out.window(0, 0)
		return nil
	}
	if s.final {
		return nil
	}
	return s.write(r, seq, emit)
}

func (s *sessions) values(rows groupRows, r state.Row, out []*vec.Builder) error {
	n := len(s.groupTypes)
	s.results(rows, r, out[n:])
	return vec.DecodeRowInto(out[:n], rows.Blob(r, s.groupBlob))
}

// write emits a session; its time is its end.
func (s *sessions) write(r state.Row, seq int32, emit Emit) error {
	start, end := s.store.Span(r)
	return s.writeOf(s.store, r, start, end, seq, emit)
}

func (s *sessions) writeOf(rows groupRows, r state.Row, start, end int64, seq int32, emit Emit) error {
	if err := s.values(rows, r, s.out.cols); err != nil {
		return err
	}
	s.out.end(seq, end)
	s.out.window(start, end)
	return s.out.full(emit)
}

// tombstone emits the end of a session that went into another.
func (s *sessions) tombstone(r state.Row, seq int32, emit Emit) error {
	if s.final {
		return nil
	}
	n := len(s.groupTypes)
	s.out.markTomb()
	s.out.markOld()
	if s.out.old != nil {
		if err := s.values(s.store, r, s.out.old); err != nil {
			return err
		}
	}
	if err := vec.DecodeRowInto(s.out.cols[:n], s.store.Blob(r, s.groupBlob)); err != nil {
		return err
	}
	appendNulls(s.out.cols[n:])
	start, end := s.store.Span(r)
	s.out.end(seq, end)
	s.out.window(start, end)
	return s.out.full(emit)
}

// expire removes the sessions that no row can reach any more; EMIT FINAL emits
// them, by end, start and key.
func (s *sessions) expire(seq int32, emit Emit) error {
	bound := s.overBefore(s.st.StreamTime)
	if !s.final {
		if bound = less(s.maxEnd, s.spec.Retention); bound == minTime {
			return nil
		}
		bound++
	}
	return s.end(bound, seq, emit)
}

// overBefore is the bound of the sessions' ends that are over at time now.
func (s *sessions) overBefore(now int64) int64 { return less(less(now, s.spec.Grace), s.spec.Gap) }

func (s *sessions) end(bound int64, seq int32, emit Emit) error {
	for more := true; more; {
		s.ended, more = s.store.Ended(bound, s.ended[:0])
		for _, r := range s.ended {
			if s.final {
				_, end := s.store.Span(r)
				s.st.StreamTime = max(s.st.StreamTime, plus(plus(plus(end, s.spec.Gap), s.spec.Grace), 1))
				s.closing.add(s.folder, s.store, r, seq)
			}
			s.store.Remove(r)
		}
		if more {
			if err := s.env.budget.RelieveBy(s.closing.rows); err != nil {
				return err
			}
		}
	}
	return s.drain(emit)
}

// Due tells whether a session that waits for EMIT FINAL can grow no more.
func (s *sessions) Due(now int64) bool {
	if !s.final {
		return false
	}
	end, ok := s.store.FirstEnd()
	return ok && end < s.overBefore(now)
}

// Tick closes the sessions that are over. Stream time becomes the moment when a
// row would have closed the last of them.
func (s *sessions) Tick(now int64, emit Emit) error {
	if !s.Due(now) {
		return nil
	}
	if err := s.end(s.overBefore(now), 0, emit); err != nil {
		return err
	}
	return s.out.flush(emit)
}

func (s *sessions) Freeze(f *state.Frozen) {
	f.Bytes(state.AppendWord(state.AppendWord(nil, s.st.StreamTime), s.maxEnd))
	f.Sessions(s.store)
}

func (s *sessions) Load(in *state.Reader) {
	s.st.StreamTime, s.maxEnd = in.Word(), in.Word()
	s.store.Load(in)
}

func (s *sessions) Stats() Stats {
	st := s.st
	st.StateRows = int64(s.store.Len() + s.closing.rows.Len())
	st.StateBytes = s.store.Bytes() + s.closing.rows.Bytes()
	st.Spilled = s.store.SpillStats().Plus(s.closing.rows.SpillStats())
	return st
}
