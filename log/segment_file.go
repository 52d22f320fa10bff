package log

import (
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// segmentFile is the handle of one segment file, opened when first used, closed when idle or deleted. Its writer
// and each reader hold it while they use it.
type segmentFile struct {
	fs   vfs.FS
	path string
	mu   struct {
		sync.Mutex
		file   vfs.File
		users  int
		doomed bool
	}
}

func newSegmentFile(fsys vfs.FS, path string) *segmentFile {
	return &segmentFile{fs: fsys, path: path}
}

// create makes the file and holds it for writing. A file left there by a crash is replaced.
func (s *segmentFile) create() error {
	f, err := s.fs.Create(s.path, writeCategory)
	if err != nil {
		return fmt.Errorf("create %s: %w", s.path, err)
	}
	s.hold(f)
	return nil
}

// reopen holds the existing file for writing.
func (s *segmentFile) reopen() error {
	f, err := s.fs.OpenReadWrite(s.path, writeCategory)
	if err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	s.hold(f)
	return nil
}

func (s *segmentFile) hold(f vfs.File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.file != nil {
		panic("BUG: segment file " + s.path + " is open already")
	}
	s.mu.file, s.mu.users = f, 1
}

// writer is the handle of who created or reopened the file and has not released it.
func (s *segmentFile) writer() vfs.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.file
}

// acquire holds the file for reading or syncing; release gives it back.
func (s *segmentFile) acquire() (vfs.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.file == nil {
		f, err := s.fs.Open(s.path)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", s.path, err)
		}
		s.mu.file = f
	}
	s.mu.users++
	return s.mu.file, nil
}

func (s *segmentFile) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.users--
	if s.mu.users < 0 {
		panic("BUG: segment file " + s.path + " released twice")
	}
	s.closeDoomedLocked()
}

// doom says that the segment is gone: the handle is closed when its last holder releases it.
func (s *segmentFile) doom() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.doomed = true
	s.closeDoomedLocked()
}

// closeDoomedLocked drops the handle of a file that will be deleted; nothing written to it matters any more, so
// neither does what closing says.
func (s *segmentFile) closeDoomedLocked() {
	if s.mu.doomed && s.mu.users == 0 && s.mu.file != nil {
		s.mu.file.Close()
		s.mu.file = nil
	}
}

// closeIdle closes the handle when nobody holds it.
func (s *segmentFile) closeIdle() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.file == nil || s.mu.users > 0 {
		return nil
	}
	err := s.mu.file.Close()
	s.mu.file = nil
	if err != nil {
		return fmt.Errorf("close %s: %w", s.path, err)
	}
	return nil
}
