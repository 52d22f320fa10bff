package codec

import (
	"bytes"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// LineFormat is the text of COPY.
type LineFormat uint8

// The formats.
const (
	JSONLines LineFormat = iota // one object a line
	CSVLines                    // RFC 4180, records may span lines
)

// MaxLine bounds one record of COPY, in bytes.
const MaxLine = 16 << 20

// LineOptions say how the text is laid out.
type LineOptions struct {
	Format LineFormat
	Delim  byte  // CSV; 0 is a comma
	Header bool  // CSV: the first record names the columns and is no row
	Cols   []int // CSV: columns of the relation in the order of the fields; nil is all of them
}

// Lines decodes the text of COPY into rows of a relation, all of whose columns,
// key ones too, stand in the text. Feed it, take batches, then Close it.
//
// Blank lines are skipped, a byte order mark is dropped at the very beginning
// only, and a record that cannot be read is reported and left out: see
// docs/bad-data.md.
type Lines struct {
	opt     LineOptions
	dec     *Decoder
	buf     []byte
	record  int64 // records begun, the header not counted
	started bool
	header  bool
	blank   int64
	now     int64
}

// NewLines makes the decoder of one COPY. now is the ROWTIME, in ms, of rows
// whose relation has no timestamp column.
func NewLines(rel *catalog.Relation, opt LineOptions, now int64) (*Lines, error) {
	l := &layout{schema: rel.Schema.Clone(), rules: rules{ksql: rel.Meaning == "ksqldb"}}
	for i := range l.schema {
		c := &l.schema[i]
		c.NotNull = c.NotNull || c.Key && rel.Kind == catalog.Table
		if opt.Cols == nil {
			l.val.cols = append(l.val.cols, i)
		}
	}
	if opt.Cols != nil {
		l.val.cols = opt.Cols
	}
	l.val.form, l.val.delim = formJSON, ','
	if opt.Format == CSVLines {
		l.val.form = formDelimited
	}
	if opt.Delim != 0 {
		l.val.delim = opt.Delim
	}
	if err := l.val.check(l.schema, "value"); err != nil {
		return nil, err
	}
	dec, err := newDecoder(l, nil, rel.Timestamp, nil)
	return &Lines{opt: opt, dec: dec, header: opt.Header, now: now}, err
}

// Feed takes more text, lent.
func (l *Lines) Feed(p []byte) {
	l.buf = append(l.buf, p...)
	if !l.started {
		if len(l.buf) < len(bom) && bytes.HasPrefix(bom, l.buf) {
			return
		}
		l.buf = bytes.TrimPrefix(l.buf, bom)
		l.started = true
	}
	l.drain(false)
}

var bom = []byte("\uFEFF")

// Close takes what is left as the last record.
func (l *Lines) Close() { l.drain(true) }

// Pending is the number of records decoded and not yet taken.
func (l *Lines) Pending() int { return l.dec.Len() }

// Skipped is the number of blank lines so far.
func (l *Lines) Skipped() int64 { return l.blank }

// Take gives the rows since the last Take, in the relation's column order, and
// the records that are none. Offset, in both, is the record's number from 0,
// without the header; blank lines of JSON count.
func (l *Lines) Take() (*vec.Batch, []Bad) { return l.dec.Finish() }

func (l *Lines) drain(last bool) {
	at := 0
	for {
		n := l.end(l.buf[at:])
		if n < 0 {
			if last && at < len(l.buf) {
				l.add(l.buf[at:])
				at = len(l.buf)
			}
			break
		}
		l.add(l.buf[at : at+n])
		at += n
	}
	l.buf = append(l.buf[:0], l.buf[at:]...)
	if len(l.buf) > MaxLine {
		l.dec.tooLong(l.record, l.now, l.buf[:256])
		l.record++
		l.buf = l.buf[:0]
	}
}

// end is the length of the first record with its line end, or -1.
func (l *Lines) end(p []byte) int {
	if l.opt.Format == JSONLines {
		if i := bytes.IndexByte(p, '\n'); i >= 0 {
			return i + 1
		}
		return -1
	}
	quoted, start := false, true
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case quoted:
			if c == '"' {
				quoted = i+1 < len(p) && p[i+1] == '"'
				if quoted {
					i++
				}
			}
			start = false
		case c == '\n':
			return i + 1
		case c == '"' && start:
			quoted, start = true, false
		default:
			start = c == l.dec.val.delim
		}
	}
	return -1
}

// add decodes one record with its line end.
func (l *Lines) add(p []byte) {
	p = bytes.TrimSuffix(p, []byte("\n"))
	p = bytes.TrimSuffix(p, []byte("\r"))
	if l.header {
		l.header = false
		return
	}
	n := l.record
	l.record++
	if len(trim(p)) == 0 && !(l.opt.Format == CSVLines && len(l.dec.val.cols) == 1) {
		l.blank++
		return
	}
	l.dec.Add(&batch.Record{Offset: n, Timestamp: l.now, Value: p})
}

// tooLong rejects a record that outgrew its bound.
func (d *Decoder) tooLong(n, now int64, begin []byte) {
	rec := batch.Record{Offset: n, Timestamp: now, Value: begin}
	row := int32(d.n)
	d.n++
	d.reject(row, &rec, -1, sqlerr.New(sqlerr.ProgramLimitExceeded, "record is longer than %d bytes", MaxLine))
	for _, b := range d.builders {
		if b != nil {
			b.AppendNull()
		}
	}
	d.ts, d.offsets = append(d.ts, now), append(d.offsets, n)
}
