package sim

import (
	"io/fs"
	"math/rand/v2"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Disk is a file system in memory that keeps, when the power goes, what was
// synced and a random part of the rest. Before each operation it asks Hook.
type Disk struct {
	*vfs.MemFS
	mu struct {
		sync.Mutex
		hook func(Op) error
		free uint64 // bytes that GetDiskUsage tells; 0 is no limit
	}
}

// Op is an operation that is about to happen.
type Op struct {
	// Kind is the method: Create, Open, Write, WriteAt, Sync, SyncData, Rename, ...
	Kind string
	// Name is the file's path.
	Name string
	// Changes says that the operation changes the disk or makes changes durable.
	Changes bool
}

// NewDisk makes an empty disk.
func NewDisk() *Disk { return &Disk{MemFS: vfs.NewCrashableMem()} }

// Hook is called before each operation; an error fails the operation, and a
// failed write leaves half of its bytes. nil ends that.
func (d *Disk) Hook(hook func(Op) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.hook = hook
}

// SetFree sets what is left of the disk, in bytes; 0 is no limit.
func (d *Disk) SetFree(n uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.free = n
}

// Lose gives the disk as it is found after a power cut at this moment, with the
// given share of what was not synced.
func (d *Disk) Lose(percent int, rng *rand.Rand) *Disk {
	return &Disk{MemFS: d.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng})}
}

func (d *Disk) ask(kind, name string, changes bool) error {
	d.mu.Lock()
	hook := d.mu.hook
	d.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(Op{kind, name, changes})
}

func (d *Disk) open(kind, name string, changes bool, open func() (vfs.File, error)) (vfs.File, error) {
	if err := d.ask(kind, name, changes); err != nil {
		return nil, err
	}
	f, err := open()
	if err != nil {
		return nil, err
	}
	return &diskFile{File: f, disk: d, name: name}, nil
}

// Create is vfs.FS's.
func (d *Disk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return d.open("Create", name, true, func() (vfs.File, error) { return d.MemFS.Create(name, c) })
}

// Open is vfs.FS's.
func (d *Disk) Open(name string, o ...vfs.OpenOption) (vfs.File, error) {
	return d.open("Open", name, false, func() (vfs.File, error) { return d.MemFS.Open(name, o...) })
}

// OpenReadWrite is vfs.FS's.
func (d *Disk) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return d.open("OpenReadWrite", name, true, func() (vfs.File, error) { return d.MemFS.OpenReadWrite(name, c, o...) })
}

// OpenDir is vfs.FS's.
func (d *Disk) OpenDir(name string) (vfs.File, error) {
	return d.open("OpenDir", name, false, func() (vfs.File, error) { return d.MemFS.OpenDir(name) })
}

// Rename is vfs.FS's.
func (d *Disk) Rename(from, to string) error {
	if err := d.ask("Rename", from, true); err != nil {
		return err
	}
	return d.MemFS.Rename(from, to)
}

// Remove is vfs.FS's.
func (d *Disk) Remove(name string) error {
	if err := d.ask("Remove", name, true); err != nil {
		return err
	}
	return d.MemFS.Remove(name)
}

// RemoveAll is vfs.FS's.
func (d *Disk) RemoveAll(name string) error {
	if err := d.ask("RemoveAll", name, true); err != nil {
		return err
	}
	return d.MemFS.RemoveAll(name)
}

// MkdirAll is vfs.FS's.
func (d *Disk) MkdirAll(name string, perm fs.FileMode) error {
	if err := d.ask("MkdirAll", name, true); err != nil {
		return err
	}
	return d.MemFS.MkdirAll(name, perm)
}

// List is vfs.FS's.
func (d *Disk) List(name string) ([]string, error) {
	if err := d.ask("List", name, false); err != nil {
		return nil, err
	}
	return d.MemFS.List(name)
}

// GetDiskUsage tells what SetFree set.
func (d *Disk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mu.free == 0 {
		return vfs.DiskUsage{}, vfs.ErrUnsupported
	}
	return vfs.DiskUsage{AvailBytes: d.mu.free, TotalBytes: 1 << 40}, nil
}

type diskFile struct {
	vfs.File
	disk *Disk
	name string
}

func (f *diskFile) Write(b []byte) (int, error) {
	if err := f.disk.ask("Write", f.name, true); err != nil {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, err
	}
	return f.File.Write(b)
}

func (f *diskFile) WriteAt(b []byte, at int64) (int, error) {
	if err := f.disk.ask("WriteAt", f.name, true); err != nil {
		n, _ := f.File.WriteAt(b[:len(b)/2], at)
		return n, err
	}
	return f.File.WriteAt(b, at)
}

func (f *diskFile) Read(b []byte) (int, error) {
	if err := f.disk.ask("Read", f.name, false); err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

func (f *diskFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.disk.ask("ReadAt", f.name, false); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, at)
}

func (f *diskFile) Sync() error {
	if err := f.disk.ask("Sync", f.name, true); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *diskFile) SyncData() error {
	if err := f.disk.ask("SyncData", f.name, true); err != nil {
		return err
	}
	return f.File.SyncData()
}

// errFull is what a full disk answers.
var errFull error = syscall.ENOSPC
