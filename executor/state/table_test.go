package state

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math/rand"
	"slices"
	"testing"
)

// twinRow is a row of the map a Table is compared with.
type twinRow struct {
	words [2]int64
	blobs [2]string
}

// TestTableTwin runs random operations on a Table and on a Go map (E1), with
// a reload in between (E3).
func TestTableTwin(t *testing.T) {
	for seed := range int64(12) {
		rng := rand.New(rand.NewSource(seed))
		keys := []int{4, 40, 3000, 60000}[seed%4]
		budget := &Budget{}
		tab, twin := NewTable(2, 2, budget), map[string]*twinRow{}
		for step := range 300 {
			switch {
			case step == 150:
				var c chains
				loaded := c.reload(t, tab, func() store { return NewTable(2, 2, budget) }).(*Table)
				tab.Release()
				tab = loaded
			case rng.Intn(60) == 0:
				tab.Reset()
				clear(twin)
			case rng.Intn(3) == 0:
				deleteSome(rng, tab, twin, keys)
			default:
				upsertBatch(t, rng, tab, twin, keys)
			}
			if tab.Len() != len(twin) {
				t.Fatalf("seed %d step %d: %d rows, want %d", seed, step, tab.Len(), len(twin))
			}
			if budget.Used() != tab.Bytes() {
				t.Fatalf("seed %d step %d: budget %d, table %d", seed, step, budget.Used(), tab.Bytes())
			}
		}
		compareTable(t, seed, tab, twin)
		tab.Release()
		if budget.Used() != 0 {
			t.Fatalf("seed %d: %d bytes left after Release", seed, budget.Used())
		}
	}
}

func randomKey(rng *rand.Rand, n int) []byte {
	k := rng.Intn(n)
	b := binary.BigEndian.AppendUint32(nil, uint32(k))
	return append(b, bytes.Repeat([]byte{'x'}, k%23)...)
}

func randomBlob(rng *rand.Rand) []byte {
	n := []int{0, 1, 15, 16, 17, 100, 1024, 1025, 5000}[rng.Intn(9)]
	if rng.Intn(2000) == 0 {
		n = maxClassed + rng.Intn(100000)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(n + i)
	}
	return b
}

func upsertBatch(t *testing.T, rng *rand.Rand, tab *Table, twin map[string]*twinRow, n int) {
	var ks Keys
	ks.Reset()
	for range 1 + rng.Intn(64) {
		ks.Data = append(ks.Data, randomKey(rng, n)...)
		ks.End()
	}
	rows := make([]Row, ks.Len())
	tab.Find(&ks, nil, rows)
	for i, r := range rows {
		if _, ok := twin[string(ks.Key(i))]; ok != (r != None) {
			t.Fatalf("Find of %x gives row %d, in map: %v", ks.Key(i), r, ok)
		}
	}
	before := tab.Len()
	if inserted := tab.Upsert(&ks, nil, rows); tab.Len() != before+inserted {
		t.Fatalf("%d rows, then %d inserted, now %d", before, inserted, tab.Len())
	}
	for i, r := range rows {
		tr := twin[string(ks.Key(i))]
		if tr == nil {
			tr = &twinRow{}
			twin[string(ks.Key(i))] = tr
		}
		w, d, b := rng.Intn(2), rng.Int63(), rng.Intn(2)
		tab.Words(r)[w] += d
		tr.words[w] += d
		p := randomBlob(rng)
		tab.SetBlob(r, b, p)
		tr.blobs[b] = string(p)
	}
}

func deleteSome(rng *rand.Rand, tab *Table, twin map[string]*twinRow, n int) {
	for range rng.Intn(64) {
		k := randomKey(rng, n)
		if r := tab.FindKey(k); r != None {
			tab.Delete(r)
		}
		delete(twin, string(k))
	}
}

func compareTable(t *testing.T, seed int64, tab *Table, twin map[string]*twinRow) {
	t.Helper()
	want := slices.Sorted(maps.Keys(twin))
	i := 0
	tab.Scan(nil, nil, func(r Row) bool {
		if string(tab.Key(r)) != want[i] {
			t.Fatalf("seed %d: key %d is %x, want %x", seed, i, tab.Key(r), want[i])
		}
		tr := twin[want[i]]
		got := twinRow{[2]int64(tab.Words(r)), [2]string{string(tab.Blob(r, 0)), string(tab.Blob(r, 1))}}
		if got != *tr {
			t.Fatalf("seed %d: row of %x differs", seed, want[i])
		}
		i++
		return true
	})
	if i != len(want) {
		t.Fatalf("seed %d: scanned %d rows, want %d", seed, i, len(want))
	}
}

// TestScanBounds checks half-open ranges.
func TestScanBounds(t *testing.T) {
	tab := NewTable(0, 0, nil)
	for _, k := range []string{"b", "a", "abcdefghijklmnopq", "abcdefghijklmnopp", "c", ""} {
		tab.UpsertKey([]byte(k))
	}
	var got []string
	tab.Scan([]byte("a"), []byte("c"), func(r Row) bool {
		got = append(got, string(tab.Key(r)))
		return true
	})
	if want := []string{"a", "abcdefghijklmnopp", "abcdefghijklmnopq", "b"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// TestLoadCorrupt: every truncation of a saved table is refused.
func TestLoadCorrupt(t *testing.T) {
	tab := NewTable(1, 1, nil)
	for _, k := range []string{"one", "two"} {
		r, _ := tab.UpsertKey([]byte(k))
		tab.SetBlob(r, 0, []byte(k))
	}
	var f Frozen
	f.Table(tab)
	saved := written(&f, true)
	for n := range saved {
		in := NewReader(saved[:n])
		NewTable(1, 1, nil).Load(in)
		if in.Err() == nil {
			t.Fatalf("the first %d of %d bytes load", n, len(saved))
		}
	}
}

func TestBudget(t *testing.T) {
	b := &Budget{Limit: 100 << 10}
	tab := NewTable(4, 0, b)
	for i := range 100 {
		tab.UpsertKey(binary.BigEndian.AppendUint32(nil, uint32(i)))
	}
	if err := b.Err(); err != nil {
		t.Fatalf("100 rows: %v", err)
	}
	for i := range 10000 {
		tab.UpsertKey(binary.BigEndian.AppendUint32(nil, uint32(i)))
	}
	if err := b.Err(); err == nil {
		t.Fatal("10,000 rows fit in 100 KiB")
	}
}

func BenchmarkTableUpsert(b *testing.B) {
	for _, n := range []int{1000, 1000000} {
		b.Run(map[int]string{1000: "1k", 1000000: "1M"}[n], func(b *testing.B) {
			tab := NewTable(2, 0, nil)
			rng := rand.New(rand.NewSource(1))
			batches := make([]Keys, 64)
			for i := range batches {
				batches[i].Reset()
				for range 4096 {
					batches[i].Data = binary.BigEndian.AppendUint64(append(batches[i].Data, 1), uint64(rng.Intn(n)))
					batches[i].End()
				}
			}
			rows := make([]Row, 4096)
			for b.Loop() {
				for i := range batches {
					tab.Upsert(&batches[i], nil, rows)
					for _, r := range rows {
						tab.Words(r)[0]++
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*64*4096), "ns/row")
		})
	}
}
