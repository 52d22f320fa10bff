package state

// How much is moved at a time: rows of a page after another, until a part of the
// limit is free again.
const (
	maxSlack   = 1 << 20
	applyBytes = 64 << 10
)

// Relieve makes the state fit, if it has a Spill: rows that were not used lately
// go. It is called between steps, when nobody holds a row of a table that may
// spill; what is not such a table cannot be relieved, and if that alone is too
// much the answer is that of Err without a Spill.
func (b *Budget) Relieve() error {
	if b == nil || b.Limit <= 0 || b.Spill == nil {
		return b.Err()
	}
	s := b.Spill
	if err := s.failed(); err != nil || b.used <= b.Limit {
		return err
	}
	if excess := b.excess(); excess > 0 {
		s.evict(excess)
	}
	if b.used > b.Limit+b.Limit/8 {
		s.pack(8)
	}
	for b.used > b.Limit+b.Limit/8 && s.any() && s.failed() == nil {
		s.evict(b.used - b.Limit) // what is free lies in pages that rows are in
		s.pack(64)
	}
	if err := s.failed(); err != nil || b.used <= b.Limit || s.any() {
		return err
	}
	if s.pack(64); b.used > b.Limit {
		return b.full()
	}
	return nil
}

// excess is how much has to go, and some more so that not every step has to look.
func (b *Budget) excess() int64 {
	if n := b.used - b.Spill.room() - b.Limit; n > 0 {
		return n + min(b.Limit/8, maxSlack)
	}
	return 0
}

// RelieveBy is as much of Relieve as one table can do, within a step: its user
// holds no row of it.
func (b *Budget) RelieveBy(t *Table) error {
	if t.cold == nil {
		return nil
	}
	return b.relieveBy(t)
}

func (b *Budget) relieveBy(t spillable) error {
	s := b.Spill
	if err := s.failed(); err != nil || b.used <= b.Limit {
		return err
	}
	if excess := b.excess(); excess > 0 {
		s.evict(excess, t)
	}
	if b.used > b.Limit+b.Limit/8 && t.room() > t.Bytes()/8 {
		t.pack()
	}
	return s.failed()
}

// room is the memory of all tables that new rows can take without asking for more.
func (s *Spill) room() (n int64) {
	for _, t := range s.tables {
		n += t.room()
	}
	return n
}

func (t *Table) rowsIn() int { return t.slab.n }

func (t *Table) room() int64 { return t.slab.room() }

func (t *Table) evict(enough int64) int64 { return t.cold.evict(t, enough) }

func (s *Slab) room() int64 {
	return s.pageBytes - int64(pageHead*s.pages+8*s.stride()*s.n) + s.arena.room()
}

func (a *arena) room() (n int64) {
	a.settle()
	for c, places := range a.free {
		n += int64(len(places)) * int64(classSize(c))
	}
	if len(a.chunks) > 0 {
		n += int64(len(a.chunks[a.cur])) - int64(a.next)*unit
	}
	return max(n, 0)
}

// classSize is the size of a class's blobs.
func classSize(c int) int {
	if c <= smallMax/unit {
		return c * unit
	}
	c -= smallMax/unit + 1
	e := 10 + c/4
	return 1<<e + (c%4+1)<<(e-2)
}

// any tells whether rows are left that could go.
func (s *Spill) any() bool {
	for _, t := range s.tables {
		if t.rowsIn() > 0 {
			return true
		}
	}
	return false
}

// evict moves rows out until their memory is enough: table by table (only: one
// alone), page by page, first those that were not used since the last sweep.
func (s *Spill) evict(enough int64, only ...spillable) {
	if s.cold == nil {
		if s.cold, s.err = s.open(); s.err != nil {
			s.cold = nil
			return
		}
	}
	from := s.tables
	if len(only) > 0 {
		from = only
	}
	for range 2 * len(from) {
		if s.hand >= len(from) {
			s.hand = 0
		}
		t := from[s.hand]
		if enough -= t.evict(enough); enough <= 0 || s.err != nil {
			break
		}
		s.hand++
	}
	if err := s.cold.Apply(); err != nil {
		s.fail(err)
	}
}

// evict goes once over the rows of a table, spares those used since the last
// time, and gives the memory of the others, which it moves out.
func (c *coldRows) evict(t *Table, enough int64) (freed int64) {
	if t.slab.n == 0 {
		return 0
	}
	if c.region == 0 {
		c.region = c.in.region()
	}
	if n := int(t.slab.next+63) / 64; n > len(c.used) {
		c.used = append(c.used, make([]uint64, n-len(c.used))...)
	}
	var row []byte
	for range t.slab.next {
		if c.sweep >= t.slab.next {
			c.sweep = 0
		}
		r := c.sweep
		c.sweep++
		if !t.slab.isLive(r) {
			continue
		}
		if bit := uint64(1) << (r % 64); c.used[r/64]&bit != 0 {
			c.used[r/64] &^= bit
			continue
		}
		row = t.appendRow(row[:0], r)
		if freed += c.move(t, r, row); freed >= enough || c.in.err != nil {
			break
		}
	}
	return freed
}

// move puts one row out and gives its memory.
func (c *coldRows) move(t *Table, r Row, row []byte) int64 {
	cold, key := c.in.cold, t.Key(r)
	err := cold.Put(c.region, key, row)
	if err == nil && cold.Pending() >= applyBytes {
		err = cold.Apply()
	}
	if err != nil {
		c.in.fail(err)
		return 0
	}
	c.stats.Rows++
	c.stats.Bytes += int64(len(key) + len(row))
	size := t.slab.sizeOf(r)
	t.Delete(r)
	t.moves++
	return size
}

// sizeOf is the memory that deleting a row sets free.
func (s *Slab) sizeOf(r Row) int64 {
	row := s.peek(r)
	n := int64(8 * len(row))
	blob := func(ref uint64) {
		if size := int(uint32(ref)); ref != 0 && size <= maxClassed {
			_, c := class(size)
			n += int64(c)
		} else {
			n += int64(size)
		}
	}
	for _, ref := range row[:s.blobs] {
		blob(uint64(ref))
	}
	if words := row[s.blobs:]; bytesOf(words)[0] == inArena {
		blob(uint64(words[1]))
	}
	return n
}

// pack gives memory back that deleted rows have left in tables where it is one
// part of so many at least.
func (s *Spill) pack(parts int64) {
	for _, t := range s.tables {
		if t.rowsIn() == 0 || t.room() > t.Bytes()/parts {
			t.pack()
		}
	}
}

// pack makes a table anew from its rows; row numbers change.
func (t *Table) pack() {
	old := *t
	b := t.slab.arena.budget
	*t = Table{cold: t.cold, moves: t.moves + 1}
	t.slab.init(old.slab.words, old.slab.blobs, b)
	t.index.init(b)
	used := t.cold.used
	t.cold.used, t.cold.sweep = make([]uint64, (old.slab.n+63)/64), 0
	old.slab.each(func(r Row) bool {
		fresh, _ := t.upsert(tagOf(old.Key(r)), old.Key(r))
		copy(t.slab.row(fresh)[t.slab.blobs+keyWords:], old.slab.peek(r)[old.slab.blobs+keyWords:])
		for i := range old.slab.blobs {
			t.SetBlob(fresh, i, old.Blob(r, i))
		}
		if i := int(r / 64); i >= len(used) || used[i]>>(r%64)&1 == 0 {
			t.cold.used[fresh/64] &^= 1 << (fresh % 64)
		}
		return true
	})
	old.cold = nil
	old.Release()
}
