package state

import (
	"math/bits"
	"slices"
)

// Rows of a page, of the first page at its start, and pages of a span.
const (
	pageRows  = 64
	firstRows = 4
	spanPages = 256
	spanRows  = spanPages * pageRows
	pageHead  = 56 // bytes of a page besides its rows
)

// page is 64 rows, and a bit for each of them in live, dirty and before.
type page struct {
	rows   []int64 // a row: blob references, then words; nil when none was ever used
	live   uint64  // rows there are
	dirty  uint64  // rows touched since the freeze that made gen the slab's
	before uint64  // rows touched between that freeze and the one before
	gen    uint32  // the slab's when the page was touched last
	hole   bool    // it is in the slab's holes
}

// span is the unit in which a View shares a slab.
type span struct {
	gen   uint32
	pages []page
}

// changed are the rows touched since the last freeze but one, as of the freeze
// that ended generation gen.
func (p *page) changed(gen uint32) uint64 {
	switch p.gen {
	case gen:
		return p.dirty | p.before
	case gen - 1:
		return p.dirty
	}
	return 0
}

// own makes the page of a row the slab's alone, and begins its bits anew (E4).
func (s *Slab) own(r Row) *page {
	p := &s.ownSpan(r).pages[r/pageRows%spanPages]
	if p.gen == s.gen {
		return p
	}
	if s.view != nil {
		p.rows = slices.Clone(p.rows)
	}
	if p.before = 0; p.gen == s.gen-1 {
		p.before = p.dirty
	}
	p.dirty, p.gen = 0, s.gen
	return p
}

func (s *Slab) ownSpan(r Row) *span {
	if s.view != nil && s.view.released.Load() {
		s.view = nil
	}
	sp := s.spans[r/spanRows]
	if sp.gen == s.gen {
		return sp
	}
	if s.view != nil {
		sp = &span{pages: slices.Clone(sp.pages)}
		s.spans[r/spanRows] = sp
	}
	sp.gen = s.gen
	return sp
}

// page is the page of a row, the slab's alone.
func (s *Slab) page(r Row) *page {
	p := &s.spans[r/spanRows].pages[r/pageRows%spanPages]
	if p.gen != s.gen {
		p = s.own(r)
	}
	return p
}

// extend adds pages until there is one for the row.
func (s *Slab) extend(r Row) {
	if n := int(r/spanRows) + 1 - len(s.spans); n > 0 {
		s.spans = append(s.spans, make([]*span, n)...)
	}
	at := r / spanRows
	if s.spans[at] == nil {
		s.spans[at] = &span{gen: s.gen}
	}
	s.fill(at, int(r/pageRows%spanPages)+1)
}

// fill makes a span have n pages.
func (s *Slab) fill(at uint32, n int) {
	if len(s.spans[at].pages) >= n {
		return
	}
	sp := s.ownSpan(at * spanRows)
	s.pages += n - len(sp.pages)
	s.grow(pageHead * (n - len(sp.pages)))
	for len(sp.pages) < n {
		sp.pages = append(sp.pages, page{gen: s.gen})
	}
}

// hold makes the page of a row have room for it. The first page begins small and doubles.
func (s *Slab) hold(p *page, r Row) {
	need := int(r%pageRows+1) * s.stride()
	if need <= len(p.rows) {
		return
	}
	n := pageRows * s.stride()
	if r < pageRows {
		n = min(n, max(need, 2*len(p.rows), firstRows*s.stride()))
	}
	rows := make([]int64, n)
	s.grow(8 * (n - len(p.rows)))
	copy(rows, p.rows)
	p.rows = rows
}

// lowest is the first row of a page that is not live; 64 when all are.
func (p *page) lowest() int { return bits.TrailingZeros64(^p.live) }

// each calls fn for every live row in the order of their numbers until it says
// false.
func (s *Slab) each(fn func(r Row) bool) {
	for i, sp := range s.spans {
		if sp == nil {
			continue
		}
		for j := range sp.pages {
			first := Row(i*spanRows + j*pageRows)
			for m := sp.pages[j].live; m != 0; m &= m - 1 {
				if !fn(first + Row(bits.TrailingZeros64(m))) {
					return
				}
			}
		}
	}
}
