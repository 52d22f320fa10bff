package ref

import (
	"cmp"
	"math"
	"slices"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
)

// streamRow is a row of a side's buffer.
type streamRow struct {
	Rec
	side    int
	key     string
	arrived int
	waiting bool
	stored  bool
}

type streams struct {
	n       *planner.StreamStreamJoinNode
	s       *shared
	time    int64
	maxTime [2]int64
	rows    []*streamRow // both sides, by time, then arrival
	arrived int
}

func newStreams(n *planner.StreamStreamJoinNode, s *shared) twin {
	return &streams{n: n, s: s, time: math.MinInt64, maxTime: [2]int64{math.MinInt64, math.MinInt64}}
}

func (j *streams) keeps(side int) bool {
	return j.n.Join == planner.FullJoin || (side == 0 && j.n.Join == planner.LeftJoin) || (side == 1 && j.n.Join == planner.RightJoin)
}

// reach is how far before and after a row of the side a partner may lie.
func (j *streams) reach(side int) (before, after int64) {
	if side == 0 {
		return j.n.Before, j.n.After
	}
	return j.n.After, j.n.Before
}

func (j *streams) retain() int64 { return j.n.Before + j.n.After + j.n.Grace }

// visible tells whether a row is still in its side's buffer.
func (j *streams) visible(r *streamRow) bool {
	return r.stored && r.Ts >= j.maxTime[r.side]-j.retain()+1
}

func (j *streams) row(side int, r Rec) []Rec {
	exprs := [2][]expr.Node{j.n.LeftKey, j.n.RightKey}[side]
	key, err := j.s.evalAll(exprs, j.n.Inputs()[side].Out(), r.Vals, r)
	if err != nil {
		j.s.fail(r, err)
		return nil
	}
	if hasNull(key) {
		if j.keeps(side) {
			return []Rec{j.alone(side, r)}
		}
		return nil
	}
	j.time = max(j.time, r.Ts)
	var out []Rec
	if !j.n.Eager && r.Ts == j.time {
		out = j.flush(r.Seq)
	}
	mine := &streamRow{Rec: r, side: side, key: keyOf(typesOf(exprs), key, r)}
	matches := j.matches(mine)
	out = append(out, matches...)
	_, after := j.reach(side)
	if j.keeps(side) && len(matches) == 0 {
		if !j.s.ksql {
			after += j.n.Grace
		}
		if j.n.Eager || r.Ts+after < j.time {
			out = append(out, j.alone(side, r))
		} else {
			mine.waiting = true
		}
	}
	j.store(mine)
	return out
}

func (j *streams) matches(mine *streamRow) []Rec {
	before, after := j.reach(mine.side)
	var out []Rec
	for _, o := range j.rows {
		if o.side == mine.side || o.key != mine.key || !j.visible(o) || o.Ts < mine.Ts-before || o.Ts > mine.Ts+after {
			continue
		}
		x := mine.Rec
		x.Ts = max(x.Ts, o.Ts)
		if x.Vals = concat(mine.Vals, o.Vals); mine.side == 1 {
			x.Vals = concat(o.Vals, mine.Vals)
		}
		if j.n.Residual != nil {
			ok, err := j.s.holds(j.n.Residual, j.n.Schema, x.Vals, x)
			if err != nil {
				j.s.fail(mine.Rec, err)
			}
			if err != nil || !ok {
				continue
			}
		}
		o.waiting = false
		out = append(out, x)
	}
	return out
}

func (j *streams) store(mine *streamRow) {
	side := mine.side
	j.maxTime[side] = max(j.maxTime[side], mine.Ts)
	mine.stored = true
	if !j.visible(mine) {
		mine.stored = false
		j.s.tooLate(mine.Rec, mine.Ts)
	}
	j.arrived++
	mine.arrived = j.arrived
	j.rows = append(j.rows, mine)
	slices.SortStableFunc(j.rows, func(a, b *streamRow) int {
		return cmp.Or(cmp.Compare(a.Ts, b.Ts), cmp.Compare(a.arrived, b.arrived))
	})
	j.rows = slices.DeleteFunc(j.rows, func(r *streamRow) bool { return !r.waiting && !j.visible(r) })
}

// flush emits the waiting rows that can find no partner any more.
func (j *streams) flush(seq int32) []Rec {
	var out []Rec
	for _, r := range j.rows {
		_, after := j.reach(r.side)
		if r.waiting && r.Ts+after+j.n.Grace < j.time {
			r.waiting = false
			x := j.alone(r.side, r.Rec)
			x.Seq = seq
			out = append(out, x)
		}
	}
	return out
}

func (j *streams) alone(side int, r Rec) Rec {
	if side == 0 {
		r.Vals = concat(r.Vals, nulls(len(j.n.Right.Out())))
	} else {
		r.Vals = concat(nulls(len(j.n.Left.Out())), r.Vals)
	}
	return r
}

// tick emits what waits in vain at time now; such rows match no more.
func (j *streams) tick(now int64) []Rec {
	if j.n.Eager {
		return nil
	}
	var out []Rec
	for _, r := range j.rows {
		_, after := j.reach(r.side)
		over := r.Ts + after + j.n.Grace + 1
		if !r.waiting || over > now {
			continue
		}
		j.time = max(j.time, over)
		r.waiting, r.stored = false, false
		x := j.alone(r.side, r.Rec)
		x.Seq = 0
		out = append(out, x)
	}
	j.rows = slices.DeleteFunc(j.rows, func(r *streamRow) bool { return !r.waiting && !j.visible(r) })
	return out
}
