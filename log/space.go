package log

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// space is the free disk space as far as it has to be known: far above the reserve an answer of the file system holds
// for a while, near it every entry asks. It belongs to whoever makes an entry.
type space struct {
	cfg   Config
	known room
	asked time.Time
	used  uint64 // bytes of entries since
}

// An answer of the file system holds for spaceMs and for entries of an eighth of the reserve, which take twice that
// on the disk, while twice the reserve is free. What others write meanwhile is what the reserve is for.
const (
	spaceMs     = 100
	spaceShare  = 8
	spaceFactor = 2
)

// room is what entries may use.
type room struct {
	free, reserve uint64
	err           error
}

// ask gives the room at a time.
func (s *space) ask(now time.Time) room {
	if s.holds(now) {
		return room{free: s.known.free - 2*s.used, reserve: s.known.reserve}
	}
	free, err := s.measure()
	s.known, s.asked, s.used = room{free: free, reserve: s.cfg.ReserveBytes, err: err}, now, 0
	return s.known
}

func (s *space) holds(now time.Time) bool {
	age := now.Sub(s.asked)
	return s.known.err == nil && s.known.free/spaceFactor >= s.known.reserve && s.used <= s.known.reserve/spaceShare &&
		age >= 0 && age < spaceMs*time.Millisecond
}

// use notes an entry that is about to be written.
func (s *space) use(bytes int) { s.used += uint64(bytes) }

// measure is the free disk space, without bound when the check is off or the file system cannot tell.
func (s *space) measure() (uint64, error) {
	if s.cfg.ReserveBytes == 0 {
		return math.MaxUint64, nil
	}
	usage, err := s.cfg.FS.GetDiskUsage(s.cfg.Dir)
	if errors.Is(err, vfs.ErrUnsupported) {
		return math.MaxUint64, nil
	}
	if err != nil {
		return 0, fmt.Errorf("free disk space: %w", err)
	}
	return usage.AvailBytes, nil
}

// admit refuses what the disk may not hold. Bytes are written twice, to the WAL and to segments. The reserve is kept
// from ordinary commands; urgent ones, of journals and DDL, leave a quarter of it.
func (r room) admit(size int, urgent bool) error {
	if r.err != nil {
		return r.err
	}
	reserve := r.reserve
	if urgent {
		reserve /= 4
	}
	if r.free < reserve+2*uint64(size) {
		return fmt.Errorf("%w: %d bytes are free", ErrNoSpace, r.free)
	}
	return nil
}
