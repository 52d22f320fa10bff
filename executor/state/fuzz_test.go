package state

import (
	"testing"

	"github.com/leatdb/leat/internal/fuzzing"
)

// FuzzLoad feeds the stores' Load any bytes in two parts: as a state and as the changes
// after it. They load or say XX001, and what was loaded is written and loaded again.
func FuzzLoad(tf *testing.F) {
	f := fuzzing.On(tf)
	f.Bound(16<<20, 8<<10) // a row far behind the last one has a span and a page to itself
	seed := func(s store, which byte) {
		var whole, changes Frozen
		s.freezeInto(&whole)
		whole.Release()
		s.freezeInto(&changes)
		f.Add(append(AppendBytes(nil, written(&whole, true)), written(&changes, false)...), which)
	}
	table := NewTable(2, 1, nil)
	r, _ := table.UpsertKey([]byte("a key"))
	table.SetBlob(r, 0, []byte("a blob"))
	seed(table, 0)
	windows := NewWindowStore(2, 1, nil)
	windows.Window(60, true).UpsertKey([]byte("k"))
	seed(windows, 1)
	sessions := NewSessionStore(1, 1, nil)
	sessions.Link(sessions.Alloc(), []byte("k"), 5, 9)
	seed(sessions, 2)
	join := NewJoinBuffer(nil)
	join.Put(0, []byte("k"), 5, []byte("row"), true)
	seed(join, 3)
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		fresh := []func() store{
			func() store { return NewTable(2, 1, nil) },
			func() store { return NewWindowStore(2, 1, nil) },
			func() store { return NewSessionStore(1, 1, nil) },
			func() store { return NewJoinBuffer(nil) },
		}[which%4]
		s, both := fresh(), NewReader(b)
		for _, piece := range [][]byte{both.Bytes(), both.b} {
			in := NewReader(piece)
			s.Load(in)
			if in.Err() != nil {
				return
			}
		}
		var frozen Frozen
		s.freezeInto(&frozen)
		again, in := fresh(), NewReader(written(&frozen, true))
		again.Load(in)
		if err := in.Err(); err != nil {
			t.Fatalf("store %d wrote what it does not load: %v", which%4, err)
		}
	})
}
