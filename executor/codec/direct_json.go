package codec

import (
	"bytes"
	"math/bits"

	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// jsonNode is one type on its way from JSON into its column.
type jsonNode struct {
	t      *types.Type
	b      *vec.Builder // nil of a field that is not needed
	depth  int          // of the value in a record
	kids   []jsonNode   // fields; the element; key and value
	names  *nameTable   // of fields
	all    uint64       // fields that are needed
	stern  uint64       // fields that must not be NULL
	plain  bool         // text without a limit
	way    jsonWay
	strict bool // this one must not
	seen   map[string]struct{}
}

// jsonWay is the notation that stands in front for a type.
type jsonWay uint8

const (
	jsonOtherWay jsonWay = iota
	jsonTextWay
	jsonBigIntWay
	jsonIntWay
	jsonDoubleWay
	jsonBooleanWay
	jsonInstantWay
)

// jsonRoot is the node of a record's columns.
func (d *Decoder) jsonRoot(s *sideReader) *jsonNode {
	n := &jsonNode{kids: make([]jsonNode, len(s.cols)), names: newNameTable(s.fields)}
	for i, c := range s.cols {
		if d.need[c] {
			n.kids[i].init(&d.schema[c].Type, d.builders[c], 1, d.rules)
			n.all |= 1 << i
			if d.schema[c].NotNull && !d.rules.ksql {
				n.kids[i].strict = true
				n.stern |= 1 << i
			}
		}
	}
	return n
}

func (n *jsonNode) init(t *types.Type, b *vec.Builder, depth int, r rules) {
	n.t, n.b, n.depth, n.plain = t, b, depth, plainColumn(t)
	switch t.Kind {
	case types.String:
		if n.plain {
			n.way = jsonTextWay
		}
	case types.BigInt:
		n.way = jsonBigIntWay
	case types.Int:
		n.way = jsonIntWay
	case types.Double:
		n.way = jsonDoubleWay
	case types.Boolean:
		n.way = jsonBooleanWay
	case types.Timestamp:
		if !r.ksql {
			n.way = jsonInstantWay
		}
	case types.Array:
		n.kids = make([]jsonNode, 1)
		n.kids[0].init(t.Elem, b.Kid(0), depth+1, r)
	case types.Map:
		n.kids = make([]jsonNode, 2)
		n.kids[0].init(t.Key, b.Kid(0), depth+1, r)
		n.kids[1].init(t.Elem, b.Kid(1), depth+1, r)
	case types.Struct:
		n.kids = make([]jsonNode, len(t.Fields))
		for i := range t.Fields {
			n.kids[i].init(&t.Fields[i].Type, b.Kid(i), depth+1, r)
		}
		n.names = newNameTable(structFields(t, r.ksql && !r.fold))
		n.all = 1<<len(t.Fields) - 1
	}
}

// object reads the object at i into the fields of n; -1 leaves it half done.
func (x *directReader) object(n *jsonNode, s *jsonScan, i int) int {
	b, prev, missing := s.b, &n.names.root, n.all
	if i = s.space(i + 1); i < len(b) && b[i] == '}' {
		return n.absent(missing, i+1)
	}
	for {
		var slot int32
		at := i
		if k := prev.next; k.shortAt(b, i) {
			prev, slot, at = k, k.slot, i+int(k.size)
		} else if prev, slot, at = x.name(n.names, s, i, prev); at < 0 {
			return -1
		}
		if at < len(b) && b[at] <= ' ' {
			at = s.space(at)
		}
		if slot == noSlot {
			i = x.pass(s, at, n.depth+1)
		} else if bit := uint64(1) << (slot & 63); missing&bit == 0 {
			return -1 // a name again: which one counts is a matter of its case
		} else {
			missing &^= bit
			if kid := &n.kids[slot]; kid.way == jsonTextWay && at < len(b) && b[at] == '"' {
				i = x.text(b, at+1, kid.b)
			} else {
				i = x.field(kid, s, at)
			}
		}
		if uint(i) >= uint(len(b)) {
			return -1
		}
		if b[i] <= ' ' {
			if i = s.space(i); i == len(b) {
				return -1
			}
		}
		if b[i] != ',' {
			if b[i] != '}' {
				return -1
			}
			return n.absent(missing, i+1)
		}
		i++
	}
}

// name finds the name at i, behind blanks perhaps.
func (x *directReader) name(t *nameTable, s *jsonScan, i int, prev *knownName) (name *knownName, slot int32, end int) {
	if k := prev.next; (k.ml == 0 || i+16 > len(s.b)) && k.otherwiseAt(s.b, i) {
		return k, k.slot, i + int(k.size)
	}
	if i < len(s.b) && s.b[i] <= ' ' {
		i = s.space(i)
	}
	if !x.marked && !cheapMarks() {
		return t.find(s.b, i, prev)
	}
	if !x.marked && !x.mark(s.b) {
		return nil, noSlot, -1
	}
	return t.next(&x.marks, s.b, i, prev)
}

// field reads the value at i into the column of n: the usual notation of common
// types here, the rest by value.
func (x *directReader) field(n *jsonNode, s *jsonScan, i int) int {
	b := s.b
	if i >= len(b) {
		return -1
	}
	c, way := b[i], n.way
	if c == 'n' {
		way = jsonOtherWay
	}
	switch way {
	case jsonTextWay:
		if c == '"' {
			return x.text(b, i+1, n.b)
		}
	case jsonBigIntWay:
		if v, end := fastInteger(b, i); end > 0 {
			n.b.AppendI64(v)
			return end
		}
	case jsonIntWay:
		if v, end := fastInteger(b, i); end > 0 && v == int64(int32(v)) {
			n.b.AppendI64(v)
			return end
		}
	case jsonDoubleWay:
		if v, end := fastFloat(b, i); end > 0 {
			n.b.AppendF64(v)
			return end
		}
	case jsonBooleanWay:
		if truth, size := fastBoolean(wordAt(b, i)); size > 0 {
			n.b.AppendBool(truth)
			return i + size
		}
	case jsonInstantWay:
		if c == '"' {
			if us, end := x.instant(b, i+1); end > 0 {
				n.b.AppendI64(us)
				return end
			}
		}
	}
	return x.value(n, s, i)
}

// fastBoolean reads true or false from their first bytes, without a branch on
// which; size is 0 when they are neither.
func fastBoolean(x uint64) (truth bool, size int) {
	const yes, no = 'e'<<24 | 'u'<<16 | 'r'<<8 | 't', 'e'<<32 | 's'<<24 | 'l'<<16 | 'a'<<8 | 'f'
	if uint32(x) == yes {
		size = 4
	}
	f := 0
	if x&(1<<40-1) == no {
		f = 5
	}
	return size != 0, size | f
}

// absent makes the missing fields NULL.
func (n *jsonNode) absent(missing uint64, end int) int {
	if missing&n.stern != 0 {
		return -1
	}
	for ; missing != 0; missing &= missing - 1 {
		n.kids[bits.TrailingZeros64(missing)].b.AppendNull()
	}
	return end
}

// pass steps over a value as everywhere; -1 when it is malformed.
func (s *jsonScan) pass(i, depth int) int {
	if i < len(s.b) && s.b[i] == '"' {
		if end, _ := stringEnd(s.b, i+1); end >= 0 {
			return end + 1
		}
		return -1
	}
	var v span
	return s.value(i, depth, &v)
}

// value reads the value at i into the column of n where it is NULL or nested, or
// else as everywhere.
func (x *directReader) value(n *jsonNode, s *jsonScan, i int) int {
	b := s.b
	if i >= len(b) {
		return -1
	}
	switch c := b[i]; {
	case c == 'n':
		if i+4 <= len(b) && string(b[i:i+4]) == "null" {
			if n.strict {
				return -1
			}
			n.b.AppendNull()
			return i + 4
		}
	case c == '{' && n.t.Kind == types.Struct && len(n.kids) <= maxDirectFields:
		if i = x.object(n, s, i); i >= 0 {
			n.b.EndStruct()
		}
		return i
	case c == '{' && n.t.Kind == types.Map:
		return x.mapping(n, s, i)
	case c == '[' && n.t.Kind == types.Array:
		return x.array(n, s, i)
	}
	return x.any(n, s, i)
}

// instant reads the text of an instant from i, behind the opening quote, in one
// of its usual lengths.
func (x *directReader) instant(b []byte, i int) (us int64, end int) {
	for _, n := range [...]int{24, 20, 27} {
		if i+n < len(b) && b[i+n] == '"' {
			if us, ok := x.days.instant(b[i : i+n]); ok {
				return us, i + n + 1
			}
			return 0, 0
		}
	}
	return 0, 0
}

// any reads any value through a cell.
func (x *directReader) any(n *jsonNode, s *jsonScan, i int) int {
	var v span
	end := s.value(i, n.depth, &v)
	if end < 0 || x.cells.cell(n.t, s.b, v, &x.in) != nil {
		return -1
	}
	if x.in.kind == cellNull && n.strict {
		return -1
	}
	x.in.appendTo(n.b)
	return end
}

// next is the place of the next element or member of a list that ends with
// last; more tells whether there is one. -1: it is malformed.
func (s *jsonScan) next(i int, last byte) (at int, more bool) {
	b := s.b
	if i < 0 {
		return -1, false
	}
	if i < len(b) && b[i] <= ' ' {
		i = s.space(i)
	}
	switch {
	case i >= len(b):
		return -1, false
	case b[i] == last:
		return i + 1, false
	case b[i] != ',':
		return -1, false
	}
	if i++; i < len(b) && b[i] <= ' ' {
		i = s.space(i)
	}
	return i, true
}

func (x *directReader) array(n *jsonNode, s *jsonScan, i int) int {
	i = s.space(i + 1)
	more := i >= len(s.b) || s.b[i] != ']'
	if !more {
		i++
	}
	for more {
		if i, more = s.next(x.field(&n.kids[0], s, i), ']'); i < 0 {
			return -1
		}
	}
	n.b.EndList()
	return i
}

// mapping reads a MAP with keys of text, none of them twice.
func (x *directReader) mapping(n *jsonNode, s *jsonScan, i int) int {
	keys, b := n.kids[0].b, s.b
	if !n.kids[0].plain {
		return x.any(n, s, i)
	}
	from := keys.Len()
	i = s.space(i + 1)
	more := i >= len(b) || b[i] != '}'
	if !more {
		i++
	}
	for more {
		if i >= len(b) || b[i] != '"' {
			return -1
		}
		if i = x.text(b, i+1, keys); i < 0 || n.again(keys.Lent(), from) {
			return -1
		}
		if i = s.space(i); i >= len(b) || b[i] != ':' {
			return -1
		}
		if i, more = s.next(x.field(&n.kids[1], s, s.space(i+1)), '}'); i < 0 {
			return -1
		}
	}
	n.b.EndList()
	return i
}

// again tells whether the last key is one of those before it, from position from.
func (n *jsonNode) again(keys *vec.Vec, from int) bool { return seenBefore(keys, from, &n.seen) }

// fewKeys are compared one by one.
const fewKeys = 16

// seenBefore tells whether the last of keys is one of those from position from
// on; many of them are noted in seen.
func seenBefore(keys *vec.Vec, from int, seen *map[string]struct{}) bool {
	last := keys.N - 1
	key := keys.Str(last)
	if last-from < fewKeys {
		for i := from; i < last; i++ {
			if bytes.Equal(keys.Str(i), key) {
				return true
			}
		}
		return false
	}
	if last-from == fewKeys {
		*seen = map[string]struct{}{}
		for i := from; i < last; i++ {
			(*seen)[string(keys.Str(i))] = struct{}{}
		}
	}
	if _, again := (*seen)[string(key)]; again {
		return true
	}
	(*seen)[string(key)] = struct{}{}
	return false
}
