package log

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"
)

const stableMagic = "LSTABLE1"

// stableStore keeps Raft's term and vote in one small file, replaced and synced as a whole on each change. Layout:
// magic 8 | count | (key, value)... by key | crc32c 4 of all before.
type stableStore struct {
	fs    vfs.FS
	path  string
	fatal func(error)
	mu    struct {
		sync.Mutex
		values map[string][]byte
	}
}

var _ raft.StableStore = (*stableStore)(nil)

func openStable(fsys vfs.FS, path string, fatal func(error)) (*stableStore, error) {
	s := &stableStore{fs: fsys, path: path, fatal: fatal}
	s.mu.values = map[string][]byte{}
	b, err := readWhole(fsys, path)
	if missing(err) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if len(b) < len(stableMagic)+4 || string(b[:len(stableMagic)]) != stableMagic ||
		binary.LittleEndian.Uint32(b[len(b)-4:]) != checksum(b[:len(b)-4]) {
		return nil, fmt.Errorf("%w: %s", ErrCorrupt, path)
	}
	d := decoder{b: b[len(stableMagic) : len(b)-4]}
	for range d.count() {
		key := d.string()
		s.mu.values[key] = d.bytes()
	}
	if d.bad {
		return nil, fmt.Errorf("%w: %s", ErrCorrupt, path)
	}
	return s, nil
}

// Set stores a value durably.
func (s *stableStore) Set(key, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.values[string(key)] = slices.Clone(value)
	b := []byte(stableMagic)
	b = binary.AppendUvarint(b, uint64(len(s.mu.values)))
	for _, k := range slices.Sorted(maps.Keys(s.mu.values)) {
		b = appendString(b, k)
		b = appendBytes(b, s.mu.values[k])
	}
	b = binary.LittleEndian.AppendUint32(b, checksum(b))
	if err := replaceFile(s.fs, s.path, b); err != nil {
		s.fatal(err)
		return err
	}
	return nil
}

// Get returns the value of key, empty when there is none.
func (s *stableStore) Get(key []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mu.values[string(key)]), nil
}

// SetUint64 stores a number durably.
func (s *stableStore) SetUint64(key []byte, v uint64) error {
	return s.Set(key, binary.LittleEndian.AppendUint64(nil, v))
}

// GetUint64 returns the number of key, 0 when there is none.
func (s *stableStore) GetUint64(key []byte) (uint64, error) {
	b, err := s.Get(key)
	if err != nil || len(b) == 0 {
		return 0, err
	}
	if len(b) != 8 {
		return 0, fmt.Errorf("%w: %s: %q is not a number", ErrCorrupt, s.path, key)
	}
	return binary.LittleEndian.Uint64(b), nil
}
