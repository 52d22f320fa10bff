package state

import "slices"

// Row numbers a row of a Slab or Table. It is valid until the row is deleted.
type Row = uint32

// None is no row.
const None = ^Row(0)

// Slab keeps rows of a fixed number of words and blobs. The zero Slab is not
// usable; see NewSlab.
type Slab struct {
	words, blobs int
	spans        []*span // nil where no row was at Load
	next         Row     // the first row never used
	holes        []Row   // first rows of pages that have a free row
	gaps         int     // spans that are nil
	arena        arena
	pages        int
	pageBytes    int64
	n            int
	gen          uint32 // freezes so far, from 1
	birth        uint32 // gen when all rows that are there began to come
	view         *View  // shares the pages of a gen before; nil mostly
}

// NewSlab makes a slab of rows of so many words and blobs; budget may be nil.
func NewSlab(words, blobs int, budget *Budget) *Slab {
	s := &Slab{}
	s.init(words, blobs, budget)
	return s
}

func (s *Slab) init(words, blobs int, budget *Budget) {
	s.words, s.blobs = words, blobs
	s.gen, s.birth = 1, 1
	s.arena.budget = budget
}

func (s *Slab) stride() int { return s.words + s.blobs }

// Alloc gives a row of zero words and no blobs.
func (s *Slab) Alloc() Row {
	s.n++
	if len(s.holes) == 0 && s.gaps > 0 {
		s.fillGap()
	}
	if k := len(s.holes); k > 0 {
		r := s.holes[k-1]
		p := s.page(r)
		r += Row(p.lowest())
		s.enter(p, r)
		if free := p.lowest(); free == pageRows || r/pageRows*pageRows+Row(free) >= s.next {
			s.holes, p.hole = s.holes[:k-1], false
		}
		return r
	}
	r := s.next
	if r == None {
		panic("BUG: E1: more than 2^32 rows")
	}
	s.next++
	s.extend(r)
	s.enter(s.page(r), r)
	return r
}

// enter makes a row live.
func (s *Slab) enter(p *page, r Row) {
	s.hold(p, r)
	bit := uint64(1) << (r % pageRows)
	p.live |= bit
	p.dirty |= bit
}

// fillGap makes the pages of a span that has none.
func (s *Slab) fillGap() {
	s.gaps--
	first := Row(slices.Index(s.spans, nil)) * spanRows
	s.extend(first + spanRows - 1)
	for r := first + spanRows - pageRows; ; r -= pageRows {
		s.page(r).hole = true
		s.holes = append(s.holes, r)
		if r == first {
			return
		}
	}
}

func (s *Slab) grow(n int) {
	s.pageBytes += int64(n)
	s.arena.budget.add(int64(n))
}

// Free gives a row and its blobs back.
func (s *Slab) Free(r Row) {
	row := s.row(r)
	for i := range s.blobs {
		s.drop(row[i])
	}
	clear(row)
	p := s.page(r)
	p.live &^= 1 << (r % pageRows)
	if !p.hole {
		p.hole = true
		s.holes = append(s.holes, r/pageRows*pageRows)
	}
	s.n--
}

// row is a row to change; peek is one to read.
func (s *Slab) row(r Row) []int64 {
	p := s.page(r)
	p.dirty |= 1 << (r % pageRows)
	n := s.stride()
	i := int(r%pageRows) * n
	return p.rows[i : i+n : i+n]
}

func (s *Slab) peek(r Row) []int64 {
	n := s.stride()
	i := int(r%pageRows) * n
	return s.spans[r/spanRows].pages[r/pageRows%spanPages].rows[i : i+n : i+n]
}

// isLive tells whether there is a row of that number.
func (s *Slab) isLive(r Row) bool {
	if int(r/spanRows) >= len(s.spans) || s.spans[r/spanRows] == nil {
		return false
	}
	pages := s.spans[r/spanRows].pages
	i := int(r / pageRows % spanPages)
	return i < len(pages) && pages[i].live>>(r%pageRows)&1 != 0
}

// Words are the words of a row, lent until the next Alloc; writing changes them.
func (s *Slab) Words(r Row) []int64 { return s.row(r)[s.blobs:] }

// Peek are the words of a row, not to be changed, lent until anything is.
func (s *Slab) Peek(r Row) []int64 { return s.peek(r)[s.blobs:] }

// Blob is blob i of a row, lent until the next SetBlob or Alloc; nil when never
// set or set to nothing.
func (s *Slab) Blob(r Row, i int) []byte {
	return blobOf(s.peek(r)[i], s.arena.chunks)
}

// SetBlob copies p into blob i of a row. p may be part of a lent blob.
func (s *Slab) SetBlob(r Row, i int, p []byte) {
	row := s.row(r)
	ref := uint64(row[i])
	if len(p) == 0 {
		s.drop(row[i])
		row[i] = 0
		return
	}
	place, n := uint32(ref>>32), int(uint32(ref))
	if ref != 0 && same(len(p), n) && s.arena.young(place) {
		copy(s.arena.at(place, len(p)), p)
	} else {
		fresh := s.arena.put(p)
		s.drop(row[i])
		place = fresh
	}
	row[i] = int64(uint64(place)<<32 | uint64(uint32(len(p))))
}

// Room makes blob i of a row n > 0 bytes long and lends them until the next SetBlob or
// Alloc: the caller writes them all.
func (s *Slab) Room(r Row, i, n int) []byte {
	row := s.row(r)
	ref := uint64(row[i])
	place := uint32(ref >> 32)
	if ref == 0 || !same(n, int(uint32(ref))) || !s.arena.young(place) {
		s.drop(row[i])
		place = s.arena.alloc(n)
	}
	row[i] = int64(uint64(place)<<32 | uint64(uint32(n)))
	return s.arena.at(place, n)
}

func (s *Slab) drop(word int64) {
	if ref := uint64(word); ref != 0 {
		s.arena.release(uint32(ref>>32), int(uint32(ref)))
	}
}

// Len is the number of rows.
func (s *Slab) Len() int { return s.n }

// Bytes is the memory taken.
func (s *Slab) Bytes() int64 { return s.pageBytes + s.arena.bytes }

// reset forgets all rows. A small slab keeps its pages.
func (s *Slab) reset() {
	if s.view != nil || len(s.spans) > 1 {
		s.arena.budget.add(-s.pageBytes)
		s.spans, s.pages, s.pageBytes, s.view = nil, 0, 0, nil
	}
	for _, sp := range s.spans {
		sp.gen = s.gen
		for i := range sp.pages {
			p := &sp.pages[i]
			clear(p.rows)
			*p = page{rows: p.rows, gen: s.gen}
		}
	}
	s.next, s.n, s.holes, s.gaps = 0, 0, s.holes[:0], 0
	s.birth = s.gen
	s.arena.reset()
}

// release gives all memory back to the budget; the slab is not used again.
func (s *Slab) release() {
	s.arena.budget.add(-s.Bytes())
	s.spans, s.arena.chunks = nil, nil
	s.view, s.arena.view = nil, nil
	s.pageBytes, s.arena.bytes = 0, 0
}
