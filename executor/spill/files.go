package spill

import (
	"io"
	"io/fs"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// files are the files of a store: tables of rows on disk, unsynced, and what
// Pebble needs to find them again in memory, since nobody will (S1). So a full
// disk fails the writes of rows, which Pebble reports, and never those of its
// manifest, which it does not survive.
type files struct {
	vfs.FS // the disk
	memory vfs.FS
}

func newFiles(disk vfs.FS) *files { return &files{FS: disk, memory: vfs.NewMem()} }

// of is where a file lies.
func (f *files) of(name string) vfs.FS {
	if strings.HasSuffix(name, ".sst") {
		return f.FS
	}
	return f.memory
}

// Create implements vfs.FS.
func (f *files) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.of(name).Create(name, c)
	if err != nil {
		return nil, err
	}
	return unsynced{file}, nil
}

// Open implements vfs.FS.
func (f *files) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.of(name).Open(name, opts...)
}

// OpenReadWrite implements vfs.FS.
func (f *files) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.of(name).OpenReadWrite(name, c, opts...)
}

// OpenDir implements vfs.FS: it is opened to be synced.
func (f *files) OpenDir(name string) (vfs.File, error) { return f.memory.OpenDir(name) }

// Link implements vfs.FS.
func (f *files) Link(from, to string) error { return f.of(from).Link(from, to) }

// Remove implements vfs.FS.
func (f *files) Remove(name string) error { return f.of(name).Remove(name) }

// Rename implements vfs.FS.
func (f *files) Rename(from, to string) error { return f.of(from).Rename(from, to) }

// ReuseForWrite implements vfs.FS.
func (f *files) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.of(from).ReuseForWrite(from, to, c)
}

// MkdirAll implements vfs.FS.
func (f *files) MkdirAll(dir string, perm fs.FileMode) error {
	if err := f.FS.MkdirAll(dir, perm); err != nil {
		return err
	}
	return f.memory.MkdirAll(dir, perm)
}

// Lock implements vfs.FS.
func (f *files) Lock(name string) (io.Closer, error) { return f.memory.Lock(name) }

// List implements vfs.FS.
func (f *files) List(dir string) ([]string, error) {
	names, err := f.FS.List(dir)
	if err != nil {
		return nil, err
	}
	more, err := f.memory.List(dir)
	return append(names, more...), err
}

// Stat implements vfs.FS.
func (f *files) Stat(name string) (vfs.FileInfo, error) { return f.of(name).Stat(name) }

// unsynced is a file that nobody reads after a crash.
type unsynced struct{ vfs.File }

// Sync implements vfs.File.
func (unsynced) Sync() error { return nil }

// SyncData implements vfs.File.
func (unsynced) SyncData() error { return nil }

// SyncTo implements vfs.File.
func (unsynced) SyncTo(int64) (bool, error) { return false, nil }
