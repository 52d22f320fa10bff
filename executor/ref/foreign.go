package ref

import (
	"fmt"
	"maps"
	"slices"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
)

type leftRow struct {
	tableRow
	fk   string
	null bool // the pointer holds a NULL
}

type foreign struct {
	n      *planner.TableTableJoinNode
	s      *shared
	lefts  map[string]*leftRow
	rights map[string]*tableRow
}

func newForeign(n *planner.TableTableJoinNode, s *shared) twin {
	return &foreign{n, s, map[string]*leftRow{}, map[string]*tableRow{}}
}

func (j *foreign) tick(int64) []Rec { return nil }

func (j *foreign) row(port int, r Rec) []Rec {
	in := j.n.Inputs()[port]
	key := pick(r.Vals, in.Keys())
	if hasNull(key) && (port == 1 || j.s.ksql) {
		return nil
	}
	k := keyOf(columnTypes(in.Out(), in.Keys()), key, Rec{})
	if port == 0 {
		return j.left(k, r)
	}
	return j.right(k, r)
}

// result is a left row's result; nil is none.
func (j *foreign) result(l *leftRow) types.Row {
	if l == nil {
		return nil
	}
	if r := j.rights[l.fk]; r != nil && !l.null {
		return concat(l.vals, r.vals)
	}
	if j.n.Join == planner.LeftJoin {
		return concat(l.vals, nulls(len(j.n.Right.Out())))
	}
	return nil
}

func (j *foreign) left(k string, r Rec) []Rec {
	before := j.lefts[k]
	out := Rec{Seq: r.Seq, Ts: r.Ts, Old: j.result(before)}
	out.OldOK = out.Old != nil
	gone := r.Tomb
	if !gone {
		fk, err := j.s.evalAll(j.n.ForeignKey, j.n.Left.Out(), r.Vals, r)
		if err != nil {
			j.s.fail(r, err)
			gone = true
		} else {
			j.lefts[k] = &leftRow{tableRow{r.Vals, r.Ts}, keyOf(typesOf(j.n.ForeignKey), fk, Rec{}), hasNull(fk)}
		}
	}
	if gone {
		delete(j.lefts, k)
	}
	if l := j.lefts[k]; l != nil {
		out.Vals = j.result(l)
		if right := j.rights[l.fk]; right != nil && !l.null {
			out.Ts = max(out.Ts, right.ts)
		}
	}
	if out.Vals == nil {
		if before == nil {
			return nil
		}
		out.Tomb, out.Vals = true, j.keyed(r.Vals)
	}
	return j.done(out)
}

func (j *foreign) done(out Rec) []Rec {
	if !j.n.NeedsOld {
		out.Old = nil
	}
	return []Rec{out}
}

// keyed is the left side with nothing but its key.
func (j *foreign) keyed(vals types.Row) types.Row {
	out := nulls(len(j.n.Schema))
	for _, c := range j.n.Left.Keys() {
		out[c] = vals[c]
	}
	return out
}

func (j *foreign) right(k string, r Rec) []Rec {
	if r.Tomb && j.rights[k] == nil {
		return nil
	}
	var pointing []string
	for _, lk := range slices.Sorted(maps.Keys(j.lefts)) {
		if l := j.lefts[lk]; !l.null && l.fk == k {
			pointing = append(pointing, lk)
		}
	}
	if was := j.rights[k]; j.n.SkipSame && was != nil && !r.Tomb && fmt.Sprintf("%#v", was.vals) == fmt.Sprintf("%#v", r.Vals) {
		was.ts = r.Ts
		return nil
	}
	var olds []types.Row
	for _, lk := range pointing {
		olds = append(olds, j.result(j.lefts[lk]))
	}
	if r.Tomb {
		delete(j.rights, k)
	} else {
		j.rights[k] = &tableRow{r.Vals, r.Ts}
	}
	var out []Rec
	for i, lk := range pointing {
		l := j.lefts[lk]
		o := Rec{Seq: r.Seq, Ts: max(r.Ts, l.ts), Vals: j.result(l), Old: olds[i], OldOK: olds[i] != nil}
		if o.Vals == nil {
			o.Tomb, o.Vals = true, j.keyed(l.vals)
		}
		out = append(out, j.done(o)...)
	}
	return out
}
