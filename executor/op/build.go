package op

import (
	"fmt"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// env is what a constructor gets besides its node.
type env struct {
	ctx    *Ctx
	budget *state.Budget
	name   string
	at     int          // place among the tree's operators, children before parents
	above  planner.Node // what reads this node; nil at the root
}

// Build makes the operators of a stage. ctx is kept: the caller sets Env and
// Now before each step and drains Failures and Late after it. A node that no
// operator is built for answers 0A000.
func Build(stage *planner.Stage, ctx *Ctx) (*Tree, error) {
	t := &Tree{ctx: ctx, budget: ctx.Budget, leaves: make([][]leaf, len(stage.Inputs))}
	if t.budget == nil {
		t.budget = ctx.NewBudget()
	}
	if err := t.place(stage.Root, nil, 0, 0); err != nil {
		return nil, err
	}
	return t, nil
}

// place builds node and what is below it, the children first.
func (t *Tree) place(node planner.Node, parent *placed, port, depth int) error {
	if in, ok := node.(*planner.InputNode); ok {
		return t.placeInput(in, parent, port, depth)
	}
	p := &placed{name: nodeName(node), depth: depth, parent: parent, port: port, node: node}
	p.emit = t.emitter(p)
	t.shown = append(t.shown, p)
	for i, child := range node.Inputs() {
		if err := t.place(child, p, i, depth+1); err != nil {
			return err
		}
	}
	var err error
	if p.op, err = newOperator(node, &env{t.ctx, t.budget, p.name, len(t.ops), above(parent)}); err != nil {
		return err
	}
	p.bind()
	t.ops = append(t.ops, p)
	return nil
}

func (t *Tree) placeInput(in *planner.InputNode, parent *placed, port, depth int) error {
	if in.Index < 0 || in.Index >= len(t.leaves) {
		panic(fmt.Sprintf("BUG: E4: input %d of a stage with %d", in.Index, len(t.leaves)))
	}
	p := &placed{name: "Input", depth: depth, parent: parent, port: port}
	p.emit = t.emitter(p)
	t.shown = append(t.shown, p)
	t.leaves[in.Index] = append(t.leaves[in.Index], leaf{p})
	return nil
}

// emitter hands batches to the parent, or out of the tree.
func (t *Tree) emitter(p *placed) Emit {
	if p.parent == nil {
		return func(b *vec.Batch) error {
			if !t.ctx.Picked {
				b = b.Whole()
			}
			t.out = append(t.out, b)
			return nil
		}
	}
	picked, values := takesPicked(p.parent.node), needsValues(p.parent.node, p.port)
	return func(b *vec.Batch) error {
		if !picked {
			b = b.Whole()
		}
		if values {
			if b = withValues(b); b.Len() == 0 {
				return nil
			}
		}
		return p.parent.op.Process(p.port, b, p.parent.emit)
	}
}

// takesPicked tells whether an operator works on columns whose values stand
// elsewhere (vec.Picked), and passes them on.
func takesPicked(n planner.Node) bool {
	switch n.(type) {
	case *planner.FilterNode, *planner.ProjectNode:
		return n.Kind() == planner.StreamResult
	}
	return false
}

// needsValues tells whether an operator ignores the rows of a stream that have
// no value: ksqlDB's streams hold such rows, and only projections pass them on.
func needsValues(n planner.Node, port int) bool {
	if n.Inputs()[port].Kind() == planner.TableResult {
		return false
	}
	switch n.(type) {
	case *planner.FilterNode, *planner.AggregateNode, *planner.ExplodeNode, *planner.StreamTableJoinNode, *planner.StreamStreamJoinNode:
		return true
	}
	return false
}

// withValues drops the rows of a stream without a value.
func withValues(b *vec.Batch) *vec.Batch {
	if b.Tomb == nil {
		return b
	}
	out := *b
	out.Sel, _ = split(b)
	out.Tomb = nil
	return &out
}

func newOperator(node planner.Node, e *env) (Operator, error) {
	switch n := node.(type) {
	case *planner.FilterNode:
		return newFilter(n, e)
	case *planner.ProjectNode:
		return newProject(n, e)
	case *planner.ExplodeNode:
		return newExplode(n, e)
	case *planner.RekeyNode:
		return newRekey(n), nil
	case *planner.ChangesNode:
		return newChanges(n), nil
	case *planner.AggregateNode:
		return newAnyAggregate(n, e)
	case *planner.StreamTableJoinNode:
		return newStreamTable(n, e)
	case *planner.StreamStreamJoinNode:
		return newStreamStream(n, e)
	case *planner.TableTableJoinNode:
		if n.ByPairs {
			return newPairs(n, e)
		}
		if len(n.ForeignKey) > 0 {
			return newForeign(n, e)
		}
		return newTableTable(n, e)
	}
	return nil, sqlerr.Unsupported("%s in a streaming query", nodeName(node))
}

func newAnyAggregate(n *planner.AggregateNode, e *env) (Operator, error) {
	table := n.In.Kind() == planner.TableResult
	switch {
	case n.Window == nil && n.Final:
		return nil, sqlerr.Unsupported("EMIT FINAL without a window")
	case n.Window == nil:
		return newAggregate(n, e)
	case table:
		return nil, sqlerr.Unsupported("WINDOW over a table")
	case n.Window.Type == planner.Session:
		return newSessions(n, e)
	}
	return newWindowed(n, e)
}

// nodeName is what EXPLAIN ANALYZE and dead letters call a node.
func nodeName(node planner.Node) string {
	switch n := node.(type) {
	case *planner.FilterNode:
		if n.Having {
			return "Having"
		}
		return "Filter"
	case *planner.ProjectNode:
		return "Project"
	case *planner.ExplodeNode:
		return "Explode"
	case *planner.RekeyNode:
		return "Rekey"
	case *planner.ChangesNode:
		return "Changes"
	case *planner.AggregateNode:
		return "Aggregate"
	case *planner.StreamTableJoinNode:
		return "StreamTableJoin"
	case *planner.StreamStreamJoinNode:
		return "StreamStreamJoin"
	case *planner.TableTableJoinNode:
		return "TableTableJoin"
	}
	return fmt.Sprintf("node %T", node)
}
