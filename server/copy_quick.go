package server

import (
	"bytes"
	"context"
	"unicode/utf8"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/sql/types"
)

// quickCopy takes rows of common types in their usual notations straight into
// the columns. What it does not take goes the way that takes everything.
type quickCopy struct {
	off    bool // a column is of another type, or has a DEFAULT
	cells  []quickCell
	fields [][]byte
	times  codec.InstantReader
}

// quickCell is one value on its way into a column.
type quickCell struct {
	null bool
	i    int64
	b    []byte // text; lent
}

func (c *copyIn) initQuick() {
	q := &c.quick
	q.cells = make([]quickCell, len(c.cols))
	q.off = len(c.cols) != len(c.rel.Schema)
	for k, col := range c.cols {
		t := c.rel.Schema[col].Type
		switch {
		case k != col:
			q.off = true
		case t.Kind == types.BigInt, t.Kind == types.Timestamp, t.Kind == types.String && t.Precision == 0:
		default:
			q.off = true
		}
	}
}

// plainFields cuts a record without quotes and escapes into fields, lent; one equal to
// the NULL text is nil.
func (c *copyIn) plainFields(rec []byte) [][]byte {
	out, null := c.quick.fields[:0], c.opt.null
	for {
		i := bytes.IndexByte(rec, c.opt.delim)
		f := rec
		if i >= 0 {
			f = rec[:i]
		}
		if f = f[:len(f):len(f)]; string(f) == null {
			f = nil
		}
		out = append(out, f)
		if i < 0 {
			c.quick.fields = out
			return out
		}
		rec = rec[i+1:]
	}
}

// quickRow adds one record of plain fields; false when it was not taken and
// nothing has changed.
func (c *copyIn) quickRow(ctx context.Context, rec []byte) (bool, error) {
	q := &c.quick
	if q.off {
		return false, nil
	}
	fields := c.plainFields(rec)
	if len(fields) != len(q.cells) {
		return false, nil
	}
	for k, f := range fields {
		if !c.quickField(k, f) {
			return false, nil
		}
	}
	for k := range q.cells {
		cell, b := &q.cells[k], c.builders[k]
		switch {
		case cell.null:
			b.AppendNull()
		case b.Type().Kind == types.String:
			b.AppendBytes(cell.b)
		default:
			b.AppendI64(cell.i)
		}
	}
	return true, c.added(ctx)
}

// quickField reads field k into its cell.
func (c *copyIn) quickField(k int, f []byte) bool {
	col, cell := &c.rel.Schema[k], &c.quick.cells[k]
	if cell.null = f == nil; cell.null {
		return !col.NotNull && !(col.Key && c.rel.Kind == catalog.Table) && c.defaults[k] == nil
	}
	ok := true
	switch col.Type.Kind {
	case types.String:
		cell.b = f
		return utf8.Valid(f) && bytes.IndexByte(f, 0) < 0
	case types.BigInt:
		cell.i, ok = quickInt(f)
	default:
		cell.i, ok = c.quick.times.Read(f)
	}
	return ok
}

// quickInt reads up to 18 digits with an optional minus.
func quickInt(f []byte) (n int64, ok bool) {
	neg := len(f) > 0 && f[0] == '-'
	if neg {
		f = f[1:]
	}
	if len(f) == 0 || len(f) > 18 {
		return 0, false
	}
	for _, d := range f {
		if d -= '0'; d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	if neg {
		n = -n
	}
	return n, true
}
