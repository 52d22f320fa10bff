package state

import (
	"encoding/binary"
	"sync/atomic"
)

// View is a Table as it was at one moment. Whoever owns the table goes on
// changing it: a page or chunk that the view shares is copied before it is first
// touched (E4). The view itself may be read on another goroutine until Release.
type View struct {
	words, blobs int
	pages        [][]int64
	chunks       [][]byte
	next         Row
	n            int // rows
	hot          int // of them in memory
	cold         coldPart
	released     atomic.Bool // the table need no longer copy
}

// Freeze gives the table as it is now. Until the view is released the table is
// not frozen again.
func (t *Table) Freeze() *View {
	s := &t.slab
	if s.view != nil && !s.view.released.Load() {
		panic("BUG: E4: a table is frozen twice")
	}
	v := &View{
		words: s.words, blobs: s.blobs, next: s.next, n: t.Len(), hot: s.n,
		pages: append([][]int64(nil), s.pages...), chunks: append([][]byte(nil), s.arena.chunks...),
	}
	if t.cold != nil {
		v.cold = t.cold.freeze()
	}
	s.view = v
	s.owned = make([]uint64, (len(v.pages)+63)/64)
	s.arena.view = v
	s.arena.owned = make([]uint64, (len(v.chunks)+63)/64)
	return v
}

// Release says that the view is read no more. It may be called on any goroutine,
// more than once.
func (v *View) Release() {
	v.released.Store(true)
	v.cold.release()
}

// Err tells after Save whether rows outside of memory could not be read.
func (v *View) Err() error { return v.cold.err }

// own makes a page the table's alone.
func (s *Slab) own(page int) {
	if s.view.released.Load() {
		s.view, s.owned = nil, nil
	} else if page < len(s.view.pages) && take(s.owned, page) {
		s.pages[page] = append([]int64(nil), s.pages[page]...)
	}
}

// own makes a chunk the arena's alone.
func (a *arena) own(chunk int) {
	if a.replace(chunk) {
		a.chunks[chunk] = append([]byte(nil), a.chunks[chunk]...)
	}
}

// replace says that a chunk gets other bytes; it tells whether the view still has
// the present ones.
func (a *arena) replace(chunk int) bool {
	if a.view.released.Load() {
		a.view, a.owned = nil, nil
		return false
	}
	return chunk < len(a.view.chunks) && take(a.owned, chunk)
}

// take sets a bit and tells whether it was not set.
func take(bits []uint64, i int) bool {
	was := bits[i/64]>>(i%64)&1 != 0
	bits[i/64] |= 1 << (i % 64)
	return !was
}

// Len is the number of rows.
func (v *View) Len() int { return v.n }

// Save appends what Table.Load reads. Rows come in the order of their numbers,
// which depends on the past (Table.Save's does not, E2).
func (v *View) Save(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(v.n))
	stride := v.words + v.blobs
	left := v.hot
	for r := Row(0); r < v.next && left > 0; r++ {
		i := int(r%pageRows) * stride
		row := v.pages[r/pageRows][i : i+stride]
		words := row[v.blobs:]
		if bytesOf(words)[0] == 0 {
			continue // freed
		}
		dst = AppendBytes(dst, keyOf(words, v.chunks))
		left--
		for _, w := range words[keyWords:] {
			dst = AppendWord(dst, w)
		}
		for _, ref := range row[:v.blobs] {
			dst = AppendBytes(dst, v.blob(ref))
		}
	}
	return v.cold.save(dst)
}

func (v *View) blob(word int64) []byte { return blobOf(word, v.chunks) }

func blobOf(word int64, chunks [][]byte) []byte {
	ref := uint64(word)
	if ref == 0 {
		return nil
	}
	place, n := uint32(ref>>32), int(uint32(ref))
	i := int(place%chunkUnits) * unit
	return chunks[place/chunkUnits][i : i+n : i+n]
}

// Frozen is an operator's state as of one moment, put together of bytes and
// views in the order in which Load reads them.
type Frozen struct {
	parts []frozenPart
}

type frozenPart struct {
	bytes []byte
	view  *View
}

// Bytes adds bytes, given.
func (f *Frozen) Bytes(b []byte) { f.parts = append(f.parts, frozenPart{bytes: b}) }

// Table adds a table.
func (f *Frozen) Table(t *Table) { f.parts = append(f.parts, frozenPart{view: t.Freeze()}) }

// Windows adds the tables of a store.
func (f *Frozen) Windows(s *WindowStore) {
	f.Bytes(AppendUvarint(nil, uint64(len(s.starts))))
	for i, start := range s.starts {
		f.Bytes(AppendWord(nil, start))
		f.Table(s.tables[i])
	}
}

// Save appends it all.
func (f *Frozen) Save(dst []byte) []byte {
	for _, p := range f.parts {
		if p.view != nil {
			dst = p.view.Save(dst)
		} else {
			dst = append(dst, p.bytes...)
		}
	}
	return dst
}

// Err tells after Save whether a part of it is missing.
func (f *Frozen) Err() error {
	for _, p := range f.parts {
		if p.view != nil && p.view.Err() != nil {
			return p.view.Err()
		}
	}
	return nil
}

// Release ends all views.
func (f *Frozen) Release() {
	for _, p := range f.parts {
		if p.view != nil {
			p.view.Release()
		}
	}
}
