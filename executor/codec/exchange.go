package codec

import (
	"encoding/binary"
	"strconv"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// A record of an exchange topic has no key. Its value is one byte of flags; for
// a windowed row its start and end as varints; the new row, and the old row if
// there is one, each as uvarint length and vec.EncodeRow.
const (
	rowIsTomb = 1 << iota
	rowHasOld
	rowHasWindow
)

// ExchangeEncoder encodes the rows of a stage for the next one.
type ExchangeEncoder struct {
	route Encoder
	keys  int
	rows  []*vec.Vec
	row   []byte
	buf   []byte
}

// NewExchangeEncoder routes rows of schema by the columns keys, no column twice. The
// bytes that decide the partition are those of keyFormat over columns called names, so
// that a row meets the records of a relation with such keys; NONE stands for
// JSON, and without names it is each column's place that counts.
func NewExchangeEncoder(schema types.Schema, keys []int, keyFormat catalog.Format, names []string, ksql bool) (*ExchangeEncoder, error) {
	if keyFormat.Name == "" || keyFormat.Name == "NONE" {
		keyFormat = catalog.Format{Name: "JSON"}
	}
	schema = schema.Clone()
	for i, k := range keys {
		schema[k].Name = strconv.Itoa(i)
		if len(names) == len(keys) {
			schema[k].Name = names[i]
		}
	}
	l := &layout{schema: schema, rules: rules{ksql: ksql}}
	l.key.cols = keys
	if err := l.key.init(keyFormat, schema, true, true, ksql, naming{}); err != nil {
		return nil, err
	}
	cols := make([]int, len(schema))
	for i := range cols {
		cols[i] = i
	}
	enc, err := newEncoder(l, cols, nil)
	if err != nil {
		return nil, err
	}
	return &ExchangeEncoder{route: *enc, keys: len(keys)}, nil
}

// Use lets equal keys have equal bytes: rows are routed as the keys of topic,
// which name the newest schema of its subject.
func (e *ExchangeEncoder) Use(s Schemas, topic string) {
	if w := e.route.keyWire; w != nil && e.route.key.framed {
		if _, id, ok := s.LatestSchema(catalog.KeySubject(topic)); ok {
			binary.BigEndian.PutUint32(w.head[1:], uint32(id))
		}
	}
}

// Part says which half of a change a record carries.
type Part uint8

// The parts.
const (
	Whole   Part = iota // new row, and old row if there is one
	OldPart             // a deletion with the old row
	NewPart             // the new row alone
)

// Parts tells which records the change in row row of b becomes. A change whose
// old and new rows are routed apart is undone at one place and done at the
// other: first the old part, then the new one. A deletion goes where its old
// row is; one that has none, in a batch with old values, changes nothing.
func (e *ExchangeEncoder) Parts(b *vec.Batch, row int) []Part {
	if b.Old == nil || b.OldOK == nil || e.keys == 0 {
		return wholeChange
	}
	tomb := b.Tomb != nil && b.Tomb.Get(row)
	switch old := b.OldOK.Get(row); {
	case tomb && old:
		return oldChange
	case tomb:
		return nil
	case !old:
		return wholeChange
	}
	for _, c := range e.route.key.cols {
		if !vec.EqualAt(&b.Cols[c], row, &b.Old[c], row) {
			return bothChanges
		}
	}
	return wholeChange
}

var (
	wholeChange = []Part{Whole}
	oldChange   = []Part{OldPart}
	bothChanges = []Part{OldPart, NewPart}
)

// nullRoute brings the rows of the NULL group together, where nullKey has its
// row.
var nullRoute = []byte("null")

// Encode encodes one part of physical row row of b. Route is empty for no key at
// all: one group; a null key is a group too, but in ksqlDB's meaning has no route.
func (e *ExchangeEncoder) Encode(b *vec.Batch, row int, part Part) Encoded {
	cols, old, tomb := b.Cols, part != NewPart && b.Old != nil && b.OldOK != nil && b.OldOK.Get(row), b.Tomb != nil && b.Tomb.Get(row)
	if part == OldPart {
		cols, tomb = b.Old, true
	}
	out := Encoded{Ts: b.Ts[row], Route: []byte{}}
	if e.keys > 0 {
		e.route.keyBuf = e.route.keyBuf[:0]
		view := vec.Batch{Cols: cols}
		ok, err := e.route.appendSide(&e.route.keyBuf, &e.route.key, e.route.keyWire, &view, row)
		switch {
		case ok && err == nil:
			out.Route = e.route.keyBuf
		case e.route.rules.ksql:
			out.Route = nil
		default:
			out.Route = nullRoute
		}
	}
	flags := byte(0)
	if tomb {
		flags |= rowIsTomb
	}
	if old {
		flags |= rowHasOld
	}
	if b.Win != nil {
		flags |= rowHasWindow
	}
	dst := append(e.buf[:0], flags)
	if b.Win != nil {
		dst = binary.AppendVarint(binary.AppendVarint(dst, b.Win[row]), b.WinEnd[row])
	}
	dst = e.appendRow(dst, cols, row)
	if old {
		dst = e.appendRow(dst, b.Old, row)
	}
	e.buf, out.Value = dst, dst
	return out
}

func (e *ExchangeEncoder) appendRow(dst []byte, cols []vec.Vec, row int) []byte {
	e.rows = e.rows[:0]
	for i := range cols {
		e.rows = append(e.rows, &cols[i])
	}
	e.row = vec.EncodeRow(e.row[:0], e.rows, row)
	dst = binary.AppendUvarint(dst, uint64(len(e.row)))
	return append(dst, e.row...)
}

// ExchangeDecoder reads the records of an exchange topic. A malformed one is
// reported with XX001 and spoils the batch: nothing but us writes them.
type ExchangeDecoder struct {
	cols, old   []*vec.Builder
	part        int32
	n           int
	ts, offsets []int64
	win, winEnd []int64
	tomb, oldOK []int32
	bad         []Bad
}

// NewExchangeDecoder reads rows of schema.
func NewExchangeDecoder(schema types.Schema) *ExchangeDecoder {
	d := &ExchangeDecoder{}
	for i := range schema {
		d.cols = append(d.cols, vec.NewBuilder(schema[i].Type, 0))
		d.old = append(d.old, vec.NewBuilder(schema[i].Type, 0))
	}
	return d
}

// Begin says which partition the following records are from.
func (d *ExchangeDecoder) Begin(partition int32) { d.part = partition }

// Rest does nothing: no memory is kept for the next batch.
func (d *ExchangeDecoder) Rest() {}

// Len is the number of records since the last Finish.
func (d *ExchangeDecoder) Len() int { return d.n }

// Bytes is about the memory of the columns since the last Finish.
func (d *ExchangeDecoder) Bytes() int {
	n := 16 * d.n
	for i := range d.cols {
		n += d.cols[i].Bytes() + d.old[i].Bytes()
	}
	return n
}

// Add decodes one record, lent.
func (d *ExchangeDecoder) Add(rec *batch.Record) {
	if !d.add(rec.Value) {
		d.bad = append(d.bad, Bad{
			Row: int32(d.n), Partition: d.part, Offset: rec.Offset, Ts: rec.Timestamp, Value: clone(rec.Value),
			Err: sqlerr.New(sqlerr.DataCorrupted, "a row of an exchange is malformed"),
		})
	}
	d.n++
	d.ts, d.offsets = append(d.ts, rec.Timestamp), append(d.offsets, rec.Offset)
}

func (d *ExchangeDecoder) add(p []byte) bool {
	if len(p) == 0 {
		return false
	}
	flags, p := p[0], p[1:]
	if flags&rowHasWindow != 0 {
		start, n := binary.Varint(p)
		end, m := binary.Varint(p[max(n, 0):])
		if n <= 0 || m <= 0 {
			return false
		}
		p = p[n+m:]
		d.win, d.winEnd = append(d.win, start), append(d.winEnd, end)
	}
	p, ok := readRow(d.cols, p)
	if !ok {
		return false
	}
	if flags&rowHasOld == 0 {
		for _, b := range d.old {
			b.AppendNull()
		}
	} else {
		d.oldOK = append(d.oldOK, int32(d.n))
		if p, ok = readRow(d.old, p); !ok {
			return false
		}
	}
	if flags&rowIsTomb != 0 {
		d.tomb = append(d.tomb, int32(d.n))
	}
	return len(p) == 0
}

func readRow(cols []*vec.Builder, p []byte) (rest []byte, ok bool) {
	size, n := binary.Uvarint(p)
	if n <= 0 || size > uint64(len(p)-n) {
		return nil, false
	}
	p = p[n:]
	return p[size:], vec.DecodeRowInto(cols, p[:size]) == nil
}

// Finish gives what was added since the last Finish.
func (d *ExchangeDecoder) Finish() (*vec.Batch, []Bad) {
	if len(d.bad) > 0 {
		return &vec.Batch{}, d.bad
	}
	b := &vec.Batch{N: d.n, Ts: d.ts, Offset: d.offsets, Win: d.win, WinEnd: d.winEnd, Part: make([]int32, d.n)}
	for i := range b.Part {
		b.Part[i] = d.part
	}
	b.Cols = make([]vec.Vec, len(d.cols))
	old := make([]vec.Vec, len(d.cols))
	for i := range d.cols {
		b.Cols[i], old[i] = d.cols[i].Finish(), d.old[i].Finish()
	}
	if len(d.oldOK) > 0 {
		b.Old, b.OldOK = old, flagged(d.n, d.oldOK)
	}
	if len(d.tomb) > 0 {
		b.Tomb = flagged(d.n, d.tomb)
	}
	*d = ExchangeDecoder{cols: d.cols, old: d.old, part: d.part}
	return b, nil
}

func flagged(n int, rows []int32) vec.Bitmap {
	m := vec.NewBitmap(n)
	for _, i := range rows {
		m.Set(int(i))
	}
	return m
}
