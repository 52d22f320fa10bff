package state

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// coldSessions is the part of a SessionStore that is not in memory: all sessions
// of a key are there or here. Here they lie under their key, and their ends in
// order in a region of their own.
type coldSessions struct {
	in          *Spill
	lists, ends uint64 // regions; 0 before the first key goes
	keys        int64  // that are here
	stats       SpillStats
	first       int64    // no session here ends before
	used        []uint64 // by row of the key: used since the sweep came by
	sweep       Row      // the key to look at next
	buf, list   []byte
}

const maxTime = 1<<63 - 1

// endedAtOnce is how many sessions outside of memory Ended brings in.
const endedAtOnce = 256

// MaySpill lets the sessions of an empty store leave memory, when its budget has
// a Spill. The store's user holds rows over no step and asks for keys by Want.
func (s *SessionStore) MaySpill() {
	if b := s.rows.arena.budget; b != nil && b.Spill != nil {
		s.cold = &coldSessions{in: b.Spill}
		b.Spill.tables = append(b.Spill.tables, s)
	}
}

// SpillStats counts the sessions outside of memory.
func (s *SessionStore) SpillStats() SpillStats {
	if s.cold == nil {
		return SpillStats{}
	}
	return s.cold.stats
}

func (s *SessionStore) rowsIn() int { return s.rows.n }

func (s *SessionStore) room() int64 {
	return s.keys.slab.room() + s.rows.room() + s.byEnd.bytes - timedBytes*int64(min(s.rows.n, s.byEnd.n))
}

// Want brings the sessions of keys in: until Relieve, Find knows of all of them.
func (s *SessionStore) Want(keys *Keys) {
	c := s.cold
	if c == nil || c.used == nil && c.keys == 0 {
		return
	}
	var miss [][]byte
	for i := range keys.Len() {
		key := keys.Key(i)
		if k := s.keys.find(keys.hash[i], key); k != None {
			c.stats.Hits++
			mark(&c.used, k, true)
		} else {
			miss = append(miss, key)
		}
	}
	if len(miss) > 0 && c.keys > 0 {
		slices.SortFunc(miss, bytes.Compare)
		s.bring(slices.CompactFunc(miss, bytes.Equal))
	}
}

// mark sets or clears the bit of a row.
func mark(bits *[]uint64, r Row, set bool) {
	for int(r/64) >= len(*bits) {
		*bits = append(*bits, 0)
	}
	if (*bits)[r/64] &^= 1 << (r % 64); set {
		(*bits)[r/64] |= 1 << (r % 64)
	}
}

// bring makes the sessions of ascending keys those of the store, where there are
// some outside.
func (s *SessionStore) bring(keys [][]byte) {
	c := s.cold
	if c.stats.Misses += int64(len(keys)); c.in.failed() != nil {
		return
	}
	err := c.in.cold.Find(c.lists, keys, func(i int, list []byte) {
		c.keys--
		c.stats.Bytes -= int64(len(keys[i]) + len(list))
		in := NewReader(list)
		s.loadList(in, keys[i])
		if in.Err() != nil {
			c.in.fail(in.Err())
		}
		if err := c.in.cold.Remove(c.lists, keys[i]); err != nil {
			c.in.fail(err)
		}
		for r := s.Find(keys[i]); r != None; r = s.Next(r) {
			c.stats.Rows--
			start, end := s.Span(r)
			if err := c.in.cold.Remove(c.ends, c.endKey(end, start, keys[i])); err != nil {
				c.in.fail(err)
			}
		}
	})
	if err == nil {
		err = c.in.cold.Apply()
	}
	if err != nil {
		c.in.fail(err)
	}
}

// endKey orders sessions by end, start and key.
func (c *coldSessions) endKey(end, start int64, key []byte) []byte {
	c.buf = binary.BigEndian.AppendUint64(c.buf[:0], uint64(end)^1<<63)
	c.buf = binary.BigEndian.AppendUint64(c.buf, uint64(start)^1<<63)
	return append(c.buf, key...)
}

// from is where the sessions outside begin in that order.
func (c *coldSessions) from() []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(c.first)^1<<63)
}

// endOf is the end in an endKey.
func endOf(key []byte) int64 { return int64(binary.BigEndian.Uint64(key) ^ 1<<63) }

// loadList reads the sessions of a key that has none, as appendList writes them.
func (s *SessionStore) loadList(in *Reader, key []byte) {
	for range in.Count() {
		start, end := in.Word(), in.Word()
		r := s.rows.Alloc()
		s.rows.fillRow(in, r, s.Words(r))
		if in.Failed() {
			s.rows.Free(r)
			return
		}
		s.Link(r, key, start, end)
	}
}

// appendList writes the sessions from r on.
func (s *SessionStore) appendList(dst []byte, r Row) []byte {
	n := 0
	for at := r; at != None; at = s.Next(at) {
		n++
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	for ; r != None; r = s.Next(r) {
		start, end := s.Span(r)
		dst = AppendWord(AppendWord(dst, start), end)
		for _, w := range s.rows.Peek(r)[sessHead:] {
			dst = AppendWord(dst, w)
		}
		for i := range s.rows.blobs {
			dst = AppendBytes(dst, s.Blob(r, i))
		}
	}
	return dst
}

// bringEnded brings in sessions that end before bound, the earliest ones, and
// gives the bound before which all are there now.
func (s *SessionStore) bringEnded(bound int64) (whole int64) {
	c := s.cold
	if c == nil || c.keys == 0 || c.first >= bound || c.in.failed() != nil {
		return bound
	}
	var keys [][]byte
	n, last, next := 0, int64(0), int64(maxTime)
	err := c.in.cold.Each(c.ends, c.from(), nil, func(key, _ []byte) bool {
		end := endOf(key)
		if end >= bound || n >= endedAtOnce && end > last {
			next = end
			return false
		}
		n, last = n+1, end
		keys = append(keys, slices.Clone(key[16:]))
		return true
	})
	if err != nil {
		c.in.fail(err)
		return bound
	}
	c.first = next
	if n > 0 {
		slices.SortFunc(keys, bytes.Compare)
		s.bring(slices.CompactFunc(keys, bytes.Equal))
	}
	return min(bound, next)
}

// firstOutside is the earliest end of a session outside.
func (c *coldSessions) firstOutside() (first int64, ok bool) {
	if c.keys == 0 || c.in.failed() != nil {
		return 0, false
	}
	err := c.in.cold.Each(c.ends, c.from(), nil, func(key, _ []byte) bool {
		first, ok = endOf(key), true
		return false
	})
	if err != nil {
		c.in.fail(err)
		return 0, false
	}
	c.first = first
	return first, ok
}

// evict moves the sessions of keys out that were not used since the last sweep.
func (s *SessionStore) evict(enough int64) (freed int64) {
	c := s.cold
	if s.rows.n == 0 {
		return 0
	}
	if c.lists == 0 {
		c.lists, c.ends = c.in.region(), c.in.region()
	}
	if n := int(s.keys.slab.next+63) / 64; n > len(c.used) {
		c.used = append(c.used, make([]uint64, n-len(c.used))...)
	}
	for range s.keys.slab.next {
		if c.sweep >= s.keys.slab.next {
			c.sweep = 0
		}
		k := c.sweep
		c.sweep++
		if !s.keys.slab.isLive(k) {
			continue
		}
		if c.used[k/64]>>(k%64)&1 != 0 {
			mark(&c.used, k, false)
			continue
		}
		if freed += s.move(k); freed >= enough || c.in.err != nil {
			break
		}
	}
	return freed
}

// move puts the sessions of a key out and gives their memory.
func (s *SessionStore) move(k Row) (freed int64) {
	c, key, r := s.cold, s.keys.Key(k), Row(s.keys.Peek(k)[0])-1
	if c.keys == 0 {
		c.first = maxTime
	}
	c.list = s.appendList(c.list[:0], r)
	err := c.in.cold.Put(c.lists, key, c.list)
	for at := r; at != None && err == nil; at = s.Next(at) {
		start, end := s.Span(at)
		c.first = min(c.first, end)
		c.stats.Rows++
		err = c.in.cold.Put(c.ends, c.endKey(end, start, key), nil)
	}
	if err == nil && c.in.cold.Pending() >= applyBytes {
		err = c.in.cold.Apply()
	}
	if err != nil {
		c.in.fail(err)
		return 0
	}
	c.keys++
	c.stats.Bytes += int64(len(key) + len(c.list))
	for r != None {
		gone := r
		r = s.Next(r)
		freed += s.rows.sizeOf(gone)
		s.rows.Free(gone)
	}
	freed += s.keys.slab.sizeOf(k)
	s.keys.Delete(k)
	return freed
}

// pack makes the store anew from the sessions in memory.
func (s *SessionStore) pack() {
	c, old, b := s.cold, *s, s.rows.arena.budget
	s.keys, s.rows = NewTable(1, 0, b), NewSlab(sessHead+s.words, old.rows.blobs, b)
	s.byEnd, s.stale = TimeHeap{budget: b}, false
	used := c.used
	c.used, c.sweep = make([]uint64, (old.keys.slab.n+63)/64), 0
	old.keys.slab.each(func(k Row) bool {
		key := old.keys.Key(k)
		for r := Row(old.keys.Peek(k)[0]) - 1; r != None; r = old.Next(r) {
			fresh := s.rows.Alloc()
			copy(s.Words(fresh), old.rows.Peek(r)[sessHead:])
			for i := range old.rows.blobs {
				s.SetBlob(fresh, i, old.Blob(r, i))
			}
			start, end := old.Span(r)
			s.Link(fresh, key, start, end)
		}
		if i := int(k / 64); i >= len(used) || used[i]>>(k%64)&1 == 0 {
			mark(&c.used, s.keys.find(tagOf(key), key), false)
		}
		return true
	})
	old.keys.Release()
	old.rows.release()
	old.byEnd.reset()
}

// freeze gives the sessions outside of memory as they are now.
func (c *coldSessions) freeze() (p coldPart) {
	p.region, p.rows = c.lists, c.keys
	if p.err = c.in.failed(); p.err == nil {
		p.view, p.err = c.in.cold.Freeze()
	}
	return p
}

// loadSpilled reads the sessions that were outside of memory, as coldPart writes them.
func (s *SessionStore) loadSpilled(in *Reader) {
	for i := range in.Count() {
		in.spilled = true
		key := in.Bytes()
		if s.keys.find(tagOf(key), key) != None {
			in.Fail()
		}
		if in.Failed() {
			return
		}
		s.loadList(in, key)
		if s.cold != nil && i%relieveRows == 0 {
			in.stop(s.rows.arena.budget.relieveBy(s))
		}
	}
}
