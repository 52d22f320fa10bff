package server

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// maxCopyLine bounds one record.
const maxCopyLine = 16 << 20

// lines gathers bytes and counts lines.
type lines struct {
	c     *copyIn
	buf   []byte
	line  int64
	begun bool // behind where a byte order mark may be
	ended bool // the end marker was read
}

var byteOrderMark = []byte("\uFEFF")

// each calls f for every record in buf; end tells a record's length with its
// line end, or -1.
func (l *lines) each(p []byte, done bool, end func(p []byte) int, f func(rec []byte) error) error {
	l.buf = append(l.buf, p...)
	if !l.begun {
		if !done && len(l.buf) < len(byteOrderMark) && bytes.HasPrefix(byteOrderMark, l.buf) {
			return nil
		}
		l.buf, l.begun = bytes.TrimPrefix(l.buf, byteOrderMark), true
	}
	from := 0
	for !l.ended && from < len(l.buf) {
		n := end(l.buf[from:])
		if n < 0 {
			if !done {
				break
			}
			n = len(l.buf) - from
		}
		rec := bytes.TrimSuffix(l.buf[from:from+n], []byte("\n"))
		rec = bytes.TrimSuffix(rec, []byte("\r"))
		from += n
		l.line++
		if l.c.opt.header && l.line == 1 {
			continue
		}
		if err := f(rec); err != nil {
			return err
		}
	}
	l.buf = append(l.buf[:0], l.buf[from:]...)
	if len(l.buf) > maxCopyLine {
		return copyError{sqlerr.New(sqlerr.ProgramLimitExceeded, "line is longer than %d bytes", maxCopyLine), "COPY " + l.c.rel.Name + ", line " + formatInt(l.line+1)}
	}
	return nil
}

func newline(p []byte) int {
	return bytes.IndexByte(p, '\n') + 1 - boolInt(bytes.IndexByte(p, '\n') < 0)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// textSplitter reads COPY's text format.
type textSplitter struct{ lines }

func (t *textSplitter) feed(ctx context.Context, p []byte, done bool) error {
	return t.each(p, done, newline, func(rec []byte) error {
		if string(rec) == `\.` {
			t.ended = true
			return nil
		}
		if bytes.IndexByte(rec, '\\') < 0 {
			if done, err := t.c.quickRow(ctx, rec); done || err != nil {
				return err
			}
		}
		return t.c.row(ctx, t.line, rec, t.fields(rec))
	})
}

func (t *textSplitter) fields(rec []byte) [][]byte {
	var out [][]byte
	for {
		i := 0
		for i < len(rec) && rec[i] != t.c.opt.delim {
			if rec[i] == '\\' {
				i++
			}
			i++
		}
		i = min(i, len(rec))
		f := rec[:i]
		if string(f) == t.c.opt.null {
			out = append(out, nil)
		} else {
			out = append(out, unescape(f))
		}
		if i >= len(rec) {
			return out
		}
		rec = rec[i+1:]
	}
}

// unescape undoes the backslashes of the text format.
func unescape(f []byte) []byte {
	if bytes.IndexByte(f, '\\') < 0 {
		return append([]byte{}, f...)
	}
	out := make([]byte, 0, len(f))
	for i := 0; i < len(f); i++ {
		if f[i] != '\\' || i+1 >= len(f) {
			out = append(out, f[i])
			continue
		}
		i++
		switch c := f[i]; {
		case c == 'x' && i+1 < len(f) && hexValue(f[i+1]) >= 0:
			n := hexValue(f[i+1])
			i++
			if i+1 < len(f) && hexValue(f[i+1]) >= 0 {
				n = n*16 + hexValue(f[i+1])
				i++
			}
			out = append(out, byte(n))
		case c >= '0' && c <= '7':
			n := 0
			for k := 0; k < 3 && i < len(f) && f[i] >= '0' && f[i] <= '7'; k++ {
				n = n*8 + int(f[i]-'0')
				i++
			}
			i--
			out = append(out, byte(n))
		default:
			out = append(out, simpleEscape(c))
		}
	}
	return out
}

func simpleEscape(c byte) byte {
	if i := bytes.IndexByte([]byte("bfnrtv"), c); i >= 0 {
		return "\b\f\n\r\t\v"[i]
	}
	return c
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// jsonSplitter reads one JSON object a line.
type jsonSplitter struct {
	c     *copyIn
	lines *codec.Lines
}

func (t *jsonSplitter) feed(ctx context.Context, p []byte, done bool) error {
	if done {
		t.lines.Close()
	} else {
		t.lines.Feed(p)
	}
	if !done && t.lines.Pending() < 1024 {
		return nil
	}
	b, bad := t.lines.Take()
	for i := range bad {
		if string(bad[i].Value) == `\.` {
			continue // psql sends its own end marker along
		}
		if err := t.c.reject(ctx, bad[i].Offset+1, bad[i].Value, bad[i].Column, bad[i].Err); err != nil {
			return err
		}
	}
	if b == nil || b.Len() == 0 {
		return nil
	}
	t.c.rows += int64(b.Len())
	if err := t.c.place(b); err != nil {
		return err
	}
	if t.c.bytes >= copyAtOnce {
		return t.c.write(ctx)
	}
	return nil
}

// binarySplitter reads PostgreSQL's binary COPY format.
type binarySplitter struct {
	c     *copyIn
	buf   []byte
	begun bool
	ended bool
	line  int64
}

var copySignature = []byte("PGCOPY\n\xff\r\n\x00")

func badBinary(what string) error { return sqlerr.New(sqlerr.BadCopyFormat, "%s", what) }

func (t *binarySplitter) feed(ctx context.Context, p []byte, done bool) error {
	t.buf = append(t.buf, p...)
	if !t.begun {
		if len(t.buf) < 19 {
			if done {
				return badBinary("COPY file signature not recognized")
			}
			return nil
		}
		if !bytes.HasPrefix(t.buf, copySignature) {
			return badBinary("COPY file signature not recognized")
		}
		ext := int(binary.BigEndian.Uint32(t.buf[15:]))
		if len(t.buf) < 19+ext {
			return nil
		}
		t.buf, t.begun = t.buf[19+ext:], true
	}
	for !t.ended {
		n, err := t.tuple(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		t.buf = t.buf[n:]
	}
	if done && !t.ended && len(t.buf) > 0 {
		return badBinary("unexpected EOF in COPY data")
	}
	return nil
}

// tuple reads one row and gives its length, 0 when it is not whole yet.
func (t *binarySplitter) tuple(ctx context.Context) (int, error) {
	if len(t.buf) < 2 {
		return 0, nil
	}
	count := int16(binary.BigEndian.Uint16(t.buf))
	if count == -1 {
		t.ended = true
		return 2, nil
	}
	if int(count) != len(t.c.cols) {
		return 0, badBinary("row field count is " + formatInt(int64(count)) + ", expected " + formatInt(int64(len(t.c.cols))))
	}
	end := tupleEnd(t.buf, int(count))
	if end < 0 {
		return 0, nil
	}
	at := 2
	vals := make(types.Row, len(t.c.rel.Schema))
	t.line++
	for _, col := range t.c.cols {
		n := int(int32(binary.BigEndian.Uint32(t.buf[at:])))
		at += 4
		if n < 0 {
			continue
		}
		v, err := types.ParseBinary(t.c.rel.Schema[col].Type, t.buf[at:at+n])
		if err != nil {
			return end, t.c.reject(ctx, t.line, nil, t.c.rel.Schema[col].Name, err)
		}
		vals[col] = v
		at += n
	}
	if err := t.c.notNull(vals); err != nil {
		return at, t.c.reject(ctx, t.line, nil, t.c.missingKey(vals), err)
	}
	return at, t.c.accept(ctx, vals)
}

// tupleEnd is the length of a row of n fields, or -1 when it is not whole yet.
func tupleEnd(p []byte, n int) int {
	at := 2
	for ; n > 0; n-- {
		if len(p) < at+4 {
			return -1
		}
		size := int(int32(binary.BigEndian.Uint32(p[at:])))
		at += 4 + max(size, 0)
	}
	if len(p) < at {
		return -1
	}
	return at
}
