package state

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// coldJoin is the part of a JoinBuffer that is not in memory, row by row: those
// that can be matched by side, key, time and arrival; the same by side, time and
// arrival, so that they expire; and those that wait for Flush in that order too.
type coldJoin struct {
	in                 *Spill
	rows, times, waits uint64 // regions; 0 before the first row goes
	n, waiting         [2]int64
	first, last        [2]int64 // no row of the side that can be matched is before or after
	firstWait          [2]int64 // none that waits is before
	stats              SpillStats
	sweep              Row // the row to look at next
	rowKey, timeKey, b []byte
	found              []coldRow
}

// coldRow is a row that comes in.
type coldRow struct {
	side       int
	t, arrival int64
	key, row   []byte
	wait       bool
	link       bool // it can be matched
	expired    bool // it could until now
}

// flushedAtOnce is how many rows outside of memory Flush brings in of a side.
const flushedAtOnce = 256

// MaySpill lets the rows of an empty buffer leave memory, when its budget has a
// Spill. The buffer's user holds rows over no step.
func (b *JoinBuffer) MaySpill() {
	if x := b.rows.arena.budget; x != nil && x.Spill != nil {
		b.cold = &coldJoin{in: x.Spill}
		x.Spill.tables = append(x.Spill.tables, b)
	}
}

// SpillStats counts the rows outside of memory.
func (b *JoinBuffer) SpillStats() SpillStats {
	if b.cold == nil {
		return SpillStats{}
	}
	return b.cold.stats
}

func (b *JoinBuffer) rowsIn() int { return b.rows.n }

func (b *JoinBuffer) room() int64 {
	n := b.keys.slab.room() + b.rows.room()
	for side := range 2 {
		for _, h := range []*TimeHeap{&b.expiry[side], &b.pending[side]} {
			n += h.bytes - timedBytes*int64(min(h.n, b.rows.n))
		}
	}
	return n
}

// atTime orders rows by side, time and arrival.
func (c *coldJoin) atTime(side int, t, arrival int64) []byte {
	c.timeKey = append(appendTime(append(c.timeKey[:0], byte(side)), t), binary.BigEndian.AppendUint64(nil, uint64(arrival))...)
	return c.timeKey
}

func appendTime(dst []byte, t int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(t)^1<<63)
}

// readTime is the counterpart of atTime.
func readTime(key []byte) (side int, t, arrival int64) {
	return int(key[0] & 1), int64(binary.BigEndian.Uint64(key[1:]) ^ 1<<63), int64(binary.BigEndian.Uint64(key[9:]))
}

// ofKey begins what orders rows by side and key.
func ofKey(dst []byte, side int, key []byte) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, byte(side)), uint32(len(key)))
	return append(dst, key...)
}

func (c *coldJoin) atKey(side int, key []byte, t, arrival int64) []byte {
	c.rowKey = ofKey(c.rowKey[:0], side, key)
	c.rowKey = binary.BigEndian.AppendUint64(appendTime(c.rowKey, t), uint64(arrival))
	return c.rowKey
}

// readKey is the counterpart of atKey.
func readKey(at []byte) (side int, key []byte, t, arrival int64) {
	end := len(at) - 16
	return int(at[0] & 1), at[5:end], int64(binary.BigEndian.Uint64(at[end:]) ^ 1<<63), int64(binary.BigEndian.Uint64(at[end+8:]))
}

// atKeyBytes is the least length of what atKey gives.
const atKeyBytes = 21

// evict moves rows out, those first that came in first, by their numbers.
func (b *JoinBuffer) evict(enough int64) (freed int64) {
	c := b.cold
	if b.rows.n == 0 {
		return 0
	}
	if c.rows == 0 {
		c.rows, c.times, c.waits = c.in.region(), c.in.region(), c.in.region()
	}
	for range b.rows.next {
		if c.sweep >= b.rows.next {
			c.sweep = 0
		}
		r := c.sweep
		c.sweep++
		if !b.rows.isLive(r) {
			continue
		}
		if freed += b.move(r); freed >= enough || c.in.err != nil {
			break
		}
	}
	return freed
}

// move puts a row out and gives its memory.
func (b *JoinBuffer) move(r Row) int64 {
	c, w, row := b.cold, b.rows.Words(r), b.Row(r)
	side, t, arrival, wait := int(w[joinSide]), w[joinTime], w[joinArrival], byte(w[joinWait])
	var err error
	put := func(region uint64, at []byte) {
		if err == nil {
			err = c.in.cold.Put(region, at, c.b)
		}
	}
	if w[joinKey] != 0 {
		key := b.keys.Key(Row(w[joinKey] - 1))
		if c.n[side] == 0 {
			c.first[side], c.last[side] = t, t
		}
		c.n[side]++
		c.first[side], c.last[side] = min(c.first[side], t), max(c.last[side], t)
		c.b = AppendBytes(append(c.b[:0], wait), row)
		put(c.rows, c.atKey(side, key, t, arrival))
		c.b = AppendUvarint(AppendBytes(append(c.b[:0], wait), key), uint64(len(row)))
		put(c.times, c.atTime(side, t, arrival))
		c.b = AppendBytes(append(c.b[:0], 1), key)
	} else {
		c.b = AppendBytes(append(c.b[:0], 0), row)
	}
	if wait != 0 {
		if c.waiting[side] == 0 {
			c.firstWait[side] = t
		}
		c.waiting[side]++
		c.firstWait[side] = min(c.firstWait[side], t)
		put(c.waits, c.atTime(side, t, arrival))
	}
	if err == nil && c.in.cold.Pending() >= applyBytes {
		err = c.in.cold.Apply()
	}
	if err != nil {
		c.in.fail(err)
		return 0
	}
	c.stats.Rows++
	c.stats.Bytes += int64(len(row))
	size := b.rows.sizeOf(r)
	if w[joinKey] != 0 {
		b.unlink(side, w)
	}
	b.rows.Free(r)
	return size
}

// take puts rows that were found into memory.
func (b *JoinBuffer) take() {
	c := b.cold
	for i := range c.found {
		x := &c.found[i]
		r := b.add(x.side, x.t, x.arrival, x.row, x.wait)
		c.stats.Rows--
		c.stats.Bytes -= int64(len(x.row))
		var err error
		if x.link || x.expired {
			c.n[x.side]--
			err = c.in.cold.Remove(c.rows, c.atKey(x.side, x.key, x.t, x.arrival))
			if err == nil {
				err = c.in.cold.Remove(c.times, c.atTime(x.side, x.t, x.arrival))
			}
		}
		if x.wait && err == nil {
			c.waiting[x.side]--
			err = c.in.cold.Remove(c.waits, c.atTime(x.side, x.t, x.arrival))
		}
		if err != nil {
			c.in.fail(err)
		}
		if x.link {
			b.link(x.side, x.key, r)
		}
	}
	if len(c.found) > 0 {
		if err := c.in.cold.Apply(); err != nil {
			c.in.fail(err)
		}
	}
	clear(c.found)
	c.found = c.found[:0]
}

// note remembers a row that was found; all is copied.
func (c *coldJoin) note(at, value []byte, link bool) {
	side, key, t, arrival := readKey(at)
	in := NewReader(value)
	wait, row := in.Byte() != 0, slices.Clone(in.Bytes())
	if in.Err() != nil {
		c.in.fail(in.Err())
	}
	c.found = append(c.found, coldRow{side, t, arrival, slices.Clone(key), row, wait, link, !link})
}

// bringMatches brings in the rows that Matches asks for.
func (b *JoinBuffer) bringMatches(side int, key []byte, from, to int64) {
	c := b.cold
	if c == nil || c.n[side] == 0 || from > c.last[side] || to < c.first[side] || c.in.failed() != nil {
		return
	}
	c.stats.Misses++
	low := appendTime(ofKey(nil, side, key), from)
	high := append(appendTime(ofKey(nil, side, key), to), bytes.Repeat([]byte{0xff}, 9)...)
	err := c.in.cold.Each(c.rows, low, high, func(at, value []byte) bool {
		c.note(at, value, true)
		return true
	})
	if err != nil {
		c.in.fail(err)
	}
	b.take()
}

// expireOutside forgets the rows of a side with time < bound that are outside;
// those that wait come in.
func (b *JoinBuffer) expireOutside(side int, bound int64) {
	c := b.cold
	if c == nil || c.n[side] == 0 || c.first[side] >= bound || c.in.failed() != nil {
		return
	}
	var waits [][]byte
	err := c.in.cold.Each(c.times, c.bound(side, c.first[side]), c.bound(side, bound), func(at, value []byte) bool {
		side, t, arrival := readTime(at)
		in := NewReader(value)
		wait, key, size := in.Byte() != 0, in.Bytes(), in.Uvarint()
		if in.Err() != nil {
			c.in.fail(in.Err())
			return false
		}
		row := slices.Clone(c.atKey(side, key, t, arrival))
		if !wait {
			c.found = append(c.found, coldRow{side: side, t: t, arrival: arrival, key: row})
			c.stats.Bytes -= int64(size)
		} else {
			waits = append(waits, row)
		}
		return true
	})
	c.first[side] = bound
	if err == nil {
		err = c.forget()
	}
	if err == nil && len(waits) > 0 {
		err = b.bringRows(waits, false)
	}
	if err != nil {
		c.in.fail(err)
	}
}

// bound is where rows of a side from a time on begin, by time.
func (c *coldJoin) bound(side int, t int64) []byte { return appendTime([]byte{byte(side)}, t) }

// forget removes rows that were found to be over; their key is that of c.rows.
func (c *coldJoin) forget() error {
	for i := range c.found {
		x := &c.found[i]
		c.n[x.side]--
		c.stats.Rows--
		if err := c.in.cold.Remove(c.rows, x.key); err != nil {
			return err
		}
		if err := c.in.cold.Remove(c.times, c.atTime(x.side, x.t, x.arrival)); err != nil {
			return err
		}
	}
	c.found = c.found[:0]
	return c.in.cold.Apply()
}

// bringRows brings in the rows at places of c.rows.
func (b *JoinBuffer) bringRows(places [][]byte, link bool) error {
	c := b.cold
	slices.SortFunc(places, bytes.Compare)
	err := c.in.cold.Find(c.rows, places, func(i int, value []byte) { c.note(places[i], value, link) })
	b.take()
	return err
}

// bringWaiting brings in the rows of a side that wait for a Flush up to bound,
// the earliest ones, and gives the bound before which all are there now.
func (b *JoinBuffer) bringWaiting(side int, bound int64) (whole int64) {
	c := b.cold
	if c == nil || c.waiting[side] == 0 || c.firstWait[side] >= bound || c.in.failed() != nil {
		return bound
	}
	var linked [][]byte
	n, last, next := 0, int64(0), int64(maxTime)
	err := c.in.cold.Each(c.waits, c.bound(side, c.firstWait[side]), []byte{byte(side) + 1}, func(at, value []byte) bool {
		side, t, arrival := readTime(at)
		if t >= bound || n >= flushedAtOnce && t > last {
			next = t
			return false
		}
		n, last = n+1, t
		in := NewReader(value)
		if is, key := in.Byte() != 0, in.Bytes(); is {
			linked = append(linked, slices.Clone(c.atKey(side, key, t, arrival)))
		} else {
			c.found = append(c.found, coldRow{side: side, t: t, arrival: arrival, row: slices.Clone(key), wait: true})
		}
		if in.Err() != nil {
			c.in.fail(in.Err())
		}
		return true
	})
	c.firstWait[side] = next
	b.take()
	if err == nil && len(linked) > 0 {
		err = b.bringRows(linked, true)
	}
	if err != nil {
		c.in.fail(err)
		return bound
	}
	return min(bound, next)
}

// firstWaiting is the earliest row of a side that waits outside of memory.
func (b *JoinBuffer) firstWaiting(side int) (first int64, ok bool) {
	c := b.cold
	if c == nil || c.waiting[side] == 0 || c.in.failed() != nil {
		return 0, false
	}
	err := c.in.cold.Each(c.waits, c.bound(side, c.firstWait[side]), []byte{byte(side) + 1}, func(at, _ []byte) bool {
		_, first, _ = readTime(at)
		ok = true
		return false
	})
	if err != nil {
		c.in.fail(err)
		return 0, false
	}
	if ok {
		c.firstWait[side] = first
	}
	return first, ok
}

// pack makes the buffer anew from the rows in memory.
func (b *JoinBuffer) pack() {
	old, x := *b, b.rows.arena.budget
	h := TimeHeap{budget: x}
	b.keys, b.rows = NewTable(4, 0, x), NewSlab(joinWords, 1, x)
	b.expiry, b.pending, b.stale = [2]TimeHeap{h, h}, [2]TimeHeap{h, h}, false
	if b.cold != nil {
		b.cold.sweep = 0
	}
	old.rows.each(func(r Row) bool {
		w := old.rows.Peek(r)
		side := int(w[joinSide] & 1)
		fresh := b.add(side, w[joinTime], w[joinArrival], old.Row(r), w[joinWait] != 0)
		if w[joinKey] != 0 {
			b.link(side, old.keys.Key(Row(w[joinKey]-1)), fresh)
		}
		return true
	})
	old.keys.Release()
	old.rows.release()
	for side := range 2 {
		old.expiry[side].reset()
		old.pending[side].reset()
	}
}

// freeze gives the rows outside of memory as they are now: those that can be
// matched, and those that wait.
func (c *coldJoin) freeze() (linked, waits coldPart) {
	linked = coldPart{region: c.rows, rows: c.n[0] + c.n[1], err: c.in.failed()}
	waits = coldPart{region: c.waits, rows: c.waiting[0] + c.waiting[1], err: linked.err}
	for _, p := range []*coldPart{&linked, &waits} {
		if p.rows > 0 && p.err == nil {
			p.view, p.err = c.in.cold.Freeze()
		}
	}
	return linked, waits
}

// loadSpilled reads the rows that were outside of memory, as coldParts write them.
func (b *JoinBuffer) loadSpilled(in *Reader) {
	n := in.Count()
	if n > 0 && !b.relink() {
		in.Fail()
	}
	for i := range n {
		at := in.Bytes()
		wait, row := in.Byte() != 0, in.Bytes()
		if len(at) < atKeyBytes {
			in.Fail()
		}
		if b.loaded(in, i); in.Failed() {
			return
		}
		side, key, t, arrival := readKey(at)
		b.link(side, key, b.add(side, t, arrival, row, wait))
	}
	for i := range in.Count() {
		at := in.Bytes()
		linked, row := in.Byte() != 0, in.Bytes()
		if len(at) < 17 {
			in.Fail()
		}
		if b.loaded(in, i); in.Failed() {
			return
		}
		if !linked {
			side, t, arrival := readTime(at)
			b.add(side, t, arrival, row, true)
		}
	}
}

// relink makes chains by the rows' keys alone: more rows are to go into them, and
// those that were read may be of anything. It tells whether the keys are there.
func (b *JoinBuffer) relink() bool {
	good := true
	b.rows.each(func(r Row) bool {
		k := b.rows.Peek(r)[joinKey]
		good = good && (k == 0 || k > 0 && k <= int64(None) && b.keys.slab.isLive(Row(k-1)))
		return good
	})
	if good {
		b.pack()
	}
	return good
}

// loaded makes room, now and then.
func (b *JoinBuffer) loaded(in *Reader, i int) {
	in.spilled = true
	if b.cold != nil && i%relieveRows == 0 {
		in.stop(b.rows.arena.budget.relieveBy(b))
	}
}
