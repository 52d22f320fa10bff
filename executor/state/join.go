package state

// JoinBuffer keeps the recent rows of both sides of a stream-stream join: for
// each key and side a chain ordered by time, then arrival. A row may also be
// pending: unmatched so far, and to be reported when its window has closed.
type JoinBuffer struct {
	keys    *Table // words: first and last row of each side, +1
	rows    *Slab  // blob 0 is the row
	expiry  [2]TimeHeap
	pending [2]TimeHeap // entries of matched rows linger
	arrival int64
}

// Words of a row.
const (
	joinTime    = iota
	joinArrival // from 1; 0 in a freed row
	joinPrev
	joinNext
	joinKey // row of the key + 1; 0 when out of its chain
	joinWait
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
	r := b.rows.Alloc()
	b.rows.SetBlob(r, 0, row)
	w := b.rows.Words(r)
	w[joinTime], w[joinArrival] = t, arrival
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
		p := b.rows.Words(Row(after - 1))
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
	k := b.keys.FindKey(key)
	if k == None {
		return dst
	}
	first := int64(0)
	for at := b.keys.Words(k)[2*side+1]; at != 0; {
		w := b.rows.Words(Row(at - 1))
		if w[joinTime] < from {
			break
		}
		first, at = at, w[joinPrev]
	}
	for first != 0 {
		w := b.rows.Words(Row(first - 1))
		if w[joinTime] > to {
			break
		}
		dst = append(dst, Row(first-1))
		first = w[joinNext]
	}
	return dst
}

// Time is a row's time.
func (b *JoinBuffer) Time(r Row) int64 { return b.rows.Words(r)[joinTime] }

// Row is a stored row, lent until the next Put.
func (b *JoinBuffer) Row(r Row) []byte { return b.rows.Blob(r, 0) }

// Matched says that a pending row has found a partner.
func (b *JoinBuffer) Matched(r Row) { b.rows.Words(r)[joinWait] = 0 }

// Expire forgets the rows of a side with time < bound; pending ones stay for
// Flush but match no more.
func (b *JoinBuffer) Expire(side int, bound int64) {
	for {
		t, n, r, ok := b.expiry[side].Min()
		if !ok || t >= bound {
			return
		}
		b.expiry[side].Pop()
		w := b.rows.Words(r)
		if w[joinArrival] != n || w[joinKey] == 0 {
			continue
		}
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
	return left || right
}

// Waiting tells whether Flush would report a row.
func (b *JoinBuffer) Waiting(bounds [2]int64) bool {
	for side := range bounds {
		if t, _, _, ok := b.head(side); ok && t < bounds[side] {
			return true
		}
	}
	return false
}

// Flush reports the pending rows of each side with time < bounds[side] by time,
// then arrival. row is lent. With forget set they match no more.
func (b *JoinBuffer) Flush(bounds [2]int64, forget bool, fn func(side int, t int64, row []byte) error) error {
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
	h := &b.pending[side]
	for {
		t, n, r, ok = h.Min()
		if !ok {
			return
		}
		if w := b.rows.Words(r); w[joinArrival] == n && w[joinWait] != 0 {
			return
		}
		h.Pop()
	}
}

// Len is the number of rows kept.
func (b *JoinBuffer) Len() int { return b.rows.Len() }

// Bytes is the memory taken.
func (b *JoinBuffer) Bytes() int64 {
	n := b.keys.Bytes() + b.rows.Bytes()
	for s := range 2 {
		n += b.expiry[s].Bytes() + b.pending[s].Bytes()
	}
	return n
}

// Save appends the buffer in a canonical order.
func (b *JoinBuffer) Save(dst []byte) []byte {
	dst = AppendWord(dst, b.arrival)
	dst = AppendUvarint(dst, uint64(b.keys.Len()))
	b.keys.Each(func(k Row) {
		dst = AppendBytes(dst, b.keys.Key(k))
		for side := range 2 {
			first := b.keys.Words(k)[2*side]
			n := 0
			for at := first; at != 0; at = b.rows.Words(Row(at - 1))[joinNext] {
				n++
			}
			dst = AppendUvarint(dst, uint64(n))
			for at := first; at != 0; at = b.rows.Words(Row(at - 1))[joinNext] {
				dst = b.saveRow(dst, Row(at-1))
			}
		}
	})
	for side := range 2 {
		loose := b.loose(side)
		dst = AppendUvarint(dst, uint64(len(loose)))
		for _, r := range loose {
			dst = b.saveRow(dst, r)
		}
	}
	return dst
}

func (b *JoinBuffer) saveRow(dst []byte, r Row) []byte {
	w := b.rows.Words(r)
	dst = AppendWord(AppendWord(AppendWord(dst, w[joinTime]), w[joinArrival]), w[joinWait])
	return AppendBytes(dst, b.Row(r))
}

// loose lists the pending rows of a side that are out of their chain, by time
// and arrival.
func (b *JoinBuffer) loose(side int) []Row {
	h := TimeHeap{items: append([]timed(nil), b.pending[side].items...)}
	var out []Row
	for h.Len() > 0 {
		_, n, r, _ := h.Min()
		h.Pop()
		if w := b.rows.Words(r); w[joinArrival] == n && w[joinWait] != 0 && w[joinKey] == 0 {
			out = append(out, r)
		}
	}
	return out
}

// Load reads a saved buffer into an empty one.
func (b *JoinBuffer) Load(in *Reader) {
	b.arrival = in.Word()
	for range in.Count() {
		key := in.Bytes()
		for side := range 2 {
			for range in.Count() {
				r := b.loadRow(in, side)
				if in.err != nil {
					return
				}
				b.link(side, key, r)
			}
		}
	}
	for side := range 2 {
		for range in.Count() {
			b.loadRow(in, side)
		}
	}
}

func (b *JoinBuffer) loadRow(in *Reader, side int) Row {
	t, arrival, wait := in.Word(), in.Word(), in.Word()
	return b.add(side, t, arrival, in.Bytes(), wait != 0)
}
