package state

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync/atomic"
)

// View is a Slab or Table as it was at one moment. Whoever owns it goes on
// changing it: spans and pages that the view shares are copied before they are
// first touched, and blobs that it reads stay where they are (E4). The view
// itself may be read on another goroutine until Release.
type View struct {
	words, blobs int
	keyed        bool
	spans        []*span
	chunks       [][]byte
	n            int
	gen, birth   uint32
	cold         coldPart
	released     atomic.Bool // the slab need no longer copy
}

// Freeze gives the table as it is now. Until the view is released the table is
// not frozen again.
func (t *Table) Freeze() *View {
	v := t.slab.freeze()
	v.keyed = true
	if t.cold != nil && t.cold.stats.Rows > 0 {
		v.cold = t.cold.freeze()
	}
	return v
}

func (s *Slab) freeze() *View {
	if s.view != nil && !s.view.released.Load() {
		panic("BUG: E4: a slab is frozen twice")
	}
	v := &View{
		words: s.words, blobs: s.blobs, spans: s.spans, chunks: s.arena.chunks,
		n: s.n, gen: s.gen, birth: s.birth,
	}
	s.spans, s.arena.chunks = slices.Clone(s.spans), slices.Clone(s.arena.chunks)
	s.gen++
	s.view = v
	s.arena.freeze(v)
	return v
}

// Release says that the view is read no more. It may be called on any goroutine,
// more than once.
func (v *View) Release() {
	if !v.released.Swap(true) {
		v.cold.release()
	}
}

// How a view is written: all rows, or what changed since the last freeze but one.
const (
	partChanges = iota
	partWhole
	partSpilled // as partWhole, then rows without numbers
)

// Write writes what Load reads: all rows, or with whole unset those touched since
// the last freeze but one, unless there were none by then. Rows come in the order
// of their numbers.
func (v *View) Write(w *Writer, whole bool) {
	whole = whole || v.birth+1 >= v.gen
	kind, n := uint64(partWhole), v.n
	switch {
	case v.cold.is():
		kind, whole = partSpilled, true
	case !whole:
		kind, n = partChanges, v.count()
	}
	w.b = binary.AppendUvarint(binary.AppendUvarint(w.b, kind), uint64(n))
	next := uint64(0)
	for i, sp := range v.spans {
		if sp == nil {
			continue
		}
		for j := range sp.pages {
			p := &sp.pages[j]
			m := p.live
			if !whole {
				m = p.changed(v.gen)
			}
			next = v.writePage(w, p, m, uint64(i*spanRows+j*pageRows), next)
		}
	}
	if kind == partSpilled {
		v.cold.write(w)
	}
}

// writePage writes the rows m of a page whose first row is first, and gives the
// number behind the last one written.
func (v *View) writePage(w *Writer, p *page, m, first, next uint64) uint64 {
	for ; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		live := p.live >> k & 1
		w.b = binary.AppendUvarint(w.b, (first+uint64(k)-next)<<1|live)
		next = first + uint64(k) + 1
		if live != 0 {
			w.b = v.appendRow(w.b, p, k)
		}
	}
	w.spill()
	return next
}

// count is the number of rows touched since the last freeze but one.
func (v *View) count() (n int) {
	for _, sp := range v.spans {
		if sp == nil || sp.gen+1 < v.gen {
			continue
		}
		for j := range sp.pages {
			n += bits.OnesCount64(sp.pages[j].changed(v.gen))
		}
	}
	return n
}

func (v *View) appendRow(dst []byte, p *page, k int) []byte {
	stride := v.words + v.blobs
	row := p.rows[k*stride : (k+1)*stride]
	words := row[v.blobs:]
	if v.keyed {
		dst = AppendBytes(dst, keyOf(words, v.chunks))
		words = words[keyWords:]
	}
	for _, w := range words {
		dst = AppendWord(dst, w)
	}
	for _, ref := range row[:v.blobs] {
		dst = AppendBytes(dst, blobOf(ref, v.chunks))
	}
	return dst
}

func blobOf(word int64, chunks [][]byte) []byte {
	ref := uint64(word)
	if ref == 0 {
		return nil
	}
	place, n := uint32(ref>>32), int(uint32(ref))
	i := int(place%chunkUnits) * unit
	return chunks[place/chunkUnits][i : i+n : i+n]
}
