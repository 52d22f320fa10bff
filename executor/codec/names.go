package codec

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// maxNames bounds the members' names that an object type remembers.
const maxNames = 256

// nameTable finds the slot of an object's member by the bytes of its name: the
// one that followed the last time is tried first, then a hash table. A name is
// put in when it is first met, with the slot that the field map gives.
type nameTable struct {
	fields *fieldMap
	root   knownName                // before the first: its next is the name behind the opening brace
	known  int                      // names in table
	table  []*knownName             // by hash
	short  [4 * maxNames]*knownName // those of at most maxShort bytes, by shortHash; no two in one place
	text   []byte                   // scratch for names with escapes
}

// knownName is one name as it is written.
type knownName struct {
	literal []byte // `"name":`
	slot    int32
	size    int32      // of the literal
	next    *knownName // the name that followed, as last seen
	lo, hi  uint64     // the literal's bytes, when there are at most 16
	ml, mh  uint64     // which bits of them count
}

func newNameTable(f *fieldMap) *nameTable {
	t := &nameTable{fields: f, root: knownName{next: noName}, table: make([]*knownName, 4*maxNames)}
	for i := range t.short {
		t.short[i] = noName
	}
	return t
}

// words lays a short literal out for comparing two words at once.
func (n *knownName) words() {
	if len(n.literal) > 16 {
		return
	}
	var text, mask [16]byte
	copy(text[:], n.literal)
	for i := range n.literal {
		mask[i] = 0xff
	}
	n.lo, n.hi = binary.LittleEndian.Uint64(text[:]), binary.LittleEndian.Uint64(text[8:])
	n.ml, n.mh = binary.LittleEndian.Uint64(mask[:]), binary.LittleEndian.Uint64(mask[8:])
}

// shortAt tells whether the literal stands at i of b; where it is long or the end
// of b is near, otherwiseAt does.
func (n *knownName) shortAt(b []byte, i int) bool {
	return i+16 <= len(b) && (word(b, i)^n.lo)&n.ml|(word(b, i+8)^n.hi)&n.mh == 0 && n.ml != 0
}

func (n *knownName) otherwiseAt(b []byte, i int) bool {
	if n.ml != 0 {
		return (wordAt(b, i)^n.lo)&n.ml|(wordAt(b, i+8)^n.hi)&n.mh == 0
	}
	return n != noName && bytes.HasPrefix(b[i:], n.literal)
}

// noName follows where none has been seen to follow, and stands nowhere.
var noName = &knownName{}

// next reads the name at i with its colon, and notes that it follows prev, which
// is the root for the first and behind one that is not remembered. m are the marks
// of b. There is no branch on its length when it is a short one that is known. end
// is -1 when it is malformed.
func (t *nameTable) next(m *textMarks, b []byte, i int, prev *knownName) (name *knownName, slot int32, end int) {
	if i+17 <= len(b) && b[i] == '"' {
		n := min(bits.TrailingZeros64(m.from(i+1)), maxShort+1)
		to := &toQuote[n]
		h := shortHash(word(b, i+1)&to.lo, word(b, i+9)&to.hi)
		if k := t.short[h%uint64(len(t.short))]; k.shortAt(b, i) {
			prev.next = k
			return k, k.slot, i + n + 3
		}
	}
	return t.find(b, i, prev)
}

// find is next of any name.
func (t *nameTable) find(b []byte, i int, prev *knownName) (name *knownName, slot int32, end int) {
	if i >= len(b) || b[i] != '"' {
		return nil, noSlot, -1
	}
	quote, odd := stringEnd(b, i+1)
	if quote < 0 {
		return nil, noSlot, -1
	}
	raw := b[i+1 : quote]
	h := hashName(raw) & uint64(len(t.table)-1)
	for t.table[h] != nil {
		if n := t.table[h]; string(n.literal[1:len(n.literal)-2]) == string(raw) {
			name, slot = n, n.slot
			break
		}
		h = (h + 1) & uint64(len(t.table)-1)
	}
	if name == nil {
		var ok bool
		if name, slot, ok = t.learn(raw, odd, h); !ok {
			return nil, noSlot, -1
		}
	}
	if name != nil {
		prev.next = name
	} else {
		name = &t.root
	}
	for i = quote + 1; i < len(b) && b[i] <= ' '; i++ {
		if !blank(b[i]) {
			return nil, noSlot, -1
		}
	}
	if i >= len(b) || b[i] != ':' {
		return nil, noSlot, -1
	}
	return name, slot, i + 1
}

// maxShort is the bytes of a name that fits two words with its quotes and colon.
const maxShort = 13

// toQuote select the bytes of a name and its closing quote, by its bytes.
var toQuote = func() (out [maxShort + 2]struct{ lo, hi uint64 }) {
	for n := range out {
		out[n].lo = 1<<(8*min(n+1, 8)) - 1
		out[n].hi = 1<<(8*max(n-7, 0)) - 1
	}
	return out
}()

// shortHash takes a name with its closing quote in two words, zero behind it.
func shortHash(lo, hi uint64) uint64 {
	const k = 0x9e3779b97f4a7c15
	return (lo*k ^ hi*0xc2b2ae3d27d4eb4f) >> 40
}

// learn looks a new name up and remembers it at h of the table, while there is
// room; not ok when it is no text.
func (t *nameTable) learn(raw []byte, odd uint64, h uint64) (name *knownName, slot int32, ok bool) {
	text := raw
	if odd != 0 {
		var err error
		if t.text, err = unescape(t.text[:0], raw); err != nil {
			return nil, noSlot, false
		}
		text = t.text
	}
	slot, _ = t.fields.slot(text)
	if t.known == maxNames {
		return nil, slot, true
	}
	literal := append(append(append(make([]byte, 0, len(raw)+3), '"'), raw...), '"', ':')
	name = &knownName{literal: literal, slot: slot, size: int32(len(literal)), next: noName}
	name.words()
	t.known++
	t.table[h] = name
	if n := len(raw); n <= maxShort && odd&1 == 0 { // next goes by the first mark, which an escape is
		var text [16]byte
		copy(text[:], literal[1:n+2])
		if p := &t.short[shortHash(word(text[:], 0), word(text[:], 8))%uint64(len(t.short))]; *p == noName {
			*p = name
		}
	}
	return name, slot, true
}

// hashName mixes the length and the first and last eight bytes.
func hashName(p []byte) uint64 {
	const k = 0x9e3779b97f4a7c15
	n := len(p)
	var x uint64
	switch {
	case n >= 8:
		x = word(p, 0)*k ^ word(p, n-8)
	case n >= 4:
		x = uint64(binary.LittleEndian.Uint32(p))<<32 | uint64(binary.LittleEndian.Uint32(p[n-4:]))
	case n > 0:
		x = uint64(p[0])<<16 | uint64(p[n/2])<<8 | uint64(p[n-1])
	}
	return (x ^ uint64(n)) * k >> 40
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
