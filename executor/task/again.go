package task

import (
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/planner"
)

// transient tells whether a stage keeps nothing of the vectors of a stream that it
// reads once a step is over: filters and projections have no state, a join with a
// table copies the table's rows, the output is encoded within the step, and what
// failed or came late is noted by offset, with a copy of the record's bytes.
func transient(stage *planner.Stage, in *planner.Input) bool {
	return in.Kind == planner.StreamResult && in.Exchange < 0 && transientNode(stage.Root)
}

func transientNode(n planner.Node) bool {
	if n.Kind() != planner.StreamResult {
		return false
	}
	switch n := n.(type) {
	case *planner.InputNode:
		return true
	case *planner.FilterNode, *planner.ProjectNode:
		return transientNode(n.Inputs()[0])
	case *planner.StreamTableJoinNode:
		_, table := n.Right.(*planner.InputNode)
		return table && transientNode(n.Left)
	}
	return false
}

// giveBack lets the decoder write the next rows where the last ones were: all of
// them are taken, and the step that took the last is over. What comes from a
// tail (tail.go) is not the feed's to give.
func (f *feed) giveBack() {
	if d, ok := f.dec.(*codec.Decoder); ok && f.again && !f.lent && f.cur != nil && d.Len() == 0 {
		d.Recycle(f.cur)
		f.cur = nil
	}
}

// release lets the memory go that waits for rows: a feed at rest holds none.
func (f *feed) release() {
	if d, ok := f.dec.(*codec.Decoder); ok && f.again {
		d.Release()
	}
}
