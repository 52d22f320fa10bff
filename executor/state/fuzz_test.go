package state

import (
	"testing"

	"github.com/leatdb/leat/internal/fuzzing"
)

// FuzzLoad feeds the stores' Load any bytes: they load or say XX001, and what was
// loaded is saved and loaded again.
func FuzzLoad(tf *testing.F) {
	f := fuzzing.On(tf)
	table := NewTable(2, 1, nil)
	r, _ := table.UpsertKey([]byte("a key"))
	table.SetBlob(r, 0, []byte("a blob"))
	f.Add(table.Save(nil), byte(0))
	windows := NewWindowStore(2, 1, nil)
	windows.Window(60, true).UpsertKey([]byte("k"))
	f.Add(windows.Save(nil), byte(1))
	sessions := NewSessionStore(1, 1, nil)
	sessions.Link(sessions.Alloc(), []byte("k"), 5, 9)
	f.Add(sessions.Save(nil), byte(2))
	join := NewJoinBuffer(nil)
	join.Put(0, []byte("k"), 5, []byte("row"), true)
	f.Add(join.Save(nil), byte(3))
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		type store interface {
			Load(in *Reader)
			Save(dst []byte) []byte
		}
		fresh := []func() store{
			func() store { return NewTable(2, 1, nil) },
			func() store { return NewWindowStore(2, 1, nil) },
			func() store { return NewSessionStore(1, 1, nil) },
			func() store { return NewJoinBuffer(nil) },
		}[which%4]
		s, in := fresh(), NewReader(b)
		s.Load(in)
		if in.Err() != nil {
			return
		}
		saved := s.Save(nil)
		again, in := fresh(), NewReader(saved)
		again.Load(in)
		if err := in.Err(); err != nil {
			t.Fatalf("store %d saved what it does not load: %v", which%4, err)
		}
	})
}
