package codec

import (
	"bytes"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// MaxLine bounds one record of COPY, in bytes.
const MaxLine = 16 << 20

// Lines decodes JSON lines, one object each, into rows of a relation, all of
// whose columns, key ones too, stand in the text. Feed it, take batches, then
// Close it.
//
// Blank lines are skipped, a byte order mark is dropped at the very beginning
// only, and a line that cannot be read is reported and left out: see
// docs/bad-data.md.
type Lines struct {
	dec     *Decoder
	buf     []byte
	record  int64 // lines begun
	started bool
	blank   int64
	now     int64
}

// NewLines makes the decoder of one COPY. now is the ROWTIME, in ms, of rows
// whose relation has no timestamp column.
func NewLines(rel *catalog.Relation, now int64) (*Lines, error) {
	l := &layout{schema: rel.Schema.Clone(), rules: rules{ksql: rel.Meaning == "ksqldb"}}
	for i := range l.schema {
		c := &l.schema[i]
		c.NotNull = c.NotNull || c.Key && rel.Kind == catalog.Table
		l.val.cols = append(l.val.cols, i)
	}
	l.val.form = formJSON
	dec, err := newDecoder(l, nil, rel.Timestamp, nil)
	return &Lines{dec: dec, now: now}, err
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
// the lines that are none. Offset, in both, is the line's number from 0; blank
// lines count.
func (l *Lines) Take() (*vec.Batch, []Bad) { return l.dec.Finish() }

func (l *Lines) drain(last bool) {
	at := 0
	for {
		n := bytes.IndexByte(l.buf[at:], '\n') + 1
		if n == 0 {
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

// add decodes one record with its line end.
func (l *Lines) add(p []byte) {
	p = bytes.TrimSuffix(p, []byte("\n"))
	p = bytes.TrimSuffix(p, []byte("\r"))
	n := l.record
	l.record++
	if len(trim(p)) == 0 {
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
