package state

import (
	"bytes"
	"encoding/binary"
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

// coldPart is the part of a View that is outside of memory.
type coldPart struct {
	view   ColdView // nil: none
	region uint64
	rows   int64
	err    error
}

func (p *coldPart) is() bool { return p.rows > 0 }

// freeze gives the rows outside of memory as they are now.
func (c *coldRows) freeze() (p coldPart) {
	p.region, p.rows = c.region, c.stats.Rows
	if p.err = c.in.failed(); p.err == nil {
		p.view, p.err = c.in.cold.Freeze()
	}
	return p
}

// write writes the rows with their number in front.
func (p *coldPart) write(w *Writer) {
	w.b = binary.AppendUvarint(w.b, uint64(p.rows))
	err := p.err
	if err == nil && p.is() {
		err = p.view.Each(p.region, nil, nil, func(key, row []byte) bool {
			w.b = append(AppendBytes(w.b, key), row...)
			w.spill()
			return w.err == nil
		})
	}
	w.fail(err)
}

func (p *coldPart) release() {
	if p.view != nil {
		p.view.Release()
	}
}
