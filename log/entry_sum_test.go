package log

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"

	"github.com/leatdb/leat/log/batch"
)

func randomBytes(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// TestJoinSums: two checksums joined are that of the bytes, at every length up to some and at random ones.
func TestJoinSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	b := randomBytes(rng, 300_000)
	for i := range 3000 {
		n := i
		if i >= 2000 {
			n = rng.IntN(len(b) - 50)
		}
		head := rng.IntN(50)
		if got, want := joinSums(checksum(b[:head]), checksum(b[head:head+n]), n), checksum(b[:head+n]); got != want {
			t.Fatalf("%d bytes behind %d: %08x, want %08x", n, head, got, want)
		}
	}
}

// builtBatch is a batch of records with some n bytes.
func builtBatch(rng *rand.Rand, codec batch.Codec, n int) []byte {
	var w batch.Builder
	w.Reset(codec, -1, -1, -1)
	w.Append(batch.Record{Value: []byte("first"), Timestamp: 5})
	for w.Len() < n {
		w.Append(batch.Record{Value: randomBytes(rng, min(n-w.Len(), 1+rng.IntN(5000))), Timestamp: rng.Int64N(1000)})
	}
	return w.Bytes()
}

// TestEntrySum: an entry's checksum made of those of its batches is the one over its bytes, and the WAL's with it.
func TestEntrySum(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 4))
	for range 300 {
		var w entryWriter
		w.begin(rng.Int64())
		for range rng.IntN(4) {
			var items []appendItem
			for range rng.IntN(5) {
				size := rng.IntN(2 * readInPlace)
				if rng.IntN(2) == 0 {
					size = sumInPlace - 100 + rng.IntN(100_000)
				}
				items = append(items, appendItem{rng.Uint64N(300), rng.Int32N(300), -1, builtBatch(rng, batch.Codec(rng.IntN(5)), size)})
			}
			if rng.IntN(2) == 0 {
				w.add(appendCommand{items})
				continue
			}
			w.add(journalCommand{entry: JournalEntry{Task: "t", Steps: randomBytes(rng, rng.IntN(9000))}, outputs: items})
		}
		b := w.join()
		if got, want := w.sum(b), checksum(b); got != want {
			t.Fatalf("entry of %d bytes with %d large batches: %08x, want %08x", len(b), len(w.large), got, want)
		}
	}
}

// TestWALTakesKnownSums: the log's own large entries are stored with the checksum that their maker has, which reading
// them compares; a wrong one is found.
func TestWALTakesKnownSums(t *testing.T) {
	l := openTest(t, vfs.NewMem(), func(c *Config) { c.WALSegmentBytes, c.SnapshotBytes = 1<<20, 1<<30 })
	l.topic("a", 1)
	rng := rand.New(rand.NewPCG(3, 4))
	asked, had := 0, 0
	w, sumOf := l.nodes[0].wal, l.nodes[0].proposer.sumOf
	w.sums.Store(new(knownSum(func(data []byte) (uint32, bool) {
		crc, ok := sumOf(data)
		if asked++; ok {
			had++
		}
		return crc, ok
	})))
	for range 5 {
		c := []Append{{Topic: "a", ExpectedOffset: -1, Batch: builtBatch(rng, batch.None, 2*walInPlace)}}
		if _, err := l.Append(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
	last, _ := w.LastIndex()
	var e raft.Log
	if err := w.read(last, &e); err != nil || len(e.Data) < 2*walInPlace || asked < 5 || had != 5 {
		t.Fatalf("%d sums of %d, the last entry has %d bytes: %v", had, asked, len(e.Data), err)
	}

	wrong := openTestWAL(t, vfs.NewMem())
	wrong.sums.Store(new(knownSum(func([]byte) (uint32, bool) { return 1, true })))
	if err := wrong.StoreLog(&raft.Log{Index: 1, Term: 1, Data: bytes.Repeat([]byte("x"), 100)}); err != nil {
		t.Fatal(err)
	}
	wantErr(t, wrong.read(1, &e), ErrCorrupt)
}
