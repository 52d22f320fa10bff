package state

import "slices"

// WindowStore keeps a table for each open window, by window start. Closing a
// window drops its table whole; a few dropped ones are kept for reuse.
type WindowStore struct {
	words, blobs int
	spills       bool
	budget       *Budget
	starts       []int64 // ascending
	tables       []*Table
	idle         []*Table
	last         int        // position of the window used last
	gone         SpillStats // hits and misses of tables released
}

// maxIdle bounds the emptied tables kept for the next window.
const maxIdle = 2

// NewWindowStore makes an empty store of tables with that layout.
func NewWindowStore(words, blobs int, budget *Budget) *WindowStore {
	return &WindowStore{words: words, blobs: blobs, budget: budget}
}

// MaySpill lets rows of windows leave memory, under the rules of Table.MaySpill.
func (s *WindowStore) MaySpill() { s.spills = true }

// SpillStats counts the rows outside of memory.
func (s *WindowStore) SpillStats() SpillStats {
	sum := s.gone
	for _, t := range s.tables {
		sum = sum.Plus(t.SpillStats())
	}
	for _, t := range s.idle {
		sum = sum.Plus(t.SpillStats())
	}
	return sum
}

// Window gives the table of the window, making it when create is set; otherwise
// nil when there is none.
func (s *WindowStore) Window(start int64, create bool) *Table {
	if s.last < len(s.starts) && s.starts[s.last] == start {
		return s.tables[s.last]
	}
	i, ok := slices.BinarySearch(s.starts, start)
	if ok {
		s.last = i
		return s.tables[i]
	}
	if !create {
		return nil
	}
	var t *Table
	if n := len(s.idle); n > 0 {
		t, s.idle = s.idle[n-1], s.idle[:n-1]
	} else {
		t = NewTable(s.words, s.blobs, s.budget)
		if s.spills {
			t.MaySpill()
		}
	}
	s.starts = slices.Insert(s.starts, i, start)
	s.tables = slices.Insert(s.tables, i, t)
	s.last = i
	return t
}

// Oldest is the first open window; ok is false when none is open.
func (s *WindowStore) Oldest() (start int64, t *Table, ok bool) {
	if len(s.starts) == 0 {
		return 0, nil, false
	}
	return s.starts[0], s.tables[0], true
}

// Start is the start of the open window i, by age; false when there are no more.
func (s *WindowStore) Start(i int) (start int64, ok bool) {
	if i >= len(s.starts) {
		return 0, false
	}
	return s.starts[i], true
}

// DropOldest closes the first open window.
func (s *WindowStore) DropOldest() { s.drop(0) }

func (s *WindowStore) drop(i int) {
	t := s.tables[i]
	s.starts = slices.Delete(s.starts, i, i+1)
	s.tables = slices.Delete(s.tables, i, i+1)
	s.last = 0
	if len(s.idle) < maxIdle {
		t.Reset()
		s.idle = append(s.idle, t)
		return
	}
	t.Release()
	s.gone = s.gone.Plus(t.SpillStats())
}

// Windows is the number of open windows.
func (s *WindowStore) Windows() int { return len(s.starts) }

// Len is the number of rows of all windows.
func (s *WindowStore) Len() int {
	n := 0
	for _, t := range s.tables {
		n += t.Len()
	}
	return n
}

// Bytes is the memory taken.
func (s *WindowStore) Bytes() int64 {
	var n int64
	for _, t := range s.tables {
		n += t.Bytes()
	}
	for _, t := range s.idle {
		n += t.Bytes()
	}
	return n
}

// Load reads what Frozen.Windows gave: windows that it does not name are gone.
func (s *WindowStore) Load(in *Reader) {
	i := 0
	for range in.Count() {
		start := in.Word()
		if i > 0 && start <= s.starts[i-1] {
			in.Fail()
		}
		if in.Failed() {
			return
		}
		for i < len(s.starts) && s.starts[i] < start {
			s.drop(i)
		}
		s.Window(start, true).Load(in)
		i++
	}
	for !in.Failed() && i < len(s.starts) {
		s.drop(i)
	}
}
