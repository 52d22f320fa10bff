package task

import (
	"bytes"
	"slices"
	"strings"

	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
)

// forwards tells whether the plan's outputs carry the headers of the records
// they come from: ksqlDB's queries do where every row stands for itself.
func forwards(p *planner.StreamPlan) bool {
	return p.Sink != nil && p.Sink.Ksql && !slices.ContainsFunc(p.Stages, func(s *planner.Stage) bool { return gathers(s.Root) })
}

// gathers tells whether an operator makes rows of several, not each of one.
func gathers(n planner.Node) bool {
	switch n.(type) {
	case *planner.InputNode, *planner.FilterNode, *planner.ProjectNode, *planner.ExplodeNode, *planner.RekeyNode, *planner.StreamTableJoinNode:
	default:
		return true
	}
	return slices.ContainsFunc(n.Inputs(), gathers)
}

// keepHeaders notes the headers of a record, lent, until its row is through.
// Those that name schemas belong to the record's own bytes.
func (f *feed) keepHeaders(rec *batch.Record) {
	if f.forward {
		f.headers = addHeaders(f.headers, rec)
	}
}

// addHeaders puts a record's headers, lent, under its offset.
func addHeaders(to map[int64][]batch.Header, rec *batch.Record) map[int64][]batch.Header {
	if len(rec.Headers) == 0 {
		return to
	}
	var kept []batch.Header
	for _, h := range rec.Headers {
		if !strings.HasPrefix(h.Key, "__key_schema") && !strings.HasPrefix(h.Key, "__value_schema") {
			kept = append(kept, batch.Header{Key: strings.Clone(h.Key), Value: bytes.Clone(h.Value)})
		}
	}
	if to == nil {
		to = map[int64][]batch.Header{}
	}
	to[rec.Offset] = kept
	return to
}

// lendHeaders gives the sink the headers of the records that a step's rows come
// from, where one that is not yet through has any.
func (t *task) lendHeaders(in *stepInput) {
	if slices.ContainsFunc(t.core.feeds, func(f *feed) bool { return len(f.headers) > 0 }) {
		t.sink.headers = func(seq int32) []batch.Header {
			r := in.ref(seq)
			return t.core.feeds[r.input].headers[in.ins[r.input].Offset[r.row]]
		}
	}
}

// dropHeaders forgets those of records whose rows were taken.
func (t *task) dropHeaders() {
	t.sink.headers = nil
	for _, f := range t.core.feeds {
		for at := range f.headers {
			if at < f.next {
				delete(f.headers, at)
			}
		}
	}
}
