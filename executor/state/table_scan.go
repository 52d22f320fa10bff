package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// sortKey is a row with the first bytes of its key.
type sortKey struct {
	hi, lo uint64
	row    Row
}

// Sorted appends the rows with from <= key < to, in key order; nil bounds are
// open.
func (t *Table) Sorted(dst []Row, from, to []byte) []Row {
	var keys []sortKey
	t.slab.each(func(r Row) bool {
		k := t.Key(r)
		if (from == nil || bytes.Compare(k, from) >= 0) && (to == nil || bytes.Compare(k, to) < 0) {
			keys = append(keys, sortKey{prefix(k), prefix(k[min(8, len(k)):]), r})
		}
		return true
	})
	slices.SortFunc(keys, func(a, b sortKey) int {
		if a.hi != b.hi {
			return cmp.Compare(a.hi, b.hi)
		}
		if a.lo != b.lo {
			return cmp.Compare(a.lo, b.lo)
		}
		return bytes.Compare(t.Key(a.row), t.Key(b.row))
	})
	for i := range keys {
		dst = append(dst, keys[i].row)
	}
	return dst
}

// prefix is the first 8 bytes as a number that compares as they do.
func prefix(k []byte) uint64 {
	if len(k) >= 8 {
		return binary.BigEndian.Uint64(k)
	}
	var b [8]byte
	copy(b[:], k)
	return binary.BigEndian.Uint64(b[:])
}

// Scan calls fn for the rows with from <= key < to in key order, until it says
// false. fn must not insert or delete.
func (t *Table) Scan(from, to []byte, fn func(r Row) bool) {
	for _, r := range t.Sorted(nil, from, to) {
		if !fn(r) {
			return
		}
	}
}
