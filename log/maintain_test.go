package log

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// fill appends n records of about 100 bytes with timestamps 0, 1, 2..., a millisecond of the clock apart.
func (l *testLog) fill(topic string, n int) {
	l.t.Helper()
	for i := range n {
		_, err := l.Append(context.Background(), []Append{{topic, 0, valueBatch(int64(i), strings.Repeat("x", 100)), -1}})
		l.must(err)
		l.clock.ms.Add(1)
	}
}

func (l *testLog) start(topic string) int64 {
	l.t.Helper()
	start, _, err := l.Offsets(topic, 0)
	l.must(err)
	return start
}

func (l *testLog) stats(topic string) PartitionStats {
	l.t.Helper()
	for _, s := range l.Stats().Topics {
		if s.Name == topic {
			return s.Partitions[0]
		}
	}
	l.t.Fatalf("no topic %s in stats", topic)
	return PartitionStats{}
}

func TestRetentionByTime(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1, func(c *TopicConfig) { c.RetentionMs = 1000 })
	appended := l.clock.ms.Load()
	l.fill("a", 100) // the records' own timestamps are in 1970
	l.must(l.RunMaintenance(appended + 1000))
	if got := l.start("a"); got != 0 {
		t.Fatalf("start %d though nothing is old", got)
	}
	l.must(l.RunMaintenance(appended + 1050))
	start := l.start("a")
	if start == 0 || start > 50 {
		t.Fatalf("start %d, want a segment boundary up to 50", start)
	}
	_, err := l.Fetch("a", 0, start-1, 100)
	wantErr(t, err, ErrOffsetOutOfRange)
	l = l.reopen(false)
	if got := l.start("a"); got != start {
		t.Fatalf("start %d after restart, was %d", got, start)
	}
	l.must(l.RunMaintenance(appended + 5000))
	if got := l.start("a"); got != 100 {
		t.Fatalf("start %d when all is old", got)
	}
	if s := l.stats("a"); s.Segments != 0 || s.Bytes != 0 {
		t.Fatalf("left %+v", s)
	}
	_, err = l.Append(context.Background(), []Append{{"a", 0, valueBatch(appended+9000, "late"), -1}})
	l.must(err)
	l.must(l.RunMaintenance(appended + 8000))
	l.wantRead("a", 0, 100, "100 late") // its timestamp is younger than its append
	if got := l.put("a", 0, "next"); got != 101 {
		t.Fatalf("offset %d", got)
	}
	l = l.reopen(true)
	l.wantRead("a", 0, 101, "101 next")
}

// TestRetentionWaitsForPins holds L9: the logical start moves at once, what is pinned stays readable.
func TestRetentionWaitsForPins(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("in", 1, func(c *TopicConfig) { c.RetentionBytes = 1000 })
	l.fill("in", 20)
	l.begin("t") // pins offset 0
	l.fill("in", 80)
	l.Pin("reader", "in", 0, 30)
	l.must(l.RunMaintenance(0))
	start := l.start("in")
	if start < 50 {
		t.Fatalf("start %d", start)
	}
	f, err := l.Fetch("in", 0, 0, 100)
	l.must(err)
	if f.Batches[0].BaseOffset != 0 || f.LogStart != start {
		t.Fatalf("fetched %+v", f)
	}
	if s := l.stats("in"); s.PinnedBytes == 0 {
		t.Fatalf("stats %+v", s)
	}
	_, err = l.Commit(context.Background(), step("t", 1, 60))
	l.must(err)
	l.must(l.TrimJournal(context.Background(), "t", 1, []InputPos{{Topic: "in", Next: 60}}))
	l.must(l.RunMaintenance(0))
	_, err = l.Fetch("in", 0, 0, 100)
	wantErr(t, err, ErrOffsetOutOfRange)
	_, err = l.Fetch("in", 0, 30, 100)
	l.must(err)
	l.Unpin("reader")
	l.must(l.RunMaintenance(0))
	_, err = l.Fetch("in", 0, 30, 100)
	wantErr(t, err, ErrOffsetOutOfRange)
	l = l.reopen(false)
	_, err = l.Fetch("in", 0, start, 100)
	l.must(err)
}

// TestPinsOutliveAStart: a snapshot keeps what tasks pin, and removes nothing of it.
func TestPinsOutliveAStart(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("in", 1, func(c *TopicConfig) { c.RetentionBytes = 1000 })
	l.fill("in", 20)
	l.begin("t") // pins offset 0
	l.fill("in", 80)
	for range 2 {
		l = l.reopen(true)
		l.must(l.RunMaintenance(0))
		if start := l.start("in"); start < 50 {
			t.Fatalf("start %d", start)
		}
		f, err := l.Fetch("in", 0, 0, 100)
		l.must(err)
		if f.Batches[0].BaseOffset != 0 {
			t.Fatalf("fetched %+v", f)
		}
	}
}

// keyed appends one record; an empty value is a tombstone.
func (l *testLog) keyed(topic, key, value string) {
	l.t.Helper()
	var w batch.Builder
	w.Reset(batch.None, -1, -1, -1)
	r := batch.Record{Key: []byte(key), Value: []byte(value)}
	if value == "" {
		r.Value = nil
	}
	w.Append(r)
	_, err := l.Append(context.Background(), []Append{{topic, 0, w.Bytes(), -1}})
	l.must(err)
}

// sealRest fills the active segment with records of a key of its own, so that all before is sealed.
func (l *testLog) sealRest(topic string) {
	l.t.Helper()
	for range 30 {
		l.keyed(topic, "filler", strings.Repeat("f", 100))
	}
}

// latest is what a reader from the start ends with, without the filler.
func (l *testLog) latest(topic string) string {
	l.t.Helper()
	last := map[string]string{}
	for _, line := range l.read(topic, 0, 0) {
		var offset int
		var pair string
		fmt.Sscanf(line, "%d %s", &offset, &pair)
		key, value, _ := strings.Cut(pair, "=")
		last[key] = value
	}
	delete(last, "filler")
	return fmt.Sprint(last)
}

func TestCompactionKeepsTheLastOfEachKey(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1, func(c *TopicConfig) { c.Cleanup, c.DeleteRetentionMs = Compact, 1000 })
	for round := range 30 {
		for k := range 10 {
			l.keyed("a", fmt.Sprintf("k%d", k), fmt.Sprintf("v%d.%d", k, round))
		}
	}
	l.keyed("a", "k3", "")
	l.sealRest("a")
	want := l.latest("a")
	before := l.stats("a")
	l.must(l.RunMaintenance(10_000))
	after := l.stats("a")
	if after.Bytes*3 > before.Bytes || after.End != before.End {
		t.Fatalf("before %+v, after %+v", before, after)
	}
	if got := l.latest("a"); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	if n := strings.Count(strings.Join(l.read("a", 0, 0), "\n"), "k3="); n != 1 {
		t.Fatalf("%d records of the deleted key, want its tombstone", n)
	}
	l = l.reopen(false)
	if got := l.latest("a"); got != want {
		t.Fatalf("after restart %s, want %s", got, want)
	}
	l.must(l.RunMaintenance(10_999))
	if !strings.Contains(l.latest("a"), "k3:-") {
		t.Fatal("the tombstone went too early")
	}
	l.must(l.RunMaintenance(11_000))
	l = l.reopen(true)
	if got := l.latest("a"); strings.Contains(got, "k3") {
		t.Fatalf("the tombstone is still there: %s", got)
	}
	if got := l.stats("a").Segments; got > 4 {
		t.Fatalf("%d segments: small ones were not merged", got)
	}
}

func TestCompactionWaitsForPins(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1, func(c *TopicConfig) { c.Cleanup = Compact })
	for i := range 100 {
		l.keyed("a", "k", fmt.Sprintf("value-%d", i))
	}
	l.sealRest("a")
	l.Pin("p", "a", 0, 0)
	l.must(l.RunMaintenance(0))
	if got := len(l.read("a", 0, 0)); got != 130 {
		t.Fatalf("%d records, want all", got)
	}
	l.Unpin("p")
	l.must(l.RunMaintenance(0))
	if got := len(l.read("a", 0, 0)); got > 100 {
		t.Fatalf("%d records after the pin was released", got)
	}
}

func TestIndexSurvivesLossAndDamage(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	l.fill("a", 100)
	l.must(l.Close())
	dir := "/data/log/g1/data/t1-p0"
	names, err := l.fs.List(dir)
	l.must(err)
	broken := 0
	for i, name := range names {
		if !strings.HasSuffix(name, ".idx") {
			continue
		}
		broken++
		if i%2 == 0 {
			l.must(l.fs.Remove(dir + "/" + name))
			continue
		}
		l.must(writeFile(l.fs, dir+"/"+name, []byte("LINDEX01 nonsense"), true))
	}
	if broken < 3 {
		t.Fatalf("only %d index files", broken)
	}
	l = openTest(t, l.fs)
	for _, offset := range []int64{0, 17, 50, 99} {
		f, err := l.Fetch("a", 0, offset, 1)
		l.must(err)
		if f.Batches[0].BaseOffset != offset {
			t.Fatalf("fetch at %d gave %d", offset, f.Batches[0].BaseOffset)
		}
	}
}

func TestNoSpace(t *testing.T) {
	ctx := context.Background()
	fs := vfs.NewMem()
	l := openTest(t, fs)
	l.topic("in", 1)
	l.begin("t")
	fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 32 << 20, TotalBytes: 1 << 30})
	l.clock.ms.Add(spaceMs) // what was known of the disk holds no longer
	_, err := l.Append(ctx, []Append{{"in", 0, valueBatch(0, "x"), -1}})
	wantErr(t, err, ErrNoSpace)
	_, err = l.Commit(ctx, step("t", 1, 0)) // the journal has a share of its own
	l.must(err)
	fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 1 << 30, TotalBytes: 1 << 30})
	l.put("in", 0, "x")
}

func TestDeleteRecords(t *testing.T) {
	ctx := context.Background()
	l := openTest(t, vfs.NewMem(), func(c *Config) { c.Dir = "relative" })
	l.topic("a", 1)
	l.fill("a", 60)
	l.must(l.DeleteRecords(ctx, "a", 0, 40))
	l.must(l.DeleteRecords(ctx, "a", 0, 20)) // never back
	if got := l.start("a"); got != 40 {
		t.Fatalf("start %d", got)
	}
	before := l.stats("a")
	l.must(l.RunMaintenance(0))
	if after := l.stats("a"); after.Bytes >= before.Bytes || after.PinnedBytes > l.cfg.SegmentBytes {
		t.Fatalf("before %+v, after %+v", before, after)
	}
	l.must(l.DeleteRecords(ctx, "a", 0, 1000))
	if got := l.start("a"); got != 60 {
		t.Fatalf("start %d", got)
	}
	wantErr(t, l.DeleteRecords(ctx, "none", 0, 0), ErrUnknownTopic)
}
