package ref

import (
	"bytes"
	"slices"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// member is a row of a group: its arguments by aggregate; nil where the
// aggregate's filter leaves it out.
type member struct {
	args []types.Row
	cols [][]*vec.Vec // args as vectors of one value
	keys []string     // args as keys, for DISTINCT
	ts   int64
}

// group is the rows that were folded, and what they fold to.
type group struct {
	vals types.Row // of the row that made it
	rows []member
	aggs types.Row
	ts   int64
}

// folder evaluates rows for an AggregateNode and folds groups.
type folder struct {
	n *planner.AggregateNode
	s *shared
}

// prepare evaluates one row; ok is false when it takes no part.
func (f *folder) prepare(vals types.Row, r Rec, quiet bool) (groups types.Row, m member, ok bool) {
	in := f.n.In.Out()
	fail := func(err error) (types.Row, member, bool) {
		if !quiet {
			f.s.fail(r, err)
		}
		return nil, member{}, false
	}
	groups, err := f.s.evalAll(f.n.Groups, in, vals, r)
	if err != nil {
		return fail(err)
	}
	if f.n.DropNullGroups && hasNull(groups) {
		return nil, member{}, false
	}
	n := len(f.n.Aggs)
	m = member{make([]types.Row, n), make([][]*vec.Vec, n), make([]string, n), r.Ts}
	for i, a := range f.n.Aggs {
		if a.Filter != nil {
			pass, err := f.s.holds(a.Filter, in, vals, r)
			if err != nil {
				return fail(err)
			}
			if !pass {
				continue
			}
		}
		if m.args[i], err = f.s.evalAll(a.Args, in, vals, r); err != nil {
			return fail(err)
		}
		ts := typesOf(a.Args)
		m.cols[i], m.keys[i] = columnsOf(ts, m.args[i]), keyOf(ts, m.args[i], Rec{})
	}
	return groups, m, true
}

// slots is the state of one aggregate in Go slices.
type slots struct{ blobs [][]byte }

func (s *slots) Blob(i int) []byte       { return s.blobs[i] }
func (s *slots) SetBlob(i int, b []byte) { s.blobs[i] = append([]byte(nil), b...) }

// fold computes the aggregates of rows from nothing.
func (f *folder) fold(rows []member) (types.Row, error) {
	out := make(types.Row, len(f.n.Aggs))
	for i, a := range f.n.Aggs {
		argTypes := typesOf(a.Args)
		kernel, err := a.Fn.New(argTypes, a.Init)
		if err != nil {
			return nil, err
		}
		words, blobs := kernel.Layout()
		st := fn.AggSlots{Words: make([]int64, words), Blobs: &slots{make([][]byte, blobs)}}
		kernel.Init(st)
		seen := map[string]bool{}
		for _, m := range rows {
			if m.args[i] == nil {
				continue
			}
			if a.Distinct {
				if seen[m.keys[i]] {
					continue
				}
				seen[m.keys[i]] = true
			}
			if err := kernel.Add(f.s.env, st, m.cols[i], 0); err != nil {
				return nil, err
			}
		}
		b := vec.NewBuilder(a.T, 1)
		kernel.Result(st, b)
		v := b.Finish()
		out[i] = v.Value(0)
	}
	return out, nil
}

func columnsOf(ts []types.Type, vals types.Row) []*vec.Vec {
	out := make([]*vec.Vec, len(ts))
	for i := range ts {
		v := vec.FromValues(ts[i], vals[i:i+1])
		out[i] = &v
	}
	return out
}

// add folds a row in, unless an aggregate refuses it.
func (f *folder) add(g *group, m member, r Rec) bool {
	rows := append(slices.Clone(g.rows), m)
	aggs, err := f.fold(rows)
	if err != nil {
		f.s.fail(r, err)
		return false
	}
	g.rows, g.aggs, g.ts = rows, aggs, max(g.ts, m.ts)
	return true
}

// values is the group's output row.
func (f *folder) values(g *group) types.Row { return concat(g.vals, g.aggs) }

type aggregate struct {
	folder
	groups map[string]*group
}

func newAggregate(n *planner.AggregateNode, s *shared) twin {
	return &aggregate{folder{n, s}, map[string]*group{}}
}

func (a *aggregate) tick(int64) []Rec { return nil }

func (a *aggregate) row(_ int, r Rec) []Rec {
	var oldKey, newKey string
	var oldM, newM member
	var groups types.Row
	var hasOld, hasNew bool
	groupTypes := typesOf(a.n.Groups)
	if r.Old != nil {
		g, m, ok := a.prepare(r.Old, r, true)
		if hasOld = ok; ok {
			oldKey, oldM = keyOf(groupTypes, g, Rec{}), m
		}
	}
	if !r.Tomb {
		g, m, ok := a.prepare(r.Vals, r, false)
		if hasNew = ok; ok {
			groups, newKey, newM = g, keyOf(groupTypes, g, Rec{}), m
		}
	}
	hasOld = hasOld && a.groups[oldKey] != nil
	if hasOld && hasNew && oldKey == newKey {
		return a.change(newKey, r, func(g *group) bool {
			a.undo(g, oldM)
			a.add(g, newM, r)
			return true
		})
	}
	var out []Rec
	if hasOld {
		out = a.change(oldKey, r, func(g *group) bool { a.undo(g, oldM); return true })
	}
	if hasNew {
		if a.groups[newKey] == nil {
			a.groups[newKey] = &group{vals: groups, ts: r.Ts}
			g := a.groups[newKey]
			if !a.add(g, newM, r) {
				delete(a.groups, newKey)
				return out
			}
			return append(out, Rec{Seq: r.Seq, Ts: g.ts, Vals: a.values(g)})
		}
		out = append(out, a.change(newKey, r, func(g *group) bool { return a.add(g, newM, r) })...)
	}
	return out
}

// undo takes an equal row out.
func (a *aggregate) undo(g *group, m member) {
	g.ts = max(g.ts, m.ts)
	for i := len(g.rows) - 1; i >= 0; i-- {
		if a.same(g.rows[i], m) {
			g.rows = slices.Delete(slices.Clone(g.rows), i, i+1)
			aggs, err := a.fold(g.rows)
			if err != nil {
				panic("BUG: a group that cannot be folded: " + err.Error())
			}
			g.aggs = aggs
			return
		}
	}
}

// same tells whether two rows have the same arguments to the last bit.
func (a *aggregate) same(x, y member) bool {
	for i, call := range a.n.Aggs {
		ts := typesOf(call.Args)
		if (x.args[i] == nil) != (y.args[i] == nil) {
			return false
		}
		if x.args[i] != nil && !bytes.Equal(vec.EncodeValues(nil, ts, x.args[i]), vec.EncodeValues(nil, ts, y.args[i])) {
			return false
		}
	}
	return true
}

// change applies do to a group and gives its output.
func (a *aggregate) change(key string, r Rec, do func(g *group) bool) []Rec {
	g := a.groups[key]
	out := Rec{Seq: r.Seq, OldOK: true, Old: a.values(g)}
	if !do(g) {
		return nil
	}
	out.Ts = g.ts
	if len(g.rows) == 0 && !a.s.ksql && len(a.n.Groups) > 0 {
		delete(a.groups, key)
		out.Tomb = true
		out.Vals = concat(g.vals, nulls(len(a.n.Aggs)))
	} else {
		out.Vals = a.values(g)
	}
	if !a.n.NeedsOld {
		out.Old = nil
	}
	return []Rec{out}
}
