package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"syscall"
)

// disk is a file that was written before, as the log's own segments are: the
// bare price of durability.
type disk struct {
	f    *os.File
	buf  []byte
	size int64
	at   int64
}

// newDisk fills a file of size bytes under dir; writes are of n bytes.
func newDisk(dir string, size int64, n int) (*disk, error) {
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		return nil, fmt.Errorf("make a bare file: %w", err)
	}
	d := &disk{f: f, buf: make([]byte, n), size: size}
	for i := range d.buf {
		d.buf[i] = byte(i * 7)
	}
	for d.at+int64(n) <= size {
		if err := d.write(); err != nil {
			return nil, err
		}
	}
	d.at = 0
	return d, f.Sync()
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
	if d.at+int64(len(d.buf)) > d.size {
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
