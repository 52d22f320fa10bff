package spill_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/leatdb/leat/executor/spill"
	"github.com/leatdb/leat/executor/state"
)

// twin is a table whose rows may leave memory, and the map that it has to equal.
type twin struct {
	*testing.T
	rng    *rand.Rand
	budget *state.Budget
	tab    *state.Table
	rows   map[string]value
	stores []*spill.Store
	fs     vfs.FS
	keys   state.Keys
	found  []state.Row
}

type value struct {
	word int64
	blob string
}

const tableLimit = 40_000

func newTwin(t *testing.T, seed uint64) *twin {
	x := &twin{T: t, rng: rand.New(rand.NewPCG(seed, 5)), rows: map[string]value{}, fs: vfs.NewMem()}
	x.begin()
	t.Cleanup(func() {
		for i, s := range x.stores {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if names, err := x.fs.List(dirOf(i)); err == nil {
				t.Errorf("a closed store leaves %v", names)
			}
		}
	})
	return x
}

func dirOf(i int) string { return fmt.Sprint("spill", i) }

// begin makes an empty table.
func (x *twin) begin() {
	x.budget = &state.Budget{Limit: tableLimit, Spill: state.NewSpill(func() (state.Cold, error) {
		s, err := spill.Open(spill.Options{FS: x.fs, Dir: dirOf(len(x.stores)), Budget: tableLimit})
		if err == nil {
			x.stores = append(x.stores, s)
		}
		return s, err
	})}
	x.tab = state.NewTable(1, 1, x.budget)
	x.tab.MaySpill()
}

func (x *twin) key() string {
	// Some keys are long, some are used more than others.
	k := x.rng.IntN(4000)
	if x.rng.IntN(2) == 0 {
		k %= 200
	}
	if k%10 == 0 {
		return fmt.Sprintf("key %d of more bytes than fit in a row", k)
	}
	return fmt.Sprint(k)
}

// batch looks up or inserts some keys, twice the same among them, and writes.
func (x *twin) batch() {
	x.keys.Reset()
	var names []string
	for range 1 + x.rng.IntN(300) {
		names = append(names, x.key())
		x.keys.Data = append(x.keys.Data, names[len(names)-1]...)
		x.keys.End()
	}
	x.found = slices.Grow(x.found[:0], len(names))[:len(names)]
	if x.rng.IntN(4) == 0 {
		x.tab.Find(&x.keys, nil, x.found)
		for i, r := range x.found {
			v, ok := x.rows[names[i]]
			if ok != (r != state.None) || ok && (x.tab.Words(r)[0] != v.word || string(x.tab.Blob(r, 0)) != v.blob) {
				x.Fatalf("key %q: found %v, want %v", names[i], r != state.None, ok)
			}
		}
		return
	}
	x.tab.Upsert(&x.keys, nil, x.found)
	for i, r := range x.found {
		v := x.rows[names[i]]
		if x.tab.Words(r)[0] != v.word || string(x.tab.Blob(r, 0)) != v.blob {
			x.Fatalf("key %q: %d, want %d", names[i], x.tab.Words(r)[0], v.word)
		}
		v.word++
		if x.rng.IntN(3) == 0 {
			v.blob = string(bytes.Repeat([]byte{byte('a' + v.word%26)}, x.rng.IntN(100)))
		}
		x.tab.Words(r)[0] = v.word
		x.tab.SetBlob(r, 0, []byte(v.blob))
		x.rows[names[i]] = v
	}
}

func (x *twin) remove() {
	for range x.rng.IntN(50) {
		name := x.key()
		r := x.tab.FindKey([]byte(name))
		if _, ok := x.rows[name]; ok != (r != state.None) {
			x.Fatalf("key %q: found %v, want %v", name, r != state.None, ok)
		}
		if r != state.None {
			x.tab.Delete(r)
			delete(x.rows, name)
		}
	}
}

// ascend compares all rows, or those between two keys, in key order.
func (x *twin) ascend() {
	want := slices.Sorted(maps.Keys(x.rows))
	var from, to []byte
	if x.rng.IntN(2) == 0 {
		a, b := x.key(), x.key()
		from, to = []byte(min(a, b)), []byte(max(a, b))
		want = slices.DeleteFunc(want, func(k string) bool { return k < string(from) || k >= string(to) })
	}
	var got []string
	err := x.tab.Ascend(from, to, func(r state.Row) error {
		k := string(x.tab.Key(r))
		if v := x.rows[k]; x.tab.Words(r)[0] != v.word || string(x.tab.Blob(r, 0)) != v.blob {
			return fmt.Errorf("key %q: %d, want %d", k, x.tab.Words(r)[0], v.word)
		}
		got = append(got, k)
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		x.Fatalf("%d rows in order, want %d (%v)", len(got), len(want), err)
	}
	stop := errors.New("enough")
	if err := x.tab.Ascend(from, to, func(state.Row) error { return stop }); len(want) > 0 && !errors.Is(err, stop) {
		x.Fatalf("an end to it gives %v", err)
	}
}

// reload goes on with a table loaded from a view, which is read on another
// goroutine while the table changes.
func (x *twin) reload() {
	view, rows := x.tab.Freeze(), maps.Clone(x.rows)
	var saved bytes.Buffer
	done := make(chan error)
	go func() {
		w := state.NewWriter(&saved)
		view.Write(w, true)
		view.Release()
		done <- w.Flush()
	}()
	for range 5 {
		x.batch()
		x.relieve()
	}
	if err := <-done; err != nil {
		x.Fatal(err)
	}
	x.begin()
	x.rows = rows
	in := state.NewReader(saved.Bytes())
	x.tab.Load(in)
	if err := in.Err(); err != nil {
		x.Fatal(err)
	}
	x.relieve()
	x.ascend()
}

func (x *twin) relieve() {
	if err := x.budget.Relieve(); err != nil {
		x.Fatal(err)
	}
	if x.budget.Used() != x.tab.Bytes() || x.budget.Used() > tableLimit+tableLimit/8 {
		x.Fatalf("%d bytes in memory, %d counted", x.tab.Bytes(), x.budget.Used())
	}
	if x.tab.Len() != len(x.rows) {
		x.Fatalf("%d rows, want %d", x.tab.Len(), len(x.rows))
	}
}

// TestTableTwin: a table whose rows leave memory equals a map, in lookups, in
// order, saved and loaded.
func TestTableTwin(t *testing.T) {
	for seed := range uint64(4) {
		x := newTwin(t, seed)
		most := int64(0)
		for range 120 {
			switch n := x.rng.IntN(20); {
			case n < 14:
				x.batch()
			case n < 17:
				x.remove()
			case n < 18:
				x.ascend()
			case n < 19:
				x.reload()
			case x.rng.IntN(4) == 0:
				x.tab.Reset()
				clear(x.rows)
			}
			x.relieve()
			most = max(most, x.tab.SpillStats().Rows)
		}
		if most < 500 {
			t.Errorf("seed %d: at most %d rows were outside of memory", seed, most)
		}
		x.tab.Release()
		if x.budget.Used() != 0 {
			t.Errorf("seed %d: %d bytes left", seed, x.budget.Used())
		}
	}
}

// TestHotStays: rows that are used again and again stay in memory.
func TestHotStays(t *testing.T) {
	x := newTwin(t, 1)
	touch := func(from, to int) {
		for k := from; k < to; k++ {
			r, _ := x.tab.UpsertKey(fmt.Append(nil, k))
			x.tab.Words(r)[0]++
		}
		if err := x.budget.Relieve(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		touch(0, 50)
		touch(100+40*i, 140+40*i)
	}
	before := x.tab.SpillStats()
	touch(0, 50)
	if after := x.tab.SpillStats(); after.Misses != before.Misses || after.Hits != before.Hits+50 || before.Rows < 3000 {
		t.Errorf("rows in use are looked for outside: %+v, then %+v", before, after)
	}
}
