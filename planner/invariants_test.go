package planner

import (
	"fmt"

	"github.com/leatdb/leat/sql/expr"
	"github.com/leatdb/leat/sql/types"
)

// checkPlan holds P3 to P5 and that every column an expression reads is there
// with its type. It answers the first thing that is wrong.
func checkPlan(p *Plan) error {
	if p.Batch != nil {
		if len(p.Schema) != len(p.Batch.Out()) {
			return fmt.Errorf("%d visible columns of %d", len(p.Schema), len(p.Batch.Out()))
		}
		return checkBatch(p.Batch, nil)
	}
	for _, st := range p.Stream.Stages {
		if err := checkStream(st, st.Root); err != nil {
			return err
		}
		if st.Exchange != nil {
			for _, k := range st.Exchange.Keys {
				if k >= len(st.Root.Out()) {
					return fmt.Errorf("P5: exchange key %d of %d columns", k, len(st.Root.Out()))
				}
			}
		}
	}
	if p.Stream.Kind == TableResult && p.Stream.KeyColumns == nil {
		return fmt.Errorf("P3: a table without a key")
	}
	if s := p.Stream.Sink; s != nil && len(s.Columns) != len(s.Schema) {
		return fmt.Errorf("sink of %d columns from %d", len(s.Schema), len(s.Columns))
	}
	return nil
}

// checkExpr checks one expression over the columns in, with the rows outside.
func checkExpr(n expr.Node, in types.Schema, outer []types.Schema) (err error) {
	if n == nil {
		return nil
	}
	visit(n, func(c expr.Node) bool {
		if err == nil {
			err = checkNode(c, in, outer)
		}
		return err == nil
	})
	if err == nil {
		if _, cerr := expr.Compile(n); cerr != nil {
			err = fmt.Errorf("%s does not compile: %v", expr.Text(n), cerr)
		}
	}
	return err
}

func checkNode(c expr.Node, in types.Schema, outer []types.Schema) error {
	if _, ok := c.(*placeholder); ok {
		return fmt.Errorf("P4: a placeholder is left")
	}
	if c.Type().Kind == types.Unknown {
		return fmt.Errorf("P4: %T is untyped: %s", c, expr.Text(c))
	}
	switch c := c.(type) {
	case *expr.Column:
		return checkColumn(c.Name, c.Index, c.T, in)
	case *expr.Outer:
		if c.Depth > len(outer) {
			return fmt.Errorf("outer %s at depth %d of %d", c.Name, c.Depth, len(outer))
		}
		return checkColumn("outer "+c.Name, c.Index, c.T, outer[c.Depth-1])
	case *expr.Subquery:
		return checkBatch(c.Plan.(BatchNode), append([]types.Schema{in}, outer...))
	case *expr.Compare:
		if c.L.Type().Kind != c.R.Type().Kind && !(c.L.Type().IsText() && c.R.Type().IsText()) {
			return fmt.Errorf("comparison of %s with %s: %s", c.L.Type(), c.R.Type(), expr.Text(c))
		}
	}
	return nil
}

func checkColumn(name string, i int, t types.Type, in types.Schema) error {
	if i < 0 || i >= len(in) {
		return fmt.Errorf("column %s is #%d of %d", name, i, len(in))
	}
	if in[i].Type.Kind != t.Kind {
		return fmt.Errorf("column %s #%d is %s, read as %s", name, i, in[i].Type, t)
	}
	return nil
}

func checkBatch(n BatchNode, outer []types.Schema) error {
	in := types.Schema{}
	rows := outer
	inputs := inputsOf(n)
	switch n := n.(type) {
	case *BatchJoin:
		return checkBatchJoin(n, outer)
	case *BatchWith:
		for _, c := range inputs {
			if err := checkBatch(c, outer); err != nil {
				return err
			}
		}
		return nil
	case *BatchSetOp:
		in = n.Schema
	default:
		if len(inputs) == 1 {
			in = inputs[0].Out()
		}
	}
	for _, c := range inputs {
		if err := checkBatch(c, rows); err != nil {
			return err
		}
	}
	var err error
	eachExpr(n, func(x *expr.Node) {
		if err == nil && *x != nil {
			err = checkExpr(*x, in, outer)
		}
	})
	if p, ok := n.(*BatchProject); ok && err == nil {
		err = checkOutputs(p.Exprs, p.Schema)
	}
	if err != nil {
		return fmt.Errorf("%T: %w", n, err)
	}
	return nil
}

func checkOutputs(xs []expr.Node, s types.Schema) error {
	if len(xs) != len(s) {
		return fmt.Errorf("%d expressions for %d columns", len(xs), len(s))
	}
	for i, x := range xs {
		if x != nil && x.Type().Kind != s[i].Type.Kind && !(x.Type().IsText() && s[i].Type.IsText()) {
			return fmt.Errorf("column %s is %s, computed as %s", s[i].Name, s[i].Type, x.Type())
		}
	}
	return nil
}

func checkBatchJoin(n *BatchJoin, outer []types.Schema) error {
	l, r := n.Left.Out(), n.Right.Out()
	right := outer
	if n.Lateral {
		right = append([]types.Schema{l}, outer...)
	}
	if err := checkBatch(n.Left, outer); err != nil {
		return err
	}
	if err := checkBatch(n.Right, right); err != nil {
		return err
	}
	for i := range n.LeftKey {
		if err := checkExpr(n.LeftKey[i], l, outer); err != nil {
			return fmt.Errorf("left key: %w", err)
		}
		if err := checkExpr(n.RightKey[i], r, outer); err != nil {
			return fmt.Errorf("right key: %w", err)
		}
	}
	return checkExpr(n.Residual, append(l.Clone(), r...), outer)
}

func checkStream(st *Stage, n Node) error {
	for _, k := range n.Keys() {
		if k >= len(n.Out()) {
			return fmt.Errorf("%T: key %d of %d columns", n, k, len(n.Out()))
		}
	}
	var err error
	check := func(in types.Schema, xs ...expr.Node) {
		for _, x := range xs {
			if err == nil {
				err = checkExpr(x, in, nil)
			}
		}
	}
	switch n := n.(type) {
	case *InputNode:
		if len(st.Inputs[n.Index].Schema) != len(n.Schema) {
			err = fmt.Errorf("input of %d columns read as %d", len(st.Inputs[n.Index].Schema), len(n.Schema))
		}
	case *FilterNode:
		check(n.In.Out(), n.Cond)
	case *ProjectNode:
		check(n.In.Out(), n.Exprs...)
		if err == nil {
			err = checkOutputs(n.Exprs, n.Schema)
		}
	case *ExplodeNode:
		for _, f := range n.Funcs {
			check(n.In.Out(), f.Args...)
		}
	case *AggregateNode:
		check(n.In.Out(), n.Groups...)
		for i := range n.Aggs {
			eachAgg(&n.Aggs[i], func(x *expr.Node) { check(n.In.Out(), *x) })
		}
	case *StreamTableJoinNode:
		check(n.Left.Out(), n.LeftKey...)
		check(n.Schema, n.Residual)
	case *StreamStreamJoinNode:
		check(n.Left.Out(), n.LeftKey...)
		check(n.Right.Out(), n.RightKey...)
		check(n.Schema, n.Residual)
	case *TableTableJoinNode:
		check(n.Left.Out(), n.ForeignKey...)
	}
	if err != nil {
		return fmt.Errorf("%T: %w", n, err)
	}
	for _, in := range n.Inputs() {
		if err := checkStream(st, in); err != nil {
			return err
		}
	}
	return nil
}
