package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// parsesMagic tells whether b begins like a record: something was being written there.
func parsesMagic(b []byte) bool { return len(b) >= 4 && binary.LittleEndian.Uint32(b) == walMagic }

// counted are the segments that a manifest names, by path.
type counted struct {
	byPath map[string]*segment
	dense  map[string]bool // directories of topics
	err    error
}

// data checks the segments: what the manifest counts has to be whole, what came since is whole up to a tail.
func (s *inspector) data(dir string, manifest []byte) error {
	c := counted{byPath: map[string]*segment{}, dense: map[string]bool{}}
	if manifest != nil {
		c.decode(&dataGroup{fs: s.fs, dir: dir}, manifest)
		if err := s.note(c.err); err != nil {
			return err
		}
	}
	parts, err := s.list(dir)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := s.partition(s.fs.PathJoin(dir, part), &c); err != nil {
			return err
		}
	}
	for _, path := range sortedPaths(c.byPath) {
		s.out.Damage = append(s.out.Damage, fmt.Sprintf("%s: named by the manifest, and not there", path))
	}
	return nil
}

func sortedPaths(m map[string]*segment) []string {
	var out []string
	for path := range m {
		out = append(out, path)
	}
	slices.Sort(out)
	return out
}

// decode reads the segments off a manifest.
func (c *counted) decode(g *dataGroup, manifest []byte) {
	d := &decoder{b: manifest}
	version, _, _ := d.u8(), d.varint(), d.uvarint()
	if v := d.u8(); version != payloadVersion || v != manifestVersion {
		c.err = fmt.Errorf("%w: snapshot version %d with manifest version %d is not known", ErrCorrupt, version, v)
		return
	}
	d.uvarint()
	d.varint()
	for range d.count() {
		id := d.uvarint()
		for n := range int(decodeTopicConfig(d).Partitions) {
			c.partition(d, g.fs, g.topicDir(id, n), true)
		}
	}
	for range d.count() {
		d.string()
		id := d.uvarint()
		d.uvarint()
		d.uvarint()
		decodeInputs(d)
		decodeInputs(d)
		decodeInputs(d)
		d.varint()
		c.partition(d, g.fs, g.journalDir(id), false)
	}
	if d.bad {
		c.err = fmt.Errorf("%w: manifest of %d bytes", ErrCorrupt, len(manifest))
	}
}

func (c *counted) partition(d *decoder, fsys vfs.FS, dir string, dense bool) {
	d.varint()
	d.varint()
	for range d.count() {
		s := decodeSegment(d, fsys, dir)
		c.byPath[s.file.path] = s
	}
	for range d.count() {
		decodeProducer(d)
	}
	c.dense[dir] = dense
}

// partition reads the segments of one directory.
func (s *inspector) partition(dir string, c *counted) error {
	names, err := s.list(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		base, rest, _ := strings.Cut(name, ".")
		generation, kind, _ := strings.Cut(rest, ".")
		first, err := strconv.ParseInt(base, 10, 64)
		if err != nil || kind != "seg" {
			continue
		}
		path := s.fs.PathJoin(dir, name)
		known := c.byPath[path]
		delete(c.byPath, path)
		if err := s.segment(path, first, generation == "0" && c.dense[dir], known); err != nil {
			return err
		}
	}
	return nil
}

// segment walks one file. known is what the manifest says of it; nil: it was made since.
func (s *inspector) segment(path string, base int64, dense bool, known *segment) error {
	f, err := s.fs.Open(path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("stat %s: %w", path, err)
	}
	s.out.Files++
	w := &batchWalk{file: f, path: path, end: info.Size(), next: base, limit: 1<<63 - 1, dense: dense}
	var counted int64
	if known != nil {
		counted = known.size
		if info.Size() < counted {
			s.out.Damage = append(s.out.Damage, fmt.Sprintf("%s has %d bytes, the manifest says %d", path, info.Size(), counted))
			return nil
		}
	}
	for {
		at := w.at
		position, size, ok, err := w.step()
		if err == nil && ok {
			_, err = w.whole(position, size)
		}
		switch {
		case err == nil && !ok:
			return nil
		case err == nil:
			s.out.Batches++
			s.out.Bytes += int64(size)
		case at < counted:
			return s.note(err)
		case errors.Is(err, ErrCorrupt), errors.Is(err, io.ErrUnexpectedEOF):
			s.out.Tails = append(s.out.Tails, fmt.Sprintf("%s from %d of %d", path, at, info.Size()))
			return nil
		default:
			return err
		}
	}
}
