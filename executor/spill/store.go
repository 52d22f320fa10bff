package spill

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/executor/state"
	"github.com/leatdb/leat/sql/sqlerr"
)

// Options of a store.
type Options struct {
	FS  vfs.FS
	Dir string // emptied first, and removed at Close
	// Budget is the memory of the state that the store relieves, in bytes; it
	// takes a few percent of that for itself.
	Budget int64
	// Flush is after how many bytes written rows go from memory to a file; 0: half a memtable.
	Flush int
	// Reserve is the disk space that stays free, in bytes; 0 none (S3).
	Reserve uint64
}

// Store keeps rows by region and key. It is used by one goroutine, except for
// its views.
type Store struct {
	opt     Options
	db      *pebble.DB
	cache   *pebble.Cache
	batch   *pebble.Batch
	written int             // bytes since the last flush was begun
	flushed <-chan struct{} // the flush under way; nil none
	failed  chan struct{}   // closed at the first failure in the background
	key     []byte
	err     error
	bg      struct { // Pebble's own lock is held where it is taken
		sync.Mutex
		err error
	}
	mu struct {
		sync.Mutex
		views map[*View]bool
	}
}

const filterBits = 10 // a key

// sizes of the block cache, which has to hold at least the filters, and of a
// memtable: an 8th and a 64th of the budget, within bounds.
func (o *Options) sizes() (cache, memtable int64) {
	return min(max(o.Budget/8, 8<<20), 1<<30), min(max(o.Budget/64, 4<<20), 64<<20)
}

// flush is after how many bytes a memtable is full.
func (o *Options) flush() int {
	if _, size := o.sizes(); o.Flush == 0 {
		return int(size / 2)
	}
	return o.Flush
}

var _ state.Cold = (*Store)(nil)

// Open makes an empty store.
func Open(o Options) (*Store, error) {
	if err := Remove(o.FS, o.Dir); err != nil {
		return nil, err
	}
	s := &Store{opt: o, failed: make(chan struct{})}
	s.mu.views = map[*View]bool{}
	cache, memtable := o.sizes()
	// Pebble takes the room of memtables, of which there are three at most, out of its cache.
	s.cache = pebble.NewCache(cache + 3*memtable)
	opts := &pebble.Options{
		FS: newFiles(o.FS), Cache: s.cache, MemTableSize: uint64(memtable), DisableWAL: true,
		FormatMajorVersion: pebble.FormatNewest, Logger: silent{}, MaxOpenFiles: 256, MaxManifestFileSize: 1 << 20,
		// The store waits for its flushes itself (room), so that a failed one is an error and not a wait for ever.
		MemTableStopWritesThreshold: 1 << 20, L0StopWritesThreshold: 1 << 20,
		EventListener: &pebble.EventListener{BackgroundError: s.fail},
	}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(filterBits)
	}
	var err error
	if s.db, err = pebble.Open(o.Dir, opts); err != nil {
		s.cache.Unref()
		return nil, s.broken("open", err)
	}
	s.batch = s.db.NewBatch()
	return s, nil
}

// Remove deletes what a store of an earlier process may have left in dir.
func Remove(disk vfs.FS, dir string) error {
	if err := disk.RemoveAll(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", dir, err)
	}
	return nil
}

// silent drops what Pebble says; failures come as errors. What Pebble calls
// fatal is a broken invariant of its own.
type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(format string, args ...any) {
	panic("BUG: pebble: " + fmt.Sprintf(format, args...))
}

// fail hears of failed flushes and compactions, on their goroutines.
func (s *Store) fail(err error) {
	s.bg.Lock()
	defer s.bg.Unlock()
	if s.bg.err == nil {
		s.bg.err = err
		close(s.failed)
	}
}

// broken remembers the first failure (S2) and says it to the person.
func (s *Store) broken(what string, err error) error {
	if s.err != nil || err == nil {
		return s.err
	}
	code := sqlerr.IOError
	if vfs.IsNoSpaceError(err) {
		code = sqlerr.DiskFull
	}
	s.err = sqlerr.New(code, "could not %s spilled state: %v", what, err).
		WithDetail("The state of the query is larger than its limit in memory and goes on in %s.", s.opt.Dir)
	return s.err
}

// Err is the first failure of a write, those in the background included.
func (s *Store) Err() error {
	s.bg.Lock()
	defer s.bg.Unlock()
	return s.broken("write", s.bg.err)
}

// at is the store's key of a row: the region in 8 bytes, and the row's key.
func (s *Store) at(region uint64, key []byte) []byte {
	s.key = append(binary.BigEndian.AppendUint64(s.key[:0], region), key...)
	return s.key
}

// Put adds a row that is not there; Remove takes away one that is. Both count
// with the next Apply.
func (s *Store) Put(region uint64, key, row []byte) error {
	return s.broken("write", s.batch.Set(s.at(region, key), row, nil))
}

// Remove is the counterpart of Put.
func (s *Store) Remove(region uint64, key []byte) error {
	return s.broken("write", s.batch.Delete(s.at(region, key), nil))
}

// Pending is the size of what waits for Apply, in bytes.
func (s *Store) Pending() int { return s.batch.Len() }

// Apply makes the changes since the last Apply.
func (s *Store) Apply() error {
	if s.batch.Empty() {
		return s.Err()
	}
	if err := s.Err(); err != nil {
		return err
	}
	s.written += s.batch.Len()
	if err := s.batch.Commit(pebble.NoSync); err != nil {
		return s.broken("write", err)
	}
	s.batch.Reset()
	return s.room()
}

// room begins a flush when a memtable's worth was written, after the one before
// has ended.
func (s *Store) room() error {
	if s.written < s.opt.flush() {
		return nil
	}
	if s.flushed != nil {
		select {
		case <-s.flushed:
		case <-s.failed:
			return s.Err()
		}
	}
	if err := s.space(); err != nil {
		return err
	}
	var err error
	if s.flushed, err = s.db.AsyncFlush(); err != nil {
		return s.broken("write", err)
	}
	s.written = 0
	return nil
}

// space fails when less than the reserve is free (S3).
func (s *Store) space() error {
	if s.opt.Reserve == 0 {
		return nil
	}
	usage, err := s.opt.FS.GetDiskUsage(s.opt.Dir)
	if err != nil || usage.AvailBytes >= s.opt.Reserve {
		return nil // a file system that cannot tell fails when it is full
	}
	s.err = sqlerr.New(sqlerr.DiskFull, "not enough free disk space for the state of the query").
		WithDetail("The state is larger than its limit in memory; %d bytes are free where it goes on, %d stay free.", usage.AvailBytes, s.opt.Reserve)
	return s.err
}

// Find looks up keys in ascending order and calls fn for those that are there,
// with a row lent for the call.
func (s *Store) Find(region uint64, keys [][]byte, fn func(i int, row []byte)) error {
	if err := s.Err(); err != nil {
		return err
	}
	it, err := s.db.NewIter(&pebble.IterOptions{UseL6Filters: true})
	if err != nil {
		return s.broken("read", err)
	}
	for i, key := range keys {
		at := s.at(region, key)
		if !it.SeekPrefixGE(at) {
			if it.Error() != nil {
				break
			}
			continue
		}
		row, err := it.ValueAndErr()
		if err != nil {
			break
		}
		fn(i, row)
	}
	return s.broken("read", errors.Join(it.Error(), it.Close()))
}

// Drop forgets a region, which is not used again.
func (s *Store) Drop(region uint64) error {
	from := binary.BigEndian.AppendUint64(nil, region)
	to := binary.BigEndian.AppendUint64(nil, region+1)
	if err := s.batch.DeleteRange(from, to, nil); err != nil {
		return s.broken("write", err)
	}
	return s.Apply()
}

// Each calls fn for the rows of a region in key order, until it says false; key
// and row are lent for the call, and fn leaves the store alone.
func (s *Store) Each(region uint64, from, to []byte, fn func(key, row []byte) bool) error {
	if err := s.Err(); err != nil {
		return err
	}
	it, err := s.db.NewIter(bounds(region, from, to))
	if err != nil {
		return s.broken("read", err)
	}
	return s.broken("read", walk(it, fn))
}

func bounds(region uint64, from, to []byte) *pebble.IterOptions {
	o := &pebble.IterOptions{LowerBound: append(binary.BigEndian.AppendUint64(nil, region), from...)}
	if to == nil {
		o.UpperBound = binary.BigEndian.AppendUint64(nil, region+1)
	} else {
		o.UpperBound = append(binary.BigEndian.AppendUint64(nil, region), to...)
	}
	return o
}

func walk(it *pebble.Iterator, fn func(key, row []byte) bool) error {
	for ok := it.First(); ok; ok = it.Next() {
		row, err := it.ValueAndErr()
		if err != nil {
			return errors.Join(err, it.Close())
		}
		if !fn(it.Key()[8:], row) {
			break
		}
	}
	return errors.Join(it.Error(), it.Close())
}

// Disk is the bytes that the files take.
func (s *Store) Disk() int64 { return int64(s.db.Metrics().DiskSpaceUsage()) }

// Close forgets all rows. Views that are still held give errors from now on.
func (s *Store) Close() error {
	s.mu.Lock()
	for v := range s.mu.views {
		v.closeLocked()
	}
	s.mu.Unlock()
	err := errors.Join(s.batch.Close(), s.db.Close())
	s.cache.Unref()
	if s.Err() != nil { // what is behind it is known
		err = nil
	}
	return errors.Join(err, Remove(s.opt.FS, s.opt.Dir))
}
