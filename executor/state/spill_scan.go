package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// Ascend calls fn for the rows with from <= key < to in key order, those outside
// of memory too; nil bounds are open. A row is lent for the call. fn must not
// insert or delete.
func (t *Table) Ascend(from, to []byte, fn func(r Row) error) error {
	rows := t.Sorted(nil, from, to)
	var err error
	if c := t.cold; c != nil && c.stats.Rows > 0 {
		if err := c.in.failed(); err != nil {
			return err
		}
		failed := c.in.cold.Each(c.region, from, to, func(key, row []byte) bool {
			for len(rows) > 0 && err == nil && bytes.Compare(t.Key(rows[0]), key) < 0 {
				err, rows = fn(rows[0]), rows[1:]
			}
			if err == nil {
				err = t.lend(key, row, fn)
			}
			return err == nil
		})
		if failed != nil {
			return failed
		}
	}
	for len(rows) > 0 && err == nil {
		err, rows = fn(rows[0]), rows[1:]
	}
	return err
}

// lend calls fn with a row that is in memory for as long only, and in no index.
func (t *Table) lend(key, row []byte, fn func(r Row) error) error {
	r := t.slab.Alloc()
	t.setKey(r, key)
	in := NewReader(row)
	t.loadRow(in, r)
	err := in.Err()
	if err == nil {
		err = fn(r)
	}
	t.dropKey(r)
	t.slab.Free(r)
	return err
}

// savedRow is a row outside of memory, for Save.
type savedRow struct {
	tag      uint32
	key, row []byte
}

// saveBoth is Save of a table whose rows are not all in memory: the rows outside
// are in it for the time. What must not take so much is saved by a View.
func (t *Table) saveBoth(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(t.Len()))
	cold := make([]savedRow, 0, t.cold.stats.Rows)
	err := t.cold.in.cold.Each(t.cold.region, nil, nil, func(key, row []byte) bool {
		cold = append(cold, savedRow{tagOf(key), bytes.Clone(key), bytes.Clone(row)})
		return true
	})
	if err != nil {
		t.cold.in.fail(err)
		return dst
	}
	slices.SortFunc(cold, func(a, b savedRow) int {
		return cmp.Or(cmp.Compare(a.tag, b.tag), bytes.Compare(a.key, b.key))
	})
	t.Each(func(r Row) {
		key := t.Key(r)
		for len(cold) > 0 && cmp.Or(cmp.Compare(cold[0].tag, tagOf(key)), bytes.Compare(cold[0].key, key)) < 0 {
			dst, cold = append(AppendBytes(dst, cold[0].key), cold[0].row...), cold[1:]
		}
		dst = t.saveRow(dst, r)
	})
	for _, c := range cold {
		dst = append(AppendBytes(dst, c.key), c.row...)
	}
	return dst
}

// coldPart is the part of a View that is outside of memory.
type coldPart struct {
	view   ColdView // nil: none
	region uint64
	err    error
}

// freeze gives the rows outside of memory as they are now.
func (c *coldRows) freeze() (p coldPart) {
	if c.stats.Rows == 0 {
		return p
	}
	p.region = c.region
	if p.err = c.in.failed(); p.err == nil {
		p.view, p.err = c.in.cold.Freeze()
	}
	return p
}

func (p *coldPart) save(dst []byte) []byte {
	if p.view != nil && p.err == nil {
		p.err = p.view.Each(p.region, nil, nil, func(key, row []byte) bool {
			dst = append(AppendBytes(dst, key), row...)
			return true
		})
	}
	return dst
}

func (p *coldPart) release() {
	if p.view != nil {
		p.view.Release()
	}
}
