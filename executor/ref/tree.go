package ref

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Rec is one record: a row of a stream, or a change of a table.
type Rec struct {
	Seq         int32
	Ts          int64
	Vals        types.Row
	Tomb        bool
	Old         types.Row
	OldOK       bool
	Windowed    bool
	Win, WinEnd int64
}

// Failed and Late are what op.Ctx collects.
type (
	Failed struct {
		Seq int32
		At  int // the operator's place in the tree, children before parents
		Err string
	}
	Late struct {
		Seq        int32
		At         int
		Ts, Window int64
	}
)

// shared is what a twin has of its tree.
type shared struct {
	env  *fn.Env
	ksql bool
	at   int
	all  *reports
	// programs are compiled expressions, of the whole tree.
	programs map[expr.Node]*expr.Program
}

type reports struct {
	failed []Failed
	late   []Late
}

func (s *shared) fail(r Rec, err error) {
	s.all.failed = append(s.all.failed, Failed{r.Seq, s.at, err.Error()})
}

func (s *shared) tooLate(r Rec, window int64) {
	s.all.late = append(s.all.late, Late{r.Seq, s.at, r.Ts, window})
}

// twin is an operator: it answers each record, and wall clock, with records.
type twin interface {
	row(port int, r Rec) []Rec
	tick(now int64) []Rec
}

// Tree is a stage made of twins.
type Tree struct {
	shared shared // with the number of twins so far in at
	root   *node
}

type node struct {
	twin  twin
	input int // when twin is nil
	kids  []*node
}

// Build makes the twins of a stage's nodes.
func Build(root planner.Node, env *fn.Env, ksql bool) *Tree {
	t := &Tree{shared: shared{env: env, ksql: ksql, all: &reports{}, programs: map[expr.Node]*expr.Program{}}}
	t.root = t.build(root)
	return t
}

func (t *Tree) build(n planner.Node) *node {
	if in, ok := n.(*planner.InputNode); ok {
		return &node{input: in.Index}
	}
	out := &node{}
	for _, k := range n.Inputs() {
		out.kids = append(out.kids, t.build(k))
	}
	mine := t.shared
	out.twin = newTwin(n, &mine)
	t.shared.at++
	return out
}

func newTwin(n planner.Node, s *shared) twin {
	switch n := n.(type) {
	case *planner.FilterNode:
		return newFilter(n, s)
	case *planner.ProjectNode:
		return &project{n: n, s: s}
	case *planner.ExplodeNode:
		return &explode{n: n, s: s}
	case *planner.RekeyNode:
		return rekey{}
	case *planner.ChangesNode:
		return &changes{n}
	case *planner.AggregateNode:
		switch {
		case n.Window == nil:
			return newAggregate(n, s)
		case n.Window.Type == planner.Session:
			return newSession(n, s)
		}
		return newWindow(n, s)
	case *planner.StreamTableJoinNode:
		return newStreamTable(n, s)
	case *planner.StreamStreamJoinNode:
		return newStreams(n, s)
	case *planner.TableTableJoinNode:
		if n.ByPairs {
			return newPairs(n, s)
		}
		if len(n.ForeignKey) > 0 {
			return newForeign(n, s)
		}
		return newTables(n, s)
	}
	panic(fmt.Sprintf("BUG: no twin of %T", n))
}

// Row sends one record of an input through the tree.
func (t *Tree) Row(input int, r Rec) []Rec { return t.root.row(input, r) }

func (n *node) row(input int, r Rec) []Rec {
	if n.twin == nil {
		if n.input == input {
			return []Rec{r}
		}
		return nil
	}
	var out []Rec
	for port, k := range n.kids {
		for _, x := range k.row(input, r) {
			out = append(out, n.twin.row(port, x)...)
		}
	}
	return out
}

// Tick advances wall clock.
func (t *Tree) Tick(now int64) []Rec { return t.root.tick(now) }

func (n *node) tick(now int64) []Rec {
	if n.twin == nil {
		return nil
	}
	var out []Rec
	for port, k := range n.kids {
		for _, x := range k.tick(now) {
			out = append(out, n.twin.row(port, x)...)
		}
	}
	return append(out, n.twin.tick(now)...)
}

// Reports gives and forgets failures and late rows, by Seq and operator.
func (t *Tree) Reports() ([]Failed, []Late) {
	f, l := t.shared.all.failed, t.shared.all.late
	*t.shared.all = reports{}
	slices.SortStableFunc(f, func(a, b Failed) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.At, b.At), strings.Compare(a.Err, b.Err))
	})
	slices.SortStableFunc(l, func(a, b Late) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.At, b.At))
	})
	return f, l
}

// Records unboxes a batch.
func Records(b *vec.Batch) []Rec {
	var out []Rec
	for i := range b.Len() {
		p := b.Row(i)
		r := Rec{Seq: b.SeqAt(p), Ts: b.Ts[p], Vals: values(b.Cols, p)}
		r.Tomb = b.Tomb != nil && b.Tomb.Get(p)
		r.OldOK = b.OldOK != nil && b.OldOK.Get(p)
		if r.OldOK && b.Old != nil {
			r.Old = values(b.Old, p)
		}
		if b.Win != nil {
			r.Windowed, r.Win, r.WinEnd = true, b.Win[p], b.WinEnd[p]
		}
		out = append(out, r)
	}
	return out
}

func values(cols []vec.Vec, row int) types.Row {
	out := make(types.Row, len(cols))
	for i := range cols {
		out[i] = cols[i].Value(row)
	}
	return out
}
