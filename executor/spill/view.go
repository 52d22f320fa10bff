package spill

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/leatdb/leat/executor/state"
)

// View is the rows of a store as of one moment. It may be read on another
// goroutine, also while the store changes.
type View struct {
	store *Store
	snap  *pebble.Snapshot // nil: released; guarded by the store's mu
}

var errReleased = errors.New("the state that is read is no more")

// Freeze gives the rows as they are now.
func (s *Store) Freeze() (state.ColdView, error) {
	if err := s.Apply(); err != nil {
		return nil, err
	}
	v := &View{store: s, snap: s.db.NewSnapshot()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.views[v] = true
	return v, nil
}

// Each is Store.Each.
func (v *View) Each(region uint64, from, to []byte, fn func(key, row []byte) bool) error {
	it, err := v.iterator(region, from, to)
	if err != nil {
		return err
	}
	return walk(it, fn)
}

func (v *View) iterator(region uint64, from, to []byte) (*pebble.Iterator, error) {
	v.store.mu.Lock()
	defer v.store.mu.Unlock()
	if v.snap == nil {
		return nil, errReleased
	}
	return v.snap.NewIter(bounds(region, from, to))
}

// Release ends the view. It may be called on any goroutine, more than once.
func (v *View) Release() {
	v.store.mu.Lock()
	defer v.store.mu.Unlock()
	v.closeLocked()
}

func (v *View) closeLocked() {
	if v.snap != nil {
		delete(v.store.mu.views, v)
		// A snapshot that cannot be closed twice has nothing to fail with.
		if err := v.snap.Close(); err != nil {
			panic("BUG: S1: " + err.Error())
		}
		v.snap = nil
	}
}
