package log

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Inspection is what Inspect read and found.
type Inspection struct {
	Files   int   // that were read
	Bytes   int64 // of intact records, batches and whole files
	Records int   // of write-ahead logs
	Batches int   // of segments
	// Tails are ends of files behind the last intact place that nothing acknowledged: what a kill leaves, or a
	// process that writes just now. The next start cuts them.
	Tails []string
	// Damage is what no crash can leave: a start would be refused, or a read.
	Damage []string
}

// Inspect reads every file of the log below dir, compares all checksums, and writes nothing. A log that is open
// elsewhere may be looked at too: what is being written then shows among Tails. The error is one of reading.
func Inspect(fsys vfs.FS, dir string) (*Inspection, error) {
	s := &inspector{fs: fsys, out: &Inspection{}}
	names, err := fsys.List(dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	slices.Sort(names)
	for _, name := range names {
		number, ok := strings.CutPrefix(name, "g")
		group, err := strconv.ParseUint(number, 10, 32)
		if !ok || err != nil {
			continue
		}
		if err := s.group(uint32(group), fsys.PathJoin(dir, name)); err != nil {
			return nil, err
		}
	}
	return s.out, nil
}

type inspector struct {
	fs  vfs.FS
	out *Inspection
}

// note keeps err when it tells of damage, and gives it back otherwise.
func (s *inspector) note(err error) error {
	if errors.Is(err, ErrCorrupt) {
		s.out.Damage = append(s.out.Damage, err.Error())
		return nil
	}
	return err
}

// list names the files of a directory that may be absent.
func (s *inspector) list(dir string) ([]string, error) {
	names, err := s.fs.List(dir)
	if err != nil && !missing(err) {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	slices.Sort(names)
	return names, nil
}

func (s *inspector) group(number uint32, dir string) error {
	path := s.fs.PathJoin(dir, "stable")
	if info, err := s.fs.Stat(path); err == nil {
		_, err := openStable(s.fs, path, nil)
		if err := s.note(err); err != nil {
			return err
		}
		s.read(info.Size())
	}
	if err := s.writeAhead(number, s.fs.PathJoin(dir, "wal")); err != nil {
		return err
	}
	manifest, err := s.snapshots(s.fs.PathJoin(dir, "snap"))
	if err != nil || number != dataGroupID {
		return err
	}
	return s.data(s.fs.PathJoin(dir, "data"), manifest)
}

func (s *inspector) read(n int64) {
	s.out.Files++
	s.out.Bytes += n
}

// snapshots checks the snapshot files and gives the newest one's payload.
func (s *inspector) snapshots(dir string) (newest []byte, err error) {
	names, err := s.list(dir)
	if err != nil {
		return nil, err
	}
	store := &snapStore{fs: s.fs, dir: dir}
	for _, name := range names {
		if !isSnapshot(name) {
			continue
		}
		meta, payload, err := store.read(name)
		if err := s.note(err); err != nil {
			return nil, err
		}
		if meta != nil {
			s.read(meta.Size)
			newest = payload
		}
	}
	return newest, nil
}

// writeAhead reads a group's write-ahead log as recovery does, without cutting anything (L6).
func (s *inspector) writeAhead(group uint32, dir string) error {
	names, err := s.list(dir)
	if err != nil {
		return err
	}
	var segments []walName
	for _, name := range names {
		base, kind, _ := strings.Cut(name, ".")
		generation, err := strconv.ParseUint(base, 16, 64)
		if err == nil && kind == "wal" {
			segments = append(segments, walName{generation, s.fs.PathJoin(dir, name)})
		}
	}
	slices.SortFunc(segments, func(a, b walName) int { return cmp.Compare(a.generation, b.generation) })
	scan := walScan{wal: &wal{walConfig: walConfig{fs: s.fs, dir: dir, group: group}}}
	for _, name := range segments {
		if err := s.note(s.walSegment(&scan, name)); err != nil {
			return err
		}
	}
	return nil
}

func (s *inspector) walSegment(scan *walScan, name walName) error {
	data, err := readWhole(s.fs, name.path)
	if err != nil {
		return err
	}
	if scan.broken {
		return scan.refuse(data, name, 0)
	}
	at := int64(0)
	for {
		r, ok := parseWALRecord(data[min(at, int64(len(data))):], scan.wal.group, walAt(name.generation, at))
		if !ok {
			break
		}
		at += r.size
		s.out.Records++
		if r.kind == walSeal {
			s.read(at)
			return nil
		}
	}
	s.read(at)
	scan.bad, scan.broken = walAt(name.generation, at), true
	if parsesMagic(data[at:]) && ofGeneration(data[at:], name.generation) {
		s.out.Tails = append(s.out.Tails, fmt.Sprintf("%s from %d", name.path, at))
	}
	return scan.refuse(data, name, at+walAlign)
}

// ofGeneration tells a torn record of a segment from what a recycled file held before.
func ofGeneration(b []byte, generation uint64) bool {
	return len(b) >= 16 && binary.LittleEndian.Uint64(b[8:]) == generation
}
