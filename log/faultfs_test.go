package log

import (
	"errors"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var errDisk = errors.New("disk is broken")

// failingFS fails every sync while fail is set.
type failingFS struct {
	*vfs.MemFS
	fail atomic.Bool
}

type failingFile struct {
	vfs.File
	fs *failingFS
}

func (f *failingFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	file, err := f.MemFS.OpenReadWrite(name, c, o...)
	return &failingFile{file, f}, err
}

func (f *failingFile) SyncData() error {
	if f.fs.fail.Load() {
		return errDisk
	}
	return f.File.SyncData()
}

// tickFS calls tick before every operation that changes the disk.
type tickFS struct {
	*vfs.MemFS
	tick func()
}

type tickFile struct {
	vfs.File
	tick func()
}

func (f *tickFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f.tick()
	file, err := f.MemFS.Create(name, c)
	return &tickFile{file, f.tick}, err
}

func (f *tickFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	file, err := f.MemFS.OpenReadWrite(name, c, o...)
	return &tickFile{file, f.tick}, err
}

func (f *tickFS) OpenDir(name string) (vfs.File, error) {
	file, err := f.MemFS.OpenDir(name)
	return &tickFile{file, f.tick}, err
}

func (f *tickFS) Rename(from, to string) error {
	f.tick()
	return f.MemFS.Rename(from, to)
}

func (f *tickFS) Remove(name string) error {
	f.tick()
	return f.MemFS.Remove(name)
}

func (f *tickFS) RemoveAll(name string) error {
	f.tick()
	return f.MemFS.RemoveAll(name)
}

func (f *tickFile) Write(b []byte) (int, error) {
	f.tick()
	return f.File.Write(b)
}

func (f *tickFile) WriteAt(b []byte, at int64) (int, error) {
	f.tick()
	return f.File.WriteAt(b, at)
}

func (f *tickFile) Sync() error {
	f.tick()
	return f.File.Sync()
}

func (f *tickFile) SyncData() error {
	f.tick()
	return f.File.SyncData()
}

// countdown calls then at the n-th call of tick, once.
type countdown struct {
	left atomic.Int64
	then func()
}

func (c *countdown) tick() {
	if c.left.Add(-1) == 0 {
		c.then()
	}
}
