package log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// files reads every file below dir.
func files(t *testing.T, fs vfs.FS, dir string, into map[string][]byte) {
	t.Helper()
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := fs.PathJoin(dir, name)
		info, err := fs.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			files(t, fs, path, into)
			continue
		}
		if into[path], err = readWhole(fs, path); err != nil {
			t.Fatal(err)
		}
	}
}

// withDamage is a file system with these files, one of them with a flipped bit.
func withDamage(t *testing.T, all map[string][]byte, damaged string, at int) *vfs.MemFS {
	t.Helper()
	fs := vfs.NewMem()
	for path, data := range all {
		if err := fs.MkdirAll(fs.PathDir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		data = bytes.Clone(data)
		if path == damaged {
			data[at] ^= 1 << (at % 8)
		}
		if err := writeFile(fs, path, data, true); err != nil {
			t.Fatal(err)
		}
	}
	return fs
}

// TestDamageIsFound flips bits in every file of a closed log: opening or reading fails, or all data is there as it
// was.
func TestDamageIsFound(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	for i := range 20 {
		l.put("a", 0, fmt.Sprintf("value %d, long enough for a few segments: %s", i, strings.Repeat("x", 200)))
	}
	_, _, err := l.ProposeMeta(context.Background(), []byte("catalog"))
	l.must(err)
	want := l.read("a", 0, 0)
	l.must(l.Close())
	all := map[string][]byte{}
	files(t, l.fs, "/data/log", all)
	found, harmless := 0, 0
	for path, data := range all {
		for at := 0; at < len(data); at += 1 + len(data)/60 {
			if damageFound(t, withDamage(t, all, path, at), want) {
				found++
			} else {
				harmless++
			}
		}
	}
	if found < 100 || harmless == 0 {
		t.Fatalf("%d found, %d harmless", found, harmless)
	}
}

// damageFound opens a damaged log and reads it; wrong data fails the test.
func damageFound(t *testing.T, fs *vfs.MemFS, want []string) bool {
	t.Helper()
	meta := &lines{}
	l, err := Open(context.Background(), smallConfig(fs, newFakeClock()), meta)
	if err != nil {
		return true
	}
	defer func() {
		if err := l.shutdown(false); err != nil {
			t.Error(err)
		}
	}()
	if !slices.Equal(meta.cmds, []string{"catalog"}) {
		t.Errorf("catalog commands %v", meta.cmds)
	}
	var got []string
	tl := &testLog{Log: l, t: t, fs: fs}
	for at := int64(0); at < int64(len(want)); {
		f, err := l.Fetch("a", 0, at, 500)
		if errors.Is(err, ErrCorrupt) {
			return true
		}
		if err != nil || len(f.Batches) == 0 {
			t.Errorf("fetch at %d: %d batches, error %v", at, len(f.Batches), err)
			return false
		}
		for _, b := range f.Batches {
			got = append(got, tl.records(b.Bytes, at)...)
		}
		at = f.NextOffset
	}
	if !slices.Equal(got, want) {
		t.Errorf("wrong data: %v", got)
	}
	return false
}

// TestFailedSyncIsFatal holds D7: after a failed sync the log says so, answers nothing more as done, and can still
// be shut down.
func TestFailedSyncIsFatal(t *testing.T) {
	fs := &failingFS{MemFS: vfs.NewMem()}
	cfg := smallConfig(fs, newFakeClock())
	fatal := make(chan error, 100)
	cfg.Fatal = func(err error) { fatal <- err }
	l, err := Open(context.Background(), cfg, &lines{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := l.CreateTopic(ctx, TopicConfig{Name: "a", Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	fs.fail.Store(true)
	_, err = l.Append(ctx, []Append{{"a", 0, valueBatch(0, "x"), -1}})
	wantErr(t, err, ErrUnknownOutcome)
	wantErr(t, <-fatal, errDisk)
	if _, err = l.Append(ctx, []Append{{"a", 0, valueBatch(0, "y"), -1}}); err == nil {
		t.Fatal("an append behind a failed sync succeeded")
	}
	fs.fail.Store(false)
	if err := l.shutdown(false); err != nil {
		t.Fatal(err)
	}
}

func TestSegmentsRollByEntryTime(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1, func(c *TopicConfig) { c.SegmentMs = 1000 })
	for range 5 {
		l.put("a", 0, "x")
		l.clock.ms.Add(600)
	}
	if got := l.stats("a").Segments; got != 3 {
		t.Fatalf("%d segments, want 3", got)
	}
	l.clock.ms.Add(-1_000_000) // L8: a clock that goes back changes nothing
	l.put("a", 0, "x")
	r, err := l.Activate(context.Background(), Activation{PlanID: "p"})
	l.must(err)
	if back := newFakeClock().ms.Load() + 4*600; r.EntryTime != back {
		t.Fatalf("entry time %d, want %d", r.EntryTime, back)
	}
}
