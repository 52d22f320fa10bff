package task

import (
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
)

// memTopic is an exchange of a push query: batches that live until they are
// read. It is a Log as far as cursors need one.
type memTopic struct {
	Log   // the rest, which cursors do not use
	parts []memPart
}

type memPart struct {
	batches []log.FetchedBatch
	end     int64
}

func newMemTopic(partitions int32) *memTopic { return &memTopic{parts: make([]memPart, partitions)} }

// append gives a batch its place.
func (m *memTopic) append(a log.Append) {
	p := &m.parts[a.Partition]
	n := int64(batch.LastOffsetDelta(a.Batch)) + 1
	batch.Patch(a.Batch, p.end, 0)
	p.batches = append(p.batches, log.FetchedBatch{BaseOffset: p.end, LastOffset: p.end + n - 1, Bytes: a.Batch})
	p.end += n
}

// Fetch forgets what is below offset: nobody reads it again.
func (m *memTopic) Fetch(_ string, partition int32, offset int64, _ int) (log.Fetched, error) {
	p := &m.parts[partition]
	for len(p.batches) > 0 && p.batches[0].LastOffset < offset {
		p.batches = p.batches[1:]
	}
	f := log.Fetched{NextOffset: p.end, HighWatermark: p.end}
	f.Batches = append(f.Batches, p.batches...)
	return f, nil
}

// Offsets gives the partition's end.
func (m *memTopic) Offsets(_ string, partition int32) (start, end int64, err error) {
	return 0, m.parts[partition].end, nil
}
