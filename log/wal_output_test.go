package log

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"
)

// blockFile refuses what a disk without a page cache would.
type blockFile struct {
	vfs.File
	t *testing.T
}

func (f *blockFile) WriteAt(b []byte, at int64) (int, error) {
	if at%walBlock != 0 || len(b)%walBlock != 0 || uintptr(unsafe.Pointer(&b[0]))%walBlock != 0 {
		f.t.Errorf("write of %d bytes at %d from memory at %p", len(b), at, &b[0])
	}
	return f.File.WriteAt(b, at)
}

type blockFS struct {
	*vfs.MemFS
	t *testing.T
}

func (f *blockFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	file, err := f.MemFS.OpenReadWrite(name, c, o...)
	return &blockFile{file, f.t}, err
}

// TestWALWritesWholeBlocks: whatever is written, in whatever pieces, leaves the segment in whole blocks and comes
// back; small entries after small entries leave those before in the same block as they were.
func TestWALWritesWholeBlocks(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		w := openTestWAL(t, &blockFS{vfs.NewMem(), t})
		last := roundTripWAL(t, w, rng, 60)
		w = reopenWAL(t, w)
		if got, _ := w.LastIndex(); got != last {
			t.Fatalf("seed %d: last %d of %d", seed, got, last)
		}
	}
}

// TestWALPastThePageCache does the same on the machine's own disk, where writes go past the page cache if it can.
func TestWALPastThePageCache(t *testing.T) {
	cfg := testWALConfig(vfs.Default)
	cfg.dir, cfg.segmentBytes = t.TempDir(), 64<<10
	w, err := openWAL(cfg)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 3))
	last := roundTripWAL(t, w, rng, 200)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w, err = openWAL(cfg); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.LastIndex(); got != last {
		t.Fatalf("last %d of %d", got, last)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// roundTripWAL stores entries of many sizes, some together, and reads all of them back; it gives the last index.
func roundTripWAL(t *testing.T, w *wal, rng *rand.Rand, n int) uint64 {
	t.Helper()
	var data [][]byte
	placed := 0
	for len(data) < n {
		var logs []*raft.Log
		for range rng.IntN(3) + 1 {
			b := make([]byte, rng.IntN(300))
			if rng.IntN(8) == 0 {
				b = make([]byte, rng.IntN(10_000))
			}
			if len(data) == n/2 {
				b = make([]byte, 2*walPiece+rng.IntN(10_000))
			}
			if rng.IntN(12) == 0 {
				b = make([]byte, 2*walInPlace+rng.IntN(10_000))
			}
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			if len(b) > walInPlace { // as memory has it, or as an entry has it, or with other bytes behind it
				switch rng.IntN(4) {
				case 0:
					e := entryWriter{small: b}
					b = e.join()
				case 1:
					b = b[4+8*rng.IntN(1000) : len(b)-rng.IntN(1000)]
				case 2: // with zeros behind it to the end of the block
					at := 4 + 8*rng.IntN(1000)
					b = append(make([]byte, at, at+len(b)+walBlock), b...)[at:]
				}
			}
			data = append(data, b)
			logs = append(logs, &raft.Log{Index: uint64(len(data)), Term: 2, Type: raft.LogCommand, Data: b})
		}
		for _, l := range logs {
			if _, ok := w.w.out.gapBefore(l); ok {
				placed++
			}
		}
		if err := w.StoreLogs(logs); err != nil {
			t.Fatal(err)
		}
	}
	if placed == 0 {
		t.Error("no entry was written from where it lies")
	}
	for i, want := range data {
		var l raft.Log
		if err := w.GetLog(uint64(i+1), &l); err != nil || !bytes.Equal(l.Data, want) {
			t.Fatalf("entry %d of %d bytes: %v, %d bytes came back", i+1, len(want), err, len(l.Data))
		}
	}
	return uint64(len(data))
}
