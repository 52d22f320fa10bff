package op

import (
	"sort"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/vec"
)

// windowed is GROUP BY in tumbling or hopping windows, over a stream. EMIT
// CHANGES gives one output for each row and accepted window; EMIT FINAL gives
// each group once, when stream time passes the window's end and grace.
type windowed struct {
	stateless
	*folder
	spec     planner.WindowSpec
	final    bool
	store    *state.WindowStore
	values   *state.WindowStore // the value sets of DISTINCT
	out      *writer
	env      *env
	maxStart int64 // greatest accepted window start
	in       folded
	hits     []hit
	wins     []winHits
	marks    []mark
	rows     []state.Row
	cut
	closing []closing     // closed windows, the oldest of the store
	cursor  *state.Cursor // in the first of them
}

// hit is one row in one accepted window.
type hit struct {
	j   int32 // position in folded.rows
	win int32 // position in wins
	row state.Row
}

// winHits are the hits of one window of the batch.
type winHits struct {
	start int64
	tab   *state.Table
	keys  []int32 // positions in folded.rows
	hits  []int32 // positions in hits, parallel to keys
}

// mark is a row that moved stream time on.
type mark struct {
	seq            int32
	time, maxStart int64
}

func newWindowed(n *planner.AggregateNode, e *env) (Operator, error) {
	f, err := newFolder(n, e, true)
	if err != nil {
		return nil, err
	}
	w := &windowed{folder: f, spec: *n.Window, final: n.Final, env: e, maxStart: minTime, cut: cut{of: e.ctx}}
	if w.spec.Type == planner.Tumbling {
		w.spec.Advance = w.spec.Size
	}
	w.st.StreamTime = minTime
	w.store = state.NewWindowStore(f.words, f.blobs, e.budget)
	w.values = state.NewWindowStore(0, 0, e.budget)
	w.store.MaySpill()
	w.values.MaySpill()
	w.out = newWriter(n.Schema, true, n.NeedsOld, &w.st)
	return w, nil
}

func (w *windowed) Process(_ int, b *vec.Batch, emit Emit) error {
	w.st.RowsIn += int64(b.Len())
	if err := w.prepare(b, rowsOf(b), false, &w.in); err != nil {
		return err
	}
	w.assign()
	w.lookup()
	for i := range w.hits {
		if err := w.change(&w.hits[i], emit); err != nil {
			return err
		}
	}
	if err := w.close(w.st.StreamTime, emit); err != nil {
		return err
	}
	if err := w.out.flush(emit); err != nil {
		return err
	}
	return w.env.budget.Err()
}

// firstWindow is the start of the earliest window that holds ts. As in Kafka
// Streams no window of a record from after 1970 starts before it.
func firstWindow(ts, size, advance int64) int64 {
	first := less(ts, size-advance)
	if ts >= 0 && first < 0 {
		return 0
	}
	return floorTo(first, advance)
}

// floorTo is the greatest multiple of step at or below x.
func floorTo(x, step int64) int64 {
	r := x % step
	if r < 0 {
		r += step
	}
	return less(x, r)
}

// assign walks the rows in order, moves stream time and finds the windows that
// still accept each row.
func (w *windowed) assign() {
	w.hits, w.wins, w.marks = w.hits[:0], w.wins[:0], w.marks[:0]
	b := w.in.b
	for j, r := range w.in.rows {
		ts := b.Ts[r]
		moved := ts > w.st.StreamTime
		w.st.StreamTime = max(w.st.StreamTime, ts)
		open := less(w.st.StreamTime, w.spec.Grace) // ends at or before this are closed
		for start := firstWindow(ts, w.spec.Size, w.spec.Advance); start <= ts; start += w.spec.Advance {
			if plus(start, w.spec.Size) <= open {
				w.st.Late++
				w.sc.late(b.SeqAt(int(r)), ts, start)
			} else {
				w.hit(int32(j), start)
			}
			if start > start+w.spec.Advance {
				break
			}
		}
		if moved && w.final {
			w.marks = append(w.marks, mark{b.SeqAt(int(r)), w.st.StreamTime, w.maxStart})
		}
	}
}

// hit enters row j into the window. The windows of a row follow each other, as
// do those of neighbouring rows, so the next or the last one is tried first.
func (w *windowed) hit(j int32, start int64) {
	w.maxStart = max(w.maxStart, start)
	k := -1
	if n := len(w.hits); n > 0 {
		last := int(w.hits[n-1].win)
		for _, try := range [3]int{last, last + 1, 0} {
			if try < len(w.wins) && w.wins[try].start == start {
				k = try
				break
			}
		}
	}
	for i := 0; k < 0 && i < len(w.wins); i++ {
		if w.wins[i].start == start {
			k = i
		}
	}
	if k < 0 {
		k = len(w.wins)
		if k < cap(w.wins) {
			w.wins = w.wins[:k+1]
			w.wins[k].keys, w.wins[k].hits = w.wins[k].keys[:0], w.wins[k].hits[:0]
		} else {
			w.wins = append(w.wins, winHits{})
		}
		w.wins[k].start = start
	}
	at := &w.wins[k]
	at.keys = append(at.keys, j)
	at.hits = append(at.hits, int32(len(w.hits)))
	w.hits = append(w.hits, hit{j: j, win: int32(k)})
}

// lookup finds or makes the group of every hit, window by window.
func (w *windowed) lookup() {
	for k := range w.wins {
		at := &w.wins[k]
		at.tab = w.store.Window(at.start, true)
		w.rows = sized(w.rows, len(at.keys))
		at.tab.Upsert(&w.in.keys, at.keys, w.rows)
		for i, h := range at.hits {
			w.hits[h].row = w.rows[i]
		}
	}
}

// change folds one row into one window's group.
func (w *windowed) change(h *hit, emit Emit) error {
	at := &w.wins[h.win]
	j := int(h.j)
	if w.sets {
		w.distinct.set = w.values.Window(at.start, true)
	}
	words := at.tab.Words(h.row)
	was := words[groupLive] != 0
	if !was {
		w.start(at.tab, h.row, &w.in, j)
	}
	seq := w.in.b.SeqAt(int(w.in.rows[j]))
	if w.final {
		if err := w.add(at.tab, h.row, &w.in, j, false); err != nil {
			w.failed(words, was, seq, err)
		}
		return nil
	}
	n := len(w.groupTypes)
	if was {
		w.out.markOld()
	}
	if err := w.oldValues(at.tab, h.row, j, was); err != nil {
		return err
	}
	err := w.add(at.tab, h.row, &w.in, j, false)
	if bad := w.groupValues(at.tab, h.row, &w.in, j, w.out.cols[:n]); bad != nil {
		return bad
	}
	if err != nil {
		w.failed(words, was, seq, err)
		appendNulls(w.out.cols[n:])
		w.out.drop()
	} else {
		w.resultsAfter(at.tab, h.row, &w.in, j, w.out.cols[n:])
		w.out.end(seq, words[groupTs])
	}
	w.out.window(at.start, plus(at.start, w.spec.Size))
	return w.out.full(emit)
}

func (w *windowed) failed(words []int64, was bool, seq int32, err error) {
	if !was {
		words[groupLive] = 0
	}
	w.sc.fail(seq, err)
}

func (w *windowed) oldValues(tab *state.Table, r state.Row, j int, was bool) error {
	if w.out.old == nil {
		return nil
	}
	if !was {
		appendNulls(w.out.old)
		return nil
	}
	n := len(w.groupTypes)
	w.results(tab, r, w.out.old[n:])
	return w.groupValues(tab, r, &w.in, j, w.out.old[:n])
}

// shutAt is when the oldest window closes; false without windows.
func (w *windowed) shutAt() (int64, bool) {
	start, _, ok := w.store.Oldest()
	return plus(plus(start, w.spec.Size), w.spec.Grace), ok
}

// close drops the windows that are over at time now, which is stream time or
// the wall clock; EMIT FINAL emits them first, each after the row that closed it.
func (w *windowed) close(now int64, emit Emit) error {
	for {
		start, ok := w.store.Start(len(w.closing))
		shut := plus(plus(start, w.spec.Size), w.spec.Grace)
		if !ok || shut > now {
			return w.drain(emit)
		}
		w.st.StreamTime = max(w.st.StreamTime, shut)
		if !w.final {
			w.dropOldest()
			continue
		}
		k := sort.Search(len(w.marks), func(i int) bool { return w.marks[i].time >= shut })
		m := mark{maxStart: w.maxStart}
		if k < len(w.marks) {
			m = w.marks[k]
		}
		w.closing = append(w.closing, closing{start, m.seq, w.lost(start, m)})
	}
}

func (w *windowed) dropOldest() {
	start, _, _ := w.store.Oldest()
	w.store.DropOldest()
	if first, _, ok := w.values.Oldest(); ok && first == start {
		w.values.DropOldest()
	}
}

// lost tells whether, in ksqldb meaning, the window had left its store when it
// closed: it is more than a retention behind the newest window.
func (w *windowed) lost(start int64, m mark) bool {
	return w.ctx.Ksql && start < less(m.maxStart, w.spec.Retention)
}

// Due tells whether a window that waits for EMIT FINAL is over.
func (w *windowed) Due(now int64) bool {
	shut, ok := w.shutAt()
	return w.final && ok && shut <= now
}

// Tick closes the windows that are over. Stream time becomes the last one's end
// plus grace: rows of windows still open are not late.
func (w *windowed) Tick(now int64, emit Emit) error {
	if !w.Due(now) {
		return nil
	}
	w.marks = w.marks[:0]
	if err := w.close(now, emit); err != nil {
		return err
	}
	return w.out.flush(emit)
}

func (w *windowed) Freeze(f *state.Frozen) {
	f.Bytes(state.AppendWord(state.AppendWord(nil, w.st.StreamTime), w.maxStart))
	f.Windows(w.store)
	f.Windows(w.values)
}

func (w *windowed) Load(in *state.Reader) {
	w.st.StreamTime, w.maxStart = in.Word(), in.Word()
	w.store.Load(in)
	w.values.Load(in)
}

func (w *windowed) Stats() Stats {
	st := w.st
	st.StateRows = int64(w.store.Len() + w.values.Len())
	st.StateBytes = w.store.Bytes() + w.values.Bytes()
	st.Spilled = w.store.SpillStats().Plus(w.values.SpillStats())
	return st
}
