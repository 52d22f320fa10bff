package log

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// fakeClock stands still until it is moved.
type fakeClock struct{ ms atomic.Int64 }

func newFakeClock() *fakeClock {
	c := &fakeClock{}
	c.ms.Store(1_700_000_000_000)
	return c
}

func (c *fakeClock) Now() time.Time { return time.UnixMilli(c.ms.Load()) }

// lines is a StateMachine that keeps its commands.
type lines struct{ cmds []string }

func (m *lines) Apply(index uint64, _ int64, cmd []byte) any {
	m.cmds = append(m.cmds, string(cmd))
	return fmt.Sprintf("%d:%s", len(m.cmds), cmd)
}

func (m *lines) Snapshot() ([]byte, error) { return []byte(strings.Join(m.cmds, "\n")), nil }

func (m *lines) Restore(b []byte) error {
	m.cmds = nil
	if len(b) > 0 {
		m.cmds = strings.Split(string(b), "\n")
	}
	return nil
}

// smallConfig makes everything roll, recycle and snapshot early.
func smallConfig(fs vfs.FS, clock Clock) Config {
	c := DefaultConfig("/data/log")
	c.FS, c.Clock = fs, clock
	c.SegmentBytes, c.IndexInterval = 2<<10, 256
	c.WALSegmentBytes, c.SnapshotBytes = 8<<10, 16<<10
	c.TailCacheBytes = 4 << 10
	c.MinDirtyRatio = 0
	return c
}

// testLog is an open log with the means to fail the test.
type testLog struct {
	*Log
	t     testing.TB
	meta  *lines
	fs    *vfs.MemFS
	clock *fakeClock
}

func openTest(t testing.TB, fs *vfs.MemFS, change ...func(*Config)) *testLog {
	t.Helper()
	clock := newFakeClock()
	c := smallConfig(fs, clock)
	for _, f := range change {
		f(&c)
	}
	meta := &lines{}
	l, err := Open(context.Background(), c, meta)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := l.shutdown(false); err != nil && !errors.Is(err, ErrClosed) {
			t.Errorf("shutdown: %v", err)
		}
	})
	return &testLog{Log: l, t: t, meta: meta, fs: fs, clock: clock}
}

// reopen closes the log, in order or not, and opens what is on the same file system.
func (l *testLog) reopen(orderly bool, change ...func(*Config)) *testLog {
	l.t.Helper()
	if err := l.shutdown(orderly); err != nil {
		l.t.Fatalf("shutdown: %v", err)
	}
	return openTest(l.t, l.fs, change...)
}

func (l *testLog) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *testLog) topic(name string, partitions int32, change ...func(*TopicConfig)) {
	l.t.Helper()
	c := TopicConfig{Name: name, Partitions: partitions, RetentionMs: -1, RetentionBytes: -1}
	for _, f := range change {
		f(&c)
	}
	l.must(l.CreateTopic(context.Background(), c))
}

// put appends one batch of records with the given values, without keys.
func (l *testLog) put(topic string, partition int32, values ...string) int64 {
	l.t.Helper()
	r, err := l.Append(context.Background(), []Append{{topic, partition, valueBatch(0, values...), -1}})
	l.must(err)
	return r[0].BaseOffset
}

func valueBatch(ms int64, values ...string) []byte {
	var w batch.Builder
	w.Reset(batch.None, -1, -1, -1)
	for _, v := range values {
		w.Append(batch.Record{Value: []byte(v), Timestamp: ms})
	}
	return w.Bytes()
}

// producerBatchOf is a batch of an idempotent producer; its values are its sequence numbers.
func producerBatchOf(id int64, epoch int16, sequence int32, n int) []byte {
	var w batch.Builder
	w.Reset(batch.None, id, epoch, sequence)
	for i := range n {
		w.Append(batch.Record{Value: binary.BigEndian.AppendUint32(nil, uint32(int(sequence)+i)), Timestamp: 1})
	}
	return w.Bytes()
}

// read returns "offset key=value" of all records from an offset on; a nil value prints as "-".
func (l *testLog) read(topic string, partition int32, from int64) []string {
	l.t.Helper()
	var out []string
	for {
		f, err := l.Fetch(topic, partition, from, 600)
		l.must(err)
		for _, b := range f.Batches {
			out = append(out, l.records(b.Bytes, from)...)
		}
		if f.NextOffset == f.HighWatermark {
			return out
		}
		if f.NextOffset <= from {
			l.t.Fatalf("fetch at %d goes on at %d", from, f.NextOffset)
		}
		from = f.NextOffset
	}
}

func (l *testLog) records(b []byte, from int64) []string {
	l.t.Helper()
	if cap(b)-len(b) < batch.Pad {
		l.t.Fatalf("batch of %d bytes has only %d behind it", len(b), cap(b)-len(b))
	}
	var r batch.Reader
	var rec batch.Record
	l.must(r.Reset(b, 0))
	var out []string
	for r.Next(&rec) {
		if rec.Offset < from {
			continue
		}
		value := string(rec.Value)
		if rec.Value == nil {
			value = "-"
		}
		if rec.Key != nil {
			value = string(rec.Key) + "=" + value
		}
		out = append(out, fmt.Sprintf("%d %s", rec.Offset, value))
	}
	l.must(r.Err())
	return out
}

func (l *testLog) wantRead(topic string, partition int32, from int64, want ...string) {
	l.t.Helper()
	got := l.read(topic, partition, from)
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		l.t.Fatalf("%s/%d from %d\n got %v\nwant %v", topic, partition, from, got, want)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}
