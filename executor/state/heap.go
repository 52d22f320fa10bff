package state

// TimeHeap holds rows by time, then by a second number; the least comes first.
// Adding in ascending order costs no moves.
type TimeHeap struct {
	items  []timed
	budget *Budget
}

const timedBytes = 24

type timed struct {
	t, n int64
	row  Row
}

func (a timed) before(b timed) bool { return a.t < b.t || (a.t == b.t && a.n < b.n) }

// Bytes is the memory taken.
func (h *TimeHeap) Bytes() int64 { return timedBytes * int64(cap(h.items)) }

// Len is the number of entries.
func (h *TimeHeap) Len() int { return len(h.items) }

// Push adds a row.
func (h *TimeHeap) Push(t, n int64, row Row) {
	before := cap(h.items)
	h.items = append(h.items, timed{t, n, row})
	h.budget.add(timedBytes * int64(cap(h.items)-before))
	i := len(h.items) - 1
	for i > 0 {
		p := (i - 1) / 2
		if !h.items[i].before(h.items[p]) {
			return
		}
		h.items[i], h.items[p] = h.items[p], h.items[i]
		i = p
	}
}

// Min is the first entry; ok is false when there is none.
func (h *TimeHeap) Min() (t, n int64, row Row, ok bool) {
	if len(h.items) == 0 {
		return 0, 0, None, false
	}
	m := h.items[0]
	return m.t, m.n, m.row, true
}

// Pop removes the first entry.
func (h *TimeHeap) Pop() {
	last := len(h.items) - 1
	h.items[0] = h.items[last]
	h.items = h.items[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			return
		}
		if c+1 < last && h.items[c+1].before(h.items[c]) {
			c++
		}
		if !h.items[c].before(h.items[i]) {
			return
		}
		h.items[i], h.items[c] = h.items[c], h.items[i]
		i = c
	}
}
