package log

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// twin is the plainest partition there is: a list of records.
type twin struct {
	records []twinRecord // index is the offset
	start   int64
}

type twinRecord struct {
	ms    int64
	key   string
	value string
}

func (w *twin) offsetForTime(ms int64) int64 {
	for i, r := range w.records {
		if int64(i) >= w.start && r.ms >= ms {
			return int64(i)
		}
	}
	return int64(len(w.records))
}

func (w *twin) latest(from int64) map[string]string {
	last := map[string]string{}
	for _, r := range w.records[from:] {
		last[r.key] = r.value
	}
	return last
}

// TestAgainstTwin compares a log with a list: random appends with every codec, restarts, retention and compaction,
// and reads from everywhere.
func TestAgainstTwin(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 3))
		l := openTest(t, vfs.NewMem())
		l.topic("deleted", 1, func(c *TopicConfig) { c.RetentionBytes = 6 << 10 })
		l.topic("compacted", 1, func(c *TopicConfig) { c.Cleanup = Compact })
		twins := map[string]*twin{"deleted": {}, "compacted": {}}
		for range 150 {
			for _, topic := range []string{"deleted", "compacted"} {
				l.twinAppend(rng, topic, twins[topic])
			}
			switch rng.IntN(12) {
			case 0:
				l = l.reopen(rng.IntN(2) == 0)
			case 1:
				l.must(l.RunMaintenance(l.clock.ms.Load()))
				start := l.start("deleted")
				if start < twins["deleted"].start {
					t.Fatalf("seed %d: start went back", seed)
				}
				twins["deleted"].start = start
			case 2, 3:
				l.twinRead(rng, "deleted", twins["deleted"])
				l.twinLatest("compacted", twins["compacted"])
			}
		}
		if twins["deleted"].start == 0 {
			t.Fatalf("seed %d: retention did nothing", seed)
		}
		if n := len(l.read("compacted", 0, 0)); n > len(twins["compacted"].records)/2 {
			t.Fatalf("seed %d: compaction left %d of %d records", seed, n, len(twins["compacted"].records))
		}
		l.must(l.Close())
	}
}

func (l *testLog) twinAppend(rng *rand.Rand, topic string, w *twin) {
	l.t.Helper()
	var b batch.Builder
	b.Reset(batch.Codec(rng.IntN(5)), -1, -1, -1)
	base := int64(len(w.records))
	for range rng.IntN(5) + 1 {
		r := twinRecord{
			ms:    int64(10*len(w.records) + rng.IntN(40)),
			key:   fmt.Sprint("k", rng.IntN(6)),
			value: fmt.Sprintf("%d of %s %0*d", len(w.records), topic, rng.IntN(60), rng.IntN(1000)),
		}
		w.records = append(w.records, r)
		b.Append(batch.Record{Key: []byte(r.key), Value: []byte(r.value), Timestamp: r.ms})
	}
	got, err := l.Append(context.Background(), []Append{{topic, 0, b.Bytes(), base}})
	l.must(err)
	if got[0].BaseOffset != base || got[0].LastOffset != int64(len(w.records))-1 {
		l.t.Fatalf("append at %d gave %+v", base, got[0])
	}
}

// twinRead compares a read from a random offset, and the offset of a random time.
func (l *testLog) twinRead(rng *rand.Rand, topic string, w *twin) {
	l.t.Helper()
	from := w.start + rng.Int64N(int64(len(w.records))-w.start+1)
	var want []string
	for i, r := range w.records[from:] {
		want = append(want, fmt.Sprintf("%d %s=%s", from+int64(i), r.key, r.value))
	}
	l.wantRead(topic, 0, from, want...)
	ms := rng.Int64N(int64(10*len(w.records) + 100))
	got, err := l.OffsetForTime(topic, 0, ms)
	l.must(err)
	if want := w.offsetForTime(ms); got != want {
		l.t.Fatalf("time %d: offset %d, want %d", ms, got, want)
	}
}

// twinLatest compares the last value of every key: compaction never changes it.
func (l *testLog) twinLatest(topic string, w *twin) {
	l.t.Helper()
	got := map[string]string{}
	for at := int64(0); ; {
		f, err := l.Fetch(topic, 0, at, 900)
		l.must(err)
		var r batch.Reader
		var rec batch.Record
		for _, b := range f.Batches {
			l.must(r.Reset(b.Bytes, 0))
			for r.Next(&rec) {
				if want := w.records[rec.Offset]; want.key != string(rec.Key) || want.value != string(rec.Value) || want.ms != rec.Timestamp {
					l.t.Fatalf("offset %d is %s=%s, want %+v", rec.Offset, rec.Key, rec.Value, want)
				}
				got[string(rec.Key)] = string(rec.Value)
			}
		}
		if at = f.NextOffset; at == f.HighWatermark {
			break
		}
	}
	if want := w.latest(0); fmt.Sprint(got) != fmt.Sprint(want) {
		l.t.Fatalf("latest values\n got %v\nwant %v", got, want)
	}
}
