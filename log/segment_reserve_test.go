package log

import (
	"errors"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log/batch"
)

// reservingFile notes the blocks that it is asked for, and gives them unless it is full.
type reservingFile struct {
	vfs.File
	to    int64
	calls int
	full  bool
}

func (f *reservingFile) Preallocate(at, n int64) error {
	if f.calls++; f.full {
		return errors.New("no space")
	}
	f.to = at + n
	return nil
}

type reservingFS struct {
	vfs.FS
	file reservingFile
}

func (f *reservingFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.FS.Create(name, c)
	f.file.File = file
	return &f.file, err
}

// TestSegmentReserves: a small segment asks for nothing, a growing one seldom and for no more than it has; what was
// appended is there whether the disk gave blocks or not.
func TestSegmentReserves(t *testing.T) {
	for _, full := range []bool{false, true} {
		fs := &reservingFS{FS: vfs.NewMem()}
		fs.file.full = full
		p := newPartition(fs, "/p", 4096, rollSettings{bytes: 1 << 40, ms: 1 << 40})
		value := strings.Repeat("x", 100<<10)
		const n = 400
		for i := range int64(n) {
			b := valueBatch(5, value)
			batch.Patch(b, i, 1)
			if err := p.stage(b, 1); err != nil {
				t.Fatal(err)
			}
			if err := p.flush(1); err != nil {
				t.Fatal(err)
			}
			size := p.active.size
			if size < reserveFrom && fs.file.calls > 0 {
				t.Fatalf("a segment of %d bytes asked for blocks", size)
			}
			if fs.file.to > size && fs.file.to-size > min(size/2, reserveMost) {
				t.Fatalf("a segment of %d bytes asked for blocks up to %d", size, fs.file.to)
			}
		}
		if calls := fs.file.calls; calls == 0 || calls > n/10 {
			t.Errorf("full %v: asked %d times", full, calls)
		}
		f, err := p.fetch(0, 1<<30, 0)
		if err != nil || len(f.Batches) != n {
			t.Fatalf("full %v: %d batches of %d: %v", full, len(f.Batches), n, err)
		}
		if err := p.close(); err != nil {
			t.Fatal(err)
		}
	}
}
