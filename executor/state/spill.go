package state

import (
	"bytes"
	"slices"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Cold is where rows go that memory has no room for: bytes by region, which is a
// table's, and key. It is used by one goroutine, except for its views. Its errors
// are for the person who runs the query.
type Cold interface {
	// Put adds a row that is not there and Remove takes one away, with the next Apply.
	Put(region uint64, key, row []byte) error
	Remove(region uint64, key []byte) error
	Pending() int // bytes
	Apply() error
	// Find calls fn for those of the ascending keys that are there, the row lent.
	Find(region uint64, keys [][]byte, fn func(i int, row []byte)) error
	// Each calls fn for the rows with from <= key < to in key order, lent, until it says false; nil bounds are open.
	Each(region uint64, from, to []byte, fn func(key, row []byte) bool) error
	// Drop forgets a region, which is not used again.
	Drop(region uint64) error
	// Freeze gives the rows as they are now; the view may be read on another goroutine until its release.
	Freeze() (ColdView, error)
	// Err is the first failure.
	Err() error
}

// ColdView is a Cold as of one moment.
type ColdView interface {
	Each(region uint64, from, to []byte, fn func(key, row []byte) bool) error
	Release()
}

// Spill moves the rows that were not used for the longest time out of the tables
// of a budget. The zero Spill is not usable; see NewSpill.
type Spill struct {
	open    func() (Cold, error)
	cold    Cold // nil before the first row goes
	err     error
	tables  []spillable
	hand    int    // the table to look at next
	regions uint64 // given out
}

// spillable is a table, or something of several, whose rows may leave memory.
type spillable interface {
	Bytes() int64
	rowsIn() int              // in memory
	room() int64              // memory taken that new rows can have
	evict(enough int64) int64 // moves rows out, and gives their memory
	pack()                    // makes it anew from the rows in memory
}

// region is the number of a new region.
func (s *Spill) region() uint64 {
	s.regions++
	return s.regions
}

// leave forgets a table.
func (s *Spill) leave(t spillable) {
	if i := slices.Index(s.tables, t); i >= 0 {
		s.tables = slices.Delete(s.tables, i, i+1)
		if s.hand > i {
			s.hand--
		}
	}
}

// NewSpill makes a Spill that opens its store when it needs it.
func NewSpill(open func() (Cold, error)) *Spill { return &Spill{open: open} }

// SpillStats are counters of rows outside of memory.
type SpillStats struct {
	Rows, Bytes  int64 // there now; bytes before compression
	Hits, Misses int64 // keys looked for in memory and found; looked for outside
}

// Plus adds two.
func (s SpillStats) Plus(o SpillStats) SpillStats {
	return SpillStats{s.Rows + o.Rows, s.Bytes + o.Bytes, s.Hits + o.Hits, s.Misses + o.Misses}
}

func (s *Spill) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *Spill) failed() error {
	if s.err == nil && s.cold != nil {
		s.err = s.cold.Err()
	}
	return s.err
}

// coldRows is the part of a table that is not in memory: no key is both there and
// here. The rows here carry a bit that says whether they were used since the
// sweep came by.
type coldRows struct {
	in     *Spill
	region uint64
	stats  SpillStats
	used   []uint64
	sweep  Row // the row to look at next
	miss   []int32
	keys   [][]byte
}

// MaySpill lets rows of an empty table leave memory, when its budget has a Spill.
// The table's user holds rows over no step (Budget.Relieve) and looks at them all
// by Ascend and Save alone.
func (t *Table) MaySpill() {
	if b := t.slab.arena.budget; b != nil && b.Spill != nil {
		t.cold = &coldRows{in: b.Spill}
		b.Spill.tables = append(b.Spill.tables, t)
	}
}

// SpillStats counts the table's rows outside of memory.
func (t *Table) SpillStats() SpillStats {
	if t.cold == nil {
		return SpillStats{}
	}
	return t.cold.stats
}

// touch says that a row is used.
func (c *coldRows) touch(r Row) {
	if c.used == nil {
		return // nothing has left yet
	}
	for int(r/64) >= len(c.used) {
		c.used = append(c.used, 0)
	}
	c.used[r/64] |= 1 << (r % 64)
}

// find completes a lookup of many keys: what is not in memory is brought in.
func (c *coldRows) find(t *Table, keys *Keys, sel []int32, rows []Row) {
	if c.used == nil && c.stats.Rows == 0 {
		return
	}
	c.miss = c.miss[:0]
	for j, r := range rows {
		if r == None {
			c.miss = append(c.miss, int32(j))
		} else {
			c.touch(r)
		}
	}
	c.stats.Hits += int64(len(rows) - len(c.miss))
	if len(c.miss) == 0 || c.stats.Rows == 0 {
		return
	}
	key := func(j int32) []byte { return keys.Key(at(sel, int(j))) }
	slices.SortFunc(c.miss, func(a, b int32) int { return bytes.Compare(key(a), key(b)) })
	c.keys = c.keys[:0]
	for i, j := range c.miss {
		if i == 0 || !bytes.Equal(key(c.miss[i-1]), key(j)) {
			c.keys = append(c.keys, key(j))
		}
	}
	if c.fetch(t) == 0 {
		return
	}
	for _, j := range c.miss {
		i := at(sel, int(j))
		rows[j] = t.find(keys.hash[i], keys.Key(i))
	}
}

// one completes the lookup of one key, whose row in memory is r.
func (c *coldRows) one(t *Table, key []byte, r Row) Row {
	if r != None {
		c.stats.Hits++
		c.touch(r)
		return r
	}
	if c.stats.Rows == 0 {
		return None
	}
	c.keys = append(c.keys[:0], key)
	if c.fetch(t) == 0 {
		return None
	}
	return t.find(tagOf(key), key)
}

// fetch brings the rows of c.keys in, and gives their number.
func (c *coldRows) fetch(t *Table) (n int) {
	s := c.in
	c.stats.Misses += int64(len(c.keys))
	if s.failed() != nil {
		return 0
	}
	err := s.cold.Find(c.region, c.keys, func(i int, row []byte) {
		n++
		c.stats.Rows--
		c.stats.Bytes -= int64(len(c.keys[i]) + len(row))
		r, fresh := t.upsert(tagOf(c.keys[i]), c.keys[i])
		if in := NewReader(row); !fresh || !t.loadAll(in, r) {
			s.fail(sqlerr.New(sqlerr.DataCorrupted, "malformed spilled state"))
		}
		c.touch(r)
		if err := s.cold.Remove(c.region, c.keys[i]); err != nil {
			s.fail(err)
		}
	})
	if err == nil && n > 0 {
		err = s.cold.Apply()
	}
	if err != nil {
		s.fail(err)
	}
	return n
}

// loadAll reads a row that takes up all of in.
func (t *Table) loadAll(in *Reader, r Row) bool {
	t.loadRow(in, r)
	return in.Err() == nil
}

// drop forgets the rows outside; those in memory are the caller's.
func (c *coldRows) drop() {
	if c.stats.Rows > 0 && c.in.failed() == nil {
		if err := c.in.cold.Drop(c.region); err != nil {
			c.in.fail(err)
		}
	}
	c.stats.Rows, c.stats.Bytes = 0, 0
	c.used, c.sweep, c.region = nil, 0, 0
}

// leave is drop of a table that is not used again.
func (c *coldRows) leave(t *Table) {
	c.drop()
	c.in.leave(t)
}
