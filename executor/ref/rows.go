package ref

import (
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/types"
)

type filter struct {
	n      *planner.FilterNode
	s      *shared
	passed map[string]bool
}

func newFilter(n *planner.FilterNode, s *shared) twin {
	return &filter{n: n, s: s, passed: map[string]bool{}}
}

func (f *filter) tick(int64) []Rec { return nil }

func (f *filter) row(_ int, r Rec) []Rec {
	in := f.n.In.Out()
	pass := false
	if !r.Tomb {
		ok, err := f.s.holds(f.n.Cond, in, r.Vals, r)
		if err != nil {
			f.s.fail(r, err)
		}
		pass = ok && err == nil
	}
	if f.n.Result == planner.StreamResult {
		if pass {
			return []Rec{r}
		}
		return nil
	}
	var had bool
	if f.n.Stateful {
		at := f.n.In.Keys()
		key := keyOf(columnTypes(in, at), pick(r.Vals, at), r)
		had = f.passed[key]
		f.passed[key] = pass
	} else if r.OldOK {
		ok, err := f.s.holds(f.n.Cond, in, r.Old, r)
		had = ok && err == nil
	}
	if !pass && !had {
		return nil
	}
	r.Tomb, r.OldOK = !pass, had
	if !had || !f.n.NeedsOld {
		r.Old = nil
	}
	return []Rec{r}
}

type project struct {
	n *planner.ProjectNode
	s *shared
}

func (p *project) tick(int64) []Rec { return nil }

func (p *project) row(_ int, r Rec) []Rec {
	in := p.n.In.Out()
	out := r
	out.Vals = nulls(len(p.n.Exprs))
	if r.Tomb {
		for _, k := range p.n.Key {
			x, err := p.s.eval(p.n.Exprs[k], in, r.Vals, r)
			if err != nil {
				p.s.fail(r, err)
			}
			out.Vals[k] = x
		}
	} else {
		vals, err := p.s.evalAll(p.n.Exprs, in, r.Vals, r)
		if err != nil {
			p.s.fail(r, err)
			if p.n.Result == planner.StreamResult || !r.OldOK {
				return nil
			}
			r.Tomb = true
			out.Tomb = true
			for _, k := range p.n.Key {
				out.Vals[k], _ = p.s.eval(p.n.Exprs[k], in, r.Vals, r)
			}
		} else {
			out.Vals = vals
		}
	}
	if out.Old = nil; p.n.NeedsOld && r.Old != nil {
		old, err := p.s.evalAll(p.n.Exprs, in, r.Old, r)
		if err != nil {
			out.OldOK = false
		} else {
			out.Old = old
		}
	}
	if p.n.DropWindow {
		out.Windowed, out.Win, out.WinEnd = false, 0, 0
	}
	return []Rec{out}
}

type rekey struct{}

func (rekey) tick(int64) []Rec       { return nil }
func (rekey) row(_ int, r Rec) []Rec { return []Rec{r} }

type explode struct {
	n *planner.ExplodeNode
	s *shared
}

func (x *explode) tick(int64) []Rec { return nil }

func (x *explode) row(_ int, r Rec) []Rec {
	var lists [][]types.Row
	longest := 0
	var argss []types.Row
	for _, f := range x.n.Funcs {
		args, err := x.s.evalAll(f.Args, x.n.In.Out(), r.Vals, r)
		if err != nil {
			x.s.fail(r, err)
			return nil
		}
		argss = append(argss, args)
	}
	for i, f := range x.n.Funcs {
		var list []types.Row
		var err error
		if !f.Fn.Strict || !hasNull(argss[i]) {
			list, err = f.Fn.Rows(x.s.env, argss[i])
		}
		if err != nil {
			x.s.fail(r, err)
			return nil
		}
		lists = append(lists, list)
		longest = max(longest, len(list))
	}
	var out []Rec
	for k := range longest {
		o := r
		o.Vals = append(types.Row{}, r.Vals...)
		for i, f := range x.n.Funcs {
			part := nulls(len(f.Cols))
			if k < len(lists[i]) {
				copy(part, lists[i][k])
				if f.Ordinality {
					part[len(part)-1] = int64(k + 1)
				}
			}
			o.Vals = append(o.Vals, part...)
		}
		out = append(out, o)
	}
	return out
}
