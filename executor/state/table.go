package state

import "bytes"

// Shards of a large table, and the number of keys from which it has them.
const (
	shardCount = 256
	shardFrom  = 4096
	firstSlots = 8
)

// Table maps encoded keys to rows of words and blobs. A small table has one
// shard, a large one 256 by the highest bits of the hash, so that growing never
// stalls for the whole. A slot is tag<<32 | row+1; 0 is free.
type Table struct {
	slab   Slab // its first words are the key
	shards []shard
	cold   *coldRows // nil: all rows are in memory
}

type shard struct {
	slots []uint64
	n     int
}

// NewTable makes an empty table whose rows have so many words and blobs; budget
// may be nil.
func NewTable(words, blobs int, budget *Budget) *Table {
	t := &Table{shards: make([]shard, 1)}
	t.slab.init(keyWords+words, blobs, budget)
	return t
}

// Len is the number of keys.
func (t *Table) Len() int {
	if t.cold != nil {
		return t.slab.n + int(t.cold.stats.Rows)
	}
	return t.slab.n
}

// Bytes is the memory taken.
func (t *Table) Bytes() int64 {
	n := t.slab.Bytes()
	for i := range t.shards {
		n += int64(8 * len(t.shards[i].slots))
	}
	return n
}

// Words are the words of a row, lent until the next insertion.
func (t *Table) Words(r Row) []int64 { return t.slab.Words(r)[keyWords:] }

// Blob is blob i of a row, lent until the next SetBlob or insertion; nil when
// never set or set to nothing.
func (t *Table) Blob(r Row, i int) []byte { return t.slab.Blob(r, i) }

// SetBlob copies p into blob i of a row.
func (t *Table) SetBlob(r Row, i int, p []byte) { t.slab.SetBlob(r, i, p) }

// Find looks up the keys at the positions sel (nil: all), in the order of sel:
// rows[j] is the row of key sel[j] or None.
func (t *Table) Find(keys *Keys, sel []int32, rows []Row) {
	for j := range rows {
		tag := keys.hash[at(sel, j)]
		rows[j] = t.candidate(tag)
	}
	for j, r := range rows {
		if r == None {
			continue
		}
		i := at(sel, j)
		if key := keys.Key(i); !bytes.Equal(t.Key(r), key) {
			rows[j] = t.find(keys.hash[i], key)
		}
	}
	if t.cold != nil {
		t.cold.find(t, keys, sel, rows)
	}
}

func at(sel []int32, j int) int {
	if sel == nil {
		return j
	}
	return int(sel[j])
}

// candidate is the first row with the tag, whose key may be another, or None.
// Loads of consecutive keys do not depend on each other, so misses overlap.
func (t *Table) candidate(tag uint32) Row {
	s := t.shard(tag)
	if s.n == 0 {
		return None
	}
	mask := uint32(len(s.slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		x := s.slots[i]
		if x == 0 {
			return None
		}
		if uint32(x>>32) == tag {
			return Row(x) - 1
		}
	}
}

func (t *Table) shard(tag uint32) *shard {
	if len(t.shards) == 1 {
		return &t.shards[0]
	}
	return &t.shards[tag>>24]
}

func (t *Table) find(tag uint32, key []byte) Row {
	s := t.shard(tag)
	if s.n == 0 {
		return None
	}
	mask := uint32(len(s.slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		x := s.slots[i]
		if x == 0 {
			return None
		}
		if r := Row(x) - 1; uint32(x>>32) == tag && bytes.Equal(t.Key(r), key) {
			return r
		}
	}
}

// Upsert is Find that inserts the keys it misses, with zero words and no blobs.
func (t *Table) Upsert(keys *Keys, sel []int32, rows []Row) (inserted int) {
	t.Find(keys, sel, rows)
	for j, r := range rows {
		if r != None {
			continue
		}
		i := at(sel, j)
		row, fresh := t.upsert(keys.hash[i], keys.Key(i))
		rows[j] = row
		if fresh {
			inserted++
		}
	}
	return inserted
}

// FindKey is the row of one key, or None.
func (t *Table) FindKey(key []byte) Row {
	r := t.find(tagOf(key), key)
	if t.cold != nil {
		return t.cold.one(t, key, r)
	}
	return r
}

// UpsertKey is the row of one key, inserted if absent.
func (t *Table) UpsertKey(key []byte) (r Row, inserted bool) {
	if t.cold != nil {
		if r := t.FindKey(key); r != None {
			return r, false
		}
	}
	return t.upsert(tagOf(key), key)
}

// upsert goes by the keys in memory alone.
func (t *Table) upsert(tag uint32, key []byte) (Row, bool) {
	if r := t.find(tag, key); r != None {
		return r, false
	}
	r := t.slab.Alloc()
	t.setKey(r, key)
	t.place(tag, r)
	if t.cold != nil {
		t.cold.touch(r)
	}
	return r, true
}

// place enters a row into the index.
func (t *Table) place(tag uint32, r Row) {
	if len(t.shards) == 1 && t.shards[0].n == shardFrom {
		t.split()
	}
	s := t.shard(tag)
	if 4*(s.n+1) > 3*len(s.slots) {
		t.growShard(s)
	}
	s.insert(uint64(tag)<<32 | uint64(r+1))
}

func (s *shard) insert(x uint64) {
	mask := uint32(len(s.slots) - 1)
	i := uint32(x>>32) & mask
	for s.slots[i] != 0 {
		i = (i + 1) & mask
	}
	s.slots[i] = x
	s.n++
}

func (t *Table) growShard(s *shard) {
	old := s.slots
	s.slots = make([]uint64, max(firstSlots, 2*len(old)))
	t.slab.arena.budget.add(int64(8 * (len(s.slots) - len(old))))
	s.n = 0
	for _, x := range old {
		if x != 0 {
			s.insert(x)
		}
	}
}

// split turns the one shard of a small table into 256.
func (t *Table) split() {
	old := t.shards[0].slots
	t.slab.arena.budget.add(-int64(8 * len(old)))
	t.shards = make([]shard, shardCount)
	for _, x := range old {
		if x != 0 {
			s := t.shard(uint32(x >> 32))
			if 4*(s.n+1) > 3*len(s.slots) {
				t.growShard(s)
			}
			s.insert(x)
		}
	}
}

// Delete removes a row.
func (t *Table) Delete(r Row) {
	tag := tagOf(t.Key(r))
	s := t.shard(tag)
	mask := uint32(len(s.slots) - 1)
	i := tag & mask
	for s.slots[i] != uint64(tag)<<32|uint64(r+1) {
		if s.slots[i] == 0 {
			panic("BUG: E1: deleting a row that is not in the table")
		}
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; s.slots[j] != 0; j = (j + 1) & mask {
		home := uint32(s.slots[j]>>32) & mask
		if (j-home)&mask >= (j-i)&mask {
			s.slots[i] = s.slots[j]
			i = j
		}
	}
	s.slots[i] = 0
	s.n--
	t.dropKey(r)
	t.slab.Free(r)
}

// Reset removes all rows and keeps memory for the next use.
func (t *Table) Reset() {
	t.slab.reset()
	for i := range t.shards {
		clear(t.shards[i].slots)
		t.shards[i].n = 0
	}
	if t.cold != nil {
		t.cold.drop()
	}
}

// Release gives the table's memory back to the budget; it is not used again.
func (t *Table) Release() {
	for i := range t.shards {
		t.slab.arena.budget.add(-int64(8 * len(t.shards[i].slots)))
	}
	t.shards = make([]shard, 1)
	t.slab.release()
	if t.cold != nil {
		t.cold.leave(t)
	}
}
