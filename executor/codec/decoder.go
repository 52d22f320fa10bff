package codec

import (
	"bytes"
	"encoding/binary"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// Bad is a record that could not be read. Key and Value are its raw bytes,
// given; nil is null.
type Bad struct {
	Row        int32 // physical row of the batch, outside Sel
	Partition  int32
	Offset     int64
	Ts         int64 // the record's own timestamp, ms
	Key, Value []byte
	Column     string // "" when the whole key or value is malformed
	Err        *sqlerr.Error
}

// Decoder turns the records of one relation into batches. It is used by one
// goroutine, and its batches are given.
type Decoder struct {
	*layout
	need     []bool
	notNull  []int
	time     *eventTime
	days     dayCache
	headers  []headerColumn
	fills    []fill
	key, val sideReader
	cells    []cell
	builders []*vec.Builder // nil: not needed
	active   []int          // columns that are
	nulls    []vec.Vec      // of those that are not, as last handed out
	json     jsonReader
	csv      []csvField
	csvArena []byte
	direct   *direct // nil: everything goes through the cells

	part        int32
	parts       []int32
	lastN       int // rows of the last batch, as much as is taken for the next
	n           int
	ts, offsets []int64
	win, winEnd []int64
	tombs, dead []int32
	bad         []Bad
}

// sideReader is what decoding the key or the value needs besides its side.
type sideReader struct {
	side
	fields *fieldMap // JSON objects
	slots  []slotSpan
	any    bool // some column is needed
	wire   wireReader
}

// NewDecoder makes the decoder of a plan's input. Columns that are not needed
// stay NULL unless they are NOT NULL or the timestamp.
func NewDecoder(in *planner.Input) (*Decoder, error) {
	l, err := inputLayout(in)
	if err != nil {
		return nil, err
	}
	d, err := newDecoder(l, in.Needed, in.Timestamp, in.Headers)
	if err == nil {
		d.useFills(in.Fills)
	}
	return d, err
}

// NewRelationDecoder makes the decoder of a relation; needed nil is all.
func NewRelationDecoder(rel *catalog.Relation, needed []bool) (*Decoder, error) {
	l, err := relationLayout(rel)
	if err != nil {
		return nil, err
	}
	d, err := newDecoder(l, needed, rel.Timestamp, rel.Headers)
	if err == nil {
		d.useFills(rel.Fills)
	}
	return d, err
}

func newDecoder(l *layout, needed []bool, spec *catalog.TimestampSpec, headers map[int]string) (*Decoder, error) {
	d := &Decoder{layout: l, need: make([]bool, len(l.schema)), cells: make([]cell, len(l.schema))}
	d.json.rules = l.rules
	var err error
	if d.time, err = newEventTime(l.schema, spec); err != nil {
		return nil, err
	}
	for i := range l.schema {
		d.need[i] = needed == nil || needed[i] || l.schema[i].NotNull || d.time != nil && d.time.col == i
	}
	for i := range l.schema {
		if l.schema[i].NotNull {
			d.notNull = append(d.notNull, i)
		}
	}
	d.headers = headerColumns(l.schema, headers, d.need)
	d.key.init(l, l.key, d.need)
	d.val.init(l, l.val, d.need)
	d.builders = make([]*vec.Builder, len(l.schema))
	for i := range l.schema {
		if d.need[i] {
			d.builders[i] = vec.NewBuilder(l.schema[i].Type, 0)
			d.active = append(d.active, i)
		}
	}
	d.direct = newDirect(d)
	return d, nil
}

func (r *sideReader) init(l *layout, s side, need []bool) {
	r.side = s
	names := make([]string, len(s.cols))
	slots := make([]int32, len(s.cols))
	for i, c := range s.cols {
		names[i], slots[i] = l.schema[c].Name, noSlot
		if need[c] {
			slots[i], r.any = int32(i), true
		}
	}
	r.fields = newFieldMap(names, slots, l.rules.ksql && !l.rules.fold)
	r.slots = make([]slotSpan, len(s.cols))
	if s.form == formRegistered && len(s.cols) > 0 {
		r.wire.init(l, &r.side, need)
	}
}

// Begin says which partition the following records are from.
func (d *Decoder) Begin(partition int32) { d.part = partition }

// Len is the number of records since the last Finish.
func (d *Decoder) Len() int { return d.n }

// Bytes is about the memory of the columns since the last Finish.
func (d *Decoder) Bytes() int {
	n := 16 * d.n
	for _, b := range d.builders {
		if b != nil {
			n += b.Bytes()
		}
	}
	return n
}

// Add decodes one record, lent.
func (d *Decoder) Add(rec *batch.Record) {
	row := int32(d.n)
	if d.n == 0 {
		if d.ts == nil {
			d.ts, d.offsets = make([]int64, 0, d.lastN), make([]int64, 0, d.lastN)
		}
		vec.Warm(d.builders)
	}
	d.n++
	d.json.reset()
	d.csvArena = d.csvArena[:0]
	if d.direct != nil && !d.older(rec.Offset) && d.addDirect(rec, int(row)) {
		return
	}
	for _, i := range d.active {
		d.cells[i].setNull()
	}
	ts, start, end := rec.Timestamp, int64(0), int64(0)
	st, col, err := d.read(rec, &ts, &start, &end)
	switch {
	case err != nil:
		d.reject(row, rec, col, err)
		ts = rec.Timestamp
	case st == rowSkipped:
		d.dead = append(d.dead, row)
	case st == rowTomb:
		d.tombs = append(d.tombs, row)
	}
	for _, i := range d.active {
		b := d.builders[i]
		if err != nil || st == rowSkipped {
			b.AppendNull()
		} else {
			d.cells[i].appendTo(b)
		}
	}
	d.ts = append(d.ts, ts)
	d.offsets = append(d.offsets, rec.Offset)
	if d.window != windowNone {
		d.win, d.winEnd = append(d.win, start), append(d.winEnd, end)
	}
}

func (d *Decoder) reject(row int32, rec *batch.Record, col int, err error) {
	bad := Bad{
		Row: row, Partition: d.part, Offset: rec.Offset, Ts: rec.Timestamp,
		Key: bytes.Clone(rec.Key), Value: bytes.Clone(rec.Value), Err: sqlerr.From(err),
	}
	if col >= 0 {
		bad.Column = d.schema[col].Name
	}
	d.bad = append(d.bad, bad)
	d.dead = append(d.dead, row)
}

// rowStatus is what a well-formed record is.
type rowStatus uint8

const (
	rowLive    rowStatus = iota
	rowTomb              // deletes its key
	rowSkipped           // means nothing: a table's record without a key
)

// read fills the cells from one record; col is the column at fault, or -1.
func (d *Decoder) read(rec *batch.Record, ts, start, end *int64) (st rowStatus, col int, err error) {
	key := rec.Key
	if d.window != windowNone && key != nil {
		if key, *start, *end, err = d.cutWindow(key); err != nil {
			return rowLive, -1, err
		}
	}
	if d.table && key == nil && len(d.key.cols) > 0 {
		if d.rules.ksql {
			return rowSkipped, -1, nil
		}
		return rowLive, -1, sqlerr.New(sqlerr.NotNullViolation, "a record of a table has no key")
	}
	if rec.Headers != nil || d.key.wire.carried != nil || d.val.wire.carried != nil {
		d.key.wire.carry(&d.key.side, rec.Headers)
		d.val.wire.carry(&d.val.side, rec.Headers)
	}
	if _, col, err = d.side(&d.key, key); err != nil {
		return rowLive, col, err
	}
	null, col, err := d.side(&d.val, rec.Value)
	if err != nil {
		return rowLive, col, err
	}
	if null && (d.table || d.rules.ksql && len(d.val.cols) > 0) {
		st = rowTomb // of a ksqlDB stream: projections pass the null on
	}
	d.readHeaders(rec)
	if st == rowLive {
		d.fillOlder(rec.Offset)
	}
	if col, err = d.checkNulls(st); err != nil {
		return st, col, err
	}
	if d.time != nil && st != rowTomb {
		*ts, err = d.time.of(&d.cells[d.time.col], d.rules.ksql)
		return st, d.time.col, err
	}
	return st, -1, nil
}

func (d *Decoder) checkNulls(st rowStatus) (col int, err error) {
	if d.rules.ksql {
		return -1, nil // everything is nullable there, parts of a key too
	}
	for _, i := range d.notNull {
		c := &d.schema[i]
		if d.cells[i].kind == cellNull && (st == rowLive || c.Key && d.table) {
			return i, sqlerr.New(sqlerr.NotNullViolation, "null value in column \"%s\" violates not-null constraint", c.Name)
		}
	}
	return -1, nil
}

// cutWindow takes the window off the end of key bytes.
func (d *Decoder) cutWindow(key []byte) (rest []byte, start, end int64, err error) {
	size := 8
	if d.window == windowSession {
		size = 16
	}
	if len(key) < size {
		return nil, 0, 0, sqlerr.New(sqlerr.InvalidBinaryRepresent, "a windowed key of %d bytes holds no window", len(key))
	}
	rest, tail := key[:len(key)-size], key[len(key)-size:]
	if d.window == windowSession {
		return rest, int64(binary.BigEndian.Uint64(tail[8:])), int64(binary.BigEndian.Uint64(tail)), nil
	}
	start = int64(binary.BigEndian.Uint64(tail))
	return rest, start, start + d.sizeMs, nil
}

// side reads the key or the value; null tells that it stands for no columns.
func (d *Decoder) side(r *sideReader, p []byte) (null bool, col int, err error) {
	if p == nil {
		return true, -1, nil
	}
	if len(r.cols) == 0 {
		return false, -1, nil
	}
	switch r.form {
	case formRegistered:
		if r.any || d.table {
			return d.registered(r, p)
		}
	case formJSON:
		if r.framed {
			if _, p, err = r.unframe(p); err != nil {
				return false, -1, err
			}
		}
		if r.bare {
			return d.bareJSON(r, p)
		}
		if !r.any && !d.table {
			return false, -1, checkJSON(p)
		}
		return d.objectJSON(r, p)
	case formDelimited:
		col, err = d.delimited(r, p)
		return false, col, err
	case formKafka:
		if c := r.cols[0]; d.need[c] {
			return false, c, d.rules.kafkaCell(&d.schema[c].Type, p, &d.cells[c])
		}
	}
	return false, -1, nil
}

func checkJSON(p []byte) error {
	var v span
	s := jsonScan{b: p}
	return s.document(&v)
}

func (d *Decoder) bareJSON(r *sideReader, p []byte) (null bool, col int, err error) {
	var v span
	s := jsonScan{b: p}
	if err := s.document(&v); err != nil {
		return false, -1, err
	}
	c := r.cols[0]
	if v.kind == jsonNull || !d.need[c] {
		return v.kind == jsonNull, -1, nil
	}
	return false, c, d.json.cell(&d.schema[c].Type, p, v, &d.cells[c])
}

func (d *Decoder) objectJSON(r *sideReader, p []byte) (null bool, col int, err error) {
	clear(r.slots)
	if err := r.fields.collect(p, r.slots); err != nil {
		return false, -1, err
	}
	for i, c := range r.cols {
		if r.slots[i].set {
			if err := d.json.cell(&d.schema[c].Type, p, r.slots[i].span, &d.cells[c]); err != nil {
				return false, c, err
			}
		}
	}
	return false, -1, nil
}

func (d *Decoder) delimited(r *sideReader, p []byte) (col int, err error) {
	d.csv, d.csvArena, err = splitCSV(d.csv[:0], d.csvArena, p, r.delim)
	if err != nil {
		return -1, err
	}
	if len(d.csv) != len(r.cols) {
		return -1, errCSV("unexpected field count, csvFields:%d schemaFields:%d", len(d.csv), len(r.cols))
	}
	lexical := d.rules
	lexical.lexical = true
	for i, c := range r.cols {
		f := &d.csv[i]
		if !d.need[c] || len(f.text) == 0 && (!f.quoted || !holdsEmpty(&d.schema[c].Type)) {
			continue
		}
		if err := lexical.text(&d.schema[c].Type, f.text, &d.cells[c]); err != nil {
			return c, err
		}
	}
	return -1, nil
}

// Finish gives what was added since the last Finish: one physical row a record,
// the bad ones outside Sel. There is a batch also when it is empty.
func (d *Decoder) Finish() (*vec.Batch, []Bad) {
	b := &vec.Batch{N: d.n, Cols: make([]vec.Vec, len(d.schema)), Ts: d.ts, Offset: d.offsets, Win: d.win, WinEnd: d.winEnd}
	for i, w := range d.builders {
		if w != nil {
			b.Cols[i] = w.Finish()
		} else {
			b.Cols[i] = d.absent(i)
		}
	}
	b.Part = d.partition()
	if len(d.tombs) > 0 {
		b.Tomb = vec.NewBitmap(d.n)
		for _, i := range d.tombs {
			b.Tomb.Set(int(i))
		}
	}
	if len(d.dead) > 0 {
		b.Sel = without(d.n, d.dead)
	}
	bad, n := d.bad, d.n
	d.bad, d.n, d.tombs, d.dead = nil, 0, d.tombs[:0], d.dead[:0]
	d.ts, d.offsets, d.win, d.winEnd, d.lastN = nil, nil, nil, nil, n
	return b, bad
}

// Recycle takes the memory of a batch that Finish gave, for the next one: as its
// columns, Ts and Offset are then empty, only the one owner may give it back,
// when nobody holds any part of it, the text of one value included. Between
// Finish and the next Add; at other times the batch is left as it is.
func (d *Decoder) Recycle(b *vec.Batch) {
	if d.n > 0 || len(b.Cols) != len(d.builders) || d.ts != nil {
		return
	}
	for i, w := range d.builders {
		if w != nil {
			w.Recycle(&b.Cols[i])
		}
	}
	if cap(b.Ts) > 0 && cap(b.Offset) > 0 {
		d.ts, d.offsets = b.Ts[:0], b.Offset[:0]
	}
	b.N, b.Sel, b.Ts, b.Offset, b.Part = 0, nil, nil, nil, nil
}

// Release lets go of the memory that Recycle kept, while no records are there.
func (d *Decoder) Release() {
	if d.n > 0 {
		return
	}
	d.ts, d.offsets = nil, nil
	for _, w := range d.builders {
		if w != nil {
			w.Release()
		}
	}
}

// Rest gives back what is kept for a next batch like the last one. A decoder of
// few rows at a time keeps it.
func (d *Decoder) Rest() {
	if d.n == 0 && d.lastN > restRows {
		d.nulls, d.parts = nil, nil
	}
}

// restRows is how many rows a resting decoder has memory for.
const restRows = 64

// absent is the column of a batch that nobody needs, shared between batches.
func (d *Decoder) absent(col int) vec.Vec {
	if d.nulls == nil {
		d.nulls = make([]vec.Vec, len(d.schema))
	}
	if v := &d.nulls[col]; v.N != d.n || d.n == 0 {
		*v = vec.SharedNulls(d.schema[col].Type, d.n)
	}
	return d.nulls[col]
}

// partition is n times the partition, shared between batches.
func (d *Decoder) partition() []int32 {
	if zeros, ok := vec.SharedZeros(d.n); ok && d.part == 0 {
		return zeros
	}
	if len(d.parts) < d.n || d.n > 0 && d.parts[0] != d.part {
		d.parts = make([]int32, d.n)
		for i := range d.parts {
			d.parts[i] = d.part
		}
	}
	return d.parts[:d.n:d.n]
}

// without lists 0..n-1 but for dead, which is ascending.
func without(n int, dead []int32) []int32 {
	sel := make([]int32, 0, n-len(dead))
	for i := int32(0); i < int32(n); i++ {
		if len(dead) > 0 && dead[0] == i {
			dead = dead[1:]
			continue
		}
		sel = append(sel, i)
	}
	return sel
}
