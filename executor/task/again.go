package task

import (
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/planner"
)

// transient tells whether a stage keeps nothing of its input's vectors once a
// step is over: filters and projections over streams have no state, their output
// is encoded within the step, and what failed or came late is noted by offset,
// with a copy of the record's bytes.
func transient(stage *planner.Stage) bool {
	for _, in := range stage.Inputs {
		if in.Kind != planner.StreamResult || in.Exchange >= 0 {
			return false
		}
	}
	return transientNode(stage.Root)
}

func transientNode(n planner.Node) bool {
	switch n.(type) {
	case *planner.InputNode, *planner.FilterNode, *planner.ProjectNode:
	default:
		return false
	}
	for _, in := range n.Inputs() {
		if !transientNode(in) {
			return false
		}
	}
	return n.Kind() == planner.StreamResult
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
