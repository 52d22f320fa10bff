package ref

import (
	"cmp"
	"math"
	"slices"

	"github.com/leatdb/leat/planner"
)

type windowKey struct {
	start int64
	key   string
}

type window struct {
	folder
	groups   map[windowKey]*group
	open     map[int64]bool // windows that took a row
	time     int64
	maxStart int64
}

func newWindow(n *planner.AggregateNode, s *shared) twin {
	return &window{folder{n, s}, map[windowKey]*group{}, map[int64]bool{}, math.MinInt64, math.MinInt64}
}

// starts lists the windows of a time, ascending.
func (w *window) starts(ts int64) []int64 {
	size, advance := w.n.Window.Size, w.n.Window.Advance
	if w.n.Window.Type == planner.Tumbling {
		advance = size
	}
	var out []int64
	for start := ts - ((ts%advance)+advance)%advance; start+size > ts; start -= advance {
		if ts < 0 || start >= 0 {
			out = append(out, start)
		}
	}
	slices.Reverse(out)
	return out
}

func (w *window) row(_ int, r Rec) []Rec {
	vals, m, ok := w.prepare(r.Vals, r, false)
	if !ok {
		return nil
	}
	spec := w.n.Window
	w.time = max(w.time, r.Ts)
	var out []Rec
	for _, start := range w.starts(r.Ts) {
		if start+spec.Size+spec.Grace <= w.time {
			w.s.tooLate(r, start)
			continue
		}
		w.maxStart = max(w.maxStart, start)
		w.open[start] = true
		k := windowKey{start, keyOf(typesOf(w.n.Groups), vals, Rec{})}
		g, o := w.groups[k], Rec{Seq: r.Seq, Windowed: true, Win: start, WinEnd: start + spec.Size}
		if g == nil {
			g = &group{vals: vals, ts: r.Ts}
		} else {
			o.OldOK, o.Old = true, w.values(g)
		}
		if !w.add(g, m, r) {
			continue
		}
		w.groups[k] = g
		if o.Ts, o.Vals = g.ts, w.values(g); !w.n.NeedsOld {
			o.Old = nil
		}
		if !w.n.Final {
			out = append(out, o)
		}
	}
	if w.n.Final {
		out = w.close(r.Seq)
	}
	return out
}

// close emits what stream time has closed, by window start and key.
func (w *window) close(seq int32) []Rec {
	spec := w.n.Window
	var done []windowKey
	for k := range w.groups {
		if k.start+spec.Size+spec.Grace <= w.time {
			done = append(done, k)
		}
	}
	for start := range w.open {
		if start+spec.Size+spec.Grace <= w.time {
			delete(w.open, start)
		}
	}
	slices.SortFunc(done, func(a, b windowKey) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.key, b.key))
	})
	var out []Rec
	for _, k := range done {
		g := w.groups[k]
		delete(w.groups, k)
		if w.s.ksql && k.start < w.maxStart-spec.Retention {
			continue
		}
		out = append(out, Rec{Seq: seq, Ts: g.ts, Vals: w.values(g), Windowed: true, Win: k.start, WinEnd: k.start + spec.Size})
	}
	return out
}

// tick closes what is over at time now; stream time goes to the last end.
func (w *window) tick(now int64) []Rec {
	if !w.n.Final {
		return nil
	}
	for start := range w.open {
		if shut := start + w.n.Window.Size + w.n.Window.Grace; shut <= now {
			w.time = max(w.time, shut)
		}
	}
	return w.close(0)
}
