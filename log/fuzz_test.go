package log

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/internal/fuzzing"
)

// sampleEntry holds one command of every kind.
func sampleEntry() []byte {
	var e entryWriter
	e.begin(12345)
	inputs := []InputPos{{"in", 1, 77}}
	config := TopicConfig{Name: "a", Partitions: 2, Placement: []int32{1, 1}, SegmentBytes: 100, SegmentMs: 1000}
	j := step("t", 4, 9)
	for _, c := range []command{
		metaCommand{cmd: []byte("cmd")},
		appendCommand{items: []appendItem{{1, 0, -1, valueBatch(5, "x")}, {2, 3, 9, valueBatch(5, "y")}}},
		journalCommand{entry: j, outputs: []appendItem{{1, 0, -1, valueBatch(5, "x")}, {1, 0, -1, valueBatch(5, strings.Repeat("x", readInPlace))}, {2, 1, -1, valueBatch(5, "y")}}},
		createTopicCommand{config}, alterTopicCommand{config}, dropTopicCommand{"a"},
		activateCommand{Activation{PlanID: "p", Topics: []TopicConfig{config}, Drop: []string{"u"},
			Tasks: []TaskStart{{"t", []StartAt{{"in", 0, Timestamp, 5, 6}}}}}, 1 << 20},
		trimCommand{"t", 3, inputs}, dropTaskCommand{"t"}, newProducerCommand{},
		startsCommand{[]startItem{{1, 0, 55}}},
	} {
		e.add(c)
	}
	return e.join()
}

// TestEntryRoundTrip decodes every kind of command and encodes it again to the same bytes.
func TestEntryRoundTrip(t *testing.T) {
	e := sampleEntry()
	var w entryWriter
	w.begin(12345)
	kinds := 0
	if err := decodeEntry(e, func(now int64, c command) {
		if now != 12345 {
			t.Errorf("time %d", now)
		}
		if want := commandKind(kinds + 1); c.kind() != want {
			t.Errorf("kind %d, want %d", c.kind(), want)
		}
		kinds++
		w.add(c)
	}); err != nil {
		t.Fatal(err)
	}
	again := w.join()
	if kinds != int(kindStarts) || !bytes.Equal(again, e) {
		t.Fatalf("%d kinds\n got %x\nwant %x", kinds, again, e)
	}
}

// TestCommandSizes holds that size, by which entries are filled and space is admitted, is close to the truth.
func TestCommandSizes(t *testing.T) {
	if err := decodeEntry(sampleEntry(), func(_ int64, c command) {
		var w entryWriter
		w.begin(0)
		w.add(c)
		if got := len(w.join()) - entryHeader - commandHeader; got > c.size()+64 {
			t.Errorf("command of kind %d has %d bytes, estimated %d", c.kind(), got, c.size())
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// FuzzEntry: no bytes make the decoder fail in any other way than by an error.
func FuzzEntry(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Add(sampleEntry())
	f.Fuzz(func(t *testing.T, b []byte) {
		var w entryWriter
		w.begin(0)
		if decodeEntry(b, func(_ int64, c command) { w.add(c) }) != nil {
			return
		}
		if err := decodeEntry(w.join(), func(int64, command) {}); err != nil {
			t.Fatalf("encoded again: %v", err)
		}
	})
}

// TestPlansKept: the last results are kept, and forgetting one costs no copy of
// the others: a manifest of 2 KB that names some thousand plans took 40 MB.
func TestPlansKept(t *testing.T) {
	var r planResults
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range 4 * plansKept {
		r.add(strconv.Itoa(i), ActivationResult{EntryTime: int64(i)})
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
		t.Errorf("%d bytes for %d results", took, 4*plansKept)
	}
	if _, ok := r.find(strconv.Itoa(3*plansKept - 1)); ok || len(r.order) != plansKept || len(r.results) != plansKept {
		t.Errorf("%d and %d results kept, one too old: %t", len(r.order), len(r.results), ok)
	}
	if a, ok := r.find(strconv.Itoa(3 * plansKept)); !ok || a.EntryTime != 3*plansKept {
		t.Errorf("the oldest kept is %+v, %t", a, ok)
	}
}

// FuzzManifest: no bytes make restoring fail in any other way than by an error.
func FuzzManifest(tf *testing.F) {
	f := fuzzing.On(tf)
	fs := vfs.NewMem()
	g := newDataGroup(smallConfig(fs, newFakeClock()), "/data")
	if err := makeDir(fs, "/data"); err != nil {
		f.Fatal(err)
	}
	at := place{index: 1, term: 1, time: 1000}
	for _, c := range []command{
		createTopicCommand{TopicConfig{Name: "a", Partitions: 2, Placement: []int32{1, 1}, SegmentBytes: 100, SegmentMs: 1000}},
		activateCommand{Activation{PlanID: "p", Tasks: []TaskStart{{"t", []StartAt{{Topic: "a"}}}}}, 1 << 20},
		appendCommand{[]appendItem{{1, 0, -1, producerBatchOf(5, 0, 0, 3)}, {1, 1, -1, valueBatch(0, "x")}}},
		journalCommand{entry: JournalEntry{Task: "t", Epoch: 1}},
	} {
		if o := g.apply(at, c); o.err != nil {
			f.Fatal(o.err)
		}
	}
	g.end()
	f.Add(g.capture(1000).manifest)
	f.Fuzz(func(t *testing.T, b []byte) {
		other := newDataGroup(smallConfig(fs, newFakeClock()), "/other")
		if err := makeDir(fs, "/other"); err != nil {
			t.Fatal(err)
		}
		if other.restore(b) == nil && len(other.mu.topics)+len(other.mu.tasks) > len(b) {
			t.Fatal("more came out than went in")
		}
		if err := other.closePartitions(); err != nil {
			t.Fatal(err)
		}
	})
}
