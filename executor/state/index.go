package state

// A shard has at most so many slots before it splits, and a directory grows only
// while each of its entries stands for so many rows.
const (
	maxSlots    = 1 << 12
	firstSlots  = 8
	minPerShard = 256
	shardHead   = 40 // bytes of a shard besides its slots
)

// index finds rows by the hash of their keys. It is extendible: a directory by
// the highest bits of the hash, whose entries share shards that split one by one,
// so that no insertion moves more than a shard. A slot is tag<<32 | row+1; 0 is
// free.
type index struct {
	dir    []shard // 1<<depth of them
	depth  uint8
	n      int
	bytes  int64
	budget *Budget
}

// shard is open addressing by the lowest bits of the hash. Neighbours in the
// directory that agree in their depth highest bits share the slots; the first of
// them has the number of those taken.
type shard struct {
	slots []uint64
	n     int
	depth uint8
}

func (x *index) init(budget *Budget) {
	*x = index{dir: make([]shard, 1), budget: budget}
}

func (x *index) at(tag uint32) *shard { return &x.dir[uint64(tag)<<x.depth>>32] }

// first is the position of a shard's first entry in the directory.
func (x *index) first(tag uint32) int {
	i := int(uint64(tag) << x.depth >> 32)
	return i &^ (1<<(x.depth-x.dir[i].depth) - 1)
}

func (x *index) grow(n int) {
	x.bytes += int64(n)
	x.budget.add(int64(n))
}

// insert enters a row.
func (x *index) insert(tag uint32, r Row) {
	i := x.first(tag)
	for s := &x.dir[i]; 4*(s.n+1) > 3*len(s.slots); s = &x.dir[i] {
		switch {
		case len(s.slots) < maxSlots:
			x.double(i)
		case s.depth < x.depth:
			x.split(i)
		case x.n >= minPerShard<<x.depth && x.depth < 28:
			x.widen()
		default: // hashes of one kind: more shards would not part them
			x.double(i)
		}
		i = x.first(tag)
	}
	put(x.dir[i].slots, uint64(tag)<<32|uint64(r+1))
	x.dir[i].n++
	x.n++
}

func put(slots []uint64, y uint64) {
	mask := uint32(len(slots) - 1)
	i := uint32(y>>32) & mask
	for slots[i] != 0 {
		i = (i + 1) & mask
	}
	slots[i] = y
}

// share gives all entries of a shard the slots.
func (x *index) share(i int, depth uint8, slots []uint64, n int) {
	for j := i; j < i+1<<(x.depth-depth); j++ {
		x.dir[j] = shard{slots: slots, depth: depth}
	}
	x.dir[i].n = n
}

// double gives a shard twice the slots.
func (x *index) double(i int) {
	s := x.dir[i]
	slots := make([]uint64, max(firstSlots, 2*len(s.slots)))
	for _, y := range s.slots {
		if y != 0 {
			put(slots, y)
		}
	}
	x.grow(8 * (len(slots) - len(s.slots)))
	x.share(i, s.depth, slots, s.n)
}

// split makes two shards of one, by the next bit of the hash.
func (x *index) split(i int) {
	s := x.dir[i]
	var halves [2][]uint64
	var n [2]int
	for h := range halves {
		halves[h] = make([]uint64, len(s.slots))
	}
	for _, y := range s.slots {
		if y != 0 {
			h := y >> (63 - s.depth) & 1
			put(halves[h], y)
			n[h]++
		}
	}
	x.grow(8 * len(s.slots))
	for h := range halves {
		x.share(i+h<<(x.depth-s.depth-1), s.depth+1, halves[h], n[h])
	}
}

// widen doubles the directory.
func (x *index) widen() {
	dir := make([]shard, 2*len(x.dir))
	for i, s := range x.dir {
		dir[2*i] = s
		dir[2*i+1] = shard{slots: s.slots, depth: s.depth}
	}
	x.grow(shardHead * len(x.dir))
	x.dir = dir
	x.depth++
}

// remove takes a row out.
func (x *index) remove(tag uint32, r Row) {
	s := &x.dir[x.first(tag)]
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
	x.n--
}

// reset forgets all rows. A small index keeps its slots.
func (x *index) reset() {
	if len(x.dir) > 1 {
		x.release()
		x.init(x.budget)
		return
	}
	clear(x.dir[0].slots)
	x.dir[0].n, x.n = 0, 0
}

func (x *index) release() {
	x.budget.add(-x.bytes)
	x.dir, x.bytes, x.n, x.depth = make([]shard, 1), 0, 0, 0
}
