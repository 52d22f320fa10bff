package state

import "math/bits"

// Units of the arena. A blob's place is a count of 16-byte units, so 32 bits
// reach 64 GiB.
const (
	unit       = 16
	chunkUnits = 1 << 12
	chunkBytes = chunkUnits * unit
	firstChunk = 256            // the first chunk starts small and doubles
	maxClassed = chunkBytes / 2 // a larger blob has a chunk to itself
	smallMax   = 1024           // classes of 16 bytes up to here, four a doubling above
)

// arena keeps byte strings. A place is never 0.
type arena struct {
	chunks [][]byte
	free   [][]uint32 // by class: freed places
	spare  []uint32   // chunk numbers of freed large blobs
	cur    uint32     // chunk that is being filled
	next   uint32     // unit in it
	bytes  int64
	budget *Budget
	view   *View // reads the places of its moment; nil mostly
	// As of the view: the number of chunks, where the one being filled was filled
	// up to, and the places that stay as they are while it is read, by class.
	chunksWas       int
	curWas, nextWas uint32
	held            [][]uint32
}

// class is the size class of n > 0 bytes and its size.
func class(n int) (c, size int) {
	if n <= smallMax {
		c = (n + unit - 1) / unit
		return c, c * unit
	}
	e := bits.Len(uint(n-1)) - 1 // 2^e < n <= 2^(e+1)
	quarter := 1 << (e - 2)
	q := (n - 1 - 1<<e) / quarter
	return smallMax/unit + 1 + 4*(e-10) + q, 1<<e + (q+1)*quarter
}

func (a *arena) put(p []byte) uint32 {
	place := a.alloc(len(p))
	copy(a.at(place, len(p)), p)
	return place
}

func (a *arena) at(place uint32, n int) []byte {
	i := int(place%chunkUnits) * unit
	return a.chunks[place/chunkUnits][i : i+n : i+n]
}

func (a *arena) alloc(n int) uint32 {
	a.settle()
	if n > maxClassed {
		return a.allocLarge(n)
	}
	c, size := class(n)
	if c < len(a.free) {
		if f := a.free[c]; len(f) > 0 {
			a.free[c] = f[:len(f)-1]
			return f[len(f)-1]
		}
	}
	units := uint32(size / unit)
	if len(a.chunks) == 0 || a.next+units > chunkUnits {
		a.newChunk(size)
	}
	a.reach(int(a.next+units) * unit)
	place := a.cur*chunkUnits + a.next
	a.next += units
	return place
}

// newChunk starts a chunk; the first begins small and its unit 0 is never used.
func (a *arena) newChunk(size int) {
	n := chunkBytes
	a.next = 0
	if len(a.chunks) == 0 {
		n, a.next = firstChunk, 1
	}
	a.cur = a.addChunk(max(n, size+unit))
}

// reach grows the first chunk to hold n bytes.
func (a *arena) reach(n int) {
	c := a.chunks[a.cur]
	if n <= len(c) {
		return
	}
	size := len(c)
	for size < n {
		size *= 2
	}
	size = min(size, chunkBytes)
	grown := make([]byte, size)
	copy(grown, c)
	a.chunks[a.cur] = grown
	a.grow(int64(size - len(c)))
}

func (a *arena) addChunk(n int) uint32 {
	a.grow(int64(n))
	if k := len(a.spare); k > 0 {
		id := a.spare[k-1]
		a.spare = a.spare[:k-1]
		a.chunks[id] = make([]byte, n)
		return id
	}
	if len(a.chunks) == 1<<32/chunkUnits {
		panic("BUG: E1: an arena of more than 64 GiB")
	}
	a.chunks = append(a.chunks, make([]byte, n))
	return uint32(len(a.chunks) - 1)
}

func (a *arena) allocLarge(n int) uint32 {
	if len(a.chunks) == 0 {
		a.newChunk(0)
	}
	return a.addChunk(n) * chunkUnits
}

func (a *arena) release(place uint32, n int) {
	if n > maxClassed {
		id := place / chunkUnits
		a.grow(-int64(len(a.chunks[id])))
		a.chunks[id] = nil // a view has it still
		a.spare = append(a.spare, id)
		return
	}
	c, _ := class(n)
	if a.young(place) {
		a.free = pushFree(a.free, c, place)
	} else {
		a.held = pushFree(a.held, c, place)
	}
}

func pushFree(lists [][]uint32, c int, places ...uint32) [][]uint32 {
	for len(lists) <= c {
		lists = append(lists, nil)
	}
	lists[c] = append(lists[c], places...)
	return lists
}

// freeze lets a view read what is there now: until its release none of the places
// taken now, nor any that was free, gets other bytes (E4).
func (a *arena) freeze(v *View) {
	a.settle()
	a.view = v
	a.chunksWas, a.curWas, a.nextWas = len(a.chunks), a.cur, a.next
	a.free, a.held = nil, a.free
}

// settle ends a freeze whose view was released.
func (a *arena) settle() {
	if a.view == nil || !a.view.released.Load() {
		return
	}
	a.view = nil
	if len(a.held) < len(a.free) {
		a.held, a.free = a.free, a.held
	}
	for c, list := range a.free {
		if len(list) > len(a.held[c]) {
			a.held[c], list = list, a.held[c]
		}
		a.held[c] = append(a.held[c], list...)
	}
	a.free, a.held = a.held, nil
}

// young tells whether a place may get other bytes: no view reads it.
func (a *arena) young(place uint32) bool {
	if a.settle(); a.view == nil {
		return true
	}
	id := place / chunkUnits
	return int(id) >= a.chunksWas || id == a.curWas && place%chunkUnits >= a.nextWas
}

// same tells whether a blob of n bytes fits where one of m bytes lies.
func same(n, m int) bool {
	if n > maxClassed || m > maxClassed {
		return n == m
	}
	a, _ := class(n)
	b, _ := class(m)
	return a == b
}

func (a *arena) grow(n int64) {
	a.bytes += n
	a.budget.add(n)
}

// reset forgets all blobs and keeps the chunk sizes of the last use, up to one chunk.
func (a *arena) reset() {
	if a.view != nil { // it keeps the chunks
		a.grow(-a.bytes)
		a.chunks, a.view, a.held = nil, nil, nil
	}
	for i := range a.free {
		a.free[i] = a.free[i][:0]
	}
	a.spare = a.spare[:0]
	for i := 1; i < len(a.chunks); i++ {
		a.grow(-int64(len(a.chunks[i])))
		a.chunks[i] = nil
	}
	if len(a.chunks) > 0 {
		a.chunks = a.chunks[:1]
		a.cur, a.next = 0, 1
	}
}
