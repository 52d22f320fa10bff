package log

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"

	"github.com/leatdb/leat/log/batch"
)

// builtInRoom are n batches of some size, one behind the other in a room as far as it has room.
func builtInRoom(rng *rand.Rand, room *batch.Room, n int) (items []appendItem) {
	for range n {
		var w batch.Builder
		w.Reset(batch.None, -1, -1, -1)
		w.Use(room.Next())
		for size := readInPlace + rng.IntN(200_000); w.Len() < size; {
			w.Append(batch.Record{Value: randomBytes(rng, 1+rng.IntN(5000)), Timestamp: rng.Int64N(1000)})
		}
		b := w.Bytes()
		room.Took(b)
		items = append(items, appendItem{rng.Uint64(), rng.Int32(), rng.Int64N(1000) - 1, b})
	}
	return items
}

// TestEntryInRoom: an entry around batches that lie in a room is made without a copy of them when they lie as they have
// to, and is the same to its reader, its checksum and the WAL when not.
func TestEntryInRoom(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 4))
	wal := openTestWAL(t, &blockFS{vfs.NewMem(), t})
	placed := 0
	for i := range uint64(200) {
		n := 1 + rng.IntN(4)
		room := batch.NewRoom(100_000 * (1 + rng.IntN(8)))
		c := journalCommand{entry: JournalEntry{Task: "t", Epoch: 1, Steps: randomBytes(rng, rng.IntN(300)), Room: room}, outputs: builtInRoom(rng, room, n)}
		var want [][]byte
		for _, it := range c.outputs {
			want = append(want, bytes.Clone(it.batch))
		}
		first := &c.outputs[0].batch[0]
		var w entryWriter
		w.begin(77)
		if w.add(c); rng.IntN(8) == 0 {
			w.add(newProducerCommand{})
		}
		b := w.join()
		if got, want := w.sum(b), checksum(b); got != want {
			t.Fatalf("sum %08x, want %08x", got, want)
		}
		var got journalCommand
		err := decodeEntry(b, func(_ int64, c command) {
			if j, ok := c.(journalCommand); ok {
				got = j
			}
		})
		if err != nil || len(got.outputs) != n || !bytes.Equal(got.entry.Steps, c.entry.Steps) {
			t.Fatalf("%d of %d outputs: %v", len(got.outputs), n, err)
		}
		for k, it := range got.outputs {
			c := &c.outputs[k]
			pad := it.batch[len(it.batch) : len(it.batch)+batch.Pad]
			if !bytes.Equal(it.batch, want[k]) || it.topic != c.topic || it.partition != c.partition || it.expected != c.expected || !bytes.Equal(pad, padding[:]) {
				t.Fatalf("output %d of %d came back as another one", k, n)
			}
		}
		log := &raft.Log{Index: i + 1, Term: 1, Type: raft.LogCommand, Data: b}
		if &got.outputs[0].batch[0] == first {
			placed++
			if _, ok := wal.w.out.gapBefore(log); !ok && len(b) >= walInPlace {
				t.Fatal("the WAL copies the entry")
			}
		}
		if err := wal.StoreLog(log); err != nil {
			t.Fatal(err)
		}
		var back raft.Log
		if err := wal.GetLog(i+1, &back); err != nil || !bytes.Equal(back.Data, b) {
			t.Fatalf("%d bytes of %d came back: %v", len(back.Data), len(b), err)
		}
	}
	if placed < 50 || placed > 180 {
		t.Errorf("%d of 200 entries were made in place", placed)
	}
}
