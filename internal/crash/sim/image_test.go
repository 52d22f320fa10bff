package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/log"
)

// image is a data directory, path by path.
type image map[string][]byte

func (m image) paths() []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// imageOf copies all files of a disk below dir.
func imageOf(fs vfs.FS, dir string, into image) error {
	names, err := fs.List(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		full := path.Join(dir, name)
		info, err := fs.Stat(full)
		if err != nil {
			return err
		}
		if info.IsDir() {
			if err := imageOf(fs, full, into); err != nil {
				return err
			}
			continue
		}
		f, err := fs.Open(full)
		if err != nil {
			return err
		}
		b, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		into[full] = b
	}
	return nil
}

// disk makes a disk of an image.
func (m image) disk() (*Disk, error) {
	d := NewDisk()
	for _, name := range m.paths() {
		if err := d.MkdirAll(path.Dir(name), 0o755); err != nil {
			return nil, err
		}
		f, err := d.Create(name, vfs.WriteCategoryUnspecified)
		if err != nil {
			return nil, err
		}
		_, err = f.Write(m[name])
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// littleFiles makes every kind of file of a little data: index entries close to
// each other, segments that are cleaned at once, a WAL that is cut often.
func littleFiles(c *log.Config) {
	c.SegmentBytes, c.WALSegmentBytes, c.SnapshotBytes = 1<<10, 4<<10, 8<<10
	c.IndexInterval, c.MinDirtyRatio = 256, 0
}

// tinyFiles is littleFiles with segments of some records, so that those that a
// query may still have to read again are soon sealed.
func tinyFiles(c *log.Config) {
	littleFiles(c)
	c.SegmentBytes = 1 << 10
}

// beyond are relations whose state and records are not like those of setup.
var beyond = []string{
	"CREATE STREAM av (k TEXT KEY, v BIGINT, tags TEXT ARRAY) WITH (value_format = 'AVRO')",
	"INSERT INTO av VALUES ('a', 1, ARRAY['x', 'y']), ('b', NULL, NULL)",
	"CREATE TABLE often (k TEXT PRIMARY KEY, v BIGINT)",
}

// goneOn is what a node that goes on is asked of them, and checkBeyond what they
// hold then.
var goneOn = []string{"INSERT INTO av VALUES ('c', 2, ARRAY['z'])", "INSERT INTO often VALUES ('k1', 99)"}

func checkBeyond(ctx context.Context, n *Node) error {
	s, err := n.session()
	if err != nil {
		return err
	}
	defer s.close()
	return errors.Join(
		equal(ctx, s, "SELECT k, v, tags FROM av ORDER BY k", "VALUES ('a', 1, ARRAY['x', 'y']), ('b', NULL, NULL), ('c', 2, ARRAY['z'])"),
		equal(ctx, s, "SELECT k, v FROM often ORDER BY k", "VALUES ('k0', 21), ('k1', 99), ('k2', 23)"))
}

// small is a node that was closed in order, with all kinds of files.
func small(t *testing.T) (*Sim, image) {
	s := New(*seed)
	s.tune = littleFiles
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if _, err := s.Life(ctx, Cut{Steps: 10, Saves: 20}); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	if err := s.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.goBeyond(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := image{}
	if err := imageOf(s.disk, "data", m); err != nil {
		t.Fatal(err)
	}
	m.thin()
	for _, kind := range []string{"audit", ".ckpt", ".free", ".wal", ".snap", "stable", ".idx", ".0.seg", ".1.seg", "secret"} {
		if !slices.ContainsFunc(m.paths(), func(name string) bool { return strings.Contains(name, kind) && len(m[name]) > 0 }) {
			t.Fatalf("no file of kind %s", kind)
		}
	}
	return s, m
}

// thin leaves one of the WAL's free files to each group: they hold nothing.
func (m image) thin() {
	last := ""
	for _, name := range m.paths() {
		if path.Ext(name) == ".free" && path.Dir(name) == last {
			delete(m, name)
		} else if path.Ext(name) == ".free" {
			last = path.Dir(name)
		}
	}
}

// running is the disk of a node that runs: its write-ahead logs hold what no
// snapshot has. before is the same without the last statement of each group.
func running(t *testing.T) (s *Sim, before, whole image) {
	s, _ = small(t)
	ctx := t.Context()
	n, err := openNode(ctx, nodeConfig{disk: s.disk, clock: s.clock, seed: 3, tune: s.tune})
	if err != nil {
		t.Fatal(err)
	}
	defer n.abandon()
	session, err := n.session()
	if err != nil {
		t.Fatal(err)
	}
	w := &writer{id: 1, node: n, book: s.book, rng: rand.New(rand.NewPCG(*seed, 7)), s: session}
	before, whole = image{}, image{}
	for i := range 6 {
		if i == 5 {
			if err := imageOf(s.disk, "data", before); err != nil {
				t.Fatal(err)
			}
		}
		_, err := session.exec(ctx, fmt.Sprintf("CREATE STREAM more%d (k TEXT)", i))
		if err := errors.Join(err, w.both(ctx, s.book.of(1).acked), n.srv.WaitIdle(ctx)); err != nil {
			t.Fatal(err)
		}
		if i == 3 { // where the log's end gets lost, these checkpoints are ahead of it
			n.srv.Checkpoint()
		}
	}
	session.close()
	if err := imageOf(s.disk, "data", whole); err != nil {
		t.Fatal(err)
	}
	return s, before, whole
}

// goBeyond adds the relations of beyond, cleans and closes.
func (s *Sim) goBeyond(ctx context.Context) error {
	n, err := openNode(ctx, nodeConfig{disk: s.disk, clock: s.clock, seed: s.rng.Uint64(), tune: s.tune})
	if err != nil {
		return err
	}
	session, err := n.session()
	if err != nil {
		return err
	}
	for _, text := range beyond {
		if _, err := session.exec(ctx, text); err != nil {
			return err
		}
	}
	for i := range 24 { // more than one segment, for the cleaning
		if _, err := session.exec(ctx, fmt.Sprintf("INSERT INTO often VALUES ('k%d', %d)", i%3, i)); err != nil {
			return err
		}
	}
	session.close()
	if err := n.srv.WaitIdle(ctx); err != nil {
		return err
	}
	n.srv.Checkpoint()
	return errors.Join(n.srv.Log().RunMaintenance(s.clock.Now().UnixMilli()), n.srv.Close())
}
