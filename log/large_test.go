package log

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// largeValues is about n bytes of records that tell which batch they are of.
func largeValues(w *batch.Builder, which, n int) []byte {
	w.Reset(batch.None, -1, -1, -1)
	for at := 0; at < n; at += 100 {
		w.Append(batch.Record{Value: fmt.Appendf(nil, "%d at %090d", which, at), Timestamp: int64(which)})
	}
	return w.Bytes()
}

// TestLargeBatches commits batches around the sizes from which they are read where they lie in their entry, written
// beside the WAL's buffer and built in memory that the log gave back, and compares every byte of what readers were
// given at once, at the end, and after the WAL was read again.
func TestLargeBatches(t *testing.T) {
	ctx := context.Background()
	roomy := func(c *Config) { c.TailCacheBytes, c.SegmentBytes, c.WALSegmentBytes = 1<<20, 1<<20, 1<<20 }
	l := openTest(t, vfs.NewMem(), roomy)
	l.topic("in", 1)
	l.begin("t")
	rng := rand.New(rand.NewPCG(8, 9))
	sizes := []int{1, readInPlace - 200, readInPlace, writeDirectly - 300, writeDirectly, 70 << 10, 200 << 10}
	var w batch.Builder // takes as much memory as the largest of the last batches
	var held, want [][]byte
	for epoch := uint64(1); epoch <= 60; epoch++ {
		e := step("t", epoch, int64(epoch))
		for i := range 1 + rng.IntN(4) {
			e.Outputs = append(e.Outputs, Append{"out", 1, largeValues(&w, int(epoch)*10+i, sizes[rng.IntN(len(sizes))]), -1})
		}
		for _, o := range e.Outputs[1:] {
			want = append(want, bytes.Clone(o.Batch[batch.HeaderSize:]))
		}
		r, err := l.Commit(ctx, e)
		l.must(err)
		for _, o := range r.Outputs[1:] {
			f, err := l.Fetch("out", 1, o.BaseOffset, 1)
			l.must(err)
			held = append(held, f.Batches[0].Bytes)
		}
	}
	compare := func(got [][]byte) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%d batches, want %d", len(got), len(want))
		}
		for i, b := range got {
			if !batch.ChecksumOK(b) || !bytes.Equal(b[batch.HeaderSize:], want[i]) || cap(b) < len(b)+batch.Pad {
				t.Fatalf("batch %d is not what was committed", i)
			}
		}
	}
	compare(held)
	for range 2 {
		l = l.reopen(false, roomy)
		var got [][]byte
		for at := int64(0); ; {
			f, err := l.Fetch("out", 1, at, 1<<20)
			l.must(err)
			if len(f.Batches) == 0 {
				break
			}
			for _, b := range f.Batches {
				got = append(got, b.Bytes)
			}
			at = f.NextOffset
		}
		compare(got)
		l.must(l.RunMaintenance(0))
	}
}
