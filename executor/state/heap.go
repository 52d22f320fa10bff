package state

// TimeHeap holds rows by time, then by a second number; the least comes first.
// Adding in ascending order costs no moves. Its entries lie in chunks, so that
// growing moves none.
type TimeHeap struct {
	chunks [][]timed
	n      int
	bytes  int64
	budget *Budget
}

const (
	timedBytes = 24
	heapChunk  = 1 << 10
)

type timed struct {
	t, n int64
	row  Row
}

func (a *timed) before(b *timed) bool { return a.t < b.t || (a.t == b.t && a.n < b.n) }

func (h *TimeHeap) at(i int) *timed { return &h.chunks[i/heapChunk][i%heapChunk] }

// Bytes is the memory taken.
func (h *TimeHeap) Bytes() int64 { return h.bytes }

// Len is the number of entries.
func (h *TimeHeap) Len() int { return h.n }

// Push adds a row.
func (h *TimeHeap) Push(t, n int64, row Row) {
	h.reach(h.n)
	i := h.n
	h.n++
	x := h.at(i)
	*x = timed{t, n, row}
	for i > 0 {
		p := h.at((i - 1) / 2)
		if !x.before(p) {
			return
		}
		*x, *p = *p, *x
		x, i = p, (i-1)/2
	}
}

// reach makes room for entry i. The first chunk begins small and doubles.
func (h *TimeHeap) reach(i int) {
	size := heapChunk
	switch c := i / heapChunk; {
	case c == len(h.chunks):
		if c == 0 {
			size = 4
		}
		h.chunks = append(h.chunks, make([]timed, size))
		h.grow(size)
	case i == len(h.chunks[c]):
		grown := make([]timed, 2*i)
		copy(grown, h.chunks[c])
		h.chunks[c] = grown
		h.grow(i)
	}
}

func (h *TimeHeap) grow(entries int) {
	h.bytes += timedBytes * int64(entries)
	h.budget.add(timedBytes * int64(entries))
}

// Min is the first entry; ok is false when there is none.
func (h *TimeHeap) Min() (t, n int64, row Row, ok bool) {
	if h.n == 0 {
		return 0, 0, None, false
	}
	m := h.at(0)
	return m.t, m.n, m.row, true
}

// Pop removes the first entry.
func (h *TimeHeap) Pop() {
	h.n--
	last := h.n
	*h.at(0) = *h.at(last)
	if spare := last/heapChunk + 2; spare < len(h.chunks) {
		h.grow(-len(h.chunks[spare]))
		h.chunks = h.chunks[:spare]
	}
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			return
		}
		if c+1 < last && h.at(c+1).before(h.at(c)) {
			c++
		}
		x, y := h.at(i), h.at(c)
		if !y.before(x) {
			return
		}
		*x, *y = *y, *x
		i = c
	}
}

// reset forgets all entries.
func (h *TimeHeap) reset() {
	h.budget.add(-h.bytes)
	*h = TimeHeap{budget: h.budget}
}
