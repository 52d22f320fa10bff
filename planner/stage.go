package planner

import (
	"sort"

	"github.com/leatdb/leat/sql/expr"
)

// cutter turns a tree with exchange marks into stages, writers first.
type cutter struct {
	stages []*Stage
	start  Start
}

// cutStages gives the stages of a bound relation in dependency order (P5).
func cutStages(r srel, start Start) []*Stage {
	c := &cutter{start: start}
	c.stage(r.node, nil)
	return c.stages
}

func (c *cutter) stage(root Node, ex *Exchange) *Stage {
	st := &Stage{Exchange: ex}
	st.Root = c.rebuild(root, st)
	st.ID = len(c.stages)
	if st.Partitions == 0 {
		panic("BUG: a stage without inputs")
	}
	c.stages = append(c.stages, st)
	return st
}

// rebuild replaces sources and exchanges below n by inputs of the stage.
func (c *cutter) rebuild(n Node, st *Stage) Node {
	switch n := n.(type) {
	case *sourceNode:
		in := *n.input
		in.Start = c.start
		return st.input(&in, n.Base, n.parts)
	case *exchangeNode:
		writer := c.stage(n.In, &Exchange{Keys: n.By, Partitions: n.Parts})
		writer.Exchange.Topic = "exchange-" + itoa(writer.ID)
		in := &Input{Kind: n.Result, Schema: n.Schema, Exchange: writer.ID, Topic: writer.Exchange.Topic, Start: Start{Kind: StartEarliest}}
		return st.input(in, n.Base, n.Parts)
	}
	mapStreamInputs(n, func(in Node) Node { return c.rebuild(in, st) })
	return n
}

// input adds an input to the stage and gives its leaf.
func (st *Stage) input(in *Input, base Base, parts int32) Node {
	if st.Partitions != 0 && st.Partitions != parts {
		panic("BUG: inputs of a stage with " + itoa(int(st.Partitions)) + " and " + itoa(int(parts)) + " partitions")
	}
	st.Partitions = parts
	st.Inputs = append(st.Inputs, in)
	return &InputNode{Base: base, Index: len(st.Inputs) - 1}
}

// mapStreamInputs replaces the inputs of a streaming node, in place.
func mapStreamInputs(n Node, f func(Node) Node) {
	switch n := n.(type) {
	case *FilterNode:
		n.In = f(n.In)
	case *ProjectNode:
		n.In = f(n.In)
	case *ExplodeNode:
		n.In = f(n.In)
	case *RekeyNode:
		n.In = f(n.In)
	case *ChangesNode:
		n.In = f(n.In)
	case *AggregateNode:
		n.In = f(n.In)
	case *StreamTableJoinNode:
		n.Left, n.Right = f(n.Left), f(n.Right)
	case *StreamStreamJoinNode:
		n.Left, n.Right = f(n.Left), f(n.Right)
	case *TableTableJoinNode:
		n.Left, n.Right = f(n.Left), f(n.Right)
	}
}

// baseOf gives the common part of a node.
func baseOf(n Node) *Base {
	switch n := n.(type) {
	case *InputNode:
		return &n.Base
	case *FilterNode:
		return &n.Base
	case *ProjectNode:
		return &n.Base
	case *ExplodeNode:
		return &n.Base
	case *RekeyNode:
		return &n.Base
	case *ChangesNode:
		return &n.Base
	case *AggregateNode:
		return &n.Base
	case *StreamTableJoinNode:
		return &n.Base
	case *StreamStreamJoinNode:
		return &n.Base
	case *TableTableJoinNode:
		return &n.Base
	}
	panic("BUG: a streaming node of unknown kind")
}

// propagateOld decides, from the last stage to the first, which nodes give old
// values, and which columns inputs read. need: the consumer of the result
// wants old values.
func propagateOld(p *StreamPlan, need bool) {
	last := len(p.Stages) - 1
	needs := map[int]bool{last: need}
	read := map[int][]bool{last: allTrue(len(p.Schema))}
	for i := last; i >= 0; i-- {
		st := p.Stages[i]
		st.markOld(st.Root, needs[i])
		st.markNeeded(read[i])
		for _, in := range st.Inputs {
			if in.Exchange >= 0 {
				needs[in.Exchange] = in.NeedsOld
				read[in.Exchange] = in.Needed
			}
		}
	}
}

func allTrue(n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = true
	}
	return out
}

// markOld applies need to a node and works out what its inputs need.
func (st *Stage) markOld(n Node, need bool) {
	base := baseOf(n)
	if n.Kind() == StreamResult {
		need = false
	}
	base.NeedsOld = need
	switch n := n.(type) {
	case *InputNode:
		in := st.Inputs[n.Index]
		in.NeedsOld = in.NeedsOld || need
	case *FilterNode:
		old := need
		if n.Kind() == TableResult && !need {
			old = knowsOld(n.In)
			n.Stateful = !old
		}
		st.markOld(n.In, old)
	case *AggregateNode:
		st.markOld(n.In, n.In.Kind() == TableResult)
	case *ChangesNode:
		st.markOld(n.In, true)
	case *ProjectNode, *RekeyNode, *ExplodeNode:
		st.markOld(n.Inputs()[0], need)
	default:
		for _, in := range n.Inputs() {
			st.markOld(in, false)
		}
	}
}

// knowsOld tells whether a node has old values at hand without more state.
func knowsOld(n Node) bool {
	switch n := n.(type) {
	case *AggregateNode, *TableTableJoinNode:
		return true
	case *ProjectNode:
		return knowsOld(n.In)
	case *FilterNode:
		return knowsOld(n.In)
	}
	return false
}

// markNeeded marks the columns of the stage's inputs that are read; need are
// those of its root that the next stage or the sink reads.
func (st *Stage) markNeeded(need []bool) {
	for _, in := range st.Inputs {
		in.Needed = make([]bool, len(in.Schema))
	}
	if st.Exchange != nil {
		need = append([]bool(nil), need...)
		for _, k := range st.Exchange.Keys {
			need[k] = true
		}
	}
	st.needed(st.Root, need)
}

func (st *Stage) needed(n Node, need []bool) {
	switch n := n.(type) {
	case *InputNode:
		in := st.Inputs[n.Index]
		for i, used := range need {
			in.Needed[i] = in.Needed[i] || used
		}
		for _, k := range n.Key {
			in.Needed[k] = true
		}
	case *FilterNode:
		in := append([]bool(nil), need...)
		uses(in, n.Cond)
		st.needed(n.In, in)
	case *ProjectNode:
		in := make([]bool, len(n.In.Out()))
		for i, x := range n.Exprs {
			if need[i] || keyAt(n.Key, i) {
				uses(in, x)
			}
		}
		st.needed(n.In, in)
	case *ExplodeNode:
		in := append([]bool(nil), need[:len(n.In.Out())]...)
		for _, f := range n.Funcs {
			uses(in, f.Args...)
		}
		st.needed(n.In, in)
	case *RekeyNode:
		in := append([]bool(nil), need...)
		for _, k := range n.Key {
			in[k] = true
		}
		st.needed(n.In, in)
	case *ChangesNode:
		width := len(n.In.Out())
		in := append([]bool(nil), need[:width]...)
		for i := range in {
			in[i] = in[i] || need[width+1+i] || keyAt(n.In.Keys(), i)
		}
		st.needed(n.In, in)
	case *AggregateNode:
		in := make([]bool, len(n.In.Out()))
		uses(in, n.Groups...)
		for i := range n.Aggs {
			eachAgg(&n.Aggs[i], func(x *expr.Node) { uses(in, *x) })
		}
		st.needed(n.In, in)
	default:
		st.neededByJoin(n, need)
	}
}

func keyAt(keys []int, i int) bool {
	for _, k := range keys {
		if k == i {
			return true
		}
	}
	return false
}

func (st *Stage) neededByJoin(n Node, need []bool) {
	var lk, rk []expr.Node
	all := append([]bool(nil), need...)
	sides := n.Inputs()
	switch n := n.(type) {
	case *StreamTableJoinNode:
		lk = n.LeftKey
		uses(all, n.Residual)
	case *StreamStreamJoinNode:
		lk, rk = n.LeftKey, n.RightKey
		uses(all, n.Residual)
	case *TableTableJoinNode:
		lk, rk = append(n.LeftOn, n.ForeignKey...), n.RightOn
		uses(all, n.Residual)
	}
	width := len(sides[0].Out())
	l, r := all[:width:width], append([]bool(nil), all[width:]...)
	uses(l, lk...)
	uses(r, rk...)
	for i, need := range [][]bool{l, r} {
		for _, k := range sides[i].Keys() {
			need[k] = true
		}
		st.needed(sides[i], need)
	}
}

// readsOf lists the relations a streaming plan reads, sorted.
func readsOf(p *StreamPlan) []string {
	seen := map[string]bool{}
	for _, st := range p.Stages {
		for _, in := range st.Inputs {
			if in.Relation != "" {
				seen[in.Relation] = true
			}
		}
	}
	out := make([]string, 0, len(seen))
	for name := range seen {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}
