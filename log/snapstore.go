package log

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hashicorp/raft"
)

const snapMagic = "LSNAP001"

// snapStore keeps the newest snapshot, a manifest of some kilobytes, as one file. Layout: magic 8 | index | term |
// configuration index | configuration | payload | crc32c 4 of all before. The name is index-number.snap, so names
// sort by age.
type snapStore struct {
	fs  vfs.FS
	dir string
	mu  struct {
		sync.Mutex
		names  []string // ascending
		number uint64   // of the last file made
	}
}

var _ raft.SnapshotStore = (*snapStore)(nil)

func openSnapStore(fsys vfs.FS, dir string) (*snapStore, error) {
	s := &snapStore{fs: fsys, dir: dir}
	list, err := fsys.List(dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	for _, name := range list {
		if !isSnapshot(name) {
			continue // left by a crash while it was written
		}
		var index, number uint64
		if _, err := fmt.Sscanf(name, "%016x-%016x.snap", &index, &number); err != nil {
			return nil, fmt.Errorf("%w: unknown file %s in %s", ErrCorrupt, name, dir)
		}
		s.mu.names = append(s.mu.names, name)
		s.mu.number = max(s.mu.number, number)
	}
	slices.Sort(s.mu.names)
	return s, nil
}

func isSnapshot(name string) bool { return strings.HasSuffix(name, ".snap") }

// Create begins a snapshot; nothing is on disk before Close.
func (s *snapStore) Create(_ raft.SnapshotVersion, index, term uint64, c raft.Configuration, cIndex uint64, _ raft.Transport) (raft.SnapshotSink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.number++
	b := []byte(snapMagic)
	b = binary.AppendUvarint(b, index)
	b = binary.AppendUvarint(b, term)
	b = binary.AppendUvarint(b, cIndex)
	b = appendBytes(b, raft.EncodeConfiguration(c))
	return &snapSink{store: s, name: fmt.Sprintf("%016x-%016x.snap", index, s.mu.number), head: b}, nil
}

// List describes the newest snapshot, if any.
func (s *snapStore) List() ([]*raft.SnapshotMeta, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mu.names) == 0 {
		return nil, nil
	}
	meta, _, err := s.read(s.mu.names[len(s.mu.names)-1])
	if err != nil {
		return nil, err
	}
	return []*raft.SnapshotMeta{meta}, nil
}

// Open reads a snapshot that List named.
func (s *snapStore) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	meta, payload, err := s.read(id)
	if err != nil {
		return nil, nil, err
	}
	return meta, io.NopCloser(bytes.NewReader(payload)), nil
}

func (s *snapStore) read(name string) (*raft.SnapshotMeta, []byte, error) {
	path := s.fs.PathJoin(s.dir, name)
	b, err := readWhole(s.fs, path)
	if err != nil {
		return nil, nil, err
	}
	if len(b) < len(snapMagic)+4 || string(b[:len(snapMagic)]) != snapMagic ||
		binary.LittleEndian.Uint32(b[len(b)-4:]) != checksum(b[:len(b)-4]) {
		return nil, nil, fmt.Errorf("%w: %s", ErrCorrupt, path)
	}
	d := decoder{b: b[len(snapMagic) : len(b)-4]}
	meta := &raft.SnapshotMeta{Version: 1, ID: name, Index: d.uvarint(), Term: d.uvarint(), ConfigurationIndex: d.uvarint()}
	configuration := d.bytes()
	payload := d.bytes()
	if d.bad {
		return nil, nil, fmt.Errorf("%w: %s", ErrCorrupt, path)
	}
	if meta.Configuration, err = decodeConfiguration(configuration); err != nil {
		return nil, nil, fmt.Errorf("%w: %s: %w", ErrCorrupt, path, err)
	}
	meta.Size = int64(len(payload))
	return meta, payload, nil
}

// decodeConfiguration is Raft's own, which panics on bytes that are none.
func decodeConfiguration(b []byte) (c raft.Configuration, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("configuration: %v", r)
		}
	}()
	return raft.DecodeConfiguration(b), nil
}

// snapSink gathers one snapshot in memory and makes it durable on Close.
type snapSink struct {
	store *snapStore
	name  string
	head  []byte
	body  []byte
	done  bool
}

// ID is the snapshot's file name.
func (k *snapSink) ID() string { return k.name }

// Write adds to the payload.
func (k *snapSink) Write(b []byte) (int, error) {
	k.body = append(k.body, b...)
	return len(b), nil
}

// Cancel forgets the snapshot.
func (k *snapSink) Cancel() error {
	k.done = true
	return nil
}

// Close makes the snapshot durable, then removes older ones. A second call does nothing.
func (k *snapSink) Close() error {
	if k.done {
		return nil
	}
	k.done = true
	s := k.store
	b := appendBytes(k.head, k.body)
	b = binary.LittleEndian.AppendUint32(b, checksum(b))
	if err := replaceFile(s.fs, s.fs.PathJoin(s.dir, k.name), b); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.mu.names
	s.mu.names = []string{k.name}
	for _, name := range old {
		if err := s.fs.Remove(s.fs.PathJoin(s.dir, name)); err != nil {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	return nil
}
