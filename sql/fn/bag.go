package fn

import (
	"bytes"
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// bag is a multiset of byte strings in one blob, in order of first insertion:
//
//	u32 live   distinct members with a count above zero
//	u32 slots  size of the hash index, a power of two, or 0 (scan)
//	u32 total  entries, those with a count of zero included
//	slots x u32  1 + offset of an entry in entries; 0: free
//	entries    u32 count, uvarint length, bytes
//
// An entry whose count fell to zero stays until the next rebuild and keeps its
// place if it comes back before. The empty blob is the empty bag.
type bag struct{ b []byte }

const (
	bagHead    = 12
	bagScanMax = 8 // entries up to which there is no index
)

func (g *bag) live() int  { return int(g.u32(0)) }
func (g *bag) slots() int { return int(g.u32(4)) }

func (g *bag) u32(at int) uint32 {
	if len(g.b) < bagHead {
		return 0
	}
	return binary.LittleEndian.Uint32(g.b[at:])
}

func (g *bag) put(at int, x uint32) { binary.LittleEndian.PutUint32(g.b[at:], x) }

func (g *bag) entries() int { return bagHead + 4*g.slots() }

// entry reads the entry at position at.
func (g *bag) entry(at int) (count uint32, key []byte, next int) {
	count = binary.LittleEndian.Uint32(g.b[at:])
	n, w := binary.Uvarint(g.b[at+4:])
	start := at + 4 + w
	return count, g.b[start : start+int(n)], start + int(n)
}

// find is the position of key's entry, or -1 and the free slot (if indexed).
func (g *bag) find(key []byte) (at, slot int) {
	if len(g.b) == 0 {
		return -1, -1
	}
	slots, base := g.slots(), g.entries()
	if slots == 0 {
		for at = base; at < len(g.b); {
			_, k, next := g.entry(at)
			if bytes.Equal(k, key) {
				return at, -1
			}
			at = next
		}
		return -1, -1
	}
	for slot = int(xxhash.Sum64(key)) & (slots - 1); ; slot = (slot + 1) & (slots - 1) {
		p := g.u32(bagHead + 4*slot)
		if p == 0 {
			return -1, slot
		}
		if _, k, _ := g.entry(base + int(p) - 1); bytes.Equal(k, key) {
			return base + int(p) - 1, slot
		}
	}
}

// count is how often key is in the bag.
func (g *bag) count(key []byte) uint32 {
	at, _ := g.find(key)
	if at < 0 {
		return 0
	}
	n, _, _ := g.entry(at)
	return n
}

// add inserts key n times and gives the count before.
func (g *bag) add(key []byte, n uint32) (before uint32) {
	if len(g.b) == 0 {
		g.b = append(g.b, make([]byte, bagHead)...)
	}
	at, slot := g.find(key)
	if at >= 0 {
		before, _, _ = g.entry(at)
		g.put(at, before+n)
		if before == 0 {
			g.put(0, g.u32(0)+1)
		}
		return before
	}
	base := g.entries()
	if slot >= 0 {
		g.put(bagHead+4*slot, uint32(len(g.b)-base+1))
	}
	g.b = binary.LittleEndian.AppendUint32(g.b, n)
	g.b = binary.AppendUvarint(g.b, uint64(len(key)))
	g.b = append(g.b, key...)
	g.put(0, g.u32(0)+1)
	g.put(8, g.u32(8)+1)
	g.grow()
	return 0
}

// remove takes key out once and gives the count after; ok is false when it is
// not in the bag.
func (g *bag) remove(key []byte) (after uint32, ok bool) {
	at, _ := g.find(key)
	if at < 0 {
		return 0, false
	}
	n, _, _ := g.entry(at)
	if n == 0 {
		return 0, false
	}
	g.put(at, n-1)
	if n == 1 {
		g.put(0, g.u32(0)-1)
		if g.live() == 0 {
			g.b = g.b[:0]
		}
	}
	return n - 1, true
}

// each visits the members in order of insertion until f says no.
func (g *bag) each(f func(key []byte, count uint32) bool) {
	if len(g.b) == 0 {
		return
	}
	for at := g.entries(); at < len(g.b); {
		n, k, next := g.entry(at)
		if n > 0 && !f(k, n) {
			return
		}
		at = next
	}
}

// grow rebuilds the bag when its index is more than half full of entries.
func (g *bag) grow() {
	if slots := g.slots(); (slots == 0 && g.u32(8) <= bagScanMax) || (slots > 0 && 2*int(g.u32(8)) <= slots) {
		return
	}
	slots := 4 * bagScanMax
	for slots < 4*g.live() {
		slots *= 2
	}
	n := bag{b: make([]byte, bagHead+4*slots, len(g.b)+4*slots)}
	n.put(0, uint32(g.live()))
	n.put(4, uint32(slots))
	n.put(8, uint32(g.live()))
	g.each(func(key []byte, count uint32) bool {
		_, slot := n.find(key)
		n.put(bagHead+4*slot, uint32(len(n.b)-n.entries()+1))
		n.b = binary.LittleEndian.AppendUint32(n.b, count)
		n.b = binary.AppendUvarint(n.b, uint64(len(key)))
		n.b = append(n.b, key...)
		return true
	})
	g.b = n.b
}
