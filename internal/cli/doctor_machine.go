package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/leatdb/leat/executor/task"
	"github.com/leatdb/leat/server"
)

// Thresholds of the checks of a machine.
const (
	wantFiles    = 4096                  // open files; a partition and a client take one each
	slowSync     = 10 * time.Millisecond // a disk that answers like that bounds writes to 100 a second a client
	syncTries    = 32
	reserveBytes = 64 << 20 // below which writes are refused
	tightBytes   = 1 << 30
	builtYear    = 2025 // a clock before it is wrong
)

func (d *doctor) versions() {
	d.say(verdictOK, "version", "leat %s, engine %d, %s, %s/%s, %d processors",
		Version, task.CurrentEngine, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}

// settings tells of faults that leat serve would refuse to start with.
func (d *doctor) settings(given int) {
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.PGAddr, cfg.HTTPAddr = d.s.Data, d.s.PG, d.s.HTTP
	err := d.s.lock(&cfg)
	if err == nil {
		err = cfg.Validate()
	}
	if err != nil {
		d.say(verdictFail, "settings", "%v", err)
		return
	}
	d.say(verdictOK, "settings", "%d are not defaults; leat config print lists them", given)
}

func (d *doctor) limits() {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		d.say(verdictWarn, "open files", "%v", err)
	} else if files.Max < wantFiles {
		d.say(verdictWarn, "open files", "at most %d; raise ulimit -n to %d or more", files.Max, wantFiles)
	} else {
		d.say(verdictOK, "open files", "at most %d", files.Max)
	}
}

// clock tells of a clock that is far off or that nothing keeps right. Times of
// rows, retention and windows hang on it.
func (d *doctor) clock() {
	now := time.Now()
	var t syscall.Timex
	state, err := syscall.Adjtimex(&t)
	const unsynchronised = 5 // TIME_ERROR
	switch {
	case now.Year() < builtYear:
		d.say(verdictFail, "clock", "%s is before this program was made", now.Format(time.RFC3339))
	case err == nil && state == unsynchronised:
		d.say(verdictNote, "clock", "%s; the kernel knows of no time service that keeps it right", now.UTC().Format(time.RFC3339))
	default:
		d.say(verdictOK, "clock", "%s", now.UTC().Format(time.RFC3339))
	}
}

// sync measures how long the disk takes to make a small write durable, in a file
// beside the data directory's content that is removed again.
func (d *doctor) sync() {
	dir := d.existing()
	f, err := os.CreateTemp(dir, ".leat-doctor-")
	if err != nil {
		d.say(verdictFail, "sync time", "cannot write in %s: %v", dir, err)
		return
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	block := make([]byte, 4096)
	took := make([]time.Duration, syncTries)
	for i := range took {
		begin := time.Now()
		_, err := f.WriteAt(block, int64(i*len(block)))
		if err = errors.Join(err, syscall.Fdatasync(int(f.Fd()))); err != nil {
			d.say(verdictFail, "sync time", "%v", err)
			return
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took)
	median, worst := took[len(took)/2].Round(time.Microsecond), took[len(took)-1].Round(time.Microsecond)
	text := fmt.Sprintf("4 KiB durable in %v, at worst %v", median, worst)
	switch {
	case median > slowSync:
		d.say(verdictWarn, "sync time", "%s; every acknowledged write waits for one", text)
	case median < 20*time.Microsecond:
		d.say(verdictNote, "sync time", "%s: faster than disks are; is it memory, or does it lie?", text)
	default:
		d.say(verdictOK, "sync time", "%s", text)
	}
}

func (d *doctor) ports() {
	for _, p := range []struct{ name, addr string }{{"port pg", d.s.PG}, {"port http", d.s.HTTP}} {
		if p.addr == "" {
			d.say(verdictNote, p.name, "turned off")
			continue
		}
		l, err := net.Listen("tcp", p.addr)
		switch {
		case err == nil:
			_ = l.Close()
			d.say(verdictOK, p.name, "%s is free", p.addr)
		case d.busy && strings.Contains(err.Error(), "in use"):
			d.say(verdictOK, p.name, "%s is in use, as by the server that has the data directory open", p.addr)
		default:
			d.say(verdictFail, p.name, "%v", err)
		}
	}
}
