package state

// Row numbers a row of a Slab or Table. It is valid until the row is deleted.
type Row = uint32

// None is no row.
const None = ^Row(0)

// Rows of a page, and of the first page at its start.
const (
	pageRows  = 64
	firstRows = 4
)

// Slab keeps rows of a fixed number of words and blobs. The zero Slab is not
// usable; see NewSlab.
type Slab struct {
	words, blobs int
	pages        [][]int64 // a row: blob references, then words
	next         Row
	freed        []Row
	arena        arena
	pageBytes    int64
	n            int
	view         *View    // shares the pages that owned does not name; nil mostly
	owned        []uint64 // a bit a page
}

// NewSlab makes a slab of rows of so many words and blobs; budget may be nil.
func NewSlab(words, blobs int, budget *Budget) *Slab {
	s := &Slab{}
	s.init(words, blobs, budget)
	return s
}

func (s *Slab) init(words, blobs int, budget *Budget) {
	s.words, s.blobs = words, blobs
	s.arena.budget = budget
}

func (s *Slab) stride() int { return s.words + s.blobs }

// Alloc gives a row of zero words and no blobs.
func (s *Slab) Alloc() Row {
	s.n++
	if k := len(s.freed); k > 0 {
		r := s.freed[k-1]
		s.freed = s.freed[:k-1]
		return r
	}
	r := s.next
	if r == None {
		panic("BUG: E1: more than 2^32 rows")
	}
	s.next++
	page, i := int(r/pageRows), int(r%pageRows)
	if page == len(s.pages) {
		n := pageRows
		if page == 0 {
			n = firstRows
		}
		s.pages = append(s.pages, make([]int64, n*s.stride()))
		s.grow(8 * n * s.stride())
	} else if need := (i + 1) * s.stride(); need > len(s.pages[page]) {
		if s.view != nil {
			s.own(page)
		}
		grown := make([]int64, min(2*len(s.pages[page]), pageRows*s.stride()))
		s.grow(8 * (len(grown) - len(s.pages[page])))
		copy(grown, s.pages[page])
		s.pages[page] = grown
	}
	return r
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
	s.freed = append(s.freed, r)
	s.n--
}

// row is a row to change; peek is one to read.
func (s *Slab) row(r Row) []int64 {
	if s.view != nil {
		s.own(int(r / pageRows))
	}
	return s.peek(r)
}

func (s *Slab) peek(r Row) []int64 {
	n := s.stride()
	i := int(r%pageRows) * n
	return s.pages[r/pageRows][i : i+n : i+n]
}

// Words are the words of a row, lent until the next Alloc; writing changes them.
func (s *Slab) Words(r Row) []int64 { return s.row(r)[s.blobs:] }

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
	if ref != 0 && same(len(p), n) {
		s.arena.write(place, p)
	} else {
		fresh := s.arena.put(p)
		s.drop(row[i])
		place = fresh
	}
	row[i] = int64(uint64(place)<<32 | uint64(uint32(len(p))))
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

// reset forgets all rows and keeps the pages.
func (s *Slab) reset() {
	if s.view != nil { // it keeps the pages
		s.arena.budget.add(-s.pageBytes)
		s.pages, s.pageBytes, s.view, s.owned = nil, 0, nil, nil
	}
	for i, p := range s.pages {
		used := int(s.next) - i*pageRows
		if used > 0 {
			clear(p[:min(used, pageRows)*s.stride()])
		}
	}
	s.next, s.n, s.freed = 0, 0, s.freed[:0]
	s.arena.reset()
}

// release gives all memory back to the budget; the slab is not used again.
func (s *Slab) release() {
	s.arena.budget.add(-s.Bytes())
	s.pages, s.arena.chunks = nil, nil
	s.view, s.arena.view = nil, nil
	s.pageBytes, s.arena.bytes = 0, 0
}
