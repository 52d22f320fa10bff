package task

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// write makes a checkpoint durable: the end of the chain of its turn. What it
// replaces stays until then. at is called at named points.
func (s *checkpoints) write(c *checkpoint, turn int, at func(point string)) (bytes int64, err error) {
	if err := s.fs.MkdirAll(s.dir, 0o700); err != nil {
		return 0, fmt.Errorf("make %s: %w", s.dir, err)
	}
	temp := s.path(c.epoch) + ".tmp"
	var file link
	err = s.create(temp, func(w io.Writer) (err error) {
		file, err = c.write(w)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("write checkpoint %s: %w", temp, err)
	}
	at(PointWritten)
	if err := s.fs.Rename(temp, s.path(c.epoch)); err != nil {
		return 0, fmt.Errorf("rename checkpoint %s: %w", temp, err)
	}
	if err := s.syncDirs(); err != nil {
		return 0, err
	}
	s.ends[turn%2] = head{turn, c.frozen.spilled(), c.inputs, append(slices.Clone(c.chain), file)}
	return file.size, nil
}

// tidy removes the files that neither chain has any more, and gives the older of
// the two checkpoints kept; nil while there is one: should it be damaged, the
// whole journal is what is left.
func (s *checkpoints) tidy() (*head, error) {
	keep := map[uint64]bool{}
	var older *head
	kept := 0
	for i := range s.ends {
		h := &s.ends[i]
		if len(h.files) == 0 {
			continue
		}
		kept++
		for _, l := range h.files {
			keep[l.epoch] = true
		}
		if older == nil || h.epoch() < older.epoch() {
			older = h
		}
	}
	epochs, err := s.list()
	if err != nil {
		return nil, err
	}
	// The newest first: of a chain that goes, no file is left that goes on from one that is not.
	for _, e := range epochs {
		if !keep[e] {
			if err := s.remove(e); err != nil {
				return nil, err
			}
		}
	}
	if kept < len(s.ends) {
		return nil, nil
	}
	return older, nil
}

func (s *checkpoints) create(path string, fill func(io.Writer) error) error {
	f, err := s.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	// Written back as it comes: who syncs the log meanwhile must not wait for all of it.
	f = vfs.NewSyncingFile(f, vfs.SyncingFileOptions{BytesPerSync: syncBytes})
	if err = fill(f); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncBytes is how much of a checkpoint is dirty in memory at a time.
const syncBytes = 1 << 20

// syncDirs makes the file's name durable and, the first time, the names of the
// task's directory and of the one that holds them all.
func (s *checkpoints) syncDirs() error {
	dirs := []string{s.dir}
	if all := s.fs.PathDir(s.dir); !s.placed {
		dirs = append(dirs, all, s.fs.PathDir(all))
	}
	for _, dir := range dirs {
		d, err := s.fs.OpenDir(dir)
		if err != nil {
			return fmt.Errorf("open %s: %w", dir, err)
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return fmt.Errorf("sync %s: %w", dir, err)
		}
	}
	s.placed = true
	return nil
}
