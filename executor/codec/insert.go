package codec

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// Placed is one record and the partition it belongs to.
type Placed struct {
	Partition int32
	Record    batch.Record // given
}

// Inserter turns the rows of INSERT, COPY, UPDATE and DELETE into records.
type Inserter struct {
	enc        *Encoder
	relation   string
	schema     types.Schema
	table      bool
	partitions int32
	sticky     uint32
}

// InsertEncoder makes the inserter of a relation that is not windowed.
func InsertEncoder(rel *catalog.Relation) (*Inserter, error) {
	if rel.Windowed != nil {
		return nil, sqlerr.Unsupported("INSERT into windowed relation \"%s\"", rel.Name)
	}
	enc, err := NewRelationEncoder(rel)
	if err != nil {
		return nil, err
	}
	if enc.rules.ksql {
		enc.time = nil // the record keeps its own time; the column counts when it is read
	}
	return &Inserter{enc: enc, relation: rel.Name, schema: rel.Schema, table: enc.table, partitions: max(rel.Partitions, 1)}, nil
}

// Use is Encoder.Use.
func (w *Inserter) Use(s Schemas) error { return w.enc.Use(s) }

// Stick sends records without a key to the partition that n chooses, from now
// on; it is 0 at first.
func (w *Inserter) Stick(n uint32) { w.sticky = n }

// Rows encodes boxed rows in the relation's column order. ts gives each row's
// ROWTIME in ms; a timestamp column overrides it in our meaning. 23502 when a
// NOT NULL column or a table's key is null.
func (w *Inserter) Rows(rows []types.Row, ts []int64) ([]Placed, error) {
	b := &vec.Batch{N: len(rows), Ts: ts, Cols: make([]vec.Vec, len(w.schema))}
	for c := range w.schema {
		col := vec.NewBuilder(w.schema[c].Type, len(rows))
		for _, r := range rows {
			col.Append(r[c])
		}
		b.Cols[c] = col.Finish()
	}
	return w.Batch(b)
}

// Batch encodes the live rows of b, whose columns are the relation's.
func (w *Inserter) Batch(b *vec.Batch) ([]Placed, error) {
	out := make([]Placed, 0, b.Len())
	for i := 0; i < b.Len(); i++ {
		row := b.Row(i)
		if err := w.check(b, row); err != nil {
			return nil, err
		}
		rec, err := w.enc.Encode(b, row)
		if err != nil {
			return nil, err
		}
		out = append(out, Placed{
			Partition: batch.PartitionFor(rec.Route, w.partitions, w.sticky),
			Record:    batch.Record{Key: clone(rec.Key), Value: clone(rec.Value), Timestamp: rec.Ts},
		})
	}
	return out, nil
}

// PartitionOf is where the key of row row of b belongs.
func (w *Inserter) PartitionOf(b *vec.Batch, row int) (int32, error) {
	rec, err := w.enc.Encode(b, row)
	return batch.PartitionFor(rec.Route, w.partitions, w.sticky), err
}

func (w *Inserter) check(b *vec.Batch, row int) error {
	tomb := b.Tomb != nil && b.Tomb.Get(row)
	for c := range w.schema {
		col := &w.schema[c]
		if (col.NotNull || w.table && col.Key) && (col.Key || !tomb) && b.Cols[c].Null(row) {
			return sqlerr.New(sqlerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", col.Name, w.relation).
				WithDetail("Failing row contains (%s).", rowText(b, row))
		}
	}
	return nil
}

// rowText lists a row's values as PostgreSQL's errors do.
func rowText(b *vec.Batch, row int) string {
	var out []byte
	for c := range b.Cols {
		if c > 0 {
			out = append(out, ", "...)
		}
		v := &b.Cols[c]
		if v.Null(row) {
			out = append(out, "null"...)
			continue
		}
		out = types.AppendText(out, v.Type, v.Value(row), nil)
	}
	return string(out)
}

// clone keeps nil apart from empty.
func clone(p []byte) []byte {
	if p == nil {
		return nil
	}
	return append(make([]byte, 0, len(p)), p...)
}
