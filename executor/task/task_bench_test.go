package task

import (
	"fmt"
	"testing"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
)

// BenchmarkJobs reports rows through a filter and a windowed aggregate, from
// committed input to committed output.
func BenchmarkJobs(b *testing.B) {
	const rows = 100_000
	var batches [][]byte
	var w batch.Builder
	w.Reset(batch.None, -1, -1, -1)
	for i := range rows {
		w.Append(batch.Record{
			Key: fmt.Appendf(nil, "%d", i), Timestamp: int64(i),
			Value: fmt.Appendf(nil, `{"page":"/products/category/%d/item","n":%d}`, i%977, i%100),
		})
		if w.Count() == 1000 {
			batches = append(batches, w.Bytes())
			w.Reset(batch.None, -1, -1, -1)
		}
	}
	for name, spec := range map[string]JobSpec{
		"filter": {ID: "f", Plan: filterPlan(1)}, "count": {ID: "c", Plan: countPlan(b, 1, 1, minute())},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				n := newNode(b, 4096)
				n.topic("clicks", 1)
				n.topic("big", 1)
				n.topic("counts", 1)
				for _, x := range batches {
					_, err := n.log.Append(n.ctx(), []log.Append{{Topic: "clicks", Batch: append(make([]byte, 0, len(x)+64), x...), ExpectedOffset: -1}})
					n.must(err)
				}
				b.StartTimer()
				n.start(spec)
				n.idle()
				b.StopTimer()
				n.close()
				b.StartTimer()
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
