package bench

import (
	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/executor/codec"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// vectorRows is the rows of a batch, as a task has.
const vectorRows = 1024

// ourCodec decodes and encodes the records of one shape in one format.
type ourCodec struct {
	rel     *catalog.Relation
	schemas codec.Schemas
	records [][]byte
}

func newOurCodec(cols types.Schema, format string, p *schema.Parsed, records [][]byte) *ourCodec {
	c := &ourCodec{records: records}
	c.rel = &catalog.Relation{
		Name: "bench", Topic: "bench", Kind: catalog.Stream, Partitions: 1, Meaning: "leat", Schema: cols, WrapSingle: true,
		KeyFormat: catalog.Format{Name: "NONE"}, ValueFormat: catalog.Format{Name: format},
	}
	if p != nil {
		c.schemas = writerSchema{p}
		c.rel.ValueFormat.Props = []catalog.Prop{{Name: "schema_id", Value: "1"}}
	}
	return c
}

// writerSchema is a registry of the one schema that the records name.
type writerSchema struct{ p *schema.Parsed }

func (w writerSchema) SchemaByID(int32) (*schema.Parsed, bool)                { return w.p, true }
func (w writerSchema) LatestSchema(string) (*schema.Parsed, int32, bool)      { return w.p, 1, true }
func (w writerSchema) SchemaID(string, schema.Language, string) (int32, bool) { return 1, true }

// frame is what stands before a record of schema 1.
var frame = []byte{0, 0, 0, 0, 1}

func (c *ourCodec) decoder() (*codec.Decoder, error) {
	d, err := codec.NewRelationDecoder(c.rel, nil)
	if err == nil && c.schemas != nil {
		d.Use(c.schemas)
	}
	return d, err
}

// decode reads all records, handing each batch over; what each does not need
// any more it may give back.
func (c *ourCodec) decode(d *codec.Decoder, each func(*vec.Batch)) error {
	var rec batch.Record
	for i, p := range c.records {
		rec.Value = p
		d.Add(&rec)
		if d.Len() < vectorRows && i+1 < len(c.records) {
			continue
		}
		b, bad := d.Finish()
		if len(bad) > 0 {
			return bad[0].Err
		}
		each(b)
	}
	return nil
}

func (c *ourCodec) decoding() (contender, error) {
	d, err := c.decoder()
	x := contender{name: "leat"}
	x.lap = func() error { return c.decode(d, d.Recycle) }
	x.rows = func() (rows []any, err error) {
		err = c.decode(d, func(b *vec.Batch) {
			for i := range b.N {
				rows = append(rows, plainRow(b, i))
			}
			d.Recycle(b)
		})
		return rows, err
	}
	return x, err
}

// encoding writes the records anew from their batches; rows are those that
// read gives of the bytes.
func (c *ourCodec) encoding(read func([][]byte) ([]any, error)) (contender, error) {
	x := contender{name: "leat"}
	d, err := c.decoder()
	if err != nil {
		return x, err
	}
	var batches []*vec.Batch
	if err := c.decode(d, func(b *vec.Batch) { batches = append(batches, b) }); err != nil {
		return x, err
	}
	enc, err := codec.NewRelationEncoder(c.rel)
	if err != nil {
		return x, err
	}
	if c.schemas != nil {
		if err := enc.Use(c.schemas); err != nil {
			return x, err
		}
	}
	each := func(take func([]byte)) error {
		for _, b := range batches {
			for i := range b.N {
				out, err := enc.Encode(b, i)
				if err != nil {
					return err
				}
				take(append(make([]byte, 0, len(out.Value)), out.Value...))
			}
		}
		return nil
	}
	x.lap = func() error { return each(func([]byte) {}) }
	x.rows = func() ([]any, error) {
		var all [][]byte
		if err := each(func(p []byte) { all = append(all, p) }); err != nil {
			return nil, err
		}
		return read(all)
	}
	return x, nil
}
