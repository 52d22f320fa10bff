package spill_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/executor/spill"
	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/sqlerr"
)

// disk is a file system that begins to fail.
type disk struct {
	vfs.FS
	full, broken atomic.Bool
}

func (d *disk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.Create(name, c)
	return diskFile{f, d}, err
}

func (d *disk) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := d.FS.Open(name, opts...)
	return diskFile{f, d}, err
}

type diskFile struct {
	vfs.File
	disk *disk
}

func (f diskFile) Write(p []byte) (int, error) {
	if f.disk.full.Load() {
		return 0, syscall.ENOSPC
	}
	return f.File.Write(p)
}

func (f diskFile) ReadAt(p []byte, at int64) (int, error) {
	if f.disk.broken.Load() {
		return 0, errors.New("the disk does not answer")
	}
	return f.File.ReadAt(p, at)
}

// onDisk is a table with much more outside of memory than the store caches.
func onDisk(t *testing.T, d *disk) (*spill.Store, *state.Budget, *state.Table) {
	t.Helper()
	var store *spill.Store
	budget := &state.Budget{Limit: 1 << 20, Spill: state.NewSpill(func() (state.Cold, error) {
		var err error
		store, err = spill.Open(spill.Options{FS: d, Dir: "spill", Budget: 1 << 20, Reserve: 1 << 30})
		return store, err
	})}
	tab := state.NewTable(1, 1, budget)
	tab.MaySpill()
	if err := grow(budget, tab, 0, 20_000); err != nil {
		t.Fatal(err)
	}
	if n := tab.SpillStats().Rows; n < 15_000 {
		t.Fatalf("%d rows are outside of memory", n)
	}
	return store, budget, tab
}

func grow(budget *state.Budget, tab *state.Table, from, to int) error {
	for k := from; k < to; k++ {
		r, _ := tab.UpsertKey(fmt.Append(nil, k))
		tab.SetBlob(r, 0, bytes.Repeat(fmt.Append(nil, k*k), 100))
		if k%500 == 499 {
			if err := budget.Relieve(); err != nil {
				return err
			}
		}
	}
	return budget.Relieve()
}

// TestFullDisk: a write that fails in the background is an error of a later step,
// of all that follow, and of views that are read then; nothing hangs.
func TestFullDisk(t *testing.T) {
	d := &disk{FS: vfs.NewMem()}
	store, budget, tab := onDisk(t, d)
	d.full.Store(true)
	err := grow(budget, tab, 20_000, 400_000)
	if !sqlerr.Is(err, sqlerr.DiskFull) || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("a full disk answers %v", err)
	}
	if again := budget.Err(); again == nil || again.Error() != err.Error() {
		t.Errorf("and then %v", again)
	}
	view := tab.Freeze()
	w := state.NewWriter(io.Discard)
	if view.Write(w, true); w.Flush() == nil {
		t.Error("a view of what was not written is saved")
	}
	view.Release()
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	if names, err := d.List("spill"); err == nil {
		t.Errorf("%v stay behind", names)
	}
}

// TestReserve: the store stops before the disk is full.
func TestReserve(t *testing.T) {
	mem := vfs.NewMem()
	store, budget, tab := onDisk(t, &disk{FS: mem})
	mem.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 1<<30 - 1, TotalBytes: 1 << 40})
	if err := grow(budget, tab, 20_000, 400_000); !sqlerr.Is(err, sqlerr.DiskFull) {
		t.Errorf("a disk with little space answers %v", err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

// TestUnreadable: a row that cannot be read is not taken for one that is not there.
func TestUnreadable(t *testing.T) {
	d := &disk{FS: vfs.NewMem()}
	store, budget, tab := onDisk(t, d)
	d.broken.Store(true)
	for k := 0; k < 20_000 && budget.Err() == nil; k += 7 {
		if tab.FindKey(fmt.Append(nil, k)) == state.None && budget.Err() == nil {
			t.Fatalf("key %d is gone, and nothing is wrong", k)
		}
	}
	if err := budget.Err(); !sqlerr.Is(err, sqlerr.IOError) {
		t.Errorf("a disk that cannot be read answers %v", err)
	}
	if err := tab.Ascend(nil, nil, func(state.Row) error { return nil }); err == nil {
		t.Error("all rows are given from a disk that cannot be read")
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

// TestLeftovers: a store begins empty, whatever an earlier process left.
func TestLeftovers(t *testing.T) {
	fs := vfs.NewMem()
	for range 3 {
		s, err := spill.Open(spill.Options{FS: fs, Dir: "a/spill", Budget: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Find(1, [][]byte{[]byte("key")}, func(int, []byte) { t.Error("a row of an earlier store") }); err != nil {
			t.Fatal(err)
		}
		for i := range 20_000 {
			if err := s.Put(1, fmt.Append([]byte("key"), i), bytes.Repeat([]byte("x"), 100)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Put(1, []byte("key"), []byte("row")); err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(); err != nil {
			t.Fatal(err)
		}
		// It is not closed: its process ended.
	}
}
