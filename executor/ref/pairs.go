package ref

import (
	"maps"
	"slices"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

type pairRow struct {
	tableRow
	on   string
	null bool // the equality holds a NULL
}

// pairs keeps nothing but the rows of both sides: matches are found anew.
type pairs struct {
	n    *planner.TableTableJoinNode
	s    *shared
	rows [2]map[string]*pairRow
}

func newPairs(n *planner.TableTableJoinNode, s *shared) twin {
	return &pairs{n, s, [2]map[string]*pairRow{{}, {}}}
}

func (j *pairs) tick(int64) []Rec { return nil }

func (j *pairs) keep(side int) bool {
	return j.n.Join == planner.FullJoin || j.n.Join == [2]planner.JoinKind{planner.LeftJoin, planner.RightJoin}[side]
}

// of puts a row of a side before or behind one of the other; nil is NULLs.
func (j *pairs) of(side int, mine, theirs *pairRow) types.Row {
	part := func(i int, r *pairRow) types.Row {
		if r == nil {
			return nulls(len(j.n.Inputs()[i].Out()))
		}
		return r.vals
	}
	if side == 0 {
		return concat(part(0, mine), part(1, theirs))
	}
	return concat(part(0, theirs), part(1, mine))
}

// partners lists the keys of the other side's rows that a row matches.
func (j *pairs) partners(side int, row *pairRow, r Rec, quiet bool) []string {
	var out []string
	if row == nil || row.null {
		return nil
	}
	for _, k := range slices.Sorted(maps.Keys(j.rows[1-side])) {
		other := j.rows[1-side][k]
		if other.null || other.on != row.on {
			continue
		}
		if j.n.Residual != nil {
			at := r
			at.Ts = max(at.Ts, other.ts)
			ok, err := j.s.holds(j.n.Residual, j.n.Schema, j.of(side, row, other), at)
			if err != nil && !quiet {
				j.s.fail(r, err)
			}
			if err != nil || !ok {
				continue
			}
		}
		out = append(out, k)
	}
	return out
}

func (j *pairs) row(side int, r Rec) []Rec {
	in := j.n.Inputs()[side]
	k := keyOf(columnTypes(in.Out(), in.Keys()), pick(r.Vals, in.Keys()), Rec{})
	before := j.rows[side][k]
	var after *pairRow
	if !r.Tomb {
		on := [2][]expr.Node{j.n.LeftOn, j.n.RightOn}[side]
		vals, err := j.s.evalAll(on, in.Out(), r.Vals, r)
		if err != nil {
			j.s.fail(r, err)
		} else {
			after = &pairRow{tableRow{r.Vals, r.Ts}, keyOf(typesOf(on), vals, Rec{}), hasNull(vals)}
		}
	}
	old, fresh := j.partners(side, before, r, true), j.partners(side, after, r, false)
	w := &pairChange{j: j, r: r, side: side, before: before, after: after}
	w.counts(old, fresh)
	if after != nil {
		j.rows[side][k] = after
	} else {
		delete(j.rows[side], k)
	}
	return w.out
}

// pairChange writes the results of one change.
type pairChange struct {
	j             *pairs
	r             Rec
	side          int
	before, after *pairRow
	out           []Rec
}

// counts goes through the partners; how many a partner has besides is counted
// anew from the rows.
func (w *pairChange) counts(old, fresh []string) {
	j := w.j
	var was, is types.Row
	if w.before != nil && len(old) == 0 && j.keep(w.side) {
		was = j.of(w.side, w.before, nil)
	}
	if w.after != nil && len(fresh) == 0 && j.keep(w.side) {
		is = j.of(w.side, w.after, nil)
	}
	if int(j.n.Pairs) == 1+w.side {
		var p *pairRow
		for _, k := range old {
			p = j.rows[1-w.side][k]
			was = j.of(w.side, w.before, p)
		}
		for _, k := range fresh {
			p = j.rows[1-w.side][k]
			is = j.of(w.side, w.after, p)
		}
		w.write(was, is, p)
		return
	}
	if was != nil {
		w.write(was, is, nil)
	}
	for _, k := range slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(old), fresh...)))) {
		w.partner(k, slices.Contains(old, k), slices.Contains(fresh, k))
	}
	if was == nil {
		w.write(was, is, nil)
	}
}

func (w *pairChange) partner(k string, had, has bool) {
	j, other := w.j, 1-w.side
	p := j.rows[other][k]
	var was, is, aloneWas, aloneIs types.Row
	if had {
		was = j.of(w.side, w.before, p)
	}
	if has {
		is = j.of(w.side, w.after, p)
	}
	if j.keep(other) {
		rest := len(j.partners(other, p, w.r, true)) // before the change
		if rest == 0 {
			aloneWas = j.of(other, p, nil)
		}
		if had {
			rest--
		}
		if has {
			rest++
		}
		if rest == 0 {
			aloneIs = j.of(other, p, nil)
		}
	}
	if int(j.n.Pairs) == 1+other {
		if aloneWas != nil {
			was = aloneWas
		}
		if aloneIs != nil {
			is = aloneIs
		}
		w.write(was, is, p)
		return
	}
	if aloneWas != nil {
		w.write(aloneWas, aloneIs, p)
	}
	w.write(was, is, p)
	if aloneWas == nil {
		w.write(aloneWas, aloneIs, p)
	}
}

func (w *pairChange) write(was, is types.Row, p *pairRow) {
	if was == nil && is == nil {
		return
	}
	out := Rec{Seq: w.r.Seq, Ts: w.r.Ts, Vals: is, OldOK: was != nil}
	if p != nil {
		out.Ts = max(out.Ts, p.ts)
	}
	if is == nil {
		out.Tomb, out.Vals = true, nulls(len(w.j.n.Schema))
		left := len(w.j.n.Left.Out())
		for _, c := range w.j.n.Left.Keys() {
			out.Vals[c] = was[c]
		}
		for _, c := range w.j.n.Right.Keys() {
			out.Vals[left+c] = was[left+c]
		}
	}
	if w.j.n.NeedsOld {
		out.Old = was
	}
	w.out = append(w.out, out)
}
