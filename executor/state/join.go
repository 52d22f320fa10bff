package state

// JoinBuffer keeps the recent rows of both sides of a stream-stream join: for
// each key and side a chain ordered by time, then arrival. A row may also be
// pending: unmatched so far, and to be reported when its window has closed.
type JoinBuffer struct {
	keys    *Table // words: first and last row of each side, +1
	rows    *Slab  // blob 0 is the row
	expiry  [2]TimeHeap
	pending [2]TimeHeap // entries of matched rows linger
	stale   bool        // the heaps are yet to be made of the rows
	arrival int64
	cold    *coldJoin // nil: all rows are in memory
}

// Words of a row.
const (
	joinTime    = iota
	joinArrival // from 1; 0 in a freed row
	joinPrev
	joinNext
	joinKey  // row of the key + 1; 0 when out of its chain
	joinWait // 1 while it is pending
	joinSide
	joinWords
)

// NewJoinBuffer makes an empty buffer; budget may be nil.
func NewJoinBuffer(budget *Budget) *JoinBuffer {
	h := TimeHeap{budget: budget}
	return &JoinBuffer{
		keys: NewTable(4, 0, budget), rows: NewSlab(joinWords, 1, budget),
		expiry: [2]TimeHeap{h, h}, pending: [2]TimeHeap{h, h},
	}
}

// Put stores a row; pending asks Flush to report it unless it is Matched before.
func (b *JoinBuffer) Put(side int, key []byte, t int64, row []byte, pending bool) {
	b.arrival++
	r := b.add(side, t, b.arrival, row, pending)
	b.link(side, key, r)
}

// Hold keeps a pending row that no other row can match any more.
func (b *JoinBuffer) Hold(side int, t int64, row []byte) {
	b.arrival++
	b.add(side, t, b.arrival, row, true)
}

func (b *JoinBuffer) add(side int, t, arrival int64, row []byte, pending bool) Row {
	b.heaps()
	r := b.rows.Alloc()
	b.rows.SetBlob(r, 0, row)
	w := b.rows.Words(r)
	w[joinTime], w[joinArrival], w[joinSide] = t, arrival, int64(side)
	if pending {
		w[joinWait] = 1
		b.pending[side].Push(t, arrival, r)
	}
	return r
}

func (b *JoinBuffer) link(side int, key []byte, r Row) {
	k, _ := b.keys.UpsertKey(key)
	ends := b.keys.Words(k)[2*side : 2*side+2]
	w := b.rows.Words(r)
	w[joinKey] = int64(k) + 1
	after := ends[1] // the row that r follows, +1
	for after != 0 {
		p := b.rows.Peek(Row(after - 1))
		if p[joinTime] < w[joinTime] || (p[joinTime] == w[joinTime] && p[joinArrival] < w[joinArrival]) {
			break
		}
		after = p[joinPrev]
	}
	w[joinPrev] = after
	next := &ends[0]
	if after != 0 {
		next = &b.rows.Words(Row(after - 1))[joinNext]
	}
	w[joinNext] = *next
	*next = int64(r) + 1
	if w[joinNext] != 0 {
		b.rows.Words(Row(w[joinNext] - 1))[joinPrev] = int64(r) + 1
	} else {
		ends[1] = int64(r) + 1
	}
	b.expiry[side].Push(w[joinTime], w[joinArrival], r)
}

// Matches appends the rows of a side with the key and from <= time <= to,
// ordered by time, then arrival.
func (b *JoinBuffer) Matches(side int, key []byte, from, to int64, dst []Row) []Row {
	b.bringMatches(side, key, from, to)
	k := b.keys.FindKey(key)
	if k == None {
		return dst
	}
	first := int64(0)
	for at := b.keys.Peek(k)[2*side+1]; at != 0; {
		w := b.rows.Peek(Row(at - 1))
		if w[joinTime] < from {
			break
		}
		first, at = at, w[joinPrev]
	}
	for first != 0 {
		w := b.rows.Peek(Row(first - 1))
		if w[joinTime] > to {
			break
		}
		dst = append(dst, Row(first-1))
		first = w[joinNext]
	}
	return dst
}

// Time is a row's time.
func (b *JoinBuffer) Time(r Row) int64 { return b.rows.Peek(r)[joinTime] }

// Row is a stored row, lent until the next Put.
func (b *JoinBuffer) Row(r Row) []byte { return b.rows.Blob(r, 0) }

// Matched says that a pending row has found a partner.
func (b *JoinBuffer) Matched(r Row) {
	if b.rows.Peek(r)[joinWait] != 0 {
		b.rows.Words(r)[joinWait] = 0
	}
}

// Expire forgets the rows of a side with time < bound; pending ones stay for
// Flush but match no more.
func (b *JoinBuffer) Expire(side int, bound int64) {
	b.heaps()
	b.expireOutside(side, bound)
	for {
		t, n, r, ok := b.expiry[side].Min()
		if !ok || t >= bound {
			return
		}
		b.expiry[side].Pop()
		if w := b.rows.Peek(r); w[joinArrival] != n || w[joinKey] == 0 {
			continue
		}
		w := b.rows.Words(r)
		b.unlink(side, w)
		if w[joinWait] == 0 {
			b.rows.Free(r)
		}
	}
}

func (b *JoinBuffer) unlink(side int, w []int64) {
	k := Row(w[joinKey] - 1)
	all := b.keys.Words(k)
	ends := all[2*side : 2*side+2]
	if p := w[joinPrev]; p != 0 {
		b.rows.Words(Row(p - 1))[joinNext] = w[joinNext]
	} else {
		ends[0] = w[joinNext]
	}
	if n := w[joinNext]; n != 0 {
		b.rows.Words(Row(n - 1))[joinPrev] = w[joinPrev]
	} else {
		ends[1] = w[joinPrev]
	}
	w[joinKey] = 0
	if all[0] == 0 && all[2] == 0 {
		b.keys.Delete(k)
	}
}

// Pending tells whether some row waits for Flush.
func (b *JoinBuffer) Pending() bool {
	_, _, _, left := b.head(0)
	_, _, _, right := b.head(1)
	return left || right || b.cold != nil && b.cold.waiting != [2]int64{}
}

// Waiting tells whether Flush would report a row.
func (b *JoinBuffer) Waiting(bounds [2]int64) bool {
	for side := range bounds {
		if t, _, _, ok := b.head(side); ok && t < bounds[side] {
			return true
		}
		if t, ok := b.firstWaiting(side); ok && t < bounds[side] {
			return true
		}
	}
	return false
}

// Flush reports the pending rows of each side with time < bounds[side] by time,
// then arrival. row is lent. With forget set they match no more.
func (b *JoinBuffer) Flush(bounds [2]int64, forget bool, fn func(side int, t int64, row []byte) error) error {
	for {
		now := [2]int64{b.bringWaiting(0, bounds[0]), b.bringWaiting(1, bounds[1])}
		if now == bounds {
			return b.flush(bounds, forget, fn)
		}
		upTo := int64(maxTime) // all rows before are there, of both sides
		for side := range now {
			if now[side] < bounds[side] {
				upTo = min(upTo, now[side])
			}
		}
		if err := b.flush([2]int64{min(bounds[0], upTo), min(bounds[1], upTo)}, forget, fn); err != nil {
			return err
		}
	}
}

func (b *JoinBuffer) flush(bounds [2]int64, forget bool, fn func(side int, t int64, row []byte) error) error {
	for {
		side := -1
		var bt, bn int64
		var br Row
		for s := range b.pending {
			t, n, r, ok := b.head(s)
			if ok && t < bounds[s] && (side < 0 || t < bt || (t == bt && n < bn)) {
				side, bt, bn, br = s, t, n, r
			}
		}
		if side < 0 {
			return nil
		}
		b.pending[side].Pop()
		w := b.rows.Words(br)
		w[joinWait] = 0
		err := fn(side, bt, b.Row(br))
		if forget && w[joinKey] != 0 {
			b.unlink(side, w)
		}
		if w[joinKey] == 0 {
			b.rows.Free(br)
		}
		if err != nil {
			return err
		}
	}
}

// head is the first row of a side that still waits.
func (b *JoinBuffer) head(side int) (t, n int64, r Row, ok bool) {
	b.heaps()
	h := &b.pending[side]
	for {
		t, n, r, ok = h.Min()
		if !ok {
			return
		}
		if w := b.rows.Peek(r); w[joinArrival] == n && w[joinWait] != 0 {
			return
		}
		h.Pop()
	}
}

// Len is the number of rows kept.
func (b *JoinBuffer) Len() int { return b.rows.Len() + int(b.SpillStats().Rows) }

// Bytes is the memory taken.
func (b *JoinBuffer) Bytes() int64 {
	n := b.keys.Bytes() + b.rows.Bytes()
	for s := range 2 {
		n += b.expiry[s].Bytes() + b.pending[s].Bytes()
	}
	return n
}

// heaps makes the heaps of the rows if need be.
func (b *JoinBuffer) heaps() {
	if !b.stale {
		return
	}
	b.stale = false
	for side := range 2 {
		b.expiry[side].reset()
		b.pending[side].reset()
	}
	b.rows.each(func(r Row) bool {
		w := b.rows.Peek(r)
		side := w[joinSide] & 1
		if w[joinKey] != 0 {
			b.expiry[side].Push(w[joinTime], w[joinArrival], r)
		}
		if w[joinWait] != 0 {
			b.pending[side].Push(w[joinTime], w[joinArrival], r)
		}
		return true
	})
}

// Load reads what Frozen.Join gave.
func (b *JoinBuffer) Load(in *Reader) {
	b.arrival = in.Word()
	b.keys.Load(in)
	b.rows.Load(in)
	b.stale = true
	b.loadSpilled(in)
}
