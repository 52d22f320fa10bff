package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
)

// noMeta is a group 0 without commands.
type noMeta struct{}

func (noMeta) Apply(uint64, int64, []byte) any { return nil }
func (noMeta) Snapshot() ([]byte, error)       { return nil, nil }
func (noMeta) Restore([]byte) error            { return nil }

// Log measures durable appends to the log itself, each size with one writer and
// with several, beside a bare write and fdatasync of as many bytes.
func Log(ctx context.Context, dir string, bytesEach int) (*Report, error) {
	tmp, err := os.MkdirTemp(dir, "leat-bench-")
	if err != nil {
		return nil, fmt.Errorf("make the benchmark's directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	l, err := log.Open(ctx, log.DefaultConfig(tmp+"/log"), noMeta{})
	if err != nil {
		return nil, err
	}
	r, err := runLog(ctx, l, tmp, bytesEach)
	return r, errors.Join(err, l.Close())
}

func runLog(ctx context.Context, l *log.Log, dir string, bytesEach int) (*Report, error) {
	if err := l.CreateTopic(ctx, log.TopicConfig{Name: "t", Partitions: 8}); err != nil {
		return nil, err
	}
	r := &Report{Name: "log"}
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20} {
		for _, writers := range []int{1, 16} {
			each := max(20, min(2000, bytesEach/size)) / writers
			if err := logRow(ctx, r, l, dir, size, writers, max(each, 5)); err != nil {
				return nil, err
			}
		}
	}
	r.note("batches of 100-byte records without compression; the last batch of every writer read back and compared")
	return r, nil
}

// logRow measures one size and number of writers.
func logRow(ctx context.Context, r *Report, l *log.Log, dir string, size, writers, each int) error {
	d, err := newDisk(dir, 32<<20, size)
	if err != nil {
		return err
	}
	defer func() { _ = d.close() }()
	bare := make([]time.Duration, 0, each)
	for range min(each*writers, 100) {
		t, err := d.sync()
		if err != nil {
			return err
		}
		bare = append(bare, t)
	}
	lat, errs := make([][]time.Duration, writers), make([]error, writers)
	var wg sync.WaitGroup
	w := startWatch()
	for i := range writers {
		wg.Go(func() { lat[i], errs[i] = appendBatches(ctx, l, int32(i%8), size, each) })
	}
	wg.Wait()
	c := w.spent()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var all []time.Duration
	for _, x := range lat {
		all = append(all, x...)
	}
	records := each * writers * max(1, size/100)
	p50, floor := percentile(all, .5), percentile(bare, .5)
	r.add(fmt.Sprintf("%d KiB, %d writers", size>>10, writers), Figure{"per second", float64(each*writers*size) / c.wall.Seconds() / 1e6, "MB/s"},
		Figure{"records per second", perSecond(records, c.wall), "M/s"}, Figure{"CPU per record", float64(c.cpu.Nanoseconds()) / float64(records), "ns"},
		Figure{"p50", micros(p50), "µs"}, Figure{"p99", micros(percentile(all, .99)), "µs"},
		Figure{"bare fdatasync p50", micros(floor), "µs"})
	return nil
}

// appendBatches appends one batch after the other and reads the last one back.
func appendBatches(ctx context.Context, l *log.Log, partition int32, size, each int) ([]time.Duration, error) {
	value := bytes.Repeat([]byte("v"), 90)
	var b batch.Builder
	b.Reset(batch.None, -1, -1, -1)
	for range max(1, size/100) {
		b.Append(batch.Record{Value: value, Timestamp: eventBase})
	}
	whole := b.Bytes()
	out := make([]time.Duration, 0, each)
	var last int64
	for range each {
		begin := time.Now()
		res, err := l.Append(ctx, []log.Append{{Topic: "t", Partition: partition, Batch: bytes.Clone(whole), ExpectedOffset: -1}})
		if err != nil {
			return nil, err
		}
		out, last = append(out, time.Since(begin)), res[0].BaseOffset
	}
	f, err := l.Fetch("t", partition, last, 1)
	if err != nil {
		return nil, err
	}
	const behindOffset = 16 // the offset and the leader's epoch are the log's
	if len(f.Batches) == 0 || !bytes.Equal(f.Batches[0].Bytes[behindOffset:], whole[behindOffset:]) {
		return nil, fmt.Errorf("partition %d at %d: another batch came back", partition, last)
	}
	return out, nil
}
