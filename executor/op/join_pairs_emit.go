package op

import (
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/vec"
)

// results writes what a change does to the results: the row alone, each of its
// partners by key, the row alone again. before and after are the row, nil for
// none.
func (j *pairs) results(c change, before, after []byte, old, fresh []state.Row, emit Emit) error {
	alone := func(row []byte, partners []state.Row) joinedRows {
		if row == nil || !j.keep[c.side] || len(partners) > 0 {
			return joinedRows{}
		}
		return side(c.side, row, nil)
	}
	was, is := alone(before, old), alone(after, fresh)
	if j.keyed == planner.PairKey(1+c.side) {
		return j.single(c, before, after, old, fresh, was, is, emit)
	}
	if was.is() {
		if err := j.write(c, was, is, state.None, emit); err != nil {
			return err
		}
	}
	for len(old) > 0 || len(fresh) > 0 {
		had, has := len(old) > 0, len(fresh) > 0
		if had && has {
			order := j.compare(1-c.side, old[0], fresh[0])
			had, has = order <= 0, order >= 0
		}
		var p state.Row
		if had {
			p, old = old[0], old[1:]
		}
		if has {
			p, fresh = fresh[0], fresh[1:]
		}
		if err := j.partner(c, p, before, after, had, has, emit); err != nil {
			return err
		}
	}
	if was.is() {
		return nil
	}
	return j.write(c, was, is, state.None, emit)
}

// single writes the one result that the changed row's key has.
func (j *pairs) single(c change, before, after []byte, old, fresh []state.Row, was, is joinedRows, emit Emit) error {
	p := state.None
	for _, x := range old {
		p, was = x, side(c.side, before, j.rows[1-c.side].Blob(x, 0))
	}
	for _, x := range fresh {
		p, is = x, side(c.side, after, j.rows[1-c.side].Blob(x, 0))
	}
	return j.write(c, was, is, p, emit)
}

// partner writes what a change does to one row of the other side: it was and is
// a partner as had and has say.
func (j *pairs) partner(c change, p state.Row, before, after []byte, had, has bool, emit Emit) error {
	other := 1 - c.side
	words, row := j.rows[other].Words(p), j.rows[other].Blob(p, 0)
	count := words[pairCount]
	var was, is, aloneWas, aloneIs joinedRows
	if j.keep[other] && count == 0 {
		aloneWas = side(other, row, nil)
	}
	if had {
		was = side(c.side, before, row)
		count--
	}
	if has {
		is = side(c.side, after, row)
		count++
	}
	words[pairCount] = count
	if j.keep[other] && count == 0 {
		aloneIs = side(other, row, nil)
	}
	if j.keyed == planner.PairKey(1+other) {
		if aloneWas.is() {
			was = aloneWas
		}
		if aloneIs.is() {
			is = aloneIs
		}
		return j.write(c, was, is, p, emit)
	}
	if aloneWas.is() {
		if err := j.write(c, aloneWas, aloneIs, p, emit); err != nil {
			return err
		}
	}
	if err := j.write(c, was, is, p, emit); err != nil {
		return err
	}
	if aloneWas.is() {
		return nil
	}
	return j.write(c, aloneWas, aloneIs, p, emit)
}

// write writes the change of one result; p is the row of the other side in it.
func (j *pairs) write(c change, was, is joinedRows, p state.Row, emit Emit) error {
	if !was.is() && !is.is() {
		return nil
	}
	if was.is() {
		j.out.w.markOld()
	}
	for s, out := range [2][]*vec.Builder{j.out.oldL, j.out.oldR} {
		if out == nil {
			continue
		}
		if err := stored(out, was[s], was[s] != nil); err != nil {
			return err
		}
	}
	for s, out := range [2][]*vec.Builder{j.out.left, j.out.right} {
		var err error
		switch {
		case is.is():
			err = stored(out, is[s], is[s] != nil)
		case was[s] == nil:
			appendNulls(out)
		default:
			err = j.keyOf(out, s, was[s])
		}
		if err != nil {
			return err
		}
	}
	if !is.is() {
		j.out.w.markTomb()
	}
	ts := c.b.Ts[c.row]
	if p != state.None {
		ts = max(ts, j.rows[1-c.side].Peek(p)[pairTs])
	}
	j.out.w.end(c.b.SeqAt(int(c.row)), ts)
	return j.out.w.full(emit)
}

// keyOf appends the key of a stored row, NULLs beside it.
func (j *pairs) keyOf(out []*vec.Builder, side int, row []byte) error {
	bs := builders(j.schemas[side], 1)
	if err := vec.DecodeRowInto(bs, row); err != nil {
		return err
	}
	onlyKey(out, j.keys[side], pick(finish(bs), j.keys[side]), 0)
	return nil
}

// Freeze adds the rows of both sides and what links them, by row numbers.
func (j *pairs) Freeze(f *state.Frozen) {
	f.Table(j.rows[0])
	f.Table(j.rows[1])
	f.Table(j.links)
}

// Load restores what Freeze added.
func (j *pairs) Load(in *state.Reader) {
	j.rows[0].Load(in)
	j.rows[1].Load(in)
	j.links.Load(in)
}

// Stats implements Operator.
func (j *pairs) Stats() Stats {
	st := j.st
	st.StateRows = int64(j.rows[0].Len() + j.rows[1].Len())
	st.StateBytes = j.rows[0].Bytes() + j.rows[1].Bytes() + j.links.Bytes()
	return st
}
