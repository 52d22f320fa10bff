package state

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// churn changes a table at random: insertions, words, blobs of all sizes, deletions.
func churn(t *Table, rng *rand.Rand, steps int) {
	for range steps {
		key := []byte(fmt.Sprint("key ", rng.IntN(3000)))
		if rng.IntN(400) == 0 {
			key = nil
		}
		r, _ := t.UpsertKey(key)
		if rng.IntN(4) == 0 {
			t.Delete(r)
			continue
		}
		t.Words(r)[rng.IntN(2)] = rng.Int64()
		size := []int{0, 3, 40, 2000}[min(rng.IntN(24), 3)]
		if rng.IntN(500) == 0 {
			size = 70_000
		}
		blob := bytes.Repeat([]byte{byte(rng.Uint32())}, size)
		if size > 0 && rng.IntN(2) == 0 {
			copy(t.Room(r, 0, size), blob)
			continue
		}
		t.SetBlob(r, 0, blob)
	}
}

// contents are the rows of a table in the order of their keys.
func contents(t *Table) []byte {
	var out []byte
	t.Scan(nil, nil, func(r Row) bool {
		out = AppendBytes(out, t.Key(r))
		for _, w := range t.Words(r) {
			out = AppendWord(out, w)
		}
		out = AppendBytes(out, t.Blob(r, 0))
		return true
	})
	return out
}

// TestViewStays: a view, read on another goroutine while its table goes on
// changing, gives the table of the moment of Freeze (E4).
func TestViewStays(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	table := NewTable(2, 1, &Budget{})
	for round := range 60 {
		churn(table, rng, rng.IntN(4000))
		if round%17 == 16 {
			table.Reset()
		}
		want := contents(table)
		var f Frozen
		f.Table(table)
		saved := make(chan []byte)
		go func() {
			b := written(&f, true)
			f.Release()
			saved <- b
		}()
		churn(table, rng, rng.IntN(4000))
		if round%13 == 12 {
			table.Reset()
		}
		back := NewTable(2, 1, nil)
		in := NewReader(<-saved)
		back.Load(in)
		if err := in.Err(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if !bytes.Equal(contents(back), want) {
			t.Fatalf("round %d: the view is not the table that was frozen", round)
		}
	}
}

// TestChainsOfChanges: a table is what the chain of its checkpoints gives, each
// of the two chains without the other (E3, E4), whenever it is loaded from one.
func TestChainsOfChanges(t *testing.T) {
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 5))
		fresh := func() store { return NewTable(2, 1, &Budget{}) }
		table := fresh().(*Table)
		var c chains
		changes := 0
		for round := range 60 {
			churn(table, rng, rng.IntN([]int{20, 300, 4000}[rng.IntN(3)]))
			if rng.IntN(20) == 0 {
				table.Reset()
			}
			c.save(table, func() { churn(table, rng, rng.IntN(200)) })
			if n := len(c.files[c.at%2]); n > 1 && len(c.files[c.at%2][n-1]) < len(c.full) {
				changes++
			}
			if rng.IntN(4) == 0 {
				table = c.load(t, fresh).(*Table)
				if used := table.slab.arena.budget.Used(); used != table.Bytes() {
					t.Fatalf("seed %d round %d: budget %d, table %d", seed, round, used, table.Bytes())
				}
			}
		}
		if changes < 10 {
			t.Errorf("seed %d: only %d checkpoints are smaller than the state", seed, changes)
		}
	}
}

// TestChangesAreFew: a checkpoint of changes has the rows that changed, and what
// a load brought is no change.
func TestChangesAreFew(t *testing.T) {
	table := NewTable(2, 0, nil)
	for i := range 100_000 {
		table.UpsertKey(fmt.Append(nil, i))
	}
	freeze := func() *View {
		v := table.Freeze()
		v.Release()
		return v
	}
	freeze()
	freeze()
	for i := range 100 {
		table.Words(table.FindKey(fmt.Append(nil, 999*i)))[0] = 2
		table.Peek(table.FindKey(fmt.Append(nil, 998*i)))
	}
	if v := freeze(); v.count() != 100 {
		t.Errorf("%d of 100 rows changed", v.count())
	}
	table.Words(5)[0] = 3
	if v := freeze(); v.count() != 101 {
		t.Errorf("%d of 101 rows changed since the freeze before the last", v.count())
	}
	if v := freeze(); v.count() != 1 {
		t.Errorf("%d of 1 row changed", v.count())
	}
	var c chains
	table = c.reload(t, table, func() store { return NewTable(2, 0, nil) }).(*Table)
	if v := freeze(); v.count() != 0 || v.birth+1 >= v.gen {
		t.Errorf("%d rows of a loaded table changed", v.count())
	}
}

// TestViewCopiesWhatIsTouched: a freeze copies pages only when they change.
func TestViewCopiesWhatIsTouched(t *testing.T) {
	table := NewTable(2, 0, nil)
	for i := range 10_000 {
		r, _ := table.UpsertKey([]byte(fmt.Sprint(i)))
		table.Words(r)[0] = 1
	}
	view := table.Freeze()
	table.Words(table.FindKey([]byte("77")))[0] = 2
	copied := 0
	for i := range view.spans[0].pages {
		if &view.spans[0].pages[i].rows[0] != &table.slab.spans[0].pages[i].rows[0] {
			copied++
		}
	}
	if copied != 1 {
		t.Errorf("%d of %d pages are copied", copied, len(view.spans[0].pages))
	}
	view.Release()
	table.Words(0)[0] = 3
	if table.slab.view != nil {
		t.Error("a released view is still kept")
	}
	table.Freeze()
	defer func() {
		if recover() == nil {
			t.Error("a table is frozen twice")
		}
	}()
	table.Freeze()
}
