package ref

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/leatdb/leat/planner"
)

type span struct {
	*group
	key        string
	start, end int64
}

type session struct {
	folder
	all    []*span // by start
	time   int64
	maxEnd int64
}

func newSession(n *planner.AggregateNode, s *shared) twin {
	return &session{folder{n, s}, nil, math.MinInt64, math.MinInt64}
}

func (x *session) row(_ int, r Rec) []Rec {
	vals, m, ok := x.prepare(r.Vals, r, false)
	if !ok {
		return nil
	}
	spec := x.n.Window
	x.time = max(x.time, r.Ts)
	merged := &span{&group{vals: vals, ts: r.Ts}, keyOf(typesOf(x.n.Groups), vals, Rec{}), r.Ts, r.Ts}
	var in []*span
	for _, s := range x.all {
		seen := x.n.Final || s.end >= x.maxEnd-spec.Retention+1
		if s.key == merged.key && seen && s.end >= r.Ts-spec.Gap && s.start <= r.Ts+spec.Gap {
			in = append(in, s)
			merged.start, merged.end = min(merged.start, s.start), max(merged.end, s.end)
			merged.rows = append(merged.rows, s.rows...)
		}
	}
	if len(in) > 0 {
		merged.vals = in[0].vals
	}
	var out []Rec
	switch {
	case merged.end < x.time-spec.Grace-spec.Gap:
		x.s.tooLate(r, merged.start)
	case x.add(merged.group, m, r):
		out = x.replace(in, merged, r)
	}
	return append(out, x.expire(r.Seq)...)
}

// replace puts merged in the place of the sessions in it and gives the outputs.
func (x *session) replace(in []*span, merged *span, r Rec) []Rec {
	var out []Rec
	same := merged.start == merged.end
	for _, s := range in {
		if !same {
			t := x.record(s, r.Seq)
			t.Tomb, t.OldOK, t.Old = true, true, t.Vals
			t.Vals = concat(s.vals, nulls(len(x.n.Aggs)))
			out = append(out, t)
		}
		x.all = slices.DeleteFunc(x.all, func(o *span) bool { return o == s })
	}
	o := x.record(merged, r.Seq)
	if same && len(in) > 0 {
		o.OldOK, o.Old = true, x.values(in[0].group)
	}
	x.all = append(x.all, merged)
	slices.SortStableFunc(x.all, func(a, b *span) int { return cmp.Compare(a.start, b.start) })
	x.maxEnd = max(x.maxEnd, merged.end)
	if x.n.Final {
		return nil
	}
	out = append(out, o)
	if !x.n.NeedsOld {
		for i := range out {
			out[i].Old = nil
		}
	}
	return out
}

func (x *session) record(s *span, seq int32) Rec {
	return Rec{Seq: seq, Ts: s.end, Vals: x.values(s.group), Windowed: true, Win: s.start, WinEnd: s.end}
}

// expire emits, for EMIT FINAL, the sessions that can grow no more.
func (x *session) expire(seq int32) []Rec {
	if !x.n.Final {
		return nil
	}
	var done []*span
	x.all = slices.DeleteFunc(x.all, func(s *span) bool {
		over := s.end < x.time-x.n.Window.Grace-x.n.Window.Gap
		if over {
			done = append(done, s)
		}
		return over
	})
	slices.SortFunc(done, func(a, b *span) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.start, b.start), strings.Compare(a.key, b.key))
	})
	var out []Rec
	for _, s := range done {
		out = append(out, x.record(s, seq))
	}
	return out
}

func (x *session) tick(now int64) []Rec {
	if !x.n.Final {
		return nil
	}
	over := x.n.Window.Gap + x.n.Window.Grace + 1
	for _, s := range x.all {
		if s.end+over <= now {
			x.time = max(x.time, s.end+over)
		}
	}
	return x.expire(0)
}
