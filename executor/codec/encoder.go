package codec

import (
	"encoding/binary"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/planner"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/vec"
)

// Encoded is one record, lent until the encoder's next call. Nil is null.
type Encoded struct {
	Key, Value []byte
	// Route is the part of Key that decides the partition: without its window. In
	// our meaning rows of a NULL key, which have no Key, have one too.
	Route []byte
	Ts    int64 // ms
}

// Encoder turns rows into records. It is used by one goroutine.
type Encoder struct {
	*layout
	cols []int // position in the batch of each column of the schema
	time *eventTime
	// of keys and values in JSON
	keyObject, valObject objectPut
	instants             instantText
	// sourceKey: rows of a stream whose key of several columns is all NULL had none.
	sourceKey bool
	keyBuf    []byte
	valBuf    []byte
	fieldBuf  []byte

	keyWire, valWire *wireSide
	avroOut          avroWriter
	protoOut         protoWriter
}

// NewSinkEncoder encodes the result rows of a persistent query; kind is its
// plan's.
func NewSinkEncoder(s *planner.Sink, kind planner.ResultKind) (*Encoder, error) {
	l, err := sinkLayout(s, kind == planner.TableResult)
	if err != nil {
		return nil, err
	}
	e, err := newEncoder(l, s.Columns, s.Timestamp)
	if err == nil {
		e.sourceKey = s.SourceKey && s.Ksql && len(l.key.cols) > 1
	}
	return e, err
}

// noKey tells whether the row came without a key: all key columns are NULL.
func (e *Encoder) noKey(b *vec.Batch, row int) bool {
	for _, c := range e.key.cols {
		if !b.Cols[e.cols[c]].Null(row) {
			return false
		}
	}
	return e.sourceKey
}

// NewRelationEncoder encodes rows whose columns are the relation's, in order.
func NewRelationEncoder(rel *catalog.Relation) (*Encoder, error) {
	l, err := relationLayout(rel)
	if err != nil {
		return nil, err
	}
	cols := make([]int, len(rel.Schema))
	for i := range cols {
		cols[i] = i
	}
	return newEncoder(l, cols, rel.Timestamp)
}

func newEncoder(l *layout, cols []int, spec *catalog.TimestampSpec) (*Encoder, error) {
	e := &Encoder{layout: l, cols: cols}
	e.keyObject, e.valObject = e.objectPut(&l.key), e.objectPut(&l.val)
	e.avroOut.rules, e.protoOut.rules = l.rules, l.rules
	var err error
	if e.time, err = newEventTime(l.schema, spec); err != nil {
		return nil, err
	}
	return e, e.Use(nil)
}

// Encode encodes physical row row of b. A tombstone has a null value. An error
// means that the row has no valid timestamp, or that a schema cannot hold it.
func (e *Encoder) Encode(b *vec.Batch, row int) (Encoded, error) {
	var out Encoded
	if err := e.Head(b, row, &out); err != nil {
		return out, err
	}
	var valued bool
	var err error
	if e.valBuf, valued, err = e.AppendValue(e.valBuf[:0], b, row); valued {
		out.Value = e.valBuf
		if e.valBuf == nil {
			out.Value = []byte{} // not null
		}
	}
	return out, err
}

// Head encodes all of row row of b but its value into out.
func (e *Encoder) Head(b *vec.Batch, row int, out *Encoded) error {
	*out = Encoded{Ts: b.Ts[row]}
	tomb := b.Tomb != nil && b.Tomb.Get(row)
	if e.time != nil && !tomb {
		var err error
		if out.Ts, err = e.time.at(&b.Cols[e.cols[e.time.col]], row, e.rules.ksql); err != nil {
			return err
		}
	}
	if len(e.key.cols) == 0 && !e.table {
		return nil
	}
	e.keyBuf = e.keyBuf[:0]
	keyed, err := e.appendSide(&e.keyBuf, &e.key, e.keyWire, b, row)
	if err != nil {
		return err
	}
	if !keyed && !e.rules.ksql && len(e.key.cols) > 0 {
		if e.table && !tomb {
			return sqlerr.New(sqlerr.NotNullViolation, "the key format cannot hold the NULL in the key of a table's row").
				WithHint("Create the table WITH (key_format = 'JSON').")
		}
		out.Route = nullRoute // no key, but a group
	}
	if keyed && !e.noKey(b, row) || e.keyless() {
		if e.keyBuf == nil {
			e.keyBuf = []byte{} // not null
		}
		route := len(e.keyBuf)
		if e.window != windowNone {
			e.keyBuf = e.appendWindow(e.keyBuf, b, row)
		}
		out.Key, out.Route = e.keyBuf, e.keyBuf[:route:route]
	}
	return nil
}

// AppendValue appends the value of row row of b to dst; valued is false when it
// is null, as a tombstone's.
func (e *Encoder) AppendValue(dst []byte, b *vec.Batch, row int) (out []byte, valued bool, err error) {
	if b.Tomb != nil && b.Tomb.Get(row) {
		return dst, false, nil
	}
	valued, err = e.appendValue(&dst, b, row)
	return dst, valued, err
}

// keyless tells whether the rows of a table have no key columns: a global
// aggregate. Their key is empty, which is not null, so that it can be compacted
// and carry a window.
func (e *Encoder) keyless() bool {
	if !e.table || len(e.key.cols) > 0 {
		return false
	}
	if e.keyBuf == nil {
		e.keyBuf = []byte{}
	}
	return true
}

// appendValue writes the value; false is null. A record without value columns
// is null in ksqlDB's meaning, and empty in ours where null would delete.
func (e *Encoder) appendValue(dst *[]byte, b *vec.Batch, row int) (bool, error) {
	if len(e.val.cols) > 0 {
		ok, err := e.appendSide(dst, &e.val, e.valWire, b, row)
		return ok || err == nil && e.table && e.emptyValue(dst), err
	}
	return !e.rules.ksql && e.emptyValue(dst), nil
}

// emptyValue keeps a table's row apart from its deletion. Only a bare NULL
// cannot be: see docs/bad-data.md.
func (e *Encoder) emptyValue(dst *[]byte) bool {
	if e.val.bare {
		return false
	}
	if e.val.form == formJSON {
		*dst = append(e.valWire.framed(*dst), "{}"...)
	}
	return true
}

// appendSide writes the key or the value; false is null.
func (e *Encoder) appendSide(dst *[]byte, s *side, w *wireSide, b *vec.Batch, row int) (bool, error) {
	if len(s.cols) == 0 || s.form == formNone {
		return false, nil
	}
	if s.bare || s.form == formKafka {
		v := &b.Cols[e.cols[s.cols[0]]]
		if v.Null(row) {
			return e.nullKey(dst, s, w), nil
		}
		switch s.form {
		case formJSON:
			*dst = e.rules.appendJSON(w.framed(*dst), v, row)
			return true, nil
		case formKafka:
			*dst = appendKafka(*dst, v, row)
			return true, nil
		}
	}
	switch s.form {
	case formJSON:
		o := &e.valObject
		if s == &e.key {
			o = &e.keyObject
		}
		*dst = e.appendObject(w.framed(*dst), o, b, row)
	case formRegistered:
		if s == &e.key && s.lang == schema.Protobuf && e.allNull(s, b, row) {
			return false, nil // its messages have no other way to say so
		}
		var err error
		*dst, err = e.appendWire(*dst, s, w, b, row)
		return err == nil, err
	default:
		*dst = e.appendDelimited(*dst, s, b, row)
	}
	return true, nil
}

// nullKey writes the key of the NULL group of a derived table, which is a row
// like any other in our meaning; false where a null key is no key.
func (e *Encoder) nullKey(dst *[]byte, s *side, w *wireSide) bool {
	if s != &e.key || !e.table || e.rules.ksql || s.form != formJSON {
		return false
	}
	*dst = append(w.framed(*dst), "null"...)
	return true
}

func (e *Encoder) appendDelimited(dst []byte, s *side, b *vec.Batch, row int) []byte {
	for i, c := range s.cols {
		if i > 0 {
			dst = append(dst, s.delim)
		}
		if v := &b.Cols[e.cols[c]]; !v.Null(row) {
			e.fieldBuf = e.rules.appendText(e.fieldBuf[:0], v, row)
			dst = e.rules.appendCSV(dst, e.fieldBuf, s.delim, i == 0)
		}
	}
	return dst
}

func (e *Encoder) appendWindow(dst []byte, b *vec.Batch, row int) []byte {
	if e.window == windowSession {
		dst = binary.BigEndian.AppendUint64(dst, uint64(b.WinEnd[row]))
	}
	return binary.BigEndian.AppendUint64(dst, uint64(b.Win[row]))
}

// at gives the event time of row row of its column, in ms.
func (e *eventTime) at(v *vec.Vec, row int, ksql bool) (int64, error) {
	if ms, ok := e.usual(v, row); ok {
		return ms, nil
	}
	var c cell
	switch {
	case v.Null(row):
	case v.I64 != nil:
		c.setInt(v.I64[row])
	default:
		c.setBytes(v.Str(row))
	}
	return e.of(&c, ksql)
}
