package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"
)

// disk is a file that is written and synced by nobody else: the bare price of
// durability.
type disk struct {
	f    *os.File
	buf  []byte
	size int64 // it begins again there; 0: it grows
	at   int64
}

// newDisk fills a file of size bytes under dir, as the log's own segments are;
// writes are of n bytes.
func newDisk(dir string, size int64, n int) (*disk, error) {
	d, err := makeDisk(dir, "bare", 0, n)
	if err != nil {
		return nil, err
	}
	return d, d.fill(size)
}

// newGrowing makes an empty file under dir, to which n bytes are appended.
func newGrowing(dir string, n int) (*disk, error) { return makeDisk(dir, "growing", 0, n) }

// newDirect is newDisk past the page cache; nil where there is no such way.
func newDirect(dir string, size int64, n int) (*disk, error) {
	d, err := makeDisk(dir, "direct", syscall.O_DIRECT, n)
	if err != nil {
		return nil, nil
	}
	return d, d.fill(size)
}

func makeDisk(dir, name string, flags, n int) (*disk, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_TRUNC|flags, 0o644)
	if err != nil {
		return nil, fmt.Errorf("make a bare file: %w", err)
	}
	const page = 4096
	room := make([]byte, n+page)
	skip := -int(uintptr(unsafe.Pointer(&room[0]))) & (page - 1)
	d := &disk{f: f, buf: room[skip : skip+n]}
	for i := range d.buf {
		d.buf[i] = byte(i * 7)
	}
	return d, nil
}

func (d *disk) fill(size int64) error {
	for d.at+int64(len(d.buf)) <= size {
		if err := d.write(); err != nil {
			return err
		}
	}
	d.at, d.size = 0, size
	return d.f.Sync()
}

func (d *disk) write() error {
	if _, err := d.f.WriteAt(d.buf, d.at); err != nil {
		return fmt.Errorf("write a bare file: %w", err)
	}
	d.at += int64(len(d.buf))
	return nil
}

// sync is one write and one fdatasync.
func (d *disk) sync() (time.Duration, error) {
	if d.size > 0 && d.at+int64(len(d.buf)) > d.size {
		d.at = 0
	}
	begin := time.Now()
	if err := d.write(); err != nil {
		return 0, err
	}
	if err := syscall.Fdatasync(int(d.f.Fd())); err != nil {
		return 0, fmt.Errorf("sync a bare file: %w", err)
	}
	return time.Since(begin), nil
}

func (d *disk) close() error { return d.f.Close() }
