package codec

import (
	"encoding/binary"
	"slices"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// wireSide writes one side of records by a schema.
type wireSide struct {
	head  []byte
	avro  *avroPut
	steps []putStep // of avro's fields, out of a batch's columns
	proto *protoPlan
	cols  []*vec.Vec // of the side, by slot
}

// framed writes the head of JSON; other formats have none.
func (w *wireSide) framed(dst []byte) []byte {
	if w == nil {
		return dst
	}
	return append(dst, w.head...)
}

// Use lets the encoder write with the IDs of registered schemas: the one the
// format pins, the columns' own, or the newest of the topic when another writer
// has registered it. Without it the ID is 0. 42704 when a pinned one is missing.
func (e *Encoder) Use(s Schemas) error {
	var err error
	if e.keyWire, err = e.wireOf(&e.key, s); err == nil {
		e.valWire, err = e.wireOf(&e.val, s)
	}
	return err
}

func (e *Encoder) wireOf(s *side, from Schemas) (*wireSide, error) {
	if s.lang == "" || len(s.cols) == 0 {
		return nil, nil
	}
	p, id, err := e.schemaOf(s, from)
	if err != nil {
		return nil, err
	}
	w := &wireSide{cols: make([]*vec.Vec, len(s.cols))}
	if s.framed {
		w.head = binary.BigEndian.AppendUint32([]byte{0}, uint32(id))
	}
	target := types.TStruct(make([]types.Field, len(s.cols))...)
	for i, c := range s.cols {
		target.Fields[i] = types.Field{Name: e.schema[c].Name, Type: e.schema[c].Type}
	}
	switch {
	case s.lang == schema.JSON:
		return w, nil
	case s.lang == schema.Avro && s.bare:
		w.avro, err = putPlan(p.Avro, &target.Fields[0].Type, target.Fields[0].Name)
		return w, err
	case s.lang == schema.Avro:
		if w.avro, err = putPlan(p.Avro, &target, s.mapping.Name); err != nil {
			return nil, err
		}
		if w.avro.op == avroUnion && !w.avro.spread {
			w.head = appendLong(w.head, int64(w.avro.branch))
			w.avro = w.avro.fields[w.avro.branch]
		}
		w.steps = slices.Clone(w.avro.steps)
		for i := range w.steps {
			if x := &w.steps[i]; x.slot >= 0 {
				x.slot = int32(e.cols[s.cols[x.slot]])
			}
		}
		return w, nil
	}
	m, ok := p.Message(s.mapping.Name)
	if !ok {
		return nil, sqlerr.New(sqlerr.UndefinedObject, "the schema with ID %d has no message %s", id, s.mapping.Name)
	}
	if s.framed {
		w.head = appendIndexes(w.head, schema.Indexes(m))
	}
	w.proto, err = planMessage(m, target.Fields, nil)
	return w, err
}

func appendIndexes(dst []byte, path []int) []byte {
	if len(path) == 1 && path[0] == 0 {
		return append(dst, 0)
	}
	dst = appendLong(dst, int64(len(path)))
	for _, i := range path {
		dst = appendLong(dst, int64(i))
	}
	return dst
}

// schemaOf is the schema to write with and its ID.
func (e *Encoder) schemaOf(s *side, from Schemas) (*schema.Parsed, int32, error) {
	if from != nil && s.pinned != 0 {
		if p, ok := from.SchemaByID(s.pinned); ok && p.Lang == s.lang {
			return p, s.pinned, nil
		}
		return nil, 0, sqlerr.New(sqlerr.UndefinedObject, "%s schema with ID %d does not exist", s.lang, s.pinned)
	}
	own, err := s.own(e.schema)
	if err != nil || from == nil || !s.framed {
		return own, 0, err
	}
	if id, ok := from.SchemaID(s.subject, s.lang, own.Text); ok {
		return own, id, nil
	}
	if p, id, ok := from.LatestSchema(s.subject); ok && p.Lang == s.lang {
		return p, id, nil
	}
	return own, 0, nil
}

// appendWire writes the key or the value by its schema.
func (e *Encoder) appendWire(dst []byte, s *side, w *wireSide, b *vec.Batch, row int) ([]byte, error) {
	dst = append(dst, w.head...)
	switch {
	case w.proto != nil:
		for i, c := range s.cols {
			w.cols[i] = &b.Cols[e.cols[c]]
		}
		return e.protoOut.message(dst, w.proto, w.cols, row)
	case s.bare:
		return e.avroOut.value(dst, w.avro, &b.Cols[e.cols[s.cols[0]]], row)
	}
	return e.avroOut.rows(dst, w.steps, b.Cols, row, row+1)
}

// allNull tells whether a side's columns are all NULL.
func (e *Encoder) allNull(s *side, b *vec.Batch, row int) bool {
	for _, c := range s.cols {
		if !b.Cols[e.cols[c]].Null(row) {
			return false
		}
	}
	return true
}
