package state

import (
	"bytes"
	"testing"
)

// store is one of the stores, as checkpoints see it.
type store interface {
	freezeInto(f *Frozen)
	Load(in *Reader)
}

func (t *Table) freezeInto(f *Frozen)        { f.Table(t) }
func (s *WindowStore) freezeInto(f *Frozen)  { f.Windows(s) }
func (s *SessionStore) freezeInto(f *Frozen) { f.Sessions(s) }
func (b *JoinBuffer) freezeInto(f *Frozen)   { f.Join(b) }

// written is what a frozen state is written as.
func written(f *Frozen, whole bool) []byte {
	var out bytes.Buffer
	w := NewWriter(&out)
	f.Write(w, whole)
	if err := w.Flush(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// chains are the checkpoints of a store: two chains in turns, as a task has them.
type chains struct {
	at    int
	files [2][][]byte
	full  []byte // the last one's state, whole
}

// save freezes a store and adds to the chain whose turn it is. Between freeze and
// writing it does what meanwhile does.
func (c *chains) save(s store, meanwhile func()) {
	var f Frozen
	s.freezeInto(&f)
	c.at++
	meanwhile()
	files := &c.files[c.at%2]
	*files = append(*files, written(&f, len(*files) == 0))
	c.full = written(&f, true)
	f.Release()
}

// load makes a store of the last checkpoint and checks that it is what was saved
// (E3). The other chain ends there: it is behind.
func (c *chains) load(t *testing.T, fresh func() store) store {
	t.Helper()
	s := fresh()
	for _, b := range c.files[c.at%2] {
		in := NewReader(b)
		s.Load(in)
		if err := in.Err(); err != nil {
			t.Fatalf("load: %v", err)
		}
	}
	var f Frozen
	s.freezeInto(&f)
	got := written(&f, true)
	f.Release()
	if !bytes.Equal(got, c.full) {
		t.Fatalf("a chain of %d gives a state that is written as %d bytes, not the %d that were saved", len(c.files[c.at%2]), len(got), len(c.full))
	}
	c.files[(c.at+1)%2] = nil
	return s
}

// reload is save and load with nothing between.
func (c *chains) reload(t *testing.T, s store, fresh func() store) store {
	t.Helper()
	c.save(s, func() {})
	return c.load(t, fresh)
}
