package log

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"
)

func testWALConfig(fs vfs.FS) walConfig {
	return walConfig{
		at: func(string) {},
		fs: fs, dir: "/wal", group: 7, segmentBytes: 4 << 10, keepFree: 4, clock: newFakeClock(),
		fatal: func(err error) { panic("FATAL: " + err.Error()) },
	}
}

func openTestWAL(t *testing.T, fs vfs.FS) *wal {
	t.Helper()
	if err := makeDir(fs, "/wal"); err != nil {
		t.Fatal(err)
	}
	w, err := openWAL(testWALConfig(fs))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func walData(index uint64) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "entry %d ", index), int(index%17)+1)
}

// storeWAL stores entries from..to, n at a time.
func storeWAL(t *testing.T, w *wal, from, to uint64, n int) {
	t.Helper()
	for from <= to {
		var logs []*raft.Log
		for range n {
			if from <= to {
				logs = append(logs, &raft.Log{Index: from, Term: 2, Type: raft.LogCommand, Data: walData(from), Extensions: []byte("x")})
				from++
			}
		}
		if err := w.StoreLogs(logs); err != nil {
			t.Fatal(err)
		}
	}
}

func wantWAL(t *testing.T, w *wal, first, last uint64) {
	t.Helper()
	f, _ := w.FirstIndex()
	l, _ := w.LastIndex()
	if f != first || l != last {
		t.Fatalf("entries %d..%d, want %d..%d", f, l, first, last)
	}
	for i := first; i <= last && i > 0; i++ {
		var e raft.Log
		if err := w.GetLog(i, &e); err != nil {
			t.Fatal(err)
		}
		if e.Index != i || e.Term != 2 || !bytes.Equal(e.Data, walData(i)) || string(e.Extensions) != "x" {
			t.Fatalf("entry %d came back as %+v", i, e)
		}
	}
	var e raft.Log
	if err := w.GetLog(last+1, &e); !errors.Is(err, raft.ErrLogNotFound) {
		t.Fatalf("entry behind the last: %v", err)
	}
}

func reopenWAL(t *testing.T, w *wal) *wal {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return openTestWAL(t, w.fs)
}

func TestWALRecyclesSegments(t *testing.T) {
	fs := vfs.NewMem()
	w := openTestWAL(t, fs)
	next := uint64(1)
	for range 30 {
		storeWAL(t, w, next, next+40, 3)
		next += 41
		if err := w.DeleteRange(1, next-10); err != nil {
			t.Fatal(err)
		}
		wantWAL(t, w, next-9, next-1)
		w = reopenWAL(t, w)
		if last, _ := w.LastIndex(); last != next-1 {
			t.Fatalf("last %d, want %d", last, next-1)
		}
	}
	names, err := fs.List("/wal")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) > 8 || !strings.Contains(strings.Join(names, " "), ".free") {
		t.Fatalf("files %v", names)
	}
}

// TestWALOfTwoNames: a segment that a crash has left under its name and that of a
// free file is recycled once.
func TestWALOfTwoNames(t *testing.T) {
	fs := vfs.NewMem()
	w := openTestWAL(t, fs)
	storeWAL(t, w, 1, 200, 3)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := fs.List("/wal")
	if err != nil {
		t.Fatal(err)
	}
	both := 0
	for _, name := range names {
		if base, ok := strings.CutSuffix(name, ".wal"); ok {
			if err := fs.Link("/wal/"+name, "/wal/"+base+".free"); err != nil {
				t.Fatal(err)
			}
			both++
		}
	}
	if w = openTestWAL(t, fs); both < 2 {
		t.Fatalf("%d segments", both)
	}
	wantWAL(t, w, 1, 200)
	if err := w.DeleteRange(1, 199); err != nil {
		t.Fatal(err)
	}
	storeWAL(t, w, 201, 800, 3)
	wantWAL(t, w, 200, 800)
	if last, err := reopenWAL(t, w).LastIndex(); last != 800 || err != nil {
		t.Errorf("last %d, %v", last, err)
	}
}

func TestWALTruncation(t *testing.T) {
	w := openTestWAL(t, vfs.NewMem())
	storeWAL(t, w, 1, 50, 7)
	if err := w.DeleteRange(31, 50); err != nil { // a follower's conflicting end
		t.Fatal(err)
	}
	storeWAL(t, w, 31, 40, 1)
	wantWAL(t, w, 1, 40)
	w = reopenWAL(t, w)
	wantWAL(t, w, 1, 40)
	if err := w.DeleteRange(1, 40); err != nil { // all, as behind a snapshot
		t.Fatal(err)
	}
	wantWAL(t, w, 0, 0)
	w = reopenWAL(t, w)
	wantWAL(t, w, 0, 0)
	storeWAL(t, w, 100, 110, 2)
	w = reopenWAL(t, w)
	wantWAL(t, w, 100, 110)
	if err := w.StoreLog(&raft.Log{Index: 200}); err == nil {
		t.Fatal("a gap was accepted")
	}
	if err := w.DeleteRange(103, 105); err == nil {
		t.Fatal("a hole was accepted")
	}
}

// TestWALFlippedBytes holds L6: whatever byte is damaged, entries that a later record's mark covers are not lost in
// silence, and no entry ever comes back different.
func TestWALFlippedBytes(t *testing.T) {
	fs := vfs.NewMem()
	w := openTestWAL(t, fs)
	storeWAL(t, w, 1, 20, 1)
	path, end := w.active().path, w.w.out.at()
	lastRecord := w.mu.entries[19].offset
	whole, err := readWhole(fs, path)
	if err != nil {
		t.Fatal(err)
	}
	for at := int64(0); at < end; at++ {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x40
		other := vfs.NewMem()
		if err := makeDir(other, "/wal"); err != nil {
			t.Fatal(err)
		}
		if err := writeFile(other, path, damaged, true); err != nil {
			t.Fatal(err)
		}
		got, err := openWAL(testWALConfig(other))
		if errors.Is(err, ErrCorrupt) {
			continue
		}
		if err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		last, _ := got.LastIndex()
		if at < lastRecord && last != 20 {
			t.Fatalf("byte %d: %d entries left of 20 without a word", at, last)
		}
		wantWAL(t, got, 1, last)
	}
}

// TestWALCutsTornTails crashes in the middle of appends: what was synced is there, the rest is a prefix or gone.
func TestWALCutsTornTails(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		fs := vfs.NewCrashableMem()
		w := openTestWAL(t, fs)
		stored := uint64(0)
		for range 3 {
			n := uint64(rng.IntN(40) + 1)
			storeWAL(t, w, stored+1, stored+n, rng.IntN(5)+1)
			stored += n
			// A write that never finishes: its bytes are in the file, unsynced.
			for i, data := range [][]byte{make([]byte, 9000), []byte("tail")} {
				l := &raft.Log{Index: stored + 1 + uint64(i), Term: 2, Data: data}
				if err := w.putLocked(l, walAt(w.active().generation, w.w.out.at())); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.flushLocked(false); err != nil {
				t.Fatal(err)
			}
			fs = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
			w = openTestWAL(t, fs)
			last, _ := w.LastIndex()
			if last < stored || last > stored+2 {
				t.Fatalf("seed %d: last %d, stored %d", seed, last, stored)
			}
			if last > stored {
				if err := w.DeleteRange(stored+1, last); err != nil {
					t.Fatal(err)
				}
			}
			wantWAL(t, w, 1, stored)
		}
	}
}

// TestWALStopsAfterFailedSync holds L1: after a failed sync nothing is acknowledged any more.
func TestWALStopsAfterFailedSync(t *testing.T) {
	fs := &failingFS{MemFS: vfs.NewMem()}
	if err := makeDir(fs, "/wal"); err != nil {
		t.Fatal(err)
	}
	c := testWALConfig(fs)
	var fatal error
	c.fatal = func(err error) { fatal = err }
	w, err := openWAL(c)
	if err != nil {
		t.Fatal(err)
	}
	storeWAL(t, w, 1, 3, 1)
	fs.fail.Store(true)
	if err := w.StoreLog(&raft.Log{Index: 4}); !errors.Is(err, errDisk) || !errors.Is(fatal, errDisk) {
		t.Fatalf("error %v, fatal %v", err, fatal)
	}
	fs.fail.Store(false)
	if err := w.StoreLog(&raft.Log{Index: 4}); !errors.Is(err, errDisk) {
		t.Fatalf("went on after a failed sync: %v", err)
	}
}
