package log

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestInspect holds that Inspect finds a whole log whole, writes nothing, and tells of every flipped bit that a
// start or a read would stumble over.
func TestInspect(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 2)
	for i := range 20 {
		l.put("a", int32(i%2), fmt.Sprintf("value %d, long enough for a few segments: %s", i, strings.Repeat("x", 200)))
	}
	_, _, err := l.ProposeMeta(context.Background(), []byte("catalog"))
	l.must(err)
	want := l.read("a", 0, 0)
	l.must(l.Close())
	all := map[string][]byte{}
	files(t, l.fs, "/data/log", all)
	whole, err := Inspect(l.fs, "/data/log")
	l.must(err)
	if len(whole.Damage) > 0 || len(whole.Tails) > 0 || whole.Batches != 20 || whole.Records < 5 || whole.Files < 6 || whole.Bytes < 20*200 {
		t.Fatalf("a closed log: %+v", whole)
	}
	after := map[string][]byte{}
	files(t, l.fs, "/data/log", after)
	if !maps.EqualFunc(all, after, slices.Equal) {
		t.Error("Inspect changed files")
	}
	told := 0
	for path, data := range all {
		for at := 0; at < len(data); at += 1 + len(data)/40 {
			fs := withDamage(t, all, path, at)
			s, err := Inspect(fs, "/data/log")
			if err != nil || len(s.Damage) > 0 || len(s.Tails) > 0 {
				told++
			} else if damageFound(t, withDamage(t, all, path, at), want) && !strings.HasSuffix(path, ".idx") {
				t.Errorf("%s at %d is damaged, and Inspect does not tell", path, at)
			}
		}
	}
	if told < 100 {
		t.Errorf("told of %d", told)
	}
}

// TestInspectAfterCrash holds that what a power cut leaves is no damage, whether the log runs or not.
func TestInspectAfterCrash(t *testing.T) {
	for seed := range uint64(20) {
		l := openTest(t, vfs.NewCrashableMem())
		l.topic("a", 1)
		for i := range 30 {
			l.put("a", 0, fmt.Sprintf("value %d %s", i, strings.Repeat("x", 100)))
		}
		running, err := Inspect(l.fs, "/data/log")
		l.must(err)
		clone := l.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(seed) * 5, RNG: rand.New(rand.NewPCG(seed, 1))})
		cut, err := Inspect(clone, "/data/log")
		l.must(err)
		if len(running.Damage) > 0 || len(cut.Damage) > 0 {
			t.Errorf("seed %d: running %v, cut %v", seed, running.Damage, cut.Damage)
		}
		l.must(l.Close())
	}
}

// TestInspectMissing holds that a segment which the manifest names and which is gone is told.
func TestInspectMissing(t *testing.T) {
	l := openTest(t, vfs.NewMem())
	l.topic("a", 1)
	for i := range 20 {
		l.put("a", 0, fmt.Sprintf("value %d %s", i, strings.Repeat("x", 200)))
	}
	l.must(l.Close())
	all := map[string][]byte{}
	files(t, l.fs, "/data/log", all)
	for path := range all {
		if strings.HasSuffix(path, ".seg") {
			l.must(l.fs.Remove(path))
			s, err := Inspect(l.fs, "/data/log")
			l.must(err)
			if len(s.Damage) != 1 || !strings.Contains(s.Damage[0], path) {
				t.Errorf("without %s: %v", path, s.Damage)
			}
			return
		}
	}
	t.Fatal("no segment")
}
