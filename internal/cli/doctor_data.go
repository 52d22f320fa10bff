package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/server/auth"
)

// shown is how many damaged places are told one by one.
const shown = 10

// existing is the data directory, or the nearest one above it that is there.
func (d *doctor) existing() string {
	dir, err := filepath.Abs(d.s.Data)
	if err != nil {
		return "."
	}
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func (d *doctor) directory() {
	info, err := os.Stat(d.s.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.absent = true
		d.say(verdictOK, "data directory", "%s is not there yet; it is made at the first start", d.s.Data)
		return
	case err != nil:
		d.absent = true
		d.say(verdictFail, "data directory", "%v", err)
		return
	case !info.IsDir():
		d.absent = true
		d.say(verdictFail, "data directory", "%s is no directory", d.s.Data)
		return
	}
	d.busy = locked(filepath.Join(d.s.Data, "log", "LOCK"))
	text := d.s.Data
	if d.busy {
		text += ", open in another process"
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		d.say(verdictWarn, "data directory", "%s; others may look into it: mode %04o, better 0700", text, mode)
		return
	}
	d.say(verdictOK, "data directory", "%s", text)
}

// locked tells whether another process holds the lock file. It asks the kernel
// who would be in the way, and locks nothing.
func locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	l := syscall.Flock_t{Type: syscall.F_WRLCK}
	return syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &l) == nil && l.Type != syscall.F_UNLCK
}

func (d *doctor) space() {
	u, err := d.fs.GetDiskUsage(d.existing())
	switch {
	case err != nil:
		d.say(verdictFail, "disk space", "%v", err)
	case u.AvailBytes < reserveBytes:
		d.say(verdictFail, "disk space", "%s free: writes are refused below %s", bytesText(u.AvailBytes), bytesText(reserveBytes))
	case u.AvailBytes < tightBytes:
		d.say(verdictWarn, "disk space", "%s free of %s", bytesText(u.AvailBytes), bytesText(u.TotalBytes))
	default:
		d.say(verdictOK, "disk space", "%s free of %s", bytesText(u.AvailBytes), bytesText(u.TotalBytes))
	}
}

func bytesText(n uint64) string {
	for _, u := range []struct {
		size uint64
		name string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// log compares the checksums of write-ahead logs, segments, snapshots and votes.
func (d *doctor) log() {
	dir := filepath.Join(d.s.Data, "log")
	if _, err := os.Stat(dir); d.absent || errors.Is(err, fs.ErrNotExist) {
		return
	}
	s, err := log.Inspect(d.fs, dir)
	if err != nil {
		d.say(verdictFail, "log", "%v", err)
		return
	}
	d.damaged("log", s.Damage)
	for _, tail := range s.Tails {
		d.say(verdictNote, "log", "%s: behind what was acknowledged; the next start cuts it", tail)
	}
	if len(s.Damage) == 0 {
		d.say(verdictOK, "log", "%d files, %s: %d batches and %d entries are whole", s.Files, bytesText(uint64(s.Bytes)), s.Batches, s.Records)
	}
}

func (d *doctor) damaged(check string, list []string) {
	for i, text := range list {
		if i == shown {
			d.say(verdictFail, check, "and %d more", len(list)-shown)
			return
		}
		d.say(verdictFail, check, "%s", text)
	}
}

func (d *doctor) checkpoints() {
	if d.absent {
		return
	}
	s, err := task.InspectCheckpoints(d.fs, filepath.Join(d.s.Data, "checkpoints"))
	if err != nil {
		d.say(verdictFail, "checkpoints", "%v", err)
		return
	}
	for _, text := range s.Damage {
		d.say(verdictWarn, "checkpoints", "%s; the task takes its older one", text)
	}
	for _, text := range s.Foreign {
		d.say(verdictWarn, "checkpoints", "%s; the query stops, and CREATE OR REPLACE builds it anew", text)
	}
	if len(s.Damage)+len(s.Foreign) == 0 {
		d.say(verdictOK, "checkpoints", "%d files, %s", s.Files, bytesText(uint64(s.Bytes)))
	}
}

func (d *doctor) audit() {
	dir := filepath.Join(d.s.Data, "audit")
	if _, err := os.Stat(dir); d.absent || err != nil {
		return
	}
	lines, _, err := auth.VerifyBook(d.fs, dir)
	if err != nil {
		d.say(verdictFail, "audit log", "%v", err)
		return
	}
	d.say(verdictOK, "audit log", "%d lines, whole", lines)
}
