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
		t.SetBlob(r, 0, bytes.Repeat([]byte{byte(rng.Uint32())}, size))
	}
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
		want := table.Save(nil)
		view := table.Freeze()
		saved := make(chan []byte)
		go func() {
			b := view.Save(nil)
			view.Release()
			saved <- b
		}()
		churn(table, rng, rng.IntN(4000))
		if round%13 == 12 {
			table.Reset()
		}
		b := <-saved
		back := NewTable(2, 1, nil)
		in := NewReader(b)
		back.Load(in)
		if err := in.Err(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if !bytes.Equal(back.Save(nil), want) {
			t.Fatalf("round %d: the view is not the table of %d rows that was frozen", round, view.Len())
		}
	}
}

// TestViewCopiesWhatIsTouched: a freeze copies pages and chunks only when they change.
func TestViewCopiesWhatIsTouched(t *testing.T) {
	table := NewTable(2, 0, nil)
	for i := range 10_000 {
		r, _ := table.UpsertKey([]byte(fmt.Sprint(i)))
		table.Words(r)[0] = 1
	}
	view := table.Freeze()
	table.Words(table.FindKey([]byte("77")))[0] = 2
	copied := 0
	for i := range view.pages {
		if &view.pages[i][0] != &table.slab.pages[i][0] {
			copied++
		}
	}
	if copied == 0 || copied > 4 {
		t.Errorf("%d of %d pages are copied", copied, len(view.pages))
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
