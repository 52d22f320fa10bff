package task

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Inspection is what InspectCheckpoints read and found.
type Inspection struct {
	Files int
	Bytes int64
	// Damage names files that are no whole checkpoint. A task falls back on its
	// older one, and without any on its whole journal.
	Damage []string
	// Foreign names files of another engine version, which this one does not load.
	Foreign []string
}

// InspectCheckpoints reads every checkpoint file below dir and compares its
// checksum; it writes nothing. The error is one of reading.
func InspectCheckpoints(fsys vfs.FS, dir string) (*Inspection, error) {
	out := &Inspection{}
	tasks, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	slices.Sort(tasks)
	for _, name := range tasks {
		s := checkpoints{fs: fsys, dir: fsys.PathJoin(dir, name)}
		if info, err := fsys.Stat(s.dir); err != nil || !info.IsDir() {
			continue // removed meanwhile, or no task's
		}
		epochs, err := s.list()
		if err != nil {
			return nil, err
		}
		for _, e := range epochs {
			if err := out.checkpoint(&s, e); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (out *Inspection) checkpoint(s *checkpoints, epoch uint64) error {
	b, err := s.read(epoch)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a newer one has taken its place
	}
	if err != nil {
		return err
	}
	out.Files++
	out.Bytes += int64(len(b))
	c, err := decodeCheckpoint(b)
	switch {
	case err != nil:
		out.Damage = append(out.Damage, fmt.Sprintf("%s: %v", s.path(epoch), err))
	case c.epoch != epoch:
		out.Damage = append(out.Damage, fmt.Sprintf("%s: holds epoch %d", s.path(epoch), c.epoch))
	case out.broken(s, c):
	case c.engine != CurrentEngine:
		out.Foreign = append(out.Foreign, fmt.Sprintf("%s: engine version %d, this is %d", s.path(epoch), c.engine, CurrentEngine))
	}
	return nil
}

// broken tells whether a file that a checkpoint goes on from is not there; what
// is wrong with one that is there is said of it.
func (out *Inspection) broken(s *checkpoints, c *checkpoint) bool {
	for _, l := range c.chain {
		_, err := s.fs.Stat(s.path(l.epoch))
		if errors.Is(err, fs.ErrNotExist) {
			if _, err := s.fs.Stat(s.path(c.epoch)); err == nil { // else a newer one has taken their place
				out.Damage = append(out.Damage, fmt.Sprintf("%s: goes on from epoch %d, which is missing", s.path(c.epoch), l.epoch))
			}
			return true
		}
	}
	return false
}
