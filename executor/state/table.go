package state

import "bytes"

// Table maps encoded keys to rows of words and blobs.
type Table struct {
	slab  Slab // its first words are the key
	index index
	cold  *coldRows // nil: all rows are in memory
	moves int       // how often rows left memory or got other numbers
}

// NewTable makes an empty table whose rows have so many words and blobs; budget
// may be nil.
func NewTable(words, blobs int, budget *Budget) *Table {
	t := &Table{}
	t.slab.init(keyWords+words, blobs, budget)
	t.index.init(budget)
	return t
}

// Len is the number of keys.
func (t *Table) Len() int {
	if t.cold != nil {
		return t.slab.n + int(t.cold.stats.Rows)
	}
	return t.slab.n
}

// spilled tells whether some rows are outside of memory.
func (t *Table) spilled() bool { return t.cold != nil && t.cold.stats.Rows > 0 }

// Bytes is the memory taken.
func (t *Table) Bytes() int64 { return t.slab.Bytes() + t.index.bytes }

// Words are the words of a row, lent until the next insertion.
func (t *Table) Words(r Row) []int64 { return t.slab.Words(r)[keyWords:] }

// Peek are the words of a row, not to be changed, lent until anything is.
func (t *Table) Peek(r Row) []int64 { return t.slab.Peek(r)[keyWords:] }

// Blob is blob i of a row, lent until the next SetBlob or insertion; nil when
// never set or set to nothing.
func (t *Table) Blob(r Row, i int) []byte { return t.slab.Blob(r, i) }

// SetBlob copies p into blob i of a row.
func (t *Table) SetBlob(r Row, i int, p []byte) { t.slab.SetBlob(r, i, p) }

// Room makes blob i of a row n > 0 bytes long, as Slab.Room does.
func (t *Table) Room(r Row, i, n int) []byte { return t.slab.Room(r, i, n) }

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
	s := t.index.at(tag)
	if len(s.slots) == 0 {
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

func (t *Table) find(tag uint32, key []byte) Row {
	s := t.index.at(tag)
	if len(s.slots) == 0 {
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
	t.index.insert(tag, r)
	if t.cold != nil {
		t.cold.touch(r)
	}
	return r, true
}

// Delete removes a row.
func (t *Table) Delete(r Row) {
	t.index.remove(tagOf(t.Key(r)), r)
	t.dropKey(r)
	t.slab.Free(r)
}

// Reset removes all rows. A small table keeps its memory for the next use.
func (t *Table) Reset() {
	t.slab.reset()
	t.index.reset()
	if t.cold != nil {
		t.cold.drop()
	}
}

// Release gives the table's memory back to the budget; it is not used again.
func (t *Table) Release() {
	t.index.release()
	t.slab.release()
	if t.cold != nil {
		t.cold.leave(t)
	}
}
