package server

import (
	"bytes"
	"context"

	"github.com/leatdb/leat/sql/sqlerr"
)

// csvSplitter reads CSV by RFC 4180: a quote opens a field only at its start,
// and quoted fields may hold delimiters and line ends. PostgreSQL lets a quote
// open anywhere; there one stray quote swallows the lines up to the next one.
type csvSplitter struct {
	lines
	scanned int  // bytes of the record that end has looked at
	quoted  bool // the place after them is inside quotes
	start   bool // the place after them is the start of a field
	closed  bool // a closing quote stands before it
}

func (t *csvSplitter) feed(ctx context.Context, p []byte, done bool) error {
	return t.each(p, done, t.end, func(rec []byte) error {
		t.scanned = 0
		if string(rec) == `\.` {
			t.ended = true
			return nil
		}
		if len(rec) == 0 && len(t.c.cols) > 1 {
			return nil
		}
		if bytes.IndexByte(rec, t.c.opt.quote) < 0 {
			if done, err := t.c.quickRow(ctx, rec); done || err != nil {
				return err
			}
		}
		fields, err := csvFields(rec, &t.c.opt)
		if err != nil {
			return t.c.reject(ctx, t.line, rec, "", err)
		}
		return t.c.row(ctx, t.line, rec, fields)
	})
}

// end finds the line end outside quotes; it goes on where it stopped when the
// record was not whole.
func (t *csvSplitter) end(p []byte) int {
	o := &t.c.opt
	if t.scanned == 0 {
		t.quoted, t.start, t.closed = false, true, false
		if n := bytes.IndexByte(p, '\n'); n >= 0 && bytes.IndexByte(p[:n], o.quote) < 0 {
			return n + 1
		}
	}
	for i := t.scanned; i < len(p); i++ {
		switch c := p[i]; {
		case t.quoted && o.escape != o.quote && c == o.escape:
			if i+1 == len(p) {
				t.scanned = i
				return -1
			}
			i++
		case t.quoted:
			t.closed = c == o.quote
			t.quoted, t.start = !t.closed, false
		case c == '\n':
			t.scanned = 0
			return i + 1
		case c == o.quote && (t.start || t.closed):
			// The start of a quoted field, or the second of a doubled quote.
			t.quoted, t.start, t.closed = true, false, false
		default:
			t.start, t.closed = c == o.delim, false
		}
	}
	t.scanned = len(p)
	return -1
}

// csvFields cuts a record into fields; an unquoted field equal to the NULL text
// is nil.
func csvFields(rec []byte, o *copyOptions) ([][]byte, error) {
	var out [][]byte
	for i := 0; ; i++ {
		var field []byte
		var err error
		if i < len(rec) && rec[i] == o.quote {
			field, i, err = quotedField(rec, i+1, o)
		} else {
			field, i, err = plainField(rec, i, o)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, field)
		if i >= len(rec) {
			return out, nil
		}
	}
}

// plainField reads an unquoted field from i and gives the place after it.
func plainField(rec []byte, i int, o *copyOptions) ([]byte, int, error) {
	from := i
	for ; i < len(rec) && rec[i] != o.delim; i++ {
		if rec[i] == o.quote {
			return nil, i, sqlerr.New(sqlerr.BadCopyFormat, "quote inside an unquoted CSV field").
				WithHint("Quote the whole field and double the quotes in it.")
		}
	}
	if string(rec[from:i]) == o.null {
		return nil, i, nil
	}
	return append([]byte{}, rec[from:i]...), i, nil
}

// quotedField reads a field after its opening quote.
func quotedField(rec []byte, i int, o *copyOptions) ([]byte, int, error) {
	field := []byte{}
	for ; i < len(rec); i++ {
		switch c := rec[i]; {
		case c == o.escape && i+1 < len(rec) && (rec[i+1] == o.quote || rec[i+1] == o.escape):
			i++
			field = append(field, rec[i])
		case c == o.quote:
			i++
			if i < len(rec) && rec[i] != o.delim {
				return nil, i, sqlerr.New(sqlerr.BadCopyFormat, "text after the closing quote of a CSV field")
			}
			return field, i, nil
		default:
			field = append(field, c)
		}
	}
	return nil, i, sqlerr.New(sqlerr.BadCopyFormat, "unterminated CSV quoted field")
}
