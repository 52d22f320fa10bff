package sim

import (
	"context"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var damages = flag.Int("damages", 400, "TestDamage flips a byte at so many places and truncates at as many; 0: at every byte of every file")

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

// place is where an image is damaged.
type place struct {
	file     string
	at       int
	truncate bool
}

// TestDamage damages a small data directory in one place, again and again: the
// node says so, or gives the answers it gave before. It never gives others.
func TestDamage(t *testing.T) {
	s, whole := small(t)
	var places []place
	bytes := 0
	for _, name := range whole.paths() {
		bytes += len(whole[name])
		for i := range whole[name] {
			places = append(places, place{name, i, false}, place{name, i, true})
		}
	}
	if *damages > 0 {
		rng := rand.New(rand.NewPCG(*seed, 5))
		rng.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
		places = places[:min(2**damages, len(places))]
	}
	refused, reported, harmless := 0, 0, 0
	for _, p := range places {
		verdict, err := s.judge(t.Context(), whole, p)
		if err != nil {
			t.Fatalf("seed %d: %s, byte %d of %d, truncated %t: %v", *seed, p.file, p.at, len(whole[p.file]), p.truncate, err)
		}
		switch verdict {
		case refusedToOpen:
			refused++
		case reportedLater:
			reported++
		default:
			harmless++
		}
	}
	t.Logf("campaign: seed %d: %d files, %d bytes, %d damages: %d stopped the start, %d were reported by a statement, %d did no harm; wrong answers 0",
		*seed, len(whole), bytes, len(places), refused, reported, harmless)
	if refused == 0 || harmless == 0 {
		t.Error("all damages have the same verdict")
	}
}

// small is a node that was closed in order, with all kinds of files.
func small(t *testing.T) (*Sim, image) {
	s := New(*seed)
	s.walBytes = 4 << 10
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if _, err := s.Life(ctx, Cut{Steps: 12, Saves: 20}); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	if err := s.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := image{}
	if err := imageOf(s.disk, "data", m); err != nil {
		t.Fatal(err)
	}
	return s, m
}

const (
	refusedToOpen = iota
	reportedLater
	didNoHarm
)

// judge opens a damaged image and asks it everything.
func (s *Sim) judge(ctx context.Context, whole image, p place) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	damaged := image{}
	for name, b := range whole {
		damaged[name] = b
	}
	b := slices.Clone(whole[p.file])
	if p.truncate {
		b = b[:p.at]
	} else {
		b[p.at] ^= 0x41
	}
	damaged[p.file] = b
	disk, err := damaged.disk()
	if err != nil {
		return 0, err
	}
	known := newBook(writers)
	known.restore(s.book.copy())
	n, err := openNode(ctx, nodeConfig{disk: disk, clock: newClock(), seed: 1, walBytes: s.walBytes})
	if err != nil {
		return refusedToOpen, nil
	}
	defer n.abandon()
	err = check(ctx, n, known)
	switch {
	case err == nil:
		return didNoHarm, nil
	case n.dead() || isReport(err):
		return reportedLater, nil
	}
	return 0, err
}

// isReport tells whether an error says that data is damaged, rather than that
// answers differ.
func isReport(err error) bool {
	text := err.Error()
	return strings.Contains(text, "XX001") || strings.Contains(text, "58030") || strings.Contains(text, "corrupt")
}

// TestDamageIsJudged: a check that passes over wrong answers would be worth
// nothing. The image is whole, and a row is owed that is not in it.
func TestDamageIsJudged(t *testing.T) {
	s, whole := small(t)
	name := whole.paths()[0]
	if _, err := s.judge(t.Context(), whole, place{name, len(whole[name]), true}); err != nil {
		t.Fatal(err)
	}
	s.book.try(0, func(st *state) { st.rows++ })
	s.book.ack(0)
	if _, err := s.judge(t.Context(), whole, place{name, len(whole[name]), true}); err == nil {
		t.Error("a row that is owed and not there went unnoticed")
	}
}
