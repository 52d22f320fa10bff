package task

import (
	"math"

	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/sql/vec"
)

// slice is the records [From, To) of one input.
type slice struct {
	Input    int
	From, To int64
}

// rowRef names a physical row of a step's input.
type rowRef struct {
	input, row int32
}

// badRecord is a record of a step that could not be read.
type badRecord struct {
	input int
	codec.Bad
}

// stepInput is the rows of one step, merged: Seq of the batches is the order.
type stepInput struct {
	slices []slice
	ins    []*vec.Batch // by input, nil when it has no rows
	bad    []badRecord
	order  []rowRef // by Seq; nil: one input, Seq is the row
	only   int      // that input
	rows   int
}

// ref finds the row of a trigger.
func (s *stepInput) ref(seq int32) rowRef {
	if s.order != nil {
		return s.order[seq]
	}
	return rowRef{int32(s.only), seq}
}

// merger takes rows from feeds in the order of (timestamp, input, offset) among
// the heads that are there.
//
// A head that is not there does not hold up the others, but an input with more
// records in its log than are buffered ends the step when its buffer is empty.
// So the order within a step follows from its slices alone, and a replay that
// merges just the slices gets the same (E3).
type merger struct {
	feeds []*feed
	max   int
}

// live takes what is there, up to max rows; nil when nothing is.
func (m *merger) live() (*stepInput, error) {
	use, err := m.usable()
	if err != nil || len(use) == 0 {
		return nil, err
	}
	if len(use) == 1 {
		return m.cut(map[int]int{use[0]: min(m.max, m.feeds[use[0]].left())}, nil, use), nil
	}
	return m.interleave(use, m.max, true)
}

// usable fills the feeds and lists those with rows. While a table is being
// loaded the other inputs wait.
func (m *merger) usable() ([]int, error) {
	var use, loading []int
	for i, f := range m.feeds {
		if f.loading() && !f.input.Changelog {
			if err := f.fill(m.max, max(f.loadTo, f.next)); err != nil {
				return nil, err
			}
			if f.left() > 0 {
				loading = append(loading, i)
			}
		}
	}
	if len(loading) > 0 {
		return loading, nil
	}
	for i, f := range m.feeds {
		if err := f.read(m.max); err != nil {
			return nil, err
		}
		if f.left() > 0 {
			use = append(use, i)
		}
	}
	return use, nil
}

// interleave decides how many rows of each input belong to the step.
func (m *merger) interleave(use []int, limit int, live bool) (*stepInput, error) {
	taken := map[int]int{}
	var order []rowRef
	for len(order) < limit {
		best := -1
		for _, i := range use {
			if f := m.feeds[i]; taken[i] < f.left() && (best < 0 || f.ts(taken[i]) < m.feeds[best].ts(taken[best])) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		order = append(order, rowRef{int32(best), int32(taken[best])})
		taken[best]++
		if f := m.feeds[best]; live && taken[best] == f.left() {
			more, err := f.cursor.more()
			if err != nil {
				return nil, err
			}
			if more {
				break
			}
		}
	}
	return m.cut(taken, order, use), nil
}

// cut takes the rows out of the feeds. order is nil when only one input counts.
func (m *merger) cut(taken map[int]int, order []rowRef, use []int) *stepInput {
	s := &stepInput{ins: make([]*vec.Batch, len(m.feeds))}
	for _, i := range use {
		n := taken[i]
		if n == 0 {
			continue
		}
		f := m.feeds[i]
		from := f.next
		b, bad := f.take(n)
		s.ins[i], s.only = b, i
		s.rows += n
		s.slices = append(s.slices, slice{i, from, f.next})
		for _, x := range bad {
			s.bad = append(s.bad, badRecord{i, x})
		}
	}
	if len(s.slices) == 1 {
		return s
	}
	s.order = order
	seqs := make([][]int32, len(m.feeds))
	for seq, r := range order {
		seqs[r.input] = append(seqs[r.input], int32(seq))
	}
	for i, b := range s.ins {
		if b != nil {
			with := *b
			with.Seq = seqs[i]
			s.ins[i] = &with
		}
	}
	return s
}

// replay takes exactly the records of the slices.
func (m *merger) replay(slices []slice) (*stepInput, error) {
	use := make([]int, 0, len(slices))
	for _, s := range slices {
		f := m.feeds[s.Input]
		if f.next != s.From {
			return nil, errReplay("input %d stands at %d, the journal at %d", s.Input, f.next, s.From)
		}
		if err := f.fill(math.MaxInt, s.To); err != nil {
			return nil, err
		}
		if f.left() == 0 || f.cursor.next > s.To {
			return nil, errReplay("input %d has no records in [%d, %d)", s.Input, s.From, s.To)
		}
		use = append(use, s.Input)
	}
	in, err := m.interleave(use, math.MaxInt, false)
	if err != nil {
		return nil, err
	}
	for i, s := range slices {
		m.feeds[s.Input].next = s.To
		in.slices[i].To = s.To
	}
	return in, nil
}
