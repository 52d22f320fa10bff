package log

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/leatdb/leat/log/batch"
)

func openBench(b *testing.B, change ...func(*Config)) *Log {
	b.Helper()
	cfg := DefaultConfig(b.TempDir())
	for _, f := range change {
		f(&cfg)
	}
	l, err := Open(context.Background(), cfg, &lines{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := l.CreateTopic(context.Background(), TopicConfig{Name: "a", Partitions: 8}); err != nil {
		b.Fatal(err)
	}
	return l
}

func benchBatch(records, size int) []byte {
	var w batch.Builder
	w.Reset(batch.None, -1, -1, -1)
	for range records {
		w.Append(batch.Record{Value: bytes.Repeat([]byte("x"), size)})
	}
	return w.Bytes()
}

// BenchmarkAppend is an acknowledged, synced append, by writers side by side and by size of batch.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct{ writers, records int }{{1, 1}, {1, 1000}, {16, 10}, {16, 1000}, {256, 10}} {
		b.Run(fmt.Sprintf("writers=%d/records=%d", c.writers, c.records), func(b *testing.B) {
			l := openBench(b)
			data := benchBatch(c.records, 100)
			b.SetBytes(int64(len(data)))
			var next = make(chan int, c.writers)
			times := make([]time.Duration, b.N)
			failed := make(chan error, c.writers)
			b.ResetTimer()
			for w := range c.writers {
				go func() {
					for i := range next {
						start := time.Now()
						if _, err := l.Append(context.Background(), []Append{{"a", int32(w % 8), data, -1}}); err != nil {
							failed <- err
							return
						}
						times[i] = time.Since(start)
					}
					failed <- nil
				}()
			}
			for i := range b.N {
				next <- i
			}
			close(next)
			for range c.writers {
				if err := <-failed; err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(b.N*c.records)/b.Elapsed().Seconds(), "rec/s")
			want := int64(b.N * c.records)
			for _, p := range l.Stats().Topics[0].Partitions {
				want -= p.End
			}
			if want != 0 {
				b.Fatalf("%d records are missing", want)
			}
		})
	}
}

// BenchmarkFetch reads a megabyte at a time, from the tail cache and from segments.
func BenchmarkFetch(b *testing.B) {
	for name, cache := range map[string]int64{"tail": 64 << 20, "segments": 0} {
		b.Run(name, func(b *testing.B) {
			l := openBench(b, func(c *Config) { c.TailCacheBytes = cache })
			data := benchBatch(1000, 100)
			for range 100 {
				if _, err := l.Append(context.Background(), []Append{{"a", 0, data, -1}}); err != nil {
					b.Fatal(err)
				}
			}
			var at, bytes int64
			for b.Loop() {
				f, err := l.Fetch("a", 0, at, 1<<20)
				if err != nil {
					b.Fatal(err)
				}
				for _, fb := range f.Batches {
					bytes += int64(len(fb.Bytes))
				}
				if at = f.NextOffset; at == f.HighWatermark {
					at = 0
				}
			}
			if bytes == 0 {
				b.Fatal("nothing was read")
			}
			b.ReportMetric(float64(bytes)/b.Elapsed().Seconds()/1e6, "MB/s")
		})
	}
}
