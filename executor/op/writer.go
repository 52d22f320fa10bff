package op

import (
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// writer builds output batches row by row and hands them on when they are full.
// A row is: values appended to cols (and to old), then end.
type writer struct {
	cols   []*vec.Builder
	old    []*vec.Builder // nil unless the consumer needs old values
	table  bool           // rows are changes: OldOK is always there
	stats  *Stats
	tomb   []int32 // positions
	oldOK  []int32
	kept   []int32 // Sel, once a row was dropped
	failed bool
	ts     []int64
	win    []int64
	winEnd []int64
	seq    []int32
	part   []int32
	offset []int64
	last   int // rows of the last batch, as much as is taken for the next
}

func newWriter(s types.Schema, table, needsOld bool, stats *Stats) *writer {
	w := &writer{cols: builders(s, 0), table: table, stats: stats}
	if needsOld {
		w.old = builders(s, 0)
	}
	return w
}

// rows is the number of rows since the last flush, dropped ones included.
func (w *writer) rows() int { return len(w.seq) }

// end closes a row.
func (w *writer) end(seq int32, ts int64) {
	if w.failed {
		w.kept = append(w.kept, int32(len(w.seq)))
	}
	w.push(seq, ts)
}

func (w *writer) push(seq int32, ts int64) {
	if w.seq == nil {
		w.seq, w.ts = make([]int32, 0, w.last), make([]int64, 0, w.last)
	}
	w.seq = append(w.seq, seq)
	w.ts = append(w.ts, ts)
}

// window adds the window of the row that end just closed.
func (w *writer) window(start, end int64) {
	if w.win == nil {
		w.win, w.winEnd = make([]int64, 0, w.last), make([]int64, 0, w.last)
	}
	w.win = append(w.win, start)
	w.winEnd = append(w.winEnd, end)
}

// drop closes a row that must not come out: its values are in the builders.
func (w *writer) drop() {
	if !w.failed {
		w.failed = true
		w.kept = append(make([]int32, 0, len(w.seq)), rowsOf(&vec.Batch{N: len(w.seq)})...)
	}
	w.push(0, 0)
}

// markTomb and markOld flag the row that is being written.
func (w *writer) markTomb() { w.tomb = append(w.tomb, int32(len(w.seq))) }
func (w *writer) markOld()  { w.oldOK = append(w.oldOK, int32(len(w.seq))) }

// full hands on a batch that has reached its size.
func (w *writer) full(emit Emit) error {
	if n := len(w.seq); n < maxOut && n%lookEvery != 0 {
		return nil
	}
	if !large(w.rows(), w.cols) && (w.old == nil || !large(w.rows(), w.old)) {
		return nil
	}
	return w.flush(emit)
}

// flush hands on what was written.
func (w *writer) flush(emit Emit) error {
	n := len(w.seq)
	if n == 0 {
		return nil
	}
	b := &vec.Batch{N: n, Cols: finish(w.cols), Ts: w.ts, Seq: w.seq, Win: w.win, WinEnd: w.winEnd, Part: w.part, Offset: w.offset}
	if w.failed {
		b.Sel = w.kept
	}
	if len(w.tomb) > 0 {
		b.Tomb = flags(n, w.tomb)
	}
	if w.table {
		b.OldOK = flags(n, w.oldOK)
	}
	if w.old != nil {
		b.Old = finish(w.old)
	}
	w.ts, w.seq, w.win, w.winEnd, w.last = nil, nil, nil, nil, n
	w.part, w.offset = nil, nil
	w.tomb, w.oldOK, w.kept, w.failed = w.tomb[:0], w.oldOK[:0], nil, false
	if b.Len() == 0 {
		return nil
	}
	w.stats.RowsOut += int64(b.Len())
	return emit(b)
}
