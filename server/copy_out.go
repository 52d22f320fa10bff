package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// copyTo is COPY (query | table) TO STDOUT; a push query streams its rows.
func (ss *Session) copyTo(ctx context.Context, rq *request, x *sql.Copy, o copyOptions) (*pgwire.Result, error) {
	q := x.Query
	if q == nil {
		var err error
		if q, err = ss.tableQuery(rq, x); err != nil {
			return nil, err
		}
	}
	inner := *rq
	inner.cursor = true
	r, err := ss.runQuery(ctx, &inner, q)
	if err != nil {
		return nil, err
	}
	return &pgwire.Result{CopyOut: &copyOut{rows: r.Rows, cols: r.Rows.Columns(), opt: o, style: ss.Style()}}, nil
}

// tableQuery is the query of COPY table (columns) TO.
func (ss *Session) tableQuery(rq *request, x *sql.Copy) (*sql.Query, error) {
	s := &sql.Select{From: &sql.Table{Name: x.Name, Pos: x.Name.Position()}, Pos: x.Pos}
	for _, n := range x.Columns {
		s.Items = append(s.Items, sql.SelectItem{Expr: &sql.ColumnRef{Parts: []sql.Name{n}, Pos: n.Pos}})
	}
	if len(x.Columns) == 0 {
		s.Items = []sql.SelectItem{{Expr: &sql.Star{Pos: x.Name.Position()}}}
	}
	return &sql.Query{Body: s, Pos: x.Pos}, nil
}

// copyOut sends rows in one of COPY's formats, one CopyData a row.
type copyOut struct {
	rows   pgwire.Rows
	cols   []pgwire.Column
	opt    copyOptions
	style  *types.TextOptions
	b      *vec.Batch
	at     int
	sent   int64
	begun  bool
	signed bool
	ended  bool
	buf    []byte
	cell   []byte
}

// Format implements pgwire.CopyOut.
func (c *copyOut) Format() pgwire.CopyFormat {
	return pgwire.CopyFormat{Binary: c.opt.format == "binary", Columns: len(c.cols)}
}

// Tag implements pgwire.CopyOut.
func (c *copyOut) Tag() string { return "COPY " + formatInt(c.sent) }

// Close implements pgwire.CopyOut.
func (c *copyOut) Close() { c.rows.Close() }

// Ready implements pgwire.CopyOut.
func (c *copyOut) Ready() bool {
	return !c.begun && c.opt.header && c.opt.format != "binary" || c.b != nil && c.at < c.b.Len() || c.rows.Ready()
}

// Next implements pgwire.CopyOut.
func (c *copyOut) Next(ctx context.Context) ([]byte, error) {
	if !c.begun {
		c.begun = true
		if h := c.head(); h != nil {
			return h, nil
		}
	}
	if c.ended {
		return nil, io.EOF
	}
	for c.b == nil || c.at >= c.b.Len() {
		b, err := c.rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			c.ended = true
			if c.opt.format == "binary" {
				return append(c.signature(), 0xff, 0xff), nil
			}
			return nil, io.EOF
		}
		if err != nil {
			return nil, err
		}
		c.b, c.at = b, 0
	}
	row := c.b.Row(c.at)
	c.at++
	c.sent++
	return c.row(row)
}

// head is the line of names before the rows.
func (c *copyOut) head() []byte {
	if !c.opt.header || c.opt.format == "json" || c.opt.format == "binary" {
		return nil
	}
	var out []byte
	for i, col := range c.cols {
		out = c.cellOut(c.separate(out, i), []byte(col.Name))
	}
	return append(out, '\n')
}

// signature begins the binary format. It shares a CopyData with the first row,
// or with the trailer, as PostgreSQL's does: psycopg 3 relies on it.
func (c *copyOut) signature() []byte {
	out := c.buf[:0]
	if !c.signed {
		c.signed = true
		out = append(append(out, copySignature...), make([]byte, 8)...)
	}
	return out
}

func (c *copyOut) separate(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, c.opt.delim)
	}
	return dst
}

// row encodes one row, lent.
func (c *copyOut) row(row int) ([]byte, error) {
	switch c.opt.format {
	case "binary":
		return c.binaryRow(row)
	case "json":
		return c.jsonRow(row), nil
	}
	out := c.buf[:0]
	for i, col := range c.cols {
		out = c.separate(out, i)
		v := c.b.Cols[i].Value(row)
		if v == nil {
			out = append(out, c.opt.null...)
			continue
		}
		c.cell = types.AppendText(c.cell[:0], col.Type, v, c.style)
		out = c.cellOut(out, c.cell)
	}
	c.buf = append(out, '\n')
	return c.buf, nil
}

// cellOut writes one value that is not NULL.
func (c *copyOut) cellOut(dst, text []byte) []byte {
	if c.opt.format == "csv" {
		return c.csvCell(dst, text)
	}
	for _, b := range text {
		switch {
		case b >= '\b' && b <= '\r':
			dst = append(dst, '\\', "btnvfr"[b-'\b'])
		case b == '\\' || b == c.opt.delim:
			dst = append(dst, '\\', b)
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

func (c *copyOut) csvCell(dst, text []byte) []byte {
	special := []byte{c.opt.delim, c.opt.quote, '\n', '\r'}
	if string(text) != c.opt.null && string(text) != `\.` && !bytes.ContainsAny(text, string(special)) {
		return append(dst, text...)
	}
	dst = append(dst, c.opt.quote)
	for _, b := range text {
		if b == c.opt.quote || b == c.opt.escape {
			dst = append(dst, c.opt.escape)
		}
		dst = append(dst, b)
	}
	return append(dst, c.opt.quote)
}

func (c *copyOut) jsonRow(row int) []byte {
	out := append(c.buf[:0], '{')
	for i, col := range c.cols {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(types.AppendJSONString(out, col.Name), ':')
		out = types.AppendJSON(out, col.Type, c.b.Cols[i].Value(row), types.JSONLeat)
	}
	c.buf = append(out, '}', '\n')
	return c.buf
}

func (c *copyOut) binaryRow(row int) ([]byte, error) {
	out := binary.BigEndian.AppendUint16(c.signature(), uint16(len(c.cols)))
	for i, col := range c.cols {
		v := c.b.Cols[i].Value(row)
		if v == nil {
			out = append(out, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(out)
		var err error
		if out, err = types.AppendBinary(append(out, 0, 0, 0, 0), col.Type, v); err != nil {
			return nil, sqlerr.From(err)
		}
		binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-4))
	}
	c.buf = out
	return out, nil
}
